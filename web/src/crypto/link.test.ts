import { describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from './bytes';
import { newMeetingId, parseLink, parseMeetingPath } from './link';
import { pad, unpad } from './seal';

const SECRET = 'TzpkbiayaT7zS_RY-pfSxw';
const HASH = 'By2O62gCrJzwnNlRv75UKw';
const PATH = '/m/abcdefghijklmnop';

describe('a link (S2)', () => {
  test.each([
    ['no fragment', PATH, ''],
    ['no host', PATH, `#${SECRET}`],
    ['a short secret', PATH, `#${SECRET.slice(1)}.${HASH}`],
    ['a second spelling of the same bytes', PATH, `#${SECRET.slice(0, -1)}x.${HASH}`],
    ['an unknown mark', PATH, `#${SECRET}.${HASH}.q`],
    ['something after the mark', PATH, `#${SECRET}.${HASH}.p.x`],
    ['a short id', '/m/abc', `#${SECRET}.${HASH}`],
    ['letters that no id has', '/m/abcdefghijklmno1', `#${SECRET}.${HASH}`],
    ['another page', '/abcdefghijklmnop', `#${SECRET}.${HASH}`],
  ])('is refused with %s', (_, path, fragment) => {
    expect(parseLink(path, fragment)).toBeNull();
  });

  test('has an id of 80 random bits', () => {
    expect(newMeetingId((length) => new Uint8Array(length).fill(255))).toBe('7777777777777777');
    const id = newMeetingId((length) => Uint8Array.from({ length }, (_, at) => at * 25));
    expect(parseMeetingPath(`/m/${id}`)).toBe(id);
  });
});

describe('base64url', () => {
  test.each(['a', 'ab=', 'a+b/', 'aa a', 'ab'])('does not read %j', (text) => {
    expect(fromBase64Url(text)).toBeNull();
  });

  test('reads what it wrote, at every length', () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) % 256);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }
  });
});

describe('padding (P1)', () => {
  test('leaves few sizes', () => {
    const sizes = new Set(Array.from({ length: 300 }, (_, length) => pad(new Uint8Array(length)).length));
    expect([...sizes]).toEqual([64, 128, 256, 512]);
  });

  test('comes off again, also of texts that end in zeros', () => {
    for (const length of [0, 1, 62, 63, 64, 200]) {
      const text = new Uint8Array(length);
      expect(unpad(pad(text))).toEqual(text);
    }
    expect(unpad(new Uint8Array(64))).toBeNull();
  });
});
