//! What all benchmarks in the page have in common.
//!
//! Guarantees: each compares like with like: vectors of one length, and a browser that has finished earlier work.
//! Leaves out: what each measures (`bench`, `bench_log`, `bench_peers`).

/// How long a round waits, in milliseconds, for the browser to finish work left over from the previous round.
pub(super) const QUIET_MS: u32 = 2_500;
/// Components of a row's vector.
pub(super) const DIMENSIONS: usize = 128;
