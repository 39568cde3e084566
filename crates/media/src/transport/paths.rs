//! Where a peer is now.
//!
//! The controlling side nominates a path, or several, of which the one with the highest priority counts (RFC 8445,
//! 8.1.1). But a peer behind a router that forgets it, or that changes networks, goes on with its checks from another
//! address and does not notice; not all browsers nominate that path anew. Checks prove who sends them, so where they
//! come from is where the peer is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::stun::{self, Nomination};

/// An address without a check for so long is deserted. Browsers check every two to six seconds (RFC 7675, 5.1).
const DESERTED: Duration = Duration::from_secs(8);
/// Addresses that are remembered.
const ADDRESSES: usize = 8;

/// One address of a peer.
#[derive(Clone, Copy)]
struct Path {
    remote: SocketAddr,
    /// When its latest authenticated check came.
    checked: Instant,
    nomination: Nomination,
}

/// The addresses of a peer, the one that was checked last at the end.
#[derive(Default)]
pub(super) struct Paths(Vec<Path>);

impl Paths {
    /// Notes an authenticated check.
    pub(super) fn checked(&mut self, now: Instant, remote: SocketAddr, check: &[u8]) {
        let mut nomination = stun::nomination_of(check);
        if let Some(known) = self.0.iter().position(|path| path.remote == remote) {
            nomination.nominated |= self.0.remove(known).nomination.nominated;
        } else if self.0.len() == ADDRESSES {
            self.0.remove(0);
        }
        self.0.push(Path { remote, checked: now, nomination });
    }

    /// The address to send to: the nominated one, unless it is deserted and another is not.
    pub(super) fn current(&self, now: Instant) -> Option<SocketAddr> {
        let is_alive = |path: &&Path| now.saturating_duration_since(path.checked) < DESERTED;
        let nominated = || self.0.iter().filter(|path| path.nomination.nominated);
        let best = nominated().filter(is_alive).max_by_key(|path| path.nomination.priority);
        let latest = self.0.last();
        let path = best.or(latest.filter(is_alive));
        path.or(nominated().max_by_key(|path| path.checked)).or(latest).map(|path| path.remote)
    }
}

#[cfg(test)]
mod tests {
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

    fn address(number: u8) -> SocketAddr {
        SocketAddr::from(([number; 4], 1))
    }

    #[test]
    fn only_a_deserted_address_is_left() {
        let start = Instant::now();
        let seconds = |seconds| start + Duration::from_secs(seconds);
        let (old, new) = (address(1), address(2));
        let mut paths = Paths::default();
        assert_eq!(paths.current(start), None);
        paths.checked(start, old, &check(&[(USE_CANDIDATE, 0)]));
        paths.checked(seconds(1), new, &check(&[]));
        assert_eq!(paths.current(seconds(7)), Some(old));
        assert_eq!(paths.current(seconds(8)), Some(new));
        assert_eq!(paths.current(seconds(60)), Some(old), "both are");
    }

    #[test]
    fn of_what_is_nominated_the_highest_priority_counts() {
        let start = Instant::now();
        let mut paths = Paths::default();
        paths.checked(start, address(1), &check(&[(PRIORITY, 9)]));
        assert_eq!(paths.current(start), Some(address(1)), "none is nominated yet");
        paths.checked(start, address(2), &check(&[(PRIORITY, 5), (USE_CANDIDATE, 0)]));
        assert_eq!(paths.current(start), Some(address(2)));
        paths.checked(start, address(3), &check(&[(PRIORITY, 7), (USE_CANDIDATE, 0)]));
        assert_eq!(paths.current(start), Some(address(3)));
        paths.checked(start, address(2), &check(&[(PRIORITY, 5)]));
        assert_eq!(paths.current(start), Some(address(3)), "a later check of the other changes nothing");
    }
}
