// Which simulcast layers a camera is sent in. Pure.

import { STEADY_FRAME_RATE, steadyRate } from '../sframe/steady';

/** The smallest first, as browsers want them. Each rid means: about a quarter, half or all of what a large tile shows. */
export const LAYERS = ['q', 'h', 'f'] as const;

/** Of a picture, in pixels. */
export interface Size {
  width: number;
  height: number;
}

export interface CameraLayer {
  rid: (typeof LAYERS)[number];
  active: boolean;
  scaleResolutionDownBy: number;
  maxBitrate: number;
  maxFramerate?: number;
  /**
   * Three temporal layers let the server send every fourth picture alone where a path carries no more. In a strict meeting
   * they would make some pictures larger than others. Not all browsers know of this.
   */
  scalabilityMode?: 'L1T1' | 'L1T3';
}

/** Browsers encode no more than two layers of a smaller picture, whatever is asked for, and always the first two. */
const THREE_LAYERS = 960 * 540;
/** Half of a smaller picture is too little to recognise anybody. */
const TWO_LAYERS = 480 * 270;

/**
 * The layers for a picture of this size. The best one that is sent always has the whole size. While the size is not
 * known it is taken to be the usual one. In a strict meeting each leaves room in its cells.
 */
export function cameraLayers(size: Size | null, strict = false): CameraLayer[] {
  const layers = usualLayers(size);
  return strict ? layers.map((one) => steady(one, pixelsOf(size))) : layers;
}

function usualLayers(size: Size | null): CameraLayer[] {
  const pixels = pixelsOf(size);
  if (pixels >= THREE_LAYERS) {
    return [layer('q', 4, 100_000), layer('h', 2, 500_000), layer('f', 1, 1_700_000)];
  }
  if (pixels >= TWO_LAYERS) return [layer('q', 2, 100_000), layer('h', 1, 600_000), unused('f')];
  return [layer('q', 1, 250_000), unused('h'), unused('f')];
}

function pixelsOf(size: Size | null): number {
  return size === null ? THREE_LAYERS : size.width * size.height;
}

function steady(usual: CameraLayer, pixels: number): CameraLayer {
  return {
    ...usual,
    maxBitrate: steadyRate(pixels / usual.scaleResolutionDownBy ** 2),
    maxFramerate: STEADY_FRAME_RATE,
    scalabilityMode: 'L1T1',
  };
}

function layer(rid: CameraLayer['rid'], scaleResolutionDownBy: number, maxBitrate: number): CameraLayer {
  return { rid, active: true, scaleResolutionDownBy, maxBitrate, scalabilityMode: 'L1T3' };
}

/** Its numbers are of no meaning, but browsers want some. */
function unused(rid: CameraLayer['rid']): CameraLayer {
  return { ...layer(rid, 1, 150_000), active: false };
}

/** The encodings as they should be, or null where they are so already. What is not about layers stays. */
export function fitted(
  encodings: readonly RTCRtpEncodingParameters[],
  layers: readonly CameraLayer[],
): RTCRtpEncodingParameters[] | null {
  const wanted = encodings.map((encoding) => {
    const layer = layers.find(({ rid }) => rid === encoding.rid);
    return layer ? { ...withoutSteadiness(encoding), ...layer } : encoding;
  });
  const same = wanted.every(
    (encoding, index) =>
      encoding.active === encodings[index]?.active &&
      encoding.scaleResolutionDownBy === encodings[index]?.scaleResolutionDownBy &&
      encoding.maxBitrate === encodings[index]?.maxBitrate &&
      encoding.maxFramerate === encodings[index]?.maxFramerate,
  );
  return same ? null : wanted;
}

type Steadied = RTCRtpEncodingParameters & Pick<CameraLayer, 'scalabilityMode'>;

function withoutSteadiness(encoding: RTCRtpEncodingParameters): RTCRtpEncodingParameters {
  const { maxFramerate, scalabilityMode, ...rest } = encoding as Steadied;
  return rest;
}
