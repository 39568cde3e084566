import { describe, expect, test } from 'vitest';
import { type Bytes, concat } from '../crypto/bytes';
import type { Source } from '../generated/protocol';
import { encrypt, TAG_LENGTH } from './cipher';
import { Epoch } from './epoch';
import { Epochs, GRACE_MS } from './epochs';
import { CLEAR_KEY_FRAME, CLEAR_OTHER_FRAME, type Expected, MOST_FRAME, open, seal } from './frames';
import { padme } from './padding';
import { COUNTER_END, encodeFrameHeader, HEADER_LENGTH, kindOf } from './profile';
import { AUDIO_PLAINTEXT, CONSTANT_RATE } from './sound';
import { newEpoch, numbers } from './testkit';

const ALICE = 3;
const BOB = 4;
const random = numbers(7);
const keyFrame = Uint8Array.of(0x10, ...random.bytes(600));
const otherFrame = Uint8Array.of(0x31, ...random.bytes(200));
const sound = random.bytes(60);

async function member(leaf: number, epoch = 1, key = 'a'): Promise<Epochs> {
  const epochs = new Epochs();
  epochs.begin(await newEpoch(epoch, leaf, key), 0);
  return epochs;
}

async function sealed(from: Epochs, source: Source, frame: Uint8Array): Promise<Bytes> {
  const result = await seal(from, source, frame);
  if (result.kind !== 'frame') throw new Error(result.reason);
  return result.bytes;
}

const expecting = (leaf: number, source: Source, since = 0): Expected => ({ leaf, source, since });

/** As Bob, who expects Alice's camera unless it is said otherwise. */
async function opened(
  bob: Epochs,
  frame: Bytes,
  expected: Expected | null = expecting(ALICE, 'camera'),
  now = 0,
): Promise<Bytes | string> {
  const result = await open(bob, kindOf(expected?.source ?? 'camera'), expected, frame, now);
  return result.kind === 'frame' ? result.bytes : result.reason;
}

describe('frames that arrive (K2)', () => {
  test.each(['microphone', 'screen_audio'] as const)('%s', async (source) => {
    const frame = await sealed(await member(ALICE), source, sound);
    expect(await opened(await member(BOB), frame, expecting(ALICE, source))).toEqual(sound);
  });

  test.each([
    ['camera', keyFrame, CLEAR_KEY_FRAME],
    ['camera', otherFrame, CLEAR_OTHER_FRAME],
    ['screen', keyFrame, CLEAR_KEY_FRAME],
    ['screen', otherFrame, CLEAR_OTHER_FRAME],
  ] as const)('%s, and the server can read whether it is a key frame', async (source, content, clear) => {
    const frame = await sealed(await member(ALICE), source, content);
    expect(frame[0]).toBe(clear);
    expect(await opened(await member(BOB), frame, expecting(ALICE, source))).toEqual(content);
  });

  test('later ones before earlier ones', async () => {
    const [alice, bob] = [await member(ALICE), await member(BOB)];
    const first = await sealed(alice, 'camera', keyFrame);
    const second = await sealed(alice, 'camera', otherFrame);
    expect(await opened(bob, second)).toEqual(otherFrame);
    expect(await opened(bob, first)).toEqual(keyFrame);
  });

  test('no two are equal, even of equal content', async () => {
    const alice = await member(ALICE);
    expect(await sealed(alice, 'camera', keyFrame)).not.toEqual(await sealed(alice, 'camera', keyFrame));
  });
});

describe('sizes (K5)', () => {
  test('every frame of sound has one size, whatever is said, whoever says it, however often', async () => {
    const sizes = new Set<number>();
    for (const leaf of [0, 1, 255, 256, 4095]) {
      for (const epoch of [0, 1, 255, 256, 70_000]) {
        const epochs = await member(leaf, epoch);
        for (const source of ['microphone', 'screen_audio'] as const) {
          for (const length of [1, 3, 60, AUDIO_PLAINTEXT - 1, AUDIO_PLAINTEXT, 400]) {
            sizes.add((await sealed(epochs, source, random.bytes(length))).length);
          }
        }
      }
    }
    expect([...sizes]).toEqual([HEADER_LENGTH + AUDIO_PLAINTEXT + TAG_LENGTH]);
  });

  test('a sound that is too large is bridged: its first byte goes, saying one frame', async () => {
    const large = Uint8Array.of(0xfb, ...random.bytes(AUDIO_PLAINTEXT));
    const frame = await sealed(await member(ALICE), 'microphone', large);
    expect(await opened(await member(BOB), frame, expecting(ALICE, 'microphone'))).toEqual(
      Uint8Array.of(0xf8),
    );
  });

  test('a constant rate fills the room, and fits', () => {
    expect(CONSTANT_RATE / 8 / 50).toBe(AUDIO_PLAINTEXT - 1);
  });

  test('a picture grows to a size of Padmé', async () => {
    const alice = await member(ALICE);
    for (const length of [1, 2, 100, 1023, 1024, 5000, 70_000]) {
      const frame = await sealed(alice, 'camera', random.bytes(length));
      expect(frame.length).toBe(1 + HEADER_LENGTH + padme(length + 1) + TAG_LENGTH);
    }
  });
});

