//! How fast one participant may act, speak, and change the encrypted group, and how fast the link may change.

use std::time::{Duration, Instant};

use crate::limits::{
    ACT_BURST, ACTS_PER_SECOND, COMMIT_BURST, COMMIT_BYTES_BURST, COMMIT_BYTES_PER_SECOND,
    COMMITS_PER_SECOND, ENTRY_BURST, ENTRY_INTERVAL, ROTATION_BURST, ROTATION_INTERVAL, SAY_BURST, SAY_BYTES,
    SAYS_PER_SECOND,
};
use crate::sealed::SealedBody;
use crate::wire::{Act, GroupMessage};

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

    /// Of what one person says.
    pub(crate) fn of_words(now: Instant) -> Self {
        Self { each: Duration::from_secs(1) / SAYS_PER_SECOND, burst: SAY_BURST, paid_back: now }
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
        _ => 1,
    }
}

/// What it costs one's pace to say this.
pub(crate) fn cost_of_words(body: &SealedBody) -> u32 {
    // A body is at most a few times the unit: the number is small.
    1 + (body.as_bytes().len() / SAY_BYTES) as u32
}

/// What one person does about the group, which their page does by itself: apart from their acts, so that a moderator who
/// adds many people is not slower to mute somebody (B5).
#[derive(Debug)]
pub(crate) struct GroupPace {
    commits: Pace,
    /// In units of [`BYTES_PER_UNIT`].
    bytes: Pace,
    entries: Pace,
}

const BYTES_PER_UNIT: u32 = 1024;

impl GroupPace {
    pub(crate) fn new(now: Instant) -> Self {
        let second = Duration::from_secs(1);
        let (bytes, burst) = (COMMIT_BYTES_PER_SECOND / BYTES_PER_UNIT, COMMIT_BYTES_BURST / BYTES_PER_UNIT);
        Self {
            commits: Pace { each: second / COMMITS_PER_SECOND, burst: COMMIT_BURST, paid_back: now },
            bytes: Pace { each: second / bytes, burst, paid_back: now },
            entries: Pace { each: ENTRY_INTERVAL, burst: ENTRY_BURST, paid_back: now },
        }
    }

    pub(crate) fn allows(&mut self, now: Instant, message: &GroupMessage) -> bool {
        match message {
            GroupMessage::Commit { commit, welcome, .. } => {
                let welcome = welcome.as_ref().map_or(0, |welcome| welcome.message.as_bytes().len());
                let bytes = commit.as_bytes().len() + welcome;
                // Two messages of the group: the number is small.
                self.bytes.allows(now, bytes as u32 / BYTES_PER_UNIT) && self.commits.allows(now, 1)
            }
            GroupMessage::Refuse { .. } => self.commits.allows(now, 1),
            GroupMessage::Found { .. } | GroupMessage::AskAdd { .. } | GroupMessage::Again => {
                self.entries.allows(now, 1)
            }
        }
    }
}
