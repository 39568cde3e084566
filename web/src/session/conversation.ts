// What this page's person says to the others inside the group, and what it hears from them.

import { toBase64Url } from '../crypto/bytes';
import type {
  Act,
  Denial,
  IdentityKey,
  MeetingSettings,
  Participant,
  ParticipantId,
} from '../generated/protocol';
import type { Content } from '../group/content';
import type { HeardMessage } from '../group/surroundings';
import type { Said } from '../state/messages';
import type { Moderated, NoticeText } from '../state/model';
import type { Store } from '../state/store';
import type { Clock } from './clock';
import type { Membership } from './membership';
import { OwnProfile } from './own-profile';
import type { Reply } from './signalling';
import { Talk } from './talk';

export interface ConversationEvents {
  membership(): Membership | null;
  me(): ParticipantId | null;
  settings(): MeetingSettings | null;
  /** Asks the server, and shows where it says no. */
  ask(act: Act): Promise<Reply>;
  /** Asks the server, and keeps its answer from the person. */
  tell(act: Act): Promise<Reply>;
  show(line: Said): void;
  moderated(by: ParticipantId, what: Moderated): void;
  notice(text: NoticeText): void;
  denied(reason: Denial): void;
  /** The own name or hand is another one. */
  changed(): void;
}

export class Conversation {
  readonly profile: OwnProfile;
  private readonly talk: Talk;

  constructor(
    store: Store,
    clock: Clock,
    private readonly events: ConversationEvents,
  ) {
    this.profile = new OwnProfile(
      store,
      clock,
      (content, to) => this.announce(content, to),
      () => events.membership()?.roster.size ?? 0,
    );
    this.talk = new Talk({
      say: (content, to) => this.say(content, to),
      me: () => events.me(),
      settings: () => events.settings(),
      byIdentity: (identity) => events.membership()?.roster.byIdentity(identity) ?? null,
      profile: (identity) => events.membership()?.roster.profile(identity) ?? null,
      show: (line) => events.show(line),
      profiled: (identity, profile) => {
        events.membership()?.roster.setProfile(identity, profile);
        events.membership()?.attendance.profiled(identity);
      },
      admitted: (identity) => events.membership()?.group.admit(identity),
      noticed: (by, what) => {
        if (what === 'hand_lowered') this.setHand(false);
        events.moderated(by, what);
      },
    });
  }

  hear(message: HeardMessage): void {
    this.talk.hear(message);
  }

  setHand(up: boolean): void {
    const highest = this.events.membership()?.roster.highestHand() ?? 0;
    void this.profile.setHand(up ? highest + 1 : null).then(() => this.events.changed());
  }

  rename(name: string): void {
    void this.profile.rename(name).then(() => this.events.changed());
  }

  chat(text: string, to: ParticipantId | null): void {
    const person = to === null ? null : (this.events.membership()?.roster.get(to) ?? null);
    if (to === null || person) void this.talk.chat(text, person);
    else this.events.denied('no_such_person');
  }

  react(emoji: string): void {
    void this.talk.react(emoji);
  }

  /** To everybody in the group, or so that one person alone can read it; the person is told where it cannot be said. */
  async say(content: Content, to: Participant | null): Promise<boolean> {
    const body = (await this.events.membership()?.group.seal(content, to?.identity ?? null)) ?? null;
    if (body === null) {
      this.events.notice({ kind: 'not_said' });
      return false;
    }
    const reply = await this.events.ask({ act: 'say', to: to?.id ?? null, body: toBase64Url(body) });
    return reply.kind === 'done';
  }

  /** To everybody, or handed to one who came, by the page itself. Everybody may read it. */
  async announce(content: Content, to: IdentityKey | null): Promise<boolean> {
    const { group, roster } = this.events.membership() ?? {};
    const person = to === null ? null : roster?.byIdentity(to);
    const body = person === undefined ? null : ((await group?.seal(content, null)) ?? null);
    if (body === null) return false;
    const { kind } = await this.events.tell({ act: 'say', to: person?.id ?? null, body: toBase64Url(body) });
    return kind === 'done';
  }
}
