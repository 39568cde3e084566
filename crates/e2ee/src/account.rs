//! A host account's keys: one password, split so that the server can check it and yet never act as the host (K2, B6).

use ed25519_dalek::SigningKey;

use crate::envelope::{DoesNotOpen, EnvelopeKey, NONCE, decrypt, encrypt};
use crate::key::{KeySchedule, secret_newtype};
use crate::password::{SALT, stretch};

secret_newtype! {
    /// The half of the password that the server is shown at sign-in.
    SignInKey, 32
}
secret_newtype! {
    /// Opens a wrapped host key. Never leaves the page.
    WrappingKey, 32
}
secret_newtype! {
    /// The private half of a host key (RFC 8032): 32 random bytes.
    HostSeed, 32
}
secret_newtype! {
    /// What a host writes on paper: 160 random bits.
    RecoveryCode, 20
}

const BOUND_TO: &[u8] = b"incamera/1 host key";

/// Both halves of an account's password. The salt is chosen at random by the page that sets the password.
pub fn split_password(password: &str, salt: &[u8; SALT]) -> (SignInKey, WrappingKey) {
    let schedule = KeySchedule::extract(&[], &stretch(password, salt)[..]);
    let sign_in = SignInKey::from_bytes(schedule.expand("incamera/1 sign-in"));
    (sign_in, WrappingKey::from_bytes(schedule.expand("incamera/1 wrap")))
}

impl RecoveryCode {
    /// What the code opens. It is random: no stretching is needed.
    pub fn wrapping_key(&self) -> WrappingKey {
        WrappingKey::from_bytes(KeySchedule::extract(&[], self.as_bytes()).expand("incamera/1 recovery"))
    }
}

impl HostSeed {
    /// The whole host key.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(self.as_bytes())
    }

    /// Seals what the host's page notes about meetings.
    pub fn storage_key(&self) -> EnvelopeKey {
        EnvelopeKey::from_bytes(KeySchedule::extract(&[], self.as_bytes()).expand("incamera/1 storage"))
    }
}

impl WrappingKey {
    /// Wraps a host key for the server to keep. `nonce` must be fresh and random.
    pub fn wrap(&self, seed: &HostSeed, nonce: [u8; NONCE]) -> Vec<u8> {
        encrypt(self.as_bytes(), BOUND_TO, seed.as_bytes(), nonce)
    }

    /// The inverse of [`Self::wrap`].
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<HostSeed, DoesNotOpen> {
        let bytes = decrypt(self.as_bytes(), BOUND_TO, wrapped)?;
        let seed = bytes.as_slice().try_into().map_err(|_| DoesNotOpen)?;
        Ok(HostSeed::from_bytes(seed))
    }
}
