// From the tiles on the screen to what the server is asked for. Pure.

import {
  type ParticipantId,
  type Source,
  type TileSize,
  VIDEO_SLOTS,
  type Watch,
} from '../generated/protocol';

export interface Tile {
  participant: ParticipantId;
  source: Source;
  heightPx: number;
}

/** The simulcast layers have about 180, 360 and 720 lines; a little blur is not seen. */
const SMALL_PX = 200;
const MEDIUM_PX = 400;

export function tileSize(heightPx: number): TileSize {
  if (heightPx <= SMALL_PX) return 'small';
  return heightPx <= MEDIUM_PX ? 'medium' : 'large';
}

/** The most important first; one line for each video, at the largest size that is shown of it. */
export function watchList(tiles: readonly Tile[]): Watch[] {
  const wanted = new Map<string, Watch>();
  const heights = new Map<string, number>();
  for (const { participant, source, heightPx } of tiles) {
    const key = `${participant}:${source}`;
    const height = Math.max(heightPx, heights.get(key) ?? 0);
    heights.set(key, height);
    wanted.set(key, { participant, source, size: tileSize(height) });
  }
  return [...wanted.values()].slice(0, VIDEO_SLOTS);
}

export function sameList(a: readonly Watch[], b: readonly Watch[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
