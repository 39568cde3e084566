import { webcrypto } from 'node:crypto';
import { beforeEach, expect, test, vi } from 'vitest';
import {
  hostKeysFromSeed,
  openPasskeyName,
  passkeyKey,
  passwordKeys,
  sealPasskeyName,
  wrapSeed,
} from '../crypto/account';
import { type Bytes, fromBase64Url, sha256, systemRandom, toBase64Url, utf8 } from '../crypto/bytes';
import type { PasskeyRecord } from '../generated/api';
import type { Outcome } from '../state/actions';
import { Api } from './api';
import { type Authenticator, isNumber } from './authenticator';
import { HostSession } from './host-session';
import { saveHostKeys } from './keystore';
import { Failure } from './outcome';

vi.mock('./keystore');

const PASSWORD = 'seven quiet otters';
const SEED: Bytes = new Uint8Array(32).fill(5);
const SALT = toBase64Url(new Uint8Array(16));
const QUESTION = { challenge: toBase64Url(new Uint8Array(32)), rpId: 'host' };

/** Fast, and nothing but a test's. */
const hash = (password: Bytes, salt: Bytes) => sha256(password, salt);

/** A device with one passkey. Without a secret it is one of those that have none to give. */
function device(secret: Bytes | null, obstacle: Authenticator['obstacle'] = null) {
  const answered = { user: 'user', clientData: 'c', authenticatorData: 'd', signature: 's' };
  const fake = {
    obstacle,
    make: vi.fn(() =>
      Promise.resolve({ credential: 'credential', clientData: 'c', attestation: 'a', secret }),
    ),
    ask: vi.fn(() => Promise.resolve({ credential: 'credential', ...answered, secret })),
  };
  return fake satisfies Authenticator;
}

/** A server with one account. It notes what it was told. */
async function server() {
  const { signInKey, wrapping } = await passwordKeys(PASSWORD, fromBase64Url(SALT) ?? SEED, hash);
  const account = {
    name: 'Anna',
    hostKey: (await hostKeysFromSeed(SEED)).signing.publicKey,
    wrappedByPassword: await wrapSeed(wrapping, SEED, systemRandom),
    certificate: null,
    machine: null,
  };
  const state = {
    told: [] as { path: string; body: Record<string, unknown> }[],
    stored: [] as (PasskeyRecord & { wrapped: string | null })[],
    asksBoth: false,
  };
  const passkeys = () => ({
    asksBoth: state.asksBoth,
    passkeys: state.stored.map(({ id, name, opens }) => ({ id, name, opens })),
  });
  const routes: Record<string, (body: Record<string, unknown>) => unknown> = {
    '/api/sign-in/salt': () => ({ salt: SALT }),
    '/api/sign-in': () =>
      state.asksBoth
        ? { kind: 'passkey', ...QUESTION, credentials: state.stored.map(({ id }) => id) }
        : { kind: 'account', ...account },
    '/api/sign-in/passkey/challenge': () => ({ ...QUESTION, credentials: [] }),
    '/api/sign-in/passkey': () => ({
      account,
      wrappedByPasskey: state.asksBoth ? null : (state.stored[0]?.wrapped ?? null),
    }),
    '/api/sign-out': () => ({}),
    '/api/account': () => account,
    '/api/meetings': () => [],
    '/api/account/passkeys/challenge': () => ({ ...QUESTION, user: 'user', algorithms: [-7], known: [] }),
    '/api/account/passkeys': (body) => {
      if (typeof body.name === 'string') {
        const wrapped = body.wrappedByPasskey as string | null;
        state.stored.push({ id: 'credential', name: body.name, opens: wrapped !== null, wrapped });
      }
      return passkeys();
    },
    '/api/account/passkeys/remove': ({ id }) => {
      state.stored = state.stored.filter((one) => one.id !== id);
      return passkeys();
    },
    '/api/account/passkeys/both': ({ both }) => {
      state.asksBoth = both === true;
      return passkeys();
    },
  };
  const fetch: typeof globalThis.fetch = (path, init) => {
    const body = JSON.parse(String(init?.body ?? '{}')) as Record<string, unknown>;
    state.told.push({ path: String(path), body });
    return Promise.resolve(new Response(JSON.stringify(routes[String(path)]?.(body))));
  };
  const page = (authenticator: Authenticator) => {
    const address = { origin: 'https://host', path: '/', fragment: '', replace: () => undefined };
    return new HostSession({ api: new Api(fetch), address, random: systemRandom, hash, authenticator });
  };
  return { page, state, signInKey };
}

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.problem);
  return outcome.value;
}

beforeEach(() => {
  vi.resetAllMocks();
});

test('a passkey alone brings the host key back, and the server sees nothing of its secret (S1, K2, B6)', async () => {
  const { page, state } = await server();
  const secret = systemRandom(32);
  const { passkeys } = page(device(secret));
  expect(value(await passkeys.open(PASSWORD)).passkeys).toEqual([]);
  const { settings, opens } = value(await passkeys.add(' Telephone '));
  expect(opens).toBe(true);
  expect(settings.passkeys).toEqual([{ id: 'credential', name: 'Telephone', opens: true }]);

  const elsewhere = page(device(secret));
  value(await elsewhere.signInByPasskey());
  const saved = vi.mocked(saveHostKeys).mock.calls.at(-1)?.[0];
  expect(saved?.signing.publicKey).toBe((await hostKeysFromSeed(SEED)).signing.publicKey);

  const said = JSON.stringify(state.told);
  for (const hidden of [secret, SEED, utf8('Telephone')]) expect(said).not.toContain(toBase64Url(hidden));
  expect(said).not.toContain('Telephone');
});

