import { describe, expect, test } from 'vitest';
import { encodeHeader, LONGEST_HEADER, parseHeader } from './header';
import { hex, numbers } from './testkit';
import vectors from './vectors.json';

const big = (text: string) => BigInt(`0x${text}`);

describe('the SFrame header (K2)', () => {
  test('every vector of RFC 9605, both ways', () => {
    expect(vectors.headers).toHaveLength(289);
    for (const { kid, counter, encoded } of vectors.headers) {
      const header = { kid: big(kid), counter: big(counter) };
      const bytes = hex(encoded);
      expect(encodeHeader(header)).toEqual(bytes);
      expect(parseHeader(bytes)).toEqual({ kind: 'header', header, length: bytes.length });
    }
  });

  test('any two numbers come back, and what follows the header is not looked at', () => {
    const random = numbers(1);
    for (let round = 0; round < 2000; round += 1) {
      const header = { kid: random.wide(), counter: random.wide() };
      const encoded = encodeHeader(header);
      expect(encoded.length).toBeLessThanOrEqual(LONGEST_HEADER);
      const followed = Uint8Array.of(...encoded, ...random.bytes(random.below(20)));
      expect(parseHeader(followed)).toEqual({ kind: 'header', header, length: encoded.length });
    }
  });

  test('any bytes are a header with one spelling, or a fault', () => {
    const random = numbers(2);
    const seen = new Set<string>();
    for (let round = 0; round < 5000; round += 1) {
      const bytes = random.bytes(random.below(LONGEST_HEADER + 3));
      const parsed = parseHeader(bytes);
      seen.add(parsed.kind === 'header' ? 'header' : parsed.fault);
      if (parsed.kind === 'header')
        expect(encodeHeader(parsed.header)).toEqual(bytes.slice(0, parsed.length));
    }
    expect([...seen].sort()).toEqual(['header', 'not_minimal', 'truncated']);
  });

  test('every cut through a header is truncated', () => {
    const whole = encodeHeader({ kid: 0x123456n, counter: 0x654321n });
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseHeader(whole.subarray(0, length))).toEqual({ kind: 'fault', fault: 'truncated' });
    }
  });

  test.each([
    ['a small key id with a byte of its own', '8007'],
    ['a small counter with a byte of its own', '0807'],
    ['a leading zero in the key id', '900012'],
    ['a leading zero in the counter', '090012'],
  ])('%s is refused', (_, bytes) => {
    expect(parseHeader(hex(bytes))).toEqual({ kind: 'fault', fault: 'not_minimal' });
  });

  test.each([-1n, 1n << 64n])('%s is no number of 64 bits', (value) => {
    expect(() => encodeHeader({ kid: value, counter: 0n })).toThrow(RangeError);
    expect(() => encodeHeader({ kid: 0n, counter: value })).toThrow(RangeError);
  });
});
