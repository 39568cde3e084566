// What members of a meeting tell one another and the server cannot read (P1). The session seals and opens through this
// alone, so that it does not matter to it whose keys they are: the link's (envelope.ts), or an encrypted group's.

import type { IdentityKey, SealedBody, SealedLink, SealedName, SealedTitle } from '../generated/protocol';
import type { Bytes } from './bytes';

/** Opening gives `null` for what does not open: other keys, another purpose, another meeting. */
export interface Sealing {
  sealName(name: string, identity: IdentityKey): Promise<SealedName>;
  /** `null` also for a name that was sealed as another person's. */
  openName(sealed: SealedName, identity: IdentityKey): Promise<string | null>;
  openTitle(sealed: SealedTitle): Promise<string | null>;
  sealBody(label: 'chat' | 'reaction', text: string): Promise<SealedBody>;
  openBody(label: 'chat' | 'reaction', sealed: SealedBody): Promise<string | null>;
  /** The secret of the next link, for those who are in the meeting now. */
  sealLink(secret: Bytes): Promise<SealedLink>;
  openLink(sealed: SealedLink): Promise<Bytes | null>;
}
