//! The desk by itself: who is asked, whose commit counts, what is kept.

use std::time::{Duration, Instant};

use super::log::{Item, Log};
use super::{Desk, News, Seated, View};
use crate::ids::ParticipantId;
use crate::limits::{
    ADDED_AT_ONCE, ADDING, FOUNDING, FOUNDING_BY_MODERATOR, GROUP_LOG, GROUP_LOG_BYTES, REFUSING, TURN,
};
use crate::sealed::{GroupBytes, SealedInfo, SealedLink, SealedPackage, SealedTitle};
use crate::settings::Role;
use crate::wire::{Denial, GroupEvent, GroupMessage, GroupWelcome};

/// A desk and the meeting around it. People are known by their numbers.
struct Room {
    desk: Desk,
    view: View,
    now: Instant,
    heard: Vec<News>,
}

fn id(number: u32) -> ParticipantId {
    ParticipantId(number)
}

fn info(mark: u8) -> SealedInfo {
    SealedInfo::new(vec![mark]).unwrap()
}

fn commit(mark: u8) -> GroupBytes {
    GroupBytes::new(vec![mark]).unwrap()
}

fn package() -> SealedPackage {
    SealedPackage::new(vec![1]).unwrap()
}

impl Room {
    fn new() -> Self {
        Self { desk: Desk::default(), view: View::default(), now: Instant::now(), heard: Vec::new() }
    }

    /// With a group of these, the first of whom founded it and is the host.
    fn of(members: u32) -> Self {
        let mut room = Self::new();
        room.come(1, Role::Host);
        room.say(1, GroupMessage::Found { info: info(0) }).unwrap();
        for member in 2..=members {
            room.come(member, Role::Participant);
            room.enter(member);
        }
        room.heard.clear();
        room
    }

    fn come(&mut self, who: u32, role: Role) {
        self.view.people.push(Seated { id: id(who), connected: true, role });
        assert_eq!(self.desk.came(id(who), None), None);
        self.settle();
    }

    /// By one's own commit.
    fn enter(&mut self, who: u32) {
        let epoch = self.epoch();
        self.commit(who, epoch).unwrap();
    }

    fn lose(&mut self, who: u32) {
        self.seat(who).connected = false;
        self.settle();
    }

    fn back(&mut self, who: u32, known: Option<u32>) -> Option<u32> {
        self.seat(who).connected = true;
        let goes_on = self.desk.came(id(who), known);
        self.settle();
        goes_on
    }

    fn leave(&mut self, who: u32) {
        self.view.people.retain(|person| person.id != id(who));
        self.settle();
    }

    fn seat(&mut self, who: u32) -> &mut Seated {
        self.view.people.iter_mut().find(|person| person.id == id(who)).expect("seated")
    }

    fn say(&mut self, who: u32, message: GroupMessage) -> Result<(), Denial> {
        let answer = self.desk.handle(self.now, &self.view, id(who), message);
        self.settle();
        answer
    }

    fn commit(&mut self, who: u32, epoch: u32) -> Result<(), Denial> {
        let info = info(epoch as u8 + 1);
        self.say(who, GroupMessage::Commit { epoch, commit: commit(epoch as u8), info, welcome: None })
    }

    fn add(&mut self, who: u32, to: &[u32]) -> Result<(), Denial> {
        let epoch = self.epoch();
        let to = to.iter().map(|number| id(*number)).collect();
        let welcome = Some(GroupWelcome { message: commit(99), to });
        self.say(who, GroupMessage::Commit { epoch, commit: commit(98), info: info(98), welcome })
    }

    fn knock(&mut self, who: u32) {
        self.come(who, Role::Participant);
        self.say(who, GroupMessage::AskAdd { key_package: package() }).unwrap();
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.desk.poll_timeout().filter(|due| *due <= until) {
            assert!(due >= self.now, "a deadline was left over");
            self.now = due;
            self.settle();
        }
        self.now = until;
        self.settle();
    }

    fn settle(&mut self) {
        self.desk.settle(self.now, &self.view);
        while let Some(news) = self.desk.poll_news() {
            self.heard.push(news);
        }
    }

    fn epoch(&self) -> u32 {
        match &self.desk.standing {
            super::Standing::Alive { epoch, .. } => *epoch,
            other => panic!("there is no group: {other:?}"),
        }
    }

