import { expect, test } from 'vitest';
import { USUAL_SETTINGS } from '../generated/protocol';
import type { Person } from './model';
import { audience, isAudience, lacksFloor, listens, moderates } from './roles';

const PERSON: Person = {
  id: 1,
  identity: 'ada',
  name: 'Ada',
  role: 'participant',
  proven: true,
  live: [],
  hand: null,
  quality: 'good',
  connected: true,
  me: false,
  speaking: false,
};
const AUDIENCE = { ...USUAL_SETTINGS, ...audience(true) };

test('P3 to have the floor is not to moderate', () => {
  expect((['participant', 'speaker', 'co_host', 'host'] as const).map(moderates)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('an audience is where participants can switch nothing on', () => {
  expect(isAudience(USUAL_SETTINGS)).toBe(false);
  expect(isAudience(AUDIENCE)).toBe(true);
  expect(isAudience({ ...AUDIENCE, screen: true })).toBe(false);
  expect({ ...AUDIENCE, ...audience(false) }).toEqual(USUAL_SETTINGS);
});

test('the floor is given to whom the settings keep from something', () => {
  expect(lacksFloor(PERSON, AUDIENCE)).toBe(true);
  expect(lacksFloor(PERSON, { ...USUAL_SETTINGS, unmute: false })).toBe(true);
  expect(lacksFloor(PERSON, USUAL_SETTINGS)).toBe(false);
  for (const role of ['speaker', 'co_host', 'host'] as const) {
    expect(lacksFloor({ ...PERSON, role }, AUDIENCE)).toBe(false);
  }
});

test('who listens sends nothing, and may not', () => {
  expect(listens(PERSON, AUDIENCE)).toBe(true);
  expect(listens(PERSON, USUAL_SETTINGS)).toBe(false);
  expect(listens({ ...PERSON, live: ['microphone'] }, AUDIENCE)).toBe(false);
  expect(listens({ ...PERSON, role: 'speaker' }, AUDIENCE)).toBe(false);
});
