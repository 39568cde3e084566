// Chat and reactions: sealed for the meeting, cleaned on both ways.

import type { Sealing } from '../crypto/sealing';
import type { Act, Channel, ParticipantId, ServerMessage } from '../generated/protocol';
import type { Said } from '../state/messages';
import { cleanName, cleanText } from './names';
import type { Reply } from './signalling';

/** An emoji is several characters, and no more than these. */
const REACTION_LENGTH = 8;

export interface WordsEvents {
  ask(act: Act): Promise<Reply>;
  show(line: Said): void;
}

export class Words {
  constructor(private readonly events: WordsEvents) {}

  /** The server tells the others; the own line is shown once that is done. */
  async say(
    sealing: Sealing,
    me: ParticipantId,
    channel: Channel,
    words: string,
    to: ParticipantId | null,
  ): Promise<void> {
    const text = clean(channel, words);
    if (text === '') return;
    const body = await sealing.sealBody(channel, text);
    const reply = await this.events.ask({ act: 'say', channel, to, body });
    if (reply.kind === 'done') this.show(channel, text, me, to);
  }

  async hear(
    sealing: Sealing,
    me: ParticipantId,
    said: Extract<ServerMessage, { type: 'said' }>,
  ): Promise<void> {
    const { channel, from, privately } = said;
    const opened = await sealing.openBody(channel, said.body);
    if (opened === null) console.warn('the words of a participant cannot be opened');
    else this.show(channel, clean(channel, opened), from, privately ? me : null);
  }

  private show(channel: Channel, text: string, from: ParticipantId, privatelyTo: ParticipantId | null): void {
    if (text !== '') this.events.show({ channel, from, privatelyTo, text, at: Date.now() });
  }
}

function clean(channel: Channel, words: string): string {
  return channel === 'chat' ? cleanText(words) : [...cleanName(words)].slice(0, REACTION_LENGTH).join('');
}
