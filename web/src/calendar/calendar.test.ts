import ICAL from 'ical.js';
import { afterEach, expect, test } from 'vitest';
import { calendarFile, type Entry } from './entry';
import { escapeText, line } from './lines';
import { Zone } from './zone';

const NOW = Date.UTC(2026, 0, 15, 9, 30, 5);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function file(change: Partial<Entry> = {}): string {
  return calendarFile({
    uid: '3c1f4a9e-5a52-4a3c-8a5e-6d5c1d1f0b77',
    now: NOW,
    title: 'Council',
    description: 'Bring the plan.',
    link: null,
    starts: Date.UTC(2026, 1, 5, 19),
    minutes: 60,
    zone: new Zone('Europe/Berlin'),
    weekly: false,
    ...change,
  });
}

/** As another program reads it: with the zone of the file, and no other knowledge of zones. */
function read(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const zone = calendar.getFirstSubcomponent('vtimezone');
  if (zone) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
  const component = calendar.getFirstSubcomponent('vevent');
  if (!component) throw new Error('there is no event');
  return { calendar, component, event: new ICAL.Event(component) };
}

/** The instants of a series, as another program counts them. */
function occurrences(text: string, count: number): number[] {
  const { event } = read(text);
  const iterator = event.iterator();
  return Array.from({ length: count }, () => iterator.next().toJSDate().getTime());
}

afterEach(() => ICAL.TimezoneService.reset());

test('every line ends with CRLF and has 75 octets at most, and no character is cut (RFC 5545, 3.1)', () => {
  const title = `${'Sitzung über Größe '.repeat(9)}${'会議'.repeat(40)}${'🪑'.repeat(30)}`;
  const text = file({ title, description: 'é'.repeat(400), weekly: true });
  expect(text.endsWith('\r\n')).toBe(true);
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const lines = text.split('\r\n').map((each) => Buffer.from(each));
  expect(Math.max(...lines.map(({ length }) => length))).toBe(75);
  const whole = new TextDecoder('utf-8', { fatal: true });
  for (const each of lines) expect(() => whole.decode(each)).not.toThrow();
  expect(read(text).event.summary).toBe(title.trim());
});

test('a line that just fits is not folded', () => {
  expect(line('X', 'a'.repeat(73))).toBe(`X:${'a'.repeat(73)}\r\n`);
  expect(line('X', 'a'.repeat(74))).toBe(`X:${'a'.repeat(73)}\r\n a\r\n`);
  expect(line('X', 'a'.repeat(73 + 74))).toBe(`X:${'a'.repeat(73)}\r\n ${'a'.repeat(74)}\r\n`);
});

test('what has a meaning in iCalendar is escaped, and nothing can begin a line of its own (RFC 5545, 3.3.11)', () => {
  expect(escapeText('a\\b;c,d\ne\r\nf\rg:"h"\ti')).toBe('a\\\\b\\;c\\,d\\ne\\nf\\ng:"h"\ti');
  expect(escapeText('a\u0000\u0007\u007f\u0085b')).toBe('ab');
  const title = 'Plan A, B; C\\n: "D"';
  const description = 'One\nTwo\r\nBEGIN:VALARM\rEND:VCALENDAR';
  const { event, component } = read(file({ title, description }));
  expect(event.summary).toBe(title);
  expect(event.description).toBe('One\nTwo\nBEGIN:VALARM\nEND:VCALENDAR');
  expect(component.getAllSubcomponents()).toEqual([]);
});

test('an entry has what RFC 5545 asks for, and no message to anybody', () => {
  const { calendar, component, event } = read(file());
  expect(calendar.getFirstPropertyValue('version')).toBe('2.0');
  expect(calendar.getFirstPropertyValue('prodid')).toBe('-//incamera//incamera//EN');
  expect(calendar.getFirstPropertyValue('method')).toBeNull();
  expect(event.uid).toBe('3c1f4a9e-5a52-4a3c-8a5e-6d5c1d1f0b77');
  expect(component.getFirstProperty('dtstamp')?.toICALString()).toBe('DTSTAMP:20260115T093005Z');
  expect(component.getAllProperties().map(({ name }) => name)).toEqual([
    'uid',
    'dtstamp',
    'dtstart',
    'dtend',
    'summary',
    'description',
  ]);
});

