// This page's place in the encrypted group: enters it, follows what the others change, changes it itself, and hands out
// the keys of each epoch. Everything happens in the order in which the server passes it on, one after the other.

import { type Bytes, fromBase64Url, toBase64Url } from '../crypto/bytes';
import type { CommitBundle, Group, GroupState, Joined, Knocker } from '../generated/group/group';
import type { IdentityKey, ParticipantId, Role } from '../generated/protocol';
import { type Cancel, every } from '../session/clock';
import { Chores } from './chores';
import { Doorkeeper } from './doorkeeper';
import { PastEpochs } from './past-epochs';
import type { Answer, GroupEvent, Listed, PersonToAdd } from './relay';
import type { GroupSurroundings, GroupView, HeardMessage } from './surroundings';
import { type Commitment, Wishes } from './wishes';

const TEND_MS = 1_000;
/** A refused commit that was not withdrawn by then stays: this member comes in anew. */
const WITHDRAWAL_MS = 5_000;
/** How long a commit that came before one's own may take to arrive here. */
const OVERTAKEN_MS = 5_000;
/** Commits in a row that this member makes for what it wishes. */
const TRIES = 20;
/** How often in a row the server may deny what this member wishes, once a second, before it is given up. */
const DENIALS = 10;
/** How often in a row a welcome may be of no use before this member waits for something else to happen. */
const WELCOMES = 3;
/** Events that may wait. The server sends no more than its log holds. */
const MOST_WAITING = 512;

type Standing =
  | { kind: 'outside' }
  | { kind: 'knocking'; knocker: Knocker }
  /** Founded or joined, and the connection was lost before the server said whether it counts. */
  | { kind: 'entering'; group: Group }
  | {
      kind: 'inside';
      group: Group;
      /** Whether the server's word about it was followed. What it asked for before that was asked too early. */
      confirmed: boolean;
      /** Made, and the connection was lost before the server said whether it counts. */
      unsettled: Commitment | null;
      /** As of the present epoch. */
      people: GroupView['people'];
      leaf: number;
      doorClosed: boolean;
    };

export class GroupSession {
  /** Up to where the server's sequence was followed; what came later can be asked for. */
  private last: number | null = null;
  /** Up to where the server repeats what was missed. */
  private missedUntil: number | null = null;
  private standing: Standing = { kind: 'outside' };
  /** What the group was before the server forgot it. */
  private former: GroupState | null = null;
  private readonly wishes = new Wishes();
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** Something that the server passed on was lost for want of room. */
  private overflowed = false;
  private closed = false;
  private readonly chores = new Chores();
  /** The commit that this member did not follow, until it is withdrawn or this member comes in anew. */
  private refused: { number: number; cancel: Cancel } | null = null;
  /** The server says that another commit came first; ends when that one is here, or nobody can say where it is. */
  private overtaken: Cancel | null = null;
  private uselessWelcomes = 0;
  private denials = 0;
  private readonly doorkeeper = new Doorkeeper();
  /** Who was in the group that this page left. */
  private formerPeople: readonly IdentityKey[] = [];
  private readonly pastEpochs: PastEpochs;
  private readonly stopTending: Cancel;

  constructor(private readonly around: GroupSurroundings) {
    this.pastEpochs = new PastEpochs(around.clock);
    this.stopTending = every(around.clock, TEND_MS, () => this.tend());
  }

  close(): void {
    this.closed = true;
    this.stopTending();
    this.leave();
  }

  get inside(): boolean {
    return this.standing.kind === 'inside';
  }

  /** Whether something that happened is still being followed. */
  get busy(): boolean {
    return this.waiting > 0;
  }

  /** For `hello`: `null` when this page has to come in anew. */
  get followed(): number | null {
    return this.standing.kind === 'outside' || this.standing.kind === 'knocking' ? null : this.last;
  }

  /** After each welcome: the newest number, if the server repeats what was missed; else everything begins anew. */
  resume(newest: number | null): void {
    this.enqueue(async () => {
      if (newest === null) this.leave();
      this.missedUntil = newest;
      await this.caughtUp();
    });
  }

  /** The server's list as it is now judges a commit, whenever its turn comes. */
  handle(event: GroupEvent): void {
    const listed = event.event === 'commit' ? this.around.listed() : [];
    this.enqueue(() => this.take(event, listed));
  }

  /** Out of the meeting, but perhaps not for good. */
  depart(): void {
    this.enqueue(async () => this.leave());
  }

