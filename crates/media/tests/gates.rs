//! A gate that closes holds from the same turn on (B5, P3).

mod common;

use std::time::Duration;

use common::assert_gapless;
use incamera_conference::wire::{Source, TileSize};
use incamera_testkit::{Link, Options, World};

/// Two people; what the SFU sends to the second arrives in the instant it is sent.
fn watched(seed: u64) -> World {
    let mut world = World::meeting(seed, 2);
    let (address, server) = (world.people[1].page.address(), world.server());
    world.network.set_down(address, Link { delay: Duration::ZERO, ..Link::default() });
    world.network.set_up(server, Link { delay: Duration::ZERO, ..Link::default() });
    world.run(Duration::from_secs(2));
    world
}

#[test]
fn what_came_in_the_turn_in_which_the_gate_closes_does_not_leave() {
    for source in [Source::Microphone, Source::Camera] {
        // The packets of a frame wait for the end of the turn: with the gate open they are sent then.
        let mut open = watched(1);
        let mut closed = watched(1);
        for world in [&mut open, &mut closed] {
            for _ in 0..40 {
                world.deliver_one();
            }
            world.clear();
        }
        closed.set_gate(0, source, false);
        open.run(Duration::ZERO);
        closed.run(Duration::from_secs(3));
        assert!(open.count(1, 0, source) > 0, "{source:?}");
        assert_eq!(closed.count(1, 0, source), 0, "{source:?}: the page keeps sending, but nothing passes");
        let other = if source == Source::Camera { Source::Microphone } else { Source::Camera };
        assert!(closed.count(1, 0, other) > 50, "{other:?} goes on");
    }
}

#[test]
fn a_closed_gate_answers_no_retransmission_and_fills_no_padding() {
    let mut world = World::meeting(2, 2);
    // Much is lost on the way to the second, who asks for it again, and whose path is probed with padding.
    let (address, server) = (world.people[1].page.address(), world.server());
    world.network.set_up(server, Link { delay: Duration::ZERO, ..Link::default() });
    world.network.set_down(address, Link { loss: 0.3, delay: Duration::ZERO, ..Link::default() });
    world.run(Duration::from_secs(3));
    assert!(world.count(1, 0, Source::Camera) > 0);
    world.set_gate(0, Source::Camera, false);
    world.clear();
    world.run(Duration::from_secs(5));
    assert_eq!(world.count(1, 0, Source::Camera), 0);
    assert!(world.count(1, 0, Source::Microphone) > 100);
}

#[test]
fn a_gate_that_opens_again_resumes_with_a_key_frame() {
    let mut world = watched(3);
    let slot = world.slot_of(1, 0, Source::Camera).unwrap();
    world.set_gate(0, Source::Camera, false);
    world.run(Duration::from_secs(1));
    let asked = world.people[0].page.key_frame_requests();
    let before = world.stream(1, &slot).len();
    world.set_gate(0, Source::Camera, true);
    world.run(Duration::from_secs(1));
    assert!(world.people[0].page.key_frame_requests() > asked);
    assert_eq!(world.slot_of(1, 0, Source::Camera).as_ref(), Some(&slot), "in the same slot");
    let stream = world.stream(1, &slot);
    assert!(stream.len() > before + 20, "{} after {before}", stream.len());
    let first = &stream[before];
    assert!(first.tag.key && first.tag.part == 0, "{first:?}");
    assert_gapless(&stream);
    // Time went on while nothing was sent.
    let pause = f64::from(first.timestamp.wrapping_sub(stream[before - 1].timestamp)) / 90_000.0;
    let passed = (first.at - stream[before - 1].at).as_secs_f64();
    assert!((pause - passed).abs() < 0.1, "{pause} s on the stream, {passed} s here");
}

#[test]
fn gates_are_closed_at_first() {
    let mut world = World::new(4);
    let speaker = world.join(Options::default());
    let listener = world.join(Options::default());
    world.run(Duration::from_secs(1));
    world.watch_everybody(listener, TileSize::Large);
    for source in [Source::Microphone, Source::Camera] {
        world.people[speaker].page.send(world.now, source, true);
    }
    world.run(Duration::from_secs(2));
    assert_eq!(world.people[listener].page.received(), []);
}

#[test]
fn nobody_receives_from_one_who_left() {
    let mut world = watched(5);
    world.leave(0);
    world.clear();
    world.run(Duration::from_secs(2));
    assert_eq!(world.people[1].page.received(), []);
    assert_eq!(world.people[1].slots, []);
}
