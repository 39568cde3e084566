import { expect, test } from 'vitest';
import { AUDIO_PLAINTEXT, CONSTANT_RATE, soundRate, VARIABLE_RATE } from './sound';

const FRAMES_PER_SECOND = 50;

test.each([
  [
    'Chrome',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  ],
  [
    'Edge',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
  ],
  [
    'Safari',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
  ],
  [
    'Firefox on iOS, which is Safari within',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/138.0 Mobile/15E148 Safari/605.1.15',
  ],
])('%s keeps a constant rate', (_, userAgent) => {
  expect(soundRate(userAgent)).toBe(CONSTANT_RATE);
});

test.each([
  ['Firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
  ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'],
  ['a browser that says nothing', ''],
])('%s is taken for one that does not', (_, userAgent) => {
  expect(soundRate(userAgent)).toBe(VARIABLE_RATE);
});

test('a frame at the constant rate leaves room for one byte of padding (K5)', () => {
  expect(CONSTANT_RATE / FRAMES_PER_SECOND / 8).toBe(AUDIO_PLAINTEXT - 1);
});
