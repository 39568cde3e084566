// What this page is in a meeting, from the moment it asks to come in.

import { Attendance, type AttendanceEvents } from './attendance';
import type { Identity } from './identity';
import type { LinkKeys } from './link-keys';
import { MeetingGroup, type MeetingGroupEvents } from './meeting-group';
import type { OwnMeeting } from './own-meeting';
import { type Profile, Roster } from './roster';

export interface Membership {
  /** The way in. */
  keys: LinkKeys;
  roster: Roster;
  /** Who shares keys with this page. */
  group: MeetingGroup;
  /** Who is shown. */
  attendance: Attendance;
  identity: Identity;
}

export interface MembershipEvents extends AttendanceEvents, Omit<MeetingGroupEvents, 'listed'> {
  /** The own one. */
  profile(): Profile;
}

/** Rejects where the browser cannot run what the group needs. */
export async function makeMembership(
  keys: LinkKeys,
  identity: Identity,
  own: OwnMeeting | null,
  events: MembershipEvents,
): Promise<Membership> {
  const me = identity.key.publicKey;
  const roster = new Roster(me, () => events.profile());
  const group = await MeetingGroup.prepare(keys, identity, own, { ...events, listed: () => roster.all() });
  const attendance = new Attendance(events.clock, roster, me, events);
  return { keys, identity, roster, group, attendance };
}

export function endMembership({ group, attendance }: Membership): void {
  group.close();
  attendance.close();
}
