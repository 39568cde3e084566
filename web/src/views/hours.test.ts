import { expect, test } from 'vitest';
import type { OpeningHours } from '../generated/api';
import { closingText, isClosedAt, presentText, spanText, weeklyText } from './hours';

const BERLIN = 'Europe/Berlin';
/** In Berlin; seconds. */
const at = (day: number, hour: number, minute = 0) => Date.UTC(2026, 10, day, hour - 1, minute) / 1000;
// Monday, 23 November.
const NOW = at(23, 17, 50) * 1000;

const HOURS: OpeningHours = {
  zone: BERLIN,
  weekly: ['Mon-Fri 08:00-18:00', 'Sat 10:00-14:00'],
  calendar: false,
  coming: [23, 24, 25].map((day) => ({ from: at(day, 8), until: at(day, 18) })),
  told: at(30, 0),
  own: [{ id: 4, span: { from: at(24, 20), until: at(24, 22) } }],
};

/** Browsers differ in what stands before the time of day. */
const plain = (words: string) => words.replace(/(,| at) (?=\d\d:)/g, ' ');

test('people in a meeting are told when it closes, that nothing is cut, and when it opens again (T6)', () => {
  const told = closingText({ kind: 'closing', at: at(23, 18), opens: at(24, 8) }, NOW, BERLIN);
  expect(plain(told)).toBe(
    'This server closes 18:00. This meeting can go on for as long as somebody is in it. Afterwards, meetings can begin again from Tuesday 24 November 08:00.',
  );
  const closed = closingText({ kind: 'closing', at: at(23, 17), opens: null }, NOW, BERLIN);
  expect(closed).toBe('This server is closed now. This meeting can go on for as long as somebody is in it.');
});

test('a host reads the hours, and how it is now (T6)', () => {
  expect(presentText(HOURS, NOW, BERLIN)).toMatch(/^The server is open until 18:00\. .*not cut/);
  expect(plain(presentText(HOURS, at(23, 19) * 1000, BERLIN))).toMatch(
    /closed now.*It opens Tuesday 24 November 08:00\.$/,
  );
  expect(presentText({ ...HOURS, coming: [] }, NOW, BERLIN)).not.toContain('opens');
  expect(presentText({ ...HOURS, told: at(23, 9) }, NOW, BERLIN)).toBe('The server is open.');
  expect(weeklyText(HOURS)).toBe('Mon–Fri 08:00–18:00, Sat 10:00–14:00, in the time zone Europe/Berlin');
  expect(weeklyText({ ...HOURS, calendar: true })).toContain('calendar');
  expect(plain(spanText(HOURS.own[0]?.span ?? { from: 0, until: 0 }, NOW, BERLIN))).toBe(
    'Tuesday 24 November 20:00 – 22:00',
  );
});

test('a time is outside the hours when nobody could come in as it begins (T6)', () => {
  expect(isClosedAt(HOURS, at(24, 17, 59))).toBe(false);
  expect(isClosedAt(HOURS, at(24, 18))).toBe(true);
  expect(isClosedAt(HOURS, at(24, 21))).toBe(false);
  expect(isClosedAt(HOURS, at(30, 3))).toBe(false);
  expect(isClosedAt(null, at(24, 3))).toBe(false);
});
