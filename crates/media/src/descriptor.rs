//! The Dependency Descriptor header extension (AV1 RTP payload format, appendix A), of which we read the mandatory fields
//! and the temporal layers of its templates. It tells where frames and key frames begin, and which frames others need,
//! without a look into the payload.

use std::sync::Arc;

/// The extension's name in session descriptions.
pub(crate) const URI: &str =
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

/// Bytes of the mandatory fields.
const MANDATORY: usize = 3;

/// One packet's descriptor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Descriptor {
    mandatory: [u8; MANDATORY],
    /// The extended fields, which few packets have.
    extended: Option<Arc<[u8]>>,
}

impl Descriptor {
    /// Reads the extension's value.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let (mandatory, extended) = value.split_first_chunk::<MANDATORY>()?;
        Some(Self { mandatory: *mandatory, extended: (!extended.is_empty()).then(|| Arc::from(extended)) })
    }

    /// Writes the extension's value and returns its length, or nothing where it does not fit.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Option<usize> {
        let extended = self.extended.as_deref().unwrap_or_default();
        let buffer = buffer.get_mut(..self.len())?;
        buffer[..MANDATORY].copy_from_slice(&self.mandatory);
        buffer[MANDATORY..].copy_from_slice(extended);
        Some(buffer.len())
    }

    /// Bytes of the extension's value.
    pub(crate) fn len(&self) -> usize {
        MANDATORY + self.extended.as_deref().map_or(0, <[u8]>::len)
    }

    /// Whether this packet is the first of its frame.
    pub(crate) fn starts_frame(&self) -> bool {
        self.mandatory[0] & 0x80 != 0
    }

    /// Whether a coded video sequence begins here: only then a template structure is attached.
    pub(crate) fn starts_sequence(&self) -> bool {
        self.starts_frame() && self.extended.as_deref().is_some_and(|extended| extended[0] & 0x80 != 0)
    }

    /// The temporal layers of the sequence that begins here, where one does (A.8.3.1: `template_layers`).
    pub(crate) fn temporal_layers(&self) -> Option<TemporalLayers> {
        self.starts_sequence().then_some(())?;
        let mut bits = Bits { bytes: self.extended.as_deref()?, at: 5 };
        let offset = bits.read(6)?;
        let _decode_targets = bits.read(5)?;
        let mut upper = 0;
        let mut temporal = 0;
        for template in 0..TEMPLATES {
            upper |= u64::from(temporal > 0) << template;
            match bits.read(2)? {
                0 => {}
                1 => temporal += 1,
                2 => temporal = 0,
                _ => return Some(TemporalLayers { offset, upper }),
            }
        }
        None
    }

    /// The template of the frame.
    fn template(&self) -> u8 {
        self.mandatory[0] & 0x3f
    }

    /// Counts frames, modulo 2^16.
    pub(crate) fn frame_number(&self) -> u16 {
        u16::from_be_bytes([self.mandatory[1], self.mandatory[2]])
    }

    /// The same descriptor with another frame number. References to other frames are relative and stay right.
    #[must_use]
    pub(crate) fn with_frame_number(mut self, number: u16) -> Self {
        self.mandatory[1..].copy_from_slice(&number.to_be_bytes());
        self
    }
}

/// As many as a template's number tells apart.
const TEMPLATES: u8 = 64;

/// Which templates are of frames that no frame of the lowest temporal layer needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TemporalLayers {
    /// The number of the first template.
    offset: u8,
    /// A bit for each template.
    upper: u64,
}

impl TemporalLayers {
    /// Whether the packet belongs to an upper temporal layer.
    pub(crate) fn is_upper(&self, descriptor: &Descriptor) -> bool {
        let index = descriptor.template().wrapping_sub(self.offset) % TEMPLATES;
        self.upper >> index & 1 == 1
    }
}

/// Reads bits, the most significant one of each byte first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: usize) -> Option<u8> {
        let mut value = 0;
        for at in self.at..self.at + count {
            value = value << 1 | self.bytes.get(at / 8)? >> (7 - at % 8) & 1;
        }
        self.at += count;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn key_frames_are_known_by_the_structure_on_their_first_packet() {
        assert!(Descriptor::parse(&[0x80, 0, 1, 0x80, 7]).unwrap().starts_sequence());
        assert!(!Descriptor::parse(&[0x80, 0, 1]).unwrap().starts_sequence());
        assert!(!Descriptor::parse(&[0x80, 0, 1, 0x40]).unwrap().starts_sequence());
        assert!(!Descriptor::parse(&[0x00, 0, 1, 0x80]).unwrap().starts_sequence());
        assert!(Descriptor::parse(&[0x80, 0]).is_none());
    }

    #[test]
    fn frames_of_upper_temporal_layers_are_known_by_their_templates() {
        // A structure whose templates are numbered from 62 on: two of the lowest temporal layer, one of the next, two
        // of the one above it.
        let layers: [(u8, usize); 9] =
            [(0b10000, 5), (62, 6), (2, 5), (0, 2), (1, 2), (1, 2), (0, 2), (3, 2), (0, 3)];
        let mut bits =
            layers.into_iter().flat_map(|(value, count)| (0..count).rev().map(move |at| value >> at & 1));
        let mut extended = [0_u8; 4];
        for at in 0..29 {
            extended[at / 8] |= bits.next().unwrap() << (7 - at % 8);
        }
        let with = |template: u8, extended: &[u8]| {
            Descriptor::parse(&[&[0x80 | template, 0, 1], extended].concat()).unwrap()
        };
        let layers = with(62, &extended).temporal_layers().unwrap();
        let upper = [62, 63, 0, 1, 2].map(|template| layers.is_upper(&with(template, &[])));
        assert_eq!(upper, [false, false, true, true, true]);
        assert_eq!(with(62, &[]).temporal_layers(), None, "no structure");
        assert_eq!(with(62, &extended[..2]).temporal_layers(), None, "cut off");
        assert_eq!(with(62, &[0x80; 3]).temporal_layers(), None, "without an end");
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(value in proptest::collection::vec(any::<u8>(), 0..80), number: u16) {
            let Some(descriptor) = Descriptor::parse(&value) else {
                prop_assert!(value.len() < MANDATORY);
                return Ok(());
            };
            let mut buffer = [0; 80];
            let length = descriptor.write(&mut buffer).unwrap();
            prop_assert_eq!(&buffer[..length], &value[..]);
            prop_assert!(descriptor.write(&mut buffer[..length - 1]).is_none());

            let changed = descriptor.clone().with_frame_number(number);
            prop_assert_eq!(changed.frame_number(), number);
            prop_assert_eq!(changed.starts_sequence(), descriptor.starts_sequence());
            prop_assert_eq!(changed.len(), descriptor.len());
            let _ = descriptor.temporal_layers().map(|layers| layers.is_upper(&changed));
        }
    }
}