describe('nothing goes out (K2)', () => {
  test('without a key', async () => {
    expect(await seal(new Epochs(), 'camera', keyFrame)).toEqual({ kind: 'dropped', reason: 'no_key' });
  });

  test('after the keys were cleared away', async () => {
    const alice = await member(ALICE);
    alice.clear();
    expect(await seal(alice, 'microphone', sound)).toEqual({ kind: 'dropped', reason: 'no_key' });
  });

  test('at the end of the counter', async () => {
    const alice = await member(ALICE);
    const low = new Set<boolean>();
    // Nobody waits for sixteen million frames: the counters are taken without them.
    while ((alice.current?.seal('microphone')?.counter ?? COUNTER_END) < COUNTER_END - 3);
    for (let left = 2; left > 0; left -= 1) {
      const result = await seal(alice, 'microphone', sound);
      if (result.kind === 'frame') low.add(result.counterLow);
    }
    expect([...low]).toEqual([true]);
    expect(await seal(alice, 'microphone', sound)).toEqual({ kind: 'dropped', reason: 'counter_used_up' });
  });

  test('of nothing, and of far too much', async () => {
    const alice = await member(ALICE);
    expect(await seal(alice, 'camera', new Uint8Array(0))).toEqual({ kind: 'dropped', reason: 'empty' });
    const result = await seal(alice, 'camera', new Uint8Array(MOST_FRAME + 1));
    expect(result).toEqual({ kind: 'dropped', reason: 'too_large' });
  });
});

