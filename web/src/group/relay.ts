// What a member and the server say to one another about the group: the server orders and passes on, and reads nothing.

import type { IdentityKey, ParticipantId } from '../generated/protocol';
import type { Reply } from '../session/signalling';

export type { GroupEvent, GroupMessage, PersonToAdd } from '../generated/protocol';

/** What became of a message. */
export type Answer =
  | 'done'
  /** Another commit came first. */
  | 'stale'
  | 'denied'
  /** The connection was lost before the answer: it may have counted. */
  | 'lost';

export function answerOf(reply: Reply): Answer {
  switch (reply.kind) {
    case 'done':
    case 'answer':
      return 'done';
    case 'denied':
      return reply.reason === 'stale_epoch' ? 'stale' : 'denied';
    case 'lost':
      return 'lost';
    default:
      return reply satisfies never;
  }
}

/** Somebody on the server's list. */
export interface Listed {
  id: ParticipantId;
  identity: IdentityKey;
}
