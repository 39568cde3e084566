import { describe, expect, test } from 'vitest';
import { type Denial, type ParticipantId, type Role, USUAL_SETTINGS } from '../generated/protocol';
import { INITIAL } from './initial';
import type { KnownPerson, Message, Welcomed } from './messages';
import type { AppState, Meeting } from './model';
import { reduce } from './reducer';

function person(id: ParticipantId, change: Partial<KnownPerson> = {}): KnownPerson {
  return {
    id,
    identity: `key ${id}`,
    name: `Person ${id}`,
    role: 'participant',
    proven: true,
    live: [],
    hand: null,
    quality: 'unknown',
    connected: true,
    ...change,
  };
}

function welcomed(people: readonly KnownPerson[]): Welcomed {
  return {
    me: 1,
    people,
    settings: USUAL_SETTINGS,
    title: 'Choir',
    knocks: [],
    inviteLink: 'https://host/m/x#y.z',
  };
}

let key = 0;
function nextKey(): number {
  key += 16;
  return key;
}

function inside(...history: Message[]): AppState {
  const welcome: Message = { type: 'welcome', welcome: welcomed([person(2), person(1)]), key: nextKey() };
  return [welcome, ...history].reduce(reduce, INITIAL);
}

function meeting(state: AppState): Meeting {
  if (state.phase.kind !== 'inside') throw new Error(`not inside but ${state.phase.kind}`);
  return state.phase.meeting;
}

const notices = (state: AppState) => meeting(state).notices.map(({ text }) => text);

