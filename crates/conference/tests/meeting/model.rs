//! The reference model: who has a place and as what, who waits, which gates are open and which link admits. It knows
//! nothing of messages, nor of the group; the harness checks what each page is told (P2, S2) and that enforcement comes first (P3).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use incamera_conference::effect::Standing;
use incamera_conference::ids::ConnectionId;
use incamera_conference::limits::{DENIAL, HANDBACK_WINDOW, HELD_STATE_AGE, LINKS};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Refusal, Source, WaitingFor};

/// The last link that a token exists for.
const LAST_LINK: u8 = 200;

pub(crate) struct Model {
    pub(crate) settings: MeetingSettings,
    pub(crate) founding: MeetingSettings,
    pub(crate) begun: bool,
    pub(crate) places: BTreeMap<u8, Place>,
    pub(crate) queue: BTreeMap<u8, (ConnectionId, WaitingFor)>,
    pub(crate) removed: BTreeSet<u8>,
    pub(crate) turned_away: BTreeMap<u8, Instant>,
    pub(crate) sent_back: BTreeSet<u8>,
    /// The links that those inside were told, the newest last; at first the one on the disk, where it is anybody's.
    pub(crate) links: Vec<Option<u8>>,
    /// Whether somebody was removed since the last of them.
    pub(crate) worthless: bool,
    /// On their way to the disk. `None`: a removal.
    pub(crate) changes: VecDeque<Option<u8>>,
    /// The link on the disk. `None`: nobody's.
    pub(crate) disk: Option<u8>,
    /// The last that was made.
    pub(crate) newest_link: u8,
    /// Of the newest held state that was taken.
    pub(crate) sequence: u32,
    pub(crate) expected: BTreeMap<u8, Role>,
    pub(crate) window: Instant,
    pub(crate) owner_came: bool,
    pub(crate) empty_since: Option<Instant>,
}

pub(crate) struct Place {
    pub(crate) role: Role,
    pub(crate) at: At,
    pub(crate) live: BTreeSet<Source>,
    pub(crate) asked: bool,
}

impl Place {
    fn set_role(&mut self, role: Role) {
        if (self.role, role) == (Role::Speaker, Role::Participant) {
            self.live.clear();
            self.asked = false;
        }
        self.role = role;
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum At {
    Connected(ConnectionId),
    Lost(Instant),
}

/// What somebody brings along.
#[derive(Clone)]
pub(crate) struct Brought {
    pub(crate) link: Option<u8>,
    pub(crate) signed: Option<Signed>,
    /// What they missed of the group is still known.
    pub(crate) goes_on: bool,
}

/// What the model says of a hello.
#[derive(PartialEq, Debug)]
pub(crate) enum Outcome {
    In,
    Waits(WaitingFor),
    Refused(Refusal),
}

/// What matters in a held state.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) sequence: u32,
    pub(crate) at: Instant,
    pub(crate) settings: MeetingSettings,
    pub(crate) people: BTreeMap<u8, Role>,
}

impl Model {
    pub(crate) fn new(settings: MeetingSettings, disk: Option<u8>, boot: Instant) -> Self {
        Self {
            settings,
            founding: settings,
            begun: false,
            places: BTreeMap::new(),
            queue: BTreeMap::new(),
            removed: BTreeSet::new(),
            turned_away: BTreeMap::new(),
            sent_back: BTreeSet::new(),
            links: vec![disk],
            worthless: false,
            changes: VecDeque::new(),
            disk,
            newest_link: 0,
            sequence: 0,
            expected: BTreeMap::new(),
            window: boot + HANDBACK_WINDOW,
            owner_came: false,
            empty_since: None,
        }
    }

    pub(crate) fn next_link(&self) -> Option<u8> {
        (self.newest_link < LAST_LINK).then_some(self.newest_link + 1)
    }

    pub(crate) fn hello(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        who: u8,
        standing: Standing,
        brought: Brought,
    ) -> Outcome {
        let outcome = self.receive(now, connection, who, standing == Standing::Owner, brought);
        match outcome {
            Outcome::In => {
                self.queue.remove(&who);
                self.begin(now);
            }
            Outcome::Waits(until) => {
                self.queue.insert(who, (connection, until));
            }
            Outcome::Refused(_) => {}
        }
        self.settle(now);
        outcome
    }

