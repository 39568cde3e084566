//! When something was captured, told by the publisher's sender reports.
//!
//! All layers and sources of one publisher are put on our clock by one and the same offset, so that its picture and
//! its sound stay together at every receiver however their packets were delayed.

use std::time::{Duration, Instant, SystemTime};

/// A capture time that is further back than this is not believed.
const OLDEST: Duration = Duration::from_secs(5);

/// The publisher's clock, seen from ours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SenderClock {
    /// A moment of theirs and the same moment of ours, as far as a packet that travelled fastest can tell.
    origin: Option<(SystemTime, Instant)>,
}

/// What the latest sender report of a stream says: this timestamp is this time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Report {
    pub(super) time: SystemTime,
    pub(super) timestamp: u32,
}

impl SenderClock {
    /// When a packet with this timestamp, which arrived now, was captured. Never later than now.
    pub(super) fn captured(
        &mut self,
        now: Instant,
        report: Report,
        timestamp: u32,
        clock_rate: u32,
    ) -> Instant {
        let Some(sent) = sender_time(report, timestamp, clock_rate) else { return now };
        let ours = self.origin.and_then(|(theirs, ours)| match sent.duration_since(theirs) {
            Ok(later) => ours.checked_add(later),
            Err(earlier) => ours.checked_sub(earlier.duration()),
        });
        match ours {
            Some(ours) if ours <= now && now.duration_since(ours) <= OLDEST => ours,
            _ => {
                self.origin = Some((sent, now));
                now
            }
        }
    }
}

/// The publisher's time of a timestamp near the one in its report.
fn sender_time(report: Report, timestamp: u32, clock_rate: u32) -> Option<SystemTime> {
    let units = i64::from(timestamp.wrapping_sub(report.timestamp).cast_signed());
    let distance = Duration::from_micros(units.unsigned_abs() * 1_000_000 / u64::from(clock_rate));
    if units < 0 { report.time.checked_sub(distance) } else { report.time.checked_add(distance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_and_picture_of_one_moment_meet() {
        let start = Instant::now();
        let theirs = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let mut clock = SenderClock::default();
        let audio = Report { time: theirs, timestamp: 5_000 };
        let video = Report { time: theirs, timestamp: u32::MAX - 10 };
        // Both were captured one second after the reports; the picture takes 80 ms longer.
        let early = clock.captured(start, audio, 5_000 + 48_000, 48_000);
        let late = clock.captured(
            start + Duration::from_millis(80),
            video,
            (u32::MAX - 10).wrapping_add(90_000),
            90_000,
        );
        assert_eq!(early, late);
    }

    #[test]
    fn nothing_is_captured_in_the_future() {
        let start = Instant::now();
        let mut clock = SenderClock::default();
        let report = Report { time: SystemTime::UNIX_EPOCH, timestamp: 0 };
        for timestamp in [0, 90_000, 9_000_000, u32::MAX / 2, 1 << 31, u32::MAX, 0] {
            assert_eq!(clock.captured(start, report, timestamp, 90_000).max(start), start);
        }
    }
}
