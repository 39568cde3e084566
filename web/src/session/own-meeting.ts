// Whether the person who opened a link is its host, in this browser: then the host key is at hand.

import { type HostKeys, type MeetingNote, openNote } from '../crypto/account';
import { isLinkHost } from '../crypto/grant';
import type { MeetingLink } from '../crypto/link';
import type { MeetingRecord } from '../generated/api';
import type { Api } from './api';
import { loadHostKeys } from './keystore';

export interface OwnMeeting {
  meeting: string;
  keys: HostKeys;
  /** Null when nobody is signed in any more: the key alone proves the host to the others, not to the server. */
  note: MeetingNote | null;
  /** Whether there will be a next time. */
  kept: boolean;
}

export async function findOwnMeeting(link: MeetingLink, api: Api): Promise<OwnMeeting | null> {
  const keys = await loadHostKeys().catch(() => null);
  if (!keys || !(await isLinkHost(link.hostHash, keys.signing.publicKey))) return null;
  const record = await findRecord(link.id, api);
  const note = record && (await openNote(keys, link.id, record.record));
  return { meeting: link.id, keys, note, kept: record?.kept ?? false };
}

async function findRecord(meeting: string, api: Api): Promise<MeetingRecord | null> {
  try {
    return (await api.meetings()).find(({ id }) => id === meeting) ?? null;
  } catch {
    return null;
  }
}
