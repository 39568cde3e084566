// The media keys of one epoch of the group: what was sent under them, and what was received.

import type { Source } from '../generated/protocol';
import { type BaseKey, deriveFrameKey, type FrameKey } from './cipher';
import { COUNTER_END, epochByte, FIRST_COUNTER, keyId, type Sender } from './profile';
import { ReplayWindow } from './replay';

/** What opens the frames of one sender's source. The window belongs to the key, whichever slot a frame came by. */
export interface Opening {
  key: Promise<FrameKey>;
  window: ReplayWindow;
}

/** What one frame is sealed with. */
export interface Sealing {
  kid: bigint;
  /** Given to nobody else. */
  counter: number;
  key: Promise<FrameKey>;
}

export class Epoch {
  /** No frame under this epoch is opened from then on. Null while it is the newest one. */
  diesAt: number | null = null;
  private readonly sealings = new Map<Source, { kid: bigint; next: number; key: Promise<FrameKey> }>();
  /** At most one for each leaf and source: only frames of expected senders come here. */
  private readonly openings = new Map<bigint, Opening>();

  constructor(
    readonly number: number,
    /** The own leaf. */
    readonly leaf: number,
    /** Tells base keys apart without being one. */
    readonly fingerprint: string,
    private readonly base: BaseKey,
  ) {}

  get byte(): number {
    return epochByte(this.number);
  }

  /**
   * Counts up before it returns: no two frames of a source get one counter, whatever happens to them. Null when the
   * counter is used up; it never starts again.
   */
  seal(source: Source): Sealing | null {
    let sealing = this.sealings.get(source);
    if (!sealing) {
      const kid = keyId({ leaf: this.leaf, source }, this.number);
      sealing = { kid, next: FIRST_COUNTER, key: deriveFrameKey(this.base, kid, 'encrypt') };
      this.sealings.set(source, sealing);
    }
    if (sealing.next >= COUNTER_END) return null;
    const counter = sealing.next;
    sealing.next += 1;
    return { kid: sealing.kid, counter, key: sealing.key };
  }

  open(sender: Sender): Opening {
    const kid = keyId(sender, this.number);
    let opening = this.openings.get(kid);
    if (!opening) {
      opening = { key: deriveFrameKey(this.base, kid, 'decrypt'), window: new ReplayWindow() };
      this.openings.set(kid, opening);
    }
    return opening;
  }
}
