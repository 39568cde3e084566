//! The people in a meeting. What they are called the server does not know (P1).

use std::collections::BTreeSet;
use std::time::Instant;

use crate::effect::Origin;
use crate::ids::{ConnectionId, IdentityKey, ParticipantId};
use crate::limits::{AUDIO_SLOTS, OWNER_SEATS, PARTICIPANTS, RECONNECT_GRACE};
use crate::meeting::pace::{GroupPace, Pace};
use crate::settings::Role;
use crate::wire::{Participant, Quality, Source};

/// One person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: ParticipantId,
    pub(crate) identity: IdentityKey,
    /// Of the latest connection.
    pub(crate) origin: Origin,
    pub(crate) role: Role,
    /// The sources whose gate is open. Empty at first: a gate is opened by an act, never by joining.
    pub(crate) live: BTreeSet<Source>,
    pub(crate) quality: Quality,
    pub(crate) presence: Presence,
    /// A moderator asked this person to unmute, and they have not done so since.
    pub(crate) asked_to_unmute: bool,
    pub(crate) pace: Pace,
    pub(crate) say_pace: Pace,
    pub(crate) group_pace: GroupPace,
}

/// Whether a person is reachable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Presence {
    /// By this connection.
    Connected(ConnectionId),
    /// The connection was lost; the place is kept until then.
    Lost(Instant),
}

impl Presence {
    /// The connection was lost just now.
    pub(crate) fn lost(now: Instant) -> Self {
        Self::Lost(now + RECONNECT_GRACE)
    }
}

impl Person {
    pub(crate) fn connection(&self) -> Option<ConnectionId> {
        match self.presence {
            Presence::Connected(connection) => Some(connection),
            Presence::Lost(_) => None,
        }
    }

    /// Who loses the floor sends nothing any more, whatever participants may: that it is quiet at once is what was
    /// asked for (P3).
    pub(crate) fn take_role(&mut self, role: Role) {
        if self.role == Role::Speaker && role == Role::Participant {
            self.live.clear();
            self.asked_to_unmute = false;
        }
        self.role = role;
    }

    /// As all others see them.
    pub(crate) fn record(&self) -> Participant {
        Participant {
            id: self.id,
            identity: self.identity,
            role: self.role,
            live: self.live.iter().copied().collect(),
            quality: self.quality,
            connected: self.connection().is_some(),
        }
    }
}

/// Everybody, in the order of joining. At most [`PARTICIPANTS`], so that a walk is as good as an index.
#[derive(Debug, Default)]
pub(crate) struct People(Vec<Person>);

impl People {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.0.iter()
    }

    pub(crate) fn get(&self, id: ParticipantId) -> Option<&Person> {
        self.0.iter().find(|person| person.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: ParticipantId) -> Option<&mut Person> {
        self.0.iter_mut().find(|person| person.id == id)
    }

    pub(crate) fn by_identity(&self, identity: &IdentityKey) -> Option<&Person> {
        self.0.iter().find(|person| person.identity == *identity)
    }

    pub(crate) fn by_connection(&self, connection: ConnectionId) -> Option<&Person> {
        self.0.iter().find(|person| person.connection() == Some(connection))
    }

    /// Whether one more may join. Guests leave some seats to the owner's pages.
    pub(crate) fn has_seat(&self, role: Role) -> bool {
        let hosts = self.0.iter().filter(|person| person.role == Role::Host).count();
        match role {
            Role::Host => self.0.len() < PARTICIPANTS,
            _ => self.0.len() < PARTICIPANTS && self.0.len() - hosts < PARTICIPANTS - OWNER_SEATS,
        }
    }

    /// Whether everybody would hear all sounds if this one came to them. Those of a lost connection count: they go on
    /// when it is back.
    pub(crate) fn carry(&self, id: ParticipantId, source: Source) -> bool {
        let is_sound = |source: &Source| !source.is_video();
        let others = self.0.iter().flat_map(|person| person.live.iter().map(|live| (person.id, *live)));
        let sounds = others.filter(|(_, live)| is_sound(live)).filter(|sound| *sound != (id, source));
        !is_sound(&source) || sounds.count() < AUDIO_SLOTS
    }

    /// How many come from there.
    pub(crate) fn of_origin(&self, origin: Origin) -> usize {
        self.0.iter().filter(|person| person.origin == origin).count()
    }

    /// The caller has asked [`Self::has_seat`].
    pub(crate) fn add(&mut self, person: Person) {
        self.0.push(person);
    }

    pub(crate) fn take(&mut self, id: ParticipantId) -> Option<Person> {
        let at = self.0.iter().position(|person| person.id == id)?;
        Some(self.0.remove(at))
    }

    /// The connections of those who are reachable.
    pub(crate) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.0.iter().filter_map(Person::connection)
    }
}