test('what opens the host key is HKDF of the secret, with a label of our own (K2)', async () => {
  const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
  const wrapped = fromBase64Url(await wrapSeed(await passkeyKey(secret), SEED, systemRandom));
  if (!wrapped) throw new Error('it is base64url');
  const { subtle } = webcrypto;
  const root = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const parameters = {
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new Uint8Array(),
    info: utf8('incamera/1 passkey'),
  };
  const key = await subtle.deriveKey(parameters, root, { name: 'AES-GCM', length: 256 }, false, ['decrypt']);
  const aes = { name: 'AES-GCM', iv: wrapped.slice(0, 12), additionalData: utf8('incamera/1 host key') };
  expect(new Uint8Array(await subtle.decrypt(aes, key, wrapped.slice(12)))).toEqual(SEED);
});

test('a passkey without a secret is kept for use beside the password, and the host is told (S1)', async () => {
  const { page, state } = await server();
  const { passkeys } = page(device(null));
  value(await passkeys.open(PASSWORD));
  const { settings, opens } = value(await passkeys.add('Old key'));
  expect([opens, settings.passkeys[0]?.opens]).toEqual([false, false]);
  expect(state.told.at(-1)?.body.wrappedByPasskey).toBeNull();
});

test('a browser that does not get at the secret does not stay signed in without the host key (B6)', async () => {
  const { page, state } = await server();
  const { passkeys } = page(device(systemRandom(32)));
  value(await passkeys.open(PASSWORD));
  value(await passkeys.add('Telephone'));
  vi.mocked(saveHostKeys).mockClear();
  for (const other of [null, systemRandom(32)]) {
    const done = await page(device(other)).signInByPasskey();
    expect(done).toEqual({ ok: false, problem: 'password_too' });
    expect(state.told.at(-1)?.path).toBe('/api/sign-out');
    expect(saveHostKeys).not.toHaveBeenCalled();
  }
});

test('where the account asks for both, the password is followed by the passkey (S1)', async () => {
  const { page, state } = await server();
  const phone = device(null);
  const { passkeys } = page(phone);
  value(await passkeys.open(PASSWORD));
  value(await passkeys.add('Telephone'));
  expect(value(await passkeys.askBoth(true)).asksBoth).toBe(true);

  value(await page(phone).signIn('Anna', PASSWORD));
  expect(phone.ask).toHaveBeenCalledWith(expect.objectContaining({ credentials: ['credential'] }));
  const answers = state.told.filter(({ path }) => path === '/api/sign-in/passkey');
  expect(answers.map(({ body }) => Object.keys(body).sort())).toEqual([
    ['authenticatorData', 'challenge', 'clientData', 'credential', 'signature', 'user'],
  ]);
  expect(saveHostKeys).toHaveBeenCalledOnce();

  const refusing = { ...phone, ask: () => Promise.reject(new Failure('passkey_unused')) };
  const session = page(refusing);
  expect(await session.signIn('Anna', PASSWORD)).toEqual({ ok: false, problem: 'passkey_unused' });
  expect(session.state.value).toEqual({ kind: 'signed_out', problem: 'passkey_unused' });
  expect(saveHostKeys).toHaveBeenCalledOnce();
});

test('nothing is changed without the password, nor after the dialog is closed (S1)', async () => {
  const { page, state, signInKey } = await server();
  const { passkeys } = page(device(systemRandom(32)));
  expect(await passkeys.add('Telephone')).toEqual({ ok: false, problem: 'signed_out' });
  expect(await passkeys.open('another password')).toEqual({ ok: false, problem: 'wrong_password' });
  expect(await passkeys.remove('credential')).toEqual({ ok: false, problem: 'signed_out' });
  value(await passkeys.open(PASSWORD));
  value(await passkeys.add('Telephone'));
  expect(value(await passkeys.remove('credential')).passkeys).toEqual([]);
  expect(state.told.at(-1)?.body).toEqual({ signInKey, id: 'credential' });
  passkeys.close();
  expect(await passkeys.askBoth(true)).toEqual({ ok: false, problem: 'signed_out' });
});

test('a name belongs to its passkey, and to its host (K2)', async () => {
  const keys = await hostKeysFromSeed(SEED);
  const sealed = await sealPasskeyName(keys, 'credential', 'Telephone', systemRandom);
  expect(await openPasskeyName(keys, 'credential', sealed)).toBe('Telephone');
  expect(await openPasskeyName(keys, 'another', sealed)).toBe('');
  const others = await hostKeysFromSeed(new Uint8Array(32));
  expect(await openPasskeyName(others, 'credential', sealed)).toBe('');
});

test('an address is told from a name (S1)', () => {
  for (const number of ['192.0.2.1', '127.0.0.1', '[::1]', '[2001:db8::1]'])
    expect(isNumber(number)).toBe(true);
  for (const name of ['localhost', 'meet.example.org', '1.example', 'a1.2.3.4'])
    expect(isNumber(name)).toBe(false);
});
