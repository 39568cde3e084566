import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Slot, type Source, VIDEO_SLOTS } from '../generated/protocol';
import type { Role, ToWorker } from '../sframe/worker/messages';
import { cameraLayers } from './camera-layers';
import { FakeClock, settle } from './connection.testkit';
import { Media } from './media';
import { FakePeerConnection, fakeKeys, stubPeers } from './peer.testkit';
import { AFRESH_MS } from './recovery';
import type { Reply } from './signalling';
import { FakeContext, stubSound } from './silence.testkit';

const ANN = 7;
const BEN = 8;
const SEATS = new Map([
  [ANN, { leaf: 1, since: 4 }],
  [BEN, { leaf: 2, since: 0 }],
]);

const microphone = { kind: 'audio', name: 'microphone' } as unknown as MediaStreamTrack;

class FakeStream {
  addTrack = () => undefined;
  removeTrack = () => undefined;
}

class FakeElement {
  srcObject: unknown = null;
  autoplay = false;
  play = () => Promise.resolve();
}

let own: Map<Source, MediaStreamTrack>;
let posted: ToWorker[];
let media: Media;
let clock: FakeClock;
/** The attempts that were told of, each when it began. */
let told: number[];
/** Answers to offers wait until a test gives them. */
let answer: (reply?: Reply) => void;

beforeEach(() => {
  stubPeers();
  stubSound();
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('Audio', FakeElement);
  own = new Map();
  const fake = fakeKeys();
  posted = fake.posted;
  clock = new FakeClock();
  told = [];
  media = new Media(clock, fake.keys, {
    own: () => own,
    offer: () =>
      new Promise((resolve) => {
        answer = (reply = { kind: 'answer', sdp: 'v=0\r\n' }) => resolve(reply);
      }),
    connected: () => told.push(media.attempt),
    reachable: () => true,
    iceServers: () => [],
  });
});
afterEach(() => {
  media.close();
  vi.unstubAllGlobals();
});

async function connect(): Promise<void> {
  media.connectAfresh();
  await settle();
  answer();
  await settle();
}

function connection(): FakePeerConnection {
  const last = FakePeerConnection.all.at(-1);
  if (!last) throw new Error('no peer connection');
  return last;
}

const slot = (mid: string, participant: number, source: Source): Slot => ({
  mid,
  participant,
  source,
  paused: false,
});

/** The name of the so-manieth section that receives pictures, or sounds. */
function mid(kind: 'audio' | 'video', at = 0): string {
  return connection().receiving(kind)[at]?.mid ?? 'none';
}

function numberOf(kind: 'audio' | 'video', at = 0): number {
  const role = connection().receiving(kind)[at]?.receiver.transform?.role as Role & { side: 'receive' };
  return role.slot;
}

/** Without what becomes of the sections themselves. */
const news = () => posted.splice(0).filter(({ type }) => type !== 'detach');
const expected = (number: number, leaf: number, source: Source, since: number) => ({
  type: 'expect',
  slot: number,
  expected: { leaf, source, since },
});

describe('whom the sections play (K2)', () => {
  test('nobody before the answer, though the slots came before it', async () => {
    media.setSeats(SEATS);
    media.connectAfresh();
    await settle();
    media.setSlots([slot(mid('video'), ANN, 'camera')]);
    expect(news()).toEqual([]);
    answer();
    await settle();
    expect(news()).toEqual([expected(numberOf('video'), 1, 'camera', 4)]);
  });

  test('nobody without a seat', async () => {
    await connect();
    media.setSlots([slot(mid('audio'), BEN, 'microphone')]);
    expect(news()).toEqual([]);
    media.setSeats(SEATS);
    expect(news()).toEqual([expected(numberOf('audio'), 2, 'microphone', 0)]);
  });

  test('the same people under a new peer connection, in sections with new numbers', async () => {
    await connect();
    media.setSeats(SEATS);
    media.setSlots([slot(mid('video'), ANN, 'camera')]);
    news();
    const former = numberOf('video');
    media.connectAfresh();
    expect(news()).toEqual([{ type: 'forget', slot: former }]);
    await settle();
    answer();
    await settle();
    const present = numberOf('video');
    expect(present).toBeGreaterThan(former);
    expect(news()).toEqual([expected(present, 1, 'camera', 4)]);
  });

  test('also in sections that were added for more people', async () => {
    await connect();
    media.setSeats(SEATS);
    media.hearUpTo(9);
    await settle();
    answer();
    await settle();
    media.setSlots([slot(mid('audio', 8), ANN, 'microphone')]);
    const number = numberOf('audio', 8);
    expect(number).toBeGreaterThan(VIDEO_SLOTS + 8);
    expect(news()).toEqual([expected(number, 1, 'microphone', 4)]);
  });

  test('one, where the server names two: nobody is shown under another’s name', async () => {
    await connect();
    media.setSeats(SEATS);
    media.setSlots([slot(mid('video'), ANN, 'camera'), slot(mid('video'), BEN, 'camera')]);
    expect(news()).toEqual([expected(numberOf('video'), 1, 'camera', 4)]);
    expect(media.streams.stream(ANN, 'camera')).not.toBeNull();
    expect(media.streams.stream(BEN, 'camera')).toBeNull();
  });

  test('nobody after the keys were cleared, until there are new seats', async () => {
    await connect();
    media.setSeats(SEATS);
    media.setSlots([slot(mid('video'), ANN, 'camera')]);
    news();
    media.clearKeys();
    expect(news()).toEqual([{ type: 'clear' }]);
    media.setSeats(SEATS);
    expect(news()).toEqual([expected(numberOf('video'), 1, 'camera', 4)]);
  });

  test('nobody at the end', async () => {
    await connect();
    media.setSeats(SEATS);
    media.setSlots([slot(mid('video'), ANN, 'camera')]);
    news();
    media.close();
    expect(news()).toEqual([{ type: 'forget', slot: numberOf('video') }]);
  });
});

