//! The little of STUN (RFC 8489) that tells whose a connectivity check is.

use crate::ids::ShardId;

const HEADER: usize = 20;
const MAGIC_COOKIE: [u8; 4] = 0x2112_a442_u32.to_be_bytes();
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: u16 = 0x0006;
/// RFC 8445, 16.1.
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;

/// What a datagram is, by its first byte (RFC 7983).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Datagram<'a> {
    /// A connectivity check, with the user fragment of the peer it is meant for.
    Check {
        /// Before the colon of the user name: ours.
        fragment: &'a [u8],
    },
    /// DTLS, RTP or RTCP: from an address that was checked before, or from nobody.
    Media,
    /// Nothing that an ICE-lite agent has to do with.
    Other,
}

impl<'a> Datagram<'a> {
    /// Looks at the first byte, and into connectivity checks.
    pub(crate) fn read(datagram: &'a [u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => match check_fragment(datagram) {
                Some(fragment) => Self::Check { fragment },
                None => Self::Other,
            },
            Some(20..=63 | 128..=191) => Self::Media,
            _ => Self::Other,
        }
    }
}

/// Returns our user fragment from a well-formed binding request.
///
/// Every attribute is walked, padding included: what is ill-formed anywhere goes no further than this.
pub(crate) fn check_fragment(datagram: &[u8]) -> Option<&[u8]> {
    let mut username: Option<&[u8]> = None;
    walk(datagram, |kind, value| {
        if kind == USERNAME {
            username.get_or_insert(value);
        }
    })?;
    let username = username?;
    let colon = username.iter().position(|byte| *byte == b':')?;
    Some(&username[..colon])
}

/// Which shard a connectivity check is for. `None`: it is not one, or names none.
pub fn shard_of_check(datagram: &[u8]) -> Option<ShardId> {
    match Datagram::read(datagram) {
        Datagram::Check { fragment } => shard_of(fragment),
        Datagram::Media | Datagram::Other => None,
    }
}

/// What a connectivity check says of its path.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Nomination {
    /// Whether the peer wants media on it.
    pub(crate) nominated: bool,
    /// Of the peer's candidate.
    pub(crate) priority: u32,
}

/// What a check that was authenticated says of its path.
pub(crate) fn nomination_of(check: &[u8]) -> Nomination {
    let mut nomination = Nomination::default();
    let _ = walk(check, |kind, value| match (kind, value) {
        (USE_CANDIDATE, _) => nomination.nominated = true,
        (PRIORITY, [a, b, c, d]) => nomination.priority = u32::from_be_bytes([*a, *b, *c, *d]),
        _ => {}
    });
    nomination
}

/// Hands out the attributes of a binding request, as far as it is well-formed. Nothing if it is not.
fn walk<'a>(datagram: &'a [u8], mut take: impl FnMut(u16, &'a [u8])) -> Option<()> {
    let (header, mut attributes) = datagram.split_at_checked(HEADER)?;
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[..2] != BINDING_REQUEST || header[4..8] != MAGIC_COOKIE || length != attributes.len() {
        return None;
    }
    while !attributes.is_empty() {
        let (head, rest) = attributes.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        take(u16::from_be_bytes([head[0], head[1]]), rest.get(..length)?);
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    Some(())
}

/// Puts the shard in front of a random user fragment (RFC 8839, 5.4: `ice-char`s).
pub(crate) fn fragment_of(shard: ShardId, random: &str) -> String {
    format!("{:02x}{random}", shard.0)
}

/// Reads the shard from a user fragment.
pub(crate) fn shard_of(fragment: &[u8]) -> Option<ShardId> {
    let digits = fragment.get(..2)?;
    let lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if !digits.iter().all(lower) {
        return None;
    }
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok().map(ShardId)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(username: &str) -> Vec<u8> {
        let padded = username.len().next_multiple_of(4);
        let mut datagram = BINDING_REQUEST.to_vec();
        datagram.extend(((padded + 4) as u16).to_be_bytes());
        datagram.extend(MAGIC_COOKIE);
        datagram.extend([7; 12]);
        datagram.extend(USERNAME.to_be_bytes());
        datagram.extend((username.len() as u16).to_be_bytes());
        datagram.extend(username.as_bytes());
        datagram.resize(HEADER + 4 + padded, 0);
        datagram
    }

    #[test]
    fn the_fragment_before_the_colon_is_ours() {
        let fragment = fragment_of(ShardId(0x1f), "abcdef");
        let datagram = request(&format!("{fragment}:theirs"));
        assert_eq!(Datagram::read(&datagram), Datagram::Check { fragment: fragment.as_bytes() });
        assert_eq!(shard_of(fragment.as_bytes()), Some(ShardId(0x1f)));
    }

    #[test]
    fn what_is_no_binding_request_is_not_for_us() {
        let mut response = request("ab:c");
        response[0] = 0x01;
        assert_eq!(Datagram::read(&response), Datagram::Other);
        assert_eq!(Datagram::read(&request("no colon")), Datagram::Other);
        assert_eq!(Datagram::read(&[]), Datagram::Other);
        assert_eq!(Datagram::read(&[128]), Datagram::Media);
        assert_eq!(shard_of(b"+1abc"), None);
        assert_eq!(shard_of(b"1"), None);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(datagram in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Datagram::read(&datagram);
            let _ = shard_of(&datagram);
        }

        #[test]
        fn requests_can_be_cut_and_changed_anywhere(
            username in "[a-z0-9]{2,12}:[a-z]{1,9}",
            cut in 0_usize..60,
            at in 0_usize..60,
            byte: u8,
        ) {
            let mut datagram = request(&username);
            if let Some(target) = datagram.get_mut(at) {
                *target = byte;
            }
            datagram.truncate(cut);
            let _ = Datagram::read(&datagram);
        }
    }
}
