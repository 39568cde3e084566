// What people in the group hear from one another: names, hands, chat, reactions, and what moderators did. Each message is
// proven to be by whom it says (RFC 9420, 6.1); what only a moderator may say counts from nobody else (K4, P3).

import type { IdentityKey, MeetingSettings, Participant, ParticipantId } from '../generated/protocol';
import { type Content, decodeContent, type Intervention } from '../group/content';
import type { HeardMessage } from '../group/surroundings';
import type { Said } from '../state/messages';
import { cleanName, cleanText } from './names';
import type { Profile } from './roster';

/** An emoji is several characters, and no more than these. */
const REACTION_LENGTH = 8;

export interface TalkEvents {
  /** Says it to everybody in the group; to one person so that nobody else can read it. False where that failed. */
  say(content: Content, to: Participant | null): Promise<boolean>;
  me(): ParticipantId | null;
  settings(): MeetingSettings | null;
  byIdentity(identity: IdentityKey): Participant | null;
  profile(identity: IdentityKey): Profile | null;
  show(line: Said): void;
  profiled(identity: IdentityKey, profile: Profile): void;
  /** A moderator let somebody in. */
  admitted(identity: IdentityKey): void;
  noticed(by: ParticipantId, what: Intervention | 'hand_lowered'): void;
}

export class Talk {
  constructor(private readonly events: TalkEvents) {}

  /** The own line is shown once it is said. */
  async chat(words: string, to: Participant | null): Promise<void> {
    const text = cleanText(words);
    if (text === '' || !(await this.events.say({ type: 'chat', text }, to))) return;
    this.show('chat', text, this.events.me(), to?.id ?? null);
  }

  async react(sign: string): Promise<void> {
    const emoji = cleanSign(sign);
    if (emoji === '' || !(await this.events.say({ type: 'reaction', emoji }, null))) return;
    this.show('reaction', emoji, this.events.me(), null);
  }

  /** Their page may be another one than ours: what it says is cleaned again. */
  hear({ from, role, past, whispered, content: bytes }: HeardMessage): void {
    const content = decodeContent(bytes);
    const speaker = this.events.byIdentity(from);
    const moderates = role !== 'participant';
    const settings = this.events.settings();
    switch (content?.type) {
      case 'profile':
        this.events.profiled(from, {
          name: this.mayRename(from, moderates, settings)
            ? content.name
            : (this.nameOf(from) ?? content.name),
          hand: content.hand,
        });
        break;
      case 'chat':
        if (!speaker || !(settings?.chat || moderates)) return;
        this.show('chat', cleanText(content.text), speaker.id, whispered ? this.events.me() : null);
        break;
      case 'reaction':
        if (speaker) this.show('reaction', cleanSign(content.emoji), speaker.id, null);
        break;
      case 'notice':
        if (speaker && moderates) this.events.noticed(speaker.id, content.what);
        break;
      case 'lower_hand':
        if (speaker && moderates) this.events.noticed(speaker.id, 'hand_lowered');
        break;
      case 'admitted':
        // Kept back until somebody was sent away, it would let them in again.
        if (moderates && !past) for (const identity of content.identities) this.events.admitted(identity);
        break;
      case 'link':
      case undefined:
        // A link comes into force by the server's word alone, with a message of its own.
        break;
      default:
        content satisfies never;
    }
  }

  private nameOf(identity: IdentityKey): string | null {
    return this.events.profile(identity)?.name ?? null;
  }

  private mayRename(identity: IdentityKey, moderates: boolean, settings: MeetingSettings | null): boolean {
    return moderates || settings?.rename !== false || this.nameOf(identity) === null;
  }

  private show(
    channel: 'chat' | 'reaction',
    text: string,
    from: ParticipantId | null,
    privatelyTo: ParticipantId | null,
  ): void {
    if (text !== '' && from !== null) this.events.show({ channel, from, privatelyTo, text, at: Date.now() });
  }
}

function cleanSign(sign: string): string {
  return [...cleanName(sign)].slice(0, REACTION_LENGTH).join('');
}
