// The own microphone, camera and screen, before and during the meeting. Tells the state what there is, and the
// listener which track is to be sent.

import type { Source } from '../generated/protocol';
import type { Choice, DeviceProblem } from '../state/model';
import type { Store } from '../state/store';
import { AudioOutput } from './audio-output';
import {
  type Captured,
  canShareScreen,
  captureBoth,
  captureCamera,
  captureMicrophone,
  captureScreen,
} from './capture';
import type { Cancel, Clock } from './clock';
import { meter, meterStep } from './level';

export type CaptureKind = 'microphone' | 'camera';

export interface OwnDevicesEvents {
  /** A source has another track now, or none. */
  changed(source: Source, track: MediaStreamTrack | null): void;
  /** The person, the browser or the machine ended a source by itself. */
  ended(source: 'microphone' | 'camera' | 'screen'): void;
  failed(device: CaptureKind | 'screen', problem: DeviceProblem): void;
  /** The own voice, ten times a second. */
  heard(rms: number): void;
}

export class OwnDevices {
  private readonly tracks = new Map<Source, MediaStreamTrack>();
  private stopMeter: Cancel | null = null;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly events: OwnDevicesEvents,
  ) {}

  /** What is to be sent. */
  get own(): ReadonlyMap<Source, MediaStreamTrack> {
    return this.tracks;
  }

  /** Asks for microphone and camera, once, when the page is opened. */
  async begin(): Promise<void> {
    this.store.dispatch({ type: 'devices', change: { canShare: canShareScreen() } });
    navigator.mediaDevices.ondevicechange = () => void this.list();
    const { microphone, camera } = await captureBoth();
    this.take('microphone', microphone);
    this.take('camera', camera);
    await this.list();
  }

  /** The microphone stays open while it is off, and sends silence: its packets tell nothing (K5). */
  async setMicrophone(on: boolean): Promise<boolean> {
    const track = this.tracks.get('microphone');
    if (track) {
      track.enabled = on;
      this.store.dispatch({ type: 'device', kind: 'microphone', change: { on, problem: null } });
      return true;
    }
    if (!on) return true;
    return this.open('microphone');
  }

  /** The camera is closed while it is off, so that its light goes out. */
  async setCamera(on: boolean): Promise<boolean> {
    if (on) return this.tracks.has('camera') || this.open('camera');
    this.drop('camera');
    this.store.dispatch({ type: 'device', kind: 'camera', change: { on: false } });
    return true;
  }

  async setSharing(on: boolean): Promise<boolean> {
    if (!on) {
      this.drop('screen');
      this.drop('screen_audio');
      this.store.dispatch({ type: 'devices', change: { sharing: false } });
      return true;
    }
    const captured = await captureScreen();
    if (captured === null) return false;
    if (captured.kind === 'problem') {
      this.events.failed('screen', captured.problem);
      return false;
    }
    this.keep('screen', captured.picture);
    captured.picture.addEventListener('ended', () => this.events.ended('screen'));
    if (captured.sound) this.keep('screen_audio', captured.sound);
    this.store.dispatch({ type: 'devices', change: { sharing: true } });
    return true;
  }

  async choose(kind: CaptureKind, id: string): Promise<void> {
    const { on } = this.store.state.value.devices[kind];
    this.store.dispatch({ type: 'device', kind, change: { chosen: id } });
    // A camera that is off is opened when it is switched on.
    if (kind === 'camera' && !on) return;
    this.drop(kind);
    if ((await this.open(kind)) && kind === 'microphone') await this.setMicrophone(on);
  }

  close(): void {
    for (const source of [...this.tracks.keys()]) this.drop(source);
  }

  private async open(kind: CaptureKind): Promise<boolean> {
    const { chosen } = this.store.state.value.devices[kind];
    const capture = kind === 'microphone' ? captureMicrophone : captureCamera;
    let captured = await capture(chosen);
    // The chosen device was unplugged: any other is better than none.
    if (captured.kind === 'problem' && captured.problem === 'missing' && chosen !== null)
      captured = await capture(null);
    const taken = this.take(kind, captured);
    if (captured.kind === 'problem') this.events.failed(kind, captured.problem);
    await this.list();
    return taken;
  }

  private take(kind: CaptureKind, captured: Captured): boolean {
    if (captured.kind === 'problem') {
      this.store.dispatch({ type: 'device', kind, change: { on: false, problem: captured.problem } });
      return false;
    }
    const { track } = captured;
    this.keep(kind, track);
    track.addEventListener('ended', () => {
      if (this.tracks.get(kind) !== track) return;
      this.drop(kind);
      this.store.dispatch({ type: 'device', kind, change: { on: false, problem: 'missing' } });
      this.events.ended(kind);
    });
    const chosen = track.getSettings().deviceId ?? null;
    this.store.dispatch({ type: 'device', kind, change: { on: true, problem: null, chosen } });
    return true;
  }

  private keep(source: Source, track: MediaStreamTrack): void {
    this.drop(source);
    this.tracks.set(source, track);
    this.changed(source, track);
  }

  private drop(source: Source): void {
    const track = this.tracks.get(source);
    if (!track) return;
    this.tracks.delete(source);
    this.changed(source, null);
    track.stop();
  }

  private changed(source: Source, track: MediaStreamTrack | null): void {
    if (source === 'microphone') this.meter(track);
    this.events.changed(source, track);
  }

  private meter(track: MediaStreamTrack | null): void {
    this.stopMeter?.();
    this.stopMeter = track && meter(track, this.clock, (rms) => this.heard(rms));
    if (!track) this.heard(0);
  }

  private heard(rms: number): void {
    this.events.heard(rms);
    const level = meterStep(rms);
    if (level !== this.store.state.value.devices.level)
      this.store.dispatch({ type: 'devices', change: { level } });
  }

  private async list(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const of = (kind: MediaDeviceKind) => choices(devices.filter((device) => device.kind === kind));
    this.store.dispatch({ type: 'device', kind: 'microphone', change: { choices: of('audioinput') } });
    this.store.dispatch({ type: 'device', kind: 'camera', change: { choices: of('videoinput') } });
    const speakers = AudioOutput.canChoose() ? of('audiooutput') : [];
    this.store.dispatch({ type: 'devices', change: { speakers } });
  }
}

/** Devices without a label or an id are those that the person did not allow. */
function choices(devices: readonly MediaDeviceInfo[]): Choice[] {
  return devices
    .filter(({ deviceId }) => deviceId !== '')
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}
