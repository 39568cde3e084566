// For tests: a relay that orders what members send, as the server does, and people who have pages.

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Bytes, fromBase64Url, systemRandom, utf8 } from '../crypto/bytes';
import { deriveMeetingKeys } from '../crypto/derive';
import { generateSigningKey, type SigningKey, sign } from '../crypto/ed25519';
import { grant } from '../crypto/grant';
import { hostHash } from '../crypto/link';
import type { OwnLeaf } from '../generated/group/group';
import * as group from '../generated/group/group.js';
import type { ParticipantId } from '../generated/protocol';
import { FakeClock } from '../session/connection.testkit';
import { GroupSession } from './group-session';
import { LinkSeal } from './link-seal';
import type { GroupModule } from './module';
import type { Answer, GroupEvent, GroupMessage, Listed, PersonToAdd } from './relay';
import type { GroupProblem, GroupView, HeardMessage, LinkEntry } from './surroundings';

type Numbered = Extract<GroupEvent, { event: 'commit' | 'taken' | 'withdrawn' }>;

export const MEETING = 'abcdefghij234567';

let loaded = false;
/** More than any test needs. */
const MOST_ROUNDS = 20_000;

export function groupModule(): GroupModule {
  if (!loaded) {
    group.initSync({ module: readFileSync(new URL('../generated/group/group_bg.wasm', import.meta.url)) });
    loaded = true;
  }
  return group;
}

async function entry(secret: number): Promise<LinkEntry> {
  const unused = () => Promise.reject();
  const keys = await deriveMeetingKeys(MEETING, new Uint8Array(16).fill(secret), null, unused);
  return {
    proof: new group.LinkProof(keys.psk, keys.admission),
    seal: new LinkSeal(MEETING, keys.envelope, keys.knock),
  };
}

/** Orders and passes on; knows who is on its list. */
export class Relay {
  readonly clock = new FakeClock();
  readonly people: Person[] = [];
  private epoch: number | null = null;
  private former: { number: number; epoch: number; info: string; author: Person } | null = null;
  private info = '';
  private number = 0;
  private readonly queue: Person[] = [];
  private turn: Person | null = null;
  private log: { number: number; author: Person | null; event: Numbered }[] = [];
  host!: SigningKey;
  hostHash!: Bytes;
  link!: LinkEntry;
  closed = false;
  /** How often somebody is asked before they answer: more than once where they are slow. */
  asks = 1;
  /** Whom it denies everything. */
  denies: Person | null = null;
  /** What passes the relay. */
  seen: (from: Person, message: GroupMessage) => void = () => undefined;
  /** What a hostile relay tells somebody in the place of an event; nothing where it is told as it is. */
  tamper: (person: Person, event: GroupEvent) => readonly GroupEvent[] | undefined = () => undefined;

  static async open(): Promise<Relay> {
    groupModule();
    const relay = new Relay();
    relay.host = await generateSigningKey();
    relay.hostHash = await hostHash(relay.hostKey);
    relay.link = await entry(1);
    return relay;
  }

  get hostKey(): Bytes {
    const key = fromBase64Url(this.host.publicKey);
    if (key === null) throw new Error('a key is base64url');
    return key;
  }

  /** Another link is in force; returns its number. */
  async rotate(): Promise<number> {
    this.link = await entry(2);
    this.number += 1;
    return this.number;
  }

  get listed(): Listed[] {
    return this.people.map(({ id, key }) => ({ id, identity: key.publicKey }));
  }

  /** A person with a page, who wants in. */
  async arrive(
    name: string,
    options: {
      host?: boolean;
      link?: LinkEntry;
      beforeAnswer?: (person: Person) => void;
      /** Nobody let them in through a closed door. */
      unasked?: boolean;
    } = {},
  ): Promise<Person> {
    const person = await Person.make(this, name, options.host ?? false, options.link ?? null);
    const { beforeAnswer } = options;
    if (beforeAnswer) person.beforeAnswer = () => beforeAnswer(person);
    this.people.push(person);
    for (const { moderates, session } of options.unasked || !this.closed ? [] : this.people) {
      if (moderates) session.admit(person.key.publicKey);
    }
    this.wants(person);
    await this.settle();
    return person;
  }

  /** Gone from the list; nothing of theirs is passed on any more. */
  async depart(person: Person): Promise<void> {
    this.expel(person);
    await this.settle();
  }

  /** Whoever departed comes again, as the same person; nobody lets them in. */
  async comeBack(person: Person): Promise<void> {
    this.people.push(person);
    await this.reload(person);
  }

  private expel(person: Person): void {
    this.people.splice(this.people.indexOf(person), 1);
    person.session.close();
    person.in = false;
  }

  /** The page is loaded again: the same identity, and nothing else. */
  async reload(person: Person): Promise<void> {
    person.session.close();
    person.in = false;
    person.begin();
    this.wants(person);
    await this.settle();
  }

