// The own name: remembered for this tab, and sealed for the others.

import type { Act, SealedName } from '../generated/protocol';
import type { Store } from '../state/store';
import type { Membership } from './membership';
import { cleanName } from './names';
import type { Reply } from './signalling';

const NAME_KEY = 'incamera-name';

/** For this tab alone, so that a reload does not ask again. */
export function rememberedName(): string {
  return sessionStorage.getItem(NAME_KEY) ?? '';
}

export class OwnName {
  constructor(
    private readonly store: Store,
    private readonly ask: (act: Act) => Promise<Reply>,
  ) {}

  type(name: string): void {
    this.store.dispatch({ type: 'name', name });
  }

  remember(): void {
    sessionStorage.setItem(NAME_KEY, this.store.state.value.name);
  }

  sealed(membership: Membership): Promise<SealedName> {
    return seal(cleanName(this.store.state.value.name) || 'Guest', membership);
  }

  /** The name is another one once the server has said so. */
  async change(typed: string, membership: Membership): Promise<void> {
    const name = cleanName(typed);
    if (name === '') return;
    const reply = await this.ask({ act: 'rename', name: await seal(name, membership) });
    if (reply.kind !== 'done') return;
    this.type(name);
    this.remember();
  }
}

function seal(name: string, { sealing, identity }: Membership): Promise<SealedName> {
  return sealing.sealName(name, identity.key.publicKey);
}
