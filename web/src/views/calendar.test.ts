import { existsSync, readFileSync } from 'node:fs';
import ICAL from 'ical.js';
import { expect, test } from 'vitest';
import { calendarFile } from '../calendar/entry';
import { Zone } from '../calendar/zone';
import { USUAL_SETTINGS } from '../generated/protocol';
import type { HostMeeting } from '../state/actions';
import { type CalendarWish, entryOf, faultsOf, usualWish, weekdayOf, zoneInWords } from './calendar';

const ID = 'k4v7nq2wz6t3hb5c';
const FRAGMENT = 'q83vEjRWeJASNFZ4kKvN7w.AAECAwQFBgcICQoLDA0ODw.p';
const MEETING: HostMeeting = {
  id: ID,
  title: 'Council',
  link: `https://meet.example.org/m/${ID}#${FRAGMENT}`,
  password: 'seven-quiet-otters',
  kept: true,
  live: false,
  settings: USUAL_SETTINGS,
};
const BERLIN = new Zone('Europe/Berlin');
// 14:35 in Berlin.
const NOW = Date.UTC(2026, 10, 20, 13, 35);
const MADE = { uid: '3c1f4a9e-5a52-4a3c-8a5e-6d5c1d1f0b77', now: NOW, zone: BERLIN };

function wish(change: Partial<CalendarWish> = {}): CalendarWish {
  return { ...usualWish(MEETING, NOW, BERLIN), day: '2026-11-26', time: '19:00', ...change };
}

function event(of: CalendarWish, meeting = MEETING) {
  const text = calendarFile(entryOf(meeting, of, MADE));
  const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent');
  if (!component) throw new Error('there is no event');
  return { text: text.replaceAll('\r\n ', ''), component, event: new ICAL.Event(component) };
}

test('an hour is proposed, the next that begins, without the link', () => {
  const { title, ...usual } = usualWish(MEETING, NOW, BERLIN);
  expect(title).toBe('Council');
  expect(usual).toEqual({ day: '2026-11-20', time: '15:00', minutes: 60, weekly: false, withLink: false });
  const late = usualWish(MEETING, Date.UTC(2026, 11, 31, 22, 30), BERLIN);
  expect([late.day, late.time]).toEqual(['2027-01-01', '00:00']);
  expect(usualWish({ ...MEETING, title: '' }, NOW, BERLIN).title).toBe('Meeting');
});

test('nothing of the link is in an entry unless the host wants it there (P1)', () => {
  for (const weekly of [false, true]) {
    const { text, component, event: made } = event(wish({ weekly }));
    expect(made.summary).toBe('Council');
    for (const part of [ID, FRAGMENT, ...FRAGMENT.split('.').slice(0, 2), '/m/', '#', 'otters']) {
      expect(text).not.toContain(part);
    }
    expect(component.getFirstPropertyValue('url')).toBeNull();
    expect(made.location).toBeNull();
    expect(made.description).toContain('The link is in your invitation.');
    expect(made.description).toContain('https://meet.example.org');
  }
});

test('with the link, it is whole wherever calendars look for it, and the password is not there', () => {
  const { text, component, event: made } = event(wish({ withLink: true }));
  expect(made.location).toBe(MEETING.link);
  expect(component.getFirstPropertyValue('url')).toBe(MEETING.link);
  expect(made.description).toContain(`:\n${MEETING.link}\n`);
  expect(made.description).toContain('asked for a password');
  expect(text).not.toContain('otters');
  const open = event(wish({ withLink: true }), { ...MEETING, password: null });
  expect(open.event.description).not.toContain('password');
});

test('what is filled in is what the calendar shows', () => {
  const { event: made } = event(wish({ title: '  Plan, B ', minutes: 90 }));
  expect(made.summary).toBe('Plan, B');
  expect(made.startDate.toJSDate().toISOString()).toBe('2026-11-26T18:00:00.000Z');
  expect(made.endDate.toJSDate().toISOString()).toBe('2026-11-26T19:30:00.000Z');
  expect(event(wish({ title: ' ' })).event.summary).toBe('Meeting');
});

test('what is wrong with a day or a time is found', () => {
  const faults = (change: Partial<CalendarWish>) => {
    const { day, time } = faultsOf(wish(change), NOW, BERLIN);
    return [day, time];
  };
  expect(faults({})).toEqual([null, null]);
  expect(faults({ day: '' })).toEqual(['no_day', null]);
  expect(faults({ day: '', time: '' })).toEqual(['no_day', 'no_time']);
  expect(faults({ time: '' })).toEqual([null, 'no_time']);
  expect(faults({ day: '2026-11-19', time: '23:59' })).toEqual(['past_day', null]);
  expect(faults({ day: '0026-11-26' })).toEqual(['past_day', null]);
  expect(faults({ day: '2026-11-20', time: '14:34' })).toEqual([null, 'past_time']);
  expect(faults({ day: '2026-11-20', time: '14:35' })).toEqual([null, null]);
  expect(faults({ day: '2036-11-20' })).toEqual([null, null]);
  expect(faults({ day: '2062-11-26' })).toEqual(['far', null]);
  expect(faults({ day: '20266-11-26' })).toEqual(['far', null]);
});

test('days and zones are told in words', () => {
  expect(weekdayOf('2026-11-26')).toBe('Thursday');
  expect(weekdayOf('')).toBeNull();
  expect(zoneInWords('Europe/Berlin')).toBe('Central European Time (Europe/Berlin)');
  expect(zoneInWords('UTC')).toBe('UTC');
});

/** The dialog and every file of ours that it brings along; not those that it takes only types from. */
function sources(): Map<string, string> {
  const found = new Map<string, string>();
  const follow = (url: URL) => {
    if (found.has(url.pathname)) return;
    const source = readFileSync(url, 'utf8');
    found.set(url.pathname, source);
    const imports = source.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)';/gms);
    for (const [, path] of imports) {
      const file = ['.ts', '.tsx']
        .map((kind) => new URL(`${path}${kind}`, url))
        .find((each) => existsSync(each));
      if (!file) throw new Error(`${path} of ${url.pathname} is not found`);
      follow(file);
    }
  };
  follow(new URL('host/calendar-form.tsx', import.meta.url));
  return found;
}

test('the dialog has no way to the server, and none to keep anything (P1)', () => {
  const found = sources();
  expect([...found.keys()].filter((path) => /[/](calendar|parts)[/]/.test(path)).length).toBeGreaterThan(4);
  for (const [path, source] of found) {
    expect(path).not.toMatch(/[/]src[/](session|group|invitation)[/]/);
    expect(source, path).not.toMatch(
      /\b(fetch|XMLHttpRequest|WebSocket|sendBeacon|EventSource|localStorage|sessionStorage|indexedDB|caches)\b/,
    );
  }
});
