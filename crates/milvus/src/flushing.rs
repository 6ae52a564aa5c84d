//! The path of growing rows to the object store: data nodes read the log and write segments, index nodes index them.
//!
//! The data coordinator assigns one data node to drain the log. When enough rows have grown, the node writes them to
//! the object store as a sealed segment, the metadata store records it, an index is built, and from then on query nodes
//! may load it. Guarantees: a segment is recorded only after it is stored; it contains no rows of a void epoch.
//! Simplified: one data node drains the only shard; a segment is loaded before its index exists, and searched row by
//! row until then. Leaves out: merging and expiry (`compaction`).

use super::catalogue::Catalogue;
use super::compaction::Merging;
use super::flushed::FlushedSegment;
use super::near::{Rows, Sealed};
use super::net::{Answer, Ask, Stream, UNANSWERED, Why};
use super::record::Record;
use super::rules::Rule;
use super::topology::{Component, ControlPlane};
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use litemap::LiteMap;
use std::sync::Arc;

use quorum_sim::event::StorageEvent;
use quorum_types::sort::sort;
use quorum_types::{MS, Micros, NodeId};

/// Flushed segments are numbered from here on.
const FIRST_FLUSHED: u64 = 1_000;

/// A write to the growing segment: index, first row, rows.
type Grown = (u64, i64, u64);

/// A segment that is being written to the object store: its writes, and the part of the log that it holds.
#[derive(Clone, Debug)]
struct Storing {
    writes: Vec<Grown>,
    after: u64,
    upto: u64,
    /// When it was written.
    newest_us: Micros,
}

/// A data node's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Draining {
    position: u64,
    /// When it last received anything from the log.
    heard_us: Micros,
    fence: u64,
    growing: Vec<Grown>,
    /// The log up to here is in segments, stored or being written.
    sealed_upto: u64,
    /// Segments that are being written, by number.
    storing: LiteMap<u64, Storing>,
}

/// The memory of an acting data coordinator.
#[derive(Clone, Debug, Default)]
pub(super) struct DataCoord {
    /// What it knows from the metadata store; none before the first answer.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    /// The node assigned to drain the log.
    pub(super) drains: Option<NodeId>,
    pub(super) gone: LiteMap<NodeId, ()>,
    /// Segments that are being merged.
    pub(super) merging: Option<Merging>,
    /// Files that are not needed any more, and since when it knows that.
    pub(super) unneeded: LiteMap<u64, Micros>,
}

impl DataCoord {
    /// It learns from the metadata store what is flushed, and which data nodes have a session, where they have any.
    pub(super) fn learn(&mut self, catalogue: Arc<Catalogue>, sessions: bool) {
        if sessions {
            self.gone.retain(|node, ()| !catalogue.has_session(*node, None));
            self.drains = self.drains.filter(|node| catalogue.has_session(*node, None));
        }
        self.catalogue = Some(catalogue);
    }

    /// It learns that a node is gone.
    pub(super) fn gone(&mut self, node: NodeId) {
        self.gone.insert(node, ());
        if self.drains == Some(node) {
            self.drains = None;
        }
    }
}

impl Draining {
    /// How far it has read the log.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// When it last received anything from the log, and the last fence that it knows.
    pub(super) fn heard(&self) -> (Micros, u64) {
        (self.heard_us, self.fence)
    }

    /// The segments that it is writing: number, rows, and the part of the log that each holds.
    pub(super) fn storing(&self) -> impl Iterator<Item = (u64, u64, (u64, u64))> + '_ {
        self.storing.iter().map(|(segment, storing)| {
            let rows = storing.writes.iter().map(|write| write.2).sum();
            (*segment, rows, (storing.after, storing.upto))
        })
    }
}

