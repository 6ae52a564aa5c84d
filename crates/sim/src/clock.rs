//! A node's own clock: too fast, too slow, or set forward or back.
//!
//! Nodes measure their timeouts with it; the world's time is known only to the simulation. Guarantees: integers only; a
//! future time of the node's clock is converted to the earliest world time at which the clock has reached it. Leaves
//! out: who changes clocks (`cluster`), and the consequences.

use quorum_types::Micros;

const MILLION: i128 = 1_000_000;

/// A node's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The world's time when it was last set.
    set_at: Micros,
    /// The time it showed then.
    showed: Micros,
    /// How much faster than the world it runs, in parts per million.
    drift_ppm: i64,
}

impl Clock {
    /// The time it shows.
    #[inline]
    pub fn at(&self, now: Micros) -> Micros {
        if self.drift_ppm == 0 {
            return self.showed.saturating_add(now.saturating_sub(self.set_at));
        }
        let passed =
            i128::from(now.saturating_sub(self.set_at)) * (MILLION + i128::from(self.drift_ppm)) / MILLION;
        self.showed.saturating_add(passed as Micros)
    }

    /// The world's time at which it will show this.
    #[inline]
    pub fn when(&self, shows: Micros) -> Micros {
        if self.drift_ppm == 0 {
            return self.set_at.saturating_add(shows.saturating_sub(self.showed));
        }
        let left = i128::from(shows.saturating_sub(self.showed)) * MILLION;
        let rate = MILLION + i128::from(self.drift_ppm);
        self.set_at.saturating_add(((left + rate - 1) / rate) as Micros)
    }

    /// From now on it runs this much faster than the world (slower if negative), after a jump.
    pub fn set(&mut self, now: Micros, drift_ppm: i64, jump_us: i64) {
        self.showed = self.at(now).saturating_add_signed(jump_us);
        self.set_at = now;
        self.drift_ppm = drift_ppm.clamp(-900_000, 9_000_000);
    }

    /// How much faster than the world it runs.
    pub fn drift_ppm(&self) -> i64 {
        self.drift_ppm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_shows_and_when_agree() {
        let mut clock = Clock::default();
        assert_eq!((clock.at(7), clock.when(7)), (7, 7));
        for (drift, jump) in [(100_000, 0), (-500_000, 3), (0, -40), (333_333, 1_000)] {
            clock.set(100, drift, jump);
            for shows in clock.at(100)..clock.at(100) + 50 {
                let at = clock.when(shows);
                assert!(clock.at(at) >= shows, "{drift} {shows}");
                assert!(at == 100 || clock.at(at - 1) < shows, "{drift} {shows}");
            }
        }
    }
}
