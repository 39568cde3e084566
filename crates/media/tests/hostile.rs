//! Those who send what they should not cost themselves only (D2).

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::assert_gapless;
use incamera_conference::limits;
use incamera_conference::wire::{Source, SourceSection, TileSize};
use incamera_media::{Belongs, Claim, OfferError, PeerId, ShardId};
use incamera_testkit::{Link, Options, World};

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 1234))
}

/// A connectivity check without a message integrity.
fn check(username: &str) -> Vec<u8> {
    let padded = username.len().next_multiple_of(4);
    let mut datagram = vec![0, 1];
    datagram.extend(((padded + 4) as u16).to_be_bytes());
    datagram.extend(0x2112_a442_u32.to_be_bytes());
    datagram.extend([9; 12]);
    datagram.extend([0, 6]);
    datagram.extend((username.len() as u16).to_be_bytes());
    datagram.extend(username.as_bytes());
    datagram.resize(24 + padded, 0);
    datagram
}

#[test]
fn strangers_are_nobody() {
    let mut world = World::meeting(1, 2);
    world.run(Duration::from_secs(1));
    for garbage in [&[][..], &[0; 20], &[22; 100], &[0x80; 200], &[255; 1500]] {
        assert_eq!(world.inject(address(1), garbage), Belongs::Nobody);
    }
    world.people[0].page.add_slots(1, 0);
    let answer = world.negotiate(0, false).unwrap();
    let fragment = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    // Who knows the fragment but not the password does not get the peer's datagrams.
    assert_eq!(world.inject(address(1), &check(&format!("{fragment}:x"))), Belongs::Nobody);
    assert_eq!(world.inject(address(1), &[0x80; 200]), Belongs::Nobody);
}

#[test]
fn checks_that_name_one_peer_do_not_shut_out_another() {
    let mut world = World::meeting(10, 1);
    world.people[0].page.add_slots(1, 0);
    let answer = world.negotiate(0, false).unwrap();
    let fragment = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
    let check = check(&format!("{fragment}:x"));
    let flood = |world: &mut World, checks: u16| {
        for port in 0..checks {
            world.inject(SocketAddr::from(([192, 0, 2, 1], port)), &check);
        }
    };
    flood(&mut world, 30_000);
    let other = world.join(Options::default());
    // Before anything else arrives, there are always as many as would leave it nothing.
    let end = world.now + Duration::from_secs(1);
    while world.now < end {
        let soon = world.now + Duration::from_millis(5);
        world.now = world.network.next_arrival().map_or(soon, |next| next.clamp(world.now, soon));
        flood(&mut world, 200);
        world.run(Duration::ZERO);
    }
    assert!(world.people[other].page.is_connected());
}

#[test]
fn checks_for_another_shard_are_told_and_leave_no_trace_d2() {
    let mut world = World::new(2);
    assert_eq!(world.inject(address(1), &[0x80; 50]), Belongs::Nobody);
    assert_eq!(world.inject(address(1), &check("07abcdefgh:x")), Belongs::Shard(ShardId(7)));
    assert_eq!(world.inject(address(1), &[0x80; 50]), Belongs::Nobody, "it was not proven");
    let flood = (0..20_000).filter(|_| world.inject(address(1), &check("07abcdefgh:x")) != Belongs::Nobody);
    assert!(flood.count() <= 5_000, "a stranger does not fill the way to another shard");
    world.run(Duration::from_secs(1));
    assert_eq!(world.claims, []);
}

#[test]
fn other_shards_learn_an_address_when_its_check_was_authenticated_d2() {
    let mut world = World::meeting(2, 1);
    let fragment = |answer: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        line.expect("in every answer").to_owned()
    };
    let own = world.people[0].page.address();
    assert!(world.claims.contains(&Claim::Here(own)));
    world.claims.clear();
    world.people[0].page.add_slots(1, 0);
    let answer = world.negotiate(0, false).unwrap();
    world.inject(address(1), &check(&format!("{}:x", fragment(&answer))));
    world.run(Duration::from_secs(20));
    assert!(world.claims.iter().all(|claim| *claim == Claim::Here(own)), "{}", world.claims.len());
    assert!(!world.claims.is_empty(), "each proof is told");
    world.claims.clear();
    world.leave(0);
    assert_eq!(world.claims, [Claim::Gone(own)]);
}

