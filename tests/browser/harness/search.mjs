// Looks for secrets in bytes: in memory, in files.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shorter bytes could be there by chance. */
const SHORTEST = 8;

/** The forms in which something could lie about: `{ form, bytes }`. */
export function forms(secret) {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const found = [
    ['as it is', bytes],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
  ];
  if (typeof secret === 'string') found.push(['UTF-16', Buffer.from(secret, 'utf16le')]);
  for (const before of [0, 1, 2]) {
    const text = withinBase64(bytes, before);
    found.push([`Base64 after ${before}`, text]);
    found.push([`Base64url after ${before}`, text.replaceAll('+', '-').replaceAll('/', '_')]);
  }
  return found.map(([form, bytes]) => ({ form, bytes: Buffer.from(bytes) }));
}

/** The characters that are the same whatever stands around, where so many bytes stand before, modulo three. */
function withinBase64(bytes, before) {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = (before + bytes.length) % 3 === 0 ? text.length : text.length - 1;
  return text.slice(before === 0 ? 0 : before + 1, whole);
}

/** All forms of many secrets at once. */
export class Search {
  /** By their first two bytes. */
  #needles = new Map();
  #begins = new Uint8Array(0x10000);

  /** `secrets`: by what they are, text or bytes. */
  constructor(secrets) {
    for (const [what, secret] of Object.entries(secrets)) {
      for (const { form, bytes } of forms(secret)) {
        if (bytes.length < SHORTEST) throw new Error(`${what} is too short to be looked for`);
        const begin = bytes.readUInt16LE(0);
        this.#begins[begin] = 1;
        this.#needles.set(begin, [...(this.#needles.get(begin) ?? []), { name: `${what} (${form})`, bytes }]);
      }
    }
  }

  /** What is there, by name. */
  in(haystack) {
    const found = new Set();
    const begins = this.#begins;
    for (let at = 0, begin = haystack[0]; at + 1 < haystack.length; at += 1) {
      begin |= haystack[at + 1] << 8;
      if (begins[begin] === 1) {
        for (const { name, bytes } of this.#needles.get(begin)) {
          if (bytes.compare(haystack, at, Math.min(at + bytes.length, haystack.length)) === 0)
            found.add(name);
        }
      }
      begin >>= 8;
    }
    return [...found];
  }

  /** As `in`, over all of many. */
  inAll(haystacks) {
    return [...new Set(haystacks.flatMap((haystack) => this.in(haystack)))];
  }
}

/** All files of a folder, and the names that they have. */
export function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, path = parentPath, name }) => [
      Buffer.from(name),
      readFileSync(join(path, name)),
    ]);
}
