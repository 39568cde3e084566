// The own gates: what the person switched, what the server confirmed, and who follows whom. The server may close a
// gate and the page follows; the server never opens one (P3).

import type { Denial, Source } from '../generated/protocol';
import type { Reply } from './signalling';

/** Screen audio has no switch of its own. */
export type Switchable = Exclude<Source, 'screen_audio'>;
const SWITCHABLE: readonly Switchable[] = ['microphone', 'camera', 'screen'];

export interface GatesEvents {
  /** Whether the own source is on, in this page. */
  isOn(source: Switchable): boolean;
  ask(source: Switchable, on: boolean): Promise<Reply>;
  /** Takes the own source off, without asking the server. */
  takeOff(source: Switchable): void;
  /** The settings, or the policy, do not let this person switch it on. */
  denied(reason: Denial): void;
}

export class Gates {
  /** What the server last confirmed. A source that is not named is under way. */
  private readonly confirmed = new Map<Switchable, boolean>();

  constructor(private readonly events: GatesEvents) {}

  async change(source: Switchable, on: boolean): Promise<void> {
    this.confirmed.delete(source);
    const reply = await this.events.ask(source, on);
    if (this.events.isOn(source) !== on) return;
    if (reply.kind === 'done') this.confirmed.set(source, on);
    if (reply.kind === 'denied' && on) {
      this.events.takeOff(source);
      this.events.denied(reply.reason);
    }
  }

  /** The own record, as the server sent it. A gate that was open and is closed was closed by a moderator. */
  follow(live: readonly Source[]): void {
    for (const source of SWITCHABLE) {
      if (this.confirmed.get(source) !== true || live.includes(source)) continue;
      this.confirmed.delete(source);
      this.events.takeOff(source);
    }
  }

  /** In, for the first time or in another place than before: every gate is closed until we ask. */
  enter(): void {
    this.confirmed.clear();
    for (const source of SWITCHABLE) if (this.events.isOn(source)) void this.change(source, true);
  }

  /** Back in the same place: what a moderator closed meanwhile stays closed, what was under way is asked again. */
  comeBack(live: readonly Source[]): void {
    this.follow(live);
    for (const source of SWITCHABLE) {
      const on = this.events.isOn(source);
      if (on !== live.includes(source)) void this.change(source, on);
    }
  }
}
