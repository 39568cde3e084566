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

test('a title opens for those who have the link, and for nobody else', async () => {
  const [members, strangers] = [0, 9].map(async (fill) => new Envelope('abcdefghijklmnop', await key(fill)));
  const sealed = await (await members)?.sealTitle('Parents’ evening');
  if (sealed === undefined) throw new Error('a title is sealed');
  expect(await (await members)?.openTitle(sealed)).toBe('Parents’ evening');
  expect(await (await strangers)?.openTitle(sealed)).toBeNull();
  expect(await (await members)?.openName(sealed, ADA)).toBeNull();
  expect(await (await members)?.openTitle('no base64url!')).toBeNull();
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
