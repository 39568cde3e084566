import { expect, test } from 'vitest';
import { text } from '../text';
import { linkWords } from './banner';

test('who waits for sound and picture reads what may help, once the first attempt has failed', () => {
  const words = (attempt: number, again = false) => linkWords({ kind: 'media', again, attempt });
  expect(words(1)).toBe(text.room.media);
  expect(words(1, true)).toBe(text.room.mediaAgain);
  expect(words(2)).toContain('another network');
  expect(words(3, true)).toBe(words(2));
  expect(linkWords({ kind: 'up' })).toBeNull();
});
