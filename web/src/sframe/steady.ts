// Steady pictures, for strict meetings: a camera sends as many bytes for a still picture as for a moving one (K5).
// Each layer has a cell, into which most of its pictures fit; larger ones take as many whole cells as they need.

/** Pictures a second, of each layer: as many as cameras make where there is little light, too. */
export const STEADY_FRAME_RATE = 15;

/** Bits a second that a layer takes, by its pixels, for the small ones first. */
const BUDGETS = [
  { below: 150_000, bits: 300_000 },
  { below: 600_000, bits: 900_000 },
  { below: Number.POSITIVE_INFINITY, bits: 2_400_000 },
] as const;

/**
 * How much of a cell the encoder aims at: pictures differ in size, the more so where every second one is of another
 * temporal layer, as Firefox encodes them. Few take twice as much as they should.
 */
const FILLING = 0.5;

/** As much of a browser's metadata (W3C, *WebRTC Encoded Transform*) as tells the layer of a frame. */
export interface FrameMetadata {
  synchronizationSource?: number;
  width?: number;
  height?: number;
}

/** Bytes of padded picture in one cell of a layer of so many pixels. */
export function cellFor(pixels: number): number {
  return Math.round(budget(pixels) / 8 / STEADY_FRAME_RATE);
}

/** Bits a second for the encoder of a layer of so many pixels. */
export function steadyRate(pixels: number): number {
  return Math.round(budget(pixels) * FILLING);
}

/** Room for the content and at least its mark. */
export function wholeCells(contentLength: number, cell: number): number {
  return Math.ceil((contentLength + 1) / cell) * cell;
}

/** A frame of which a browser tells nothing may be of the best layer. */
const LARGEST = 4096;

/** The cells of one sender, by layer. */
export class Cells {
  private readonly sizes = new Map<number, number>();

  /** Never smaller than before: a browser that falls behind encodes fewer pixels, and it does so when much moves. */
  of({ synchronizationSource = 0, width = LARGEST, height = LARGEST }: FrameMetadata): number {
    const cell = Math.max(cellFor(width * height), this.sizes.get(synchronizationSource) ?? 0);
    this.sizes.set(synchronizationSource, cell);
    return cell;
  }
}

function budget(pixels: number): number {
  return BUDGETS.find(({ below }) => pixels < below)?.bits ?? 0;
}
