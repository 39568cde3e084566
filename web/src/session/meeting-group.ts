// The encrypted group of this page's meeting: what the session needs of it, and what it needs of the session.

import { type Bytes, fromBase64Url, type Random } from '../crypto/bytes';
import { type SigningKey, sign } from '../crypto/ed25519';
import { grant } from '../crypto/grant';
import type { OwnLeaf } from '../generated/group/group';
import type { IdentityKey, ParticipantId } from '../generated/protocol';
import { type Content, decodeContent, encodeContent } from '../group/content';
import { GroupSession } from '../group/group-session';
import { type GroupModule, loadGroupModule } from '../group/module';
import { answerOf, type GroupEvent, type GroupMessage, type Listed } from '../group/relay';
import type { GroupView, HeardMessage, LinkEntry } from '../group/surroundings';
import { Troubles } from '../group/troubles';
import type { MediaEpoch } from '../sframe/media-keys';
import type { NoticeText } from '../state/model';
import type { Clock } from './clock';
import type { Seat } from './expectations';
import type { Identity } from './identity';
import type { LinkKeys } from './link-keys';
import type { OwnMeeting } from './own-meeting';
import type { Reply } from './signalling';

/** How long a removal from the group may take. */
const REMOVAL_MS = 10_000;

/** What a group that this page founds begins with. */
export interface Founding {
  hostKey: string;
  closed: boolean;
  title: string;
}

export interface MeetingGroupEvents {
  clock: Clock;
  random: Random;
  /** Everybody in the meeting, as the server lists them. */
  listed(): readonly Listed[];
  /** Null while it is not known. */
  founding(): Founding | null;
  send(message: GroupMessage): Promise<Reply>;
  /** The media keys of another epoch; null: of none, whatever was known before. */
  keys(epoch: MediaEpoch | null): void;
  /** The group's own view of who is in it, or null while this page is not. */
  changed(view: GroupView | null): void;
  said(message: HeardMessage): void;
  /** Whom the server wants in, and no moderator let in. */
  unexpected(people: readonly Listed[]): void;
  notice(text: NoticeText): void;
  nameOf(who: ParticipantId): string | null;
  /** Follows to another link, told in `message` by somebody in the group. */
  follow(message: Bytes, told: Content | null): Promise<'own' | 'others' | null>;
  /** There is another link, and nobody to tell it to this page. */
  linkMissed(): void;
}

export class MeetingGroup {
  /** By identity: since when which leaf is theirs. */
  private readonly seats = new Map<IdentityKey, Seat>();
  private readonly session: GroupSession;
  private readonly troubles: Troubles;
  private entry: LinkEntry;
  private view: GroupView | null = null;
  private readonly removals = new Map<IdentityKey, () => void>();

  private constructor(
    private readonly module: GroupModule,
    private readonly keys: LinkKeys,
    leaf: () => OwnLeaf,
    private readonly events: MeetingGroupEvents,
  ) {
    this.entry = keys.entry(module);
    const { clock, random } = events;
    this.troubles = new Troubles(clock, {
      isInside: () => this.inside,
      outside: () => events.notice({ kind: 'outside_group' }),
      refused: (by) => events.notice({ kind: 'change_refused', name: events.nameOf(by) }),
    });
    this.session = new GroupSession({
      module,
      clock,
      random,
      meeting: keys.link.id,
      hostHash: keys.link.hostHash,
      listed: () => events.listed(),
      leaf,
      link: () => this.entry,
      begin: () => this.begin(),
      send: async (message) => answerOf(await events.send(message)),
      entered: (view, { epoch, leaf: own, base }) => {
        this.follow(view);
        events.keys({ epoch, leaf: own, baseKey: base });
        events.changed(view);
      },
      left: () => {
        this.follow(null);
        events.keys(null);
        events.changed(null);
      },
      said: (message) => events.said(message),
      unexpected: (people) => events.unexpected(people),
      relinked: (message, told) => this.relinked(message, told),
      linkMissed: () => events.linkMissed(),
      problem: (problem) => {
        console.warn('the encrypted group:', problem.kind, problem.why);
        this.troubles.happened(problem);
      },
    });
  }

  /** Rejects where the browser cannot run the group's code: nobody takes part without it. */
  static async prepare(
    keys: LinkKeys,
    identity: Identity,
    own: OwnMeeting | null,
    events: MeetingGroupEvents,
  ): Promise<MeetingGroup> {
    const module = await loadGroupModule();
    return new MeetingGroup(module, keys, await leafMaker(module, keys.link.id, identity, own), events);
  }

  get inside(): boolean {
    return this.session.inside;
  }

  /** For `hello`: up to where this page followed its group. */
  get followed(): number | null {
    return this.session.followed;
  }

  /** Let in by the server; `newest` where it repeats what was missed. */
  resume(newest: number | null): void {
    this.session.resume(newest);
  }

  handle(event: GroupEvent): void {
    this.session.handle(event);
  }

  /** The link is another one now, as `message` tells those who can read it. */
  rotated(number: number, message: string): void {
    this.session.rotated(number, fromBase64Url(message) ?? new Uint8Array());
  }

  /** For everybody in the group, or so that one person alone can read it; `null` while this page is not in it. */
  seal(content: Content, to: IdentityKey | null): Promise<Bytes | null> {
    return this.session.seal(encodeContent(content), to);
  }

