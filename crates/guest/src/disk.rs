//! A guest's disk: what it wrote, in order, and how much of that is durable.
//!
//! Guarantees: after a crash the disk holds a prefix of what was written: everything that was synced, and of the rest
//! as much as the torn bytes allow. Leaves out: bytes. A record is a term with a vote, an entry, or a snapshot.

use std::collections::VecDeque;
use std::sync::Arc;

use super::protocol::HardLine;
use quorum_raft::{Entry, Log, Snapshot};

/// The nominal length of a record, by which torn bytes are counted.
const RECORD_BYTES: u64 = 20;

/// Something written.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Hard(HardLine),
    /// Replaces the whole log.
    Install(Arc<Snapshot>),
    /// Replaces the log up to its index.
    Compact(Arc<Snapshot>),
    /// Cuts the log after this index.
    Cut(u64),
    Entry(Arc<Entry>),
}

/// A disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    /// What is durable.
    pub(crate) hard: HardLine,
    pub(crate) log: Log,
    /// What is not yet, with the number of each write.
    waiting: VecDeque<(u64, Write)>,
    written: u64,
}

impl Disk {
    pub(crate) fn new(begin: Arc<Snapshot>) -> Self {
        Self { log: Log::after_snapshot(begin), ..Self::default() }
    }

    /// Writes; returns its number.
    pub(crate) fn write(&mut self, write: Write) -> u64 {
        self.written += 1;
        self.waiting.push_back((self.written, write));
        self.written
    }

    /// The number of the last write.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Whether everything is durable.
    pub(crate) fn all_durable(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Makes everything up to this write durable.
    pub(crate) fn sync(&mut self, upto: u64) {
        while let Some((number, _)) = self.waiting.front()
            && *number <= upto
        {
            self.next();
        }
    }

    /// Power fails.
    pub(crate) fn crash(&mut self, torn_bytes: u64) {
        for _ in 0..torn_bytes / RECORD_BYTES {
            self.next();
        }
        self.waiting.clear();
    }

    fn next(&mut self) {
        let Some((_, write)) = self.waiting.pop_front() else { return };
        match write {
            Write::Hard(hard) => self.hard = hard,
            Write::Install(snapshot) => self.log = Log::after_snapshot(snapshot),
            Write::Compact(snapshot) => {
                // The log may have been cut below it, by a guest that errs.
                if snapshot.index <= self.log.last().0 && snapshot.index >= self.log.first() {
                    self.log.compact(snapshot);
                } else {
                    self.log = Log::after_snapshot(snapshot);
                }
            }
            Write::Cut(last) => self.log.truncate(last),
            Write::Entry(entry) => self.log.push(entry),
        }
    }
}
