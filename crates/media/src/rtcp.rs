//! RTCP (RFC 3550, 6; RFC 4585): what receivers report, and what is reported to them.

use std::time::Duration;

/// Packet types (RFC 3550, 12.1; RFC 4585, 6.1).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
/// Formats of feedback: generic NACK (RFC 4585, 6.2.1), transport-wide congestion control, picture loss (6.3.1), and
/// full intra request (RFC 5104, 4.3.1).
const NACK: u8 = 1;
const CONGESTION: u8 = 15;
const PICTURE_LOSS: u8 = 1;
const FULL_INTRA: u8 = 4;

/// The unit of arrival times in transport feedback.
const TICK: Duration = Duration::from_micros(250);
/// The unit of its reference time, in ticks.
const REFERENCE_TICKS: i64 = 256;
/// Bits of the reference time.
const REFERENCE_BITS: u32 = 24;

/// One thing that a compound packet says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Report<'a> {
    /// Packets of this stream did not come: their sequence numbers.
    Lost { ssrc: u32, sequences: Sequences<'a> },
    /// A receiver of this stream cannot go on without a key frame.
    KeyFrameWanted { ssrc: u32 },
    /// When packets came, whatever their stream.
    Arrivals(Arrivals<'a>),
    /// Something about what the peer sends.
    OfSender,
}

/// The sequence numbers in a generic NACK.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sequences<'a>(&'a [u8]);

impl Sequences<'_> {
    /// All of them; up to 17 for each four bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.chunks_exact(4).flat_map(|item| {
            let first = u16::from_be_bytes([item[0], item[1]]);
            let following = u16::from_be_bytes([item[2], item[3]]);
            let lost = move |bit: &u16| following >> bit & 1 == 1;
            std::iter::once(first).chain((0..16).filter(lost).map(move |bit| first.wrapping_add(bit + 1)))
        })
    }
}

/// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Arrivals<'a> {
    /// The transport-wide sequence number of the first packet.
    pub(crate) base: u16,
    /// Packets it tells about.
    pub(crate) count: u16,
    /// In units of 64 ms, modulo 2^24.
    reference: u32,
    /// Chunks and deltas.
    body: &'a [u8],
}

impl Arrivals<'_> {
    /// For each packet from [`Self::base`] on: when it came, in ticks of 250 µs since a moment of the receiver's that
    /// stays the same while `reference` is continued; nothing where it did not come. Ends early where the text does.
    pub(crate) fn iter(&self, reference: &mut Reference) -> impl Iterator<Item = Option<i64>> {
        let mut ticks = reference.extend(self.reference) * REFERENCE_TICKS;
        let count = usize::from(self.count);
        let chunks = chunks_of(self.body, count);
        let deltas = self.body.get(2 * chunks..).unwrap_or_default();
        let mut at = 0;
        statuses(self.body, chunks).take(count).map_while(move |status| match status {
            1 => {
                ticks += i64::from(*deltas.get(at)?);
                at += 1;
                Some(Some(ticks))
            }
            2 => {
                let delta = deltas.get(at..at + 2)?;
                ticks += i64::from(i16::from_be_bytes([delta[0], delta[1]]));
                at += 2;
                Some(Some(ticks))
            }
            _ => Some(None),
        })
    }
}

/// Continues the reference time of transport feedback beyond its 24 bits.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Reference(Option<i64>);

impl Reference {
    fn extend(&mut self, reference: u32) -> i64 {
        let wide = match self.0 {
            None => i64::from(reference),
            Some(last) => {
                let ahead = reference.wrapping_sub(last as u32) << (u32::BITS - REFERENCE_BITS);
                last + i64::from(ahead.cast_signed() >> (u32::BITS - REFERENCE_BITS))
            }
        };
        self.0 = Some(wide);
        wide
    }
}

/// Ticks as a time.
pub(crate) fn duration_of(ticks: i64) -> Duration {
    TICK * u32::try_from(ticks.max(0)).unwrap_or(u32::MAX)
}

