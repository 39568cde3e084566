//! What is forwarded to one peer: RTP, its retransmissions (RFC 4588) and sender reports, written straight into the
//! datagrams that leave.

use std::time::{Duration, Instant};

use super::datagrams::Datagrams;
use super::srtp::{Contexts, Inbound, Outbound};
use crate::bandwidth::Bandwidth;
use crate::descriptor::Descriptor;
use crate::packet::{Kind, Outgoing, Section};
use crate::path::Path;
use crate::rtcp::{self, Report, SenderReport};
use crate::vp8;

/// How often it is told how timestamps and times fit together, while something is sent.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// What NTP time a connection is made at, in seconds: some time in 2019. Receivers compare times of one sender only, and
/// need not learn what ours is; but not all of them take one before 1970.
const NTP_BEGIN: u64 = 0xe000_0000;
/// Bytes of padding in a packet that has nothing else: the most that one octet can count (RFC 3550, 5.1).
const PADDING: usize = 255;
/// A datagram stays below this, whatever the path (RFC 8831, 5, has the same for its reasons).
const REPORTS: usize = 1_100;

/// One profile of header extensions (RFC 8285): the numbers that the offer gave them.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Extensions {
    pub(super) transport_sequence: Option<u8>,
    pub(super) descriptor: Option<u8>,
}

/// A stream of ours, as it was negotiated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct StreamConfig {
    pub(super) section: Section,
    pub(super) kind: Kind,
    pub(super) ssrc: u32,
    pub(super) format: u8,
    /// SSRC and payload type of retransmissions.
    pub(super) repair: Option<(u32, u8)>,
}

/// A stream and its counts.
struct Stream {
    config: StreamConfig,
    /// Extended sequence number of the next retransmission.
    repair_sequence: u64,
    packets: u32,
    octets: u32,
    /// Timestamp and capture time of the latest packet.
    newest: Option<(u32, Instant)>,
    /// Whether something was sent since the last report.
    active: bool,
}

/// The sending half of one connection.
pub(super) struct Sender {
    outbound: Option<Outbound>,
    inbound: Option<Inbound>,
    /// By section.
    streams: Vec<Option<Stream>>,
    extensions: Extensions,
    name: String,
    made: Instant,
    reported: Option<Instant>,
    bandwidth: Bandwidth,
    /// Room for a payload that is changed, and for a report that is opened.
    payload: Vec<u8>,
    opened: Vec<u8>,
}

/// What a report means for the router.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Feedback {
    /// A packet of this section did not come: its sequence number.
    Lost(Section, u16),
    /// No picture without a key frame.
    KeyFrameWanted(Section),
}

