import { describe, expect, test } from 'vitest';
import { FREE, type Holds, LONGEST_HOLD_MS, nextHolds } from './lip-sync';

/** A browser that holds each back as asked, but not less than the path needs. */
function settle(holds: Holds, need: { sound: number; picture: number }, rounds = 30) {
  let now = holds;
  const wait = () => ({
    sound: Math.max(need.sound, now.sound ?? 0),
    picture: Math.max(need.picture, now.picture ?? 0),
  });
  for (let round = 0; round < rounds; round += 1) now = nextHolds(now, wait().sound, wait().picture);
  return { holds: now, ...wait() };
}

describe('sound and picture', () => {
  test('are left alone where nobody notices a difference', () => {
    expect(nextHolds(FREE, 100, 70)).toBe(FREE);
    expect(nextHolds(FREE, 70, 100)).toBe(FREE);
  });

  test('meet where the later one is, and that one does not wait for anything', () => {
    for (const [sound, picture] of [
      [250, 20],
      [30, 300],
      [120, 20],
    ] as const) {
      const settled = settle(FREE, { sound, picture });
      expect(Math.abs(settled.sound - settled.picture)).toBeLessThanOrEqual(40);
      expect(Math.max(settled.sound, settled.picture)).toBe(Math.max(sound, picture));
    }
  });

  test('come back to where they were when the path is good again', () => {
    const bad = settle(FREE, { sound: 60, picture: 380 });
    expect(bad.sound).toBeGreaterThan(300);
    const good = settle(bad.holds, { sound: 60, picture: 30 });
    expect(good.sound).toBeLessThan(90);
    const other = settle(bad.holds, { sound: 250, picture: 20 });
    expect(Math.abs(other.sound - other.picture)).toBeLessThanOrEqual(40);
  });

  test('change by small steps, and never wait longer than people bear', () => {
    const { picture } = nextHolds(FREE, 2000, 20);
    expect(picture).toBe(100);
    expect(settle(FREE, { sound: 2000, picture: 20 }).picture).toBe(LONGEST_HOLD_MS);
    expect(settle(FREE, { sound: 20, picture: 2000 }).sound).toBe(LONGEST_HOLD_MS);
  });
});
