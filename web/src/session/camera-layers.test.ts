import { describe, expect, test } from 'vitest';
import { cellFor, STEADY_FRAME_RATE } from '../sframe/steady';
import { cameraLayers, fitted } from './camera-layers';

/** The sizes that are sent of a picture, by layer. */
function sent(width: number, height: number): Record<string, string> {
  const active = cameraLayers({ width, height }).filter((layer) => layer.active);
  return Object.fromEntries(
    active.map(({ rid, scaleResolutionDownBy: by }) => [rid, `${width / by}x${height / by}`]),
  );
}

describe('the layers of a camera', () => {
  test('are three where the picture is large', () => {
    const three = { q: '320x180', h: '640x360', f: '1280x720' };
    expect(sent(1280, 720)).toEqual(three);
    expect(Object.keys(sent(960, 540))).toEqual(['q', 'h', 'f']);
    expect(Object.keys(sent(720, 1280))).toEqual(['q', 'h', 'f']);
    const unknown = cameraLayers(null);
    expect(unknown).toEqual(cameraLayers({ width: 1280, height: 720 }));
  });

  test('are two of a smaller one, and the better one has the whole size', () => {
    expect(sent(640, 360)).toEqual({ q: '320x180', h: '640x360' });
    expect(sent(640, 480)).toEqual({ q: '320x240', h: '640x480' });
    expect(sent(360, 640)).toEqual({ q: '180x320', h: '360x640' });
    expect(sent(480, 270)).toEqual({ q: '240x135', h: '480x270' });
  });

  test('are one of a small one', () => {
    expect(sent(352, 288)).toEqual({ q: '352x288' });
    expect(sent(320, 180)).toEqual({ q: '320x180' });
  });

  test('name always the same rids in the same order, for the session description stays', () => {
    for (const size of [null, { width: 640, height: 360 }, { width: 160, height: 120 }]) {
      expect(cameraLayers(size).map(({ rid }) => rid)).toEqual(['q', 'h', 'f']);
    }
  });
});

describe('the layers of a camera in a strict meeting (K5)', () => {
  test.each([
    [1280, 720],
    [640, 360],
    [320, 180],
  ])('are the same of %i by %i, at one frame rate and with room in their cells', (width, height) => {
    const usual = cameraLayers({ width, height });
    const strict = cameraLayers({ width, height }, true);
    expect(strict.map(({ active, rid }) => ({ active, rid }))).toEqual(
      usual.map(({ active, rid }) => ({ active, rid })),
    );
    for (const { maxBitrate, maxFramerate, scalabilityMode, scaleResolutionDownBy } of strict) {
      const pixels = (width * height) / scaleResolutionDownBy ** 2;
      expect(maxBitrate).toBeLessThan(0.6 * 8 * STEADY_FRAME_RATE * cellFor(pixels));
      expect({ maxFramerate, scalabilityMode }).toEqual({
        maxFramerate: STEADY_FRAME_RATE,
        scalabilityMode: 'L1T1',
      });
    }
  });
});

describe('fitting the encodings of a sender', () => {
  const encodings = cameraLayers({ width: 1280, height: 720 }).map((layer) => ({
    ...layer,
    priority: 'low' as const,
  }));

  test('changes nothing where they are right', () => {
    expect(fitted(encodings, cameraLayers({ width: 1920, height: 1080 }))).toBeNull();
  });

  test('changes what is about layers, and keeps the rest', () => {
    const wanted = cameraLayers({ width: 640, height: 360 });
    const changed = fitted(encodings, wanted);
    expect(changed).toEqual(wanted.map((layer) => ({ ...layer, priority: 'low' })));
    expect(changed && fitted(changed, wanted)).toBeNull();
  });

  test('switches on again what an answer or a small camera switched off, and off what it switched on', () => {
    const small = cameraLayers({ width: 640, height: 360 });
    const back = fitted(small, cameraLayers({ width: 1280, height: 720 }));
    expect(back?.every(({ active }) => active)).toBe(true);
    const [, , f] = fitted([...small.slice(0, 2), { ...small[2], active: true }], small) ?? [];
    expect(f?.active).toBe(false);
  });

  test('makes them steady, and leaves nothing of it when they need not be so any more', () => {
    const strict = cameraLayers({ width: 1280, height: 720 }, true);
    const steady = fitted(encodings, strict);
    expect(steady).toMatchObject(strict);
    expect(steady && fitted(steady, strict)).toBeNull();
    expect(steady && fitted(steady, cameraLayers({ width: 1280, height: 720 }))).toEqual(encodings);
  });

  test('leaves alone what has no layers', () => {
    expect(fitted([{ active: true, maxBitrate: 1 }], cameraLayers(null))).toBeNull();
  });
});
