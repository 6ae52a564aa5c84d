//! The checks of segments: how they are written, recorded, served, and take the place of growing rows.
//!
//! Guarantees: as `checkers`. Leaves out: segments of snapshots and jobs (`kept`).

use super::{
    At, BEHIND, CHECKPOINT_FLUSHED, Checkers, MEMORY_BOUNDED, PATIENT_BEATS, RELEASED_AFTER_SERVED,
    SEGMENT_COMPLETE, SEGMENT_IMMUTABLE,
};
use crate::record::Record;
use quorum_sim::invariant_status::Breach;
use quorum_types::NodeId;
use quorum_types::sort::sort;

impl Checkers {
    /// A segment was written to the object store or is read from it.
    pub(crate) fn segment_seen(&mut self, segment: u64, ids: &[i64]) {
        let digest = ids.iter().fold(0xcbf2_9ce4_8422_2325, |digest: u64, id| {
            (digest ^ id.cast_unsigned()).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let known = *self.written.entry(segment).or_insert(digest);
        self.check(SEGMENT_IMMUTABLE, known == digest, || {
            Breach::new(
                "segment_changed",
                "segment `segment` no longer has the rows with which it was written",
                &[segment],
            )
        });
    }

    /// A segment was removed from the object store.
    pub(crate) fn segment_gone(&mut self, segment: u64) {
        self.written.remove(&segment);
    }

    /// The metadata store has recorded a flushed segment with the log after one position up to another; these rows are
    /// in the object store, or nothing is.
    pub(crate) fn flushed(&mut self, segment: u64, (after, upto): (u64, u64), stored: Option<&[i64]>) {
        self.check(CHECKPOINT_FLUSHED, stored.is_some(), || {
            Breach::new(
                "flushed_unstored",
                "segment `segment` is recorded, and the object store does not have it",
                &[segment],
            )
        });
        let last = self.log.back().map_or(0, |(index, _)| *index);
        self.check(CHECKPOINT_FLUSHED, upto <= last, || {
            Breach::new(
                "flushed_uncommitted",
                "segment `segment` is recorded up to record `upto`, the log is committed up to `last`",
                &[segment, upto, last],
            )
        });
        let Some(stored) = stored.filter(|_| after >= self.forgotten && after < upto) else { return };
        let (mut there, fenced) = (stored.to_vec(), self.fenced);
        // A write that was sent twice is in the log twice and in the segment once.
        sort(&mut there);
        let complete = self.between(after, upto).all(|(_, known)| match known.record {
            Record::Rows { first_id, rows, .. } if !known.void || !fenced => {
                (first_id..first_id + rows as i64).all(|id| there.binary_search(&id).is_ok())
            }
            _ => true,
        });
        self.check(SEGMENT_COMPLETE, complete, || {
            Breach::new(
                "segment_lacks",
                "segment `segment` lacks rows of the log after record `after` up to `upto`",
                &[segment, after, upto],
            )
        });
    }

    /// The checkpoint has moved.
    pub(crate) fn checkpoint_moved(&mut self, checkpoint: u64) {
        if checkpoint <= self.checkpoint {
            return;
        }
        self.checkpoint = checkpoint;
        let forgotten = checkpoint.saturating_sub(BEHIND);
        if forgotten > self.forgotten {
            self.forgotten = forgotten;
            let count = self.log.partition_point(|(index, _)| *index <= forgotten);
            for (_, gone) in self.log.drain(..count) {
                if let Record::Rows { first_id, .. } = gone.record {
                    self.index_of.remove(&first_id);
                }
            }
        }
    }

    /// A node serves a segment for a replica, with a part of the log unless it is an initial one.
    pub(crate) fn segment_served(&mut self, replica: u32, span: Option<(u64, u64)>) {
        let forgotten = self.forgotten;
        let served = self.served.entry(replica).or_default();
        served.retain(|(_, upto)| *upto > forgotten);
        if let Some(span) = span
            && let Err(at) = served.binary_search(&span)
        {
            served.insert(at, span);
        }
    }

    /// A delegator releases growing rows up to a position, because sealed segments hold them or they have expired.
    pub(crate) fn released(&mut self, node: NodeId, replica: u32, upto: u64, expired: u64) {
        let spans = self.served.get(&replica).into_iter().flatten();
        let begin = expired.max(self.forgotten);
        let served = spans.fold(begin, |end, (after, upto)| if *after <= end { end.max(*upto) } else { end });
        self.check(RELEASED_AFTER_SERVED, served >= upto, || {
            Breach::new(
                "released_early",
                "delegator `node` released growing rows up to record `upto`; segments served them up to `served`",
                &[u64::from(node), upto, served],
            )
        });
    }

    /// A delegator's growing rows begin at an index, and sealed segments of its replica hold the log up to another.
    pub(crate) fn holds_growing(&mut self, at: At, first: Option<u64>, sealed: u64) {
        let beats = self.held.entry(at).or_insert(0);
        *beats = if first.is_some_and(|first| first <= sealed) { *beats + 1 } else { 0 };
        let held = *beats;
        self.check(MEMORY_BOUNDED, held < PATIENT_BEATS, || {
            Breach::new(
                "growing_kept",
                "delegator `node` keeps growing rows from record `index` on, though segments hold the log up to `upto`",
                &[u64::from(at.0), first.unwrap_or(0), sealed],
            )
        });
    }
}
