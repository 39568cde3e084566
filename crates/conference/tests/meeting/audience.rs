//! Many people and few speakers: who has the floor, how many can be heard, and that a full meeting works (P3, B6).

use incamera_conference::effect::{Effect, Origin, Standing};
use incamera_conference::ids::{ConnectionId, ParticipantId};
use incamera_conference::limits::{AUDIO_SLOTS, OWNER_SEATS, PARTICIPANTS, RECONNECT_GRACE};
use incamera_conference::settings::{MeetingSettings, Role};
use incamera_conference::wire::{Act, Denial, ServerMessage, Source};

use crate::harness::{Answer, World};
use crate::limits::numbered;

const SWITCHED_OFF: Answer = Answer::Denied(Denial::SwitchedOff);
const TOO_MANY: Answer = Answer::Denied(Denial::TooManySounds);
const SWITCHES: [Source; 3] = [Source::Microphone, Source::Camera, Source::Screen];

/// A host, and two people in the audience.
fn audience() -> (World, ConnectionId, [ConnectionId; 2], [ParticipantId; 2]) {
    let mut world = World::with(World::audience());
    let host = world.owner(1);
    let guests = [2, 3].map(|who| world.guest(who));
    let ids = guests.map(|connection| world.id(connection));
    (world, host, guests, ids)
}

/// So many people, each with a way of their own.
fn crowd(world: &mut World, people: usize) -> Vec<ConnectionId> {
    let come = |number: usize| {
        world.origin = Origin(number as u64);
        world.greet(Standing::Guest, 0, |hello| hello.identity = numbered(number))
    };
    (0..people).map(come).collect()
}

#[test]
fn p3_the_audience_switches_nothing_on_until_a_moderator_gives_the_floor() {
    let (mut world, host, [one, two], [first, second]) = audience();
    world.make_co_host(host, second);
    for source in SWITCHES {
        assert_eq!(world.switch(one, source, true), SWITCHED_OFF);
    }
    assert_eq!(world.floor(one, second, true), Answer::Denied(Denial::NotModerator));
    assert_eq!(world.floor(one, first, true), Answer::Denied(Denial::NotModerator));
    for moderator in [host, two] {
        assert_eq!(world.floor(moderator, first, true), Answer::Done);
        assert_eq!(world.inside(two).people[&first].role, Role::Speaker, "everybody is told");
        for source in SWITCHES {
            assert_eq!(world.switch(one, source, true), Answer::Done);
            assert!(world.is_open(first, source));
        }
        assert!(world.is_open(first, Source::ScreenAudio));
        assert_eq!(world.act(one, Act::MuteAll), Answer::Denied(Denial::NotModerator));
        assert_eq!(world.floor(one, second, false), Answer::Denied(Denial::NotModerator));
        assert_eq!(world.floor(moderator, first, false), Answer::Done);
        assert!(world.open.is_empty());
    }
}

#[test]
fn p3_to_take_the_floor_back_closes_every_gate_before_anybody_is_told() {
    for settings in [World::audience(), MeetingSettings::default()] {
        let mut world = World::with(settings);
        let host = world.owner(1);
        let guest = world.guest(2);
        let id = world.id(guest);
        world.floor(host, id, true);
        for source in SWITCHES {
            world.switch(guest, source, true);
        }
        assert_eq!(world.floor(host, id, false), Answer::Done);
        for (effect, source) in world.last.iter().zip(Source::ALL) {
            assert_eq!(*effect, Effect::Gate { participant: id, source, open: false });
        }
        assert!(world.open.is_empty());
        assert!(world.me(guest).live.is_empty());
    }
}

#[test]
fn p3_b5_nothing_opens_again_by_coming_back_after_the_floor_was_taken() {
    let (mut world, host, [one, _], [first, _]) = audience();
    world.floor(host, first, true);
    world.switch(one, Source::Microphone, true);
    world.lose(one);
    assert!(world.is_open(first, Source::Microphone), "they may be back in a moment");
    assert_eq!(world.floor(host, first, false), Answer::Done, "also from those who are away");
    assert!(world.open.is_empty());
    let back = world.guest(2);
    assert_eq!(world.me(back).role, Role::Participant);
    assert_eq!(world.switch(back, Source::Microphone, true), SWITCHED_OFF);

    world.floor(host, first, true);
    world.switch(back, Source::Microphone, true);
    world.lose(back);
    let again = world.guest(2);
    assert_eq!(world.me(again).role, Role::Speaker, "the floor is kept over a lost connection");
    assert!(world.is_open(first, Source::Microphone));
    world.done(again, Act::Leave);
    let anew = world.guest(2);
    assert_eq!(world.me(anew).role, Role::Participant, "who leaves gives it back");
}

