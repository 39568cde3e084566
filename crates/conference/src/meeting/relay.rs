//! Between the people and the desk of their encrypted group.

use std::time::Instant;

use crate::ids::{ConnectionId, ParticipantId, RequestId};
use crate::meeting::Meeting;
use crate::meeting::group::{News, Seated, View};
use crate::meeting::people::{Person, Presence};
use crate::wire::{Denial, GroupMessage, Refusal, ServerMessage};

impl Meeting {
    /// Somebody says something about the group. Who is not in gets no answer.
    pub(super) fn group(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        request: RequestId,
        message: GroupMessage,
    ) {
        let Some(id) = self.participant_of(connection) else { return };
        let answer = match self.hand_in(now, id, message) {
            Ok(()) => ServerMessage::Done { request },
            Err(reason) => ServerMessage::Denied { request, reason },
        };
        self.send(connection, answer);
    }

    fn hand_in(&mut self, now: Instant, id: ParticipantId, message: GroupMessage) -> Result<(), Denial> {
        let view = self.view();
        let person = self.people.get_mut(id).ok_or(Denial::NoSuchPerson)?;
        if !person.group_pace.allows(now, &message) {
            return Err(Denial::TooOften);
        }
        self.desk.handle(now, &view, id, message)
    }

    /// After every input: what the desk has to say.
    pub(super) fn relay(&mut self, now: Instant) {
        let view = self.view();
        self.desk.settle(now, &view);
        while let Some(news) = self.desk.poll_news() {
            match news {
                News::Tell(to, event) => self.pass_on(to, ServerMessage::Group { event }),
                News::Rotated { to, number, link, title } => {
                    self.pass_on(to, ServerMessage::Rotated { number, link, title });
                }
                News::Fault(author) => {
                    self.send_away(now, author);
                    let view = self.view();
                    self.desk.settle(now, &view);
                }
            }
        }
    }

    fn pass_on(&mut self, to: ParticipantId, message: ServerMessage) {
        if let Some(connection) = self.people.get(to).and_then(Person::connection) {
            self.send(connection, message);
        }
    }

    /// The place is kept: they may come back, and come into the group anew.
    fn send_away(&mut self, now: Instant, id: ParticipantId) {
        let Some(connection) = self.people.get(id).and_then(Person::connection) else { return };
        self.refuse(connection, Refusal::GroupFault);
        self.update(id, |person| person.presence = Presence::lost(now));
    }

    fn view(&self) -> View {
        let seated = |person: &Person| Seated {
            id: person.id,
            connected: person.connection().is_some(),
            role: person.role,
        };
        View { people: self.people.iter().map(seated).collect(), lobby: self.settings.lobby }
    }
}