#[test]
fn a_peer_that_floods_is_cut_off_and_the_others_notice_nothing() {
    let mut world = World::meeting(3, 3);
    world.run(Duration::from_secs(1));
    world.clear();
    let flooder = world.people[0].page.address();
    for second in 0..3_u32 {
        let mut taken = 0;
        for number in 0..20_000_u32 {
            let mut garbage = vec![0x90; 100 + (number % 900) as usize];
            garbage[1] = (number % 251) as u8;
            garbage[2..6].copy_from_slice(&(number * 7 + second).to_be_bytes());
            taken += u32::from(world.inject(flooder, &garbage) == Belongs::Here);
        }
        assert!((1..=5_000).contains(&taken), "{taken} taken");
        world.run(Duration::from_secs(1));
    }
    for (person, other) in [(1, 2), (2, 1)] {
        assert!(world.count(person, other, Source::Microphone) > 140);
        assert!(world.count(person, other, Source::Camera) > 80);
        assert_gapless(&world.stream(person, &world.slot_of(person, other, Source::Camera).unwrap()));
    }
}

#[test]
fn a_voice_that_is_a_flood_is_cut_to_what_voices_are() {
    let mut world = World::meeting(9, 3);
    world.run(Duration::from_secs(6));
    // Well within what one peer may send: 16 Mbit/s through its own open gate, to everybody.
    world.people[0].page.inflate(Source::Microphone, 40, 1000);
    world.run(Duration::from_secs(3));
    world.clear();
    world.run(Duration::from_secs(4));
    for (person, other) in [(1, 2), (2, 1)] {
        let flood = world.count(person, 0, Source::Microphone);
        assert!((1..=4 * 256_000 / 8 / 1000).contains(&flood), "{flood} packets in four seconds");
        assert!(world.count(person, other, Source::Microphone) > 190);
        let stream = world.stream(person, &world.slot_of(person, other, Source::Camera).unwrap());
        assert!(stream.iter().all(|packet| packet.tag.layer == 2), "the best layer all the time");
        assert!(stream.len() > 400, "{} packets of pictures", stream.len());
        assert_gapless(&stream);
    }
}

#[test]
fn a_peer_that_is_slow_does_not_slow_the_others() {
    let mut world = World::meeting(4, 3);
    let slow = world.people[0].page.address();
    let link = Link { rate: Some(64_000), loss: 0.1, queue: Duration::from_secs(2), ..Link::default() };
    world.network.set_down(slow, link);
    world.network.set_up(slow, link);
    world.run(Duration::from_secs(8));
    world.clear();
    let asked = world.people[1].page.key_frame_requests();
    world.run(Duration::from_secs(10));
    let asked = world.people[1].page.key_frame_requests() - asked;
    assert!(asked <= 110, "key frames cost everybody: {asked} requests in ten seconds over three layers");
    for (person, other) in [(1, 2), (2, 1)] {
        assert!(world.count(person, other, Source::Microphone) > 490);
        let stream = world.stream(person, &world.slot_of(person, other, Source::Camera).unwrap());
        assert_gapless(&stream);
        let late = |packet: &incamera_testkit::Received| packet.tag.layer < 2;
        assert!(!stream.iter().any(late), "the best layer all the time");
    }
}

