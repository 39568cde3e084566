// The meeting's record in the owner's list follows what happens in the meeting, so that the next time begins with it.

import { type MeetingNote, sealNote } from '../crypto/account';
import type { Random } from '../crypto/bytes';
import type { MeetingSettings } from '../generated/protocol';
import { type Api, ApiError } from './api';
import { type Clock, Timer } from './clock';
import type { OwnMeeting } from './own-meeting';

/** Switches are often moved several at a time. */
const DELAY_MS = 1000;
/** After how long a link that could not be written is tried again, and no more often: a minute and a half in all. */
const AGAIN_MS = [1000, 4000, 15_000, 30_000, 40_000];

/** What became of a link that was to be written: `trying` comes before one of the others, where it comes. */
export type Keeping =
  | 'kept'
  | 'trying'
  /** The list still has the former link, and will. */
  | 'not_kept';

export class OwnRecord {
  private present: OwnMeeting | null = null;
  private readonly settingsTimer: Timer;
  private readonly linkTimer: Timer;
  /** As it was read, or as this page wrote it last: what it did not change it leaves to others. */
  private noted: MeetingNote | null = null;
  private lastWrite: Promise<unknown> = Promise.resolve();
  /** The newest link to be written; what is tried for an older one stops. */
  private wanted = '';

  constructor(
    clock: Clock,
    private readonly api: Api,
    private readonly random: Random,
  ) {
    this.settingsTimer = new Timer(clock);
    this.linkTimer = new Timer(clock);
  }

  /** Null where this browser is not the owner's. */
  get own(): OwnMeeting | null {
    return this.present;
  }

  set own(own: OwnMeeting | null) {
    this.present = own;
    this.noted = own?.note ?? null;
  }

  /** `tell` hears nothing more once a newer link is to be written. */
  keepLink(secret: string, tell: (keeping: Keeping) => void): void {
    this.wanted = secret;
    this.note({ secret });
    this.linkTimer.cancel();
    void this.tryLink(secret, 0, (keeping) => {
      if (this.wanted === secret) tell(keeping);
    });
  }

  private async tryLink(secret: string, attempt: number, tell: (keeping: Keeping) => void): Promise<void> {
    const outcome = await this.writeLink();
    if (this.wanted !== secret) return;
    const wait = AGAIN_MS[attempt];
    if (outcome !== 'trying' || wait === undefined) {
      tell(outcome === 'kept' ? 'kept' : 'not_kept');
      return;
    }
    if (attempt === 0) tell('trying');
    this.linkTimer.plan(wait, () => void this.tryLink(secret, attempt + 1, tell));
  }

  /** `trying` where another attempt may do better. */
  private async writeLink(): Promise<Keeping> {
    if (!this.own?.note) return 'not_kept';
    try {
      await this.write(null);
    } catch (error) {
      console.warn('the list of meetings still has the old link:', error);
      return mayPass(error) ? 'trying' : 'not_kept';
    }
    return 'kept';
  }

  /** The lock is for this time alone: next time it would keep the invited out. */
  keepSettings(settings: MeetingSettings): void {
    if (!this.own?.kept) return;
    this.settingsTimer.plan(DELAY_MS, () => {
      this.write({ ...settings, locked: false }).catch((error: unknown) =>
        console.warn('the settings hold for this time alone:', error),
      );
    });
  }

  /** Whether moderators let people in, for when this page makes the group again. */
  noteLobby(lobby: boolean): void {
    this.note({ lobby });
  }

  private note(change: Partial<MeetingNote>): void {
    const { own } = this;
    if (own?.note) this.present = { ...own, note: { ...own.note, ...change } };
  }

  /** One after the other, each with all that is noted by then: none undoes another. */
  private write(settings: MeetingSettings | null): Promise<void> {
    const written = this.lastWrite.then(async () => {
      const { own } = this;
      if (!own) return;
      const { note } = own;
      const record =
        note === this.noted ? null : note && (await sealNote(own.keys, own.meeting, note, this.random));
      await this.api.updateMeeting(own.meeting, { settings, record });
      this.noted = note;
    });
    this.lastWrite = written.catch(() => undefined);
    return written;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ApiError && ['unreachable', 'internal', 'slow_down'].includes(error.code);
}
