// State in, message in, state out. No clock, no network, no browser: a history of messages replays.

import type { Denial, ParticipantId, Role } from '../generated/protocol';
import type { KnownPerson, Message, Said, Welcomed } from './messages';
import type { AppState, Meeting, Notice, NoticeText, Person, Waiting } from './model';
import { moderates } from './roles';

/** What is shown at one time, and what is remembered. The oldest go first. */
const NOTICES = 5;
/** Of more people than this nobody could follow who comes and goes. The list and its number tell. */
const CROWD = 25;
const CHAT_LINES = 500;
const REACTIONS = 30;
/** Until the person has read them. */
const STAYING: ReadonlySet<NoticeText['kind']> = new Set([
  'stale_link',
  'link_not_kept',
  'outside_group',
  'change_refused',
  'closing',
]);

export function reduce(state: AppState, message: Message): AppState {
  switch (message.type) {
    case 'link_read': {
      const { meetingId, name, needsPassword, problem } = message;
      return { ...state, meetingId, name, phase: { kind: 'prejoin', needsPassword, problem } };
    }
    case 'password_known':
      return state.phase.kind === 'prejoin'
        ? { ...state, phase: { ...state.phase, needsPassword: false } }
        : state;
    case 'host_key':
      return { ...state, holdsHostKey: message.held };
    case 'name':
      return { ...state, name: message.name };
    case 'joining':
      return { ...state, phase: { kind: 'joining' } };
    case 'join_failed': {
      const { needsPassword, problem } = message;
      return { ...state, phase: { kind: 'prejoin', needsPassword, problem } };
    }
    case 'waiting':
      return { ...state, phase: { kind: 'waiting', until: message.until } };
    case 'welcome':
      return welcome(state, message.welcome, message.key);
    case 'link':
      return state.phase.kind === 'inside'
        ? { ...state, phase: { ...state.phase, link: message.link } }
        : state;
    case 'over':
      return { ...state, phase: { kind: 'over', how: message.how } };
    case 'devices':
      return { ...state, devices: { ...state.devices, ...message.change } };
    case 'device': {
      const device = { ...state.devices[message.kind], ...message.change };
      return { ...state, devices: { ...state.devices, [message.kind]: device } };
    }
    case 'interface':
      return withInterface(state, message.change);
    default:
      return withoutStalePin(inMeeting(state, (meeting) => within(state, meeting, message)));
  }
}

type MeetingMessage = Exclude<
  Message,
  {
    type:
      | 'link_read'
      | 'password_known'
      | 'host_key'
      | 'name'
      | 'joining'
      | 'join_failed'
      | 'waiting'
      | 'welcome'
      | 'link'
      | 'over'
      | 'devices'
      | 'device'
      | 'interface';
  }
>;

/** What only makes sense inside a meeting; elsewhere it came too late and is passed over. */
function within(state: AppState, meeting: Meeting, message: MeetingMessage): Meeting {
  switch (message.type) {
    case 'person':
      return withPerson(meeting, message.person, message.quiet, message.key);
    case 'gone':
      return withoutPerson(meeting, message.who);
    case 'settings':
      return { ...meeting, settings: message.settings };
    case 'lobby':
      return withLobby(meeting, message.knocks, message.key);
    case 'secured': {
      const security = { ...meeting.security, code: message.code };
      return { ...meeting, security, title: message.title || meeting.title };
    }
    case 'difference':
      return { ...meeting, security: { ...meeting.security, ...message.difference } };
    case 'said':
      return said(meeting, message.line, message.key, state.ui.panel === 'chat');
    case 'moderated': {
      const by = nameOf(meeting, message.by);
      const urgent = message.what === 'asked_to_unmute' || message.what === 'floor_given';
      return notify(meeting, message.key, { kind: 'moderated', by, what: message.what }, urgent);
    }
    case 'new_link': {
      const { inviteLink, title, key } = message;
      return notify({ ...meeting, inviteLink, title }, key, { kind: 'new_link' });
    }
    case 'denied':
      return denied(meeting, message.reason, message.key);
    case 'heard':
      return heard(meeting, message.speaking, message.order);
    case 'device_failed': {
      const { device, problem, key } = message;
      return notify(meeting, key, { kind: 'device', device, problem });
    }
    case 'notice': {
      const { kind } = message.text;
      if (kind === 'left' && meeting.people.length > CROWD) return meeting;
      const urgent = STAYING.has(kind);
      const about = kind === 'link_kept' || kind === 'link_not_kept' ? withoutKeeping(meeting) : meeting;
      return notify(about, message.key, message.text, urgent);
    }
    case 'dismiss':
      return { ...meeting, notices: meeting.notices.filter(({ key }) => key !== message.notice) };
    case 'reaction_over':
      return { ...meeting, reactions: meeting.reactions.filter(({ key }) => key !== message.reaction) };
    default: {
      const never: never = message;
      return never;
    }
  }
}

