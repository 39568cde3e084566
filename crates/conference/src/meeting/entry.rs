//! How people get in: the hello, the lobby, the way back after a lost connection or a restart.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::effect::{Effect, Origin, Standing, UnixSeconds};
use crate::ids::{ConnectionId, IdentityKey, KnockId, ParticipantId};
use crate::limits::{KNOCKS_PER_ORIGIN, SEATS_PER_ORIGIN};
use crate::meeting::lobby::Waiting;
use crate::meeting::pace::{GroupPace, Pace};
use crate::meeting::people::{Person, Presence};
use crate::meeting::{Meeting, Phase};
use crate::sealed::SealedName;
use crate::settings::Role;
use crate::wire::{HeldState, Hello, Quality, Refusal, ServerMessage, WaitingFor, Welcome};

/// What the edge knows of somebody who introduces themselves.
#[derive(Clone, Copy)]
pub(super) struct From {
    pub(super) connection: ConnectionId,
    pub(super) standing: Standing,
    pub(super) origin: Origin,
}

/// Somebody who may come in, with all that becomes of them.
struct Newcomer {
    connection: ConnectionId,
    origin: Origin,
    identity: IdentityKey,
    /// For the lobby alone (P1).
    name: Option<SealedName>,
    role: Role,
    /// By the link in force.
    linked: bool,
    /// How far they followed the encrypted group.
    followed: Option<u32>,
}

impl Meeting {
    /// Somebody introduces themselves. In this order: are they kept out, may they come at all, and where to?
    pub(super) fn hello(&mut self, now: Instant, wall: UnixSeconds, from: From, hello: Hello) {
        let From { connection, standing, origin } = from;
        if self.participant_of(connection).is_some() || self.lobby.has(connection) {
            // The edge takes one hello from a connection.
            return;
        }
        let owner = standing == Standing::Owner;
        if owner {
            self.removed.forget(&hello.identity);
        } else {
            if self.removed.contains(&hello.identity) {
                return self.refuse(connection, Refusal::Removed);
            }
            // A host's place is kept for the owner.
            let place = self.people.by_identity(&hello.identity).filter(|person| person.role != Role::Host);
            let kept_out = match place {
                Some(person) => self.keeps_away(person.id, &hello),
                None => self.keeps_out(now, &hello),
            };
            if let Some(reason) = kept_out {
                return self.refuse(connection, reason);
            }
        }
        // Whoever waits already goes on from this connection.
        let former = self.lobby.take_identity(&hello.identity);
        if let Some(former) = &former {
            self.refuse(former.connection, Refusal::Replaced);
        }
        if let Some(state) = &hello.held {
            self.take_back(now, wall, standing, state);
        }
        if owner {
            self.held.owner_came();
        }

        let expected = self.expected(now, &hello.identity);
        let role = if owner { Role::Host } else { expected.unwrap_or(Role::Participant) };
        let newcomer = Newcomer {
            connection,
            origin,
            identity: hello.identity,
            name: Some(hello.name),
            role,
            linked: self.admission.admits(hello.token.as_ref()),
            followed: hello.group,
        };
        let place = self.people.by_identity(&newcomer.identity).map(|person| person.id);
        if let Some(id) = place {
            self.come_back(id, owner, newcomer);
        } else if owner || expected.is_some() {
            self.come_in(now, newcomer);
        } else {
            return self.come_new(now, newcomer, former);
        }
        if former.is_some() {
            self.tell_moderators_who_waits();
        }
    }

    /// Why somebody who has no place may not come.
    fn keeps_out(&self, now: Instant, hello: &Hello) -> Option<Refusal> {
        if !self.admission.admits(hello.token.as_ref()) {
            Some(Refusal::NotAdmitted)
        } else if self.turned_away.contains(now, &hello.identity) {
            Some(Refusal::Denied)
        } else {
            None
        }
    }

