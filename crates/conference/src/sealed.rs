//! Bytes that only the participants can read. For the server each is a length and nothing more.

/// Defines a bounded opaque byte string that travels as unpadded base64url and does not print. A copy costs nothing:
/// what is said to everybody is there once.
#[macro_export]
macro_rules! sealed_newtype {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(::std::sync::Arc<[u8]>);

        impl $name {
            /// The largest number of bytes.
            pub const MAX: usize = $max;

            /// Takes bytes as they are; `None` when there are more than [`Self::MAX`].
            pub fn new(bytes: Vec<u8>) -> Option<Self> {
                (bytes.len() <= Self::MAX).then(|| Self(bytes.into()))
            }

            /// The ciphertext.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.0.len())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&$crate::text::encode(&self.0))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use ::serde::de::Error as _;
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                let bytes = $crate::text::decode(&text)
                    .map_err(|_| D::Error::custom(concat!(stringify!($name), ": not base64url")))?;
                Self::new(bytes).ok_or_else(|| {
                    D::Error::custom(format_args!("{}: more than {} bytes", stringify!($name), $max))
                })
            }
        }
    };
}

sealed_newtype! {
    /// The name of somebody who waits, sealed with the meeting's envelope key.
    SealedName, 512
}
sealed_newtype! {
    /// A meeting's title, sealed with the meeting's envelope key.
    SealedTitle, 1024
}
sealed_newtype! {
    /// What a participant tells others: a message of the encrypted group.
    SealedBody, 72 * 1024
}
sealed_newtype! {
    /// The secret of a meeting's new link: a message of the encrypted group.
    SealedLink, 1024
}
sealed_newtype! {
    /// A message of the encrypted group itself (RFC 9420): a commit, or a welcome.
    GroupBytes, 192 * 1024
}
sealed_newtype! {
    /// The public state of an epoch of the encrypted group with its tree, sealed with the meeting's envelope key.
    SealedInfo, 192 * 1024
}
sealed_newtype! {
    /// What it takes to add a person to the encrypted group, sealed with the meeting's knock key.
    SealedPackage, 4 * 1024
}
