//! FLAT: every row is measured.
//!
//! Guarantees: exact; rows are read once, in storage order. Leaves out: rows that the filter does not allow are not
//! even measured.

use super::distance::{Measure, Metric};
use super::rows::Rows;
use super::top::Top;

/// Which rows may be found; `None` allows all.
pub type Allow<'f> = Option<&'f dyn Fn(u32) -> bool>;

/// Offers every allowed row to `top`. Returns how many rows were measured. A query of another dimension than the rows
/// finds nothing.
pub fn flat(rows: &Rows<'_>, metric: Metric, query: &[f32], allow: Allow<'_>, top: &mut Top) -> u32 {
    scan(rows, rows.len(), &Measure::new(metric, query), allow, top)
}

/// Like [`flat`], for the rows before `end`.
pub(crate) fn scan(rows: &Rows<'_>, end: u32, measure: &Measure<'_>, allow: Allow<'_>, top: &mut Top) -> u32 {
    if measure.query().len() != rows.dim() || rows.dim() == 0 {
        return 0;
    }
    let (mut row, mut measured) = (0, 0);
    for block in rows.blocks() {
        let left = (end - row) as usize;
        for numbers in block.chunks_exact(rows.dim()).take(left) {
            if allow.is_none_or(|allow| allow(row)) {
                measured += 1;
                top.offer(row, measure.to(numbers));
            }
            row += 1;
        }
    }
    measured
}
