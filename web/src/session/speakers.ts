// Who speaks: decided at the receiver from decoded sound, since nothing in the packets tells (K6). Pure.

import type { ParticipantId } from '../generated/protocol';

/** Root mean square of the samples, 1 being the loudest. Above this somebody begins to speak … */
const BEGIN = 0.02;
/** … and below this falls silent. */
const END = 0.008;
/** A cough is not a speech. */
export const BEGIN_MS = 400;
/** The pauses between words. */
export const PAUSE_MS = 800;
/**
 * The stage is for those who go on speaking. What it shows is asked of the server, which must not learn within a second
 * who speaks (K6).
 */
export const STAGE_MS = 1250;
/** The stage changes only after its speaker was silent for so long … */
export const HOLD_MS = 1500;
/** … or after somebody else spoke through it for so long. */
export const TAKE_OVER_MS = 3000;
/** How many recent speakers are remembered. */
const REMEMBERED = 12;

interface Voice {
  /** Since when it is above the threshold without a long pause; null while silent. */
  since: number | null;
  lastLoud: number;
  speaking: boolean;
}

export interface Hearing {
  voices: ReadonlyMap<ParticipantId, Voice>;
  /** The most recent speakers, the present one first. */
  order: readonly ParticipantId[];
}

export const SILENCE: Hearing = { voices: new Map(), order: [] };

/** `levels` names everybody who can be heard; who is not named is forgotten. */
export function listen(before: Hearing, levels: ReadonlyMap<ParticipantId, number>, now: number): Hearing {
  const voices = new Map<ParticipantId, Voice>();
  for (const [who, level] of levels) voices.set(who, hear(before.voices.get(who), level, now));
  return { voices, order: stage(before.order, voices, now) };
}

export function speaking(hearing: Hearing): ParticipantId[] {
  return [...hearing.voices].filter(([, voice]) => voice.speaking).map(([who]) => who);
}

function hear(before: Voice | undefined, level: number, now: number): Voice {
  const former = before ?? { since: null, lastLoud: Number.NEGATIVE_INFINITY, speaking: false };
  const loud = level >= (former.since === null ? BEGIN : END);
  if (loud) {
    const since = former.since ?? now;
    return { since, lastLoud: now, speaking: former.speaking || now - since >= BEGIN_MS };
  }
  if (now - former.lastLoud < PAUSE_MS) return former;
  return { ...former, since: null, speaking: false };
}

function stage(
  order: readonly ParticipantId[],
  voices: ReadonlyMap<ParticipantId, Voice>,
  now: number,
): readonly ParticipantId[] {
  const present = order.filter((who) => voices.has(who));
  const [front] = present;
  const frontVoice = front === undefined ? undefined : voices.get(front);
  const next = challenger(front, voices, now);
  if (next === null) return present.length === order.length ? order : present;
  const [who, voice] = next;
  const silent = frontVoice === undefined || now - frontVoice.lastLoud >= HOLD_MS;
  const spokeThrough =
    voice.since !== null && now - voice.since >= TAKE_OVER_MS && !outlasts(frontVoice, voice);
  if (!silent && !spokeThrough) return present.length === order.length ? order : present;
  return [who, ...present.filter((other) => other !== who)].slice(0, REMEMBERED);
}

/** The one who has been speaking longest of those who are not in front. */
function challenger(
  front: ParticipantId | undefined,
  voices: ReadonlyMap<ParticipantId, Voice>,
  now: number,
): [ParticipantId, Voice] | null {
  let best: [ParticipantId, Voice] | null = null;
  for (const [who, voice] of voices) {
    const longEnough = voice.since !== null && now - voice.since >= STAGE_MS;
    if (who === front || !voice.speaking || !longEnough) continue;
    if (best === null || (voice.since ?? 0) < (best[1].since ?? 0)) best = [who, voice];
  }
  return best;
}

/** Two who speak without a pause do not take the stage from each other. */
function outlasts(front: Voice | undefined, other: Voice): boolean {
  return front?.speaking === true && (front.since ?? 0) <= (other.since ?? 0);
}