    /// What one person was told since this was last asked.
    fn told(&mut self, who: u32) -> Vec<GroupEvent> {
        let mut told = Vec::new();
        self.heard.retain(|news| match news {
            News::Tell(to, event) if *to == id(who) => {
                told.push(event.clone());
                false
            }
            _ => true,
        });
        told
    }

    /// Who was told something of this kind, in order.
    fn who(&mut self, kind: fn(&GroupEvent) -> bool) -> Vec<u32> {
        let told = std::mem::take(&mut self.heard);
        let of_kind = told.iter().filter_map(|news| match news {
            News::Tell(to, event) if kind(event) => Some(to.0),
            _ => None,
        });
        of_kind.collect()
    }
}

fn is_found(event: &GroupEvent) -> bool {
    *event == GroupEvent::Found
}

fn is_turn(event: &GroupEvent) -> bool {
    matches!(event, GroupEvent::Turn { .. })
}

fn is_add(event: &GroupEvent) -> bool {
    matches!(event, GroupEvent::Add { .. })
}

const FOUND: fn() -> GroupMessage = || GroupMessage::Found { info: info(0) };

#[test]
fn one_after_another_is_asked_to_make_the_group() {
    let mut room = Room::new();
    for who in 1..=3 {
        room.come(who, Role::Participant);
    }
    assert_eq!(room.who(is_found), [1]);
    assert_eq!(room.say(2, FOUND()), Err(Denial::OutOfTurn), "not asked");
    room.pass(FOUNDING);
    assert_eq!(room.who(is_found), [2]);
    assert_eq!(room.say(1, FOUND()), Err(Denial::OutOfTurn), "too late");
    room.lose(2);
    assert_eq!(room.who(is_found), [3]);
    room.pass(FOUNDING);
    assert_eq!(room.who(is_found), [1], "again, from the beginning");
    assert_eq!(room.say(1, FOUND()), Ok(()));
    assert_eq!(room.told(1), [GroupEvent::Taken { number: 1 }]);
    assert_eq!(room.say(1, FOUND()), Err(Denial::OutOfTurn), "there is one");
    assert_eq!(room.who(is_turn), [3]);
}

#[test]
fn where_moderators_admit_one_of_them_makes_the_group_as_long_as_there_is_hope() {
    let mut room = Room::new();
    room.view.lobby = true;
    room.come(1, Role::Participant);
    room.come(2, Role::Participant);
    room.pass(FOUNDING_BY_MODERATOR - Duration::from_secs(1));
    assert_eq!(room.who(is_found), [0; 0]);
    room.come(3, Role::CoHost);
    assert_eq!(room.who(is_found), [3]);
    room.leave(3);
    room.pass(FOUNDING_BY_MODERATOR - Duration::from_secs(1));
    assert_eq!(room.who(is_found), [0; 0]);
    room.pass(Duration::from_secs(1));
    assert_eq!(room.who(is_found), [1], "B6: who came back after a restart goes on without a moderator");
}

#[test]
fn people_come_in_one_at_a_time_and_who_is_silent_keeps_nobody_out() {
    let mut room = Room::of(1);
    for who in 2..=4 {
        room.come(who, Role::Participant);
    }
    assert_eq!(room.told(2), [GroupEvent::Turn { epoch: 0, info: info(0) }]);
    assert_eq!(room.commit(3, 0), Err(Denial::OutOfTurn));
    room.pass(TURN);
    assert_eq!(room.who(is_turn), [3]);
    assert_eq!(room.commit(2, 0), Err(Denial::OutOfTurn), "too late");
    assert_eq!(room.commit(3, 0), Ok(()));
    assert_eq!(room.told(1), [GroupEvent::Commit { number: 2, epoch: 0, from: id(3), commit: commit(0) }]);
    assert_eq!(room.told(3), [GroupEvent::Taken { number: 2 }]);
    assert_eq!(room.told(2), [], "who is not in is told nothing");
    assert_eq!(room.told(4), [GroupEvent::Turn { epoch: 1, info: info(1) }]);
    room.lose(4);
    assert_eq!(
        room.told(2),
        [GroupEvent::Turn { epoch: 1, info: info(1) }],
        "the silent one has another turn"
    );
    assert_eq!(room.commit(2, 1), Ok(()));
    assert_eq!(room.desk.poll_timeout(), None);
}

