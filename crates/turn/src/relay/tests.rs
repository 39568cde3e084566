//! A client on a virtual clock, honest and not.

use proptest::prelude::*;

use super::*;
use crate::Credentials;

const MEDIA: &str = "198.51.100.1:443";
const MEDIA_BEHIND: &str = "203.0.113.7:443";
const MEDIA_V6: &str = "[2001:db8::1]:443";
const NONCE: &[u8] = b"02020202020202020202020202020202";

fn at(address: &str) -> SocketAddr {
    address.parse().expect("an address")
}

/// One answer, read.
#[derive(Debug, PartialEq)]
struct Answer {
    class: Class,
    code: Option<u16>,
    attributes: Vec<(u16, Vec<u8>)>,
}

struct World {
    now: Instant,
    issuer: Issuer,
    relay: Relay,
    credentials: Credentials,
    /// What arrived at the media.
    delivered: Vec<(SocketAddr, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let boot = Instant::now();
        let issuer = Issuer::new(boot, [1; 32]);
        let setup = Setup {
            peers: [MEDIA, MEDIA_BEHIND, MEDIA_V6].map(at).to_vec(),
            relayed: Relayed::new(7),
            family: Family::V4,
            nonce: [2; 16],
        };
        let credentials = issuer.issue(boot, [3; 8]);
        Self { now: boot, relay: Relay::new(boot, setup), issuer, credentials, delivered: Vec::new() }
    }

    /// With an allocation of IPv4, or of this family.
    fn allocated(family: Option<u8>) -> Self {
        let mut world = Self::new();
        assert_eq!(world.allocate(family).class, Class::Success);
        world
    }

    fn allocate(&mut self, family: Option<u8>) -> Answer {
        let family = family.map(|family| (attribute::REQUESTED_ADDRESS_FAMILY, vec![family, 0, 0, 0]));
        let transport = (attribute::REQUESTED_TRANSPORT, vec![UDP, 0, 0, 0]);
        self.ask(method::ALLOCATE, &[Some(transport), family].into_iter().flatten().collect::<Vec<_>>())
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let delivered = &mut self.delivered;
        self.relay.handle_bytes(self.now, &self.issuer, bytes, |to, data| delivered.push((to, data.to_vec())))
    }

    fn request(&self, method: u16, attributes: &[(u16, Vec<u8>)], by: &Credentials) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, Class::Request, method, [9; 12])
            .with(attribute::USERNAME, by.user.as_bytes())
            .with(attribute::REALM, REALM.as_bytes())
            .with(attribute::NONCE, NONCE);
        for (kind, value) in attributes {
            writer = writer.with(*kind, value);
        }
        writer.sign(&key(by));
        out
    }

    fn ask(&mut self, method: u16, attributes: &[(u16, Vec<u8>)]) -> Answer {
        let request = self.request(method, attributes, &self.credentials.clone());
        self.send(&request).expect("goes on");
        let answer = self.answers().pop().expect("an answer");
        assert_eq!(answer.class == Class::Error, answer.code.is_some());
        answer
    }

    fn permit(&mut self, peer: &str) -> Answer {
        self.ask(method::CREATE_PERMISSION, &[(attribute::XOR_PEER_ADDRESS, address(peer))])
    }

    fn bind(&mut self, number: u16, peer: &str) -> Answer {
        let mut channel = number.to_be_bytes().to_vec();
        channel.extend([0, 0]);
        self.ask(
            method::CHANNEL_BIND,
            &[(attribute::CHANNEL_NUMBER, channel), (attribute::XOR_PEER_ADDRESS, address(peer))],
        )
    }

    fn indicate(&mut self, peer: &str, data: &[u8]) -> Result<(), Fault> {
        let mut out = Vec::new();
        Writer::new(&mut out, Class::Indication, method::SEND, [9; 12])
            .with(attribute::XOR_PEER_ADDRESS, &address(peer))
            .with(attribute::DATA, data);
        self.send(&out)
    }

    fn channel(&mut self, number: u16, data: &[u8]) -> Result<(), Fault> {
        let mut out = Vec::new();
        frames::write_channel(&mut out, number, data);
        self.send(&out)
    }

    /// STUN messages to the client; ChannelData is none of them.
    fn answers(&mut self) -> Vec<Answer> {
        let mut frames = Frames::default();
        frames.push(&self.relay.poll_transmit().unwrap_or_default());
        let mut answers = Vec::new();
        while let Some(frame) = frames.next().expect("well-formed") {
            let Frame::Message(bytes) = frame else { panic!("data on a channel") };
            let message = Message::read(bytes).expect("well-formed");
            let code = message.get(attribute::ERROR_CODE);
            answers.push(Answer {
                class: message.class,
                code: code.map(|code| u16::from(code[2]) * 100 + u16::from(code[3])),
                attributes: message.attributes().map(|(kind, value)| (kind, value.to_vec())).collect(),
            });
        }
        answers
    }
}

