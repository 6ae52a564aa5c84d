//! The seeded randomness of the indexes: a ChaCha8 stream behind the traits of `rand`, integers only. Numbers below a
//! bound are reduced here, so that no version of `rand` changes an index.
//!
//! Guarantees: the same seed and stream give the same numbers on every machine. Leaves out: entropy; seeds come from
//! outside.

use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A random stream.
#[derive(Clone, Debug)]
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream with number `stream` of a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// 32 random bits.
    #[cfg(test)]
    pub(crate) fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below `bound`; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u32
    }
}
