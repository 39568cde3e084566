//! One meeting, from the first hello to the last farewell.
//!
//! # What the people can rely on
//!
//! - Nobody begins a meeting but its owner, or guests where the owner said so beforehand (`early_start`), or the members
//!   of a meeting that a restart interrupted, by a state that the owner signed (see [`held`]).
//! - Who is not let in learns that they wait, or why not, and nothing else: no title, no names, no numbers (P2, S2).
//! - A person is their identity key. Whoever proves it again within the grace is the same participant with the same
//!   role and gates, save that a host is a host only by the owner's sign-in, again with every connection (B6).
//! - Every gate is closed at first. What closes a gate takes effect before anybody is told (P3, B5).
//! - New settings apply to what is asked for from then on: they neither close an open gate nor admit those who wait.

mod acts;
mod admission;
mod entry;
mod group;
mod held;
mod lobby;
mod outbox;
mod pace;
mod people;
mod relay;

use std::time::Instant;

use crate::effect::{Effect, Founding, Input, UnixSeconds};
use crate::ids::{ConnectionId, HostKey, MeetingId, ParticipantId};
use crate::limits::{EMPTY_GRACE, LOBBY_INTERVAL};
use crate::settings::{MeetingSettings, Role};
use crate::wire::{Departure, Refusal, ServerMessage, Source};

use admission::{Admission, Remembered};
use entry::From;
use group::Desk;
use held::Held;
use lobby::{Lobby, TurnedAway};
use outbox::Outbox;
use pace::Pace;
use people::{People, Person, Presence};

/// The state of one meeting.
///
/// After each [`Meeting::handle`] the caller takes every effect with [`Meeting::poll_effect`] and carries them out in
/// that order, then arranges to be called again at [`Meeting::poll_timeout`].
pub struct Meeting {
    id: MeetingId,
    host_key: HostKey,
    settings: MeetingSettings,
    admission: Admission,
    held: Held,
    phase: Phase,
    people: People,
    lobby: Lobby,
    lobby_news: News,
    /// Who was removed: out by name of their key, even with the right token.
    removed: Remembered,
    /// Who was turned away in the lobby, for a while.
    turned_away: TurnedAway,
    /// How fast new links may come.
    rotations: Pace,
    /// Who was put into the lobby: must knock, even where the settings have no lobby.
    sent_back: Remembered,
    /// Participants and knocks are numbered out of one sequence.
    numbers: u32,
    /// Of the encrypted group.
    desk: Desk,
    out: Outbox,
}

/// How far the meeting is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Nobody was let in yet.
    Quiet,
    /// Somebody is in, or was moments ago.
    Begun {
        /// With nobody connected, the meeting is over by then.
        empty_until: Option<Instant>,
    },
    /// Nothing happens any more; whoever still comes is told why.
    Over(Refusal),
}

/// Whether moderators are to be told who waits, and when again.
#[derive(Clone, Copy, Debug)]
struct News {
    pending: bool,
    not_before: Instant,
}

impl Meeting {
    /// A meeting that nobody has entered yet. `boot` is when the server started, which bounds the time in which held
    /// states are taken back.
    pub fn new(founding: Founding, boot: Instant) -> Self {
        Self {
            id: founding.id,
            host_key: founding.host_key,
            settings: founding.settings,
            admission: Admission::new(founding.admission, founding.title),
            held: Held::new(boot),
            phase: Phase::Quiet,
            people: People::default(),
            lobby: Lobby::default(),
            lobby_news: News { pending: false, not_before: boot },
            removed: Remembered::default(),
            turned_away: TurnedAway::default(),
            rotations: Pace::of_rotations(boot),
            sent_back: Remembered::default(),
            numbers: 0,
            desk: Desk::default(),
            out: Outbox::default(),
        }
    }

