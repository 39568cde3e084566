// Generated from the crate incamera by `cargo xtask generate`. Do not edit.

import type { AdmissionHash, HostKey, MeetingId, MeetingSettings, SealedTitle } from './protocol';

/** Characters of an account's name. */
export const MAX_NAME = 64;

/** Meetings of one host. */
export const MAX_MEETINGS = 200;

/** Passkeys of one host. */
export const MAX_PASSKEYS = 10;

/** Bytes of a sealed record. */
export const MAX_RECORD = 4096;

/** Bytes of a wrapped key. */
export const MAX_WRAPPED_KEY = 256;

/**
 * The secret of a one-time address, from its fragment. The store keeps only its hash.
 */
export type EnrolmentToken = string;

/**
 * The half of a password that signs in, derived by the page. The half that unwraps the host key never leaves it.
 */
export type SignInKey = string;

/**
 * The salt of the page's Argon2id.
 */
export type AccountSalt = string;

/**
 * The private half of a host key, encrypted by the page.
 */
export type WrappedKey = string;

/**
 * A host's own notes on a meeting: title, secret and password, encrypted by the page.
 */
export type SealedRecord = string;

/**
 * What an authenticator is to sign. It is drawn at random, and good once.
 */
export type Challenge = string;

/**
 * What an authenticator calls a passkey (WebAuthn Level 3, section 4: credential id).
 */
export type CredentialId = string;

/**
 * What a browser or an authenticator wrote, for the WebAuthn library to read.
 */
export type AuthenticatorBytes = string;

/**
 * The host's own name for a passkey, encrypted by the page.
 */
export type SealedPasskeyName = string;

/**
 * `POST /api/enrolment`: what a one-time address is for.
 */
export type EnrolmentQuery = {
/**
 * From the address's fragment.
 */
token: EnrolmentToken, };

/**
 * The answer to [`EnrolmentQuery`].
 */
export type EnrolmentInfo = {
/**
 * The account's name; `None` for the very first host, who chooses it.
 */
name: string | null,
/**
 * Where an existing account is reset: its host key, which the recovery code unwraps.
 */
recovery: RecoverableKey | null, };

/**
 * A host key that waits for its recovery code.
 */
export type RecoverableKey = {
/**
 * The public half.
 */
hostKey: HostKey,
/**
 * The private half.
 */
wrappedByRecovery: WrappedKey, };

/**
 * `POST /api/enrol`: makes the account, or gives it a new password. Answers with [`Account`] and a cookie.
 */
export type Enrol = {
/**
 * From the address's fragment; spent by this.
 */
token: EnrolmentToken,
/**
 * 1 to 64 characters; must be [`EnrolmentInfo::name`] where that is given.
 */
name: string,
/**
 * Of the page's Argon2id.
 */
salt: AccountSalt,
/**
 * The half of the password that signs in.
 */
signInKey: SignInKey,
/**
 * The public half of the host key.
 */
hostKey: HostKey,
/**
 * The private half, under the half of the password that wraps.
 */
wrappedByPassword: WrappedKey,
/**
 * The private half, under the recovery code.
 */
wrappedByRecovery: WrappedKey, };

/**
 * `POST /api/sign-in/salt`.
 */
export type SaltQuery = {
/**
 * The account's name.
 */
name: string, };

/**
 * The answer to [`SaltQuery`]: for a name that does not exist, a salt that looks like one.
 */
export type Salt = {
/**
 * Of the page's Argon2id.
 */
salt: AccountSalt, };

/**
 * `POST /api/sign-in`. Answers with [`SignInAnswer`].
 */
export type SignIn = {
/**
 * The account's name.
 */
name: string,
/**
 * The half of the password that signs in.
 */
signInKey: SignInKey, };

/**
 * What the right password leads to.
 */
export type SignInAnswer = { "kind": "account" } & Account | { "kind": "passkey" } & PasskeyQuestion;

/**
 * `POST /api/sign-in/passkey/challenge` with `{}` answers with it: what a passkey is asked.
 */
export type PasskeyQuestion = {
/**
 * What it is to sign.
 */
challenge: Challenge,
/**
 * The name of the server that it belongs to.
 */
rpId: string,
/**
 * Which passkeys may answer; any that the browser finds, where there are none.
 */
credentials: Array<CredentialId>, };

