// Generated from the crate incamera by `cargo xtask generate`. Do not edit.

import type { AdmissionHash, HostKey, MeetingId, MeetingSettings, SealedTitle } from './protocol';

/** Characters of an account's name. */
export const MAX_NAME = 64;

/** Meetings of one host. */
export const MAX_MEETINGS = 200;

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
 * `POST /api/sign-in`. Answers with [`Account`] and a cookie.
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
export type ProblemCode = "bad_request" | "signed_out" | "wrong_password" | "spent_address" | "name_taken" | "not_found" | "too_many" | "slow_down" | "wrong_origin" | "internal";
