//! A flushed segment, as it is named in the metadata store and in messages.
//!
//! Guarantees: none; it is data. Leaves out: its rows (`near`), and what else the metadata store has (`catalogue`).

use quorum_types::Micros;

/// A flushed segment in the metadata store: it holds the rows of the log after `after` up to `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlushedSegment {
    pub(super) segment: u64,
    pub(super) rows: u64,
    pub(super) after: u64,
    pub(super) upto: u64,
    /// When its newest row was flushed.
    pub(super) newest_us: Micros,
}
