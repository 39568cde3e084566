// The connection to the server as a whole: one WebSocket after another, each proving the same identity.

import type {
  Act,
  ClientMessage,
  GroupMessage,
  Hello,
  ServerMessage,
  SourceSection,
} from '../generated/protocol';
import { type Clock, Timer } from './clock';
import { type Reconnect, reconnect } from './reconnect';
import { type Reply, Signalling, type Socket } from './signalling';

type Challenge = Extract<ServerMessage, { type: 'challenge' }>;

export interface ConnectionEvents {
  open(): Socket;
  /** Null when this page does not speak the server's version. */
  hello(challenge: Challenge): Promise<Hello | null>;
  message(message: Exclude<ServerMessage, Challenge>): Promise<void>;
  /** Another attempt will be made; counts from 1. */
  retrying(attempt: number): void;
  /** No more attempts: the first one failed, or all for a long time. */
  gaveUp(): void;
}

export class Connection {
  private signalling: Signalling | null = null;
  private state: Reconnect | null = null;
  private readonly timer: Timer;
  /** The run of the server that this connection talks to. */
  instance: string | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly dice: () => number,
    private readonly events: ConnectionEvents,
  ) {
    this.timer = new Timer(clock);
  }

  get up(): boolean {
    return this.state?.kind === 'up';
  }

  start(): void {
    this.state = null;
    this.connect();
  }

  /** The server let us in, or lets us wait. */
  settled(): void {
    this.state = { kind: 'up' };
  }

  send(message: ClientMessage): void {
    this.signalling?.send(message);
  }

  act(act: Act): Promise<Reply> {
    return this.signalling?.request({ type: 'act', act }) ?? Promise.resolve({ kind: 'lost' });
  }

  offer(sdp: string, sources: SourceSection[]): Promise<Reply> {
    return this.signalling?.request({ type: 'offer', sdp, sources }) ?? Promise.resolve({ kind: 'lost' });
  }

  group(message: GroupMessage): Promise<Reply> {
    return this.signalling?.request({ type: 'group', message }) ?? Promise.resolve({ kind: 'lost' });
  }

  /** Something else says that the network may be gone: is the server still there? */
  probe(): void {
    if (this.up) this.signalling?.probe();
  }

  /** The browser says that the network is there again, or another one. */
  networkChanged(): void {
    this.signalling?.probe();
    if (this.state?.kind !== 'waiting') return;
    this.timer.cancel();
    this.state = reconnect(this.state, { kind: 'network' }, this.clock.now());
    this.connect();
  }

  stop(): void {
    const { signalling } = this;
    this.signalling = null;
    this.timer.cancel();
    signalling?.close();
  }

  private connect(): void {
    const signalling: Signalling = new Signalling(this.events.open(), this.clock, {
      message: (message) => this.message(signalling, message),
      closed: () => this.closed(signalling),
    });
    this.signalling = signalling;
  }

  private async message(signalling: Signalling, message: ServerMessage): Promise<void> {
    if (signalling !== this.signalling) return;
    if (message.type !== 'challenge') return this.events.message(message);
    this.instance = message.instance;
    const hello = await this.events.hello(message);
    if (hello) signalling.send({ type: 'hello', ...hello });
  }

  private closed(signalling: Signalling): void {
    if (signalling !== this.signalling) return;
    this.signalling = null;
    if (this.state === null) {
      this.events.gaveUp();
      return;
    }
    this.state = reconnect(this.state, { kind: 'lost', dice: this.dice() }, this.clock.now());
    if (this.state.kind === 'given_up') this.events.gaveUp();
    else if (this.state.kind === 'waiting') {
      this.events.retrying(this.state.attempt);
      this.timer.plan(Math.max(0, this.state.retryAt - this.clock.now()), () => this.retry());
    }
  }

  private retry(): void {
    if (this.state?.kind !== 'waiting') return;
    // The timer may be a little early by this clock.
    const now = Math.max(this.clock.now(), this.state.retryAt);
    this.state = reconnect(this.state, { kind: 'timeout' }, now);
    this.connect();
  }
}
