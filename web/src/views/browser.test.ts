import { expect, test } from 'vitest';
import { type Browser, browserOf } from './browser';

const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';

const CASES: [string, boolean, Browser][] = [
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36',
    false,
    'chrome',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', false, 'firefox'],
  [`${MAC} Version/26.0 Safari/605.1.15`, false, 'safari'],
  [`${MAC} Version/26.0 Safari/605.1.15`, true, 'ios'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/150.0 Safari/604.1',
    true,
    'ios',
  ],
  ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', true, 'android'],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/150.0 Mobile Safari/537.36',
    true,
    'android',
  ],
  ['something else', false, 'other'],
];

test.each(CASES)('%s', (userAgent, touch, browser) => {
  expect(browserOf(userAgent, touch)).toBe(browser);
});
