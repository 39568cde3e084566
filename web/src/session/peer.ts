// One peer connection to the server: what is published, and the slots that receive. The page alone makes offers.

import { type Source, type SourceSection, VIDEO_SLOTS } from '../generated/protocol';
import type { MediaKeys, Slot as SlotNumber } from '../sframe/media-keys';
import { kindOf, type MediaKind } from '../sframe/profile';
import { soundRate } from '../sframe/sound';
import { cameraLayers, fitted, type Size } from './camera-layers';
import type { ReceiveSection } from './expectations';
import { isAudioLevel, leavingOffer, withConstantOpus } from './sdp';
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

/** A section that receives. */
interface ReceiveSlot {
  /** The page's own number of it: never that of another one, nor of one in an earlier peer connection. */
  number: SlotNumber;
  transceiver: RTCRtpTransceiver;
}

export class Peer {
  readonly connection: RTCPeerConnection;
  /** Whether an answer was applied: only then do slots have names. */
  negotiated = false;
  private readonly senders = new Map<Source, RTCRtpTransceiver>();
  private readonly slots: ReceiveSlot[] = [];
  /** One change at a time: browsers refuse parameters that were read before the last change. */
  private fitting: Promise<void> = Promise.resolve();

  constructor(
    own: OwnTracks,
    private strict: boolean,
    audioSlots: number,
    private readonly keys: MediaKeys,
    private readonly nextNumber: () => SlotNumber,
    private readonly iceServers: () => RTCIceServer[],
  ) {
    this.connection = new RTCPeerConnection(this.configuration());
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
    // The credentials of the relay have their time.
    if (iceRestart) this.connection.setConfiguration(this.configuration());
    const description = await this.connection.createOffer({ iceRestart });
    await this.connection.setLocalDescription(description);
    const sources: SourceSection[] = [];
    for (const [source, { mid }] of this.senders) if (mid !== null) sources.push({ mid, source });
    return { sdp: leavingOffer(description.sdp ?? ''), sources };
  }

  async answer(sdp: string): Promise<void> {
    const constant = withConstantOpus(sdp, soundRate(navigator.userAgent));
    await this.connection.setRemoteDescription({ type: 'answer', sdp: constant });
    this.negotiated = true;
    // An answer switches every layer on that it names.
    this.fitCamera();
  }

  /** Whether the camera sends as much for a still picture as for a moving one. */
  setStrict(strict: boolean): void {
    this.strict = strict;
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
    const encodings = fitted(parameters.encodings, cameraLayers(size, this.strict));
    if (encodings) await sender.setParameters({ ...parameters, encodings });
  }

  audioTracks(): MediaStreamTrack[] {
    return this.slots
      .map(({ transceiver }) => transceiver.receiver.track)
      .filter(({ kind }) => kind === 'audio');
  }

  /** By media section. */
  track(mid: string): MediaStreamTrack | null {
    return this.receiver(mid)?.track ?? null;
  }

  /** Those that have a name already. */
  receiveSections(): ReceiveSection[] {
    return this.slots.flatMap(({ number, transceiver: { mid, receiver } }) =>
      mid === null ? [] : [{ mid, number, kind: receiver.track.kind as MediaKind }],
    );
  }

  /** Has a slot wait at least so long before it plays; null leaves it to the browser. Not all browsers can. */
  hold(mid: string, ms: number | null): void {
    const receiver = this.receiver(mid);
    if (receiver && 'jitterBufferTarget' in receiver) receiver.jitterBufferTarget = ms;
  }

  close(): void {
    this.connection.close();
    for (const { number } of this.slots) this.keys.detachReceiver(number);
  }

  private configuration(): RTCConfiguration {
    return { bundlePolicy: 'max-bundle', iceServers: this.iceServers() };
  }

  private receiver(mid: string): RTCRtpReceiver | undefined {
    return this.slots.find(({ transceiver }) => transceiver.mid === mid)?.transceiver.receiver;
  }

  private publish(source: Source, track: MediaStreamTrack | null): void {
    const kind = kindOf(source);
    const layers = source === 'camera' ? cameraLayers(track && sizeOf(track), this.strict) : SCREEN_LAYERS;
    const transceiver = this.connection.addTransceiver(track ?? kind, {
      direction: 'sendonly',
      ...(kind === 'video' ? { sendEncodings: layers.map((layer) => ({ ...layer })) } : {}),
    });
    this.prepareSender(transceiver, source);
    this.senders.set(source, transceiver);
  }

  private receive(kind: MediaKind): void {
    const transceiver = this.connection.addTransceiver(kind, { direction: 'recvonly' });
    const slot = { number: this.nextNumber(), transceiver };
    this.prepareReceiver(slot);
    this.slots.push(slot);
  }

  /**
   * The only place where a section that sends is made ready, in the same turn as `addTransceiver`: before it can send
   * anything, it can send nothing that is not sealed (K2).
   */
  private prepareSender(transceiver: RTCRtpTransceiver, source: Source): void {
    restrict(transceiver);
    this.keys.attachSender(transceiver.sender, source);
  }

  /** The only place where a section that receives is made ready, before it can play anything. */
  private prepareReceiver({ number, transceiver }: ReceiveSlot): void {
    restrict(transceiver);
    this.keys.attachReceiver(transceiver.receiver, number);
  }
}

/** Of a camera's picture, as it was asked for; what comes out of it may be another. */
function sizeOf(track: MediaStreamTrack): Size | null {
  const { width, height } = track.getSettings();
  return width && height ? { width, height } : null;
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
