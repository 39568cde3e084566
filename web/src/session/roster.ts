// Who is in the meeting, as the server tells it and as this page can prove it.

import { isGranted } from '../crypto/grant';
import type { Sealing } from '../crypto/sealing';
import type {
  IdentityKey,
  Knock,
  MeetingId,
  Participant,
  ParticipantId,
  SealedName,
} from '../generated/protocol';
import type { KnownPerson } from '../state/messages';
import type { Waiting } from '../state/model';
import { cleanName } from './names';

/** Sealed names and grants that were looked at. Far more than fit into a meeting; then it begins anew. */
const REMEMBERED = 2000;

export class Roster {
  private readonly records = new Map<ParticipantId, Participant>();
  /** By identity and sealed name: what opens for one person does not for another. */
  private readonly names = new Map<string, string>();
  private readonly proofs = new Map<string, boolean>();
  private hostKey: string | null = null;

  constructor(
    private readonly meeting: MeetingId,
    private readonly sealing: Sealing,
  ) {}

  /** `hostKey` is null where the server's is not the one that the link names: then nobody's role is proven. */
  begin(hostKey: string | null): void {
    if (hostKey !== this.hostKey) this.proofs.clear();
    this.hostKey = hostKey;
    this.records.clear();
  }

  async learn(record: Participant): Promise<KnownPerson> {
    this.records.set(record.id, record);
    const { id, identity, role, live, hand, quality, connected } = record;
    const [name, proven] = [await this.openName(record.name, identity), await this.isProven(record)];
    return { id, identity, name, role, proven, live, hand, quality, connected };
  }

  forget(who: ParticipantId): void {
    this.records.delete(who);
  }

  get(who: ParticipantId): Participant | null {
    return this.records.get(who) ?? null;
  }

  all(): Participant[] {
    return [...this.records.values()];
  }

  /** People other than `me` whose microphone is live. */
  voices(me: ParticipantId | null): number {
    return this.all().filter(({ id, live }) => id !== me && live.includes('microphone')).length;
  }

  waiting(knocks: readonly Knock[]): Promise<Waiting[]> {
    return Promise.all(
      knocks.map(async ({ id, identity, name }) => ({ id, name: await this.openName(name, identity) })),
    );
  }

  private async openName(sealed: SealedName, identity: IdentityKey): Promise<string | null> {
    const entry = `${identity} ${sealed}`;
    const known = this.names.get(entry);
    if (known !== undefined) return known;
    const opened = await this.sealing.openName(sealed, identity);
    const name = opened === null ? '' : cleanName(opened);
    // Not remembered when it cannot be opened: a new key may be on its way.
    if (name === '') return null;
    if (this.names.size >= REMEMBERED) this.names.clear();
    this.names.set(entry, name);
    return name;
  }

  /** A participant without a part has nothing to prove. */
  private async isProven({ role, identity, grant }: Participant): Promise<boolean> {
    if (role === 'participant') return true;
    if (grant === null || this.hostKey === null) return false;
    const key = `${role} ${identity} ${grant}`;
    const known = this.proofs.get(key);
    if (known !== undefined) return known;
    const proven = await isGranted(this.hostKey, this.meeting, role, identity, grant);
    if (this.proofs.size >= REMEMBERED) this.proofs.clear();
    this.proofs.set(key, proven);
    return proven;
  }
}
