//! The desk of the encrypted group: says who makes it, who comes in next, and which commit of an epoch counts.
//!
//! It orders and relays bytes that it cannot read (K2, B1). Whom the desk takes for a member has no more than that: it
//! is told what members are told. Who is a member indeed, and what each of them may do, the members decide.
//!
//! # What the people can rely on
//!
//! - One commit ends an epoch: the first. All members are told the same, in the same order.
//! - A commit is withdrawn, and its author out of the group, when half of the others refuse it (for a moderator's, two
//!   people at least), or one moderator who does not stand below its author.
//! - People come in one after another, so that they do not get into each other's way. Who does nothing with the turn
//!   goes to the end of the line.
//! - Nobody who is not seated in the meeting is told anything (P2).

mod log;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use crate::ids::ParticipantId;
use crate::limits::{ADDED_AT_ONCE, ADDING, FOUNDING, FOUNDING_BY_MODERATOR, REFUSING, TURN};
use crate::sealed::{GroupBytes, SealedInfo, SealedLink, SealedPackage, SealedTitle};
use crate::settings::Role;
use crate::wire::{Denial, GroupEvent, GroupMessage, GroupWelcome, PersonToAdd};

use log::{Item, Log};

/// What the desk has to know of the meeting.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// Everybody seated, in the order of their coming.
    pub(crate) people: Vec<Seated>,
    /// People are let in by moderators.
    pub(crate) lobby: bool,
}

/// One person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seated {
    pub(crate) id: ParticipantId,
    pub(crate) connected: bool,
    pub(crate) role: Role,
}

impl View {
    fn seats(&self, id: ParticipantId) -> bool {
        self.people.iter().any(|person| person.id == id)
    }

    fn reaches(&self, id: ParticipantId) -> bool {
        self.people.iter().any(|person| person.id == id && person.connected)
    }

    /// Who is gone has no role.
    fn role(&self, id: ParticipantId) -> Role {
        let person = self.people.iter().find(|person| person.id == id);
        person.map_or(Role::Participant, |person| person.role)
    }
}

/// What comes of it, in this order.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum News {
    /// To one person, where they are connected.
    Tell(ParticipantId, GroupEvent),
    /// To one person who was away: a link that came meanwhile.
    Rotated { to: ParticipantId, number: u32, link: SealedLink, title: SealedTitle },
    /// The others refused this person's commit.
    Fault(ParticipantId),
}

/// The desk.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    standing: Standing,
    /// Whom the desk takes for members: seated, but perhaps not connected.
    members: BTreeSet<ParticipantId>,
    /// Who wants in by the link.
    line: VecDeque<ParticipantId>,
    /// Of the first in the line.
    turn: Option<Turn>,
    /// Who wants to be added.
    waiting: VecDeque<PersonToAdd>,
    asked: Option<Asked>,
    /// How often members were asked in vain.
    vain: usize,
    last: Option<Last>,
    log: Log,
    news: VecDeque<News>,
}

/// How far the group is.
#[derive(Debug)]
enum Standing {
    /// There is none.
    None {
        /// How long it has to be a moderator who makes it.
        moderator_until: Option<Instant>,
    },
    /// Somebody was asked to make it.
    Founding { by: ParticipantId, until: Instant },
    /// It is there.
    Alive { epoch: u32, info: SealedInfo },
}

impl Default for Standing {
    fn default() -> Self {
        Self::None { moderator_until: None }
    }
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    whose: ParticipantId,
    until: Instant,
}

/// A member was asked to add people.
#[derive(Debug)]
struct Asked {
    member: ParticipantId,
    people: Vec<ParticipantId>,
    until: Instant,
}

/// The newest commit, as long as it can be withdrawn.
#[derive(Debug)]
struct Last {
    number: u32,
    author: ParticipantId,
    /// Have no say: they are its author's doing.
    added: Vec<ParticipantId>,
    /// Before it.
    epoch: u32,
    info: SealedInfo,
    refused: BTreeSet<ParticipantId>,
    until: Instant,
}

/// A commit as it arrives.
struct Commit {
    epoch: u32,
    commit: GroupBytes,
    info: SealedInfo,
    welcome: Option<GroupWelcome>,
}

/// Comings and goings.
impl Desk {
    /// Somebody was let in, or is back at their place by a new connection, and knows the sequence up to a number.
    /// Returns the newest number where they go on from there; else they come in anew.
    pub(crate) fn came(&mut self, id: ParticipantId, known: Option<u32>) -> Option<u32> {
        if let Some(number) = self.go_on(id, known) {
            return Some(number);
        }
        self.leave(id);
        self.line.push_back(id);
        None
    }

