import { beforeEach, expect, test, vi } from 'vitest';
import { hostKeysFromSeed } from '../crypto/account';
import { fromBase64Url } from '../crypto/bytes';
import { hostHash, type MeetingLink } from '../crypto/link';
import { Api } from './api';
import { deleteHostKeys, loadHostKeys } from './keystore';
import { findOwnMeeting, type OwnMeeting } from './own-meeting';

vi.mock('./keystore');

/** The page of a meeting in the browser of its host, at a server that answers so. */
async function open(status: number, body: object): Promise<OwnMeeting | null> {
  const keys = await hostKeysFromSeed(new Uint8Array(32));
  vi.mocked(loadHostKeys).mockResolvedValue(keys);
  vi.mocked(deleteHostKeys).mockResolvedValue();
  const publicKey = fromBase64Url(keys.signing.publicKey) ?? new Uint8Array();
  const link: MeetingLink = {
    id: 'abcdefghijklmnop',
    secret: new Uint8Array(16),
    hostHash: await hostHash(publicKey),
    password: false,
  };
  return findOwnMeeting(link, new Api(() => Promise.resolve(new Response(JSON.stringify(body), { status }))));
}

beforeEach(() => {
  vi.resetAllMocks();
});

test('a sign-in that ended takes the host keys of this browser with it (S1)', async () => {
  expect(await open(401, { error: 'signed_out', message: 'Sign in again.' })).toBeNull();
  expect(deleteHostKeys).toHaveBeenCalledOnce();
});

test('a server that has other troubles does not: the key still proves the host to the others', async () => {
  expect(await open(500, { error: 'internal', message: 'Try again.' })).toMatchObject({ note: null });
  expect(deleteHostKeys).not.toHaveBeenCalled();
});

test('a meeting that is not in the list has no note', async () => {
  expect(await open(200, [])).toMatchObject({ note: null, kept: false });
});