#[test]
fn the_first_commit_of_an_epoch_counts() {
    let mut room = Room::of(3);
    let epoch = room.epoch();
    room.come(4, Role::Participant);
    room.heard.clear();
    assert_eq!(room.commit(1, epoch), Ok(()));
    assert_eq!(room.commit(2, epoch), Err(Denial::StaleEpoch));
    assert_eq!(room.commit(2, epoch + 2), Err(Denial::StaleEpoch), "nor one of an epoch to come");
    let told = room.told(2);
    assert!(matches!(told[..], [GroupEvent::Commit { from: ParticipantId(1), .. }]), "{told:?}");
    let again = GroupEvent::Turn { epoch: epoch + 1, info: info(epoch as u8 + 1) };
    assert_eq!(room.told(4), [again], "whose turn it is needs the new state");
    assert_eq!(room.commit(4, epoch), Err(Denial::StaleEpoch));
    assert_eq!(room.commit(4, epoch + 1), Ok(()));
    assert_eq!(room.commit(9, epoch + 2), Err(Denial::OutOfTurn));
}

#[test]
fn who_cannot_come_by_the_link_is_added_by_a_moderator() {
    let mut room = Room::of(3);
    for who in 10..10 + ADDED_AT_ONCE as u32 + 2 {
        room.knock(who);
    }
    let first = room.told(1);
    assert!(matches!(&first[..], [GroupEvent::Add { people }] if people.len() == 1), "{first:?}");
    assert_eq!(
        room.add(3, &[10, 2, 77, 10]),
        Ok(()),
        "whoever does it; strangers and members are passed over"
    );
    let welcome = |event: &GroupEvent| matches!(event, GroupEvent::Welcome { .. });
    let add = room.told(1).into_iter().find(is_add).expect("asked for the rest");
    let GroupEvent::Add { people } = add else { unreachable!() };
    assert_eq!(people.len(), ADDED_AT_ONCE);
    assert_eq!(room.who(welcome), [10]);

    let some: Vec<_> = (11..20).collect();
    assert_eq!(room.add(1, &some), Ok(()));
    let GroupEvent::Add { people } = room.told(1).into_iter().find(is_add).expect("asked again") else {
        unreachable!()
    };
    let order: Vec<_> = people.iter().map(|person| person.participant.0).collect();
    assert_eq!(order[..2], [27, 20], "who was not brought in goes to the end");
    assert_eq!(room.commit(10, room.epoch()), Ok(()), "who was added is a member");
    let again = room.say(10, GroupMessage::AskAdd { key_package: package() });
    assert_eq!(again, Err(Denial::OutOfTurn), "and need not be added");
}

#[test]
fn who_does_not_add_is_not_the_only_one_who_is_asked() {
    let mut room = Room::of(4);
    room.seat(2).role = Role::CoHost;
    room.knock(10);
    for _ in 0..5 {
        room.pass(ADDING);
    }
    assert_eq!(room.who(is_add), [1, 3, 2, 4, 1, 3], "B6: moderators in turn, others in between");
    room.lose(1);
    room.lose(2);
    room.lose(3);
    assert_eq!(room.who(is_add).last(), Some(&4));
    room.lose(4);
    assert_eq!(room.desk.poll_timeout(), None, "nobody can be asked");
    let number = room.desk.log.number();
    room.back(1, Some(number));
    assert_eq!(room.who(is_add), [1]);
    room.back(1, Some(number));
    assert_eq!(room.who(is_add), [1], "a new connection is asked anew");
    room.leave(10);
    assert_eq!(room.desk.poll_timeout(), None);
}

#[test]
fn who_does_not_add_is_asked_alone_where_there_is_nobody_else() {
    let mut room = Room::of(1);
    room.knock(10);
    room.pass(ADDING * 2);
    assert_eq!(room.who(is_add), [1, 1, 1]);
}

