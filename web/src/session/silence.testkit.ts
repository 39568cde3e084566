// For tests: as much of the browser's sound as silence needs.

import { vi } from 'vitest';

class FakeAudioTrack {
  readonly kind = 'audio';
  readyState = 'live';

  stop(): void {
    this.readyState = 'ended';
  }
}

export class FakeContext extends EventTarget {
  /** All since {@link stubSound}. */
  static all: FakeContext[] = [];
  state = 'suspended';
  /** How often it was asked to play. */
  wakes = 0;
  /** What plays into a destination. */
  readonly playing: number[] = [];

  constructor() {
    super();
    FakeContext.all.push(this);
  }

  resume(): Promise<void> {
    this.wakes += 1;
    return this.state === 'closed' ? Promise.reject(new Error('closed')) : Promise.resolve();
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }

  close(): Promise<void> {
    this.become('closed');
    return Promise.resolve();
  }
}

class FakeSource {
  private connected = false;

  constructor(
    private readonly context: FakeContext,
    private readonly options: { offset: number },
  ) {}

  connect(): void {
    this.connected = true;
  }

  start(): void {
    if (this.connected) this.context.playing.push(this.options.offset);
  }
}

class FakeDestination {
  private readonly track = new FakeAudioTrack();
  readonly stream = { getAudioTracks: () => [this.track] };
}

/** The page that touches and keys come to. */
export function stubSound(): EventTarget {
  FakeContext.all = [];
  const page = new EventTarget();
  vi.stubGlobal('AudioContext', FakeContext);
  vi.stubGlobal('ConstantSourceNode', FakeSource);
  vi.stubGlobal('MediaStreamAudioDestinationNode', FakeDestination);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  return page;
}
