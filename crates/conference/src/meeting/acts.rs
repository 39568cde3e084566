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
use crate::sealed::{Grant, SealedBody};
use crate::settings::Role;
use crate::wire::{
    Act, Channel, Denial, Departure, HeldState, Moderation, Refusal, Rotation, ServerMessage, Source,
    WaitingFor,
};

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
        let person = self.people.get_mut(id).ok_or(Denial::NoSuchPerson)?;
        if !person.pace.allows(now, pace::cost(&act)) {
            return Err(Denial::TooOften);
        }
        let actor = Actor {
            id,
            role: person.role,
            asked_to_unmute: person.asked_to_unmute,
            shares_screen: person.live.contains(&Source::Screen),
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
            | Act::LowerHand { participant }
            | Act::Say { to: Some(participant), .. } => *participant,
            Act::Switch { .. }
            | Act::Hand { .. }
            | Act::Rename { .. }
            | Act::Reseal { .. }
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
            Act::Hand { up } => self.raise_hand(actor, up),
            Act::Rename { name } => {
                let number = self.admission.number();
                self.update(actor, |person| (person.name, person.sealed_for) = (name, number));
            }
            Act::Reseal { name } => {
                let number = self.admission.number();
                if self.people.get(actor).is_none_or(|person| person.sealed_for == number) {
                    return Err(Denial::TooOften);
                }
                self.update(actor, |person| (person.name, person.sealed_for) = (name, number));
            }
            Act::Quality { quality } => {
                self.update(actor, |person| person.quality = quality);
            }
            Act::Say { channel, to, body } => self.say(actor, channel, to, body)?,
            Act::Leave => {
                self.depart(actor, Departure::Left);
            }

            Act::Mute { participant } => {
                if self.close(participant, &SOUNDS) {
                    self.notify(participant, actor, Moderation::Muted);
                }
            }
            Act::MuteAll => self.mute_all(actor),
            Act::AskToUnmute { participant } => {
                if let Some(person) = self.people.get_mut(participant) {
                    person.asked_to_unmute = true;
                }
                self.notify(participant, actor, Moderation::AskedToUnmute);
            }
            Act::StopVideo { participant } => {
                if self.close(participant, &[Source::Camera]) {
                    self.notify(participant, actor, Moderation::VideoStopped);
                }
            }
            Act::StopScreen { participant } => {
                if self.close(participant, &SHARE) {
                    self.notify(participant, actor, Moderation::ScreenStopped);
                }
            }
            Act::LowerHand { participant } => {
                if self.update(participant, |person| person.hand = None) {
                    self.notify(participant, actor, Moderation::HandLowered);
                }
            }
            Act::SendToLobby { participant } => self.send_to_lobby(participant)?,
            Act::Remove { participant, rotation } => {
                self.admission.can_change()?;
                // Never held up by the pace, but it counts.
                self.rotations.allows(now, 1);
                self.remove(participant);
                return Ok(self.change_link(rotation, true, asked));
            }
            Act::Rotate { rotation } => {
                self.admission.can_change()?;
                if !self.rotations.allows(now, 1) {
                    return Err(Denial::TooOften);
                }
                return Ok(self.change_link(rotation, false, asked));
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
            Act::SetRole { participant, role, grant } => {
                self.set_role(participant, role, grant);
            }
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
    /// A shared screen goes with its sound, where the sound is permitted as well. To have been asked to unmute is good
    /// for one time.
    fn switch(&mut self, actor: ParticipantId, source: Source, on: bool) {
        let sources = if source == Source::Screen { &SHARE[..] } else { &[source][..] };
        let settings = self.settings;
        self.update(actor, |person| {
            if !on {
                return person.live.retain(|live| !sources.contains(live));
            }
            let role = person.role;
            let goes_with_it = |other: Source| other == source || policy::may_send(other, &settings, role);
            person.live.extend(sources.iter().filter(|other| goes_with_it(**other)));
            if source == Source::Microphone {
                person.asked_to_unmute = false;
            }
        });
    }

    fn raise_hand(&mut self, actor: ParticipantId, up: bool) {
        self.hands += 1;
        let number = self.hands;
        self.update(actor, |person| person.hand = up.then(|| person.hand.unwrap_or(number)));
    }

    /// The speaker hears no echo: the answer is enough.
    fn say(
        &mut self,
        from: ParticipantId,
        channel: Channel,
        to: Option<ParticipantId>,
        body: SealedBody,
    ) -> Result<(), Denial> {
        let said = ServerMessage::Said { from, privately: to.is_some(), channel, body };
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
    /// Closes gates. `false`: they were closed already.
    fn close(&mut self, id: ParticipantId, sources: &[Source]) -> bool {
        self.update(id, |person| {
            person.live.retain(|live| !sources.contains(live));
            if sources.contains(&Source::Microphone) {
                person.asked_to_unmute = false;
            }
        })
    }

    fn mute_all(&mut self, actor: ParticipantId) {
        let audience = self.people.iter().filter(|person| !person.role.moderates());
        let audience: Vec<_> = audience.map(|person| person.id).collect();
        for id in audience {
            self.close(id, &SOUNDS);
            self.notify(id, actor, Moderation::MutedAll);
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
                name: person.name,
                knows: self.admission.number(),
                until: WaitingFor::Admission,
            };
            self.enqueue(waiting);
        }
        Ok(())
    }

    /// Out at once, and kept out: by key from now on, by the new link as soon as it is stored.
    fn remove(&mut self, id: ParticipantId) {
        let Some(person) = self.depart(id, Departure::Removed) else { return };
        self.removed.add(person.identity);
        if let Some(connection) = person.connection() {
            self.refuse(connection, Refusal::Removed);
        }
    }

    fn change_link(&mut self, rotation: Rotation, expels: bool, asked: Asked) -> Answer {
        if let Some(effect) = self.admission.change(rotation, expels, asked) {
            self.out.push(effect);
        }
        Answer::Later
    }

    /// The disk has answered. Those inside get the new link, the one who asked for it like all others; those in the
    /// lobby get it when they are admitted.
    pub(super) fn admission_stored(&mut self, ticket: Ticket, stored: bool) {
        let Some(Outcome { asked, link }) = self.admission.stored(ticket, stored) else { return };
        if let Some(link) = link {
            let title = self.admission.title().clone();
            let number = self.desk.rotated(link.clone(), title.clone());
            self.broadcast(&ServerMessage::Rotated { number, link, title });
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

    fn set_role(&mut self, id: ParticipantId, role: Role, grant: Grant) {
        let Some(identity) = self.people.get(id).map(|person| person.identity) else { return };
        self.held.forget(&identity);
        self.update(id, |person| (person.role, person.grant) = (role, Some(grant)));
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
