//! A ceiling on what one sender may cost.

use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(1);

/// So many datagrams and bytes a second; what is more is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    packets: u32,
    bytes: u32,
    began: Option<Instant>,
    used_packets: u32,
    used_bytes: u32,
}

impl Meter {
    /// With these allowances for each second.
    pub(crate) fn new(packets: u32, bytes: u32) -> Self {
        Self { packets, bytes, began: None, used_packets: 0, used_bytes: 0 }
    }

    /// Counts a datagram and tells whether it is within the allowance.
    pub(crate) fn admits(&mut self, now: Instant, bytes: usize) -> bool {
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= WINDOW) {
            self.began = Some(now);
            self.used_packets = 0;
            self.used_bytes = 0;
        }
        self.used_packets = self.used_packets.saturating_add(1);
        self.used_bytes = self.used_bytes.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.used_packets <= self.packets && self.used_bytes <= self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_waits_for_the_next_second() {
        let now = Instant::now();
        let mut meter = Meter::new(2, 100);
        assert!(meter.admits(now, 10));
        assert!(meter.admits(now, 10));
        assert!(!meter.admits(now, 10), "too many");
        assert!(meter.admits(now + WINDOW, 90));
        assert!(!meter.admits(now + WINDOW, 11), "too long");
    }
}
