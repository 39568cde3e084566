// The HTTP API: accounts and the list of meetings. One method for each route.

import type {
  Account,
  AskBoth,
  AuditedMachine,
  ChangePassword,
  ConfirmPassword,
  EndingCertificate,
  Enrol,
  EnrolmentInfo,
  MeetingRecord,
  NewMeeting,
  NewPasskey,
  NewPasskeyQuestion,
  OpeningHours,
  OwnOpening,
  PasskeyAccount,
  PasskeyAnswer,
  PasskeyQuestion,
  PasskeyRecord,
  Passkeys,
  ProblemCode,
  RecoverableKey,
  RemovePasskey,
  Salt,
  SignIn,
  SignInAnswer,
  TimeSpan,
  UpdateMeeting,
} from '../generated/api';
import { boolean, list, meetingSettings, number, optional, type Reader, record, string, word } from './parse';

/** An answer that is not a success. Its message is for people. */
export class ApiError extends Error {
  constructor(
    readonly code: ProblemCode | 'unreachable',
    message: string,
  ) {
    super(message);
  }
}

export class Api {
  /** `fetch` is injected so that tests need no network. */
  constructor(private readonly fetch: typeof globalThis.fetch = (...of) => globalThis.fetch(...of)) {}

  enrolment(token: string): Promise<EnrolmentInfo> {
    return this.call('POST', '/api/enrolment', { token }, enrolmentInfo);
  }

  enrol(body: Enrol): Promise<Account> {
    return this.call('POST', '/api/enrol', body, account);
  }

  salt(name: string): Promise<Salt> {
    return this.call('POST', '/api/sign-in/salt', { name }, record<Salt>({ salt: string }));
  }

  signIn(body: SignIn): Promise<SignInAnswer> {
    return this.call('POST', '/api/sign-in', body, signInAnswer);
  }

  passkeyQuestion(): Promise<PasskeyQuestion> {
    return this.call('POST', '/api/sign-in/passkey/challenge', null, passkeyQuestion);
  }

  signInByPasskey(body: PasskeyAnswer): Promise<PasskeyAccount> {
    return this.call('POST', '/api/sign-in/passkey', body, passkeyAccount);
  }

  passkeys(): Promise<Passkeys> {
    return this.call('GET', '/api/account/passkeys', null, passkeys);
  }

  newPasskeyQuestion(body: ConfirmPassword): Promise<NewPasskeyQuestion> {
    return this.call('POST', '/api/account/passkeys/challenge', body, newPasskeyQuestion);
  }

  addPasskey(body: NewPasskey): Promise<Passkeys> {
    return this.call('POST', '/api/account/passkeys', body, passkeys);
  }

  removePasskey(body: RemovePasskey): Promise<Passkeys> {
    return this.call('POST', '/api/account/passkeys/remove', body, passkeys);
  }

  askBoth(body: AskBoth): Promise<Passkeys> {
    return this.call('POST', '/api/account/passkeys/both', body, passkeys);
  }

  signOut(everywhere: boolean): Promise<void> {
    return this.call('POST', everywhere ? '/api/sign-out-everywhere' : '/api/sign-out', null, nothing);
  }

  account(): Promise<Account> {
    return this.call('GET', '/api/account', null, account);
  }

  changePassword(body: ChangePassword): Promise<void> {
    return this.call('POST', '/api/account/password', body, nothing);
  }

  meetings(): Promise<MeetingRecord[]> {
    return this.call('GET', '/api/meetings', null, list(meetingRecord));
  }

  createMeeting(body: NewMeeting): Promise<void> {
    return this.call('POST', '/api/meetings', body, nothing);
  }

  updateMeeting(id: string, body: UpdateMeeting): Promise<void> {
    return this.call('PUT', `/api/meetings/${id}`, body, nothing);
  }

  deleteMeeting(id: string): Promise<void> {
    return this.call('DELETE', `/api/meetings/${id}`, null, nothing);
  }

  planOpening(span: TimeSpan): Promise<void> {
    return this.call('POST', '/api/openings', span, nothing);
  }

  removeOpening(id: number): Promise<void> {
    return this.call('DELETE', `/api/openings/${id}`, null, nothing);
  }

  private async call<T>(method: string, path: string, body: object | null, read: Reader<T>): Promise<T> {
    const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store', redirect: 'error' };
    if (body !== null) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json' };
    }
    let response: Response;
    try {
      response = await this.fetch(path, init);
    } catch {
      throw new ApiError('unreachable', 'The server cannot be reached. Check the connection and try again.');
    }
    const text = await response.text();
    if (!response.ok) throw problemOf(text);
    try {
      return read(text === '' ? null : JSON.parse(text));
    } catch {
      throw new ApiError(
        'internal',
        'The server gave an answer that this page cannot read. Load the page again.',
      );
    }
  }
}

function problemOf(text: string): ApiError {
  try {
    const { error, message } = problem(JSON.parse(text));
    return new ApiError(error, message);
  } catch {
    return new ApiError('internal', 'The server could not do this. Try again in a moment.');
  }
}

const nothing: Reader<void> = () => undefined;
const span = record<TimeSpan>({ from: number, until: number });
const openingHours = record<OpeningHours>({
  zone: string,
  weekly: list(string),
  calendar: boolean,
  coming: list(span),
  told: number,
  own: list(record<OwnOpening>({ id: number, span })),
});
const account = record<Account>({
  name: string,
  hostKey: string,
  wrappedByPassword: string,
  certificate: optional(record<EndingCertificate>({ ends: number, ordered: boolean })),
  machine: optional(
    record<AuditedMachine>({ looked: number, holds: number, all: number, short: number, worse: number }),
  ),
  hours: optional(openingHours),
});

const passkeyQuestion = record<PasskeyQuestion>({
  challenge: string,
  rpId: string,
  credentials: list(string),
});

const signInAnswer: Reader<SignInAnswer> = (value) => {
  const { kind } = record({ kind: word<SignInAnswer['kind']>({ account: true, passkey: true }) })(value);
  return kind === 'account' ? { kind, ...account(value) } : { kind, ...passkeyQuestion(value) };
};

const passkeyAccount = record<PasskeyAccount>({ account, wrappedByPasskey: optional(string) });

const passkeys = record<Passkeys>({
  asksBoth: boolean,
  passkeys: list(record<PasskeyRecord>({ id: string, name: string, opens: boolean })),
});

const newPasskeyQuestion = record<NewPasskeyQuestion>({
  challenge: string,
  rpId: string,
  user: string,
  algorithms: list(number),
  known: list(string),
});

const enrolmentInfo = record<EnrolmentInfo>({
  name: optional(string),
  recovery: optional(record<RecoverableKey>({ hostKey: string, wrappedByRecovery: string })),
});

const meetingRecord = record<MeetingRecord>({
  id: string,
  kept: boolean,
  settings: meetingSettings,
  title: string,
  record: string,
  live: boolean,
});

const problemCode = word<ProblemCode>({
  bad_request: true,
  signed_out: true,
  wrong_password: true,
  wrong_passkey: true,
  password_too: true,
  no_passkeys_here: true,
  spent_address: true,
  name_taken: true,
  not_found: true,
  too_many: true,
  slow_down: true,
  wrong_origin: true,
  internal: true,
});
const problem = record<{ error: ProblemCode; message: string }>({ error: problemCode, message: string });
