import { describe, expect, test } from 'vitest';
import { ReplayWindow, WINDOW } from './replay';
import { numbers } from './testkit';

describe('the replay window (K4)', () => {
  test('a counter is taken once', () => {
    const window = new ReplayWindow();
    expect([window.take(70_000), window.take(70_000), window.take(70_001)]).toEqual([true, false, true]);
  });

  test('late ones are taken while the window reaches them', () => {
    const window = new ReplayWindow();
    window.take(70_000);
    expect(window.take(70_000 - WINDOW + 1)).toBe(true);
    expect(window.take(70_000 - WINDOW)).toBe(false);
  });

  test('a look changes nothing', () => {
    const window = new ReplayWindow();
    expect([window.isFresh(9), window.isFresh(99_999), window.take(9), window.isFresh(9)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('after a leap, nothing of before the leap hides a new counter', () => {
    const window = new ReplayWindow();
    for (let counter = 0; counter < WINDOW; counter += 1) window.take(counter);
    expect(window.take(10 * WINDOW)).toBe(true);
    for (let counter = 9 * WINDOW + 1; counter < 10 * WINDOW; counter += 1) {
      expect(window.take(counter), String(counter)).toBe(true);
    }
  });

  test.each([1, 2, 3])('any history does as a set that remembers everything (%i)', (seed) => {
    const random = numbers(seed);
    const window = new ReplayWindow();
    const taken = new Set<number>();
    let highest = -1;
    let refused = 0;
    for (let step = 0; step < 20_000; step += 1) {
      const leap = random.below(50) === 0 ? random.below(3 * WINDOW) : random.below(4);
      const counter = Math.max(0, highest + leap - random.below(random.below(20) === 0 ? 2 * WINDOW : 6));
      const expected = !taken.has(counter) && counter > highest - WINDOW;
      expect(window.take(counter)).toBe(expected);
      if (!expected) refused += 1;
      taken.add(counter);
      highest = Math.max(highest, counter);
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
