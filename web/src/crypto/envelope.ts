// The meeting's envelope: sealing with the keys of the link.

import type { IdentityKey, SealedBody, SealedLink, SealedName, SealedTitle } from '../generated/protocol';
import { type Bytes, fromBase64Url, fromUtf8, toBase64Url, utf8 } from './bytes';
import { SECRET_LENGTH } from './link';
import { bound, boundName, open, seal } from './seal';
import type { Sealing } from './sealing';

/** Former keys that are kept: names stay sealed under them until their owners have sealed them again. */
const FORMER_KEYS = 3;

export class Envelope implements Sealing {
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

  sealName(name: string, identity: IdentityKey): Promise<SealedName> {
    return this.seal(this.nameOf(identity), utf8(name));
  }

  openName(sealed: SealedName, identity: IdentityKey): Promise<string | null> {
    return this.open(this.nameOf(identity), sealed);
  }

  sealTitle(title: string): Promise<SealedTitle> {
    return this.seal(bound('title', this.meeting), utf8(title));
  }

  openTitle(sealed: SealedTitle): Promise<string | null> {
    return this.open(bound('title', this.meeting), sealed);
  }

  sealBody(label: 'chat' | 'reaction', text: string): Promise<SealedBody> {
    return this.seal(bound(label, this.meeting), utf8(text));
  }

  openBody(label: 'chat' | 'reaction', sealed: SealedBody): Promise<string | null> {
    return this.open(bound(label, this.meeting), sealed);
  }

  /** The secret is sealed as it stands in the link. */
  sealLink(secret: Bytes): Promise<SealedLink> {
    return this.seal(bound('link', this.meeting), utf8(toBase64Url(secret)));
  }

  async openLink(sealed: SealedLink): Promise<Bytes | null> {
    const text = await this.open(bound('link', this.meeting), sealed);
    const secret = text === null ? null : fromBase64Url(text);
    return secret?.length === SECRET_LENGTH ? secret : null;
  }

  /** What is no key is nobody's: no page seals a name for it. */
  private nameOf(identity: IdentityKey): Bytes {
    return boundName(this.meeting, fromBase64Url(identity) ?? new Uint8Array());
  }

  private async seal(purpose: Bytes, text: Bytes): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('an envelope always has a key');
    return toBase64Url(await seal(key, purpose, text));
  }

  private async open(purpose: Bytes, sealed: string): Promise<string | null> {
    const bytes = fromBase64Url(sealed);
    if (bytes === null) return null;
    for (const key of this.keys) {
      const text = await open(key, purpose, bytes);
      if (text !== null) return textOf(text);
    }
    return null;
  }
}

function textOf(bytes: Bytes): string | null {
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
}
