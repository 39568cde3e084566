// What the link's keys seal about the group: its public state for who comes next, and the key package of who knocks.

import { type Bytes, fromBase64Url, type Random, systemRandom, toBase64Url } from '../crypto/bytes';
import { bound, decrypt, encrypt, type Label } from '../crypto/seal';

/** What a link gives to those who enter the group by it. Another link, other keys. */
export class LinkSeal {
  constructor(
    private readonly meeting: string,
    private readonly envelope: CryptoKey,
    private readonly knock: CryptoKey,
    private readonly random: Random = systemRandom,
  ) {}

  sealInfo(info: Bytes): Promise<string> {
    return this.seal('group', this.envelope, info);
  }

  openInfo(sealed: string): Promise<Bytes | null> {
    return this.open('group', this.envelope, sealed);
  }

  sealKeyPackage(keyPackage: Bytes): Promise<string> {
    return this.seal('knock', this.knock, keyPackage);
  }

  openKeyPackage(sealed: string): Promise<Bytes | null> {
    return this.open('knock', this.knock, sealed);
  }

  private async seal(label: Label, key: CryptoKey, bytes: Bytes): Promise<string> {
    return toBase64Url(await encrypt(key, bound(label, this.meeting), bytes, this.random));
  }

  private async open(label: Label, key: CryptoKey, sealed: string): Promise<Bytes | null> {
    const bytes = fromBase64Url(sealed);
    return bytes && decrypt(key, bound(label, this.meeting), bytes);
  }
}
