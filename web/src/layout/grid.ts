// Equal tiles of one shape, as large as they can be.

export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  left: number;
  top: number;
}

export interface GridWish extends Size {
  count: number;
  /** Between tiles, in pixels. */
  gap: number;
  /** Width by height. */
  ratio: number;
}

/**
 * Places `count` tiles in the given room: the number of columns that makes them largest, rows centred, the last
 * row as well. Every tile has the same size and the wished ratio.
 */
export function grid(wish: GridWish): Rect[] {
  const { columns, tile } = bestColumns(wish);
  if (tile.width <= 0 || tile.height <= 0) return [];
  const rows = Math.ceil(wish.count / columns);
  const usedHeight = rows * tile.height + (rows - 1) * wish.gap;
  const top = (wish.height - usedHeight) / 2;
  return Array.from({ length: wish.count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, wish.count - row * columns);
    const usedWidth = inRow * tile.width + (inRow - 1) * wish.gap;
    const left = (wish.width - usedWidth) / 2;
    return {
      left: left + (index - row * columns) * (tile.width + wish.gap),
      top: top + row * (tile.height + wish.gap),
      ...tile,
    };
  });
}

/** How many tiles, at most, are still at least `smallest` wide. At least one. */
export function capacity(room: Omit<GridWish, 'count'>, smallest: number, most: number): number {
  for (let count = most; count > 1; count -= 1) {
    if (bestColumns({ ...room, count }).tile.width >= smallest) return count;
  }
  return 1;
}

/** The largest rectangle of a ratio that fits, centred. */
export function fit(room: Rect, ratio: number): Rect {
  const width = Math.max(0, Math.min(room.width, room.height * ratio));
  const height = width / ratio;
  return {
    left: room.left + (room.width - width) / 2,
    top: room.top + (room.height - height) / 2,
    width,
    height,
  };
}

function bestColumns(wish: GridWish): { columns: number; tile: Size } {
  let best = { columns: 1, tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= wish.count; columns += 1) {
    const tile = tileSize(wish, columns);
    if (tile.width > best.tile.width) best = { columns, tile };
  }
  return best;
}

function tileSize({ count, width, height, gap, ratio }: GridWish, columns: number): Size {
  const rows = Math.ceil(count / columns);
  const across = (width - (columns - 1) * gap) / columns;
  const down = (height - (rows - 1) * gap) / rows;
  // Whole pixels, so that edges stay sharp.
  const tileWidth = Math.max(0, Math.floor(Math.min(across, down * ratio)));
  return { width: tileWidth, height: Math.max(0, Math.floor(tileWidth / ratio)) };
}
