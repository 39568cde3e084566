//! Where a peer is now.
//!
//! The controlling side nominates a path, or several, of which the one with the highest priority counts (RFC 8445,
//! 8.1.1). But a peer behind a router that forgets it, or that changes networks, goes on with its checks from another
//! address and does not notice; not all browsers nominate that path anew. Checks prove who sends them, so where they
//! come from is where the peer is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::path::Path;
use crate::stun::{self, Nomination};

/// An address without a check for so long is deserted. Browsers check every two to six seconds (RFC 7675, 5.1).
const DESERTED: Duration = Duration::from_secs(8);
/// Addresses that are remembered.
const ADDRESSES: usize = 8;

/// One path that was checked.
#[derive(Clone, Copy)]
struct Checked {
    path: Path,
    /// When its latest authenticated check came.
    checked: Instant,
    nomination: Nomination,
}

/// The addresses of a peer, the one that was checked last at the end.
#[derive(Default)]
pub(super) struct Paths(Vec<Checked>);

impl Paths {
    /// Notes an authenticated check.
    pub(super) fn checked(&mut self, now: Instant, path: Path, check: &[u8]) {
        let mut nomination = stun::nomination_of(check);
        if let Some(known) = self.0.iter().position(|known| known.path.remote == path.remote) {
            nomination.nominated |= self.0.remove(known).nomination.nominated;
        } else if self.0.len() == ADDRESSES {
            self.0.remove(0);
        }
        self.0.push(Checked { path, checked: now, nomination });
    }

    /// The path to send on: the nominated one, unless it is deserted and another is not.
    pub(super) fn current(&self, now: Instant) -> Option<Path> {
        let is_alive = |known: &&Checked| now.saturating_duration_since(known.checked) < DESERTED;
        let nominated = || self.0.iter().filter(|known| known.nomination.nominated);
        let best = nominated().filter(is_alive).max_by_key(|known| known.nomination.priority);
        let latest = self.0.last();
        let known = best.or(latest.filter(is_alive));
        known.or(nominated().max_by_key(|known| known.checked)).or(latest).map(|known| known.path)
    }

    /// The path to this address.
    pub(super) fn to(&self, remote: SocketAddr) -> Path {
        let known = self.0.iter().find(|known| known.path.remote == remote);
        known.map_or(Path { remote, local: None }, |known| known.path)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    /// A binding request with these attributes, each of four bytes.
    fn check(attributes: &[(u16, u32)]) -> Vec<u8> {
        let mut check = vec![0, 1, 0, 8 * attributes.len() as u8, 0x21, 0x12, 0xa4, 0x42];
        check.extend([0; 12]);
        for (kind, value) in attributes {
            check.extend(kind.to_be_bytes());
            check.extend([0, 4]);
            check.extend(value.to_be_bytes());
        }
        check
    }

    const PRIORITY: u16 = 0x24;
    const USE_CANDIDATE: u16 = 0x25;

    fn path(number: u8) -> Path {
        Path { remote: SocketAddr::from(([number; 4], 1)), local: None }
    }

    impl Paths {
        fn number(&self, now: Instant) -> Option<u8> {
            let IpAddr::V4(address) = self.current(now)?.remote.ip() else { panic!("of IPv4") };
            Some(address.octets()[0])
        }
    }

    #[test]
    fn only_a_deserted_address_is_left() {
        let start = Instant::now();
        let seconds = |seconds| start + Duration::from_secs(seconds);
        let (old, new) = (path(1), path(2));
        let mut paths = Paths::default();
        assert_eq!(paths.number(start), None);
        paths.checked(start, old, &check(&[(USE_CANDIDATE, 0)]));
        paths.checked(seconds(1), new, &check(&[]));
        assert_eq!(paths.number(seconds(7)), Some(1));
        assert_eq!(paths.number(seconds(8)), Some(2));
        assert_eq!(paths.number(seconds(60)), Some(1), "both are");
    }

    #[test]
    fn of_what_is_nominated_the_highest_priority_counts() {
        let start = Instant::now();
        let mut paths = Paths::default();
        paths.checked(start, path(1), &check(&[(PRIORITY, 9)]));
        assert_eq!(paths.number(start), Some(1), "none is nominated yet");
        paths.checked(start, path(2), &check(&[(PRIORITY, 5), (USE_CANDIDATE, 0)]));
        assert_eq!(paths.number(start), Some(2));
        paths.checked(start, path(3), &check(&[(PRIORITY, 7), (USE_CANDIDATE, 0)]));
        assert_eq!(paths.number(start), Some(3));
        paths.checked(start, path(2), &check(&[(PRIORITY, 5)]));
        assert_eq!(paths.number(start), Some(3), "a later check of the other changes nothing");
    }
}
