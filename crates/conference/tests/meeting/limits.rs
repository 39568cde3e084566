//! Every bound holds, and who exceeds one pays alone (D2).

use std::time::Duration;

use incamera_conference::effect::{Origin, Standing};
use incamera_conference::ids::IdentityKey;
use incamera_conference::limits::{
    ACT_BURST, ACTS_PER_SECOND, KNOCKS, KNOCKS_PER_ORIGIN, OWNER_SEATS, PARTICIPANTS, ROTATION_BURST,
    ROTATION_INTERVAL, SAY_BURST, SAY_BYTES, SAYS_PER_SECOND, SEATS_PER_ORIGIN,
};
use incamera_conference::sealed::SealedBody;
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Denial, Quality, Refusal, Source};

use crate::harness::{Answer, World, body, remove, rotation};

pub(crate) fn numbered(number: usize) -> IdentityKey {
    let mut key = [0xee; 32];
    key[..2].copy_from_slice(&(number as u16).to_le_bytes());
    IdentityKey(key)
}

#[test]
fn b6_guests_fill_the_meeting_and_the_host_still_fits() {
    let mut world = World::with(MeetingSettings { early_start: true, ..MeetingSettings::default() });
    for number in 0..PARTICIPANTS - OWNER_SEATS {
        world.origin = Origin(number as u64);
        let guest = world.greet(Standing::Guest, 0, |hello| hello.identity = numbered(number));
        assert!(world.is_in(guest));
    }
    let late = world.guest(200);
    assert_eq!(world.refused(late), Some(Refusal::Full));
    for who in 1..=OWNER_SEATS as u8 {
        let host = world.owner(who);
        assert_eq!(world.me(host).role, Role::Host);
    }
    let late = world.owner(100);
    assert_eq!(world.refused(late), Some(Refusal::Full));
    let again = world.owner(1);
    assert!(world.is_in(again), "a place that one has is not one more");
}

#[test]
fn the_lobby_is_bounded() {
    let mut world = World::with(MeetingSettings { lobby: true, ..MeetingSettings::default() });
    let host = world.owner(1);
    let sent_back = world.guest(2);
    world.done(host, Act::AdmitAll);
    for number in 0..KNOCKS {
        world.origin = Origin(number as u64);
        world.greet(Standing::Guest, 0, |hello| hello.identity = numbered(number));
    }
    let late = world.guest(200);
    assert_eq!(world.refused(late), Some(Refusal::Full));
    let to_lobby = Act::SendToLobby { participant: world.id(sent_back) };
    assert_eq!(world.act(host, to_lobby), Answer::Denied(Denial::Full));
    assert!(world.is_in(sent_back));
}

#[test]
fn one_origin_takes_neither_all_seats_nor_the_whole_lobby_d2() {
    let settings = MeetingSettings { early_start: true, ..MeetingSettings::default() };
    let mut world = World::with(settings);
    let come = |world: &mut World, number, origin| {
        world.origin = Origin(origin);
        world.greet(Standing::Guest, 0, |hello| hello.identity = numbered(number))
    };
    let class: Vec<_> = (0..SEATS_PER_ORIGIN).map(|number| come(&mut world, number, 1)).collect();
    assert!(class.iter().all(|guest| world.is_in(*guest)), "a class fits");
    let late = come(&mut world, 400, 1);
    assert_eq!(world.refused(late), Some(Refusal::Full));
    let again = come(&mut world, 0, 1);
    assert!(world.is_in(again), "a place that one has is not one more");
    let other = come(&mut world, 401, 2);
    assert!(world.is_in(other), "others find a seat");

    let host = world.owner(1);
    world.done(host, Act::ChangeSettings { settings: MeetingSettings { lobby: true, ..settings } });
    let knocking: Vec<_> = (0..KNOCKS_PER_ORIGIN).map(|number| come(&mut world, 410 + number, 1)).collect();
    assert!(knocking.iter().all(|guest| world.refused(*guest).is_none()));
    let late = come(&mut world, 600, 1);
    assert_eq!(world.refused(late), Some(Refusal::Full));
    let other = come(&mut world, 601, 2);
    assert_eq!(world.refused(other), None);
    world.done(host, Act::AdmitAll);
    assert!(world.is_in(knocking[0]), "whom a moderator admits is in");
}