    /// Why somebody may not come back to their place. The key alone brings them back as long as they can go on in the
    /// group, or come into it again by the link that the others know, be it worth anything for strangers or not. Else
    /// their page could open nothing.
    fn keeps_away(&self, id: ParticipantId, hello: &Hello) -> Option<Refusal> {
        let token = hello.token.as_ref();
        if self.admission.is_newest(token) || self.desk.can_go_on(id, hello.group) {
            None
        } else if self.admission.is_former(token) {
            Some(Refusal::LinkChanged)
        } else {
            Some(Refusal::NotAdmitted)
        }
    }

    /// Somebody whom nobody expects. Who waits already keeps the place, and the lock came too late for them.
    fn come_new(&mut self, now: Instant, newcomer: Newcomer, former: Option<Waiting>) {
        if self.settings.locked && former.is_none() {
            return self.refuse(newcomer.connection, Refusal::Locked);
        }
        let must_knock = former.as_ref().is_some_and(|former| former.until == WaitingFor::Admission)
            || self.settings.lobby
            || self.sent_back.contains(&newcomer.identity);
        let number = former.map(|former| former.id);
        if self.phase == Phase::Quiet && !self.settings.early_start {
            self.wait(newcomer, number, WaitingFor::Host);
        } else if must_knock {
            self.wait(newcomer, number, WaitingFor::Admission);
        } else if self.people.of_origin(newcomer.origin) >= SEATS_PER_ORIGIN {
            self.refuse(newcomer.connection, Refusal::Full);
        } else {
            self.come_in(now, newcomer);
        }
    }

    /// In, where there is a seat. The first who comes in begins the meeting.
    fn come_in(&mut self, now: Instant, newcomer: Newcomer) {
        if !self.people.has_seat(newcomer.role) {
            return self.refuse(newcomer.connection, Refusal::Full);
        }
        let id = ParticipantId(self.next_number());
        self.seat(now, id, newcomer);
        self.begin(now);
    }

    /// The meeting begins: those who wait for the host go on.
    fn begin(&mut self, now: Instant) {
        if self.phase != Phase::Quiet {
            return;
        }
        self.phase = Phase::Begun { empty_until: None };
        if self.settings.lobby {
            for connection in self.lobby.turn_to_admission() {
                self.send(connection, ServerMessage::Waiting { until: WaitingFor::Admission });
            }
        } else {
            for waiting in self.lobby.take_all_until(WaitingFor::Host) {
                self.let_in(now, waiting);
            }
        }
        if !self.lobby.is_empty() {
            self.tell_moderators_who_waits();
        }
    }

    /// From the lobby into the meeting, or away where there is no seat.
    pub(super) fn let_in(&mut self, now: Instant, waiting: Waiting) {
        if !self.people.has_seat(Role::Participant) {
            return self.refuse(waiting.connection, Refusal::Full);
        }
        let Waiting { id, connection, origin, identity, .. } = waiting;
        let role = self.expected(now, &identity).unwrap_or(Role::Participant);
        // Who waits came by the newest link.
        let linked = self.admission.is_open();
        let newcomer = Newcomer { connection, origin, identity, name: None, role, linked, followed: None };
        self.seat(now, ParticipantId(id.0), newcomer);
    }

    /// Gives a newcomer a place. The caller has asked whether there is a seat.
    fn seat(&mut self, now: Instant, id: ParticipantId, newcomer: Newcomer) {
        let Newcomer { connection, origin, identity, role, linked, followed, .. } = newcomer;
        let person = Person {
            id,
            identity,
            origin,
            role,
            live: BTreeSet::new(),
            quality: Quality::Unknown,
            presence: Presence::Connected(connection),
            asked_to_unmute: false,
            pace: Pace::of_acts(now),
            say_pace: Pace::of_words(now),
            group_pace: GroupPace::new(now),
        };
        let message = ServerMessage::Participant { participant: person.record() };
        self.broadcast(&message);
        self.people.add(person);
        self.out.push(Effect::Bind { connection, participant: id });
        self.welcome(connection, id, linked, followed);
    }

