// The worker of all media: every encoded frame that leaves or enters the page comes by here, and only here are its
// keys.

import { type Bytes, sha256, toBase64Url } from '../../crypto/bytes';
import type { Source } from '../../generated/protocol';
import { type Clock, Timer } from '../../session/clock';
import { importBaseKey } from '../cipher';
import { Epochs } from '../epochs';
import { type Expected, type NotOpened, open, seal } from '../frames';
import { Cells } from '../steady';
import type { FromWorker, MediaProblem, Role, Slot, Tampering, ToWorker } from './messages';
import { type Changed, type EncodedFrame, Track, type Transformer } from './track';

export class FrameWorker {
  private readonly epochs = new Epochs();
  private readonly senders = new Map<Source, Track>();
  private readonly receivers = new Map<Slot, Track>();
  private readonly expected = new Map<Slot, Expected>();
  /** What was told about a slot since it was last told what to expect. */
  private readonly told = new Map<Slot, Set<NotOpened>>();
  /** Whether cameras are steady. */
  private strict = false;
  /** The epoch of which it was told that its counters end. */
  private endingTold: unknown = null;
  private readonly forgetting: Timer;
  /** One message after the other, also where one takes a while. */
  private handled: Promise<void> = Promise.resolve();

  constructor(
    private readonly clock: Clock,
    private readonly tell: (message: FromWorker) => void,
  ) {
    this.forgetting = new Timer(clock);
  }

  /** Resolves when the message was followed. */
  handle(message: ToWorker): Promise<void> {
    this.handled = this.handled.then(() => this.follow(message));
    return this.handled;
  }

  /** The browser has a new transform of ours. It takes the place of an earlier one for the same source or slot. */
  attach(transformer: Transformer): Promise<void> {
    const role = transformer.options as Role;
    switch (role.side) {
      case 'send': {
        const cells = new Cells();
        const change = (frame: EncodedFrame) => this.seal(role.source, frame, cells);
        const track = new Track(role, transformer, change, this.clock);
        this.senders.get(role.source)?.stop();
        this.senders.set(role.source, track);
        return track.run();
      }
      case 'receive': {
        const track = new Track(role, transformer, (frame) => this.open(role, frame), this.clock);
        this.receivers.get(role.slot)?.stop();
        this.receivers.set(role.slot, track);
        return track.run();
      }
    }
  }

  private forget(slot: Slot): void {
    this.expected.delete(slot);
    this.told.delete(slot);
  }

  private async follow(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'epoch':
        await this.begin(message.epoch, message.baseKey, message.leaf);
        break;
      case 'expect':
        this.expected.set(message.slot, message.expected);
        this.told.delete(message.slot);
        break;
      case 'detach':
        this.receivers.get(message.slot)?.stop();
        this.receivers.delete(message.slot);
        this.forget(message.slot);
        break;
      case 'forget':
        this.forget(message.slot);
        break;
      case 'clear':
        this.epochs.clear();
        this.expected.clear();
        this.told.clear();
        this.planForgetting();
        break;
      case 'strict':
        this.strict = message.on;
        break;
      case 'statistics': {
        const tracks = [...this.senders.values(), ...this.receivers.values()];
        this.tell({
          type: 'statistics',
          id: message.id,
          tracks: tracks.map((track) => track.statistics()),
        });
        break;
      }
      default:
        message satisfies never;
    }
  }

  private async begin(number: number, baseKey: Bytes, leaf: number): Promise<void> {
    const fingerprint = toBase64Url(await sha256(baseKey));
    const base = await importBaseKey(baseKey);
    const began = this.epochs.begin({ number, leaf, base, fingerprint }, this.clock.now());
    if (began === 'used') this.problem({ kind: 'key_used', epoch: number });
    this.planForgetting();
  }

  /** Keys are dropped when they die, not when the next frame happens to come. */
  private planForgetting(): void {
    const now = this.clock.now();
    this.epochs.forgetDead(now);
    const due = this.epochs.dueAt();
    if (due === null) this.forgetting.cancel();
    else this.forgetting.plan(Math.max(1, due - now), () => this.planForgetting());
  }

  private async seal(source: Source, frame: EncodedFrame, cells: Cells): Promise<Changed> {
    const epoch = this.epochs.current;
    const cell = this.strict && source === 'camera' ? cells.of(frame.getMetadata()) : null;
    const sealed = await seal(this.epochs, source, new Uint8Array(frame.data), cell);
    const ending = sealed.kind === 'frame' ? sealed.counterLow : sealed.reason === 'counter_used_up';
    if (ending && this.endingTold !== epoch) {
      this.endingTold = epoch;
      this.problem({ kind: 'epoch_needed' });
    }
    return sealed;
  }

  private async open(role: Role & { side: 'receive' }, { data }: EncodedFrame): Promise<Changed> {
    const expected = this.expected.get(role.slot) ?? null;
    const opened = await open(this.epochs, role.kind, expected, new Uint8Array(data), this.clock.now());
    if (opened.kind === 'dropped' && expected && isTampering(opened.reason)) {
      this.tampered(role.slot, opened.reason);
    }
    return opened;
  }

  private tampered(slot: Slot, reason: Tampering): void {
    const told = this.told.get(slot) ?? new Set();
    this.told.set(slot, told);
    if (told.has(reason)) return;
    told.add(reason);
    this.problem({ kind: 'tampering', slot, reason });
  }

  private problem(problem: MediaProblem): void {
    this.tell({ type: 'problem', problem });
  }
}

function isTampering(reason: NotOpened): reason is Tampering {
  switch (reason) {
    // Senders and epochs change while frames are under way.
    case 'unexpected_sender':
    case 'unknown_epoch':
    case 'empty':
    // A server may measure the way with packets that it sent before. Browsers hand on a picture of one packet twice then.
    case 'replayed':
      return false;
    case 'not_sframe':
    case 'not_genuine':
    case 'badly_padded':
      return true;
  }
}
