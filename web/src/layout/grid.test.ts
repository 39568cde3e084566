import { describe, expect, test } from 'vitest';
import { capacity, fit, type GridWish, grid, type Rect } from './grid';

const WINDOWS = [
  { width: 1280, height: 700 },
  { width: 360, height: 560 },
  { width: 740, height: 260 },
  { width: 1920, height: 1000 },
  { width: 600, height: 600 },
];
const RATIOS = [16 / 9, 4 / 3];

function everyWish(): GridWish[] {
  return WINDOWS.flatMap((size) =>
    RATIOS.flatMap((ratio) =>
      Array.from({ length: 49 }, (_, index) => ({ ...size, ratio, gap: 8, count: index + 1 })),
    ),
  );
}

function overlap(a: Rect, b: Rect): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  );
}

/** The widest whole-pixel tile that fits in any number of columns, found by trying them all. */
function widestByTrying({ count, width, height, gap, ratio }: GridWish): number {
  for (let tile = width; tile > 0; tile -= 1) {
    const columns = Math.floor((width + gap) / (tile + gap));
    if (columns < 1) continue;
    const rows = Math.ceil(count / columns);
    if (rows * (tile / ratio) + (rows - 1) * gap <= height) return tile;
  }
  return 0;
}

describe('grid', () => {
  test('places every tile inside the window', () => {
    for (const wish of everyWish()) {
      const rects = grid(wish);
      expect(rects).toHaveLength(wish.count);
      const outside = rects.filter(
        ({ left, top, width, height }) =>
          left < 0 || top < 0 || left + width > wish.width || top + height > wish.height,
      );
      expect(outside, JSON.stringify(wish)).toEqual([]);
    }
  });

  test('lets no two tiles overlap', () => {
    for (const wish of everyWish()) {
      const rects = grid(wish);
      const clash = rects.some((a, index) => rects.slice(index + 1).some((b) => overlap(a, b)));
      expect(clash, JSON.stringify(wish)).toBe(false);
    }
  });

  test('makes tiles as large as trying every size does', () => {
    for (const wish of everyWish()) {
      expect(grid(wish)[0]?.width, JSON.stringify(wish)).toBe(widestByTrying(wish));
    }
  });

  test('centres the last row', () => {
    const rects = grid({ width: 1200, height: 700, count: 5, gap: 8, ratio: 16 / 9 });
    const bottom = Math.max(...rects.map((rect) => rect.top));
    const last = rects.filter((rect) => rect.top === bottom);
    const left = Math.min(...last.map((rect) => rect.left));
    const right = 1200 - Math.max(...last.map((rect) => rect.left + rect.width));
    expect(last.length).toBeLessThan(rects.length / 2);
    expect(left).toBeCloseTo(right);
  });

  test('places nothing in a window without area', () => {
    expect(grid({ width: 0, height: 0, count: 3, gap: 8, ratio: 1 })).toEqual([]);
  });
});

test('capacity is the last count whose tiles are wide enough', () => {
  const room = { width: 360, height: 560, gap: 8, ratio: 4 / 3 };
  const most = capacity(room, 148, 25);
  expect(widestByTrying({ ...room, count: most })).toBeGreaterThanOrEqual(148);
  expect(widestByTrying({ ...room, count: most + 1 })).toBeLessThan(148);
  expect(capacity({ ...room, width: 10 }, 148, 25)).toBe(1);
});

test('fit keeps the ratio and the centre', () => {
  expect(fit({ left: 10, top: 20, width: 400, height: 100 }, 2)).toEqual({
    left: 110,
    top: 20,
    width: 200,
    height: 100,
  });
  expect(fit({ left: 0, top: 0, width: 100, height: 400 }, 2)).toEqual({
    left: 0,
    top: 175,
    width: 100,
    height: 50,
  });
});
