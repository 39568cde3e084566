//! Packets whose receiver can tell where they come from.

use incamera_conference::ids::ParticipantId;
use incamera_conference::wire::Source;

const MAGIC: &[u8; 4] = b"inca";
const TAG: usize = 17;
/// The VP8 payload descriptors (RFC 7741, 4.2) that we write: with a long picture id, `TL0PICIDX` and `TID`, or with the
/// first byte alone, as browsers do where frames are described elsewhere.
const DESCRIPTOR: usize = 6;
const SHORT_DESCRIPTOR: usize = 1;
/// The beginning of a VP8 key frame (RFC 6386, 9.1): its tag, the start code that some servers look for, 640 x 480.
const KEY_FRAME: [u8; HEADER] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];
/// Of every other packet, as long, so that the tag is always in the same place; the lowest bit says no key frame.
const OTHER: [u8; HEADER] = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const HEADER: usize = 10;

/// What each synthetic packet says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag {
    /// Who sent it.
    pub participant: ParticipantId,
    /// As what.
    pub source: Source,
    /// Simulcast layer, 0 the smallest; 0 for audio.
    pub layer: u8,
    /// Counts the frames of a layer.
    pub frame: u32,
    /// Whether the frame is a key frame; never for audio.
    pub key: bool,
    /// Position within the frame.
    pub part: u8,
    /// Packets of the frame.
    pub parts: u8,
}

impl Tag {
    fn write(&self) -> [u8; TAG] {
        let mut bytes = [0; TAG];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4..8].copy_from_slice(&self.participant.0.to_be_bytes());
        bytes[8] = self.source as u8;
        bytes[9] = self.layer;
        bytes[10..14].copy_from_slice(&self.frame.to_be_bytes());
        bytes[14] = u8::from(self.key);
        bytes[15] = self.part;
        bytes[16] = self.parts;
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<TAG>()?;
        if &bytes[..4] != MAGIC {
            return None;
        }
        let word = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Some(Self {
            participant: ParticipantId(word(4)),
            source: *Source::ALL.get(usize::from(bytes[8]))?,
            layer: bytes[9],
            frame: word(10),
            key: bytes[14] != 0,
            part: bytes[15],
            parts: bytes[16],
        })
    }

    /// A payload of this length in the shape of its kind. `temporal`: whether there are temporal layers; every fourth
    /// picture is then of the lowest one.
    pub(crate) fn payload(&self, length: usize, temporal: bool) -> Vec<u8> {
        let mut payload = Vec::with_capacity(length);
        if self.source.is_video() {
            let start = if self.part == 0 { 0x10 } else { 0 };
            if temporal {
                let unneeded = if self.is_upper() { 0x20 } else { 0 };
                payload.push(start | unneeded);
            } else {
                let [high, low] = (self.frame as u16 & 0x7fff).to_be_bytes();
                payload.extend([0x80 | start, 0xe0, 0x80 | high, low, low, 0]);
            }
            payload.extend(if self.key { KEY_FRAME } else { OTHER });
        }
        payload.extend(self.write());
        payload.resize(length.max(payload.len()), 0xaa);
        payload
    }

    /// Whether the picture belongs to an upper temporal layer, where there are such.
    pub fn is_upper(&self) -> bool {
        !self.key && !self.frame.is_multiple_of(4)
    }

    /// Reads a payload, with its picture id where it is video.
    pub(crate) fn of(video: bool, payload: &[u8]) -> Option<(Self, Option<u16>)> {
        if !video {
            return Some((Self::read(payload)?, None));
        }
        if payload.first()? & 0x80 == 0 {
            return Some((Self::read(payload.get(SHORT_DESCRIPTOR + HEADER..)?)?, None));
        }
        let tag = Self::read(payload.get(DESCRIPTOR + HEADER..)?)?;
        Some((tag, Some(u16::from_be_bytes([payload[2] & 0x7f, payload[3]]))))
    }
}
