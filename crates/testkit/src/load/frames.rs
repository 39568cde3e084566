//! How large the frames of an encoder are: key frames large, the others varying, the rate kept over time.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A key frame is so much larger than the mean of the others.
const KEY_FRAME: f64 = 6.0;
/// Share of a debt, as after a key frame, that one frame pays back.
const REPAYMENT: f64 = 0.1;
/// No frame is smaller than this share of the mean.
const LEAST: f64 = 0.25;
/// No frame that is not a key frame is larger than this.
const MOST: f64 = 2.5;

/// What a stream is encoded at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rate {
    /// Bits per second.
    pub bits: u32,
    /// Frames per second.
    pub frames: u32,
    /// How much sizes vary: the standard deviation, as a share of the mean.
    pub variation: f64,
}

/// An encoder without pictures. The same seed gives the same sizes.
#[derive(Debug)]
pub struct FrameSizes {
    random: StdRng,
    rate: Rate,
    /// Bytes beyond the mean that were sent.
    debt: f64,
}

impl FrameSizes {
    /// An encoder that has not begun.
    pub fn new(rate: Rate, seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), rate, debt: 0.0 }
    }

    /// Bytes of the next frame.
    pub fn next(&mut self, key: bool) -> usize {
        let mean = f64::from(self.rate.bits) / 8.0 / f64::from(self.rate.frames.max(1));
        let size = if key {
            mean * KEY_FRAME
        } else {
            let aim = mean - self.debt * REPAYMENT;
            let varied = aim + mean * self.rate.variation * self.deviation();
            varied.clamp(mean * LEAST, mean * MOST)
        };
        self.debt += size - mean;
        size as usize
    }

    /// About normal, of mean 0 and deviation 1: the sum of twelve uniform numbers.
    fn deviation(&mut self) -> f64 {
        (0..12).map(|_| self.random.random::<f64>()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { bits: 1_500_000, frames: 30, variation: 0.3 };

    #[test]
    fn the_rate_is_kept_over_time_key_frames_included() {
        let mut sizes = FrameSizes::new(RATE, 1);
        let total: usize = (0..3000).map(|frame| sizes.next(frame % 300 == 0)).sum();
        let rate = total as f64 * 8.0 / 100.0;
        assert!((rate / f64::from(RATE.bits) - 1.0).abs() < 0.02, "{rate}");
    }

    #[test]
    fn key_frames_are_large_and_others_vary() {
        let mut sizes = FrameSizes::new(RATE, 2);
        let key = sizes.next(true);
        let others: Vec<usize> = (0..300).map(|_| sizes.next(false)).skip(100).collect();
        let mean = others.iter().sum::<usize>() / others.len();
        assert!(key > 4 * mean, "{key} and {mean}");
        let smallest = others.iter().min().expect("some");
        let largest = others.iter().max().expect("some");
        assert!(largest * 10 > smallest * 15, "{smallest} to {largest}");
    }

    #[test]
    fn a_seed_gives_the_same_again() {
        let sizes = |seed| {
            let mut sizes = FrameSizes::new(RATE, seed);
            (0..50).map(|_| sizes.next(false)).collect::<Vec<_>>()
        };
        assert_eq!(sizes(7), sizes(7));
        assert_ne!(sizes(7), sizes(8));
    }
}
