// What the tests of this folder share.

import type { Bytes } from '../crypto/bytes';

export function hex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Numbers that look random and are the same in every run. */
export function numbers(seed: number) {
  let state = seed;
  // Mulberry32, after Tommy Ettinger: enough for tests, and for nothing else.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number): number => next() % bound;
  return {
    below,
    bytes: (length: number): Bytes => Uint8Array.from({ length }, () => below(256)),
    /** Up to 64 bits, small ones as likely as large ones. */
    wide: (): bigint => ((BigInt(next()) << 32n) | BigInt(next())) >> BigInt(below(65)),
  };
}
