// Listens, a few times a second: who speaks, and how good the connection is.

import type { ParticipantId, Quality } from '../generated/protocol';
import type { Store } from '../state/store';
import { type Cancel, type Clock, every } from './clock';
import type { Media } from './media';
import { judge, type Measure, type Reported, report } from './quality';
import { type Hearing, listen, SILENCE, speaking } from './speakers';
import { levels, measure, NOTHING_COUNTED, readCounters } from './stats';

const INTERVAL_MS = 250;
/** Loss over a quarter of a second says nothing. */
const QUALITY_EVERY = 8;

export class Listening {
  private stopTicks: Cancel | null = null;
  private busy = false;
  private ticks = 0;
  private others: Hearing = SILENCE;
  private self: Hearing = SILENCE;
  private counters = NOTHING_COUNTED;
  private qualityCounters = NOTHING_COUNTED;
  private reported: Reported | null = null;
  private ownLevel = 0;
  private me: ParticipantId | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly store: Store,
    private readonly media: Media,
    private readonly tell: (quality: Quality) => void,
  ) {}

  start(me: ParticipantId): void {
    this.me = me;
    this.reported = null;
    this.stopTicks ??= every(this.clock, INTERVAL_MS, () => void this.tick());
  }

  stop(): void {
    this.stopTicks?.();
    this.stopTicks = null;
    this.others = SILENCE;
    this.self = SILENCE;
  }

  /** The loudest moment since the last tick counts. */
  ownVoice(rms: number): void {
    this.ownLevel = Math.max(this.ownLevel, rms);
  }

  private async tick(): Promise<void> {
    if (this.busy || this.me === null) return;
    this.busy = true;
    try {
      const statistics = await this.media.statistics();
      const now = this.clock.now();
      const counters = statistics === null ? NOTHING_COUNTED : readCounters(statistics);
      this.hear(levels(this.counters, counters), this.me, now);
      this.counters = counters;
      this.ticks += 1;
      if (this.ticks % QUALITY_EVERY === 0 && statistics !== null) {
        this.judge(measure(this.qualityCounters, counters), now);
        this.qualityCounters = counters;
      }
    } finally {
      this.busy = false;
    }
  }

  private hear(bySlot: ReadonlyMap<string, number>, me: ParticipantId, now: number): void {
    const byPerson = new Map<ParticipantId, number>();
    for (const [mid, who] of this.media.streams.voices()) byPerson.set(who, bySlot.get(mid) ?? 0);
    this.others = listen(this.others, byPerson, now);
    this.self = listen(this.self, new Map([[me, this.ownLevel]]), now);
    this.ownLevel = 0;
    const all = [...speaking(this.others), ...speaking(this.self)];
    this.store.dispatch({ type: 'heard', speaking: all, order: this.others.order });
  }

  private judge(measured: Measure, now: number): void {
    const next = report(this.reported, judge(measured), now);
    if (next === null) return;
    this.reported = next;
    this.tell(next.quality);
  }
}
