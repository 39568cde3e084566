// A scene in a window: every tile gets its rectangle.

import { capacity, fit, grid, type Rect, type Size } from './grid';
import type { Scene } from './scene';

const GAP = 8;
const WIDE = 16 / 9;
/** The most tiles on one page, however large the window. */
const MOST_TILES = 25;
/** A face smaller than this is of no use. */
const SMALLEST_TILE = 140;
/** Windows narrower than this are phones held upright. */
const NARROW = 600;

export interface Placed {
  /** By tile key. */
  tiles: ReadonlyMap<string, Rect>;
  /** Where the strip says how many more people there are. */
  more: Rect | null;
}

/** How many tiles this window has room for: on a page, and in the strip beside the stage. */
export function roomFor(window: Size): { page: number; strip: number } {
  const page = capacity(
    { ...window, gap: GAP, ratio: tileRatio(window, MOST_TILES) },
    SMALLEST_TILE,
    MOST_TILES,
  );
  const { along, tile } = stripShape(window);
  const length = along === 'row' ? window.width : window.height;
  const each = (along === 'row' ? tile.width : tile.height) + GAP;
  return { page, strip: Math.max(1, Math.floor((length + GAP) / each)) };
}

export function place(shown: Scene, window: Size): Placed {
  const placed = placeMain(shown, window);
  if (!shown.floating) return placed;
  return {
    ...placed,
    tiles: new Map([...placed.tiles, [shown.floating.key, floatingRect(window, placed.tiles)]]),
  };
}

function placeMain(shown: Scene, window: Size): Placed {
  switch (shown.kind) {
    case 'alone':
      return { tiles: new Map(), more: null };
    case 'tiles': {
      const count = shown.tiles.length;
      const rects = grid({ ...window, count, gap: GAP, ratio: tileRatio(window, count) });
      return { tiles: pair(shown.tiles, rects), more: null };
    }
    case 'stage':
      return placeStage(shown, window);
  }
}

function placeStage(shown: Scene & { kind: 'stage' }, window: Size): Placed {
  const entries = shown.strip.length + (shown.more > 0 ? 1 : 0);
  const { along, tile } = stripShape(window);
  const room: Rect = { left: 0, top: 0, ...window };
  if (entries > 0 && along === 'row') room.height -= tile.height + GAP;
  if (entries > 0 && along === 'column') room.width -= tile.width + GAP;
  const stage = shown.stage.source === 'screen' || isNarrow(room) ? room : fit(room, WIDE);

  const rects = stripRects(window, along, tile, entries);
  const tiles = pair(shown.strip, rects);
  tiles.set(shown.stage.key, stage);
  return { tiles, more: shown.more > 0 ? (rects[entries - 1] ?? null) : null };
}

function stripShape(window: Size): { along: 'row' | 'column'; tile: Size } {
  const along = window.width < NARROW || window.width < window.height ? 'row' : 'column';
  const wished = along === 'row' ? (window.width - 2 * GAP) / 3 : window.width * 0.17;
  const width = Math.floor(Math.max(96, Math.min(208, wished)));
  return { along, tile: { width, height: Math.floor(width / WIDE) } };
}

function stripRects(window: Size, along: 'row' | 'column', tile: Size, count: number): Rect[] {
  const step = (along === 'row' ? tile.width : tile.height) + GAP;
  const start = Math.floor(((along === 'row' ? window.width : window.height) - (count * step - GAP)) / 2);
  return Array.from({ length: count }, (_, index) =>
    along === 'row'
      ? { left: start + index * step, top: window.height - tile.height, ...tile }
      : { left: window.width - tile.width, top: start + index * step, ...tile },
  );
}

/** In the lower corner of the one large tile, where the bar is near and faces are not. */
function floatingRect(window: Size, tiles: ReadonlyMap<string, Rect>): Rect {
  const right = Math.max(...[...tiles.values()].map((tile) => tile.left + tile.width), 0) || window.width;
  const width = Math.floor(Math.max(104, Math.min(224, window.width * 0.2)));
  const height = Math.floor(width / WIDE);
  return { left: Math.max(0, right - width - GAP), top: window.height - height - GAP, width, height };
}

/** On a phone held upright, squarer tiles waste less of it, and one person may have nearly all of it. */
function tileRatio(window: Size, count: number): number {
  if (!isNarrow(window)) return WIDE;
  if (count === 1) return Math.max(3 / 4, window.width / window.height);
  return count === 2 ? 1 : 4 / 3;
}

function isNarrow(window: Size): boolean {
  return window.width < NARROW && window.height > window.width;
}

function pair(tiles: readonly { key: string }[], rects: readonly Rect[]): Map<string, Rect> {
  const placed = new Map<string, Rect>();
  tiles.forEach((tile, index) => {
    const rect = rects[index];
    if (rect) placed.set(tile.key, rect);
  });
  return placed;
}
