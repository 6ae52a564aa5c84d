//! Query nodes: they load sealed segments, read the log for what grows, and search both.
//!
//! Of every replica one node is the delegator: it reads the log, knows up to which tick it has everything, lets a search
//! wait until that reaches the search's guarantee, and gathers what its fellows find in their segments. Promises: a search
//! is answered only from what its guarantee demands; vectors are really compared; a row that lies both in the growing and
//! in a sealed segment is found once. Simplified: every segment is searched exactly, and the time of a search is the
//! setting's, shared by the nodes of a replica by the segments that each searches.

use std::sync::Arc;

use super::net::{Answer, Ask, Found, Why, Wish};
use super::record::Record;
use super::{Job, Milvus, Settings};
use crate::sim::event::EventKind;
use crate::types::{Map, Micros, NodeId, Rng, order::sort};
use crate::vector::{Measure, Metric};

/// Rows of a segment: what the object store keeps and every copy shares.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    pub(super) segment: u64,
    pub(super) rows: Rows,
}

/// Rows with their vectors.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) ids: Arc<[i64]>,
    pub(super) vectors: Arc<[f32]>,
}

impl Rows {
    /// Rows `first..first + count` of a seed.
    pub(super) fn made(seed: u64, dim: u64, first: i64, count: u64) -> Self {
        let ids: Arc<[i64]> = (0..count as i64).map(|n| first + n).collect();
        let mut vectors = vec![0.0; (dim * count) as usize];
        for (id, vector) in ids.iter().zip(vectors.chunks_mut(dim.max(1) as usize)) {
            Rng::new(seed, ROW_STREAM.wrapping_add(id.cast_unsigned())).fill_units(vector);
        }
        Self { ids, vectors: vectors.into() }
    }
}

/// Streams of randomness from here on make rows, from the other on queries.
const ROW_STREAM: u64 = 1 << 32;
const QUERY_STREAM: u64 = 1 << 48;

/// The sealed segments that a cluster begins with.
pub(super) fn sealed(seed: u64, settings: &Settings) -> Vec<Sealed> {
    let (count, rows) = (settings.segments, settings.rows);
    let bound = |n: u64| (rows * n / count) as i64;
    (0..count)
        .map(|n| Sealed {
            segment: n + 1,
            rows: Rows::made(seed, settings.dim, bound(n), (bound(n + 1) - bound(n)) as u64),
        })
        .collect()
}

/// A query node's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryNode {
    /// Segments, and whether they are served yet.
    pub(super) segments: Map<u64, bool>,
    /// The replica whose delegator it is.
    pub(super) replica: Option<u32>,
    /// Who serves what in its replica; 0 for nobody.
    placed: Arc<[(u64, NodeId)]>,
    /// Where in the log it began to read.
    from: u64,
    /// How far it has read the log, and up to when it has everything.
    position: u64,
    pub(super) service_us: Micros,
    pub(super) caught_up: bool,
    /// When it last heard of the log.
    heard_us: Micros,
    watched_us: Micros,
    replayed: u64,
    fence: u64,
    /// Until then it reads what it was sent.
    reads_until: Micros,
    /// What grows: the log's index, number, vector.
    pub(super) growing: Vec<(u64, i64, Vec<f32>)>,
    waiting: Vec<u64>,
    /// Until then it loads segments.
    loads_until: Micros,
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
    waited_us: Micros,
    behind_us: Micros,
    /// Parts that are not there yet.
    open: u32,
    left_out: bool,
    hits: Vec<(f32, i64)>,
}

impl Milvus {
    pub(super) fn start_query_node(&mut self, id: NodeId) {
        self.queriers.insert(id, QueryNode::default());
    }

