import { beforeEach, expect, test } from 'vitest';
import { HoldingBack } from './holding-back';

let told: [string, number | null][];
let holdingBack: HoldingBack;
let played: number;
let waited: Map<string, number>;

beforeEach(() => {
  told = [];
  holdingBack = new HoldingBack((mid, ms) => told.push([mid, ms]));
  played = 0;
  waited = new Map();
});

/** A second in which each section's media waited for so many milliseconds. */
function second(pairs: { sound: string; picture: string }[], ms: Record<string, number>): void {
  played += 50;
  for (const [mid, each] of Object.entries(ms)) waited.set(mid, (waited.get(mid) ?? 0) + (50 * each) / 1000);
  holdingBack.update(
    pairs,
    [...waited].map(([mid, jitterBufferDelay]) => ({
      type: 'inbound-rtp',
      mid,
      jitterBufferDelay,
      jitterBufferEmittedCount: played,
    })),
  );
}

test('the one that is ahead waits, once it is measured', () => {
  const pairs = [
    { sound: '9', picture: '1' },
    { sound: '10', picture: '2' },
  ];
  const ms = { 9: 220, 1: 20, 10: 60, 2: 50 };
  second(pairs, ms);
  expect(told).toEqual([]);
  second(pairs, ms);
  expect(told).toEqual([
    ['9', null],
    ['1', 100],
  ]);
});

test('whoever comes into a slot next waits for nobody', () => {
  const before = [{ sound: '9', picture: '1' }];
  second(before, { 9: 220, 1: 20, 10: 30 });
  second(before, { 9: 220, 1: 20, 10: 30 });
  told = [];
  second([{ sound: '10', picture: '1' }], { 9: 220, 1: 20, 10: 30 });
  expect(told).toEqual([
    ['9', null],
    ['1', null],
  ]);
});
