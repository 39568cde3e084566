// What is found out when the page is opened, before anything is asked of the person.

import { type MeetingLink, parseLink, parseMeetingPath } from '../crypto/link';
import type { Problem } from '../state/model';
import type { Store } from '../state/store';
import type { Address } from './address';
import type { Api } from './api';
import { findOwnMeeting, type OwnMeeting } from './own-meeting';
import { rememberedName } from './own-profile';
import { missing } from './support';

/** Reads the link, looks at the browser, and at whether this is the host's. */
export async function arrive(
  address: Address,
  api: Api,
  { dispatch }: Store,
): Promise<{ link: MeetingLink | null; own: OwnMeeting | null }> {
  const link = parseLink(address.path, address.fragment);
  const lacking = await missing();
  let problem: Problem | null = link ? null : { kind: 'bad_link' };
  if (lacking) problem = { kind: 'unsupported', missing: lacking };
  const meetingId = parseMeetingPath(address.path);
  const needsPassword = link?.password ?? false;
  dispatch({ type: 'link_read', meetingId, needsPassword, problem, name: rememberedName() });
  if (problem || !link) return { link, own: null };
  const own = await findOwnMeeting(link, api);
  dispatch({ type: 'host_key', held: own !== null });
  if (own?.note) dispatch({ type: 'password_known' });
  return { link, own };
}
