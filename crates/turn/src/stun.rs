//! STUN messages (RFC 8489) as far as TURN over TLS needs them: read, checked, written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::address::Family;
use crate::credentials::Key;

/// Bytes before the attributes.
pub(crate) const HEADER: usize = 20;
/// RFC 8489, section 5.
pub(crate) const MAGIC_COOKIE: [u8; 4] = 0x2112_a442_u32.to_be_bytes();

/// Methods (RFC 8489, section 18.2; RFC 8656, section 17).
pub(crate) mod method {
    pub(crate) const BINDING: u16 = 0x001;
    pub(crate) const ALLOCATE: u16 = 0x003;
    pub(crate) const REFRESH: u16 = 0x004;
    pub(crate) const SEND: u16 = 0x006;
    pub(crate) const DATA: u16 = 0x007;
    pub(crate) const CREATE_PERMISSION: u16 = 0x008;
    pub(crate) const CHANNEL_BIND: u16 = 0x009;
}

/// Attributes (RFC 8489, section 18.3; RFC 8656, section 18).
pub(crate) mod attribute {
    pub(crate) const USERNAME: u16 = 0x0006;
    pub(crate) const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub(crate) const ERROR_CODE: u16 = 0x0009;
    pub(crate) const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
    pub(crate) const CHANNEL_NUMBER: u16 = 0x000c;
    pub(crate) const LIFETIME: u16 = 0x000d;
    pub(crate) const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub(crate) const DATA: u16 = 0x0013;
    pub(crate) const REALM: u16 = 0x0014;
    pub(crate) const NONCE: u16 = 0x0015;
    pub(crate) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub(crate) const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub(crate) const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
}

/// Why a request is not done (RFC 8489, section 14.8; RFC 8656, section 19).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub(crate) enum ErrorCode {
    BadRequest = 400,
    Unauthenticated = 401,
    Forbidden = 403,
    UnknownAttribute = 420,
    AllocationMismatch = 437,
    StaleNonce = 438,
    AddressFamilyNotSupported = 440,
    WrongCredentials = 441,
    UnsupportedTransport = 442,
    PeerAddressFamilyMismatch = 443,
}

impl ErrorCode {
    fn reason(self) -> &'static str {
        match self {
            Self::BadRequest => "Bad Request",
            Self::Unauthenticated => "Unauthenticated",
            Self::Forbidden => "Forbidden",
            Self::UnknownAttribute => "Unknown Attribute",
            Self::AllocationMismatch => "Allocation Mismatch",
            Self::StaleNonce => "Stale Nonce",
            Self::AddressFamilyNotSupported => "Address Family not Supported",
            Self::WrongCredentials => "Wrong Credentials",
            Self::UnsupportedTransport => "Unsupported Transport Protocol",
            Self::PeerAddressFamilyMismatch => "Peer Address Family Mismatch",
        }
    }
}

/// The class of a message (RFC 8489, section 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Request,
    Indication,
    Success,
    Error,
}

/// A well-formed message: every attribute of it can be walked.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    pub(crate) class: Class,
    pub(crate) method: u16,
    pub(crate) transaction: &'a [u8; 12],
    /// Where MESSAGE-INTEGRITY begins.
    integrity: Option<usize>,
}

