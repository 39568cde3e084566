import { describe, expect, test } from 'vitest';
import { Cells, cellFor, STEADY_FRAME_RATE, steadyRate, wholeCells } from './steady';

const SIZES = [
  [160, 90],
  [320, 180],
  [640, 360],
  [640, 480],
  [1280, 720],
  [1920, 1080],
] as const;

describe('the cells of steady pictures (K5)', () => {
  test.each(SIZES)(
    'leave room for a picture of %i by %i that is nearly twice as large as usual',
    (width, height) => {
      const pixels = width * height;
      const usual = steadyRate(pixels) / 8 / STEADY_FRAME_RATE;
      expect(wholeCells(Math.floor(usual * 1.9), cellFor(pixels))).toBe(cellFor(pixels));
    },
  );

  test('are larger for more pixels', () => {
    const cells = SIZES.map(([width, height]) => cellFor(width * height));
    expect(cells).toEqual(cells.toSorted((one, other) => one - other));
  });

  test('take content and its mark', () => {
    const sizes = [0, 1, 98, 99, 100, 198, 199, 200].map((length) => wholeCells(length, 100));
    expect(sizes).toEqual([100, 100, 100, 100, 200, 200, 200, 300]);
  });

  test('stay as they are for each layer when fewer pixels are encoded', () => {
    const cells = new Cells();
    const small = { width: 320, height: 180 };
    const large = { width: 1280, height: 720 };
    const own = cellFor(1280 * 720);
    expect(cells.of({ synchronizationSource: 1, ...small })).toBe(cellFor(320 * 180));
    expect(cells.of({ synchronizationSource: 2, ...large })).toBe(own);
    expect(cells.of({ synchronizationSource: 2, ...small })).toBe(own);
    expect(cells.of({ synchronizationSource: 1, ...small })).toBe(cellFor(320 * 180));
  });

  test('are the largest for a browser that tells nothing of its frames', () => {
    expect(new Cells().of({})).toBe(cellFor(1920 * 1080));
  });
});