/// The author's role, how many others there are, who of them refuses, and whether the commit is withdrawn.
#[test]
fn a_commit_is_withdrawn_by_half_of_the_others_or_a_moderator_k4() {
    use Role::{CoHost, Host, Participant};
    let table: [(Role, &[Role], usize, bool); 12] = [
        (Participant, &[Participant; 1], 1, true),
        (Participant, &[Participant; 4], 1, false),
        (Participant, &[Participant; 4], 2, true),
        (Participant, &[Participant; 5], 2, false),
        (Participant, &[Participant; 5], 3, true),
        (Participant, &[CoHost, Participant, Participant, Participant], 1, true),
        (CoHost, &[CoHost, Participant, Participant, Participant], 1, true),
        (Host, &[CoHost, Participant, Participant, Participant], 1, false),
        (Host, &[CoHost, Participant, Participant, Participant], 2, true),
        // Nobody alone sends a moderator away, however small the meeting.
        (Host, &[Participant; 1], 1, false),
        (CoHost, &[Participant; 2], 1, false),
        (Host, &[Participant; 2], 2, true),
    ];
    for (author, others, refusing, withdrawn) in table {
        let mut room = Room::of(1 + others.len() as u32);
        room.seat(1).role = author;
        for (who, role) in (2..).zip(others) {
            room.seat(who).role = *role;
        }
        let epoch = room.epoch();
        room.commit(1, epoch).unwrap();
        let number = room.desk.log.number();
        for who in (2..).take(refusing) {
            assert_eq!(
                room.say(who, GroupMessage::Refuse { number }),
                Ok(()),
                "{author:?} {others:?} {refusing}"
            );
        }
        let is_back = room.epoch() == epoch;
        assert_eq!(is_back, withdrawn, "{author:?} {others:?} {refusing}");
        assert_eq!(room.heard.contains(&News::Fault(id(1))), withdrawn);
        if withdrawn {
            let back = GroupEvent::Withdrawn { number: number + 1, commit: number };
            assert_eq!(room.told(2).last(), Some(&back));
            assert_eq!(room.commit(1, epoch), Err(Denial::OutOfTurn), "its author is out");
            assert_eq!(room.commit(2, epoch), Ok(()), "the epoch is open again");
        }
    }
}

#[test]
fn only_the_newest_commit_can_be_refused_soon_and_by_those_who_were_there() {
    let mut room = Room::of(5);
    let refuse = |room: &mut Room, who, number| room.say(who, GroupMessage::Refuse { number });
    room.knock(10);
    room.add(2, &[10]).unwrap();
    let number = room.desk.log.number();
    assert_eq!(refuse(&mut room, 10, number), Err(Denial::OutOfTurn), "brought in by it");
    assert_eq!(refuse(&mut room, 2, number), Err(Denial::OutOfTurn), "its author");
    assert_eq!(refuse(&mut room, 99, number), Err(Denial::OutOfTurn));
    assert_eq!(refuse(&mut room, 3, number - 1), Err(Denial::StaleEpoch));
    assert_eq!(refuse(&mut room, 3, number), Ok(()));
    assert_eq!(refuse(&mut room, 3, number), Ok(()));
    assert_eq!(room.desk.log.number(), number, "one of four is not half, however often");
    room.heard.clear();
    assert_eq!(refuse(&mut room, 4, number), Ok(()));
    assert_eq!(room.told(10)[0], GroupEvent::Withdrawn { number: number + 1, commit: number });
    assert!(room.desk.turn.is_some_and(|turn| turn.whose == id(10)), "whom it brought in comes in anew");
    assert_eq!(refuse(&mut room, 5, number), Err(Denial::StaleEpoch), "it is withdrawn already");

    room.commit(3, room.epoch()).unwrap();
    let number = room.desk.log.number();
    room.pass(REFUSING);
    assert_eq!(refuse(&mut room, 1, number), Err(Denial::StaleEpoch), "too late");
}

#[test]
fn the_lost_have_no_say_and_do_not_count() {
    let mut room = Room::of(6);
    room.commit(2, room.epoch()).unwrap();
    let number = room.desk.log.number();
    for who in 4..=6 {
        room.lose(who);
    }
    room.seat(1).role = Role::Participant;
    room.say(3, GroupMessage::Refuse { number }).unwrap();
    assert_eq!(room.desk.log.number(), number + 1, "one of two is half");
}

#[test]
fn the_joiner_is_withdrawn_with_the_joining() {
    let mut room = Room::of(2);
    room.come(3, Role::Participant);
    room.enter(3);
    let number = room.desk.log.number();
    room.say(1, GroupMessage::Refuse { number }).unwrap();
    assert!(room.heard.contains(&News::Fault(id(3))));
    assert!(!room.desk.members.contains(&id(3)));
}

