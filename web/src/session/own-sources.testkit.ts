// For tests: own sources whose browser has as many devices as a test wants, and whose server has one answer.

import { vi } from 'vitest';
import type { Denial, Source } from '../generated/protocol';
import type { DeviceProblem } from '../state/model';
import { createStore } from '../state/store';
import { FakeClock, settle } from './connection.testkit';
import { OwnSources } from './own-sources';
import type { Reply } from './signalling';

export class FakeTrack extends EventTarget {
  enabled = true;
  contentHint = '';
  readyState = 'live';

  constructor(
    readonly kind: 'audio' | 'video',
    readonly deviceId = '',
  ) {
    super();
  }

  getSettings(): { deviceId: string } {
    return { deviceId: this.deviceId };
  }

  stop(): void {
    this.readyState = 'ended';
  }

  /** The device is gone, or the browser's own button was pressed. */
  end(): void {
    this.stop();
    this.dispatchEvent(new Event('ended'));
  }
}

class FakeStream {
  constructor(private readonly tracks: readonly FakeTrack[]) {}

  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }

  getAudioTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === 'audio');
  }

  getVideoTracks(): FakeTrack[] {
    return this.tracks.filter(({ kind }) => kind === 'video');
  }
}

class SilentContext {
  state = 'running';
  createMediaStreamSource = () => ({ connect: () => undefined, disconnect: () => undefined });
  createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData: () => undefined });
  close = () => Promise.resolve();
}

interface Wish {
  deviceId?: { exact: string };
}

export class OwnSourcesKit {
  /** What is plugged in. */
  microphones = ['headset'];
  cameras = ['webcam'];
  /** What the browser, or the person, says instead of giving a device: the name of a `DOMException`. */
  refusal: string | null = null;
  /** What can be shared. */
  screen: FakeTrack[] = [];
  inside = true;
  reply: Reply = { kind: 'done' };

  /** How often the person was asked for devices. */
  questions = 0;
  readonly asked: string[] = [];
  readonly failed: [string, DeviceProblem][] = [];
  readonly denied: Denial[] = [];
  readonly sent = new Map<Source, FakeTrack | null>();
  readonly store = createStore();
  readonly sources = new OwnSources(this.store, new FakeClock(), {
    inside: () => this.inside,
    ask: (source, on) => {
      this.asked.push(`${source} ${on ? 'on' : 'off'}`);
      return Promise.resolve(this.reply);
    },
    changed: (source, track) => this.sent.set(source, track as FakeTrack | null),
    heard: () => undefined,
    failed: (device, problem) => this.failed.push([device, problem]),
    denied: (reason) => this.denied.push(reason),
  });

  constructor() {
    const mediaDevices = {
      getUserMedia: (wish: { audio?: Wish; video?: Wish }) => this.getUserMedia(wish),
      getDisplayMedia: () => this.getDisplayMedia(),
      enumerateDevices: () => Promise.resolve([]),
    };
    vi.stubGlobal('navigator', { mediaDevices });
    vi.stubGlobal('MediaStream', FakeStream);
    vi.stubGlobal('AudioContext', SilentContext);
    vi.stubGlobal('HTMLMediaElement', class {});
  }

  get devices() {
    return this.store.state.value.devices;
  }

  /** The track that is sent; fails where there is none. */
  track(source: Source): FakeTrack {
    const track = this.sent.get(source);
    if (!track) throw new Error(`nothing is sent of ${source}`);
    return track;
  }

  /** Both devices are on, and the server knows it. */
  async live(): Promise<void> {
    await this.sources.begin();
    this.sources.enter(false, []);
    await settle();
    this.asked.length = 0;
  }

  private async getUserMedia({ audio, video }: { audio?: Wish; video?: Wish }): Promise<FakeStream> {
    this.questions += 1;
    if (this.refusal) throw new DOMException('', this.refusal);
    return new FakeStream([
      ...(audio ? [this.open('audio', this.microphones, audio)] : []),
      ...(video ? [this.open('video', this.cameras, video)] : []),
    ]);
  }

  private open(kind: 'audio' | 'video', present: readonly string[], { deviceId }: Wish): FakeTrack {
    const found = deviceId ? present.find((id) => id === deviceId.exact) : present[0];
    if (found === undefined) throw new DOMException('', deviceId ? 'OverconstrainedError' : 'NotFoundError');
    return new FakeTrack(kind, found);
  }

  private async getDisplayMedia(): Promise<FakeStream> {
    if (this.screen.length === 0) throw new DOMException('', 'NotAllowedError');
    return new FakeStream(this.screen);
  }
}
