import { beforeEach, expect, test } from 'vitest';
import { type MeetingSettings, type Participant, type Role, USUAL_SETTINGS } from '../generated/protocol';
import { type Content, encodeContent } from '../group/content';
import type { Said } from '../state/messages';
import type { Profile } from './roster';
import { Talk } from './talk';

const ADA: Participant = {
  id: 2,
  identity: 'ada',
  role: 'participant',
  live: [],
  quality: 'unknown',
  connected: true,
};

let said: [Content, string | null][];
let shown: Omit<Said, 'at'>[];
let profiles: Map<string, Profile>;
let noticed: string[];
let admitted: string[];
let settings: MeetingSettings;
let works: boolean;
let talk: Talk;

beforeEach(() => {
  said = [];
  shown = [];
  profiles = new Map();
  noticed = [];
  admitted = [];
  settings = { ...USUAL_SETTINGS, chat: true, rename: true };
  works = true;
  talk = new Talk({
    say: (content, to) => {
      said.push([content, to?.identity ?? null]);
      return Promise.resolve(works);
    },
    me: () => 1,
    settings: () => settings,
    byIdentity: (identity) => (identity === ADA.identity ? ADA : null),
    profile: (identity) => profiles.get(identity) ?? null,
    show: ({ at: _, ...line }) => shown.push(line),
    profiled: (identity, profile) => profiles.set(identity, profile),
    admitted: (identity) => admitted.push(identity),
    noticed: (by, what) => noticed.push(`${by} ${what}`),
  });
});

function hear(content: Content, role: Role = 'participant', whispered = false, from = ADA.identity): void {
  talk.hear({ from, role, past: false, whispered, content: encodeContent(content) });
}

test('words are cleaned, and shown here once they are said', async () => {
  await talk.chat(' Hello\u202e\nall ', ADA);
  expect(said).toEqual([[{ type: 'chat', text: 'Hello\nall' }, 'ada']]);
  expect(shown).toEqual([{ channel: 'chat', from: 1, privatelyTo: 2, text: 'Hello\nall' }]);
});

test('what was not said is not shown, and nothing is not said', async () => {
  works = false;
  await talk.chat('Hello', null);
  await talk.chat(' \u200b ', null);
  expect(said).toHaveLength(1);
  expect(shown).toEqual([]);
});

test('what others say is cleaned again: their page may be another one', () => {
  hear({ type: 'chat', text: 'one\u0007\u202e\ntwo' }, 'participant', true);
  hear({ type: 'reaction', emoji: 'far more than a sign' });
  hear({ type: 'chat', text: '\u2066' });
  expect(shown).toEqual([
    { channel: 'chat', from: 2, privatelyTo: 1, text: 'one\ntwo' },
    { channel: 'reaction', from: 2, privatelyTo: null, text: 'far more' },
  ]);
});

test('who is not on the list says nothing', () => {
  hear({ type: 'chat', text: 'boo' }, 'participant', false, 'a ghost');
  expect(shown).toEqual([]);
});

test('P3 where the chat is switched off, moderators alone are heard', () => {
  settings = { ...settings, chat: false };
  hear({ type: 'chat', text: 'hello' });
  hear({ type: 'chat', text: 'please listen' }, 'co_host');
  expect(shown.map(({ text }) => text)).toEqual(['please listen']);
});

test('P3 where names are fixed, a new one is passed over, and a hand is not', () => {
  hear({ type: 'profile', name: 'Ada', hand: null });
  settings = { ...settings, rename: false };
  hear({ type: 'profile', name: 'The host', hand: 3 });
  expect(profiles.get('ada')).toEqual({ name: 'Ada', hand: 3 });
  hear({ type: 'profile', name: 'Ada, co-host', hand: 3 }, 'co_host');
  expect(profiles.get('ada')?.name).toBe('Ada, co-host');
});

test('K4 an act of moderation counts from a moderator only', () => {
  hear({ type: 'notice', what: 'muted' });
  hear({ type: 'lower_hand' });
  expect(noticed).toEqual([]);
  hear({ type: 'notice', what: 'muted' }, 'host');
  hear({ type: 'lower_hand' }, 'co_host');
  expect(noticed).toEqual(['2 muted', '2 hand_lowered']);
});

test('what is no message of ours is passed over', () => {
  talk.hear({ from: 'ada', role: 'host', past: false, whispered: false, content: new Uint8Array([0xff]) });
  expect([shown, noticed]).toEqual([[], []]);
});

test('S2 only a moderator says who may come in', () => {
  hear({ type: 'admitted', identities: ['carl'] });
  expect(admitted).toEqual([]);
  hear({ type: 'admitted', identities: ['carl', 'dora'] }, 'co_host');
  expect(admitted).toEqual(['carl', 'dora']);
  const content = encodeContent({ type: 'admitted', identities: ['late'] });
  talk.hear({ from: ADA.identity, role: 'host', past: true, whispered: false, content });
  expect(admitted).toEqual(['carl', 'dora']);
});
