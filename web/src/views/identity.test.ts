import { expect, test } from 'vitest';
import { hueOf, initials } from './identity';

test('initials are those of the first and the last word', () => {
  expect(initials('Ada Lovelace')).toBe('AL');
  expect(initials('jean-luc picard')).toBe('JP');
  expect(initials('  Zoë  ')).toBe('Z');
  expect(initials('“Élodie” du Châtelet (she)')).toBe('ÉS');
  expect(initials('王秀英')).toBe('王');
  expect(initials('🙂')).toBe('?');
  expect(initials('')).toBe('?');
});

test('the colour depends on the key alone and uses the whole palette', () => {
  expect(hueOf('abc')).toBe(hueOf('abc'));
  const hues = new Set(Array.from({ length: 200 }, (_, index) => hueOf(`key-${index}`)));
  expect(hues.size).toBe(8);
});
