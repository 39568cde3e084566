// What this person sends: devices and gates together. The device comes first, then the server is asked for the gate.

import { signal } from '@preact/signals';
import type { Denial, Source } from '../generated/protocol';
import type { DeviceProblem } from '../state/model';
import type { Store } from '../state/store';
import type { Clock } from './clock';
import { Gates, type Switchable } from './gates';
import { type CaptureKind, OwnDevices } from './own-devices';
import type { OwnTracks } from './peer';
import type { Reply } from './signalling';

export interface OwnSourcesEvents {
  /** Whether there is a server to ask. */
  inside(): boolean;
  ask(source: Switchable, on: boolean): Promise<Reply>;
  changed(source: Source, track: MediaStreamTrack | null): void;
  heard(rms: number): void;
  failed(device: CaptureKind | 'screen', problem: DeviceProblem): void;
  denied(reason: Denial): void;
}

export class OwnSources {
  private readonly camera = signal<MediaStream | null>(null);
  private readonly screen = signal<MediaStream | null>(null);
  private readonly devices: OwnDevices;
  private readonly gates: Gates;

  constructor(
    private readonly store: Store,
    clock: Clock,
    private readonly events: OwnSourcesEvents,
  ) {
    this.devices = new OwnDevices(store, clock, {
      changed: (source, track) => this.trackChanged(source, track),
      ended: (source) => void this.ended(source),
      failed: events.failed,
      heard: events.heard,
    });
    this.gates = new Gates({
      isOn: (source) => this.isOn(source),
      ask: events.ask,
      takeOff: (source) => this.takeOff(source),
      denied: events.denied,
    });
  }

  get tracks(): OwnTracks {
    return this.devices.own;
  }

  begin(): Promise<void> {
    return this.devices.begin();
  }

  close(): void {
    this.devices.close();
  }

  choose(kind: CaptureKind, id: string): Promise<void> {
    return this.devices.choose(kind, id);
  }

  async set(source: Switchable, on: boolean): Promise<void> {
    if (await this.setDevice(source, on)) await this.askGate(source, on);
  }

  /** The own record, as the server sent it. */
  follow(live: readonly Source[]): void {
    this.gates.follow(live);
  }

  /** Let in: in the same place as before, or in another. */
  enter(samePlace: boolean, live: readonly Source[]): void {
    if (samePlace) this.gates.comeBack(live);
    else this.gates.enter();
  }

  /** Reads a signal: a component that asks is drawn again when the answer changes. */
  picture(source: Source): MediaStream | null {
    if (source === 'camera') return this.camera.value;
    return source === 'screen' ? this.screen.value : null;
  }

  private setDevice(source: Switchable, on: boolean): Promise<boolean> {
    switch (source) {
      case 'microphone':
        return this.devices.setMicrophone(on);
      case 'camera':
        return this.devices.setCamera(on);
      case 'screen':
        return this.devices.setSharing(on);
    }
  }

  private async askGate(source: Switchable, on: boolean): Promise<void> {
    if (this.events.inside()) await this.gates.change(source, on);
  }

  private isOn(source: Switchable): boolean {
    const { devices } = this.store.state.value;
    return source === 'screen' ? devices.sharing : devices[source].on && this.devices.own.has(source);
  }

  private takeOff(source: Switchable): void {
    void this.setDevice(source, false);
  }

  private trackChanged(source: Source, track: MediaStreamTrack | null): void {
    if (source === 'camera') this.camera.value = track && new MediaStream([track]);
    if (source === 'screen') this.screen.value = track && new MediaStream([track]);
    this.events.changed(source, track);
  }

  /** The person, the browser or the machine ended a source. Ending a share is nothing to complain about. */
  private async ended(source: Switchable): Promise<void> {
    if (source === 'screen') await this.devices.setSharing(false);
    else this.events.failed(source, 'missing');
    await this.askGate(source, false);
  }
}