    // --- what the coordinator asks

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
        let takes_us = self.settings.segment_mb * 1_000_000 / self.settings.object_mb_per_s.max(1);
        let Some(node) = self.queriers.get_mut(&id) else { return };
        if !node.segments.contains_key(&segment) {
            node.segments.insert(segment, false);
            // One after the other: they come over one network card. Searches go on meanwhile.
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
            let took_us = self.now - began_us;
            self.emit(Some(id), EventKind::SegmentLoaded { segment, replica, bytes, took_us });
        }
    }

    pub(super) fn release_asked(&mut self, id: NodeId, from: NodeId, call: u64, segment: u64) {
        if let Some(node) = self.queriers.get_mut(&id) {
            node.segments.remove(&segment);
        }
        self.reply(id, from, call, Answer::Done);
    }

    // --- reading the log

    pub(super) fn watch_asked(
        &mut self,
        id: NodeId,
        from: NodeId,
        call: u64,
        replica: u32,
        placed: Arc<[(u64, NodeId)]>,
    ) {
        self.reply(id, from, call, Answer::Done);
        let (now, checkpoint) = (self.now, self.checkpoint());
        let Some(node) = self.queriers.get_mut(&id) else { return };
        node.placed = placed;
        if node.replica != Some(replica) {
            node.replica = Some(replica);
            node.position = checkpoint;
            node.from = checkpoint;
            node.watched_us = now;
            node.heard_us = now;
            self.subscribe(id);
        }
    }

    /// The log up to here is in flushed segments.
    pub(super) fn checkpoint(&self) -> u64 {
        self.flushed().iter().map(|flushed| flushed.upto).max().unwrap_or(0)
    }

    pub(super) fn subscribe(&mut self, id: NodeId) {
        let from = match self.queriers.get(&id) {
            Some(node) => node.position,
            None => self.flushing.position(id),
        };
        self.ask_acting(id, self.log_source(), Ask::Subscribe { from }, Why::Subscribe);
    }

    pub(super) fn subscribed(&mut self, id: NodeId, _answer: &Answer) {
        let now = self.now;
        if let Some(node) = self.queriers.get_mut(&id) {
            node.heard_us = now;
        }
    }

    /// Who hears nothing of the log asks again, perhaps somebody else.
    pub(super) fn look_after_stream(&mut self, id: NodeId) {
        let silent_us = 5 * self.settings.tick_ms * 1_000;
        let now = self.now;
        let again = self.queriers.get(&id).is_some_and(|node| {
            node.replica.is_some() && now > node.heard_us + silent_us && now >= node.reads_until
        });
        if again {
            let source = self.log_source();
            self.acting_for.remove(&(id, source));
            self.subscribe(id);
        }
        self.drop_old_searches(id);
    }

    pub(super) fn query_node_streamed(
        &mut self,
        id: NodeId,
        position: u64,
        upto: u64,
        records: Vec<(u64, Record)>,
        ts: Micros,
    ) {
        let now = self.now;
        let Some(node) = self.queriers.get_mut(&id).filter(|node| node.replica.is_some()) else { return };
        node.heard_us = now;
        if position > node.position && node.reads_until <= now {
            // Something is missing in between.
            self.subscribe(id);
            return;
        }
        let takes_us = records.len() as u64 * 1_000_000 / self.settings.replay_records_per_s.max(1);
        node.reads_until = node.reads_until.max(now) + takes_us;
        if node.reads_until == now {
            self.consumed(id, upto, &records, ts);
        } else {
            let takes_us = node.reads_until - now;
            self.work_aside(id, takes_us, Job::Consumed { upto, records, ts });
        }
    }

    /// Records have been read.
    pub(super) fn consumed(&mut self, id: NodeId, upto: u64, records: &[(u64, Record)], ts: Micros) {
        let (now, seed, dim) = (self.now, self.seed, self.settings.dim);
        let Some(node) = self.queriers.get_mut(&id) else { return };
        for (index, record) in records {
            if *index <= node.position {
                continue;
            }
            match *record {
                Record::Fence { epoch } => node.fence = node.fence.max(epoch),
                Record::Rows { epoch, first_id, rows, .. } if epoch >= node.fence => {
                    let made = Rows::made(seed, dim, first_id, rows);
                    let vectors = made.vectors.chunks(dim.max(1) as usize);
                    let new = made.ids.iter().zip(vectors).map(|(id, vector)| (*index, *id, vector.to_vec()));
                    node.growing.extend(new);
                }
                Record::Rows { .. } => {}
            }
            node.replayed += 1;
        }
        node.position = node.position.max(upto);
        node.service_us = node.service_us.max(ts);
        if !node.caught_up && ts > 0 {
            node.caught_up = true;
            let (records, took_us) = (node.replayed, now - node.watched_us);
            self.emit(Some(id), EventKind::ChannelReplayed { records, took_us });
        }
        self.serve_waiting(id);
    }

    // --- searching

    /// A delegator is asked to search, by this caller's call.
    pub(super) fn execute_asked(
        &mut self,
        id: NodeId,
        asked: (NodeId, u64),
        wish: Wish,
        guarantee: Micros,
        may_leave_out: bool,
    ) {
        let now = self.now;
        let Some(node) = self.queriers.get_mut(&id).filter(|node| node.caught_up) else {
            self.reply(id, asked.0, asked.1, Answer::Failed("not_serving"));
            return;
        };
        self.called += 1;
        let number = self.called;
        node.waiting.push(number);
        self.searches.insert(
            number,
            Search {
                node: id,
                asked,
                wish,
                guarantee,
                may_leave_out,
                came_us: now,
                waited_us: 0,
                behind_us: 0,
                open: 0,
                left_out: false,
                hits: Vec::new(),
            },
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
        let reached = |number: &u64| searches.get(number).is_none_or(|search| search.guarantee <= service_us);
        let ready: Vec<u64> = node.waiting.extract_if(.., |number| reached(number)).collect();
        for number in ready {
            self.begin_search(id, number, service_us);
        }
    }

    fn drop_old_searches(&mut self, id: NodeId) {
        let (now, most_us) = (self.now, self.settings.call_timeout_ms * 1_000);
        self.searches.retain(|_, search| search.node != id || now - search.came_us <= 2 * most_us);
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
        search.waited_us = now - search.came_us;
        search.behind_us = now.saturating_sub(service_us);
        let placed = node.placed.clone();
        let mut parts: Map<NodeId, Vec<u64>> = Map::new();
        for (segment, at) in placed.iter() {
            let at = if node.segments.get(segment) == Some(&true) { id } else { *at };
            if at == 0 {
                search.left_out = true;
            } else {
                parts.get_or_insert(at, Vec::new).push(*segment);
            }
        }
        if search.left_out && !search.may_leave_out {
            self.end_search(number, false);
            return;
        }
        let others: Vec<(NodeId, Vec<u64>)> =
            parts.iter().filter(|(at, _)| **at != id).map(|(at, part)| (*at, part.clone())).collect();
        search.open = 1 + others.len() as u32;
        let query = search.wish.query;
        let own = parts.get(&id).map_or(0, Vec::len);
        let cost = self.search_cost(own, placed.len());
        self.work(id, cost, Job::Own { search: number });
        for (at, segments) in others {
            self.call(id, at, Ask::Part { query, segments }, Why::Part { search: number });
        }
    }

    /// The time that so many of a replica's segments take.
    fn search_cost(&self, segments: usize, of: usize) -> Micros {
        self.settings.search_us * segments as u64 / of.max(1) as u64
    }

    /// A vector that is looked for.
    fn wanted_vector(&self, query: u64) -> Vec<f32> {
        let mut vector = vec![0.0; self.settings.dim as usize];
        Rng::new(self.seed, QUERY_STREAM.wrapping_add(query)).fill_units(&mut vector);
        vector
    }

    /// What is nearest in these segments.
    fn nearest_in(&mut self, query: u64, segments: impl Iterator<Item = u64>) -> Vec<(f32, i64)> {
        let mut hits = Vec::new();
        for segment in segments {
            if !self.nearest.contains_key(&(query, segment)) {
                let vector = self.wanted_vector(query);
                let mut found = Hits::new(self.settings.top_k as usize, &vector);
                let rows = self.sealed.iter().find(|sealed| sealed.segment == segment);
                rows.iter().for_each(|sealed| found.look_at(&sealed.rows));
                self.nearest.insert((query, segment), found.rows.into());
            }
            hits.extend(self.nearest.get(&(query, segment)).iter().flat_map(|found| found.iter().copied()));
        }
        hits
    }

    /// A delegator has searched its own segments, and what grows.
    pub(super) fn searched_own(&mut self, id: NodeId, number: u64) {
        let Some(query) = self.searches.get(&number).map(|search| search.wish.query) else { return };
        let Some(node) = self.queriers.get(&id) else { return };
        let vector = self.wanted_vector(query);
        let mut grown = Hits::new(self.settings.top_k as usize, &vector);
        node.growing.iter().for_each(|(_, id, vector)| grown.offer(*id, vector));
        let own: Vec<u64> =
            node.segments.iter().filter(|(_, served)| **served).map(|(segment, _)| *segment).collect();
        let mut hits = grown.rows;
        hits.extend(self.nearest_in(query, own.into_iter()));
        self.gather(number, hits);
    }

    pub(super) fn part_asked(&mut self, id: NodeId, from: NodeId, call: u64, query: u64, segments: Vec<u64>) {
        let serves = |segment: &u64| {
            self.queriers.get(&id).is_some_and(|node| node.segments.get(segment) == Some(&true))
        };
        if !segments.iter().all(serves) {
            self.reply(id, from, call, Answer::Failed("not_serving"));
            return;
        }
        let cost = self.search_cost(segments.len(), self.wanted().len());
        self.work(id, cost, Job::Part { to: from, call, query, segments });
    }

    pub(super) fn searched_part(&mut self, id: NodeId, to: NodeId, call: u64, query: u64, segments: &[u64]) {
        let hits = self.nearest_in(query, segments.iter().copied());
        self.reply(id, to, call, Answer::Hits(hits));
    }

    pub(super) fn part_found(&mut self, number: u64, answer: Answer) {
        match answer {
            Answer::Hits(hits) => self.gather(number, hits),
            _ => self.part_broken(number),
        }
    }

    /// A part will not come.
    pub(super) fn part_broken(&mut self, number: u64) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.left_out = true;
        if search.may_leave_out {
            self.gather(number, Vec::new());
        } else {
            self.end_search(number, false);
        }
    }

    fn gather(&mut self, number: u64, hits: Vec<(f32, i64)>) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.hits.extend(hits);
        search.open -= 1;
        if search.open == 0 {
            self.end_search(number, true);
        }
    }

    fn end_search(&mut self, number: u64, found: bool) {
        let Some(mut search) = self.searches.remove(&number) else { return };
        if !found {
            self.reply(search.node, search.asked.0, search.asked.1, Answer::Failed("segment_missing"));
            return;
        }
        sort(&mut search.hits, nearer);
        search.hits.dedup_by_key(|hit| hit.1);
        search.hits.truncate(self.settings.top_k as usize);
        let (waited_us, behind_us) = (search.waited_us, search.behind_us);
        let mut recall_permille = 0;
        if search.wish.measured {
            recall_permille = self.recall(search.wish.query, &search.hits);
            let partial = search.left_out;
            let kind = EventKind::SearchServed {
                op: search.wish.op,
                waited_us,
                behind_us,
                recall_permille,
                partial,
            };
            self.emit(Some(search.node), kind);
        }
        let (node, partial) = (search.node, search.left_out);
        let found = Found { node, waited_us, behind_us, partial, recall_permille };
        self.reply(search.node, search.asked.0, search.asked.1, Answer::Found(Arc::new(found)));
    }

    /// Of the rows that are nearest among all that were ever acknowledged, so many of a thousand were found.
    fn recall(&mut self, query: u64, hits: &[(f32, i64)]) -> u32 {
        let mut truth = self.nearest_in(query, 1..=self.settings.segments);
        let vector = self.wanted_vector(query);
        let mut written = Hits::new(self.settings.top_k as usize, &vector);
        self.clients.acknowledged_rows().for_each(|rows| written.look_at(rows));
        truth.extend(written.rows);
        sort(&mut truth, nearer);
        truth.truncate(self.settings.top_k as usize);
        let found = truth.iter().filter(|(_, id)| hits.iter().any(|(_, hit)| hit == id)).count();
        if truth.is_empty() { 1_000 } else { (found * 1_000 / truth.len()) as u32 }
    }
}

