// The SFrame header (RFC 9605 §4.3): one byte of configuration, then the key id and the counter where they do not fit
// into it.
//
//    0 1 2 3 4 5 6 7
//   ┌─┬─────┬─┬─────┐
//   │X│  K  │Y│  C  │  X = 0: K is the key id.     X = 1: the key id follows, K + 1 bytes long.
//   └─┴─────┴─┴─────┘  Y = 0: C is the counter.    Y = 1: the counter follows, C + 1 bytes long.

import type { Bytes } from '../crypto/bytes';

export interface Header {
  /** An unsigned number of 64 bits. */
  kid: bigint;
  /** An unsigned number of 64 bits. */
  counter: bigint;
}

/**
 * `truncated`: the bytes end inside the header. `not_minimal`: a number is written with more bytes than it needs, so
 * that one header would have two spellings.
 */
export type HeaderFault = 'truncated' | 'not_minimal';

export type ParsedHeader =
  | { kind: 'header'; header: Header; length: number }
  | { kind: 'fault'; fault: HeaderFault };

/** No header is longer: one byte, and twice eight. */
export const LONGEST_HEADER = 17;

const FITS = 8n;
const MOST = 1n << 64n;
const EXTENDED = 0b1000;

/** Throws a `RangeError` when a number does not fit into 64 bits: that is a mistake of ours, never of a peer. */
export function encodeHeader({ kid, counter }: Header): Bytes {
  const first = field(kid);
  const second = field(counter);
  return Uint8Array.of((first.nibble << 4) | second.nibble, ...first.bytes, ...second.bytes);
}

/** Reads at most {@link LONGEST_HEADER} bytes from the front. */
export function parseHeader(bytes: Uint8Array): ParsedHeader {
  const [configuration] = bytes;
  if (configuration === undefined) return { kind: 'fault', fault: 'truncated' };
  const kid = number(configuration >> 4, bytes, 1);
  if (typeof kid === 'string') return { kind: 'fault', fault: kid };
  const counter = number(configuration & 0xf, bytes, kid.end);
  if (typeof counter === 'string') return { kind: 'fault', fault: counter };
  return { kind: 'header', header: { kid: kid.value, counter: counter.value }, length: counter.end };
}

/** Half of the configuration byte, and what follows it. */
function field(value: bigint): { nibble: number; bytes: number[] } {
  if (value < 0n || value >= MOST) throw new RangeError('an SFrame number has at most 64 bits');
  if (value < FITS) return { nibble: Number(value), bytes: [] };
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.unshift(Number(rest & 0xffn));
  return { nibble: EXTENDED | (bytes.length - 1), bytes };
}

function number(nibble: number, bytes: Uint8Array, at: number): { value: bigint; end: number } | HeaderFault {
  if ((nibble & EXTENDED) === 0) return { value: BigInt(nibble), end: at };
  const length = (nibble & (EXTENDED - 1)) + 1;
  if (at + length > bytes.length) return 'truncated';
  let value = 0n;
  for (const byte of bytes.subarray(at, at + length)) value = (value << 8n) | BigInt(byte);
  const minimal = value >= FITS && (length === 1 || value >> BigInt(8 * (length - 1)) > 0n);
  return minimal ? { value, end: at + length } : 'not_minimal';
}