impl<'a> Message<'a> {
    /// Reads one. `None`: it is ill-formed.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, attributes) = bytes.split_first_chunk::<HEADER>()?;
        let kind = u16::from_be_bytes([header[0], header[1]]);
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if kind >= 0x4000 || header[4..8] != MAGIC_COOKIE || length != attributes.len() || length % 4 != 0 {
            return None;
        }
        let class = match (kind >> 7 & 2) | (kind >> 4 & 1) {
            0 => Class::Request,
            1 => Class::Indication,
            2 => Class::Success,
            _ => Class::Error,
        };
        let method = (kind & 0x000f) | (kind >> 1 & 0x0070) | (kind >> 2 & 0x0f80);
        let transaction = bytes[8..HEADER].first_chunk()?;
        let mut integrity = None;
        let mut at = HEADER;
        while at < bytes.len() {
            let (kind, value) = attribute_at(bytes, at)?;
            if kind == attribute::MESSAGE_INTEGRITY && integrity.is_none() {
                integrity = Some(at);
            }
            at += 4 + value.len().next_multiple_of(4);
        }
        Some(Self { bytes, class, method, transaction, integrity })
    }

    /// The attributes that count: none behind MESSAGE-INTEGRITY does (RFC 8489, section 14.5).
    pub(crate) fn attributes(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let (bytes, end) = (self.bytes, self.integrity.unwrap_or(self.bytes.len()));
        let mut at = HEADER;
        std::iter::from_fn(move || {
            let (kind, value) = (at < end).then(|| attribute_at(bytes, at)).flatten()?;
            at += 4 + value.len().next_multiple_of(4);
            Some((kind, value))
        })
    }

    /// The first one of a kind.
    pub(crate) fn get(self, kind: u16) -> Option<&'a [u8]> {
        self.attributes().find(|(other, _)| *other == kind).map(|(_, value)| value)
    }

    /// The first one of a kind, where it holds four bytes.
    pub(crate) fn get_word(self, kind: u16) -> Option<[u8; 4]> {
        self.get(kind)?.try_into().ok()
    }

    /// Whether it claims to be somebody's.
    pub(crate) fn has_integrity(self) -> bool {
        self.integrity.is_some()
    }

    /// Whether it was written with this key (RFC 8489, section 14.5).
    pub(crate) fn is_by(self, key: &Key) -> bool {
        let Some(at) = self.integrity else { return false };
        let Some((_, value)) = attribute_at(self.bytes, at) else { return false };
        mac(key, &self.bytes[..at]).verify_slice(value).is_ok()
    }

    /// Reads an address (RFC 8489, section 14.2).
    pub(crate) fn address(self, value: &[u8]) -> Option<SocketAddr> {
        let (head, address) = value.split_first_chunk::<4>()?;
        let port =
            u16::from_be_bytes([head[2], head[3]]) ^ u16::from_be_bytes([MAGIC_COOKIE[0], MAGIC_COOKIE[1]]);
        let mask = mask(self.transaction);
        let ip: IpAddr = match head[1] {
            1 => Ipv4Addr::from(xor(*<&[u8; 4]>::try_from(address).ok()?, &mask)).into(),
            2 => Ipv6Addr::from(xor(*<&[u8; 16]>::try_from(address).ok()?, &mask)).into(),
            _ => return None,
        };
        Some(SocketAddr::new(ip.to_canonical(), port))
    }
}

fn attribute_at(bytes: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let (head, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    rest.get(..length.next_multiple_of(4))?;
    Some((u16::from_be_bytes([head[0], head[1]]), &rest[..length]))
}

/// Over all that is before MESSAGE-INTEGRITY, as if the message ended with it.
fn mac(key: &Key, before: &[u8]) -> Hmac<Sha1> {
    let length = (before.len() - HEADER + 24) as u16;
    let mut mac = Hmac::new_from_slice(&key.0).expect("a key of any length will do");
    mac.update(&before[..2]);
    mac.update(&length.to_be_bytes());
    mac.update(&before[4..]);
    mac
}

fn mask(transaction: &[u8; 12]) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&MAGIC_COOKIE);
    mask[4..].copy_from_slice(transaction);
    mask
}

fn xor<const N: usize>(mut bytes: [u8; N], mask: &[u8; 16]) -> [u8; N] {
    bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    bytes
}

/// Writes one message at the end of a buffer.
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    transaction: [u8; 12],
}

impl<'a> Writer<'a> {
    /// Begins one without attributes.
    pub(crate) fn new(out: &'a mut Vec<u8>, class: Class, method: u16, transaction: [u8; 12]) -> Self {
        let class = match class {
            Class::Request => 0x0000,
            Class::Indication => 0x0010,
            Class::Success => 0x0100,
            Class::Error => 0x0110,
        };
        let kind = class | (method & 0x000f) | (method & 0x0070) << 1 | (method & 0x0f80) << 2;
        let start = out.len();
        out.extend(kind.to_be_bytes());
        out.extend([0, 0]);
        out.extend(MAGIC_COOKIE);
        out.extend(transaction);
        Self { out, start, transaction }
    }

    /// The answer to a request that is done.
    pub(crate) fn success(out: &'a mut Vec<u8>, request: Message<'_>) -> Self {
        Self::new(out, Class::Success, request.method, *request.transaction)
    }

    /// The answer to one that is not.
    pub(crate) fn error(out: &'a mut Vec<u8>, request: Message<'_>, code: ErrorCode) -> Self {
        let number = code as u16;
        let mut value = vec![0, 0, (number / 100) as u8, (number % 100) as u8];
        value.extend(code.reason().as_bytes());
        Self::new(out, Class::Error, request.method, *request.transaction).with(attribute::ERROR_CODE, &value)
    }

    /// Adds an attribute.
    pub(crate) fn with(self, kind: u16, value: &[u8]) -> Self {
        self.out.extend(kind.to_be_bytes());
        self.out.extend((value.len() as u16).to_be_bytes());
        self.out.extend_from_slice(value);
        self.out.resize(self.out.len() + value.len().next_multiple_of(4) - value.len(), 0);
        let length = (self.out.len() - self.start - HEADER) as u16;
        self.out[self.start + 2..self.start + 4].copy_from_slice(&length.to_be_bytes());
        self
    }

