// The meeting's envelope: what is sealed with a key from the link, for people who are not in the encrypted group yet.

import type { IdentityKey, SealedName, SealedTitle } from '../generated/protocol';
import { type Bytes, fromBase64Url, fromUtf8, toBase64Url, utf8 } from './bytes';
import { bound, boundName, open, seal } from './seal';

/** Opening gives `null` for what does not open: another key, another purpose, another meeting. */
export class Envelope {
  constructor(
    private readonly meeting: string,
    private readonly key: CryptoKey,
  ) {}

  /** For those who open the door. */
  sealName(name: string, identity: IdentityKey): Promise<SealedName> {
    return this.seal(this.nameOf(identity), name);
  }

  /** `null` also for a name that was sealed as another person's. */
  openName(sealed: SealedName, identity: IdentityKey): Promise<string | null> {
    return this.open(this.nameOf(identity), sealed);
  }

  sealTitle(title: string): Promise<SealedTitle> {
    return this.seal(bound('title', this.meeting), title);
  }

  openTitle(sealed: SealedTitle): Promise<string | null> {
    return this.open(bound('title', this.meeting), sealed);
  }

  /** What is no key is nobody's: no page seals a name for it. */
  private nameOf(identity: IdentityKey): Bytes {
    return boundName(this.meeting, fromBase64Url(identity) ?? new Uint8Array());
  }

  private async seal(purpose: Bytes, text: string): Promise<string> {
    return toBase64Url(await seal(this.key, purpose, utf8(text)));
  }

  private async open(purpose: Bytes, sealed: string): Promise<string | null> {
    const bytes = fromBase64Url(sealed);
    const text = bytes && (await open(this.key, purpose, bytes));
    return text && textOf(text);
  }
}

function textOf(bytes: Bytes): string | null {
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
}
