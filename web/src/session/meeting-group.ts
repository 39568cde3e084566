// The encrypted group of this page's meeting: what the session needs of it, and what it needs of the session.

import { type Bytes, fromBase64Url, type Random } from '../crypto/bytes';
import { sign } from '../crypto/ed25519';
import { grant } from '../crypto/grant';
import type { OwnLeaf } from '../generated/group/group';
import type { IdentityKey, ParticipantId } from '../generated/protocol';
import { GroupSession, type GroupView, type LinkEntry } from '../group/group-session';
import { type GroupModule, loadGroupModule } from '../group/module';
import { answerOf, type GroupEvent, type GroupMessage, type Listed } from '../group/relay';
import type { MediaEpoch } from '../sframe/media-keys';
import type { Clock } from './clock';
import type { Seat } from './expectations';
import type { Identity } from './identity';
import type { LinkKeys } from './link-keys';
import type { OwnMeeting } from './own-meeting';
import type { Reply } from './signalling';

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
}

export class MeetingGroup {
  /** By identity: since when which leaf is theirs. */
  private readonly seats = new Map<IdentityKey, Seat>();
  private readonly session: GroupSession;
  private entry: LinkEntry;

  private constructor(
    private readonly module: GroupModule,
    private readonly keys: LinkKeys,
    leaf: () => OwnLeaf,
    private readonly events: MeetingGroupEvents,
  ) {
    this.entry = keys.entry(module);
    const { clock, random } = events;
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
        this.seat(view);
        events.keys({ epoch, leaf: own, baseKey: base });
        events.changed(view);
      },
      left: () => {
        this.seats.clear();
        events.keys(null);
        events.changed(null);
      },
      said: () => undefined,
      problem: (problem) => console.warn('the encrypted group:', problem.kind, problem.why),
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

  /** The link is another one now. */
  relink(number: number): void {
    this.entry = this.keys.entry(this.module);
    this.session.relink(number);
  }

  remove(identity: IdentityKey): void {
    this.session.remove(identity);
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
    this.session.close();
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
