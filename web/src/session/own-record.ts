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
  private readonly timer: Timer;

  constructor(
    clock: Clock,
    private readonly api: Api,
    private readonly random: Random,
  ) {
    this.timer = new Timer(clock);
  }

  /** Null when the list still has the former link. */
  async keepLink(host: OwnMeeting, secret: string): Promise<OwnMeeting | null> {
    if (!host.note) return null;
    const note = { ...host.note, secret };
    const record = await sealNote(host.keys, host.meeting, note, this.random);
    try {
      await this.api.updateMeeting(host.meeting, { settings: null, record });
      return { ...host, note };
    } catch (error) {
      console.warn('the list of meetings still has the old link:', error);
      return null;
    }
  }

  /** The lock is for this time alone: next time it would keep the invited out. */
  keepSettings(host: OwnMeeting, settings: MeetingSettings): void {
    if (!host.kept) return;
    this.timer.plan(DELAY_MS, () => {
      this.api
        .updateMeeting(host.meeting, { settings: { ...settings, locked: false }, record: null })
        .catch((error: unknown) => console.warn('the settings hold for this time alone:', error));
    });
  }
}