fn key(by: &Credentials) -> Key {
    use sha1::Digest as _;
    Key(md5::Md5::digest(format!("{}:{REALM}:{}", by.user, by.password)).into())
}

/// As it is in a message with the transaction of these tests.
fn address(address: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Writer::new(&mut out, Class::Request, 0, [9; 12]).with_address(attribute::XOR_PEER_ADDRESS, at(address));
    out.split_off(24)
}

#[test]
fn what_a_browser_does_b3() {
    let mut world = World::new();
    // First without a name, to learn realm and nonce.
    let mut first = Vec::new();
    Writer::new(&mut first, Class::Request, method::ALLOCATE, [9; 12])
        .with(attribute::REQUESTED_TRANSPORT, &[UDP, 0, 0, 0]);
    world.send(&first).expect("goes on");
    let answer = world.answers().pop().expect("an answer");
    assert_eq!(answer.code, Some(401));
    assert!(answer.attributes.contains(&(attribute::NONCE, NONCE.to_vec())));

    let answer = world.allocate(None);
    let relayed = answer.attributes.iter().find(|(kind, _)| *kind == attribute::XOR_RELAYED_ADDRESS);
    let expected = address(&Relayed::new(7).address(Family::V4).to_string());
    assert_eq!(relayed.map(|(_, value)| value.clone()), Some(expected));
    assert_eq!(world.permit(MEDIA).class, Class::Success);
    world.indicate(MEDIA, b"a check").expect("goes on");
    world.relay.handle_datagram(world.now, Some(at(MEDIA).ip()), b"its answer");
    let data = world.answers().pop().expect("an indication");
    assert_eq!(data.class, Class::Indication);
    assert!(data.attributes.contains(&(attribute::DATA, b"its answer".to_vec())));

    assert_eq!(world.bind(0x4000, MEDIA).class, Class::Success);
    world.channel(0x4000, b"media").expect("goes on");
    assert_eq!(world.delivered, [(at(MEDIA), b"a check".to_vec()), (at(MEDIA), b"media".to_vec())]);
    world.relay.handle_datagram(world.now, None, b"media");
    let expected = [&[0x40, 0, 0, 5][..], b"media", &[0, 0, 0]].concat();
    assert_eq!(world.relay.poll_transmit(), Some(expected), "padded, as streams want it");
    assert_eq!(world.bind(0x4000, MEDIA).class, Class::Success, "to refresh it");
}

#[test]
fn over_ipv6_as_well_b3() {
    let mut world = World::allocated(Some(2));
    assert_eq!(world.bind(0x4000, MEDIA_V6).class, Class::Success);
    world.channel(0x4000, b"media").expect("goes on");
    assert_eq!(world.delivered, [(at(MEDIA_V6), b"media".to_vec())]);
    assert_eq!(world.bind(0x4001, MEDIA).code, Some(443));
    world.relay.handle_datagram(world.now, Some(at(MEDIA).ip()), b"from the other family");
    assert_eq!(world.relay.poll_transmit(), None);
}

