// The link and what is derived from it, through every change of the link (B5).

import { type Bytes, equal, type Random, toBase64Url } from '../crypto/bytes';
import { deriveMeetingKeys, type MeetingKeys, type PasswordHash } from '../crypto/derive';
import { Envelope } from '../crypto/envelope';
import { type MeetingLink, newSecret } from '../crypto/link';
import type { Rotation, SealedLink } from '../generated/protocol';
import { LinkSeal } from '../group/link-seal';
import type { GroupModule } from '../group/module';
import type { LinkEntry } from '../group/surroundings';

/** A link that is not in force yet. */
export interface NextLink {
  secret: Bytes;
  keys: MeetingKeys;
}

export class LinkKeys {
  private sealing: Envelope;

  private constructor(
    private present: MeetingLink,
    private keys: MeetingKeys,
    /** Kept in memory for as long as the page lives: the next link has the same password. */
    private readonly password: string | null,
    private readonly hash: PasswordHash,
  ) {
    this.sealing = new Envelope(present.id, keys.envelope);
  }

  static async derive(link: MeetingLink, password: string | null, hash: PasswordHash): Promise<LinkKeys> {
    return new LinkKeys(link, await deriveMeetingKeys(link.id, link.secret, password, hash), password, hash);
  }

  /** For what those who have the link may read before they are in the group: the title, and who knocks. */
  get envelope(): Envelope {
    return this.sealing;
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

  /** `link` is the message that tells the group about it. */
  async rotation(next: NextLink, title: string, link: SealedLink): Promise<Rotation> {
    return {
      admission: toBase64Url(next.keys.admission),
      link,
      title: await new Envelope(this.present.id, next.keys.envelope).sealTitle(title),
    };
  }

  /** Adopts the secret of a link that is in force now. False for the one that is known already. */
  async follow(secret: Bytes, prepared: NextLink | null = null): Promise<boolean> {
    if (equal(secret, this.present.secret)) return false;
    this.keys = prepared?.keys ?? (await this.keysOf(secret));
    this.present = { ...this.present, secret };
    this.sealing = new Envelope(this.present.id, this.keys.envelope);
    return true;
  }

  private keysOf(secret: Bytes): Promise<MeetingKeys> {
    return deriveMeetingKeys(this.present.id, secret, this.password, this.hash);
  }
}
