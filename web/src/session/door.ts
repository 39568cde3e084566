// Who wants in, as moderators see it. Whom a moderator lets in is told to the group first: members add nobody through a
// closed door because the server asks for it (S2, K4).

import type { Act, IdentityKey, Knock } from '../generated/protocol';
import type { Content } from '../group/content';
import type { Listed } from '../group/relay';
import type { Waiting } from '../state/model';

/** People who are told to the group in one message. */
const TOLD_AT_ONCE = 32;
/** More than can wait; the names of others are forgotten. */
const MOST_NAMES = 1_000;

export interface DoorEvents {
  /** Opens what somebody who knocks wrote. */
  name(knock: Knock): Promise<string | null>;
  ask(act: Act): void;
  /** To everybody in the group. */
  tell(content: Content): Promise<boolean>;
  /** Their keys may come in. */
  admitted(identity: IdentityKey): void;
}

export class Door {
  private knocking: readonly Waiting[] = [];
  private unexpected: readonly Waiting[] = [];
  private readonly names = new Map<IdentityKey, string>();

  constructor(private readonly events: DoorEvents) {}

  /** Each person once: what is pressed about one is done about no other. */
  get waiting(): readonly Waiting[] {
    const all = [...this.knocking, ...this.unexpected];
    const first = (key: 'id' | 'identity', one: Waiting) => all.find((other) => other[key] === one[key]);
    return all.filter((one) => first('id', one) === one && first('identity', one) === one);
  }

  /** The server's list of those who knock. */
  async knocked(knocks: readonly Knock[]): Promise<void> {
    this.knocking = await Promise.all(
      knocks.map(async (knock) => {
        const name = await this.events.name(knock);
        if (name !== null && this.names.size < MOST_NAMES) this.names.set(knock.identity, name);
        return { id: knock.id, identity: knock.identity, name, unexpected: false };
      }),
    );
  }

  /** Those whom the server let in, and nobody else. */
  letInByServer(people: readonly Listed[]): void {
    this.unexpected = people.map(({ id, identity }) => ({
      id,
      identity,
      name: this.names.get(identity) ?? null,
      unexpected: true,
    }));
  }

  async admit(identity: IdentityKey): Promise<void> {
    const person = this.find(identity);
    if (!person) return;
    await this.letIn([person]);
    if (!person.unexpected) this.events.ask({ act: 'admit', knock: person.id });
  }

  async admitAll(): Promise<void> {
    await this.letIn(this.waiting.filter(({ unexpected }) => !unexpected));
    this.events.ask({ act: 'admit_all' });
  }

  deny(identity: IdentityKey): void {
    const person = this.find(identity);
    if (!person) return;
    const { id, unexpected } = person;
    this.events.ask(unexpected ? { act: 'send_to_lobby', participant: id } : { act: 'deny', knock: id });
  }

  private find(identity: IdentityKey): Waiting | undefined {
    return this.waiting.find((one) => one.identity === identity);
  }

  private async letIn(people: readonly Waiting[]): Promise<void> {
    const identities = people.map(({ identity }) => identity);
    for (const identity of identities) this.events.admitted(identity);
    for (let at = 0; at < identities.length; at += TOLD_AT_ONCE) {
      await this.events.tell({ type: 'admitted', identities: identities.slice(at, at + TOLD_AT_ONCE) });
    }
  }
}
