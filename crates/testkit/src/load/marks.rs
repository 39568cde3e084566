//! What a frame says about itself under its encryption, and how frames become packets and frames again.

use std::collections::BTreeMap;
use std::time::Duration;

use incamera_conference::wire::Source;

use super::system::Layer;
use incamera_participant::sframe::{Fault, Opener};

const MAGIC: [u8; 4] = *b"load";
const LENGTH: usize = 26;
/// An Opus packet of the page's constant rate.
pub(super) const SOUND: usize = 119;
/// The most of a frame that one packet carries.
const PART: usize = 1150;
/// As an encoder begins a key frame (RFC 6386, 9.1): tag, start code, 640 x 480. The page leaves this away, but some SFUs
/// know a key frame by nothing else.
const KEY_FRAME: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];
/// Frames of one participant that are waited for. When there are more, all of them are given up.
const INCOMPLETE: usize = 64;

/// Who sent a frame, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mark {
    /// Since the engine began.
    pub(super) sent: Duration,
    pub(super) room: u16,
    pub(super) participant: u16,
    pub(super) source: Source,
    pub(super) layer: Layer,
    pub(super) frame: u32,
}

impl Mark {
    /// A frame of this length that begins with the mark; it is never shorter than that.
    pub(super) fn frame(&self, length: usize) -> Vec<u8> {
        let length = length.max(LENGTH);
        let mut frame = Vec::with_capacity(length);
        frame.extend(MAGIC);
        frame.extend((self.sent.as_nanos() as u64).to_be_bytes());
        frame.extend(self.room.to_be_bytes());
        frame.extend(self.participant.to_be_bytes());
        frame.push(self.source as u8);
        frame.push(self.layer as u8);
        frame.extend(self.frame.to_be_bytes());
        frame.extend((length as u32).to_be_bytes());
        frame.resize(length, filler(self.frame));
        frame
    }

    /// Reads a frame, all of it.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let (mark, rest) = frame.split_first_chunk::<LENGTH>()?;
        let word = |at: usize| u32::from_be_bytes([mark[at], mark[at + 1], mark[at + 2], mark[at + 3]]);
        let half = |at: usize| u16::from_be_bytes([mark[at], mark[at + 1]]);
        let number = word(18);
        let whole = mark[..4] == MAGIC && word(22) as usize == frame.len();
        if !whole || rest.iter().any(|byte| *byte != filler(number)) {
            return None;
        }
        Some(Self {
            sent: Duration::from_nanos(u64::from(word(4)) << 32 | u64::from(word(8))),
            room: half(12),
            participant: half(14),
            source: *Source::ALL.get(usize::from(mark[16]))?,
            layer: *Layer::ALL.get(usize::from(mark[17]))?,
            frame: number,
        })
    }
}

fn filler(frame: u32) -> u8 {
    frame as u8 ^ 0x5a
}

/// The payloads that carry a sealed frame: one for a sound; for a picture as many as it takes, of about equal length, each
/// behind a VP8 payload descriptor (RFC 7741, 4.2) as browsers write it. A key frame begins with [`KEY_FRAME`].
pub(super) fn payloads(video: bool, key: bool, picture: u16, sealed: &[u8]) -> Vec<Vec<u8>> {
    if !video {
        return vec![sealed.to_vec()];
    }
    let frame = if key { [&KEY_FRAME[..], sealed].concat() } else { sealed.to_vec() };
    let parts = frame.len().div_ceil(PART).max(1);
    let [high, low] = (picture & 0x7fff).to_be_bytes();
    let part = |(position, part): (usize, &[u8])| {
        let start = if position == 0 { 0x10 } else { 0 };
        let mut payload = Vec::with_capacity(part.len() + 6);
        payload.extend([0x80 | start, 0xe0, 0x80 | high, low, low, 0]);
        payload.extend_from_slice(part);
        payload
    };
    frame.chunks(frame.len().div_ceil(parts)).enumerate().map(part).collect()
}

/// A packet as it arrives.
pub(super) struct Part<'a> {
    pub(super) ssrc: u32,
    pub(super) timestamp: u32,
    pub(super) sequence: u64,
    pub(super) marker: bool,
    pub(super) video: bool,
    pub(super) payload: &'a [u8],
}

