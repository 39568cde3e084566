//! The people who are not in yet. They are told that they wait, and nothing else (P2, S2).
//!
//! All of them came by the newest link: where another one is put in force, they are sent away to ask for it.

use std::collections::VecDeque;
use std::time::Instant;

use crate::effect::Origin;
use crate::ids::{ConnectionId, IdentityKey, KnockId};
use crate::limits::{DENIAL, KNOCKS, REMOVED};
use crate::sealed::SealedName;
use crate::wire::{Knock, WaitingFor};

/// One of them. Always connected: who goes, loses the place.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: KnockId,
    pub(crate) connection: ConnectionId,
    pub(crate) origin: Origin,
    pub(crate) identity: IdentityKey,
    /// For moderators. Of somebody who was in already there is none.
    pub(crate) name: Option<SealedName>,
    pub(crate) until: WaitingFor,
}

/// All of them, in the order of their coming. At most [`KNOCKS`].
#[derive(Debug, Default)]
pub(crate) struct Lobby(Vec<Waiting>);

impl Lobby {
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= KNOCKS
    }

    pub(crate) fn of_origin(&self, origin: Origin) -> usize {
        self.0.iter().filter(|waiting| waiting.origin == origin).count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Numbers are given in the order of coming: who comes again takes the same place. The caller has asked
    /// [`Self::is_full`].
    pub(crate) fn add(&mut self, waiting: Waiting) {
        let place = self.0.partition_point(|before| before.id < waiting.id);
        self.0.insert(place, waiting);
    }

    pub(crate) fn get(&self, id: KnockId) -> Option<&Waiting> {
        self.0.iter().find(|waiting| waiting.id == id)
    }

    pub(crate) fn take(&mut self, id: KnockId) -> Option<Waiting> {
        self.take_where(|waiting| waiting.id == id)
    }

    pub(crate) fn take_connection(&mut self, connection: ConnectionId) -> Option<Waiting> {
        self.take_where(|waiting| waiting.connection == connection)
    }

    pub(crate) fn take_identity(&mut self, identity: &IdentityKey) -> Option<Waiting> {
        self.take_where(|waiting| waiting.identity == *identity)
    }

    pub(crate) fn has(&self, connection: ConnectionId) -> bool {
        self.0.iter().any(|waiting| waiting.connection == connection)
    }

    /// Takes out all who wait for this.
    pub(crate) fn take_all_until(&mut self, until: WaitingFor) -> Vec<Waiting> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|w| w.until == until);
        self.0 = left;
        taken
    }

    /// Takes out everybody.
    pub(crate) fn take_all(&mut self) -> Vec<Waiting> {
        std::mem::take(&mut self.0)
    }

    /// Those who wait for the host now wait for admission. Returns their connections.
    pub(crate) fn turn_to_admission(&mut self) -> Vec<ConnectionId> {
        let hostless = self.0.iter_mut().filter(|waiting| waiting.until == WaitingFor::Host);
        hostless
            .map(|waiting| {
                waiting.until = WaitingFor::Admission;
                waiting.connection
            })
            .collect()
    }

    /// Those whom a moderator may admit.
    pub(crate) fn knocks(&self) -> Vec<Knock> {
        let asking = self.0.iter().filter(|waiting| waiting.until == WaitingFor::Admission);
        asking
            .map(|waiting| Knock { id: waiting.id, identity: waiting.identity, name: waiting.name.clone() })
            .collect()
    }

    pub(crate) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.0.iter().map(|waiting| waiting.connection)
    }

    fn take_where(&mut self, which: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let at = self.0.iter().position(which)?;
        Some(self.0.remove(at))
    }
}

/// Who was turned away not long ago, so that nobody knocks without a pause. The oldest is forgotten first, beyond
/// [`REMOVED`].
#[derive(Debug, Default)]
pub(crate) struct TurnedAway(VecDeque<(IdentityKey, Instant)>);

impl TurnedAway {
    pub(crate) fn add(&mut self, now: Instant, identity: IdentityKey) {
        if self.0.len() == REMOVED {
            self.0.pop_front();
        }
        self.0.push_back((identity, now + DENIAL));
    }

    pub(crate) fn contains(&self, now: Instant, identity: &IdentityKey) -> bool {
        self.0.iter().any(|(known, until)| known == identity && now < *until)
    }
}