  /** A moderator let this person in. */
  admit(identity: IdentityKey): void {
    this.wish(() => {
      this.doorkeeper.invite(identity);
      for (const [who, keyPackage] of this.doorkeeper.waiting(identity)) {
        this.wishes.add(who, identity, keyPackage);
      }
      this.tellUnexpected();
    });
  }

  /** Wishes: each is fulfilled as soon as the group can follow. */
  remove(identity: IdentityKey): void {
    this.wish(() => {
      this.doorkeeper.sendAway(identity);
      this.wishes.remove(identity);
    });
  }

  change(change: (state: GroupState) => GroupState): void {
    this.wish(() => this.wishes.change(change));
  }

  renew(): void {
    this.wish(() => this.wishes.renew());
  }

  /** Another link, with its number in the server's sequence: whoever joins from now on has to prove to have it. */
  rotated(number: number, message: Bytes): void {
    this.enqueue(async () => {
      // Who is not in has nobody to tell them.
      if (!this.inside) return this.around.linkMissed();
      const entry = await this.around.relinked(message, this.read(message));
      if (entry) {
        this.group()?.relink(entry.proof);
        this.chores.relinked(this.around.clock.now());
      }
      await this.reached(number);
    });
  }

  /** The bytes of a message for everybody, or for one person; `null` while not in the group. */
  async seal(content: Bytes, to: IdentityKey | null): Promise<Bytes | null> {
    let sealed: Bytes | null = null;
    await this.enqueue(async () => {
      const group = this.group();
      if (group) sealed = bytes(to === null ? group.say(content) : group.whisper(to, content));
    });
    return sealed;
  }

  hear(message: Bytes): void {
    this.enqueue(async () => {
      const heard = this.read(message);
      if (heard) this.around.said(heard);
    });
  }

  /** `null` for what is not of this group, not for this member, or its own. */
  private read(message: Bytes): HeardMessage | null {
    try {
      const heard = this.group()?.hear(message);
      if (!heard) return null;
      const { from, role, epoch, whispered, content } = heard;
      heard.free();
      if (this.pastEpochs.isOver(epoch)) throw new Error('too_late');
      const past = epoch < (this.group()?.epoch ?? 0);
      return { from, role: role as Role, past, whispered, content: bytes(content) };
    } catch (error) {
      console.warn('a message of the group cannot be read:', reason(error));
      return null;
    }
  }

  private group(): Group | null {
    return this.standing.kind === 'inside' ? this.standing.group : null;
  }

  private wish(wish: () => void): void {
    this.enqueue(async () => {
      wish();
      await this.fulfil();
    });
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    if (this.waiting >= MOST_WAITING) {
      this.overflowed = true;
      return this.tail;
    }
    this.waiting += 1;
    const done = this.tail.then(() => (this.closed ? undefined : work())).finally(() => this.worked());
    // One failure does not stop what comes after it.
    this.tail = done.catch((error: unknown) => console.warn('the group could not follow:', reason(error)));
    return this.tail;
  }

  /** Who lost something cannot follow any more. */
  private worked(): void {
    this.waiting -= 1;
    if (this.waiting > 0 || !this.overflowed) return;
    this.overflowed = false;
    this.enterAnew();
  }

  private async take(event: GroupEvent, listed: readonly Listed[]): Promise<void> {
    switch (event.event) {
      case 'found':
        return this.isComingIn() ? undefined : this.found();
      case 'turn':
        return this.isComingIn() ? undefined : this.join(event.info);
      case 'taken':
        this.taken();
        await this.reached(event.number);
        return this.fulfil();
      case 'commit':
        await this.follow(event, listed);
        return this.reached(event.number);
      case 'welcome':
        await this.comeIn(event.message);
        return this.reached(event.number);
      case 'add':
        return this.add(event.people);
      case 'withdrawn':
        await this.withdrawn(event.commit);
        return this.reached(event.number);
      default:
        return event satisfies never;
    }
  }

  /** A slow page may be asked again before the server has what it was asked for. */
  private isComingIn(): boolean {
    return this.standing.kind === 'inside' && !this.standing.confirmed;
  }

  private async found(): Promise<void> {
    const { around } = this;
    this.leave();
    const state = this.former ?? around.begin();
    const group = around.module.Group.found(around.leaf(), around.link().proof, around.random(16), state);
    const info = await around.link().seal.sealInfo(bytes(group.info()));
    // After a restart of the server they come in anew.
    for (const identity of this.formerPeople) this.doorkeeper.invite(identity);
    this.entering(group, await around.send({ group: 'found', info }));
  }

  private entering(group: Group, answer: Answer): void {
    if (this.closed || answer === 'stale' || answer === 'denied') group.free();
    else if (answer === 'done') this.enter(group, false);
    else this.standing = { kind: 'entering', group };
  }

