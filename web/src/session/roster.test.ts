import { beforeEach, expect, test } from 'vitest';
import { toBase64Url } from '../crypto/bytes';
import { Envelope } from '../crypto/envelope';
import type { Participant, Role } from '../generated/protocol';
import { nameOf, Roster } from './roster';

const [ME, ADA, BOB] = [1, 2, 3].map((fill) => toBase64Url(new Uint8Array(32).fill(fill))) as [
  string,
  string,
  string,
];

function participant(id: number, identity: string, role: Role = 'participant'): Participant {
  return { id, identity, role, live: [], quality: 'unknown', connected: true };
}

let roster: Roster;

beforeEach(() => {
  roster = new Roster(ME, () => ({ name: 'Me', hand: 2 }));
});

test('a name is what somebody in the group said of themselves, and nobody else has it (P1)', () => {
  roster.setProfile(ADA, { name: 'Not in yet', hand: null });
  expect(roster.person(participant(1, ADA)).name).toBeNull();
  roster.setRoles(new Map([[ADA, 'participant']]));
  roster.setProfile(ADA, { name: ' Ada\u202e ', hand: 4 });
  expect(roster.person(participant(1, ADA))).toMatchObject({ name: 'Ada', hand: 4 });
  expect(roster.person(participant(2, BOB))).toMatchObject({ name: null, hand: null });
  expect(roster.person(participant(3, ME))).toMatchObject({ name: 'Me', hand: 2 });
  expect(roster.highestHand()).toBe(4);
});

test('who left the group is forgotten, but not while this page is out of it itself', () => {
  roster.setRoles(new Map([[ADA, 'participant']]));
  roster.setProfile(ADA, { name: 'Ada', hand: null });
  roster.setRoles(new Map());
  expect(roster.profile(ADA)?.name).toBe('Ada');
  roster.setRoles(new Map([[BOB, 'participant']]));
  expect(roster.profile(ADA)).toBeNull();
});

test('a part in the meeting is proven by the group, and by nothing that the server says (P3, K4)', () => {
  roster.setRoles(new Map<string, Role>([[ADA, 'co_host']]));
  expect(roster.person(participant(1, ADA, 'co_host')).proven).toBe(true);
  expect(roster.person(participant(1, ADA, 'host')).proven).toBe(false);
  expect(roster.person(participant(2, BOB, 'co_host')).proven).toBe(false);
  expect(roster.person(participant(2, BOB)).proven).toBe(true);
});

test('in the lobby a name is shown at the person who sealed it, though the server puts it at another (P1)', async () => {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
  const envelope = new Envelope('abcdefghijklmnop', key);
  const name = await envelope.sealName('Ada', ADA);
  const knocks = [
    { id: 1, identity: ADA, name },
    { id: 2, identity: BOB, name },
    { id: 3, identity: BOB, name: null },
  ];
  // Who was inside is known by the name that they had there.
  roster.setRoles(new Map([[BOB, 'participant']]));
  roster.setProfile(BOB, { name: 'Bob', hand: null });
  roster.setRoles(new Map([[ME, 'participant']]));
  const names = await Promise.all(knocks.map((knock) => nameOf(envelope, roster, knock)));
  expect(names).toEqual(['Ada', null, 'Bob']);
});
