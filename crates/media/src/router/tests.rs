//! The router over transports that write down what they are told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::{Source, TileSize, Watch};
use proptest::prelude::*;

use super::{Key, Router};
use crate::descriptor::Descriptor;
use crate::ids::{PeerId, RoomId};
use crate::offer::{OfferedSection, Use};
use crate::packet::{Kind, Layer, Outgoing, Packet, Section};
use crate::random::Random;
use crate::rate::Bitrate;
use crate::sfu::SfuEvent;
use crate::transport::{TransportEvent, fake::Fake};

const MICROPHONE: Section = Section(0);
const CAMERA: Section = Section(1);
const AUDIO_SLOTS: usize = 2;
const VIDEO_SLOTS: usize = 2;

struct Bench {
    router: Router<Fake>,
    now: Instant,
    sequence: u64,
}

impl Bench {
    /// A room with connected peers whose gates are open and who watch each other.
    fn with(peers: u32) -> Self {
        let mut bench = Self::silent(peers);
        for number in 0..peers {
            bench.gate(number, Source::Microphone, true);
            bench.gate(number, Source::Camera, true);
            let watched = (0..peers).filter(|other| *other != number);
            bench.watch(number, watched.map(|other| (other, TileSize::Large)));
        }
        bench
    }

    /// A room with connected peers whose gates are closed.
    fn silent(peers: u32) -> Self {
        let router = Router::new(Random::new([9; 32]));
        let mut bench = Self { router, now: Instant::now(), sequence: 70_000 };
        for number in 0..peers {
            bench.join(number);
        }
        bench
    }

    fn join(&mut self, number: u32) {
        let key = self.router.join(RoomId(1), PeerId(u64::from(number)), ParticipantId(number));
        assert_eq!(key, Key(number));
        self.router.connect(key, Fake::default(), &sections());
        self.event(number, TransportEvent::Connected);
        self.event(number, TransportEvent::Estimate(Bitrate::kbps(20_000)));
    }

    fn event(&mut self, number: u32, event: TransportEvent) {
        self.router.handle_event(self.now, Key(number), event);
        self.router.settle(self.now);
    }

    fn gate(&mut self, number: u32, source: Source, open: bool) {
        self.router.set_gate(self.now, Key(number), source, open);
    }

    fn watch(&mut self, number: u32, watched: impl Iterator<Item = (u32, TileSize)>) {
        let of = |(participant, size)| Watch {
            participant: ParticipantId(participant),
            source: Source::Camera,
            size,
        };
        self.router.watch(Key(number), &watched.map(of).collect::<Vec<_>>());
        self.router.settle(self.now);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.router.handle_timeout(self.now);
        self.router.settle(self.now);
    }

    /// A packet of a camera.
    fn picture(&mut self, number: u32, layer: Layer, key: bool) {
        self.sequence += 1;
        let packet = picture(self.now, self.sequence, layer, key);
        self.event(number, TransportEvent::Packet { section: CAMERA, packet });
    }

    fn sound(&mut self, number: u32) {
        self.sequence += 1;
        let mut packet = picture(self.now, self.sequence, Layer::Full, false);
        packet.descriptor = None;
        self.event(number, TransportEvent::Packet { section: MICROPHONE, packet });
    }

    fn transport(&mut self, number: u32) -> &mut Fake {
        self.router.transport_mut(Key(number)).unwrap()
    }

    /// What waits for a peer, of one kind.
    fn sent(&mut self, number: u32, kind: Kind) -> Vec<Outgoing> {
        let of_kind = |section: Section| (section.0 as usize) < 2 + AUDIO_SLOTS;
        let sent = std::mem::take(&mut self.transport(number).sent);
        let of = |(section, packet): (Section, Outgoing)| {
            (of_kind(section) == (kind == Kind::Audio)).then_some(packet)
        };
        sent.into_iter().filter_map(of).collect()
    }

    fn requests(&mut self, number: u32) -> Vec<Layer> {
        std::mem::take(&mut self.transport(number).requests).into_iter().map(|(_, layer)| layer).collect()
    }
}

fn sections() -> Vec<OfferedSection> {
    let mut purposes =
        vec![(Kind::Audio, Use::Publish(Source::Microphone)), (Kind::Video, Use::Publish(Source::Camera))];
    purposes.extend([(Kind::Audio, Use::Receive); AUDIO_SLOTS]);
    purposes.extend([(Kind::Video, Use::Receive); VIDEO_SLOTS]);
    let section = |(position, (kind, purpose))| OfferedSection {
        section: Section(position),
        mid: position.to_string(),
        kind,
        purpose,
    };
    (0..).zip(purposes).map(section).collect()
}

