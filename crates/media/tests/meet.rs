//! People meet, and what an answer contains.

mod common;

use std::time::Duration;

use common::assert_gapless;
use incamera_conference::wire::{Source, TileSize};
use incamera_media::RoomId;
use incamera_testkit::{Options, World};

#[test]
fn three_people_see_and_hear_each_other() {
    let mut world = World::meeting(1, 3);
    world.run(Duration::from_secs(5));
    for person in 0..3 {
        assert!(world.people[person].page.is_connected());
        for other in (0..3).filter(|other| *other != person) {
            let audio = world.count(person, other, Source::Microphone);
            let video = world.count(person, other, Source::Camera);
            assert!(audio > 240, "{person} hears {other}: {audio}");
            assert!(video > 150, "{person} sees {other}: {video}");
            for source in [Source::Microphone, Source::Camera] {
                assert_gapless(&world.stream(person, &world.slot_of(person, other, source).unwrap()));
            }
        }
        let own = world.people[person].page.id();
        assert!(world.people[person].page.received().iter().all(|packet| packet.tag.participant != own));
    }
}

#[test]
fn rooms_know_nothing_of_each_other() {
    let mut world = World::meeting(2, 2);
    let stranger = world.join_room(RoomId(2), Options::default());
    world.run(Duration::from_secs(1));
    world.publish(stranger, Source::Microphone);
    world.publish(stranger, Source::Camera);
    world.watch_everybody(stranger, TileSize::Large);
    world.watch_everybody(0, TileSize::Large);
    world.run(Duration::from_secs(2));
    assert!(world.people[stranger].page.is_connected());
    assert_eq!(world.people[stranger].page.received(), []);
    assert_eq!(world.count(0, stranger, Source::Microphone) + world.count(0, stranger, Source::Camera), 0);
    assert!(world.count(0, 1, Source::Camera) > 0);
}

#[test]
fn an_answer_has_our_candidate_and_nothing_that_tells_too_much() {
    let mut world = World::new(3);
    let person = world.join(Options::default());
    world.people[person].page.add_slots(1, 0);
    let answer = world.negotiate(person, false).unwrap();

    // K6: the offer proposed the audio level.
    assert!(!answer.contains("ssrc-audio-level"), "{answer}");
    // K5.
    let opus: Vec<&str> = answer.lines().filter(|line| line.ends_with(";cbr=1;usedtx=0")).collect();
    assert_eq!(opus.len(), 10, "one microphone, nine slots: {answer}");
    for line in answer.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")) {
        let codec = line.split_once(' ').unwrap().1;
        assert!(["opus/48000/2", "VP8/90000", "rtx/90000"].contains(&codec), "{codec}");
    }
    let candidates: Vec<&str> = answer.lines().filter(|line| line.starts_with("a=candidate:")).collect();
    assert_eq!(candidates.len(), 1, "{candidates:?}");
    assert!(candidates[0].contains("198.51.100.1 443 typ host"), "{candidates:?}");
    assert!(answer.contains("a=ice-lite"));
    // The shard is the third.
    let fragment = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    assert!(fragment.starts_with("03"), "{fragment}");
}

#[test]
fn more_slots_come_by_renegotiation_and_disturb_nothing() {
    let mut world = World::new(4);
    for _ in 0..4 {
        world.join(Options { audio_slots: 1, video_slots: 1, ..Options::default() });
    }
    world.run(Duration::from_secs(1));
    for person in 0..4 {
        world.publish(person, Source::Microphone);
        world.publish(person, Source::Camera);
    }
    world.watch_everybody(0, TileSize::Small);
    world.run(Duration::from_secs(2));
    let heard = world.slot_of(0, 1, Source::Microphone).expect("who began first");
    assert_eq!(world.slot_of(0, 2, Source::Microphone), None, "there is one slot");
    world.people[0].page.add_slots(2, 2);
    world.negotiate(0, false).unwrap();
    world.run(Duration::from_secs(2));
    assert_eq!(world.slot_of(0, 1, Source::Microphone).as_ref(), Some(&heard));
    assert_gapless(&world.stream(0, &heard));
    for other in 1..4 {
        assert!(world.count(0, other, Source::Microphone) > 80, "{other}");
        assert!(world.count(0, other, Source::Camera) > 40, "{other}");
    }
}
