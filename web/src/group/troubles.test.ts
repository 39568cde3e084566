import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../session/connection.testkit';
import { Troubles } from './troubles';

let clock: FakeClock;
let inside: boolean;
let told: string[];
let troubles: Troubles;

beforeEach(() => {
  clock = new FakeClock();
  inside = false;
  told = [];
  troubles = new Troubles(clock, {
    isInside: () => inside,
    outside: () => told.push('outside'),
    refused: (by) => told.push(`refused ${by}`),
  });
});

const notEntered = () => troubles.happened({ kind: 'not_entered', why: 'unreadable' });

test('K4 who cannot come in is told once, and only when it lasts', async () => {
  notEntered();
  await clock.turn(10_000);
  notEntered();
  expect(told).toEqual([]);
  await clock.turn(5_000);
  expect(told).toEqual(['outside']);

  notEntered();
  inside = true;
  await clock.turn(60_000);
  expect(told).toEqual(['outside']);
});

test('K4 a refused change is told, and not for every one', async () => {
  troubles.happened({ kind: 'refused', by: 3, why: 'not_allowed' });
  troubles.happened({ kind: 'refused', by: 4, why: 'not_allowed' });
  await clock.turn(60_000);
  troubles.happened({ kind: 'refused', by: 5, why: 'unreadable' });
  expect(told).toEqual(['refused 3', 'refused 5']);
});

test('nothing is told after the end', async () => {
  notEntered();
  troubles.close();
  expect(clock.planned).toBe(0);
});
