// For how long messages of an epoch that ended count: those under way, and nothing that was said much later by somebody
// who was kept in it.

import type { Clock } from '../session/clock';

/** Epochs before the present one of which messages can be read at all: the group's code forgets the keys of others. */
const READABLE = 2;
const UNDER_WAY_MS = 10_000;

export class PastEpochs {
  private readonly ended = new Map<number, number>();

  constructor(private readonly clock: Clock) {}

  /** `epoch` is the present one from now on. */
  begin(epoch: number): void {
    this.ended.set(epoch - 1, this.clock.now());
    this.ended.delete(epoch - 1 - READABLE);
  }

  isOver(epoch: number): boolean {
    const ended = this.ended.get(epoch);
    return ended !== undefined && this.clock.now() - ended > UNDER_WAY_MS;
  }

  clear(): void {
    this.ended.clear();
  }
}
