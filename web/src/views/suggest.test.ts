import { expect, test } from 'vitest';
import { strengthOf, suggestPassword } from './suggest';

function counter(start: number): () => number {
  let next = start;
  return () => {
    next += 1;
    return (next * 7) % 256;
  };
}

test('a suggestion is four words of two syllables', () => {
  for (let start = 0; start < 256; start += 1) {
    expect(suggestPassword(counter(start))).toMatch(
      /^([bdfghjklmnprstvz][aeiou]){2}(-([bdfghjklmnprstvz][aeiou]){2}){3}$/,
    );
  }
});

test('bytes that would favour some syllables are thrown away', () => {
  const bytes = [255, 240, 0, 0, 0, 0, 0, 0, 0, 0];
  let at = 0;
  expect(suggestPassword(() => bytes[at++] ?? 0)).toBe('baba-baba-baba-baba');
  expect(at).toBe(10);
});

test('strength goes by length', () => {
  expect(['', 'short', 'ten-letter', 'sixteen letters!'].map(strengthOf)).toEqual([
    'empty',
    'short',
    'fair',
    'good',
  ]);
});
