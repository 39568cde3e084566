import { expect, test } from 'vitest';
import { type Command, commandOf, type Focus, type Key } from './shortcuts';

function press(key: string, change: Partial<Key> = {}): Key {
  return { key, code: '', ctrlKey: false, metaKey: false, altKey: false, ...change };
}

const CASES: [string, Key, Focus, Command | null][] = [
  ['M', press('m'), 'page', 'microphone'],
  ['M on a button', press('M'), 'control', 'microphone'],
  ['M while typing', press('m'), 'typing', null],
  ['Ctrl+D while typing', press('d', { ctrlKey: true }), 'typing', 'microphone'],
  ['Cmd+E', press('e', { metaKey: true }), 'page', 'camera'],
  ['Ctrl+M is the browser’s', press('m', { ctrlKey: true }), 'page', null],
  ['Alt+M', press('m', { altKey: true }), 'page', null],
  ['V', press('v'), 'page', 'camera'],
  ['M on a Cyrillic keyboard', press('ь', { code: 'KeyM' }), 'page', 'microphone'],
  ['Space', press(' '), 'page', 'talk'],
  ['Space on a button', press(' '), 'control', null],
  ['Space while typing', press(' '), 'typing', null],
  ['?', press('?'), 'page', 'help'],
  ['any other key', press('x'), 'page', null],
  ['an unnamed key', press('Shift'), 'page', null],
];

test.each(CASES)('%s', (_, key, focus, command) => {
  expect(commandOf(key, focus)).toBe(command);
});