    /// Whether [`Self::came`] would let them go on.
    pub(crate) fn can_go_on(&self, id: ParticipantId, known: Option<u32>) -> bool {
        self.members.contains(&id) && known.is_some_and(|known| self.log.since(known).is_some())
    }

    fn go_on(&mut self, id: ParticipantId, known: Option<u32>) -> Option<u32> {
        if !self.can_go_on(id, known) {
            return None;
        }
        for (number, item) in self.log.since(known?)? {
            self.news.push_back(retell(id, *number, item));
        }
        // Perhaps the former connection was lost with the request.
        self.asked.take_if(|asked| asked.member == id);
        Some(self.log.number())
    }

    /// This person has no part in the group and does not wait for one.
    fn leave(&mut self, id: ParticipantId) {
        self.members.remove(&id);
        self.line.retain(|other| *other != id);
        self.waiting.retain(|other| other.participant != id);
        self.turn.take_if(|turn| turn.whose == id);
        if matches!(self.standing, Standing::Founding { by, .. } if by == id) {
            self.standing = Standing::default();
        }
    }

    /// The link changed. Returns the number of the change.
    pub(crate) fn rotated(&mut self, link: SealedLink, title: SealedTitle) -> u32 {
        self.log.add(Item::Rotated { link, title })
    }

    /// What is to be told.
    pub(crate) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// When [`Self::settle`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let standing = match &self.standing {
            Standing::None { moderator_until } => *moderator_until,
            Standing::Founding { until, .. } => Some(*until),
            Standing::Alive { .. } => None,
        };
        let turn = self.turn.map(|turn| turn.until);
        let asked = self.asked.as_ref().map(|asked| asked.until);
        [standing, turn, asked].into_iter().flatten().min()
    }
}

/// What people say.
impl Desk {
    /// Somebody who is seated says something about the group.
    pub(crate) fn handle(
        &mut self,
        now: Instant,
        view: &View,
        from: ParticipantId,
        message: GroupMessage,
    ) -> Result<(), Denial> {
        match message {
            GroupMessage::Found { info } => self.found(from, info),
            GroupMessage::Commit { epoch, commit, info, welcome } => {
                self.commit(now, from, Commit { epoch, commit, info, welcome })
            }
            GroupMessage::AskAdd { key_package } => self.ask_add(from, key_package),
            GroupMessage::Again => self.again(from),
            GroupMessage::Refuse { number } => self.refuse(now, view, from, number),
        }
    }

    fn found(&mut self, from: ParticipantId, info: SealedInfo) -> Result<(), Denial> {
        if !matches!(self.standing, Standing::Founding { by, .. } if by == from) {
            return Err(Denial::OutOfTurn);
        }
        self.standing = Standing::Alive { epoch: 0, info };
        self.line.retain(|other| *other != from);
        self.members.insert(from);
        let number = self.log.begin();
        self.tell(from, GroupEvent::Taken { number });
        Ok(())
    }

    fn commit(&mut self, now: Instant, from: ParticipantId, made: Commit) -> Result<(), Denial> {
        let joins = self.turn.is_some_and(|turn| turn.whose == from);
        if !joins && !self.members.contains(&from) || joins && made.welcome.is_some() {
            return Err(Denial::OutOfTurn);
        }
        let Standing::Alive { epoch, info } = &mut self.standing else { return Err(Denial::OutOfTurn) };
        let next = epoch.checked_add(1).filter(|_| made.epoch == *epoch).ok_or(Denial::StaleEpoch)?;
        *epoch = next;
        let before = std::mem::replace(info, made.info);

        let (epoch, commit) = (made.epoch, made.commit);
        let number = self.log.add(Item::Commit { epoch, from, commit: commit.clone() });
        for member in self.members.iter().filter(|member| **member != from) {
            let event = GroupEvent::Commit { number, epoch, from, commit: commit.clone() };
            self.news.push_back(News::Tell(*member, event));
        }
        self.tell(from, GroupEvent::Taken { number });
        if joins {
            self.leave(from);
            self.members.insert(from);
        }
        let added = made.welcome.map(|welcome| self.add(number, welcome)).unwrap_or_default();
        let (refused, until) = (BTreeSet::new(), now + REFUSING);
        self.last = Some(Last { number, author: from, added, epoch, info: before, refused, until });
        self.tell_turn();
        Ok(())
    }