  private async join(sealed: string): Promise<void> {
    const { around } = this;
    this.leave();
    const { proof, seal } = around.link();
    const info = await seal.openInfo(sealed);
    if (info === null) return around.problem({ kind: 'not_entered', why: 'unreadable' });
    let joined: Joined;
    try {
      joined = around.module.Group.join(around.leaf(), proof, around.hostHash, info, copy(this.former));
    } catch (error) {
      if (reason(error) === 'door_closed') return this.knock();
      return around.problem({ kind: 'not_entered', why: reason(error) });
    }
    const group = joined.group();
    if (this.isLure(group)) group.free();
    // When another commit came first, the server gives another turn.
    else this.entering(group, await this.submit(joined.bundle(), null));
    joined.free();
  }

  /** After a closed door: people whom nobody let in, and no moderator but oneself. Such a group was made up. */
  private isLure(group: Group): boolean {
    if (!this.former?.closed) return false;
    const own = keyOf(group).leaf;
    const others = peopleOf(group).filter(({ leaf }) => leaf !== own);
    const known = (identity: IdentityKey) =>
      this.formerPeople.includes(identity) || this.doorkeeper.isInvited(identity);
    const lure =
      others.every(({ role }) => role === 'participant') && !others.every(({ identity }) => known(identity));
    if (lure) this.around.problem({ kind: 'not_entered', why: 'strangers' });
    return lure;
  }

  private async knock(): Promise<void> {
    const { around } = this;
    const { proof, seal } = around.link();
    if (this.closed) return;
    const knocker = new around.module.Knocker(around.leaf(), proof, Date.now() / 1000);
    this.standing = { kind: 'knocking', knocker };
    const keyPackage = await seal.sealKeyPackage(bytes(knocker.keyPackage()));
    await around.send({ group: 'ask_add', keyPackage });
  }

  private async comeIn(message: string): Promise<void> {
    const welcome = fromBase64Url(message);
    if (this.standing.kind !== 'knocking' || welcome === null) return;
    const { knocker } = this.standing;
    this.standing = { kind: 'outside' };
    try {
      const group = knocker.welcome(this.around.hostHash, welcome, copy(this.former));
      if (this.isLure(group)) return group.free();
      this.enter(group, true);
      this.uselessWelcomes = 0;
      await this.fulfil();
    } catch (error) {
      this.around.problem({ kind: 'not_entered', why: reason(error) });
      this.uselessWelcomes += 1;
      if (this.uselessWelcomes < WELCOMES) await this.around.send({ group: 'again' });
    }
  }

  private async add(people: readonly PersonToAdd[]): Promise<void> {
    for (const { participant, keyPackage } of people) {
      const opened = await this.around.link().seal.openKeyPackage(keyPackage);
      // Who cannot seal for the link does not have it.
      const applicant = opened && this.applicant(opened);
      if (!applicant || applicant.identity !== this.identityOf(participant)) continue;
      const { identity, mayEnter } = applicant;
      if (mayEnter) this.wishes.add(participant, identity, opened);
      else if (this.moderates()) this.doorkeeper.keepWaiting(participant, { identity, keyPackage: opened });
    }
    await this.fulfil();
    this.tellUnexpected();
  }

  /** Whose key package it is, and whether they may come in without being asked about; `null` for nobody's. */
  private applicant(keyPackage: Bytes): { identity: IdentityKey; mayEnter: boolean } | null {
    const { standing } = this;
    if (standing.kind !== 'inside') return null;
    try {
      const applicant = standing.group.applicant(keyPackage);
      const { identity, role } = applicant;
      applicant.free();
      const known = this.doorkeeper.isInvited(identity) || this.seated().has(identity);
      const welcome = !standing.doorClosed || (known && !this.doorkeeper.isSentAway(identity));
      // What others add is refused, but for the host.
      return { identity, mayEnter: role === 'host' || (welcome && this.moderates()) };
    } catch (error) {
      console.warn('nobody can be added with this key package:', reason(error));
      return null;
    }
  }

  private moderates(): boolean {
    const { standing } = this;
    return (
      standing.kind === 'inside' &&
      standing.people.some(({ leaf, role }) => leaf === standing.leaf && role !== 'participant')
    );
  }

  private tellUnexpected(): void {
    const seated = this.seated();
    const news = this.doorkeeper.news(
      ({ id, identity }) => !this.inside || seated.has(identity) || this.identityOf(id) !== identity,
    );
    if (news) this.around.unexpected(news);
  }

