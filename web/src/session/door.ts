// Who wants in, as moderators see it. Whom a moderator lets in is told to the group first: members add nobody through a
// closed door because the server asks for it (S2, K4).

import type { Act, IdentityKey, Knock, KnockId } from '../generated/protocol';
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

type Person = Waiting & { identity: IdentityKey };

export class Door {
  private knocking: readonly Person[] = [];
  private unexpected: readonly Person[] = [];
  private readonly names = new Map<IdentityKey, string>();

  constructor(private readonly events: DoorEvents) {}

  get waiting(): readonly Waiting[] {
    const show = ({ id, name, unexpected }: Person): Waiting => ({ id, name, unexpected });
    return [...this.knocking, ...this.unexpected].map(show);
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

  async admit(id: KnockId): Promise<void> {
    const knocks = this.knocking.some((one) => one.id === id);
    await this.letIn([...this.knocking, ...this.unexpected].filter((one) => one.id === id));
    if (knocks) this.events.ask({ act: 'admit', knock: id });
  }

  async admitAll(): Promise<void> {
    await this.letIn(this.knocking);
    this.events.ask({ act: 'admit_all' });
  }

  deny(id: KnockId): void {
    const knocks = this.knocking.some((one) => one.id === id);
    this.events.ask(knocks ? { act: 'deny', knock: id } : { act: 'send_to_lobby', participant: id });
  }

  private async letIn(people: readonly Person[]): Promise<void> {
    const identities = people.map(({ identity }) => identity);
    for (const identity of identities) this.events.admitted(identity);
    for (let at = 0; at < identities.length; at += TOLD_AT_ONCE) {
      await this.events.tell({ type: 'admitted', identities: identities.slice(at, at + TOLD_AT_ONCE) });
    }
  }
}
