// How incamera uses SFrame: what the numbers in the header mean, and how every frame gets the same header length.

import type { Source } from '../generated/protocol';
import { encodeHeader, parseHeader } from './header';

/** What a key id says. Together with the base key of the epoch it names one key. */
export interface Sender {
  /** The sender's leaf in the group. */
  leaf: number;
  source: Source;
}

/** A leaf takes 12 bits. Far more people than a meeting can have. */
export const MOST_LEAVES = 4096;

/** The first counter of every key takes three bytes, and so does the last one. */
export const FIRST_COUNTER = 1 << 16;
/** No counter reaches it. A camera that sends three layers at 30 frames a second would need two days. */
export const COUNTER_END = 1 << 24;
/** From here on a new epoch is asked for: three hours before a camera falls silent. */
export const COUNTER_LOW = COUNTER_END - (1 << 20);

/** One byte of configuration, three of key id, three of counter. */
export const HEADER_LENGTH = 7;

/** Four and more, so that a key id always takes three bytes. */
const CONTEXTS: Record<Source, number> = { microphone: 4, camera: 5, screen: 6, screen_audio: 7 };
const SOURCES = new Map(Object.entries(CONTEXTS).map(([source, context]) => [context, source as Source]));

export type MediaKind = 'audio' | 'video';

export function kindOf(source: Source): MediaKind {
  switch (source) {
    case 'microphone':
    case 'screen_audio':
      return 'audio';
    case 'camera':
    case 'screen':
      return 'video';
  }
}

/** The part of an epoch's number that a key id has room for. */
export function epochByte(epoch: number): number {
  return epoch % 256;
}

export function keyId({ leaf, source }: Sender, epoch: number): bigint {
  if (!isLeaf(leaf)) throw new RangeError('not a leaf of a meeting');
  return BigInt((CONTEXTS[source] << 20) | (leaf << 8) | epochByte(epoch));
}

export function isLeaf(leaf: number): boolean {
  return Number.isInteger(leaf) && leaf >= 0 && leaf < MOST_LEAVES;
}

export function encodeFrameHeader(kid: bigint, counter: number): Uint8Array {
  if (counter < FIRST_COUNTER || counter >= COUNTER_END) throw new RangeError('not a counter of a frame');
  return encodeHeader({ kid, counter: BigInt(counter) });
}

export interface FrameHeader {
  kid: bigint;
  sender: Sender;
  epochByte: number;
  counter: number;
}

/** `null` where the bytes do not begin with a header of this profile. */
export function parseFrameHeader(bytes: Uint8Array): FrameHeader | null {
  const parsed = parseHeader(bytes);
  if (parsed.kind === 'fault' || parsed.length !== HEADER_LENGTH) return null;
  const { kid } = parsed.header;
  const counter = Number(parsed.header.counter);
  const number = Number(kid);
  const source = SOURCES.get(Math.floor(number / (1 << 20)));
  // A key id with a source has three bytes, and so three are left for the counter: it is within its bounds.
  if (source === undefined) return null;
  return {
    kid,
    sender: { leaf: (number >> 8) & (MOST_LEAVES - 1), source },
    epochByte: number & 0xff,
    counter,
  };
}
