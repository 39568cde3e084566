// What somebody pasted, or chose as a file: which keys are in it. The code that reads them is loaded after.

import type { Bytes } from '../crypto/bytes';
import { KEYS_LENGTH_MAX, type KeyFault } from './model';

export type Found =
  | { format: 'openpgp'; keys: readonly (string | Bytes)[] }
  | { format: 'age'; keys: readonly string[] }
  | { format: null; fault: KeyFault };

const SECRET = /-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-/i;
/** Left over where the end is missing. */
const BEGIN = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;
const AGE = /\bage1[a-z0-9]+/g;

/** Words around the keys do not matter: they come out of letters. */
export function findKeys(input: string | Bytes): Found {
  if (input.length > KEYS_LENGTH_MAX) return nothing('too_large');
  const text = typeof input === 'string' ? input : textIn(input);
  if (text === null) return { format: 'openpgp', keys: [input] };
  if (SECRET.test(text)) return nothing('secret_key');
  const blocks = text.match(BLOCK) ?? [];
  const rest = text.replaceAll(BLOCK, ' ');
  if (rest.includes(BEGIN)) return nothing('damaged');
  const age = rest.match(AGE) ?? [];
  if (blocks.length > 0 && age.length > 0) return nothing('mixed');
  if (blocks.length > 0) return { format: 'openpgp', keys: blocks };
  return age.length > 0 ? { format: 'age', keys: age } : nothing('not_a_key');
}

function nothing(fault: KeyFault): Found {
  return { format: null, fault };
}

/** `null` for a file that is no text: then it is OpenPGP without armor, or nothing that can be used. */
function textIn(bytes: Bytes): string | null {
  // Some Windows programs write text that way.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
