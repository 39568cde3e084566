// The state that members hold for the server (B6): every page keeps the newest, the host's page makes them.

import { verify } from '../crypto/ed25519';
import { heldSequence, heldText, signHeld } from '../crypto/grant';
import type { HeldContent, HeldState } from '../generated/protocol';
import { type Clock, Timer } from './clock';
import { heldContent, type Holding as Matter, rulesTheSame, saysTheSame } from './held';
import type { OwnMeeting } from './own-meeting';
import type { Reply } from './signalling';

/** People come in bursts. */
const DELAY_MS = 1000;
/** Everybody gets each state. That somebody came or went waits for so much more, for each of the people. */
const PACE_MS = 30;
/** The server takes back young states only, so the present one is signed anew, also when it says the same. */
export const RENEW_MS = 5 * 60 * 1000;

export class Holding {
  /** To hand back to the server. */
  newest: HeldState | null = null;
  private last: HeldContent | null = null;
  private readonly timer: Timer;
  private readonly renewal: Timer;
  /** Running: what can wait does. */
  private readonly pause: Timer;

  constructor(
    clock: Clock,
    private readonly give: (held: HeldState) => Promise<Reply>,
  ) {
    this.timer = new Timer(clock);
    this.renewal = new Timer(clock);
    this.pause = new Timer(clock);
  }

  /** Keeps a state that the host made. The server cannot make one up, not even to be refused by itself later. */
  async keep(held: HeldState | null, hostKey: string | null): Promise<void> {
    if (held === null || hostKey === null || heldSequence(held) < heldSequence(this.newest)) return;
    if (await verify(hostKey, held.signature, heldText(held.text))) this.newest = held;
  }

  /** Only on the host's page. `matter` is asked when the time has come; null when there is no meeting by then. */
  plan(host: OwnMeeting, matter: () => Matter | null): void {
    if (this.timer.planned) return;
    this.timer.plan(DELAY_MS, () => void this.make(host, matter));
  }

  /** Out of the meeting. */
  leave(): void {
    this.timer.cancel();
    this.renewal.cancel();
    this.pause.cancel();
    this.last = null;
  }

  private async make(host: OwnMeeting, matter: () => Matter | null, anew = false): Promise<void> {
    const present = matter();
    if (present === null) return;
    const content = heldContent(present, heldSequence(this.newest) + 1, Math.floor(Date.now() / 1000));
    if (!anew && this.last) {
      if (saysTheSame(this.last, content)) return;
      if (this.pause.planned && rulesTheSame(this.last, content)) return this.plan(host, matter);
    }
    this.pause.plan(content.people.length * PACE_MS, () => {});
    this.renewal.plan(RENEW_MS, () => void this.make(host, matter, true));
    const held = await signHeld(host.keys.signing, content);
    const reply = await this.give(held);
    if (reply.kind !== 'done') return;
    this.last = content;
    this.newest = held;
  }
}
