//! Keys and tokens of the accounts. Each is its own type, none of them prints itself.

use incamera_conference::{bytes_newtype, sealed_newtype};
use sha2::{Digest, Sha256};

bytes_newtype! {
    /// The secret of a one-time address, from its fragment. The store keeps only its hash.
    EnrolmentToken, 32
}
bytes_newtype! {
    /// The half of a password that signs in, derived by the page. The half that unwraps the host key never leaves it.
    SignInKey, 32
}
bytes_newtype! {
    /// The salt of the page's Argon2id.
    AccountSalt, 16
}
bytes_newtype! {
    /// What the cookie holds. The store keeps only its hash.
    SessionToken, 32
}
sealed_newtype! {
    /// The private half of a host key, encrypted by the page.
    WrappedKey, 256
}
bytes_newtype! {
    /// What an authenticator is to sign. It is drawn at random, and good once.
    Challenge, 32
}
sealed_newtype! {
    /// What an authenticator calls a passkey (WebAuthn Level 3, section 4: credential id).
    CredentialId, 1023
}
sealed_newtype! {
    /// What a browser or an authenticator wrote, for the WebAuthn library to read.
    AuthenticatorBytes, 16 * 1024
}
sealed_newtype! {
    /// The host's own name for a passkey, encrypted by the page.
    SealedPasskeyName, 512
}
sealed_newtype! {
    /// A host's own notes on a meeting: title, secret and password, encrypted by the page.
    SealedRecord, 4096
}

/// SHA-256 of a token. The tokens are 32 random bytes, so that a plain hash is enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl EnrolmentToken {
    /// The hash that the store keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl SessionToken {
    /// The hash that the store keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Bytes from the operating system's random generator.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness nothing here is safe; there is no way to go on.
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
