//! Rewriting: a receive slot shows many layers and sources, one after the other, yet for its receiver it is one
//! stream. Its numbers go on where they were, also where pictures are left out.

use std::collections::VecDeque;
use std::time::Instant;

use crate::packet::{Kind, Outgoing, Packet, Picture};
use crate::random::Random;
use crate::vp8::Vp8;

/// A stream whose first sequence number is below this has a rollover counter of zero, as its receiver assumes
/// (RFC 3711, 3.3.1). Half of it, so that the first packets cannot be mistaken for late ones either.
const FIRST_SEQUENCE_BELOW: u64 = 1 << 15;

/// A publisher whose numbers leap further than this has lost more than can be mended, or means harm: a receiver that
/// misses one packet between two leaps takes the wrong rollover counter for the right one, and keeps it.
const LEAP: u64 = 1_000;

/// Cuts that are remembered: what is from before them does not pass any more. Some seconds' worth.
const CUTS: usize = 128;

/// The numbers of one slot.
#[derive(Clone, Debug)]
pub(crate) struct Rewriter {
    clock_rate: u32,
    /// One more than the highest sequence number sent.
    next_sequence: u64,
    /// Of the newest packet sent.
    newest: Option<Newest>,
    /// The highest of each counter sent; continued by the next source.
    frame_number: u16,
    picture_id: u16,
    base_layer: u8,
    mapping: Option<Mapping>,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    timestamp: u32,
    captured: Instant,
}

/// How the numbers of one layer of one source are moved, but for the sequence number. They wrap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    timestamp: u32,
    frame_number: u16,
    picture_id: u16,
    base_layer: u8,
}

/// How one layer of one source is moved.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) shift: Shift,
    /// The packet that it began with; none before it is let through.
    first_in: u64,
    first_out: u64,
    /// What was left out, the latest at the end.
    cuts: VecDeque<Cut>,
}

/// Packets that were left out.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// The first packet behind them, in the numbers of the source.
    behind: u64,
    /// How many were left out up to here.
    total: u64,
}

impl Rewriter {
    /// For a new slot.
    pub(crate) fn new(kind: Kind, random: &mut Random) -> Self {
        let random = random.bits();
        Self {
            clock_rate: kind.clock_rate(),
            next_sequence: random % FIRST_SEQUENCE_BELOW,
            newest: None,
            frame_number: (random >> 16) as u16,
            picture_id: (random >> 32) as u16 & 0x7fff,
            base_layer: (random >> 48) as u8,
            mapping: None,
        }
    }

    /// From this packet on another layer or source follows, or the same one after a pause.
    pub(crate) fn begin(&mut self, packet: &Packet, vp8: Option<Vp8>) {
        let timestamp = match self.newest {
            None => packet.timestamp,
            Some(newest) => {
                let elapsed = packet.captured.saturating_duration_since(newest.captured);
                let units = elapsed.as_micros() * u128::from(self.clock_rate) / 1_000_000;
                newest.timestamp.wrapping_add((units as u32).max(1))
            }
        };
        let frame_number = packet.descriptor.as_ref().map_or(0, |descriptor| descriptor.frame_number());
        let picture = vp8.map(|vp8| vp8.picture()).unwrap_or_default();
        let shift = Shift {
            timestamp: timestamp.wrapping_sub(packet.timestamp),
            frame_number: self.frame_number.wrapping_add(1).wrapping_sub(frame_number),
            picture_id: self.picture_id.wrapping_add(1).wrapping_sub(picture.id.unwrap_or(0)),
            base_layer: self.base_layer.wrapping_add(1).wrapping_sub(picture.base_layer.unwrap_or(0)),
        };
        self.mapping = Some(Mapping {
            shift,
            first_in: packet.sequence,
            first_out: self.next_sequence,
            cuts: VecDeque::new(),
        });
    }

    /// How the present layer is moved.
    pub(crate) fn mapping(&self) -> Option<&Mapping> {
        self.mapping.as_ref()
    }

    /// Leaves a packet of the present layer out: what follows moves up, so that nobody misses it.
    pub(crate) fn cut(&mut self, packet: &Packet) {
        let Some(mapping) = &mut self.mapping else { return };
        // One that comes after others which were behind it has left its gap already.
        if mapping.outgoing_sequence(packet.sequence).is_some_and(|sequence| sequence >= self.next_sequence) {
            mapping.cut(packet.sequence);
        }
    }

    /// The extended sequence number that a receiver means by these 16 bits: one that was sent.
    pub(crate) fn extend(&self, sequence: u16) -> Option<u64> {
        let newest = self.next_sequence.checked_sub(1)?;
        newest.checked_sub(u64::from((newest as u16).wrapping_sub(sequence)))
    }

