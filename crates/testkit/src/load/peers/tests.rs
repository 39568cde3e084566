//! One publisher and three receivers through a real peer. After `peers/install` they run by
//! `cargo test -p incamera-testkit --features load --lib -- --ignored load::peers::tests --test-threads=1`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::Source;
use str0m::format::Codec;
use str0m::media::Rid;
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Event, Input, Output};

use super::galene::{Galene, Sockets};
use super::janus::{Janus, Libsrtp};
use super::mediasoup::Mediasoup;
use crate::content::Tag;
use crate::load::system::{Layer, Leg, Plan, System};

const CORE: usize = 0;
const ROOM: usize = 0;
const PUBLISHER: usize = 0;
/// Comes after the publisher, so that those who see one see the publisher.
const OTHER: usize = 1;
/// With the layer that each of them asks for first.
const RECEIVERS: [(usize, Layer); 3] = [(2, Layer::Quarter), (3, Layer::Half), (4, Layer::Full)];
/// For DTLS, key frames and layer switches on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of media that has to come while nothing else comes.
const STEADY: Duration = Duration::from_secs(2);
const FRAME: Duration = Duration::from_millis(20);
const PARTS: u8 = 2;

/// Where `peers/install` has put the peers if it was not told otherwise.
fn installed() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers");
    std::env::var_os("INCAMERA_PEERS").map_or_else(default, PathBuf::from)
}

#[test]
#[ignore = "needs `peers/install`"]
fn mediasoup() {
    forwards(Mediasoup::start(&installed(), CORE).unwrap(), Mediasoup::prefer);
}

#[test]
#[ignore = "needs `peers/install`"]
fn janus() {
    forwards(Janus::start(&installed(), CORE, Libsrtp::OpenSsl).unwrap(), Janus::prefer);
}

#[test]
#[ignore = "needs `peers/install`"]
fn janus_as_packaged() {
    forwards(Janus::start(&installed(), CORE, Libsrtp::Packaged).unwrap(), Janus::prefer);
}

/// Everybody leaves and comes again. It has no third layer for receivers.
#[test]
#[ignore = "needs Galène and `peers/apart`"]
fn galene() {
    let mut system = Galene::start(&installed(), CORE, Sockets::One).unwrap();
    for _ in 0..2 {
        meet(&mut system, &RECEIVERS[..2]);
        system.empty().unwrap();
    }
    let full = Plan { sees: 1, layer: Layer::Full, ..Plan::default() };
    system.enter(ROOM, PUBLISHER, &Plan { camera: true, ..Plan::default() }).unwrap();
    system.enter(ROOM, OTHER, &full).unwrap();
    let refused = system.watch(ROOM, OTHER).err().unwrap();
    assert!(refused.to_string().contains("two layers"), "{refused:#}");
}

/// Somebody else is there, whom nobody is to see.
#[test]
#[ignore = "needs Galène and `peers/apart`"]
fn galene_with_ports() {
    let mut system = Galene::start(&installed(), CORE, Sockets::Each).unwrap();
    let other = Plan { audio: true, camera: true, screen: true, ..Plan::default() };
    system.enter(ROOM, OTHER, &other).unwrap();
    meet(&mut system, &RECEIVERS[..2]);
}

/// A publisher, and receivers of a layer each.
fn meet(system: &mut impl System, receivers: &[(usize, Layer)]) -> Party {
    assert!(!system.processes().is_empty());
    let nothing = Plan { hears: 1, sees: 1, ..Plan::default() };
    let publishes = Plan { audio: true, camera: true, screen: true, hears: 0, sees: 0, ..nothing };
    let mut party = Party::default();
    party.add(PUBLISHER, system.enter(ROOM, PUBLISHER, &publishes).unwrap());
    party.run_until("the publisher is connected", |party| party.ends.iter().all(|end| end.connected));
    for (receiver, layer) in receivers {
        let plan = Plan { layer: *layer, ..nothing };
        assert!(system.enter(ROOM, *receiver, &plan).unwrap().is_empty());
        party.add(*receiver, system.watch(ROOM, *receiver).unwrap());
    }
    party.expect_layers(receivers);
    system.poll().unwrap();
    party
}