#[test]
fn nobody_is_a_peer_but_the_media_d2() {
    let others = [
        "127.0.0.1:22",
        "127.0.0.1:443",
        "10.0.0.1:80",
        "169.254.169.254:80",
        "0.0.0.0:443",
        "255.255.255.255:443",
        "224.0.0.1:443",
        // Somebody else's relayed address.
        "192.88.99.9:2000",
    ];
    let mut world = World::allocated(None);
    for other in others {
        assert_eq!(world.permit(other).code, Some(403), "{other}");
        assert_eq!(world.bind(0x4000, other).code, Some(403), "{other}");
        world.indicate(other, b"knock").expect("dropped");
    }
    for other in ["[::1]:22", "[2001:db8::1]:443", "[fe80::1]:443"] {
        assert_eq!(world.permit(other).code, Some(443), "{other}");
        assert_eq!(world.bind(0x4000, other).code, Some(443), "{other}");
        world.indicate(other, b"knock").expect("dropped");
    }
    let mut v6 = World::allocated(Some(2));
    for other in ["[::1]:22", "[100::9]:2000", "[fe80::1]:443", "[ff02::1]:443"] {
        assert_eq!(v6.permit(other).code, Some(403), "{other}");
        v6.indicate(other, b"knock").expect("dropped");
    }
    // A mapped address is what it stands for.
    assert_eq!(v6.permit("[::ffff:127.0.0.1]:22").code, Some(443));
    assert!(world.delivered.is_empty() && v6.delivered.is_empty());
}

#[test]
fn one_that_is_not_allowed_spoils_a_request_for_several_d2() {
    let mut world = World::allocated(None);
    let peers = [MEDIA, "10.0.0.1:80"].map(|peer| (attribute::XOR_PEER_ADDRESS, address(peer)));
    assert_eq!(world.ask(method::CREATE_PERMISSION, &peers).code, Some(403));
    world.indicate(MEDIA, b"knock").expect("dropped");
    assert!(world.delivered.is_empty());
}

#[test]
fn a_permission_for_an_address_opens_no_other_port_of_it_d2() {
    let mut world = World::allocated(None);
    assert_eq!(world.permit("198.51.100.1:22").class, Class::Success, "it has no port");
    world.indicate("198.51.100.1:22", b"knock").expect("dropped");
    assert_eq!(world.bind(0x4000, "198.51.100.1:22").code, Some(403));
    assert!(world.delivered.is_empty());
}

#[test]
fn nothing_passes_without_a_permission_in_either_direction() {
    let mut world = World::allocated(None);
    world.indicate(MEDIA, b"early").expect("dropped");
    world.channel(0x4000, b"early").expect("dropped");
    world.relay.handle_datagram(world.now, Some(at(MEDIA).ip()), b"early");
    assert!(world.delivered.is_empty());
    assert_eq!(world.relay.poll_transmit(), None);

    world.bind(0x4000, MEDIA);
    world.pass(PERMISSION);
    world.indicate(MEDIA, b"late").expect("dropped");
    world.channel(0x4000, b"late").expect("dropped");
    world.relay.handle_datagram(world.now, None, b"late");
    assert!(world.delivered.is_empty());
    assert_eq!(world.relay.poll_transmit(), None);
}

#[test]
fn without_credentials_there_is_nothing_d2() {
    let mut world = World::new();
    world.channel(0x4000, b"knock").expect("dropped");
    world.indicate(MEDIA, b"knock").expect("dropped");
    for method in [method::ALLOCATE, method::REFRESH, method::CREATE_PERMISSION, method::CHANNEL_BIND] {
        let mut request = Vec::new();
        Writer::new(&mut request, Class::Request, method, [9; 12])
            .with(attribute::XOR_PEER_ADDRESS, &address(MEDIA));
        world.send(&request).expect("goes on");
        assert_eq!(world.answers().pop().and_then(|answer| answer.code), Some(401));
    }
    assert!(world.relay.user().is_none() && world.delivered.is_empty());
}