  /** The connection is lost; the place in the group is kept. */
  drop(person: Person): void {
    person.connected = false;
  }

  /** The connection is there again: what was missed is repeated, if the page still has its group. */
  async reconnect(person: Person): Promise<void> {
    person.connected = true;
    const { followed } = person.session;
    const goesOn = person.in && followed !== null;
    person.session.resume(goesOn ? this.number : null);
    if (goesOn) {
      for (const { event, author } of this.log.filter(({ number }) => number > followed)) {
        const { number } = event;
        person.session.handle(author === person ? { event: 'taken', number } : event);
      }
    } else {
      person.in = false;
      this.wants(person);
    }
    await this.settle();
  }

  /** The server is started again: it knows nothing, the pages do. */
  async restart(): Promise<void> {
    this.epoch = null;
    this.turn = null;
    this.queue.length = 0;
    this.log.length = 0;
    this.number = 0;
    for (const person of this.people) {
      person.in = false;
      person.session.resume(null);
      this.wants(person);
    }
    await this.settle();
  }

  private wants(person: Person): void {
    if (!this.queue.includes(person)) this.queue.push(person);
    this.next();
  }

  private next(): void {
    const [person] = this.queue;
    if (!person || this.turn) return;
    this.turn = person;
    const event: GroupEvent =
      this.epoch === null ? { event: 'found' } : { event: 'turn', epoch: this.epoch, info: this.info };
    for (let times = 0; times < this.asks; times += 1) this.tell(person, event);
  }

  private tell(person: Person, event: GroupEvent): void {
    if (!person.connected) return;
    for (const told of this.tamper(person, event) ?? [event]) person.session.handle(told);
  }

  private done(person: Person): void {
    person.in = true;
    if (this.queue[0] === person) this.queue.shift();
    if (this.turn === person) this.turn = null;
  }

  /** Gives it a number, keeps it, and tells it to all who are in. */
  private spread(author: Person | null, event: (number: number) => Numbered): number {
    this.number += 1;
    const { number } = this;
    const entry = { number, author, event: event(number) };
    this.log.push(entry);
    for (const person of this.people) {
      if (person === author) this.tell(person, { event: 'taken', number });
      else if (person.in) this.tell(person, entry.event);
    }
    return number;
  }

  receive(from: Person, message: GroupMessage): Answer {
    this.seen(from, message);
    if (from === this.denies) return 'denied';
    if (!this.people.includes(from) || !from.connected) return 'lost';
    from.beforeAnswer?.();
    switch (message.group) {
      case 'found':
        if (this.epoch !== null || this.turn !== from) return 'denied';
        this.epoch = 0;
        this.info = message.info;
        this.done(from);
        this.spread(from, (number) => ({ event: 'taken', number }));
        break;
      case 'commit': {
        if (!from.in && this.turn !== from) return 'denied';
        if (message.epoch !== this.epoch) return 'stale';
        const { epoch, commit, welcome } = message;
        if (!from.in) this.done(from);
        const number = this.passOn(from, commit);
        this.epoch = epoch + 1;
        this.info = message.info;
        for (const id of welcome?.to ?? []) {
          const added = this.people.find((person) => person.id === id);
          if (!added || !welcome) continue;
          added.in = true;
          this.tell(added, { event: 'welcome', number, message: welcome.message });
        }
        break;
      }
      case 'ask_add': {
        this.done(from);
        from.in = false;
        const people: PersonToAdd[] = [{ participant: from.id, keyPackage: message.keyPackage }];
        const member =
          this.people.find((person) => person.in && person.moderates) ??
          this.people.find((person) => person.in);
        if (member) this.tell(member, { event: 'add', people });
        break;
      }
      case 'again':
        from.in = false;
        this.wants(from);
        break;
      case 'refuse': {
        // A moderator's word is enough here.
        if (!from.moderates || this.former?.number !== message.number) break;
        this.epoch = this.former.epoch;
        this.info = this.former.info;
        const { author } = this.former;
        this.former = null;
        this.log = this.log.filter(({ number }) => number !== message.number);
        // Who made it has no place here any more.
        this.expel(author);
        this.spread(null, (number) => ({ event: 'withdrawn', number, commit: message.number }));
        break;
      }
      default:
        message satisfies never;
    }
    this.next();
    return 'done';
  }

  /** Passes on a commit as `from` sent it, whatever it is. */
  passOn(from: Person, commit: string): number {
    const epoch = this.epoch ?? 0;
    const { info } = this;
    this.epoch = epoch + 1;
    const number = this.spread(from, (number) => ({ event: 'commit', number, epoch, from: from.id, commit }));
    this.former = { number, epoch, info, author: from };
    return number;
  }

