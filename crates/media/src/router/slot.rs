//! A receive slot: one media section of a receiver, which shows one source at a time.

use std::collections::VecDeque;

use incamera_conference::wire::Source;

use super::Key;
use super::layers::Grade;
use super::track::Need;
use crate::packet::{Kind, Layer, Outgoing, Packet, Section};
use crate::random::Random;
use crate::rewrite::{Mapping, Rewriter, Shift};
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
#[derive(Clone, Debug)]
struct Span {
    place: Place,
    layer: Layer,
    /// Nothing while it lasts: then the rewriter has it.
    mapping: Option<Mapping>,
}

/// What we see of a packet.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Seen {
    pub(super) vp8: Option<Vp8>,
    /// Decoding can begin with it.
    pub(super) starts: bool,
    /// It belongs to an upper temporal layer: what does not can be decoded without it.
    pub(super) upper: bool,
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
    /// The sequence number that it had.
    pub(super) outgoing: u64,
}

/// Spans that are remembered: packets from before them are not asked for any more.
const SPANS: usize = 8;

/// What passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Feed {
    /// Nothing.
    Stopped,
    /// Nothing until this layer has a key frame.
    Starting(Grade),
    /// This one.
    Steady(Grade),
    /// One until the layer of the other has a key frame.
    Switching { from: Grade, to: Grade },
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
        let present = self.rewriter.mapping()?;
        let mapping = |span: &'_ Span| span.mapping.as_ref().unwrap_or(present).covers(outgoing);
        let span = self.spans.iter().rev().find(|span| mapping(span))?;
        let mapping = span.mapping.as_ref().unwrap_or(present);
        let sequence = mapping.source_sequence(outgoing)?;
        Some(Missed { place: span.place, layer: span.layer, sequence, shift: mapping.shift, outgoing })
    }

    /// Begins with this packet.
    fn begin(&mut self, packet: &Packet, vp8: Option<Vp8>) {
        if let Some(last) = self.spans.back_mut() {
            last.mapping = self.rewriter.mapping().cloned();
        }
        self.rewriter.begin(packet, vp8);
        if self.kind == Kind::Video
            && let Some(place) = self.place
        {
            if self.spans.len() == SPANS {
                self.spans.pop_front();
            }
            self.spans.push_back(Span { place, layer: packet.layer, mapping: None });
        }
    }

    /// What passes now, or will from the next key frame on.
    pub(super) fn aimed_at(&self) -> Option<Grade> {
        match self.feed {
            Feed::Steady(grade) | Feed::Starting(grade) | Feed::Switching { to: grade, .. } => Some(grade),
            Feed::Stopped => None,
        }
    }

    /// What passes now.
    pub(super) fn passing(&self) -> Option<Grade> {
        match self.feed {
            Feed::Steady(grade) | Feed::Switching { from: grade, .. } => Some(grade),
            Feed::Starting(_) | Feed::Stopped => None,
        }
    }

    /// The layer that a key frame would be of use for, and what it would be for.
    pub(super) fn target(&self) -> Option<(Layer, Need)> {
        match self.feed {
            Feed::Starting(grade) | Feed::Switching { to: grade, .. } => Some((grade.layer, Need::Start)),
            Feed::Steady(grade) => Some((grade.layer, Need::Repair)),
            Feed::Stopped => None,
        }
    }

    /// Sets what shall pass, from the next key frame on; nothing more passes at once. Tells whether a key frame is needed.
    pub(super) fn aim(&mut self, target: Option<Grade>) -> bool {
        let before = self.feed;
        self.feed = match (target, self.feed) {
            (None, _) => Feed::Stopped,
            (Some(to), Feed::Steady(from) | Feed::Switching { from, .. }) => {
                let thinned = to.layer == from.layer && !to.whole;
                if to == from || thinned { Feed::Steady(to) } else { Feed::Switching { from, to } }
            }
            (Some(to), Feed::Stopped | Feed::Starting(_)) => Feed::Starting(to),
        };
        match self.feed {
            // Its packets pass meanwhile and ask for nothing.
            Feed::Switching { from, to } if from.layer == to.layer => true,
            Feed::Starting(_) | Feed::Switching { .. } => self.feed != before,
            Feed::Stopped | Feed::Steady(_) => false,
        }
    }

    /// Lets nothing more pass of a better layer than the one it is to show, nor what was missed of it: the path is full of it.
    /// Tells whether there was something.
    pub(super) fn cut(&mut self) -> bool {
        match self.feed {
            Feed::Switching { from, to } if to.layer < from.layer => self.feed = Feed::Starting(to),
            Feed::Stopped if !self.spans.is_empty() => {}
            _ => return false,
        }
        self.spans.clear();
        true
    }

    /// Decides about a packet of the source that the slot shows.
    pub(super) fn offer(&mut self, packet: &Packet, seen: Seen) -> Pass {
        if let Feed::Starting(to) | Feed::Switching { to, .. } = self.feed
            && to.layer == packet.layer
            && seen.starts
        {
            self.begin(packet, seen.vp8);
            self.feed = Feed::Steady(to);
            return self.rewriter.rewrite(packet, seen.vp8).map_or(Pass::Drop, Pass::Start);
        }
        let grade = match self.feed {
            Feed::Steady(grade) if grade.layer == packet.layer && self.rewriter.is_leap(packet) => {
                self.feed = Feed::Starting(grade);
                return self.offer(packet, seen);
            }
            Feed::Switching { from, to } if from.layer == packet.layer && self.rewriter.is_leap(packet) => {
                self.feed = Feed::Starting(to);
                return self.offer(packet, seen);
            }
            Feed::Steady(grade) | Feed::Switching { from: grade, .. } if grade.layer == packet.layer => grade,
            Feed::Starting(to) | Feed::Switching { to, .. } if to.layer == packet.layer => {
                return Pass::NeedsKeyFrame;
            }
            _ => return Pass::Drop,
        };
        if seen.upper && !grade.whole {
            self.rewriter.cut(packet);
            return Pass::Drop;
        }
        self.rewriter.rewrite(packet, seen.vp8).map_or(Pass::Drop, Pass::Forward)
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

    fn seen(starts: bool) -> Seen {
        Seen { starts, ..Seen::default() }
    }

    #[test]
    fn thinning_is_done_at_once_and_undone_with_a_key_frame() {
        let mut slot = Slot::new(Section(0), "0".into(), Kind::Video, &mut Random::new([1; 32]));
        let whole = Grade::whole(Layer::Half);
        let thin = Grade { whole: false, ..whole };
        assert!(slot.aim(Some(whole)));
        let upper = Seen { upper: true, ..Seen::default() };
        let Pass::Start(first) = slot.offer(&packet(Layer::Half, 10), seen(true)) else { panic!("a start") };
        assert!(matches!(slot.offer(&packet(Layer::Half, 11), upper), Pass::Forward(_)));
        assert!(!slot.aim(Some(thin)), "it needs no key frame");
        assert!(matches!(slot.offer(&packet(Layer::Half, 12), upper), Pass::Drop));
        let Pass::Forward(next) = slot.offer(&packet(Layer::Half, 13), seen(false)) else {
            panic!("it passes")
        };
        assert_eq!(next.sequence, first.sequence + 2, "without a gap");
        assert_eq!(
            slot.missed(next.sequence as u16).map(|missed| missed.sequence),
            None,
            "nothing was shown yet"
        );
        assert!(slot.aim(Some(whole)));
        assert!(slot.aim(Some(whole)), "again and again");
        assert!(matches!(slot.offer(&packet(Layer::Half, 14), upper), Pass::Drop));
        assert!(matches!(slot.offer(&packet(Layer::Half, 15), seen(false)), Pass::Forward(_)), "meanwhile");
        assert!(matches!(slot.offer(&packet(Layer::Half, 16), seen(true)), Pass::Start(_)));
        assert!(matches!(slot.offer(&packet(Layer::Half, 17), upper), Pass::Forward(_)));
    }

    #[test]
    fn when_a_path_is_cut_a_smaller_layer_does_not_wait_behind_a_better_one() {
        let mut slot = Slot::new(Section(0), "0".into(), Kind::Video, &mut Random::new([1; 32]));
        slot.place = Some(Place { peer: Key(0), source: Source::Camera });
        slot.aim(Some(Grade::whole(Layer::Half)));
        let Pass::Start(first) = slot.offer(&packet(Layer::Half, 10), seen(true)) else { panic!("a start") };
        let Pass::Forward(second) = slot.offer(&packet(Layer::Half, 11), seen(false)) else {
            panic!("it passes")
        };
        assert!(!slot.cut(), "nothing smaller is to come");
        assert!(slot.aim(Some(Grade::whole(Layer::Quarter))));
        assert!(matches!(slot.offer(&packet(Layer::Half, 12), seen(false)), Pass::Forward(_)), "meanwhile");
        assert!(slot.missed(second.sequence as u16).is_some());
        assert!(slot.cut());
        assert!(!slot.cut(), "once");
        assert!(matches!(slot.offer(&packet(Layer::Half, 13), seen(false)), Pass::Drop));
        assert!(slot.missed(second.sequence as u16).is_none(), "it is not sent again");
        assert!(matches!(slot.offer(&packet(Layer::Quarter, 4), seen(false)), Pass::NeedsKeyFrame));
        let Pass::Start(next) = slot.offer(&packet(Layer::Quarter, 5), seen(true)) else { panic!("a start") };
        assert_eq!(next.sequence, first.sequence + 3, "without a gap of our making");
        slot.aim(Some(Grade::whole(Layer::Full)));
        assert!(!slot.cut(), "a better one is waited for");
        assert_eq!(slot.passing(), Some(Grade::whole(Layer::Quarter)));
        slot.aim(None);
        assert_eq!(slot.passing(), None);
        assert!(slot.cut(), "nothing fits");
        assert!(!slot.cut(), "once");
        assert!(slot.missed(next.sequence as u16).is_none());
    }

    #[test]
    fn a_leap_is_a_new_beginning() {
        let mut slot = Slot::new(Section(0), "0".into(), Kind::Video, &mut Random::new([1; 32]));
        slot.aim(Some(Grade::whole(Layer::Full)));
        let Pass::Start(first) = slot.offer(&packet(Layer::Full, 10), seen(true)) else { panic!("a start") };
        assert!(matches!(slot.offer(&packet(Layer::Full, 30_000), seen(false)), Pass::NeedsKeyFrame));
        assert!(matches!(slot.offer(&packet(Layer::Full, 30_001), seen(false)), Pass::NeedsKeyFrame));
        let Pass::Start(next) = slot.offer(&packet(Layer::Full, 30_002), seen(true)) else {
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
                    slot.aim(Some(Grade::whole(layer)));
                }
                sequences[at] += if far { ahead } else { ahead % 3 };
                if let Pass::Start(out) | Pass::Forward(out) = slot.offer(&packet(layer, sequences[at]), seen(starts)) {
                    if let Some(newest) = newest {
                        prop_assert!(out.sequence <= newest + 1_000, "{newest}, then {}", out.sequence);
                    }
                    newest = newest.max(Some(out.sequence));
                }
            }
        }
    }
}
