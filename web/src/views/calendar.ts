// What a host fills in, made into an entry of a calendar: values in, a value out. The server has no part in it (P1).

import type { Entry } from '../calendar/entry';
import type { Zone } from '../calendar/zone';
import type { TimeSpan } from '../generated/api';
import type { HostMeeting } from '../state/actions';
import { text } from './text-calendar';

/** When, as it stands in the fields. */
export interface TimeWish {
  /** `2026-11-26`, or empty. */
  day: string;
  /** `19:00`, or empty. */
  time: string;
  minutes: number;
}

export interface CalendarWish extends TimeWish {
  title: string;
  weekly: boolean;
  /** Whether the entry has all of the link, with the part that no server sees. */
  withLink: boolean;
}

export type CalendarFault = 'no_day' | 'no_time' | 'past_day' | 'past_time' | 'far';

/** What is wrong with the fields; `null` with what is right. */
export interface CalendarFaults {
  day: CalendarFault | null;
  time: CalendarFault | null;
}

export const LENGTHS = Object.keys(text.lengths).map(Number);

const USUAL_LENGTH = 60;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FARTHEST_DAYS = 10 * 366;

export const NO_FAULTS: CalendarFaults = { day: null, time: null };

/** Without the link, and in the next hour that begins. */
export function usualWish(meeting: HostMeeting, now: number, zone: Zone): CalendarWish {
  return {
    ...usualTime(now, zone),
    title: meeting.title || text.untitled,
    weekly: false,
    withLink: false,
  };
}

/** The next hour that begins. */
export function usualTime(now: number, zone: Zone): TimeWish {
  const next = new Date(Math.ceil((zone.wallAt(now) + MINUTE) / HOUR) * HOUR).toISOString();
  return { day: next.slice(0, 10), time: next.slice(11, 16), minutes: USUAL_LENGTH };
}

/** Seconds since 1970 began, of a wish without faults. */
export function spanOf(wish: TimeWish, zone: Zone): TimeSpan {
  const from = zone.instantOf(startOf(wish)) / 1000;
  return { from, until: from + wish.minutes * 60 };
}

export function faultsOf(wish: TimeWish, now: number, zone: Zone, farthest = FARTHEST_DAYS): CalendarFaults {
  const time = wish.time === '' ? 'no_time' : null;
  if (wish.day === '') return { day: 'no_day', time };
  const clock = zone.wallAt(now);
  const midnight = startOf({ ...wish, time: '00:00' });
  // A year of five digits is no number here.
  if (!(midnight + DAY <= clock + farthest * DAY)) return { day: 'far', time };
  if (midnight + DAY <= clock) return { day: 'past_day', time };
  if (time !== null) return { day: null, time };
  return { day: null, time: zone.instantOf(startOf(wish)) < now ? 'past_time' : null };
}

/** Of a wish without faults. */
export function entryOf(
  meeting: HostMeeting,
  wish: CalendarWish,
  { uid, now, zone }: Pick<Entry, 'uid' | 'now' | 'zone'>,
): Entry {
  const link = wish.withLink ? meeting.link : null;
  return {
    uid,
    now,
    zone,
    title: wish.title.trim() || text.untitled,
    description: description(meeting, link),
    link,
    starts: startOf(wish),
    minutes: wish.minutes,
    weekly: wish.weekly,
  };
}

/** Not even the meeting's number is in it unless the whole link is: alone it opens nothing. */
function description(meeting: HostMeeting, link: string | null): string {
  const { entry } = text;
  const where = link === null ? entry.elsewhere : entry.link(link);
  const how = meeting.password === null ? [] : [entry.password];
  const host = link === null ? [entry.host(new URL(meeting.link).origin)] : [];
  return [where, ...how, ...host].join('\n\n');
}

/** As clocks show it. */
function startOf({ day, time }: Pick<CalendarWish, 'day' | 'time'>): number {
  return Date.parse(`${day}T${time.slice(0, 5)}Z`);
}

/** The weekday in words; `null` while no day is chosen. */
export function weekdayOf(day: string): string | null {
  const time = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(time)) return null;
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' }).format(time);
}

/** The zone in words, with its name in the IANA database. */
export function zoneInWords(name: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: name, timeZoneName: 'longGeneric' });
  const words = format.formatToParts().find(({ type }) => type === 'timeZoneName')?.value;
  // Some have no words but how far ahead they are.
  return words === undefined || /^(GMT|UTC)/.test(words) ? name : `${words} (${name})`;
}
