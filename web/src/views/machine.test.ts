import { expect, test } from 'vitest';
import { machineText } from './machine';

const MONDAY = Date.UTC(2026, 10, 23, 4, 30) / 1000;
const DAY = 24 * 3600;
const machine = { looked: MONDAY, holds: 153, all: 153, short: 0, worse: 0 };
const told = (change: Partial<typeof machine>, days: number) =>
  machineText({ ...machine, ...change }, (MONDAY + days * DAY) * 1000, 'Europe/Berlin');

test('a host reads how the machine stands, and on which day somebody looked (B4)', () => {
  expect(told({}, 2)).toEqual({
    line: 'The machine: all 153 points hold · looked at on Monday',
    warning: null,
  });
  expect(told({}, 7).line).toMatch(/looked at on Monday,? 23 November$/);
});

test('what falls short is counted, with what to do; what only waits is not alarming (B4)', () => {
  const short = told({ holds: 151, short: 2 }, 2);
  expect(short.line).toContain('151 of 153 points hold');
  expect(short.line).toContain('“sudo incamera audit”');
  expect(short.warning).toBeNull();
  const waiting = told({ holds: 151 }, 2);
  expect(waiting.line).toContain('151 of 153 points hold');
  expect(waiting.line).not.toContain('sudo');
});

test('a change for the worse is said in so many words, and once (B4)', () => {
  const worse = told({ holds: 150, short: 3, worse: 2 }, 2);
  expect(worse.warning).toMatch(
    /^The machine got worse since it was measured before: 2 points fall short that did not then\./,
  );
  expect(worse.warning).toContain('“sudo incamera audit”');
  expect(worse.line).not.toContain('sudo');
  expect(told({ holds: 152, short: 1, worse: 1 }, 2).warning).toContain(
    '1 point falls short that did not then',
  );
});

test('a host is told when nobody looks any more (B4)', () => {
  expect(told({}, 15).warning).toBeNull();
  expect(told({}, 16).warning).toMatch(/^Nobody has looked at the machine since Monday,? 23 November\./);
});
