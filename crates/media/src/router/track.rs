//! What a peer publishes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use incamera_conference::wire::Source;

use super::Key;
use super::slot::Seen;
use crate::descriptor::TemporalLayers;
use crate::meter::{Bucket, Meter};
use crate::packet::{Layer, Packet, Section};
use crate::rate::{Bitrate, RateMeter};
use crate::vp8::Vp8;

/// A layer without a packet for so long is not sent any more. Screens that do not change send about one a second.
const LAYER_SILENCE: Duration = Duration::from_secs(3);
/// Key frames of one layer are not asked for more often. An encoder needs about as long to answer.
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(300);
/// Nor more often than this to mend what somebody sees already.
const REPAIR_INTERVAL: Duration = Duration::from_secs(1);
/// Nor, in the long run, more often than this; at first so many more. Each one costs picture quality, for everybody.
const KEY_FRAME_RECOVERY: Duration = Duration::from_secs(1);
const KEY_FRAMES_AT_ONCE: u32 = 10;

/// Packets of a layer that are kept while somebody waits for its next key frame.
const OVERTAKERS: usize = 64;

/// Packets of a layer of video that are kept to be sent again, and for how long. All receivers share them. What is older is better not
/// repaired: on the narrow paths where that would happen a new key frame is sooner there.
const KEPT: usize = 512;
const KEPT_FOR: Duration = Duration::from_secs(1);

/// What a key frame is wanted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// Somebody waits for the first picture.
    Start,
    /// Somebody sees the layer and lost some of it.
    Repair,
}

/// One source of one peer.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) source: Source,
    pub(super) section: Section,
    pub(super) layers: [LayerState; 3],
    /// The slots that show it, each as a peer and an index into its slots.
    pub(super) subscribers: Vec<(Key, usize)>,
}

/// One layer of a track.
#[derive(Debug)]
pub(super) struct LayerState {
    /// What a publisher may send: every packet is multiplied by those who receive it.
    allowance: Meter,
    rate: RateMeter,
    /// Of its lowest temporal layer.
    thin: RateMeter,
    /// What its last key frame told.
    temporal: Option<TemporalLayers>,
    asked: Option<Instant>,
    key_frames: Bucket,
    /// What came while somebody waited for a key frame: it may belong to one whose first packet is late, and then it
    /// would be missing for ever. The oldest goes first.
    overtakers: VecDeque<Packet>,
    /// What somebody was sent of late, by sequence number.
    kept: VecDeque<(Instant, Packet)>,
}

impl Track {
    pub(super) fn new(source: Source, section: Section) -> Self {
        let key_frames = Bucket::new(KEY_FRAMES_AT_ONCE, KEY_FRAME_RECOVERY);
        let layers = Layer::ALL.map(|layer| LayerState::new(allowance(source, layer), key_frames.clone()));
        Self { source, section, layers, subscribers: Vec::new() }
    }

    /// Whether an arriving packet is within what its layer may cost. If not, it is as if it had been lost.
    pub(super) fn admits(&mut self, now: Instant, layer: Layer, payload: usize) -> bool {
        self.layers[layer.index()].allowance.admits(now, payload)
    }

    /// Counts an arriving packet; tells whether its layer has just come, or come back.
    pub(super) fn count(&mut self, now: Instant, layer: Layer, payload: usize) -> bool {
        let rate = &mut self.layers[layer.index()].rate;
        let came = !rate.is_alive(now, LAYER_SILENCE);
        rate.count(now, payload);
        came
    }

    /// Looks at a packet as far as it can be looked at. Payloads are opaque, so where there is a descriptor only that is
    /// believed.
    pub(super) fn see(&mut self, packet: &Packet) -> Seen {
        if !self.source.is_video() {
            return Seen { starts: true, ..Seen::default() };
        }
        let layer = &mut self.layers[packet.layer.index()];
        let vp8 = Vp8::parse(&packet.payload);
        match &packet.descriptor {
            Some(descriptor) => {
                layer.temporal = descriptor.temporal_layers().or(layer.temporal);
                let upper = layer.temporal.is_some_and(|layers| layers.is_upper(descriptor));
                Seen { vp8, starts: descriptor.starts_sequence(), upper }
            }
            None => Seen {
                vp8,
                starts: vp8.is_some_and(|vp8| vp8.starts_key_frame()),
                upper: vp8.is_some_and(|vp8| vp8.is_discardable()),
            },
        }
    }

    /// Counts a packet that others need.
    pub(super) fn count_thin(&mut self, now: Instant, layer: Layer, payload: usize) {
        self.layers[layer.index()].thin.count(now, payload);
    }

    /// What would arrive now without upper temporal layers, by layer; nothing where that saves nothing.
    pub(super) fn thin_rates(&self, now: Instant) -> [Option<Bitrate>; 3] {
        Layer::ALL.map(|layer| {
            let LayerState { rate, thin, .. } = &self.layers[layer.index()];
            let measured = thin.is_alive(now, LAYER_SILENCE) && thin.rate() != Bitrate::default();
            (measured && thin.rate() < rate.rate().percent(90)).then(|| thin.rate())
        })
    }

