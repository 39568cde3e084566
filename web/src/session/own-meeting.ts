// Whether the person who opened a link is its host, in this browser: then the host key is at hand.

import { type HostKeys, type MeetingNote, openNote } from '../crypto/account';
import { isLinkHost } from '../crypto/grant';
import type { MeetingLink } from '../crypto/link';
import { type Api, ApiError } from './api';
import { deleteHostKeys, loadHostKeys } from './keystore';

export interface OwnMeeting {
  meeting: string;
  keys: HostKeys;
  /** Null when the server's list could not be read: the key alone proves the host to the others, not to the server. */
  note: MeetingNote | null;
  /** Whether there will be a next time. */
  kept: boolean;
}

export async function findOwnMeeting(link: MeetingLink, api: Api): Promise<OwnMeeting | null> {
  const keys = await loadHostKeys().catch(() => null);
  if (!keys || !(await isLinkHost(link.hostHash, keys.signing.publicKey))) return null;
  try {
    const record = (await api.meetings()).find(({ id }) => id === link.id);
    const note = record ? await openNote(keys, link.id, record.record) : null;
    return { meeting: link.id, keys, note, kept: record?.kept ?? false };
  } catch (error) {
    // A sign-in may have ended elsewhere, or by its age: then this browser's keys must not outlive it.
    if (error instanceof ApiError && error.code === 'signed_out') {
      await deleteHostKeys().catch((failed: unknown) => console.warn('the host keys stay here:', failed));
      return null;
    }
    return { meeting: link.id, keys, note: null, kept: false };
  }
}
