//! A history of a meeting, told by bytes, against the reference model of the tests.

#![no_main]

// The unit tests use more of it.
#[allow(dead_code)]
#[path = "../../crates/conference/tests/meeting/harness.rs"]
mod harness;
#[path = "../../crates/conference/tests/meeting/history.rs"]
mod history;
#[path = "../../crates/conference/tests/meeting/model.rs"]
mod model;
#[path = "../../crates/conference/tests/meeting/sequence.rs"]
mod sequence;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    history::run(bytes);
});
