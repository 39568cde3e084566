//! How fast one participant may act.

use std::time::{Duration, Instant};

use crate::limits::{ACT_BURST, ACTS_PER_SECOND};
use crate::wire::Act;

/// Bytes of a message that cost as much as one act: what is said is multiplied by the number of listeners.
const BYTES_PER_ACT: usize = 8 * 1024;

/// A rate limit as one point in time (the generic cell rate algorithm): what was spent is paid back at a steady rate.
#[derive(Debug)]
pub(crate) struct Pace {
    /// When everything that was spent will be paid back.
    paid_back: Instant,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self { paid_back: now }
    }

    /// Takes what the act costs; `false`, and takes nothing, where it is too much.
    pub(crate) fn allows(&mut self, now: Instant, act: &Act) -> bool {
        let each = Duration::from_secs(1) / ACTS_PER_SECOND;
        let after = self.paid_back.max(now) + each * cost(act);
        if after > now + each * ACT_BURST {
            return false;
        }
        self.paid_back = after;
        true
    }
}

/// In acts. To fall silent and to leave are free: nobody is kept on the air by a limit.
fn cost(act: &Act) -> u32 {
    match act {
        Act::Leave | Act::Switch { on: false, .. } => 0,
        // A body is at most a few times the unit: the number is small.
        Act::Say { body, .. } => 1 + (body.as_bytes().len() / BYTES_PER_ACT) as u32,
        _ => 1,
    }
}
