// The link that people are sent: https://host/m/<meeting id>#<secret>.<host key hash>[.p]
// The part after `#` never reaches a server (P1, K4).

import type { MeetingId } from '../generated/protocol';
import { type Bytes, fromBase64Url, type Random, sha256, toBase32, toBase64Url } from './bytes';

export const SECRET_LENGTH = 16;
const HASH_LENGTH = 16;
/** 80 random bits, 16 characters. */
const ID_BYTES = 10;

export interface MeetingLink {
  id: MeetingId;
  secret: Bytes;
  /** The first bytes of SHA-256 over the host's public key: who the host is (P3). */
  hostHash: Bytes;
  /** Whether a password is needed as well. */
  password: boolean;
}

/** `null` for an address that is not a whole link. */
export function parseLink(path: string, fragment: string): MeetingLink | null {
  const id = parseMeetingPath(path);
  if (id === null) return null;
  const parts = fragment.replace(/^#/, '').split('.');
  const [secretText, hashText, mark] = parts;
  if (secretText === undefined || hashText === undefined || parts.length > 3) return null;
  if (mark !== undefined && mark !== 'p') return null;
  const secret = fromBase64Url(secretText);
  const hostHash = fromBase64Url(hashText);
  if (secret?.length !== SECRET_LENGTH || hostHash?.length !== HASH_LENGTH) return null;
  return { id, secret, hostHash, password: mark === 'p' };
}

/** The meeting id in a page's path. */
export function parseMeetingPath(path: string): MeetingId | null {
  return /^\/m\/([a-z2-7]{16})\/?$/.exec(path)?.[1] ?? null;
}

export function formatLink(origin: string, link: MeetingLink): string {
  const mark = link.password ? '.p' : '';
  return `${origin}/m/${link.id}#${toBase64Url(link.secret)}.${toBase64Url(link.hostHash)}${mark}`;
}

export async function hostHash(hostKey: Bytes): Promise<Bytes> {
  return (await sha256(hostKey)).slice(0, HASH_LENGTH);
}

export function newMeetingId(random: Random): MeetingId {
  return toBase32(random(ID_BYTES));
}

export function newSecret(random: Random): Bytes {
  return random(SECRET_LENGTH);
}