    /// Those of them who still wait are in.
    fn add(&mut self, number: u32, welcome: GroupWelcome) -> Vec<ParticipantId> {
        let mut added = Vec::new();
        for id in welcome.to {
            let Some(at) = self.waiting.iter().position(|person| person.participant == id) else { continue };
            self.waiting.remove(at);
            self.members.insert(id);
            self.tell(id, GroupEvent::Welcome { number, message: welcome.message.clone() });
            added.push(id);
        }
        if self.asked.as_ref().is_some_and(|asked| asked.people.iter().any(|id| added.contains(id))) {
            self.end_asking();
        }
        if !added.is_empty() {
            self.vain = 0;
        }
        added
    }

    fn ask_add(&mut self, from: ParticipantId, key_package: SealedPackage) -> Result<(), Denial> {
        if !matches!(self.standing, Standing::Alive { .. }) || !self.line.contains(&from) {
            return Err(Denial::OutOfTurn);
        }
        self.leave(from);
        self.waiting.push_back(PersonToAdd { participant: from, key_package });
        Ok(())
    }

    fn again(&mut self, from: ParticipantId) -> Result<(), Denial> {
        if !self.members.contains(&from) {
            return Err(Denial::OutOfTurn);
        }
        self.leave(from);
        self.line.push_back(from);
        Ok(())
    }

    fn refuse(&mut self, now: Instant, view: &View, from: ParticipantId, number: u32) -> Result<(), Denial> {
        if !self.members.contains(&from) {
            return Err(Denial::OutOfTurn);
        }
        let is_due = |last: &&mut Last| last.number == number && now < last.until;
        let last = self.last.as_mut().filter(is_due).ok_or(Denial::StaleEpoch)?;
        let has_a_say = |id: ParticipantId| id != last.author && !last.added.contains(&id);
        if !has_a_say(from) {
            return Err(Denial::OutOfTurn);
        }
        let voters: Vec<_> =
            self.members.iter().copied().filter(|id| has_a_say(*id) && view.reaches(*id)).collect();
        last.refused.insert(from);
        let against = voters.iter().filter(|id| last.refused.contains(id)).count();
        let role = view.role(from);
        let decides = role.moderates() && role >= view.role(last.author);
        // In a small meeting one person would be half: nobody alone sends a moderator away.
        let enough = if view.role(last.author).moderates() { 2 } else { 1 };
        let half = 2 * against >= voters.len() && against >= enough;
        if decides || half {
            self.withdraw();
        }
        Ok(())
    }

    /// Back to the epoch before the last commit. Whom it brought in comes in anew; its author is sent away.
    fn withdraw(&mut self) {
        let Some(last) = self.last.take() else { return };
        let Last { number: commit, author, added, epoch, info, .. } = last;
        self.standing = Standing::Alive { epoch, info };
        let number = self.log.withdraw(commit);
        let told: Vec<_> = self.members.iter().copied().filter(|id| *id != author).collect();
        for id in told {
            self.tell(id, GroupEvent::Withdrawn { number, commit });
        }
        for id in added {
            if self.members.remove(&id) {
                self.line.push_back(id);
            }
        }
        self.leave(author);
        self.tell_turn();
        self.news.push_back(News::Fault(author));
    }
}

/// What follows by itself.
impl Desk {
    /// After every input: who is gone is forgotten, what is overdue goes to the next, and whoever is due is asked.
    pub(crate) fn settle(&mut self, now: Instant, view: &View) {
        self.members.retain(|id| view.seats(*id));
        self.line.retain(|id| view.reaches(*id));
        self.waiting.retain(|person| view.reaches(person.participant));
        if self.members.is_empty() && matches!(self.standing, Standing::Alive { .. }) {
            self.end();
        }
        self.settle_founding(now, view);
        self.settle_turn(now);
        self.settle_adding(now, view);
    }

    /// Nobody is left who knows the group.
    fn end(&mut self) {
        self.standing = Standing::default();
        self.last = None;
        self.turn = None;
        self.asked = None;
        self.vain = 0;
        self.log.forget();
        self.line.extend(self.waiting.drain(..).map(|person| person.participant));
    }

