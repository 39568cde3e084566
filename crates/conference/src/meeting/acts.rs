//! What people ask for, once they are in.

use std::time::Instant;

use crate::effect::{Effect, Ticket};
use crate::ids::{ConnectionId, KnockId, ParticipantId, RequestId};
use crate::meeting::Meeting;
use crate::meeting::admission::{Asked, Outcome};
use crate::meeting::lobby::Waiting;
use crate::meeting::pace;
use crate::meeting::people::Person;
use crate::policy::{self, Actor, Permit, Target};
use crate::sealed::SealedBody;
use crate::settings::Role;
use crate::wire::{Act, Denial, Departure, HeldState, Refusal, ServerMessage, Source, WaitingFor};

/// What a mute closes: on which of them somebody speaks is theirs to choose.
const SOUNDS: [Source; 2] = [Source::Microphone, Source::ScreenAudio];
/// What ends with a shared screen.
const SHARE: [Source; 2] = [Source::Screen, Source::ScreenAudio];

/// When an act is answered.
enum Answer {
    /// At once.
    Done,
    /// When the disk has answered.
    Later,
    /// Not at all: everybody was sent home.
    None,
}

impl Meeting {
    /// Somebody asks for something. Who is not in has nothing to ask for, and gets no answer.
    pub(super) fn act(&mut self, now: Instant, connection: ConnectionId, request: RequestId, act: Act) {
        let Some(id) = self.participant_of(connection) else {
            if act == Act::Leave && self.lobby.has(connection) {
                self.stop_waiting(connection);
                self.out.push(Effect::Close { connection });
            }
            return;
        };
        let leaves = act == Act::Leave;
        let outcome = self
            .decide(now, id, act)
            .and_then(|permit| self.perform(now, permit, Asked { connection, request }));
        match outcome {
            Ok(Answer::Done) => self.send(connection, ServerMessage::Done { request }),
            Ok(Answer::Later | Answer::None) => {}
            Err(reason) => self.send(connection, ServerMessage::Denied { request, reason }),
        }
        if leaves {
            self.out.push(Effect::Close { connection });
        }
    }

    /// Asks the pace and the policy.
    fn decide(&mut self, now: Instant, id: ParticipantId, act: Act) -> Result<Permit, Denial> {
        let target = self.target(id, &act);
        let is_carried = match &act {
            Act::Switch { source, on: true } => self.people.carry(id, *source),
            _ => true,
        };
        let person = self.people.get_mut(id).ok_or(Denial::NoSuchPerson)?;
        let in_time = match &act {
            Act::Say { body, .. } => person.say_pace.allows(now, pace::cost_of_words(body)),
            _ => person.pace.allows(now, pace::cost(&act)),
        };
        if !in_time {
            return Err(Denial::TooOften);
        }
        let actor = Actor {
            id,
            role: person.role,
            asked_to_unmute: person.asked_to_unmute,
            shares_screen: person.live.contains(&Source::Screen),
            is_carried,
        };
        policy::decide(actor, &self.settings, target, act)
    }

    /// Whom an act is about. A knock is no target: the policy does not tell one from another.
    fn target(&self, actor: ParticipantId, act: &Act) -> Target {
        let target = match act {
            Act::Mute { participant }
            | Act::AskToUnmute { participant }
            | Act::StopVideo { participant }
            | Act::StopScreen { participant }
            | Act::Remove { participant, .. }
            | Act::SendToLobby { participant }
            | Act::SetRole { participant, .. }
            | Act::Say { to: Some(participant), .. } => *participant,
            Act::Switch { .. }
            | Act::Quality { .. }
            | Act::Say { to: None, .. }
            | Act::Leave
            | Act::MuteAll
            | Act::Rotate { .. }
            | Act::Admit { .. }
            | Act::AdmitAll
            | Act::Deny { .. }
            | Act::ChangeSettings { .. }
            | Act::Hold { .. }
            | Act::EndForAll => return Target::Nobody,
        };
        match self.role_of(target) {
            None => Target::Missing,
            Some(_) if target == actor => Target::Oneself,
            Some(role) => Target::Other(role),
        }
    }

