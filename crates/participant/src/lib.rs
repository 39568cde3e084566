//! A participant without a browser, as small as it can be: it connects, says hello, comes into the encrypted group, and
//! seals and opens frames as pages do. It blocks, and does nothing unless it is driven.
//!
//! It exists for what has to hold meetings without people: the load tool, and the proof that nothing is kept. Whom it trusts is
//! told by whoever uses it; it connects to this machine only.

mod connector;
mod media_key;
mod member;
mod person;
pub mod sframe;
mod sound;

use incamera_conference::ids::MeetingId;
use incamera_e2ee::group::LinkProof;
use incamera_e2ee::link::HostHash;
use incamera_e2ee::meeting::MeetingKeys;

pub use connector::{Channel, Connector};
pub use media_key::MediaKey;
pub use person::{Guise, Person};
pub use sound::{Sound, Voice};

/// What everybody has who has the link, and the host's part of it.
#[derive(Clone)]
pub struct Meeting {
    /// In the link's path.
    pub id: MeetingId,
    /// Of the link and its password.
    pub keys: MeetingKeys,
    /// For the group.
    pub link: LinkProof,
    /// The public half of the host's key.
    pub host_key: [u8; 32],
    /// As the link names it.
    pub host: HostHash,
    /// What the group is founded with.
    pub title: String,
}

impl Meeting {
    /// From what a link is made of.
    pub fn new(id: MeetingId, keys: MeetingKeys, host_key: [u8; 32], title: String) -> Self {
        let link = LinkProof { psk: keys.psk.clone(), id: keys.admission.hash() };
        Self { id, keys, link, host_key, host: HostHash::of(&host_key), title }
    }
}

/// Bytes that nobody can guess.
///
/// # Errors
/// The system gives none.
pub fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(bytes)
}
