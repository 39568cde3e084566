// The meeting's envelope: what its members can read and the server cannot (P1).

import type { SealedBody, SealedLink, SealedName, SealedTitle } from '../generated/protocol';
import { type Bytes, fromBase64Url, fromUtf8, toBase64Url, utf8 } from './bytes';
import { SECRET_LENGTH } from './link';
import { bound, type Label, open, seal } from './seal';

/** Former keys that are kept: names stay sealed under them until their owners have sealed them again. */
const FORMER_KEYS = 3;

export class Envelope {
  /** The present key first. */
  private keys: readonly CryptoKey[];

  constructor(
    private readonly meeting: string,
    key: CryptoKey,
  ) {
    this.keys = [key];
  }

  /** After a new link: seals with `key` from now on and still opens what was sealed before. */
  change(key: CryptoKey): void {
    this.keys = [key, ...this.keys].slice(0, FORMER_KEYS + 1);
  }

  sealName(name: string): Promise<SealedName> {
    return this.seal('name', utf8(name));
  }

  openName(sealed: SealedName): Promise<string | null> {
    return this.openText('name', sealed);
  }

  sealTitle(title: string): Promise<SealedTitle> {
    return this.seal('title', utf8(title));
  }

  openTitle(sealed: SealedTitle): Promise<string | null> {
    return this.openText('title', sealed);
  }

  sealBody(label: 'chat' | 'reaction', text: string): Promise<SealedBody> {
    return this.seal(label, utf8(text));
  }

  openBody(label: 'chat' | 'reaction', sealed: SealedBody): Promise<string | null> {
    return this.openText(label, sealed);
  }

  /** The secret is sealed as it stands in the link. */
  sealLink(secret: Bytes): Promise<SealedLink> {
    return this.seal('link', utf8(toBase64Url(secret)));
  }

  async openLink(sealed: SealedLink): Promise<Bytes | null> {
    const text = await this.openText('link', sealed);
    const secret = text === null ? null : fromBase64Url(text);
    return secret?.length === SECRET_LENGTH ? secret : null;
  }

  private async seal(label: Label, text: Bytes): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('an envelope always has a key');
    return toBase64Url(await seal(key, bound(label, this.meeting), text));
  }

  private async openText(label: Label, sealed: string): Promise<string | null> {
    const text = await this.open(label, sealed);
    if (text === null) return null;
    try {
      return fromUtf8(text);
    } catch {
      return null;
    }
  }

  private async open(label: Label, sealed: string): Promise<Bytes | null> {
    const bytes = fromBase64Url(sealed);
    if (bytes === null) return null;
    for (const key of this.keys) {
      const text = await open(key, bound(label, this.meeting), bytes);
      if (text !== null) return text;
    }
    return null;
  }
}
