// The media side of a meeting: keeps one peer connection working, through offers, bad networks and restarts.

import type { ParticipantId, Slot, Source, SourceSection } from '../generated/protocol';
import type { MediaKeys } from '../sframe/media-keys';
import { AudioOutput } from './audio-output';
import { type Cancel, type Clock, every, Timer } from './clock';
import { Expectations, type Seat } from './expectations';
import { HoldingBack } from './holding-back';
import { AUDIO_STEP, MOST_AUDIO_SLOTS, type OwnTracks, Peer } from './peer';
import { begin, dueAt, type Recovery, type RecoveryEvent, recover } from './recovery';
import type { Reply } from './signalling';
import { Silence } from './silence';
import { Streams } from './streams';

/**
 * How often is looked at what no event tells: whether a camera changed its format, as when another program takes part
 * of it, and whether sounds and pictures drift apart.
 */
const TEND_EVERY_MS = 1000;

export interface MediaEvents {
  own(): OwnTracks;
  offer(sdp: string, sources: SourceSection[]): Promise<Reply>;
  /** Media flows, or flows no longer. */
  connected(is: boolean): void;
  /** Whether an offer can reach the server now. Where not, coming back to the server mends the media as well. */
  reachable(): boolean;
  /** Ways for media where no direct one is open. Asked for each time: they change. */
  iceServers(): RTCIceServer[];
}

export class Media {
  readonly streams = new Streams();
  readonly output = new AudioOutput();
  private peer: Peer | null = null;
  private recovery: Recovery = { kind: 'steady' };
  private readonly timer: Timer;
  /** Of the present peer connection. */
  private negotiation: Promise<void> = Promise.resolve();
  private audioSlots = AUDIO_STEP;
  private strict = false;
  private holdingBack: HoldingBack | null = null;
  private stopTending: Cancel | null = null;
  /** As last named. They may come before the answer, and stay what they are under a new peer connection. */
  private slots: readonly Slot[] = [];
  private readonly silence = new Silence();
  private readonly expectations: Expectations;
  /** Of receive sections, in all peer connections: one worker serves them all. */
  private numbers = 0;

  constructor(
    private readonly clock: Clock,
    private readonly keys: MediaKeys,
    private readonly events: MediaEvents,
  ) {
    this.timer = new Timer(clock);
    this.expectations = new Expectations(keys);
  }

  get connected(): boolean {
    return this.peer?.connected ?? false;
  }

  /** With which attempt to connect media is being waited for; counts from 1. */
  get attempt(): number {
    return this.recovery.kind === 'afresh' ? this.recovery.attempt : 1;
  }

  /** A new peer connection with the same own tracks. People see the last pictures until it has new ones. */
  connectAfresh(attempt = 1): void {
    this.peer?.close();
    // A browser never says how it ended what a peer connection was asked before it was closed.
    this.negotiation = Promise.resolve();
    const peer = new Peer(
      this.ownTracks(),
      this.strict,
      this.audioSlots,
      this.keys,
      () => this.nextNumber(),
      () => this.events.iceServers(),
    );
    this.peer = peer;
    this.expect();
    this.holdingBack = new HoldingBack((mid, ms) => peer.hold(mid, ms));
    peer.connection.onconnectionstatechange = () => this.stateChanged(peer);
    this.output.play(peer.audioTracks());
    this.setRecovery(begin(this.clock.now(), attempt));
    this.events.connected(false);
    this.stopTending ??= every(this.clock, TEND_EVERY_MS, () => void this.tend());
    this.negotiate(peer, false);
  }

  /** The same peer connection, another offer. */
  renegotiate(): void {
    if (this.peer) this.negotiate(this.peer, false);
  }

  /** The browser says that the network is another one. */
  networkChanged(): void {
    if (this.peer) this.happened({ kind: 'network' });
  }

  /** Without a microphone, silence is sent (K5). */
  async send(source: Source, track: MediaStreamTrack | null): Promise<void> {
    const { peer } = this;
    if (!peer) return;
    const silent = source === 'microphone' && !track;
    if (await peer.send(source, silent ? this.silence.track() : track)) this.negotiate(peer, false);
    // It may have gone again meanwhile.
    if (source === 'microphone' && this.events.own().has('microphone')) this.silence.close();
  }

  /** Whether own cameras send as much for a still picture as for a moving one. */
  setStrict(strict: boolean): void {
    this.strict = strict;
    this.keys.setStrict(strict);
    this.peer?.setStrict(strict);
  }

  setSlots(slots: readonly Slot[]): void {
    this.slots = eachOnce(slots);
    this.followSlots();
  }

