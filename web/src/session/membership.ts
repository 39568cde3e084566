// What this page is in a meeting, from the moment it asks to come in.

import type { Waiting } from '../state/model';
import { Attendance, type AttendanceEvents } from './attendance';
import { Door, type DoorEvents } from './door';
import type { Identity } from './identity';
import type { LinkKeys } from './link-keys';
import { MeetingGroup, type MeetingGroupEvents } from './meeting-group';
import type { OwnMeeting } from './own-meeting';
import { nameOf, type Profile, Roster } from './roster';

export interface Membership {
  /** The way in. */
  keys: LinkKeys;
  roster: Roster;
  /** Who shares keys with this page. */
  group: MeetingGroup;
  /** Who is shown. */
  attendance: Attendance;
  /** Who wants in. */
  door: Door;
  identity: Identity;
}

export interface MembershipEvents
  extends AttendanceEvents,
    Omit<MeetingGroupEvents, 'listed' | 'nameOf' | 'unexpected'>,
    Pick<DoorEvents, 'ask' | 'tell'> {
  /** The own one. */
  profile(): Profile;
  /** Others want in than before. */
  wanting(waiting: readonly Waiting[]): void;
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
  const group = await MeetingGroup.prepare(keys, identity, own, {
    ...events,
    listed: () => roster.all(),
    nameOf: (who) => roster.nameOf(who),
    unexpected: (people) => {
      door.letInByServer(people);
      events.wanting(door.waiting);
    },
  });
  const door = new Door({
    ask: (act) => events.ask(act),
    tell: (content) => events.tell(content),
    name: (knock) => nameOf(keys.envelope, roster, knock),
    admitted: (who) => group.admit(who),
  });
  const attendance = new Attendance(events.clock, roster, me, events);
  return { keys, identity, roster, group, attendance, door };
}

export function endMembership({ group, attendance }: Membership): void {
  group.close();
  attendance.close();
}