    /// Whether a packet is too far ahead of the present layer to continue it: [`Self::begin`] must come before it.
    pub(crate) fn is_leap(&self, packet: &Packet) -> bool {
        let outgoing = self.mapping.as_ref().and_then(|mapping| mapping.outgoing_sequence(packet.sequence));
        outgoing.is_some_and(|sequence| sequence.saturating_sub(self.next_sequence) >= LEAP)
    }

    /// Rewrites a packet of the present layer; nothing when it is from before [`Self::begin`].
    pub(crate) fn rewrite(&mut self, packet: &Packet, vp8: Option<Vp8>) -> Option<Outgoing> {
        let mapping = self.mapping.as_ref()?;
        let outgoing = mapping.shift.apply(packet, vp8, mapping.outgoing_sequence(packet.sequence)?);
        if outgoing.sequence >= self.next_sequence {
            self.next_sequence = outgoing.sequence + 1;
            self.newest = Some(Newest { timestamp: outgoing.timestamp, captured: packet.captured });
            if let Some(descriptor) = &outgoing.descriptor {
                self.frame_number = descriptor.frame_number();
            }
            if let Some(picture) = outgoing.picture {
                self.picture_id = picture.id.unwrap_or(self.picture_id);
                self.base_layer = picture.base_layer.unwrap_or(self.base_layer);
            }
        }
        Some(outgoing)
    }
}

impl Mapping {
    /// Whether this packet of the receiver's was moved so, or one behind it: the latest such mapping moved it.
    pub(crate) fn covers(&self, outgoing: u64) -> bool {
        outgoing >= self.first_out
    }

    /// The number for the receiver of a packet of the source that is not left out.
    fn outgoing_sequence(&self, sequence: u64) -> Option<u64> {
        let passed = sequence.checked_sub(self.first_in)?;
        let cut = self.cuts.iter().rev().find(|cut| cut.behind <= sequence);
        Some(self.first_out + passed - cut.map_or(0, |cut| cut.total))
    }

    /// The sequence number of the source that this one of the receiver's was.
    pub(crate) fn source_sequence(&self, outgoing: u64) -> Option<u64> {
        let passed = outgoing.checked_sub(self.first_out)?;
        let whole = |cut: &&Cut| passed >= cut.behind - self.first_in - cut.total;
        let cut = self.cuts.iter().rev().find(whole);
        Some(self.first_in + passed + cut.map_or(0, |cut| cut.total))
    }

    fn cut(&mut self, sequence: u64) {
        match self.cuts.back_mut() {
            Some(last) if last.behind > sequence => return,
            Some(last) if last.behind == sequence => {
                *last = Cut { behind: sequence + 1, total: last.total + 1 };
                return;
            }
            _ => {}
        }
        if self.cuts.len() == CUTS
            && let Some(oldest) = self.cuts.pop_front()
        {
            self.first_out += oldest.behind - self.first_in - oldest.total;
            self.first_in = oldest.behind;
            for cut in &mut self.cuts {
                cut.total -= oldest.total;
            }
        }
        let total = self.cuts.back().map_or(0, |last| last.total) + 1;
        self.cuts.push_back(Cut { behind: sequence + 1, total });
    }
}

