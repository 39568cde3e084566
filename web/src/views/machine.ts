// How the machine stands, in words for a host (B4): what the last audit found, and when it was.

import type { AuditedMachine } from '../generated/api';
import { text } from './text';

const DAY = 24 * 3600;
/** It is measured each week. So long after the last time something is wrong with that. */
const LATE = 15 * DAY;
/** Within this time a day of the week says which day it was. */
const RECENT = 6 * DAY;

export interface MachineWords {
  line: string;
  /** What a host should pass on to the person who runs the server. */
  warning: string | null;
}

/** `now` in milliseconds. */
export function machineText(machine: AuditedMachine, now: number, timeZone?: string): MachineWords {
  const words = text.host.machine;
  const { looked, holds, all, short, worse } = machine;
  const age = now / 1000 - looked;
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    ...(age < RECENT ? {} : { day: 'numeric', month: 'long' }),
    timeZone,
  });
  const day = format.format(looked * 1000);
  const counted = holds === all ? words.all(all) : words.some(holds, all);
  const found = short > 0 && worse === 0 ? `. ${words.find}` : '';
  return { line: `${words.line(counted, day)}${found}`, warning: warning(worse, age, day) };
}

function warning(worse: number, age: number, day: string): string | null {
  const words = text.host.machine;
  if (worse > 0) return `${words.worse(worse)} ${words.find}`;
  return age > LATE ? words.late(day) : null;
}
