//! How bytes travel in JSON, in links and in cookies: base64url without padding (RFC 4648, section 5).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::ids::IdError;

/// Writes bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads bytes from text. The length is the caller's to check.
pub fn decode(text: &str) -> Result<Vec<u8>, IdError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| IdError::Alphabet)
}
