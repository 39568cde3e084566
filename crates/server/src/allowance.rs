//! One allowance, on the clock of whoever asks (the generic cell rate algorithm).

use std::time::{Duration, Instant};

use crate::rate::Rate;

/// What is left of a [`Rate`]. It begins full.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Allowance {
    /// When all that was taken is regained.
    full: Option<Instant>,
}

impl Allowance {
    /// Takes one, if one is left.
    pub fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let left = self.wait(rate, now).is_zero();
        if left {
            self.spend(rate, now);
        }
        left
    }

    /// How long until one can be taken.
    pub fn wait(&self, rate: Rate, now: Instant) -> Duration {
        (self.owed(now) + rate.period).saturating_sub(rate.period * rate.burst)
    }

    /// Takes one in any case. What is taken when none is left makes no debt.
    pub fn spend(&mut self, rate: Rate, now: Instant) {
        let owed = (self.owed(now) + rate.period).min(rate.period * rate.burst);
        self.full = Some(now + owed);
    }

    /// Whether nothing of it is missing.
    pub fn is_full(&self, now: Instant) -> bool {
        self.owed(now).is_zero()
    }

    fn owed(&self, now: Instant) -> Duration {
        self.full.map_or(Duration::ZERO, |full| full.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_at_once_and_then_one_by_one() {
        let (rate, start) = (Rate { burst: 3, period: Duration::from_secs(2) }, Instant::now());
        let mut allowance = Allowance::default();
        let taken = (0..5).filter(|_| allowance.take(rate, start)).count();
        assert_eq!(taken, 3);
        assert_eq!(allowance.wait(rate, start), rate.period);
        let later = start + rate.period;
        assert!(allowance.take(rate, later));
        assert!(!allowance.take(rate, later));
        assert!(!allowance.is_full(later));
        assert!(allowance.is_full(later + rate.period * 3));
    }

    #[test]
    fn there_are_no_debts() {
        let (rate, start) = (Rate { burst: 2, period: Duration::from_secs(2) }, Instant::now());
        let mut allowance = Allowance::default();
        for _ in 0..100 {
            allowance.spend(rate, start);
        }
        assert_eq!(allowance.wait(rate, start), rate.period);
    }
}
