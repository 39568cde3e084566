//! What every stream in a slot must be, whatever happened on the way.
#![allow(dead_code, reason = "each test program uses a part of it")]

use incamera_testkit::Received;

/// Checks that a slot was one stream for its receiver: no number came twice, time and pictures went forward only, and
/// at every change of layer or source a key frame began.
pub(crate) fn assert_one_stream(stream: &[Received]) {
    for pair in stream.windows(2) {
        let [before, after] = pair else { unreachable!("windows of two") };
        assert_ne!(before.sequence, after.sequence, "the same number twice: {pair:?}");
        let forward = |from: u32, to: u32| to.wrapping_sub(from) < 1 << 31;
        assert!(forward(before.timestamp, after.timestamp), "time went back: {pair:?}");
        if let (Some(from), Some(to)) = (before.picture, after.picture) {
            assert!(to.wrapping_sub(from) & 0x7fff < 0x4000, "pictures went back: {pair:?}");
        }
        let origin = |packet: &Received| (packet.tag.participant, packet.tag.source, packet.tag.layer);
        if origin(before) != origin(after) && after.tag.source.is_video() {
            assert!(after.tag.key, "a change without a key frame: {pair:?}");
        }
        if before.tag.frame == after.tag.frame && origin(before) == origin(after) {
            assert_eq!(before.timestamp, after.timestamp, "one frame, one time: {pair:?}");
        }
    }
}

/// Checks that nothing is missing either.
pub(crate) fn assert_gapless(stream: &[Received]) {
    assert_one_stream(stream);
    for pair in stream.windows(2) {
        assert_eq!(pair[0].sequence + 1, pair[1].sequence, "a gap of our making: {pair:?}");
        let number = |packet: &Received| packet.picture.unwrap_or_default();
        let step = number(&pair[1]).wrapping_sub(number(&pair[0])) & 0x7fff;
        assert!(step <= 1, "a picture number was left out: {pair:?}");
    }
}
