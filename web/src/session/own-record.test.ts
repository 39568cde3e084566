import { beforeEach, expect, test, vi } from 'vitest';
import { hostKeysFromSeed, openNote } from '../crypto/account';
import { systemRandom } from '../crypto/bytes';
import type { UpdateMeeting } from '../generated/api';
import type { MeetingSettings } from '../generated/protocol';
import { Api } from './api';
import { FakeClock } from './connection.testkit';
import type { OwnMeeting } from './own-meeting';
import { OwnRecord } from './own-record';

const SETTINGS: MeetingSettings = {
  lobby: true,
  locked: true,
  earlyStart: false,
  unmute: true,
  video: true,
  screen: true,
  chat: true,
  rename: true,
};
const NOTE = { title: 'Parents’ evening', secret: 'old', password: 'pass' };

let own: OwnMeeting;
let clock: FakeClock;
let status: number;
let written: UpdateMeeting[];
let record: OwnRecord;

beforeEach(async () => {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  own = { meeting: 'abcdefghijklmnop', keys, note: NOTE, kept: true };
  clock = new FakeClock();
  status = 204;
  written = [];
  const api = new Api((_, init) => {
    written.push(JSON.parse(String(init?.body)));
    return Promise.resolve(new Response(null, { status }));
  });
  record = new OwnRecord(clock, api, systemRandom);
  record.own = own;
});

test('a new link is written into the list, beside what is noted there (B5)', async () => {
  expect(await record.keepLink('new')).toBe(true);
  expect(record.own?.note).toEqual({ ...NOTE, secret: 'new' });
  const [update] = written;
  expect(update?.settings).toBeNull();
  expect(await openNote(own.keys, own.meeting, update?.record ?? '')).toEqual({ ...NOTE, secret: 'new' });
});

test('who cannot write it hears so', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  record.own = { ...own, note: null };
  expect(await record.keepLink('new')).toBe(false);
  expect(written).toEqual([]);
  status = 500;
  record.own = own;
  expect(await record.keepLink('new')).toBe(false);
  expect(warn).toHaveBeenCalledOnce();
  warn.mockRestore();
});

test('settings hold the next time, the last of several, but for the lock', async () => {
  record.keepSettings(SETTINGS);
  record.keepSettings({ ...SETTINGS, chat: false });
  await clock.turn(1000);
  expect(written).toEqual([{ settings: { ...SETTINGS, chat: false, locked: false }, record: null }]);
});

test('a meeting that is not kept has no next time', async () => {
  record.own = { ...own, kept: false };
  record.keepSettings(SETTINGS);
  await clock.turn(1000);
  expect(written).toEqual([]);
});