  private async follow(
    { number, epoch, from, commit }: Extract<GroupEvent, { event: 'commit' }>,
    listed: readonly Listed[],
  ): Promise<void> {
    const group = this.group();
    const message = fromBase64Url(commit);
    if (!group || message === null || epoch < group.epoch) return;
    // Nobody's fault among the members: one of the commits before this never came.
    if (epoch > group.epoch) return this.startAnew();
    let came: IdentityKey[];
    try {
      const change = group.handle(
        message,
        listed.map(({ identity }) => identity),
      );
      const { joined, returned, left, out } = change;
      change.free();
      if (out) return this.leave();
      this.doorkeeper.left(left);
      came = [...joined, ...returned];
    } catch (error) {
      this.around.problem({ kind: 'refused', by: from, why: reason(error) });
      this.forgetRefusal();
      const cancel = this.around.clock.after(WITHDRAWAL_MS, () => this.enterAnew());
      this.refused = { number, cancel };
      await this.around.send({ group: 'refuse', number });
      return;
    }
    // A commit of one's own that was under way did not count.
    if (this.standing.kind === 'inside') this.standing.unsettled = null;
    this.tell(came);
    await this.fulfil();
  }

  /** Members that refused go on where they are. Who followed what does not count has to come in anew. */
  private async withdrawn(commit: number): Promise<void> {
    const refused = this.refused?.number === commit;
    this.forgetRefusal();
    if (refused) await this.fulfil();
    else this.enterAnew();
  }

  /** The server gives a turn, or has somebody add this member. */
  private enterAnew(): void {
    this.enqueue(() => this.startAnew());
  }

  private async startAnew(): Promise<void> {
    if (!this.inside) return;
    this.leave();
    await this.around.send({ group: 'again' });
  }

  private forgetRefusal(): void {
    this.refused?.cancel();
    this.refused = null;
  }

  /** What this member made counts. The answer to it said so already, unless the connection was lost before. */
  private taken(): void {
    const { standing } = this;
    if (standing.kind === 'entering') {
      this.enter(standing.group, true);
    } else if (standing.kind === 'inside') {
      standing.confirmed = true;
      if (standing.unsettled === null) return;
      this.settle(standing.group, standing.unsettled);
      standing.unsettled = null;
    }
  }

  private settle(group: Group, commitment: Commitment): void {
    const change = group.accepted();
    const came = new Set(change.joined);
    this.doorkeeper.left(change.left);
    change.free();
    // Who was added in the place of a former leaf is no new person, but is here anew.
    for (const { participant } of commitment.add) {
      const identity = this.identityOf(participant);
      if (identity !== null) came.add(identity);
    }
    this.wishes.fulfilled(commitment);
    this.tell([...came]);
  }

  private async reached(number: number): Promise<void> {
    this.last = number;
    await this.caughtUp();
  }

  /** When all that was missed is known, what was under way and is not among it did not count. */
  private async caughtUp(): Promise<void> {
    if (this.missedUntil === null || (this.last ?? -1) < this.missedUntil) return;
    this.missedUntil = null;
    const { standing } = this;
    if (standing.kind === 'entering') return this.leave();
    if (standing.kind !== 'inside') return;
    if (standing.unsettled) standing.group.withdraw();
    standing.unsettled = null;
    await this.fulfil();
  }

