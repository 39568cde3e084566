//! Secrets, each of its own type: two cannot be swapped, none prints, each is wiped from memory when it is dropped.

use hkdf::Hkdf;
use sha2::Sha256;

/// Defines a secret of a fixed number of bytes.
macro_rules! secret_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Number of bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            pub fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes; not for a log.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}
pub(crate) use secret_newtype;

/// HKDF with SHA-256 (RFC 5869), extracted once, expanded to 32 bytes for each purpose.
pub(crate) struct KeySchedule(Hkdf<Sha256>);

impl KeySchedule {
    pub(crate) fn extract(salt: &[u8], input: &[u8]) -> Self {
        Self(Hkdf::new(Some(salt), input))
    }

    pub(crate) fn expand(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // The only error is a length beyond 255 blocks; this is one.
        self.0.expand(purpose.as_bytes(), &mut key).expect("one block of SHA-256");
        key
    }
}
