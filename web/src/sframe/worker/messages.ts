// What the page and the worker of its media say to each other.

import type { Bytes } from '../../crypto/bytes';
import type { Source } from '../../generated/protocol';
import type { Expected, NotOpened, NotSealed } from '../frames';
import type { MediaKind } from '../profile';

/** The page's own number for a section that receives. */
export type Slot = number;

/** What a transform is for: the options of its `RTCRtpScriptTransform`. */
export type Role =
  | { side: 'send'; source: Source; rids: readonly string[] }
  | { side: 'receive'; slot: Slot; kind: MediaKind };

export type ToWorker =
  /** The newest epoch. `baseKey` has 16 bytes and is overwritten; `leaf` is the own one. */
  | { type: 'epoch'; epoch: number; baseKey: Bytes; leaf: number }
  /** From now on the slot plays this source and nothing else. */
  | { type: 'expect'; slot: Slot; expected: Expected }
  /** From now on the slot plays nothing. */
  | { type: 'forget'; slot: Slot }
  /** The slot is gone with its peer connection. Its number is not used again. */
  | { type: 'detach'; slot: Slot }
  /** All keys and all expectations are forgotten. */
  | { type: 'clear' }
  /** Whether cameras send as much for a still picture as for a moving one. */
  | { type: 'strict'; on: boolean }
  | { type: 'statistics'; id: number };

export type FromWorker =
  | { type: 'problem'; problem: MediaProblem }
  | { type: 'statistics'; id: number; tracks: TrackStatistics[] };

export type MediaProblem =
  /** This epoch's key was used and forgotten before. Nothing is sent until another epoch begins. */
  | { kind: 'key_used'; epoch: number }
  /** Counters come to their end: the group should begin a new epoch within hours. */
  | { kind: 'epoch_needed' }
  /** Somebody on the way put into a slot what its sender did not send. Told once for each expectation and reason. */
  | { kind: 'tampering'; slot: Slot; reason: Tampering }
  /** The worker is gone. Nothing is sent or played any more until the page is loaded again. */
  | { kind: 'worker_failed' };

/** Refusals that an honest way never causes. */
export type Tampering = Exclude<NotOpened, 'empty' | 'unexpected_sender' | 'unknown_epoch' | 'replayed'>;

/** `overload`: more frames at once than are worked on; the newest one is dropped. */
export type Dropped = NotSealed | NotOpened | 'overload';

export interface TrackStatistics {
  role: Role;
  passed: number;
  /** Sounds that were too large, and went out as a lost one of the usual size. */
  bridged: number;
  dropped: Partial<Record<Dropped, number>>;
  /** Milliseconds from the browser's frame to ours, of all frames that passed, and of the slowest one. */
  delay: { sum: number; longest: number };
  /** How often a key frame was asked for. */
  keyFramesAsked: number;
}
