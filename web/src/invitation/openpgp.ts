// Encrypting for OpenPGP keys, and signing as the host.

import { type Config, config, createMessage, encrypt, type Key, readKeys } from 'openpgp/lightweight';
import type { Bytes } from '../crypto/bytes';
import { cleanLine } from '../session/names';
import { accepted, type KeyFault, type Reading, type Recipient, type Recipients, refused } from './model';
import { fingerprintText, signingKey } from './signing-key';

export { describe, signingKey } from './signing-key';

/** For the question why a key is not taken: what the library finds too weak is good enough. */
const WEAK_TOO: Config = {
  ...config,
  minRSABits: 0,
  rejectPublicKeyAlgorithms: new Set(),
  rejectCurves: new Set(),
};
/** More than a name with an e-mail address of full length. */
const USER_ID_LENGTH = 320;
/** People have a handful of names, and strangers can add to a key. */
const USER_IDS_SHOWN = 5;

/** Armored blocks, or files without armor; each can hold several keys. */
export async function readOpenPgp(sources: readonly (string | Bytes)[], now: Date): Promise<Reading> {
  const recipients: Recipient[] = [];
  for (const source of sources) {
    const keys = await keysIn(source);
    if (keys === null) return refused(typeof source === 'string' ? 'damaged' : 'not_a_key');
    for (const key of keys) {
      const fault = await faultOf(key, now);
      if (fault !== null) return refused(fault, await nameOf(key, now));
      recipients.push(await recipientOf(key, now));
      // Before more time is spent on keys of which nobody needs so many.
      const reading = accepted('openpgp', recipients);
      if (!reading.ok) return reading;
    }
  }
  return accepted('openpgp', recipients);
}

/**
 * The armored message, signed with the host's key. The keys are checked again: time may have passed. Who carries the
 * message can see the ids of the recipients' keys; the signature is inside, for them alone.
 */
export async function encryptAndSign(
  recipients: Recipients,
  text: string,
  secret: Bytes,
  hostName: string,
  now: Date,
): Promise<string> {
  const encryptionKeys = await Promise.all(recipients.list.map(({ key }) => readOne(key)));
  const message = await createMessage({ text, date: now });
  const signingKeys = await signingKey(secret, hostName);
  return encrypt({ message, encryptionKeys, signingKeys, date: now });
}

async function readOne(armored: string): Promise<Key> {
  const [key] = await readKeys({ armoredKeys: armored });
  if (!key) throw new Error('a recipient was read from a key');
  return key;
}

async function keysIn(source: string | Bytes): Promise<Key[] | null> {
  try {
    return typeof source === 'string'
      ? await readKeys({ armoredKeys: source })
      : await readKeys({ binaryKeys: source });
  } catch {
    return null;
  }
}

/** `null` for a key for which something can be encrypted now. */
async function faultOf(key: Key, now: Date): Promise<KeyFault | null> {
  if (key.isPrivate()) return 'secret_key';
  if (key.getCreationTime() > now) return 'not_yet_valid';
  if (await key.isRevoked(undefined, undefined, now)) return 'revoked';
  if (!(await succeeds(key.verifyPrimaryKey(now)))) {
    return isPast(await key.getExpirationTime(), now) ? 'expired' : 'damaged';
  }
  if (await succeeds(key.getEncryptionKey(undefined, now))) return null;
  if (await succeeds(key.getEncryptionKey(undefined, now, undefined, WEAK_TOO))) return 'weak';
  return (await faultOfSubkeys(key, now)) ?? 'cannot_encrypt';
}

/** Whether there was a subkey for encryption once. */
async function faultOfSubkeys(key: Key, now: Date): Promise<KeyFault | null> {
  for (const subkey of key.subkeys) {
    if (!ENCRYPTING.has(subkey.getAlgorithmInfo().algorithm)) continue;
    if (isPast(await subkey.getExpirationTime(now), now)) return 'expired';
    if (subkey.revocationSignatures.length > 0 && !(await succeeds(subkey.verify(now)))) return 'revoked';
  }
  return null;
}

const ENCRYPTING: ReadonlySet<string> = new Set([
  'rsaEncryptSign',
  'rsaEncrypt',
  'elgamal',
  'ecdh',
  'x25519',
  'x448',
]);

/** The library says what it finds wrong in words only. */
function succeeds(check: Promise<unknown>): Promise<boolean> {
  return check.then(
    () => true,
    () => false,
  );
}

function isPast(time: Date | number | null, now: Date): boolean {
  return time instanceof Date && time <= now;
}

async function recipientOf(key: Key, now: Date): Promise<Recipient> {
  return {
    names: await namesOf(key, now),
    fingerprint: fingerprintText(key.getFingerprint()),
    key: key.armor(),
  };
}

/** The names that the key itself has signed. */
async function namesOf(key: Key, now: Date): Promise<string[]> {
  const users = await key.verifyAllUsers(undefined, now);
  return users
    .filter(({ valid, userID }) => valid === true && userID)
    .slice(0, USER_IDS_SHOWN)
    .map(({ userID }) => cleanLine(userID, USER_ID_LENGTH));
}

/** For a message about a key that cannot be used: its names may have expired with it. */
async function nameOf(key: Key, now: Date): Promise<string> {
  const [valid] = await namesOf(key, now);
  const [claimed = ''] = key.getUserIDs();
  return valid || cleanLine(claimed, USER_ID_LENGTH) || fingerprintText(key.getFingerprint());
}