/// How many chunks tell about so many packets.
fn chunks_of(body: &[u8], packets: usize) -> usize {
    let mut told = 0;
    let mut chunks = 0;
    for chunk in body.chunks_exact(2) {
        if told >= packets {
            break;
        }
        told += length_of(u16::from_be_bytes([chunk[0], chunk[1]]));
        chunks += 1;
    }
    chunks
}

fn length_of(chunk: u16) -> usize {
    match (chunk >> 15, chunk >> 14 & 1) {
        (0, _) => usize::from(chunk & 0x1fff),
        (_, 0) => 14,
        _ => 7,
    }
}

/// The status symbols of all chunks (3.1.1 to 3.1.4).
fn statuses(body: &[u8], chunks: usize) -> impl Iterator<Item = u8> + '_ {
    body.chunks_exact(2).take(chunks).flat_map(|chunk| {
        let chunk = u16::from_be_bytes([chunk[0], chunk[1]]);
        (0..length_of(chunk)).map(move |at| match (chunk >> 15, chunk >> 14 & 1) {
            (0, _) => (chunk >> 13 & 3) as u8,
            (_, 0) => (chunk >> (13 - at) & 1) as u8,
            _ => (chunk >> (12 - 2 * at) & 3) as u8,
        })
    })
}

/// Reads a compound packet, as far as it is well-formed.
pub(crate) fn read<'a>(mut compound: &'a [u8], mut take: impl FnMut(Report<'a>)) {
    while let Some((header, rest)) = compound.split_first_chunk::<4>() {
        let length = 4 * usize::from(u16::from_be_bytes([header[2], header[3]]));
        let Some((body, next)) = rest.split_at_checked(length) else { return };
        if header[0] >> 6 != 2 {
            return;
        }
        compound = next;
        let word = |at: usize| {
            body.get(at..).and_then(<[u8]>::first_chunk).map(|word: &[u8; 4]| u32::from_be_bytes(*word))
        };
        match (header[1], header[0] & 0x1f) {
            (SENDER_REPORT | GOODBYE, _) => take(Report::OfSender),
            (TRANSPORT_FEEDBACK, NACK) => {
                if let (Some(ssrc), Some(items)) = (word(4), body.get(8..)) {
                    take(Report::Lost { ssrc, sequences: Sequences(items) });
                }
            }
            (TRANSPORT_FEEDBACK, CONGESTION) => {
                if let (Some(numbers), Some(times), Some(body)) = (word(8), word(12), body.get(16..)) {
                    take(Report::Arrivals(Arrivals {
                        base: (numbers >> 16) as u16,
                        count: numbers as u16,
                        reference: times >> 8,
                        body,
                    }));
                }
            }
            (PAYLOAD_FEEDBACK, PICTURE_LOSS) => {
                if let Some(ssrc) = word(4) {
                    take(Report::KeyFrameWanted { ssrc });
                }
            }
            (PAYLOAD_FEEDBACK, FULL_INTRA) => {
                for entry in body.get(8..).unwrap_or_default().chunks_exact(8) {
                    let ssrc = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
                    take(Report::KeyFrameWanted { ssrc });
                }
            }
            _ => {}
        }
    }
}

/// What a sender report says (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct SenderReport {
    pub(crate) ssrc: u32,
    /// NTP time in units of 2^-32 s.
    pub(crate) time: u64,
    /// The RTP timestamp of that moment.
    pub(crate) timestamp: u32,
    pub(crate) packets: u32,
    /// Of payloads.
    pub(crate) octets: u32,
}

/// Appends a sender report.
pub(crate) fn write_sender_report(out: &mut Vec<u8>, report: &SenderReport) {
    out.extend_from_slice(&[0x80, SENDER_REPORT, 0, 6]);
    out.extend_from_slice(&report.ssrc.to_be_bytes());
    out.extend_from_slice(&report.time.to_be_bytes());
    out.extend_from_slice(&report.timestamp.to_be_bytes());
    out.extend_from_slice(&report.packets.to_be_bytes());
    out.extend_from_slice(&report.octets.to_be_bytes());
}

