// What the tests of this folder share.

import { type Bytes, sha256, utf8 } from '../crypto/bytes';
import { importBaseKey } from './cipher';
import type { NewEpoch } from './epochs';

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

/** An epoch with a base key made of its own number and a letter. */
export async function newEpoch(number: number, leaf: number, key = 'a'): Promise<NewEpoch> {
  const fingerprint = `${key}${number}`;
  const digest = await sha256(utf8(fingerprint));
  return { number, leaf, base: await importBaseKey(digest.slice(0, 16)), fingerprint };
}
