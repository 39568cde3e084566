import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settle } from './connection.testkit';
import { FakeTrack, OwnSourcesKit } from './own-sources.testkit';

let kit: OwnSourcesKit;

beforeEach(() => {
  kit = new OwnSourcesKit();
});
afterEach(() => vi.unstubAllGlobals());

describe('at the beginning', () => {
  test('both devices are asked for with one question, and no gate', async () => {
    await kit.sources.begin();
    expect(kit.questions).toBe(1);
    expect(kit.track('microphone').deviceId).toBe('headset');
    expect(kit.track('camera').deviceId).toBe('webcam');
    expect(kit.devices.camera).toMatchObject({ on: true, chosen: 'webcam', problem: null });
    expect(kit.sources.picture('camera')).not.toBeNull();
    expect(kit.asked).toEqual([]);
  });

  test('whoever refuses is not asked again, and sends nothing', async () => {
    kit.refusal = 'NotAllowedError';
    await kit.sources.begin();
    expect(kit.questions).toBe(1);
    expect(kit.sent.size).toBe(0);
    expect(kit.devices.microphone).toMatchObject({ on: false, problem: 'refused' });
    expect(kit.devices.camera).toMatchObject({ on: false, problem: 'refused' });
  });

  test('one device is taken where the other is missing', async () => {
    kit.cameras = [];
    await kit.sources.begin();
    expect(kit.track('microphone').deviceId).toBe('headset');
    expect(kit.devices.camera).toMatchObject({ on: false, problem: 'missing' });
  });

  test('the gates of what is on are asked for on the way in, and only those', async () => {
    kit.inside = false;
    await kit.sources.begin();
    await kit.sources.set('camera', false);
    expect(kit.asked).toEqual([]);
    kit.inside = true;
    kit.sources.enter(false, []);
    expect(kit.asked).toEqual(['microphone on']);
  });
});

describe('switching', () => {
  test('a camera that is off is closed, so that its light goes out', async () => {
    await kit.live();
    const track = kit.track('camera');
    await kit.sources.set('camera', false);
    expect(track.readyState).toBe('ended');
    expect(kit.sent.get('camera')).toBeNull();
    expect(kit.sources.picture('camera')).toBeNull();
    expect(kit.asked).toEqual(['camera off']);
    await kit.sources.set('camera', true);
    expect(kit.track('camera')).not.toBe(track);
    expect(kit.asked).toEqual(['camera off', 'camera on']);
  });

  test('a microphone that is off goes on with silence (K5)', async () => {
    await kit.live();
    const track = kit.track('microphone');
    await kit.sources.set('microphone', false);
    expect(track).toMatchObject({ enabled: false, readyState: 'live' });
    expect(kit.track('microphone')).toBe(track);
    await kit.sources.set('microphone', true);
    expect(track.enabled).toBe(true);
    expect(kit.asked).toEqual(['microphone off', 'microphone on']);
  });

  test('no gate is asked for without a device', async () => {
    await kit.live();
    await kit.sources.set('camera', false);
    kit.asked.length = 0;
    kit.refusal = 'NotReadableError';
    await kit.sources.set('camera', true);
    expect(kit.asked).toEqual([]);
    expect(kit.failed).toEqual([['camera', 'busy']]);
    expect(kit.devices.camera).toMatchObject({ on: false, problem: 'busy' });
  });

  test('what the server denies is off, and said', async () => {
    await kit.live();
    await kit.sources.set('camera', false);
    kit.reply = { kind: 'denied', reason: 'switched_off' };
    await kit.sources.set('camera', true);
    await settle();
    expect(kit.devices.camera.on).toBe(false);
    expect(kit.sent.get('camera')).toBeNull();
    expect(kit.denied).toEqual(['switched_off']);
  });
});

test('what a moderator switched off is off here too, and nothing is asked (P3)', async () => {
  await kit.live();
  const [microphone, camera] = [kit.track('microphone'), kit.track('camera')];
  kit.sources.follow([]);
  await settle();
  expect(microphone.enabled).toBe(false);
  expect(camera.readyState).toBe('ended');
  expect(kit.devices).toMatchObject({ microphone: { on: false }, camera: { on: false } });
  expect(kit.asked).toEqual([]);
});

test('back in the same place only what differs is asked for; in another one all that is on', async () => {
  await kit.live();
  kit.sources.enter(true, ['microphone', 'camera']);
  expect(kit.asked).toEqual([]);
  kit.sources.enter(false, []);
  expect(kit.asked).toEqual(['microphone on', 'camera on']);
});

test('a device that is unplugged is off, and the server is told', async () => {
  await kit.live();
  kit.track('camera').end();
  await settle();
  expect(kit.sent.get('camera')).toBeNull();
  expect(kit.failed).toEqual([['camera', 'missing']]);
  expect(kit.asked).toEqual(['camera off']);
  expect(kit.devices.camera).toMatchObject({ on: false, problem: 'missing' });
});

describe('choosing', () => {
  test('another camera takes the place of the one in use', async () => {
    await kit.live();
    kit.cameras = ['webcam', 'other'];
    const former = kit.track('camera');
    await kit.sources.choose('camera', 'other');
    expect(former.readyState).toBe('ended');
    expect(kit.track('camera').deviceId).toBe('other');
    expect(kit.asked).toEqual([]);
  });

  test('a camera that is off stays off', async () => {
    await kit.live();
    await kit.sources.set('camera', false);
    await kit.sources.choose('camera', 'other');
    expect(kit.questions).toBe(1);
    expect(kit.devices.camera).toMatchObject({ on: false, chosen: 'other' });
  });

  test('a microphone that is off stays off', async () => {
    await kit.live();
    kit.microphones = ['headset', 'other'];
    await kit.sources.set('microphone', false);
    await kit.sources.choose('microphone', 'other');
    expect(kit.track('microphone')).toMatchObject({ deviceId: 'other', enabled: false });
  });

  test('what was unplugged is replaced by what there is', async () => {
    await kit.live();
    await kit.sources.choose('camera', 'gone');
    expect(kit.track('camera').deviceId).toBe('webcam');
    expect(kit.failed).toEqual([]);
  });
});

describe('a shared screen', () => {
  const picture = () => kit.track('screen');

  test('is sent with its sound, and ends with the button of the browser', async () => {
    await kit.live();
    kit.screen = [new FakeTrack('video'), new FakeTrack('audio')];
    await kit.sources.set('screen', true);
    expect(kit.asked).toEqual(['screen on']);
    expect(kit.devices.sharing).toBe(true);
    expect(kit.track('screen_audio').kind).toBe('audio');
    const sound = kit.track('screen_audio');
    picture().end();
    await settle();
    expect(kit.asked).toEqual(['screen on', 'screen off']);
    expect([kit.sent.get('screen'), kit.sent.get('screen_audio')]).toEqual([null, null]);
    expect(sound.readyState).toBe('ended');
    expect(kit.failed).toEqual([]);
  });

  test('is nothing to complain about when the person changed their mind', async () => {
    await kit.live();
    await kit.sources.set('screen', true);
    expect([kit.asked, kit.failed, kit.devices.sharing]).toEqual([[], [], false]);
  });
});

test('at the end every device is closed', async () => {
  await kit.live();
  const tracks = [kit.track('microphone'), kit.track('camera')];
  kit.sources.close();
  expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended']);
  expect(kit.sources.tracks.size).toBe(0);
});
