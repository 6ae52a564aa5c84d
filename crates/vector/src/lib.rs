//! Vectors: distances, the exact scan (FLAT) and two indexes that trade exactness for speed (IVF_FLAT, HNSW).
//!
//! A separate package, because the page is compiled for size and these loops have to be compiled for speed; Cargo
//! distinguishes the two only by package. Guarantees: the same rows, parameters and seed give the same index and the
//! same results, bit by bit, natively and in a browser; an index holds row numbers and never copies of rows; no input
//! panics as long as the rows that an index was built over are passed to its searches. Leaves out: where rows are kept,
//! their keys, and which of them are deleted (the caller's filter).

mod distance;
mod flat;
mod graph;
mod hnsw;
mod ivf;
mod kmeans;
mod rng;
mod rows;
mod stored;
mod top;

pub use distance::{Measure, Metric};
pub use flat::{Allow, flat};
pub use hnsw::{Hnsw, HnswBuilder, HnswParams};
pub use ivf::{Ivf, IvfBuilder};
pub use rows::Rows;
pub use top::{Hit, Top};

#[cfg(test)]
mod tests;
