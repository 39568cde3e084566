//! Bitrates: how they are written down, and how they are measured.

use std::time::{Duration, Instant};

/// Bits per second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(crate) struct Bitrate(pub(crate) u64);

impl Bitrate {
    /// From thousands.
    pub(crate) const fn kbps(kbps: u64) -> Self {
        Self(kbps * 1000)
    }

    /// A share of it, in hundredths.
    pub(crate) fn percent(self, percent: u64) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }
}

impl std::ops::Add for Bitrate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Bitrate {
    type Output = Self;

    /// Never below zero.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for Bitrate {
    fn sum<I: Iterator<Item = Self>>(rates: I) -> Self {
        rates.fold(Self::default(), std::ops::Add::add)
    }
}

/// How long one measurement takes.
const WINDOW: Duration = Duration::from_millis(500);
/// IP, UDP, RTP with its extensions, and the tag of SRTP: what a packet costs beyond its payload.
const OVERHEAD: u64 = 28 + 12 + 16 + 16;

/// Measures the bitrate of arriving packets.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateMeter {
    window: Option<(Instant, u64)>,
    last: Option<Instant>,
    rate: Bitrate,
}

impl RateMeter {
    /// Counts a packet with a payload of so many bytes.
    pub(crate) fn count(&mut self, now: Instant, payload: usize) {
        self.last = Some(now);
        let (began, bytes) = self.window.get_or_insert((now, 0));
        let elapsed = now.saturating_duration_since(*began);
        if elapsed >= WINDOW {
            // Smoothed, since one key frame in a window says little about the next one. What begins after a silence is
            // measured afresh.
            let measured = Bitrate((u128::from(*bytes) * 8_000_000 / elapsed.as_micros().max(1)) as u64);
            self.rate = if self.rate == Bitrate::default() || elapsed > 4 * WINDOW {
                measured
            } else {
                (self.rate + measured).percent(50)
            };
            (*began, *bytes) = (now, 0);
        }
        *bytes += payload as u64 + OVERHEAD;
    }

    /// The last measurement; zero before the first.
    pub(crate) fn rate(&self) -> Bitrate {
        self.rate
    }

    /// Whether a packet came within this time.
    pub(crate) fn is_alive(&self, now: Instant, within: Duration) -> bool {
        self.last.is_some_and(|last| now.saturating_duration_since(last) <= within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        for packet in 0..200 {
            meter.count(start + Duration::from_millis(10 * packet), 1000 - OVERHEAD as usize);
        }
        let rate = meter.rate();
        assert!((Bitrate::kbps(780)..Bitrate::kbps(820)).contains(&rate), "{rate:?}");
        assert!(meter.is_alive(start + Duration::from_secs(3), Duration::from_secs(2)));
        assert!(!meter.is_alive(start + Duration::from_secs(5), Duration::from_secs(2)));
    }
}
