// A time zone as iCalendar describes it (RFC 5545, 3.6.5), from what the browser knows about it. Libraries that have these
// descriptions carry those of the whole world along, a hundred times as much as this.

import { dateTime, line } from './lines';

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
/** No zone keeps an offset for a shorter time: the shortest is Ramadan. */
const STEP = 7 * DAY;
/** For how long the changes of a zone without a yearly rule are listed. */
const YEARS = 10;

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

/** The clocks of a zone, by its name in the IANA database. */
export class Zone {
  private readonly format: Intl.DateTimeFormat;

  constructor(readonly name: string) {
    this.format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  }

  /** Milliseconds ahead of UTC. */
  offsetAt(instant: number): number {
    const part = this.format.formatToParts(instant).find(({ type }) => type === 'timeZoneName');
    const [, sign, hours, minutes, seconds = 0] =
      /([+\u2212-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(part?.value ?? '') ?? [];
    if (sign === undefined) return 0;
    const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * SECOND;
    return sign === '+' ? size : -size;
  }

  /** What a clock on the wall shows, as {@link Date.UTC} counts. */
  wallAt(instant: number): number {
    return instant + this.offsetAt(instant);
  }

  /**
   * When a clock on the wall shows this: the first time where it does so twice. A time that is left out when clocks go
   * forward is counted from before (RFC 5545, 3.3.5).
   */
  instantOf(wall: number): number {
    const before = wall - this.offsetAt(wall - DAY);
    if (this.wallAt(before) === wall) return before;
    const after = wall - this.offsetAt(before);
    return this.wallAt(after) === wall ? after : before;
  }

  /** The VTIMEZONE for what repeats from then on. */
  describe(from: number): string {
    const year = new Date(from).getUTCFullYear();
    const first = Date.UTC(year - 1, 0);
    const changes = this.changes(first, Date.UTC(year + YEARS, 0));
    const kinds = new Map<string, Change[]>();
    for (const change of changes) {
      const kind = `${change.before} ${change.after}`;
      kinds.set(kind, [...(kinds.get(kind) ?? []), change]);
    }
    const known = changes[0];
    const offset = this.offsetAt(first);
    return [
      line('BEGIN', 'VTIMEZONE'),
      line('TZID', this.name),
      // Something must hold when it begins.
      ...(known === undefined || known.at > from ? observance(offset, offset, 0, []) : []),
      ...[...kinds.values()].flatMap((kind) => observed(kind, YEARS + 1)),
      line('END', 'VTIMEZONE'),
    ].join('');
  }

  private changes(first: number, last: number): Change[] {
    const changes: Change[] = [];
    for (let at = first; at < last; at += STEP) {
      const [before, after] = [this.offsetAt(at), this.offsetAt(at + STEP)];
      if (before !== after) changes.push({ at: this.firstWith(after, at, at + STEP), before, after });
    }
    return changes;
  }

  /** The first second between two instants at which the offset is that of the later one. */
  private firstWith(offset: number, early: number, late: number): number {
    let [without, having] = [early, late];
    while (having - without > SECOND) {
      const middle = without + Math.floor((having - without) / 2 / SECOND) * SECOND;
      if (this.offsetAt(middle) === offset) having = middle;
      else without = middle;
    }
    return having;
  }
}

interface Change {
  at: number;
  before: number;
  after: number;
}

/** `alike`: changes from one offset to another, of so many years. A yearly rule where they follow one, else a list. */
function observed(alike: readonly Change[], years: number): string[] {
  const [first] = alike;
  if (!first) return [];
  const { before, after } = first;
  // Onsets are told by the clocks of before.
  const onsets = alike.map(({ at }) => at + before);
  const rule = onsets.length === years ? yearlyRule(onsets) : null;
  // The first one is in the list as well: some programs overlook DTSTART where there is an RDATE.
  const all = rule === null ? onsets.map((onset) => line('RDATE', dateTime(onset))) : [line('RRULE', rule)];
  return observance(before, after, first.at + before, all);
}

function observance(before: number, after: number, onset: number, repeats: readonly string[]): string[] {
  const kind = after > before ? 'DAYLIGHT' : 'STANDARD';
  return [
    line('BEGIN', kind),
    line('DTSTART', dateTime(onset)),
    line('TZOFFSETFROM', offsetText(before)),
    line('TZOFFSETTO', offsetText(after)),
    ...repeats,
    line('END', kind),
  ];
}

/** For onsets on the same, or the last, such weekday of a month, at one time of day, once a year. */
function yearlyRule(onsets: readonly number[]): string | null {
  const dates = onsets.map((onset) => new Date(onset));
  const same = (of: (date: Date) => number) => {
    const [value, ...others] = new Set(dates.map(of));
    return others.length === 0 ? value : undefined;
  };
  const month = same((date) => date.getUTCMonth());
  const weekday = WEEKDAYS[same((date) => date.getUTCDay()) ?? -1];
  const isLast = dates.every(
    (date) => new Date(date.getTime() + 7 * DAY).getUTCMonth() !== date.getUTCMonth(),
  );
  const place = isLast ? -1 : same((date) => Math.ceil(date.getUTCDate() / 7));
  const isYearly = new Set(dates.map((date) => date.getUTCFullYear())).size === dates.length;
  if (!isYearly || month === undefined || weekday === undefined || place === undefined) return null;
  if (same((date) => date.getTime() % DAY) === undefined) return null;
  return `FREQ=YEARLY;BYMONTH=${month + 1};BYDAY=${place}${weekday}`;
}

/** RFC 5545, 3.3.14. */
function offsetText(offset: number): string {
  const seconds = Math.abs(offset) / SECOND;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${hours}${minutes}${rest === '00' ? '' : rest}`;
}