    /// Back at one's place: with the role that this connection can prove, the gates as they were.
    fn come_back(&mut self, id: ParticipantId, owner: bool, newcomer: Newcomer) {
        let Newcomer { connection, origin, linked, followed, .. } = newcomer;
        let Some(person) = self.people.get_mut(id) else { return };
        person.origin = origin;
        let former = std::mem::replace(&mut person.presence, Presence::Connected(connection));
        if owner {
            person.role = Role::Host;
        } else if person.role == Role::Host {
            person.role = Role::Participant;
        }
        let participant = person.record();
        self.out.push(Effect::Bind { connection, participant: id });
        if let Presence::Connected(former) = former {
            self.refuse(former, Refusal::Replaced);
        }
        self.tell_others(id, &ServerMessage::Participant { participant });
        self.welcome(connection, id, linked, followed);
    }

    fn welcome(&mut self, connection: ConnectionId, me: ParticipantId, linked: bool, followed: Option<u32>) {
        let group = self.desk.came(me, followed);
        let moderates = self.role_of(me).is_some_and(Role::moderates);
        let welcome = Welcome {
            me,
            participants: self.people.iter().map(Person::record).collect(),
            settings: self.settings,
            title: self.admission.title().clone(),
            linked,
            held: self.held.newest().cloned(),
            host_key: self.host_key,
            knocks: if moderates { self.lobby.knocks() } else { Vec::new() },
            group,
        };
        self.send(connection, ServerMessage::Welcome(Box::new(welcome)));
    }

    fn wait(&mut self, newcomer: Newcomer, number: Option<KnockId>, until: WaitingFor) {
        if self.lobby.is_full() || self.lobby.of_origin(newcomer.origin) >= KNOCKS_PER_ORIGIN {
            return self.refuse(newcomer.connection, Refusal::Full);
        }
        let Newcomer { connection, origin, identity, name, .. } = newcomer;
        let id = number.unwrap_or_else(|| KnockId(self.next_number()));
        self.enqueue(Waiting { id, connection, origin, identity, name, until });
    }

    /// Puts somebody into the lobby and tells those concerned. The caller has asked whether it is full.
    pub(super) fn enqueue(&mut self, waiting: Waiting) {
        let Waiting { connection, until, .. } = waiting;
        self.lobby.add(waiting);
        self.send(connection, ServerMessage::Waiting { until });
        if until == WaitingFor::Admission {
            self.tell_moderators_who_waits();
        }
    }

    /// A state that a member held over a restart. Where it counts, settings and roles are as it says, and the meeting
    /// goes on, be the host back or not.
    fn take_back(&mut self, now: Instant, wall: UnixSeconds, from: Standing, state: &HeldState) {
        let content = self.held.hand_back(now, wall, from, state, &self.host_key, &self.id);
        let Some(content) = content else { return };
        self.settings = content.settings;
        self.broadcast(&ServerMessage::Settings { settings: self.settings });
        let guests = self.people.iter().filter(|person| person.role != Role::Host);
        let guests: Vec<_> = guests.map(|person| (person.id, person.identity)).collect();
        for (id, identity) in guests {
            let role = self.expected(now, &identity).unwrap_or(Role::Participant);
            self.update(id, |person| person.take_role(role));
        }
        self.broadcast(&ServerMessage::Held { held: state.clone() });
        self.begin(now);
        for waiting in self.lobby.take_all() {
            if self.expected(now, &waiting.identity).is_some() {
                self.let_in(now, waiting);
            } else {
                self.lobby.add(waiting);
            }
        }
        self.tell_moderators_who_waits();
    }

    /// As what a person comes back after a restart; `None` where they are not expected, or were put into the lobby
    /// since.
    fn expected(&self, now: Instant, identity: &IdentityKey) -> Option<Role> {
        if self.sent_back.contains(identity) {
            return None;
        }
        self.held.expected(now, identity)
    }
}
