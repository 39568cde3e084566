import { describe, expect, test } from 'vitest';
import { type Bytes, concat, sha256, utf8 } from '../../crypto/bytes';
import type { Source } from '../../generated/protocol';
import { FakeClock } from '../../session/connection.testkit';
import { Epoch } from '../epoch';
import { GRACE_MS } from '../epochs';
import { COUNTER_LOW, FIRST_COUNTER, kindOf } from '../profile';
import { cellFor, type FrameMetadata } from '../steady';
import { FrameWorker } from './frame-worker';
import type { FromWorker, MediaProblem, Role, TrackStatistics } from './messages';
import { MOST_IN_FLIGHT } from './pipeline';
import type { EncodedFrame } from './track';

const ALICE = 3;
const BOB = 4;
const keyFrame = Uint8Array.of(0x10, 1, 2, 3);
const otherFrame = Uint8Array.of(0x11, 4, 5, 6);

/** One end of a meeting: the worker, and the browser's side of its transforms. */
class End {
  readonly clock = new FakeClock();
  readonly problems: MediaProblem[] = [];
  private answer: (tracks: TrackStatistics[]) => void = () => {};
  readonly worker = new FrameWorker(this.clock, (message: FromWorker) => {
    if (message.type === 'problem') this.problems.push(message.problem);
    else this.answer(message.tracks);
  });

  async epoch(number: number, leaf: number, key = 'a'): Promise<void> {
    const baseKey = (await sha256(utf8(`${key}${number}`))).slice(0, 16);
    await this.worker.handle({ type: 'epoch', epoch: number, baseKey, leaf });
  }

  expect(slot: number, leaf: number, source: Source, since = 0): Promise<void> {
    return this.worker.handle({ type: 'expect', slot, expected: { leaf, source, since } });
  }

  statistics(): Promise<TrackStatistics[]> {
    return new Promise((resolve) => {
      this.answer = resolve;
      this.worker.handle({ type: 'statistics', id: 1 });
    });
  }

  sender(source: Source, rids: string[] = []): Wire {
    return new Wire(this, { side: 'send', source, rids });
  }

  receiver(slot: number, source: Source): Wire {
    return new Wire(this, { side: 'receive', slot, kind: kindOf(source) });
  }
}

/** A transform as the browser sees it: frames in, frames out. */
class Wire {
  readonly out: Bytes[] = [];
  readonly asked: (string | undefined)[] = [];
  metadata: FrameMetadata = { synchronizationSource: 1, width: 320, height: 180 };
  private input: ReadableStreamDefaultController<EncodedFrame> | undefined;
  private cancelled = false;

  constructor(
    private readonly end: End,
    private readonly options: Role,
  ) {
    const readable = new ReadableStream<EncodedFrame>({
      start: (controller) => {
        this.input = controller;
      },
      cancel: () => {
        this.cancelled = true;
      },
    });
    const writable = new WritableStream<EncodedFrame>({
      write: (frame) => {
        this.out.push(new Uint8Array(frame.data));
      },
    });
    const ask = async (rid?: string) => {
      this.asked.push(rid);
    };
    const transformer = { readable, writable, options, generateKeyFrame: ask, sendKeyFrameRequest: ask };
    end.worker.attach(transformer).catch(() => {});
  }

  /** Puts frames in, and resolves with what came out when all were dealt with. */
  async pass(...frames: Uint8Array[]): Promise<Bytes[]> {
    if (this.cancelled) return [];
    const before = this.out.length;
    const expected = (await this.dealtWith()) + frames.length;
    for (const frame of frames) {
      const data = frame.slice().buffer as ArrayBuffer;
      this.input?.enqueue({ data, getMetadata: () => this.metadata });
    }
    while ((await this.dealtWith()) < expected) await new Promise((resolve) => setTimeout(resolve, 1));
    return this.out.slice(before);
  }