#[test]
fn wrong_credentials_are_tried_a_few_times_and_no_more_d2() {
    let mut world = World::new();
    let others = Issuer::new(world.now, [2; 32]).issue(world.now, [3; 8]);
    let mut altered = world.credentials.clone();
    // Another end of its time.
    altered.user.replace_range(..2, "__");
    let wrong = [
        Credentials { password: "guess".to_owned(), ..world.credentials.clone() },
        others,
        altered,
        Credentials { user: "somebody".to_owned(), password: String::new() },
    ];
    let transport = [(attribute::REQUESTED_TRANSPORT, vec![UDP, 0, 0, 0])];
    for (tries, by) in wrong.iter().cycle().enumerate() {
        let outcome = world.send(&world.request(method::ALLOCATE, &transport, by));
        if tries == usize::from(TRIES) {
            assert_eq!(outcome, Err(Fault::TooManyTries));
            break;
        }
        assert_eq!(world.answers().pop().and_then(|answer| answer.code), Some(401));
    }
    assert!(world.relay.user().is_none());
}

#[test]
fn credentials_have_their_time_and_a_call_goes_on_after_it() {
    let mut late = World::new();
    late.pass(Issuer::LIFE);
    assert_eq!(late.allocate(None).code, Some(401));

    let mut world = World::new();
    world.pass(Issuer::LIFE - Duration::from_secs(1));
    world.allocate(None);
    for _ in 0..10 {
        world.pass(LIFETIME - Duration::from_secs(1));
        assert_eq!(world.ask(method::REFRESH, &[]).class, Class::Success);
    }
    assert!(world.relay.user().is_some());
    assert_eq!(world.ask(method::REFRESH, &[(attribute::LIFETIME, vec![0; 4])]).class, Class::Success);
    assert_eq!(world.allocate(None).code, Some(401), "another one needs new ones");
}

#[test]
fn a_connection_has_one_allocation_and_it_is_one_persons() {
    let mut world = World::allocated(None);
    assert_eq!(world.allocate(None).code, Some(437));
    let other = world.issuer.issue(world.now, [4; 8]);
    world.send(&world.request(method::REFRESH, &[], &other)).expect("goes on");
    assert_eq!(world.answers().pop().and_then(|answer| answer.code), Some(441));
}

#[test]
fn an_allocation_ends_with_its_time_and_all_that_hung_on_it() {
    let mut world = World::allocated(None);
    world.bind(0x4000, MEDIA);
    world.pass(LIFETIME);
    world.channel(0x4000, b"late").expect("dropped");
    world.relay.handle_datagram(world.now, None, b"late");
    assert!(world.delivered.is_empty() && world.relay.user().is_none());
    assert_eq!(world.relay.poll_transmit(), None);
    assert_eq!(world.permit(MEDIA).code, Some(437));
    world.allocate(None);
    world.channel(0x4000, b"of the former one").expect("dropped");
    assert!(world.delivered.is_empty());
}

#[test]
fn what_is_not_used_is_closed_d2() {
    let mut silent = World::new();
    assert_eq!(silent.relay.poll_timeout(), silent.now + PATIENCE);
    silent.pass(PATIENCE);
    assert_eq!(silent.relay.handle_timeout(silent.now), Err(Fault::Unused));

    // Whoever only sends, as with credentials of somebody who was removed.
    let mut world = World::allocated(None);
    world.bind(0x4000, MEDIA);
    world.pass(IDLE - Duration::from_secs(1));
    world.relay.handle_datagram(world.now, None, b"not permitted any more?");
    assert_eq!(world.relay.handle_timeout(world.now), Ok(()));
    world.pass(IDLE);
    world.channel(0x4000, b"of no use").expect("goes on");
    assert_eq!(world.relay.handle_timeout(world.now), Err(Fault::Unused));
}

