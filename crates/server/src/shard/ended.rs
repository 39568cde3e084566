//! Meetings that ended of late. Somebody on the way in may carry what the store said of them before.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use incamera_conference::ids::MeetingId;

/// Meetings that are remembered. The one that ended first is forgotten first.
const MEETINGS: usize = 1024;

/// When meetings ended.
pub(super) struct Ended {
    of: HashMap<MeetingId, Instant>,
    order: VecDeque<(MeetingId, Instant)>,
    /// When the last one ended that was forgotten: nothing that was read before is relied on.
    forgotten: Option<Instant>,
}

impl Ended {
    pub(super) fn new() -> Self {
        Self { of: HashMap::new(), order: VecDeque::new(), forgotten: None }
    }

    /// A meeting ended, or its row was deleted, before now.
    pub(super) fn note(&mut self, now: Instant, meeting: &MeetingId) {
        if self.order.len() >= MEETINGS
            && let Some((oldest, when)) = self.order.pop_front()
        {
            // It may have ended again since.
            if self.of.get(&oldest) == Some(&when) {
                self.of.remove(&oldest);
            }
            self.forgotten = Some(when);
        }
        self.of.insert(meeting.clone(), now);
        self.order.push_back((meeting.clone(), now));
    }

    /// Whether what the store said at `read` may be out of date.
    pub(super) fn is_stale(&self, meeting: &MeetingId, read: Instant) -> bool {
        let last = self.of.get(meeting).copied().max(self.forgotten);
        last.is_some_and(|last| read <= last)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::meeting;
    use super::*;

    #[test]
    fn what_was_read_before_an_end_is_stale_after_it_b5() {
        let (mut ended, start) = (Ended::new(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!ended.is_stale(&meeting(0), at(0)));
        ended.note(at(10), &meeting(0));
        assert!(ended.is_stale(&meeting(0), at(9)));
        assert!(!ended.is_stale(&meeting(0), at(11)));
        assert!(!ended.is_stale(&meeting(1), at(9)), "another meeting");
    }

    #[test]
    fn what_is_forgotten_is_not_relied_on() {
        let (mut ended, start) = (Ended::new(), Instant::now());
        let at = |seconds: usize| start + Duration::from_secs(seconds as u64);
        for number in 0..=MEETINGS {
            ended.note(at(number), &meeting(number));
        }
        assert_eq!(ended.of.len(), MEETINGS);
        assert!(ended.is_stale(&meeting(0), start), "the table forgot it, its moment it did not");
        assert!(!ended.is_stale(&meeting(0), at(1)));
    }
}
