import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hostKeysFromSeed, type MeetingNote, openNote } from '../crypto/account';
import { systemRandom } from '../crypto/bytes';
import type { UpdateMeeting } from '../generated/api';
import type { MeetingSettings } from '../generated/protocol';
import { Api } from './api';
import { FakeClock } from './connection.testkit';
import type { OwnMeeting } from './own-meeting';
import { type Keeping, OwnRecord } from './own-record';

const SETTINGS: MeetingSettings = {
  lobby: true,
  locked: true,
  earlyStart: false,
  unmute: true,
  video: true,
  screen: true,
  chat: true,
  rename: true,
  strict: true,
};
const HOUR_MS = 3_600_000;
const NOTE = { title: 'Parents’ evening', secret: 'old', password: 'pass', lobby: false };

let own: OwnMeeting;
let clock: FakeClock;
let status: number;
let written: UpdateMeeting[];
let record: OwnRecord;
let told: Keeping[];

/** What was noted, as its owner reads it. */
function notes(): Promise<(MeetingNote | null)[]> {
  return Promise.all(written.map(({ record }) => openNote(own.keys, own.meeting, record ?? '')));
}

async function secrets(): Promise<(string | undefined)[]> {
  return (await notes()).map((note) => note?.secret);
}

beforeEach(async () => {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  own = { meeting: 'abcdefghijklmnop', keys, note: NOTE, kept: true };
  clock = new FakeClock();
  status = 204;
  written = [];
  told = [];
  const api = new Api((_, init) => {
    written.push(JSON.parse(String(init?.body)));
    const error = status === 401 ? 'signed_out' : 'internal';
    const body = status === 204 ? null : JSON.stringify({ error, message: '' });
    return Promise.resolve(new Response(body, { status }));
  });
  record = new OwnRecord(clock, api, systemRandom);
  record.own = own;
});

test('a new link is written into the list, beside what is noted there (B5)', async () => {
  record.keepLink('new', (keeping) => told.push(keeping));
  await vi.waitUntil(() => told.length > 0);
  expect(told).toEqual(['kept']);
  expect(record.own?.note).toEqual({ ...NOTE, secret: 'new' });
  expect(await secrets()).toEqual(['new']);
  expect(written[0]?.settings).toBeNull();
});

describe('a link that cannot be written', () => {
  beforeEach(() => {
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('is not tried where there is no list, nor again where nobody is signed in', async () => {
    record.own = { ...own, note: null };
    record.keepLink('new', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 0);
    expect(written).toEqual([]);
    [record.own, status] = [own, 401];
    record.keepLink('new', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 1);
    expect(told).toEqual(['not_kept', 'not_kept']);
    await clock.turn(HOUR_MS);
    expect(written).toHaveLength(1);
  });

  test('is tried again, and the host is told once it is there', async () => {
    status = 500;
    record.keepLink('new', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 0);
    status = 204;
    await clock.turn(1000);
    await vi.waitUntil(() => told.length > 1);
    expect(told).toEqual(['trying', 'kept']);
    expect(await secrets()).toEqual(['new', 'new']);
  });

  test('is tried a few times, then given up', async () => {
    status = 500;
    record.keepLink('new', (keeping) => told.push(keeping));
    await vi.waitUntil(async () => {
      await clock.turn(60_000);
      return told.length > 1;
    });
    expect(told).toEqual(['trying', 'not_kept']);
    await clock.turn(HOUR_MS);
    expect(written).toHaveLength(6);
  });

  test('makes room for a newer one', async () => {
    status = 500;
    record.keepLink('new', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 0);
    status = 204;
    record.keepLink('newer', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 1);
    await clock.turn(HOUR_MS);
    record.keepLink('newest', (keeping) => told.push(keeping));
    await vi.waitUntil(() => told.length > 2);
    expect(told).toEqual(['trying', 'kept', 'kept']);
    expect(await secrets()).toEqual(['new', 'newer', 'newest']);
  });
});

test('settings hold the next time, the last of several, but for the lock', async () => {
  record.noteLobby(true);
  record.keepSettings(SETTINGS);
  record.keepSettings({ ...SETTINGS, chat: false });
  await clock.turn(1000);
  await vi.waitUntil(() => written.length > 0);
  expect(written.map(({ settings }) => settings)).toEqual([{ ...SETTINGS, chat: false, locked: false }]);
  expect(await notes()).toEqual([{ ...NOTE, lobby: true }]);
});

test('a new link and other settings at the same time undo nothing of each other', async () => {
  record.noteLobby(true);
  record.keepSettings(SETTINGS);
  await clock.turn(1000);
  record.keepLink('new', (keeping) => told.push(keeping));
  await vi.waitUntil(() => told.length > 0);
  const last = (await notes()).at(-1);
  expect(last).toEqual({ ...NOTE, secret: 'new', lobby: true });
  record.noteLobby(false);
  record.keepSettings({ ...SETTINGS, lobby: false });
  await clock.turn(1000);
  await vi.waitUntil(() => written.length === 3);
  expect((await notes()).at(-1)).toEqual({ ...NOTE, secret: 'new', lobby: false });
});

test('settings alone leave what is noted to whoever changes that', async () => {
  record.keepSettings(SETTINGS);
  await clock.turn(1000);
  await vi.waitUntil(() => written.length > 0);
  expect(written).toEqual([{ settings: { ...SETTINGS, locked: false }, record: null }]);
});

test('a meeting that is not kept has no next time', async () => {
  record.own = { ...own, kept: false };
  record.keepSettings(SETTINGS);
  await clock.turn(1000);
  expect(written).toEqual([]);
});
