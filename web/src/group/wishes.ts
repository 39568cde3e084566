// What this member wants to change in the group. Wishes wait while a commit is under way, go into one commit together,
// and are wished again when somebody else's commit came first.

import type { Bytes } from '../crypto/bytes';
import type { GroupState } from '../generated/group/group';
import type { IdentityKey, ParticipantId } from '../generated/protocol';

/** Most people who are added by one commit. */
const ADDED_AT_ONCE = 16;

export interface Commitment {
  add: { participant: ParticipantId; keyPackage: Bytes }[];
  remove: IdentityKey[];
  changes: StateChange[];
}

/** From the group's state as it is to the one that is wished. */
export type StateChange = (state: GroupState) => GroupState;

export class Wishes {
  private readonly additions = new Map<ParticipantId, { identity: IdentityKey; keyPackage: Bytes }>();
  private readonly removals = new Set<IdentityKey>();
  private changes: StateChange[] = [];
  private renewal = false;

  add(participant: ParticipantId, identity: IdentityKey, keyPackage: Bytes): void {
    this.additions.set(participant, { identity, keyPackage });
  }

  /** Whoever was to be added is not any more. */
  remove(identity: IdentityKey): void {
    this.removals.add(identity);
    for (const [who, addition] of this.additions) {
      if (addition.identity === identity) this.additions.delete(who);
    }
  }

  /** To the group's state as it will be then. */
  change(change: StateChange): void {
    this.changes.push(change);
  }

  /** New keys, and nothing else. */
  renew(): void {
    this.renewal = true;
  }

  /** What is still worth wishing: those who are there can be removed, and those who are not can be added. */
  next(
    seated: ReadonlySet<IdentityKey>,
    identityOf: (who: ParticipantId) => IdentityKey | null,
  ): Commitment | null {
    for (const identity of this.removals) if (!seated.has(identity)) this.removals.delete(identity);
    for (const who of this.additions.keys()) if (identityOf(who) === null) this.additions.delete(who);
    const add = [...this.additions]
      .slice(0, ADDED_AT_ONCE)
      .map(([participant, { keyPackage }]) => ({ participant, keyPackage }));
    const remove = new Set(this.removals);
    // Who is added and still has a leaf is the same person, back again.
    for (const { participant } of add) {
      const identity = identityOf(participant);
      if (identity !== null && seated.has(identity)) remove.add(identity);
    }
    const changes = [...this.changes];
    if (add.length === 0 && remove.size === 0 && changes.length === 0 && !this.renewal) return null;
    return { add, remove: [...remove], changes };
  }

  /** A commitment that everybody follows now. */
  fulfilled(commitment: Commitment): void {
    for (const { participant } of commitment.add) this.additions.delete(participant);
    for (const identity of commitment.remove) this.removals.delete(identity);
    this.changes = this.changes.filter((change) => !commitment.changes.includes(change));
    this.renewal = false;
  }

  /** What cannot be done will not be tried again. */
  giveUp(): void {
    this.additions.clear();
    this.removals.clear();
    this.changes = [];
    this.renewal = false;
  }
}
