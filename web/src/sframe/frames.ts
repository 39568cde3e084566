// Encoded frames sealed and opened, with all the rules of the profile (docs/protocol.md, "Media encryption").
//
//   audio   header 7 ‖ ciphertext of AUDIO_PLAINTEXT bytes ‖ tag 16
//   video   clear byte ‖ header 7 ‖ ciphertext of a Padmé size, or of whole cells ‖ tag 16

import { type Bytes, concat } from '../crypto/bytes';
import type { Source } from '../generated/protocol';
import { decrypt, encrypt, TAG_LENGTH } from './cipher';
import type { Epochs } from './epochs';
import { pad, padmeSize, unpad } from './padding';
import {
  COUNTER_LOW,
  encodeFrameHeader,
  HEADER_LENGTH,
  kindOf,
  type MediaKind,
  parseFrameHeader,
  type Sender,
} from './profile';
import { AUDIO_PLAINTEXT } from './sound';
import { wholeCells } from './steady';

/** More than any encoder makes of a picture. */
export const MOST_FRAME = 8 << 20;

/** What stands before a sealed picture: all that a server may read of it. Bit 0 as in VP8 (RFC 6386 §9.1). */
export const CLEAR_KEY_FRAME = 0x10;
export const CLEAR_OTHER_FRAME = 0x11;

/** Why a frame does not go out. */
export type NotSealed = 'no_key' | 'counter_used_up' | 'empty' | 'too_large' | 'failed';
/** Why a frame is not played. */
export type NotOpened =
  /** Nothing at all: browsers hand on packets that are only padding, with which they measure the way. */
  | 'empty'
  | 'not_sframe'
  | 'unexpected_sender'
  | 'unknown_epoch'
  | 'replayed'
  | 'not_genuine'
  | 'badly_padded';

export type Sealed =
  | { kind: 'frame'; bytes: Bytes; keyFrame: boolean; bridged: boolean; counterLow: boolean }
  | { kind: 'dropped'; reason: NotSealed };
export type Opened =
  | { kind: 'frame'; bytes: Bytes; keyFrame: boolean }
  | { kind: 'dropped'; reason: NotOpened };

/** Whom a slot plays. */
export interface Expected extends Sender {
  /** The first epoch in which the leaf is this person's. A leaf that became free is given to somebody else. */
  since: number;
}

/**
 * The counter is taken before this returns, so that frames keep the order in which they came. A picture fills whole
 * cells of so many bytes, where it is to be steady.
 */
export async function seal(
  epochs: Epochs,
  source: Source,
  frame: Uint8Array,
  cell: number | null = null,
): Promise<Sealed> {
  const drop = (reason: NotSealed): Sealed => ({ kind: 'dropped', reason });
  if (frame.length === 0) return drop('empty');
  if (frame.length > MOST_FRAME) return drop('too_large');
  const sealing = epochs.current?.seal(source);
  if (sealing === undefined) return drop('no_key');
  if (sealing === null) return drop('counter_used_up');

  const kind = kindOf(source);
  const keyFrame = kind === 'video' && isVp8KeyFrame(frame);
  const clear = kind === 'audio' ? [] : [keyFrame ? CLEAR_KEY_FRAME : CLEAR_OTHER_FRAME];
  const metadata = Uint8Array.from(clear);
  const bridged = kind === 'audio' && frame.length >= AUDIO_PLAINTEXT;
  const content = bridged ? lostSound(frame) : frame;
  const plaintext = pad(content, kind === 'audio' ? AUDIO_PLAINTEXT : pictureSize(content.length, cell));
  const header = encodeFrameHeader(sealing.kid, sealing.counter);
  try {
    const ciphertext = await encrypt(await sealing.key, sealing.counter, header, metadata, plaintext);
    const counterLow = sealing.counter >= COUNTER_LOW;
    const bytes = concat(metadata, header, ciphertext);
    return { kind: 'frame', bytes, keyFrame, bridged, counterLow };
  } catch {
    return drop('failed');
  }
}

/** `kind` is what the slot plays; `expected` is null while it is to play nobody. */
export async function open(
  epochs: Epochs,
  kind: MediaKind,
  expected: Expected | null,
  frame: Bytes,
  now: number,
): Promise<Opened> {
  const drop = (reason: NotOpened): Opened => ({ kind: 'dropped', reason });
  const start = kind === 'audio' ? 0 : 1;
  const end = start + HEADER_LENGTH;
  if (frame.length === 0) return drop('empty');
  if (frame.length > 2 * MOST_FRAME || frame.length < end + TAG_LENGTH) return drop('not_sframe');
  if (kind === 'audio' && frame.length !== end + AUDIO_PLAINTEXT + TAG_LENGTH) return drop('not_sframe');
  const metadata = frame.subarray(0, start);
  if (kind === 'video' && frame[0] !== CLEAR_KEY_FRAME && frame[0] !== CLEAR_OTHER_FRAME)
    return drop('not_sframe');
  const header = parseFrameHeader(frame.subarray(start, end));
  if (!header) return drop('not_sframe');

  const { sender, counter } = header;
  if (!expected || sender.leaf !== expected.leaf || sender.source !== expected.source)
    return drop('unexpected_sender');
  const epoch = epochs.find(header.epochByte, now);
  if (!epoch) return drop('unknown_epoch');
  if (epoch.number < expected.since) return drop('unexpected_sender');
  const { key, window } = epoch.open(sender);
  if (!window.isFresh(counter)) return drop('replayed');

  let plaintext: Bytes;
  try {
    const encoded = frame.subarray(start, end);
    plaintext = await decrypt(await key, counter, encoded, metadata, frame.subarray(end));
  } catch {
    return drop('not_genuine');
  }
  // An equal frame may have been opened meanwhile, here or by another slot.
  if (!window.take(counter)) return drop('replayed');
  const content = unpad(plaintext);
  if (!content || content.length === 0) return drop('badly_padded');
  return { kind: 'frame', bytes: content, keyFrame: frame[0] === CLEAR_KEY_FRAME && kind === 'video' };
}

function pictureSize(contentLength: number, cell: number | null): number {
  return cell === null ? padmeSize(contentLength) : wholeCells(contentLength, cell);
}

/**
 * What goes in place of a sound that is too large, as an encoder of a variable rate rarely makes one: its first byte,
 * with the bits that say "one frame". Opus takes that for a lost frame and bridges it (RFC 6716 §3.1, §3.2.1). So
 * neither the size nor the rate on the wire falters (K5).
 */
function lostSound(frame: Uint8Array): Uint8Array {
  return Uint8Array.of((frame[0] ?? 0) & 0b1111_1100);
}

/** The first bit of a VP8 frame is 0 for a key frame (RFC 6386 §9.1). */
function isVp8KeyFrame(frame: Uint8Array): boolean {
  return ((frame[0] ?? 1) & 1) === 0;
}
