import { describe, expect, test } from 'vitest';
import { MediaKeys, type MediaProblem } from './media-keys';
import { canEncrypt } from './support';
import type { FromWorker, Role, ToWorker } from './worker/messages';

class FakeWorker {
  readonly posted: ToWorker[] = [];
  readonly transferred: Transferable[] = [];
  terminated = false;
  private readonly listeners = new Map<string, (event: { data: FromWorker }) => void>();

  postMessage(message: ToWorker, transfer: Transferable[]): void {
    this.posted.push(message);
    this.transferred.push(...transfer);
  }
  addEventListener(type: string, listener: (event: { data: FromWorker }) => void): void {
    this.listeners.set(type, listener);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(type: string, data: FromWorker = { type: 'statistics', id: 0, tracks: [] }): void {
    this.listeners.get(type)?.({ data });
  }
}

function keys() {
  const worker = new FakeWorker();
  const handle = new MediaKeys(worker, (role: Role) => ({ role }));
  const problems: MediaProblem[] = [];
  handle.onProblem = (problem) => problems.push(problem);
  return { worker, handle, problems };
}

const receiver = (kind: string) => ({ track: { kind }, transform: null as unknown });

describe('the page’s side of media encryption', () => {
  test('senders and receivers get their transform at once', () => {
    const { handle } = keys();
    const sender = {
      track: null,
      transform: null as unknown,
      getParameters: () => ({ encodings: [{ rid: 'q' }, { rid: 'f' }] }),
    };
    handle.attachSender(sender, 'camera');
    expect(sender.transform).toEqual({ role: { side: 'send', source: 'camera', rids: ['q', 'f'] } });
    const slot = receiver('audio');
    handle.attachReceiver(slot, 7);
    expect(slot.transform).toEqual({ role: { side: 'receive', slot: 7, kind: 'audio' } });
  });

  test('a base key goes to the worker, and does not stay', () => {
    const { worker, handle } = keys();
    const memory = new Uint8Array(64).fill(9);
    const baseKey = memory.subarray(8, 24);
    handle.setEpoch({ epoch: 3, baseKey, leaf: 1 });
    const own = new Uint8Array(16).fill(9);
    expect(worker.posted).toEqual([{ type: 'epoch', epoch: 3, baseKey: own, leaf: 1 }]);
    expect(worker.transferred).toHaveLength(1);
    expect(worker.transferred[0]).not.toBe(memory.buffer);
    expect([...baseKey]).toEqual(Array(16).fill(0));
  });

  test.each([
    ['a short key', { epoch: 1, baseKey: new Uint8Array(15), leaf: 0 }],
    ['half an epoch', { epoch: 0.5, baseKey: new Uint8Array(16), leaf: 0 }],
    ['a leaf that does not exist', { epoch: 1, baseKey: new Uint8Array(16), leaf: 4096 }],
  ])('%s is not taken', (_, epoch) => {
    const { worker, handle } = keys();
    expect(() => handle.setEpoch(epoch)).toThrow(RangeError);
    expect(worker.posted).toEqual([]);
  });

  test('a picture is not expected where sound is played', () => {
    const { handle } = keys();
    handle.attachReceiver(receiver('audio'), 0);
    expect(() => handle.expect(0, { leaf: 1, source: 'camera', since: 0 })).toThrow(RangeError);
    expect(() => handle.expect(0, { leaf: -1, source: 'microphone', since: 0 })).toThrow(RangeError);
  });

  test('answers find their questions', async () => {
    const { worker, handle } = keys();
    const [first, second] = [handle.statistics(), handle.statistics()];
    const ids = worker.posted.map((message) => (message.type === 'statistics' ? message.id : 0));
    const role: Role = { side: 'receive', slot: 1, kind: 'audio' };
    const delay = { sum: 0, longest: 0 };
    const track = { role, passed: 1, bridged: 0, dropped: {}, delay, keyFramesAsked: 0 };
    worker.say('message', { type: 'statistics', id: ids[1] ?? 0, tracks: [track] });
    worker.say('message', { type: 'statistics', id: ids[0] ?? 0, tracks: [] });
    expect([await first, await second]).toEqual([[], [track]]);
  });

  test.each(['error', 'messageerror'])(
    'after an %s nothing is trusted to the worker any more',
    async (event) => {
      const { worker, handle, problems } = keys();
      const answer = handle.statistics();
      worker.say(event);
      worker.say(event);
      expect([worker.terminated, problems]).toEqual([true, [{ kind: 'worker_failed' }]]);
      expect([await answer, await handle.statistics()]).toEqual([[], []]);
      const before = worker.posted.length;
      handle.clear();
      expect(worker.posted).toHaveLength(before);
      // The transform is still set: without one the browser would send in the clear.
      const slot = receiver('video');
      handle.attachReceiver(slot, 0);
      expect(slot.transform).not.toBeNull();
    },
  );
});

describe('what a browser must have', () => {
  const having = class {
    transform = null;
  };
  Object.defineProperty(having.prototype, 'transform', { value: null });
  const whole = {
    RTCRtpScriptTransform: class {},
    RTCRtpSender: having,
    RTCRtpReceiver: having,
    Worker: class {},
  };

  test('all of it', () => {
    expect(canEncrypt(whole)).toBe(true);
    expect(canEncrypt()).toBe(false);
  });

  test.each(Object.keys(whole))('not without %s', (missing) => {
    expect(canEncrypt({ ...whole, [missing]: undefined })).toBe(false);
    if (missing !== 'Worker' && missing !== 'RTCRtpScriptTransform') {
      expect(canEncrypt({ ...whole, [missing]: class {} })).toBe(false);
    }
  });
});
