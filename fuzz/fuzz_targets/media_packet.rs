//! The parts of a packet that the SFU reads: the Dependency Descriptor and the VP8 payload descriptor.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = incamera_media::parse::vp8(bytes);
    if let Some(written) = incamera_media::parse::descriptor(bytes) {
        assert_eq!(written, bytes);
    }
});
