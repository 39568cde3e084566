import { describe, expect, test } from 'vitest';
import { concat } from '../crypto/bytes';
import {
  decrypt,
  deriveFrameKey,
  encrypt,
  type FrameKey,
  importBaseKey,
  keyLabel,
  NONCE_LENGTH,
  nonceFor,
  saltLabel,
  TAG_LENGTH,
} from './cipher';
import { encodeHeader } from './header';
import { hex } from './testkit';
import vectors from './vectors.json';

const vector = vectors.suite4;
const kid = BigInt(`0x${vector.kid}`);
const counter = Number.parseInt(vector.counter, 16);
const header = encodeHeader({ kid, counter: BigInt(counter) });
const metadata = hex(vector.metadata);
const plaintext = hex(vector.plaintext);

const derived = async (usage: KeyUsage): Promise<FrameKey> =>
  deriveFrameKey(await importBaseKey(hex(vector.baseKey)), kid, usage);

describe('the cipher suite, by the vector of RFC 9605 (K2)', () => {
  test('labels, salt and nonce', async () => {
    expect(keyLabel(kid)).toEqual(hex(vector.keyLabel));
    expect(saltLabel(kid)).toEqual(hex(vector.saltLabel));
    const { salt } = await derived('encrypt');
    expect(salt).toEqual(hex(vector.salt));
    expect(nonceFor(salt, counter)).toEqual(hex(vector.nonce));
  });

  test('sealing', async () => {
    const sealed = await encrypt(await derived('encrypt'), counter, header, metadata, plaintext);
    expect(concat(header, sealed)).toEqual(hex(vector.ciphertext));
    expect(concat(header, metadata)).toEqual(hex(vector.aad));
  });

  test('the key itself', async () => {
    // The derived key cannot be read; the one of the vector must do the same.
    const key = await crypto.subtle.importKey('raw', hex(vector.key), 'AES-GCM', false, ['encrypt']);
    const sealed = await encrypt({ key, salt: hex(vector.salt) }, counter, header, metadata, plaintext);
    expect(concat(header, sealed)).toEqual(hex(vector.ciphertext));
  });

  test('opening', async () => {
    const ciphertext = hex(vector.ciphertext).slice(header.length);
    expect(await decrypt(await derived('decrypt'), counter, header, metadata, ciphertext)).toEqual(plaintext);
  });
});

describe('what does not open (K2, K4)', () => {
  test('a bit that was turned, wherever it is', async () => {
    const key = await derived('decrypt');
    const parts = { header, metadata, ciphertext: hex(vector.ciphertext).slice(header.length) };
    for (const name of ['header', 'metadata', 'ciphertext'] as const) {
      for (let at = 0; at < parts[name].length; at += 1) {
        const turned = parts[name].slice();
        turned[at] = (turned[at] ?? 0) ^ 0x10;
        const other = { ...parts, [name]: turned };
        const opening = decrypt(key, counter, other.header, other.metadata, other.ciphertext);
        await expect(opening, `${name} ${at}`).rejects.toThrow();
      }
    }
  });

  test('a shortened one, down to nothing', async () => {
    const key = await derived('decrypt');
    const ciphertext = hex(vector.ciphertext).slice(header.length);
    for (let length = 0; length < TAG_LENGTH + 1; length += 1) {
      await expect(decrypt(key, counter, header, metadata, ciphertext.slice(0, length))).rejects.toThrow();
    }
  });

  test('another key id, another counter', async () => {
    const ciphertext = hex(vector.ciphertext).slice(header.length);
    const other = await deriveFrameKey(await importBaseKey(hex(vector.baseKey)), kid + 1n, 'decrypt');
    await expect(decrypt(other, counter, header, metadata, ciphertext)).rejects.toThrow();
    const right = await derived('decrypt');
    await expect(decrypt(right, counter + 1, header, metadata, ciphertext)).rejects.toThrow();
  });
});

describe('keys', () => {
  test('the bytes of a base key are gone after it was taken over', async () => {
    const bytes = hex(vector.baseKey);
    await importBaseKey(bytes);
    expect(bytes).toEqual(new Uint8Array(16));
  });

  test('no key can be read back', async () => {
    const base = await importBaseKey(hex(vector.baseKey));
    const { key } = await deriveFrameKey(base, kid, 'encrypt');
    for (const one of [base, key]) {
      expect(one.extractable).toBe(false);
      await expect(crypto.subtle.exportKey('raw', one)).rejects.toThrow();
    }
  });

  test('no two counters have the same nonce', () => {
    const salt = hex(vector.salt);
    const counters = [0, 1, 0xffff, 0x10000, 0xffffff, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
    const nonces = new Set(counters.map((one) => nonceFor(salt, one).join()));
    expect(nonces.size).toBe(counters.length);
    expect(nonceFor(salt, 0)).toEqual(salt);
    expect(salt).toHaveLength(NONCE_LENGTH);
  });
});
