//! Query nodes: they load sealed segments and read the log for growing rows.
//!
//! One node of every replica is the delegator: it reads the log and knows up to which tick it has everything.
//! Guarantees: every record from its position on is read once, without a gap; growing rows are released when sealed
//! segments that hold them are served, and not before. Leaves out: searches (`search`), and who orders what
//! (`query_coord`).

use litemap::{Entry, LiteMap};
use std::collections::VecDeque;
use std::sync::Arc;

use super::log::Source;
use super::near::{self, Rows};
use super::net::{Answer, Ask, Placed, Stream, Watch, Why};
use super::record::Record;
use super::rules::Rule;
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::sort::sort;
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
    /// The replica of which it is the delegator.
    pub(super) replica: Option<u32>,
    /// The node that serves each segment of its replica; 0 for none.
    pub(super) placed: Arc<[Placed]>,
    /// Everything up to here has expired.
    pub(super) expired: u64,
    /// Counts how often it began to read: work of an earlier time is void.
    pub(super) stint: u64,
    /// The part of the log it has read itself begins here: earlier rows are in sealed segments.
    pub(super) from: u64,
    /// Whether its replica serves all segments that hold the earlier rows.
    pub(super) incomplete: bool,
    /// How far it has read the log, and up to when it has everything.
    pub(super) position: u64,
    /// How far it has been sent the log without a gap; it is ahead of `position` while it reads.
    pub(super) received: u64,
    pub(super) service_us: Micros,
    pub(super) caught_up: bool,
    /// When it last received anything from the log.
    pub(super) heard_us: Micros,
    pub(super) watched_us: Micros,
    pub(super) replayed: u64,
    pub(super) fence: u64,
    /// It is busy reading the received records until then.
    pub(super) reads_until: Micros,
    /// Growing rows: the log's index, and rows.
    pub(super) growing: Arc<Vec<(u64, Rows)>>,
    pub(super) waiting: Vec<u64>,
    /// Segments that it is to load, in this order; it is busy with the first.
    loads: VecDeque<Load>,
}

impl QueryNode {
    /// The log up to here is in sealed segments that the replica serves, or has expired, as far as its messages say.
    fn sealed_upto(&self) -> u64 {
        let served = self.placed.iter().filter(|(_, at, _)| *at != 0);
        let mut spans: Vec<(u64, u64)> = served.filter_map(|part| part.2).collect();
        sort(&mut spans);
        spans
            .into_iter()
            .fold(self.expired, |end, (after, upto)| if after <= end { end.max(upto) } else { end })
    }

    /// Its state as a reader, in a few words.
    pub(super) fn described(&self) -> String {
        match self.replica {
            None => " and reads nothing".to_owned(),
            Some(replica) => format!(
                " and reads for replica {replica}: at record {}, {}, {}",
                self.position,
                if self.caught_up { "caught up" } else { "not caught up" },
                if self.incomplete { "without all segments" } else { "complete" }
            ),
        }
    }

    /// Where a delegator finds segments.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn placed(&self) -> impl Iterator<Item = (u64, NodeId)> + '_ {
        self.placed.iter().map(|(segment, at, _)| (*segment, *at))
    }
}

impl Milvus {
    pub(super) fn start_query_node(&mut self, id: NodeId) {
        self.queriers.insert(id, QueryNode::default());
    }

    // --- orders of the coordinator

    pub(super) fn distribution_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let life = self.life(id);
        let Some(node) = self.queriers.get(&id) else { return };
        let held = |served: bool| {
            node.segments.iter().filter(move |(_, is)| **is == served).map(|(segment, _)| *segment)
        };
        // A segment says itself which part of the log it holds.
        let span = |segment: u64| {
            let sealed = near::find(&self.sealed, segment)?;
            Some((segment, sealed.span?))
        };
        let spans = held(true).filter_map(span).collect();
        let (served, loading) = (held(true).collect(), held(false).collect());
        let (replica, caught_up, began) = (node.replica, node.caught_up, node.from);
        let answer = Answer::Distribution { life, served, spans, loading, replica, caught_up, from: began };
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

