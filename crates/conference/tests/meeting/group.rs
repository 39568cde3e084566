//! The encrypted group, as far as the server has a part in it: who is told what (K2, K4, B1, B6, P2).

use std::time::Duration;

use incamera_conference::effect::Standing;
use incamera_conference::ids::ConnectionId;
use incamera_conference::limits::{
    COMMIT_BURST, COMMIT_BYTES_BURST, COMMITS_PER_SECOND, ENTRY_BURST, FOUNDING, GROUP_LOG, RECONNECT_GRACE,
    TURN,
};
use incamera_conference::sealed::GroupBytes;
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{
    Act, Denial, GroupEvent, GroupMessage, GroupWelcome, Refusal, ServerMessage,
};

use crate::harness::{
    Answer, World, ask_add, body, commit, found, group_bytes as bytes, info, remove, rotation, secret, title,
    token,
};

const STALE: Answer = Answer::Denied(Denial::StaleEpoch);
const OUT_OF_TURN: Answer = Answer::Denied(Denial::OutOfTurn);
const TOO_OFTEN: Answer = Answer::Denied(Denial::TooOften);

/// The host and two guests, all in the group: epoch 2.
fn before() -> (World, ConnectionId, [ConnectionId; 2]) {
    let mut world = World::new();
    let host = world.owner(1);
    assert_eq!(world.group(host, found()), Answer::Done);
    let guests = [2, 3].map(|who| world.guest(who));
    for (epoch, guest) in (0..).zip(guests) {
        assert_eq!(world.group(guest, commit(epoch)), Answer::Done);
    }
    for connection in [host, guests[0], guests[1]] {
        world.events(connection);
    }
    (world, host, guests)
}

#[test]
fn the_first_makes_the_group_and_the_next_come_in_one_by_one() {
    let mut world = World::new();
    let host = world.owner(1);
    assert_eq!(world.events(host), [GroupEvent::Found]);
    assert_eq!(world.group(host, found()), Answer::Done);
    assert_eq!(world.events(host), [GroupEvent::Taken { number: 1 }]);

    let [one, two] = [2, 3].map(|who| world.guest(who));
    assert_eq!(world.events(one), [GroupEvent::Turn { epoch: 0, info: info(0) }]);
    assert_eq!(world.events(two), []);
    assert_eq!(world.group(two, commit(0)), OUT_OF_TURN);
    assert_eq!(world.group(one, commit(0)), Answer::Done);
    assert_eq!(world.events(one), [GroupEvent::Taken { number: 2 }]);
    let from = world.id(one);
    let event = GroupEvent::Commit { number: 2, epoch: 0, from, commit: bytes(0, 1) };
    assert_eq!(world.events(host), [event]);
    assert_eq!(world.events(two), [GroupEvent::Turn { epoch: 1, info: info(1) }]);
    world.pass(TURN * 3);
    assert_eq!(world.group(two, commit(1)), Answer::Done, "alone in the line it is one's turn again");
}

#[test]
fn of_two_commits_the_first_counts() {
    let (mut world, host, [one, two]) = before();
    assert_eq!(world.group(one, commit(2)), Answer::Done);
    assert_eq!(world.group(host, commit(2)), STALE);
    let from = world.id(one);
    for connection in [host, two] {
        let event = GroupEvent::Commit { number: 4, epoch: 2, from, commit: bytes(2, 1) };
        assert_eq!(world.events(connection), [event]);
    }
    assert_eq!(world.group(host, commit(3)), Answer::Done);
}