    /// What arrives now, by layer. A guess stands in for what is not measured yet.
    pub(super) fn rates(&self, now: Instant) -> [Option<Bitrate>; 3] {
        Layer::ALL.map(|layer| {
            let rate = &self.layers[layer.index()].rate;
            let measured = rate.is_alive(now, LAYER_SILENCE).then(|| rate.rate())?;
            Some(if measured == Bitrate::default() { guess(self.source, layer) } else { measured })
        })
    }

    /// Forgets what was measured: the gate closed, and what comes after it opens is another story. What was used up
    /// stays used up.
    pub(super) fn reset(&mut self) {
        for layer in &mut self.layers {
            *layer = LayerState::new(layer.allowance.clone(), layer.key_frames.clone());
        }
    }

    /// Keeps a packet that somebody was sent, so that it can be sent again.
    pub(super) fn keep(&mut self, now: Instant, packet: &Packet) {
        let kept = &mut self.layers[packet.layer.index()].kept;
        let is_old = |(came, _): &(Instant, Packet)| now.saturating_duration_since(*came) > KEPT_FOR;
        while kept.len() >= KEPT || kept.front().is_some_and(is_old) {
            kept.pop_front();
        }
        let behind = kept.iter().rev().take_while(|(_, other)| other.sequence > packet.sequence).count();
        kept.insert(kept.len() - behind, (now, packet.clone()));
    }

    /// A packet that was kept.
    pub(super) fn kept(&self, layer: Layer, sequence: u64) -> Option<&Packet> {
        let kept = &self.layers[layer.index()].kept;
        let at = kept.binary_search_by_key(&sequence, |(_, packet)| packet.sequence).ok()?;
        kept.get(at).map(|(_, packet)| packet)
    }

    /// Keeps a packet for which somebody was not ready.
    pub(super) fn keep_overtaker(&mut self, packet: &Packet) {
        let overtakers = &mut self.layers[packet.layer.index()].overtakers;
        if overtakers.len() == OVERTAKERS {
            overtakers.pop_front();
        }
        overtakers.push_back(packet.clone());
    }

    /// The packets that overtook this one, in their order. They are forgotten: from now on nobody waits.
    pub(super) fn overtakers_of(&mut self, packet: &Packet) -> Vec<Packet> {
        let mut overtakers: Vec<Packet> = self.layers[packet.layer.index()].overtakers.drain(..).collect();
        overtakers.retain(|other| other.sequence > packet.sequence);
        overtakers.sort_by_key(|other| other.sequence);
        overtakers
    }

    /// Whether a key frame of this layer may be asked for now.
    pub(super) fn may_ask(&self, now: Instant, layer: Layer, need: Need) -> bool {
        let layer = &self.layers[layer.index()];
        let interval = match need {
            Need::Start => KEY_FRAME_INTERVAL,
            Need::Repair => REPAIR_INTERVAL,
        };
        let rested = |last| now.saturating_duration_since(last) >= interval;
        layer.asked.is_none_or(rested) && layer.key_frames.has(now)
    }

    /// Counts a key frame of this layer as asked for.
    pub(super) fn asked(&mut self, now: Instant, layer: Layer) {
        let layer = &mut self.layers[layer.index()];
        layer.asked = Some(now);
        layer.key_frames.take(now, 1);
    }
}

impl LayerState {
    fn new(allowance: Meter, key_frames: Bucket) -> Self {
        Self {
            allowance,
            rate: RateMeter::default(),
            thin: RateMeter::default(),
            temporal: None,
            asked: None,
            key_frames,
            overtakers: VecDeque::new(),
            kept: VecDeque::new(),
        }
    }
}

/// What a layer may cost: about twice of what pages set, so that only those who mean to exceed it do. Two seconds' worth
/// at once leaves room for key frames, and for what a path held back for a moment.
fn allowance(source: Source, layer: Layer) -> Meter {
    let (packets, kbps) = match (source, layer) {
        (Source::Microphone | Source::ScreenAudio, _) => (150, 256),
        (Source::Screen, _) => (1_500, 8_000),
        (Source::Camera, Layer::Quarter) => (300, 500),
        (Source::Camera, Layer::Half) => (500, 1_500),
        (Source::Camera, Layer::Full) => (1_000, 4_000),
    };
    Meter::with_burst(2, packets, kbps * 1000 / 8)
}

/// What a layer is likely to need.
fn guess(source: Source, layer: Layer) -> Bitrate {
    match (source, layer) {
        // Sealed, and of one size for all (K5).
        (Source::Microphone | Source::ScreenAudio, _) => Bitrate::kbps(60),
        (_, Layer::Quarter) => Bitrate::kbps(120),
        (_, Layer::Half) => Bitrate::kbps(400),
        (_, Layer::Full) => Bitrate::kbps(1200),
    }
}
