//! The part that watches loss (draft-ietf-rmcat-gcc-02, 6).
//!
//! A path that is full loses what is too much; some radio paths lose a share of whatever they carry. To send less helps
//! in the first case only. So when less was sent and as much was lost, that share is taken for the path's own, unless
//! packets take far longer than they did: then a queue stands in front of the path, and what it has no room for is lost.

use std::time::{Duration, Instant};

use super::{Reports, shorter};
use crate::rate::Bitrate;

/// What is judged together: packets, and time. Of fewer packets chance decides, unless they tell of heavy loss.
const PACKETS: u32 = 50;
const FEW_PACKETS: u32 = 20;
const WINDOW: Duration = Duration::from_millis(400);
/// Shares of packets: above the one the path is taken to be full, below the other to be free.
const FULL: f64 = 0.10;
const FREE: f64 = 0.02;
/// Above this one the path carries far less, and what arrives tells how much; so much of it is believed.
const HEAVY: f64 = 0.40;
const BELIEVED: f64 = 0.90;
/// After so much less was sent, loss that is still so much of what it was is the path's own.
const SENT_LESS: f64 = 0.80;
const LOST_AS_MUCH: f64 = 0.50;
/// More is never taken for the path's own.
const OWN_AT_MOST: f64 = 0.40;

/// Packets that take so much longer than they did, in microseconds, have stood in a queue.
const QUEUE: i64 = 100_000;
/// What is lost beside that is lost for want of room in the queue, above this share.
const OVERFLOW: f64 = 0.03;
/// Nor is the limit lowered to less than this share of what it was at once: perhaps little was sent.
const QUEUED_AT_LEAST: f64 = 0.50;
/// How long it is remembered how fast the path can be, once to twice.
const MEMORY: Duration = Duration::from_secs(10);

/// What is judged.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// The share.
    lost: f64,
    /// In bit/s.
    sent: f64,
    /// Some of it was sent before the limit fell.
    is_stale: bool,
    /// A queue stands in front of the path.
    queued: bool,
}

/// The shortest time of late that packets took, in microseconds: from our clock to the receiver's, which began at another time. That the
/// way back is busy does not count.
#[derive(Debug, Default)]
struct Shortest {
    began: Option<Instant>,
    present: Option<i64>,
    former: Option<i64>,
}

impl Shortest {
    fn count(&mut self, now: Instant, time: i64) {
        let age = now.saturating_duration_since(*self.began.get_or_insert(now));
        if age > MEMORY {
            let former = self.present.filter(|_| age <= 2 * MEMORY);
            (self.began, self.former, self.present) = (Some(now), former, None);
        }
        self.present = shorter(self.present, time);
    }

    fn get(&self) -> Option<i64> {
        self.present.into_iter().chain(self.former).min()
    }
}

/// The rate that loss allows.
#[derive(Debug, Default)]
pub(super) struct LossControl {
    window: Option<Instant>,
    /// The shortest time that packets took in it, and of late.
    time: Option<i64>,
    shortest: Shortest,
    arrived: u32,
    missing: u32,
    bytes: u64,
    /// Some were sent before the limit fell.
    is_stale: bool,
    /// The share that the path loses whatever is sent.
    own: f64,
    limit: Option<Bitrate>,
    /// What was lost, what was sent in bit/s when the limit began to fall, and the limit before.
    fall: Option<(f64, f64, Bitrate)>,
    /// When the limit fell the last time.
    fell: Option<Instant>,
    /// What was lost of late, beside what the path loses anyway.
    excess: f64,
}

impl LossControl {
    /// What may be sent of this.
    pub(super) fn limit(&self, rate: Bitrate) -> Bitrate {
        self.limit.map_or(rate, |limit| rate.min(limit))
    }

    /// Whether little was lost of late, beside what the path loses anyway.
    pub(super) fn is_calm(&self) -> bool {
        self.excess < FULL / 2.0
    }

    /// Whether a packet that was sent at this time was sent before the limit fell.
    pub(super) fn preceded(&self, sent: Instant) -> bool {
        self.fell.is_some_and(|fell| sent < fell)
    }

    /// A probe went through at this rate.
    pub(super) fn prove(&mut self, rate: Bitrate) {
        self.limit = self.limit.map(|limit| limit.max(rate));
    }