    /// Takes in what happened. What makes no sense is denied or ignored. Every effect of the input before must have
    /// been polled.
    pub fn handle(&mut self, now: Instant, wall: UnixSeconds, input: Input) {
        debug_assert!(self.out.is_empty(), "effects were not polled");
        if let Phase::Over(reason) = self.phase {
            if let Input::Hello { connection, .. } = input {
                self.refuse(connection, reason);
            }
            return;
        }
        match input {
            Input::Hello { connection, standing, origin, hello } => {
                self.hello(now, wall, From { connection, standing, origin }, *hello);
            }
            Input::Act { connection, request, act } => self.act(now, connection, request, act),
            Input::Group { connection, request, message } => self.group(now, connection, request, message),
            Input::Disconnected { connection } => self.disconnected(now, connection),
            Input::SignedOut { connection } => self.signed_out(connection),
            Input::AdmissionStored { ticket, stored } => self.admission_stored(ticket, stored),
            Input::Withdrawn => self.end(Refusal::Ended),
            Input::Stopping => self.end(Refusal::Stopping),
            Input::Timeout => self.give_up_lost(now),
        }
        if !matches!(self.phase, Phase::Over(_)) {
            self.relay(now);
        }
        self.settle(now);
        self.tell_lobby_news(now);
    }

    /// The next thing to do, in order. `None` when there is nothing left.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.out.pop()
    }

    /// When to hand in [`Input::Timeout`] at the latest. `None`: not before the next input.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let lost = self.people.iter().filter_map(|person| match person.presence {
            Presence::Lost(until) => Some(until),
            Presence::Connected(_) => None,
        });
        let empty = match self.phase {
            Phase::Begun { empty_until } => empty_until,
            Phase::Quiet | Phase::Over(_) => None,
        };
        let news = self.lobby_news.pending.then_some(self.lobby_news.not_before);
        lost.chain(empty).chain(news).chain(self.desk.poll_timeout()).min()
    }

    /// Whose connection this is. `None` for those who wait, were refused, or are gone.
    pub fn participant_of(&self, connection: ConnectionId) -> Option<ParticipantId> {
        self.people.by_connection(connection).map(|person| person.id)
    }

    /// Whether anybody is in it and connected.
    pub fn is_live(&self) -> bool {
        self.people.connections().next().is_some()
    }
}

/// Comings and goings that no act asked for.
impl Meeting {
    fn disconnected(&mut self, now: Instant, connection: ConnectionId) {
        if let Some(id) = self.participant_of(connection) {
            self.update(id, |person| person.presence = Presence::lost(now));
        } else {
            self.stop_waiting(connection);
        }
    }

    /// A host who signed out is gone at once: the grace would keep a host without a sign-in.
    fn signed_out(&mut self, connection: ConnectionId) {
        if let Some(id) = self.participant_of(connection) {
            self.depart(id, Departure::Left);
            self.refuse(connection, Refusal::SignedOut);
        }
    }

    fn give_up_lost(&mut self, now: Instant) {
        let is_due = |person: &Person| matches!(person.presence, Presence::Lost(until) if until <= now);
        let due: Vec<_> = self.people.iter().filter(|p| is_due(p)).map(|p| p.id).collect();
        for id in due {
            self.depart(id, Departure::Lost);
        }
    }

    /// After every input: is anybody left? Somebody who waits counts, or a host with a bad connection would find the
    /// lobby sent home.
    fn settle(&mut self, now: Instant) {
        let deserted = !self.is_live() && self.lobby.is_empty();
        match &mut self.phase {
            Phase::Quiet if deserted => self.over(Refusal::Ended),
            Phase::Begun { empty_until } if deserted => {
                let until = *empty_until.get_or_insert(now + EMPTY_GRACE);
                if until <= now {
                    self.over(Refusal::Ended);
                }
            }
            Phase::Begun { empty_until } => *empty_until = None,
            Phase::Quiet | Phase::Over(_) => {}
        }
    }

