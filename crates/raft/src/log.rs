//! A node's Raft log in memory, with the snapshot that replaces compacted entries (section 7).
//!
//! Guarantees: indexes count from 1; the term of the position before the first entry stays known; clones share their
//! entries. Leaves out: durability.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::conf::Conf;
use quorum_types::NodeId;

/// A log entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The term of the leader that created it.
    pub term: u64,
    /// The kind of its data.
    pub kind: EntryKind,
    /// The data; empty for a new leader's first entry.
    pub data: Arc<[u8]>,
}

/// The kind of an entry's data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Data for the state machine.
    #[default]
    Normal,
    /// A configuration change.
    Conf,
}

/// State that must be durable besides the log. The commit index need not be, but is written along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HardState {
    /// The latest term seen.
    pub term: u64,
    /// The vote given in it.
    pub vote: Option<NodeId>,
    /// The last index known to be committed when this was written.
    pub commit: u64,
}

impl HardState {
    /// The hard state that a node assumes when it restarts with this log. The hard state may have been written before
    /// the entries whose commitment it contains, and survive a crash without them; a snapshot, on the other hand,
    /// implies that everything before it is committed.
    #[must_use]
    pub fn within(self, log: &Log) -> Self {
        let before = log.first() - 1;
        Self { commit: self.commit.clamp(before, log.last().0.max(before)), ..self }
    }
}

/// The state machine at an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The index up to which everything is included.
    pub index: u64,
    /// The term of the entry at this index.
    pub term: u64,
    /// The configuration at this index.
    pub conf: Conf,
    /// The state machine's bytes.
    pub data: Arc<[u8]>,
}

/// The log.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Log {
    /// The snapshot that replaces the entries before the first.
    snapshot: Arc<Snapshot>,
    entries: Vec<Arc<Entry>>,
}

impl Entry {
    /// Creates an entry for the state machine.
    pub fn normal(term: u64, data: impl Into<Arc<[u8]>>) -> Self {
        Self { term, kind: EntryKind::Normal, data: data.into() }
    }
}

impl Log {
    /// Creates a log that begins after a snapshot.
    pub fn after_snapshot(snapshot: Arc<Snapshot>) -> Self {
        Self { snapshot, entries: Vec::new() }
    }

    /// The index of its first entry, existing or future.
    pub fn first(&self) -> u64 {
        self.snapshot.index + 1
    }

    /// The snapshot that replaces the entries before the first; of index 0 if nothing was compacted.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Index and term of the last entry; (0, 0) when empty.
    #[inline]
    pub fn last(&self) -> (u64, u64) {
        let term = self.entries.last().map_or(self.snapshot.term, |entry| entry.term);
        (self.snapshot.index + self.entries.len() as u64, term)
    }

    /// The term at an index: known from the position before the first entry on, none beyond the end.
    #[inline]
    pub fn term(&self, index: u64) -> Option<u64> {
        if index == self.snapshot.index {
            return Some(self.snapshot.term);
        }
        self.get(index).map(|entry| entry.term)
    }

    /// The entry at an index.
    #[inline]
    pub fn get(&self, index: u64) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(index.checked_sub(self.first())?).ok()?)
    }

    /// At most `most` entries from `first` on.
    pub fn slice(&self, first: u64, most: usize) -> Vec<Arc<Entry>> {
        let from = (first.saturating_sub(self.first()) as usize).min(self.entries.len());
        let to = from.saturating_add(most).min(self.entries.len());
        self.entries[from..to].to_vec()
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: Arc<Entry>) {
        self.entries.push(entry);
    }

    /// Truncates the log so that `last` is its last index; never into the snapshot.
    pub fn truncate(&mut self, last: u64) {
        self.entries.truncate(last.saturating_sub(self.snapshot.index) as usize);
    }

    /// Replaces everything up to a snapshot's index with the snapshot. Entries after it stay.
    pub fn compact(&mut self, snapshot: Arc<Snapshot>) {
        let gone = snapshot.index.saturating_sub(self.snapshot.index) as usize;
        self.entries.drain(..gone.min(self.entries.len()));
        self.snapshot = snapshot;
    }

    /// The last index at or before `index` whose term is at most `term`; the position before the first entry if its
    /// term is not known to be higher.
    pub(crate) fn find_conflict_by_term(&self, index: u64, term: u64) -> u64 {
        let mut at = index.min(self.last().0);
        while at > self.snapshot.index && self.term(at).is_some_and(|found| found > term) {
            at -= 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compaction_keeps_the_place_before_the_first_entry() {
        let mut log = Log::default();
        for term in [1, 1, 2, 3] {
            log.push(Arc::new(Entry::normal(term, [])));
        }
        let snapshot = Snapshot { index: 2, term: 1, ..Snapshot::default() };
        log.compact(Arc::new(snapshot));
        assert_eq!((log.first(), log.last()), (3, (4, 3)));
        assert_eq!((log.term(1), log.term(2), log.term(3), log.term(5)), (None, Some(1), Some(2), None));
        assert_eq!(log.slice(1, 9).len(), 2);
        log.truncate(1);
        assert_eq!(log.last(), (2, 1));
        assert_eq!(log.find_conflict_by_term(9, 0), 2);
    }
}
