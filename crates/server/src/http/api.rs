//! The JSON vocabulary of the HTTP API: accounts and meeting records. `docs/protocol.md` tells the rules.

use incamera_conference::ids::{AdmissionHash, HostKey, MeetingId};
use incamera_conference::private::Private;
use incamera_conference::sealed::SealedTitle;
use incamera_conference::settings::MeetingSettings;
use serde::{Deserialize, Serialize};

use crate::bytes::{
    AccountSalt, AuthenticatorBytes, Challenge, CredentialId, EnrolmentToken, SealedPasskeyName,
    SealedRecord, SignInKey, WrappedKey,
};

/// `POST /api/enrolment`: what a one-time address is for.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolmentQuery {
    /// From the address's fragment.
    pub token: EnrolmentToken,
}

/// The answer to [`EnrolmentQuery`].
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EnrolmentInfo {
    /// The account's name; `None` for the very first host, who chooses it.
    #[cfg_attr(feature = "typescript", ts(type = "string | null"))]
    pub name: Option<Private>,
    /// Where an existing account is reset: its host key, which the recovery code unwraps.
    pub recovery: Option<RecoverableKey>,
}

/// A host key that waits for its recovery code.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct RecoverableKey {
    /// The public half.
    pub host_key: HostKey,
    /// The private half.
    pub wrapped_by_recovery: WrappedKey,
}

/// `POST /api/enrol`: makes the account, or gives it a new password. Answers with [`Account`] and a cookie.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enrol {
    /// From the address's fragment; spent by this.
    pub token: EnrolmentToken,
    /// 1 to 64 characters; must be [`EnrolmentInfo::name`] where that is given.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub name: Private,
    /// Of the page's Argon2id.
    pub salt: AccountSalt,
    /// The half of the password that signs in.
    pub sign_in_key: SignInKey,
    /// The public half of the host key.
    pub host_key: HostKey,
    /// The private half, under the half of the password that wraps.
    pub wrapped_by_password: WrappedKey,
    /// The private half, under the recovery code.
    pub wrapped_by_recovery: WrappedKey,
}

/// `POST /api/sign-in/salt`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaltQuery {
    /// The account's name.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub name: Private,
}

/// The answer to [`SaltQuery`]: for a name that does not exist, a salt that looks like one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Salt {
    /// Of the page's Argon2id.
    pub salt: AccountSalt,
}

/// `POST /api/sign-in`. Answers with [`SignInAnswer`].
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// The account's name.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub name: Private,
    /// The half of the password that signs in.
    pub sign_in_key: SignInKey,
}

/// What the right password leads to.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SignInAnswer {
    /// The host is signed in. With it comes the cookie.
    Account(Account),
    /// The host wants to be asked for a passkey as well: `POST /api/sign-in/passkey` is next.
    Passkey(PasskeyQuestion),
}

/// `POST /api/sign-in/passkey/challenge` with `{}` answers with it: what a passkey is asked.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyQuestion {
    /// What it is to sign.
    pub challenge: Challenge,
    /// The name of the server that it belongs to.
    pub rp_id: String,
    /// Which passkeys may answer; any that the browser finds, where there are none.
    pub credentials: Vec<CredentialId>,
}

/// `POST /api/sign-in/passkey`: what a passkey answered (WebAuthn Level 3, section 5.2.2). Answers with
/// [`PasskeyAccount`] and a cookie.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasskeyAnswer {
    /// From the question; spent by this.
    pub challenge: Challenge,
    /// Which passkey.
    pub credential: CredentialId,
    /// Whose the passkey says it is. Needed where no name was given.
    pub user: Option<AuthenticatorBytes>,
    /// As JSON, which the browser wrote.
    pub client_data: AuthenticatorBytes,
    /// Section 6.1.
    pub authenticator_data: AuthenticatorBytes,
    /// Over both.
    pub signature: AuthenticatorBytes,
}

/// The answer to [`PasskeyAnswer`].
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyAccount {
    /// Who is signed in.
    pub account: Account,
    /// The private half of the host key, under the passkey; `None` where the password was asked, too.
    pub wrapped_by_passkey: Option<WrappedKey>,
}

/// `GET /api/account/passkeys`: with what a host signs in beside the password.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Passkeys {
    /// Whether each sign-in needs the password and a passkey.
    pub asks_both: bool,
    /// In the order of their making.
    pub passkeys: Vec<PasskeyRecord>,
}

/// One of [`Passkeys`].
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyRecord {
    /// By which its authenticator knows it.
    pub id: CredentialId,
    /// For the host alone.
    pub name: SealedPasskeyName,
    /// Whether it opens the host key. One that does not can be asked for beside the password only.
    pub opens: bool,
}

/// `POST /api/account/passkeys/challenge`. Answers with [`NewPasskeyQuestion`].
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmPassword {
    /// Of the present password.
    pub sign_in_key: SignInKey,
}

/// What an authenticator is asked that makes a passkey (WebAuthn Level 3, section 5.4).
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct NewPasskeyQuestion {
    /// What it is to sign.
    pub challenge: Challenge,
    /// The name of the server that it belongs to.
    pub rp_id: String,
    /// Who the host is to authenticators.
    pub user: AuthenticatorBytes,
    /// COSE numbers of the signatures that the server can check, the best first.
    #[cfg_attr(feature = "typescript", ts(type = "number[]"))]
    pub algorithms: Vec<i64>,
    /// Those that the host has.
    pub known: Vec<CredentialId>,
}

