// What this page says of its person to the others: the name and the hand.

import type { IdentityKey } from '../generated/protocol';
import type { Content } from '../group/content';
import type { Store } from '../state/store';
import { type Clock, Timer } from './clock';
import { cleanName } from './names';
import type { Profile } from './roster';

const NAME_KEY = 'incamera-name';
/** People come in bursts. */
const NEWCOMERS_MS = 300;
/** Where many greet, they do not all do it at once: so much for each of them, by chance. */
const SPREAD_MS = 10;
/** Between two people who are greeted one by one: slower than the server bids. */
const NEXT_MS = 200;
/** Up to so many people in the meeting, one word to all is less than one to each newcomer. */
const FEW = 25;
/** So many newcomers are one by one. */
const ONE_BY_ONE = 8;
/** Before all are told again: so much for each of them. */
const AGAIN_MS = 40;

/** For this tab alone, so that a reload does not ask again. */
export function rememberedName(): string {
  return sessionStorage.getItem(NAME_KEY) ?? '';
}

export class OwnProfile {
  private hand: number | null = null;
  private readonly newcomers = new Set<IdentityKey>();
  private readonly timer: Timer;

  constructor(
    private readonly store: Store,
    clock: Clock,
    /** Says it to everybody in the group, or hands it to one of them. False where it could not be said. */
    private readonly say: (content: Content, to: IdentityKey | null) => Promise<boolean>,
    /** How many people are in the meeting. */
    private readonly people: () => number,
    /** From 0 to 1. */
    private readonly chance: () => number = Math.random,
  ) {
    this.timer = new Timer(clock);
  }

  get value(): Profile {
    return { name: cleanName(this.store.state.value.name) || 'Guest', hand: this.hand };
  }

  type(name: string): void {
    this.store.dispatch({ type: 'name', name });
  }

  remember(): void {
    sessionStorage.setItem(NAME_KEY, this.store.state.value.name);
  }

  /** True when there is something else to show. */
  async rename(typed: string): Promise<boolean> {
    const name = cleanName(typed);
    if (name === '' || !(await this.say({ type: 'profile', name, hand: this.hand }, null))) return false;
    this.type(name);
    this.remember();
    return true;
  }

  async setHand(hand: number | null): Promise<boolean> {
    if (!(await this.say({ type: 'profile', ...this.value, hand }, null))) return false;
    this.hand = hand;
    return true;
  }

  /** In the group: everybody is told. */
  introduce(): void {
    this.timer.cancel();
    this.newcomers.clear();
    void this.say({ type: 'profile', ...this.value }, null);
  }

  /** Somebody came, or came back, and does not know who is there. */
  greet(identities: readonly IdentityKey[]): void {
    for (const identity of identities) this.newcomers.add(identity);
    this.planGreeting(NEWCOMERS_MS + this.chance() * this.people() * SPREAD_MS);
  }

  leave(): void {
    this.timer.cancel();
    this.newcomers.clear();
    this.hand = null;
  }

  private planGreeting(delay: number): void {
    if (this.newcomers.size > 0 && !this.timer.planned) this.timer.plan(delay, () => this.greetNow());
  }

  /** A word to all goes to everybody as often as there are people to say it. In a crowd each newcomer is told alone. */
  private greetNow(): void {
    const { newcomers } = this;
    const people = this.people();
    const [one] = newcomers;
    const toAll = newcomers.size > (people > FEW ? ONE_BY_ONE : 1);
    if (one === undefined) return;
    if (toAll) newcomers.clear();
    else newcomers.delete(one);
    void this.say({ type: 'profile', ...this.value }, toAll ? null : one);
    if (people > FEW && toAll) this.timer.plan(people * AGAIN_MS, () => this.greetNow());
    else this.planGreeting(NEXT_MS);
  }
}