/// How many rows a segment has: one of a write that was sent twice is in it once.
fn distinct_rows(writes: &[Grown]) -> u64 {
    let mut ranges: Vec<(i64, i64)> =
        writes.iter().map(|(_, first, rows)| (*first, first.saturating_add_unsigned(*rows))).collect();
    sort(&mut ranges);
    let mut counted = (0, i64::MIN);
    for (first, end) in ranges {
        let from = first.max(counted.1);
        counted = (counted.0 + end.saturating_sub(from).max(0).cast_unsigned(), counted.1.max(end));
    }
    counted.0
}

impl Milvus {
    /// The data coordinator ensures that a node drains the log.
    pub(super) fn flush_if_due(&mut self, id: NodeId) {
        if !self.in_charge(id) {
            return;
        }
        self.ask_acting(id, Component::Meta, Ask::Catalogue, Why::Catalogue);
        let nodes = self.of(Component::DataNode);
        let sources = [self.of(Component::Wal), self.of(Component::StreamingNode)].concat();
        let Some(coordinator) = self.data_coords.get_mut(&id) else { return };
        let Some(catalogue) = coordinator.catalogue.clone() else { return };
        if nodes.iter().all(|node| coordinator.gone.contains_key(node)) {
            coordinator.gone.clear();
        }
        let sessions = self.control_plane != ControlPlane::Raft;
        let there = |node: &NodeId| {
            !coordinator.gone.contains_key(node) && (!sessions || catalogue.has_session(*node, None))
        };
        let choice = coordinator.drains.or_else(|| nodes.iter().copied().find(there));
        coordinator.drains = choice;
        if let Some(node) = choice {
            self.call(id, node, Ask::Drain { from: catalogue.checkpoint }, Why::Nothing);
            // A node that was given up and came back, or that an earlier coordinator chose, writes the same rows again.
            for other in nodes.into_iter().filter(|other| *other != node) {
                self.notify(id, other, Ask::Undrain);
            }
        }
        for source in sources {
            self.notify(id, source, Ask::Truncate { upto: catalogue.checkpoint });
        }
        self.merge_if_due(id);
        self.expire_if_due(id);
        self.collect_garbage(id);
        self.run_jobs(id, true);
    }

    /// A data node receives the order to drain the log.
    pub(super) fn drain_asked(&mut self, id: NodeId, from: NodeId, call: u64, position: u64) {
        self.reply(id, from, call, Answer::Done);
        let now = self.now;
        let silent_us = 5 * self.settings.tick_ms * 1_000;
        match self.draining.get_mut(&id) {
            Some(node) if now <= node.heard_us + silent_us => return,
            Some(node) => node.heard_us = now,
            None => {
                let node = Draining { position, sealed_upto: position, heard_us: now, ..Draining::default() };
                self.draining.insert(id, node);
            }
        }
        let source = self.log_source();
        self.acting_for.remove(&(id, source));
        self.subscribe(id);
    }

