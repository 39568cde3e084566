//! Who may do what. One pure function decides every act; nothing else in the crate asks for a role.
//!
//! | act | participant | speaker | co-host | host |
//! |---|---|---|---|---|
//! | switch off, say, quality, leave | yes | yes | yes | yes |
//! | switch on | by the settings | yes | yes | yes |
//! | switch the screen's sound on | by the settings, while sharing | while sharing | while sharing | while sharing |
//! | mute, ask to unmute, stop, remove, to the lobby | no | no | over participants and speakers | over all but hosts |
//! | give the floor, take it back | no | no | over participants and speakers | over all but hosts |
//! | mute all, new link, admit, deny, settings | no | no | yes, but not the early start | yes |
//! | make and unmake co-hosts, hold, end for all | no | no | no | yes |
//!
//! No sound is switched on that could not be carried to everybody, whoever asks: a voice that some do not hear would be
//! worse than one that knows it is not heard.
//!
//! A sound is a sound: who may not unmute may not share the screen's sound either, or the voice would find its way
//! there (P3).
//!
//! What is said the server cannot read: whether somebody may write in the chat or change their name, by the settings, the
//! others' pages decide.
//!
//! Nobody moderates oneself: one's own switches do that. Nobody moderates a host: a host is made by the credential of
//! the owner's account alone (B6), hence is never made or unmade by an act.

use crate::ids::ParticipantId;
use crate::settings::{MeetingSettings, Role};
use crate::wire::{Act, Denial, Source};

/// The proof that the policy let an act pass. Only [`decide`] makes one, and [`Permit::spend`] is the only way to the
/// act inside: a mutation without a decision does not compile.
#[derive(Debug)]
pub(crate) struct Permit {
    actor: ParticipantId,
    act: Act,
}

impl Permit {
    /// Who may do it, and what.
    pub(crate) fn spend(self) -> (ParticipantId, Act) {
        (self.actor, self.act)
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actor {
    pub(crate) id: ParticipantId,
    pub(crate) role: Role,
    /// A moderator asked this person to unmute: once, the setting does not matter.
    pub(crate) asked_to_unmute: bool,
    /// Their screen is being shared.
    pub(crate) shares_screen: bool,
    /// All sounds of the meeting still have a slot each if the one that is asked for comes to them.
    pub(crate) is_carried: bool,
}

/// Whom it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// The act names nobody.
    Nobody,
    /// The act names somebody who is not in the meeting.
    Missing,
    /// The actor.
    Oneself,
    /// Somebody else, of this role.
    Other(Role),
}

/// Decides. The first reason to deny is the answer: first the actor's role, then the settings, then the target, then what
/// can be carried.
pub(crate) fn decide(
    actor: Actor,
    settings: &MeetingSettings,
    target: Target,
    act: Act,
) -> Result<Permit, Denial> {
    let role = actor.role;
    match &act {
        Act::Switch { on: false, .. } | Act::Quality { .. } | Act::Leave => {}
        Act::Say { .. } => present(target)?,

        Act::Switch { source, on: true } => {
            let asked = *source == Source::Microphone && actor.asked_to_unmute;
            if !asked && !may_send(*source, settings, role) {
                return Err(Denial::SwitchedOff);
            }
            if *source == Source::ScreenAudio && !actor.shares_screen {
                return Err(Denial::SwitchedOff);
            }
            if !source.is_video() && !actor.is_carried {
                return Err(Denial::TooManySounds);
            }
        }

        Act::Mute { .. }
        | Act::AskToUnmute { .. }
        | Act::StopVideo { .. }
        | Act::StopScreen { .. }
        | Act::Remove { .. }
        | Act::SendToLobby { .. } => {
            moderator(role)?;
            over(role, target)?;
        }
        Act::MuteAll | Act::Rotate { .. } | Act::Admit { .. } | Act::AdmitAll | Act::Deny { .. } => {
            moderator(role)?;
        }
        Act::ChangeSettings { settings: wanted } => {
            moderator(role)?;
            if wanted.early_start != settings.early_start {
                host(role)?;
            }
        }

        Act::SetRole { role: wanted, .. } => {
            match wanted {
                Role::Participant | Role::Speaker => moderator(role)?,
                Role::CoHost | Role::Host => host(role)?,
            }
            over(role, target)?;
            if *wanted == Role::Host {
                return Err(Denial::Protected);
            }
        }
        Act::Hold { .. } | Act::EndForAll => host(role)?,
    }
    Ok(Permit { actor: actor.id, act })
}

/// Whether somebody of this role may send this. Also asked when a screen is switched on: does its sound go with it?
pub(crate) fn may_send(source: Source, settings: &MeetingSettings, role: Role) -> bool {
    let setting = match source {
        Source::Microphone => settings.unmute,
        Source::Camera => settings.video,
        Source::Screen => settings.screen,
        Source::ScreenAudio => settings.screen && settings.unmute,
    };
    setting || role.has_floor()
}

fn moderator(role: Role) -> Result<(), Denial> {
    if role.moderates() { Ok(()) } else { Err(Denial::NotModerator) }
}

fn host(role: Role) -> Result<(), Denial> {
    if role == Role::Host { Ok(()) } else { Err(Denial::NotHost) }
}

fn present(target: Target) -> Result<(), Denial> {
    match target {
        Target::Nobody | Target::Other(_) => Ok(()),
        Target::Missing => Err(Denial::NoSuchPerson),
        Target::Oneself => Err(Denial::Oneself),
    }
}

/// A host stands above all but hosts, a co-host above speakers and participants.
fn over(role: Role, target: Target) -> Result<(), Denial> {
    match target {
        Target::Nobody | Target::Missing => Err(Denial::NoSuchPerson),
        Target::Oneself => Err(Denial::Oneself),
        Target::Other(other) if other >= role => Err(Denial::Protected),
        Target::Other(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
