// What a view may ask for. The session does it; views know neither network nor keys.

import type { AuditedMachine, EndingCertificate, OpeningHours, TimeSpan } from '../generated/api';
import type { IdentityKey, MeetingSettings, ParticipantId, Role, Source } from '../generated/protocol';
import type { Reading, Recipients, SigningKeyInfo } from '../invitation/model';
import type { Interface } from './model';

export interface MeetingActions {
  // Prejoin
  setName(name: string): void;
  /** `password` where the link needs one. Resolves when a new phase is reached; never rejects. */
  join(password: string | null): Promise<void>;
  chooseDevice(kind: 'microphone' | 'camera' | 'speaker', id: string): Promise<void>;
  testSpeaker(): Promise<void>;

  // Oneself
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  setSharing(on: boolean): Promise<void>;
  setHand(up: boolean): void;
  rename(name: string): void;
  say(text: string, to: ParticipantId | null): void;
  react(emoji: string): void;
  leave(): void;
  /** After the end: back to the prejoin screen of the same meeting. */
  rejoin(): void;

  readonly moderation: ModerationActions;

  // Showing
  /**
   * A `MediaStream` that stays the same object while it carries the same source; null when there is none.
   * Reads a signal: a component that calls it while drawing is drawn again when the answer changes. So does `ownCamera`.
   */
  stream(who: ParticipantId, source: Source): MediaStream | null;
  /** Whether it stands still because this page's connection could not carry it. */
  paused(who: ParticipantId, source: Source): boolean;
  /** The own camera before and during the meeting. */
  ownCamera(): MediaStream | null;
  /** Which tiles are on the screen and how large, the most important first; the session asks the server for them. */
  watch(tiles: readonly { participant: ParticipantId; source: Source; heightPx: number }[]): void;
  /** The view asks for it when a notice was read or has been shown long enough. */
  dismiss(notice: number): void;
  setInterface(change: Partial<Interface>): void;
}

/** What moderators may ask for; the server decides. */
export interface ModerationActions {
  mute(who: ParticipantId): void;
  muteAll(): void;
  askToUnmute(who: ParticipantId): void;
  stopVideo(who: ParticipantId): void;
  stopScreen(who: ParticipantId): void;
  remove(who: ParticipantId): Promise<void>;
  newLink(): Promise<void>;
  admit(who: IdentityKey): void;
  admitAll(): void;
  deny(who: IdentityKey): void;
  sendToLobby(who: ParticipantId): Promise<void>;
  /** Gives somebody the floor, or takes it back: then they send nothing any more. */
  giveFloor(who: ParticipantId, has: boolean): void;
  setRole(who: ParticipantId, role: Role): Promise<void>;
  lowerHand(who: ParticipantId): void;
  /** The switches that were moved. */
  changeSettings(part: Partial<MeetingSettings>): Promise<void>;
  endForAll(): void;
}

/** The host's pages, outside a meeting. None of these rejects: a failure is a value, and the views have its words. */
export interface HostActions {
  /** Where the account asks for both, the browser asks for the passkey, too, before this resolves. */
  signIn(name: string, password: string): Promise<Outcome<void>>;
  signInByPasskey(): Promise<Outcome<void>>;
  /**
   * For a new account, or to reset one: then `recoveryCode` is the old code, where the person still has it.
   * The value is the recovery code to write down. The state stays `enrolling` until `refresh` is called, so that the
   * code can be shown; every enrolment, also one with a recovery code, makes a new code.
   */
  enrol(
    name: string,
    password: string,
    recoveryCode: string | null,
  ): Promise<Outcome<{ recoveryCode: string }>>;
  signOut(everywhere: boolean): Promise<Outcome<void>>;
  changePassword(oldPassword: string, newPassword: string): Promise<Outcome<void>>;
  createMeeting(wish: MeetingWish): Promise<Outcome<HostMeeting>>;
  /** From the meeting's next beginning. The server offers no change of its title or password. */
  changeMeeting(id: string, settings: MeetingSettings): Promise<Outcome<void>>;
  deleteMeeting(id: string): Promise<Outcome<void>>;
  /** The doors shall be open then, outside of the opening hours. */
  planOpening(span: TimeSpan): Promise<Outcome<void>>;
  removeOpening(id: number): Promise<Outcome<void>>;
  refresh(): Promise<Outcome<void>>;
  readonly invitations: InvitationActions;
  readonly passkeys: PasskeyActions;
}