function inMeeting(state: AppState, change: (meeting: Meeting) => Meeting): AppState {
  if (state.phase.kind !== 'inside') return state;
  const meeting = change(state.phase.meeting);
  return meeting === state.phase.meeting ? state : { ...state, phase: { ...state.phase, meeting } };
}

// Coming in and coming back.

function welcome(state: AppState, welcomed: Welcomed, key: number): AppState {
  const former = state.phase.kind === 'inside' ? state.phase.meeting : null;
  const { me, settings, title, knocks, inviteLink } = welcomed;
  const people = inOrder(welcomed.people.map((person) => asPerson(person, me, false)));
  const meeting: Meeting = {
    me,
    title,
    settings,
    people,
    knocks,
    inviteLink,
    chat: former?.chat ?? [],
    unreadChat: former?.unreadChat ?? 0,
    reactions: former?.reactions ?? [],
    security: former?.security ?? { code: null, hidden: 0, outside: 0 },
    speakers: (former?.speakers ?? []).filter((who) => people.some(({ id }) => id === who)),
    notices: former?.notices ?? [],
  };
  const phase = {
    kind: 'inside' as const,
    link: { kind: 'media' as const, again: former !== null, attempt: 1 },
    meeting: former === null ? meeting : notify(meeting, key, { kind: 'reconnected' }),
  };
  return withoutStalePin({ ...state, phase });
}

function withoutStalePin(state: AppState): AppState {
  const { pinned } = state.ui;
  if (pinned === null || state.phase.kind !== 'inside') return state;
  const there = state.phase.meeting.people.some(({ id }) => id === pinned.participant);
  return there ? state : { ...state, ui: { ...state.ui, pinned: null } };
}

// People.

function asPerson(known: KnownPerson, me: ParticipantId, speaking: boolean): Person {
  return { ...known, me: known.id === me, speaking };
}

function inOrder(people: readonly Person[]): Person[] {
  return [...people].sort((a, b) => a.id - b.id);
}

function withPerson(meeting: Meeting, known: KnownPerson, quiet: boolean, key: number): Meeting {
  const former = meeting.people.find(({ id }) => id === known.id);
  const person = asPerson(known, meeting.me, former?.speaking ?? false);
  if (!former) {
    const people = inOrder([...meeting.people, person]);
    const next = { ...meeting, people };
    return quiet || people.length > CROWD ? next : notify(next, key, { kind: 'joined', name: person.name });
  }
  const people = meeting.people.map((other) => (other === former ? person : other));
  return notifyAll({ ...meeting, people }, key, changes(former, person));
}

/** What is worth telling when a person's record changed. */
function changes(former: Person, person: Person): NoticeText[] {
  const { name } = person;
  const texts: NoticeText[] = [];
  if (person.me) {
    // Of the floor the moderator's own word tells.
    const part = (role: Role) => (moderates(role) ? role : 'participant');
    if (part(former.role) !== part(person.role)) texts.push({ kind: 'role', role: person.role });
    return texts;
  }
  if (former.hand === null && person.hand !== null) texts.push({ kind: 'hand', who: person.id, name });
  const [was, is] = [former.live.includes('screen'), person.live.includes('screen')];
  if (was !== is) texts.push({ kind: 'screen', name, on: is });
  return texts;
}