fn picture(captured: Instant, sequence: u64, layer: Layer, key: bool) -> Packet {
    let descriptor: &[u8] = if key { &[0x80, 0, 1, 0x80] } else { &[0x80, 0, 2] };
    Packet {
        layer,
        sequence,
        timestamp: sequence as u32 * 3000,
        marker: true,
        captured,
        descriptor: Descriptor::parse(descriptor),
        // Wholly opaque: only the descriptor may be believed.
        payload: Arc::from([0x10, 0x00, 0xff].as_slice()),
    }
}

#[test]
fn p3_three_hundred_people_hear_whoever_has_the_floor_and_nobody_else() {
    const PEOPLE: u32 = 300;
    let mut bench = Bench::silent(PEOPLE);
    // One more than there are slots, one after another: a slot whose gate is closed is given on.
    for speaker in [3, 150, PEOPLE - 1] {
        bench.gate(speaker, Source::Microphone, true);
        bench.router.settle(bench.now);
        bench.sound(speaker);
        bench.sound(7);
        for number in 0..PEOPLE {
            let heard = bench.sent(number, Kind::Audio).len();
            assert_eq!(heard, usize::from(number != speaker), "person {number} of {speaker}");
        }
        bench.gate(speaker, Source::Microphone, false);
        bench.sound(speaker);
        assert!((0..PEOPLE).all(|number| bench.sent(number, Kind::Audio).is_empty()));
    }
}

#[test]
fn what_waits_is_taken_back_when_a_gate_closes() {
    let mut bench = Bench::with(2);
    bench.picture(0, Layer::Full, true);
    bench.sound(0);
    assert_eq!(bench.transport(1).sent.len(), 2);
    bench.gate(0, Source::Camera, false);
    bench.gate(0, Source::Microphone, false);
    assert_eq!(bench.transport(1).sent.len(), 0, "in the same turn");
    assert_eq!(bench.transport(1).forgotten.len(), 2, "and nothing is kept for retransmission");
    bench.picture(0, Layer::Full, true);
    bench.sound(0);
    assert_eq!(bench.transport(1).sent.len(), 0);
}

/// A layer's allowance holds two seconds' worth; sent in one instant, no more than that passes.
#[test]
fn a_layer_costs_no_more_than_it_may() {
    for (layer, kbps) in [(Layer::Quarter, 500), (Layer::Half, 1500), (Layer::Full, 4000)] {
        let mut bench = Bench::with(2);
        bench.picture(0, layer, true);
        for _ in 0..2_000 {
            bench.sequence += 1;
            let mut packet = picture(bench.now, bench.sequence, layer, false);
            packet.payload = Arc::from([0x10; 1200].as_slice());
            bench.event(0, TransportEvent::Packet { section: CAMERA, packet });
        }
        let bytes: usize = bench.sent(1, Kind::Video).iter().map(|packet| packet.payload.len()).sum();
        assert!((1..=2 * kbps * 1000 / 8).contains(&bytes), "{bytes} bytes of {layer:?}");
    }
}

#[test]
fn nothing_passes_before_a_key_frame_and_one_is_asked_for() {
    let mut bench = Bench::with(2);
    bench.requests(0);
    bench.pass(Duration::from_secs(1));
    bench.picture(0, Layer::Full, false);
    assert!(bench.sent(1, Kind::Video).is_empty());
    assert_eq!(bench.requests(0), [Layer::Full]);
    bench.picture(0, Layer::Full, true);
    bench.picture(0, Layer::Full, false);
    assert_eq!(bench.sent(1, Kind::Video).len(), 2);
}

#[test]
fn an_opaque_payload_is_not_read_where_there_is_a_descriptor() {
    let mut bench = Bench::with(2);
    // The payload of every packet looks like the start of a key frame to who reads it as VP8.
    for _ in 0..5 {
        bench.picture(0, Layer::Full, false);
    }
    assert!(bench.sent(1, Kind::Video).is_empty());
}

#[test]
fn what_is_seen_is_not_mended_every_moment() {
    let mut bench = Bench::with(2);
    bench.picture(0, Layer::Full, true);
    bench.pass(Duration::from_secs(1));
    bench.requests(0);
    let slot = Section(2 + AUDIO_SLOTS as u8);
    for _ in 0..300 {
        bench.event(1, TransportEvent::KeyFrameWanted { section: slot });
        bench.now += Duration::from_millis(10);
    }
    assert_eq!(bench.requests(0).len(), 3, "in three seconds");
}

