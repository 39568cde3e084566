// One sender or receiver of the browser: its frames go through a change, in their order, or nowhere.

import type { Bytes } from '../../crypto/bytes';
import type { Clock } from '../../session/clock';
import type { NotOpened, NotSealed } from '../frames';
import type { FrameMetadata } from '../steady';
import { Gap } from './gap';
import type { Dropped, Role, TrackStatistics } from './messages';
import { Pipeline } from './pipeline';

/** As much of `RTCRtpScriptTransformer` (W3C, *WebRTC Encoded Transform*) as is needed. */
export interface Transformer {
  readable: ReadableStream<EncodedFrame>;
  writable: WritableStream<EncodedFrame>;
  options: unknown;
  generateKeyFrame?(rid?: string): Promise<unknown>;
  sendKeyFrameRequest?(): Promise<unknown>;
}

export interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): FrameMetadata;
}

export type Changed =
  | { kind: 'frame'; bytes: Bytes; keyFrame: boolean; bridged?: boolean }
  | { kind: 'dropped'; reason: NotSealed | NotOpened };

export class Track {
  private readonly reader: ReadableStreamDefaultReader<EncodedFrame>;
  private readonly writer: WritableStreamDefaultWriter<EncodedFrame>;
  private readonly pipeline = new Pipeline();
  private readonly gap = new Gap();
  private readonly dropped: Partial<Record<Dropped, number>> = {};
  private readonly delay = { sum: 0, longest: 0 };
  private passed = 0;
  private bridged = 0;
  private keyFramesAsked = 0;
  private stopped = false;

  constructor(
    readonly role: Role,
    private readonly transformer: Transformer,
    private readonly change: (frame: EncodedFrame) => Promise<Changed>,
    private readonly clock: Clock,
  ) {
    this.reader = transformer.readable.getReader();
    this.writer = transformer.writable.getWriter();
  }

  /** Until the browser ends the track, or it is stopped. */
  async run(): Promise<void> {
    while (!this.stopped) {
      const { value, done } = await this.reader.read();
      if (done) return;
      this.take(value);
    }
  }

  /** Nothing passes any more, not even what is being worked on. */
  stop(): void {
    this.stopped = true;
    this.reader.cancel().catch(() => {});
  }

  statistics(): TrackStatistics {
    const { role, passed, bridged, keyFramesAsked } = this;
    return { role, passed, bridged, dropped: { ...this.dropped }, delay: { ...this.delay }, keyFramesAsked };
  }

  private take(frame: EncodedFrame): void {
    if (this.pipeline.full) {
      this.drop('overload');
      return;
    }
    const began = this.clock.now();
    this.pipeline.push(this.change(frame), async (changed) => {
      if (this.stopped) return;
      if (changed.kind === 'dropped') {
        this.drop(changed.reason);
        return;
      }
      frame.data = changed.bytes.buffer;
      await this.writer.write(frame);
      if (changed.bridged) this.bridged += 1;
      this.pass(changed.keyFrame, began);
    });
  }

  private pass(keyFrame: boolean, began: number): void {
    const now = this.clock.now();
    this.passed += 1;
    this.delay.sum += now - began;
    this.delay.longest = Math.max(this.delay.longest, now - began);
    if (this.gap.passed(keyFrame, now)) this.askForKeyFrame();
  }

  private drop(reason: Dropped): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    // Nothing is missing where nothing was, nor where the same was before.
    if (reason !== 'empty' && reason !== 'replayed') this.gap.dropped();
  }

  private askForKeyFrame(): void {
    const { transformer, role } = this;
    if (role.side === 'receive') {
      if (role.kind === 'audio') return;
      this.asking(transformer.sendKeyFrameRequest?.());
    } else {
      if (role.source !== 'camera' && role.source !== 'screen') return;
      // Without a name only the first layer would make one.
      if (role.rids.length === 0) this.asking(transformer.generateKeyFrame?.());
      for (const rid of role.rids) this.asking(transformer.generateKeyFrame?.(rid));
    }
    this.keyFramesAsked += 1;
  }

  /** A browser that cannot, or not now: the receiver's own decoder asks later. */
  private asking(answer: Promise<unknown> | undefined): void {
    answer?.catch(() => {});
  }
}
