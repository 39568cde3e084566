import { beforeEach, expect, test } from 'vitest';
import type { Departure, Participant, Role } from '../generated/protocol';
import type { GroupView } from '../group/surroundings';
import type { NoticeText } from '../state/model';
import { Attendance, type Difference } from './attendance';
import { FakeClock } from './connection.testkit';
import { Roster } from './roster';

const [ME, ADA, BOB] = ['me', 'ada', 'bob'];
const IDS = [ME, ADA, BOB];

function record(identity: string, change: Partial<Participant> = {}): Participant {
  const id = IDS.indexOf(identity);
  return { id, identity, role: 'participant', live: [], quality: 'unknown', connected: true, ...change };
}

function view(...identities: string[]): GroupView {
  const people = identities.map((identity, leaf) => ({ identity, leaf, role: 'participant' as Role }));
  const coHosts = { sequence: 0, identities: [] };
  return { epoch: 1, people, code: '', closed: false, title: '', came: [], coHosts };
}

let clock: FakeClock;
let roster: Roster;
let told: string[];
let notices: NoticeText[];
let difference: Difference;
let attendance: Attendance;

beforeEach(() => {
  clock = new FakeClock();
  roster = new Roster(ME, () => ({ name: 'Me', hand: null }));
  told = [];
  notices = [];
  difference = { hidden: 0, outside: 0 };
  attendance = new Attendance(clock, roster, ME, {
    person: ({ identity }, quiet) =>
      told.push(`${quiet ? '' : 'new '}${identity} ${roster.profile(identity)?.name ?? '?'}`),
    gone: (who) => told.push(`gone ${IDS[who]}`),
    notice: (text) => notices.push(text),
    differs: (now) => {
      difference = now;
    },
  });
});

function name(identity: string): void {
  roster.setProfile(identity, { name: identity.toUpperCase(), hand: null });
  attendance.profiled(identity);
}

function depart(identity: string, how: Departure = 'left'): void {
  attendance.depart(IDS.indexOf(identity), how);
}

test('nobody is shown by the server’s word alone (K2)', () => {
  attendance.learn(record(ME));
  attendance.learn(record(ADA));
  expect(told).toEqual(['me Me']);
  expect(attendance.present().map(({ identity }) => identity)).toEqual([ME]);
});

test('who was there before is no news, who comes later is, by name', () => {
  attendance.learn(record(ME));
  attendance.learn(record(ADA));
  attendance.follow(view(ME, ADA));
  name(ADA);
  attendance.follow(view(ME, ADA, BOB));
  name(BOB);
  attendance.learn(record(BOB));
  expect(told.filter((line) => !line.startsWith('me'))).toEqual(['ada ADA', 'new bob BOB']);
});

test('who does not tell a name is shown without one', async () => {
  attendance.learn(record(ME));
  attendance.learn(record(ADA));
  attendance.follow(view(ME));
  attendance.follow(view(ME, ADA));
  told = [];
  await clock.turn(2_000);
  expect(told).toEqual(['new ada ?']);
});

test('people go when the group says so, by the name that they had and as the server tells it', () => {
  for (const identity of IDS) attendance.learn(record(identity));
  attendance.follow(view(ME, ADA, BOB));
  name(ADA);
  name(BOB);
  told = [];
  depart(ADA, 'removed');
  expect([told, notices]).toEqual([['gone ada'], []]);
  attendance.follow(view(ME, BOB));
  expect(notices).toEqual([{ kind: 'removed', name: 'ADA' }]);
  attendance.follow(view(ME));
  expect(notices.slice(1)).toEqual([{ kind: 'left', name: 'BOB' }]);
  expect(told).toContain('gone bob');
});

test('while this page is out of the group, people stay', () => {
  for (const identity of IDS) attendance.learn(record(identity));
  attendance.follow(view(ME, ADA, BOB));
  name(ADA);
  attendance.follow(null);
  expect(notices).toEqual([]);
  expect(attendance.present().map(({ identity }) => identity)).toEqual([ME, ADA]);
  attendance.follow(view(ME, ADA));
  expect(told.filter((line) => line.startsWith('new'))).toEqual([]);
});

test('K2 somebody in the group whom the server hides is an alarm, after a while', async () => {
  attendance.learn(record(ME));
  attendance.follow(view(ME, ADA));
  await clock.turn(8_000);
  expect(difference.hidden).toBe(0);
  await clock.turn(6_000);
  expect(difference).toEqual({ hidden: 1, outside: 0 });
  attendance.follow(view(ME));
  await clock.turn(2_000);
  expect(difference.hidden).toBe(0);
});

test('K2 somebody on the server’s list who does not come into the group is told, after longer', async () => {
  attendance.learn(record(ME));
  attendance.learn(record(ADA));
  attendance.learn(record(BOB, { connected: false }));
  attendance.follow(view(ME));
  await clock.turn(28_000);
  expect(difference.outside).toBe(0);
  await clock.turn(6_000);
  expect(difference).toEqual({ hidden: 0, outside: 1 });
});
