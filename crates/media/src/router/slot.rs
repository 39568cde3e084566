//! A receive slot: one media section of a receiver, which shows one source at a time.

use std::collections::VecDeque;

use incamera_conference::wire::Source;

use super::Key;
use super::track::Need;
use crate::packet::{Kind, Layer, Outgoing, Packet, Section};
use crate::random::Random;
use crate::rewrite::{Rewriter, Shift};
use crate::vp8::Vp8;

/// A source of a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) peer: Key,
    pub(super) source: Source,
}

/// One slot.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) section: Section,
    pub(super) mid: String,
    pub(super) kind: Kind,
    /// What it shows. It stays while that is wanted, so that pictures do not jump between elements of the page.
    pub(super) place: Option<Place>,
    /// Whether the receiver's path is too narrow for any layer of it.
    pub(super) paused: bool,
    feed: Feed,
    rewriter: Rewriter,
    /// What it has shown, the latest at the end.
    spans: VecDeque<Span>,
}

/// A time in which one layer of one source was shown.
#[derive(Clone, Copy, Debug)]
struct Span {
    place: Place,
    layer: Layer,
    shift: Shift,
}

/// What a packet that a receiver misses was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    pub(super) place: Place,
    pub(super) layer: Layer,
    /// Of the source.
    pub(super) sequence: u64,
    /// How it was moved.
    pub(super) shift: Shift,
}

/// Spans that are remembered: packets from before them are not asked for any more.
const SPANS: usize = 8;

/// What passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Feed {
    /// Nothing.
    Stopped,
    /// Nothing until this layer has a key frame.
    Starting(Layer),
    /// This layer.
    Steady(Layer),
    /// One layer until the other has a key frame.
    Switching { from: Layer, to: Layer },
}

/// What becomes of a packet.
#[derive(Debug)]
pub(super) enum Pass {
    /// It is sent on.
    Forward(Outgoing),
    /// It is sent on, the first one of its layer; those behind it that overtook it can follow.
    Start(Outgoing),
    /// It is not, and this layer will not be of use before its next key frame.
    NeedsKeyFrame,
    /// It is not.
    Drop,
}

impl Slot {
    pub(super) fn new(section: Section, mid: String, kind: Kind, random: &mut Random) -> Self {
        Self {
            section,
            mid,
            kind,
            place: None,
            paused: false,
            feed: Feed::Stopped,
            rewriter: Rewriter::new(kind, random),
            spans: VecDeque::new(),
        }
    }

    /// What the packet was that a receiver misses.
    pub(super) fn missed(&self, sequence: u16) -> Option<Missed> {
        let outgoing = self.rewriter.extend(sequence)?;
        let span = self.spans.iter().rev().find(|span| span.shift.covers(outgoing))?;
        let sequence = span.shift.source_sequence(outgoing)?;
        Some(Missed { place: span.place, layer: span.layer, sequence, shift: span.shift })
    }

    /// Begins with this packet.
    fn begin(&mut self, packet: &Packet, vp8: Option<Vp8>) {
        self.rewriter.begin(packet, vp8);
        if self.kind == Kind::Video
            && let (Some(place), Some(shift)) = (self.place, self.rewriter.shift())
        {
            if self.spans.len() == SPANS {
                self.spans.pop_front();
            }
            self.spans.push_back(Span { place, layer: packet.layer, shift });
        }
    }

    /// The layer that passes now.
    pub(super) fn current(&self) -> Option<Layer> {
        match self.feed {
            Feed::Steady(layer) | Feed::Switching { from: layer, .. } => Some(layer),
            Feed::Stopped | Feed::Starting(_) => None,
        }
    }

    /// The layer that a key frame would be of use for, and what it would be for.
    pub(super) fn target(&self) -> Option<(Layer, Need)> {
        match self.feed {
            Feed::Starting(layer) | Feed::Switching { to: layer, .. } => Some((layer, Need::Start)),
            Feed::Steady(layer) => Some((layer, Need::Repair)),
            Feed::Stopped => None,
        }
    }

