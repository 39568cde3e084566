// The host's account: one password, split so that the server can check it and yet never act as the host (K2, B6).

import { type Bytes, fromBase32, fromBase64Url, type Random, toBase32, toBase64Url, utf8 } from './bytes';
import { ARGON2_SALT_LENGTH, expand, hkdf, hkdfKey, type PasswordHash, passwordBytes } from './derive';
import { SEED_LENGTH, type SigningKey, signingKeyFromSeed } from './ed25519';
import { aesKey, bound, decrypt, encrypt, open, seal } from './seal';

/** What a password gives. */
export interface PasswordKeys {
  /** Shown to the server. */
  signInKey: string;
  /** Stays here: it opens the host key. */
  wrapping: CryptoKey;
}

/** What a signed-in host's browser keeps. No key can be exported. */
export interface HostKeys {
  signing: SigningKey;
  /** Seals the host's own notes about meetings. */
  storage: CryptoKey;
  /** Gives the secret that signs encrypted invitations. Browsers that signed in before there were any lack it. */
  invitations?: CryptoKey;
}

const HOST_KEY_AAD = utf8('incamera/1 host key');
const EMPTY = new Uint8Array();

export function newAccountSalt(random: Random): Bytes {
  return random(ARGON2_SALT_LENGTH);
}

export async function passwordKeys(password: string, salt: Bytes, hash: PasswordHash): Promise<PasswordKeys> {
  const root = await hash(passwordBytes(password), salt);
  return {
    signInKey: toBase64Url(await hkdf(root, EMPTY, 'incamera/1 sign-in')),
    wrapping: await aesKey(await hkdf(root, EMPTY, 'incamera/1 wrap')),
  };
}

export function newSeed(random: Random): Bytes {
  return random(SEED_LENGTH);
}

export async function hostKeysFromSeed(seed: Bytes): Promise<HostKeys> {
  return {
    signing: await signingKeyFromSeed(seed),
    storage: await aesKey(await hkdf(seed, EMPTY, 'incamera/1 storage')),
    invitations: await hkdfKey(await hkdf(seed, EMPTY, 'incamera/1 invitations')),
  };
}

/** The Ed25519 seed of the OpenPGP key that signs invitations: only for as long as one is signed (R1). */
export function invitationSecret(invitations: CryptoKey): Promise<Bytes> {
  return expand(invitations, EMPTY, 'incamera/1 openpgp');
}

export async function wrapSeed(wrapping: CryptoKey, seed: Bytes, random: Random): Promise<string> {
  return toBase64Url(await encrypt(wrapping, HOST_KEY_AAD, seed, random));
}

/** `null` when the key does not fit. */
export async function unwrapSeed(wrapping: CryptoKey, wrapped: string): Promise<Bytes | null> {
  const bytes = fromBase64Url(wrapped);
  const seed = bytes && (await decrypt(wrapping, HOST_KEY_AAD, bytes));
  return seed?.length === SEED_LENGTH ? seed : null;
}

// The recovery code: 160 bits in letters that are not mistaken for one another (no i, l, o, u).

const RECOVERY_BYTES = 20;
const RECOVERY_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Eight groups of four. */
export function newRecoveryCode(random: Random): string {
  const text = toBase32(random(RECOVERY_BYTES), RECOVERY_ALPHABET).toUpperCase();
  return text.match(/.{4}/g)?.join('-') ?? text;
}

/** `null` for a text that is not a recovery code. Case, spaces and hyphens do not matter, nor o for 0, i or l for 1. */
export async function recoveryKey(code: string): Promise<CryptoKey | null> {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1');
  const bytes = fromBase32(plain, RECOVERY_ALPHABET);
  if (bytes?.length !== RECOVERY_BYTES || plain.length !== 32) return null;
  return aesKey(await hkdf(bytes, EMPTY, 'incamera/1 recovery'));
}

/**
 * What every passkey is given to make its secret of (WebAuthn Level 3, section 10.1.4): each makes another one, so that
 * it need not be known beforehand which passkey somebody will choose.
 */
export const PASSKEY_INPUT = utf8('incamera/1 passkey');

/** Of the secret that a passkey gave: what opens the host key (K2, S1). */
export async function passkeyKey(secret: Bytes): Promise<CryptoKey> {
  return aesKey(await hkdf(secret, EMPTY, 'incamera/1 passkey'));
}

/** The host's own name for a passkey, readable by that host alone. */
export async function sealPasskeyName(
  keys: HostKeys,
  credential: string,
  name: string,
  random: Random,
): Promise<string> {
  return toBase64Url(await seal(keys.storage, utf8(`passkey\0${credential}`), utf8(name), random));
}

/** Empty where it is not readable. */
export async function openPasskeyName(keys: HostKeys, credential: string, sealed: string): Promise<string> {
  const bytes = fromBase64Url(sealed);
  const text = bytes && (await open(keys.storage, utf8(`passkey\0${credential}`), bytes));
  return text ? new TextDecoder().decode(text) : '';
}

/** What a host's page notes about a meeting, readable by that host alone. */
export interface MeetingNote {
  title: string;
  /** The link's secret, as in the link. */
  secret: string;
  password: string | null;
  /** Whether moderators let people in: the server is asked for it, and not believed about it (K2). */
  lobby: boolean;
}

export async function sealNote(
  keys: HostKeys,
  meeting: string,
  note: MeetingNote,
  random: Random,
): Promise<string> {
  return toBase64Url(await seal(keys.storage, bound('record', meeting), utf8(JSON.stringify(note)), random));
}

export async function openNote(keys: HostKeys, meeting: string, sealed: string): Promise<MeetingNote | null> {
  const bytes = fromBase64Url(sealed);
  const text = bytes && (await open(keys.storage, bound('record', meeting), bytes));
  if (text === null) return null;
  try {
    const note = JSON.parse(new TextDecoder().decode(text)) as Partial<MeetingNote>;
    if (typeof note.title !== 'string' || typeof note.secret !== 'string') return null;
    const { title, secret, password = null, lobby = false } = note;
    return { title, secret, password, lobby };
  } catch {
    return null;
  }
}