fn forwards<S: System>(mut system: S, prefer: impl Fn(&mut S, usize, usize, Layer) -> anyhow::Result<()>) {
    let mut party = meet(&mut system, &RECEIVERS);

    // Everybody goes one layer up, and from the highest to the lowest.
    let switched = RECEIVERS.map(|(receiver, layer)| (receiver, Layer::ALL[(layer as usize + 1) % 3]));
    for (receiver, layer) in switched {
        prefer(&mut system, ROOM, receiver, layer).unwrap();
    }
    party.expect_layers(&switched);
    system.poll().unwrap();
}

/// All participants, driven by one thread.
#[derive(Default)]
struct Party {
    ends: Vec<End>,
    sent: BTreeMap<(Source, u8), Stream>,
    next: Option<Instant>,
}

struct End {
    participant: usize,
    leg: Leg,
    connected: bool,
    timeout: Instant,
    received: Vec<Tag>,
    /// Of which layers a key frame was asked for.
    asked: Vec<(Source, u8)>,
}

/// Where the publisher is within one stream.
#[derive(Default)]
struct Stream {
    sequence: u64,
    frame: u32,
    key: bool,
}

impl Party {
    fn add(&mut self, participant: usize, legs: Vec<Leg>) {
        assert!(!legs.is_empty());
        for leg in legs {
            leg.socket.set_nonblocking(true).unwrap();
            let (timeout, connected) = (Instant::now(), leg.rtc.is_connected());
            let (received, asked) = (Vec::new(), Vec::new());
            self.ends.push(End { participant, leg, connected, timeout, received, asked });
        }
    }

    /// First until the layer comes, then that for some time nothing else does.
    fn expect_layers(&mut self, expected: &[(usize, Layer)]) {
        let come = |receiver: usize, layer: Layer| {
            move |tags: &[Tag]| {
                let last = tags.iter().rfind(|tag| tag.source == Source::Camera);
                let is = last.is_some_and(|tag| tag.layer as usize == layer as usize);
                assert!(tags.iter().all(|tag| tag.participant.0 == PUBLISHER as u32), "to {receiver}");
                is
            }
        };
        self.run_until("the layers come", |party| {
            expected.iter().all(|(receiver, layer)| come(*receiver, *layer)(&party.received(*receiver)))
        });
        self.ends.iter_mut().for_each(|end| end.received.clear());
        let began = Instant::now();
        self.run_until("some time passes", |_| began.elapsed() > STEADY);
        for (receiver, layer) in expected {
            let counts = counts(&self.received(*receiver));
            let enough = |source: Source, layer: u8| counts.get(&(source, layer)).is_some_and(|n| *n > 20);
            assert!(enough(Source::Microphone, 0), "{receiver} hears {counts:?}");
            assert!(enough(Source::Screen, 0), "{receiver} sees {counts:?}");
            assert!(enough(Source::Camera, *layer as u8), "{receiver} wants {layer:?}: {counts:?}");
            assert_eq!(counts.len(), 3, "{receiver} gets more than it asked for: {counts:?}");
        }
    }

    /// On all connections of a receiver.
    fn received(&self, receiver: usize) -> Vec<Tag> {
        let ends = self.ends.iter().filter(|end| end.participant == receiver);
        ends.flat_map(|end| &end.received).copied().collect()
    }

    /// For a failure's text: what each end got, and whether it is connected.
    fn summary(&self) -> String {
        let of = |end: &End| format!("{}: {} {:?}", end.participant, end.connected, counts(&end.received));
        self.ends.iter().map(of).collect::<Vec<_>>().join("; ")
    }

    fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(Instant::now() < deadline, "not in time: {what}; {}", self.summary());
            self.turn(Instant::now());
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn turn(&mut self, now: Instant) {
        for end in &mut self.ends {
            end.read(now);
            end.drain(now);
            for stream in end.asked.drain(..) {
                self.sent.entry(stream).or_default().key = true;
            }
        }
        if self.next.is_none_or(|next| next <= now) {
            self.next = Some(now + FRAME);
            for end in &mut self.ends {
                if end.connected {
                    end.send(now, &mut self.sent);
                }
                end.drain(now);
            }
        }
    }
}

