//! How often something may happen: a bucket that refills with time.
//!
//! Guarantees: pure arithmetic on the times passed in; time that runs backwards adds nothing. Leaves out: the clock.

/// A bucket of permits.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    most: f64,
    per_s: f64,
    have: f64,
    at_ms: f64,
}

impl Bucket {
    /// A full bucket of this many permits, which refills at this rate.
    pub(super) fn new(most: u32, per_s: u32) -> Self {
        Self { most: f64::from(most), per_s: f64::from(per_s), have: f64::from(most), at_ms: 0.0 }
    }

    /// Takes a permit; false if there is none.
    pub(super) fn take(&mut self, now_ms: f64) -> bool {
        let passed_ms = (now_ms - self.at_ms).max(0.0);
        self.at_ms = self.at_ms.max(now_ms);
        self.have = (self.have + passed_ms / 1_000.0 * self.per_s).min(self.most);
        let granted = self.have >= 1.0;
        if granted {
            self.have -= 1.0;
        }
        granted
    }
}
