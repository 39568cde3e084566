//! The VP8 payload descriptor (RFC 7741, 4.2) and the one byte behind it that we read: everything else of the
//! payload may be encrypted.

use crate::packet::Picture;

/// What the beginning of a VP8 packet tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Vp8 {
    picture: Picture,
    key_frame_start: bool,
    discardable: bool,
}

impl Vp8 {
    /// Reads the beginning of a payload.
    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let mut bytes = payload.iter().copied();
        let first = bytes.next()?;
        let mut picture = Picture::default();
        if first & 0x80 != 0 {
            let extension = bytes.next()?;
            if extension & 0x80 != 0 {
                let high = bytes.next()?;
                picture.id = Some(if high & 0x80 != 0 {
                    u16::from(high & 0x7f) << 8 | u16::from(bytes.next()?)
                } else {
                    u16::from(high)
                });
            }
            if extension & 0x40 != 0 {
                picture.base_layer = Some(bytes.next()?);
            }
            if extension & 0x30 != 0 {
                bytes.next()?;
            }
        }
        let starts_first_partition = first & 0x10 != 0 && first & 0x07 == 0;
        // The inverse key frame flag of the frame header (RFC 6386, 9.1): senders leave this byte in clear.
        let is_key = bytes.next()? & 0x01 == 0;
        // The N bit. Where pictures are numbered, a receiver would wait for the one that is left out.
        let discardable = first & 0x20 != 0 && picture == Picture::default();
        Some(Self { picture, key_frame_start: starts_first_partition && is_key, discardable })
    }

    /// Its running numbers.
    pub(crate) fn picture(&self) -> Picture {
        self.picture
    }

    /// Whether no other picture needs this one, and nobody would miss it.
    pub(crate) fn is_discardable(&self) -> bool {
        self.discardable
    }

    /// Whether a key frame begins here.
    pub(crate) fn starts_key_frame(&self) -> bool {
        self.key_frame_start
    }
}

/// Writes these running numbers where a payload has such, in the length that they have there.
pub(crate) fn write_picture(payload: &mut [u8], picture: Picture) {
    let [first, extension, numbers @ ..] = payload else { return };
    if *first & 0x80 == 0 {
        return;
    }
    let mut numbers = numbers;
    if *extension & 0x80 != 0 {
        let long = numbers.first().is_some_and(|high| high & 0x80 != 0);
        let Some((place, rest)) = numbers.split_at_mut_checked(if long { 2 } else { 1 }) else { return };
        match (picture.id, place) {
            (Some(id), [high, low]) => (*high, *low) = (0x80 | (id >> 8) as u8, id as u8),
            (Some(id), [short]) => *short = id as u8 & 0x7f,
            _ => {}
        }
        numbers = rest;
    }
    if *extension & 0x40 != 0
        && let (Some(index), Some(place)) = (picture.base_layer, numbers.first_mut())
    {
        *place = index;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn key_frames_are_known_by_the_first_byte_of_the_first_partition() {
        assert!(Vp8::parse(&[0x10, 0x00]).unwrap().starts_key_frame());
        assert!(!Vp8::parse(&[0x10, 0x01]).unwrap().starts_key_frame(), "an interframe");
        assert!(!Vp8::parse(&[0x00, 0x00]).unwrap().starts_key_frame(), "not the first packet");
        assert!(!Vp8::parse(&[0x11, 0x00]).unwrap().starts_key_frame(), "not the first partition");
        assert!(Vp8::parse(&[0x10]).is_none(), "no byte of the frame");
    }

    #[test]
    fn picture_numbers_are_read_in_both_lengths() {
        let long = Vp8::parse(&[0x90, 0xe0, 0x81, 0x02, 0x33, 0x00, 0x00]).unwrap();
        assert_eq!(long.picture(), Picture { id: Some(0x102), base_layer: Some(0x33) });
        assert!(long.starts_key_frame());
        let short = Vp8::parse(&[0x90, 0x80, 0x12, 0x01]).unwrap();
        assert_eq!(short.picture(), Picture { id: Some(0x12), base_layer: None });
        assert!(!short.starts_key_frame());
    }

    proptest! {
        #[test]
        fn anything_can_be_read(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Vp8::parse(&payload);
        }

        #[test]
        fn what_is_written_is_read_again_and_nothing_else_changes(
            payload in proptest::collection::vec(any::<u8>(), 0..12),
            id in 0_u16..0x8000,
            base_layer: u8,
        ) {
            let mut written = payload.clone();
            write_picture(&mut written, Picture { id: Some(id), base_layer: Some(base_layer) });
            prop_assert_eq!(written.len(), payload.len());
            let (Some(before), Some(after)) = (Vp8::parse(&payload), Vp8::parse(&written)) else { return Ok(()) };
            prop_assert_eq!(before.starts_key_frame(), after.starts_key_frame());
            prop_assert_eq!(after.picture().base_layer, before.picture().base_layer.map(|_| base_layer));
            let short = payload.len() > 2 && payload[2] & 0x80 == 0;
            let fits = if short { id & 0x7f } else { id };
            prop_assert_eq!(after.picture().id, before.picture().id.map(|_| fits));
            write_picture(&mut written, before.picture());
            prop_assert_eq!(written, payload);
        }
    }
}
