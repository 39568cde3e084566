import { expect, test } from 'vitest';
import { ASK_EVERY_MS, Gap } from './gap';

test('nothing is asked for while nothing is missing', () => {
  const gap = new Gap();
  expect([gap.passed(true, 0), gap.passed(false, 10)]).toEqual([false, false]);
});

test('after a drop, the first frame that passes asks, and then once a second until a key frame came', () => {
  const gap = new Gap();
  gap.dropped();
  const asked = [5, 6, 5 + ASK_EVERY_MS - 1, 5 + ASK_EVERY_MS].map((now) => gap.passed(false, now));
  expect(asked).toEqual([true, false, false, true]);
  expect(gap.passed(true, 5000)).toBe(false);
  expect(gap.passed(false, 9000)).toBe(false);
});

test('who puts in rubbish cannot have key frames made at will', () => {
  const gap = new Gap();
  let asked = 0;
  for (let now = 0; now < 10 * ASK_EVERY_MS; now += 10) {
    gap.dropped();
    if (gap.passed(now % 200 === 0, now)) asked += 1;
  }
  expect(asked).toBeLessThanOrEqual(10);
});
