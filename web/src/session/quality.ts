// How good the own connection is, from what the browser measures. Pure.

import type { Quality } from '../generated/protocol';

export interface Measure {
  /** Seconds, there and back. */
  roundTrip: number | null;
  /** 0 to 1, over the last interval. */
  lossIn: number;
  lossOut: number;
}

/** From when on it is noticed, and from when on it is hard to follow. */
const FAIR = { roundTrip: 0.25, loss: 0.03 };
const POOR = { roundTrip: 0.5, loss: 0.1 };
/** How often the others are told at most. */
export const REPORT_MS = 5000;

export function judge(measure: Measure): Quality {
  if (measure.roundTrip === null) return 'unknown';
  if (exceeds(measure, POOR)) return 'poor';
  return exceeds(measure, FAIR) ? 'fair' : 'good';
}

function exceeds(measure: Measure, bound: { roundTrip: number; loss: number }): boolean {
  return (
    (measure.roundTrip ?? 0) >= bound.roundTrip || Math.max(measure.lossIn, measure.lossOut) >= bound.loss
  );
}

export interface Reported {
  quality: Quality;
  at: number;
}

/** What to tell now: null when nothing changed, or when it was told only just now. */
export function report(former: Reported | null, quality: Quality, now: number): Reported | null {
  // Not measured this time: what was told before stands.
  if (quality === 'unknown') return null;
  if (former !== null && (former.quality === quality || now - former.at < REPORT_MS)) return null;
  return { quality, at: now };
}