    /// Does what the policy permitted. All the functions below are called from here alone.
    fn perform(&mut self, now: Instant, permit: Permit, asked: Asked) -> Result<Answer, Denial> {
        let (actor, act) = permit.spend();
        match act {
            Act::Switch { source, on } => self.switch(actor, source, on),
            Act::Quality { quality } => self.update(actor, |person| person.quality = quality),
            Act::Say { to, body } => self.say(actor, to, body)?,
            Act::Leave => {
                self.depart(actor, Departure::Left);
            }

            Act::Mute { participant } => self.close(participant, &SOUNDS),
            Act::MuteAll => self.mute_all(),
            Act::AskToUnmute { participant } => {
                if let Some(person) = self.people.get_mut(participant) {
                    person.asked_to_unmute = true;
                }
            }
            Act::StopVideo { participant } => self.close(participant, &[Source::Camera]),
            Act::StopScreen { participant } => self.close(participant, &SHARE),
            Act::SendToLobby { participant } => self.send_to_lobby(participant)?,
            Act::Remove { participant, admission } => {
                self.admission.can_change()?;
                self.remove(participant);
                self.out.extend(self.admission.expel(admission, asked));
                return Ok(Answer::Later);
            }
            Act::Rotate { rotation } => {
                self.admission.can_change()?;
                if !self.rotations.allows(now, 1) {
                    return Err(Denial::TooOften);
                }
                self.out.extend(self.admission.rotate(rotation, asked));
                return Ok(Answer::Later);
            }
            Act::Admit { knock } => self.admit(now, knock)?,
            Act::AdmitAll => self.admit_all(now),
            Act::Deny { knock } => {
                let waiting = self.lobby.take(knock).ok_or(Denial::NoSuchPerson)?;
                self.turned_away.add(now, waiting.identity);
                self.refuse(waiting.connection, Refusal::Denied);
                self.tell_moderators_who_waits();
            }
            Act::ChangeSettings { settings } => {
                self.settings = settings;
                self.broadcast(&ServerMessage::Settings { settings });
            }
            Act::SetRole { participant, role } => self.set_role(participant, role),
            Act::Hold { held } => self.hold(held)?,
            Act::EndForAll => {
                self.end(Refusal::Ended);
                return Ok(Answer::None);
            }
        }
        Ok(Answer::Done)
    }
}

/// Acts on oneself.
impl Meeting {
    /// A shared screen goes with its sound, where the sound is permitted and carried as well. To have been asked to unmute is good
    /// for one time.
    fn switch(&mut self, actor: ParticipantId, source: Source, on: bool) {
        let sources = if source == Source::Screen { &SHARE[..] } else { &[source][..] };
        let settings = self.settings;
        let carried = Source::ALL.map(|other| self.people.carry(actor, other));
        self.update(actor, |person| {
            if !on {
                return person.live.retain(|live| !sources.contains(live));
            }
            let role = person.role;
            let permitted = |other| policy::may_send(other, &settings, role) && carried[other as usize];
            let goes_with_it = |other| other == source || permitted(other);
            person.live.extend(sources.iter().filter(|other| goes_with_it(**other)));
            if source == Source::Microphone {
                person.asked_to_unmute = false;
            }
        });
    }

    /// The speaker hears no echo: the answer is enough.
    fn say(
        &mut self,
        from: ParticipantId,
        to: Option<ParticipantId>,
        body: SealedBody,
    ) -> Result<(), Denial> {
        let said = ServerMessage::Said { from, privately: to.is_some(), body };
        match to {
            None => self.tell_others(from, &said),
            Some(to) => {
                // Whose connection is lost would never learn of it.
                let listener = self.people.get(to).and_then(Person::connection);
                self.send(listener.ok_or(Denial::NoSuchPerson)?, said);
            }
        }
        Ok(())
    }
}

/// Acts of moderators.
impl Meeting {
    fn close(&mut self, id: ParticipantId, sources: &[Source]) {
        self.update(id, |person| {
            person.live.retain(|live| !sources.contains(live));
            if sources.contains(&Source::Microphone) {
                person.asked_to_unmute = false;
            }
        });
    }

