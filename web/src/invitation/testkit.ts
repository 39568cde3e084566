import type { Bytes } from '../crypto/bytes';
import { readAge } from './age';
import { type Reading, refused } from './model';
import { readOpenPgp } from './openpgp';
import { findKeys } from './recipients';

/** From a text or a file to the people in it, as the session does it. */
export async function readKeys(input: string | Bytes, now: Date): Promise<Reading> {
  const found = findKeys(input);
  switch (found.format) {
    case 'openpgp':
      return readOpenPgp(found.keys, now);
    case 'age':
      return readAge(found.keys);
    case null:
      return refused(found.fault);
  }
}
