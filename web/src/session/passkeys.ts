// Passkeys of a host: signing in with one, and which there are. A passkey opens the host key by a secret that the server
// never sees (K2, S1).

import {
  hostKeysFromSeed,
  openPasskeyName,
  passkeyKey,
  sealPasskeyName,
  unwrapSeed,
  wrapSeed,
} from '../crypto/account';
import type { Bytes, Random } from '../crypto/bytes';
import type { PasskeyAccount, PasskeyQuestion, Passkeys as Stored } from '../generated/api';
import type { Outcome, PasskeyActions, PasskeyObstacle, PasskeySettings } from '../state/actions';
import type { Api } from './api';
import type { Authenticator } from './authenticator';
import { Failure, outcome } from './outcome';

/** A host whose password was typed just now. */
export interface OpenedAccount {
  name: string;
  signInKey: string;
  seed: Bytes;
}

/** Has a passkey answer, and signs in with the answer. */
export async function answer(
  api: Api,
  authenticator: Authenticator,
  question: PasskeyQuestion,
): Promise<PasskeyAccount & { secret: Bytes | null }> {
  const { secret, ...said } = await authenticator.ask(question);
  return { ...(await api.signInByPasskey({ challenge: question.challenge, ...said })), secret };
}

/** Signs in with a passkey alone; the host key's seed. */
export async function seedByPasskey(api: Api, authenticator: Authenticator): Promise<Bytes> {
  const { secret, wrappedByPasskey } = await answer(api, authenticator, await api.passkeyQuestion());
  const seed = secret && wrappedByPasskey && (await unwrapSeed(await passkeyKey(secret), wrappedByPasskey));
  if (seed) return seed;
  // This browser does not get at the secret. Without the host key there is nothing to be signed in for.
  await api.signOut(false);
  throw new Failure('password_too');
}

interface Surroundings {
  api: Api;
  authenticator: Authenticator;
  random: Random;
}

export class Passkeys implements PasskeyActions {
  private account: OpenedAccount | null = null;

  constructor(
    private readonly around: Surroundings,
    private readonly openAccount: (password: string) => Promise<OpenedAccount>,
  ) {}

  get obstacle(): PasskeyObstacle | null {
    return this.around.authenticator.obstacle;
  }

  open(password: string): Promise<Outcome<PasskeySettings>> {
    return outcome(async () => {
      const account = await this.openAccount(password);
      const settings = await read(account, await this.around.api.passkeys());
      this.account = account;
      return settings;
    });
  }

  add(name: string): Promise<Outcome<{ settings: PasskeySettings; opens: boolean }>> {
    return outcome(async () => {
      const { api, authenticator, random } = this.around;
      const account = this.opened();
      const { seed, signInKey } = account;
      const question = await api.newPasskeyQuestion({ signInKey });
      const { credential, secret, ...made } = await authenticator.make(question, account.name);
      const stored = await api.addPasskey({
        challenge: question.challenge,
        ...made,
        name: await sealPasskeyName(await hostKeysFromSeed(seed), credential, name.trim(), random),
        wrappedByPasskey: secret && (await wrapSeed(await passkeyKey(secret), seed, random)),
      });
      return { settings: await read(account, stored), opens: secret !== null };
    });
  }

  remove(id: string): Promise<Outcome<PasskeySettings>> {
    return outcome(async () => {
      const account = this.opened();
      return read(account, await this.around.api.removePasskey({ signInKey: account.signInKey, id }));
    });
  }

  askBoth(both: boolean): Promise<Outcome<PasskeySettings>> {
    return outcome(async () => {
      const account = this.opened();
      return read(account, await this.around.api.askBoth({ signInKey: account.signInKey, both }));
    });
  }

  close(): void {
    this.account?.seed.fill(0);
    this.account = null;
  }

  private opened(): OpenedAccount {
    if (!this.account) throw new Failure('signed_out');
    return this.account;
  }
}

async function read({ seed }: OpenedAccount, { asksBoth, passkeys }: Stored): Promise<PasskeySettings> {
  const keys = await hostKeysFromSeed(seed);
  const own = passkeys.map(async ({ id, name, opens }) => ({
    id,
    name: await openPasskeyName(keys, id, name),
    opens,
  }));
  return { asksBoth, passkeys: await Promise.all(own) };
}
