// For tests: peer connections whose sections can be looked at, and the worker that is told about them.

import { vi } from 'vitest';
import { MediaKeys, type MediaWorker } from '../sframe/media-keys';
import type { Role, ToWorker } from '../sframe/worker/messages';

interface Init {
  direction: 'sendonly' | 'recvonly';
  sendEncodings?: { rid?: string }[];
}

export class FakeTransceiver {
  mid: string | null = null;
  readonly direction: string;
  readonly sender;
  readonly receiver;

  constructor(trackOrKind: { kind: string } | string, { direction, sendEncodings = [] }: Init) {
    const track = typeof trackOrKind === 'string' ? null : trackOrKind;
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind;
    this.direction = direction;
    this.sender = {
      track: track as unknown,
      transform: null as { role: Role } | null,
      getParameters: () => ({ encodings: sendEncodings }),
      setParameters: (_: unknown) => Promise.resolve(),
      getStats: () => Promise.resolve(new Map()),
      replaceTrack: (other: unknown) => {
        this.sender.track = other;
        return Promise.resolve();
      },
    };
    this.receiver = { track: { kind }, transform: null as { role: Role } | null };
  }
}

export class FakePeerConnection {
  /** All since {@link stubPeers}. */
  static all: FakePeerConnection[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  connectionState = 'new';
  onconnectionstatechange: (() => void) | null = null;
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  answered = '';

  constructor() {
    FakePeerConnection.all.push(this);
  }

  addTransceiver(trackOrKind: { kind: string } | string, init: Init): FakeTransceiver {
    const transceiver = new FakeTransceiver(trackOrKind, init);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  setConfiguration(): void {}

  createOffer(): Promise<{ sdp: string }> {
    return Promise.resolve({ sdp: 'v=0\r\n' });
  }

  setLocalDescription(): Promise<void> {
    for (const [at, transceiver] of this.transceivers.entries()) transceiver.mid ??= String(at);
    return Promise.resolve();
  }

  setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.answered = sdp;
    return Promise.resolve();
  }

  close(): void {
    this.connectionState = 'closed';
    this.signalingState = 'closed';
  }

  /** What the transforms of its sections are for. */
  roles(): (Role | undefined)[] {
    return this.transceivers.map(({ direction, sender, receiver }) =>
      direction === 'sendonly' ? sender.transform?.role : receiver.transform?.role,
    );
  }

  receiving(kind: 'audio' | 'video'): FakeTransceiver[] {
    return this.transceivers.filter(
      ({ direction, receiver }) => direction === 'recvonly' && receiver.track.kind === kind,
    );
  }
}

export function stubPeers(): void {
  FakePeerConnection.all = [];
  vi.stubGlobal('RTCPeerConnection', FakePeerConnection);
  vi.stubGlobal('RTCRtpReceiver', { getCapabilities: () => ({ codecs: [] }) });
  vi.stubGlobal('navigator', { userAgent: 'AppleWebKit/' });
}

/** The page's handle, and what its worker was told. */
export function fakeKeys(): { keys: MediaKeys; posted: ToWorker[] } {
  const posted: ToWorker[] = [];
  const worker: MediaWorker = {
    postMessage: (message) => posted.push(message),
    addEventListener: () => undefined,
    terminate: () => undefined,
  };
  return { keys: new MediaKeys(worker, (role) => ({ role })), posted };
}
