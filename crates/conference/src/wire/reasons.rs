//! Why something is refused or not done, what a person waits for, and how they left.

use serde::{Deserialize, Serialize};

/// Why a connection is not, or no longer, let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No such meeting, or not with this link and password. One answer for all of these: it tells nothing.
    NotAdmitted,
    /// The identity key was not proven, or the first message was not a valid hello.
    Unproven,
    /// The page is of another version and must be loaded again.
    Outdated,
    /// The host locked the meeting.
    Locked,
    /// The link of the meeting is another one now; ask for it. Said to those who wait when the link changes, and to a
    /// person who comes back with a former link to a group that they cannot go on in.
    LinkChanged,
    /// No more people fit.
    Full,
    /// A moderator turned this person away.
    Denied,
    /// A moderator removed this person.
    Removed,
    /// The host ended the meeting.
    Ended,
    /// The same person connected from another page.
    Replaced,
    /// The sign-in that proved the host was ended.
    SignedOut,
    /// Too many messages, or too many that could not be read.
    Flooding,
    /// The connection could not keep up.
    TooSlow,
    /// The others refused a change that this page made in the encrypted group.
    GroupFault,
    /// The server is stopping; it may come back.
    Stopping,
    /// The server is closed, by its opening hours, and nobody is in this meeting.
    Closed,
}

/// What a person waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// The host has not begun the meeting.
    Host,
    /// A moderator has not admitted this person.
    Admission,
}

/// How a person left.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// By themselves.
    Left,
    /// The connection was lost and did not come back.
    Lost,
    /// A moderator removed them.
    Removed,
    /// A moderator put them into the lobby.
    SentToLobby,
}

/// Why something was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize, thiserror::Error)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// It takes a moderator.
    #[error("only the host or a co-host may do this")]
    NotModerator,
    /// It takes the host.
    #[error("only the host may do this")]
    NotHost,
    /// The settings do not allow it to participants.
    #[error("the host has switched this off")]
    SwitchedOff,
    /// As many sounds are on as everybody can hear at the same time.
    #[error("as many microphones are on as can be heard at the same time")]
    TooManySounds,
    /// Nobody may do this to the host, nor a co-host to another co-host.
    #[error("this cannot be done to a host")]
    Protected,
    /// No more people fit.
    #[error("the meeting is full")]
    Full,
    /// The person it is about is not, or no longer, there.
    #[error("this person is not in the meeting")]
    NoSuchPerson,
    /// It makes no sense for oneself.
    #[error("this cannot be done to oneself")]
    Oneself,
    /// The state to hold was not made by the host key, or is older than the present one.
    #[error("the state to hold is not valid")]
    InvalidState,
    /// What was to become of the link could not be stored. Whoever was to be removed is out all the same, and nobody
    /// new is let in by any link until a new one is stored.
    #[error("the server could not store the change of the link")]
    NotStored,
    /// The offer cannot be used.
    #[error("the media offer cannot be used")]
    UnusableOffer,
    /// Too often.
    #[error("too many requests")]
    TooOften,
    /// The encrypted group is in another epoch by now: somebody else's commit counts.
    #[error("the group has changed meanwhile")]
    StaleEpoch,
    /// Not this person's to do to the encrypted group, or not now: they are not in it, in it already, or were not
    /// asked.
    #[error("it is not this person's turn in the group")]
    OutOfTurn,
}
