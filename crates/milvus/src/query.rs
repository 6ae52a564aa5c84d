//! Query nodes: they load sealed segments, read the log for growing rows, and search both.
//!
//! One node of every replica is the delegator: it reads the log, knows up to which tick it has everything, delays a
//! search until that reaches the search's guarantee, and merges the results of the other nodes. Guarantees: a search is
//! answered only from a state that satisfies its guarantee; vectors are really compared; a row that is in both the
//! growing and a sealed segment is found once; growing rows are released when sealed segments that hold them are
//! served, and not before. Simplified: the time of a search is taken from the settings: a fixed part at every node that
//! takes part, the rest in proportion to the distances computed there.

use litemap::{Entry, LiteMap};
use std::sync::Arc;

use super::checkers::Answered;
use super::log::Source;
use super::near::{self, Nearest, Rows};
use super::net::{Answer, Ask, Found, Placed, Stream, Watch, Why, Wish};
use super::record::Record;
use super::rules::Rule;
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{MS, Micros, NodeId};

/// A query node's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryNode {
    /// Segments, and whether they are served yet.
    pub(super) segments: LiteMap<u64, bool>,
    /// The replica of which it is the delegator.
    pub(super) replica: Option<u32>,
    /// The node that serves each segment of its replica; 0 for none.
    placed: Arc<[Placed]>,
    /// Everything up to here has expired.
    expired: u64,
    /// Counts how often it began to read: work of an earlier time is void.
    stint: u64,
    /// The part of the log it has read itself begins here: earlier rows are in sealed segments.
    from: u64,
    /// Whether its replica serves all segments that hold the earlier rows.
    incomplete: bool,
    /// How far it has read the log, and up to when it has everything.
    position: u64,
    /// How far it has been sent the log without a gap; it is ahead of `position` while it reads.
    received: u64,
    pub(super) service_us: Micros,
    pub(super) caught_up: bool,
    /// When it last received anything from the log.
    heard_us: Micros,
    watched_us: Micros,
    replayed: u64,
    fence: u64,
    /// It is busy reading the received records until then.
    reads_until: Micros,
    /// Growing rows: the log's index, and rows.
    pub(super) growing: Arc<Vec<(u64, Rows)>>,
    waiting: Vec<u64>,
    /// It is busy loading segments until then.
    loads_until: Micros,
}

impl QueryNode {
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

/// A search at its delegator.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) node: NodeId,
    asked: (NodeId, u64),
    wish: Wish,
    guarantee: Micros,
    may_leave_out: bool,
    came_us: Micros,
    /// The caller's deadline.
    until: Micros,
    waited_us: Micros,
    behind_us: Micros,
    distances: u64,
    rows: u64,
    /// Parts that have not arrived yet.
    open: u32,
    left_out: bool,
    hits: Vec<(f32, i64)>,
    /// The growing rows as they were when it began: what is released meanwhile is not in its segments.
    pinned: Arc<Vec<(u64, Rows)>>,
}

