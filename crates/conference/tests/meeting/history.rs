//! One random history, read from bytes, so that the same function serves the property test and the fuzz target.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use incamera_conference::effect::{Input, Standing};
use incamera_conference::ids::{ConnectionId, KnockId, ParticipantId, Signature};
use incamera_conference::limits::{EMPTY_GRACE, RECONNECT_GRACE};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{
    Act, Denial, GroupEvent, GroupMessage, HeldState, Refusal, Source, WaitingFor,
};

use crate::harness::{Answer, World, add, ask_add, body, commit, found, identity, remove, rotation, token};
use crate::model::{At, Brought, Model, Outcome, Place, Signed};

/// Bytes of one step.
const STEP: usize = 4;
/// Steps of one history at most.
const STEPS: usize = 150;

/// Lives through the history that the bytes tell. Panics where meeting and model part.
pub(crate) fn run(bytes: &[u8]) -> Coverage {
    let (founding, steps) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    let settings = MeetingSettings {
        lobby: founding & 1 != 0,
        early_start: founding & 2 != 0,
        unmute: founding & 4 == 0,
        ..MeetingSettings::default()
    };
    let world = World::with(settings);
    let model = Model::new(settings, Some(0), world.now);
    let mut history = History {
        world,
        model,
        signed: Vec::new(),
        sequence: 0,
        followed: BTreeMap::new(),
        coverage: Coverage::default(),
    };
    for step in steps.chunks_exact(STEP).take(STEPS) {
        history.step(step.try_into().expect("a whole step"));
        history.compare();
        if history.world.over.is_some() {
            history.restart();
        }
    }
    history.all_come_in();
    history.coverage
}

/// What happened, to see that the histories are worth their time.
pub(crate) type Coverage = BTreeMap<&'static str, u32>;

struct History {
    world: World,
    model: Model,
    /// The states that the host signed, with what they say.
    signed: Vec<(HeldState, Signed)>,
    sequence: u32,
    /// How far each person's last page followed the group.
    followed: BTreeMap<u8, u32>,
    coverage: Coverage,
}

impl History {
    fn step(&mut self, [kind, who, what, extra]: [u8; STEP]) {
        let who = who % 7;
        match kind % 22 {
            0..5 => self.hello(who, what, extra),
            5..11 => self.act(who, what, extra),
            11 => {
                self.lose(who);
                if what & 1 != 0 && self.world.over.is_none() {
                    self.hello(who, what | 4, extra);
                }
            }
            12 => self.stored(what % 4 != 0),
            13 => self.pass(Duration::from_secs(u64::from(what % 64) + 1)),
            14 if what % 4 == 0 => self.sign_out(who),
            15 if what % 4 == 0 => {
                self.count("restart");
                self.restart();
            }
            14 | 15 => self.change_link(what, extra),
            16 => self.floor(what),
            _ => self.group(who, what, extra),
        }
    }

    /// Chance alone comes to this too seldom: a moderator changes the link, removes somebody, or both.
    fn change_link(&mut self, what: u8, extra: u8) {
        const ROTATE: u8 = 15;
        const REMOVE: u8 = 13;
        let Some(who) = self.a_moderator() else { return };
        if what & 8 == 0 {
            self.act(who, ROTATE, extra);
        }
        if what & 0x30 == 0 {
            self.act(who, REMOVE, extra);
        }
        self.stored(what & 0x40 == 0);
    }

    /// Neither to this: a moderator gives somebody the floor, who makes use of it, and perhaps takes it back.
    fn floor(&mut self, what: u8) {
        const SET_ROLE: u8 = 20;
        const SWITCH_ON: u8 = 0;
        let Some(who) = self.a_moderator() else { return };
        let whom = what % 7;
        // Of those that name the person, one for each role.
        let of = |role: u8| (8 * role..8 * role + 8).find(|extra| extra % 7 == whom).expect("eight in a row");
        self.act(who, SET_ROLE, of(2));
        self.act(whom, SWITCH_ON, what >> 4);
        if what & 8 == 0 {
            self.act(who, SET_ROLE, of(1));
        }
    }

