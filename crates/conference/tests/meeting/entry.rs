//! Who gets in, and what those learn who do not (P2, S1, S2, D1).

use std::time::Duration;

use incamera_conference::effect::{Input, Standing};
use incamera_conference::ids::{AdmissionToken, ConnectionId};
use incamera_conference::limits::{EMPTY_GRACE, LINKS, RECONNECT_GRACE, ROTATION_INTERVAL};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Departure, Refusal, ServerMessage, Source, WaitingFor};

use crate::harness::{Answer, World, body, remove, rotation, title, token};

#[test]
fn s2_without_the_right_token_nobody_gets_in() {
    let mut world = World::new();
    world.owner(1);
    for wrong in [None, Some(token(9)), Some(AdmissionToken([0xff; 32]))] {
        let stranger = world.greet(Standing::Guest, 2, |hello| hello.token = wrong);
        assert_eq!(world.refused(stranger), Some(Refusal::NotAdmitted));
        assert!(world.page(stranger).closed);
        assert_eq!(world.heard(stranger).len(), 1, "nothing but the refusal");
    }
}

#[test]
fn s1_a_guest_does_not_begin_a_meeting() {
    let mut world = World::new();
    let guest = world.guest(2);
    assert_eq!(world.waiting(guest), Some(WaitingFor::Host));
    assert!(!world.meeting.is_live());
    world.pass(Duration::from_secs(3600));
    assert_eq!(world.waiting(guest), Some(WaitingFor::Host), "it is the person's choice how long to wait");

    let host = world.owner(1);
    assert!(world.is_in(guest));
    assert!(world.meeting.is_live());
    assert_eq!(world.me(host).role, Role::Host);
    assert_eq!(world.me(guest).role, Role::Participant);
}

#[test]
fn d1_a_meeting_nobody_begins_leaves_nothing_behind_and_is_not_deleted() {
    let mut world = World::new();
    let guest = world.guest(2);
    world.lose(guest);
    assert_eq!(world.over, Some(false));

    let mut world = World::new();
    world.greet(Standing::Guest, 2, |hello| hello.token = None);
    assert_eq!(world.over, Some(false));
}

#[test]
fn guests_begin_a_meeting_where_the_owner_said_so() {
    let mut world = World::with(MeetingSettings { early_start: true, ..MeetingSettings::default() });
    let guest = world.guest(2);
    assert!(world.is_in(guest));
    assert_eq!(world.me(guest).role, Role::Participant, "B6: the first to come is no host");
}

#[test]
fn p2_a_person_who_waits_learns_that_alone() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let waiting = world.guest(2);
    let host = world.owner(1);
    world.guest(3);
    world.switch(host, Source::Camera, true);
    world.done(host, Act::ChangeSettings { settings: MeetingSettings { lobby: true, ..Default::default() } });
    let heard = world.heard(waiting);
    let expected = [WaitingFor::Host, WaitingFor::Admission].map(|until| ServerMessage::Waiting { until });
    assert_eq!(heard, expected);
    assert_eq!(world.act(waiting, Act::Say { to: None, body: body(1) }), Answer::Nothing);
    assert!(world.last.is_empty());
}

#[test]
fn a_locked_meeting_takes_the_owner_and_those_who_were_in() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world
        .done(host, Act::ChangeSettings { settings: MeetingSettings { locked: true, ..Default::default() } });
    let late = world.guest(3);
    assert_eq!(world.refused(late), Some(Refusal::Locked));
    world.lose(guest);
    let back = world.guest(2);
    assert!(world.is_in(back));
    let second_device = world.owner(4);
    assert_eq!(world.me(second_device).role, Role::Host);
}

#[test]
fn w3_a_lost_connection_comes_back_to_the_same_place() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.make_co_host(host, id);
    world.switch(guest, Source::Microphone, true);
    let before = world.me(guest).clone();

    world.lose(guest);
    assert!(!world.inside(host).people[&id].connected);
    assert!(world.is_open(id, Source::Microphone), "media may outlive the signalling");
    world.pass(RECONNECT_GRACE - Duration::from_secs(1));
    let back = world.guest(2);
    assert_eq!(*world.me(back), before);
    world.pass(Duration::from_secs(5));
    assert!(world.is_in(back), "the grace of the former loss is forgotten");
}

#[test]
fn after_the_grace_the_place_is_gone() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.make_co_host(host, id);
    world.switch(guest, Source::Camera, true);
    world.lose(guest);
    world.heard(host);
    world.pass(RECONNECT_GRACE);
    assert_eq!(world.heard(host), [ServerMessage::Left { participant: id, how: Departure::Lost }]);
    assert!(!world.is_open(id, Source::Camera));
    let back = world.guest(2);
    assert_ne!(world.id(back), id);
    assert_eq!(world.me(back).role, Role::Participant);
}

#[test]
fn another_connection_of_the_same_person_replaces_the_former() {
    let mut world = World::new();
    let host = world.owner(1);
    let first = world.guest(2);
    let second = world.guest(2);
    assert_eq!(world.refused(first), Some(Refusal::Replaced));
    assert!(world.is_in(second));
    assert_eq!(world.inside(host).people.len(), 2);
    world.lose(first);
    assert!(world.is_in(second), "the farewell of the former connection is not the person's");
    assert!(world.me(second).connected);
}

