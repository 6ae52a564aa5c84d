//! How much memory a copy of a world holds that the world itself does not.
//!
//! Guarantees: the same on every machine, computed from counts alone. Leaves out: exactness: a world estimates.

use quorum_types::Micros;

/// The memory of a copy.
#[derive(Clone, Debug, Default)]
pub struct Copied {
    /// Bytes that every copy has for itself.
    pub own: u64,
    /// Bytes that copies share for a time.
    pub shared: Vec<Shared>,
}

/// What copies share until the world has replaced all of it.
#[derive(Clone, Copy, Debug)]
pub struct Shared {
    /// How much.
    pub bytes: u64,
    /// The time in which all of it is replaced.
    pub for_us: Micros,
}

impl Copied {
    /// The bytes that a copy holds alone, if the next copy is younger by this much.
    pub fn alone(&self, younger_us: Micros) -> u64 {
        let alone = |shared: &Shared| {
            let part = u128::from(shared.bytes) * u128::from(younger_us.min(shared.for_us));
            (part / u128::from(shared.for_us.max(1))) as u64
        };
        self.own + self.shared.iter().map(alone).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_time_lies_between_two_copies_the_less_they_share() {
        let shared = |bytes, for_us| Shared { bytes, for_us };
        let copied = Copied { own: 10, shared: vec![shared(100, 50), shared(7, 0), shared(9, Micros::MAX)] };
        assert_eq!([0, 25, 50, 1_000].map(|us| copied.alone(us)), [10, 60, 110, 110]);
    }
}