    fn a_moderator(&self) -> Option<u8> {
        let moderates = |place: &Place| place.role.moderates() && matches!(place.at, At::Connected(_));
        self.model.places.iter().rev().find(|(_, place)| moderates(place)).map(|(who, _)| *who)
    }

    fn count(&mut self, what: &'static str) {
        *self.coverage.entry(what).or_default() += 1;
    }

    // Identities 0 and 1 are of pages that the owner uses, signed in or not.
    fn hello(&mut self, who: u8, what: u8, extra: u8) {
        let standing = if who < 2 && what & 3 != 0 { Standing::Owner } else { Standing::Guest };
        let known = self.followed.get(&who).copied().filter(|_| what & 4 != 0);
        let link = match extra % 8 {
            0 => None,
            // Who goes on in the group needs no link, and comes with a former one as well.
            1..5 if known.is_some() => Some(self.model.newest_link.wrapping_sub(1)),
            1 => Some(self.model.newest_link.wrapping_sub(1)),
            2 => Some(self.model.newest_link),
            3 => self.model.disk,
            _ => self.model.links.last().copied().flatten(),
        };
        let state = match what / 8 % 4 {
            0 if !self.signed.is_empty() => Some(self.signed[usize::from(extra) % self.signed.len()].clone()),
            1 => self.signed.last().cloned(),
            _ => None,
        };
        let forged = extra > 200;
        let held = state.as_ref().map(|(held, _)| match forged {
            true => HeldState { signature: Signature([extra; 64]), ..held.clone() },
            false => held.clone(),
        });

        let connection = self.world.greet(standing, who, |hello| {
            hello.token = link.map(token);
            hello.held = held;
            hello.group = known;
        });
        let signed = state.filter(|_| !forged).map(|(_, signed)| signed);
        let before = self.model.sequence;
        // Who could have gone on and was refused is a matter of the tests of the group.
        let goes_on = self.world.page(connection).group.followed.is_some() && self.world.is_in(connection);
        let brought = Brought { link, signed, goes_on };
        let linked = self.model.admits(link);
        let outcome = self.model.hello(self.world.now, connection, who, standing, brought);
        match &outcome {
            Outcome::In => assert_eq!(self.world.inside(connection).linked, linked),
            Outcome::Waits(until) => assert_eq!(self.world.waiting(connection), Some(*until)),
            Outcome::Refused(reason) => assert_eq!(self.world.refused(connection), Some(*reason)),
        }
        self.count(match outcome {
            Outcome::In if standing == Standing::Owner => "owner in",
            Outcome::In if linked => "guest in",
            Outcome::In if goes_on => "guest goes on in the group without the link",
            Outcome::In => "guest in by a worthless link",
            Outcome::Waits(WaitingFor::Host) => "waits for the host",
            Outcome::Waits(WaitingFor::Admission) => "waits for admission",
            Outcome::Refused(Refusal::NotAdmitted) => "not admitted",
            Outcome::Refused(Refusal::Removed) => "removed",
            Outcome::Refused(Refusal::LinkChanged) => "another link",
            Outcome::Refused(Refusal::Locked) => "locked",
            Outcome::Refused(Refusal::Denied) => "turned away",
            Outcome::Refused(_) => "refused otherwise",
        });
        if self.model.sequence != before {
            self.count("handed back");
        }
    }

