//! The Dependency Descriptor header extension, of which we read and write the mandatory fields only
//! (AV1 RTP payload format, appendix A). It tells where frames and key frames begin without a look into the payload.

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
        }
    }
}