/** With what a host signs in beside the password (S1). */
export interface PasskeyActions {
  /** Why there can be none here. */
  readonly obstacle: PasskeyObstacle | null;
  /** The password opens the rest, until `close`. */
  open(password: string): Promise<Outcome<PasskeySettings>>;
  /** `opens`: whether the new one signs in alone. */
  add(name: string): Promise<Outcome<{ settings: PasskeySettings; opens: boolean }>>;
  remove(id: string): Promise<Outcome<PasskeySettings>>;
  askBoth(both: boolean): Promise<Outcome<PasskeySettings>>;
  close(): void;
}

/** The address is a number, to which no passkey can belong; or the browser knows no passkeys. */
export type PasskeyObstacle = 'address' | 'browser';

export interface PasskeySettings {
  /** Whether each sign-in needs the password and a passkey. */
  asksBoth: boolean;
  passkeys: readonly OwnPasskey[];
}

export interface OwnPasskey {
  id: string;
  name: string;
  /** Whether it signs in alone. One that does not can be asked for beside the password only. */
  opens: boolean;
}

/** Encrypted invitations (R1). The server has no part in them; what they need is loaded with the first question. */
export interface InvitationActions {
  /** The OpenPGP key that signs. */
  signingKey(): Promise<Outcome<SigningKeyInfo>>;
  /** Public keys as they were pasted, or as they stand in a file. */
  recipients(keys: string | Blob): Promise<Outcome<Reading>>;
  /** Armored text. Signed as well, in OpenPGP: never without. */
  encrypt(recipients: Recipients, text: string): Promise<Outcome<string>>;
}

/** What became of something that a host asked for. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: HostProblem };

/** Why it was not done. */
export type HostProblem =
  /** From the server's `ProblemCode`. */
  | 'bad_request'
  | 'signed_out'
  | 'wrong_password'
  | 'wrong_passkey'
  | 'password_too'
  | 'no_passkeys_here'
  | 'spent_address'
  | 'name_taken'
  | 'not_found'
  | 'too_many'
  | 'slow_down'
  | 'wrong_origin'
  | 'internal'
  /** Found by the page itself. */
  | 'wrong_recovery_code'
  | 'unreachable'
  /** The person chose none, or the browser did not offer any. */
  | 'passkey_unused'
  /** The device has one of this account already. */
  | 'passkey_known'
  /** The device cannot keep one, or cannot tell whose it is. */
  | 'passkey_impossible'
  /** This browser signed in before invitations could be signed. */
  | 'no_signing_key'
  /** The browser lacks what the page needs, or the page was not loaded over HTTPS. */
  | 'unsupported';

export interface MeetingWish {
  title: string;
  password: string | null;
  kept: boolean;
  settings: MeetingSettings;
}

export interface HostMeeting {
  id: string;
  title: string;
  link: string;
  password: string | null;
  kept: boolean;
  live: boolean;
  settings: MeetingSettings;
}

/** What the host's pages show. */
export type HostState =
  | { kind: 'loading' }
  | { kind: 'signed_out'; problem: HostProblem | null }
  /** A one-time address. `name` is null for the very first host. */
  | { kind: 'enrolling'; name: string | null; reset: boolean; problem: HostProblem | null }
  | { kind: 'spent_address' }
  | {
      kind: 'home';
      name: string;
      meetings: readonly HostMeeting[];
      /** Where it is to be renewed. */
      certificate: EndingCertificate | null;
      /** Where the machine is measured by itself. */
      machine: AuditedMachine | null;
      /** Where the server is not always open. */
      hours: OpeningHours | null;
      problem: HostProblem | null;
    };
