import { expect, test } from 'vitest';
import { utf8 } from '../crypto/bytes';
import { type Content, decodeContent, encodeContent } from './content';

const ALL: Content[] = [
  { type: 'profile', name: 'Ada', hand: null },
  { type: 'profile', name: '', hand: 3 },
  { type: 'chat', text: 'Good morning\n' },
  { type: 'reaction', emoji: '👋' },
  { type: 'notice', what: 'muted_all' },
  { type: 'lower_hand' },
  { type: 'link', secret: 'AAAAAAAAAAAAAAAAAAAAAA' },
];

test.each(ALL)('$type is read as it was said', (content) => {
  expect(decodeContent(encodeContent(content))).toEqual(content);
});

test.each([
  ['no JSON', '{'],
  ['no object', 'null'],
  ['a type of another time', '{"type":"dance"}'],
  ['a type that every object has', '{"type":"constructor"}'],
  ['a missing field', '{"type":"profile","name":"Ada"}'],
  ['another kind', '{"type":"chat","text":7}'],
  ['a hand below the first', '{"type":"profile","name":"Ada","hand":-1}'],
  ['a notice that nobody gives', '{"type":"notice","what":"toString"}'],
])('%s is passed over', (_, text) => {
  expect(decodeContent(utf8(text))).toBeNull();
});

test('bytes that are no text are passed over', () => {
  expect(decodeContent(new Uint8Array([0xff, 0xfe]))).toBeNull();
});

test('what is not asked for is dropped', () => {
  expect(decodeContent(utf8('{"type":"lower_hand","of":"everybody"}'))).toEqual({ type: 'lower_hand' });
});
