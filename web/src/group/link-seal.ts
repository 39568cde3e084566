// What the link's keys seal about the group: its public state for who comes next, and the key package of who knocks.

import {
  type Bytes,
  concat,
  fromBase64Url,
  type Random,
  systemRandom,
  toBase64Url,
  utf8,
} from '../crypto/bytes';
import { decrypt, encrypt } from '../crypto/seal';

type Purpose = 'group' | 'knock';

/** AES-256-GCM with a fresh nonce in front, tied to its purpose and its meeting. */
async function seal(
  purpose: Purpose,
  key: CryptoKey,
  meeting: string,
  bytes: Bytes,
  random: Random,
): Promise<string> {
  return toBase64Url(await encrypt(key, bound(purpose, meeting), bytes, random));
}

async function open(
  purpose: Purpose,
  key: CryptoKey,
  meeting: string,
  sealed: string,
): Promise<Bytes | null> {
  const bytes = fromBase64Url(sealed);
  return bytes && decrypt(key, bound(purpose, meeting), bytes);
}

function bound(purpose: Purpose, meeting: string): Bytes {
  return concat(utf8(`${purpose}\0`), utf8(meeting));
}

/** What a link gives to those who enter the group by it. Another link, other keys. */
export class LinkSeal {
  constructor(
    private readonly meeting: string,
    private readonly envelope: CryptoKey,
    private readonly knock: CryptoKey,
    private readonly random: Random = systemRandom,
  ) {}

  sealInfo(info: Bytes): Promise<string> {
    return seal('group', this.envelope, this.meeting, info, this.random);
  }

  openInfo(sealed: string): Promise<Bytes | null> {
    return open('group', this.envelope, this.meeting, sealed);
  }

  sealKeyPackage(keyPackage: Bytes): Promise<string> {
    return seal('knock', this.knock, this.meeting, keyPackage, this.random);
  }

  openKeyPackage(sealed: string): Promise<Bytes | null> {
    return open('knock', this.knock, this.meeting, sealed);
  }
}
