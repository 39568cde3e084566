import { decrypt, generateKey, readKey, readMessage } from 'openpgp/lightweight';
import { beforeEach, expect, test, vi } from 'vitest';
import { type HostKeys, hostKeysFromSeed } from '../crypto/account';
import { KEYS_LENGTH_MAX, type Recipients } from '../invitation/model';
import type { Outcome } from '../state/actions';
import { Invitations } from './invitations';
import { loadHostKeys } from './keystore';

vi.mock('./keystore');

const AGE = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';

/** A browser that holds these keys. */
function browser(keys: HostKeys | null): Invitations {
  vi.mocked(loadHostKeys).mockResolvedValue(keys);
  return new Invitations(() => 'Hanna');
}

async function newKey() {
  return generateKey({ userIDs: [{ name: 'Ada' }], date: new Date(Date.now() - 60_000), format: 'object' });
}

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.problem);
  return outcome.value;
}

async function recipientsIn(invitations: Invitations, keys: string | Blob): Promise<Recipients> {
  const reading = value(await invitations.recipients(keys));
  if (!reading.ok) throw new Error(reading.fault);
  return reading.recipients;
}

beforeEach(() => {
  vi.resetAllMocks();
});

test('an invitation is signed by the key that the host shows to people (R1)', async () => {
  const invitations = browser(await hostKeysFromSeed(new Uint8Array(32)));
  const { privateKey, publicKey } = await newKey();
  const recipients = await recipientsIn(invitations, publicKey.armor());
  const armored = value(await invitations.encrypt(recipients, 'Come in'));
  const { data } = await decrypt({
    message: await readMessage({ armoredMessage: armored }),
    decryptionKeys: privateKey,
    verificationKeys: await readKey({ armoredKey: value(await invitations.signingKey()).publicKey }),
    expectSigned: true,
  });
  expect(data).toBe('Come in');
});

test('a browser without the key that signs encrypts nothing for OpenPGP, and says what to do', async () => {
  const { signing, storage } = await hostKeysFromSeed(new Uint8Array(32));
  const { publicKey } = await newKey();
  for (const [keys, problem] of [
    [{ signing, storage }, 'no_signing_key'],
    [null, 'signed_out'],
  ] as const) {
    const invitations = browser(keys);
    const recipients = await recipientsIn(invitations, publicKey.armor());
    expect(await invitations.signingKey()).toEqual({ ok: false, problem });
    expect(await invitations.encrypt(recipients, 'Come in')).toEqual({ ok: false, problem });
  }
});

test('age needs no key of the host', async () => {
  const invitations = browser(null);
  const armored = value(await invitations.encrypt(await recipientsIn(invitations, AGE), 'Come in'));
  expect(armored).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
});

test('a file is read, and not even opened when it is too large', async () => {
  const invitations = browser(null);
  expect((await recipientsIn(invitations, new Blob([`# Ada\n${AGE}\n`]))).list).toHaveLength(1);
  const large = new Blob([new Uint8Array(KEYS_LENGTH_MAX + 1)]);
  const opened = vi.spyOn(large, 'arrayBuffer');
  expect(value(await invitations.recipients(large))).toEqual({ ok: false, fault: 'too_large', whose: null });
  expect(opened).not.toHaveBeenCalled();
});
