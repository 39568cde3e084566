// From the link's secret, and the password where one is set, to the keys of a meeting. The same derivation is in
// crates/e2ee; both are tested against crates/e2ee/vectors/link.json.

import { type Bytes, concat, sha256, utf8 } from './bytes';
import { aesKey } from './seal';

/** The cost of Argon2id (RFC 9106) for everything that people type. */
export const ARGON2 = { memoryKiB: 65536, iterations: 3, parallelism: 1, length: 32 } as const;
export const ARGON2_SALT_LENGTH = 16;

/** Argon2id with {@link ARGON2}: injected, because it runs in a worker in the page and in place in tests. */
export type PasswordHash = (password: Bytes, salt: Bytes) => Promise<Bytes>;

export interface MeetingKeys {
  /** What the server is shown; it keeps the hash only (B2). */
  token: Bytes;
  /** Its SHA-256, which the server keeps and by which the group names {@link psk}. */
  admission: Bytes;
  /** Seals names, the title, and the group's public state. */
  envelope: CryptoKey;
  /** Proves to the group that somebody has the link (RFC 9420, section 8.4). */
  psk: Bytes;
  /** Seals what asks for being let in. */
  knock: CryptoKey;
}

/** All four outputs, as the vectors have them. */
export interface RawMeetingKeys {
  token: Bytes;
  envelope: Bytes;
  psk: Bytes;
  knock: Bytes;
}

export async function deriveMeetingKeys(
  id: string,
  secret: Bytes,
  password: string | null,
  hash: PasswordHash,
): Promise<MeetingKeys> {
  const raw = await deriveRaw(id, secret, password, hash);
  const { token, psk } = raw;
  const [admission, envelope, knock] = [sha256(token), aesKey(raw.envelope), aesKey(raw.knock)];
  return { token, admission: await admission, envelope: await envelope, psk, knock: await knock };
}

export async function deriveRaw(
  id: string,
  secret: Bytes,
  password: string | null,
  hash: PasswordHash,
): Promise<RawMeetingKeys> {
  const ikm =
    password === null
      ? secret
      : concat(secret, await hash(passwordBytes(password), await passwordSalt(id, secret)));
  const salt = utf8(`incamera/1 meeting\0${id}`);
  const output = (info: string) => hkdf(ikm, salt, info);
  return {
    token: await output('incamera/1 admission'),
    envelope: await output('incamera/1 envelope'),
    psk: await output('incamera/1 psk'),
    knock: await output('incamera/1 knock'),
  };
}

/** A password as bytes: NFKC, so that one typed on another keyboard is the same one. */
export function passwordBytes(password: string): Bytes {
  return utf8(password.normalize('NFKC'));
}

async function passwordSalt(id: string, secret: Bytes): Promise<Bytes> {
  const digest = await sha256(utf8('incamera/1 password\0'), utf8(`${id}\0`), secret);
  return digest.slice(0, ARGON2_SALT_LENGTH);
}

/** HKDF with SHA-256 (RFC 5869), 32 bytes. */
export async function hkdf(ikm: Bytes, salt: Bytes, info: string): Promise<Bytes> {
  return expand(await hkdfKey(ikm), salt, info);
}

/** What {@link expand} takes: a key that the browser keeps to itself. */
export function hkdfKey(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
}

/** The same as {@link hkdf} from a key that is there already. */
export async function expand(key: CryptoKey, salt: Bytes, info: string): Promise<Bytes> {
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt, info: utf8(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}