/// Nearer first, and of two that are equally near the lower number.
fn nearer(a: &(f32, i64), b: &(f32, i64)) -> core::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// What is nearest to a vector in a segment.
pub(super) type Nearest = Arc<[(f32, i64)]>;

/// The nearest rows so far.
struct Hits<'q> {
    most: usize,
    measure: Measure<'q>,
    rows: Vec<(f32, i64)>,
}

impl<'q> Hits<'q> {
    fn new(most: usize, query: &'q [f32]) -> Self {
        Self { most, measure: Measure::new(Metric::L2, query), rows: Vec::with_capacity(most + 1) }
    }

    fn look_at(&mut self, rows: &Rows) {
        let dim = self.measure.query().len().max(1);
        for (id, vector) in rows.ids.iter().zip(rows.vectors.chunks(dim)) {
            self.offer(*id, vector);
        }
    }

    fn offer(&mut self, id: i64, vector: &[f32]) {
        let distance = self.measure.to(vector);
        if self.rows.len() == self.most && self.rows.last().is_some_and(|last| last.0 <= distance) {
            return;
        }
        let at = self.rows.partition_point(|row| row.0.total_cmp(&distance).then(row.1.cmp(&id)).is_lt());
        if self.rows.get(at).is_none_or(|row| row.1 != id) {
            self.rows.insert(at, (distance, id));
            self.rows.truncate(self.most);
        }
    }
}
