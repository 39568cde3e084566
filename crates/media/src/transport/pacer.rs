//! Pacing: on a narrow path the packets of a large picture would fill the queue in front of it, and sound would wait behind
//! them. There they leave one after the other, and sound overtakes them.
//!
//! A wide path carries a picture before the next sound is due, and packets that leave together cost less.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::rate::Bitrate;

/// A path that carries this much needs no pacing.
const WIDE: Bitrate = Bitrate::kbps(600);
/// Bytes that may leave at once after a pause.
const BURST: i64 = 2_400;
/// How far sound, which does not wait, makes pictures wait.
const DEBT: i64 = -3_000;
/// How many packets wait at most, and how long one does: a key frame can take two seconds of a path that carries hardly more
/// than sound. Beyond that they are not paced: the path is wider than it is taken to be, or the picture too old to be of use.
const MOST: usize = 256;
const LONGEST: Duration = Duration::from_secs(3);

#[derive(Debug)]
struct Waiting<T> {
    since: Instant,
    bytes: usize,
    packet: T,
}

/// Makes packets of one peer wait.
#[derive(Debug)]
pub(super) struct Pacer<T> {
    waiting: VecDeque<Waiting<T>>,
    /// Bytes that may leave.
    level: i64,
    updated: Instant,
    /// Of what leaves; nothing for all at once.
    rate: Option<Bitrate>,
}

impl<T> Pacer<T> {
    pub(super) fn new(now: Instant) -> Self {
        Self { waiting: VecDeque::new(), level: BURST, updated: now, rate: None }
    }

    /// What the path is taken to carry from now on.
    pub(super) fn set_estimate(&mut self, now: Instant, estimate: Bitrate) {
        self.refill(now);
        self.rate = (estimate < WIDE).then_some(estimate);
    }

    /// Whether everything may leave at once.
    pub(super) fn is_open(&self) -> bool {
        self.rate.is_none() && self.waiting.is_empty()
    }

    /// Counts a packet of so many bytes that left without waiting.
    pub(super) fn spend(&mut self, bytes: usize) {
        self.level = (self.level - bytes as i64).max(DEBT);
    }

    /// Takes a packet that waits for its turn.
    pub(super) fn push(&mut self, now: Instant, bytes: usize, packet: T) {
        self.waiting.push_back(Waiting { since: now, bytes, packet });
    }

    /// The next packet whose turn it is.
    pub(super) fn pop(&mut self, now: Instant) -> Option<T> {
        self.refill(now);
        let first = self.waiting.front()?;
        let patient = self.waiting.len() <= MOST && now.saturating_duration_since(first.since) < LONGEST;
        if self.rate.is_some() && self.level < 0 && patient {
            return None;
        }
        let Waiting { bytes, packet, .. } = self.waiting.pop_front()?;
        self.spend(bytes);
        Some(packet)
    }

    /// When the next packet's turn is.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let first = self.waiting.front()?;
        let rate = self.rate.filter(|_| self.level < 0)?;
        let missing = self.level.unsigned_abs() * 8_000_000;
        let paid = self.updated + Duration::from_micros(missing.div_ceil(rate.0.max(1)));
        Some(paid.min(first.since + LONGEST))
    }

    /// How long the next packet has waited.
    pub(super) fn backlog(&self, now: Instant) -> Duration {
        self.waiting.front().map_or(Duration::ZERO, |first| now.saturating_duration_since(first.since))
    }

    /// Forgets those that are not to leave.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.waiting.retain(|waiting| keep(&waiting.packet));
    }

    fn refill(&mut self, now: Instant) {
        let Some(rate) = self.rate else {
            (self.level, self.updated) = (BURST, now);
            return;
        };
        let elapsed = now.saturating_duration_since(self.updated).min(Duration::from_secs(1));
        let earned = (u128::from(rate.0) * elapsed.as_micros() / 8_000_000) as i64;
        // Time that earned no whole byte goes on counting.
        if earned > 0 {
            (self.level, self.updated) = ((self.level + earned).min(BURST), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_path_is_not_paced() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.set_estimate(now, WIDE);
        assert!(pacer.is_open());
        for number in 0..1_000 {
            pacer.push(now, 1_200, number);
            assert_eq!(pacer.pop(now), Some(number));
        }
        assert_eq!(pacer.poll_timeout(), None);
    }

    #[test]
    fn a_narrow_path_gets_what_it_carries_in_order_and_no_faster() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.set_estimate(now, Bitrate::kbps(200));
        assert!(!pacer.is_open());
        for number in 0..20 {
            pacer.push(now, 1_000, number);
        }
        let mut left = Vec::new();
        let mut at = now;
        while let Some(number) = pacer.pop(at) {
            left.push(number);
        }
        assert_eq!(left, [0, 1, 2], "a burst");
        while left.len() < 20 {
            let due = pacer.poll_timeout().expect("something waits");
            assert!(due > at);
            at = due;
            left.extend(std::iter::from_fn(|| pacer.pop(at)));
        }
        assert_eq!(left, Vec::from_iter(0..20));
        let rate = Bitrate((17_000 * 8_000) / (at - now).as_millis() as u64);
        assert!((Bitrate::kbps(195)..Bitrate::kbps(215)).contains(&rate), "{rate:?}");
    }

    #[test]
    fn what_did_not_wait_makes_others_wait() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.set_estimate(now, Bitrate::kbps(100));
        pacer.spend(5_000);
        pacer.push(now, 100, ());
        assert_eq!(pacer.pop(now), None);
        let due = pacer.poll_timeout().unwrap();
        assert!(due <= now + Duration::from_millis(300), "the debt has a bound");
        assert_eq!(pacer.pop(due), Some(()));
    }

    #[test]
    fn nobody_waits_for_ever() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.set_estimate(now, Bitrate(1));
        pacer.spend(5_000);
        pacer.push(now, 1_000, ());
        assert_eq!(pacer.poll_timeout(), Some(now + LONGEST));
        assert_eq!(pacer.backlog(now + LONGEST), LONGEST);
        assert_eq!(pacer.pop(now + LONGEST), Some(()));
        assert_eq!(pacer.backlog(now + LONGEST), Duration::ZERO);
    }

    #[test]
    fn no_more_than_a_bound_wait_and_a_path_that_widens_lets_all_go() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.set_estimate(now, Bitrate::kbps(100));
        for number in 0..=MOST + 10 {
            pacer.push(now, 1_000, number);
        }
        while pacer.pop(now).is_some() {}
        assert_eq!(pacer.waiting.len(), MOST);
        pacer.retain(|number| number % 2 == 0);
        assert_eq!(pacer.waiting.len(), MOST / 2);
        pacer.set_estimate(now, WIDE);
        while pacer.pop(now).is_some() {}
        assert!(pacer.is_open());
    }
}
