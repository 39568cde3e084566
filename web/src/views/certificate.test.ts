import { expect, test } from 'vitest';
import { certificateText } from './certificate';

test('a host reads until when the certificate is good, and who renews it how (S3)', () => {
  const ends = Date.UTC(2026, 11, 3, 13, 5) / 1000;
  const until =
    /^The certificate of this server is good until 3 December 2026(,| at) 14:05\. After that, browsers do not open this page any more\. /;
  const ordered = certificateText({ ends, ordered: true }, 'Europe/Berlin');
  expect(ordered).toMatch(until);
  expect(ordered).toContain('“incamera certificate renew”');
  // It would order one that the server does not look at.
  const placed = certificateText({ ends, ordered: false }, 'Europe/Berlin');
  expect(placed).toMatch(until);
  expect(placed).not.toContain('incamera certificate renew');
});
