// The few numbers that are read out of the browser's statistics (W3C webrtc-stats).

import type { Size } from './camera-layers';
import type { Measure } from './quality';

/** What counts up over the life of a peer connection. */
export interface Counters {
  /** By media section of the audio slots: energy of the decoded sound, and its length in seconds. */
  sound: ReadonlyMap<string, { energy: number; seconds: number }>;
  received: number;
  lost: number;
  /** Packets of ours, and what the server reported missing of them. */
  sent: number;
  missing: number;
  roundTrip: number | null;
}

export const NOTHING_COUNTED: Counters = {
  sound: new Map(),
  received: 0,
  lost: 0,
  sent: 0,
  missing: 0,
  roundTrip: null,
};

interface Entry {
  type: string;
  kind?: string;
  mid?: string;
  totalAudioEnergy?: number;
  totalSamplesDuration?: number;
  packetsReceived?: number;
  packetsLost?: number;
  packetsSent?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
  state?: string;
  trackIdentifier?: string;
  width?: number;
  height?: number;
  jitterBufferDelay?: number;
  jitterBufferEmittedCount?: number;
}

interface Report {
  forEach(visit: (entry: Entry) => void): void;
}

export function readCounters(report: Report): Counters {
  const sound = new Map<string, { energy: number; seconds: number }>();
  let [received, lost, sent, missing] = [0, 0, 0, 0];
  let roundTrip: number | null = null;
  report.forEach((entry) => {
    if (entry.type === 'inbound-rtp') {
      received += entry.packetsReceived ?? 0;
      lost += Math.max(0, entry.packetsLost ?? 0);
      if (entry.kind === 'audio' && entry.mid !== undefined) {
        sound.set(entry.mid, {
          energy: entry.totalAudioEnergy ?? 0,
          seconds: entry.totalSamplesDuration ?? 0,
        });
      }
    } else if (entry.type === 'outbound-rtp') {
      sent += entry.packetsSent ?? 0;
    } else if (entry.type === 'remote-inbound-rtp') {
      // The share beside it is the same at all times, for the sake of the encoder of sound.
      missing += Math.max(0, entry.packetsLost ?? 0);
    } else if (entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded') {
      roundTrip = entry.currentRoundTripTime ?? roundTrip;
    }
  });
  return { sound, received, lost, sent, missing, roundTrip };
}

/** By media section: how long all that was played waited in the browser, in seconds, and how much that was. */
export type Waited = ReadonlyMap<string, { seconds: number; played: number }>;

export function readWaited(report: Report): Waited {
  const waited = new Map<string, { seconds: number; played: number }>();
  report.forEach(({ type, mid, jitterBufferDelay, jitterBufferEmittedCount }) => {
    if (type !== 'inbound-rtp' || mid === undefined) return;
    waited.set(mid, { seconds: jitterBufferDelay ?? 0, played: jitterBufferEmittedCount ?? 0 });
  });
  return waited;
}

/** Milliseconds that what was played between two readings waited; null where nothing was played. */
export function waitedMs(before: Waited, now: Waited, mid: string): number | null {
  const [from, to] = [before.get(mid), now.get(mid)];
  if (!from || !to || to.played <= from.played || to.seconds < from.seconds) return null;
  return (1000 * (to.seconds - from.seconds)) / (to.played - from.played);
}

/** The size of the pictures that a track really gives, where the browser tells it: before any scaling. */
export function sourceSize(report: Report, trackId: string): Size | null {
  let size: Size | null = null;
  report.forEach(({ type, trackIdentifier, width, height }) => {
    if (type === 'media-source' && trackIdentifier === trackId && width && height) size = { width, height };
  });
  return size;
}

/** Root mean square of what each audio slot played between two readings. */
export function levels(before: Counters, now: Counters): Map<string, number> {
  const result = new Map<string, number>();
  for (const [mid, { energy, seconds }] of now.sound) {
    const former = before.sound.get(mid) ?? { energy: 0, seconds: 0 };
    const length = seconds - former.seconds;
    result.set(mid, length > 0 ? Math.sqrt(Math.max(0, energy - former.energy) / length) : 0);
  }
  return result;
}

export function measure(before: Counters, now: Counters): Measure {
  const risen = (what: 'received' | 'lost' | 'sent' | 'missing') => Math.max(0, now[what] - before[what]);
  const lost = risen('lost');
  const share = (part: number, whole: number) => (whole > 0 ? Math.min(1, part / whole) : 0);
  return {
    roundTrip: now.roundTrip,
    lossIn: share(lost, lost + risen('received')),
    lossOut: share(risen('missing'), risen('sent')),
  };
}