#[test]
fn channels_are_bound_one_to_one_d2() {
    let mut world = World::allocated(None);
    world.bind(0x4000, MEDIA);
    assert_eq!(world.bind(0x4000, MEDIA_BEHIND).code, Some(400), "the number is another peer's");
    assert_eq!(world.bind(0x4001, MEDIA).code, Some(400), "the peer has another number");
    for number in [0x0000, 0x3fff, 0x5000, 0xffff] {
        assert_eq!(world.bind(number, MEDIA_BEHIND).code, Some(400), "{number:#x}");
    }
    assert_eq!(world.bind(0x4001, MEDIA_BEHIND).class, Class::Success);
    assert_eq!(world.relay.peers.len(), 3, "nothing that is asked for makes them more");
}

#[test]
fn what_is_not_understood_is_refused() {
    let mut world = World::new();
    let tcp = [(attribute::REQUESTED_TRANSPORT, vec![6, 0, 0, 0])];
    assert_eq!(world.ask(method::ALLOCATE, &tcp).code, Some(442));
    assert_eq!(world.ask(method::ALLOCATE, &[]).code, Some(400));
    assert_eq!(world.allocate(Some(3)).code, Some(440));
    // EVEN-PORT, then one that may be ignored.
    let transport = (attribute::REQUESTED_TRANSPORT, vec![UDP, 0, 0, 0]);
    let even_port = world.ask(method::ALLOCATE, &[transport.clone(), (0x0018, vec![0x80])]);
    assert_eq!(even_port.code, Some(420));
    assert!(even_port.attributes.contains(&(attribute::UNKNOWN_ATTRIBUTES, vec![0x00, 0x18])));
    assert_eq!(world.ask(method::ALLOCATE, &[transport, (0xc057, vec![1, 2])]).class, Class::Success);
    // To connect by TCP (RFC 6062).
    assert_eq!(world.ask(0x00a, &[(attribute::XOR_PEER_ADDRESS, address(MEDIA))]).code, Some(400));
}

#[test]
fn who_reads_no_answers_is_gone_d2() {
    let mut world = World::allocated(None);
    let request = world.request(method::REFRESH, &[], &world.credentials.clone());
    let outcome = (0..10_000).find_map(|_| world.send(&request).err());
    assert_eq!(outcome, Some(Fault::TooSlow));
    assert!(world.relay.output.len() < OUTPUT + 1000);
}

#[test]
fn nothing_of_it_prints_i3() {
    let world = World::allocated(None);
    let printed =
        format!("{:?} {:?} {:?} {:?}", world.relay, world.issuer, world.credentials, world.relay.user());
    for told in ["192", "198", "443", &world.credentials.user[..8], &world.credentials.password[..8]] {
        assert!(!printed.contains(told), "{told} in {printed}");
    }
}

proptest! {
    /// Also the entry function of the fuzz target.
    #[test]
    fn anything_at_all_can_come_and_nothing_passes_d2(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert_eq!(crate::parse::stream(&bytes), 0);
    }

    #[test]
    fn what_is_changed_on_the_way_brings_nothing_d2(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..8), 1..4),
    ) {
        let mut world = World::new();
        let transport = (attribute::REQUESTED_TRANSPORT, vec![UDP, 0, 0, 0]);
        let honest = world.request(method::ALLOCATE, &[transport], &world.credentials.clone());
        let mut changed = honest.clone();
        for (at, bit) in flips {
            let at = at.index(changed.len());
            changed[at] ^= 1 << bit;
        }
        prop_assume!(changed != honest);
        let _ = world.send(&changed);
        prop_assert!(world.relay.user().is_none());
    }
}
