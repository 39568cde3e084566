// What the host key signs: who has which role (P3, B6), and the state that members hold for the server.

import type { HeldContent, HeldState, IdentityKey, MeetingId, Role } from '../generated/protocol';
import { type Bytes, concat, equal, fromBase64Url, utf8 } from './bytes';
import { type SigningKey, sign } from './ed25519';
import { hostHash } from './link';

/** By the host key, base64url: this identity has this role in this meeting. */
export function grant(
  host: SigningKey,
  meeting: MeetingId,
  role: Role,
  identity: IdentityKey,
): Promise<string> {
  return sign(host, grantText(meeting, role, identity));
}

/** Whether the link names this host key. */
export async function isLinkHost(hash: Bytes, hostKey: string): Promise<boolean> {
  const key = fromBase64Url(hostKey);
  return key !== null && equal(await hostHash(key), hash);
}

export async function signHeld(host: SigningKey, content: HeldContent): Promise<HeldState> {
  const text = JSON.stringify(content);
  return { text, signature: await sign(host, heldText(text)) };
}

/** Of two states to hold, the greater is the newer. Zero for a text that cannot be read: the server judges it. */
export function heldSequence(held: HeldState | null): number {
  if (held === null) return 0;
  try {
    const { sequence } = JSON.parse(held.text) as Partial<HeldContent>;
    return typeof sequence === 'number' && Number.isSafeInteger(sequence) ? sequence : 0;
  } catch {
    return 0;
  }
}

/** What a grant signs. */
export function grantText(meeting: MeetingId, role: Role, identity: IdentityKey): Bytes {
  const key = fromBase64Url(identity) ?? new Uint8Array();
  return concat(utf8(`incamera/1 grant\0${meeting}\0${role}\0`), key);
}

/** What the signature of a state to hold covers. */
export function heldText(text: string): Bytes {
  return utf8(`incamera/1 held\0${text}`);
}
