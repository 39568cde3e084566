import { expect, test } from 'vitest';
import { toBase64Url } from '../crypto/bytes';
import { generateSigningKey } from '../crypto/ed25519';
import { Envelope } from '../crypto/envelope';
import { grant } from '../crypto/grant';
import type { Participant } from '../generated/protocol';
import { Roster } from './roster';

const MEETING = 'abcdefghijklmnop';
const [ADA, BOB] = [1, 2].map((fill) => toBase64Url(new Uint8Array(32).fill(fill))) as [string, string];

async function envelope(): Promise<Envelope> {
  const raw = new Uint8Array(32);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return new Envelope(MEETING, key);
}

function participant(id: number, identity: string, name: string): Participant {
  return {
    id,
    identity,
    name,
    role: 'participant',
    grant: null,
    live: [],
    hand: null,
    quality: 'unknown',
    connected: true,
  };
}

test('a name is shown at the person who sealed it, though the server puts it at another (P1)', async () => {
  const sealed = await envelope();
  const roster = new Roster(MEETING, sealed);
  const name = await sealed.sealName('Ada', ADA);
  expect((await roster.learn(participant(1, ADA, name))).name).toBe('Ada');
  expect((await roster.learn(participant(2, BOB, name))).name).toBeNull();
});

test('so it is in the lobby', async () => {
  const sealed = await envelope();
  const roster = new Roster(MEETING, sealed);
  const name = await sealed.sealName('Ada', ADA);
  const knocks = [
    { id: 1, identity: ADA, name },
    { id: 2, identity: BOB, name },
  ];
  expect(await roster.waiting(knocks)).toEqual([
    { id: 1, name: 'Ada' },
    { id: 2, name: null },
  ]);
});

test('a role is proven by the host key of the link, for this identity, and by nothing else (P3)', async () => {
  const sealed = await envelope();
  const host = await generateSigningKey();
  const roster = new Roster(MEETING, sealed);
  const name = await sealed.sealName('Ada', ADA);
  const proof = await grant(host, MEETING, 'co_host', ADA);
  const coHost: Participant = { ...participant(1, ADA, name), role: 'co_host', grant: proof };

  roster.begin(host.publicKey);
  expect((await roster.learn(coHost)).proven).toBe(true);
  expect((await roster.learn({ ...coHost, role: 'host' })).proven).toBe(false);
  expect((await roster.learn({ ...coHost, identity: BOB })).proven).toBe(false);
  expect((await roster.learn({ ...coHost, grant: null })).proven).toBe(false);
  // The server's host key is not the link's.
  roster.begin(null);
  expect((await roster.learn(coHost)).proven).toBe(false);
});
