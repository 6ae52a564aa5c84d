//! Vectors: distances, the exact scan (FLAT) and two indexes that trade exactness for speed (IVF_FLAT, HNSW).
//!
//! A package of its own, because the page is compiled for size and these loops have to be compiled for speed; Cargo
//! can tell the two apart only by package. Promises: the same rows, parameters and seed give the same index and the
//! same answers, bit by bit, natively and in a browser; an index holds row numbers and never copies of rows; no input
//! panics as long as the rows that an index was built over are handed to its searches. Leaves out: where rows are
//! kept, what their keys are, and which of them are deleted (the caller's filter).

mod distance;
mod flat;
mod graph;
mod hnsw;
mod ivf;
mod kmeans;
mod rng;
mod rows;
mod top;

pub use distance::{Measure, Metric};
pub use flat::{Allow, flat};
pub use hnsw::{Hnsw, HnswBuilder, HnswParams};
pub use ivf::{Ivf, IvfBuilder};
pub use rows::Rows;
pub use top::{Hit, Top};

#[cfg(test)]
mod tests;