  /** Who has which leaf in the group. Nobody is seen or heard before. */
  setSeats(seats: ReadonlyMap<ParticipantId, Seat>): void {
    this.expectations.setSeats(seats);
  }

  /** The group is left, or formed anew: nothing is sent or played before there is a new epoch and there are new seats. */
  clearKeys(): void {
    this.keys.clear();
    this.expectations.cleared();
  }

  /** Makes room to hear so many people. */
  hearUpTo(people: number): void {
    const steps = Math.max(1, Math.ceil(people / AUDIO_STEP));
    const wanted = Math.min(MOST_AUDIO_SLOTS, steps * AUDIO_STEP);
    if (wanted <= this.audioSlots) return;
    this.audioSlots = wanted;
    if (!this.peer?.growAudio(wanted)) return;
    this.output.play(this.peer.audioTracks());
    this.negotiate(this.peer, false);
  }

  async statistics(): Promise<RTCStatsReport | null> {
    return this.connected ? ((await this.peer?.connection.getStats()) ?? null) : null;
  }

  close(): void {
    this.setRecovery({ kind: 'steady' });
    this.stopTending?.();
    this.stopTending = null;
    this.peer?.close();
    this.peer = null;
    this.slots = [];
    this.setSeats(new Map());
    this.expect();
    this.streams.clear();
    this.output.play([]);
    this.silence.close();
  }

  private followSlots(): void {
    const { peer, slots } = this;
    if (peer?.negotiated) this.streams.update(slots, (mid) => peer.track(mid));
    this.expect();
  }

  /** Sections have no names before the first answer. */
  private expect(): void {
    const { peer, slots } = this;
    this.expectations.setSlots(slots, peer?.negotiated ? peer.receiveSections() : []);
  }

  private ownTracks(): OwnTracks {
    const own = new Map(this.events.own());
    const silence = own.has('microphone') ? null : this.silence.track();
    return silence ? own.set('microphone', silence) : own;
  }

  private nextNumber(): number {
    this.numbers += 1;
    return this.numbers;
  }

  private async tend(): Promise<void> {
    const { holdingBack } = this;
    this.peer?.fitCamera();
    const report = await this.statistics();
    if (report && holdingBack === this.holdingBack) holdingBack?.update(this.streams.pairs(), report);
  }

  /** One offer of a peer connection at a time. */
  private negotiate(peer: Peer, iceRestart: boolean): void {
    this.negotiation = this.negotiation
      .then(() => this.exchange(peer, iceRestart))
      .catch((error: unknown) => {
        console.warn('the media negotiation failed:', error);
        if (peer === this.peer) this.happened({ kind: 'failed' });
      });
  }

  private async exchange(peer: Peer, iceRestart: boolean): Promise<void> {
    if (peer !== this.peer) return;
    const { sdp, sources } = await peer.offer(iceRestart);
    const reply = await this.events.offer(sdp, sources);
    if (peer !== this.peer) return;
    switch (reply.kind) {
      case 'answer':
        await peer.answer(reply.sdp);
        this.followSlots();
        break;
      case 'denied':
        console.warn('the server cannot use the media offer:', reply.reason);
        this.happened({ kind: 'failed' });
        break;
      case 'done':
      case 'lost':
        // The connection to the server comes back and then decides about this peer connection.
        break;
    }
  }

  private stateChanged(peer: Peer): void {
    if (peer !== this.peer) return;
    const { connectionState } = peer.connection;
    if (connectionState === 'connected') this.happened({ kind: 'connected' });
    else if (connectionState === 'disconnected') this.happened({ kind: 'disconnected' });
    else if (connectionState === 'failed') this.happened({ kind: 'failed' });
    this.events.connected(connectionState === 'connected');
  }

  private happened(event: RecoveryEvent): void {
    const { state, remedy } = recover(this.recovery, event, this.clock.now());
    if (remedy !== 'none' && !this.events.reachable()) {
      this.setRecovery({ kind: 'steady' });
      return;
    }
    this.setRecovery(state);
    if (remedy === 'restart_ice' && this.peer) this.negotiate(this.peer, true);
    if (remedy === 'connect_afresh') this.connectAfresh(state.kind === 'afresh' ? state.attempt : 1);
  }

  private setRecovery(state: Recovery): void {
    this.recovery = state;
    const due = dueAt(state);
    if (due === null) this.timer.cancel();
    else {
      const wait = Math.max(0, due - this.clock.now());
      this.timer.plan(wait, () => this.happened({ kind: 'timeout', connected: this.connected }));
    }
  }
}

/** A section plays one source of one person. One that is named twice would show somebody under another's name. */
function eachOnce(slots: readonly Slot[]): Slot[] {
  return slots.filter(({ mid }, at) => slots.findIndex((one) => one.mid === mid) === at);
}
