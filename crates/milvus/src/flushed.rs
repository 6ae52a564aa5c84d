//! A flushed segment, as it is named in the metadata store and in messages.

/// A flushed segment in the metadata store: it holds the rows of the log after `after` up to `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FlushedSegment {
    pub(super) segment: u64,
    pub(super) rows: u64,
    pub(super) after: u64,
    pub(super) upto: u64,
}
