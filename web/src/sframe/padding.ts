// Padding, so that sizes tell little. The mark of ISO/IEC 7816-4 (0x80, then zeros) says where it begins.

import type { Bytes } from '../crypto/bytes';

const MARK = 0x80;

/** Throws a `RangeError` where the content and its mark do not fit. */
export function pad(content: Uint8Array, size: number): Bytes {
  if (content.length >= size) throw new RangeError('no room for the padding');
  const padded = new Uint8Array(size);
  padded.set(content);
  padded[content.length] = MARK;
  return padded;
}

/** `null` where there is no mark. */
export function unpad(padded: Bytes): Bytes | null {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end -= 1;
  return end >= 0 && padded[end] === MARK ? padded.slice(0, end) : null;
}

/** Room for the content and at least its mark, by the rule of Padmé: at most an eighth more. */
export function padmeSize(contentLength: number): number {
  return padme(contentLength + 1);
}

/**
 * Padmé (Nikitin et al., *Reducing Metadata Leakage from Encrypted Files and Communication with PURBs*, 2019, §4): a
 * length keeps only as many significant bits as its exponent has. For 1 to 2^31 - 1.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = 31 - Math.clz32(length);
  const significant = 32 - Math.clz32(exponent);
  const mask = 2 ** (exponent - significant) - 1;
  // Not `>>` and `&`, which would turn large lengths negative.
  return length + ((mask + 1 - (length % (mask + 1))) % (mask + 1));
}