impl Sender {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            outbound: None,
            inbound: None,
            streams: Vec::new(),
            extensions: Extensions::default(),
            name: String::new(),
            made: now,
            reported: None,
            bandwidth: Bandwidth::new(now, super::FIRST_ESTIMATE),
            payload: Vec::new(),
            opened: Vec::new(),
        }
    }

    /// From now on packets can be protected.
    pub(super) fn set_contexts(&mut self, contexts: Contexts) {
        self.outbound = Some(contexts.outbound);
        self.inbound = Some(contexts.inbound);
    }

    /// Applies what was negotiated. Streams that are as before go on undisturbed.
    pub(super) fn configure(&mut self, extensions: Extensions, name: String, configs: &[StreamConfig]) {
        self.extensions = extensions;
        self.name = name;
        let mut former = std::mem::take(&mut self.streams);
        for config in configs {
            let at = usize::from(config.section.0);
            if self.streams.len() <= at {
                self.streams.resize_with(at + 1, || None);
            }
            let same = |stream: &Stream| stream.config == *config;
            let kept = former.get_mut(at).and_then(|stream| stream.take_if(|stream| same(stream)));
            self.streams[at] = Some(kept.unwrap_or_else(|| Stream::new(*config)));
        }
    }

    /// The streams as they were negotiated.
    pub(super) fn configs(&self) -> impl Iterator<Item = StreamConfig> + '_ {
        self.streams.iter().flatten().map(|stream| stream.config)
    }

    pub(super) fn bandwidth(&mut self) -> &mut Bandwidth {
        &mut self.bandwidth
    }

    /// Writes a packet, or its retransmission. Nothing before there are keys, or where the peer cannot take it.
    pub(super) fn write(
        &mut self,
        now: Instant,
        to: Path,
        section: Section,
        packet: &Outgoing,
        again: bool,
        out: &mut Datagrams,
    ) {
        let Some(outbound) = &mut self.outbound else { return };
        let Some(Some(stream)) = self.streams.get_mut(usize::from(section.0)) else { return };
        let mut head = Head {
            padding: false,
            marker: packet.marker,
            format: stream.config.format,
            index: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: stream.config.ssrc,
        };
        self.payload.clear();
        if again {
            let Some((ssrc, format)) = stream.config.repair else { return };
            (head.ssrc, head.format) = (ssrc, format);
            head.index = stream.repair_sequence;
            stream.repair_sequence += 1;
            self.payload.extend_from_slice(&(packet.sequence as u16).to_be_bytes());
        } else {
            stream.packets = stream.packets.wrapping_add(1);
            stream.octets = stream.octets.wrapping_add(packet.payload.len() as u32);
            stream.newest = Some((packet.timestamp, packet.captured));
            stream.active = true;
        }
        let payload = match (packet.picture, again) {
            (None, false) => &packet.payload[..],
            (picture, _) => {
                let start = self.payload.len();
                self.payload.extend_from_slice(&packet.payload);
                if let Some(picture) = picture {
                    vp8::write_picture(&mut self.payload[start..], picture);
                }
                &self.payload
            }
        };
        let sequence = self.extensions.transport_sequence.map(|id| (id, self.bandwidth.next_sequence()));
        let descriptor = self.extensions.descriptor.zip(packet.descriptor.as_ref());
        let bytes = out.write(to, |bytes, start| {
            head.write(bytes, sequence, descriptor);
            outbound.protect_rtp(bytes, start, head.ssrc, head.index, payload);
        });
        if sequence.is_some() {
            self.bandwidth.sent(now, bytes, false);
        }
    }

    /// Writes padding (RFC 3550, 5.1) on a stream of retransmissions, so that the path is measured.
    pub(super) fn write_padding(&mut self, now: Instant, to: Path, out: &mut Datagrams) {
        let due = self.bandwidth.take_padding(now);
        let (Some(outbound), Some(id)) = (&mut self.outbound, self.extensions.transport_sequence) else {
            return;
        };
        let of_use = self.streams.iter_mut().flatten().filter(|stream| stream.config.repair.is_some());
        // One that carries something, where there is one; always the same before.
        let Some(stream) = of_use.rev().max_by_key(|stream| stream.newest.is_some()) else { return };
        let Some((ssrc, format)) = stream.config.repair else { return };
        let mut padding = [0; PADDING];
        padding[PADDING - 1] = PADDING as u8;
        let mut written = 0;
        while written < due {
            let head = Head {
                padding: true,
                marker: false,
                format,
                index: stream.repair_sequence,
                timestamp: stream.newest.map_or(0, |(timestamp, _)| timestamp),
                ssrc,
            };
            stream.repair_sequence += 1;
            let sequence = Some((id, self.bandwidth.next_sequence()));
            let bytes = out.write(to, |bytes, start| {
                head.write(bytes, sequence, None);
                outbound.protect_rtp(bytes, start, head.ssrc, head.index, &padding);
            });
            self.bandwidth.sent(now, bytes, true);
            written += bytes.max(1);
        }
    }

    /// Writes reports about what was sent since the last ones, when they are due.
    pub(super) fn write_reports(&mut self, now: Instant, to: Path, out: &mut Datagrams) {
        if self.poll_report().is_none_or(|due| due > now) {
            return;
        }
        let Some(outbound) = &mut self.outbound else { return };
        self.reported = Some(now);
        let time = now.saturating_duration_since(self.made);
        let ntp = ((NTP_BEGIN + time.as_secs()) << 32)
            | (u64::from(time.subsec_nanos()) * (1 << 32) / 1_000_000_000);
        let name = &self.name;
        let mut streams = self.streams.iter_mut().flatten().filter(|stream| stream.active).peekable();
        while streams.peek().is_some() {
            out.write(to, |bytes, start| {
                let mut first = None;
                while bytes.len() - start < REPORTS
                    && let Some(stream) = streams.next()
                {
                    stream.active = false;
                    first.get_or_insert(stream.config.ssrc);
                    rtcp::write_sender_report(bytes, &stream.report(now, ntp));
                }
                rtcp::write_name(bytes, first.unwrap_or_default(), name);
                outbound.protect_rtcp(bytes, start);
            });
        }
    }

    /// When [`Self::write_reports`] has something to report.
    fn poll_report(&self) -> Option<Instant> {
        let active = self.streams.iter().flatten().any(|stream| stream.active);
        active.then(|| self.reported.map_or(self.made, |reported| reported + REPORT_INTERVAL))
    }

    /// When something is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let ready = self.outbound.is_some();
        let measures = self.extensions.transport_sequence.is_some();
        let probe = self.bandwidth.poll_timeout().filter(|_| measures);
        self.poll_report().into_iter().chain(probe).min().filter(|_| ready)
    }

    /// Takes a datagram with reports. Tells whether the library must see it, too: it is about what the peer sends.
    pub(super) fn handle_rtcp(
        &mut self,
        now: Instant,
        datagram: &[u8],
        mut take: impl FnMut(Feedback),
    ) -> bool {
        let Some(inbound) = &mut self.inbound else { return true };
        if inbound.unprotect_rtcp(datagram, &mut self.opened).is_none() {
            return false;
        }
        let streams = &self.streams;
        let section_of = |ssrc: u32| {
            let stream = streams.iter().flatten().find(|stream| stream.config.ssrc == ssrc);
            stream.map(|stream| stream.config.section)
        };
        let mut of_sender = false;
        rtcp::read(&self.opened, |report| match report {
            Report::Lost { ssrc, sequences } => {
                if let Some(section) = section_of(ssrc) {
                    sequences.iter().for_each(|sequence| take(Feedback::Lost(section, sequence)));
                }
            }
            Report::KeyFrameWanted { ssrc } => {
                section_of(ssrc).into_iter().for_each(|section| take(Feedback::KeyFrameWanted(section)));
            }
            Report::Arrivals(arrivals) => self.bandwidth.handle_feedback(now, &arrivals),
            Report::OfSender => of_sender = true,
        });
        of_sender
    }
}

