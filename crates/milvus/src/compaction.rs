//! The later life of flushed segments: small ones are merged, old ones expire, and unused files are removed.
//!
//! The data coordinator checks once a second. Consecutive segments of the log that are less than half full are read by
//! a data node, written as one, and replaced in the metadata store in one step (Milvus calls it mix compaction). Rows
//! older than the collection's TTL go, segment by segment. Query nodes load the new segment first and release the old
//! ones when the new one is served (`query_coord`). Guarantees: at every moment each row that counts is in a known
//! segment; a file is removed from the object store only when, as far as the coordinator knows, no metadata and no
//! snapshot names it and no plan reads it, and some time after that; rows that a query node has loaded stay.
//! Simplified: one plan at a time; a row expires with the last row of its segment; no deletes (so nothing else can
//! shrink a segment); Milvus keeps files for hours before it removes them (dataCoord.gc.dropTolerance). Leaves out: how
//! rows become segments (`flushing`), and which rows have expired (`expiry`).

use super::flushed::FlushedSegment;
use super::near::{self, Rows, Sealed};
use super::net::{Answer, Ask, MergePlan, Why};
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use super::{Job, Milvus};
use quorum_sim::event::StorageEvent;
use quorum_types::{MS, Micros, NodeId, SECOND};
use std::sync::Arc;

/// Merged segments are numbered from here on.
const FIRST_MERGED: u64 = 10_000_000;
/// A plan that is not in the metadata store by then is given up.
const PATIENCE_US: Micros = 60 * SECOND;

/// Segments that are being merged.
#[derive(Clone, Debug)]
pub(super) struct Merging {
    into: FlushedSegment,
    of: Arc<[u64]>,
    began_us: Micros,
}

impl Milvus {
    /// The coordinator plans to merge the first small segments that are adjacent.
    pub(super) fn merge_if_due(&mut self, id: NodeId) {
        let now = self.now;
        let (least, full) = (self.settings.compact_segments as usize, self.settings.full_rows);
        let nodes = self.of(Component::DataNode);
        let Some(coordinator) = self.data_coords.get_mut(&id) else { return };
        let Some(catalogue) = coordinator.catalogue.clone().filter(|_| least > 0) else { return };
        let flushed = &catalogue.flushed;
        if let Some(plan) = &coordinator.merging {
            let known = flushed.iter().any(|known| known.segment == plan.into.segment);
            if !known && now < plan.began_us + PATIENCE_US {
                return;
            }
        }
        coordinator.merging = None;
        let small = |segment: &FlushedSegment| segment.rows * 2 < full;
        // Two data nodes may have written the same rows; then segments overlap.
        let run = flushed
            .chunk_by(|a, b| small(a) && small(b) && b.after <= a.upto)
            .find(|run| run.len() >= least.max(2));
        let Some(run) = run.map(|run| &run[..least.max(2)]) else { return };
        let of: Arc<[u64]> = run.iter().map(|segment| segment.segment).collect();
        let into = FlushedSegment {
            segment: FIRST_MERGED + self.merges + 1,
            rows: run.iter().map(|segment| segment.rows).sum(),
            after: run[0].after,
            upto: run.iter().map(|segment| segment.upto).max().unwrap_or(0),
            newest_us: run.iter().map(|segment| segment.newest_us).max().unwrap_or(0),
        };
        // In the course's topology data nodes have no sessions; one that does not answer costs the plan some time.
        let there =
            |node: &&NodeId| self.control_plane == ControlPlane::Raft || catalogue.has_session(**node, None);
        let Some(node) = nodes.iter().rev().find(there).copied() else { return };
        self.merges += 1;
        coordinator.merging = Some(Merging { into, of: of.clone(), began_us: now });
        self.call(id, node, Ask::Merge(MergePlan { into, of }), Why::Nothing);
    }

    /// A data node receives the plan to merge.
    pub(super) fn merge_asked(&mut self, id: NodeId, from: NodeId, call: u64, plan: MergePlan) {
        self.reply(id, from, call, Answer::Done);
        // The time for reading and writing.
        let takes_us = 2 * self.object_us(plan.into.rows * self.settings.dim * 4);
        self.work_aside(id, takes_us, Job::Merged { plan });
    }

    /// The merged segment is in the object store.
    pub(super) fn merged(&mut self, id: NodeId, plan: &MergePlan) {
        let there = plan.of.iter().filter(|of| !self.keeping.is_lost(**of));
        let parts: Vec<&Sealed> = there.filter_map(|of| near::find(&self.sealed, *of)).collect();
        if parts.len() < plan.of.len() {
            return;
        }
        let rows: Vec<Rows> = parts.iter().map(|part| part.rows.clone()).collect();
        let rows = Rows::joined(&rows, &self.clients.expired.living());
        // Rows that have expired are left out, and those that were flushed twice are in it once.
        let into = FlushedSegment { rows: rows.len() as u64, ..plan.into };
        let segments = plan.of.len() as u32;
        self.checkers.segment_seen(into.segment, &rows.ids);
        self.sealed.push(Sealed::written(into.segment, rows, (into.after, into.upto), self.now));
        self.ask_acting(id, Component::Meta, Ask::Merged(into), Why::Merged { into, segments });
    }

