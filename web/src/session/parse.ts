// The edge: what arrives is read once, into the generated types. What a later server may add is passed over; what is
// missing or of another kind makes the message unreadable.

import type {
  Denial,
  Departure,
  GroupEvent,
  HeldState,
  Knock,
  MeetingSettings,
  Participant,
  PersonToAdd,
  Quality,
  Refusal,
  Role,
  ServerMessage,
  Slot,
  Source,
  WaitingFor,
  Welcome,
} from '../generated/protocol';

/** Far above the bounds of the server; against a message that would stop the page. */
const LONGEST_LIST = 1000;

export type Reader<T> = (value: unknown) => T;

class Unreadable extends Error {}

/** `null`, with a line in the console, for a message that this page does not understand. */
export function parseServerMessage(text: string): ServerMessage | null {
  try {
    return serverMessage(JSON.parse(text));
  } catch (error) {
    console.warn(
      'a message of the server was not understood:',
      error instanceof Unreadable ? error.message : 'no JSON',
    );
    return null;
  }
}

function serverMessage(value: unknown): ServerMessage {
  const { type } = record({ type: string })(value);
  const reader = (readers as Record<string, Reader<ServerMessage> | undefined>)[type];
  if (!Object.hasOwn(readers, type) || !reader)
    throw new Unreadable(`no type ${JSON.stringify(type.slice(0, 40))}`);
  return reader(value);
}

// The kinds of values.

export const string: Reader<string> = (value) => {
  if (typeof value !== 'string') throw new Unreadable('a text is missing');
  return value;
};

export const number: Reader<number> = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unreadable('a number is missing');
  return value;
};

export const boolean: Reader<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new Unreadable('a yes or no is missing');
  return value;
};

export function optional<T>(reader: Reader<T>): Reader<T | null> {
  return (value) => (value === null || value === undefined ? null : reader(value));
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > LONGEST_LIST)
      throw new Unreadable('a list is missing or too long');
    return value.map(reader);
  };
}

/** The keys of an object are its whole set of words: the compiler sees when one is missing. */
export function word<T extends string>(words: Record<T, true>): Reader<T> {
  return (value) => {
    if (typeof value !== 'string' || !Object.hasOwn(words, value))
      throw new Unreadable('a word is not known');
    return value as T;
  };
}

export function record<T extends object>(fields: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value) => {
    if (typeof value !== 'object' || value === null) throw new Unreadable('an object is missing');
    const result: Partial<T> = {};
    for (const name of Object.keys(fields) as (keyof T)[]) {
      result[name] = fields[name]((value as T)[name]);
    }
    return result as T;
  };
}

// The vocabulary.

const role = word<Role>({ participant: true, speaker: true, co_host: true, host: true });
const source = word<Source>({ microphone: true, camera: true, screen: true, screen_audio: true });
const quality = word<Quality>({ unknown: true, good: true, fair: true, poor: true });
const departure = word<Departure>({ left: true, lost: true, removed: true, sent_to_lobby: true });
const waitingFor = word<WaitingFor>({ host: true, admission: true });

const refusal = word<Refusal>({
  not_admitted: true,
  unproven: true,
  outdated: true,
  locked: true,
  full: true,
  denied: true,
  removed: true,
  ended: true,
  replaced: true,
  signed_out: true,
  flooding: true,
  too_slow: true,
  link_changed: true,
  group_fault: true,
  stopping: true,
  closed: true,
});

const denial = word<Denial>({
  not_moderator: true,
  not_host: true,
  switched_off: true,
  too_many_sounds: true,
  protected: true,
  no_such_person: true,
  oneself: true,
  invalid_state: true,
  not_stored: true,
  unusable_offer: true,
  too_often: true,
  stale_epoch: true,
  out_of_turn: true,
  full: true,
});

export const meetingSettings = record<MeetingSettings>({
  lobby: boolean,
  locked: boolean,
  earlyStart: boolean,
  unmute: boolean,
  video: boolean,
  screen: boolean,
  chat: boolean,
  rename: boolean,
  strict: boolean,
});

const held = record<HeldState>({ text: string, signature: string });
const knock = record<Knock>({ id: number, identity: string, name: optional(string) });
const slot = record<Slot>({ mid: string, participant: number, source, paused: boolean });

const participant = record<Participant>({
  id: number,
  identity: string,
  role,
  live: list(source),
  quality,
  connected: boolean,
});

const welcome = record<Welcome>({
  me: number,
  participants: list(participant),
  settings: meetingSettings,
  title: string,
  linked: boolean,
  held: optional(held),
  hostKey: string,
  knocks: list(knock),
  group: optional(number),
});

const personToAdd = record<PersonToAdd>({ participant: number, keyPackage: string });

type Event = GroupEvent['event'];
type EventOf<K extends Event> = Extract<GroupEvent, { event: K }>;

const events: { [K in Event]: Reader<Omit<EventOf<K>, 'event'>> } = {
  found: record<Omit<EventOf<'found'>, 'event'>>({}),
  turn: record<Omit<EventOf<'turn'>, 'event'>>({ epoch: number, info: string }),
  taken: record<Omit<EventOf<'taken'>, 'event'>>({ number }),
  commit: record<Omit<EventOf<'commit'>, 'event'>>({ number, epoch: number, from: number, commit: string }),
  welcome: record<Omit<EventOf<'welcome'>, 'event'>>({ number, message: string }),
  add: record<Omit<EventOf<'add'>, 'event'>>({ people: list(personToAdd) }),
  withdrawn: record<Omit<EventOf<'withdrawn'>, 'event'>>({ number, commit: number }),
};

const groupEvent: Reader<GroupEvent> = (value) => {
  const { event } = record({ event: string })(value);
  if (!Object.hasOwn(events, event)) throw new Unreadable('an event is not known');
  return { event, ...events[event as Event](value) } as GroupEvent;
};

type Type = ServerMessage['type'];
type Of<K extends Type> = Extract<ServerMessage, { type: K }>;

function message<K extends Type>(
  type: K,
  fields: { [N in keyof Omit<Of<K>, 'type'>]: Reader<Omit<Of<K>, 'type'>[N]> },
): Reader<Of<K>> {
  const reader = record<Omit<Of<K>, 'type'>>(fields);
  return (value) => ({ type, ...reader(value) }) as unknown as Of<K>;
}

const readers: { [K in Type]: Reader<Of<K>> } = {
  challenge: message('challenge', { version: number, nonce: string, instance: string }),
  refused: message('refused', { reason: refusal }),
  waiting: message('waiting', { until: waitingFor }),
  welcome: (value) => ({ type: 'welcome', ...welcome(value) }),
  participant: message('participant', { participant }),
  left: message('left', { participant: number, how: departure }),
  settings: message('settings', { settings: meetingSettings }),
  lobby: message('lobby', { knocks: list(knock) }),
  said: message('said', { from: number, privately: boolean, body: string }),
  rotated: message('rotated', { number, link: string, title: string }),
  group: message('group', { event: groupEvent }),
  held: message('held', { held }),
  done: message('done', { request: number }),
  denied: message('denied', { request: number, reason: denial }),
  answer: message('answer', { request: number, sdp: string }),
  slots: message('slots', { slots: list(slot) }),
  relay: message('relay', { user: string, password: string }),
  closing: message('closing', { at: number, opens: optional(number) }),
  pong: message('pong', {}),
  unreadable: message('unreadable', { detail: string }),
};
