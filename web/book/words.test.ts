// What the book says is on the page is there, in the same words.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { names, text } from '../src/views/text';
import { text as calendar } from '../src/views/text-calendar';
import { text as hours } from '../src/views/text-hours';
import { text as invitation } from '../src/views/text-invitation';
import { text as passkeys } from '../src/views/text-passkeys';
import { readBook } from './contents';

const { chapters } = readBook(fileURLToPath(new URL('../../docs/book', import.meta.url)));

/** Of browsers, not of our page. */
const FOREIGN = [
  'This site can’t be reached',
  'Server not found',
  'Your connection is not private',
  'Warning: potential security risk',
];

function wordsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : [];
}

const said = wordsIn([names, text, calendar, hours, invitation, passkeys]);

function markdown(file: string): string {
  // Lines end anywhere.
  return chapters.find((chapter) => chapter.file === file)?.markdown.replace(/\s+/g, ' ') ?? '';
}

describe('the words of the page', () => {
  it.each(['inviting.md', 'hosting.md', 'joining.md', 'trouble.md'])(
    'are the buttons to press, in %s',
    (file) => {
      const buttons = [...markdown(file).matchAll(/press \*\*(.+?)\*\*/gi)].map(({ 1: label = '' }) => label);
      // The browser's own.
      for (const label of buttons.filter((label) => label !== 'Allow')) {
        const without = said.map((each) => each.replace(/…$/, ''));
        expect(without, file).toContain(label.replace(/…$/, ''));
      }
    },
  );

  it('are quoted in the headings about what goes wrong', () => {
    const source = readFileSync(new URL('../../docs/book/trouble.md', import.meta.url), 'utf8');
    const quoted = [...source.matchAll(/^### .*$/gm)].flatMap(([heading]) => [
      ...heading.matchAll(/“(.+?)”/g),
    ]);
    expect(quoted.length).toBeGreaterThan(8);
    for (const [, words = ''] of quoted.filter(([, words = '']) => !FOREIGN.includes(words))) {
      expect(
        said.some((each) => each.includes(words)),
        words,
      ).toBe(true);
    }
  });
});
