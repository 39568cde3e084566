import { describe, expect, test } from 'vitest';
import { BEGIN_MS, HOLD_MS, listen, PAUSE_MS, SILENCE, speaking, TAKE_OVER_MS } from './speakers';

const STEP = 100;
const [ADA, BO, CY] = [1, 2, 3];

/** Plays levels over time: `score` says who is loud from when to when. */
function play(until: number, score: readonly { who: number; from: number; to: number; level?: number }[]) {
  let hearing = SILENCE;
  const fronts: number[] = [];
  for (let now = 0; now <= until; now += STEP) {
    const levels = new Map([ADA, BO, CY].map((who) => [who, 0]));
    for (const { who, from, to, level } of score) if (now >= from && now < to) levels.set(who, level ?? 0.1);
    hearing = listen(hearing, levels, now);
    const [front] = hearing.order;
    if (front !== undefined && front !== fronts.at(-1)) fronts.push(front);
  }
  return { hearing, fronts };
}

describe('who speaks', () => {
  test('nobody, while all are silent or only hum', () => {
    const { hearing } = play(5000, [{ who: ADA, from: 0, to: 5000, level: 0.015 }]);
    expect(speaking(hearing)).toEqual([]);
    expect(hearing.order).toEqual([]);
  });

  test('not somebody who coughs', () => {
    const { fronts } = play(5000, [{ who: ADA, from: 1000, to: 1000 + BEGIN_MS - STEP }]);
    expect(fronts).toEqual([]);
  });

  test('somebody who goes on after a short pause', () => {
    const { hearing } = play(2000, [
      { who: ADA, from: 0, to: 1000 },
      { who: ADA, from: 1000 + PAUSE_MS - STEP, to: 2000 },
    ]);
    expect(speaking(hearing)).toEqual([ADA]);
  });

  test('not somebody who fell silent', () => {
    const { hearing } = play(4000, [{ who: ADA, from: 0, to: 1000 }]);
    expect(speaking(hearing)).toEqual([]);
    expect(hearing.order).toEqual([ADA]);
  });

  test('not somebody whose microphone is off: who is not named is forgotten', () => {
    const { hearing } = play(1000, [{ who: ADA, from: 0, to: 1000 }]);
    const after = listen(hearing, new Map([[BO, 0]]), 1100);
    expect(after.order).toEqual([]);
    expect(speaking(after)).toEqual([]);
  });
});

describe('the stage', () => {
  test('does not flap when two talk in turns within the hold', () => {
    const { fronts } = play(6000, [
      { who: ADA, from: 0, to: 1000 },
      { who: BO, from: 1000, to: 2000 },
      { who: ADA, from: 2000, to: 3000 },
      { who: BO, from: 3000, to: 4000 },
      { who: ADA, from: 4000, to: 6000 },
    ]);
    expect(fronts).toEqual([ADA]);
  });

  test('is taken by nobody within a second of beginning to speak (K6)', () => {
    for (const begin of [0, 700, 3000]) {
      const within = play(begin + 1000, [{ who: ADA, from: begin, to: 9000 }]);
      expect([within.fronts, speaking(within.hearing)]).toEqual([[], [ADA]]);
      expect(play(begin + 2000, [{ who: ADA, from: begin, to: 9000 }]).fronts).toEqual([ADA]);
    }
  });

  test('passes on once its speaker was silent for long enough', () => {
    const { fronts, hearing } = play(1000 + HOLD_MS + 1000, [
      { who: ADA, from: 0, to: 1000 },
      { who: BO, from: 1500, to: 9000 },
    ]);
    expect(fronts).toEqual([ADA, BO]);
    expect(hearing.order).toEqual([BO, ADA]);
  });

  test('stays with the first of two who speak without a pause', () => {
    const { fronts } = play(TAKE_OVER_MS * 3, [
      { who: ADA, from: 0, to: 60_000 },
      { who: BO, from: 500, to: 60_000 },
    ]);
    expect(fronts).toEqual([ADA]);
  });

  test('is not held by somebody who only makes a noise now and then (K7)', () => {
    const noises = Array.from({ length: 12 }, (_, at) => ({
      who: ADA,
      from: at * 1200,
      to: at * 1200 + 200,
    }));
    const { fronts } = play(12_000, [
      { who: ADA, from: 0, to: 800 },
      ...noises,
      { who: BO, from: 1000, to: 12_000 },
    ]);
    expect(fronts).toEqual([ADA, BO]);
  });
});
