// What moderators do. The server closes gates and doors, and asks nobody; the group is told who did it, so that nobody
// can do it in another's name (P3, K4). Who is sent away is out of the group as well, and has no keys any more (B5).

import type {
  Act,
  Denial,
  IdentityKey,
  MeetingSettings,
  Participant,
  ParticipantId,
  Role,
  Source,
} from '../generated/protocol';
import type { Content, Intervention } from '../group/content';
import type { ModerationActions } from '../state/actions';
import type { Door } from './door';
import type { Reply } from './signalling';

export interface ModerationEvents {
  ask(act: Act): Promise<Reply>;
  /** Known to be no use before the server is asked. */
  denied(reason: Denial): void;
  person(who: ParticipantId): Participant | null;
  /** To everybody in the group, or to one person alone. */
  say(content: Content, to: Participant | null): Promise<boolean>;
  /** Takes somebody's keys away; resolves to whether they are out of the group, which it waits for only so long. */
  expel(identity: IdentityKey): Promise<boolean>;
  /** By the group's own list. */
  isCoHost(identity: IdentityKey): boolean;
  /** The hash of a token that nobody has. */
  nobodys(): Promise<string>;
  newLink(): Promise<void>;
  door(): Door | null;
  /** Makes the group's list of co-hosts; false without the host key. */
  setCoHost(identity: IdentityKey, is: boolean): Promise<boolean>;
  /** As the server tells them. */
  settings(): MeetingSettings | null;
  /** The server has taken them. */
  settingsChanged(settings: MeetingSettings): void;
  /** A moderator here moved this switch; that the server tells it otherwise is no such thing (K2). */
  lobbyChanged(lobby: boolean): void;
}

export class Moderation implements ModerationActions {
  constructor(private readonly events: ModerationEvents) {}

  mute(who: ParticipantId): void {
    void this.close(who, { act: 'mute', participant: who }, ['microphone', 'screen_audio'], 'muted');
  }

  stopVideo(who: ParticipantId): void {
    void this.close(who, { act: 'stop_video', participant: who }, ['camera'], 'video_stopped');
  }

  stopScreen(who: ParticipantId): void {
    void this.close(who, { act: 'stop_screen', participant: who }, ['screen'], 'screen_stopped');
  }

  muteAll(): void {
    void this.askAndSay({ act: 'mute_all' }, 'muted_all', null);
  }

  askToUnmute(who: ParticipantId): void {
    void this.askAndSay({ act: 'ask_to_unmute', participant: who }, 'asked_to_unmute', who);
  }

  lowerHand(who: ParticipantId): void {
    const person = this.events.person(who);
    if (person) void this.events.say({ type: 'lower_hand' }, person);
  }

  /**
   * The removed person still knows the link: it lets nobody in from the same moment on. The next one is told to the
   * group when they are out of it (K7).
   */
  async remove(who: ParticipantId): Promise<void> {
    const person = this.events.person(who);
    const admission = await this.events.nobodys();
    const { kind } = await this.events.ask({ act: 'remove', participant: who, admission });
    if (kind !== 'done' || !person) return;
    await this.demote(person);
    // While they have keys they would be told the new link. Then it is made as soon as they have none.
    if (await this.events.expel(person.identity)) await this.events.newLink();
  }

  newLink(): Promise<void> {
    return this.events.newLink();
  }

  admit(who: IdentityKey): void {
    void this.events.door()?.admit(who);
  }

  admitAll(): void {
    void this.events.door()?.admitAll();
  }

  deny(who: IdentityKey): void {
    this.events.door()?.deny(who);
  }

  async sendToLobby(who: ParticipantId): Promise<void> {
    const person = this.events.person(who);
    const { kind } = await this.events.ask({ act: 'send_to_lobby', participant: who });
    if (kind !== 'done' || !person) return;
    await this.demote(person);
    await this.events.expel(person.identity);
  }

  /** Who is sent away comes back as nobody special. */
  private async demote({ identity }: Participant): Promise<void> {
    if (this.events.isCoHost(identity)) await this.events.setCoHost(identity, false);
  }

  /** The floor is the server's to give: it keeps the gates. The group tells who gave it. */
  giveFloor(who: ParticipantId, has: boolean): void {
    const role = has ? 'speaker' : 'participant';
    const what = has ? 'floor_given' : 'floor_taken';
    void this.askAndSay({ act: 'set_role', participant: who, role }, what, who);
  }

  /** The group first: the others believe it, not the server. */
  async setRole(who: ParticipantId, role: Role): Promise<void> {
    const person = this.events.person(who);
    if (!person) return this.events.denied('no_such_person');
    if (!(await this.events.setCoHost(person.identity, role === 'co_host'))) {
      return this.events.denied('not_host');
    }
    await this.events.ask({ act: 'set_role', participant: who, role });
  }

  /** `part`: the switches that were moved. A door is closed before the server knows of it, and opened after. */
  async changeSettings(part: Partial<MeetingSettings>): Promise<void> {
    const told = this.events.settings();
    if (told === null) return;
    const settings = { ...told, ...part };
    if (part.lobby === true) this.events.lobbyChanged(true);
    const { kind } = await this.events.ask({ act: 'change_settings', settings });
    if (part.lobby === true && kind === 'denied') this.events.lobbyChanged(false);
    if (kind !== 'done') return;
    if (part.lobby === false) this.events.lobbyChanged(false);
    this.events.settingsChanged(settings);
  }

  endForAll(): void {
    void this.events.ask({ act: 'end_for_all' });
  }

  /** Where nothing was open there is nothing to tell. */
  private close(who: ParticipantId, act: Act, sources: readonly Source[], what: Intervention): Promise<void> {
    const open = this.events.person(who)?.live.some((source) => sources.includes(source)) ?? false;
    return this.askAndSay(act, open ? what : null, who);
  }

  private async askAndSay(act: Act, what: Intervention | null, to: ParticipantId | null): Promise<void> {
    const person = to === null ? null : this.events.person(to);
    const { kind } = await this.events.ask(act);
    if (kind !== 'done' || what === null || (to !== null && !person)) return;
    await this.events.say({ type: 'notice', what }, person);
  }
}
