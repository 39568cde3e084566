//! The first message of TLS, as clients send it that no library of today is: to see what a server takes (I2). It asks, and
//! reads the first answer; no connection comes about, and no key.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use std::{fmt, io};

use crate::setup::connect;

/// Types of records (RFC 8446, section 5.1).
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// Types of handshake messages (RFC 8446, section 4).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
/// The largest record (RFC 8446, section 5.1). A server's first is far smaller.
const RECORD: usize = 1 << 14;
/// A ServerHello of which more than this is missing is none.
const LEAST: usize = 4 + 2 + 32 + 1 + 2;

/// A version, as it is written in messages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Version(pub(super) u16);

impl Version {
    pub(super) const SSL_3: Self = Self(0x0300);
    pub(super) const TLS_1_0: Self = Self(0x0301);
    pub(super) const TLS_1_1: Self = Self(0x0302);
    pub(super) const TLS_1_2: Self = Self(0x0303);
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::SSL_3 => f.write_str("SSL 3.0"),
            Self(version) => write!(f, "TLS 1.{}", (version & 0xff).saturating_sub(1)),
        }
    }
}

/// What a server made of an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// It takes this version and this suite of those that were offered.
    Takes(Version, u16),
    /// It takes none, and says so, or hangs up.
    Refuses,
}

/// Offers these suites in this version, as the newest that the client knows.
///
/// # Errors
/// Nobody takes up the connection, or answers in time, or what comes is no TLS.
pub(super) fn offer(
    at: SocketAddr,
    name: &str,
    version: Version,
    suites: &[u16],
    patience: Duration,
) -> io::Result<Answer> {
    let mut stream = connect(at, patience)?;
    stream.write_all(&hello(name, version, suites))?;
    let mut head = [0; 5];
    match stream.read_exact(&mut head) {
        Err(error) if is_hung_up(&error) => return Ok(Answer::Refuses),
        other => other?,
    }
    let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
    if length > RECORD {
        return Err(no_tls());
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    read(head[0], &body).ok_or_else(no_tls)
}

fn is_hung_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

fn no_tls() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what answers speaks no TLS")
}

/// Reads a server's first record. `None`: it is none.
fn read(kind: u8, body: &[u8]) -> Option<Answer> {
    match kind {
        ALERT if body.len() >= 2 => Some(Answer::Refuses),
        HANDSHAKE if body.first() == Some(&SERVER_HELLO) && body.len() >= LEAST => {
            let version = u16::from_be_bytes([body[4], body[5]]);
            let session = usize::from(body[38]);
            let suite = body.get(39 + session..41 + session)?;
            Some(Answer::Takes(Version(version), u16::from_be_bytes([suite[0], suite[1]])))
        }
        _ => None,
    }
}

/// A ClientHello in a record of its own (RFC 5246, section 7.4.1.2), with what clients of that time say beside it.
fn hello(name: &str, version: Version, suites: &[u16]) -> Vec<u8> {
    let mut body = version.0.to_be_bytes().to_vec();
    // Nothing is kept secret by it: no key comes of this.
    body.extend(crate::bytes::random::<32>());
    // No session to take up again.
    body.push(0);
    body.extend(with_length(&suites.iter().flat_map(|suite| suite.to_be_bytes()).collect::<Vec<_>>()));
    // No compression.
    body.extend([1, 0]);
    if version > Version::SSL_3 {
        body.extend(with_length(&extensions(name, version)));
    }
    let length = (body.len() as u32).to_be_bytes();
    let message = [&[CLIENT_HELLO], &length[1..], &body].concat();
    let record = Version::TLS_1_0.min(version).0.to_be_bytes();
    [&[HANDSHAKE], record.as_slice(), &with_length(&message)].concat()
}

fn extensions(name: &str, version: Version) -> Vec<u8> {
    let mut extensions = Vec::new();
    // An address is no name (RFC 6066, section 3).
    if name.parse::<IpAddr>().is_err() {
        let name = [&[0], with_length(name.as_bytes()).as_slice()].concat();
        extensions.extend(extension(0x0000, &with_length(&name)));
    }
    // X25519 and the curves of NIST, and points that are not compressed (RFC 8422, section 5.1).
    extensions.extend(extension(0x000a, &with_length(&[0, 29, 0, 23, 0, 24, 0, 25])));
    extensions.extend(extension(0x000b, &[1, 0]));
    if version >= Version::TLS_1_2 {
        // ECDSA and RSA, in their old and their new form, also with SHA-1 (RFC 8446, section 4.2.3).
        let schemes = [4, 3, 5, 3, 6, 3, 8, 7, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1];
        extensions.extend(extension(0x000d, &with_length(&schemes)));
    }
    extensions
}

fn extension(kind: u16, value: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().as_slice(), &with_length(value)].concat()
}

/// With two bytes in front that say how long it is. All that is written here is short.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    [(bytes.len() as u16).to_be_bytes().as_slice(), bytes].concat()
}

/// The record of a server that takes an offer, for tests.
#[cfg(test)]
pub(super) fn taken(version: Version, suite: u16) -> Vec<u8> {
    let body =
        [version.0.to_be_bytes().as_slice(), &[7; 32], &[4, 1, 2, 3, 4], &suite.to_be_bytes(), &[0]].concat();
    let message = [&[SERVER_HELLO, 0, 0, body.len() as u8], body.as_slice()].concat();
    [&[HANDSHAKE], version.0.to_be_bytes().as_slice(), &with_length(&message)].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustls::server::Acceptor;

    use super::*;

    /// As our own library reads it, whose word it is that a server of today would refuse it for its version alone.
    #[test]
    fn what_is_offered_is_a_message_of_tls_i2() {
        let mut acceptor = Acceptor::default();
        let bytes = hello("meet.example.org", Version::TLS_1_2, &[0xc02b, 0x002f]);
        acceptor.read_tls(&mut bytes.as_slice()).expect("read");
        let accepted = acceptor.accept().expect("understood").expect("whole");
        let heard = accepted.client_hello();
        assert_eq!(heard.server_name(), Some("meet.example.org"));
        assert_eq!(
            heard.cipher_suites().iter().map(|suite| u16::from(*suite)).collect::<Vec<_>>(),
            [0xc02b, 0x2f]
        );
        assert!(heard.alpn().is_none());
    }

    #[test]
    fn versions_have_names() {
        let names =
            [Version::SSL_3, Version::TLS_1_0, Version::TLS_1_1, Version::TLS_1_2].map(|v| v.to_string());
        assert_eq!(names, ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2"]);
    }

    #[test]
    fn an_answer_is_read_as_it_is() {
        let record = taken(Version::TLS_1_0, 0x002f);
        assert_eq!(read(record[0], &record[5..]), Some(Answer::Takes(Version::TLS_1_0, 0x002f)));
        assert_eq!(read(ALERT, &[2, 70]), Some(Answer::Refuses));
        assert_eq!(read(ALERT, &[2]), None);
        assert_eq!(read(HANDSHAKE, &[SERVER_HELLO, 0, 0, 0]), None);
        assert_eq!(read(b'H', b"TTP/1.1 400 Bad Request, and then a lot more of it"), None);
    }

    proptest! {
        #[test]
        fn anything_at_all_can_answer_d2(kind in 20_u8..24, body in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(Answer::Takes(..)) = read(kind, &body) {
                prop_assert!(kind == HANDSHAKE && body.len() >= LEAST);
            }
        }
    }
}