/// Makes frames of packets, opens them, and reads their marks.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) opener: Opener,
    incomplete: BTreeMap<(u32, u32), Frame>,
}

#[derive(Default)]
struct Frame {
    parts: BTreeMap<u64, Vec<u8>>,
    first: Option<u64>,
    last: Option<u64>,
}

impl Reader {
    /// Takes a packet; what comes back is the frame that it completes.
    pub(super) fn take(&mut self, part: &Part<'_>) -> Option<Result<Mark, Fault>> {
        if !part.video {
            return Some(self.open(false, part.payload));
        }
        let (starts, contents) = without_descriptor(part.payload)?;
        let key = (part.ssrc, part.timestamp);
        if self.incomplete.len() >= INCOMPLETE && !self.incomplete.contains_key(&key) {
            self.incomplete.clear();
        }
        let frame = self.incomplete.entry(key).or_default();
        frame.parts.insert(part.sequence, contents.to_vec());
        frame.first = frame.first.or(starts.then_some(part.sequence));
        frame.last = frame.last.or(part.marker.then_some(part.sequence));
        let (first, last) = (frame.first?, frame.last?);
        if frame.parts.len() as u64 != last.wrapping_sub(first).wrapping_add(1) {
            return None;
        }
        let frame = self.incomplete.remove(&key)?;
        let whole: Vec<u8> = frame.parts.into_values().flatten().collect();
        Some(self.open(true, whole.strip_prefix(&KEY_FRAME).unwrap_or(&whole)))
    }

    fn open(&mut self, video: bool, frame: &[u8]) -> Result<Mark, Fault> {
        let frame = self.opener.open(video, frame)?;
        Mark::read(&frame).ok_or(Fault::OtherContent)
    }
}

/// Whether a frame begins here, and what follows the descriptor.
fn without_descriptor(payload: &[u8]) -> Option<(bool, &[u8])> {
    let first = *payload.first()?;
    let mut length = 1;
    if first & 0x80 != 0 {
        let extension = *payload.get(1)?;
        length += 1;
        if extension & 0x80 != 0 {
            length += if payload.get(2)? & 0x80 != 0 { 2 } else { 1 };
        }
        length += usize::from(extension & 0x40 != 0) + usize::from(extension & 0x30 != 0);
    }
    Some((first & 0x17 == 0x10, payload.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::super::system::MediaKey;
    use super::*;
    use incamera_participant::sframe::Sealer;

    const MARK: Mark = Mark {
        sent: Duration::from_nanos(0x0123_4567_89ab_cdef),
        room: 2,
        participant: 300,
        source: Source::Camera,
        layer: Layer::Half,
        frame: 77,
    };

    #[test]
    fn a_frame_comes_back_whole_whatever_the_order_of_its_packets() {
        let key = MediaKey { epoch: 5, leaf: 1, base: [3; 16] };
        let sealed = Sealer::new(&key, Source::Camera).seal(true, &MARK.frame(5000));
        let payloads = payloads(true, true, 9, &sealed);
        assert_eq!(payloads.len(), 5);
        assert_eq!(payloads[0][9..12], [0x9d, 0x01, 0x2a]);
        assert!(payloads.iter().all(|payload| payload.len() <= PART + 6));
        let mut reader = Reader::default();
        reader.opener.hold(&key);
        let mut outcomes = Vec::new();
        for position in [4, 0, 2, 3, 1] {
            let part = Part {
                ssrc: 1,
                timestamp: 90,
                sequence: 100 + position as u64,
                marker: position == 4,
                video: true,
                payload: &payloads[position],
            };
            outcomes.extend(reader.take(&part));
        }
        assert_eq!(outcomes, [Ok(MARK)]);
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let mut frame = MARK.frame(100);
        assert_eq!(Mark::read(&frame), Some(MARK));
        frame[99] ^= 1;
        assert_eq!(Mark::read(&frame), None);
        assert_eq!(Mark::read(&MARK.frame(100)[..99]), None);
    }
}
