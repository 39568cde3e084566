//! What the send path promises beyond that packets arrive: each nonce once, and times that fit.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use incamera_conference::wire::{Source, TileSize};
use incamera_testkit::{Link, Received, World};

/// When a packet was captured, as the latest sender report tells.
fn captured(packet: &Received, clock_rate: u32) -> Option<SystemTime> {
    let (timestamp, time) = packet.report?;
    let units = i64::from(packet.timestamp.wrapping_sub(timestamp).cast_signed());
    let distance = Duration::from_micros(units.unsigned_abs() * 1_000_000 / u64::from(clock_rate));
    if units < 0 { time.checked_sub(distance) } else { time.checked_add(distance) }
}

#[test]
fn sender_reports_put_sound_and_picture_on_one_clock() {
    let mut world = World::meeting(31, 2);
    world.run(Duration::from_secs(2));
    world.clear();
    world.run(Duration::from_secs(4));
    let origin = world.people[1].page.received()[0].at;
    let mut offsets = Vec::new();
    for (source, clock_rate) in [(Source::Microphone, 48_000), (Source::Camera, 90_000)] {
        let slot = world.slot_of(1, 0, source).unwrap();
        let stream = world.stream(1, &slot);
        assert!(stream.len() > 100);
        for packet in &stream {
            let captured = captured(packet, clock_rate).expect("a report before the packet");
            let arrived = packet.at - origin;
            let since = captured.duration_since(SystemTime::UNIX_EPOCH).expect("later");
            offsets.push(since.as_secs_f64() - arrived.as_secs_f64());
        }
    }
    let (least, most) = offsets
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, most), offset| (least.min(*offset), most.max(*offset)));
    assert!(most - least < 0.004, "they differ by {} s", most - least);
}

#[test]
fn no_number_is_used_twice_under_one_key() {
    let mut world = World::meeting(32, 3);
    let bad = Link {
        delay: Duration::from_millis(30),
        jitter: Duration::from_millis(10),
        loss: 0.1,
        duplication: 0.02,
        rate: Some(1_500_000),
        queue: Duration::from_millis(200),
    };
    for person in 0..3 {
        let address = world.people[person].page.address();
        world.network.set_down(address, bad);
    }
    world.sent = Some(Vec::new());
    world.run(Duration::from_secs(10));
    // More sections in the middle: the streams that there are go on.
    world.people[1].page.add_slots(1, 1);
    world.negotiate(1, true).expect("a good offer");
    world.run(Duration::from_secs(10));
    let sent = world.sent.take().unwrap_or_default();
    let distinct: HashSet<(SocketAddr, u32, u16)> = sent.iter().copied().collect();
    assert!(sent.len() > 10_000, "{}", sent.len());
    // Fewer than 65,536 of any stream: none has come round.
    assert_eq!(distinct.len(), sent.len());
    for person in 0..3 {
        let address = world.people[person].page.address();
        let streams: HashSet<u32> =
            sent.iter().filter(|(to, ..)| *to == address).map(|(_, ssrc, _)| *ssrc).collect();
        // The sound of two, the pictures of two, their repetitions, and padding before there were any.
        assert!(streams.len() <= 7, "{} streams to {person}", streams.len());
    }
}

#[test]
fn a_key_frame_is_asked_for_in_the_turn_that_needs_it() {
    let mut world = World::meeting(35, 2);
    for _ in 0..10 {
        world.watch(1, &[]);
        world.run(Duration::from_secs(1));
        let before = world.people[0].page.key_frame_requests();
        world.watch_everybody(1, TileSize::Large);
        // As long as the request is under way, on two links.
        world.run(Link::default().delay * 2 + Duration::from_millis(1));
        assert!(world.people[0].page.key_frame_requests() > before);
    }
}

#[test]
fn who_is_gone_for_a_while_costs_no_turn_that_does_nothing() {
    let mut world = World::meeting(34, 2);
    world.run(Duration::from_secs(3));
    let address = world.people[1].page.address();
    let dead = Link { loss: 1.0, ..Link::default() };
    world.network.set_up(address, dead);
    world.network.set_down(address, dead);
    let before = world.turns;
    world.run(Duration::from_secs(40));
    // Two people go on sending fifty sounds and thirty pictures a second.
    let turns = (world.turns - before) / 40;
    assert!(turns < 600, "{turns} turns a second");
    assert!(!world.lost.is_empty());
    world.network.set_up(address, Link::default());
    world.network.set_down(address, Link::default());
    world.run(Duration::from_secs(1));
}

#[test]
fn a_path_that_loses_a_fifth_of_everything_still_carries_pictures_and_sound() {
    let mut world = World::meeting(33, 2);
    let lossy = Link {
        delay: Duration::from_millis(30),
        jitter: Duration::from_millis(5),
        loss: 0.2,
        duplication: 0.0,
        rate: None,
        queue: Duration::from_millis(200),
    };
    let address = world.people[1].page.address();
    world.network.set_down(address, lossy);
    world.run(Duration::from_secs(10));
    world.clear();
    world.run(Duration::from_secs(20));
    let sound = world.stream(1, &world.slot_of(1, 0, Source::Microphone).unwrap());
    assert!(sound.len() > 700, "{} of 1,000", sound.len());
    // Whole pictures: every part of a frame came, at first or again.
    let picture = world.stream(1, &world.slot_of(1, 0, Source::Camera).unwrap());
    let whole =
        picture.chunk_by(|one, other| one.tag.frame == other.tag.frame && one.tag.layer == other.tag.layer);
    let whole = whole.filter(|parts| parts.len() == usize::from(parts[0].tag.parts)).count();
    assert!(whole > 540, "{whole} of 600 pictures");
}
