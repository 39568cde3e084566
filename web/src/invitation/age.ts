// Encrypting for age recipients: no names, no validity, no signature.

import { armor, Encrypter } from 'age-encryption';
import { accepted, type Reading, type Recipients, refused } from './model';

export function readAge(keys: readonly string[]): Reading {
  try {
    for (const key of keys) new Encrypter().addRecipient(key);
  } catch {
    // A letter is wrong or missing: the checksum tells.
    return refused('damaged');
  }
  return accepted(
    'age',
    keys.map((key) => ({ names: [], fingerprint: key, key })),
  );
}

/** The armored file. */
export async function encryptUnsigned(recipients: Recipients, text: string): Promise<string> {
  const encrypter = new Encrypter();
  for (const { key } of recipients.list) encrypter.addRecipient(key);
  return armor.encode(await encrypter.encrypt(text));
}
