//! Session descriptions from pages.

#![no_main]

use incamera_conference::wire::{Source, SourceSection};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let source = SourceSection { mid: "0".into(), source: Source::Microphone };
    let _ = incamera_media::parse::offer(text, &[source]);
});
