//! Which written rows have expired or were deleted.
//!
//! Rows go with their part of the log: everything up to a position. Numbers of rows nearly rise with the log, so that a
//! lower bound says it for most of them; a write that came to the log after one with higher numbers, or was sent twice,
//! is remembered with its position until that has gone as well. Guarantees: a row lives as long as any of its records
//! lies after the position; what is remembered does not grow with the log. Leaves out: rows that were there from the
//! beginning and those of jobs (`search`), and when rows go (`compaction`, `keeping`).

use std::sync::Arc;

use super::Milvus;
use super::keeping::among;
use super::record::Record;
use quorum_types::NodeId;
use quorum_types::sort::sort;

/// A write that came to the log after one with higher numbers: its position, its first row, and the one after its last.
type Late = (u64, i64, i64);

/// What has gone of the log. A row's timestamp says so to the node that has the row.
#[derive(Clone, Debug)]
pub(super) struct Expiry {
    /// The log up to here has gone.
    upto: u64,
    /// Rows with numbers below this one have gone, but for those of late writes.
    below: i64,
    /// Late writes after that position, in order of their positions.
    late: Vec<Late>,
    /// The rows of those that the lower bound would take; ascending.
    spared: Arc<[(i64, i64)]>,
    /// How far the log is committed, and the last fence in it.
    seen: u64,
    fence: u64,
    /// Rows that are in the log have numbers below this one.
    end: i64,
}

impl Default for Expiry {
    fn default() -> Self {
        let (upto, seen, fence, end) = (0, 0, 0, i64::MIN);
        Self { upto, below: i64::MIN, late: Vec::new(), spared: Arc::default(), seen, fence, end }
    }
}

impl Expiry {
    /// The log up to here has gone.
    pub(super) fn upto(&self) -> u64 {
        self.upto
    }

    /// The log has a record. Every replica says so.
    fn logged(&mut self, index: u64, record: Record) {
        if index <= self.seen {
            return;
        }
        self.seen = index;
        match record {
            Record::Fence { epoch } => self.fence = self.fence.max(epoch),
            // A void record makes no row live.
            Record::Rows { epoch, .. } if epoch < self.fence => {}
            Record::Rows { first_id, rows, .. } => {
                let end = first_id.saturating_add_unsigned(rows);
                if first_id < self.end {
                    self.late.push((index, first_id, end));
                    self.spare();
                }
                self.end = self.end.max(end);
            }
        }
    }

    /// The log up to a position has gone; rows in it have numbers below this one.
    pub(super) fn expire(&mut self, upto: u64, below: i64) {
        self.upto = self.upto.max(upto);
        self.below = self.below.max(below);
        let upto = self.upto;
        self.late.retain(|(index, ..)| *index > upto);
        self.spare();
    }

    fn spare(&mut self) {
        let late = self.late.iter().filter(|(_, first, _)| *first < self.below);
        let mut spared: Vec<(i64, i64)> = late.map(|(_, first, end)| (*first, *end)).collect();
        sort(&mut spared);
        spared.dedup();
        self.spared = spared.into();
    }

    /// Which rows have not gone.
    pub(super) fn living(&self) -> impl Fn(i64) -> bool + use<> {
        let (below, spared) = (self.below, self.spared.clone());
        move |id| id >= below || among(&spared, id)
    }
}

impl Milvus {
    /// A replica of the log has a committed record.
    pub(super) fn record_committed(&mut self, id: NodeId, index: u64, record: Record) {
        self.checkers.committed(id, index, record);
        self.clients.expired.logged(index, record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(first_id: i64, rows: u64, epoch: u64) -> Record {
        Record::Rows { first_id, rows, epoch, request: 1 }
    }

    fn alive(expiry: &Expiry) -> Vec<i64> {
        let lives = expiry.living();
        (0..12).filter(|id| lives(*id)).collect()
    }

    #[test]
    fn rows_go_with_their_part_of_the_log_whatever_their_numbers() {
        let mut expiry = Expiry::default();
        // Rows 2 and 3 come after 4 and 5, rows 0 and 1 are sent twice.
        let writes = [(0, 2), (4, 2), (2, 2), (6, 2), (0, 2), (8, 2)];
        for (at, (first, rows)) in writes.into_iter().enumerate() {
            let (index, record) = (at as u64 + 1, write(first, rows, 1));
            // Every replica tells of it.
            expiry.logged(index, record);
            expiry.logged(index, record);
        }
        assert_eq!(alive(&expiry).len(), 12, "nothing has gone");
        expiry.expire(2, 6);
        assert_eq!(alive(&expiry), [0, 1, 2, 3, 6, 7, 8, 9, 10, 11]);
        expiry.expire(4, 8);
        assert_eq!(alive(&expiry), [0, 1, 8, 9, 10, 11]);
        // A write that was on its way meanwhile counts, unless it is void.
        expiry.logged(7, Record::Fence { epoch: 3 });
        expiry.logged(8, write(4, 1, 2));
        expiry.logged(9, write(5, 1, 3));
        assert_eq!(alive(&expiry), [0, 1, 5, 8, 9, 10, 11]);
        expiry.expire(9, 10);
        assert_eq!(alive(&expiry), [10, 11]);
        assert!(expiry.late.is_empty() && expiry.spared.is_empty(), "{expiry:?}");
    }
}
