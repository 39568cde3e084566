// Looking closer at a shared screen. Coordinates are pixels of the frame that the picture is shown in.

import type { Size } from './grid';

export interface Zoom {
  /** 1 shows the whole picture. */
  scale: number;
  /** Where the picture's top left corner stands. */
  x: number;
  y: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const MOST_ZOOM = 6;

/** Changes the scale by `factor` and keeps what is under `point` where it is. */
export function zoomAt(zoom: Zoom, point: { x: number; y: number }, factor: number, frame: Size): Zoom {
  const scale = Math.min(MOST_ZOOM, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  return bounded(
    { scale, x: point.x - (point.x - zoom.x) * grown, y: point.y - (point.y - zoom.y) * grown },
    frame,
  );
}

export function pan(zoom: Zoom, dx: number, dy: number, frame: Size): Zoom {
  return bounded({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, frame);
}

/** The picture always covers the frame. */
function bounded(zoom: Zoom, frame: Size): Zoom {
  const clamp = (value: number, length: number) =>
    Math.min(0, Math.max(length * (1 - zoom.scale), value)) + 0;
  return { scale: zoom.scale, x: clamp(zoom.x, frame.width), y: clamp(zoom.y, frame.height) };
}
