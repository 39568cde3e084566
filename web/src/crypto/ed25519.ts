// Ed25519 (RFC 8032) by WebCrypto. A private key is a 32-byte seed when it must travel, and a key that cannot be
// exported everywhere else.

import { type Bytes, concat, fromBase64Url, toBase64Url, utf8 } from './bytes';

export const SEED_LENGTH = 32;

/** The fixed part of a PKCS #8 file with an Ed25519 seed (RFC 8410). */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20);

export interface SigningKey {
  /** As it travels. */
  publicKey: string;
  privateKey: CryptoKey;
}

/** A new key that never leaves this browser. */
export async function generateSigningKey(): Promise<SigningKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
  const publicKey = toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  return { publicKey, privateKey: pair.privateKey };
}

export async function signingKeyFromSeed(seed: Bytes): Promise<SigningKey> {
  const pkcs8 = concat(PKCS8_PREFIX, seed);
  // WebCrypto tells the public half of a private key only in a JWK, and that of an exportable key only.
  const exportable = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', exportable);
  if (x === undefined) throw new Error('an Ed25519 JWK always has x (RFC 8037)');
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return { publicKey: x, privateKey };
}

export async function sign(key: SigningKey, text: Bytes): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.sign('Ed25519', key.privateKey, text)));
}

export async function verify(publicKey: string, signature: string, text: Bytes): Promise<boolean> {
  const key = fromBase64Url(publicKey);
  const bytes = fromBase64Url(signature);
  if (key === null || bytes === null) return false;
  try {
    const imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', imported, bytes, text);
  } catch {
    return false;
  }
}

/** What a connection signs to show that its identity key is its own. */
export function helloText(meeting: string, nonce: Bytes): Bytes {
  return concat(utf8(`incamera/1 hello\0${meeting}\0`), nonce);
}