    /// Another node drains the log; it reads what this one has not finished writing, from the checkpoint on.
    pub(super) fn undrain_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        if call != UNANSWERED {
            self.reply(id, from, call, Answer::Done);
        }
        self.draining.remove(&id);
    }

    pub(super) fn data_node_streamed(&mut self, id: NodeId, stream: &Stream) {
        let (now, seal_rows) = (self.now, self.settings.seal_rows);
        let Stream { from, fence, upto, ref records, .. } = *stream;
        let Some(node) = self.draining.get_mut(&id) else { return };
        node.heard_us = now;
        if from > node.position {
            self.subscribe(id);
            return;
        }
        node.fence = node.fence.max(fence);
        for (index, record) in records.iter().filter(|(index, _)| *index > node.position) {
            match *record {
                Record::Fence { epoch } => node.fence = node.fence.max(epoch),
                Record::Rows { epoch, first_id, rows, .. } if epoch >= node.fence => {
                    node.growing.push((*index, first_id, rows));
                }
                Record::Rows { .. } => {}
            }
        }
        let before = node.position;
        node.position = node.position.max(upto);
        let growing = &node.growing;
        self.checkers.consumed(id, (before, node.position), records, |index| {
            Some(growing.iter().any(|(known, ..)| *known == index))
        });
        let rows: u64 = node.growing.iter().map(|(_, _, rows)| rows).sum();
        if rows >= seal_rows {
            self.seal_growing(id);
        }
    }

    /// Seals what has grown, and writes it to the object store.
    pub(super) fn seal_growing(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.draining.get_mut(&id).filter(|node| !node.growing.is_empty()) else { return };
        let writes = std::mem::take(&mut node.growing);
        let rows: u64 = writes.iter().map(|(_, _, rows)| rows).sum();
        let upto = writes.last().map_or(0, |(index, ..)| *index);
        // Numbers come from one allocator, as in Milvus: another node may be writing the same rows.
        self.flushes += 1;
        let segment = FIRST_FLUSHED + self.flushes;
        let after = std::mem::replace(&mut node.sealed_upto, upto);
        node.storing.insert(segment, Storing { writes, after, upto, newest_us: now });
        let bytes = rows * self.settings.dim * 4;
        let takes_us = self.object_us(bytes);
        self.emit(Some(id), StorageEvent::FlushBegan { segments: 1, bytes });
        self.work_aside(id, takes_us, Job::Stored { segment });
        if !self.rules.on(Rule::CheckpointAfterFlush) {
            self.flush_again(id, segment);
        }
    }

    /// The log was truncated where this node wanted to read, since those rows are in segments: it begins after that
    /// point.
    pub(super) fn drain_behind(&mut self, id: NodeId, upto: u64, fence: u64) {
        if let Some(node) = self.draining.get_mut(&id).filter(|node| node.position < upto) {
            node.growing.clear();
            node.position = upto;
            node.sealed_upto = node.sealed_upto.max(upto);
            node.fence = node.fence.max(fence);
        }
    }

    /// How long the object store takes for this many bytes, plus a round trip.
    pub(super) fn object_us(&self, bytes: u64) -> Micros {
        let late_us = self.object_store.ms * MS;
        bytes / self.settings.object_mb_per_s.max(1) + 2 * self.settings.latency_max_us + late_us
    }

    /// A segment is in the object store.
    pub(super) fn stored(&mut self, id: NodeId, segment: u64) {
        let (seed, dim) = (self.seed, self.settings.dim);
        let now = self.now;
        let Some(node) = self.draining.get_mut(&id) else { return };
        let Some(storing) = node.storing.get_mut(&segment) else { return };
        storing.newest_us = now;
        let Storing { writes, after, upto, .. } = storing.clone();
        for (_, first_id, _) in &writes {
            self.emit(Some(id), MilvusEvent::WriteStep { first_id: *first_id, step: 6 });
        }
        if self.sealed.iter().all(|sealed| sealed.segment != segment) {
            let parts: Vec<Rows> =
                writes.iter().map(|(_, first_id, rows)| Rows::made(seed, dim, *first_id, *rows)).collect();
            let rows = Rows::joined(&parts, &|_| true);
            self.checkers.segment_seen(segment, &rows.ids);
            self.sealed.push(Sealed::written(segment, rows, (after, upto), now));
        }
        self.flush_again(id, segment);
    }

    /// Asks the metadata store to record a segment.
    pub(super) fn flush_again(&mut self, id: NodeId, segment: u64) {
        let Some(node) = self.draining.get(&id) else { return };
        let Some(Storing { writes, after, upto, newest_us }) = node.storing.get(&segment) else { return };
        let (rows, after, upto, newest_us) = (distinct_rows(writes), *after, *upto, *newest_us);
        let ask = Ask::Flushed(FlushedSegment { segment, rows, after, upto, newest_us });
        self.ask_acting(id, Component::Meta, ask, Why::Flushed { segment });
    }

    /// The metadata store has recorded it.
    pub(super) fn flush_known(&mut self, id: NodeId, segment: u64, answer: &Answer) {
        if !matches!(answer, Answer::Done) {
            self.flush_again(id, segment);
            return;
        }
        let Some(node) = self.draining.get_mut(&id) else { return };
        let Some(Storing { writes, .. }) = node.storing.remove(&segment) else { return };
        let rows = distinct_rows(&writes);
        for (_, first_id, _) in &writes {
            self.emit(Some(id), MilvusEvent::WriteStep { first_id: *first_id, step: 7 });
        }
        self.have_indexed(id, segment, rows, 0);
    }

    /// Asks the `nth` builder for an index over a new segment; if it does not answer, the next one is asked.
    pub(super) fn have_indexed(&mut self, id: NodeId, segment: u64, rows: u64, nth: usize) {
        let nodes = self.of(Component::IndexNode);
        let builders = if nodes.is_empty() { self.of(Component::DataNode) } else { nodes };
        if let Some(builder) = builders.get(nth).copied() {
            self.call(id, builder, Ask::Index { segment, rows }, Why::Index { segment, rows, nth });
        }
    }

    pub(super) fn index_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64, rows: u64) {
        self.reply(id, from, call, Answer::Done);
        let takes_us = rows * 1_000 / self.settings.index_krows_per_s.max(1);
        let began_us = self.now;
        self.work(id, takes_us, Job::Indexed { segment, rows, began_us });
    }

    pub(super) fn indexed(&mut self, id: NodeId, segment: u64, rows: u64, began_us: Micros) {
        let took_us = self.now - began_us;
        let (seed, settings) = (self.seed, self.settings.clone());
        if let Some(sealed) = self.sealed.iter_mut().find(|sealed| sealed.segment == segment) {
            sealed.build_index(seed, &settings);
            self.checkers.segment_seen(segment, &sealed.rows.ids);
            for found in &mut self.nearest {
                found.remove(&segment);
            }
        }
        self.emit(Some(id), StorageEvent::IndexBuilt { segment, rows: rows as u32, took_us });
    }

    /// A proxy asks for a segment to write to.
    pub(super) fn assign_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let answer = if self.in_charge(id) { Answer::Done } else { Answer::NotActing(self.leader_known(id)) };
        self.reply(id, from, call, answer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::near;
    use quorum_types::SECOND;

    #[test]
    fn a_row_that_was_written_twice_counts_once() {
        assert_eq!(distinct_rows(&[]), 0);
        assert_eq!(distinct_rows(&[(1, 10, 3), (2, 20, 1)]), 4);
        // The same write twice, one in the middle of another, and one that begins in it.
        assert_eq!(distinct_rows(&[(1, 10, 3), (2, 20, 5), (3, 10, 3), (4, 21, 2), (5, 24, 3)]), 10);
    }

    #[test]
    fn the_metadata_store_has_as_many_rows_of_a_segment_as_the_object_store() {
        let mut settings = crate::Settings::default();
        for (name, value) in [("insert_interval_ms", 0), ("compact_segments", 0)] {
            settings.set(name, value).expect("a setting");
        }
        let mut world = Milvus::new(5, settings);
        assert!(world.advance(20 * SECOND, 1_000_000), "it gets there");
        let node = *world.draining.keys().next().expect("a data node drains");
        // The log has a write twice.
        let drains = world.draining.get_mut(&node).expect("it drains");
        drains.growing = vec![(1_001, 7_000, 10), (1_002, 7_010, 10), (1_003, 7_000, 10)];
        world.seal_growing(node);
        let (segment, rows, _) =
            world.draining.get(&node).and_then(|node| node.storing().next()).expect("it is written");
        assert_eq!(rows, 30, "what is written");
        world.stored(node, segment);
        let stored = near::find(&world.sealed, segment).expect("it is stored").rows.len() as u64;
        let asked = world.draining.get(&node).and_then(|node| node.storing.get(&segment)).expect("asked");
        assert_eq!((stored, distinct_rows(&asked.writes)), (20, 20));
    }
}
