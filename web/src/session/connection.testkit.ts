// For tests: a clock that is turned by hand, and sockets whose other end is the test.

import { type Hello, type ServerMessage, USUAL_SETTINGS } from '../generated/protocol';
import type { Cancel, Clock } from './clock';
import { Connection } from './connection';
import type { Socket } from './signalling';

/** More than any test has: plans that make plans without end would make a test hang. */
const MOST_PLANS = 10_000;

export class FakeClock implements Clock {
  private time = 0;
  private plans: { at: number; act: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, act: () => void): Cancel {
    const plan = { at: this.time + ms, act };
    this.plans.push(plan);
    return () => {
      this.plans = this.plans.filter((other) => other !== plan);
    };
  }

  get planned(): number {
    return this.plans.length;
  }

  /** Lets what is due happen, in order, and what follows from it. */
  async turn(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let done = 0; ; done += 1) {
      if (done > MOST_PLANS) throw new Error(`more than ${MOST_PLANS} plans came due within ${ms} ms`);
      await settle();
      const [next] = this.plans.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.plans = this.plans.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.act();
    }
    this.time = end;
    await settle();
  }
}

/** Until all promises that are ready have been followed. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}

export class FakeSocket implements Socket {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readyState = 1;
  readonly sent: { type: string; [field: string]: unknown }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  async arrive(message: ServerMessage): Promise<void> {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
    await settle();
  }

  async lose(): Promise<void> {
    this.readyState = 3;
    this.onclose?.({} as CloseEvent);
    await settle();
  }
}

export class ConnectionKit {
  readonly clock = new FakeClock();
  readonly sockets: FakeSocket[] = [];
  readonly events: string[] = [];
  readonly connection = new Connection(this.clock, () => 1, {
    open: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    hello: ({ nonce }) => Promise.resolve({ proof: nonce } as Hello),
    message: (message) => {
      this.events.push(message.type);
      if (message.type === 'welcome') this.connection.settled();
      return Promise.resolve();
    },
    retrying: (attempt) => this.events.push(`retrying ${attempt}`),
    gaveUp: () => this.events.push('gave up'),
  });

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nothing was opened yet');
    return socket;
  }

  async letIn(instance = 'one'): Promise<void> {
    await this.socket.arrive({ type: 'challenge', version: 1, nonce: 'n', instance });
    await this.socket.arrive({
      type: 'welcome',
      me: 1,
      participants: [],
      settings: USUAL_SETTINGS,
      title: '',
      linked: true,
      held: null,
      hostKey: '',
      knocks: [],
      group: null,
    });
  }
}
