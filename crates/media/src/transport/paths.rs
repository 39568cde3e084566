//! Where a peer is now.
//!
//! A peer behind a router that forgets it, or that changes networks, goes on with its checks from another address and
//! does not notice; not all browsers nominate that path anew. Checks prove who sends them, so where they come from
//! is where the peer is.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// An address without a check for so long is deserted. Browsers check every two to six seconds (RFC 7675, 5.1).
const DESERTED: Duration = Duration::from_secs(8);
/// Addresses that are remembered.
const ADDRESSES: usize = 8;

/// The latest authenticated check from each address, the latest of all at the end.
#[derive(Default)]
pub(super) struct Paths(Vec<(SocketAddr, Instant)>);

impl Paths {
    /// Notes an authenticated check.
    pub(super) fn checked(&mut self, now: Instant, source: SocketAddr) {
        self.0.retain(|(known, _)| *known != source);
        if self.0.len() == ADDRESSES {
            self.0.remove(0);
        }
        self.0.push((source, now));
    }

    /// The address to send to instead of the nominated one: the same, unless it is deserted and another is not.
    pub(super) fn current(&self, now: Instant, nominated: SocketAddr) -> SocketAddr {
        let alive = |at: &Instant| now.saturating_duration_since(*at) < DESERTED;
        match self.0.last() {
            Some((latest, at)) if *latest != nominated && alive(at) => {
                let stays = self.0.iter().any(|(known, at)| *known == nominated && alive(at));
                if stays { nominated } else { *latest }
            }
            _ => nominated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_deserted_address_is_left() {
        let start = Instant::now();
        let (old, new) = (SocketAddr::from(([1; 4], 1)), SocketAddr::from(([2; 4], 2)));
        let mut paths = Paths::default();
        paths.checked(start, old);
        paths.checked(start + Duration::from_secs(1), new);
        assert_eq!(paths.current(start + Duration::from_secs(7), old), old);
        assert_eq!(paths.current(start + Duration::from_secs(8), old), new);
        assert_eq!(paths.current(start + Duration::from_secs(60), old), old, "both are");
    }
}
