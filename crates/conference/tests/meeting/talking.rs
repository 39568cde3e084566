//! What people tell each other.

use std::time::Duration;

use incamera_conference::ids::ParticipantId;
use incamera_conference::limits::{CHAT, REACTION};
use incamera_conference::settings::MeetingSettings;
use incamera_conference::wire::{Act, Channel, Denial, Quality, ServerMessage};

use crate::harness::{Answer, World, body, name};

fn chat(to: Option<ParticipantId>) -> Act {
    Act::Say { channel: Channel::Chat, to, body: body(10) }
}

#[test]
fn what_is_said_reaches_all_others_or_the_one_it_is_for() {
    let mut world = World::new();
    let host = world.owner(1);
    let [one, two] = [2, 3].map(|who| world.guest(who));
    for connection in [host, one, two] {
        world.heard(connection);
    }
    world.done(one, chat(None));
    for connection in [host, two] {
        let heard = world.heard(connection);
        assert!(matches!(heard[..], [ServerMessage::Said { privately: false, .. }]), "{heard:?}");
    }
    world.done(one, chat(Some(world.id(two))));
    assert!(matches!(world.heard(two)[..], [ServerMessage::Said { privately: true, .. }]));
    assert!(world.heard(host).is_empty());
}

#[test]
fn without_chat_participants_react_and_moderators_write() {
    let mut world = World::with(MeetingSettings { chat: false, ..MeetingSettings::default() });
    let host = world.owner(1);
    let guest = world.guest(2);
    assert_eq!(world.act(guest, chat(None)), Answer::Denied(Denial::SwitchedOff));
    assert_eq!(world.act(guest, chat(Some(world.id(host)))), Answer::Denied(Denial::SwitchedOff));
    world.done(guest, Act::Say { channel: Channel::Reaction, to: None, body: body(10) });
    world.done(host, chat(None));
}

#[test]
fn d2_what_is_too_long_for_its_channel_is_denied() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.heard(host);
    for (channel, longest) in [(Channel::Chat, CHAT), (Channel::Reaction, REACTION)] {
        for to in [None, Some(world.id(host))] {
            let long = Act::Say { channel, to, body: body(longest + 1) };
            assert_eq!(world.act(guest, long), Answer::Denied(Denial::TooLong));
            assert!(world.heard(host).is_empty());
            world.done(guest, Act::Say { channel, to, body: body(longest) });
            assert_eq!(world.heard(host).len(), 1);
            world.pass(Duration::from_secs(10));
        }
    }
}

#[test]
fn nothing_is_said_to_oneself_to_nobody_or_to_who_is_away() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    let id = world.id(guest);
    assert_eq!(world.act(host, chat(Some(world.id(host)))), Answer::Denied(Denial::Oneself));
    assert_eq!(world.act(host, chat(Some(ParticipantId(99)))), Answer::Denied(Denial::NoSuchPerson));
    world.lose(guest);
    assert_eq!(world.act(host, chat(Some(id))), Answer::Denied(Denial::NoSuchPerson));
}

#[test]
fn people_rename_themselves_where_they_may() {
    let mut world = World::new();
    let host = world.owner(1);
    let guest = world.guest(2);
    world.done(guest, Act::Rename { name: name("Grace") });
    assert_eq!(world.inside(host).people[&world.id(guest)].name, name("Grace"));
    world.done(
        host,
        Act::ChangeSettings { settings: MeetingSettings { rename: false, ..MeetingSettings::default() } },
    );
    assert_eq!(world.act(guest, Act::Rename { name: name("Ada") }), Answer::Denied(Denial::SwitchedOff));
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
