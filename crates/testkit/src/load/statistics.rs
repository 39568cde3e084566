//! Medians, quartiles and percentiles.

use serde::{Deserialize, Serialize};

/// The middle of a set of numbers, and how far half of them spread.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Quartiles {
    /// A quarter is below.
    pub low: f64,
    /// Half is below.
    pub median: f64,
    /// A quarter is above.
    pub high: f64,
}

impl Quartiles {
    /// Of some numbers; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self { low: at(&sorted, 0.25)?, median: at(&sorted, 0.5)?, high: at(&sorted, 0.75)? })
    }
}

/// The value below which a share of the numbers is; `None` of none.
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    at(&sorted, share)
}

/// Between the two nearest ranks, in proportion.
fn at(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = sorted[(below + 1).min(last)];
    Some(sorted[below] + (above - sorted[below]) * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_ranks() {
        let of = |values: &[f64]| Quartiles::of(values).expect("some numbers");
        assert_eq!(of(&[3.0, 1.0, 2.0, 5.0, 4.0]), Quartiles { low: 2.0, median: 3.0, high: 4.0 });
        assert_eq!(of(&[1.0, 2.0]), Quartiles { low: 1.25, median: 1.5, high: 1.75 });
        assert_eq!(of(&[7.0]), Quartiles { low: 7.0, median: 7.0, high: 7.0 });
        assert_eq!(Quartiles::of(&[]), None);
    }

    #[test]
    fn the_ends_are_percentiles_too() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.99), Some(99.0));
        assert_eq!(percentile(&values, 1.0), Some(100.0));
        assert_eq!(percentile(&values, 0.0), Some(0.0));
    }
}
