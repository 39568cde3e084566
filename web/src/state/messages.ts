// What can happen to the page's state. The session sends these; all text is in clear by then.

import type { Denial, MeetingSettings, ParticipantId, WaitingFor } from '../generated/protocol';
import type {
  Device,
  DeviceProblem,
  Devices,
  Ending,
  Interface,
  Link,
  Moderated,
  NoticeText,
  Person,
  Problem,
  Security,
  Waiting,
} from './model';

/** What the session knows of a person; whether they are heard speaking is added by the reducer. */
export type KnownPerson = Omit<Person, 'me' | 'speaking'>;

/** Messages that may show something carry `key`: a number never used before, also not as `key` + 1 … + 8. */
export type Message =
  | {
      type: 'link_read';
      meetingId: string | null;
      needsPassword: boolean;
      problem: Problem | null;
      name: string;
    }
  | { type: 'password_known' }
  | { type: 'host_key'; held: boolean }
  | { type: 'name'; name: string }
  | { type: 'joining' }
  | { type: 'join_failed'; needsPassword: boolean; problem: Problem }
  | { type: 'waiting'; until: WaitingFor }
  | { type: 'welcome'; welcome: Welcomed; key: number }
  | { type: 'link'; link: Link }
  | { type: 'over'; how: Ending }
  /** Somebody is there, or has changed; `quiet` where that they came is no news. */
  | { type: 'person'; person: KnownPerson; quiet: boolean; key: number }
  | { type: 'gone'; who: ParticipantId }
  | { type: 'settings'; settings: MeetingSettings }
  | { type: 'lobby'; knocks: readonly Waiting[]; key: number }
  /** The group's code and title; null while this page is not in it. */
  | { type: 'secured'; code: string | null; title: string | null }
  | { type: 'difference'; difference: Omit<Security, 'code'> }
  | { type: 'said'; line: Said; key: number }
  | { type: 'moderated'; by: ParticipantId; what: Moderated; key: number }
  | { type: 'new_link'; inviteLink: string; title: string; key: number }
  | { type: 'denied'; reason: Denial; key: number }
  | { type: 'heard'; speaking: readonly ParticipantId[]; order: readonly ParticipantId[] }
  | { type: 'devices'; change: Partial<Omit<Devices, 'microphone' | 'camera'>> }
  | { type: 'device'; kind: 'microphone' | 'camera'; change: Partial<Device> }
  | { type: 'device_failed'; device: 'microphone' | 'camera' | 'screen'; problem: DeviceProblem; key: number }
  | { type: 'interface'; change: Partial<Interface> }
  | { type: 'notice'; text: NoticeText; key: number }
  | { type: 'dismiss'; notice: number }
  | { type: 'reaction_over'; reaction: number };

/** All that is known on entering, and again after every lost connection. */
export interface Welcomed {
  me: ParticipantId;
  people: readonly KnownPerson[];
  settings: MeetingSettings;
  title: string;
  knocks: readonly Waiting[];
  inviteLink: string;
}

export interface Said {
  channel: 'chat' | 'reaction';
  from: ParticipantId;
  /** For whom alone; null for everybody. Oneself when somebody else said it privately. */
  privatelyTo: ParticipantId | null;
  text: string;
  at: number;
}
