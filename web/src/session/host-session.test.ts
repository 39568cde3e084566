import { beforeEach, expect, test, vi } from 'vitest';
import { hostKeysFromSeed, openNote, sealNote } from '../crypto/account';
import { systemRandom } from '../crypto/bytes';
import { USUAL_SETTINGS } from '../generated/protocol';
import { Api } from './api';
import type { Authenticator } from './authenticator';
import { HostSession } from './host-session';
import { deleteHostKeys, loadHostKeys } from './keystore';

vi.mock('./keystore');

let asked: { method: string | undefined; path: string; body: string }[];

/** The start page of a browser that holds host keys, at a server that answers everything alike unless it is told how. */
async function look(status: number, body: object | ((path: string) => object)): Promise<HostSession> {
  vi.mocked(loadHostKeys).mockResolvedValue(await hostKeysFromSeed(new Uint8Array(32)));
  const fetch: typeof globalThis.fetch = (path, init) => {
    asked.push({ method: init?.method, path: String(path), body: String(init?.body ?? '') });
    const answer = typeof body === 'function' ? body(String(path)) : body;
    return Promise.resolve(new Response(JSON.stringify(answer), { status }));
  };
  const address = { origin: 'https://host', path: '/', fragment: '', replace: () => undefined };
  const hash = () => Promise.reject(new Error('no password is asked for'));
  const authenticator: Authenticator = { obstacle: 'browser', make: hash, ask: hash };
  const session = new HostSession({
    api: new Api(fetch),
    address,
    random: systemRandom,
    hash,
    authenticator,
  });
  await session.begin();
  return session;
}

beforeEach(() => {
  vi.resetAllMocks();
  asked = [];
});

test('a sign-in that ended elsewhere takes the host keys of this browser with it (S1)', async () => {
  const session = await look(401, { error: 'signed_out', message: 'Sign in again.' });
  expect(deleteHostKeys).toHaveBeenCalledOnce();
  expect(session.state.value).toEqual({ kind: 'signed_out', problem: null });
});

test('a server that has other troubles does not', async () => {
  const session = await look(500, { error: 'internal', message: 'Try again.' });
  expect(deleteHostKeys).not.toHaveBeenCalled();
  expect(session.state.value).toEqual({ kind: 'signed_out', problem: 'internal' });
});

test('settings of a meeting are changed, and its record notes whether it has a lobby (K2)', async () => {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  const id = 'abcdefghijklmnop';
  const note = { title: 'Council', secret: 'AAAAAAAAAAAAAAAAAAAAAA', password: null, lobby: false };
  const record = await sealNote(keys, id, note, systemRandom);
  const session = await look(200, [
    { id, kept: true, live: false, settings: USUAL_SETTINGS, title: '', record },
  ]);
  const settings = { ...USUAL_SETTINGS, lobby: true };
  asked = [];
  await session.changeMeeting(id, settings);
  const [put] = asked.filter(({ method }) => method === 'PUT');
  expect(put?.path).toBe(`/api/meetings/${id}`);
  const body = JSON.parse(put?.body ?? '') as { settings: object; record: string };
  expect(body.settings).toEqual(settings);
  expect(await openNote(keys, id, body.record)).toEqual({ ...note, lobby: true });
});

test('what the server says of its certificate is there for the host to read (S3)', async () => {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  const account = { name: 'Anna', hostKey: keys.signing.publicKey, wrappedByPassword: '' };
  const certificate = { ends: 1_796_303_100, ordered: true };
  for (const told of [certificate, null]) {
    const session = await look(200, (path) =>
      path === '/api/account' ? { ...account, certificate: told } : [],
    );
    expect(session.state.value).toMatchObject({ kind: 'home', certificate: told });
  }
});

test('what the server says of its machine is there for the host to read (B4)', async () => {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  const account = { name: 'Anna', hostKey: keys.signing.publicKey, wrappedByPassword: '' };
  const machine = { looked: 1_796_303_100, holds: 150, all: 153, short: 3, worse: 1 };
  for (const told of [machine, null]) {
    const session = await look(200, (path) => (path === '/api/account' ? { ...account, machine: told } : []));
    expect(session.state.value).toMatchObject({ kind: 'home', machine: told });
  }
});
