// One peer connection to the server: what is published, and the slots that receive. The page alone makes offers.

import { type Source, type SourceSection, VIDEO_SLOTS } from '../generated/protocol';
import { cameraLayers, fitted, type Size } from './camera-layers';
import { isAudioLevel, leavingOffer, SOUND_RATE, withConstantOpus } from './sdp';
import { sourceSize } from './stats';

/** Audio slots grow in steps, so that small meetings stay cheap. */
export const AUDIO_STEP = 8;
export const MOST_AUDIO_SLOTS = 24;

/** One layer: text is to be read, or not shown at all. */
const SCREEN_LAYERS: RTCRtpEncodingParameters[] = [{ maxBitrate: 2_500_000 }];

/** The own tracks that are to be sent. A source without a track sends nothing. */
export type OwnTracks = ReadonlyMap<Source, MediaStreamTrack>;

export interface Offer {
  sdp: string;
  sources: SourceSection[];
}

export class Peer {
  readonly connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [] });
  /** Whether an answer was applied: only then do slots have names. */
  negotiated = false;
  private readonly senders = new Map<Source, RTCRtpTransceiver>();
  private readonly slots: RTCRtpTransceiver[] = [];
  /** One change at a time: browsers refuse parameters that were read before the last change. */
  private fitting: Promise<void> = Promise.resolve();

  constructor(own: OwnTracks, audioSlots: number) {
    this.publish('microphone', own.get('microphone') ?? null);
    this.publish('camera', own.get('camera') ?? null);
    for (const source of ['screen', 'screen_audio'] as const) {
      const track = own.get(source);
      if (track) this.publish(source, track);
    }
    for (let slot = 0; slot < VIDEO_SLOTS; slot += 1) this.receive('video');
    this.growAudio(audioSlots);
  }

  get connected(): boolean {
    return this.connection.connectionState === 'connected';
  }

  get audioSlots(): number {
    return this.audioTracks().length;
  }

  /** True when a new offer is needed before the slots exist. */
  growAudio(wanted: number): boolean {
    const before = this.audioSlots;
    for (let slot = before; slot < Math.min(wanted, MOST_AUDIO_SLOTS); slot += 1) this.receive('audio');
    return this.audioSlots > before;
  }

  /** True when a new offer is needed: the source had no section yet. */
  async send(source: Source, track: MediaStreamTrack | null): Promise<boolean> {
    const transceiver = this.senders.get(source);
    if (transceiver) {
      await transceiver.sender.replaceTrack(track);
      if (source === 'camera') this.fitCamera();
      return false;
    }
    if (track) this.publish(source, track);
    return track !== null;
  }

  async offer(iceRestart: boolean): Promise<Offer> {
    const description = await this.connection.createOffer({ iceRestart });
    await this.connection.setLocalDescription(description);
    const sources: SourceSection[] = [];
    for (const [source, { mid }] of this.senders) if (mid !== null) sources.push({ mid, source });
    return { sdp: leavingOffer(description.sdp ?? ''), sources };
  }

  async answer(sdp: string): Promise<void> {
    const soundMid = this.senders.get('screen_audio')?.mid;
    const rates = new Map(soundMid ? [[soundMid, SOUND_RATE]] : []);
    await this.connection.setRemoteDescription({ type: 'answer', sdp: withConstantOpus(sdp, rates) });
    this.negotiated = true;
    // An answer switches every layer on that it names.
    this.fitCamera();
  }

  /** Sends the camera in the layers that its picture has the pixels for, which another camera or format changes. */
  fitCamera(): void {
    this.fitting = this.fitting
      .then(() => this.fitCameraNow())
      .catch((error: unknown) => console.warn('the camera stays in the layers that it had:', error));
  }

  private async fitCameraNow(): Promise<void> {
    const sender = this.senders.get('camera')?.sender;
    if (!sender?.track || this.connection.signalingState === 'closed') return;
    const { track } = sender;
    const size = sourceSize(await sender.getStats(), track.id) ?? sizeOf(track);
    const parameters = sender.getParameters();
    const encodings = fitted(parameters.encodings, cameraLayers(size));
    if (encodings) await sender.setParameters({ ...parameters, encodings });
  }

  audioTracks(): MediaStreamTrack[] {
    return this.slots.map(({ receiver }) => receiver.track).filter(({ kind }) => kind === 'audio');
  }

  /** By media section. */
  track(mid: string): MediaStreamTrack | null {
    return this.slots.find((slot) => slot.mid === mid)?.receiver.track ?? null;
  }

  /** Has a slot wait at least so long before it plays; null leaves it to the browser. Not all browsers can. */
  hold(mid: string, ms: number | null): void {
    const receiver = this.slots.find((slot) => slot.mid === mid)?.receiver;
    if (receiver && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms;
  }

  close(): void {
    this.connection.close();
  }

  private publish(source: Source, track: MediaStreamTrack | null): void {
    const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
    const layers = source === 'camera' ? cameraLayers(track && sizeOf(track)) : SCREEN_LAYERS;
    const transceiver = this.connection.addTransceiver(track ?? kind, {
      direction: 'sendonly',
      ...(kind === 'video' ? { sendEncodings: layers.map((layer) => ({ ...layer })) } : {}),
    });
    prepareSender(transceiver);
    this.senders.set(source, transceiver);
  }

  private receive(kind: 'audio' | 'video'): void {
    const transceiver = this.connection.addTransceiver(kind, { direction: 'recvonly' });
    prepareReceiver(transceiver);
    this.slots.push(transceiver);
  }
}

/** Of a camera's picture, as it was asked for; what comes out of it may be another. */
function sizeOf(track: MediaStreamTrack): Size | null {
  const { width, height } = track.getSettings();
  return width && height ? { width, height } : null;
}

/**
 * The only place where a section that sends is made ready, before it can send anything: its encryption will be set
 * here, in the same turn as `addTransceiver`.
 */
function prepareSender(transceiver: RTCRtpTransceiver): void {
  restrict(transceiver);
}

/** The only place where a section that receives is made ready. */
function prepareReceiver(transceiver: RTCRtpTransceiver): void {
  restrict(transceiver);
}

interface HeaderExtension {
  uri: string;
  direction: string;
}

interface WithHeaderExtensions {
  getHeaderExtensionsToNegotiate?(): HeaderExtension[];
  setHeaderExtensionsToNegotiate?(extensions: HeaderExtension[]): void;
}

/** VP8 and Opus only, and no audio levels (K6). Browsers that cannot leave a header extension out have it cut out. */
function restrict(transceiver: RTCRtpTransceiver): void {
  const { kind } = transceiver.receiver.track;
  const wanted = kind === 'video' ? ['video/vp8', 'video/rtx'] : ['audio/opus'];
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const chosen = codecs.filter(({ mimeType }) => wanted.includes(mimeType.toLowerCase()));
  if (chosen.length > 0) transceiver.setCodecPreferences?.(chosen);

  const extended = transceiver as unknown as WithHeaderExtensions;
  const extensions = extended.getHeaderExtensionsToNegotiate?.();
  if (!extensions || !extended.setHeaderExtensionsToNegotiate) return;
  extended.setHeaderExtensionsToNegotiate(
    extensions.map((extension) => ({
      ...extension,
      direction: isAudioLevel(extension.uri) ? 'stopped' : extension.direction,
    })),
  );
}
