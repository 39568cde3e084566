// The same vectors as the native code's (B2, K4): crates/e2ee/vectors/link.json.

import { describe, expect, test } from 'vitest';
import vectors from '../../../crates/e2ee/vectors/link.json';
import { hostKeysFromSeed, passwordKeys, recoveryKey, unwrapSeed } from './account';
import { hashPassword } from './argon2';
import { type Bytes, fromBase64Url, fromUtf8, sha256, toBase64Url, utf8 } from './bytes';
import { deriveRaw } from './derive';
import { signingKeyFromSeed, verify } from './ed25519';
import { grant, grantText, heldText, isLinkHost } from './grant';
import { formatLink, parseLink } from './link';
import { bound, boundName, decrypt, encrypt, type Label, open, seal } from './seal';

function bytes(text: string): Bytes {
  const decoded = fromBase64Url(text);
  if (!decoded) throw new Error(`not base64url: ${text}`);
  return decoded;
}

function aesKey(text: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes(text), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

describe('links', () => {
  test.each(vectors.links)(
    '$fragment',
    async ({ meeting, secret, hostKey, hostHash, password, fragment }) => {
      const link = parseLink(`/m/${meeting}`, `#${fragment}`);
      expect(link).toEqual({ id: meeting, secret: bytes(secret), hostHash: bytes(hostHash), password });
      if (link) expect(formatLink('https://host', link)).toBe(`https://host/m/${meeting}#${fragment}`);
      expect(await isLinkHost(bytes(hostHash), hostKey)).toBe(true);
    },
  );
});

describe('keys of a meeting', () => {
  // The page never hashes an empty password: it is wrong without asking.
  const asked = vectors.derivations.filter(({ password }) => password !== '');

  test.each(asked)('$about', async (vector) => {
    const { meeting, secret, password } = vector;
    const keys = await deriveRaw(meeting, bytes(secret), password, hashPassword);
    expect(toBase64Url(keys.token)).toBe(vector.admissionToken);
    expect(toBase64Url(await sha256(keys.token))).toBe(vector.admissionHash);
    expect(toBase64Url(keys.envelope)).toBe(vector.envelopeKey);
    expect(toBase64Url(keys.psk)).toBe(vector.externalPsk);
    expect(toBase64Url(keys.knock)).toBe(vector.knockKey);
  });
});

/** What ties an envelope of the vectors to its purpose. */
function purpose(of: { label: string; meeting: string; identity: string | null }): Bytes {
  if (of.identity !== null) return boundName(of.meeting, bytes(of.identity));
  return bound(of.label as Label, of.meeting);
}

test('an empty password is refused, so that it can never stand for none (B2)', async () => {
  const [empty] = vectors.derivations.filter(({ password }) => password === '');
  if (!empty) throw new Error('there is a vector with an empty password');
  await expect(deriveRaw(empty.meeting, bytes(empty.secret), '', hashPassword)).rejects.toThrow();
});

describe('envelopes', () => {
  test.each(vectors.envelopes)('$label in $meeting', async (vector) => {
    const key = await aesKey(vector.key);
    const aad = purpose(vector);
    const opened = await open(key, aad, bytes(vector.sealed));
    expect(opened && fromUtf8(opened)).toBe(vector.plaintext);
    const sealed = await seal(key, aad, utf8(vector.plaintext), () => bytes(vector.nonce));
    expect(toBase64Url(sealed)).toBe(vector.sealed);
  });

  test.each(vectors.badEnvelopes)('not opened: $why', async (vector) => {
    expect(await open(await aesKey(vector.key), purpose(vector), bytes(vector.sealed))).toBeNull();
  });
});

describe('what the host key signs', () => {
  test.each(vectors.grants)(
    'grant: $role',
    async ({ meeting, role, identity, seed, hostKey, message, signature }) => {
      const host = await signingKeyFromSeed(bytes(seed));
      expect(host.publicKey).toBe(hostKey);
      const given = role as Parameters<typeof grant>[2];
      expect(toBase64Url(grantText(meeting, given, identity))).toBe(message);
      expect(await grant(host, meeting, given, identity)).toBe(signature);
    },
  );

  test('a state to hold', async () => {
    const { text, hostKey, message, signature } = vectors.held;
    expect(toBase64Url(heldText(text))).toBe(message);
    expect(await verify(hostKey, signature, heldText(text))).toBe(true);
  });
});

describe('the account', () => {
  test('the two halves of the password', async () => {
    const { password, salt, signInKey, wrappingKey } = vectors.account;
    const keys = await passwordKeys(password, bytes(salt), hashPassword);
    expect(keys.signInKey).toBe(signInKey);
    await expectSameKey(keys.wrapping, wrappingKey);
  });

  test('the recovery code, however it is typed', async () => {
    const { text, wrappingKey } = vectors.recovery;
    for (const typed of [text, text.toLowerCase(), text.replaceAll('-', ' '), text.replaceAll('0', 'o')]) {
      const key = await recoveryKey(typed);
      expect(key).not.toBeNull();
      if (key) await expectSameKey(key, wrappingKey);
    }
    expect(await recoveryKey(text.slice(1))).toBeNull();
    expect(await recoveryKey(text.replace('9', 'U'))).toBeNull();
  });

  test('the host key', async () => {
    const { seed, storageKey, wrappingKey, wrapped } = vectors.hostKey;
    expect(await unwrapSeed(await aesKey(wrappingKey), wrapped)).toEqual(bytes(seed));
    expect(await unwrapSeed(await aesKey(storageKey), wrapped)).toBeNull();
    const keys = await hostKeysFromSeed(bytes(seed));
    await expectSameKey(keys.storage, storageKey);
    expect(keys.signing.privateKey.extractable).toBe(false);
  });
});

/** Keys cannot be looked at: what one seals, the other opens. */
async function expectSameKey(key: CryptoKey, expected: string): Promise<void> {
  const sealed = await encrypt(key, utf8(''), utf8('x'), () => new Uint8Array(12));
  expect(await decrypt(await aesKey(expected), utf8(''), sealed)).toEqual(utf8('x'));
}