impl Stream {
    fn new(config: StreamConfig) -> Self {
        Self { config, repair_sequence: 1, packets: 0, octets: 0, newest: None, active: false }
    }

    fn report(&self, now: Instant, time: u64) -> SenderReport {
        let timestamp = self.newest.map_or(0, |(timestamp, captured)| {
            let since = now.saturating_duration_since(captured).as_micros();
            let units = since * u128::from(self.config.kind.clock_rate()) / 1_000_000;
            timestamp.wrapping_add(units as u32)
        });
        SenderReport { ssrc: self.config.ssrc, time, timestamp, packets: self.packets, octets: self.octets }
    }
}

/// The fields of an RTP header (RFC 3550, 5.1).
#[derive(Clone, Copy)]
struct Head {
    padding: bool,
    marker: bool,
    format: u8,
    /// The extended sequence number.
    index: u64,
    timestamp: u32,
    ssrc: u32,
}

impl Head {
    fn write(&self, out: &mut Vec<u8>, sequence: Option<(u8, u16)>, descriptor: Option<(u8, &Descriptor)>) {
        let extended = sequence.is_some() || descriptor.is_some();
        let first = 0x80 | u8::from(self.padding) << 5 | u8::from(extended) << 4;
        out.extend_from_slice(&[first, u8::from(self.marker) << 7 | self.format & 0x7f]);
        out.extend_from_slice(&(self.index as u16).to_be_bytes());
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        out.extend_from_slice(&self.ssrc.to_be_bytes());
        if extended {
            write_extensions(out, sequence, descriptor);
        }
    }
}