#[test]
fn nobody_makes_others_send_key_frames_all_the_time() {
    let mut bench = Bench::with(4);
    for other in 0..3 {
        bench.watch(other, [].into_iter());
    }
    bench.pass(Duration::from_secs(60));
    let before = bench.requests(0).len() + bench.requests(1).len();
    assert!(before > 0);
    // One who looks here and there, in other sizes, and is never content.
    let sizes = [TileSize::Small, TileSize::Medium, TileSize::Large];
    for turn in 0..1_200_usize {
        bench.watch(3, [(turn as u32 % 2, sizes[turn / 2 % 3])].into_iter());
        for slot in 0..VIDEO_SLOTS {
            bench.event(
                3,
                TransportEvent::KeyFrameWanted { section: Section((2 + AUDIO_SLOTS + slot) as u8) },
            );
        }
        for layer in Layer::ALL {
            bench.picture(0, layer, false);
            bench.picture(1, layer, false);
        }
        bench.pass(Duration::from_millis(50));
    }
    let asked = bench.requests(0).len() + bench.requests(1).len();
    assert!(asked <= 20 + 60, "{asked} in a minute");
    // That costs nobody else anything.
    bench.pass(Duration::from_secs(1));
    bench.watch(2, [(0, TileSize::Small)].into_iter());
    assert_eq!(bench.requests(0), [Layer::Quarter]);
}

#[test]
fn packets_that_overtook_their_key_frame_follow_it() {
    let mut bench = Bench::with(2);
    let start = bench.now;
    let event = |sequence, key| TransportEvent::Packet {
        section: CAMERA,
        packet: picture(start, sequence, Layer::Full, key),
    };
    for (sequence, key) in [(90, false), (102, false), (101, false), (100, true)] {
        bench.event(0, event(sequence, key));
    }
    let sent = bench.sent(1, Kind::Video);
    let first = sent[0].sequence;
    assert_eq!(sent.iter().map(|packet| packet.sequence - first).collect::<Vec<_>>(), [0, 1, 2]);
    // Who lost one of those has it again, like any other.
    let section = Section(2 + AUDIO_SLOTS as u8);
    bench.event(1, TransportEvent::Lost { section, sequence: sent[2].sequence as u16 });
    let again = std::mem::take(&mut bench.transport(1).again);
    assert_eq!(again.iter().map(|(_, packet)| packet.sequence).collect::<Vec<_>>(), [sent[2].sequence]);
}

#[test]
fn what_nobody_was_sent_is_not_kept() {
    let mut bench = Bench::with(2);
    bench.watch(1, [(0, TileSize::Small)].into_iter());
    for key in [true, false, false] {
        for layer in Layer::ALL {
            bench.picture(0, layer, key);
        }
    }
    assert_eq!(bench.sent(1, Kind::Video).len(), 3, "one layer");
    let track = bench.router.peers[0].as_mut().and_then(|peer| peer.track_mut(Source::Camera)).unwrap();
    let kept = (0..=bench.sequence)
        .filter(|sequence| Layer::ALL.iter().any(|layer| track.kept(*layer, *sequence).is_some()));
    assert_eq!(kept.count(), 3);
}

#[test]
fn layers_are_left_only_for_the_key_frame_of_the_other() {
    let mut bench = Bench::with(2);
    for layer in Layer::ALL {
        bench.picture(0, layer, true);
    }
    bench.sent(1, Kind::Video);
    bench.watch(1, [(0, TileSize::Small)].into_iter());
    bench.picture(0, Layer::Full, false);
    bench.picture(0, Layer::Quarter, false);
    assert_eq!(bench.sent(1, Kind::Video).len(), 1, "the full one still");
    bench.picture(0, Layer::Quarter, true);
    bench.picture(0, Layer::Full, false);
    bench.picture(0, Layer::Quarter, false);
    assert_eq!(bench.sent(1, Kind::Video).len(), 2, "the quarter only");
}

#[test]
fn a_narrow_path_is_told_what_would_be_sent() {
    let mut bench = Bench::with(2);
    for layer in Layer::ALL {
        bench.picture(0, layer, true);
    }
    bench.event(1, TransportEvent::Estimate(Bitrate::kbps(200)));
    assert!(bench.transport(1).wanted >= Bitrate::kbps(1200), "{:?}", bench.transport(1).wanted);
}

