// The host's own pages: enrolling, signing in, the list of meetings. The password and the host key never leave the
// page in a form that the server could use (K2).

import { type Signal, signal } from '@preact/signals';
import {
  type HostKeys,
  hostKeysFromSeed,
  newAccountSalt,
  newRecoveryCode,
  newSeed,
  openNote,
  type PasswordKeys,
  passwordKeys,
  recoveryKey,
  sealNote,
  unwrapSeed,
  wrapSeed,
} from '../crypto/account';
import { type Bytes, fromBase64Url, type Random, toBase64Url } from '../crypto/bytes';
import { deriveMeetingKeys, type PasswordHash } from '../crypto/derive';
import { Envelope } from '../crypto/envelope';
import { formatLink, hostHash, newMeetingId, newSecret } from '../crypto/link';
import type { Account, EnrolmentInfo, MeetingRecord, TimeSpan } from '../generated/api';
import type { MeetingSettings } from '../generated/protocol';
import type { HostActions, HostMeeting, HostState, MeetingWish, Outcome } from '../state/actions';
import type { Address } from './address';
import { type Api, ApiError } from './api';
import type { Authenticator } from './authenticator';
import { Invitations } from './invitations';
import { deleteHostKeys, loadHostKeys, saveHostKeys } from './keystore';
import { Failure, outcome, problemOf } from './outcome';
import { answer, type OpenedAccount, Passkeys, seedByPasskey } from './passkeys';

export interface HostSurroundings {
  api: Api;
  address: Address;
  random: Random;
  hash: PasswordHash;
  authenticator: Authenticator;
}

const TITLE_LENGTH = 120;

export class HostSession implements HostActions {
  readonly state: Signal<HostState> = signal({ kind: 'loading' });
  readonly invitations = new Invitations(() => {
    const { value } = this.state;
    return value.kind === 'home' ? value.name : '';
  });
  readonly passkeys: Passkeys;
  private enrolment: { token: string; info: EnrolmentInfo } | null = null;

  constructor(private readonly around: HostSurroundings) {
    this.passkeys = new Passkeys(around, (password) => this.openAccount(password));
  }

  async begin(): Promise<void> {
    if (this.around.address.path === '/enrol') await this.openAddress();
    else await this.refresh();
  }