/// How many packets of each source and layer.
fn counts(tags: &[Tag]) -> BTreeMap<(Source, u8), u32> {
    let mut counts = BTreeMap::new();
    for tag in tags {
        *counts.entry((tag.source, tag.layer)).or_default() += 1;
    }
    counts
}

impl End {
    fn read(&mut self, now: Instant) {
        let mut buffer = [0; 2000];
        let here = self.leg.socket.local_addr().unwrap();
        loop {
            match self.leg.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let receive = Receive::new(Protocol::Udp, from, here, &buffer[..length]).unwrap();
                    self.leg.rtc.handle_input(Input::Receive(now, receive)).unwrap();
                    self.drain(now);
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    break;
                }
            }
        }
        if self.timeout <= now {
            self.leg.rtc.handle_input(Input::Timeout(now)).unwrap();
        }
    }

    fn drain(&mut self, now: Instant) {
        loop {
            match self.leg.rtc.poll_output().unwrap() {
                Output::Timeout(timeout) => {
                    self.timeout = timeout.max(now);
                    return;
                }
                Output::Transmit(transmit) => {
                    self.leg.socket.send_to(&transmit.contents, transmit.destination).unwrap();
                }
                Output::Event(Event::Connected) => self.connected = true,
                Output::Event(Event::KeyframeRequest(request)) => {
                    let asked = self.leg.sends.iter().find(|sends| sends.mid == request.mid).unwrap();
                    let layer = asked.rids.iter().position(|rid| Some(*rid) == request.rid).unwrap_or(0);
                    self.asked.push((asked.source, layer as u8));
                }
                Output::Event(Event::RtpPacket(packet)) => {
                    let ssrc = packet.header.ssrc;
                    let mid = self.leg.rtc.direct_api().stream_rx(&ssrc).map(|stream| stream.mid()).unwrap();
                    let video = self.leg.rtc.media(mid).is_some_and(|media| media.kind().is_video());
                    // Probes carry no payload of ours.
                    self.received.extend(Tag::of(video, &packet.payload).map(|(tag, _)| tag));
                }
                Output::Event(_) => {}
            }
        }
    }

    /// A frame of everything.
    fn send(&mut self, now: Instant, streams: &mut BTreeMap<(Source, u8), Stream>) {
        for sends in &self.leg.sends {
            let video = sends.source.is_video();
            let codec = if video { Codec::Vp8 } else { Codec::Opus };
            let parameters = self.leg.rtc.codec_config().params();
            let format = parameters.iter().find(|one| one.spec().codec == codec).unwrap().pt();
            let layers: Vec<Option<Rid>> = match sends.rids.as_slice() {
                [] => vec![None],
                rids => rids.iter().copied().map(Some).collect(),
            };
            for (rid, layer) in layers.into_iter().zip(0..) {
                let first = Stream { key: true, ..Stream::default() };
                let stream = streams.entry((sends.source, layer)).or_insert(first);
                stream.frame += 1;
                let key = video && std::mem::take(&mut stream.key);
                let parts = if video { PARTS } else { 1 };
                for part in 0..parts {
                    let participant = ParticipantId(PUBLISHER as u32);
                    let frame = stream.frame;
                    let tag = Tag { participant, source: sends.source, layer, frame, key, part, parts };
                    stream.sequence += 1;
                    let timestamp = frame * if video { 1800 } else { 960 };
                    let payload = tag.payload(200, false);
                    let packet = RtpWrite::new(format, stream.sequence.into(), timestamp, now, payload);
                    let packet = packet.marker(part + 1 == parts).nackable(video);
                    let mut api = self.leg.rtc.direct_api();
                    api.stream_tx_by_mid(sends.mid, rid).unwrap().write_rtp(packet);
                }
            }
        }
    }
}