    fn act(&mut self, who: u8, what: u8, extra: u8) {
        // Slow enough for the pace, which has tests of its own.
        self.pass(Duration::from_secs(2));
        if self.world.over.is_some() {
            return;
        }
        let whom = extra % 7;
        let connection = match (self.model.places.get(&who), self.model.queue.get(&who)) {
            (Some(Place { at: At::Connected(connection), .. }), _) | (None, Some((connection, _))) => {
                *connection
            }
            _ => return,
        };
        let Some(act) = self.choose(who, whom, what, extra) else { return };
        let answer = self.world.act(connection, act.clone());
        let Some(place) = self.model.places.get(&who) else {
            assert_eq!(answer, Answer::Nothing, "P2: an answer to somebody who waits");
            if act == Act::Leave {
                self.model.queue.remove(&who);
                self.model.settle(self.world.now);
            }
            return self.count("act of somebody who waits");
        };
        let role = place.role;
        let allowed = self.model.allows(who, &act, whom);
        if !allowed {
            assert!(matches!(answer, Answer::Denied(_)), "P3: {role:?} did {act:?} to {whom}");
            assert_eq!(self.world.last.len(), 1, "a denial has no other effect");
            return self.count("denied");
        }
        assert!(!matches!(answer, Answer::Denied(_)), "{role:?} could not do {act:?}: {answer:?}");
        self.count(match role {
            Role::CoHost => "done by a co-host",
            Role::Speaker => "done by a speaker",
            Role::Participant | Role::Host => "done",
        });
        if matches!(act, Act::SetRole { role: Role::Participant, .. })
            && self.model.places.get(&whom).is_some_and(|p| p.role == Role::Speaker && !p.live.is_empty())
        {
            self.count("the floor taken from somebody who sends");
        }
        if matches!(act, Act::Remove { .. }) {
            self.count("somebody removed");
        }
        if let Act::Hold { held } = &act {
            let people = self.model.places.iter().map(|(who, place)| (*who, place.role)).collect();
            let settings = self.model.settings;
            self.signed.push((
                held.clone(),
                Signed { sequence: self.sequence, at: self.world.now, settings, people },
            ));
            self.model.sequence = self.sequence;
        }
        self.model.apply(self.world.now, who, act, whom);
    }

    /// An act, about whoever has the number `whom`. `None`: nobody is there to name, or no link is left.
    fn choose(&mut self, who: u8, whom: u8, what: u8, extra: u8) -> Option<Act> {
        let participant = self.participant(whom);
        let knock = self.knock(whom);
        let sources = Source::ALL;
        Some(match what % 24 {
            0..3 => Act::Switch { source: sources[usize::from(extra) % 4], on: true },
            4 => Act::Switch { source: sources[usize::from(extra) % 4], on: false },
            5 if extra & 8 == 0 => Act::Say { to: None, body: body(1) },
            5 => Act::Say { to: Some(participant?), body: body(1) },
            6 => Act::Leave,
            7 | 8 => Act::Mute { participant: participant? },
            9 => Act::MuteAll,
            10 => Act::AskToUnmute { participant: participant? },
            11 => Act::StopVideo { participant: participant? },
            12 => Act::StopScreen { participant: participant? },
            13 | 14 => remove(participant?),
            15 => Act::Rotate { rotation: rotation(self.model.next_link()?) },
            16 => Act::Admit { knock: knock? },
            17 => Act::AdmitAll,
            3 | 18 => Act::Deny { knock: knock? },
            19 => Act::SendToLobby { participant: participant? },
            20 | 21 => {
                let roles = [Role::CoHost, Role::Participant, Role::Speaker, Role::CoHost, Role::Host];
                let role = roles[usize::from(extra / 8) % 5];
                Act::SetRole { participant: participant?, role }
            }
            22 => {
                let flip = |bit: u8, setting: bool| setting != (extra & bit != 0 && extra & 0x80 != 0);
                let now = self.model.settings;
                Act::ChangeSettings {
                    settings: MeetingSettings {
                        lobby: flip(1, now.lobby),
                        locked: flip(2, now.locked),
                        early_start: flip(4, now.early_start),
                        unmute: flip(8, now.unmute),
                        video: flip(16, now.video),
                        screen: flip(32, now.screen),
                        strict: flip(64, now.strict),
                        ..now
                    },
                }
            }
            _ => {
                if self.model.places.get(&who)?.role == Role::Host {
                    self.sequence += 1;
                }
                let people: Vec<_> =
                    self.model.places.iter().map(|(who, place)| (*who, place.role)).collect();
                Act::Hold { held: self.world.held(self.sequence, self.model.settings, &people) }
            }
        })
    }

