//! What people tell each other. The server passes it on unread.

use incamera_conference::ids::ParticipantId;
use incamera_conference::sealed::SealedBody;
use incamera_conference::settings::MeetingSettings;
use incamera_conference::wire::{Act, Denial, Quality, ServerMessage};

use crate::harness::{Answer, World, body};

fn say(to: Option<ParticipantId>) -> Act {
    Act::Say { to, body: body(10) }
}

#[test]
fn what_is_said_reaches_all_others_or_the_one_it_is_for() {
    let mut world = World::new();
    let host = world.owner(1);
    let [one, two] = [2, 3].map(|who| world.guest(who));
    for connection in [host, one, two] {
        world.heard(connection);
    }
    let from = world.id(one);
    world.done(one, say(None));
    for connection in [host, two] {
        assert_eq!(world.heard(connection), [ServerMessage::Said { from, privately: false, body: body(10) }]);
    }
    world.done(one, say(Some(world.id(two))));
    assert_eq!(world.heard(two), [ServerMessage::Said { from, privately: true, body: body(10) }]);
    assert!(world.heard(host).is_empty());
}

#[test]
fn the_settings_for_chat_and_names_are_the_pages_to_keep() {
    let silent = MeetingSettings { chat: false, rename: false, ..MeetingSettings::default() };
    let mut world = World::with(silent);
    let host = world.owner(1);
    let guest = world.guest(2);
    assert_eq!(world.inside(guest).settings, silent, "they are told");
    world.done(guest, say(None));
    world.done(guest, say(Some(world.id(host))));
}

#[test]
fn the_longest_body_is_passed_on() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.heard(host);
    world.done(guest, Act::Say { to: None, body: body(SealedBody::MAX) });
    assert!(matches!(&world.heard(host)[..], [ServerMessage::Said { body, .. }]
        if body.as_bytes().len() == SealedBody::MAX));
}

#[test]
fn nothing_is_said_to_oneself_to_nobody_or_to_who_is_away() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    assert_eq!(world.act(host, say(Some(world.id(host)))), Answer::Denied(Denial::Oneself));
    assert_eq!(world.act(host, say(Some(ParticipantId(99)))), Answer::Denied(Denial::NoSuchPerson));
    world.lose(guest);
    assert_eq!(world.act(host, say(Some(id))), Answer::Denied(Denial::NoSuchPerson));
}

#[test]
fn the_quality_of_a_connection_is_told_when_it_changes() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.heard(host);
    for _ in 0..2 {
        world.done(guest, Act::Quality { quality: Quality::Fair });
    }
    assert_eq!(world.heard(host).len(), 1);
    assert_eq!(world.inside(host).people[&world.id(guest)].quality, Quality::Fair);
}
