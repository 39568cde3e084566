// Opening hours in words (T6): what the server says, in the clocks of whoever reads it.

import type { OpeningHours } from '../generated/api';
import type { NoticeText } from '../state/model';
import { text } from './text-hours';

/** A day is named where it is not today. */
export function momentText(seconds: number, now: number, timeZone?: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'short', timeZone });
  const isToday = day.format(seconds * 1000) === day.format(now);
  const format = new Intl.DateTimeFormat('en-GB', {
    ...(isToday ? {} : { weekday: 'long', day: 'numeric', month: 'long' }),
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  });
  return format.format(seconds * 1000);
}

/** A stretch of time: the end has its day only where it is another one. */
export function spanText(
  { from, until }: { from: number; until: number },
  now: number,
  timeZone?: string,
): string {
  return `${momentText(from, now, timeZone)} – ${momentText(until, from * 1000, timeZone)}`;
}

/** What somebody in a meeting is told when the server closes, or has closed. A meeting is never cut. */
export function closingText(
  { at, opens }: Extract<NoticeText, { kind: 'closing' }>,
  now: number,
  timeZone?: string,
): string {
  const words = text.closing;
  const closes = at * 1000 > now ? words.closes(momentText(at, now, timeZone)) : words.closed;
  const again = opens === null ? [] : [words.opens(momentText(opens, now, timeZone))];
  return [closes, words.goesOn, ...again].join(' ');
}

/** How it is now, for a host. */
export function presentText(hours: OpeningHours, now: number, timeZone?: string): string {
  const words = text.host;
  const seconds = now / 1000;
  const present = hours.coming.find((span) => covers(span, seconds));
  if (present) {
    return present.until < hours.told ? words.until(momentText(present.until, now, timeZone)) : words.always;
  }
  const next = hours.coming.find(({ from }) => from > seconds);
  return next ? `${words.closed} ${words.opens(momentText(next.from, now, timeZone))}` : words.closed;
}

/** The lines of the week, as the owner wrote them, and what goes with them. */
export function weeklyText(hours: OpeningHours): string {
  const lines = hours.weekly.map((line) => line.replaceAll('-', '–'));
  const rest = [text.host.zone(hours.zone), ...(hours.calendar ? [text.host.calendar] : [])];
  return [...lines, ...rest].join(', ');
}

/** Whether nobody could come in when it begins; seconds. A meeting that goes on past the end is not cut. */
export function isClosedAt(hours: OpeningHours | null, begins: number): boolean {
  if (hours === null || begins >= hours.told) return false;
  // What was asked for just now is among the others a moment later.
  return ![...hours.coming, ...hours.own.map(({ span }) => span)].some((span) => covers(span, begins));
}

function covers({ from, until }: { from: number; until: number }, moment: number): boolean {
  return from <= moment && moment < until;
}
