// A meeting as a calendar takes it (RFC 5545). All of it happens in the page: from an entry to a text, and nowhere else (P1).

import { dateTime, escapeText, line } from './lines';
import type { Zone } from './zone';

const MINUTE = 60_000;

export interface Entry {
  /** Random: it tells nothing about the meeting. */
  uid: string;
  /** When it is made; milliseconds, as all here. */
  now: number;
  title: string;
  description: string;
  /** Where to go: a link that lets people in. */
  link: string | null;
  /** What a clock in the zone shows then, as {@link Date.UTC} counts. */
  starts: number;
  minutes: number;
  zone: Zone;
  /** From then on, on the same weekday at the same time of day. */
  weekly: boolean;
}

/**
 * The text of an `.ics` file. It has no METHOD, which would make it a message from an organiser with an address
 * (RFC 5546), and no alarm: that is for people to choose.
 */
export function calendarFile(entry: Entry): string {
  const { zone, weekly, link } = entry;
  const starts = zone.instantOf(entry.starts);
  return [
    line('BEGIN', 'VCALENDAR'),
    line('VERSION', '2.0'),
    line('PRODID', '-//incamera//incamera//EN'),
    ...(weekly ? [zone.describe(starts)] : []),
    line('BEGIN', 'VEVENT'),
    line('UID', entry.uid),
    line('DTSTAMP', utc(entry.now)),
    // In UTC a series would move by an hour when clocks are changed.
    ...(weekly
      ? [
          line(`DTSTART;TZID=${zone.name}`, dateTime(entry.starts)),
          // A time of day for its end could be one that clocks show twice.
          line('DURATION', `PT${entry.minutes}M`),
          line('RRULE', 'FREQ=WEEKLY'),
        ]
      : [line('DTSTART', utc(starts)), line('DTEND', utc(starts + entry.minutes * MINUTE))]),
    line('SUMMARY', escapeText(entry.title)),
    line('DESCRIPTION', escapeText(entry.description)),
    // Some calendars show only the one, some only the other.
    ...(link === null ? [] : [line('LOCATION', escapeText(link)), line('URL', link)]),
    line('END', 'VEVENT'),
    line('END', 'VCALENDAR'),
  ].join('');
}

function utc(instant: number): string {
  return `${dateTime(instant)}Z`;
}