function withoutPerson(meeting: Meeting, who: ParticipantId): Meeting {
  const people = meeting.people.filter(({ id }) => id !== who);
  if (people.length === meeting.people.length) return meeting;
  return { ...meeting, people, speakers: meeting.speakers.filter((other) => other !== who) };
}

function withLobby(meeting: Meeting, knocks: readonly Waiting[], key: number): Meeting {
  const known = new Set(meeting.knocks.map(({ id }) => id));
  const fresh = knocks.filter(({ id }) => !known.has(id)).slice(0, NOTICES);
  const texts = fresh.map(({ name }): NoticeText => ({ kind: 'knock', name }));
  return notifyAll({ ...meeting, knocks }, key, texts);
}

function heard(
  meeting: Meeting,
  speaking: readonly ParticipantId[],
  order: readonly ParticipantId[],
): Meeting {
  const people = meeting.people.map((person) => {
    const now = speaking.includes(person.id);
    return person.speaking === now ? person : { ...person, speaking: now };
  });
  const samePeople = people.every((person, at) => person === meeting.people[at]);
  const sameOrder =
    order.length === meeting.speakers.length && order.every((who, at) => who === meeting.speakers[at]);
  if (samePeople && sameOrder) return meeting;
  return {
    ...meeting,
    people: samePeople ? meeting.people : people,
    speakers: sameOrder ? meeting.speakers : order,
  };
}

function nameOf(meeting: Meeting, who: ParticipantId): string | null {
  return meeting.people.find(({ id }) => id === who)?.name ?? null;
}

// Words.

function said(meeting: Meeting, line: Said, key: number, reading: boolean): Meeting {
  const { from, text } = line;
  if (line.channel === 'reaction') {
    return { ...meeting, reactions: [...meeting.reactions, { key, from, emoji: text }].slice(-REACTIONS) };
  }
  const mine = from === meeting.me;
  const privatelyTo = line.privatelyTo === null ? null : (nameOf(meeting, line.privatelyTo) ?? '');
  const entry = { key, from, name: nameOf(meeting, from), text, privatelyTo, mine, at: line.at };
  return {
    ...meeting,
    chat: [...meeting.chat, entry].slice(-CHAT_LINES),
    unreadChat: mine || reading ? meeting.unreadChat : meeting.unreadChat + 1,
  };
}

function withInterface(state: AppState, change: Partial<AppState['ui']>): AppState {
  const next = { ...state, ui: { ...state.ui, ...change } };
  if (next.ui.panel !== 'chat') return next;
  return inMeeting(next, (meeting) => (meeting.unreadChat === 0 ? meeting : { ...meeting, unreadChat: 0 }));
}

/** Without what was said before about the link in the host's list of meetings. */
function withoutKeeping(meeting: Meeting): Meeting {
  return { ...meeting, notices: meeting.notices.filter(({ text }) => text.kind !== 'link_not_kept') };
}

function notify(meeting: Meeting, key: number, text: NoticeText, urgent = false): Meeting {
  const notice: Notice = { key, text, urgent };
  return { ...meeting, notices: [...meeting.notices, notice].slice(-NOTICES) };
}

/** Once is enough: microphone and camera are refused together where somebody comes into an audience. */
function denied(meeting: Meeting, reason: Denial, key: number): Meeting {
  const said = meeting.notices.some(({ text }) => text.kind === 'denied' && text.reason === reason);
  return said ? meeting : notify(meeting, key, { kind: 'denied', reason });
}

function notifyAll(meeting: Meeting, key: number, texts: readonly NoticeText[]): Meeting {
  return texts.reduce((soFar, text, at) => notify(soFar, key + at, text, text.kind === 'knock'), meeting);
}