#[test]
fn who_asks_for_everything_again_gets_half_of_what_was_sent_and_nothing_after_the_gate_closed() {
    let mut bench = Bench::with(2);
    bench.picture(0, Layer::Full, true);
    for _ in 0..40 {
        bench.picture(0, Layer::Full, false);
    }
    let first = bench.sent(1, Kind::Video);
    assert_eq!(first.len(), 41);
    let section = Section(2 + AUDIO_SLOTS as u8);
    let ask = |bench: &mut Bench, sequence: u64| {
        bench.event(1, TransportEvent::Lost { section, sequence: sequence as u16 });
        std::mem::take(&mut bench.transport(1).again)
    };
    let again = ask(&mut bench, first[3].sequence);
    let [(_, again)] = &again[..] else { panic!("one packet: {again:?}") };
    assert_eq!((again.sequence, again.timestamp), (first[3].sequence, first[3].timestamp));
    assert_eq!(again.payload, first[3].payload);
    assert!(ask(&mut bench, first[0].sequence.wrapping_sub(1)).is_empty(), "it was never sent");
    let more: usize = (0..10).flat_map(|_| &first).map(|packet| ask(&mut bench, packet.sequence).len()).sum();
    assert_eq!(more + 1, 41 / 2);
    for _ in 0..40 {
        bench.picture(0, Layer::Full, false);
    }
    bench.gate(0, Source::Camera, false);
    assert!(ask(&mut bench, first[5].sequence).is_empty());
    bench.gate(0, Source::Camera, true);
    assert!(ask(&mut bench, first[5].sequence).is_empty());
}

#[test]
fn sound_passes_where_pictures_do_not() {
    let mut bench = Bench::with(3);
    bench.event(2, TransportEvent::Estimate(Bitrate::kbps(130)));
    for publisher in [0, 1] {
        bench.picture(publisher, Layer::Quarter, true);
        bench.sound(publisher);
    }
    bench.pass(Duration::from_millis(250));
    bench.transport(2).sent.clear();
    for publisher in [0, 1] {
        bench.picture(publisher, Layer::Quarter, false);
        bench.sound(publisher);
    }
    let sections: Vec<Section> = bench.transport(2).sent.iter().map(|(section, _)| *section).collect();
    assert_eq!(sections, [Section(2), Section(3)]);
}

#[test]
fn slots_are_announced_once_and_only_when_they_change() {
    let mut bench = Bench::with(2);
    while bench.router.poll_event().is_some() {}
    bench.pass(Duration::from_secs(1));
    bench.gate(0, Source::Camera, false);
    bench.router.settle(bench.now);
    bench.gate(0, Source::Camera, true);
    bench.router.settle(bench.now);
    assert_eq!(bench.router.poll_event(), None, "a source keeps its slot");
    bench.router.leave(Key(0));
    bench.router.settle(bench.now);
    assert_eq!(bench.router.poll_event(), Some(SfuEvent::SlotsChanged { peer: PeerId(1), slots: vec![] }));
    assert_eq!(bench.router.poll_event(), None);
}

#[test]
fn a_picture_that_the_path_does_not_carry_is_told_to_be_paused_and_comes_back() {
    let mut bench = Bench::with(3);
    let paused = |bench: &mut Bench| {
        let mut last = None;
        while let Some(event) = bench.router.poll_event() {
            if let SfuEvent::SlotsChanged { peer: PeerId(2), slots } = event {
                let videos = slots.iter().filter(|slot| slot.source == Source::Camera);
                last = Some(videos.map(|slot| (slot.participant.0, slot.paused)).collect::<Vec<_>>());
            }
        }
        last
    };
    for number in [0, 1] {
        bench.picture(number, Layer::Full, true);
    }
    assert_eq!(paused(&mut bench), Some(vec![(0, false), (1, false)]));
    bench.event(2, TransportEvent::Estimate(Bitrate::kbps(1_500)));
    bench.pass(Duration::from_millis(250));
    assert_eq!(paused(&mut bench), Some(vec![(0, false), (1, true)]), "the first one fits");
    bench.pass(Duration::from_millis(250));
    assert_eq!(paused(&mut bench), None, "once");
    // A gate that closes is no matter of the path.
    bench.gate(1, Source::Camera, false);
    bench.pass(Duration::from_millis(250));
    assert_eq!(paused(&mut bench), Some(vec![(0, false), (1, false)]));
    bench.gate(1, Source::Camera, true);
    bench.picture(1, Layer::Full, true);
    bench.pass(Duration::from_millis(250));
    assert_eq!(paused(&mut bench), Some(vec![(0, false), (1, true)]));
    bench.event(2, TransportEvent::Estimate(Bitrate::kbps(20_000)));
    bench.pass(Duration::from_millis(250));
    assert_eq!(paused(&mut bench), Some(vec![(0, false), (1, false)]));
}