    // --- reading the log

    pub(super) fn watch_asked(&mut self, id: NodeId, from: NodeId, call: u64, watch: Watch) {
        self.reply(id, from, call, Answer::Done);
        let Watch { replica, placed, mut checkpoint, expired } = watch;
        let now = self.now;
        if !self.rules.on(Rule::ReplayFromCheckpoint) {
            checkpoint = self.logs.sources.values().map(Source::last).max().unwrap_or(checkpoint);
        }
        let Some(node) = self.queriers.get_mut(&id) else { return };
        node.placed = placed;
        node.expired = node.expired.max(expired);
        if node.replica != Some(replica) {
            node.replica = Some(replica);
            self.read_from(id, checkpoint, now);
            self.subscribe(id);
        }
        self.release_growing(id, checkpoint);
    }

    /// Another node reads the log for the replica.
    pub(super) fn unwatch_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        self.reply(id, from, call, Answer::Done);
        let now = self.now;
        if let Some(node) = self.queriers.get_mut(&id) {
            node.replica = None;
            node.placed = Arc::default();
        }
        self.read_from(id, 0, now);
    }

    /// A delegator begins to read the log at a position.
    fn read_from(&mut self, id: NodeId, position: u64, now: Micros) {
        let Some(node) = self.queriers.get_mut(&id) else { return };
        node.stint += 1;
        node.service_us = 0;
        node.reads_until = now;
        // What comes before a fence is judged by the fences before it.
        node.fence = 0;
        node.growing = Arc::default();
        let waiting = std::mem::take(&mut node.waiting);
        node.position = position;
        node.received = position;
        node.from = position;
        node.watched_us = now;
        node.heard_us = now;
        node.replayed = 0;
        node.caught_up = false;
        if node.replica.is_some() {
            self.checkers.begins_at(id, position);
        }
        for number in waiting {
            self.end_search(number, Err("not_serving"));
        }
    }

    /// The log was truncated where it wanted to read: it begins again after that point.
    pub(super) fn read_behind(&mut self, id: NodeId, upto: u64, fence: u64) {
        let now = self.now;
        if self.queriers.get(&id).is_none_or(|node| node.position >= upto) {
            return;
        }
        self.read_from(id, upto, now);
        if let Some(node) = self.queriers.get_mut(&id) {
            node.fence = fence;
        }
        self.subscribe(id);
    }

    /// Releases growing rows that are in sealed segments served by the replica. It may have learned of the segments
    /// before it had read those rows: a later read releases again.
    fn release_growing(&mut self, id: NodeId, checkpoint: u64) {
        if !self.rules.on(Rule::ReleaseGrowing) {
            return;
        }
        let Some(node) = self.queriers.get(&id) else { return };
        let mut whole = node.sealed_upto();
        if !self.rules.on(Rule::LoadBeforeRelease) {
            whole = whole.max(checkpoint);
        }
        let Some(node) = self.queriers.get_mut(&id) else { return };
        node.incomplete = whole < node.from;
        let replica = node.replica.unwrap_or(0);
        if whole > node.from && node.caught_up {
            self.checkers.released(id, replica, whole.min(node.position), self.clients.expired.0);
            node.from = whole.min(node.position);
            let from = node.from;
            Arc::make_mut(&mut node.growing).retain(|(index, _)| *index > from);
        }
    }

    pub(super) fn subscribe(&mut self, id: NodeId) {
        let from = match self.queriers.get(&id) {
            Some(node) => node.position,
            None => self.draining.get(&id).map_or(0, |node| node.position()),
        };
        self.ask_acting(id, self.log_source(), Ask::Subscribe { from }, Why::Subscribe);
    }

    pub(super) fn subscribed(&mut self, id: NodeId, answer: &Answer) {
        let now = self.now;
        if let Some(node) = self.queriers.get_mut(&id) {
            node.heard_us = now;
        }
        if let Answer::LetGo { upto, fence } = *answer {
            self.read_behind(id, upto, fence);
            self.drain_behind(id, upto, fence);
            self.own_behind(id, upto, fence);
        }
    }

    /// A node that receives nothing from the log subscribes again, possibly at another source.
    pub(super) fn look_after_stream(&mut self, id: NodeId) {
        let silent_us = 5 * self.settings.tick_ms * 1_000;
        let now = self.now;
        let again = self.queriers.get(&id).is_some_and(|node| {
            node.replica.is_some() && now > node.heard_us + silent_us && now >= node.reads_until
        });
        if again && self.rules.on(Rule::ResubscribeWhenSilent) {
            let source = self.log_source();
            self.acting_for.remove(&(id, source));
            self.subscribe(id);
        }
        self.drop_old_searches(id);
        self.watch_memory(id);
    }

    /// Tells the checkers what a delegator holds in memory.
    fn watch_memory(&mut self, id: NodeId) {
        let Some(node) = self.queriers.get(&id).filter(|node| node.caught_up) else { return };
        let first = node.growing.first().map(|(index, _)| *index);
        let sealed = node.sealed_upto();
        self.checkers.holds_growing(id, first, sealed);
    }

    pub(super) fn query_node_streamed(&mut self, id: NodeId, stream: Stream) {
        let (now, looks) = (self.now, self.rules.on(Rule::GapCheckWhileBusy));
        let Some(node) = self.queriers.get_mut(&id).filter(|node| node.replica.is_some()) else { return };
        node.heard_us = now;
        if stream.from > node.received && (looks || node.reads_until <= now) {
            // Records in between are missing; those that it is still reading do not include them.
            self.subscribe(id);
            return;
        }
        node.received = node.received.max(stream.upto);
        let stint = node.stint;
        let takes_us = stream.records.len() as u64 * 1_000_000 / self.settings.replay_records_per_s.max(1);
        node.reads_until = node.reads_until.max(now) + takes_us;
        if node.reads_until == now {
            self.consumed(id, stint, &stream);
        } else {
            let takes_us = node.reads_until - now;
            self.work_aside(id, takes_us, Job::Consumed { stint, stream });
        }
    }

    /// Records have been read.
    pub(super) fn consumed(&mut self, id: NodeId, stint: u64, stream: &Stream) {
        let (now, seed, dim) = (self.now, self.seed, self.settings.dim);
        let Stream { fence, upto, ref records, ts, .. } = *stream;
        let Some(node) = self.queriers.get_mut(&id).filter(|node| node.stint == stint) else { return };
        let before = node.position;
        node.fence = node.fence.max(fence);
        let mut kept = Vec::new();
        for (index, record) in records {
            if *index <= node.position {
                continue;
            }
            match *record {
                Record::Fence { epoch } => node.fence = node.fence.max(epoch),
                Record::Rows { epoch, first_id, rows, .. } if epoch >= node.fence => {
                    Arc::make_mut(&mut node.growing).push((*index, Rows::made(seed, dim, first_id, rows)));
                    kept.push(*index);
                }
                Record::Rows { .. } => {}
            }
            node.replayed += 1;
        }
        node.position = node.position.max(upto);
        node.service_us = node.service_us.max(ts);
        self.checkers.consumed(id, (before, node.position), records, |index| Some(kept.contains(&index)));
        self.checkers.ticked(id, node.position, ts);
        if !node.caught_up && ts > 0 {
            node.caught_up = true;
            let (records, took_us) = (node.replayed, now - node.watched_us);
            self.emit(Some(id), MilvusEvent::ChannelReplayed { records, took_us });
        }
        self.release_growing(id, 0);
        self.serve_waiting(id);
    }
}