    /// Adds an address (RFC 8489, section 14.2).
    pub(crate) fn with_address(self, kind: u16, address: SocketAddr) -> Self {
        let port = address.port() ^ u16::from_be_bytes([MAGIC_COOKIE[0], MAGIC_COOKIE[1]]);
        let mask = mask(&self.transaction);
        let family = match Family::of(address.ip()) {
            Family::V4 => 1,
            Family::V6 => 2,
        };
        let mut value = vec![0, family];
        value.extend(port.to_be_bytes());
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => value.extend(xor(ip.octets(), &mask)),
            IpAddr::V6(ip) => value.extend(xor(ip.octets(), &mask)),
        }
        self.with(kind, &value)
    }

    /// Ends it with MESSAGE-INTEGRITY.
    pub(crate) fn sign(self, key: &Key) {
        let mac: [u8; 20] = mac(key, &self.out[self.start..]).finalize().into_bytes().into();
        self.with(attribute::MESSAGE_INTEGRITY, &mac);
    }
}

#[cfg(test)]
mod tests {
    use md5::Md5;
    use proptest::prelude::*;
    use sha1::Digest as _;

    use super::*;

    /// RFC 5769, section 2.4: a request with long-term authentication.
    const SAMPLE: &str = "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b90000\
                          0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700\
                          00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

    #[test]
    fn the_sample_of_the_standard_is_read_and_known_by_its_key() {
        let hex: Vec<u8> = SAMPLE.bytes().filter(u8::is_ascii_hexdigit).collect();
        let digits =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("hex");
        let bytes: Vec<u8> = hex.chunks(2).map(digits).collect();
        let message = Message::read(&bytes).expect("well-formed");
        assert_eq!((message.class, message.method), (Class::Request, method::BINDING));
        assert_eq!(message.get(attribute::REALM), Some(&b"example.org"[..]));
        assert_eq!(message.get(attribute::NONCE), Some(&b"f//499k954d6OL34oL9FSTvy64sA"[..]));
        let key = |password: &str| Key(Md5::digest(format!("マトリックス:example.org:{password}")).into());
        assert!(message.is_by(&key("TheMatrIX")));
        assert!(!message.is_by(&key("TheMatrix")));
    }

    fn written(address: SocketAddr, transaction: [u8; 12], key: &Key) -> Vec<u8> {
        let mut out = vec![1, 2, 3];
        Writer::new(&mut out, Class::Request, method::CHANNEL_BIND, transaction)
            .with(attribute::USERNAME, b"abcde")
            .with_address(attribute::XOR_PEER_ADDRESS, address)
            .sign(key);
        out.split_off(3)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(ip: [u8; 16], v4: [u8; 4], is_v4: bool, port: u16, transaction: [u8; 12]) {
            let ip = if is_v4 { IpAddr::from(v4) } else { IpAddr::from(ip).to_canonical() };
            let (address, key) = (SocketAddr::new(ip, port), Key([7; 16]));
            let bytes = written(address, transaction, &key);
            let message = Message::read(&bytes).expect("well-formed");
            prop_assert_eq!((message.class, message.method), (Class::Request, method::CHANNEL_BIND));
            prop_assert_eq!(message.transaction, &transaction);
            prop_assert_eq!(message.get(attribute::USERNAME), Some(&b"abcde"[..]));
            let peer = message.get(attribute::XOR_PEER_ADDRESS).and_then(|value| message.address(value));
            prop_assert_eq!(peer, Some(address));
            prop_assert!(message.is_by(&key));
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0_usize..80, bit in 0_u32..8) {
            let key = Key([7; 16]);
            let mut bytes = written("198.51.100.1:443".parse().expect("an address"), [5; 12], &key);
            // The padding behind the name counts as well.
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            prop_assert!(!Message::read(&bytes).is_some_and(|message| message.is_by(&key)));
        }

        #[test]
        fn anything_at_all_can_come_d2(bytes in prop::collection::vec(any::<u8>(), 0..200), length in 0_u16..50) {
            let mut bytes = bytes;
            if bytes.len() >= HEADER {
                bytes[0] &= 3;
                bytes[2..4].copy_from_slice(&(length * 4).to_be_bytes());
                bytes[4..8].copy_from_slice(&MAGIC_COOKIE);
                bytes.truncate(HEADER + usize::from(length) * 4);
            }
            if let Some(message) = Message::read(&bytes) {
                for (_, value) in message.attributes() {
                    let _ = message.address(value);
                }
                prop_assert!(!message.is_by(&Key([7; 16])));
            }
        }
    }

    #[test]
    fn what_stands_behind_the_integrity_does_not_count() {
        let key = Key([7; 16]);
        let mut bytes = Vec::new();
        Writer::new(&mut bytes, Class::Request, method::REFRESH, [5; 12]).sign(&key);
        let mut appended = bytes.clone();
        appended.extend([0x00, 0x0d, 0, 4, 0, 0, 0, 0]);
        appended[3] += 8;
        let message = Message::read(&appended).expect("well-formed");
        assert!(message.is_by(&key));
        assert_eq!(message.get(attribute::LIFETIME), None);
    }
}