describe('coming in', () => {
  test('a link, a wrong password, another attempt, the lobby, the meeting', () => {
    const problem = { kind: 'refused', reason: 'not_admitted' } as const;
    let state = reduce(INITIAL, {
      type: 'link_read',
      meetingId: 'm',
      needsPassword: true,
      problem: null,
      name: '',
    });
    expect(state.phase).toEqual({ kind: 'prejoin', needsPassword: true, problem: null });
    state = reduce(state, { type: 'joining' });
    state = reduce(state, { type: 'join_failed', needsPassword: true, problem });
    expect(state.phase).toEqual({ kind: 'prejoin', needsPassword: true, problem });
    state = reduce(state, { type: 'joining' });
    state = reduce(state, { type: 'waiting', until: 'admission' });
    state = reduce(state, { type: 'welcome', welcome: welcomed([person(1)]), key: nextKey() });
    expect(meeting(state).people).toEqual([{ ...person(1), me: true, speaking: false }]);
    expect(state.phase).toMatchObject({ link: { kind: 'media', again: false } });
    expect(notices(state)).toEqual([]);
  });

  test('people stand in the order of joining', () => {
    const state = inside({ type: 'person', person: person(3), quiet: false, key: nextKey() });
    expect(meeting(state).people.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(notices(state)).toEqual([{ kind: 'joined', name: 'Person 3' }]);
  });

  test('coming back keeps the chat, and takes everything else from the server', () => {
    const line = { channel: 'chat', from: 2, privatelyTo: null, text: 'hello', at: 5 } as const;
    const before = inside(
      { type: 'said', line, key: nextKey() },
      { type: 'interface', change: { pinned: { participant: 2, source: 'camera' } } },
      { type: 'heard', speaking: [2], order: [2] },
    );
    const after = reduce(before, {
      type: 'welcome',
      welcome: welcomed([person(1), person(5)]),
      key: nextKey(),
    });
    expect(meeting(after).chat).toEqual(meeting(before).chat);
    expect(meeting(after).people.map(({ id }) => id)).toEqual([1, 5]);
    expect(meeting(after).speakers).toEqual([]);
    expect(after.ui.pinned).toBeNull();
    expect(notices(after)).toEqual([{ kind: 'reconnected' }]);
  });
});

describe('people', () => {
  test('what is told about others, and what is not', () => {
    const state = inside(
      { type: 'person', person: person(2, { hand: 1 }), quiet: false, key: nextKey() },
      {
        type: 'person',
        person: person(2, { hand: 1, live: ['screen', 'camera'] }),
        quiet: false,
        key: nextKey(),
      },
      { type: 'person', person: person(2, { quality: 'poor' }), quiet: false, key: nextKey() },
      { type: 'person', person: person(1, { hand: 2, role: 'co_host' }), quiet: false, key: nextKey() },
    );
    expect(notices(state)).toEqual([
      { kind: 'hand', who: 2, name: 'Person 2' },
      { kind: 'screen', name: 'Person 2', on: true },
      { kind: 'screen', name: 'Person 2', on: false },
      { kind: 'role', role: 'co_host' },
    ]);
  });

  test('of the floor the moderator’s word tells, and not the server’s record', () => {
    const role = (role: Role): Message => ({
      type: 'person',
      person: person(1, { role }),
      quiet: false,
      key: nextKey(),
    });
    const given: Message = { type: 'moderated', by: 2, what: 'floor_given', key: nextKey() };
    const state = inside(role('participant'), role('speaker'), given, role('participant'));
    expect(notices(state)).toEqual([{ kind: 'moderated', by: 'Person 2', what: 'floor_given' }]);
    expect(meeting(state).notices[0]?.urgent).toBe(true);
  });

  test('the same refusal is said once', () => {
    const refused = (reason: Denial): Message => ({ type: 'denied', reason, key: nextKey() });
    const state = inside(refused('switched_off'), refused('switched_off'), refused('too_many_sounds'));
    expect(notices(state)).toEqual([
      { kind: 'denied', reason: 'switched_off' },
      { kind: 'denied', reason: 'too_many_sounds' },
    ]);
  });

  test('in a crowd nobody is told who comes and goes', () => {
    const come = (id: number): Message => ({
      type: 'person',
      person: person(id),
      quiet: false,
      key: nextKey(),
    });
    const few = Array.from({ length: 23 }, (_, index) => come(index + 3));
    const quiet = { type: 'notice', text: { kind: 'left', name: 'Ada' }, key: nextKey() } as const;
    const before = inside(...few);
    expect(notices(reduce(before, quiet)).at(-1)).toEqual({ kind: 'left', name: 'Ada' });
    expect(notices(before).at(-1)).toEqual({ kind: 'joined', name: 'Person 25' });
    const crowd = reduce(reduce(before, come(99)), quiet);
    expect(meeting(crowd).people).toHaveLength(26);
    expect(notices(crowd).at(-1)).toEqual({ kind: 'joined', name: 'Person 25' });
  });

  test('who is gone is gone everywhere', () => {
    const state = inside(
      { type: 'heard', speaking: [2], order: [2] },
      { type: 'interface', change: { pinned: { participant: 2, source: 'camera' } } },
      { type: 'gone', who: 2 },
      { type: 'gone', who: 2 },
    );
    expect(meeting(state).people.map(({ id }) => id)).toEqual([1]);
    expect(meeting(state).speakers).toEqual([]);
    expect(state.ui.pinned).toBeNull();
    expect(notices(state)).toEqual([]);
  });

  test('that somebody came is told where it is news', () => {
    const state = inside({ type: 'person', person: person(3), quiet: true, key: nextKey() });
    expect(meeting(state).people.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(notices(state)).toEqual([]);
  });

  test('a record does not end a speech', () => {
    const state = inside(
      { type: 'heard', speaking: [2], order: [2] },
      { type: 'person', person: person(2, { hand: 1 }), quiet: false, key: nextKey() },
    );
    expect(meeting(state).people.map(({ speaking }) => speaking)).toEqual([false, true]);
  });

  test('hearing the same again draws nothing again', () => {
    const state = inside({ type: 'heard', speaking: [2], order: [2] });
    expect(reduce(state, { type: 'heard', speaking: [2], order: [2] })).toBe(state);
  });

  test('only new knocks are told', () => {
    const ada = { id: 8, identity: 'ada', name: 'Ada', unexpected: false };
    const state = inside(
      { type: 'lobby', knocks: [ada], key: nextKey() },
      {
        type: 'lobby',
        knocks: [ada, { id: 9, identity: 'bob', name: null, unexpected: true }],
        key: nextKey(),
      },
      { type: 'lobby', knocks: [ada], key: nextKey() },
    );
    expect(notices(state)).toEqual([
      { kind: 'knock', name: 'Ada' },
      { kind: 'knock', name: null },
    ]);
    expect(meeting(state).knocks).toEqual([ada]);
  });
});

describe('the encrypted group', () => {
  test('the code is the present one, and what differs stays known', () => {
    let state = inside({ type: 'secured', code: '1 2', title: 'Choir, tonight' });
    expect(meeting(state)).toMatchObject({ title: 'Choir, tonight', security: { code: '1 2', hidden: 0 } });
    state = reduce(state, { type: 'difference', difference: { hidden: 1, outside: 2 } });
    state = reduce(state, { type: 'secured', code: null, title: null });
    expect(meeting(state)).toMatchObject({
      title: 'Choir, tonight',
      security: { code: null, hidden: 1, outside: 2 },
    });
  });
});

describe('chat', () => {
  const say = (from: ParticipantId, text = 'hello', privatelyTo: ParticipantId | null = null): Message => ({
    type: 'said',
    line: { channel: 'chat', from, privatelyTo, text, at: 0 },
    key: nextKey(),
  });

  test('counts what was not read', () => {
    let state = inside(say(2), say(1), say(2));
    expect(meeting(state).unreadChat).toBe(2);
    state = reduce(state, { type: 'interface', change: { panel: 'chat' } });
    expect(meeting(state).unreadChat).toBe(0);
    expect(meeting(reduce(state, say(2))).unreadChat).toBe(0);
  });

  test('remembers the name of the moment, and to whom', () => {
    const state = inside(
      say(2, 'psst', 1),
      { type: 'person', person: person(2, { name: 'Renamed' }), quiet: false, key: nextKey() },
      say(1, 'yes?', 2),
    );
    expect(meeting(state).chat.map(({ name, privatelyTo, mine }) => ({ name, privatelyTo, mine }))).toEqual([
      { name: 'Person 2', privatelyTo: 'Person 1', mine: false },
      { name: 'Person 1', privatelyTo: 'Renamed', mine: true },
    ]);
  });

  test('is bounded, and so are notices and reactions', () => {
    let state = inside();
    for (let at = 0; at < 600; at += 1) {
      state = reduce(state, say(2, `line ${at}`));
      state = reduce(state, { type: 'notice', text: { kind: 'reconnected' }, key: nextKey() });
      const line = { channel: 'reaction', from: 2, privatelyTo: null, text: '👏', at: 0 } as const;
      state = reduce(state, { type: 'said', line, key: nextKey() });
    }
    expect(meeting(state).chat).toHaveLength(500);
    expect(meeting(state).chat.at(-1)?.text).toBe('line 599');
    expect(meeting(state).notices).toHaveLength(5);
    expect(meeting(state).reactions).toHaveLength(30);
  });
});

test('being asked to unmute is urgent, being muted is not', () => {
  const state = inside(
    { type: 'moderated', by: 2, what: 'muted', key: nextKey() },
    { type: 'moderated', by: 2, what: 'asked_to_unmute', key: nextKey() },
  );
  expect(meeting(state).notices.map(({ urgent }) => urgent)).toEqual([false, true]);
  const [first] = meeting(state).notices;
  const dismissed = reduce(state, { type: 'dismiss', notice: first?.key ?? -1 });
  expect(meeting(dismissed).notices).toHaveLength(1);
});

test('what is lost when nobody acts stays until it is answered', () => {
  const state = inside(
    { type: 'notice', text: { kind: 'stale_link', host: true }, key: nextKey() },
    { type: 'notice', text: { kind: 'link_not_kept', trying: false }, key: nextKey() },
    { type: 'notice', text: { kind: 'outside_group' }, key: nextKey() },
    { type: 'notice', text: { kind: 'change_refused', name: 'Ada' }, key: nextKey() },
    { type: 'notice', text: { kind: 'reconnected' }, key: nextKey() },
  );
  expect(meeting(state).notices.map(({ urgent }) => urgent)).toEqual([true, true, true, true, false]);
});

test('of what is said about the link in the list of meetings, only the latest holds', () => {
  const keeping = (trying: boolean) => ({ kind: 'link_not_kept' as const, trying });
  const trying = inside({ type: 'notice', text: keeping(true), key: nextKey() });
  expect(meeting(trying).notices.map(({ urgent }) => urgent)).toEqual([true]);
  const lost = reduce(trying, { type: 'notice', text: keeping(false), key: nextKey() });
  expect(meeting(lost).notices.map(({ text }) => text)).toEqual([keeping(false)]);
  const kept = reduce(trying, { type: 'notice', text: { kind: 'link_kept' }, key: nextKey() });
  expect(meeting(kept).notices).toMatchObject([{ text: { kind: 'link_kept' }, urgent: false }]);
});

test('what comes too late for the meeting changes nothing', () => {
  const over = inside({ type: 'over', how: { kind: 'left' } });
  expect(reduce(over, { type: 'person', person: person(3), quiet: false, key: nextKey() })).toBe(over);
  expect(reduce(over, { type: 'link', link: { kind: 'up' } })).toBe(over);
});