  /** Until nothing more happens by itself. */
  async settle(): Promise<void> {
    for (let quiet = 0, round = 0; quiet < 3; round += 1) {
      if (round > MOST_ROUNDS) throw new Error('the people never come to rest');
      await new Promise((resolve) => setTimeout(resolve, 1));
      quiet = this.people.some(({ session }) => session.busy) ? 0 : quiet + 1;
    }
  }
}

export class Person {
  private static count = 0;
  readonly heard: HeardMessage[] = [];
  readonly problems: GroupProblem[] = [];
  linksMissed = 0;
  unexpected: readonly Listed[] = [];
  view: GroupView | null = null;
  mediaKey: Bytes | null = null;
  in = false;
  connected = true;
  /** What happens between a message's arrival and its answer. */
  beforeAnswer: (() => void) | null = null;
  session!: GroupSession;
  private binding!: Bytes;
  private granted: Bytes | undefined;

  private constructor(
    private readonly relay: Relay,
    readonly name: string,
    readonly id: ParticipantId,
    readonly key: SigningKey,
    readonly moderates: boolean,
    private readonly seed: Bytes,
    private readonly link: LinkEntry | null,
  ) {}

  static async make(relay: Relay, name: string, host: boolean, link: LinkEntry | null): Promise<Person> {
    Person.count += 1;
    const key = await generateSigningKey();
    const person = new Person(relay, name, Person.count, key, host, systemRandom(32), link);
    const draft = new group.LeafDraft(MEETING, key.publicKey, person.seed);
    person.binding = signature(await sign(key, new Uint8Array(draft.bindingText())));
    draft.free();
    if (host) person.granted = signature(await grant(relay.host, MEETING, 'host', key.publicKey));
    person.begin();
    return person;
  }

  begin(): void {
    const { relay } = this;
    this.session = new GroupSession({
      module: groupModule(),
      clock: relay.clock,
      random: systemRandom,
      meeting: MEETING,
      hostHash: relay.hostHash,
      listed: () => relay.listed,
      leaf: () => this.leaf(),
      link: () => this.link ?? relay.link,
      begin: () => new group.GroupState(relay.hostKey, relay.closed, 'Advice'),
      // The answer takes its time, as over a network.
      send: async (message) => {
        await Promise.resolve();
        const answer = relay.receive(this, message);
        return this.connected ? answer : 'lost';
      },
      entered: (view, key) => {
        this.view = view;
        this.mediaKey = key.base;
      },
      left: () => {
        this.view = null;
        this.mediaKey = null;
      },
      relinked: () => Promise.resolve(relay.link),
      linkMissed: () => {
        this.linksMissed += 1;
      },
      unexpected: (people) => {
        this.unexpected = people;
      },
      said: (message) => this.heard.push(message),
      problem: (problem) => this.problems.push(problem),
    });
  }

  private leaf(): OwnLeaf {
    return new group.LeafDraft(MEETING, this.key.publicKey, this.seed).bind(this.binding, this.granted);
  }

  /** The public state, as the link seals it, of a group that this person made up; and that group. */
  async makeUp(closed: boolean): Promise<{ info: string; made: group.Group }> {
    const { relay } = this;
    const state = new group.GroupState(relay.hostKey, closed, 'Advice');
    const made = group.Group.found(this.leaf(), relay.link.proof, systemRandom(16), state);
    return { info: await relay.link.seal.sealInfo(new Uint8Array(made.info())), made };
  }

  /** Tells everybody on the list, through the relay. */
  async say(text: string, to: Person | null = null): Promise<void> {
    const message = await this.session.seal(utf8(text), to?.key.publicKey ?? null);
    if (message === null) throw new Error(`${this.name} is not in the group`);
    for (const person of this.relay.people) if (person !== this) person.session.hear(message);
    await this.relay.settle();
  }

  get words(): string[] {
    return this.heard.map(({ content }) => new TextDecoder().decode(content));
  }
}

/** Everybody named is in the group and has the same keys. */
export function expectAgreement(people: readonly Person[]): void {
  const [first] = people;
  for (const person of people) {
    expect(person.session.inside, `${person.name} is in`).toBe(true);
    expect(person.view?.code).toBe(first?.view?.code);
    expect(person.mediaKey).toEqual(first?.mediaKey);
    expect(person.view?.people.map(({ identity }) => identity).sort()).toEqual(
      people.map(({ key }) => key.publicKey).sort(),
    );
  }
}

export async function meeting(count: number, closed = false): Promise<{ relay: Relay; people: Person[] }> {
  const relay = await Relay.open();
  relay.closed = closed;
  const people = [await relay.arrive('host', { host: true })];
  for (let number = 1; number < count; number += 1) people.push(await relay.arrive(`person ${number}`));
  return { relay, people };
}

export function nth(people: readonly Person[], at: number): Person {
  const person = people[at];
  if (!person) throw new Error(`there is no person ${at}`);
  return person;
}

function signature(text: string): Bytes {
  const bytes = fromBase64Url(text);
  if (bytes === null) throw new Error('a signature is base64url');
  return bytes;
}
