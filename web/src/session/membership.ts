// What this page is in a meeting, from the moment it asks to come in.

import type { Sealing } from '../crypto/sealing';
import type { Identity } from './identity';
import type { LinkKeys } from './link-keys';
import type { MeetingGroup } from './meeting-group';
import type { Roster } from './roster';

export interface Membership {
  /** The way in. */
  keys: LinkKeys;
  /** What members tell one another. */
  sealing: Sealing;
  roster: Roster;
  /** Who shares keys with this page. */
  group: MeetingGroup;
  identity: Identity;
}
