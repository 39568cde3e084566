// What members say to one another inside the group. All of it looks alike to the server: padded, and sealed.

import { type Bytes, fromUtf8, utf8 } from '../crypto/bytes';
import { KNOCKS } from '../generated/protocol';

/** A whole lobby. */
const MOST_ADMITTED = KNOCKS;

export type Content =
  /** Who somebody is: said on coming in, when it changes, and to those who come later. */
  | { type: 'profile'; name: string; hand: number | null }
  | { type: 'chat'; text: string }
  | { type: 'reaction'; emoji: string }
  /** By a moderator: what was done to those who hear it. */
  | { type: 'notice'; what: Intervention }
  /** By a moderator: please take the hand down. */
  | { type: 'lower_hand' }
  /** By a moderator: these people may come in through the closed door. */
  | { type: 'admitted'; identities: readonly string[] }
  /** By a moderator: the secret of the link that comes into force with this message. */
  | { type: 'link'; secret: string };

/** What a moderator did to somebody's sources, or to their right to have any. The server does it; the group tells who asked for it. */
export type Intervention =
  | 'muted'
  | 'muted_all'
  | 'asked_to_unmute'
  | 'video_stopped'
  | 'screen_stopped'
  | 'floor_given'
  | 'floor_taken';

const INTERVENTIONS: { readonly [N in Intervention]: true } = {
  muted: true,
  muted_all: true,
  asked_to_unmute: true,
  video_stopped: true,
  screen_stopped: true,
  floor_given: true,
  floor_taken: true,
};

export function encodeContent(content: Content): Bytes {
  return utf8(JSON.stringify(content));
}

/** `null` for what this page does not know: another page may be newer, or not ours. */
export function decodeContent(bytes: Bytes): Content | null {
  try {
    return read(JSON.parse(fromUtf8(bytes)));
  } catch {
    return null;
  }
}

function read(value: unknown): Content | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, name, hand, text, emoji, what, identities, secret } = value as Record<string, unknown>;
  switch (type) {
    case 'profile':
      return typeof name === 'string' && isHand(hand) ? { type, name, hand } : null;
    case 'chat':
      return typeof text === 'string' ? { type, text } : null;
    case 'reaction':
      return typeof emoji === 'string' ? { type, emoji } : null;
    case 'notice':
      return typeof what === 'string' && Object.hasOwn(INTERVENTIONS, what)
        ? { type, what: what as Intervention }
        : null;
    case 'lower_hand':
      return { type };
    case 'admitted':
      return isList(identities) ? { type, identities } : null;
    case 'link':
      return typeof secret === 'string' ? { type, secret } : null;
    default:
      return null;
  }
}

function isList(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= MOST_ADMITTED && value.every((one) => typeof one === 'string')
  );
}

/** Hands that went up earlier have smaller numbers. */
function isHand(hand: unknown): hand is number | null {
  return hand === null || (Number.isSafeInteger(hand) && (hand as number) >= 0);
}
