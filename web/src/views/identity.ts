// What stands for a person where there is no picture.

/** The number of calm colours in the style sheet (`.hue-0` and so on). */
const HUES = 8;

/** The same for the same key, in every page. */
export function hueOf(identityKey: string): number {
  let sum = 0;
  for (const letter of identityKey) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65521;
  return sum % HUES;
}

/** One or two letters of a name, as people write them: first and last word. */
export function initials(name: string): string {
  const words = name.split(/[\s_.-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return letter(first) + (last ? letter(last) : '');
}

function letter(word: string): string {
  return (/[\p{L}\p{N}]\p{M}*/u.exec(word)?.[0] ?? '').toLocaleUpperCase();
}