/// A part of a search, for another node.
#[derive(Clone, Debug)]
pub(super) struct PartWish {
    pub(super) query: u64,
    pub(super) segments: Vec<u64>,
    /// Rows of the whole replica.
    pub(super) of: u64,
    pub(super) until: Micros,
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
        let (served, loading) = (held(true).collect(), held(false).collect());
        let (replica, caught_up, began) = (node.replica, node.caught_up, node.from);
        let answer = Answer::Distribution { life, served, loading, replica, caught_up, from: began };
        self.reply(id, from, call, answer);
    }

    pub(super) fn load_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64, replica: u32) {
        self.reply(id, from, call, Answer::Done);
        let began_us = self.now;
        let late_us = self.object_store.ms * MS;
        let takes_us = self.settings.segment_mb * 1_000_000 / self.settings.object_mb_per_s.max(1) + late_us;
        // A segment that was merged or has expired meanwhile cannot be loaded.
        let stored = self.sealed.iter().any(|sealed| sealed.segment == segment);
        let Some(node) = self.queriers.get_mut(&id).filter(|_| stored) else { return };
        if let Entry::Vacant(loading) = node.segments.entry(segment) {
            loading.insert(false);
            // One after the other: they share one network card. Searches go on meanwhile.
            node.loads_until = node.loads_until.max(began_us) + takes_us;
            let takes_us = node.loads_until - began_us;
            self.work_aside(id, takes_us, Job::Loaded { segment, replica, began_us });
        }
    }

    pub(super) fn loaded(&mut self, id: NodeId, segment: u64, replica: u32, began_us: Micros) {
        let bytes = self.settings.segment_mb * 1_000_000;
        if let Some(node) = self.queriers.get_mut(&id)
            && let Some(served) = node.segments.get_mut(&segment)
        {
            *served = true;
            if let Some(sealed) = self.sealed.iter().find(|sealed| sealed.segment == segment) {
                self.checkers.segment_served(replica, sealed.span);
                self.checkers.segment_seen(segment, &sealed.rows.ids);
            }
            let took_us = self.now - began_us;
            self.emit(Some(id), MilvusEvent::SegmentLoaded { segment, replica, bytes, took_us });
        }
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

    /// The log up to here is in sealed segments that the replica serves, or has expired; for an observer.
    fn sealed_upto(&self, node: &QueryNode) -> u64 {
        let span = |segment: u64| self.sealed.iter().find(|sealed| sealed.segment == segment)?.span;
        let served = node.placed.iter().filter(|(_, at, _)| *at != 0).filter_map(|part| span(part.0));
        let mut spans: Vec<(u64, u64)> = served.collect();
        spans.sort_unstable();
        let expired = node.expired;
        spans.into_iter().fold(expired, |end, (after, upto)| if after <= end { end.max(upto) } else { end })
    }

    /// Releases growing rows that are in sealed segments served by the replica.
    fn release_growing(&mut self, id: NodeId, checkpoint: u64) {
        if !self.rules.on(Rule::ReleaseGrowing) {
            return;
        }
        let Some(node) = self.queriers.get(&id) else { return };
        let served = node.placed.iter().filter(|(_, at, _)| *at != 0);
        let mut spans: Vec<(u64, u64)> = served.filter_map(|part| part.2).collect();
        spans.sort_unstable();
        let mut whole = spans
            .into_iter()
            .fold(node.expired, |end, (after, upto)| if after <= end { end.max(upto) } else { end });
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
        let sealed = self.sealed_upto(node);
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
            self.release_growing(id, 0);
        }
        self.serve_waiting(id);
    }

    // --- searching

    /// A delegator receives a search.
    pub(super) fn execute_asked(
        &mut self,
        id: NodeId,
        asked: (NodeId, u64),
        wish: Wish,
        guarantee: Micros,
        may_leave_out: bool,
        until: Micros,
    ) {
        let now = self.now;
        if self.queue_is_full(id) {
            self.reply(id, asked.0, asked.1, Answer::Failed("queue_full"));
            return;
        }
        let Some(node) = self.queriers.get_mut(&id).filter(|node| node.caught_up) else {
            self.reply(id, asked.0, asked.1, Answer::Failed("not_serving"));
            return;
        };
        self.called += 1;
        let number = self.called;
        node.waiting.push(number);
        self.searches.insert(
            number,
            Box::new(Search {
                node: id,
                asked,
                wish,
                guarantee,
                may_leave_out,
                came_us: now,
                until,
                waited_us: 0,
                behind_us: 0,
                distances: 0,
                rows: 0,
                open: 0,
                left_out: false,
                hits: Vec::new(),
                pinned: Arc::default(),
            }),
        );
        self.serve_waiting(id);
    }

    /// Begins every search whose guarantee is reached.
    fn serve_waiting(&mut self, id: NodeId) {
        let Some(node) = self.queriers.get_mut(&id) else { return };
        if node.waiting.is_empty() {
            return;
        }
        let service_us = node.service_us;
        let searches = &self.searches;
        let waits = self.rules.on(Rule::WaitForGuaranteeTs);
        let reached =
            |number: &u64| searches.get(number).is_none_or(|search| !waits || search.guarantee <= service_us);
        let ready: Vec<u64> = node.waiting.extract_if(.., |number| reached(number)).collect();
        for number in ready {
            self.begin_search(id, number, service_us);
        }
    }

    /// Drops searches that wait for their guarantee after their deadline; a search that has begun ends by itself.
    fn drop_old_searches(&mut self, id: NodeId) {
        let (now, most_us) = (self.now, self.settings.call_timeout_ms * 1_000);
        self.searches
            .retain(|_, search| search.node != id || search.open > 0 || now <= search.until + most_us);
        let searches = &self.searches;
        if let Some(node) = self.queriers.get_mut(&id) {
            node.waiting.retain(|number| searches.contains_key(number));
        }
    }

    fn begin_search(&mut self, id: NodeId, number: u64, service_us: Micros) {
        let now = self.now;
        let (Some(search), Some(node)) = (self.searches.get_mut(&number), self.queriers.get(&id)) else {
            return;
        };
        self.checkers.search_began(id, service_us, search.guarantee);
        search.waited_us = now - search.came_us;
        search.behind_us = now.saturating_sub(service_us);
        search.left_out |= node.incomplete;
        search.pinned = node.growing.clone();
        let (query, until) = (search.wish.query, search.until);
        let placed = node.placed.clone();
        let mut parts: LiteMap<NodeId, Vec<u64>> = LiteMap::new();
        for (segment, at, _) in placed.iter() {
            let at = if node.segments.get(segment) == Some(&true) { id } else { *at };
            if at == 0 {
                search.left_out = true;
            } else {
                parts.entry(at).or_default().push(*segment);
            }
        }
        if search.left_out && !search.may_leave_out {
            self.end_search(number, Err("segment_missing"));
            return;
        }
        let others: Vec<(NodeId, Vec<u64>)> =
            parts.iter().filter(|(at, _)| **at != id).map(|(at, part)| (*at, part.clone())).collect();
        search.open = 1 + others.len() as u32;
        let rows = placed.iter().map(|part| self.rows_of(part.0)).sum();
        if let Some(search) = self.searches.get_mut(&number) {
            search.rows = rows;
        }
        let own = parts.remove(&id).unwrap_or_default();
        let cost = self.search_cost(query, &own, rows);
        self.work_until(id, cost, until, Job::Own { search: number, segments: own });
        for (at, segments) in others {
            self.call(id, at, Ask::Part { query, segments, of: rows, until }, Why::Part { search: number });
        }
    }

    fn rows_of(&self, segment: u64) -> u64 {
        self.sealed
            .iter()
            .find(|sealed| sealed.segment == segment)
            .map_or(0, |sealed| sealed.rows.len() as u64)
    }

    /// The time that a node takes for its part: the fixed cost of taking part, and the distances that it computes,
    /// relative to the rows of the whole replica.
    fn search_cost(&mut self, query: u64, segments: &[u64], of: u64) -> Micros {
        let whole = self.settings.search_us;
        let visit = whole * self.settings.visit_percent / 100;
        let distances = self.nearest_in(query, segments).1;
        visit + (whole - visit) * distances / of.max(1)
    }

    /// A query vector.
    fn wanted_vector(&self, query: u64) -> Vec<f32> {
        near::query(self.seed, self.settings.dim, query)
    }

    /// The nearest rows found for a vector, by segment. Vectors are numbered like clients.
    fn found_in(&mut self, query: u64) -> &mut LiteMap<u64, Nearest> {
        let at = query as usize;
        if self.nearest.len() <= at {
            self.nearest.resize_with(at + 1, LiteMap::new);
        }
        &mut self.nearest[at]
    }

    /// The nearest rows in these segments, and the number of distances computed.
    fn nearest_in(&mut self, query: u64, segments: &[u64]) -> (Vec<(f32, i64)>, u64) {
        let (mut hits, mut distances) = (Vec::new(), 0);
        for segment in segments {
            if !self.found_in(query).contains_key(segment) {
                let vector = self.wanted_vector(query);
                let sealed = self.sealed.iter().find(|sealed| sealed.segment == *segment);
                let found =
                    sealed.map_or_else(Nearest::default, |sealed| sealed.nearest(&self.settings, &vector));
                self.found_in(query).insert(*segment, found);
            }
            if let Some(found) = self.found_in(query).get(segment) {
                hits.extend_from_slice(&found.hits);
                distances += found.distances;
            }
        }
        (hits, distances)
    }

    /// A delegator has searched its own segments and the growing rows.
    pub(super) fn searched_own(&mut self, id: NodeId, number: u64, segments: &[u64]) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        let (query, mut growing) = (search.wish.query, std::mem::take(&mut search.pinned));
        if !self.rules.on(Rule::PinSegments) {
            growing = self.queriers.get(&id).map(|node| node.growing.clone()).unwrap_or_default();
        }
        let vector = self.wanted_vector(query);
        let mut hits = near::exact(&self.settings, &vector, growing.iter().map(|(_, rows)| rows));
        let (more, distances) = self.nearest_in(query, segments);
        hits.extend(more);
        self.gather(number, hits, distances);
    }

    /// A query node receives a part of a search from a delegator.
    pub(super) fn part_asked(&mut self, id: NodeId, from: NodeId, call: u64, part: PartWish) {
        let serves = |segment: &u64| {
            self.queriers.get(&id).is_some_and(|node| node.segments.get(segment) == Some(&true))
        };
        if !part.segments.iter().all(serves) {
            self.reply(id, from, call, Answer::Failed("not_serving"));
            return;
        }
        if self.queue_is_full(id) {
            self.reply(id, from, call, Answer::Failed("queue_full"));
            return;
        }
        let PartWish { query, segments, of, until } = part;
        let cost = self.search_cost(query, &segments, of);
        self.work_until(id, cost, until, Job::Part { to: from, call, query, segments });
    }

    pub(super) fn searched_part(&mut self, id: NodeId, to: NodeId, call: u64, query: u64, segments: &[u64]) {
        let (hits, distances) = self.nearest_in(query, segments);
        self.reply(id, to, call, Answer::Hits(hits, distances));
    }

    /// A job has no caller waiting, or cannot be done in time: it is dropped.
    pub(super) fn leave_undone(&mut self, id: NodeId, job: &Job) {
        match job {
            Job::Own { search, .. } => self.end_search(*search, Err("too_late")),
            Job::Part { to, call, .. } => self.reply(id, *to, *call, Answer::Failed("too_late")),
            _ => {}
        }
    }

    pub(super) fn part_found(&mut self, number: u64, answer: Answer) {
        match answer {
            Answer::Hits(hits, distances) => self.gather(number, hits, distances),
            // It did not even begin: that says nothing about the segment.
            Answer::Failed(why @ ("queue_full" | "too_late")) => self.end_search(number, Err(why)),
            _ => self.part_broken(number),
        }
    }

    /// A part of a search has failed.
    pub(super) fn part_broken(&mut self, number: u64) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.left_out = true;
        if search.may_leave_out {
            self.gather(number, Vec::new(), 0);
        } else {
            self.end_search(number, Err("segment_missing"));
        }
    }

    fn gather(&mut self, number: u64, hits: Vec<(f32, i64)>, distances: u64) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.hits.extend(hits);
        search.distances += distances;
        search.open -= 1;
        if search.open == 0 {
            self.end_search(number, Ok(()));
        }
    }

    fn end_search(&mut self, number: u64, ended: Result<(), &'static str>) {
        let Some(mut search) = self.searches.remove(&number) else { return };
        if let Err(why) = ended {
            self.reply(search.node, search.asked.0, search.asked.1, Answer::Failed(why));
            return;
        }
        self.clients.search_finished(self.now, self.now > search.until);
        search.hits.retain(|(_, id)| !self.has_expired(*id));
        let hits = near::best(&self.settings, search.hits, self.rules.on(Rule::ReduceByKey));
        let exact = search.wish.measured && !search.left_out && self.settings.index_type == 0;
        let truth = if exact { self.truth(search.wish.query, &hits) } else { Vec::new() };
        self.checkers.search_answered(Answered {
            node: search.node,
            guarantee: search.guarantee,
            hits: &hits,
            truth: &truth,
            expired_below: self.clients.expired.1,
            first_written: self.settings.rows as i64,
        });
        let (waited_us, behind_us) = (search.waited_us, search.behind_us);
        let mut recall_permille = 0;
        if search.wish.measured {
            recall_permille = self.recall(search.wish.query, &hits);
            let partial = search.left_out;
            let kind = MilvusEvent::SearchServed {
                op: search.wish.op,
                waited_us,
                behind_us,
                recall_permille,
                partial,
            };
            self.emit(Some(search.node), kind);
        }
        let (node, partial) = (search.node, search.left_out);
        let (distances, rows) = (search.distances, search.rows);
        let found = Found { node, waited_us, behind_us, partial, recall_permille, distances, rows };
        self.reply(search.node, search.asked.0, search.asked.1, Answer::Found(Arc::new(found)));
    }

    /// Whether a writer's row is older than the TTL.
    fn has_expired(&self, id: i64) -> bool {
        id < self.clients.expired.1 && id >= self.settings.rows as i64
    }

    /// The recall in thousandths: how many of the nearest among all acknowledged, live rows were found.
    fn recall(&mut self, query: u64, hits: &[(f32, i64)]) -> u32 {
        let truth = self.truth(query, hits);
        let found = truth.iter().filter(|(_, id)| hits.iter().any(|(_, hit)| hit == id)).count();
        if truth.is_empty() { 1_000 } else { (found * 1_000 / truth.len()) as u32 }
    }

    /// The nearest among all acknowledged, live rows and those that were found: a row that is in the log and about to be
    /// acknowledged may be found already, and takes another's place.
    fn truth(&mut self, query: u64, hits: &[(f32, i64)]) -> Vec<(f32, i64)> {
        let vector = self.wanted_vector(query);
        // The initial rows never change; number 0 stands for all of them, searched row by row.
        if !self.found_in(query).contains_key(&0) {
            let began = self.sealed.iter().filter(|sealed| sealed.span.is_none()).map(|sealed| &sealed.rows);
            let hits = near::exact(&self.settings, &vector, began).into();
            self.found_in(query).insert(0, Nearest { hits, distances: 0 });
        }
        let mut truth = near::exact(&self.settings, &vector, self.clients.acknowledged_rows());
        truth.extend_from_slice(hits);
        truth.extend(self.found_in(query).get(&0).iter().flat_map(|found| found.hits.iter().copied()));
        near::best(&self.settings, truth, true)
    }
}