/**
 * `POST /api/sign-in/passkey`: what a passkey answered (WebAuthn Level 3, section 5.2.2). Answers with
 * [`PasskeyAccount`] and a cookie.
 */
export type PasskeyAnswer = {
/**
 * From the question; spent by this.
 */
challenge: Challenge,
/**
 * Which passkey.
 */
credential: CredentialId,
/**
 * Whose the passkey says it is. Needed where no name was given.
 */
user: AuthenticatorBytes | null,
/**
 * As JSON, which the browser wrote.
 */
clientData: AuthenticatorBytes,
/**
 * Section 6.1.
 */
authenticatorData: AuthenticatorBytes,
/**
 * Over both.
 */
signature: AuthenticatorBytes, };

/**
 * The answer to [`PasskeyAnswer`].
 */
export type PasskeyAccount = {
/**
 * Who is signed in.
 */
account: Account,
/**
 * The private half of the host key, under the passkey; `None` where the password was asked, too.
 */
wrappedByPasskey: WrappedKey | null, };

/**
 * `GET /api/account/passkeys`: with what a host signs in beside the password.
 */
export type Passkeys = {
/**
 * Whether each sign-in needs the password and a passkey.
 */
asksBoth: boolean,
/**
 * In the order of their making.
 */
passkeys: Array<PasskeyRecord>, };

/**
 * One of [`Passkeys`].
 */
export type PasskeyRecord = {
/**
 * By which its authenticator knows it.
 */
id: CredentialId,
/**
 * For the host alone.
 */
name: SealedPasskeyName,
/**
 * Whether it opens the host key. One that does not can be asked for beside the password only.
 */
opens: boolean, };

/**
 * `POST /api/account/passkeys/challenge`. Answers with [`NewPasskeyQuestion`].
 */
export type ConfirmPassword = {
/**
 * Of the present password.
 */
signInKey: SignInKey, };

/**
 * What an authenticator is asked that makes a passkey (WebAuthn Level 3, section 5.4).
 */
export type NewPasskeyQuestion = {
/**
 * What it is to sign.
 */
challenge: Challenge,
/**
 * The name of the server that it belongs to.
 */
rpId: string,
/**
 * Who the host is to authenticators.
 */
user: AuthenticatorBytes,
/**
 * COSE numbers of the signatures that the server can check, the best first.
 */
algorithms: number[],
/**
 * Those that the host has.
 */
known: Array<CredentialId>, };

/**
 * `POST /api/account/passkeys`: a passkey that was just made. Answers with [`Passkeys`].
 */
export type NewPasskey = {
/**
 * From the question, for which the password was asked; spent by this.
 */
challenge: Challenge,
/**
 * As JSON, which the browser wrote.
 */
clientData: AuthenticatorBytes,
/**
 * Section 6.5.
 */
attestation: AuthenticatorBytes,
/**
 * For the host alone.
 */
name: SealedPasskeyName,
/**
 * The private half of the host key, where the passkey gives a key to wrap it with.
 */
wrappedByPasskey: WrappedKey | null, };

/**
 * `POST /api/account/passkeys/remove`. Answers with [`Passkeys`].
 */
export type RemovePasskey = {
/**
 * Of the present password.
 */
signInKey: SignInKey,
/**
 * Which.
 */
id: CredentialId, };

/**
 * `POST /api/account/passkeys/both`: from the next sign-in on. Answers with [`Passkeys`].
 */
export type AskBoth = {
/**
 * Of the present password.
 */
signInKey: SignInKey,
/**
 * Whether each sign-in needs the password and a passkey.
 */
both: boolean, };

/**
 * Who is signed in; also `GET /api/account`.
 */
export type Account = {
/**
 * The account's name.
 */
name: string,
/**
 * The public half of the host key.
 */
hostKey: HostKey,
/**
 * The private half, under the half of the password that wraps.
 */
wrappedByPassword: WrappedKey,
/**
 * Where an authority vouches for the server's certificate, and less than a quarter of its life is left (S3).
 */
certificate: EndingCertificate | null,
/**
 * Where the machine was audited by its timer (B4).
 */
machine: AuditedMachine | null,
/**
 * Where the server is not always open (T6).
 */
hours: OpeningHours | null, };