impl Shift {
    /// Rewrites a packet, which gets this sequence number.
    pub(crate) fn apply(&self, packet: &Packet, vp8: Option<Vp8>, sequence: u64) -> Outgoing {
        let descriptor = packet.descriptor.clone().map(|descriptor| {
            let number = descriptor.frame_number().wrapping_add(self.frame_number);
            descriptor.with_frame_number(number)
        });
        let picture = vp8.map(|vp8| vp8.picture()).filter(|picture| *picture != Picture::default());
        let picture = picture.map(|picture| Picture {
            id: picture.id.map(|id| id.wrapping_add(self.picture_id) & 0x7fff),
            base_layer: picture.base_layer.map(|index| index.wrapping_add(self.base_layer)),
        });
        Outgoing {
            sequence,
            timestamp: packet.timestamp.wrapping_add(self.timestamp),
            marker: packet.marker,
            captured: packet.captured,
            descriptor,
            picture,
            payload: packet.payload.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::descriptor::Descriptor;
    use crate::packet::Layer;

    fn packet(sequence: u64, timestamp: u32, captured: Instant, frame: u16) -> Packet {
        let [high, low] = frame.to_be_bytes();
        Packet {
            layer: Layer::Full,
            sequence,
            timestamp,
            marker: true,
            captured,
            descriptor: Descriptor::parse(&[0x80, high, low]),
            payload: Arc::from([0x90, 0xe0, 0x80 | high & 0x7f, low, low, 0, 0].as_slice()),
        }
    }

    fn rewrite(rewriter: &mut Rewriter, packet: &Packet) -> Option<Outgoing> {
        rewriter.rewrite(packet, Vp8::parse(&packet.payload))
    }

    #[test]
    fn what_came_before_the_switch_is_not_let_through() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(Kind::Video, &mut Random::new([1; 32]));
        let first = packet(100, 0, now, 0);
        rewriter.begin(&first, None);
        assert!(rewrite(&mut rewriter, &first).is_some());
        assert!(rewrite(&mut rewriter, &packet(99, 0, now, 0)).is_none());
    }

    #[test]
    fn a_cut_that_comes_late_leaves_its_gap() {
        let now = Instant::now();
        let mut rewriter = Rewriter::new(Kind::Video, &mut Random::new([1; 32]));
        let first = packet(100, 0, now, 0);
        rewriter.begin(&first, None);
        let first = rewrite(&mut rewriter, &first).unwrap().sequence;
        assert_eq!(rewrite(&mut rewriter, &packet(102, 0, now, 2)).unwrap().sequence, first + 2);
        rewriter.cut(&packet(101, 0, now, 1));
        assert_eq!(rewrite(&mut rewriter, &packet(103, 0, now, 3)).unwrap().sequence, first + 3);
        rewriter.cut(&packet(104, 0, now, 4));
        rewriter.cut(&packet(104, 0, now, 4));
        assert_eq!(rewrite(&mut rewriter, &packet(105, 0, now, 5)).unwrap().sequence, first + 4, "once");
    }

    proptest! {
        /// Whatever is left out, what passes has numbers without gaps, and each leads back to what it was.
        #[test]
        fn cuts_close(begin in 0_u64..1 << 40, passes in proptest::collection::vec(any::<bool>(), 1..1_000)) {
            let now = Instant::now();
            let mut rewriter = Rewriter::new(Kind::Video, &mut Random::new([2; 32]));
            let first = packet(begin, 0, now, 0);
            rewriter.begin(&first, None);
            let mut newest = rewrite(&mut rewriter, &first).unwrap().sequence;
            let mut passed = VecDeque::new();
            for (number, passes) in (begin + 1..).zip(passes) {
                let packet = packet(number, 0, now, 0);
                if !passes {
                    rewriter.cut(&packet);
                    continue;
                }
                let out = rewrite(&mut rewriter, &packet).unwrap();
                prop_assert_eq!(out.sequence, newest + 1);
                newest = out.sequence;
                passed.push_back((number, newest));
                if passed.len() > CUTS {
                    passed.pop_front();
                }
                let mapping = rewriter.mapping().unwrap();
                for (source, outgoing) in &passed {
                    prop_assert_eq!(mapping.outgoing_sequence(*source), Some(*outgoing));
                    prop_assert_eq!(mapping.source_sequence(*outgoing), Some(*source));
                }
            }
        }

        /// Whatever follows whatever: numbers go on without a gap, and time as it passed.
        #[test]
        fn a_slot_is_one_stream(
            seed: u8,
            runs in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<u16>(), 1_u64..20), 1..10),
        ) {
            let start = Instant::now();
            let mut now = start;
            let mut rewriter = Rewriter::new(Kind::Video, &mut Random::new([seed; 32]));
            let mut last: Option<Outgoing> = None;
            for (sequence, timestamp, frame, length) in runs {
                for step in 0..length {
                    now += Duration::from_millis(40);
                    let units = step as u32 * 3600;
                    let packet = packet(
                        u64::from(sequence) + step,
                        timestamp.wrapping_add(units),
                        now,
                        frame.wrapping_add(step as u16),
                    );
                    if step == 0 {
                        rewriter.begin(&packet, Vp8::parse(&packet.payload));
                    }
                    let out = rewrite(&mut rewriter, &packet).unwrap();
                    if let Some(last) = last {
                        prop_assert_eq!(out.sequence, last.sequence + 1);
                        prop_assert_eq!(out.timestamp, last.timestamp.wrapping_add(3600));
                        let number = |out: &Outgoing| out.descriptor.as_ref().unwrap().frame_number();
                        prop_assert_eq!(number(&out), number(&last).wrapping_add(1));
                        let (picture, before) = (out.picture.unwrap(), last.picture.unwrap());
                        prop_assert_eq!(picture.id.unwrap(), (before.id.unwrap() + 1) & 0x7fff);
                        prop_assert_eq!(picture.base_layer.unwrap(), before.base_layer.unwrap().wrapping_add(1));
                    } else {
                        prop_assert!(out.sequence < 1 << 16);
                    }
                    last = Some(out);
                }
            }
        }
    }
}
