// Who is in the meeting: the server lists connections, the encrypted group knows who shares keys, and the people tell
// their names themselves. Shown is who is in all of them (K2).

import type { Envelope } from '../crypto/envelope';
import type { IdentityKey, Knock, Participant, ParticipantId, Role } from '../generated/protocol';
import type { KnownPerson } from '../state/messages';
import { moderates } from '../state/roles';
import { cleanName } from './names';

export interface Profile {
  name: string;
  hand: number | null;
}

/** More than fit into a meeting; whoever is beyond has no name. */
const MOST_PROFILES = 1000;

export class Roster {
  private readonly records = new Map<ParticipantId, Participant>();
  private readonly profiles = new Map<IdentityKey, Profile>();
  /** Of those who were in the group: who is sent to the lobby waits there under the name that they had. */
  private readonly formerNames = new Map<IdentityKey, string>();
  private roles: ReadonlyMap<IdentityKey, Role> = new Map();

  constructor(
    private readonly me: IdentityKey,
    private readonly own: () => Profile,
  ) {}

  /** All records come anew. What people said of themselves holds. */
  begin(): void {
    this.records.clear();
  }

  learn(record: Participant): void {
    this.records.set(record.id, record);
  }

  forget(who: ParticipantId): void {
    this.records.delete(who);
  }

  /** Who is in the group, and as what; empty while this page is not in it. Returns what was before. */
  setRoles(roles: ReadonlyMap<IdentityKey, Role>): ReadonlyMap<IdentityKey, Role> {
    const former = this.roles;
    this.roles = roles;
    if (roles.size === 0) return former;
    for (const [identity, { name }] of this.profiles) {
      if (roles.has(identity)) continue;
      this.profiles.delete(identity);
      this.formerNames.set(identity, name);
    }
    for (const identity of this.formerNames.keys()) {
      if (this.formerNames.size <= MOST_PROFILES) break;
      this.formerNames.delete(identity);
    }
    return former;
  }

  /** What somebody in the group said of themselves. */
  setProfile(identity: IdentityKey, { name, hand }: Profile): void {
    const isNew = !this.profiles.has(identity);
    if (!this.roles.has(identity) || (isNew && this.profiles.size >= MOST_PROFILES)) return;
    this.profiles.set(identity, { name: cleanName(name), hand });
  }

  profile(identity: IdentityKey): Profile | null {
    if (identity === this.me) return this.own();
    return this.profiles.get(identity) ?? null;
  }

  /** The highest number of a hand that is up. */
  highestHand(): number {
    return Math.max(0, ...[...this.profiles.values()].map(({ hand }) => hand ?? 0));
  }

  formerName(identity: IdentityKey): string | null {
    return this.profiles.get(identity)?.name ?? this.formerNames.get(identity) ?? null;
  }

  nameOf(who: ParticipantId): string | null {
    const record = this.get(who);
    return record && (this.profile(record.identity)?.name ?? null);
  }

  get(who: ParticipantId): Participant | null {
    return this.records.get(who) ?? null;
  }

  byIdentity(identity: IdentityKey): Participant | null {
    return this.all().find((record) => record.identity === identity) ?? null;
  }

  /** How many the server lists. */
  get size(): number {
    return this.records.size;
  }

  all(): Participant[] {
    return [...this.records.values()];
  }

  isInGroup(identity: IdentityKey): boolean {
    return this.roles.has(identity);
  }

  groupRole(identity: IdentityKey): Role | null {
    return this.roles.get(identity) ?? null;
  }

  /**
   * As shown: a part in the meeting counts as proven when the group says the same. To have the floor gives no power over
   * anybody, hence needs no proof.
   */
  person({ id, identity, role, live, quality, connected }: Participant): KnownPerson {
    const { name, hand } = this.profile(identity) ?? { name: '', hand: null };
    const proven = !moderates(role) || this.groupRole(identity) === role;
    return { id, identity, name: name || null, role, proven, live, hand, quality, connected };
  }

  /** People other than `me` whose microphone is live. */
  voices(me: ParticipantId | null): number {
    return this.all().filter(({ id, live }) => id !== me && live.includes('microphone')).length;
  }
}

/** Those who wait are not in the group: their names are sealed for whoever has the link. */
export async function nameOf(
  envelope: Envelope,
  roster: Roster,
  { identity, name }: Knock,
): Promise<string | null> {
  const opened = name === null ? roster.formerName(identity) : await envelope.openName(name, identity);
  return (opened && cleanName(opened)) || null;
}
