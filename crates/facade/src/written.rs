//! Regenerates what a run's client wrote, to compare it with what was read back.
//!
//! Guarantees: the row is bit-identical to the one that an insert with this seed sent under this key. Leaves out:
//! whether it was ever sent.

use quorum_sim::workload::{DIM, text, vector};

/// The text and the vector of the row that a standalone run of this seed writes under this key.
pub fn written(seed: u64, id: i64) -> (String, Vec<f32>) {
    (text(id), vector(seed, DIM, id))
}