#[test]
fn an_offer_that_cannot_be_used_changes_nothing() {
    let mut world = World::meeting(5, 2);
    world.run(Duration::from_secs(1));
    let other = World::new(6);
    let mut page = incamera_testkit::Participant::new(
        other.now,
        world.people[0].page.id(),
        address(9),
        Options { sources: Source::ALL.to_vec(), ..Options::default() },
    );
    let (offer, sources) = page.offer(false);
    let peer = world.peer(0);
    let mut refuse = |sdp: &str, sources: &[SourceSection], expected: OfferError| {
        let answer = world.sfu.handle_offer(world.now, peer, sdp, sources);
        assert_eq!(answer.map(drop), Err(expected));
    };
    let without = |name: &str| -> String {
        offer.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect()
    };
    let more = (0..40).map(|mid| format!("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:x{mid}\r\n"));

    refuse("", &[], OfferError::Malformed);
    refuse("v=0\r\nnonsense\r\n", &[], OfferError::Malformed);
    refuse("v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\n", &[], OfferError::SectionCount);
    refuse(&"x".repeat(limits::SDP + 1), &[], OfferError::TooLong);
    refuse(&without("a=ice-pwd"), &sources, OfferError::Credentials);
    refuse(&without("a=fingerprint"), &sources, OfferError::Fingerprint);
    refuse(&without("a=mid"), &sources, OfferError::UnusableSection);
    refuse(&without("a=rtpmap"), &sources, OfferError::Malformed);
    refuse(&without("a=group"), &sources, OfferError::Unanswerable);
    refuse(&offer.replace("a=rid:h", "a=rid:z"), &sources, OfferError::Layer);
    refuse(&offer.replace("m=video", "m=application"), &sources, OfferError::UnusableSection);
    refuse(&(offer.clone() + &more.collect::<String>()), &sources, OfferError::SectionCount);
    refuse(&offer, &[sources[0].clone(), sources[0].clone()], OfferError::SourceTwice);
    refuse(&offer, &[SourceSection { mid: "none".into(), ..sources[0].clone() }], OfferError::Source);
    let camera = SourceSection { source: Source::Camera, ..sources[0].clone() };
    refuse(&offer, &[camera], OfferError::Source);
    assert_eq!(
        world.sfu.handle_offer(world.now, PeerId(77), &offer, &sources),
        Err(OfferError::NoSuchPeer),
        "who did not join"
    );

    world.clear();
    world.run(Duration::from_secs(2));
    assert!(world.count(1, 0, Source::Camera) > 50 && world.count(0, 1, Source::Camera) > 50);
    assert_eq!(world.lost, []);
}

#[test]
fn slots_stay_where_they_are() {
    let mut world = World::meeting(7, 5);
    world.run(Duration::from_secs(1));
    let before = world.people[0].slots.clone();
    assert_eq!(before.len(), 8);
    let changes = world.people[0].slot_changes;
    // Another order, another size, muted and unmuted: the same slots.
    let videos: Vec<_> = (1..5).rev().map(|other| (other, Source::Camera, TileSize::Small)).collect();
    world.watch(0, &videos);
    world.set_gate(3, Source::Microphone, false);
    world.run(Duration::from_secs(1));
    world.set_gate(3, Source::Microphone, true);
    world.run(Duration::from_secs(1));
    assert_eq!(world.people[0].slots, before);
    assert_eq!(world.people[0].slot_changes, changes, "and nothing was said about them");
    // Who leaves frees their own only.
    world.leave(2);
    world.run(Duration::from_secs(1));
    let gone = world.people[2].page.id();
    let left: Vec<_> = before.iter().filter(|slot| slot.participant != gone).cloned().collect();
    assert_eq!(world.people[0].slots, left);
}

#[test]
fn who_was_live_first_is_heard_where_slots_are_few() {
    let mut world = World::new(8);
    for _ in 0..5 {
        world.join(Options { audio_slots: 2, ..Options::default() });
    }
    world.run(Duration::from_secs(1));
    for person in 1..5 {
        world.publish(person, Source::Microphone);
    }
    world.run(Duration::from_secs(1));
    let heard = |world: &World| -> Vec<bool> {
        (1..5).map(|other| world.slot_of(0, other, Source::Microphone).is_some()).collect()
    };
    assert_eq!(heard(&world), [true, true, false, false]);
    world.set_gate(1, Source::Microphone, false);
    world.run(Duration::from_secs(1));
    assert_eq!(
        heard(&world),
        [false, true, true, false],
        "a closed gate gives its slot up when it is needed"
    );
}
