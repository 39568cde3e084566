import { beforeEach, describe, expect, test } from 'vitest';
import type { Slot, Source } from '../generated/protocol';
import type { Expected } from '../sframe/media-keys';
import { MOST_LEAVES } from '../sframe/profile';
import { Expectations, type ReceiveSection, type Seat } from './expectations';

const ANN = 7;
const BEN = 8;
const SEATS = new Map<number, Seat>([
  [ANN, { leaf: 1, since: 4 }],
  [BEN, { leaf: 2, since: 0 }],
]);
const SECTIONS: ReceiveSection[] = [
  { mid: 'v', number: 30, kind: 'video' },
  { mid: 'a', number: 31, kind: 'audio' },
];

const slot = (mid: string, participant: number, source: Source): Slot => ({
  mid,
  participant,
  source,
  paused: false,
});

/** What was said to the worker since it was last looked at. */
let said: string[];
let expectations: Expectations;

beforeEach(() => {
  said = [];
  expectations = new Expectations({
    expect: (number, { leaf, source, since }: Expected) =>
      said.push(`${number}: ${source} of ${leaf} since ${since}`),
    forget: (number) => said.push(`${number}: nothing`),
  });
});

function news(): string[] {
  return said.splice(0);
}

describe('what a section is to play', () => {
  test('is said when slots are known and then seats', () => {
    expectations.setSlots([slot('v', ANN, 'camera'), slot('a', BEN, 'microphone')], SECTIONS);
    expect(news()).toEqual([]);
    expectations.setSeats(SEATS);
    expect(news()).toEqual(['30: camera of 1 since 4', '31: microphone of 2 since 0']);
  });

  test('is said when seats are known and then slots', () => {
    expectations.setSeats(SEATS);
    expect(news()).toEqual([]);
    expectations.setSlots([slot('v', ANN, 'screen')], SECTIONS);
    expect(news()).toEqual(['30: screen of 1 since 4']);
  });

  test('is said when the section gets its name, which is the last of the three', () => {
    expectations.setSeats(SEATS);
    expectations.setSlots([slot('v', ANN, 'camera')], []);
    expect(news()).toEqual([]);
    expectations.setSlots([slot('v', ANN, 'camera')], SECTIONS);
    expect(news()).toEqual(['30: camera of 1 since 4']);
  });

  test('is said once, until something about it is another', () => {
    expectations.setSeats(SEATS);
    const slots = [slot('v', ANN, 'camera'), slot('a', BEN, 'microphone')];
    expectations.setSlots(slots, SECTIONS);
    news();
    expectations.setSlots([...slots], [...SECTIONS]);
    expectations.setSeats(new Map(SEATS));
    expect(news()).toEqual([]);
    expectations.setSeats(new Map(SEATS).set(ANN, { leaf: 1, since: 5 }));
    expect(news()).toEqual(['30: camera of 1 since 5']);
    expectations.setSeats(new Map(SEATS).set(ANN, { leaf: 3, since: 5 }));
    expect(news()).toEqual(['30: camera of 3 since 5']);
    expectations.setSlots([slot('v', ANN, 'screen'), slot('a', BEN, 'microphone')], SECTIONS);
    expect(news()).toEqual(['30: screen of 3 since 5']);
  });
});

describe('a section plays nothing', () => {
  beforeEach(() => {
    expectations.setSeats(SEATS);
    expectations.setSlots([slot('v', ANN, 'camera'), slot('a', BEN, 'microphone')], SECTIONS);
    news();
  });

  test('when nobody is in it', () => {
    expectations.setSlots([slot('a', BEN, 'microphone')], SECTIONS);
    expect(news()).toEqual(['30: nothing']);
    expectations.setSlots([], SECTIONS);
    expect(news()).toEqual(['31: nothing']);
  });

  test('when the person in it has no seat', () => {
    expectations.setSeats(new Map([[BEN, { leaf: 2, since: 0 }]]));
    expect(news()).toEqual(['30: nothing']);
  });

  test('when it belongs to a former peer connection', () => {
    const sections = [{ mid: 'v', number: 40, kind: 'video' as const }];
    expectations.setSlots([slot('v', ANN, 'camera')], sections);
    expect(news()).toEqual(['30: nothing', '31: nothing', '40: camera of 1 since 4']);
  });

  test('when the server names in it what it cannot carry', () => {
    expectations.setSlots([slot('v', ANN, 'microphone'), slot('a', BEN, 'screen')], SECTIONS);
    expect(news()).toEqual(['30: nothing', '31: nothing']);
  });

  test('when the leaf is none', () => {
    expectations.setSeats(new Map(SEATS).set(ANN, { leaf: MOST_LEAVES, since: 0 }));
    expect(news()).toEqual(['30: nothing']);
  });
});

test('after the worker forgot everything, the same is said again, but only for new seats', () => {
  const slots = [slot('v', ANN, 'camera')];
  expectations.setSeats(SEATS);
  expectations.setSlots(slots, SECTIONS);
  news();
  expectations.cleared();
  expectations.setSlots(slots, SECTIONS);
  expect(news()).toEqual([]);
  expectations.setSeats(SEATS);
  expect(news()).toEqual(['30: camera of 1 since 4']);
});
