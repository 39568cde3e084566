//! Identifiers. Each is its own type, so that two of them cannot be swapped, and none of them prints itself.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A participant, numbered by the server in the order of joining, unique for the life of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct ParticipantId(pub u32);

/// A signalling connection (one WebSocket), numbered by the server, never reused while the process lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// A person who waits in the lobby, numbered like [`ParticipantId`] and out of the same sequence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct KnockId(pub u32);

/// The request number that a page gives to a message; the reply repeats it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct RequestId(pub u32);

/// Why an identifier could not be read. Carries no part of what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// It does not have the number of characters or bytes that this kind has.
    #[error("wrong length")]
    Length,
    /// It contains a character that this kind never has.
    #[error("unexpected character")]
    Alphabet,
}

/// The public name of a meeting in its link: 16 characters of `a-z2-7` (80 random bits), made in the host's page.
#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
pub struct MeetingId(String);

impl MeetingId {
    /// Number of characters.
    pub const LEN: usize = 16;

    /// Reads an identifier as it stands in a link.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() != Self::LEN {
            return Err(IdError::Length);
        }
        if !text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
            return Err(IdError::Alphabet);
        }
        Ok(Self(text.to_owned()))
    }

    /// The characters, for a database key or a link; never for a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MeetingId(…)")
    }
}

impl Serialize for MeetingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for MeetingId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|e| D::Error::custom(format_args!("meeting id: {e}")))
    }
}

/// Defines a fixed-length byte string that travels as unpadded base64url and does not print.
#[macro_export]
macro_rules! bytes_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Number of bytes.
            pub const LEN: usize = $len;

            /// Reads unpadded base64url.
            pub fn parse(text: &str) -> Result<Self, $crate::ids::IdError> {
                let bytes = $crate::text::decode(text)?;
                bytes.try_into().map(Self).map_err(|_| $crate::ids::IdError::Length)
            }

            /// Writes unpadded base64url.
            pub fn to_text(&self) -> String {
                $crate::text::encode(&self.0)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_text())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|e| {
                    ::serde::de::Error::custom(format_args!("{}: {e}", stringify!($name)))
                })
            }
        }
    };
}

bytes_newtype! {
    /// What the page derives from the link's secret and the meeting password, and shows to be let in (B2).
    /// Sent once per connection; the server keeps only its [`AdmissionHash`].
    AdmissionToken, 32
}
bytes_newtype! {
    /// SHA-256 of an [`AdmissionToken`].
    AdmissionHash, 32
}
bytes_newtype! {
    /// A participant's Ed25519 public key (RFC 8032), made in the page for one meeting. It is who a connection is:
    /// a reconnecting page proves the same key again.
    IdentityKey, 32
}
bytes_newtype! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}
bytes_newtype! {
    /// A host account's Ed25519 public key. Its hash stands in every link of that host.
    HostKey, 32
}
bytes_newtype! {
    /// What a connection signs to prove its [`IdentityKey`]: fresh for every connection.
    Nonce, 32
}

impl AdmissionToken {
    /// The hash that the server keeps.
    pub fn hash(&self) -> AdmissionHash {
        use sha2::Digest;
        AdmissionHash(sha2::Sha256::digest(self.0).into())
    }
}

impl AdmissionHash {
    /// Whether `token` is the one this hash was made of, in constant time.
    pub fn admits(&self, token: &AdmissionToken) -> bool {
        use subtle::ConstantTimeEq;
        self.0.ct_eq(&token.hash().0).into()
    }
}
