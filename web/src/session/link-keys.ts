// The link and what is derived from it, through every change of the link (B5).

import { type Bytes, equal, type Random, toBase64Url } from '../crypto/bytes';
import { deriveMeetingKeys, type MeetingKeys, type PasswordHash } from '../crypto/derive';
import { Envelope } from '../crypto/envelope';
import { type MeetingLink, newSecret } from '../crypto/link';
import type { Sealing } from '../crypto/sealing';
import type { Rotation, SealedLink } from '../generated/protocol';
import type { LinkEntry } from '../group/group-session';
import { LinkSeal } from '../group/link-seal';
import type { GroupModule } from '../group/module';

/** A link that is not in force yet. */
export interface NextLink {
  secret: Bytes;
  keys: MeetingKeys;
}

export class LinkKeys {
  private readonly envelope: Envelope;

  private constructor(
    private present: MeetingLink,
    private keys: MeetingKeys,
    /** Kept in memory for as long as the page lives: the next link has the same password. */
    private readonly password: string | null,
    private readonly hash: PasswordHash,
  ) {
    this.envelope = new Envelope(present.id, keys.envelope);
  }

  static async derive(link: MeetingLink, password: string | null, hash: PasswordHash): Promise<LinkKeys> {
    return new LinkKeys(link, await deriveMeetingKeys(link.id, link.secret, password, hash), password, hash);
  }

  /** For all that members tell one another. */
  get sealing(): Sealing {
    return this.envelope;
  }

  get link(): MeetingLink {
    return this.present;
  }

  get token(): string {
    return toBase64Url(this.keys.token);
  }

  get secretText(): string {
    return toBase64Url(this.present.secret);
  }

  /** What the link gives to those who enter the group by it: a new one for each link. */
  entry(module: GroupModule): LinkEntry {
    const { id } = this.present;
    const { psk, admission, envelope, knock } = this.keys;
    return { proof: new module.LinkProof(psk, admission), seal: new LinkSeal(id, envelope, knock) };
  }

  async prepare(random: Random): Promise<NextLink> {
    const secret = newSecret(random);
    return { secret, keys: await this.keysOf(secret) };
  }

  async rotation(next: NextLink, title: string): Promise<Rotation> {
    return {
      admission: toBase64Url(next.keys.admission),
      link: await this.sealing.sealLink(next.secret),
      title: await new Envelope(this.present.id, next.keys.envelope).sealTitle(title),
    };
  }

  /** Adopts a link that is in force now. `own` are those that this page made itself: their keys are known. */
  async follow(sealed: SealedLink, own: Iterable<NextLink>): Promise<'adopted' | 'known' | 'unreadable'> {
    const secret = await this.sealing.openLink(sealed);
    if (secret === null) return 'unreadable';
    if (equal(secret, this.present.secret)) return 'known';
    const prepared = [...own].find((next) => equal(next.secret, secret));
    this.keys = prepared?.keys ?? (await this.keysOf(secret));
    this.present = { ...this.present, secret };
    this.envelope.change(this.keys.envelope);
    return 'adopted';
  }

  private keysOf(secret: Bytes): Promise<MeetingKeys> {
    return deriveMeetingKeys(this.present.id, secret, this.password, this.hash);
  }
}
