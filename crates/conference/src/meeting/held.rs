//! The state that members hold for the server, so that a restart does not unmake the meeting (B6).
//!
//! The server stores nothing about a live meeting. What a restart would lose (settings and roles) the host's page
//! signs, every member holds, and whoever comes back first hands in. That does not let a stranger begin a meeting (S1,
//! D1): a state counts only when the owner's key signed it, not long ago, shortly after a restart, and from a person
//! who is admitted by the present link. It can bring back no removed person, for the link that they knew is worth
//! nothing; and no host, for a host comes by the sign-in alone.
//!
//! Where the host is, or was since the restart, nobody else's state counts: they decide themselves, and their page
//! hands in the newest. What remains: when the server restarts, and before the host is back, a member may hand in a
//! state that is up to [`HELD_STATE_AGE`] old. It can make somebody co-host or speaker again who was demoted after it was signed,
//! undo settings that came after it, or go on with a meeting that was ended. Anybody's newer state, and the host's
//! return, put the first two right.

use std::collections::BTreeMap;
use std::time::Instant;

use ed25519_dalek::{Signature, VerifyingKey};

use crate::effect::{Standing, UnixSeconds};
use crate::ids::{HostKey, IdentityKey, MeetingId};
use crate::limits::{HANDBACK_WINDOW, HELD_STATE_AGE, HELD_STATE_AHEAD, HELD_TEXT, PARTICIPANTS};
use crate::settings::Role;
use crate::wire::{Denial, HeldContent, HeldState};

/// The newest valid state, and who is expected back by it.
#[derive(Debug)]
pub(crate) struct Held {
    newest: Option<HeldState>,
    sequence: u32,
    /// Until then states are taken back.
    window: Instant,
    /// The owner came since the restart: from then on theirs alone are taken back.
    owner_came: bool,
    /// The people who were in the meeting before the restart, and as what they come back.
    expected: BTreeMap<IdentityKey, Role>,
}

impl Held {
    pub(crate) fn new(boot: Instant) -> Self {
        Self {
            newest: None,
            sequence: 0,
            window: boot + HANDBACK_WINDOW,
            owner_came: false,
            expected: BTreeMap::new(),
        }
    }

    /// The owner is let in. A state that they bring with them is handed back before this.
    pub(crate) fn owner_came(&mut self) {
        self.owner_came = true;
    }

    /// To hand on to every member.
    pub(crate) fn newest(&self) -> Option<&HeldState> {
        self.newest.as_ref()
    }

    /// A new state from the host's page: the owner's, of this meeting, newer than the present one.
    pub(crate) fn hold(
        &mut self,
        state: HeldState,
        host_key: &HostKey,
        meeting: &MeetingId,
    ) -> Result<(), Denial> {
        let content = verify(&state, host_key, meeting).ok_or(Denial::InvalidState)?;
        if content.sequence <= self.sequence {
            return Err(Denial::InvalidState);
        }
        self.sequence = content.sequence;
        self.newest = Some(state);
        Ok(())
    }

    /// A state from a member after a restart. Returns what it says, where it counts.
    pub(crate) fn hand_back(
        &mut self,
        now: Instant,
        wall: UnixSeconds,
        from: Standing,
        state: &HeldState,
        host_key: &HostKey,
        meeting: &MeetingId,
    ) -> Option<HeldContent> {
        if now >= self.window || self.owner_came && from != Standing::Owner {
            return None;
        }
        let content = verify(state, host_key, meeting)?;
        let issued = u64::from(content.issued);
        let age = wall.0.saturating_sub(issued);
        let ahead = issued.saturating_sub(wall.0);
        if age > HELD_STATE_AGE.as_secs() || ahead > HELD_STATE_AHEAD.as_secs() {
            return None;
        }
        if content.sequence <= self.sequence {
            return None;
        }
        self.sequence = content.sequence;
        self.newest = Some(state.clone());
        self.expected =
            content.people.iter().map(|person| (person.identity, returning(person.role))).collect();
        Some(content)
    }

    /// As what a person comes back.
    pub(crate) fn expected(&self, now: Instant, identity: &IdentityKey) -> Option<Role> {
        if now < self.window { self.expected.get(identity).copied() } else { None }
    }

    /// A person who was given another role since is not expected as before.
    pub(crate) fn forget(&mut self, identity: &IdentityKey) {
        self.expected.remove(identity);
    }
}

/// A host without a sign-in comes back as a participant.
fn returning(role: Role) -> Role {
    match role {
        Role::CoHost | Role::Speaker => role,
        Role::Host | Role::Participant => Role::Participant,
    }
}

/// Reads a state, where the host key signed it for this meeting.
fn verify(state: &HeldState, host_key: &HostKey, meeting: &MeetingId) -> Option<HeldContent> {
    if state.text.len() > HELD_TEXT {
        return None;
    }
    let key = VerifyingKey::from_bytes(&host_key.0).ok()?;
    let mut message = b"incamera/1 held\0".to_vec();
    message.extend_from_slice(state.text.as_bytes());
    key.verify_strict(&message, &Signature::from_bytes(&state.signature.0)).ok()?;
    let content: HeldContent = serde_json::from_str(&state.text).ok()?;
    (content.meeting == *meeting && content.people.len() <= PARTICIPANTS).then_some(content)
}