#[test]
fn nobody_is_admitted_beyond_the_last_seat() {
    let mut world = World::new();
    let host = world.owner(1);
    for number in 0..PARTICIPANTS - OWNER_SEATS - 1 {
        world.origin = Origin(number as u64);
        world.greet(Standing::Guest, 0, |hello| hello.identity = numbered(number));
    }
    world.done(host, Act::ChangeSettings { settings: MeetingSettings { lobby: true, ..Default::default() } });
    let [one, two] = [2, 3].map(|who| world.guest(who));
    world.done(host, Act::AdmitAll);
    assert!(world.is_in(one));
    assert!(!world.is_in(two));
    world.settle();
    let knock = world.inside(host).knocks[0];
    assert_eq!(world.act(host, Act::Admit { knock }), Answer::Denied(Denial::Full));
}

#[test]
fn who_acts_too_often_is_denied_and_may_go_on_later() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let too_often = Answer::Denied(Denial::TooOften);
    let act = || Act::Quality { quality: Quality::Good };
    for _ in 0..ACT_BURST {
        world.done(guest, act());
    }
    assert_eq!(world.act(guest, act()), too_often);
    assert_eq!(world.switch(guest, Source::Microphone, false), Answer::Done, "to fall silent is free");
    world.done(guest, say(1));
    world.done(host, act());
    world.pass(Duration::from_secs(1));
    for _ in 0..ACTS_PER_SECOND {
        world.done(guest, act());
    }
    assert_eq!(world.act(guest, act()), too_often);
    world.lose(guest);
    let back = world.guest(2);
    assert_eq!(world.act(back, act()), too_often, "a new connection is no new person");
}

fn say(length: usize) -> Act {
    Act::Say { to: None, body: body(length) }
}

#[test]
fn d2_who_says_too_much_is_denied_and_may_go_on_later() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let too_often = Answer::Denied(Denial::TooOften);
    for _ in 0..SAY_BURST {
        world.done(guest, say(SAY_BYTES - 1));
    }
    world.heard(host);
    assert_eq!(world.act(guest, say(1)), too_often);
    assert_eq!(world.act(guest, Act::Say { to: Some(world.id(host)), body: body(1) }), too_often);
    assert!(world.heard(host).is_empty());
    for _ in 0..ACT_BURST {
        world.done(guest, Act::Quality { quality: Quality::Good });
    }
    world.done(host, say(1));
    world.pass(Duration::from_secs(1));
    for _ in 0..SAYS_PER_SECOND {
        world.done(guest, say(1));
    }
    assert_eq!(world.act(guest, say(1)), too_often);
    world.lose(guest);
    let back = world.guest(2);
    assert_eq!(world.act(back, say(1)), too_often, "a new connection is no new person");
}

#[test]
fn d2_a_long_message_costs_more_than_a_short_one() {
    let mut world = World::new();
    world.owner(1);
    let guest = world.guest(2);
    let cost = 1 + SealedBody::MAX / SAY_BYTES;
    for _ in 0..SAY_BURST as usize / cost {
        world.done(guest, say(SealedBody::MAX));
    }
    assert_eq!(world.act(guest, say(SealedBody::MAX)), Answer::Denied(Denial::TooOften));
}

#[test]
fn d2_the_link_changes_no_faster_than_pages_can_follow() {
    let mut world = World::new();
    let host = world.owner(1);
    let guests = [2, 3, 4].map(|who| world.guest(who));
    let ids = guests.map(|guest| world.id(guest));
    world.make_co_host(host, ids[0]);
    let mut link = 0;
    let mut rotate = |world: &mut World, who| {
        link += 1;
        let answer = world.act(who, Act::Rotate { rotation: rotation(link) });
        world.store(true);
        answer
    };
    let too_often = Answer::Denied(Denial::TooOften);
    assert_eq!(rotate(&mut world, guests[1]), Answer::Denied(Denial::NotModerator), "and costs nothing");
    for _ in 0..ROTATION_BURST {
        assert_eq!(rotate(&mut world, guests[0]), Answer::Nothing, "answered by the disk");
    }
    assert_eq!(rotate(&mut world, guests[0]), too_often);
    assert_eq!(rotate(&mut world, host), too_often, "the bound is the meeting's");

    assert_eq!(world.act(host, remove(ids[2])), Answer::Nothing, "B5: a removal waits for nothing");
    assert_eq!(world.refused(guests[2]), Some(Refusal::Removed));
    world.store(true);
    world.pass(ROTATION_INTERVAL);
    assert_eq!(rotate(&mut world, host), Answer::Nothing);
    assert_eq!(rotate(&mut world, host), too_often);
}