    /// Counts packets, and judges when there are enough.
    pub(super) fn update(&mut self, now: Instant, rate: Bitrate, reports: &Reports) {
        if reports.arrived + reports.missing == 0 {
            return;
        }
        let began = *self.window.get_or_insert(now);
        self.arrived += reports.arrived;
        self.missing += reports.missing;
        self.bytes += u64::from(reports.bytes);
        self.is_stale |= reports.is_stale;
        if let Some(time) = reports.shortest {
            self.time = shorter(self.time, time);
            self.shortest.count(now, time);
        }
        let elapsed = now.saturating_duration_since(began);
        let packets = self.arrived + self.missing;
        let lost = f64::from(self.missing) / f64::from(packets.max(1));
        let enough = if lost > HEAVY { FEW_PACKETS } else { PACKETS };
        if packets < enough || elapsed < WINDOW {
            return;
        }
        let time = self.time.take().zip(self.shortest.get());
        let window = Window {
            lost,
            sent: self.bytes as f64 * 8.0 / elapsed.as_secs_f64(),
            is_stale: std::mem::take(&mut self.is_stale),
            queued: time.is_some_and(|(time, shortest)| time.saturating_sub(shortest) > QUEUE),
        };
        (self.window, self.arrived, self.missing, self.bytes) = (Some(now), 0, 0, 0);
        self.judge(now, rate, window);
    }

    fn judge(&mut self, now: Instant, rate: Bitrate, window: Window) {
        let Window { lost, sent, is_stale, queued } = window;
        if queued {
            (self.own, self.fall) = (0.0, None);
        }
        if let Some((lost_before, sent_before, limit)) = self.fall
            && sent < SENT_LESS * sent_before
        {
            self.fall = None;
            if lost > LOST_AS_MUCH * lost_before {
                self.own = lost.min(OWN_AT_MOST);
                self.limit = Some(limit);
            }
        }
        // It is believed as long as it is there.
        self.own = self.own.min(0.75 * self.own + 0.25 * lost);
        let excess = (lost - 1.25 * self.own).max(0.0);
        self.excess = excess;
        if excess > if queued { OVERFLOW } else { FULL } {
            if !queued {
                self.fall.get_or_insert((lost, sent, rate));
            }
            // What was sent before the limit fell would make it fall for the same reason again. What arrives stays true.
            let careful = rate.0 as f64 * if is_stale { 1.0 } else { 1.0 - 0.5 * excess };
            let arriving = sent * (1.0 - lost);
            let limit = if excess > HEAVY {
                careful.min(BELIEVED * arriving)
            } else if queued {
                careful.min((BELIEVED * arriving).max(QUEUED_AT_LEAST * rate.0 as f64))
            } else {
                careful
            };
            self.limit = Some(Bitrate(limit as u64));
            self.fell = Some(now);
        } else if excess < FREE {
            self.fall = None;
            self.limit =
                self.limit.map(|limit| limit.percent(105)).filter(|limit| *limit < rate.percent(200));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is allowed of a megabit after ten seconds in which so many of fifty packets are lost, and those of one window after the other
    /// take so many milliseconds at least. Before them, for a second, packets took 70 and nothing was lost.
    fn limit_after(missing: u32, times: &[i64]) -> Bitrate {
        let wanted = Bitrate::kbps(1_000);
        let mut now = Instant::now();
        let mut loss = LossControl::default();
        for (tenth, time) in (0..110).zip(times.iter().cycle()) {
            let (missing, time) = if tenth < 10 { (0, 70) } else { (missing, *time) };
            let rate = loss.limit(wanted);
            let bytes = (rate.0 / 80) as u32;
            let (round_trip, shortest) = (None, Some(1_000 * time));
            let reports =
                Reports { arrived: 50 - missing, missing, bytes, is_stale: false, round_trip, shortest };
            now += Duration::from_millis(100);
            loss.update(now, rate, &reports);
        }
        loss.limit(wanted)
    }

    #[test]
    fn what_a_full_queue_loses_is_not_taken_for_the_paths_own() {
        let (near, far) = (&[80], &[300]);
        assert_eq!(limit_after(20, near), Bitrate::kbps(1_000), "it loses that whatever is sent");
        assert!(limit_after(20, far) < Bitrate::kbps(100), "{:?}", limit_after(20, far));
        let wavers = limit_after(20, &[vec![300; 8], vec![80; 4]].concat());
        assert!(wavers < Bitrate::kbps(700), "now and then one finds the queue short: {wavers:?}");
    }

    #[test]
    fn a_little_loss_counts_only_where_a_queue_stands() {
        let (near, far) = (&[80], &[300]);
        assert_eq!(limit_after(3, near), Bitrate::kbps(1_000));
        assert!(limit_after(3, far) < Bitrate::kbps(400), "{:?}", limit_after(3, far));
        assert_eq!(limit_after(1, far), Bitrate::kbps(1_000));
    }

    #[test]
    fn how_fast_a_path_was_is_forgotten() {
        let start = Instant::now();
        let mut shortest = Shortest::default();
        for (second, time) in [(0, 70), (9, 300), (11, 300), (20, 400), (22, 400), (34, 400)] {
            shortest.count(start + Duration::from_secs(second), time);
        }
        assert_eq!(shortest.get(), Some(400));
        shortest.count(start + Duration::from_secs(100), 500);
        assert_eq!(shortest.get(), Some(500), "nor is what was before a pause known");
    }
}
