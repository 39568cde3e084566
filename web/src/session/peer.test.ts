import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { VIDEO_SLOTS } from '../generated/protocol';
import type { Role } from '../sframe/worker/messages';
import { AUDIO_STEP, Peer } from './peer';
import { FakePeerConnection, fakeKeys, stubPeers } from './peer.testkit';

let numbers = 0;
const nextNumber = () => {
  numbers += 1;
  return numbers;
};

beforeEach(() => {
  numbers = 0;
  stubPeers();
});
afterEach(() => vi.unstubAllGlobals());

function open(keys = fakeKeys().keys): { peer: Peer; connection: FakePeerConnection } {
  const peer = new Peer(new Map(), false, AUDIO_STEP, keys, nextNumber, () => []);
  const connection = FakePeerConnection.all.at(-1);
  if (!connection) throw new Error('no connection');
  return { peer, connection };
}

const numbersOf = (roles: readonly (Role | undefined)[]) =>
  roles.flatMap((role) => (role?.side === 'receive' ? [role.slot] : []));

describe('every section is sealed or opened (K2)', () => {
  test('from the turn on in which it is made', () => {
    const { connection } = open();
    const roles = connection.roles();
    expect(roles).toHaveLength(2 + VIDEO_SLOTS + AUDIO_STEP);
    expect(roles).not.toContain(undefined);
    expect(roles.slice(0, 2)).toEqual([
      { side: 'send', source: 'microphone', rids: [] },
      { side: 'send', source: 'camera', rids: ['q', 'h', 'f'] },
    ]);
  });

  test('also one that is added later', () => {
    const { peer, connection } = open();
    const before = connection.transceivers.length;
    void peer.send('screen', { kind: 'video' } as MediaStreamTrack);
    void peer.send('screen_audio', { kind: 'audio' } as MediaStreamTrack);
    peer.growAudio(AUDIO_STEP + 1);
    expect(connection.roles().slice(before)).toEqual([
      { side: 'send', source: 'screen', rids: [] },
      { side: 'send', source: 'screen_audio', rids: [] },
      { side: 'receive', slot: VIDEO_SLOTS + AUDIO_STEP + 1, kind: 'audio' },
    ]);
  });

  test('under a number that no other section has, whatever its peer connection', () => {
    const { keys } = fakeKeys();
    const all = [open(keys), open(keys)].flatMap(({ connection }) => numbersOf(connection.roles()));
    expect(all).toHaveLength(2 * (VIDEO_SLOTS + AUDIO_STEP));
    expect(new Set(all).size).toBe(all.length);
  });
});

test('nothing is kept of its sections when it is closed', () => {
  const { keys, posted } = fakeKeys();
  const { peer, connection } = open(keys);
  peer.close();
  const gone = numbersOf(connection.roles()).map((slot) => ({ type: 'detach', slot }));
  expect(posted).toEqual(gone);
});

test('its sections have names after an offer, and keep their numbers', async () => {
  const { peer, connection } = open();
  expect(peer.receiveSections()).toEqual([]);
  await peer.offer(false);
  const sections = peer.receiveSections();
  expect(sections.map(({ number }) => number)).toEqual(numbersOf(connection.roles()));
  for (const { mid, kind } of sections) expect(peer.track(mid)?.kind).toBe(kind);
});

test('all sound has the rate of this browser (K5)', async () => {
  const { peer, connection } = open();
  const section = (type: number) =>
    `m=audio 9 UDP/TLS/RTP/SAVPF ${type}\r\na=rtpmap:${type} opus/48000/2\r\n`;
  await peer.answer(`v=0\r\n${section(111)}${section(112)}`);
  expect(connection.answered.match(/maxaveragebitrate=\d+/g)).toEqual([
    'maxaveragebitrate=47600',
    'maxaveragebitrate=47600',
  ]);
});
