// Who comes and goes, as people are told: by the group's view of itself, with the names that people give themselves.
// And whether the server tells the same.

import type { Departure, IdentityKey, Participant, ParticipantId, Role } from '../generated/protocol';
import type { GroupView } from '../group/surroundings';
import type { NoticeText } from '../state/model';
import { type Cancel, type Clock, every } from './clock';
import type { Profile, Roster } from './roster';

/** How long somebody who came is waited for to tell their name. */
const NAME_MS = 2_000;
const COMPARE_MS = 2_000;
/** How long the server's list and the group may differ: people come into one after the other. */
const HIDDEN_MS = 10_000;
const OUTSIDE_MS = 30_000;

/** Where the server's list and the group differ. */
export interface Difference {
  /** In the group, and not on the server's list: they could listen unseen. */
  hidden: number;
  /** On the server's list, and not in the group: they share no keys with us. */
  outside: number;
}

export interface AttendanceEvents {
  /** Somebody is there, or has changed; `quiet` where that they came is no news. */
  person(record: Participant, quiet: boolean): void;
  gone(who: ParticipantId): void;
  notice(text: NoticeText): void;
  differs(difference: Difference): void;
}

export class Attendance {
  /** Whose being there was told. */
  private readonly shown = new Set<IdentityKey>();
  /** In the group, and not shown before they have a name, or do not tell it in time. */
  private readonly awaited = new Map<IdentityKey, { quiet: boolean; cancel: Cancel }>();
  private readonly departures = new Map<IdentityKey, { how: Departure; profile: Profile | null }>();
  private inGroup: ReadonlySet<IdentityKey> = new Set();
  private readonly differentSince = new Map<IdentityKey, number>();
  private difference: Difference = { hidden: 0, outside: 0 };
  private readonly stopComparing: Cancel;

  constructor(
    private readonly clock: Clock,
    private readonly roster: Roster,
    private readonly me: IdentityKey,
    private readonly events: AttendanceEvents,
  ) {
    this.stopComparing = every(clock, COMPARE_MS, () => this.compare());
  }

  close(): void {
    this.stopComparing();
    for (const { cancel } of this.awaited.values()) cancel();
    this.awaited.clear();
  }

  /** Those who are shown on entering: oneself, and after a lost connection who was there before. */
  present(): Participant[] {
    return this.roster.all().filter(({ identity }) => this.isShown(identity));
  }

  /** While this page is not in the group, people stay as they were. True when it came in. */
  follow(view: GroupView | null): boolean {
    if (view === null) {
      this.inGroup = new Set();
      this.roster.setRoles(new Map());
      return false;
    }
    const entered = this.inGroup.size === 0;
    const roles = new Map<IdentityKey, Role>(view.people.map(({ identity, role }) => [identity, role]));
    this.inGroup = new Set(roles.keys());
    const gone = [...this.shown, ...this.awaited.keys()].filter((identity) => !roles.has(identity));
    for (const identity of gone) this.leave(identity);
    const former = this.roster.setRoles(roles);
    for (const [identity, role] of roles) {
      // Nothing else of a person comes with an epoch, and in a large meeting there are many of both.
      if (this.isShown(identity)) {
        if (former.get(identity) !== role) this.refresh(identity);
      } else if (!this.awaited.has(identity)) this.await(identity, entered);
    }
    return entered;
  }

  /** The server's record of somebody. */
  learn(record: Participant): void {
    this.roster.learn(record);
    const { identity } = record;
    this.departures.delete(identity);
    if (this.isShown(identity)) this.events.person(record, true);
    else if (this.roster.profile(identity)) this.show(identity);
  }

  /** The server says that somebody is gone: nothing of theirs comes any more. The group says when they are out of it. */
  depart(who: ParticipantId, how: Departure): void {
    const record = this.roster.get(who);
    this.roster.forget(who);
    this.events.gone(who);
    if (!record || !this.shown.has(record.identity)) return;
    this.departures.set(record.identity, { how, profile: this.roster.profile(record.identity) });
  }

  /** Somebody told their name, or a hand. */
  profiled(identity: IdentityKey): void {
    if (this.awaited.has(identity)) this.show(identity);
    else this.refresh(identity);
  }

  private isShown(identity: IdentityKey): boolean {
    return identity === this.me || this.shown.has(identity);
  }

  private await(identity: IdentityKey, quiet: boolean): void {
    const cancel = this.clock.after(NAME_MS, () => this.show(identity));
    this.awaited.set(identity, { quiet, cancel });
    if (this.roster.profile(identity)) this.show(identity);
  }

  /** Where the server's record is still missing, it comes later or never: then the lists differ. */
  private show(identity: IdentityKey): void {
    const awaited = this.awaited.get(identity);
    const record = this.roster.byIdentity(identity);
    if (!awaited || !record) return;
    awaited.cancel();
    this.awaited.delete(identity);
    this.shown.add(identity);
    this.events.person(record, awaited.quiet);
  }

  private refresh(identity: IdentityKey): void {
    const record = this.roster.byIdentity(identity);
    if (record && this.isShown(identity)) this.events.person(record, true);
  }

  private leave(identity: IdentityKey): void {
    this.awaited.get(identity)?.cancel();
    this.awaited.delete(identity);
    if (!this.shown.delete(identity)) return;
    const departure = this.departures.get(identity);
    this.departures.delete(identity);
    const name = (departure?.profile ?? this.roster.profile(identity))?.name || null;
    const record = this.roster.byIdentity(identity);
    if (record) this.events.gone(record.id);
    this.events.notice({ kind: departure?.how === 'removed' ? 'removed' : 'left', name });
  }

  private compare(): void {
    const { inGroup, roster } = this;
    const listed = new Set(roster.all().map(({ identity }) => identity));
    const here = roster.all().filter(({ connected }) => connected);
    const hidden = [...inGroup].filter((identity) => !listed.has(identity));
    const outside =
      inGroup.size === 0 ? [] : here.map(({ identity }) => identity).filter((one) => !inGroup.has(one));
    const different = new Set([...hidden, ...outside]);
    const now = this.clock.now();
    for (const one of this.differentSince.keys()) if (!different.has(one)) this.differentSince.delete(one);
    for (const one of different) if (!this.differentSince.has(one)) this.differentSince.set(one, now);
    const lasting = (ms: number) => (one: IdentityKey) => now - (this.differentSince.get(one) ?? now) >= ms;
    const difference = {
      hidden: hidden.filter(lasting(HIDDEN_MS)).length,
      outside: outside.filter(lasting(OUTSIDE_MS)).length,
    };
    const { hidden: h, outside: o } = this.difference;
    if (h === difference.hidden && o === difference.outside) return;
    this.difference = difference;
    this.events.differs(difference);
  }
}