/// Appends the canonical name of a source (RFC 3550, 6.5.1), which ends a compound packet. What is longer than a
/// name can be is cut.
pub(crate) fn write_name(out: &mut Vec<u8>, ssrc: u32, name: &str) {
    let name = &name.as_bytes()[..name.len().min(255)];
    // The item of the name, and at least one zero octet up to a word's end.
    let chunk = (4 + 2 + name.len() + 1).next_multiple_of(4);
    let end = out.len() + 4 + chunk;
    out.extend_from_slice(&[0x81, DESCRIPTION]);
    out.extend_from_slice(&((chunk / 4) as u16).to_be_bytes());
    out.extend_from_slice(&ssrc.to_be_bytes());
    out.extend_from_slice(&[1, name.len() as u8]);
    out.extend_from_slice(name);
    out.resize(end, 0);
}

/// Makes every report block of a compound packet tell this share of lost packets, in 256ths (RFC 3550, 6.4.1), as far as
/// the packet is well-formed.
pub(crate) fn tell_loss(mut compound: &mut [u8], share: u8) {
    const BLOCK: usize = 24;
    while let Some(header) = compound.first_chunk::<4>().copied() {
        let length = 4 + 4 * usize::from(u16::from_be_bytes([header[2], header[3]]));
        let Some((packet, next)) = compound.split_at_mut_checked(length) else { return };
        compound = next;
        let blocks = match header[1] {
            SENDER_REPORT => packet.get_mut(28..),
            RECEIVER_REPORT => packet.get_mut(8..),
            _ => None,
        };
        let count = usize::from(header[0] & 0x1f);
        for block in blocks.into_iter().flat_map(|blocks| blocks.chunks_exact_mut(BLOCK)).take(count) {
            block[4] = share;
        }
    }
}

