// The meeting's record in the owner's list follows what happens in the meeting, so that the next time begins with it.

import { sealNote } from '../crypto/account';
import type { Random } from '../crypto/bytes';
import type { MeetingSettings } from '../generated/protocol';
import type { Api } from './api';
import { type Clock, Timer } from './clock';
import type { OwnMeeting } from './own-meeting';

/** Switches are often moved several at a time. */
const DELAY_MS = 1000;

export class OwnRecord {
  /** Null where this browser is not the owner's. */
  own: OwnMeeting | null = null;
  private readonly timer: Timer;

  constructor(
    clock: Clock,
    private readonly api: Api,
    private readonly random: Random,
  ) {
    this.timer = new Timer(clock);
  }

  /** False when there is no list, or it still has the former link. */
  async keepLink(secret: string): Promise<boolean> {
    const { own } = this;
    if (!own?.note) return false;
    const note = { ...own.note, secret };
    const record = await sealNote(own.keys, own.meeting, note, this.random);
    try {
      await this.api.updateMeeting(own.meeting, { settings: null, record });
    } catch (error) {
      console.warn('the list of meetings still has the old link:', error);
      return false;
    }
    this.own = { ...own, note };
    return true;
  }

  /** The lock is for this time alone: next time it would keep the invited out. */
  keepSettings(settings: MeetingSettings): void {
    const { own } = this;
    if (!own?.kept) return;
    this.timer.plan(DELAY_MS, () => {
      this.api
        .updateMeeting(own.meeting, { settings: { ...settings, locked: false }, record: null })
        .catch((error: unknown) => console.warn('the settings hold for this time alone:', error));
    });
  }
}
