// One direction of a bad path: it delays, reorders nothing unless it shakes, loses, and carries so much and no more. What
// it loses follows from a seed alone.

/** Nothing is done to anything. */
export const GOOD = { loss: 0, delay: 0, jitter: 0, rate: Infinity, queue: 300 };

/** Datagrams that may be under way: at most this many wait, whatever rate and delay say. */
const UNDER_WAY = 10_000;

export class Impairment {
  #random;
  #path = GOOD;
  /** When the last bit of what was taken leaves, in milliseconds. */
  #free = 0;
  #timers = new Set();

  constructor(seed) {
    this.#random = mulberry32(seed);
  }

  /**
   * From now on: `loss` of all datagrams (0 to 1), `delay` and up to `jitter` more in milliseconds, `rate` in bits per
   * second, and a queue of at most `queue` milliseconds in front of it.
   */
  change(path) {
    this.#path = { ...GOOD, ...path };
    this.#free = 0;
  }

  /** Carries a datagram, or does not. */
  pass(datagram, deliver) {
    const { loss, delay, jitter, rate, queue } = this.#path;
    if (this.#random() < loss || this.#timers.size >= UNDER_WAY) return;
    const now = performance.now();
    let wait = delay + jitter * this.#random();
    if (rate !== Infinity) {
      const begins = Math.max(now, this.#free);
      if (begins - now > queue) return;
      // What IP and UDP add is carried too.
      this.#free = begins + (8000 * (datagram.length + 28)) / rate;
      wait += this.#free - now;
    }
    if (wait === 0) return deliver(datagram);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      deliver(datagram);
    }, wait);
    this.#timers.add(timer);
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}

/** A generator of numbers from 0 to 1 with 32 bits of state. */
function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