/// Whether a datagram that is RTP or RTCP is the latter (RFC 5761, 4).
pub(crate) fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [128..=191, 192..=223, ..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reports(packet: &[u8]) -> Vec<Report<'_>> {
        let mut reports = Vec::new();
        read(packet, |report| reports.push(report));
        reports
    }

    /// A feedback packet around this body.
    fn feedback(kind: u8, format: u8, body: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x80 | format, kind];
        packet.extend_from_slice(&((body.len() / 4 + 2) as u16).to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 9]);
        packet.extend_from_slice(body);
        packet
    }

    #[test]
    fn what_is_lost_is_told_by_number_and_mask() {
        let packet = feedback(TRANSPORT_FEEDBACK, NACK, &[0xff, 0xfe, 0x80, 0x05]);
        let [Report::Lost { ssrc: 9, sequences }] = &reports(&packet)[..] else { panic!("a NACK") };
        assert_eq!(sequences.iter().collect::<Vec<_>>(), [0xfffe, 0xffff, 1, 14]);
    }

    #[test]
    fn key_frames_are_wanted_in_both_ways() {
        let mut packet = feedback(PAYLOAD_FEEDBACK, PICTURE_LOSS, &[]);
        packet.extend(feedback(PAYLOAD_FEEDBACK, FULL_INTRA, &[0, 0, 0, 7, 1, 0, 0, 0]));
        assert_eq!(
            reports(&packet),
            [Report::KeyFrameWanted { ssrc: 9 }, Report::KeyFrameWanted { ssrc: 7 }]
        );
    }

    #[test]
    fn arrivals_are_read_from_every_kind_of_chunk() {
        let mut body = vec![0x00, 0x05, 0, 22, 0, 0, 2, 0];
        // A run of three that came, a vector of one bit each, a vector of two bits each.
        body.extend([0x20, 0x03, 0x80 | 0b10_0000, 0b0000_0001, 0xc0 | 0b10_0001, 0b0000_0000]);
        body.extend([4, 4, 4, 1, 2, 0xff, 0xf8, 3]);
        body.extend([0; 2]);
        let packet = feedback(TRANSPORT_FEEDBACK, CONGESTION, &body);
        let [Report::Arrivals(arrivals)] = &reports(&packet)[..] else { panic!("arrivals") };
        assert_eq!((arrivals.base, arrivals.count), (5, 22));
        let told: Vec<_> = arrivals.iter(&mut Reference::default()).collect();
        let mut expected = vec![Some(516), Some(520), Some(524)];
        expected.extend([vec![Some(525)], vec![None; 12], vec![Some(527)]].concat());
        expected.extend([Some(519), None, Some(522), None, None]);
        assert_eq!(told.len(), 22);
        assert_eq!(told, expected);
    }

    #[test]
    fn reference_times_go_on_where_they_wrap() {
        let mut reference = Reference::default();
        assert_eq!(reference.extend(0xff_ffff), 0xff_ffff);
        assert_eq!(reference.extend(2), 0x100_0002);
        assert_eq!(reference.extend(0xff_fffe), 0xff_fffe);
    }

    #[test]
    fn a_sender_report_with_its_name_is_well_formed() {
        let mut packet = Vec::new();
        let report = SenderReport { ssrc: 1, time: 2, timestamp: 3, packets: 4, octets: 5 };
        write_sender_report(&mut packet, &report);
        for name in ["", "a", "ab", "abc", "abcd", "abcde"] {
            let mut packet = packet.clone();
            write_name(&mut packet, 1, name);
            assert!(packet.len().is_multiple_of(4));
            assert_eq!(*packet.last().unwrap(), 0, "the list of items ends");
            assert_eq!(reports(&packet), [Report::OfSender]);
        }
        assert!(is_rtcp(&packet) && !is_rtcp(&[0x80, 96]) && !is_rtcp(&[0x80]));
    }

    #[test]
    fn every_report_block_tells_the_same_loss_and_nothing_else_changes() {
        let block = |ssrc: u8| {
            let mut block = [0x11; 24];
            block[..5].copy_from_slice(&[0, 0, 0, ssrc, 3]);
            block
        };
        let mut sender_report = Vec::new();
        let report = SenderReport { ssrc: 1, time: 2, timestamp: 3, packets: 4, octets: 5 };
        write_sender_report(&mut sender_report, &report);
        sender_report[0] |= 1;
        sender_report[3] += 6;
        sender_report.extend(block(7));
        let mut receiver_report = vec![0x82, RECEIVER_REPORT, 0, 13, 0, 0, 0, 1];
        receiver_report.extend([block(8), block(9)].concat());
        let lost = feedback(TRANSPORT_FEEDBACK, NACK, &[3; 8]);
        let before = [sender_report, receiver_report, lost].concat();

        let mut after = before.clone();
        tell_loss(&mut after, 26);
        let changed: Vec<usize> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
        assert_eq!(changed, [32, 64, 88]);
        assert!(changed.iter().all(|at| (before[*at], after[*at]) == (3, 26)));
    }

    proptest! {
        #[test]
        fn reports_of_any_shape_keep_their_length(packet in proptest::collection::vec(any::<u8>(), 0..120), kind in 200_u8..202) {
            let mut shaped = packet.clone();
            if let [_, second, ..] = &mut shaped[..] {
                *second = kind;
            }
            for before in [packet, shaped] {
                let mut after = before.clone();
                tell_loss(&mut after, 26);
                prop_assert_eq!(before.len(), after.len());
            }
        }

        #[test]
        fn anything_can_be_read(packet in proptest::collection::vec(any::<u8>(), 0..120), kind in 200_u8..208, format: u8) {
            let mut shaped = packet.clone();
            if let [first, second, third, fourth, ..] = &mut shaped[..] {
                (*first, *second) = (0x80 | format & 0x1f, kind);
                (*third, *fourth) = (0, (packet.len() / 4 - 1) as u8);
            }
            for packet in [packet, shaped] {
                for report in reports(&packet) {
                    match report {
                        Report::Lost { sequences, .. } => drop(sequences.iter().count()),
                        Report::Arrivals(arrivals) => {
                            let told = arrivals.iter(&mut Reference::default()).count();
                            prop_assert!(told <= usize::from(arrivals.count));
                        }
                        Report::KeyFrameWanted { .. } | Report::OfSender => {}
                    }
                }
            }
        }
    }
}