    fn receive(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        who: u8,
        owner: bool,
        brought: Brought,
    ) -> Outcome {
        let Brought { link, signed, goes_on } = brought;
        let returns = self.places.get(&who).is_some_and(|place| place.role != Role::Host);
        if owner {
            self.removed.remove(&who);
        } else if self.removed.contains(&who) {
            return Outcome::Refused(Refusal::Removed);
        } else if returns {
            if !self.is_newest(link) && !goes_on {
                let former = self.links.iter().rev().skip(1).take(LINKS);
                let known = link.is_some() && former.copied().any(|known| known == link);
                return Outcome::Refused(if known { Refusal::LinkChanged } else { Refusal::NotAdmitted });
            }
        } else if !self.admits(link) {
            return Outcome::Refused(Refusal::NotAdmitted);
        } else if self.turned_away.get(&who).is_some_and(|since| now < *since + DENIAL) {
            return Outcome::Refused(Refusal::Denied);
        }
        let counts = now < self.window && (owner || !self.owner_came);
        let is_new = |signed: &Signed| signed.sequence > self.sequence && now - signed.at <= HELD_STATE_AGE;
        if let Some(signed) = signed.filter(|signed| counts && is_new(signed)) {
            self.hand_back(now, signed);
        }
        self.owner_came |= owner;
        let expected = self.expected(now, who);
        if let Some(place) = self.places.get_mut(&who) {
            place.at = At::Connected(connection);
            place.role = match (owner, place.role) {
                (true, _) => Role::Host,
                (false, Role::Host) => Role::Participant,
                (false, role) => role,
            };
            return Outcome::In;
        }
        if owner || expected.is_some() {
            let role = if owner { Role::Host } else { expected.unwrap_or(Role::Participant) };
            self.place(who, role, connection);
            return Outcome::In;
        }
        if let Some((_, until)) = self.queue.get(&who) {
            return Outcome::Waits(*until);
        }
        if self.settings.locked {
            return Outcome::Refused(Refusal::Locked);
        }
        if !self.begun && !self.settings.early_start {
            return Outcome::Waits(WaitingFor::Host);
        }
        if self.settings.lobby || self.sent_back.contains(&who) {
            return Outcome::Waits(WaitingFor::Admission);
        }
        self.place(who, Role::Participant, connection);
        Outcome::In
    }

    fn place(&mut self, who: u8, role: Role, connection: ConnectionId) {
        let at = At::Connected(connection);
        self.places.insert(who, Place { role, at, live: BTreeSet::new(), asked: false });
    }

    fn expected(&self, now: Instant, who: u8) -> Option<Role> {
        let in_time = now < self.window && !self.sent_back.contains(&who);
        self.expected.get(&who).copied().filter(|_| in_time)
    }

    fn hand_back(&mut self, now: Instant, signed: Signed) {
        self.sequence = signed.sequence;
        self.settings = signed.settings;
        let guest = |role| if role == Role::Host { Role::Participant } else { role };
        self.expected = signed.people.into_iter().map(|(who, role)| (who, guest(role))).collect();
        let whos: Vec<_> = self.places.keys().copied().collect();
        for who in whos {
            let role = self.expected(now, who).unwrap_or(Role::Participant);
            if let Some(place) = self.places.get_mut(&who).filter(|place| place.role != Role::Host) {
                place.set_role(role);
            }
        }
        self.begin(now);
        self.admit_where(now, |model, who| model.expected(now, who).is_some());
    }

    fn begin(&mut self, now: Instant) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        if self.settings.lobby {
            for (_, until) in self.queue.values_mut() {
                *until = WaitingFor::Admission;
            }
        } else {
            self.admit_where(now, |model, who| model.queue[&who].1 == WaitingFor::Host);
        }
    }

    fn admit_where(&mut self, now: Instant, which: impl Fn(&Self, u8) -> bool) {
        let whos: Vec<_> = self.queue.keys().copied().filter(|who| which(self, *who)).collect();
        for who in whos {
            let (connection, _) = self.queue.remove(&who).expect("one of its keys");
            let role = self.expected(now, who).unwrap_or(Role::Participant);
            self.place(who, role, connection);
        }
    }

    /// The rules of moderation, said once more and more simply.
    pub(crate) fn allows(&self, who: u8, act: &Act, whom: u8) -> bool {
        let me = &self.places[&who];
        let ranks = [Role::Participant, Role::Speaker, Role::CoHost, Role::Host];
        let rank = |role: Role| ranks.iter().position(|r| *r == role);
        let above =
            who != whom && self.places.get(&whom).is_some_and(|other| rank(other.role) < rank(me.role));
        let moderates = matches!(me.role, Role::CoHost | Role::Host);
        let hosts = me.role == Role::Host;
        let knocks = self.queue.get(&whom).is_some_and(|(_, until)| *until == WaitingFor::Admission);
        match act {
            Act::Switch { on: true, source: Source::ScreenAudio } if !me.live.contains(&Source::Screen) => {
                false
            }
            Act::Switch { on: true, source } => {
                me.role != Role::Participant
                    || match source {
                        Source::Microphone => self.settings.unmute || me.asked,
                        Source::Camera => self.settings.video,
                        Source::Screen => self.settings.screen,
                        Source::ScreenAudio => self.settings.screen && self.settings.unmute,
                    }
            }
            Act::Switch { on: false, .. } | Act::Say { to: None, .. } | Act::Leave => true,
            Act::Say { .. } => {
                let is_there = |place: &Place| matches!(place.at, At::Connected(_));
                who != whom && self.places.get(&whom).is_some_and(is_there)
            }
            Act::Mute { .. }
            | Act::AskToUnmute { .. }
            | Act::StopVideo { .. }
            | Act::StopScreen { .. }
            | Act::Remove { .. }
            | Act::SendToLobby { .. } => moderates && above,
            Act::MuteAll | Act::Rotate { .. } | Act::AdmitAll => moderates,
            Act::Admit { .. } | Act::Deny { .. } => moderates && knocks,
            Act::ChangeSettings { settings } => {
                hosts || moderates && settings.early_start == self.settings.early_start
            }
            Act::SetRole { role: Role::Participant | Role::Speaker, .. } => moderates && above,
            Act::SetRole { role, .. } => hosts && above && *role == Role::CoHost,
            Act::Hold { .. } => hosts,
            other => panic!("not chosen: {other:?}"),
        }
    }

