import { describe, expect, test } from 'vitest';
import { pad, padme, padmeSize, unpad } from './padding';
import { numbers } from './testkit';

describe('padding (K5)', () => {
  test('any content comes back, whatever it ends with', () => {
    const random = numbers(3);
    for (let round = 0; round < 500; round += 1) {
      const content = Uint8Array.of(
        ...random.bytes(random.below(40)),
        ...[0, 0x80, 0].slice(random.below(4)),
      );
      const size = content.length + 1 + random.below(40);
      const padded = pad(content, size);
      expect(padded).toHaveLength(size);
      expect(unpad(padded)).toEqual(content);
    }
  });

  test('content that leaves no room for the mark is not padded', () => {
    expect(() => pad(new Uint8Array(8), 8)).toThrow(RangeError);
    expect(() => pad(new Uint8Array(9), 8)).toThrow(RangeError);
    expect(pad(new Uint8Array(7), 8)).toHaveLength(8);
  });

  test.each([[[]], [[0]], [[0, 0, 0]], [[1]], [[0x80, 1]], [[0x80, 0, 7, 0]]])('%j has no mark', (bytes) => {
    expect(unpad(Uint8Array.from(bytes))).toBeNull();
  });
});

describe('the sizes of Padmé', () => {
  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [9, 10],
    [15, 16],
    [100, 104],
    [1000, 1024],
    [1025, 1088],
    [65_537, 67_584],
    [1_000_000, 1_015_808],
  ])('%i becomes %i', (length, size) => {
    expect(padme(length)).toBe(size);
  });

  test('never less, at most an eighth more, never fewer for more, and few', () => {
    let before = 0;
    const sizes = new Set<number>();
    for (let length = 1; length <= 200_000; length += 1) {
      const size = padme(length);
      const good = size >= length && size >= before && size <= length * 1.12 && padme(size) === size;
      if (!good) throw new Error(`${length} became ${size}`);
      sizes.add(size);
      before = size;
    }
    expect(sizes.size).toBeLessThan(250);
  });

  test('there is always room for the mark', () => {
    for (const length of [0, 1, 15, 16, 1023, 1024, 2 ** 30]) {
      expect(padmeSize(length)).toBeGreaterThan(length);
    }
  });
});
