//! From the link, and the password where one is set, to the keys of a meeting.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::envelope::EnvelopeKey;
use crate::key::{KeySchedule, secret_newtype};
use crate::link::MeetingSecret;
use crate::password;

secret_newtype! {
    /// What lets a person in. The server is shown it, and keeps its SHA-256 (B2).
    AdmissionToken, 32
}
secret_newtype! {
    /// What a member who joins by link proves to the group (RFC 9420, section 8.4).
    ExternalPsk, 32
}
secret_newtype! {
    /// Seals what a person in the lobby shows to the host.
    KnockKey, 32
}

/// All that a link and its password give.
#[derive(Clone, Debug)]
pub struct MeetingKeys {
    /// For the server.
    pub admission: AdmissionToken,
    /// For names, titles, chat and new links.
    pub envelope: EnvelopeKey,
    /// For the group.
    pub psk: ExternalPsk,
    /// For the lobby.
    pub knock: KnockKey,
}

impl MeetingKeys {
    /// Derives them. With a password this takes a good part of a second, and is meant to. `meeting` is the id in the
    /// link's path: the same secret gives other keys in another meeting.
    pub fn derive(meeting: &str, secret: &MeetingSecret, password: Option<&str>) -> Self {
        let mut input = Zeroizing::new(Vec::with_capacity(MeetingSecret::LEN + 32));
        input.extend_from_slice(secret.as_bytes());
        if let Some(password) = password {
            let salt = password_salt(meeting, secret);
            input.extend_from_slice(&password::stretch(password, &salt)[..]);
        }
        let salt = [b"incamera/1 meeting\0", meeting.as_bytes()].concat();
        let schedule = KeySchedule::extract(&salt, &input);
        Self {
            admission: AdmissionToken::from_bytes(schedule.expand("incamera/1 admission")),
            envelope: EnvelopeKey::from_bytes(schedule.expand("incamera/1 envelope")),
            psk: ExternalPsk::from_bytes(schedule.expand("incamera/1 psk")),
            knock: KnockKey::from_bytes(schedule.expand("incamera/1 knock")),
        }
    }
}

impl AdmissionToken {
    /// What the server keeps.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.as_bytes()).into()
    }
}

/// The secret is in the salt: who has the token's hash alone cannot even begin to guess passwords.
fn password_salt(meeting: &str, secret: &MeetingSecret) -> [u8; password::SALT] {
    let mut hash = Sha256::new();
    hash.update(b"incamera/1 password\0");
    hash.update(meeting.as_bytes());
    hash.update([0]);
    hash.update(secret.as_bytes());
    let mut salt = [0; password::SALT];
    salt.copy_from_slice(&hash.finalize()[..password::SALT]);
    salt
}