    /// The metadata store has recorded the merge.
    pub(super) fn merge_known(&mut self, id: NodeId, into: FlushedSegment, segments: u32, answer: &Answer) {
        if matches!(answer, Answer::Done) {
            self.emit(Some(id), StorageEvent::Compacted { lsn: into.upto, segments });
            self.have_indexed(id, into.segment, into.rows, 0);
        }
    }

    /// The coordinator drops the oldest segment when all of its rows are old enough.
    pub(super) fn expire_if_due(&mut self, id: NodeId) {
        let live_us = self.settings.ttl_s * SECOND;
        let Some(coordinator) = self.data_coords.get(&id).filter(|_| live_us > 0) else { return };
        let Some(catalogue) = &coordinator.catalogue else { return };
        // What lies after a gap in the log is not the oldest that there is.
        let oldest = catalogue.flushed.first().filter(|oldest| oldest.upto <= catalogue.checkpoint);
        let Some(oldest) = oldest else { return };
        let segment = oldest.segment;
        let merges = coordinator.merging.as_ref().is_some_and(|plan| plan.of.contains(&segment));
        let old = oldest.newest_us + live_us <= self.now;
        if old && !merges {
            self.ask_acting(id, Component::Meta, Ask::Expired { segment }, Why::Nothing);
        }
    }

    /// The metadata store has dropped a segment: from here on no search finds its rows.
    pub(super) fn rows_expired(&mut self, segment: u64, upto: u64) {
        let newest = near::find(&self.sealed, segment);
        let below = newest.and_then(|sealed| sealed.rows.ids.iter().max()).map_or(i64::MIN, |last| last + 1);
        self.clients.expire(upto, below);
        // The nearest rows of a segment that has expired ones have to be chosen again.
        let lives = self.clients.expired.living();
        let has_expired =
            |sealed: &&Sealed| sealed.span.is_some() && sealed.rows.ids.iter().any(|id| !lives(*id));
        let touched: Vec<u64> = self.sealed.iter().filter(has_expired).map(|sealed| sealed.segment).collect();
        for found in &mut self.nearest {
            found.retain(|segment, _| !touched.contains(segment));
        }
    }

    /// Removes files from the object store that are not needed any more. The coordinator goes by what it knows from the
    /// metadata store, by the list of files with their times, and by since when it has known that one was dropped;
    /// query nodes go on with what they have loaded. A file that was never recorded may be at any moment: its record
    /// waits for as long as the metadata store has no majority.
    pub(super) fn collect_garbage(&mut self, id: NodeId) {
        if self.object_store.gone {
            return;
        }
        let (now, pins) = (self.now, self.rules.on(Rule::SnapshotPinsSegments));
        let dropped_us = self.settings.gc_tolerance_ms * MS;
        let missing_us = self.settings.gc_missing_tolerance_s * SECOND;
        let listed = self.sealed.iter().filter(|file| file.span.is_some());
        let listed = listed.filter(|file| !self.keeping.is_collected(file.segment));
        let files: Vec<(u64, Micros)> = listed.map(|file| (file.segment, file.written_us)).collect();
        let Some(coordinator) = self.data_coords.get_mut(&id) else { return };
        let Some(catalogue) = &coordinator.catalogue else { return };
        let unneeded = &mut coordinator.unneeded;
        unneeded.retain(|segment, _| files.iter().any(|(file, _)| file == segment));
        let merging = coordinator.merging.as_ref();
        let mut is_garbage = |segment: u64, written_us: Micros| {
            let dropped = catalogue.dropped.contains(&segment);
            let since_us = dropped.then(|| *unneeded.entry(segment).or_insert(now));
            let old = match since_us {
                Some(since_us) => now >= since_us + dropped_us,
                // What it knows may be old itself: only then was there no record.
                None => catalogue.as_of_us >= written_us + missing_us,
            };
            old && !(catalogue.kept.uses(segment)
                || (pins && catalogue.kept.pins(segment))
                || catalogue.flushed.iter().any(|known| known.segment == segment)
                || merging.is_some_and(|plan| plan.into.segment == segment || plan.of.contains(&segment)))
        };
        let gone = files.iter().filter(|(segment, written_us)| is_garbage(*segment, *written_us));
        for segment in gone.map(|(segment, _)| *segment).collect::<Vec<u64>>() {
            self.keeping.collect(segment);
            self.checkers.segment_collected(segment);
        }
        self.forget_collected();
    }

    /// The simulation forgets the rows of files that were removed, once no query node has them in its memory.
    fn forget_collected(&mut self) {
        let held = |segment: &u64| self.queriers.values().any(|node| node.segments.contains_key(segment));
        let gone: Vec<u64> = self.keeping.collected().filter(|segment| !held(segment)).collect();
        if gone.is_empty() {
            return;
        }
        self.sealed.retain(|sealed| !gone.contains(&sealed.segment));
        for segment in &gone {
            self.keeping.forget_segment(*segment);
            self.checkers.segment_gone(*segment);
        }
        for found in &mut self.nearest {
            found.retain(|segment, _| !gone.contains(segment));
        }
    }
}
