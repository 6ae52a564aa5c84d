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
    let (dim, mut row, mut measured) = (rows.dim(), 0, 0);
    for block in rows.blocks() {
        let count = (end - row).min((block.len() / dim) as u32);
        let block = &block[..count as usize * dim];
        match allow {
            None => {
                measured += count;
                offer_all(block, row, measure, top);
            }
            Some(allow) => {
                for (row, numbers) in (row..).zip(block.chunks_exact(dim)).filter(|(row, _)| allow(*row)) {
                    measured += 1;
                    top.offer(row, measure.to(numbers));
                }
            }
        }
        row += count;
    }
    measured
}

/// Offers the rows of a block, of which the first is `row`.
fn offer_all(block: &[f32], row: u32, measure: &Measure<'_>, top: &mut Top) {
    let dim = measure.query().len();
    if measure.metric() == Metric::Cosine {
        // The lengths of the rows are not known.
        (row..).zip(block.chunks_exact(dim)).for_each(|(row, numbers)| top.offer(row, measure.to(numbers)));
        return;
    }
    let (twos, rest) = block.split_at(block.len() / (2 * dim) * 2 * dim);
    for (row, two) in (row..).step_by(2).zip(twos.chunks_exact(2 * dim)) {
        let (first, second) = two.split_at(dim);
        let found = measure.to_some([first, second], [0.0; 2], top.bound());
        top.offer(row, found[0]);
        top.offer(row + 1, found[1]);
    }
    if !rest.is_empty() {
        top.offer(row + (twos.len() / dim) as u32, measure.to(rest));
    }
}