#[test]
fn a_picture_that_nearly_fits_is_kept_until_what_waits_shows_that_it_does_not() {
    let passes = |backlog| {
        let mut bench = Bench::with(2);
        bench.picture(0, Layer::Quarter, true);
        bench.sent(1, Kind::Video);
        bench.transport(1).backlog = Duration::from_millis(backlog);
        bench.event(1, TransportEvent::Estimate(Bitrate::kbps(100)));
        bench.pass(Duration::from_millis(250));
        bench.picture(0, Layer::Quarter, false);
        bench.sent(1, Kind::Video).len() == 1
    };
    assert!(passes(599), "100 of 120");
    assert!(!passes(600));
}

/// What may happen in a room, for random histories.
#[derive(Clone, Debug)]
enum Step {
    Gate(u32, Source, bool),
    Watch(u32, Vec<(u32, TileSize)>),
    Reconnect(u32),
    Lose(u32),
    Sound(u32),
    Picture(u32, Layer, bool),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let peer = || 0_u32..4;
    let source = prop_oneof![Just(Source::Microphone), Just(Source::Camera)];
    let size = prop_oneof![Just(TileSize::Small), Just(TileSize::Medium), Just(TileSize::Large)];
    prop_oneof![
        2 => (peer(), source, any::<bool>()).prop_map(|(peer, source, open)| Step::Gate(peer, source, open)),
        2 => (peer(), proptest::collection::vec((peer(), size), 0..5)).prop_map(|(peer, list)| Step::Watch(peer, list)),
        1 => peer().prop_map(Step::Reconnect),
        1 => peer().prop_map(Step::Lose),
        4 => peer().prop_map(Step::Sound),
        8 => (peer(), 0_usize..3, any::<bool>()).prop_map(|(peer, layer, key)| Step::Picture(peer, Layer::ALL[layer], key)),
        2 => (1_u64..4000).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens: a packet reaches exactly those slots that are announced to show its source, only through an open
    /// gate, and every slot stays one stream.
    #[test]
    fn packets_go_where_the_slots_say(steps in proptest::collection::vec(step(), 1..120)) {
        let mut bench = Bench::with(4);
        let mut open = [[true; 2]; 4];
        let mut shown: Vec<Vec<incamera_conference::wire::Slot>> = vec![Vec::new(); 4];
        let mut newest: std::collections::BTreeMap<(u32, Section), u64> = Default::default();
        for step in steps {
            let mut publisher = None;
            match step {
                Step::Gate(peer, source, is_open) => {
                    bench.gate(peer, source, is_open);
                    open[peer as usize][usize::from(source == Source::Camera)] = is_open;
                    bench.router.settle(bench.now);
                }
                Step::Watch(peer, list) => bench.watch(peer, list.into_iter()),
                Step::Reconnect(peer) => {
                    bench.router.connect(Key(peer), Fake::default(), &sections());
                    newest.retain(|(owner, _), _| *owner != peer);
                    bench.event(peer, TransportEvent::Connected);
                }
                Step::Lose(peer) => bench.event(peer, TransportEvent::Disconnected),
                Step::Sound(peer) => { bench.sound(peer); publisher = Some((peer, Source::Microphone)); }
                Step::Picture(peer, layer, key) => { bench.picture(peer, layer, key); publisher = Some((peer, Source::Camera)); }
                Step::Pass(time) => bench.pass(Duration::from_millis(time)),
            }
            while let Some(event) = bench.router.poll_event() {
                if let SfuEvent::SlotsChanged { peer, slots } = event {
                    shown[peer.0 as usize] = slots;
                }
            }
            for receiver in 0..4 {
                for (section, packet) in std::mem::take(&mut bench.transport(receiver).sent) {
                    let (from, source) = publisher.expect("only packets cause packets");
                    prop_assert!(open[from as usize][usize::from(source == Source::Camera)]);
                    let says = shown[receiver as usize].iter().find(|slot| slot.mid == section.0.to_string());
                    let says = says.map(|slot| (slot.participant.0, slot.source));
                    prop_assert_eq!(says, Some((from, source)));
                    if let Some(newest) = newest.insert((receiver, section), packet.sequence) {
                        prop_assert!(packet.sequence > newest);
                    }
                }
            }
        }
    }
}
