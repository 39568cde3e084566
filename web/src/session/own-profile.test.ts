import { beforeEach, expect, test } from 'vitest';
import { createStore } from '../state/store';
import { FakeClock } from './connection.testkit';
import { OwnProfile } from './own-profile';

let clock: FakeClock;
let people: number;
let chance: number;
let said: (string | null)[];
let profile: OwnProfile;

beforeEach(() => {
  clock = new FakeClock();
  people = 5;
  chance = 0;
  said = [];
  profile = new OwnProfile(
    createStore(),
    clock,
    (_, to) => Promise.resolve(said.push(to) > 0),
    () => people,
    () => chance,
  );
});

const newcomers = (count: number) => Array.from({ length: count }, (_, index) => `newcomer ${index}`);

test('among few, several newcomers are greeted by one word to all', async () => {
  profile.greet(['ada']);
  await clock.turn(300);
  expect(said).toEqual(['ada']);
  profile.greet(['bob', 'carl']);
  await clock.turn(300);
  expect(said).toEqual(['ada', null]);
  await clock.turn(60_000);
  expect(said).toHaveLength(2);
});

test('in a crowd each newcomer is told alone, so that a crowd of newcomers is no flood', async () => {
  people = 300;
  profile.greet(newcomers(8));
  await clock.turn(60_000);
  expect(said).toEqual(newcomers(8));
});

test('too many at once are told together, and again only after a while', async () => {
  people = 300;
  profile.greet(newcomers(9));
  await clock.turn(300);
  expect(said).toEqual([null]);
  for (const newcomer of newcomers(16)) profile.greet([newcomer]);
  await clock.turn(11_000);
  expect(said).toEqual([null]);
  await clock.turn(1_000);
  expect(said).toEqual([null, null]);
});

test('not all of a crowd speak at the same moment', async () => {
  people = 300;
  chance = 0.5;
  profile.greet(['ada']);
  await clock.turn(1_700);
  expect(said).toEqual([]);
  await clock.turn(100);
  expect(said).toEqual(['ada']);
});
