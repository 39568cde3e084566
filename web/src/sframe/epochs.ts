// Which epochs have keys here: the newest one, under which is sent, and those before it for a few seconds, under which
// frames may still be on their way.

import type { BaseKey } from './cipher';
import { Epoch } from './epoch';

/** How long the keys of an epoch open frames after the next one began. */
export const GRACE_MS = 10_000;
/** In a burst of changes the oldest go earlier. Below 256, so that the byte in the key id names one epoch. */
export const MOST_HELD = 64;
/** Of so many base keys it is remembered that they were used. */
const MOST_REMEMBERED = 4096;

export interface NewEpoch {
  number: number;
  /** The own leaf in it. */
  leaf: number;
  base: BaseKey;
  /** Equal for equal base keys, and for no others. */
  fingerprint: string;
}

/** `used`: the key was used before and is gone, with the counters that were used. Nothing can be sent under it. */
export type Began = 'began' | 'used';

export class Epochs {
  /** The oldest first; numbers and bytes differ. */
  private held: Epoch[] = [];
  /** Under which is sent: the last one held, or none. */
  private newest: Epoch | null = null;
  private readonly remembered = new Set<string>();

  /** Null: nothing can be sent. */
  get current(): Epoch | null {
    return this.newest;
  }

  /**
   * From now on this is the newest one. Numbers may go back: where a commit was withdrawn, epochs from this number on
   * never were, and are forgotten at once.
   */
  begin({ number, leaf, base, fingerprint }: NewEpoch, now: number): Began {
    this.forgetDead(now);
    const known = this.held.find((epoch) => epoch.fingerprint === fingerprint && epoch.number === number);
    const earlier = this.held.filter((epoch) => epoch.number < number);
    for (const epoch of earlier) epoch.diesAt ??= now + GRACE_MS;
    const begun = known ?? this.create(number, leaf, base, fingerprint);
    if (begun) begun.diesAt = null;
    this.newest = begun;
    const others = earlier.filter((epoch) => epoch.byte !== begun?.byte);
    this.held = [...others, ...(begun ? [begun] : [])].slice(-MOST_HELD);
    return begun ? 'began' : 'used';
  }

  /** The epoch whose keys a frame names; null where there is none, any more or yet. */
  find(byte: number, now: number): Epoch | null {
    return this.held.find((epoch) => epoch.byte === byte && !isDead(epoch, now)) ?? null;
  }

  /** Keys that open nothing any more are not kept. */
  forgetDead(now: number): void {
    this.held = this.held.filter((epoch) => !isDead(epoch, now));
  }

  /** When there is something to forget next. */
  dueAt(): number | null {
    const deaths = this.held.map(({ diesAt }) => diesAt).filter((at) => at !== null);
    return deaths.length > 0 ? Math.min(...deaths) : null;
  }

  /** Forgets all keys, and remembers which they were. */
  clear(): void {
    this.held = [];
    this.newest = null;
  }

  private create(number: number, leaf: number, base: BaseKey, fingerprint: string): Epoch | null {
    if (this.remembered.has(fingerprint)) return null;
    this.remembered.add(fingerprint);
    const [oldest] = this.remembered;
    if (this.remembered.size > MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    return new Epoch(number, leaf, fingerprint, base);
  }
}

function isDead({ diesAt }: Epoch, now: number): boolean {
  return diesAt !== null && now >= diesAt;
}
