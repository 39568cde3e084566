// Encrypted invitations for the host's pages: brings the host's keys and the code that encrypts together.

import { invitationSecret } from '../crypto/account';
import type { Bytes } from '../crypto/bytes';
import {
  KEYS_LENGTH_MAX,
  type Reading,
  type Recipients,
  refused,
  type SigningKeyInfo,
} from '../invitation/model';
import type { InvitationActions, Outcome } from '../state/actions';
import { loadHostKeys } from './keystore';
import { Failure, outcome } from './outcome';

export class Invitations implements InvitationActions {
  constructor(private readonly hostName: () => string) {}

  signingKey(): Promise<Outcome<SigningKeyInfo>> {
    return outcome(async () => {
      const { describe, signingKey } = await loaded(import('../invitation/openpgp'));
      return withSecret(async (secret) => describe(await signingKey(secret, this.hostName())));
    });
  }

  recipients(keys: string | Blob): Promise<Outcome<Reading>> {
    return outcome(async () => {
      // Whoever chose a film by mistake need not wait for it.
      if (typeof keys !== 'string' && keys.size > KEYS_LENGTH_MAX) return refused('too_large');
      const input = typeof keys === 'string' ? keys : new Uint8Array(await keys.arrayBuffer());
      const { findKeys } = await loaded(import('../invitation/recipients'));
      const found = findKeys(input);
      switch (found.format) {
        case 'openpgp':
          return (await loaded(import('../invitation/openpgp'))).readOpenPgp(found.keys, new Date());
        case 'age':
          return (await loaded(import('../invitation/age'))).readAge(found.keys);
        case null:
          return refused(found.fault);
      }
    });
  }

  encrypt(recipients: Recipients, text: string): Promise<Outcome<string>> {
    return outcome(async () => {
      switch (recipients.format) {
        case 'age':
          return (await loaded(import('../invitation/age'))).encryptUnsigned(recipients, text);
        case 'openpgp': {
          const { encryptAndSign } = await loaded(import('../invitation/openpgp'));
          return withSecret((secret) =>
            encryptAndSign(recipients, text, secret, this.hostName(), new Date()),
          );
        }
      }
    });
  }
}

/** The code is fetched when it is needed; a server that was updated does not have this page's files any more. */
function loaded<T>(code: Promise<T>): Promise<T> {
  return code.catch(() => {
    throw new Failure('unreachable');
  });
}

/** The secret of the signing key, for as long as the work takes. */
async function withSecret<T>(work: (secret: Bytes) => Promise<T>): Promise<T> {
  const keys = await loadHostKeys();
  if (!keys) throw new Failure('signed_out');
  if (!keys.invitations) throw new Failure('no_signing_key');
  const secret = await invitationSecret(keys.invitations);
  try {
    return await work(secret);
  } finally {
    secret.fill(0);
  }
}
