import { expect, test } from 'vitest';
import { MAX_SEALED_NAME } from '../generated/protocol';
import { fromBase64Url, toBase64Url } from './bytes';
import { Envelope } from './envelope';

const ADA = toBase64Url(new Uint8Array(32).fill(1));
const BOB = toBase64Url(new Uint8Array(32).fill(2));

function key(fill: number): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(32).fill(fill), 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ]);
}

test('opens what was sealed before the link changed, for three changes (B5)', async () => {
  const envelope = new Envelope('abcdefghijklmnop', await key(0));
  const first = await envelope.sealName('Ada', ADA);
  for (const change of [1, 2, 3]) {
    envelope.change(await key(change));
    expect(await envelope.openName(first, ADA)).toBe('Ada');
  }
  envelope.change(await key(4));
  expect(await envelope.openName(first, ADA)).toBeNull();
});

test('a new link opens for those who know the old one, and for nobody else', async () => {
  const members = new Envelope('abcdefghijklmnop', await key(0));
  const strangers = new Envelope('abcdefghijklmnop', await key(9));
  const secret = new Uint8Array(16).fill(7);
  const sealed = await members.sealLink(secret);
  expect(await members.openLink(sealed)).toEqual(secret);
  expect(await strangers.openLink(sealed)).toBeNull();
  expect(await members.openName(sealed, ADA)).toBeNull();
  expect(await members.openLink('no base64url!')).toBeNull();
});

test('a name opens for the identity that it was sealed for, and for no other', async () => {
  const envelope = new Envelope('abcdefghijklmnop', await key(0));
  const sealed = await envelope.sealName('Ada', ADA);
  expect(await envelope.openName(sealed, ADA)).toBe('Ada');
  expect(await envelope.openName(sealed, BOB)).toBeNull();
  expect(await envelope.openName(sealed, 'no base64url!')).toBeNull();
});

test('names fit what the server takes', async () => {
  const envelope = new Envelope('abcdefghijklmnop', await key(0));
  const longest = '👋'.repeat(63);
  const sealed = await envelope.sealName(longest, ADA);
  expect(await envelope.openName(sealed, ADA)).toBe(longest);
  expect(fromBase64Url(sealed)?.length).toBeLessThanOrEqual(MAX_SEALED_NAME);
});
