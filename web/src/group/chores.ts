// What somebody in the group has to do, and nobody in particular: the first in line does it, the next when it was not
// done. Pure but for what it remembers.

import type { IdentityKey } from '../generated/protocol';
import type { GroupView } from './surroundings';

/** How long somebody may be gone from the server's list before their leaf is taken away. */
const VANISHED_AFTER_MS = 1_000;
/** After a new link: how long whoever made it has to seal the group's state for those who come by it. */
const RENEWAL_MS = 5_000;
/** Each further member waits that much longer before doing what the one before should have done. */
const NEXT_IN_LINE_MS = 5_000;

type People = GroupView['people'];

export class Chores {
  private readonly absentSince = new Map<IdentityKey, number>();
  /** Since when the public state that the server holds is sealed for a link that is no more. */
  private staleSince: number | null = null;

  /** The link is another one. */
  relinked(now: number): void {
    this.staleSince = now;
  }

  /** An epoch began, and its public state is sealed for the present link. */
  renewed(): void {
    this.staleSince = null;
  }

  /** What is due for the member with the leaf `own`; `listed` are the identities on the server's list. */
  due(
    people: People,
    own: number,
    listed: ReadonlySet<IdentityKey>,
    now: number,
  ): { remove: readonly IdentityKey[]; renew: boolean } {
    const late = placeInLine(people, own, listed) * NEXT_IN_LINE_MS;
    const absent = this.absent(people, listed, now);
    return {
      remove: [...absent].filter(([, since]) => now - since >= VANISHED_AFTER_MS + late).map(([who]) => who),
      renew: this.staleSince !== null && now - this.staleSince >= RENEWAL_MS + late,
    };
  }

  /** Whom the server does not list any more, and since when. */
  private absent(
    people: People,
    listed: ReadonlySet<IdentityKey>,
    now: number,
  ): ReadonlyMap<IdentityKey, number> {
    const gone = new Set(people.map(({ identity }) => identity).filter((identity) => !listed.has(identity)));
    for (const identity of this.absentSince.keys())
      if (!gone.has(identity)) this.absentSince.delete(identity);
    for (const identity of gone) if (!this.absentSince.has(identity)) this.absentSince.set(identity, now);
    return this.absentSince;
  }
}

/** Moderators first, then by leaf. */
function placeInLine(people: People, own: number, listed: ReadonlySet<IdentityKey>): number {
  const present = people.filter(({ identity }) => listed.has(identity));
  const moderates = ({ role }: { role: string }) => (role === 'participant' ? 1 : 0);
  present.sort((a, b) => moderates(a) - moderates(b) || a.leaf - b.leaf);
  const place = present.findIndex(({ leaf }) => leaf === own);
  return Math.max(0, place);
}
