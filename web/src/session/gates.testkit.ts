// For tests: gates whose page is a set and whose server has one answer.

import type { Denial } from '../generated/protocol';
import { Gates, type Switchable } from './gates';
import type { Reply } from './signalling';

export class GatesKit {
  readonly on = new Set<Switchable>();
  readonly asked: string[] = [];
  readonly denied: Denial[] = [];
  readonly gates = new Gates({
    isOn: (source) => this.on.has(source),
    ask: (source, on) => {
      this.asked.push(`${source} ${on ? 'on' : 'off'}`);
      return Promise.resolve(this.reply);
    },
    takeOff: (source) => {
      this.on.delete(source);
    },
    denied: (reason) => {
      this.denied.push(reason);
    },
  });

  constructor(public reply: Reply = { kind: 'done' }) {}
}
