//! The part that watches loss (draft-ietf-rmcat-gcc-02, 6).
//!
//! A path that is full loses what is too much; some radio paths lose a share of whatever they carry. To send less helps
//! in the first case only. So when less was sent and as much was lost, that share is taken for the path's own.

use std::time::{Duration, Instant};

use super::Reports;
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

/// The rate that loss allows.
#[derive(Debug, Default)]
pub(super) struct LossControl {
    window: Option<Instant>,
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
        let elapsed = now.saturating_duration_since(began);
        let packets = self.arrived + self.missing;
        let lost = f64::from(self.missing) / f64::from(packets.max(1));
        let enough = if lost > HEAVY { FEW_PACKETS } else { PACKETS };
        if packets < enough || elapsed < WINDOW {
            return;
        }
        let sent = self.bytes as f64 * 8.0 / elapsed.as_secs_f64();
        let is_stale = std::mem::take(&mut self.is_stale);
        (self.window, self.arrived, self.missing, self.bytes) = (Some(now), 0, 0, 0);
        self.judge(now, rate, lost, sent, is_stale);
    }

    fn judge(&mut self, now: Instant, rate: Bitrate, lost: f64, sent: f64, is_stale: bool) {
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
        if excess > FULL {
            self.fall.get_or_insert((lost, sent, rate));
            // What was sent before the limit fell would make it fall for the same reason again. What arrives stays true.
            let careful = rate.0 as f64 * if is_stale { 1.0 } else { 1.0 - 0.5 * excess };
            let arriving = sent * (1.0 - lost);
            let limit = if excess > HEAVY { careful.min(BELIEVED * arriving) } else { careful };
            self.limit = Some(Bitrate(limit as u64));
            (self.fell, self.window) = (Some(now), None);
        } else if excess < FREE {
            self.fall = None;
            self.limit =
                self.limit.map(|limit| limit.percent(105)).filter(|limit| *limit < rate.percent(200));
        }
    }
}
