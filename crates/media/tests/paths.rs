//! Paths that change, and connections that are replaced.

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::assert_one_stream;
use incamera_conference::wire::Source;
use incamera_testkit::World;

const ELSEWHERE: ([u8; 4], u16) = ([203, 0, 113, 200], 6000);

fn flows(world: &mut World) {
    world.clear();
    world.run(Duration::from_secs(2));
    for (person, other) in [(0, 1), (1, 0)] {
        assert!(world.count(person, other, Source::Microphone) > 90, "{person} hears {other}");
        assert!(world.count(person, other, Source::Camera) > 50, "{person} sees {other}");
    }
}

#[test]
fn media_goes_on_over_an_ice_restart() {
    let mut world = World::meeting(1, 2);
    world.run(Duration::from_secs(2));
    for _ in 0..3 {
        let answer = world.negotiate(0, true).unwrap();
        // The shard can still be told, in the credentials as in the candidate.
        let fragment = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).unwrap();
        assert!(fragment.starts_with("03"), "{fragment}");
        let candidate = answer.lines().find(|line| line.starts_with("a=candidate:")).unwrap();
        assert!(candidate.ends_with(&format!("ufrag {fragment}")), "{candidate}");
        world.run(Duration::from_secs(1));
        flows(&mut world);
    }
    for source in [Source::Microphone, Source::Camera] {
        assert_one_stream(&world.stream(1, &world.slot_of(1, 0, source).unwrap()));
    }
}

#[test]
fn an_address_that_changes_is_followed() {
    let mut world = World::meeting(2, 2);
    world.run(Duration::from_secs(2));
    world.rebind(0, SocketAddr::from(ELSEWHERE));
    world.run(Duration::from_secs(15));
    flows(&mut world);
}

#[test]
fn a_restart_at_another_address_finds_its_way() {
    let mut world = World::meeting(3, 2);
    world.run(Duration::from_secs(2));
    world.rebind(0, SocketAddr::from(ELSEWHERE));
    world.negotiate(0, true).unwrap();
    world.run(Duration::from_secs(2));
    flows(&mut world);
}

#[test]
fn a_page_that_was_loaded_again_replaces_its_connection() {
    let mut world = World::meeting(4, 2);
    world.run(Duration::from_secs(2));
    let now = world.now;
    world.people[0].page.reconnect(now, SocketAddr::from(ELSEWHERE));
    world.negotiate(0, false).unwrap();
    world.run(Duration::from_secs(1));
    for source in [Source::Microphone, Source::Camera] {
        // Gates stay as they were: they are the server's, not the connection's.
        world.people[0].page.send(world.now, source, true);
    }
    world.run(Duration::from_secs(2));
    flows(&mut world);
}

#[test]
fn who_vanishes_is_reported() {
    let mut world = World::meeting(5, 2);
    world.run(Duration::from_secs(2));
    assert_eq!(world.lost, []);
    world.rebind(0, SocketAddr::from(ELSEWHERE));
    let address = world.people[0].page.address();
    let gone = incamera_testkit::Link { loss: 1.0, ..Default::default() };
    for address in [address, SocketAddr::from(ELSEWHERE)] {
        world.network.set_up(address, gone);
    }
    world.run(Duration::from_secs(60));
    assert_eq!(world.lost, [world.peer(0)]);
}

/// An ICE-lite agent sends no checks of its own: the peer's are the consent (RFC 7675).
#[test]
fn nothing_more_is_sent_where_nobody_consents_any_longer_d2() {
    let mut world = World::meeting(6, 2);
    world.run(Duration::from_secs(2));
    let silent = incamera_testkit::Link { loss: 1.0, ..Default::default() };
    world.network.set_up(world.people[0].page.address(), silent);
    world.run(Duration::from_secs(30));
    world.clear();
    world.run(Duration::from_secs(30));
    assert_eq!(world.people[0].page.received(), []);
    world.network.set_up(world.people[0].page.address(), incamera_testkit::Link::default());
    world.run(Duration::from_secs(20));
    assert!(world.count(1, 0, Source::Microphone) > 0, "and it goes on with the consent");
}
