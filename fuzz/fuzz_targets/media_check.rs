//! Datagrams from strangers: whose connectivity check is it?

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = incamera_media::parse::check(bytes);
});
