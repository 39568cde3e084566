//! The part of a link that never reaches the server: `#<secret>.<host key hash>`, with `.p` where a password is needed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::key::secret_newtype;

secret_newtype! {
    /// What a link gives to those who have it: 128 random bits, made in the host's page.
    MeetingSecret, 16
}

/// The first bytes of SHA-256 over the host's public key: a link names who the host is (P3, K4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HostHash([u8; 16]);

impl HostHash {
    /// Of a host's Ed25519 public key.
    pub fn of(host_key: &[u8; 32]) -> Self {
        let digest: [u8; 32] = Sha256::digest(host_key).into();
        let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
        Self(first)
    }

    /// As it stands in a link.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for HostHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostHash(…)")
    }
}

/// A link's fragment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fragment {
    /// The secret.
    pub secret: MeetingSecret,
    /// Who the host is.
    pub host: HostHash,
    /// Whether a password is needed as well.
    pub password: bool,
}

/// The text is not a whole fragment. Carries no part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is not a whole meeting link")]
pub struct NotALink;

impl Fragment {
    /// Reads what follows the `#`.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let mut parts = text.split('.');
        let secret = MeetingSecret::from_bytes(sixteen(parts.next())?);
        let host = HostHash(sixteen(parts.next())?);
        let password = match parts.next() {
            None => false,
            Some("p") => true,
            Some(_) => return Err(NotALink),
        };
        if parts.next().is_some() {
            return Err(NotALink);
        }
        Ok(Self { secret, host, password })
    }

    /// Writes what follows the `#`; never for a log.
    pub fn to_text(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(self.secret.as_bytes());
        let host = URL_SAFE_NO_PAD.encode(self.host.0);
        let mark = if self.password { ".p" } else { "" };
        format!("{secret}.{host}{mark}")
    }
}

fn sixteen(part: Option<&str>) -> Result<[u8; 16], NotALink> {
    let bytes = URL_SAFE_NO_PAD.decode(part.ok_or(NotALink)?).map_err(|_| NotALink)?;
    bytes.try_into().map_err(|_| NotALink)
}
