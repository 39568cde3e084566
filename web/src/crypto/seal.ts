// AES-256-GCM with a random nonce in front, and padding (ISO/IEC 7816-4) to a few sizes, so that the length of a
// sealed text tells little about the text.

import { type Bytes, concat, type Random, systemRandom, utf8 } from './bytes';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const SMALLEST = 64;

/** What a sealed text is for. A text sealed for one purpose does not open for another. */
export type Label = 'title' | 'record' | 'group' | 'knock';

/** Ties a sealed text to its purpose and its meeting. */
export function bound(label: Label, meeting: string): Bytes {
  return utf8(`${label}\0${meeting}`);
}

/** Ties a name to its meeting and to whose it is, by the identity key: no name can be shown as another person's. */
export function boundName(meeting: string, identity: Bytes): Bytes {
  return concat(utf8(`name\0${meeting}\0`), identity);
}

/** For what is sealed and opened here; the browser keeps it to itself. */
export function aesKey(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

export function seal(key: CryptoKey, aad: Bytes, text: Bytes, random: Random = systemRandom): Promise<Bytes> {
  return encrypt(key, aad, pad(text), random);
}

/** `null` when the bytes were not sealed by this key for this purpose. */
export async function open(key: CryptoKey, aad: Bytes, sealed: Bytes): Promise<Bytes | null> {
  const padded = await decrypt(key, aad, sealed);
  return padded && unpad(padded);
}

/** Without padding: for what always has one length. */
export async function encrypt(key: CryptoKey, aad: Bytes, text: Bytes, random: Random): Promise<Bytes> {
  const iv = random(NONCE_LENGTH);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad }, key, text);
  return concat(iv, new Uint8Array(sealed));
}

/** The inverse of {@link encrypt}; `null` when the key or the purpose does not fit. */
export async function decrypt(key: CryptoKey, aad: Bytes, sealed: Bytes): Promise<Bytes | null> {
  if (sealed.length < NONCE_LENGTH + TAG_LENGTH) return null;
  const parameters = { name: 'AES-GCM', iv: sealed.slice(0, NONCE_LENGTH), additionalData: aad };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed.slice(NONCE_LENGTH)));
  } catch {
    return null;
  }
}

/** To 64, 128, 256, … bytes: at least one byte is added. */
export function pad(text: Bytes): Bytes {
  let size = SMALLEST;
  while (size < text.length + 1) size *= 2;
  const padded = new Uint8Array(size);
  padded.set(text);
  padded[text.length] = 0x80;
  return padded;
}

export function unpad(padded: Bytes): Bytes | null {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end -= 1;
  return end >= 0 && padded[end] === 0x80 ? padded.slice(0, end) : null;
}
