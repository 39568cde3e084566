// Whether the person who opened a link is its host, in this browser: then the host key is at hand.

import { type HostKeys, type MeetingNote, openNote } from '../crypto/account';
import { isLinkHost } from '../crypto/grant';
import type { MeetingLink } from '../crypto/link';
import type { Api } from './api';
import { loadHostKeys } from './keystore';

export interface OwnMeeting {
  meeting: string;
  keys: HostKeys;
  /** Null when nobody is signed in any more: the key alone proves the host to the others, not to the server. */
  note: MeetingNote | null;
}

export async function findOwnMeeting(link: MeetingLink, api: Api): Promise<OwnMeeting | null> {
  const keys = await loadHostKeys().catch(() => null);
  if (!keys || !(await isLinkHost(link.hostHash, keys.signing.publicKey))) return null;
  return { meeting: link.id, keys, note: await findNote(link.id, keys, api) };
}

async function findNote(meeting: string, keys: HostKeys, api: Api): Promise<MeetingNote | null> {
  try {
    const record = (await api.meetings()).find(({ id }) => id === meeting);
    return record ? await openNote(keys, meeting, record.record) : null;
  } catch {
    return null;
  }
}
