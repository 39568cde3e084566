// What people type, before others see it: no control characters, nothing that turns the writing around.

export const NAME_LENGTH = 64;
/** The largest name in UTF-8 whose sealed form the server takes: the next size of padding would be too long. */
const NAME_BYTES = 255;
export const CHAT_LENGTH = 4000;

/** Control characters, and those that change the direction of writing or are not seen at all. */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const UNSEEN_IN_LINES = /[^\P{Cc}\n]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** One line of at most so many characters. */
export function cleanLine(text: string, length: number): string {
  const line = text.replaceAll(/\s+/gu, ' ').replaceAll(UNSEEN, '').trim();
  return [...line].slice(0, length).join('').trim();
}

/** One line of at most {@link NAME_LENGTH} characters. Applied to own names and, again, to those of others. */
export function cleanName(name: string): string {
  const letters = [...cleanLine(name, NAME_LENGTH)];
  while (new TextEncoder().encode(letters.join('')).length > NAME_BYTES) letters.pop();
  return letters.join('').trim();
}

/** Several lines. */
export function cleanText(text: string): string {
  return [...text.replaceAll(UNSEEN_IN_LINES, '').trim()].slice(0, CHAT_LENGTH).join('');
}
