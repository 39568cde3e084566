import { describe, expect, test } from 'vitest';
import { encodeHeader } from './header';
import {
  COUNTER_END,
  encodeFrameHeader,
  FIRST_COUNTER,
  HEADER_LENGTH,
  keyId,
  MOST_LEAVES,
  parseFrameHeader,
} from './profile';
import { numbers } from './testkit';

const SOURCES = ['microphone', 'camera', 'screen', 'screen_audio'] as const;

describe('the numbers in the header', () => {
  test('any sender, epoch and counter come back, in seven bytes', () => {
    const random = numbers(5);
    for (let round = 0; round < 2000; round += 1) {
      const sender = { leaf: random.below(MOST_LEAVES), source: SOURCES[random.below(4)] ?? 'camera' };
      const epoch = random.below(100_000);
      const counter = FIRST_COUNTER + random.below(COUNTER_END - FIRST_COUNTER);
      const kid = keyId(sender, epoch);
      const bytes = encodeFrameHeader(kid, counter);
      expect(bytes).toHaveLength(HEADER_LENGTH);
      expect(bytes[0]).toBe(0xaa);
      expect(parseFrameHeader(bytes)).toEqual({ kid, sender, epochByte: epoch % 256, counter });
    }
  });

  test('as the protocol writes it', () => {
    expect(keyId({ leaf: 0x123, source: 'camera' }, 0x456)).toBe(0x512356n);
  });

  test.each([-1, 0.5, MOST_LEAVES, Number.NaN])('%s is not a leaf', (leaf) => {
    expect(() => keyId({ leaf, source: 'camera' }, 0)).toThrow(RangeError);
  });

  test.each([0, FIRST_COUNTER - 1, COUNTER_END])('%i is not a counter', (counter) => {
    expect(() => encodeFrameHeader(keyId({ leaf: 0, source: 'camera' }, 0), counter)).toThrow(RangeError);
  });

  test.each([0n, 200n, 0xffffn, 0x1000000n])('counter %s has not three bytes', (counter) => {
    const bytes = new Uint8Array(HEADER_LENGTH + 4);
    bytes.set(encodeHeader({ kid: keyId({ leaf: 0, source: 'camera' }, 0), counter }));
    expect(parseFrameHeader(bytes)).toBeNull();
  });

  test('two bytes of key id and four of counter are seven bytes, too', () => {
    expect(parseFrameHeader(encodeHeader({ kid: 0x5123n, counter: 0x1000000n }))).toBeNull();
  });

  test.each([0x3fffffn, 0x800000n])('key id %s has no source', (kid) => {
    expect(parseFrameHeader(encodeFrameHeader(kid, FIRST_COUNTER))).toBeNull();
  });
});