#[test]
fn p2_who_waits_in_the_lobby_is_told_nothing_of_the_group() {
    let (mut world, host, [one, two]) = before();
    world.done(host, Act::ChangeSettings { settings: MeetingSettings { lobby: true, ..Default::default() } });
    let knocking = world.guest(4);
    world.done(host, Act::SendToLobby { participant: world.id(one) });
    world.act(host, remove(world.id(two)));
    world.store(true);
    assert_eq!(world.group(host, commit(2)), Answer::Done);
    for connection in [knocking, one] {
        assert_eq!(world.group(connection, commit(3)), Answer::Nothing);
        assert_eq!(world.group(connection, ask_add()), Answer::Nothing);
    }
    for connection in [knocking, one, two] {
        assert_eq!(world.events(connection), []);
    }

    // Admitted, they cannot come in by the link either: the host adds them.
    world.events(host);
    world.done(host, Act::AdmitAll);
    assert_eq!(world.events(one).len() + world.events(knocking).len(), 1, "one turn at a time");
    for connection in [knocking, one] {
        assert_eq!(world.group(connection, ask_add()), Answer::Done);
    }
    let welcome = GroupWelcome { message: bytes(9, 9), to: vec![world.id(one), world.id(knocking)] };
    let added = GroupMessage::Commit { epoch: 3, commit: bytes(3, 1), info: info(4), welcome: Some(welcome) };
    assert_eq!(world.group(host, added), Answer::Done);
    for connection in [knocking, one] {
        let heard = world.events(connection);
        assert!(matches!(heard.last(), Some(GroupEvent::Welcome { number: 5, .. })), "{heard:?}");
    }
}

#[test]
fn k4_who_makes_a_commit_that_others_refuse_is_sent_away() {
    let (mut world, host, [one, two]) = before();
    world.group(one, commit(2));
    assert_eq!(world.group(host, GroupMessage::Refuse { number: 4 }), Answer::Done);
    assert_eq!(world.refused(one), Some(Refusal::GroupFault));
    for connection in [host, two] {
        assert_eq!(world.events(connection).last(), Some(&GroupEvent::Withdrawn { number: 5, commit: 4 }));
    }
    assert_eq!(world.group(two, commit(2)), Answer::Done, "the epoch is open again");
    let back = world.greet(Standing::Guest, 2, |hello| hello.group = Some(4));
    assert!(world.is_in(back), "the place is kept");
    assert_eq!(
        world.events(back),
        [GroupEvent::Turn { epoch: 3, info: info(3) }],
        "the group is to be joined"
    );
}

fn come_back(world: &mut World, who: u8, known: u32) -> ConnectionId {
    world.greet(Standing::Guest, who, |hello| hello.group = Some(known))
}

#[test]
fn b6_who_lost_the_connection_gets_what_they_missed() {
    let (mut world, host, [one, two]) = before();
    world.lose(one);
    assert_eq!(world.group(two, commit(2)), Answer::Done);
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(true);
    assert_eq!(world.group(host, commit(3)), Answer::Done);
    let back = come_back(&mut world, 2, 3);
    assert!(!world.inside(back).linked, "the link comes with the sequence");
    let heard = world.heard(back);
    let ServerMessage::Welcome(welcome) = &heard[0] else { panic!("{heard:?}") };
    assert_eq!(welcome.group, Some(6));
    assert_eq!(heard[1], ServerMessage::Rotated { number: 5, link: secret(1), title: title(1) });
    let numbers: Vec<_> = world.events(back).iter().map(number).collect();
    assert_eq!(numbers, [4, 6]);
    assert_eq!(world.group(back, commit(4)), Answer::Done);
}

#[test]
fn b6_who_goes_on_in_the_group_needs_no_link_and_else_the_present_one() {
    let (mut world, host, [one, two]) = before();
    world.lose(one);
    world.lose(two);
    world.act(host, Act::Rotate { rotation: rotation(1) });
    world.store(true);
    let fresh = world.guest(2);
    assert_eq!(world.refused(fresh), Some(Refusal::LinkChanged), "a page that was loaded again");
    for known in [0, 99] {
        let lost = come_back(&mut world, 2, known);
        assert_eq!(world.refused(lost), Some(Refusal::LinkChanged), "the sequence does not have {known}");
    }
    let back = come_back(&mut world, 2, 3);
    assert!(world.is_in(back));
    let stranger = world.greet(Standing::Guest, 3, |hello| hello.token = Some(token(9)));
    assert_eq!(world.refused(stranger), Some(Refusal::NotAdmitted), "with a link that never was");
    let fresh = world.greet(Standing::Guest, 3, |hello| hello.token = Some(token(1)));
    assert!(world.inside(fresh).linked);
}

