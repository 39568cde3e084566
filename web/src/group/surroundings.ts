// What a group shows to the page around it, and what it needs of that page.

import type { Bytes, Random } from '../crypto/bytes';
import type { GroupState, LinkProof, OwnLeaf } from '../generated/group/group';
import type { IdentityKey, ParticipantId, Role } from '../generated/protocol';
import type { Clock } from '../session/clock';
import type { LinkSeal } from './link-seal';
import type { GroupModule } from './module';
import type { Answer, GroupMessage, Listed } from './relay';

/** What a link gives to those who enter. */
export interface LinkEntry {
  proof: LinkProof;
  seal: LinkSeal;
}

/** What everybody in the group sees of it. */
export interface GroupView {
  epoch: number;
  people: readonly { identity: IdentityKey; leaf: number; role: Role }[];
  /** Five groups of five digits. */
  code: string;
  closed: boolean;
  title: string;
  /** Who came, or came back, with this epoch. On entering nobody: all were there before. */
  came: readonly IdentityKey[];
  /** Whom the host made co-hosts, and the number of that list. */
  coHosts: { sequence: number; identities: readonly IdentityKey[] };
}

export interface HeardMessage {
  from: IdentityKey;
  role: Role;
  /** Said in an epoch that ended: it was under way, or kept back. */
  past: boolean;
  whispered: boolean;
  content: Bytes;
}

/** What a person has to be told. */
export type GroupProblem =
  /** The group that the server showed is not the one of the link, or older than what was agreed before. */
  | { kind: 'not_entered'; why: string }
  /** Somebody did what members refuse. */
  | { kind: 'refused'; by: ParticipantId; why: string };

export interface GroupSurroundings {
  module: GroupModule;
  clock: Clock;
  random: Random;
  meeting: string;
  /** From the link. */
  hostHash: Bytes;
  /** The server's list, as it is now. */
  listed(): readonly Listed[];
  /** The leaf of this page, made anew for each entry. */
  leaf(): OwnLeaf;
  link(): LinkEntry;
  /** The state for a group that this page founds. */
  begin(): GroupState;
  send(message: GroupMessage): Promise<Answer>;
  /** In, or in another epoch. */
  entered(view: GroupView, key: { epoch: number; leaf: number; base: Bytes }): void;
  /** No longer in: what was known of the group counts no more. */
  left(): void;
  said(message: HeardMessage): void;
  /**
   * Those whom the server wants added through the closed door, and whom no moderator let in as far as this page knows:
   * they stay outside until `admit`.
   */
  unexpected(people: readonly Listed[]): void;
  /**
   * The link is another one, which a member told the others in `message`: `told` is what it says, where this page could
   * read it. Resolves to what the new link gives, `null` where this page cannot follow.
   */
  relinked(message: Bytes, told: HeardMessage | null): Promise<LinkEntry | null>;
  /** The link is another one, and this page is not in the group to be told it. */
  linkMissed(): void;
  problem(problem: GroupProblem): void;
}
