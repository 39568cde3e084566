// Who an encrypted invitation is for, and what can be wrong with their keys (R1).

/** OpenPGP (RFC 9580) signs what it encrypts; age (age-encryption.org/v1) does not. */
export type Format = 'openpgp' | 'age';

/** Somebody who will be able to read the invitation. */
export interface Recipient {
  /** What the key says about its owner: checked to be the key's own words, not to be true. Empty for age. */
  names: readonly string[];
  /** What people compare: an OpenPGP fingerprint in groups of four, or the age recipient itself. */
  fingerprint: string;
  /** The public key as text. */
  key: string;
}

/** Only a {@link Reading} has one: all keys in it could be used at that time. */
export interface Recipients {
  format: Format;
  list: readonly Recipient[];
}

/** Why a text is not taken. */
export type KeyFault =
  | 'too_large'
  | 'not_a_key'
  /** Refused whatever else is in the text. */
  | 'secret_key'
  /** OpenPGP and age at once. */
  | 'mixed'
  | 'too_many'
  | 'damaged'
  // Of one OpenPGP key:
  | 'expired'
  | 'revoked'
  /** It begins in the future, by the clock of this device. */
  | 'not_yet_valid'
  | 'cannot_encrypt'
  | 'weak';

/** `whose`: the key's owner or its fingerprint, where the fault is of one key. */
export type Reading =
  | { ok: true; recipients: Recipients }
  | { ok: false; fault: KeyFault; whose: string | null };

/** The key that signs for a host, in all browsers where the host is signed in. */
export interface SigningKeyInfo {
  fingerprint: string;
  /** The armored public key. */
  publicKey: string;
}

/** How many can be invited in one text. */
export const RECIPIENTS_MAX = 20;
/** A key that many people have signed, with a photograph, is smaller. */
export const KEYS_LENGTH_MAX = 1024 * 1024;

export function refused(fault: KeyFault, whose: string | null = null): Reading {
  return { ok: false, fault, whose };
}

/** Twice the same key is one recipient. */
export function accepted(format: Format, all: readonly Recipient[]): Reading {
  const list = [...new Map(all.map((each) => [each.fingerprint, each])).values()];
  return list.length > RECIPIENTS_MAX ? refused('too_many') : { ok: true, recipients: { format, list } };
}
