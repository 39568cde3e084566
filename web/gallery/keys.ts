// Made-up keys of made-up people.

import type { Reading, Recipient } from '../src/invitation/model';

const recipient = (fingerprint: string, ...names: string[]): Recipient => ({ names, fingerprint, key: '' });

const JONAS = recipient(
  '9C1A 0F55 7D3E 42B8 1E6C  A0D4 77F2 5B39 C8E1 04AD',
  'Jonas Ferreira <jonas@example.org>',
);

/** By what is written into the field. */
export const READINGS: Record<string, Reading> = {
  one: { ok: true, recipients: { format: 'openpgp', list: [JONAS] } },
  several: {
    ok: true,
    recipients: {
      format: 'openpgp',
      list: [
        JONAS,
        recipient(
          'E71B 93C0 5A2D 8F46 0B7E  D915 3C68 A4F2 1D80 57BE',
          'Oluwaseun Adeyemi-Bartholomew-Fitzgerald <oluwaseun.adeyemi@a-rather-long-name.example.org>',
          'Oluwaseun <olu@example.org>',
        ),
        recipient('03D8 6E4F B129 C75A 9E02  4410 F8B3 66D7 2AC5 90E1'),
      ],
    },
  },
  age: {
    ok: true,
    recipients: {
      format: 'age',
      list: [recipient('age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p')],
    },
  },
  secret: { ok: false, fault: 'secret_key', whose: null },
  expired: { ok: false, fault: 'expired', whose: 'Jonas Ferreira <jonas@example.org>' },
};

export const ARMORED = `-----BEGIN PGP MESSAGE-----

${'wV4DqQ7v0nXk3mYSAQdAk1rZ7p4uTgW0bQ5xJ8cV2yN6hL9sD3fG1aE7tRi0KzMw\n'.repeat(14)}=Xy7Q
-----END PGP MESSAGE-----
`;