  /** What somebody said. */
  hear(message: string): void {
    this.session.hear(fromBase64Url(message) ?? new Uint8Array());
  }

  /** A moderator let this person in: their keys may come in too. */
  admit(identity: IdentityKey): void {
    this.session.admit(identity);
  }

  /** Resolves to whether they are out. When it takes too long, whoever is first in line takes them out. */
  async remove(identity: IdentityKey): Promise<boolean> {
    this.session.remove(identity);
    if (this.has(identity)) {
      await new Promise<void>((resolve) => {
        const cancel = this.events.clock.after(REMOVAL_MS, () => this.removed(identity));
        this.removals.set(identity, () => {
          cancel();
          resolve();
        });
      });
    }
    return this.inside && !this.has(identity);
  }

  isCoHost(identity: IdentityKey): boolean {
    return this.view?.coHosts.identities.includes(identity) ?? false;
  }

  /** Whether nobody has keys whom the server does not list, as those who were just removed. */
  get isClear(): boolean {
    const listed = new Set(this.events.listed().map((one) => one.identity));
    return this.view?.people.every(({ identity }) => listed.has(identity)) ?? false;
  }

  /** Whether this identity shares keys with this page. */
  has(identity: IdentityKey): boolean {
    return this.view?.people.some((person) => person.identity === identity) ?? false;
  }

  /** This page's place among the moderators, by leaf; `null` where it is none of them. */
  place(me: IdentityKey): number | null {
    const moderators = this.view?.people.filter(({ role }) => role !== 'participant') ?? [];
    const sorted = [...moderators].sort((a, b) => a.leaf - b.leaf);
    const place = sorted.findIndex(({ identity }) => identity === me);
    return place < 0 ? null : place;
  }

  /** With the host's signature; false where this page is not in the group. */
  async setCoHost(host: SigningKey, identity: IdentityKey, is: boolean): Promise<boolean> {
    if (!this.view) return false;
    const { sequence, identities } = this.view.coHosts;
    const others = identities.filter((one) => one !== identity && this.has(one));
    const list = is ? [...others, identity] : others;
    const next = sequence + 1;
    const text = new Uint8Array(this.module.coHostsText(this.keys.link.id, next, list));
    const signature = signatureBytes(await sign(host, text));
    this.session.change((state) =>
      state.sequence < next ? state.withCoHosts(next, list, signature) : state,
    );
    return true;
  }

  /** New keys, and nothing else. */
  renew(): void {
    this.session.renew();
  }

  /** Closed: moderators let people in. */
  setDoor(closed: boolean): void {
    this.session.change((state) => state.withDoor(closed));
  }

  /** Whose leaf is where, of the people whom the server lists. */
  seatsOf(people: readonly Listed[]): Map<ParticipantId, Seat> {
    const seats = new Map<ParticipantId, Seat>();
    for (const { id, identity } of people) {
      const seat = this.seats.get(identity);
      if (seat) seats.set(id, seat);
    }
    return seats;
  }

  /** Out of the meeting, but perhaps not for good. */
  depart(): void {
    this.session.depart();
  }

  close(): void {
    this.troubles.close();
    this.session.close();
  }

  private async relinked(message: Bytes, told: HeardMessage | null): Promise<LinkEntry | null> {
    const byModerator = told !== null && told.role !== 'participant';
    const whose = await this.events.follow(message, byModerator ? decodeContent(told.content) : null);
    if (whose === null) return null;
    this.entry = this.keys.entry(this.module);
    // The group's public state is sealed for the new link with the next commit: whoever made the link makes it.
    if (whose === 'own') this.session.renew();
    return this.entry;
  }

  private follow(view: GroupView | null): void {
    this.view = view;
    if (view) this.seat(view);
    else this.seats.clear();
    for (const identity of this.removals.keys()) if (view && !this.has(identity)) this.removed(identity);
  }

  private removed(identity: IdentityKey): void {
    const resolve = this.removals.get(identity);
    this.removals.delete(identity);
    resolve?.();
  }

  private seat({ epoch, people }: GroupView): void {
    const present = new Set(people.map(({ identity }) => identity));
    for (const identity of this.seats.keys()) if (!present.has(identity)) this.seats.delete(identity);
    for (const { identity, leaf } of people) {
      if (this.seats.get(identity)?.leaf !== leaf) this.seats.set(identity, { leaf, since: epoch });
    }
  }

  private begin() {
    const state = this.events.founding();
    const hostKey = state && fromBase64Url(state.hostKey);
    if (!state || !hostKey) throw new Error('the host key of the link is not known');
    return new this.module.GroupState(hostKey, state.closed, state.title);
  }
}

/** Leaves of one page differ in nothing: all have the same keys, and the same signatures vouch for them. */
async function leafMaker(
  module: GroupModule,
  meeting: string,
  { key, leafSeed }: Identity,
  own: OwnMeeting | null,
): Promise<() => OwnLeaf> {
  const draft = () => new module.LeafDraft(meeting, key.publicKey, leafSeed);
  const first = draft();
  const binding = signatureBytes(await sign(key, new Uint8Array(first.bindingText())));
  first.free();
  const granted = own
    ? signatureBytes(await grant(own.keys.signing, meeting, 'host', key.publicKey))
    : undefined;
  return () => draft().bind(binding, granted);
}

function signatureBytes(signature: string): Bytes {
  const bytes = fromBase64Url(signature);
  if (bytes === null) throw new Error('a signature is base64url');
  return bytes;
}
