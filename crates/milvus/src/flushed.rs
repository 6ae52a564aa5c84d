//! A flushed segment, as the metadata store and messages name it.

/// A flushed segment, as the store knows it: it holds the rows of the log after `after` up to `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlushedSegment {
    pub(super) segment: u64,
    pub(super) rows: u64,
    pub(super) after: u64,
    pub(super) upto: u64,
}
