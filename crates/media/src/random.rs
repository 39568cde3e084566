//! Randomness from a seed: a run can be repeated, and who does not know the seed can predict nothing.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What `a=ice-ufrag` and `a=ice-pwd` are made of (RFC 8839, 5.4: a subset of `ice-char`). 32 of them: five bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A cryptographically secure generator.
#[derive(Debug)]
pub(crate) struct Random(StdRng);

impl Random {
    /// From a secret seed.
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(StdRng::from_seed(seed))
    }

    /// An independent generator.
    pub(crate) fn fork(&mut self) -> Self {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Self::new(seed)
    }

    /// The next 64 bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// So many characters that nobody can guess, five bits each.
    pub(crate) fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(ALPHABET[(self.0.next_u32() % 32) as usize])).collect()
    }
}
