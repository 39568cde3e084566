//! How fast one connection is read. Who sends faster is read later: it waits, and with it nobody else.

use std::time::Duration;

use tokio::time::Instant;

/// What is read in a second. A camera in three layers and a screen, with retransmissions, is about 1 MB and 1,000
/// datagrams.
const BYTES: u32 = 8_000_000;
/// What a datagram costs beside its bytes: many small ones are as much work as few large ones.
const DATAGRAM: u32 = 500;
/// How far ahead of that somebody may be.
const AHEAD: Duration = Duration::from_millis(500);

/// What one connection has used up.
pub(super) struct Pace {
    /// When all of it would have been sent at that rate.
    paid: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { paid: now }
    }

    /// Counts what was read.
    pub(super) fn take(&mut self, now: Instant, bytes: usize, datagrams: u32) {
        let cost =
            u32::try_from(bytes).unwrap_or(u32::MAX).saturating_add(datagrams.saturating_mul(DATAGRAM));
        self.paid = self.paid.max(now) + Duration::from_secs(1) * cost / BYTES;
    }

    /// From when on more is read.
    pub(super) fn due(&self) -> Instant {
        self.paid - AHEAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_of_a_busy_person_is_never_held_up_and_a_flood_is_d2() {
        let mut now = Instant::now() + AHEAD;
        let mut pace = Pace::new(now);
        for _ in 0..1000 {
            now += Duration::from_millis(10);
            pace.take(now, 12_000, 10);
            assert!(pace.due() <= now);
        }
        let taken = (0..).take_while(|_| {
            pace.take(now, 8 * 1024, 1024);
            pace.due() <= now
        });
        assert!(taken.count() < 10);
    }
}
