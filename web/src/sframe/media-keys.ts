// The page's side of media encryption: gives the browser's senders and receivers their transform, and the worker its
// keys. The keys themselves pass through here once and are not kept.
//
//   const keys = mediaKeys();
//   keys.onProblem = (problem) => …
//   keys.attachSender(transceiver.sender, 'camera');      in the same turn as addTransceiver
//   keys.attachReceiver(transceiver.receiver, slot);      in the same turn as addTransceiver
//   keys.setEpoch({ epoch, baseKey, leaf });              whenever the group has a new epoch
//   keys.expect(slot, { leaf, source, since });           whenever a slot or somebody's leaf is another one
//   keys.forget(slot);                                    when a slot plays nobody
//   keys.detachReceiver(slot);                            when its peer connection is closed
//   keys.setStrict(on);                                  whenever the meeting becomes strict, or is so no longer
//   keys.clear();                                         when the meeting is left, or its group formed anew

import type { Bytes } from '../crypto/bytes';
import type { Source } from '../generated/protocol';
import { startWorker } from '../workers';
import { KEY_LENGTH } from './cipher';
import type { Expected } from './frames';
import { isLeaf, kindOf, type MediaKind } from './profile';
import type { FromWorker, MediaProblem, Role, Slot, ToWorker, TrackStatistics } from './worker/messages';

export type { Expected } from './frames';
export type { MediaProblem, Slot, TrackStatistics } from './worker/messages';

export interface MediaEpoch {
  /** The number of the group's epoch. */
  epoch: number;
  /** The exporter's 16 bytes. They are handed over: the caller's array is overwritten. */
  baseKey: Bytes;
  /** The own leaf. */
  leaf: number;
}

/** What is needed of a browser's sender, receiver and worker; tests bring their own. */
export interface Sender {
  track: { kind: string } | null;
  transform: unknown;
  getParameters(): { encodings?: { rid?: string }[] };
}
export interface Receiver {
  track: { kind: string };
  transform: unknown;
}
export interface MediaWorker {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: { data: FromWorker }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: () => void): void;
  terminate(): void;
}

export class MediaKeys {
  onProblem: (problem: MediaProblem) => void = () => {};
  private failed = false;
  private questions = 0;
  private readonly waiting = new Map<number, (tracks: TrackStatistics[]) => void>();
  private readonly kinds = new Map<Slot, MediaKind>();

  /** Use {@link mediaKeys}: a second worker would count its frames from the beginning under the same keys. */
  constructor(
    private readonly worker: MediaWorker,
    private readonly transformFor: (role: Role) => unknown,
  ) {
    worker.addEventListener('message', ({ data }) => this.heard(data));
    worker.addEventListener('error', () => this.fail());
    worker.addEventListener('messageerror', () => this.fail());
  }

  /**
   * From now on the sender sends what the worker sealed, and nothing before there are keys. To be called in the turn in
   * which the sender was made; a track may be replaced later, the transform stays.
   */
  attachSender(sender: Sender, source: Source): void {
    const { encodings = [] } = sender.getParameters();
    const rids = encodings.map(({ rid }) => rid).filter((rid) => rid !== undefined);
    sender.transform = this.transformFor({ side: 'send', source, rids });
  }

  /**
   * From now on the receiver plays what is expected in `slot`, and nothing before {@link expect}. To be called in the
   * turn in which the receiver was made: a browser that already decodes would play what came first.
   */
  attachReceiver(receiver: Receiver, slot: Slot): void {
    const kind = receiver.track.kind === 'video' ? 'video' : 'audio';
    this.kinds.set(slot, kind);
    receiver.transform = this.transformFor({ side: 'receive', slot, kind });
  }

  /** The group is in a new epoch: frames are sealed under it at once, and opened under those before for ten seconds. */
  setEpoch({ epoch, baseKey, leaf }: MediaEpoch): void {
    if (baseKey.length !== KEY_LENGTH) throw new RangeError('not a base key');
    if (!Number.isSafeInteger(epoch) || epoch < 0) throw new RangeError('not an epoch');
    if (!isLeaf(leaf)) throw new RangeError('not a leaf of a meeting');
    // A copy of its own: where the array is a part of a larger buffer, that must not be handed over.
    const own = baseKey.slice();
    baseKey.fill(0);
    this.post({ type: 'epoch', epoch, baseKey: own, leaf }, [own.buffer]);
  }

  expect(slot: Slot, expected: Expected): void {
    if (!isLeaf(expected.leaf)) throw new RangeError('not a leaf of a meeting');
    const kind = this.kinds.get(slot);
    if (kind !== undefined && kind !== kindOf(expected.source))
      throw new RangeError('not what the slot plays');
    this.post({ type: 'expect', slot, expected });
  }

  forget(slot: Slot): void {
    this.post({ type: 'forget', slot });
  }

  /** The slot is gone with its peer connection; its number is not used again. */
  detachReceiver(slot: Slot): void {
    this.kinds.delete(slot);
    this.post({ type: 'detach', slot });
  }

  /** All keys and expectations are gone: nothing is sent or played before there are new ones. */
  clear(): void {
    this.post({ type: 'clear' });
  }

  /** From now on cameras send as much for a still picture as for a moving one, or do so no longer. */
  setStrict(on: boolean): void {
    this.post({ type: 'strict', on });
  }

  /** Empty after the worker failed. */
  statistics(): Promise<TrackStatistics[]> {
    if (this.failed) return Promise.resolve([]);
    this.questions += 1;
    const id = this.questions;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post({ type: 'statistics', id });
    });
  }

  private post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.failed) this.worker.postMessage(message, transfer);
  }

  private heard(message: FromWorker): void {
    switch (message.type) {
      case 'problem':
        this.onProblem(message.problem);
        break;
      case 'statistics':
        this.waiting.get(message.id)?.(message.tracks);
        this.waiting.delete(message.id);
        break;
      default:
        message satisfies never;
    }
  }

  /** Fails closed: the transforms stay, and nothing comes out of them. */
  private fail(): void {
    if (this.failed) return;
    this.failed = true;
    this.worker.terminate();
    for (const answer of this.waiting.values()) answer([]);
    this.waiting.clear();
    this.onProblem({ kind: 'worker_failed' });
  }
}

let only: MediaKeys | undefined;

/**
 * The page's only one. It is never made again, not even when its worker failed: the counters that were used are known
 * there alone, and a page that is loaded again has another leaf in the group, and so other keys.
 */
export function mediaKeys(): MediaKeys {
  if (!only) {
    const worker = startWorker('media');
    only = new MediaKeys(worker, (role) => new RTCRtpScriptTransform(worker, role));
  }
  return only;
}
