//! The header extensions that we agree to. The audio level (RFC 6464) is not among them, on any leg (K6).

use str0m::rtp::{Extension, ExtensionMap, ExtensionSerializer, ExtensionValues};

use crate::descriptor::{self, Descriptor};

/// The longest value of a two-byte header extension (RFC 8285).
const LONGEST_ONE_BYTE_FORM: usize = 16;

/// All of them. The numbers are replaced by those of the offer.
pub(super) fn map() -> ExtensionMap {
    let mut map = ExtensionMap::empty();
    map.set(3, Extension::TransportSequenceNumber);
    map.set(4, Extension::RtpMid);
    map.set(10, Extension::RtpStreamId);
    map.set(11, Extension::RepairedRtpStreamId);
    map.set(12, Extension::with_serializer(descriptor::URI, DescriptorExtension));
    map
}

/// Carries a [`Descriptor`] through.
#[derive(Debug)]
struct DescriptorExtension;

impl ExtensionSerializer for DescriptorExtension {
    fn write_to(&self, buffer: &mut [u8], values: &ExtensionValues) -> usize {
        values.user_values.get::<Descriptor>().and_then(|descriptor| descriptor.write(buffer)).unwrap_or(0)
    }

    fn parse_value(&self, value: &[u8], values: &mut ExtensionValues) -> bool {
        let Some(descriptor) = Descriptor::parse(value) else { return false };
        values.user_values.set(descriptor);
        true
    }

    fn is_video(&self) -> bool {
        true
    }

    fn is_audio(&self) -> bool {
        false
    }

    fn requires_two_byte_form(&self, values: &ExtensionValues) -> bool {
        values
            .user_values
            .get::<Descriptor>()
            .is_some_and(|descriptor| descriptor.len() > LONGEST_ONE_BYTE_FORM)
    }
}