/**
 * A certificate that is to be renewed.
 */
export type EndingCertificate = {
/**
 * Until when it is good: seconds since 1970 began (UTC).
 */
ends: number,
/**
 * Whether `incamera certificate renew` brings the next one; else somebody put it there, and has to do so again.
 */
ordered: boolean, };

/**
 * What the last audit of the machine found.
 */
export type AuditedMachine = {
/**
 * When: seconds since 1970 began (UTC).
 */
looked: number,
/**
 * How many points hold.
 */
holds: number,
/**
 * Of how many.
 */
all: number,
/**
 * How many fall short. The others wait for a person.
 */
short: number,
/**
 * How many fall short that did not the time before.
 */
worse: number, };

/**
 * When the server is open.
 */
export type OpeningHours = {
/**
 * Whose clocks the hours follow, by its name in the IANA database.
 */
zone: string,
/**
 * The hours of the week, such as `Mon-Fri 08:00-18:00`.
 */
weekly: Array<string>,
/**
 * Whether the owner keeps a calendar beside them.
 */
calendar: boolean,
/**
 * When it is open, the present time included, in order.
 */
coming: Array<TimeSpan>,
/**
 * Up to when `coming` tells everything: seconds since 1970 began (UTC).
 */
told: number,
/**
 * What this host asked for, the earliest first.
 */
own: Array<OwnOpening>, };

/**
 * A stretch of time; also `POST /api/openings`: the doors shall be open then.
 */
export type TimeSpan = {
/**
 * Seconds since 1970 began (UTC).
 */
from: number,
/**
 * The first second after it.
 */
until: number, };

/**
 * A stretch that a host asked for.
 */
export type OwnOpening = {
/**
 * Its number, for `DELETE /api/openings/{id}`.
 */
id: number,
/**
 * When.
 */
span: TimeSpan, };

/**
 * `POST /api/account/password`: a new password for the same host key. Signs out everywhere else.
 */
export type ChangePassword = {
/**
 * Of the old password.
 */
oldSignInKey: SignInKey,
/**
 * Of the new one.
 */
salt: AccountSalt,
/**
 * Of the new one.
 */
signInKey: SignInKey,
/**
 * Under the new one.
 */
wrappedByPassword: WrappedKey, };

/**
 * `POST /api/meetings`: makes a meeting.
 */
export type NewMeeting = {
/**
 * Drawn at random by the page.
 */
id: MeetingId,
/**
 * `false`: the meeting is deleted when it is over.
 */
kept: boolean,
/**
 * As the host wants it.
 */
settings: MeetingSettings,
/**
 * Of the token that the page derived.
 */
admission: AdmissionHash,
/**
 * For the participants.
 */
title: SealedTitle,
/**
 * For the host alone: title, secret and password, sealed with the host's storage key.
 */
record: SealedRecord, };

/**
 * One line of `GET /api/meetings`.
 */
export type MeetingRecord = {
/**
 * From the link.
 */
id: MeetingId,
/**
 * As in [`NewMeeting`].
 */
kept: boolean,
/**
 * As in [`NewMeeting`].
 */
settings: MeetingSettings,
/**
 * As in [`NewMeeting`], or after a rotation.
 */
title: SealedTitle,
/**
 * As in [`NewMeeting`], or as last updated.
 */
record: SealedRecord,
/**
 * Whether people are in it now.
 */
live: boolean, };

/**
 * `PUT /api/meetings/{id}`: what is present replaces what was. The link changes only in the meeting itself.
 */
export type UpdateMeeting = {
/**
 * Applies from the meeting's next beginning.
 */
settings: MeetingSettings | null,
/**
 * For instance with the secret of a rotated link.
 */
record: SealedRecord | null, };

/**
 * The body of every answer that is not a success.
 */
export type Problem = {
/**
 * For programs.
 */
error: ProblemCode,
/**
 * For people.
 */
message: string, };

/**
 * What kind of problem.
 */
export type ProblemCode = "bad_request" | "signed_out" | "wrong_password" | "wrong_passkey" | "password_too" | "no_passkeys_here" | "spent_address" | "name_taken" | "not_found" | "too_many" | "slow_down" | "wrong_origin" | "internal";
