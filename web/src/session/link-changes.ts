// The link changes when somebody is removed, or when a moderator wants a new one (K7, B5).

import type { Random } from '../crypto/bytes';
import { formatLink } from '../crypto/link';
import type { Act, Rotation, SealedLink } from '../generated/protocol';
import type { Address } from './address';
import type { LinkKeys, NextLink } from './link-keys';
import type { Reply } from './signalling';

export interface LinkChangesEvents {
  ask(act: Act): Promise<Reply>;
  /** The link is another one now, and so are the keys. */
  changed(keys: LinkKeys): void;
}

export class LinkChanges {
  /** What this page asked for and was not answered yet: its keys need not be derived again. */
  private readonly pending = new Set<NextLink>();

  constructor(
    private readonly random: Random,
    private readonly address: Address,
    private readonly events: LinkChangesEvents,
  ) {}

  /** As people hand it on. */
  invite(keys: LinkKeys): string {
    return formatLink(this.address.origin, keys.link);
  }

  /**
   * Makes a new link and asks for what comes with it. The answer puts nothing in force: of two links that are asked
   * for at the same time the server takes the first, answers both, and tells everybody which one it is.
   */
  async make(keys: LinkKeys, title: string, act: (rotation: Rotation) => Act): Promise<void> {
    const next = await keys.prepare(this.random);
    this.pending.add(next);
    await this.events.ask(act(await keys.rotation(next, title)));
    this.pending.delete(next);
  }

  /** Follows the links that the server says are in force, the oldest first. */
  async follow(keys: LinkKeys, links: readonly SealedLink[]): Promise<void> {
    let changed = false;
    for (const link of links) {
      const outcome = await keys.follow(link, this.pending);
      if (outcome === 'unreadable') console.warn('a new link cannot be opened');
      if (outcome === 'adopted') changed = true;
    }
    if (changed) this.changed(keys);
  }

  /** A reload must find the way back. */
  private changed(keys: LinkKeys): void {
    this.address.replace(this.invite(keys));
    this.events.changed(keys);
  }
}
