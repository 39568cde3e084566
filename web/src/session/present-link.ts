// Keeps the page on the meeting's present link (B5): follows its changes, hands on what hangs on it, and notices when
// the page has lost track.

import type { Random } from '../crypto/bytes';
import type { Act, Rotation, SealedLink, SealedTitle } from '../generated/protocol';
import type { NoticeText } from '../state/model';
import type { Address } from './address';
import { LinkChanges } from './link-changes';
import type { LinkKeys } from './link-keys';
import type { Membership } from './membership';
import type { Keeping, OwnRecord } from './own-record';
import type { Reply } from './signalling';

export interface PresentLinkEvents {
  ask(act: Act): Promise<Reply>;
  isHost(): boolean;
  /** The link is another one now. */
  changed(inviteLink: string, title: string): void;
  /** The name has to be sealed again: the others may not have the former key. */
  resealName(): void;
  notice(text: NoticeText): void;
}

export class PresentLink {
  title = '';
  /** Whether the meeting has a link that this page could not follow to. */
  private stale = false;
  /** Whether the host was told that the list of meetings has to wait for the link. */
  private toldTrying = false;
  private readonly changes: LinkChanges;

  constructor(
    random: Random,
    address: Address,
    private readonly record: OwnRecord,
    private readonly events: PresentLinkEvents,
  ) {
    this.changes = new LinkChanges(random, address, {
      ask: (act) => events.ask(act),
      changed: (keys) => this.changed(keys),
    });
  }

  invite(keys: LinkKeys): string {
    return this.changes.invite(keys);
  }

  make(keys: LinkKeys, act: (rotation: Rotation) => Act): Promise<void> {
    return this.changes.make(keys, this.title, act);
  }

  /**
   * Follows the links that are in force now, then reads the title: where that cannot be opened, the link is another
   * one. True when that is news.
   */
  async follow(
    { keys, sealing }: Membership,
    links: readonly SealedLink[],
    sealed: SealedTitle,
  ): Promise<boolean> {
    await this.changes.follow(keys, links);
    const title = await sealing.openTitle(sealed);
    const before = this.stale;
    this.stale = title === null;
    // The owner knows it from the list of meetings: a new link then brings it back for everybody.
    this.title = title ?? (this.title || (this.record.own?.note?.title ?? ''));
    return this.stale && !before;
  }

  tellStale(): void {
    this.events.notice({ kind: 'stale_link', host: this.events.isHost() });
  }

  private changed(keys: LinkKeys): void {
    this.events.changed(this.invite(keys), this.title);
    this.events.resealName();
    this.record.keepLink(keys.secretText, (keeping) => this.tellKeeping(keeping));
  }

  /** The host key may be missing in this browser, or the sign-in over: then only the host's own copy saves the link. */
  private tellKeeping(keeping: Keeping): void {
    if (!this.events.isHost()) return;
    if (keeping !== 'kept') this.events.notice({ kind: 'link_not_kept', trying: keeping === 'trying' });
    else if (this.toldTrying) this.events.notice({ kind: 'link_kept' });
    this.toldTrying = keeping === 'trying';
  }
}