    /// Somebody does something about the group: what they were asked for, or anything else.
    fn group(&mut self, who: u8, what: u8, extra: u8) {
        self.pass(Duration::from_secs(1));
        if self.world.over.is_some() {
            return;
        }
        let connection = match (self.model.places.get(&who), self.model.queue.get(&who)) {
            (Some(Place { at: At::Connected(connection), .. }), _) => *connection,
            (None, Some((connection, _))) => {
                assert_eq!(self.world.group(*connection, commit(0)), Answer::Nothing, "P2");
                return self.count("group: somebody who waits");
            }
            _ => return,
        };
        let epoch = self.world.sequence.epoch();
        let number = self.world.page(connection).group.followed.unwrap_or_default();
        let message = match what % 8 {
            0 => found(),
            1 => commit(epoch.wrapping_add(u32::from(extra & 1))),
            2 => ask_add(),
            3 if extra < 64 => GroupMessage::Again,
            4 | 5 => GroupMessage::Refuse { number },
            _ => match self.expected_of(connection) {
                Some(message) => message,
                None => return,
            },
        };
        let commits = matches!(message, GroupMessage::Commit { .. });
        if self.say(connection, message) == Answer::Done && commits && extra.is_multiple_of(4) {
            self.refuse_together(connection, extra);
        }
    }

    /// Some of the others refuse what this page has just done.
    fn refuse_together(&mut self, author: ConnectionId, extra: u8) {
        let number = self.world.page(author).group.followed.expect("its author follows it");
        let others: Vec<_> = self.world.members().map(|(connection, ..)| connection).collect();
        for (at, connection) in others.into_iter().enumerate() {
            if connection != author && extra & (16 << (at % 4)) == 0 {
                self.say(connection, GroupMessage::Refuse { number });
            }
        }
    }

    /// What a good page does now.
    fn expected_of(&self, connection: ConnectionId) -> Option<GroupMessage> {
        let epoch = self.world.sequence.epoch();
        match self.world.page(connection).group.heard.last()? {
            GroupEvent::Found => Some(found()),
            GroupEvent::Turn { .. } => Some(commit(epoch)),
            GroupEvent::Add { people } => {
                Some(add(epoch, people.iter().map(|person| person.participant).collect()))
            }
            _ => None,
        }
    }

    fn say(&mut self, connection: ConnectionId, message: GroupMessage) -> Answer {
        let what = match &message {
            GroupMessage::Found { .. } => "group: found",
            GroupMessage::Commit { welcome: Some(_), .. } => "group: added",
            GroupMessage::Commit { .. } => "group: commit",
            GroupMessage::AskAdd { .. } => "group: asked to be added",
            GroupMessage::Again => "group: again",
            GroupMessage::Refuse { .. } => "group: refused",
        };
        let answer = self.world.group(connection, message);
        match answer {
            Answer::Done => self.count(what),
            Answer::Denied(Denial::StaleEpoch) => self.count("group: stale"),
            Answer::Denied(Denial::OutOfTurn) => self.count("group: out of turn"),
            Answer::Denied(Denial::TooOften) => self.count("group: too often"),
            other => panic!("{other:?}"),
        }
        let now = self.world.now;
        let mut faults = 0;
        for place in self.model.places.values_mut() {
            if let At::Connected(connection) = place.at
                && self.world.page(connection).refused == Some(Refusal::GroupFault)
            {
                place.at = At::Lost(now);
                faults += 1;
            }
        }
        if faults > 0 {
            self.count("group: withdrawn");
        }
        self.model.settle(now);
        answer
    }

    /// Whatever happened: when all who are left behave, all come into the group, one after another.
    fn all_come_in(&mut self) {
        for _ in 0..60 {
            self.pass(Duration::from_secs(2));
            let members: Vec<_> = self.world.members().map(|(connection, ..)| connection).collect();
            for connection in members {
                if let Some(message) = self.expected_of(connection) {
                    self.say(connection, message);
                }
            }
        }
        let outside = self.world.members().filter(|(_, page, _)| page.group.followed.is_none()).count();
        assert_eq!(outside, 0, "somebody does not come into the group");
    }

    fn participant(&self, who: u8) -> Option<ParticipantId> {
        let (_, _, inside) = self.world.members().next()?;
        let key = identity(who);
        let person = inside.people.values().find(|person| person.identity == key);
        // Sometimes nobody has the number: then the act names nobody.
        Some(person.map_or(ParticipantId(u32::MAX), |person| person.id))
    }

    fn knock(&self, who: u8) -> Option<KnockId> {
        let moderators =
            self.world.members().filter(|(_, _, inside)| inside.people[&inside.me].role.moderates());
        let (_, _, inside) = { moderators }.next()?;
        let at = inside.knockers.iter().position(|key| *key == identity(who));
        Some(at.map_or(KnockId(u32::MAX), |at| inside.knocks[at]))
    }

