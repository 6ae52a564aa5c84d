//! The later life of flushed segments: small ones are merged, old ones expire, and unused files are removed.
//!
//! The data coordinator checks once a second. Consecutive segments of the log that are less than half full are read by
//! a data node, written as one, and replaced in the metadata store in one step (Milvus calls it mix compaction). Rows
//! older than the collection's TTL go, segment by segment. Query nodes load the new segment first and release the old
//! ones when the new one is served (`query_coord`). Guarantees: at every moment each row that counts is in a known
//! segment; a file is removed from the object store only when no query node holds it and no plan reads it. Simplified:
//! one plan at a time; a row expires with the last row of its segment; no deletes (so nothing else can shrink a
//! segment); Milvus keeps files for hours before it removes them (dataCoord.gc.dropTolerance).

use super::flushed::FlushedSegment;
use super::near::{Rows, Sealed};
use super::net::{Answer, Ask, Why};
use super::topology::Component;
use super::{Job, Milvus};
use quorum_sim::event::StorageEvent;
use quorum_types::{Micros, NodeId, SECOND};

/// Merged segments are numbered from here on.
const FIRST_MERGED: u64 = 10_000_000;
/// A plan that is not in the metadata store by then is given up.
const PATIENCE_US: Micros = 60 * SECOND;

/// Segments that are being merged.
#[derive(Clone, Debug)]
pub(super) struct Merging {
    into: FlushedSegment,
    of: Vec<u64>,
    began_us: Micros,
}

impl Milvus {
    /// The coordinator plans to merge the first small segments that are adjacent.
    pub(super) fn merge_if_due(&mut self, id: NodeId) {
        let now = self.now;
        if self.flushing.merging.as_ref().is_some_and(|plan| now < plan.began_us + PATIENCE_US) {
            return;
        }
        self.flushing.merging = None;
        let (least, full) = (self.settings.compact_segments as usize, self.settings.full_rows);
        let Some(flushed) = self.flushed().filter(|_| least > 0) else { return };
        let stored = |segment: u64| self.sealed.iter().any(|sealed| sealed.segment == segment);
        let small = |segment: &FlushedSegment| segment.rows * 2 < full && stored(segment.segment);
        // Two data nodes may have written the same rows; then segments overlap.
        let run = flushed
            .chunk_by(|a, b| small(a) && small(b) && b.after <= a.upto)
            .find(|run| run.len() >= least.max(2));
        let Some(run) = run.map(|run| &run[..least.max(2)]) else { return };
        let of = run.iter().map(|segment| segment.segment).collect();
        let into = FlushedSegment {
            segment: FIRST_MERGED + self.flushing.merged + 1,
            rows: run.iter().map(|segment| segment.rows).sum(),
            after: run[0].after,
            upto: run.iter().map(|segment| segment.upto).max().unwrap_or(0),
        };
        let Some(node) = self.of(Component::DataNode).into_iter().rev().find(|node| self.runs(*node)) else {
            return;
        };
        self.flushing.merged += 1;
        self.flushing.merging = Some(Merging { into, of, began_us: now });
        self.call(id, node, Ask::Merge { segment: into.segment }, Why::Nothing);
    }

    /// A data node receives the plan to merge.
    pub(super) fn merge_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64) {
        self.reply(id, from, call, Answer::Done);
        let Some(plan) = self.flushing.merging.as_ref().filter(|plan| plan.into.segment == segment) else {
            return;
        };
        // The time for reading and writing.
        let takes_us = 2 * self.object_us(plan.into.rows * self.settings.dim * 4);
        self.work_aside(id, takes_us, Job::Merged { segment });
    }

    /// The merged segment is in the object store.
    pub(super) fn merged(&mut self, id: NodeId, segment: u64) {
        let Some(plan) = self.flushing.merging.as_ref().filter(|plan| plan.into.segment == segment) else {
            return;
        };
        let parts: Vec<&Sealed> =
            plan.of.iter().filter_map(|of| self.sealed.iter().find(|sealed| sealed.segment == *of)).collect();
        if parts.len() < plan.of.len() {
            return;
        }
        let newest_us = parts.iter().map(|part| part.newest_us).max().unwrap_or(0);
        let rows: Vec<Rows> = parts.iter().map(|part| part.rows.clone()).collect();
        let rows = Rows::joined(&rows, self.flushing.expired_below);
        let (span, into) = ((plan.into.after, plan.into.upto), plan.into);
        self.checkers.segment_seen(segment, &rows.ids);
        self.sealed.push(Sealed::written(segment, rows, span, newest_us, self.now));
        self.ask_acting(id, Component::Meta, Ask::Merged(into), Why::Merged { segment });
    }

    /// The metadata store has recorded the merge.
    pub(super) fn merge_known(&mut self, id: NodeId, segment: u64, answer: &Answer) {
        let Some(plan) = self.flushing.merging.take_if(|plan| plan.into.segment == segment) else { return };
        if matches!(answer, Answer::Done) {
            let segments = plan.of.len() as u32;
            self.emit(Some(id), StorageEvent::Compacted { lsn: plan.into.upto, segments });
            self.have_indexed(id, segment, plan.into.rows);
        }
    }

    /// The coordinator drops the oldest segment when all of its rows are old enough.
    pub(super) fn expire_if_due(&mut self, id: NodeId) {
        let live_us = self.settings.ttl_s * SECOND;
        let Some(oldest) = self.flushed().and_then(|flushed| flushed.first()).filter(|_| live_us > 0) else {
            return;
        };
        let segment = oldest.segment;
        let merges = self.flushing.merging.as_ref().is_some_and(|plan| plan.of.contains(&segment));
        let stored = self.sealed.iter().find(|sealed| sealed.segment == segment);
        let old = stored.is_some_and(|sealed| sealed.newest_us + live_us <= self.now);
        if old && !merges {
            self.ask_acting(id, Component::Meta, Ask::Expired { segment }, Why::Nothing);
        }
    }

    /// The metadata store has dropped a segment: from here on no search finds its rows.
    pub(super) fn rows_expired(&mut self, segment: u64, upto: u64) {
        let newest = self.sealed.iter().find(|sealed| sealed.segment == segment);
        let below = newest.and_then(|sealed| sealed.rows.ids.iter().max()).map_or(i64::MIN, |last| last + 1);
        let flushing = &mut self.flushing;
        flushing.expired_upto = flushing.expired_upto.max(upto);
        flushing.expired_below = flushing.expired_below.max(below);
        self.clients.forget_below(flushing.expired_below);
    }

    /// Removes files from the object store that no metadata, query node or plan refers to.
    pub(super) fn collect_garbage(&mut self) {
        let Some(flushed) = self.flushed() else { return };
        let merging = self.flushing.merging.as_ref();
        let used = |sealed: &Sealed| {
            let segment = sealed.segment;
            sealed.span.is_none()
                // It may be recorded at any moment.
                || self.now < sealed.written_us + PATIENCE_US
                || flushed.iter().any(|known| known.segment == segment)
                || merging.is_some_and(|plan| plan.into.segment == segment || plan.of.contains(&segment))
                || self.queriers.values().any(|node| node.segments.contains_key(&segment))
        };
        let gone: Vec<u64> =
            self.sealed.iter().filter(|sealed| !used(sealed)).map(|sealed| sealed.segment).collect();
        if !gone.is_empty() {
            self.sealed.retain(|sealed| !gone.contains(&sealed.segment));
            gone.iter().for_each(|segment| self.checkers.segment_gone(*segment));
            for found in &mut self.nearest {
                found.retain(|segment, _| !gone.contains(segment));
            }
        }
    }
}
