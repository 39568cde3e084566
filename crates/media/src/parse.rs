//! Doors to the parsers for fuzzing. Each takes anything and must return.

use incamera_conference::wire::SourceSection;

/// A session description with what its sender says about it. `true` when it would be answered.
pub fn offer(text: &str, sources: &[SourceSection]) -> bool {
    crate::offer::Offer::parse(text, sources).is_ok()
}

/// A datagram from a stranger: the user fragment and the shard that it names.
pub fn check(datagram: &[u8]) -> Option<(&[u8], Option<crate::ShardId>)> {
    crate::stun::check_fragment(datagram).map(|fragment| (fragment, crate::stun::shard_of(fragment)))
}

/// The value of a Dependency Descriptor extension, read and written again.
pub fn descriptor(value: &[u8]) -> Option<Vec<u8>> {
    let descriptor = crate::descriptor::Descriptor::parse(value)?;
    let number = descriptor.frame_number();
    let mut written = vec![0; value.len()];
    let length = descriptor.with_frame_number(number).write(&mut written)?;
    written.truncate(length);
    Some(written)
}

/// A VP8 payload: whether a key frame starts in it.
pub fn vp8(payload: &[u8]) -> Option<bool> {
    crate::vp8::Vp8::parse(payload).map(|vp8| vp8.starts_key_frame())
}
