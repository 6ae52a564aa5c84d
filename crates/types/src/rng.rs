//! The only source of randomness below the façade: a seeded ChaCha8 stream with the traits of `rand`, integers only.
//!
//! Seeding and words come from `rand`, which guarantees them for a named generator; numbers in a range are reduced
//! here, because `rand` may change its own reduction in a minor version, and every digest with it (decision
//! `14-shrink-random-streams`). Guarantees: the same seed and stream give the same numbers on every machine; a number
//! below a bound consumes one 64-bit word, for any bound; nothing draws a `usize`. Leaves out: entropy; seeds come from
//! outside.

use std::convert::Infallible;

use rand::{Rng as _, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A random stream.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// Stream `stream` of a seed; different streams of one seed are independent.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below `bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Fills with numbers in [0, 1) of 16 random bits each: exact in a `f32`, fine enough for vectors, and half the
    /// work of 32.
    pub fn fill_units(&mut self, numbers: &mut [f32]) {
        let mut bytes = [0; 256];
        for piece in numbers.chunks_mut(bytes.len() / 2) {
            self.0.fill_bytes(&mut bytes[..piece.len() * 2]);
            for (number, two) in piece.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *number = f32::from(u16::from_le_bytes(*two)) * (1.0 / 65_536.0);
            }
        }
    }
}

/// For what takes any generator of `rand`.
impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// As seed, stream and place in the stream, from which it goes on the same.
impl Serialize for Rng {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = self.0.get_word_pos();
        let place = (place as u64, (place >> 64) as u64);
        (self.0.get_seed(), self.0.get_stream(), place).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rng {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (seed, stream, place): ([u8; 32], u64, (u64, u64)) = Deserialize::deserialize(deserializer)?;
        let mut rng = ChaCha8Rng::from_seed(seed);
        rng.set_stream(stream);
        rng.set_word_pos(u128::from(place.0) | u128::from(place.1) << 64);
        Ok(Self(rng))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_everywhere() {
        let mut rng = Rng::new(7, 1);
        let got: Vec<u64> = (0..4).map(|_| rng.below(1_000_000)).collect();
        expect_test::expect!["[992108, 9051, 721611, 528105]"].assert_eq(&format!("{got:?}"));
        assert_ne!(Rng::new(7, 1).bits(), Rng::new(7, 2).bits());
        assert!((0..1_000).all(|_| (5..=9).contains(&rng.between(5, 9))));
        let mut numbers = [2.0; 1_000];
        rng.fill_units(&mut numbers);
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
    }

    #[test]
    fn the_streams_are_those_that_digests_were_made_with() {
        let mut sum = 0_u64;
        for (seed, stream) in
            (0..200).flat_map(|seed| [0, 1, 77, 1 << 40, u64::MAX].map(|stream| (seed, stream)))
        {
            let mut rng = Rng::new(seed, stream);
            for step in 0..50 {
                let number = match step % 4 {
                    0 => u64::from(rng.bits()),
                    1 => rng.below(1 + step * step * 1_000_003),
                    2 => rng.between(step, step * 7),
                    _ => {
                        let mut units = [0.0; 3];
                        rng.fill_units(&mut units);
                        units.iter().map(|unit| u64::from(unit.to_bits())).sum()
                    }
                };
                sum = (sum ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(7);
            }
        }
        // As drawn by `rand_chacha` alone, before `rand` stood above it.
        assert_eq!(sum, 0x8c68_56df_74c0_6f2a);
    }

    #[test]
    fn what_takes_any_generator_of_rand_takes_a_stream() {
        use rand::RngExt as _;
        let (mut ours, mut words) = (Rng::new(7, 1), Rng::new(7, 1));
        assert_eq!(ours.random::<u64>(), words.0.next_u64());
        assert_eq!(ours.random::<u32>(), words.bits());
        let (mut bytes, mut same) = ([0; 99], [0; 99]);
        ours.fill_bytes(&mut bytes);
        words.0.fill_bytes(&mut same);
        assert_eq!(bytes, same);
        // One word for each number below a bound; the reduction of `rand` sometimes takes a second one.
        let numbers = (0..1_000).map(|_| (ours.below(u64::MAX / 3), words.random::<u64>()));
        assert!(
            { numbers }
                .all(|(number, word)| number == ((u128::from(word) * u128::from(u64::MAX / 3)) >> 64) as u64)
        );
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn a_stream_goes_on_after_it_was_written_down() {
        let mut rng = Rng::new(7, 1);
        for _ in 0..50 {
            rng.bits();
            let text = serde_json::to_string(&rng).expect("a stream is text");
            let mut again: Rng = serde_json::from_str(&text).expect("it comes back");
            let (ours, theirs): (Vec<u32>, Vec<u32>) = (0..99).map(|_| (rng.bits(), again.bits())).unzip();
            assert_eq!(ours, theirs);
        }
    }
}
