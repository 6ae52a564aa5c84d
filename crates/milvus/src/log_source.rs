//! A source of the log: what a pod that sends it to readers has of it in memory.
//!
//! Guarantees: records are in the order of their indexes; a reader that subscribes at a position learns the last fence
//! before it; truncated records are gone, with the last fence in them remembered. Leaves out: who is a source, and when
//! it sends (`log`).

use super::net::Stream;
use super::record::Record;
use litemap::LiteMap;
use quorum_types::{Micros, NodeId};

/// The in-memory state of a source of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Source {
    /// Records up to here are truncated, with the last fence in them.
    pub(super) base: (u64, u64),
    /// Committed records with their indexes.
    pub(super) records: Vec<(u64, Record)>,
    /// The latest epoch in a fence.
    pub(super) fence: u64,
    /// Readers, how far each has been sent, and the last fence up to there.
    pub(super) subscribers: LiteMap<NodeId, (u64, u64)>,
    /// The log up to here is flushed, as far as this source knows.
    pub(super) checkpoint: u64,
    /// The last tick.
    pub(super) tick: Micros,
}

impl Source {
    /// Takes a committed record. Returns whether it counts.
    pub(super) fn take(&mut self, index: u64, record: Record) -> bool {
        let counts = match record {
            Record::Fence { epoch } => {
                self.fence = self.fence.max(epoch);
                true
            }
            Record::Rows { epoch, .. } => epoch >= self.fence,
        };
        self.records.push((index, record));
        counts
    }

    /// How far the log is flushed, as far as this source knows.
    pub(super) fn flushed_upto(&self) -> u64 {
        self.checkpoint
    }

    /// The records after a position that count, with their indexes.
    pub(super) fn valid_after(&self, position: u64) -> Vec<(u64, u64)> {
        let mut fence = self.base.1;
        let mut valid = Vec::new();
        for (index, record) in &self.records {
            match record {
                Record::Fence { epoch } => fence = fence.max(*epoch),
                Record::Rows { epoch, rows, .. } if *epoch >= fence && *index > position => {
                    valid.push((*index, *rows));
                }
                Record::Rows { .. } => {}
            }
        }
        valid
    }

    pub(super) fn last(&self) -> u64 {
        self.records.last().map_or(self.base.0, |(index, _)| *index)
    }

    /// The last fence up to a position.
    fn fence_at(&self, position: u64) -> u64 {
        let count = self.records.partition_point(|(index, _)| *index <= position);
        fence_in(&self.records[..count], self.base.1)
    }

    /// Adds a reader at a position; false if the log is truncated there.
    pub(super) fn subscribe(&mut self, reader: NodeId, position: u64) -> bool {
        let kept = position >= self.base.0;
        if kept {
            let fence = self.fence_at(position);
            self.subscribers.insert(reader, (position, fence));
        }
        kept
    }

    /// What is truncated, if a reader at a position needs some of it: up to where, with the last fence in it.
    pub(super) fn lacks(&self, position: u64) -> Option<(u64, u64)> {
        (position < self.base.0).then_some(self.base)
    }

    /// The records after a position.
    pub(super) fn after(&self, position: u64, ts: Micros) -> Stream {
        let first = self.records.partition_point(|(index, _)| *index <= position);
        let (fence, upto) = (self.fence_at(position), self.last().max(position));
        Stream { from: position, fence, upto, records: self.records[first..].to_vec(), ts }
    }

    /// Truncates records up to an index.
    pub(super) fn truncate(&mut self, upto: u64) {
        let count = self.records.partition_point(|(index, _)| *index <= upto);
        for (_, record) in self.records.drain(..count) {
            if let Record::Fence { epoch } = record {
                self.base.1 = self.base.1.max(epoch);
            }
        }
        self.base.0 = self.base.0.max(upto);
    }

    /// Begins after the truncated records.
    pub(super) fn begin_behind(&mut self, (upto, fence): (u64, u64)) {
        if self.last() < upto {
            self.records.clear();
            self.base = (upto, self.base.1.max(fence));
            self.fence = self.fence.max(fence);
        }
    }
}

/// The last fence among records, or the one before them.
pub(super) fn fence_in(records: &[(u64, Record)], before: u64) -> u64 {
    let epoch = |record: &Record| if let Record::Fence { epoch } = record { *epoch } else { 0 };
    records.iter().map(|(_, record)| epoch(record)).fold(before, u64::max)
}