#[test]
fn a_question_that_was_asked_ends_with_the_floor() {
    let (mut world, host, [one, _], [first, _]) = audience();
    world.floor(host, first, true);
    world.done(host, Act::AskToUnmute { participant: first });
    world.floor(host, first, false);
    assert_eq!(world.switch(one, Source::Microphone, true), SWITCHED_OFF);
    world.done(host, Act::AskToUnmute { participant: first });
    assert_eq!(world.switch(one, Source::Microphone, true), Answer::Done, "asked again, once");
}

#[test]
fn p3_a_co_host_makes_neither_moderators_nor_touches_one() {
    let (mut world, host, [one, two], [first, second]) = audience();
    world.make_co_host(host, first);
    let promote = Act::SetRole { participant: second, role: Role::CoHost };
    assert_eq!(world.act(one, promote), Answer::Denied(Denial::NotHost));
    world.make_co_host(host, second);
    for has in [true, false] {
        assert_eq!(world.floor(two, first, has), Answer::Denied(Denial::Protected));
        assert_eq!(world.floor(two, second, has), Answer::Denied(Denial::Oneself));
        assert_eq!(world.floor(two, world.id(host), has), Answer::Denied(Denial::Protected));
    }
    assert_eq!(world.floor(host, first, true), Answer::Done, "the host may");
    assert_eq!(world.me(one).role, Role::Speaker);
}

#[test]
fn a_sound_that_not_everybody_could_hear_is_refused_until_there_is_room() {
    let mut world = World::with(MeetingSettings { early_start: true, ..MeetingSettings::default() });
    let people = crowd(&mut world, AUDIO_SLOTS + 2);
    let (speaking, [late, later]) = people.split_at(AUDIO_SLOTS) else {
        panic!("two more than can be heard")
    };
    let (late, later) = (*late, *later);
    for connection in speaking {
        assert_eq!(world.switch(*connection, Source::Microphone, true), Answer::Done);
    }
    assert_eq!(world.switch(late, Source::Microphone, true), TOO_MANY);
    let host = world.owner(1);
    assert_eq!(world.switch(host, Source::Microphone, true), TOO_MANY, "nobody is an exception");
    assert_eq!(world.switch(speaking[0], Source::Microphone, true), Answer::Done, "it is on");
    assert_eq!(world.switch(late, Source::Camera, true), Answer::Done, "pictures have their own bound");
    let id = world.id(late);
    assert_eq!(world.switch(late, Source::Screen, true), Answer::Done);
    assert!(!world.is_open(id, Source::ScreenAudio), "a shared screen stays without sound");
    assert_eq!(world.switch(late, Source::ScreenAudio, true), TOO_MANY);

    // Each of these makes room for one.
    let one = world.id(speaking[1]);
    world.switch(speaking[0], Source::Microphone, false);
    assert_eq!(world.switch(late, Source::Microphone, true), Answer::Done);
    assert_eq!(world.switch(later, Source::Microphone, true), TOO_MANY);
    world.done(host, Act::Mute { participant: one });
    assert_eq!(world.switch(later, Source::Microphone, true), Answer::Done);
    assert_eq!(world.switch(host, Source::Microphone, true), TOO_MANY);
    world.done(speaking[2], Act::Leave);
    assert_eq!(world.switch(host, Source::Microphone, true), Answer::Done);
    assert_eq!(world.switch(speaking[0], Source::Microphone, true), TOO_MANY);
    world.lose(speaking[3]);
    assert_eq!(world.switch(speaking[0], Source::Microphone, true), TOO_MANY, "it may be back");
    world.pass(RECONNECT_GRACE);
    assert_eq!(world.switch(speaking[0], Source::Microphone, true), Answer::Done);
    assert_eq!(world.open.iter().filter(|(_, source)| !source.is_video()).count(), AUDIO_SLOTS);
}

#[test]
fn b6_a_full_meeting_has_its_host_its_speakers_and_everybody_else_listening() {
    let settings = MeetingSettings { early_start: true, ..World::audience() };
    let mut world = World::with(settings);
    let people = crowd(&mut world, PARTICIPANTS - OWNER_SEATS);
    let host = world.owner(1);
    let speakers = &people[..3];
    for speaker in speakers {
        assert_eq!(world.floor(host, world.id(*speaker), true), Answer::Done);
        assert_eq!(world.switch(*speaker, Source::Microphone, true), Answer::Done);
    }
    assert_eq!(world.switch(people[3], Source::Microphone, true), SWITCHED_OFF);
    assert_eq!(world.open.len(), 3);
    let told = world.members().filter(|(_, _, inside)| {
        inside.people.values().filter(|person| person.role == Role::Speaker).count() == 3
    });
    assert_eq!(told.count(), people.len() + 1, "everybody sees who speaks");

    // One more person costs everybody who is there one message, whatever the number of people.
    for connection in [people[7], host] {
        world.heard(connection);
    }
    world.owner(2);
    for connection in [people[7], host] {
        assert!(matches!(world.heard(connection)[..], [ServerMessage::Participant { .. }]));
    }
    world.floor(host, world.id(people[0]), false);
    assert_eq!(world.open.len(), 2);
}
