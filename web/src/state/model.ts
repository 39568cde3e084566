// What the page knows while it shows a meeting. Views draw it, the reducer changes it, nothing else does.
// All text here is in clear: the session opened it.

import type {
  Denial,
  IdentityKey,
  KnockId,
  MeetingId,
  MeetingSettings,
  ParticipantId,
  Quality,
  Refusal,
  Role,
  Source,
} from '../generated/protocol';
import type { Intervention } from '../group/content';

/** Where a person is in the course of a meeting. */
export type Phase =
  /** The link is read, the password asked for where the link says that there is one. */
  | { kind: 'prejoin'; needsPassword: boolean; problem: Problem | null }
  /** Keys are derived and the server is asked. */
  | { kind: 'joining' }
  | { kind: 'waiting'; until: 'host' | 'admission' }
  | { kind: 'inside'; link: Link; meeting: Meeting }
  | { kind: 'over'; how: Ending };

/** Why the last attempt to join did not succeed; shown on the prejoin screen. */
export type Problem =
  | { kind: 'refused'; reason: Refusal }
  | { kind: 'unreachable' }
  | { kind: 'bad_link' }
  /** The browser cannot do what a meeting needs; found out before a device is asked for. */
  | { kind: 'unsupported'; missing: Missing };

/**
 * What a browser lacks. `secure_context`: the page was not loaded over HTTPS; `encryption`: of sound and picture, from
 * person to person.
 */
export type Missing = 'secure_context' | 'webrtc' | 'encryption' | 'cryptography' | 'devices';

/** How the meeting ended for this person. */
export type Ending = { kind: 'left' } | { kind: 'refused'; reason: Refusal } | { kind: 'unreachable' };

/** How the connection to the server is. */
export type Link =
  | { kind: 'up' }
  /** The signalling connection is being made again. `attempt` counts from 1. */
  | { kind: 'reconnecting'; attempt: number }
  /** Signalling is up; media is being connected, or connected again. `attempt` counts from 1. */
  | { kind: 'media'; again: boolean; attempt: number };

export interface Meeting {
  me: ParticipantId;
  title: string;
  settings: MeetingSettings;
  /** In the order of joining, oneself included. */
  people: readonly Person[];
  /** Filled for moderators only. */
  knocks: readonly Waiting[];
  chat: readonly ChatLine[];
  unreadChat: number;
  reactions: readonly Reaction[];
  /** The most recent speakers, the present one first. From decoded audio, never from the network. */
  speakers: readonly ParticipantId[];
  /** The full link to hand on, fragment included. */
  inviteLink: string;
  security: Security;
  /** Messages that appear for a while, oldest first; also spoken by screen readers. */
  notices: readonly Notice[];
}

/** The encrypted group of the people who are here. */
export interface Security {
  /**
   * Five groups of five digits: whoever reads the same ones shares keys with all who are in the group, and with nobody
   * else. Null while this page is not in it, and nothing is sent.
   */
  code: string | null;
  /** How many people are in the group and not on the server's list: they could listen unseen. */
  hidden: number;
  /** How many the server lists who are not in the group, for longer than coming in takes. */
  outside: number;
}

export interface Person {
  id: ParticipantId;
  identity: IdentityKey;
  /** Null when it could not be opened with the meeting's key. The same holds for every name below. */
  name: string | null;
  role: Role;
  /** Whether the role was proven by the host key of the link. */
  proven: boolean;
  live: readonly Source[];
  hand: number | null;
  quality: Quality;
  connected: boolean;
  me: boolean;
  /** Whether sound above the room's hush was heard from them in the last moments. */
  speaking: boolean;
}

export interface Waiting {
  id: KnockId;
  identity: IdentityKey;
  name: string | null;
  /** The server let them in; no moderator did, as far as this page knows. */
  unexpected: boolean;
}

export interface ChatLine {
  key: number;
  from: ParticipantId;
  /** The name at the time of speaking. */
  name: string | null;
  text: string;
  /** To whom, when it was said to one person only. */
  privatelyTo: string | null;
  mine: boolean;
  /** Milliseconds since the epoch, by this device's clock. */
  at: number;
}

export interface Reaction {
  key: number;
  from: ParticipantId;
  emoji: string;
}

export type NoticeText =
  | { kind: 'joined'; name: string | null }
  | { kind: 'left'; name: string | null }
  | { kind: 'removed'; name: string | null }
  | { kind: 'moderated'; by: string | null; what: Moderated }
  | { kind: 'hand'; who: ParticipantId; name: string | null }
  | { kind: 'knock'; name: string | null }
  | { kind: 'screen'; name: string | null; on: boolean }
  | { kind: 'denied'; reason: Denial }
  | { kind: 'new_link' }
  /** The link of this page is older than the meeting's: names and words cannot be read. Only the host can mend it. */
  | { kind: 'stale_link'; host: boolean }
  /** The host's list of meetings still has the old link; `trying`: for now, as it is tried again. */
  | { kind: 'link_not_kept'; trying: boolean }
  /** After a `link_not_kept` that was tried again. */
  | { kind: 'link_kept' }
  | { kind: 'role'; role: Role }
  | { kind: 'device'; device: 'microphone' | 'camera' | 'screen'; problem: DeviceProblem }
  | { kind: 'reconnected' }
  /** By its opening hours the server closes, or has closed; when it opens again. Seconds since 1970 began. */
  | { kind: 'closing'; at: number; opens: number | null }
  /** While this page is not in the encrypted group there is nobody to say it to. */
  | { kind: 'not_said' }
  /** For longer than it should take. */
  | { kind: 'outside_group' }
  /** A change to the group that members must not follow came in somebody's name. */
  | { kind: 'change_refused'; name: string | null }
  /** What came was not what its sender sent; or, where it is broken, nothing is sent or played any more. */
  | { kind: 'media_encryption'; broken: boolean };

/** What a moderator did to this person. */
export type Moderated = Intervention | 'hand_lowered';

export interface Notice {
  key: number;
  text: NoticeText;
  /** Offers an action beside the text, such as switching the microphone on after being asked to. */
  urgent: boolean;
}

/** Why a device cannot be used. */
export type DeviceProblem = 'refused' | 'missing' | 'busy' | 'insecure' | 'failed';

/** This person's own devices, before and during the meeting. */
export interface Devices {
  microphone: Device;
  camera: Device;
  /** Empty where the browser cannot choose (Firefox, Safari). */
  speakers: readonly Choice[];
  speaker: string | null;
  sharing: boolean;
  canShare: boolean;
  /** 0 to 1, several times a second, from the own microphone; for the level meter. */
  level: number;
}

export interface Device {
  choices: readonly Choice[];
  /** The `deviceId` in use. */
  chosen: string | null;
  /** What the person wants; what others get depends on the gate as well. */
  on: boolean;
  problem: DeviceProblem | null;
}

export interface Choice {
  id: string;
  label: string;
}

/** What one page shows beside the people. */
export interface Interface {
  panel: 'people' | 'chat' | 'settings' | null;
  layout: 'tiles' | 'speaker';
  pinned: { participant: ParticipantId; source: Source } | null;
  selfView: boolean;
  help: boolean;
}

export interface AppState {
  meetingId: MeetingId | null;
  name: string;
  phase: Phase;
  devices: Devices;
  ui: Interface;
  /** Whether this page holds the host key of the link: only then can it give roles. */
  holdsHostKey: boolean;
}
