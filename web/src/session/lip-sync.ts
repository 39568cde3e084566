// Sound and picture of one person, at one time. Browsers bring them together only where they were announced as one
// stream, and here both come in slots that carry one person after another. So the page measures by how much either
// is held back in the browser, and has the one that is ahead wait. Pure. Why: docs/decisions/0006-lip-sync.md.

/** Milliseconds that the browser is asked to hold each back at least; null leaves it to the browser. */
export interface Holds {
  sound: number | null;
  picture: number | null;
}

export const FREE: Holds = { sound: null, picture: null };

/** Nobody notices less (ITU-R BT.1359). */
const UNNOTICED_MS = 40;
/** More at once would be heard and seen. */
const LARGEST_STEP_MS = 80;
/** A delay makes people talk over each other: rather a picture that lags than that. */
export const LONGEST_HOLD_MS = 400;

/**
 * What to ask for next. `sound` and `picture` are the milliseconds that each waited in the browser lately: they came
 * over the same path, so that the difference is how far they are apart.
 */
export function nextHolds(holds: Holds, sound: number, picture: number): Holds {
  const lead = sound - picture;
  if (Math.abs(lead) <= UNNOTICED_MS) return holds;
  const step = Math.min(LARGEST_STEP_MS, Math.abs(lead) / 2);
  return lead > 0 ? flip(nextFor(flip(holds), picture, step)) : nextFor(holds, sound, step);
}

/** The sound is ahead by more than is good. */
function nextFor({ sound, picture }: Holds, soundNow: number, step: number): Holds {
  // First the one behind is let go: nothing shall wait longer than it must.
  if (picture !== null) return { sound, picture: picture > step ? picture - step : null };
  return { sound: Math.min(LONGEST_HOLD_MS, (sound ?? soundNow) + step), picture };
}

function flip({ sound, picture }: Holds): Holds {
  return { sound: picture, picture: sound };
}
