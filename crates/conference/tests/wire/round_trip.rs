//! What is read from a page is written back as the same. Shared by the property test and the fuzz target.

use incamera_conference::wire::ClientMessage;

/// Reads bytes as a page's message. Panics where the message does not survive being written and read again.
/// Returns whether it is a message at all.
pub(crate) fn run(bytes: &[u8]) -> bool {
    let Ok(message) = serde_json::from_slice::<ClientMessage>(bytes) else { return false };
    let text = serde_json::to_string(&message).expect("a message can be written");
    let again: ClientMessage = serde_json::from_str(&text).expect("what was written can be read");
    assert_eq!(again, message);
    true
}
