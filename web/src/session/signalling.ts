// One WebSocket to the server: messages in order, requests with their answers, and a sign of life. What to do when it
// is lost is decided elsewhere (reconnect.ts).

import type { ClientMessage, Denial, RequestId, ServerMessage } from '../generated/protocol';
import { type Cancel, type Clock, every, Timer } from './clock';
import { parseServerMessage } from './parse';

const PING_MS = 15_000;
/** How long an answer to a ping may take when the network is in doubt. */
const PROBE_MS = 3000;
/** Until the server's first message. */
const OPENING_MS = 10_000;

/** What is used of a `WebSocket`. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  readonly readyState: number;
}

const OPEN = 1;

export type Reply =
  | { kind: 'done' }
  | { kind: 'answer'; sdp: string }
  | { kind: 'denied'; reason: Denial }
  /** The connection was lost before the answer; what was asked for may have been done. */
  | { kind: 'lost' };

/** The messages that carry a request number, before they have one. */
type Request =
  | Omit<Extract<ClientMessage, { type: 'act' }>, 'request'>
  | Omit<Extract<ClientMessage, { type: 'group' }>, 'request'>
  | Omit<Extract<ClientMessage, { type: 'offer' }>, 'request'>;

export interface SignallingEvents {
  /** One message at a time: the next waits until this one is dealt with. Must not wait for a request. */
  message(message: ServerMessage): Promise<void>;
  /** Once, whether the server or this page ended it. */
  closed(): void;
}

export class Signalling {
  private readonly requests = new Map<RequestId, (reply: Reply) => void>();
  private nextRequest = 1;
  private queue: Promise<void> = Promise.resolve();
  private isClosed = false;
  private pongAwaited = false;
  private readonly deadline: Timer;
  private readonly stopPings: Cancel;

  constructor(
    private readonly socket: Socket,
    clock: Clock,
    private readonly events: SignallingEvents,
  ) {
    this.deadline = new Timer(clock);
    this.deadline.plan(OPENING_MS, () => this.close());
    this.stopPings = every(clock, PING_MS, () => this.ping());
    socket.onmessage = (event) => this.arrived(event.data);
    socket.onclose = () => this.close();
  }

  send(message: ClientMessage): void {
    if (this.socket.readyState === OPEN) this.socket.send(JSON.stringify(message));
  }

  request(message: Request): Promise<Reply> {
    if (this.isClosed) return Promise.resolve({ kind: 'lost' });
    const request = this.nextRequest++;
    return new Promise((resolve) => {
      this.requests.set(request, resolve);
      this.send({ ...message, request } as ClientMessage);
    });
  }

  /** Finds out soon whether the connection still works. */
  probe(): void {
    if (this.isClosed || this.deadline.planned) return;
    this.send({ type: 'ping' });
    this.deadline.plan(PROBE_MS, () => this.close());
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopPings();
    this.deadline.cancel();
    this.socket.onmessage = null;
    this.socket.onclose = null;
    this.socket.close();
    // After what already arrived: a refusal is the last message before the end.
    this.queue = this.queue.then(() => {
      for (const resolve of this.requests.values()) resolve({ kind: 'lost' });
      this.requests.clear();
      this.events.closed();
    });
  }

  private ping(): void {
    if (this.pongAwaited) {
      this.close();
      return;
    }
    this.pongAwaited = true;
    this.send({ type: 'ping' });
  }

  private arrived(data: unknown): void {
    this.deadline.cancel();
    this.pongAwaited = false;
    const message = typeof data === 'string' ? parseServerMessage(data) : null;
    if (message === null) return;
    this.queue = this.queue.then(() => this.deal(message));
  }

  private async deal(message: ServerMessage): Promise<void> {
    switch (message.type) {
      case 'done':
        this.settle(message.request, { kind: 'done' });
        break;
      case 'answer':
        this.settle(message.request, { kind: 'answer', sdp: message.sdp });
        break;
      case 'denied':
        this.settle(message.request, { kind: 'denied', reason: message.reason });
        break;
      case 'pong':
        break;
      case 'unreadable':
        console.warn('the server could not read a message of this page:', message.detail);
        break;
      default:
        try {
          await this.events.message(message);
        } catch (error) {
          console.warn('a message could not be dealt with:', message.type, error);
        }
    }
  }

  private settle(request: RequestId, reply: Reply): void {
    this.requests.get(request)?.(reply);
    this.requests.delete(request);
  }
}
