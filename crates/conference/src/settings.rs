//! What the host decides about a meeting.

use serde::{Deserialize, Serialize};

/// The part that a person plays. The order is that of authority.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes part.
    Participant,
    /// Has the floor, by a moderator's grant: may switch on what the settings keep from participants, and moderates nobody.
    Speaker,
    /// Moderates, by the host's grant.
    CoHost,
    /// Owns the meeting: proven by the host account, never by the order of arrival (B6).
    Host,
}

impl Role {
    /// Whether it takes no part in the settings: a speaker's, or a moderator's.
    pub fn has_floor(self) -> bool {
        self >= Self::Speaker
    }

    /// Whether it is the host's or a co-host's.
    pub fn moderates(self) -> bool {
        self >= Self::CoHost
    }
}

/// What a participant who has neither the floor nor a moderating role may do, and how people get in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MeetingSettings {
    /// People wait until a moderator admits them.
    pub lobby: bool,
    /// Nobody new gets in, not even to the lobby.
    pub locked: bool,
    /// The meeting may begin before the host has come.
    pub early_start: bool,
    /// Participants may switch their own microphone on, and share the sound of their screen.
    pub unmute: bool,
    /// Participants may switch their own camera on.
    pub video: bool,
    /// Participants may share their screen.
    pub screen: bool,
    /// Participants may write in the chat.
    pub chat: bool,
    /// Participants may change their name during the meeting.
    pub rename: bool,
    /// Cameras send as much for a still picture as for a moving one (K5). Settings from before there was a choice are
    /// without it.
    #[serde(default)]
    pub strict: bool,
}

impl Default for MeetingSettings {
    fn default() -> Self {
        Self {
            lobby: false,
            locked: false,
            early_start: false,
            unmute: true,
            video: true,
            screen: true,
            chat: true,
            rename: true,
            strict: false,
        }
    }
}