fn number(event: &GroupEvent) -> u32 {
    match event {
        GroupEvent::Commit { number, .. } => *number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_knows_too_little_comes_in_anew() {
    let (mut world, _, [one, two]) = before();
    let fresh = world.guest(2);
    assert_eq!(world.refused(one), Some(Refusal::Replaced));
    assert_eq!(
        world.events(fresh),
        [GroupEvent::Turn { epoch: 2, info: info(2) }],
        "a page that was loaded again"
    );

    world.lose(two);
    world.pass(RECONNECT_GRACE);
    let back = come_back(&mut world, 3, 3);
    assert_eq!(world.group(back, commit(2)), OUT_OF_TURN, "another person, after the grace");
    world.pass(TURN);
    let unasked = world.events(back);
    assert!(matches!(unasked[..], [GroupEvent::Turn { .. }]), "{unasked:?}");
    assert_eq!(world.group(back, commit(2)), Answer::Done);
}

#[test]
fn who_missed_too_much_comes_in_anew() {
    let (mut world, host, [one, two]) = before();
    world.lose(two);
    for turn in 0..=GROUP_LOG as u32 {
        // Within the grace of the one, not faster than the pace of the others.
        world.pass(Duration::from_millis(340));
        let by = if turn % 2 == 0 { host } else { one };
        assert_eq!(world.group(by, commit(2 + turn)), Answer::Done);
    }
    let late = come_back(&mut world, 3, 3);
    assert!(world.is_in(late));
    assert!(matches!(&world.heard(late)[0], ServerMessage::Welcome(welcome) if welcome.group.is_none()));
}

#[test]
fn the_group_ends_with_its_last_member() {
    let (mut world, host, [one, two]) = before();
    let late = world.guest(4);
    assert_eq!(world.group(late, ask_add()), Answer::Done);
    for connection in [host, one, two] {
        world.done(connection, Act::Leave);
    }
    assert_eq!(world.events(late), [GroupEvent::Turn { epoch: 2, info: info(2) }, GroupEvent::Found]);
    world.pass(FOUNDING);
    assert_eq!(world.group(late, found()), Answer::Done);
    assert_eq!(world.group(late, commit(0)), Answer::Done);
}

#[test]
fn b6_without_moderators_those_who_were_expected_back_make_the_group() {
    let settings = MeetingSettings { lobby: true, ..MeetingSettings::default() };
    let mut world = World::with(settings);
    let held = world.held(1, settings, &[(2, Role::Participant), (3, Role::CoHost)]);
    world.restart();
    let one = world.greet(Standing::Guest, 2, |hello| hello.held = Some(held));
    assert!(world.is_in(one));
    assert_eq!(world.events(one), []);
    let co_host = world.guest(3);
    assert_eq!(world.events(co_host), [GroupEvent::Found], "a moderator rather");
    world.done(co_host, Act::Leave);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.events(one)[0], GroupEvent::Found);
}

#[test]
fn d2_nobody_changes_the_group_or_wants_in_too_often() {
    let (mut world, host, [one, two]) = before();
    let mut epoch = 2;
    for _ in 1..COMMIT_BURST {
        assert_eq!(world.group(one, commit(epoch)), Answer::Done);
        epoch += 1;
    }
    assert_eq!(world.group(one, commit(epoch)), TOO_OFTEN);
    assert_eq!(world.group(one, GroupMessage::Refuse { number: 1 }), TOO_OFTEN);
    assert_eq!(world.group(two, commit(epoch)), Answer::Done, "each for themselves");
    world.done(one, Act::Say { to: None, body: body(1) });
    world.pass(Duration::from_secs(1));
    for _ in 0..COMMITS_PER_SECOND {
        epoch += 1;
        assert_eq!(world.group(one, commit(epoch)), Answer::Done);
    }
    assert_eq!(world.group(one, commit(epoch + 1)), TOO_OFTEN);

    for _ in 0..ENTRY_BURST {
        assert_ne!(world.group(two, GroupMessage::Again), TOO_OFTEN);
    }
    assert_eq!(world.group(two, ask_add()), TOO_OFTEN);

    let long = |epoch| {
        let commit = bytes(0, GroupBytes::MAX);
        GroupMessage::Commit { epoch, commit, info: info(0), welcome: None }
    };
    let most = COMMIT_BYTES_BURST / GroupBytes::MAX as u32;
    for turn in 0..most {
        assert_eq!(world.group(host, long(epoch + 1 + turn)), Answer::Done);
    }
    assert_eq!(world.group(host, long(epoch + 1 + most)), TOO_OFTEN);
    assert_eq!(world.group(host, commit(epoch + 1 + most)), Answer::Done, "a short one fits");
    world.make_co_host(host, world.id(one));
}