test('a single meeting is told in UTC, in winter and in summer', () => {
  expect(file()).toContain('DTSTART:20260205T180000Z\r\nDTEND:20260205T190000Z\r\n');
  expect(file({ starts: Date.UTC(2026, 6, 2, 19) })).toContain('DTSTART:20260702T170000Z\r\n');
  expect(file({ starts: Date.UTC(2026, 6, 2, 19), zone: new Zone('Asia/Kolkata') })).toContain(
    'DTSTART:20260702T133000Z\r\n',
  );
});

test('a meeting may go over midnight, and over the night in which clocks are changed', () => {
  expect(file({ starts: Date.UTC(2026, 11, 31, 23, 30) })).toContain(
    'DTSTART:20261231T223000Z\r\nDTEND:20261231T233000Z\r\n',
  );
  const text = file({ starts: Date.UTC(2026, 9, 24, 23, 30), minutes: 240, weekly: true });
  expect(text).toContain('DTSTART;TZID=Europe/Berlin:20261024T233000\r\nDURATION:PT240M\r\n');
  const { event } = read(text);
  expect(event.startDate.toJSDate().getTime()).toBe(Date.UTC(2026, 9, 24, 21, 30));
  expect(event.duration.toSeconds()).toBe(4 * 3600);
});

test('a weekly meeting stays at its time of day when clocks go forward and back', () => {
  for (const month of [1, 8]) {
    const starts = Date.UTC(2026, month, 5, 19);
    const zone = new Zone('Europe/Berlin');
    const wanted = Array.from({ length: 60 }, (_, week) => zone.instantOf(starts + week * 7 * DAY));
    expect(occurrences(file({ starts, weekly: true }), 60)).toEqual(wanted);
    const hours = new Set(wanted.map((instant) => new Date(instant).getUTCHours()));
    expect([...hours].sort()).toEqual([17, 18]);
  }
});

test('summer time is a yearly rule where there is one', () => {
  expect(file({ weekly: true })).toContain(
    [
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'BEGIN:DAYLIGHT',
      'DTSTART:20250330T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
      'END:DAYLIGHT',
      'BEGIN:STANDARD',
      'DTSTART:20251026T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
      'END:STANDARD',
      'END:VTIMEZONE',
      '',
    ].join('\r\n'),
  );
  const newYork = file({ weekly: true, zone: new Zone('America/New_York') });
  expect(newYork).toContain('RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n');
  expect(newYork).toContain('RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n');
});

test('zones without summer time, or without a rule, are described too', () => {
  const kolkata = file({ weekly: true, zone: new Zone('Asia/Kolkata') });
  expect(kolkata).toContain('DTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\nEND');
  // Its clocks go back for Ramadan.
  expect(file({ weekly: true, zone: new Zone('Africa/Casablanca') })).toContain('RDATE:');
  expect(file({ weekly: true, zone: new Zone('UTC') })).toContain('TZOFFSETTO:+0000\r\n');
  // Summer time came back there in April 2023: something holds before its first onset.
  const cairo = file({ weekly: true, zone: new Zone('Africa/Cairo'), starts: Date.UTC(2023, 1, 1, 19) });
  expect(cairo).toContain('BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0200\r\n');
  expect(file({ weekly: true })).not.toContain('1970');
});

test.each([
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/New_York',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Chatham',
  'UTC',
])('eight years of a weekly meeting in %s are as the zone wants them', (name) => {
  const zone = new Zone(name);
  const starts = Date.UTC(2026, 1, 4, 18, 15);
  const wanted = Array.from({ length: 417 }, (_, week) => zone.instantOf(starts + week * 7 * DAY));
  expect(occurrences(file({ starts, zone, weekly: true }), 417)).toEqual(wanted);
});

test('a time that clocks leave out, and one that they show twice', () => {
  const berlin = new Zone('Europe/Berlin');
  expect(berlin.instantOf(Date.UTC(2026, 2, 29, 1, 59))).toBe(Date.UTC(2026, 2, 29, 0, 59));
  expect(berlin.instantOf(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1, 30));
  expect(berlin.instantOf(Date.UTC(2026, 2, 29, 3))).toBe(Date.UTC(2026, 2, 29, 1));
  expect(berlin.instantOf(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
  expect(berlin.instantOf(Date.UTC(2026, 9, 25, 3))).toBe(Date.UTC(2026, 9, 25, 2));
});
