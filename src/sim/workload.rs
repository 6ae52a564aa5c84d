//! The rows that clients insert, made from the run's seed.
//!
//! Promises: row `id` of a seed is the same row every time, so that what came back from a log can be compared
//! bit by bit with what was sent. Vectors are uniform in [0, 1). Leaves out: when rows are sent.

use crate::db::Batch;
use crate::types::{Micros, Rng};

/// Dimension of a standalone engine's vectors, as in the course's first note.
pub const DIM: u32 = 128;

/// Streams from this number on make rows; lower ones serve timers and networks.
const FIRST_STREAM: u64 = 1 << 32;

/// Rows `first_id..first_id + rows`.
pub fn batch(seed: u64, dim: u32, first_id: i64, rows: u64, now_us: Micros) -> Batch {
    let mut batch = Batch::with_capacity(dim, rows as usize);
    for id in (first_id..).take(rows as usize) {
        let mut rng = Rng::new(seed, FIRST_STREAM + id as u64);
        batch.push(id, now_us as i64, &text(id), |vector| rng.fill_units(vector));
    }
    batch
}

/// The text of a row.
pub fn text(id: i64) -> String {
    format!("文档 {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_same_row_in_whatever_batch() {
        let together = batch(7, 4, 10, 3, 0);
        let alone = batch(7, 4, 11, 1, 0);
        assert_eq!(together.vector(1), alone.vector(0));
        assert_eq!(together.text(2), "文档 12");
        assert_ne!(batch(8, 4, 11, 1, 0).vector(0), alone.vector(0));
    }
}
