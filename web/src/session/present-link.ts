// Keeps the page on the meeting's present link (B5): makes new ones, follows those of others, and notices when the page
// has lost track, or when the meeting has none that anybody knows.

import { type Bytes, equal, fromBase64Url, type Random, sha256, toBase64Url } from '../crypto/bytes';
import { formatLink, SECRET_LENGTH } from '../crypto/link';
import type { Act, SealedTitle } from '../generated/protocol';
import type { Content } from '../group/content';
import type { NoticeText } from '../state/model';
import type { Address } from './address';
import { type Clock, Timer } from './clock';
import type { LinkKeys, NextLink } from './link-keys';
import type { Keeping, OwnRecord } from './own-record';
import type { Reply } from './signalling';

/** How long whoever removed somebody has to make a new link, before the next moderator does; and so on. */
const NEXT_IN_LINE_MS = 5_000;
/** New links that this page asked for, and which may come into force. */
const MOST_PENDING = 4;

export interface PresentLinkEvents {
  ask(act: Act): Promise<Reply>;
  /** For everybody in the group; `null` while this page is not in it. */
  seal(content: Content): Promise<Bytes | null>;
  /** This page's place among the moderators who are in the group; `null` where it is none of them. */
  place(): number | null;
  /** Whether nobody in the group is missing on the server's list. */
  isClear(): boolean;
  isHost(): boolean;
  /** The link is another one now. */
  changed(inviteLink: string, title: string): void;
  notice(text: NoticeText): void;
}

interface Pending {
  message: Bytes;
  next: NextLink;
}

export class PresentLink {
  title = '';
  /** Whether the meeting has a link that this page could not follow to. */
  private stale = false;
  /** Whether the host was told that the list of meetings has to wait for the link. */
  private toldTrying = false;
  private pending: readonly Pending[] = [];
  private readonly renewal: Timer;

  constructor(
    private readonly random: Random,
    private readonly address: Address,
    clock: Clock,
    private readonly record: OwnRecord,
    private readonly events: PresentLinkEvents,
  ) {
    this.renewal = new Timer(clock);
  }

  /** As people hand it on. */
  invite(keys: LinkKeys): string {
    return formatLink(this.address.origin, keys.link);
  }

  /** The hash of a token that nobody has: what is put in the place of a link that must let nobody in any more. */
  nobodys(): Promise<string> {
    return sha256(this.random(32)).then(toBase64Url);
  }

  /**
   * Makes a new link. The answer puts nothing in force: of two that are asked for at the same time the server takes the
   * first, answers both, and tells everybody which one it is.
   */
  async make(keys: LinkKeys): Promise<void> {
    const next = await keys.prepare(this.random);
    const message = await this.events.seal({ type: 'link', secret: toBase64Url(next.secret) });
    // Who is not in the group has nobody to tell; another moderator makes one.
    if (message === null) return;
    this.pending = [...this.pending, { message, next }].slice(-MOST_PENDING);
    const rotation = await keys.rotation(next, this.title, toBase64Url(message));
    await this.events.ask({ act: 'rotate', rotation });
  }

  /**
   * Follows a link that is in force now. `told` is what a moderator said about it; this page's own it knows by the
   * message. Resolves to whose it is, `null` where it cannot be followed.
   */
  async follow(keys: LinkKeys, message: Bytes, told: Content | null): Promise<'own' | 'others' | null> {
    const own = this.pending.find((one) => equal(one.message, message));
    const secret = own?.next.secret ?? (told?.type === 'link' ? fromBase64Url(told.secret) : null);
    if (secret?.length !== SECRET_LENGTH) return null;
    this.pending = this.pending.filter((one) => one !== own);
    this.linked();
    if (await keys.follow(secret, own?.next ?? null)) this.changed(keys);
    return own ? 'own' : 'others';
  }

  /** Reads the title: where it cannot be opened, the link is another one. True when that is news. */
  async read(keys: LinkKeys, sealed: SealedTitle): Promise<boolean> {
    const title = await keys.envelope.openTitle(sealed);
    const before = this.stale;
    this.stale = title === null;
    // The owner knows it from the list of meetings: a new link then brings it back for everybody.
    this.title = title ?? (this.title || (this.record.own?.note?.title ?? ''));
    return this.stale && !before;
  }

  tellStale(): void {
    this.events.notice({ kind: 'stale_link', host: this.events.isHost() });
  }

  /** The link lets nobody in any more, and whoever made that so is to make another. */
  unlinked(keys: LinkKeys): void {
    if (this.renewal.planned) return;
    const place = this.events.place() ?? 0;
    this.renewal.plan((1 + place) * NEXT_IN_LINE_MS, () => {
      // Who still has keys would be told it.
      if (this.events.place() !== null && this.events.isClear()) void this.make(keys);
      // Tried again, for as long as there is none.
      this.unlinked(keys);
    });
  }

  /** Out of the meeting, or the link is a good one. */
  linked(): void {
    this.renewal.cancel();
  }

  /** A reload must find the way back. */
  private changed(keys: LinkKeys): void {
    this.address.replace(this.invite(keys));
    this.stale = false;
    this.events.changed(this.invite(keys), this.title);
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