  private async dealtWith(): Promise<number> {
    const own = (await this.end.statistics()).find(({ role }) => role === this.options);
    const counts = [own?.passed ?? 0, ...Object.values(own?.dropped ?? {})];
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async passOne(frame: Uint8Array): Promise<Bytes> {
    const [first, ...more] = await this.pass(frame);
    if (!first || more.length > 0) throw new Error('not one frame');
    return first;
  }
}

/** Alice's camera in Bob's slot 0, both in epoch 1. */
async function pair(source: Source = 'camera') {
  const [alice, bob] = [new End(), new End()];
  const [camera, slot] = [alice.sender(source), bob.receiver(0, source)];
  await alice.epoch(1, ALICE);
  await bob.epoch(1, BOB);
  await bob.expect(0, ALICE, source);
  return { alice, bob, camera, slot };
}

describe('in a strict meeting (K5)', () => {
  const AROUND = 1 + 7 + 16;
  const cell = cellFor(320 * 180);
  const sizes = (frames: Bytes[]) => frames.map(({ length }) => length - AROUND);
  const pictures = [keyFrame, otherFrame, new Uint8Array(cell - 1).fill(1), new Uint8Array(cell).fill(1)];

  test('pictures of a camera fill whole cells, and receivers open them as any other', async () => {
    const { alice, camera, slot } = await pair();
    await alice.worker.handle({ type: 'strict', on: true });
    const wire = await camera.pass(...pictures);
    expect(sizes(wire)).toEqual([cell, cell, cell, 2 * cell]);
    expect(await slot.pass(...wire)).toEqual(pictures);
  });

  test('each layer has cells of its own, also under another sender', async () => {
    const { alice, camera } = await pair();
    await alice.worker.handle({ type: 'strict', on: true });
    const large = { synchronizationSource: 2, width: 1280, height: 720 };
    expect(sizes(await camera.pass(otherFrame))).toEqual([cell]);
    const again = alice.sender('camera');
    again.metadata = large;
    expect(sizes(await again.pass(otherFrame))).toEqual([cellFor(1280 * 720)]);
  });

  test('a shared screen and sound are as ever, and so are cameras when it is strict no more', async () => {
    const { alice, camera } = await pair();
    const wires = [camera, alice.sender('screen'), alice.sender('microphone')];
    const all = async () => {
      const sealed: Bytes[] = [];
      for (const wire of wires) sealed.push(await wire.passOne(otherFrame));
      return sizes(sealed);
    };
    const usual = await all();
    await alice.worker.handle({ type: 'strict', on: true });
    expect(await all()).toEqual([cell, ...usual.slice(1)]);
    await alice.worker.handle({ type: 'strict', on: false });
    expect(await all()).toEqual(usual);
  });
});

describe('the worker of all media (K2)', () => {
  test('carries frames in their order', async () => {
    const { camera, slot } = await pair();
    const sent = [keyFrame, ...Array.from({ length: 20 }, (_, index) => Uint8Array.of(0x11, index))];
    const wire = await camera.pass(...sent);
    expect(wire).toHaveLength(sent.length);
    for (const [index, frame] of wire.entries()) expect(frame).not.toContain(sent[index]);
    expect(await slot.pass(...wire)).toEqual(sent);
  });

  test('lets nothing out before there is a key, nor after keys were cleared', async () => {
    const alice = new End();
    const camera = alice.sender('camera');
    expect(await camera.pass(keyFrame, otherFrame)).toEqual([]);
    await alice.epoch(1, ALICE);
    expect(await camera.pass(keyFrame)).toHaveLength(1);
    await alice.worker.handle({ type: 'clear' });
    expect(await camera.pass(keyFrame)).toEqual([]);
    expect(await alice.statistics()).toMatchObject([{ passed: 1, dropped: { no_key: 3 } }]);
  });

  test('plays nothing in a slot before it was told what, nor after it was told to forget', async () => {
    const { bob, camera } = await pair();
    const slot = bob.receiver(1, 'camera');
    const [first, second, third] = await camera.pass(keyFrame, otherFrame, otherFrame);
    if (!first || !second || !third) throw new Error('not sent');
    expect(await slot.pass(first)).toEqual([]);
    await bob.expect(1, ALICE, 'camera');
    expect(await slot.pass(second)).toEqual([otherFrame]);
    await bob.worker.handle({ type: 'forget', slot: 1 });
    expect(await slot.pass(third)).toEqual([]);
  });

  test('keeps nothing of a slot that is gone', async () => {
    const { bob, camera, slot } = await pair();
    await slot.pass(await camera.passOne(keyFrame));
    await bob.worker.handle({ type: 'detach', slot: 0 });
    expect(await bob.statistics()).toEqual([]);
    expect(await slot.pass(await camera.passOne(otherFrame))).toEqual([]);
  });

  test('plays a frame once, in whichever slot', async () => {
    const { bob, camera, slot } = await pair();
    const other = bob.receiver(1, 'camera');
    await bob.expect(1, ALICE, 'camera');
    const frame = await camera.passOne(keyFrame);
    expect(await slot.pass(frame, frame)).toEqual([keyFrame]);
    expect(await other.pass(frame)).toEqual([]);
  });

  test('counts on when a source gets another sender, as with a new peer connection', async () => {
    const { alice, camera, slot } = await pair();
    const first = await camera.passOne(keyFrame);
    const again = alice.sender('camera');
    expect(await camera.pass(otherFrame)).toEqual([]);
    const second = await again.passOne(otherFrame);
    const counterOf = (frame: Bytes) => Number(`0x${Buffer.from(frame.slice(5, 8)).toString('hex')}`);
    expect([counterOf(first), counterOf(second)]).toEqual([FIRST_COUNTER, FIRST_COUNTER + 1]);
    expect(await slot.pass(first, second)).toEqual([keyFrame, otherFrame]);
  });

  test('drops the newest when too many are under way', async () => {
    const { alice, camera } = await pair();
    const frames = Array.from({ length: 3 * MOST_IN_FLIGHT }, () => keyFrame);
    const wire = await camera.pass(...frames);
    const [statistics] = await alice.statistics();
    expect(wire.length).toBeGreaterThanOrEqual(MOST_IN_FLIGHT);
    expect(wire.length + (statistics?.dropped.overload ?? 0)).toBe(frames.length);
  });

  test('forgets keys when they die, without a frame that comes', async () => {
    const { bob } = await pair();
    await bob.epoch(2, BOB);
    expect(bob.clock.planned).toBe(1);
    await bob.clock.turn(GRACE_MS);
    expect(bob.clock.planned).toBe(0);
    await bob.epoch(1, BOB);
    expect(bob.problems).toEqual([{ kind: 'key_used', epoch: 1 }]);
  });

  test('after an epoch began, what is under way is still played, for ten seconds', async () => {
    const { alice, bob, camera, slot } = await pair();
    const [early, late] = await camera.pass(keyFrame, otherFrame);
    if (!early || !late) throw new Error('not sent');
    await bob.epoch(2, BOB);
    await bob.clock.turn(GRACE_MS - 1);
    expect(await slot.pass(early)).toEqual([keyFrame]);
    await bob.clock.turn(1);
    expect(await slot.pass(late)).toEqual([]);
    await alice.epoch(2, ALICE);
    expect(await slot.pass(await camera.passOne(otherFrame))).toEqual([otherFrame]);
  });
});

describe('key frames', () => {
  test('a receiver that missed frames asks for one when it can read again', async () => {
    const { alice, bob, camera, slot } = await pair();
    await slot.pass(await camera.passOne(keyFrame));
    await alice.epoch(2, ALICE);
    await slot.pass(await camera.passOne(otherFrame));
    expect(slot.asked).toEqual([]);
    await bob.epoch(2, BOB);
    await slot.pass(await camera.passOne(otherFrame));
    expect(slot.asked).toEqual([undefined]);
    await slot.pass(await camera.passOne(keyFrame));
    await bob.clock.turn(60_000);
    await slot.pass(await camera.passOne(otherFrame));
    expect(slot.asked).toHaveLength(1);
  });

  test('a frame that came twice leaves nothing missing', async () => {
    const { camera, slot } = await pair();
    const first = await camera.passOne(keyFrame);
    await slot.pass(first, first, await camera.passOne(otherFrame));
    expect(slot.asked).toEqual([]);
  });

  test('a sender that had no key makes one for each layer', async () => {
    const alice = new End();
    const camera = alice.sender('camera', ['q', 'h', 'f']);
    await camera.pass(keyFrame);
    await alice.epoch(1, ALICE);
    await camera.pass(otherFrame);
    expect(camera.asked).toEqual(['q', 'h', 'f']);
  });

  test('sound has none', async () => {
    const { alice, bob, camera, slot } = await pair('microphone');
    await bob.worker.handle({ type: 'forget', slot: 0 });
    await slot.pass(await camera.passOne(otherFrame));
    await bob.expect(0, ALICE, 'microphone');
    await slot.pass(await camera.passOne(otherFrame));
    expect([camera.asked, slot.asked]).toEqual([[], []]);
    expect((await alice.statistics())[0]).toMatchObject({ keyFramesAsked: 0 });
  });
});

describe('what people are told (K4)', () => {
  test('that somebody on the way tampers: once for each reason, and again for the next person', async () => {
    const { bob, camera, slot } = await pair();
    const altered = await camera.passOne(keyFrame);
    altered[20] = (altered[20] ?? 0) ^ 1;
    const plain = concat(keyFrame, new Uint8Array(50));
    await slot.pass(altered);
    await slot.pass(plain, altered, plain);
    const problem = (reason: string) => ({ kind: 'tampering', slot: 0, reason });
    expect(bob.problems).toEqual([problem('not_genuine'), problem('not_sframe')]);
    await bob.expect(0, ALICE, 'camera');
    await slot.pass(altered);
    expect(bob.problems.slice(2)).toEqual([problem('not_genuine')]);
  });

  test('nothing when a frame comes twice, as where a server measures the way with what it sent before', async () => {
    const { bob, camera, slot } = await pair();
    const frame = await camera.passOne(keyFrame);
    await slot.pass(frame, frame);
    expect(bob.problems).toEqual([]);
    expect((await bob.statistics())[0]?.dropped).toEqual({ replayed: 1 });
  });

  test('nothing when frames come from before a change', async () => {
    const { alice, bob, camera, slot } = await pair();
    await bob.expect(0, 77, 'camera');
    await slot.pass(await camera.passOne(keyFrame));
    await alice.epoch(2, ALICE);
    await bob.expect(0, ALICE, 'camera');
    await slot.pass(await camera.passOne(keyFrame), new Uint8Array(0));
    expect(bob.problems).toEqual([]);
    expect((await bob.statistics())[0]?.dropped).toEqual({
      unexpected_sender: 1,
      unknown_epoch: 1,
      empty: 1,
    });
  });

  test('that a new epoch is needed, once, long before the counter ends', async () => {
    const { alice, camera } = await pair('microphone');
    const taken = Epoch.prototype.seal;
    try {
      Epoch.prototype.seal = function (source) {
        const sealing = taken.call(this, source);
        return sealing && { ...sealing, counter: sealing.counter + COUNTER_LOW - FIRST_COUNTER };
      };
      await camera.pass(otherFrame, otherFrame);
    } finally {
      Epoch.prototype.seal = taken;
    }
    expect(alice.problems).toEqual([{ kind: 'epoch_needed' }]);
  });
});
