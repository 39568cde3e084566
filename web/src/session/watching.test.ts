import { beforeEach, expect, test } from 'vitest';
import type { Watch } from '../generated/protocol';
import { FakeClock } from './connection.testkit';
import type { Tile } from './watch';
import { Watching } from './watching';

const [ME, ADA, BOB] = [1, 2, 3];

let clock: FakeClock;
let reachable: boolean;
let asked: Watch[][];
let watching: Watching;

beforeEach(() => {
  clock = new FakeClock();
  reachable = true;
  asked = [];
  watching = new Watching(clock, (videos) => {
    if (reachable) asked.push(videos);
    return reachable;
  });
});

function tiles(...people: number[]): Tile[] {
  return people.map((participant) => ({ participant, source: 'camera', heightPx: 360 }));
}

function people(): number[][] {
  return asked.map((videos) => videos.map(({ participant }) => participant));
}

test('a layout that moves is asked for once, as it came to rest, without the own picture', async () => {
  watching.enter(ME);
  asked.length = 0;
  watching.show(tiles(ME, ADA));
  watching.show(tiles(BOB, ME, ADA));
  await clock.turn(150);
  watching.show(tiles(BOB, ME, ADA));
  await clock.turn(150);
  expect(people()).toEqual([[BOB, ADA]]);
});

test('nothing is asked outside a meeting; after coming back everything is asked anew', async () => {
  watching.show(tiles(ADA));
  await clock.turn(150);
  expect(asked).toEqual([]);
  watching.enter(ME);
  watching.enter(ME);
  expect(people()).toEqual([[ADA], [ADA]]);
  watching.show(tiles(BOB));
  watching.leave();
  await clock.turn(1000);
  expect(asked).toHaveLength(2);
});

test('what did not reach the server is asked again with the next layout, also when it is the same', async () => {
  reachable = false;
  watching.enter(ME);
  watching.show(tiles(ADA));
  await clock.turn(150);
  reachable = true;
  watching.show(tiles(ADA));
  await clock.turn(150);
  expect(people()).toEqual([[ADA]]);
});