describe('refused, never played (K2, K4)', () => {
  test('under the key of another sender', async () => {
    const [mallory, bob] = [await member(9), await member(BOB)];
    expect(await opened(bob, await sealed(mallory, 'camera', keyFrame))).toBe('unexpected_sender');
  });

  test('another source of the same sender', async () => {
    const frame = await sealed(await member(ALICE), 'screen', keyFrame);
    expect(await opened(await member(BOB), frame)).toBe('unexpected_sender');
  });

  test('while nobody is expected', async () => {
    const frame = await sealed(await member(ALICE), 'camera', keyFrame);
    expect(await opened(await member(BOB), frame, null)).toBe('unexpected_sender');
  });

  test('of whoever had the leaf before', async () => {
    const [alice, bob] = [await member(ALICE, 1), await member(BOB, 1)];
    const old = await sealed(alice, 'camera', keyFrame);
    bob.begin(await newEpoch(2, BOB), 0);
    expect(await opened(bob, old, expecting(ALICE, 'camera', 2))).toBe('unexpected_sender');
    expect(await opened(bob, old, expecting(ALICE, 'camera', 1))).toEqual(keyFrame);
  });

  test('another key under the right name', async () => {
    const frame = await sealed(await member(ALICE, 1, 'b'), 'camera', keyFrame);
    expect(await opened(await member(BOB), frame)).toBe('not_genuine');
  });

  test('a second time', async () => {
    const bob = await member(BOB);
    const frame = await sealed(await member(ALICE), 'camera', keyFrame);
    expect(await opened(bob, frame)).toEqual(keyFrame);
    expect(await opened(bob, frame)).toBe('replayed');
  });

  test('a second time at the same moment, in one slot or in two', async () => {
    const bob = await member(BOB);
    const frame = await sealed(await member(ALICE), 'camera', keyFrame);
    const results = await Promise.all([opened(bob, frame), opened(bob, frame), opened(bob, frame)]);
    expect(results.filter((result) => result === 'replayed')).toHaveLength(2);
    expect(results).toContainEqual(keyFrame);
  });

  test('an altered frame does not use up the counter of the true one', async () => {
    const bob = await member(BOB);
    const frame = await sealed(await member(ALICE), 'camera', keyFrame);
    const altered = frame.slice();
    altered[30] = (altered[30] ?? 0) ^ 1;
    expect(await opened(bob, altered)).toBe('not_genuine');
    expect(await opened(bob, frame)).toEqual(keyFrame);
  });

  test('an epoch that ended ten seconds ago', async () => {
    const [alice, bob] = [await member(ALICE), await member(BOB)];
    const [early, late] = [await sealed(alice, 'camera', keyFrame), await sealed(alice, 'camera', keyFrame)];
    bob.begin(await newEpoch(2, BOB), 0);
    expect(await opened(bob, early, undefined, GRACE_MS - 1)).toEqual(keyFrame);
    expect(await opened(bob, late, undefined, GRACE_MS)).toBe('unknown_epoch');
  });

  test('an epoch that is not known yet', async () => {
    const frame = await sealed(await member(ALICE, 2), 'camera', keyFrame);
    expect(await opened(await member(BOB, 1), frame)).toBe('unknown_epoch');
    expect(await opened(new Epochs(), frame)).toBe('unknown_epoch');
  });

  test('the other clear byte', async () => {
    const frame = await sealed(await member(ALICE), 'camera', otherFrame);
    frame[0] = CLEAR_KEY_FRAME;
    expect(await opened(await member(BOB), frame)).toBe('not_genuine');
  });

  test('any other clear byte', async () => {
    const frame = await sealed(await member(ALICE), 'camera', keyFrame);
    frame[0] = 0x30;
    expect(await opened(await member(BOB), frame)).toBe('not_sframe');
  });

  test('any bit that was turned', async () => {
    const frame = await sealed(await member(ALICE), 'microphone', sound);
    for (let at = 0; at < frame.length; at += 1) {
      const turned = frame.slice();
      turned[at] = (turned[at] ?? 0) ^ (1 << random.below(8));
      const result = await opened(await member(BOB), turned, expecting(ALICE, 'microphone'));
      expect(typeof result, `byte ${at}`).toBe('string');
    }
  });

  test('a frame that was cut, wherever', async () => {
    const bob = await member(BOB);
    for (const source of ['camera', 'microphone'] as const) {
      const frame = await sealed(await member(ALICE), source, sound);
      for (let length = 0; length < frame.length; length += 1) {
        const result = await opened(bob, frame.slice(0, length), expecting(ALICE, source));
        expect(['empty', 'not_sframe', 'not_genuine']).toContain(result);
      }
    }
  });

  test('frames of a page that does not encrypt', async () => {
    const bob = await member(BOB);
    expect(await opened(bob, keyFrame)).toBe('not_sframe');
    expect(await opened(bob, otherFrame)).toBe('not_sframe');
    expect(await opened(bob, sound, expecting(ALICE, 'microphone'))).toBe('not_sframe');
  });

  test('noise', async () => {
    const bob = await member(BOB);
    for (let round = 0; round < 500; round += 1) {
      const noise = random.bytes(random.below(300));
      const source = round % 2 === 0 ? 'camera' : 'microphone';
      expect(typeof (await opened(bob, noise, expecting(ALICE, source)))).toBe('string');
    }
  });

  test('a header of seven bytes that is split otherwise', async () => {
    const frame = await sealed(await member(ALICE), 'microphone', sound);
    // Two bytes of key id, four of counter: as many bytes, another meaning.
    frame[0] = 0x9b;
    expect(await opened(await member(BOB), frame, expecting(ALICE, 'microphone'))).toBe('not_sframe');
  });

  test.each([
    ['without the mark of the padding', []],
    ['with nothing before the mark', [0x80]],
  ])('a genuine frame %s', async (_, content) => {
    const { base } = await newEpoch(1, ALICE);
    const sealing = new Epoch(1, ALICE, 'x', base).seal('microphone');
    if (!sealing) throw new Error('no counter');
    const header = encodeFrameHeader(sealing.kid, sealing.counter);
    const plaintext = new Uint8Array(AUDIO_PLAINTEXT);
    plaintext.set(content);
    const none = new Uint8Array(0);
    const ciphertext = await encrypt(await sealing.key, sealing.counter, header, none, plaintext);
    const frame = concat(header, ciphertext);
    expect(await opened(await member(BOB), frame, expecting(ALICE, 'microphone'))).toBe('badly_padded');
  });
});
