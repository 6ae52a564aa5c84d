//! Query nodes: they load sealed segments, release them, and report what they hold.
//!
//! Guarantees: segments are loaded one after the other; a segment that was released meanwhile is not served. Leaves
//! out: growing rows (`delegator`), searches (`search`), and who orders what (`query_coord`).

use litemap::{Entry, LiteMap};
use std::collections::VecDeque;

use super::near;
use super::net::{Answer, Reads};
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{MS, Micros, NodeId};

/// A segment to load: for which replica, and since when.
#[derive(Clone, Copy, Debug)]
struct Load {
    segment: u64,
    replica: u32,
    asked_us: Micros,
}

/// A query node's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryNode {
    /// Segments, and whether they are served yet.
    pub(super) segments: LiteMap<u64, bool>,
    /// Segments that it is to load, in this order; it is busy with the first.
    loads: VecDeque<Load>,
}

impl QueryNode {
    /// Whether it has loaded a segment and answers searches from it.
    pub(super) fn serves(&self, segment: u64) -> bool {
        self.segments.get(&segment) == Some(&true)
    }
}

impl Milvus {
    pub(super) fn start_query_node(&mut self, id: NodeId) {
        self.queriers.insert(id, QueryNode::default());
    }

    // --- orders of the coordinator

    pub(super) fn distribution_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let life = self.life(id);
        let node = self.queriers.get(&id);
        let held = |served: bool| {
            let segments = node.into_iter().flat_map(|node| &node.segments);
            segments.filter(move |(_, is)| **is == served).map(|(segment, _)| *segment)
        };
        // A segment says itself which part of the log it holds.
        let span = |segment: u64| {
            let sealed = near::find(&self.sealed, segment)?;
            Some((segment, sealed.span?))
        };
        let spans = held(true).filter_map(span).collect();
        let (served, loading) = (held(true).collect(), held(false).collect());
        let reads = self.delegators_of(id).map(|(replica, delegator)| {
            (replica, Reads { caught_up: delegator.caught_up, from: delegator.from })
        });
        let answer = Answer::Distribution { life, served, spans, loading, reads: reads.collect() };
        self.reply(id, from, call, answer);
    }

    pub(super) fn load_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64, replica: u32) {
        self.reply(id, from, call, Answer::Done);
        let asked_us = self.now;
        let Some(node) = self.queriers.get_mut(&id) else { return };
        if let Entry::Vacant(loading) = node.segments.entry(segment) {
            loading.insert(false);
            node.loads.push_back(Load { segment, replica, asked_us });
            if node.loads.len() == 1 {
                self.load_next(id);
            }
        }
    }

    /// One after the other: they share one network card. Searches go on meanwhile. How long a load takes is decided
    /// when its turn comes, by the object store as it is then.
    fn load_next(&mut self, id: NodeId) {
        let late_us = self.object_store.ms * MS;
        let takes_us = self.settings.segment_mb * 1_000_000 / self.settings.object_mb_per_s.max(1) + late_us;
        let Some(node) = self.queriers.get_mut(&id) else { return };
        // What was released meanwhile is not loaded any more.
        while node.loads.front().is_some_and(|load| node.segments.get(&load.segment) != Some(&false)) {
            node.loads.pop_front();
        }
        if let Some(Load { segment, replica, asked_us }) = node.loads.front().copied() {
            self.work_aside(id, takes_us, Job::Loaded { segment, replica, began_us: asked_us });
        }
    }

    pub(super) fn loaded(&mut self, id: NodeId, segment: u64, replica: u32, began_us: Micros) {
        if let Some(node) = self.queriers.get_mut(&id) {
            node.loads.pop_front();
        }
        self.serve_segment(id, segment, replica, began_us);
        self.load_next(id);
    }

    /// From here on it serves a segment, unless that was released or is gone.
    fn serve_segment(&mut self, id: NodeId, segment: u64, replica: u32, began_us: Micros) {
        let bytes = self.settings.segment_mb * 1_000_000;
        let Some(node) = self.queriers.get_mut(&id) else { return };
        let Some(served) = node.segments.get_mut(&segment) else { return };
        let there = near::find(&self.sealed, segment).filter(|_| !self.keeping.is_lost(segment));
        let Some(sealed) = there else {
            // It was merged or has expired, and the object store no longer has it.
            node.segments.remove(&segment);
            return;
        };
        *served = true;
        self.checkers.segment_served(replica, sealed.span);
        self.checkers.segment_seen(segment, &sealed.rows.ids);
        let took_us = self.now - began_us;
        self.emit(Some(id), MilvusEvent::SegmentLoaded { segment, replica, bytes, took_us });
    }

    pub(super) fn release_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64) {
        if let Some(node) = self.queriers.get_mut(&id) {
            node.segments.remove(&segment);
        }
        self.reply(id, from, call, Answer::Done);
    }
}