#[test]
fn a_person_who_waits_keeps_the_place_on_another_connection() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let host = world.owner(1);
    let first = world.guest(2);
    world.settle();
    let knocks = world.inside(host).knocks.clone();
    let second = world.guest(2);
    assert_eq!(world.refused(first), Some(Refusal::Replaced));
    assert_eq!(world.waiting(second), Some(WaitingFor::Admission));
    world.settle();
    assert_eq!(world.inside(host).knocks, knocks);
}

fn with_token(world: &mut World, who: u8, link: u8) -> ConnectionId {
    world.greet(Standing::Guest, who, |hello| hello.token = Some(token(link)))
}

fn rotate(world: &mut World, host: ConnectionId, link: u8) {
    world.pass(ROTATION_INTERVAL);
    world.act(host, Act::Rotate { rotation: rotation(link) });
    world.store(true);
}

#[test]
fn who_was_away_while_the_link_changed_needs_the_new_one() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.lose(guest);
    for link in [1, 2] {
        rotate(&mut world, host, link);
    }
    for link in [0, 1] {
        let back = with_token(&mut world, 2, link);
        assert_eq!(world.refused(back), Some(Refusal::LinkChanged), "its page could open nothing");
    }
    for wrong in [None, Some(token(9))] {
        let back = world.greet(Standing::Guest, 2, |hello| hello.token = wrong);
        assert_eq!(world.refused(back), Some(Refusal::NotAdmitted), "never known");
    }
    let stranger = with_token(&mut world, 3, 1);
    assert_eq!(world.refused(stranger), Some(Refusal::NotAdmitted), "a stranger is told nothing");
    let back = with_token(&mut world, 2, 2);
    assert_eq!(world.id(back), id, "the place was kept");
    assert!(world.inside(back).linked);
    assert_eq!(world.inside(back).title, title(2));
    let second = with_token(&mut world, 2, 1);
    assert_eq!(world.refused(second), Some(Refusal::LinkChanged));
    assert!(world.is_in(back), "and takes nobody's place");
}

#[test]
fn former_links_are_known_up_to_a_bound() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    for link in 1..=LINKS as u8 {
        rotate(&mut world, host, link);
    }
    world.lose(guest);
    let back = world.guest(2);
    assert_eq!(world.refused(back), Some(Refusal::LinkChanged));
    rotate(&mut world, host, 100);
    let back = world.guest(2);
    assert_eq!(world.refused(back), Some(Refusal::NotAdmitted));
}

#[test]
fn the_owner_comes_by_whatever_link() {
    let mut world = World::new();
    let host = world.owner(1);
    assert!(!world.inside(host).linked, "without one");
    rotate(&mut world, host, 1);
    let owner =
        |world: &mut World, link| world.greet(Standing::Owner, 1, |hello| hello.token = Some(token(link)));
    for (link, linked) in [(0, false), (1, true), (9, false)] {
        let host = owner(&mut world, link);
        assert_eq!(world.inside(host).linked, linked);
    }
    let guest = with_token(&mut world, 2, 1);
    let host = owner(&mut world, 1);
    world.act(host, remove(world.id(guest)));
    let host = owner(&mut world, 1);
    assert!(!world.inside(host).linked, "it is worth nothing, stored or not");
    world.store(true);
    let host = owner(&mut world, 1);
    assert!(!world.inside(host).linked);
}

#[test]
fn nobody_is_linked_while_a_link_is_on_its_way() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    assert!(world.inside(guest).linked);
    world.act(host, Act::Rotate { rotation: rotation(1) });
    let back = world.guest(2);
    assert!(!world.inside(back).linked);
    world.store(false);
    let back = world.guest(2);
    assert!(world.inside(back).linked, "the old one holds again");
}

#[test]
fn an_empty_meeting_is_over_after_its_grace_and_not_before() {
    let mut world = World::new();
    let host = world.owner(1);
    world.lose(host);
    world.pass(EMPTY_GRACE - Duration::from_secs(1));
    assert_eq!(world.over, None);
    let guest = world.guest(2);
    assert!(world.is_in(guest), "the meeting had begun");
    world.pass(EMPTY_GRACE * 2);
    assert_eq!(world.over, None);
    world.done(guest, Act::Leave);
    world.pass(EMPTY_GRACE);
    assert_eq!(world.over, Some(true));
}

#[test]
fn who_leaves_is_gone_at_once() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    world.heard(host);
    world.done(guest, Act::Leave);
    assert!(world.page(guest).closed);
    assert_eq!(world.heard(host), [ServerMessage::Left { participant: id, how: Departure::Left }]);
}

#[test]
fn when_the_server_stops_all_are_told_and_the_meeting_is_not_over() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let host = world.owner(1);
    let waiting = world.guest(2);
    world.switch(host, Source::Camera, true);
    world.handle(Input::Stopping);
    for connection in [host, waiting] {
        assert_eq!(world.refused(connection), Some(Refusal::Stopping));
        assert!(world.page(connection).closed);
    }
    assert!(world.open.is_empty());
    assert_eq!(world.over, None, "it may go on after the restart");
    let late = world.owner(1);
    assert_eq!(world.refused(late), Some(Refusal::Stopping));
}

#[test]
fn a_withdrawn_meeting_is_over() {
    let mut world = World::new();
    let guest = world.guest(2);
    world.handle(Input::Withdrawn);
    assert_eq!(world.refused(guest), Some(Refusal::Ended));
    assert_eq!(world.over, Some(false));
}
