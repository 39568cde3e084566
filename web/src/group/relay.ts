// What a member and the server say to one another about the group: the server orders and passes on, and reads nothing.

import type { IdentityKey, ParticipantId } from '../generated/protocol';

/** Somebody who waits to be added. */
export interface WantsIn {
  participant: ParticipantId;
  /** Sealed with the knock key. */
  keyPackage: string;
}

/** To the server. Bytes are base64url. */
export type GroupMessage =
  | { group: 'found'; info: string }
  | {
      group: 'commit';
      epoch: number;
      commit: string;
      info: string;
      welcome: { message: string; to: ParticipantId[] } | null;
    }
  | { group: 'ask_add'; keyPackage: string }
  | { group: 'refuse'; epoch: number };

/** From the server. */
export type GroupEvent =
  | { event: 'found' }
  | { event: 'turn'; epoch: number; info: string }
  | { event: 'commit'; number: number; epoch: number; from: ParticipantId; commit: string }
  | { event: 'welcome'; number: number; message: string }
  | { event: 'add'; people: WantsIn[] }
  | { event: 'withdrawn'; number: number; epoch: number };

/** What became of a message. */
export type Answer = 'done' | 'stale' | 'denied' | 'lost';

/** Somebody on the server's list. */
export interface Listed {
  id: ParticipantId;
  identity: IdentityKey;
}