describe('the section of the own microphone (K5)', () => {
  const sent = () => connection().transceivers[0]?.sender.track as MediaStreamTrack | null;

  test('sends silence from the beginning where there is none', () => {
    media.connectAfresh();
    expect(sent()).not.toBeNull();
    expect(FakeContext.all).toHaveLength(1);
  });

  test('sends it alone where there is one', async () => {
    own.set('microphone', microphone);
    await connect();
    expect(sent()).toBe(microphone);
    expect(FakeContext.all).toEqual([]);
  });

  test('takes the microphone when it comes, and silence when it goes, without an offer', async () => {
    await connect();
    const offers = vi.spyOn(connection(), 'createOffer');
    const silence = sent();
    own.set('microphone', microphone);
    await media.send('microphone', microphone);
    expect(sent()).toBe(microphone);
    expect(silence?.readyState).toBe('ended');
    own.delete('microphone');
    await media.send('microphone', null);
    expect(sent()?.readyState).toBe('live');
    expect(sent()).not.toBe(microphone);
    await settle();
    expect(offers).not.toHaveBeenCalled();
  });

  test('is never without either, when microphones come and go quickly', async () => {
    await connect();
    own.set('microphone', microphone);
    const coming = media.send('microphone', microphone);
    own.delete('microphone');
    const going = media.send('microphone', null);
    await Promise.all([coming, going]);
    expect(sent()?.readyState).toBe('live');
    expect(sent()).not.toBe(microphone);
  });

  test('goes on with the same silence under a new peer connection', async () => {
    await connect();
    const silence = sent();
    await connect();
    expect(sent()).toBe(silence);
  });

  test('leaves nothing open at the end', async () => {
    await connect();
    media.close();
    await media.send('microphone', null);
    expect(FakeContext.all.map(({ state }) => state)).toEqual(['closed']);
  });
});

test('what a browser never answers of a closed peer connection does not hold up the next one (B6)', async () => {
  vi.spyOn(FakePeerConnection.prototype, 'createOffer').mockReturnValueOnce(new Promise(() => undefined));
  media.connectAfresh();
  await settle();
  await connect();
  expect(FakePeerConnection.all.map(({ answered }) => answered !== '')).toEqual([false, true]);
});

test('the camera is steady where the meeting is strict, also under a new peer connection (K5)', async () => {
  const getSettings = () => ({ width: 1280, height: 720 });
  own.set('camera', { kind: 'video', getSettings } as unknown as MediaStreamTrack);
  await connect();
  const camera = () => {
    const [, section] = connection().transceivers;
    if (!section) throw new Error('no camera');
    return section.sender;
  };
  const changed = vi.spyOn(camera(), 'setParameters');
  const steady = cameraLayers({ width: 1280, height: 720 }, true);
  media.setStrict(true);
  expect(posted.at(-1)).toEqual({ type: 'strict', on: true });
  await settle();
  expect(changed).toHaveBeenLastCalledWith({ encodings: steady });
  await connect();
  expect(camera().getParameters()).toEqual({ encodings: steady });
  media.setStrict(false);
  expect(posted.at(-1)).toEqual({ type: 'strict', on: false });
});

test('each attempt to connect is told of with its number, for the page to say what may help (B3)', async () => {
  await connect();
  await clock.turn(AFRESH_MS);
  expect(told).toEqual([1, 2]);
  await clock.turn(2 * AFRESH_MS);
  expect(told).toEqual([1, 2, 3]);
  connection().connectionState = 'connected';
  connection().onconnectionstatechange?.();
  expect(told).toEqual([1, 2, 3, 1]);
});
