//! A stream of bytes from a stranger who says that it is TURN.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    assert_eq!(incamera_turn::parse::stream(bytes), 0, "nothing passes without credentials");
});
