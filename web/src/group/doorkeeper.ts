// Whom a moderator's page adds through a closed door: people whom a moderator let in, or who were in before. That the
// server says somebody was let in is not enough (S2, K4). Pure but for what it remembers.

import type { Bytes } from '../crypto/bytes';
import type { IdentityKey, ParticipantId } from '../generated/protocol';
import type { Listed } from './relay';

/** People who were let in, and people who were sent away; the first are forgotten first. */
const MOST_REMEMBERED = 1_000;
/** People who want in and whom nobody let in. */
const MOST_UNINVITED = 200;

interface Uninvited {
  identity: IdentityKey;
  keyPackage: Bytes;
}

export class Doorkeeper {
  private readonly invited = new Set<IdentityKey>();
  private readonly away = new Set<IdentityKey>();
  private readonly uninvited = new Map<ParticipantId, Uninvited>();
  private told = '';

  invite(identity: IdentityKey): void {
    this.away.delete(identity);
    remember(this.invited, identity);
  }

  /** Whoever left has to be let in again. */
  left(people: readonly IdentityKey[]): void {
    for (const identity of people) this.invited.delete(identity);
  }

  /** Until a moderator lets them in again, whatever they were before. */
  sendAway(identity: IdentityKey): void {
    this.invited.delete(identity);
    remember(this.away, identity);
  }

  /** This page is out of the group: who is sent away meanwhile, it does not hear. */
  forget(): void {
    this.invited.clear();
  }

  isInvited(identity: IdentityKey): boolean {
    return this.invited.has(identity);
  }

  isSentAway(identity: IdentityKey): boolean {
    return this.away.has(identity);
  }

  keepWaiting(who: ParticipantId, uninvited: Uninvited): void {
    if (this.uninvited.size < MOST_UNINVITED) this.uninvited.set(who, uninvited);
  }

  /** The key packages of somebody who was kept waiting. */
  waiting(identity: IdentityKey): [ParticipantId, Bytes][] {
    return [...this.uninvited]
      .filter(([, one]) => one.identity === identity)
      .map(([who, { keyPackage }]) => [who, keyPackage]);
  }

  /** Who is kept waiting, where that changed since it was last asked; `null` where it did not. */
  news(isOver: (one: Listed) => boolean): readonly Listed[] | null {
    for (const [id, { identity }] of this.uninvited) {
      if (this.invited.has(identity) || isOver({ id, identity })) this.uninvited.delete(id);
    }
    const people = [...this.uninvited].map(([id, { identity }]) => ({ id, identity }));
    const told = people.map(({ id }) => id).join();
    if (told === this.told) return null;
    this.told = told;
    return people;
  }
}

function remember(people: Set<IdentityKey>, one: IdentityKey): void {
  people.delete(one);
  people.add(one);
  const [oldest] = people;
  if (people.size > MOST_REMEMBERED && oldest !== undefined) people.delete(oldest);
}
