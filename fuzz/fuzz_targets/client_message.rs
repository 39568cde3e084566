//! Bytes from a page: read, written and read again.

#![no_main]

#[path = "../../crates/conference/tests/wire/round_trip.rs"]
mod round_trip;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    round_trip::run(bytes);
});