    fn mute_all(&mut self) {
        let audience = self.people.iter().filter(|person| !person.role.moderates());
        let audience: Vec<_> = audience.map(|person| person.id).collect();
        for id in audience {
            self.close(id, &SOUNDS);
        }
    }

    /// Out of the meeting and into the queue, whether or not the settings have a lobby, and without a role. Who has no
    /// connection just now is out, and must knock on coming back.
    fn send_to_lobby(&mut self, id: ParticipantId) -> Result<(), Denial> {
        let reachable = self.people.get(id).and_then(Person::connection);
        if reachable.is_some() && self.lobby.is_full() {
            return Err(Denial::Full);
        }
        let Some(person) = self.depart(id, Departure::SentToLobby) else { return Ok(()) };
        self.sent_back.add(person.identity);
        if let Some(connection) = reachable {
            let waiting = Waiting {
                id: KnockId(self.next_number()),
                connection,
                origin: person.origin,
                identity: person.identity,
                name: None,
                until: WaitingFor::Admission,
            };
            self.enqueue(waiting);
        }
        Ok(())
    }

    /// Out at once, and kept out: by key, and because the link is worthless from now on.
    fn remove(&mut self, id: ParticipantId) {
        let Some(person) = self.depart(id, Departure::Removed) else { return };
        self.removed.add(person.identity);
        if let Some(connection) = person.connection() {
            self.refuse(connection, Refusal::Removed);
        }
    }

    /// The disk has answered. Those inside get the new link, the one who asked for it like all others. Those in the
    /// lobby, who are not in the group, cannot read it: they are to ask for it.
    pub(super) fn admission_stored(&mut self, ticket: Ticket, stored: bool) {
        let Some(Outcome { asked, link, next }) = self.admission.stored(ticket, stored) else { return };
        self.out.extend(next);
        if let Some(link) = link {
            let title = self.admission.title().clone();
            let number = self.desk.rotated(link.clone(), title.clone());
            self.broadcast(&ServerMessage::Rotated { number, link, title });
            for waiting in self.lobby.take_all() {
                self.refuse(waiting.connection, Refusal::LinkChanged);
                self.tell_moderators_who_waits();
            }
        }
        for Asked { connection, request } in asked {
            if self.participant_of(connection).is_none() {
                continue;
            }
            let answer = if stored {
                ServerMessage::Done { request }
            } else {
                ServerMessage::Denied { request, reason: Denial::NotStored }
            };
            self.send(connection, answer);
        }
    }

    fn admit(&mut self, now: Instant, knock: KnockId) -> Result<(), Denial> {
        if self.lobby.get(knock).is_none() {
            return Err(Denial::NoSuchPerson);
        }
        if !self.people.has_seat(Role::Participant) {
            return Err(Denial::Full);
        }
        if let Some(waiting) = self.lobby.take(knock) {
            self.sent_back.forget(&waiting.identity);
            self.let_in(now, waiting);
        }
        self.tell_moderators_who_waits();
        Ok(())
    }

    /// As many as there are seats for, in the order of their coming.
    fn admit_all(&mut self, now: Instant) {
        for waiting in self.lobby.take_all() {
            if self.people.has_seat(Role::Participant) {
                self.sent_back.forget(&waiting.identity);
                self.let_in(now, waiting);
            } else {
                self.lobby.add(waiting);
            }
        }
        self.tell_moderators_who_waits();
    }

    fn set_role(&mut self, id: ParticipantId, role: Role) {
        let Some(identity) = self.people.get(id).map(|person| person.identity) else { return };
        self.held.forget(&identity);
        self.update(id, |person| person.take_role(role));
        if role.moderates() {
            self.tell_moderators_who_waits();
        }
    }

    fn hold(&mut self, held: HeldState) -> Result<(), Denial> {
        self.held.hold(held.clone(), &self.host_key, &self.id)?;
        self.broadcast(&ServerMessage::Held { held });
        Ok(())
    }
}