/// Appends the header extensions in the one-byte form, or the two-byte form where one of them needs it (RFC 8285, 4).
fn write_extensions(out: &mut Vec<u8>, sequence: Option<(u8, u16)>, descriptor: Option<(u8, &Descriptor)>) {
    let numbers = sequence.map(|(id, _)| id).into_iter().chain(descriptor.map(|(id, _)| id));
    let long = numbers.max() > Some(14) || descriptor.is_some_and(|(_, descriptor)| descriptor.len() > 16);
    let start = out.len();
    let profile: [u8; 2] = if long { [0x10, 0x00] } else { [0xbe, 0xde] };
    out.extend_from_slice(&[profile[0], profile[1], 0, 0]);
    let head = |out: &mut Vec<u8>, id: u8, length: usize| {
        if long {
            out.extend_from_slice(&[id, length as u8]);
        } else {
            out.push(id << 4 | (length - 1) as u8);
        }
    };
    if let Some((id, number)) = sequence {
        head(out, id, 2);
        out.extend_from_slice(&number.to_be_bytes());
    }
    if let Some((id, descriptor)) = descriptor
        && descriptor.len() <= usize::from(u8::MAX)
    {
        head(out, id, descriptor.len());
        let begin = out.len();
        out.resize(begin + descriptor.len(), 0);
        descriptor.write(&mut out[begin..]);
    }
    let length = out.len() - start - 4;
    out.resize(start + 4 + length.next_multiple_of(4), 0);
    let words = (length.div_ceil(4) as u16).to_be_bytes();
    out[start + 2..start + 4].copy_from_slice(&words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_the_timestamp_of_its_own_moment() {
        let now = Instant::now();
        for (kind, expected) in [(Kind::Audio, 1_000_u32 + 24_000), (Kind::Video, 1_000 + 45_000)] {
            let config = StreamConfig { section: Section(0), kind, ssrc: 7, format: 100, repair: None };
            let mut stream = Stream::new(config);
            stream.newest = Some((1_000, now));
            let report = stream.report(now + Duration::from_millis(500), 3);
            assert_eq!((report.ssrc, report.time, report.timestamp), (7, 3, expected));
        }
    }

    #[test]
    fn extensions_take_the_short_form_while_it_carries_them() {
        let descriptor = |length: usize| Descriptor::parse(&vec![0x80; length]).unwrap();
        let mut out = Vec::new();
        write_extensions(&mut out, Some((3, 0x0102)), Some((12, &descriptor(3))));
        assert_eq!(out, [0xbe, 0xde, 0, 2, 0x31, 1, 2, 0xc2, 0x80, 0x80, 0x80, 0]);
        out.clear();
        write_extensions(&mut out, None, Some((12, &descriptor(16))));
        assert_eq!(out[..5], [0xbe, 0xde, 0, 5, 0xcf]);
        out.clear();
        write_extensions(&mut out, Some((3, 0x0102)), Some((12, &descriptor(17))));
        assert_eq!(out[..10], [0x10, 0, 0, 6, 3, 2, 1, 2, 12, 17]);
        assert!(out.len().is_multiple_of(4));
        out.clear();
        write_extensions(&mut out, Some((15, 0x0102)), None);
        assert_eq!(out, [0x10, 0, 0, 1, 15, 2, 1, 2], "a number that the short form has no room for");
    }
}