    fn settle_founding(&mut self, now: Instant, view: &View) {
        if let Standing::Founding { by, until } = self.standing
            && (until <= now || !self.line.contains(&by))
        {
            self.send_to_the_end(by);
            self.standing = Standing::default();
        }
        let Standing::None { moderator_until } = &mut self.standing else { return };
        let Some(first) = self.line.front().copied() else {
            *moderator_until = None;
            return;
        };
        let moderator = self.line.iter().copied().find(|id| view.role(*id).moderates());
        let by = match moderator {
            _ if !view.lobby => first,
            Some(moderator) => moderator,
            None if *moderator_until.get_or_insert(now + FOUNDING_BY_MODERATOR) <= now => first,
            None => return,
        };
        self.standing = Standing::Founding { by, until: now + FOUNDING };
        self.tell(by, GroupEvent::Found);
    }

    fn settle_turn(&mut self, now: Instant) {
        if let Some(Turn { whose, until }) = self.turn
            && (until <= now || !self.line.contains(&whose))
        {
            self.send_to_the_end(whose);
            self.turn = None;
        }
        if self.turn.is_none()
            && let Standing::Alive { .. } = self.standing
            && let Some(whose) = self.line.front().copied()
        {
            self.turn = Some(Turn { whose, until: now + TURN });
            self.tell_turn();
        }
    }

    fn settle_adding(&mut self, now: Instant, view: &View) {
        let is_moot =
            |asked: &mut Asked| !self.waiting.iter().any(|one| asked.people.contains(&one.participant));
        self.asked.take_if(is_moot);
        let in_vain = |asked: &mut Asked| {
            asked.until <= now || !self.members.contains(&asked.member) || !view.reaches(asked.member)
        };
        if self.asked.as_mut().is_some_and(in_vain) {
            self.end_asking();
            self.vain += 1;
        }
        if self.asked.is_some() || self.waiting.is_empty() {
            return;
        }
        let Some(member) = self.whom_to_ask(view) else { return };
        let people: Vec<_> = self.waiting.iter().take(ADDED_AT_ONCE).cloned().collect();
        let asked = people.iter().map(|person| person.participant).collect();
        self.asked = Some(Asked { member, people: asked, until: now + ADDING });
        self.tell(member, GroupEvent::Add { people });
    }

    /// A moderator, in turn; where they let the time go by, every other time somebody else: they may let the
    /// host in (B6).
    fn whom_to_ask(&self, view: &View) -> Option<ParticipantId> {
        let reachable = view.people.iter().filter(|one| one.connected && self.members.contains(&one.id));
        let (moderators, others): (Vec<&Seated>, Vec<&Seated>) =
            reachable.partition(|one| one.role.moderates());
        let (first, second) =
            if self.vain.is_multiple_of(2) { (moderators, others) } else { (others, moderators) };
        let among = if first.is_empty() { second } else { first };
        let at = (self.vain / 2).checked_rem(among.len())?;
        among.get(at).map(|one| one.id)
    }

    /// Whom it did not bring in goes to the end.
    fn end_asking(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        let (again, others): (Vec<_>, Vec<_>) =
            self.waiting.drain(..).partition(|person| asked.people.contains(&person.participant));
        self.waiting = others.into_iter().chain(again).collect();
    }

    fn send_to_the_end(&mut self, id: ParticipantId) {
        if let Some(at) = self.line.iter().position(|other| *other == id) {
            self.line.remove(at);
            self.line.push_back(id);
        }
    }

    /// To whoever has the turn, with what there is now.
    fn tell_turn(&mut self) {
        if let (Some(turn), Standing::Alive { epoch, info }) = (self.turn, &self.standing) {
            let event = GroupEvent::Turn { epoch: *epoch, info: info.clone() };
            self.news.push_back(News::Tell(turn.whose, event));
        }
    }

    fn tell(&mut self, to: ParticipantId, event: GroupEvent) {
        self.news.push_back(News::Tell(to, event));
    }
}

/// To somebody who was away. Their own commit they have.
fn retell(to: ParticipantId, number: u32, item: &Item) -> News {
    match item {
        Item::Commit { from, .. } if *from == to => News::Tell(to, GroupEvent::Taken { number }),
        Item::Commit { epoch, from, commit } => {
            let (epoch, from, commit) = (*epoch, *from, commit.clone());
            News::Tell(to, GroupEvent::Commit { number, epoch, from, commit })
        }
        Item::Withdrawn { commit } => News::Tell(to, GroupEvent::Withdrawn { number, commit: *commit }),
        Item::Rotated { link, title } => {
            News::Rotated { to, number, link: link.clone(), title: title.clone() }
        }
    }
}

#[cfg(test)]
mod tests;
