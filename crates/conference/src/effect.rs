//! What goes into a meeting and what comes out of it.

use crate::ids::{AdmissionHash, ConnectionId, HostKey, MeetingId, ParticipantId, RequestId};
use crate::sealed::SealedTitle;
use crate::settings::MeetingSettings;
use crate::wire::{Act, GroupMessage, Hello, ServerMessage, Source};

/// What the store knows about a meeting when its state machine is made.
#[derive(Clone, Debug)]
pub struct Founding {
    /// From the link.
    pub id: MeetingId,
    /// The owner's public key; verifies held states.
    pub host_key: HostKey,
    /// The token that lets people in.
    pub admission: AdmissionHash,
    /// The sealed title.
    pub title: SealedTitle,
    /// As the host chose them.
    pub settings: MeetingSettings,
}

/// What the edge found out about a connection before its hello reaches the meeting.
///
/// The edge has checked the version and that [`Hello::proof`] is by [`Hello::identity`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The sign-in cookie is that of the meeting's owner (S1, B6).
    Owner,
    /// Anybody else.
    Guest,
}

/// Where a connection comes from: a number that means nothing outside the edge, the same for all who share an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin(pub u64);

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(…)")
    }
}

/// The time of day, in seconds since the Unix epoch. Only the age of a held state is read off it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UnixSeconds(pub u64);

/// Something happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection introduced itself.
    Hello {
        /// Which.
        connection: ConnectionId,
        /// By what the server itself knows.
        standing: Standing,
        /// From where.
        origin: Origin,
        /// What it says.
        hello: Box<Hello>,
    },
    /// A connection that was let in asks for something.
    Act {
        /// Which.
        connection: ConnectionId,
        /// To repeat in the answer.
        request: RequestId,
        /// What.
        act: Act,
    },
    /// A connection that was let in does something about the encrypted group.
    Group {
        /// Which.
        connection: ConnectionId,
        /// To repeat in the answer.
        request: RequestId,
        /// What.
        message: GroupMessage,
    },
    /// A connection is gone, for whatever reason.
    Disconnected {
        /// Which.
        connection: ConnectionId,
    },
    /// The sign-in that made this connection the owner's was ended.
    SignedOut {
        /// Which.
        connection: ConnectionId,
    },
    /// The outcome of [`Effect::StoreAdmission`].
    AdmissionStored {
        /// From the effect.
        ticket: Ticket,
        /// Whether it is on the disk.
        stored: bool,
    },
    /// The owner deleted the meeting, or the account is gone.
    Withdrawn,
    /// The server stops.
    Stopping,
    /// Time passed; due when [`crate::Meeting::poll_timeout`] said.
    Timeout,
}

/// Ties an [`Input::AdmissionStored`] to its [`Effect::StoreAdmission`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ticket(pub u32);

/// Something must be done, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Send a message.
    Send {
        /// To whom.
        connection: ConnectionId,
        /// What.
        message: ServerMessage,
    },
    /// Close a connection, after what was sent to it.
    Close {
        /// Which.
        connection: ConnectionId,
    },
    /// This connection is now this participant's: its offers are theirs.
    Bind {
        /// Which.
        connection: ConnectionId,
        /// Whose.
        participant: ParticipantId,
    },
    /// Let packets of this source pass, or none from this turn of the loop on.
    Gate {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        source: Source,
        /// Pass or not.
        open: bool,
    },
    /// Drop all media of a participant who is no longer there.
    Unbind {
        /// Whose.
        participant: ParticipantId,
    },
    /// Put a new admission hash and title on the disk, then report [`Input::AdmissionStored`].
    StoreAdmission {
        /// To repeat.
        ticket: Ticket,
        /// The new hash; the old one is overwritten.
        admission: AdmissionHash,
        /// The title under the newest envelope key.
        title: SealedTitle,
    },
    /// Nothing is left of the meeting: forget it.
    Over {
        /// Whether anybody was ever let in. A meeting that took place and is not kept is deleted from the store; one
        /// that people only waited for is not.
        begun: bool,
    },
}
