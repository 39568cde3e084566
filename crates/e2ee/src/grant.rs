//! What the host key signs. Receivers check it: a role is the host's gift, not the server's word (P3, B6).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// The part that a grant gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GrantedRole {
    /// Owns the meeting.
    Host,
    /// Moderates.
    CoHost,
    /// Takes part: revokes what was granted before.
    Participant,
}

impl GrantedRole {
    fn text(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::CoHost => "co_host",
            Self::Participant => "participant",
        }
    }
}

/// The signature is not the host's over this.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not signed by the host")]
pub struct NotGranted;

/// What is signed to give `identity` a role in a meeting.
pub fn grant_text(meeting: &str, role: GrantedRole, identity: &[u8; 32]) -> Vec<u8> {
    [b"incamera/1 grant\0", meeting.as_bytes(), &[0], role.text().as_bytes(), &[0], identity].concat()
}

/// What is signed to make a state that members hold.
pub fn held_text(text: &str) -> Vec<u8> {
    [b"incamera/1 held\0", text.as_bytes()].concat()
}

/// Signs with a host key.
pub fn sign(host: &SigningKey, text: &[u8]) -> [u8; 64] {
    host.sign(text).to_bytes()
}

/// Checks a host's signature (RFC 8032), strictly: no key or signature of small order passes.
pub fn verify(host_key: &[u8; 32], text: &[u8], signature: &[u8; 64]) -> Result<(), NotGranted> {
    let key = VerifyingKey::from_bytes(host_key).map_err(|_| NotGranted)?;
    key.verify_strict(text, &Signature::from_bytes(signature)).map_err(|_| NotGranted)
}
