// Keeps the sounds and pictures of people together while they change slots (lip-sync.ts).

import { FREE, type Holds, nextHolds } from './lip-sync';
import { readWaited, type Waited, waitedMs } from './stats';
import type { Pair } from './streams';

export class HoldingBack {
  private waited: Waited = new Map();
  /** By media section of the picture. */
  private held = new Map<string, { pair: Pair; holds: Holds }>();

  /** `hold` is told of every section whose hold changed. */
  constructor(private readonly hold: (mid: string, ms: number | null) => void) {}

  /** To be called about once a second. */
  update(pairs: readonly Pair[], report: Parameters<typeof readWaited>[0]): void {
    const now = readWaited(report);
    const before = this.held;
    this.held = new Map();
    for (const [picture, { pair }] of before) {
      if (pairs.some((other) => other.picture === picture && other.sound === pair.sound)) continue;
      this.tell(pair, FREE);
      before.delete(picture);
    }
    for (const pair of pairs) {
      const former = before.get(pair.picture)?.holds ?? FREE;
      const sound = waitedMs(this.waited, now, pair.sound);
      const picture = waitedMs(this.waited, now, pair.picture);
      const holds = sound === null || picture === null ? former : nextHolds(former, sound, picture);
      if (holds !== former) this.tell(pair, holds);
      this.held.set(pair.picture, { pair, holds });
    }
    this.waited = now;
  }

  private tell(pair: Pair, holds: Holds): void {
    this.hold(pair.sound, holds.sound);
    this.hold(pair.picture, holds.picture);
  }
}