  /** A one-time address: asks what it is for. */
  private async openAddress(): Promise<void> {
    const token = this.around.address.fragment.replace(/^#/, '');
    try {
      const info = await this.around.api.enrolment(token);
      this.enrolment = { token, info };
      this.state.value = { kind: 'enrolling', name: info.name, reset: info.recovery !== null, problem: null };
    } catch (error) {
      const spent =
        error instanceof ApiError && (error.code === 'spent_address' || error.code === 'bad_request');
      this.state.value = spent
        ? { kind: 'spent_address' }
        : { kind: 'enrolling', name: null, reset: false, problem: problemOf(error) };
    }
  }

  enrol(
    name: string,
    password: string,
    recoveryCode: string | null,
  ): Promise<Outcome<{ recoveryCode: string }>> {
    return outcome(async () => ({ recoveryCode: await this.makeAccount(name, password, recoveryCode) }));
  }

  private async makeAccount(name: string, password: string, recoveryCode: string | null): Promise<string> {
    const { api, random } = this.around;
    if (!this.enrolment) throw new Failure('spent_address');
    const { token, info } = this.enrolment;
    const seed = await this.seedFor(info, recoveryCode);
    const keys = await hostKeysFromSeed(seed);
    const salt = newAccountSalt(random);
    const { signInKey, wrapping } = await passwordKeys(password, salt, this.around.hash);
    const newCode = newRecoveryCode(random);
    const recovery = await recoveryKey(newCode);
    if (!recovery) throw new Error('a recovery code that was just made can be read');
    await api.enrol({
      token,
      name: info.name ?? name.trim(),
      salt: toBase64Url(salt),
      signInKey,
      hostKey: keys.signing.publicKey,
      wrappedByPassword: await wrapSeed(wrapping, seed, random),
      wrappedByRecovery: await wrapSeed(recovery, seed, random),
    });
    this.enrolment = null;
    await saveHostKeys(keys);
    this.around.address.replace('/');
    return newCode;
  }

  /** The former host key where the recovery code opens it, else a new one: former links then no longer fit. */
  private async seedFor(info: EnrolmentInfo, code: string | null): Promise<Bytes> {
    if (info.recovery === null || code === null || code.trim() === '') return newSeed(this.around.random);
    const key = await recoveryKey(code);
    const seed = key && (await unwrapSeed(key, info.recovery.wrappedByRecovery));
    if (!seed) throw new Failure('wrong_recovery_code');
    return seed;
  }

  async signIn(name: string, password: string): Promise<Outcome<void>> {
    return this.enter(async () => {
      const { api, authenticator } = this.around;
      const { signInKey, wrapping } = await this.passwordKeysOf(name, password);
      const next = await api.signIn({ name, signInKey });
      const account = next.kind === 'account' ? next : (await answer(api, authenticator, next)).account;
      const seed = await unwrapSeed(wrapping, account.wrappedByPassword);
      if (!seed) throw new Failure('internal');
      return seed;
    });
  }

  signInByPasskey(): Promise<Outcome<void>> {
    return this.enter(() => seedByPasskey(this.around.api, this.around.authenticator));
  }

  /** `seed`: of the host who has just signed in. */
  private async enter(seed: () => Promise<Bytes>): Promise<Outcome<void>> {
    const done = await outcome(async () => saveHostKeys(await hostKeysFromSeed(await seed())));
    if (done.ok) return this.refresh();
    this.state.value = { kind: 'signed_out', problem: done.problem };
    return done;
  }

  async signOut(everywhere: boolean): Promise<Outcome<void>> {
    const done = await outcome(async () => {
      await deleteHostKeys();
      await this.around.api.signOut(everywhere);
    });
    if (!done.ok && done.problem !== 'signed_out') return done;
    this.state.value = { kind: 'signed_out', problem: null };
    return { ok: true, value: undefined };
  }

  changePassword(oldPassword: string, newPassword: string): Promise<Outcome<void>> {
    return outcome(async () => {
      const { api, random, hash } = this.around;
      const old = await this.openAccount(oldPassword);
      const salt = newAccountSalt(random);
      const { signInKey, wrapping } = await passwordKeys(newPassword, salt, hash);
      await api.changePassword({
        oldSignInKey: old.signInKey,
        salt: toBase64Url(salt),
        signInKey,
        wrappedByPassword: await wrapSeed(wrapping, old.seed, random),
      });
    });
  }

  /** Of the host who is signed in: whoever knows the password can open the host key. */
  private async openAccount(password: string): Promise<OpenedAccount> {
    const { name, wrappedByPassword } = await this.account();
    const { signInKey, wrapping } = await this.passwordKeysOf(name, password);
    const seed = await unwrapSeed(wrapping, wrappedByPassword);
    if (!seed) throw new Failure('wrong_password');
    return { name, signInKey, seed };
  }

  private async passwordKeysOf(name: string, password: string): Promise<PasswordKeys> {
    const { salt } = await this.around.api.salt(name);
    const bytes = fromBase64Url(salt);
    if (!bytes) throw new Failure('internal');
    return passwordKeys(password, bytes, this.around.hash);
  }

  createMeeting(wish: MeetingWish): Promise<Outcome<HostMeeting>> {
    return outcome(async () => {
      const meeting = await this.makeMeeting(wish);
      await this.refresh();
      return meeting;
    });
  }

  private async makeMeeting(wish: MeetingWish): Promise<HostMeeting> {
    const { api, random, hash } = this.around;
    const keys = await this.hostKeys();
    const id = newMeetingId(random);
    const secret = newSecret(random);
    const password = wish.password === '' ? null : wish.password;
    const title = [...wish.title.trim()].slice(0, TITLE_LENGTH).join('');
    const derived = await deriveMeetingKeys(id, secret, password, hash);
    const note = { title, secret: toBase64Url(secret), password, lobby: wish.settings.lobby };
    await api.createMeeting({
      id,
      kept: wish.kept,
      settings: wish.settings,
      admission: toBase64Url(derived.admission),
      title: await new Envelope(id, derived.envelope).sealTitle(title),
      record: await sealNote(keys, id, note, random),
    });
    const { kept, settings } = wish;
    return {
      id,
      title,
      link: await this.linkOf(keys, id, note),
      password,
      kept,
      live: false,
      settings,
    };
  }

  changeMeeting(id: string, settings: MeetingSettings): Promise<Outcome<void>> {
    return outcome(async () => {
      const { api, random } = this.around;
      const keys = await this.hostKeys();
      const listed = (await api.meetings()).find((one) => one.id === id);
      const note = listed ? await openNote(keys, id, listed.record) : null;
      const { lobby } = settings;
      const record =
        note && note.lobby !== lobby ? await sealNote(keys, id, { ...note, lobby }, random) : null;
      await api.updateMeeting(id, { settings, record });
      await this.refresh();
    });
  }

  async deleteMeeting(id: string): Promise<Outcome<void>> {
    const done = await outcome(() => this.around.api.deleteMeeting(id));
    await this.refresh();
    return done;
  }

  async planOpening(span: TimeSpan): Promise<Outcome<void>> {
    const done = await outcome(() => this.around.api.planOpening(span));
    await this.refresh();
    return done;
  }

  async removeOpening(id: number): Promise<Outcome<void>> {
    const done = await outcome(() => this.around.api.removeOpening(id));
    await this.refresh();
    return done;
  }

  /** Who is signed in, and their meetings. Without the host key in this browser a person has to sign in again. */
  async refresh(): Promise<Outcome<void>> {
    const seen = await outcome(() => this.look());
    if (seen.ok) {
      this.state.value = seen.value;
      return { ok: true, value: undefined };
    }
    const { problem } = seen;
    const { value } = this.state;
    if (value.kind === 'home' && problem !== 'signed_out') this.state.value = { ...value, problem };
    else this.state.value = { kind: 'signed_out', problem: problem === 'signed_out' ? null : problem };
    return seen;
  }

  private async look(): Promise<HostState> {
    const { name, hostKey, certificate, machine, hours } = await this.account();
    const keys = await loadHostKeys();
    if (keys?.signing.publicKey !== hostKey) return { kind: 'signed_out', problem: null };
    const records = await this.around.api.meetings();
    const meetings = await Promise.all(records.map((record) => this.open(keys, record)));
    return { kind: 'home', name, meetings, certificate, machine, hours, problem: null };
  }

  /** A sign-in may have ended elsewhere, or by its age: then this browser's keys must not outlive it. */
  private async account(): Promise<Account> {
    try {
      return await this.around.api.account();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'signed_out') await deleteHostKeys();
      throw error;
    }
  }

  private async open(
    keys: HostKeys,
    { id, kept, live, settings, record }: MeetingRecord,
  ): Promise<HostMeeting> {
    const note = await openNote(keys, id, record);
    const title = note?.title ?? '';
    const link = note ? await this.linkOf(keys, id, note) : '';
    return { id, title, link, password: note?.password ?? null, kept, live, settings };
  }

  private async linkOf(
    keys: HostKeys,
    id: string,
    note: { secret: string; password: string | null },
  ): Promise<string> {
    const secret = fromBase64Url(note.secret) ?? new Uint8Array();
    const hash = await hostHash(fromBase64Url(keys.signing.publicKey) ?? new Uint8Array());
    return formatLink(this.around.address.origin, {
      id,
      secret,
      hostHash: hash,
      password: note.password !== null,
    });
  }

  private async hostKeys(): Promise<HostKeys> {
    const keys = await loadHostKeys();
    if (!keys) throw new Failure('signed_out');
    return keys;
  }
}