    fn lose(&mut self, who: u8) {
        let now = self.world.now;
        self.note_followed(who);
        if let Some(Place { at, .. }) = self.model.places.get_mut(&who)
            && let At::Connected(connection) = *at
        {
            *at = At::Lost(now);
            self.world.lose(connection);
            self.count("lost");
        } else if let Some((connection, _)) = self.model.queue.remove(&who) {
            self.world.lose(connection);
        }
        self.model.settle(now);
    }

    fn note_followed(&mut self, who: u8) {
        if let Some(Place { at: At::Connected(connection), .. }) = self.model.places.get(&who) {
            match self.world.page(*connection).group.followed {
                Some(number) => self.followed.insert(who, number),
                None => self.followed.remove(&who),
            };
        }
    }

    fn sign_out(&mut self, who: u8) {
        if let Some(Place { at: At::Connected(connection), .. }) = self.model.places.get(&who) {
            let connection = *connection;
            self.world.handle(Input::SignedOut { connection });
            assert_eq!(self.world.refused(connection), Some(Refusal::SignedOut));
            self.model.places.remove(&who);
            self.model.settle(self.world.now);
            self.count("signed out");
        }
    }

    fn stored(&mut self, stored: bool) {
        if self.model.changes.is_empty() {
            return;
        }
        self.world.store(stored);
        let waited: Vec<_> = self.model.queue.values().map(|(connection, _)| *connection).collect();
        if self.model.stored(self.world.now, stored) {
            for connection in waited {
                assert_eq!(self.world.refused(connection), Some(Refusal::LinkChanged));
                self.count("waited while the link changed");
            }
            if self.model.worthless {
                self.count("a link that a removal overtook");
            }
        }
        self.count(if stored { "stored" } else { "not stored" });
    }

    fn pass(&mut self, duration: Duration) {
        self.world.pass(duration);
        let now = self.world.now;
        let is_kept = |place: &Place| !matches!(place.at, At::Lost(since) if since + RECONNECT_GRACE <= now);
        let before = self.model.places.len();
        self.model.places.retain(|_, place| is_kept(place));
        if self.model.places.len() < before {
            self.count("given up");
        }
        let over = self.model.empty_since.is_some_and(|since| since + EMPTY_GRACE <= now);
        assert!(!over || self.world.over == Some(true), "deserted and not over");
    }

    fn restart(&mut self) {
        self.world.restart();
        let mut model = Model::new(self.model.founding, self.model.disk, self.world.now);
        model.newest_link = self.model.newest_link;
        self.model = model;
    }

    /// The meeting is as the model says.
    fn compare(&mut self) {
        let Self { world, model, .. } = self;
        if world.over.is_some() {
            let connected = model.places.values().any(|place| matches!(place.at, At::Connected(_)));
            assert!(!connected && model.queue.is_empty(), "over with people in it");
            return self.count("over");
        }
        assert_eq!(world.bound.len(), model.places.len(), "places");
        if let Some((_, _, inside)) = world.members().next() {
            assert_eq!(inside.settings, model.settings);
            for person in inside.people.values() {
                let place = &model.places[&person.identity.0[0]];
                assert_eq!(person.role, place.role, "P3: role of {}", person.identity.0[0]);
                assert_eq!(person.connected, matches!(place.at, At::Connected(_)));
                assert!(person.live.iter().eq(place.live.iter()), "gates of {}", person.identity.0[0]);
            }
        }
        let members: BTreeSet<_> = world.members().map(|(connection, ..)| connection).collect();
        let connected = model.places.values().filter_map(|place| match place.at {
            At::Connected(connection) => Some(connection),
            At::Lost(_) => None,
        });
        assert_eq!(members, connected.collect(), "who is in");
        let waiting = world.pages.iter().filter(|(_, page)| !page.closed);
        let waiting: BTreeSet<_> = waiting
            .filter_map(|(connection, page)| page.waiting.map(|until| (*connection, until as u8)))
            .collect();
        let queue = model.queue.values().map(|(connection, until)| (*connection, *until as u8));
        assert_eq!(waiting, queue.collect(), "who waits");
    }
}
