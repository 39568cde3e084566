import { expect, test } from 'vitest';
import { MOST_ZOOM, pan, WHOLE, zoomAt } from './zoom';

const FRAME = { width: 800, height: 600 };

test('what is under the pointer stays there', () => {
  const point = { x: 200, y: 300 };
  const zoomed = zoomAt(WHOLE, point, 2, FRAME);
  expect(zoomed.x + (point.x - WHOLE.x) * 2).toBe(point.x);
  expect(zoomed.y + (point.y - WHOLE.y) * 2).toBe(point.y);
});

test('the scale has bounds', () => {
  expect(zoomAt(WHOLE, { x: 1, y: 1 }, 0.1, FRAME)).toEqual(WHOLE);
  expect(zoomAt(WHOLE, { x: 0, y: 0 }, 100, FRAME).scale).toBe(MOST_ZOOM);
});

test('the picture always covers the frame', () => {
  const zoomed = zoomAt(WHOLE, { x: 400, y: 300 }, 2, FRAME);
  expect(pan(zoomed, 9999, 9999, FRAME)).toEqual({ scale: 2, x: 0, y: 0 });
  expect(pan(zoomed, -9999, -9999, FRAME)).toEqual({ scale: 2, x: -800, y: -600 });
});