/// `POST /api/account/passkeys`: a passkey that was just made. Answers with [`Passkeys`].
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPasskey {
    /// From the question, for which the password was asked; spent by this.
    pub challenge: Challenge,
    /// As JSON, which the browser wrote.
    pub client_data: AuthenticatorBytes,
    /// Section 6.5.
    pub attestation: AuthenticatorBytes,
    /// For the host alone.
    pub name: SealedPasskeyName,
    /// The private half of the host key, where the passkey gives a key to wrap it with.
    pub wrapped_by_passkey: Option<WrappedKey>,
}

/// `POST /api/account/passkeys/remove`. Answers with [`Passkeys`].
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemovePasskey {
    /// Of the present password.
    pub sign_in_key: SignInKey,
    /// Which.
    pub id: CredentialId,
}

/// `POST /api/account/passkeys/both`: from the next sign-in on. Answers with [`Passkeys`].
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskBoth {
    /// Of the present password.
    pub sign_in_key: SignInKey,
    /// Whether each sign-in needs the password and a passkey.
    pub both: bool,
}

/// Who is signed in; also `GET /api/account`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account's name.
    #[cfg_attr(feature = "typescript", ts(type = "string"))]
    pub name: Private,
    /// The public half of the host key.
    pub host_key: HostKey,
    /// The private half, under the half of the password that wraps.
    pub wrapped_by_password: WrappedKey,
    /// Where an authority vouches for the server's certificate, and less than a quarter of its life is left (S3).
    pub certificate: Option<EndingCertificate>,
    /// Where the machine was audited by its timer (B4).
    pub machine: Option<AuditedMachine>,
    /// Where the server is not always open (T6).
    pub hours: Option<OpeningHours>,
}

/// When the server is open.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OpeningHours {
    /// Whose clocks the hours follow, by its name in the IANA database.
    pub zone: String,
    /// The hours of the week, such as `Mon-Fri 08:00-18:00`.
    pub weekly: Vec<String>,
    /// Whether the owner keeps a calendar beside them.
    pub calendar: bool,
    /// When it is open, the present time included, in order.
    pub coming: Vec<TimeSpan>,
    /// Up to when `coming` tells everything: seconds since 1970 began (UTC).
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub told: i64,
    /// What this host asked for, the earliest first.
    pub own: Vec<OwnOpening>,
}

/// A stretch of time; also `POST /api/openings`: the doors shall be open then.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeSpan {
    /// Seconds since 1970 began (UTC).
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub from: i64,
    /// The first second after it.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub until: i64,
}

/// A stretch that a host asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct OwnOpening {
    /// Its number, for `DELETE /api/openings/{id}`.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub id: i64,
    /// When.
    pub span: TimeSpan,
}

/// What the last audit of the machine found.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct AuditedMachine {
    /// When: seconds since 1970 began (UTC).
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub looked: i64,
    /// How many points hold.
    pub holds: u32,
    /// Of how many.
    pub all: u32,
    /// How many fall short. The others wait for a person.
    pub short: u32,
    /// How many fall short that did not the time before.
    pub worse: u32,
}

/// A certificate that is to be renewed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct EndingCertificate {
    /// Until when it is good: seconds since 1970 began (UTC).
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub ends: i64,
    /// Whether `incamera certificate renew` brings the next one; else somebody put it there, and has to do so again.
    pub ordered: bool,
}

/// `POST /api/account/password`: a new password for the same host key. Signs out everywhere else.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// Of the old password.
    pub old_sign_in_key: SignInKey,
    /// Of the new one.
    pub salt: AccountSalt,
    /// Of the new one.
    pub sign_in_key: SignInKey,
    /// Under the new one.
    pub wrapped_by_password: WrappedKey,
}

/// `POST /api/meetings`: makes a meeting.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMeeting {
    /// Drawn at random by the page.
    pub id: MeetingId,
    /// `false`: the meeting is deleted when it is over.
    pub kept: bool,
    /// As the host wants it.
    pub settings: MeetingSettings,
    /// Of the token that the page derived.
    pub admission: AdmissionHash,
    /// For the participants.
    pub title: SealedTitle,
    /// For the host alone: title, secret and password, sealed with the host's storage key.
    pub record: SealedRecord,
}

/// One line of `GET /api/meetings`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct MeetingRecord {
    /// From the link.
    pub id: MeetingId,
    /// As in [`NewMeeting`].
    pub kept: bool,
    /// As in [`NewMeeting`].
    pub settings: MeetingSettings,
    /// As in [`NewMeeting`], or after a rotation.
    pub title: SealedTitle,
    /// As in [`NewMeeting`], or as last updated.
    pub record: SealedRecord,
    /// Whether people are in it now.
    pub live: bool,
}

/// `PUT /api/meetings/{id}`: what is present replaces what was. The link changes only in the meeting itself.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateMeeting {
    /// Applies from the meeting's next beginning.
    pub settings: Option<MeetingSettings>,
    /// For instance with the secret of a rotated link.
    pub record: Option<SealedRecord>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// For programs.
    pub error: ProblemCode,
    /// For people.
    pub message: String,
}

/// What kind of problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request could not be read.
    BadRequest,
    /// No one is signed in, or not any more.
    SignedOut,
    /// Name and password do not fit together.
    WrongPassword,
    /// The passkey is none of this server's, or did not answer what it was asked in time.
    WrongPasskey,
    /// The passkey is right, and does not sign in alone.
    PasswordToo,
    /// Passkeys belong to names, and the page was opened by something else.
    NoPasskeysHere,
    /// The one-time address was used, has expired, or never was.
    SpentAddress,
    /// The account name is taken.
    NameTaken,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// Too much is kept already.
    TooMany,
    /// Too often; `Retry-After` says how long to wait.
    SlowDown,
    /// The request came from another site.
    WrongOrigin,
    /// The server failed; trying again may help.
    Internal,
}