    pub(crate) fn apply(&mut self, now: Instant, who: u8, act: Act, whom: u8) {
        match act {
            Act::Switch { source, on } => {
                let me = self.places.get_mut(&who).expect("the actor");
                if on {
                    me.live.insert(source);
                    if source == Source::Screen && (me.role != Role::Participant || self.settings.unmute) {
                        me.live.insert(Source::ScreenAudio);
                    }
                } else {
                    me.live.remove(&source);
                    if source == Source::Screen {
                        me.live.remove(&Source::ScreenAudio);
                    }
                }
                me.asked &= !(on && source == Source::Microphone);
            }
            Act::Leave => drop(self.places.remove(&who)),
            Act::Mute { .. } => self.mute(whom),
            Act::MuteAll => {
                let whos: Vec<_> = self.places.keys().copied().collect();
                for whom in whos {
                    if matches!(self.places[&whom].role, Role::Participant | Role::Speaker) {
                        self.mute(whom);
                    }
                }
            }
            Act::AskToUnmute { .. } => self.places.get_mut(&whom).expect("the target").asked = true,
            Act::StopVideo { .. } => self.close(whom, Source::Camera),
            Act::StopScreen { .. } => {
                self.close(whom, Source::Screen);
                self.close(whom, Source::ScreenAudio);
            }
            Act::Remove { .. } => {
                self.places.remove(&whom);
                self.removed.insert(whom);
                self.worthless = true;
                self.changes.push_back(None);
            }
            Act::Rotate { .. } => self.rotate(),
            Act::Admit { .. } => {
                self.sent_back.remove(&whom);
                self.admit_where(now, |_, who| who == whom);
            }
            Act::AdmitAll => {
                let waiting: Vec<_> = self.queue.keys().copied().collect();
                self.sent_back.retain(|who| !waiting.contains(who));
                self.admit_where(now, |_, _| true);
            }
            Act::Deny { .. } => {
                self.queue.remove(&whom);
                self.turned_away.insert(whom, now);
            }
            Act::SendToLobby { .. } => {
                let place = self.places.remove(&whom).expect("the target");
                self.sent_back.insert(whom);
                if let At::Connected(connection) = place.at {
                    self.queue.insert(whom, (connection, WaitingFor::Admission));
                }
            }
            Act::SetRole { role, .. } => {
                self.places.get_mut(&whom).expect("the target").set_role(role);
                self.expected.remove(&whom);
            }
            Act::ChangeSettings { settings } => self.settings = settings,
            _ => {}
        }
        self.settle(now);
    }

    fn mute(&mut self, whom: u8) {
        self.close(whom, Source::Microphone);
        self.close(whom, Source::ScreenAudio);
    }

    fn close(&mut self, whom: u8, source: Source) {
        let place = self.places.get_mut(&whom).expect("the target");
        place.live.remove(&source);
        place.asked &= source != Source::Microphone;
    }

    fn rotate(&mut self) {
        if !matches!(self.changes.back(), Some(Some(_))) {
            self.newest_link += 1;
            self.changes.push_back(Some(self.newest_link));
        }
    }

    /// The disk has answered. Returns whether there is a new link.
    pub(crate) fn stored(&mut self, now: Instant, stored: bool) -> bool {
        let change = self.changes.pop_front().expect("something was to be stored");
        if !stored {
            return false;
        }
        self.disk = change;
        if change.is_none() {
            return false;
        }
        self.links.push(change);
        self.worthless = self.changes.contains(&None);
        self.queue.clear();
        self.settle(now);
        true
    }

    fn is_newest(&self, link: Option<u8>) -> bool {
        link.is_some() && self.links.last() == Some(&link)
    }

    /// Whether a stranger comes in by this link.
    pub(crate) fn admits(&self, link: Option<u8>) -> bool {
        self.is_newest(link) && !self.worthless && self.changes.is_empty()
    }

    pub(crate) fn settle(&mut self, now: Instant) {
        let connected = self.places.values().any(|place| matches!(place.at, At::Connected(_)));
        if connected || !self.queue.is_empty() {
            self.empty_since = None;
        } else if self.begun {
            self.empty_since.get_or_insert(now);
        }
    }
}
