//! Who may have something relayed: names and passwords that the server makes for those who are in a meeting.
//!
//! A user name says until when it is good, and is random beside that. Its password is derived from it with a key of
//! this run of the server, so nothing is kept for each person.

use std::fmt;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sha1::Digest as _;
use sha2::Sha256;

/// Of a user name, before it is text.
const USER: usize = 12;

/// A user name that was good once: of this server, this run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct User([u8; USER]);

/// What somebody is handed who is in a meeting. Prints nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// For USERNAME.
    pub user: String,
    /// From which the key for MESSAGE-INTEGRITY is made.
    pub password: String,
}

/// The key of the long-term credential mechanism (RFC 8489, section 9.2.2).
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) [u8; 16]);

/// Makes credentials, and knows them again.
pub struct Issuer {
    boot: Instant,
    key: [u8; 32],
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User(…)")
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issuer(…)")
    }
}

impl Issuer {
    /// How long credentials are good for a new allocation. One that was made in time may be refreshed with them for
    /// as long as it is used.
    pub const LIFE: Duration = Duration::from_secs(2 * 3600);

    /// `key`: random, of this run of the server alone. Names tell their time from `boot` on.
    pub fn new(boot: Instant, key: [u8; 32]) -> Self {
        Self { boot, key }
    }

    /// New credentials.
    pub fn issue(&self, now: Instant, random: [u8; 8]) -> Credentials {
        // 136 years.
        let expires = u32::try_from(self.seconds(now + Self::LIFE)).unwrap_or(u32::MAX);
        let mut user = [0; USER];
        user[..4].copy_from_slice(&expires.to_be_bytes());
        user[4..].copy_from_slice(&random);
        let user = User(user);
        Credentials { user: BASE64URL.encode(user.0), password: self.password(user) }
    }

    /// Reads a user name. What is not one of ours is found out by the password only.
    pub(crate) fn read(name: &[u8]) -> Option<User> {
        let mut user = [0; USER];
        let length = BASE64URL.decode_slice(name, &mut user).ok()?;
        (length == USER).then_some(User(user))
    }

    /// Whether a name is good for something new.
    pub(crate) fn is_current(&self, now: Instant, user: User) -> bool {
        let [a, b, c, d, ..] = user.0;
        u64::from(u32::from_be_bytes([a, b, c, d])) > self.seconds(now)
    }

    /// What goes with a name: `MD5(username ":" realm ":" password)`.
    pub(crate) fn key(&self, user: User, realm: &str) -> Key {
        let text = format!("{}:{realm}:{}", BASE64URL.encode(user.0), self.password(user));
        Key(Md5::digest(text).into())
    }

    fn password(&self, user: User) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length will do");
        mac.update(b"incamera/1 turn\0");
        mac.update(&user.0);
        BASE64URL.encode(mac.finalize().into_bytes())
    }

    fn seconds(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.boot).as_secs()
    }
}
