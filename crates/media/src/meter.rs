//! Ceilings on what somebody may cost.

use std::time::{Duration, Instant};

/// A token bucket: so much at once, and so much again as time passes.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// In which one token comes back.
    interval: Duration,
    /// In which an empty one is full again.
    depth: Duration,
    /// From when on it is full, if nothing more is taken.
    full: Option<Instant>,
}

impl Bucket {
    /// Holds so many tokens; one comes back in each interval.
    pub(crate) fn new(tokens: u32, interval: Duration) -> Self {
        Self { interval, depth: interval.saturating_mul(tokens), full: None }
    }

    /// Takes some tokens, or none if there are fewer.
    pub(crate) fn take(&mut self, now: Instant, tokens: u32) -> bool {
        let full = self.full.map_or(now, |full| full.max(now)) + self.interval.saturating_mul(tokens);
        let enough = full.saturating_duration_since(now) <= self.depth;
        if enough {
            self.full = Some(full);
        }
        enough
    }

    /// Whether a token is left.
    pub(crate) fn has(&self, now: Instant) -> bool {
        self.clone().take(now, 1)
    }
}

/// So many packets and bytes a second; what is more is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    packets: Bucket,
    bytes: Bucket,
}

impl Meter {
    /// With these allowances for each second, and no more than one second's at once.
    pub(crate) fn new(packets: u32, bytes: u32) -> Self {
        Self::with_burst(1, packets, bytes)
    }

    /// With these allowances for each second, and those of so many seconds at once.
    pub(crate) fn with_burst(seconds: u32, packets: u32, bytes: u32) -> Self {
        let bucket = |rate: u32| {
            Bucket::new(
                rate.saturating_mul(seconds),
                Duration::from_nanos(1_000_000_000 / u64::from(rate.max(1))),
            )
        };
        Self { packets: bucket(packets), bytes: bucket(bytes) }
    }

    /// Counts a packet and tells whether it is within the allowance.
    pub(crate) fn admits(&mut self, now: Instant, bytes: usize) -> bool {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.packets.take(now, 1) && self.bytes.take(now, bytes)
    }
}

/// What may be sent again: a share of what is sent, so that a path which loses much is not filled with repetitions.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Resends {
    /// Bytes, in hundredths.
    credit: usize,
}

impl Resends {
    /// In hundredths of what is sent: enough where every third packet is lost.
    const SHARE: usize = 50;
    /// Bytes at once.
    const MOST: usize = 100_000;

    /// Counts bytes that were sent for the first time.
    pub(crate) fn earn(&mut self, bytes: usize) {
        self.credit = (self.credit + bytes * Self::SHARE).min(Self::MOST * 100);
    }

    /// Takes bytes to send again, or none if there are fewer.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        let left = self.credit.checked_sub(bytes * 100);
        self.credit = left.unwrap_or(self.credit);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_taken_comes_back_with_time() {
        let now = Instant::now();
        let mut bucket = Bucket::new(3, SECOND);
        assert!(bucket.take(now, 2));
        assert!(!bucket.take(now, 2), "all or nothing");
        assert!(bucket.take(now, 1));
        assert!(!bucket.has(now));
        assert!(bucket.has(now + SECOND));
        assert!(!bucket.take(now + 60 * SECOND, 4), "never more than it holds");
        assert!(bucket.take(now + 60 * SECOND, 3));
    }

    #[test]
    fn what_is_too_much_waits_for_the_next_second() {
        let now = Instant::now();
        let mut meter = Meter::new(2, 100);
        assert!(meter.admits(now, 10));
        assert!(meter.admits(now, 10));
        assert!(!meter.admits(now, 10), "too many");
        assert!(meter.admits(now + SECOND, 90));
        assert!(!meter.admits(now + SECOND, 11), "too long");
    }

    #[test]
    fn half_of_what_is_sent_may_be_sent_again_and_no_more_than_a_bound_at_once() {
        let mut resends = Resends::default();
        assert!(!resends.take(1));
        resends.earn(1_000);
        assert!(resends.take(500));
        assert!(!resends.take(1));
        resends.earn(100 * Resends::MOST);
        assert!(!resends.take(Resends::MOST + 1));
        assert!(resends.take(Resends::MOST));
    }

    #[test]
    fn a_burst_is_not_a_higher_rate() {
        let now = Instant::now();
        let mut meter = Meter::with_burst(2, 10, u32::MAX / 2);
        let admitted = (0..100).filter(|moment| meter.admits(now + SECOND / 100 * *moment, 1)).count();
        assert_eq!(admitted, 29, "two seconds' at once, and one second's");
    }
}
