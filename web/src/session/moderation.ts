// What moderators ask for. The server decides, and tells everybody what came of it.

import { grant } from '../crypto/grant';
import type {
  Act,
  Denial,
  IdentityKey,
  KnockId,
  MeetingSettings,
  Participant,
  ParticipantId,
  Role,
  Rotation,
} from '../generated/protocol';
import type { ModerationActions } from '../state/actions';
import type { OwnMeeting } from './own-meeting';
import type { Reply } from './signalling';

export interface ModerationEvents {
  ask(act: Act): Promise<Reply>;
  /** Known to be no use before the server is asked. */
  denied(reason: Denial): void;
  person(who: ParticipantId): Participant | null;
  /** Null where this page does not hold the host key. */
  own(): OwnMeeting | null;
  changeLink(act: (rotation: Rotation) => Act): Promise<void>;
  /** Out of the encrypted group: who shares no keys any more hears and sees nothing more. */
  expel(identity: IdentityKey): void;
  /** The server has taken them. */
  settingsChanged(settings: MeetingSettings): void;
}

export class Moderation implements ModerationActions {
  constructor(private readonly events: ModerationEvents) {}

  mute(participant: ParticipantId): void {
    this.ask({ act: 'mute', participant });
  }

  muteAll(): void {
    this.ask({ act: 'mute_all' });
  }

  askToUnmute(participant: ParticipantId): void {
    this.ask({ act: 'ask_to_unmute', participant });
  }

  stopVideo(participant: ParticipantId): void {
    this.ask({ act: 'stop_video', participant });
  }

  stopScreen(participant: ParticipantId): void {
    this.ask({ act: 'stop_screen', participant });
  }

  /** The removed person still knows the link: it changes with the removal (K7). */
  async remove(participant: ParticipantId): Promise<void> {
    const person = this.events.person(participant);
    await this.events.changeLink((rotation) => ({ act: 'remove', participant, rotation }));
    if (person) this.events.expel(person.identity);
  }

  newLink(): Promise<void> {
    return this.events.changeLink((rotation) => ({ act: 'rotate', rotation }));
  }

  admit(knock: KnockId): void {
    this.ask({ act: 'admit', knock });
  }

  admitAll(): void {
    this.ask({ act: 'admit_all' });
  }

  deny(knock: KnockId): void {
    this.ask({ act: 'deny', knock });
  }

  async sendToLobby(participant: ParticipantId): Promise<void> {
    const person = this.events.person(participant);
    const { kind } = await this.events.ask({ act: 'send_to_lobby', participant });
    if (person && kind === 'done') this.events.expel(person.identity);
  }

  /** With a proof for the others, which only the host key can give. */
  async setRole(participant: ParticipantId, role: Role): Promise<void> {
    const [own, person] = [this.events.own(), this.events.person(participant)];
    if (!own || !person) {
      this.events.denied(person ? 'not_host' : 'no_such_person');
      return;
    }
    const proof = await grant(own.keys.signing, own.meeting, role, person.identity);
    await this.events.ask({ act: 'set_role', participant, role, grant: proof });
  }

  lowerHand(participant: ParticipantId): void {
    this.ask({ act: 'lower_hand', participant });
  }

  changeSettings(settings: MeetingSettings): void {
    void this.events.ask({ act: 'change_settings', settings }).then(({ kind }) => {
      if (kind === 'done') this.events.settingsChanged(settings);
    });
  }

  endForAll(): void {
    this.ask({ act: 'end_for_all' });
  }

  private ask(act: Act): void {
    void this.events.ask(act);
  }
}