    /// Sends everybody home. A server that stops does not end the meeting: it may go on after the restart.
    fn end(&mut self, reason: Refusal) {
        let connections: Vec<_> = self.people.connections().chain(self.lobby.connections()).collect();
        let ids: Vec<_> = self.people.iter().map(|person| person.id).collect();
        for id in ids {
            self.cut_off(id);
        }
        for connection in connections {
            self.refuse(connection, reason);
        }
        self.people = People::default();
        self.lobby = Lobby::default();
        self.over(reason);
    }

    fn over(&mut self, reason: Refusal) {
        let begun = matches!(self.phase, Phase::Begun { .. });
        self.phase = Phase::Over(reason);
        self.desk = Desk::default();
        self.out.extend(self.admission.last_removal());
        if reason != Refusal::Stopping {
            self.out.push(Effect::Over { begun });
        }
    }
}

/// What all the parts of a meeting do.
impl Meeting {
    /// Changes a person. A gate that changes is carried out, and everybody is told what changed.
    fn update(&mut self, id: ParticipantId, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.people.get_mut(id) else { return };
        let before = person.record();
        change(person);
        let after = person.record();
        if before == after {
            return;
        }
        for source in Source::ALL {
            let open = after.live.contains(&source);
            if open != before.live.contains(&source) {
                self.out.push(Effect::Gate { participant: id, source, open });
            }
        }
        self.broadcast(&ServerMessage::Participant { participant: after });
    }

    /// Takes a person out and tells the others.
    fn depart(&mut self, id: ParticipantId, how: Departure) -> Option<Person> {
        self.cut_off(id);
        let person = self.people.take(id)?;
        self.broadcast(&ServerMessage::Left { participant: id, how });
        Some(person)
    }

    /// Closes a person's gates and drops their media.
    fn cut_off(&mut self, id: ParticipantId) {
        let Some(person) = self.people.get_mut(id) else { return };
        for source in std::mem::take(&mut person.live) {
            self.out.push(Effect::Gate { participant: id, source, open: false });
        }
        self.out.push(Effect::Unbind { participant: id });
    }

    /// Takes a waiting person out, and tells the moderators.
    fn stop_waiting(&mut self, connection: ConnectionId) {
        if self.lobby.take_connection(connection).is_some() {
            self.tell_moderators_who_waits();
        }
    }

    /// After this input, or a little later.
    fn tell_moderators_who_waits(&mut self) {
        self.lobby_news.pending = true;
    }

    fn tell_lobby_news(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Over(_)) {
            self.lobby_news.pending = false;
        }
        if !self.lobby_news.pending || now < self.lobby_news.not_before {
            return;
        }
        self.lobby_news = News { pending: false, not_before: now + LOBBY_INTERVAL };
        let knocks = self.lobby.knocks();
        let moderators = self.people.iter().filter(|person| person.role.moderates());
        for connection in moderators.filter_map(Person::connection) {
            let message = ServerMessage::Lobby { knocks: knocks.clone() };
            self.out.push(Effect::Send { connection, message });
        }
    }

    /// To everybody inside.
    fn broadcast(&mut self, message: &ServerMessage) {
        for connection in self.people.connections() {
            self.out.push(Effect::Send { connection, message: message.clone() });
        }
    }

    /// To everybody inside but this person.
    fn tell_others(&mut self, id: ParticipantId, message: &ServerMessage) {
        for connection in self.people.iter().filter(|person| person.id != id).filter_map(Person::connection) {
            self.out.push(Effect::Send { connection, message: message.clone() });
        }
    }

    fn send(&mut self, connection: ConnectionId, message: ServerMessage) {
        self.out.push(Effect::Send { connection, message });
    }

    fn refuse(&mut self, connection: ConnectionId, reason: Refusal) {
        self.send(connection, ServerMessage::Refused { reason });
        self.out.push(Effect::Close { connection });
    }

    fn next_number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn role_of(&self, id: ParticipantId) -> Option<Role> {
        self.people.get(id).map(|person| person.role)
    }
}
