// SFrame with AES_128_GCM_SHA256_128 (RFC 9605 §4.4, cipher suite 4) on WebCrypto. Which key belongs to whom, and
// which counters were used, is not known here.

import { type Bytes, concat, utf8 } from '../crypto/bytes';

export const SUITE = 4;
export const KEY_LENGTH = 16;
export const NONCE_LENGTH = 12;
export const TAG_LENGTH = 16;

/** The secret of a whole epoch, from which the keys of all senders come. It cannot be read back. */
export type BaseKey = CryptoKey;

/** What one key id encrypts with. */
export interface FrameKey {
  key: CryptoKey;
  salt: Bytes;
}

/** The bytes that were handed over are overwritten. */
export async function importBaseKey(bytes: Bytes): Promise<BaseKey> {
  try {
    return await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey']);
  } finally {
    bytes.fill(0);
  }
}

/** RFC 9605 §4.4.2. WebCrypto's HKDF (RFC 5869) is Extract and Expand in one; the salt of Extract is empty. */
export async function deriveFrameKey(base: BaseKey, kid: bigint, usage: KeyUsage): Promise<FrameKey> {
  const [key, salt] = await Promise.all([
    crypto.subtle.deriveKey(hkdf(keyLabel(kid)), base, { name: 'AES-GCM', length: 8 * KEY_LENGTH }, false, [
      usage,
    ]),
    crypto.subtle.deriveBits(hkdf(saltLabel(kid)), base, 8 * NONCE_LENGTH),
  ]);
  return { key, salt: new Uint8Array(salt) };
}

export const keyLabel = (kid: bigint): Bytes => label('SFrame 1.0 Secret key ', kid);
export const saltLabel = (kid: bigint): Bytes => label('SFrame 1.0 Secret salt ', kid);

/** The ciphertext with its tag. `header` is the encoded header that holds `counter`; `metadata` is authenticated only. */
export async function encrypt(
  { key, salt }: FrameKey,
  counter: number,
  header: Uint8Array,
  metadata: Uint8Array,
  plaintext: Bytes,
): Promise<Bytes> {
  const parameters = gcm(salt, counter, header, metadata);
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, plaintext));
}

/** Rejects when anything was altered. */
export async function decrypt(
  { key, salt }: FrameKey,
  counter: number,
  header: Uint8Array,
  metadata: Uint8Array,
  ciphertext: Bytes,
): Promise<Bytes> {
  const parameters = gcm(salt, counter, header, metadata);
  return new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext));
}

/** The salt with the counter, as a big-endian number, laid over it (RFC 9605 §4.4.3). */
export function nonceFor(salt: Bytes, counter: number): Bytes {
  const nonce = salt.slice();
  const view = new DataView(nonce.buffer);
  const xor = (at: number, value: number) => view.setUint32(at, view.getUint32(at) ^ value);
  xor(NONCE_LENGTH - 4, counter >>> 0);
  xor(NONCE_LENGTH - 8, Math.floor(counter / 2 ** 32));
  return nonce;
}

function gcm(salt: Bytes, counter: number, header: Uint8Array, metadata: Uint8Array): AesGcmParams {
  return {
    name: 'AES-GCM',
    iv: nonceFor(salt, counter),
    additionalData: concat(header, metadata),
    tagLength: 8 * TAG_LENGTH,
  };
}

function hkdf(info: Bytes): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
}

function label(text: string, kid: bigint): Bytes {
  const tail = new Uint8Array(10);
  const view = new DataView(tail.buffer);
  view.setBigUint64(0, kid);
  view.setUint16(8, SUITE);
  return concat(utf8(text), tail);
}
