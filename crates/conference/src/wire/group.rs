//! The part of the vocabulary that carries the encrypted group: who makes it, who comes in, and whose change of it
//! counts. The server orders and relays; of the bytes it knows lengths and nothing more (K2, B1).

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::ids::ParticipantId;
use crate::limits::ADDED_AT_ONCE;
use crate::sealed::{GroupBytes, SealedInfo, SealedPackage};

/// What a page does about the group. Answered by [`super::ServerMessage::Done`] or [`super::ServerMessage::Denied`].
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "group", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum GroupMessage {
    /// The answer to [`GroupEvent::Found`]: the group is made, in epoch 0.
    Found {
        /// Of epoch 0.
        info: SealedInfo,
    },
    /// Ends an epoch. By a member, or by whoever has the turn. The first for an epoch counts.
    Commit {
        /// Which epoch it ends.
        epoch: u32,
        /// For the members.
        commit: GroupBytes,
        /// Of the epoch that it begins.
        info: SealedInfo,
        /// For those whom it adds.
        welcome: Option<GroupWelcome>,
    },
    /// Cannot come in by the link, for the door is closed: somebody shall add this person.
    AskAdd {
        /// For whoever adds them.
        key_package: SealedPackage,
    },
    /// A member that cannot follow the group any more: it comes in anew.
    Again,
    /// This member does not follow the newest commit.
    Refuse {
        /// The commit's number.
        number: u32,
    },
}

/// What a commit has for those whom it adds.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupWelcome {
    /// The same for all of them.
    pub message: GroupBytes,
    /// At most [`ADDED_AT_ONCE`]. Who does not wait to be added any more is passed over.
    #[serde(deserialize_with = "a_few")]
    pub to: Vec<ParticipantId>,
}

fn a_few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ParticipantId>, D::Error> {
    let people = Vec::deserialize(deserializer)?;
    if people.len() > ADDED_AT_ONCE {
        return Err(D::Error::custom(format_args!("more than {ADDED_AT_ONCE} people")));
    }
    Ok(people)
}

/// What a page is told about the group. What has a `number` stands in one sequence, in which every member sees it.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum GroupEvent {
    /// There is no group: make it. Lasts 10 s, then somebody else is asked.
    Found,
    /// Come in by the link now. Lasts 5 s, then it is the next one's turn. Repeated when the group changes meanwhile.
    Turn {
        /// The present epoch.
        epoch: u32,
        /// Of this epoch.
        info: SealedInfo,
    },
    /// What this page made counts: its group, or its commit.
    Taken {
        /// In the sequence.
        number: u32,
    },
    /// Somebody else's commit counts.
    Commit {
        /// In the sequence.
        number: u32,
        /// Which epoch it ends.
        epoch: u32,
        /// Whose it is.
        from: ParticipantId,
        /// For the group.
        commit: GroupBytes,
    },
    /// This person was added.
    Welcome {
        /// Of the commit that added them.
        number: u32,
        /// For them.
        message: GroupBytes,
    },
    /// Please add these. To one member at a time, for 5 s.
    Add {
        /// At most [`ADDED_AT_ONCE`].
        people: Vec<PersonToAdd>,
    },
    /// A commit does not count, for others refused it.
    Withdrawn {
        /// In the sequence.
        number: u32,
        /// The commit's number.
        commit: u32,
    },
}

/// Somebody who waits to be added.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct PersonToAdd {
    /// Who.
    pub participant: ParticipantId,
    /// Theirs.
    pub key_package: SealedPackage,
}
