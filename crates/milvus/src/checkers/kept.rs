//! The checks of snapshots, restores and imports.
//!
//! Guarantees: as `checkers`; rows are compared by their numbers, with what the checkers saw in the log and in the
//! segments when a snapshot was taken. Leaves out: rows of the log that were forgotten because they lie far behind the
//! checkpoint.

use std::collections::BTreeMap;

use super::{Checkers, IMPORT_ATOMIC, IMPORT_EXACT, RESTORE_EXACT, SNAPSHOT_EXACT, SNAPSHOT_PINNED};
use crate::record::Record;
use quorum_sim::invariant_status::Breach;
use quorum_types::NodeId;
use quorum_types::sort::sort;

/// The last jobs that are remembered.
const MOST_JOBS: usize = 256;

/// What is remembered of snapshots and jobs.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Snapshots by name: their segments, and all of their rows, ascending.
    snapshots: BTreeMap<u64, (Vec<u64>, Vec<i64>)>,
    /// Jobs: whether they have ended well, and their segments.
    jobs: BTreeMap<u64, (bool, Vec<u64>)>,
}

/// The rows of segments, each once, ascending.
fn rows_of(segments: &[(u64, &[i64])]) -> Vec<i64> {
    let mut rows: Vec<i64> = segments.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    sort(&mut rows);
    rows.dedup();
    rows
}

impl Checkers {
    /// A snapshot was taken of the log after a position up to another; it has this number of segments, of which these
    /// are in the object store.
    pub(crate) fn snapshot_taken(
        &mut self,
        name: u64,
        (after, upto): (u64, u64),
        segments: usize,
        there: &[(u64, &[i64])],
    ) {
        self.check(SNAPSHOT_EXACT, there.len() == segments, || {
            Breach::new(
                "snapshot_of_nothing",
                "snapshot `name` has `n` segments, of which `there` are in the object store",
                &[name, segments as u64, there.len() as u64],
            )
        });
        let rows = rows_of(there);
        let has = |first_id: i64, n: u64, all: bool| {
            let mut ids = first_id..first_id + n as i64;
            let found = |id: i64| rows.binary_search(&id).is_ok();
            if all { ids.all(found) } else { ids.any(found) }
        };
        let fenced = self.fenced;
        let counts = |void: bool| !void || !fenced;
        let lacks = self.between(after.max(self.forgotten), upto).find(|(_, known)| match known.record {
            Record::Rows { first_id, rows, .. } => counts(known.void) && !has(first_id, rows, true),
            Record::Fence { .. } => false,
        });
        let lacks = lacks.map_or(0, |(index, _)| *index);
        self.check(SNAPSHOT_EXACT, lacks == 0, || {
            Breach::new(
                "snapshot_lacks",
                "snapshot `name` up to record `upto` lacks rows of record `index`",
                &[name, upto, lacks],
            )
        });
        // A write that was sent twice is in the log twice: what counts is the first time.
        let later = |first_id: i64| self.index_of.get(&first_id).is_none_or(|index| *index > upto);
        let beyond = self.between(upto, u64::MAX).find(|(_, known)| match known.record {
            Record::Rows { first_id, rows, .. } => later(first_id) && has(first_id, rows, false),
            Record::Fence { .. } => false,
        });
        let beyond = beyond.map_or(0, |(index, _)| *index);
        self.check(SNAPSHOT_EXACT, beyond == 0, || {
            Breach::new(
                "snapshot_beyond",
                "snapshot `name` up to record `upto` has rows of record `index`",
                &[name, upto, beyond],
            )
        });
        self.kept.snapshots.insert(name, (there.iter().map(|(segment, _)| *segment).collect(), rows));
    }

    /// A snapshot was dropped.
    pub(crate) fn snapshot_dropped(&mut self, name: u64) {
        self.kept.snapshots.remove(&name);
    }

    /// A segment was removed from the object store.
    pub(crate) fn segment_collected(&mut self, segment: u64) {
        let pinned = self.kept.snapshots.iter().find(|(_, (segments, _))| segments.contains(&segment));
        let by = pinned.map_or(0, |(name, _)| *name);
        let free = pinned.is_none();
        self.check(SNAPSHOT_PINNED, free, || {
            Breach::new(
                "pinned_collected",
                "segment `segment` was collected though snapshot `name` refers to it",
                &[segment, by],
            )
        });
    }

    /// A restore of a snapshot has ended well with these segments.
    pub(crate) fn restored(&mut self, job: u64, name: u64, there: &[(u64, &[i64])]) {
        let rows = rows_of(there);
        let same = self.kept.snapshots.get(&name).is_some_and(|(_, taken)| *taken == rows);
        self.check(RESTORE_EXACT, same, || {
            Breach::new(
                "restored_other",
                "job `job` has restored `n` rows, which are not those of snapshot `name`",
                &[job, rows.len() as u64, name],
            )
        });
    }

    /// An import of rows has ended well with these segments.
    pub(crate) fn imported(&mut self, job: u64, (first, end): (i64, i64), there: &[(u64, &[i64])]) {
        let held: usize = there.iter().map(|(_, ids)| ids.len()).sum();
        let whole = rows_of(there).into_iter().eq(first..end) && held as i64 == end - first;
        self.check(IMPORT_EXACT, whole, || {
            Breach::new(
                "imported_other",
                "import `job` has ended with `n` rows in its segments; it should have `rows`",
                &[job, held as u64, (end - first).cast_unsigned()],
            )
        });
    }

    /// A job has these segments, and has ended well or not.
    pub(crate) fn job_has(&mut self, job: u64, completed: bool, segments: Vec<u64>) {
        self.kept.jobs.insert(job, (completed, segments));
        while self.kept.jobs.len() > MOST_JOBS {
            self.kept.jobs.pop_first();
        }
    }

    /// What a job wrote does not belong to the collection any more; a failed one has left nothing.
    pub(crate) fn job_left(&mut self, job: u64) {
        self.kept.jobs.remove(&job);
    }

    /// A delegator begins a search that sees these segments of jobs.
    pub(crate) fn search_sees(&mut self, node: NodeId, segments: &[u64]) {
        let Some(first) = segments.first() else { return };
        let seen = |segment: &u64| segments.contains(segment);
        let partly = self.kept.jobs.iter().find(|(_, (completed, of))| {
            let some = of.iter().any(seen);
            some && !(*completed && of.iter().all(seen))
        });
        let job = partly.map_or(0, |(job, _)| *job);
        let whole = partly.is_none();
        let segment = *first;
        self.check(IMPORT_ATOMIC, whole, || {
            Breach::new(
                "seen_in_part",
                "delegator `node` searches segment `segment` while job `job` is not there as a whole",
                &[u64::from(node), segment, job],
            )
        });
    }
}