    /// Sets what shall pass, from the next key frame on; nothing passes at once. Tells whether a key frame is needed.
    pub(super) fn aim(&mut self, target: Option<Layer>) -> bool {
        let before = self.feed;
        self.feed = match (target, self.feed) {
            (None, _) => Feed::Stopped,
            (Some(to), Feed::Steady(from) | Feed::Switching { from, .. }) if from != to => {
                Feed::Switching { from, to }
            }
            (Some(to), Feed::Steady(_) | Feed::Switching { .. }) => Feed::Steady(to),
            (Some(to), Feed::Stopped | Feed::Starting(_)) => Feed::Starting(to),
        };
        self.feed != before && matches!(self.feed, Feed::Starting(_) | Feed::Switching { .. })
    }

    /// Decides about a packet of the source that the slot shows. `starts` says that decoding can begin with it.
    pub(super) fn offer(&mut self, packet: &Packet, vp8: Option<Vp8>, starts: bool) -> Pass {
        match self.feed {
            Feed::Starting(layer) | Feed::Switching { to: layer, .. } if layer == packet.layer => {
                if !starts {
                    return Pass::NeedsKeyFrame;
                }
                self.begin(packet, vp8);
                self.feed = Feed::Steady(layer);
                return self.rewriter.rewrite(packet, vp8).map_or(Pass::Drop, Pass::Start);
            }
            Feed::Steady(layer) if layer == packet.layer && self.rewriter.is_leap(packet) => {
                self.feed = Feed::Starting(layer);
                return self.offer(packet, vp8, starts);
            }
            Feed::Switching { from, to } if from == packet.layer && self.rewriter.is_leap(packet) => {
                self.feed = Feed::Starting(to);
                return Pass::Drop;
            }
            Feed::Steady(layer) | Feed::Switching { from: layer, .. } if layer == packet.layer => {}
            _ => return Pass::Drop,
        }
        self.rewriter.rewrite(packet, vp8).map_or(Pass::Drop, Pass::Forward)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn packet(layer: Layer, sequence: u64) -> Packet {
        Packet {
            layer,
            sequence,
            timestamp: 0,
            marker: true,
            captured: Instant::now(),
            descriptor: None,
            payload: Arc::from([0].as_slice()),
        }
    }

    #[test]
    fn a_leap_is_a_new_beginning() {
        let mut slot = Slot::new(Section(0), "0".into(), Kind::Video, &mut Random::new([1; 32]));
        slot.aim(Some(Layer::Full));
        let Pass::Start(first) = slot.offer(&packet(Layer::Full, 10), None, true) else { panic!("a start") };
        assert!(matches!(slot.offer(&packet(Layer::Full, 30_000), None, false), Pass::NeedsKeyFrame));
        assert!(matches!(slot.offer(&packet(Layer::Full, 30_001), None, false), Pass::NeedsKeyFrame));
        let Pass::Start(next) = slot.offer(&packet(Layer::Full, 30_002), None, true) else {
            panic!("a start")
        };
        assert_eq!(next.sequence, first.sequence + 1);
    }

    proptest! {
        /// However a publisher's numbers leap, and whatever is aimed at meanwhile: the receiver's go on in small steps.
        #[test]
        fn what_a_receiver_gets_never_leaps(
            steps in proptest::collection::vec((0_usize..3, 0_u64..100_000, any::<bool>(), any::<bool>()), 1..200),
        ) {
            let mut slot = Slot::new(Section(0), "0".into(), Kind::Video, &mut Random::new([1; 32]));
            let mut sequences = [0; 3];
            let mut newest: Option<u64> = None;
            for (layer, ahead, far, starts) in steps {
                let (at, layer) = (layer, Layer::ALL[layer]);
                if ahead % 7 == 0 {
                    slot.aim(Some(layer));
                }
                sequences[at] += if far { ahead } else { ahead % 3 };
                if let Pass::Start(out) | Pass::Forward(out) = slot.offer(&packet(layer, sequences[at]), None, starts) {
                    if let Some(newest) = newest {
                        prop_assert!(out.sequence <= newest + 1_000, "{newest}, then {}", out.sequence);
                    }
                    newest = newest.max(Some(out.sequence));
                }
            }
        }
    }
}
