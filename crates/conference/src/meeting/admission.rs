//! The link that lets people in, how it changes, and who is kept out by name of their key.

use std::collections::VecDeque;

use crate::effect::{Effect, Ticket};
use crate::ids::{AdmissionHash, AdmissionToken, ConnectionId, IdentityKey, RequestId};
use crate::limits::{LINKS, PENDING_ROTATIONS, REMOVED};
use crate::sealed::{SealedLink, SealedTitle};
use crate::wire::{Denial, Rotation};

/// The admission by link.
///
/// A removal makes the link worthless in the same turn, and puts the hash of a token that nobody has on the disk. Nobody
/// new comes in by a link until a new one is stored; the owner needs none. When the disk fails, that is so all the same,
/// as long as this process lives (B5).
///
/// Also while a new link is on its way to the disk neither it nor the old one lets anybody in: the new one is not safe
/// yet. Where it could not be stored, the old one holds again.
///
/// Changes are stored one after another in the order of their asking: what is on the disk in the end is the last that
/// was asked for. Two new links in a row are one, for nobody was removed between them, and the first serves both. A
/// removal shares its place with nobody: whoever asked for the change before it may be the person who is removed.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Of the link that those inside know.
    newest: AdmissionHash,
    /// Somebody was removed who knows it.
    worthless: bool,
    title: SealedTitle,
    /// Of the links before, the newest last.
    former: VecDeque<AdmissionHash>,
    /// On their way to the disk; the first is being stored. They are asked for by at most [`PENDING_ROTATIONS`].
    changes: VecDeque<Change>,
    tickets: u32,
}

#[derive(Debug)]
struct Change {
    ticket: Ticket,
    to: Next,
    asked: Vec<Asked>,
}

/// What a change brings.
#[derive(Debug)]
enum Next {
    /// A new link.
    Link(Rotation),
    /// Nothing: somebody was removed. The hash is of a token that nobody has.
    Nothing(AdmissionHash),
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
    /// The new link for those inside, where there is one.
    pub(crate) link: Option<SealedLink>,
    /// The change after it.
    pub(crate) next: Option<Effect>,
}

impl Admission {
    pub(crate) fn new(newest: AdmissionHash, title: SealedTitle) -> Self {
        let (former, changes) = (VecDeque::new(), VecDeque::new());
        Self { newest, worthless: false, title, former, changes, tickets: 0 }
    }

    /// Whether there is a link that lets people in now.
    pub(crate) fn is_open(&self) -> bool {
        !self.worthless && self.changes.is_empty()
    }

    /// Whether this token lets somebody in now.
    pub(crate) fn admits(&self, token: Option<&AdmissionToken>) -> bool {
        self.is_open() && self.is_newest(token)
    }

    /// Whether this token is of the link that those inside know, be it worth anything or not.
    pub(crate) fn is_newest(&self, token: Option<&AdmissionToken>) -> bool {
        token.is_some_and(|token| self.newest.admits(token))
    }

    /// Whether this token is of a link before that one.
    pub(crate) fn is_former(&self, token: Option<&AdmissionToken>) -> bool {
        token.is_some_and(|token| self.former.iter().any(|hash| hash.admits(token)))
    }

    /// The title, under the newest link's key.
    pub(crate) fn title(&self) -> &SealedTitle {
        &self.title
    }

    /// Whether one more request for a change can be taken.
    pub(crate) fn can_change(&self) -> Result<(), Denial> {
        let pending: usize = self.changes.iter().map(|change| change.asked.len()).sum();
        if pending < PENDING_ROTATIONS { Ok(()) } else { Err(Denial::TooOften) }
    }

    /// A new link is asked for.
    pub(crate) fn rotate(&mut self, rotation: Rotation, asked: Asked) -> Option<Effect> {
        if let Some(Change { to: Next::Link(_), asked: others, .. }) = self.changes.back_mut() {
            others.push(asked);
            return None;
        }
        self.change(Next::Link(rotation), asked)
    }

    /// Somebody was removed.
    pub(crate) fn expel(&mut self, nobodys: AdmissionHash, asked: Asked) -> Option<Effect> {
        self.worthless = true;
        self.change(Next::Nothing(nobodys), asked)
    }

    fn change(&mut self, to: Next, asked: Asked) -> Option<Effect> {
        self.tickets += 1;
        self.changes.push_back(Change { ticket: Ticket(self.tickets), to, asked: vec![asked] });
        if self.changes.len() == 1 { self.store_first() } else { None }
    }

    fn store_first(&self) -> Option<Effect> {
        self.changes.front().map(|change| self.store(change))
    }

    fn store(&self, change: &Change) -> Effect {
        let (admission, title) = match &change.to {
            Next::Link(rotation) => (rotation.admission, rotation.title.clone()),
            Next::Nothing(nobodys) => (*nobodys, self.title.clone()),
        };
        Effect::StoreAdmission { ticket: change.ticket, admission, title }
    }

    /// Ends a change. `None` for a ticket that is not awaited.
    pub(crate) fn stored(&mut self, ticket: Ticket, stored: bool) -> Option<Outcome> {
        let first = self.changes.front()?;
        let Change { to, asked, .. } =
            if first.ticket == ticket { self.changes.pop_front()? } else { return None };
        let link = match to {
            Next::Link(rotation) if stored => Some(self.replace(rotation)),
            Next::Link(_) | Next::Nothing(_) => None,
        };
        Some(Outcome { asked, link, next: self.store_first() })
    }

    /// A new link is in force, unless somebody was removed since it was asked for.
    fn replace(&mut self, rotation: Rotation) -> SealedLink {
        if self.former.len() == LINKS {
            self.former.pop_front();
        }
        self.former.push_back(std::mem::replace(&mut self.newest, rotation.admission));
        self.title = rotation.title;
        self.worthless = self.changes.iter().any(|change| matches!(change.to, Next::Nothing(_)));
        rotation.link
    }

    /// The meeting is over, and nobody hears of an outcome any more: a removal that still waits is stored now (B5).
    pub(crate) fn last_removal(&self) -> Option<Effect> {
        let mut waiting = self.changes.iter().skip(1);
        let removal = waiting.rfind(|change| matches!(change.to, Next::Nothing(_)))?;
        Some(self.store(removal))
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
