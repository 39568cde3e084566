//! How fast one participant may act, and how fast the link may change.

use std::time::{Duration, Instant};

use crate::limits::{ACT_BURST, ACTS_PER_SECOND, ROTATION_BURST, ROTATION_INTERVAL};
use crate::wire::Act;

/// Bytes of a message that cost as much as one act: what is said is multiplied by the number of listeners.
const BYTES_PER_ACT: usize = 8 * 1024;

/// A rate limit as one point in time (the generic cell rate algorithm): what was spent is paid back at a steady rate.
#[derive(Debug)]
pub(crate) struct Pace {
    /// In which one unit is paid back.
    each: Duration,
    /// Units that may be owed.
    burst: u32,
    /// When everything that was spent will be paid back.
    paid_back: Instant,
}

impl Pace {
    /// Of one person's acts.
    pub(crate) fn of_acts(now: Instant) -> Self {
        Self { each: Duration::from_secs(1) / ACTS_PER_SECOND, burst: ACT_BURST, paid_back: now }
    }

    /// Of one meeting's links.
    pub(crate) fn of_rotations(now: Instant) -> Self {
        Self { each: ROTATION_INTERVAL, burst: ROTATION_BURST, paid_back: now }
    }

    /// Takes so many units; `false`, and takes nothing, where it is too much.
    pub(crate) fn allows(&mut self, now: Instant, units: u32) -> bool {
        let after = self.paid_back.max(now) + self.each * units;
        if after > now + self.each * self.burst {
            return false;
        }
        self.paid_back = after;
        true
    }
}

/// What an act costs one's pace. To fall silent and to leave are free: nobody is kept on the air by a limit.
pub(crate) fn cost(act: &Act) -> u32 {
    match act {
        Act::Leave | Act::Switch { on: false, .. } => 0,
        // A body is at most a few times the unit: the number is small.
        Act::Say { body, .. } => 1 + (body.as_bytes().len() / BYTES_PER_ACT) as u32,
        _ => 1,
    }
}
