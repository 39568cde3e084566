//! The JSON vocabulary of the HTTP API: accounts and meeting records. `docs/protocol.md` tells the rules.

use incamera_conference::ids::{AdmissionHash, HostKey, MeetingId};
use incamera_conference::private::Private;
use incamera_conference::sealed::SealedTitle;
use incamera_conference::settings::MeetingSettings;
use serde::{Deserialize, Serialize};

use crate::bytes::{AccountSalt, EnrolmentToken, SealedRecord, SignInKey, WrappedKey};

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

/// `POST /api/sign-in`. Answers with [`Account`] and a cookie.
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
