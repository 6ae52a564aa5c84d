//! A node's Raft log in memory.
//!
//! Promises: indexes count from 1; entry 0 exists in name only, with term 0. Clones share their entries.
//! Leaves out: durability and compaction.

use std::sync::Arc;

use crate::types::NodeId;

/// A log entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The term of the leader that made it.
    pub term: u64,
    /// What it says; empty for a new leader's first entry.
    pub data: Arc<[u8]>,
}

/// What must be durable besides the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HardState {
    /// The latest term seen.
    pub term: u64,
    /// The vote given in it.
    pub vote: Option<NodeId>,
}

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: Vec<Arc<Entry>>,
}

impl Log {
    /// Index and term of the last entry; (0, 0) when empty.
    pub fn last(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.entries.last().map_or(0, |entry| entry.term))
    }

    /// The term at an index: 0 for index 0, none beyond the end.
    pub fn term(&self, index: u64) -> Option<u64> {
        if index == 0 { Some(0) } else { self.get(index).map(|entry| entry.term) }
    }

    /// The entry at an index.
    pub fn get(&self, index: u64) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// At most `most` entries from `first` on.
    pub fn slice(&self, first: u64, most: usize) -> Vec<Arc<Entry>> {
        self.entries.iter().skip(first.saturating_sub(1) as usize).take(most).cloned().collect()
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, entry: Arc<Entry>) {
        self.entries.push(entry);
    }

    /// Cuts the log so that `last` is its last index.
    pub fn truncate(&mut self, last: u64) {
        self.entries.truncate(last as usize);
    }

    /// The first index of the run of entries with the same term that ends at or covers `index`.
    pub fn first_of_term(&self, index: u64) -> u64 {
        let term = self.term(index);
        let mut first = index;
        while first > 1 && self.term(first - 1) == term {
            first -= 1;
        }
        first
    }

    /// The last index at or before `index` whose term is at most `term`.
    pub fn last_upto_term(&self, index: u64, term: u64) -> u64 {
        let mut at = index.min(self.last().0);
        while at > 0 && self.term(at).is_some_and(|found| found > term) {
            at -= 1;
        }
        at
    }
}
