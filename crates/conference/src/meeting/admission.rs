//! The link that lets people in, how it changes, and who is kept out by name of their key.

use std::collections::VecDeque;

use crate::effect::{Effect, Ticket};
use crate::ids::{AdmissionHash, AdmissionToken, ConnectionId, IdentityKey, RequestId};
use crate::limits::{LINKS, PENDING_ROTATIONS, REMOVED};
use crate::sealed::{SealedLink, SealedTitle};
use crate::wire::{Denial, Rotation};

/// How often the link had changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct LinkNumber(u32);

/// The admission by link.
///
/// While a new link is on its way to the disk neither the old nor the new one lets anybody in: the new one is not safe
/// yet, the old one perhaps known to the person who was just removed. That takes milliseconds, and those who are
/// inside, their lost connections included, do not need it.
///
/// When it could not be stored, the old hash stands on the disk and everybody inside knows the old link alone. After a
/// mere change of the link the old one holds again. After a removal it must not, as long as this process can help it
/// (B5): the door stays shut for new guests until a moderator's next attempt succeeds. The owner needs no link.
#[derive(Debug)]
pub(crate) struct Admission {
    current: AdmissionHash,
    title: SealedTitle,
    number: LinkNumber,
    /// The links before, the newest last: what admitted then, and the secret that came after it.
    past: VecDeque<(AdmissionHash, SealedLink)>,
    door: Door,
    tickets: u32,
}

#[derive(Debug)]
enum Door {
    Open,
    Changing(Change),
    Shut,
}

#[derive(Debug)]
struct Change {
    ticket: Ticket,
    rotation: Rotation,
    /// Whether somebody was removed who knows the old link.
    expels: bool,
    asked: Vec<Asked>,
}

/// Who waits for the outcome of a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) connection: ConnectionId,
    pub(crate) request: RequestId,
}

/// The outcome of a change.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) asked: Vec<Asked>,
    /// The new link for those inside, where it was stored.
    pub(crate) link: Option<SealedLink>,
}

impl Admission {
    pub(crate) fn new(current: AdmissionHash, title: SealedTitle) -> Self {
        let number = LinkNumber::default();
        Self { current, title, number, past: VecDeque::new(), door: Door::Open, tickets: 0 }
    }

    /// Whether this token lets somebody in now.
    pub(crate) fn admits(&self, token: Option<&AdmissionToken>) -> bool {
        matches!(self.door, Door::Open) && token.is_some_and(|token| self.current.admits(token))
    }

    /// The present link's number.
    pub(crate) fn number(&self) -> LinkNumber {
        self.number
    }

    /// Which link this token is of; `None` when of none that is remembered.
    pub(crate) fn number_of(&self, token: &AdmissionToken) -> Option<LinkNumber> {
        let back = if self.current.admits(token) {
            0
        } else {
            1 + self.past.iter().rev().position(|(hash, _)| hash.admits(token))?
        };
        // `past` holds at most `LINKS` entries, one for each number that was counted.
        Some(LinkNumber(self.number.0 - back as u32))
    }

    /// All links after the one that is known. Empty when too many came to remember them all: the chain would not hold.
    pub(crate) fn links_since(&self, known: LinkNumber) -> Vec<SealedLink> {
        let missed = (self.number.0 - known.0) as usize;
        let Some(skip) = self.past.len().checked_sub(missed) else { return Vec::new() };
        self.past.iter().skip(skip).map(|(_, link)| link.clone()).collect()
    }

    /// The title, under the present link's key.
    pub(crate) fn title(&self) -> &SealedTitle {
        &self.title
    }

    /// Whether [`Self::change`] can take one more request.
    pub(crate) fn can_change(&self) -> Result<(), Denial> {
        match &self.door {
            Door::Changing(change) if change.asked.len() >= PENDING_ROTATIONS => Err(Denial::TooOften),
            _ => Ok(()),
        }
    }

    /// Begins a change. A change that is under way serves this request too: nobody who was removed since has seen its
    /// link, for it is handed out only when it is stored.
    pub(crate) fn change(&mut self, rotation: Rotation, expels: bool, asked: Asked) -> Option<Effect> {
        if let Door::Changing(change) = &mut self.door {
            change.expels |= expels;
            change.asked.push(asked);
            return None;
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let effect =
            Effect::StoreAdmission { ticket, admission: rotation.admission, title: rotation.title.clone() };
        let expels = expels || matches!(self.door, Door::Shut);
        self.door = Door::Changing(Change { ticket, rotation, expels, asked: vec![asked] });
        Some(effect)
    }

    /// Ends a change. `None` for a ticket that is not awaited.
    pub(crate) fn stored(&mut self, ticket: Ticket, stored: bool) -> Option<Outcome> {
        match &self.door {
            Door::Changing(change) if change.ticket == ticket => {}
            _ => return None,
        }
        let Door::Changing(change) = std::mem::replace(&mut self.door, Door::Open) else { return None };
        let Change { rotation, expels, asked, .. } = change;
        if !stored {
            if expels {
                self.door = Door::Shut;
            }
            return Some(Outcome { asked, link: None });
        }
        if self.past.len() == LINKS {
            self.past.pop_front();
        }
        self.past.push_back((self.current, rotation.link.clone()));
        self.current = rotation.admission;
        self.title = rotation.title;
        self.number.0 += 1;
        Some(Outcome { asked, link: Some(rotation.link) })
    }
}

/// Identities that a meeting remembers. The oldest is forgotten first, beyond [`REMOVED`].
#[derive(Debug, Default)]
pub(crate) struct Remembered(VecDeque<IdentityKey>);

impl Remembered {
    pub(crate) fn contains(&self, identity: &IdentityKey) -> bool {
        self.0.contains(identity)
    }

    pub(crate) fn add(&mut self, identity: IdentityKey) {
        if self.contains(&identity) {
            return;
        }
        if self.0.len() == REMOVED {
            self.0.pop_front();
        }
        self.0.push_back(identity);
    }

    pub(crate) fn forget(&mut self, identity: &IdentityKey) {
        self.0.retain(|known| known != identity);
    }
}