#[test]
fn when_nobody_is_left_inside_the_group_ends_and_another_begins() {
    let mut room = Room::of(2);
    room.knock(3);
    room.come(4, Role::Participant);
    let number = room.desk.log.number();
    room.lose(1);
    room.leave(2);
    assert_eq!(room.who(is_found), [0; 0], "the one who was lost may come back");
    room.leave(1);
    assert_eq!(room.who(is_found), [4]);
    assert_eq!(room.desk.log.since(number).expect("nothing is missing").count(), 0);
    room.say(4, FOUND()).unwrap();
    assert_eq!(room.told(4), [GroupEvent::Taken { number: number + 1 }], "numbers go on");
    assert_eq!(room.who(is_turn), [3], "who waited to be added comes in by the link");
}

#[test]
fn who_comes_back_goes_on_where_they_were() {
    let mut room = Room::of(3);
    room.lose(2);
    let known = room.desk.log.number();
    let epoch = room.epoch();
    room.commit(1, epoch).unwrap();
    room.commit(3, epoch + 1).unwrap();
    room.say(1, GroupMessage::Refuse { number: known + 2 }).unwrap();
    let (link, title) = (SealedLink::new(vec![1]).unwrap(), SealedTitle::new(vec![2]).unwrap());
    assert_eq!(room.desk.rotated(link.clone(), title.clone()), known + 4);
    room.heard.clear();
    assert_eq!(room.back(2, Some(known)), Some(known + 4));
    let missed = [
        News::Tell(
            id(2),
            GroupEvent::Commit { number: known + 1, epoch, from: id(1), commit: commit(epoch as u8) },
        ),
        News::Tell(id(2), GroupEvent::Withdrawn { number: known + 3, commit: known + 2 }),
        News::Rotated { to: id(2), number: known + 4, link, title },
    ];
    assert_eq!(room.heard, missed, "but for what was withdrawn");

    room.commit(2, epoch + 1).unwrap();
    room.heard.clear();
    assert_eq!(room.back(2, Some(known + 4)), Some(known + 5));
    assert_eq!(room.told(2), [GroupEvent::Taken { number: known + 5 }], "one's own commit");

    for (who, known) in [(2, None), (1, Some(known + 9)), (3, Some(known + 5))] {
        room.heard.clear();
        assert_eq!(room.back(who, known), None, "a new page, a number from nowhere, no member");
        assert!(!room.desk.members.contains(&id(who)));
    }
}

#[test]
fn who_cannot_follow_comes_in_anew() {
    let mut room = Room::of(2);
    assert_eq!(room.say(2, GroupMessage::Again), Ok(()));
    assert_eq!(room.who(is_turn), [2]);
    assert_eq!(room.say(2, GroupMessage::Again), Err(Denial::OutOfTurn));
    assert_eq!(room.say(1, GroupMessage::Again), Ok(()));
    assert_eq!(room.who(is_found), [2], "nobody is left inside");
}

#[test]
fn a_number_of_a_former_group_means_nothing() {
    let mut room = Room::of(2);
    let known = room.desk.log.number();
    room.say(1, GroupMessage::Again).unwrap();
    room.say(2, GroupMessage::Again).unwrap();
    let by = room.who(is_found).pop().expect("somebody is asked");
    room.say(by, FOUND()).unwrap();
    assert_eq!(room.back(by, Some(known)), None);
}

#[test]
fn the_log_is_bounded_and_says_what_it_lacks() {
    let item = |bytes| {
        let commit = GroupBytes::new(vec![0; bytes]).unwrap();
        Item::Commit { epoch: 0, from: id(1), commit }
    };
    let mut log = Log::default();
    let began = log.begin();
    for _ in 0..GROUP_LOG {
        log.add(item(1));
    }
    assert_eq!(log.since(began).map(Iterator::count), Some(GROUP_LOG));
    log.add(item(1));
    assert!(log.since(began).is_none());
    assert_eq!(log.since(began + 1).map(Iterator::count), Some(GROUP_LOG));

    let began = log.begin();
    let most = GROUP_LOG_BYTES / GroupBytes::MAX;
    for _ in 0..most {
        log.add(item(GroupBytes::MAX));
    }
    assert_eq!(log.since(began).map(Iterator::count), Some(most));
    log.withdraw(log.number());
    log.add(item(GroupBytes::MAX));
    assert_eq!(log.since(began).map(Iterator::count), Some(most + 1), "a withdrawn commit takes no room");
    log.add(item(GroupBytes::MAX));
    assert!(log.since(began).is_none());
    assert!(log.since(log.number() + 1).is_none());
}