  /** Makes one commit of all wishes, again and again while others come first. */
  private async fulfil(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const group = this.group();
      // Nothing is made on top of what is not settled.
      if (!group || this.refused || (this.standing.kind === 'inside' && this.standing.unsettled)) return;
      const commitment = this.wishes.next(this.seated(), (who) => this.identityOf(who));
      if (commitment === null) {
        // Nothing is left of what was denied.
        this.denials = 0;
        return;
      }
      let answer: Answer;
      try {
        answer = await this.submit(this.commit(group, commitment), commitment);
      } catch (error) {
        console.warn('the change cannot be made:', reason(error));
        this.wishes.giveUp();
        return;
      }
      // The page may have left meanwhile.
      if (this.standing.kind !== 'inside' || this.standing.group !== group) return;
      if (answer === 'done') {
        this.denials = 0;
        this.settle(group, commitment);
        continue;
      }
      if (answer === 'lost') {
        this.standing.unsettled = commitment;
        return;
      }
      group.withdraw();
      // Stale: the commit that came first is next in the queue, and following it fulfils the wishes again.
      if (answer === 'stale')
        this.overtaken ??= this.around.clock.after(OVERTAKEN_MS, () => this.enterAnew());
      else this.denied();
      return;
    }
  }

  /** It may have been too often, or not the moment: wished again later. */
  private denied(): void {
    this.denials += 1;
    if (this.denials < DENIALS) return;
    this.denials = 0;
    this.wishes.giveUp();
  }

  private commit(group: Group, { add, remove, changes }: Commitment): CommitBundle {
    const state =
      changes.length === 0 ? undefined : changes.reduce((now, change) => change(now), group.state);
    return group.commit(
      add.map(({ keyPackage }) => keyPackage),
      remove,
      state,
    );
  }

  private async submit(bundle: CommitBundle, commitment: Commitment | null): Promise<Answer> {
    const { epoch, commit, welcome } = bundle;
    const info = await this.around.link().seal.sealInfo(bytes(bundle.info));
    bundle.free();
    return this.around.send({
      group: 'commit',
      epoch,
      commit: toBase64Url(bytes(commit)),
      info,
      welcome: welcome
        ? {
            message: toBase64Url(bytes(welcome)),
            to: (commitment?.add ?? []).map(({ participant }) => participant),
          }
        : null,
    });
  }

  private enter(group: Group, confirmed: boolean): void {
    this.standing = {
      kind: 'inside',
      group,
      confirmed,
      unsettled: null,
      people: [],
      leaf: 0,
      doorClosed: true,
    };
    this.former = null;
    this.tell([]);
  }

  private tell(came: readonly IdentityKey[]): void {
    const { standing } = this;
    if (standing.kind !== 'inside') return;
    this.noLongerOvertaken();
    const { group } = standing;
    const people = peopleOf(group);
    const { state } = group;
    const { closed, title, sequence, coHosts } = state;
    state.free();
    const key = keyOf(group);
    const { epoch, leaf } = key;
    this.chores.renewed();
    this.pastEpochs.begin(epoch);
    standing.people = people;
    standing.leaf = leaf;
    standing.doorClosed = closed;
    const view: GroupView = {
      epoch,
      people,
      code: group.securityCode(),
      closed,
      title,
      came,
      coHosts: { sequence, identities: coHosts },
    };
    this.around.entered(view, key);
  }

  private noLongerOvertaken(): void {
    this.overtaken?.();
    this.overtaken = null;
  }

  private leave(): void {
    this.forgetRefusal();
    this.noLongerOvertaken();
    if (this.standing.kind === 'inside') {
      this.formerPeople = this.standing.people
        .map(({ identity }) => identity)
        .filter((identity) => !this.doorkeeper.isSentAway(identity));
      this.doorkeeper.forget();
      this.pastEpochs.clear();
      this.former?.free();
      this.former = this.standing.group.state;
      this.standing.group.free();
    } else if (this.standing.kind === 'knocking') {
      this.standing.knocker.free();
    } else if (this.standing.kind === 'entering') {
      this.standing.group.free();
    }
    const wasInside = this.standing.kind === 'inside';
    this.standing = { kind: 'outside' };
    this.tellUnexpected();
    if (wasInside) this.around.left();
  }

  private seated(): ReadonlySet<IdentityKey> {
    return new Set(
      this.standing.kind === 'inside' ? this.standing.people.map(({ identity }) => identity) : [],
    );
  }

  private identityOf(who: ParticipantId): IdentityKey | null {
    return this.around.listed().find(({ id }) => id === who)?.identity ?? null;
  }

  private tend(): void {
    const { standing, around } = this;
    if (standing.kind !== 'inside') return;
    this.tellUnexpected();
    const listed = new Set(around.listed().map(({ identity }) => identity));
    const due = this.chores.due(standing.people, standing.leaf, listed, around.clock.now());
    for (const identity of due.remove) this.wish(() => this.wishes.remove(identity));
    if (due.renew) this.renew();
    if (this.denials > 0) this.enqueue(() => this.fulfil());
  }
}

function peopleOf(group: Group): GroupView['people'] {
  return group.roster().map((entry) => {
    const { identity, leaf, role } = entry;
    entry.free();
    return { identity, leaf, role: role as Role };
  });
}

/** The epoch's key; no second copy of it is left behind in the module. */
function keyOf(group: Group): { epoch: number; leaf: number; base: Bytes } {
  const key = group.mediaKey();
  const { epoch, leaf, base } = key;
  key.free();
  return { epoch, leaf, base: bytes(base) };
}

/** Memory of the module is its own: what leaves it is copied. */
function bytes(from: Uint8Array): Bytes {
  return new Uint8Array(from);
}

/** A state is used up by handing it over. */
function copy(state: GroupState | null): GroupState | undefined {
  return state?.withDoor(state.closed);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
