//! Searches at query nodes: a delegator waits for the guarantee, searches its part, asks others for theirs, and merges.
//!
//! Guarantees: a search is answered only from a state that satisfies its guarantee, and from the growing rows and
//! segments as they were when it began; vectors are really compared; a row that is in both the growing and a sealed
//! segment is found once; an expired row is not searched (Milvus: the bitset of segcore), and takes no other's place.
//! A search that may leave out segments does not wait for its guarantee, and is answered if as much of the rows as the
//! settings require is there, as in Milvus. Simplified: the time of a search is taken from the settings: a fixed part
//! at every node that takes part, the rest in proportion to the distances computed there. Leaves out: how rows and
//! segments come to the nodes (`delegator`, `query_node`).

use litemap::LiteMap;
use std::sync::Arc;

use super::checkers::Answered;
use super::delegator::At;
use super::keeping;
use super::kept::FIRST_IMPORTED;
use super::near::{self, Nearest, Rows};
use super::net::{Answer, Ask, Found, Why, Wish};
use super::rules::Rule;
use super::{Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{Micros, NodeId};

/// A search at its delegator.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) node: NodeId,
    replica: u32,
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
    /// Rows of sealed segments that nobody serves or whose part has failed.
    missing: u64,
    hits: Vec<(f32, i64)>,
    /// The growing rows as they were when it began: what is released meanwhile is not in its segments.
    pinned: Arc<Vec<(u64, Rows)>>,
    /// Segments of imports and restores that it sees.
    jobs: Vec<u64>,
}

impl Search {
    /// Its delegator.
    fn at(&self) -> At {
        (self.node, self.replica)
    }

    /// Whether enough of the rows is there for an answer in part.
    fn has_enough(&self, percent: u64) -> bool {
        (self.rows - self.missing.min(self.rows)) * 100 >= self.rows * percent
    }
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
    /// A delegator receives a search.
    pub(super) fn execute_asked(
        &mut self,
        at: At,
        asked: (NodeId, u64),
        wish: Wish,
        guarantee: Micros,
        may_leave_out: bool,
        until: Micros,
    ) {
        let (now, (id, replica)) = (self.now, at);
        if self.queue_is_full(id) {
            self.reply(id, asked.0, asked.1, Answer::Failed("queue_full"));
            return;
        }
        let Some(delegator) = self.delegators.get_mut(&at).filter(|known| known.caught_up) else {
            self.reply(id, asked.0, asked.1, Answer::Failed("not_serving"));
            return;
        };
        self.called += 1;
        let number = self.called;
        delegator.waiting.push(number);
        self.searches.insert(
            number,
            Box::new(Search {
                node: id,
                replica,
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
                missing: 0,
                hits: Vec::new(),
                pinned: Arc::default(),
                jobs: Vec::new(),
            }),
        );
        self.serve_waiting(at);
    }

    /// Begins every search whose guarantee is reached.
    pub(super) fn serve_waiting(&mut self, at: At) {
        let Some(delegator) = self.delegators.get_mut(&at) else { return };
        if delegator.waiting.is_empty() {
            return;
        }
        let service_us = delegator.service_us;
        let searches = &self.searches;
        let waits = self.rules.on(Rule::WaitForGuaranteeTs);
        // One that may leave something out does not wait either: Milvus takes the service time as it is.
        let reached = |number: &u64| {
            searches
                .get(number)
                .is_none_or(|search| !waits || search.may_leave_out || search.guarantee <= service_us)
        };
        let ready: Vec<u64> = delegator.waiting.extract_if(.., |number| reached(number)).collect();
        for number in ready {
            self.begin_search(at, number, service_us);
        }
    }

    /// Drops searches that wait for their guarantee after their deadline; a search that has begun ends by itself.
    pub(super) fn drop_old_searches(&mut self, id: NodeId) {
        let (now, most_us) = (self.now, self.settings.call_timeout_ms * 1_000);
        self.searches
            .retain(|_, search| search.node != id || search.open > 0 || now <= search.until + most_us);
        let searches = &self.searches;
        for (_, delegator) in self.delegators.iter_mut().filter(|((node, _), _)| *node == id) {
            delegator.waiting.retain(|number| searches.contains_key(number));
        }
    }

    fn begin_search(&mut self, at: At, number: u64, service_us: Micros) {
        let (now, id) = (self.now, at.0);
        if !self.may_delegate(id) && self.rules.on(Rule::ServeWhileOwner) {
            self.end_search(number, Err("not_serving"));
            return;
        }
        self.watch_delegator(at);
        let (Some(search), Some(delegator)) = (self.searches.get_mut(&number), self.delegators.get(&at))
        else {
            return;
        };
        if !search.may_leave_out {
            self.checkers.search_began(id, service_us, search.guarantee);
        }
        search.waited_us = now - search.came_us;
        search.behind_us = now.saturating_sub(service_us);
        search.left_out |= delegator.incomplete;
        search.pinned = delegator.growing.clone();
        let (query, until) = (search.wish.query, search.until);
        let placed = delegator.placed.clone();
        let node = self.queriers.get(&id);
        search.jobs = keeping::of_jobs(placed.iter().map(|part| part.0));
        self.checkers.search_sees(id, &search.jobs);
        let mut parts: LiteMap<NodeId, Vec<u64>> = LiteMap::new();
        for (segment, at, _) in placed.iter() {
            let at = match node.is_some_and(|node| node.serves(*segment)) {
                true => id,
                // The coordinator may believe that the pod still has what it served before it crashed.
                false if *at == id => 0,
                false => *at,
            };
            if at == 0 {
                search.left_out = true;
            } else {
                parts.entry(at).or_default().push(*segment);
            }
        }
        let may_leave_out = search.may_leave_out;
        let there = parts.values().flatten().map(|segment| self.rows_of(*segment)).sum::<u64>();
        let rows = placed.iter().map(|part| self.rows_of(part.0)).sum::<u64>();
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.rows = rows;
        search.missing = rows - there;
        if search.left_out && !(may_leave_out && search.has_enough(self.settings.required_data_percent)) {
            self.end_search(number, Err("segment_missing"));
            return;
        }
        let others: Vec<(NodeId, Vec<u64>)> =
            parts.iter().filter(|(at, _)| **at != id).map(|(at, part)| (*at, part.clone())).collect();
        search.open = 1 + others.len() as u32;
        let own = parts.remove(&id).unwrap_or_default();
        let cost = if self.delegates_at_owner() {
            self.settings.delegator_us
        } else {
            self.search_cost(query, &own, rows)
        };
        self.work_until(id, cost, until, Job::Own { search: number, segments: own });
        for (at, segments) in others {
            let of_part = segments.iter().map(|segment| self.rows_of(*segment)).sum();
            let why = Why::Part { search: number, rows: of_part };
            self.call(id, at, Ask::Part { query, segments, of: rows, until }, why);
        }
    }

    /// Tells the checkers from what a delegator answers.
    fn watch_delegator(&mut self, at: At) {
        let Some(delegator) = self.delegators.get(&at) else { return };
        let (from, position, growing) = (delegator.from, delegator.position, delegator.growing.len());
        self.checkers.answers_from(at.0, (from, position), growing);
        if self.delegates_at_owner() {
            let epoch = self.pod(at.0).and_then(|pod| pod.acting).map_or(0, |acting| acting.epoch);
            let owns = self.owns_log(at.0);
            self.checkers.delegates(at.0, epoch, owns);
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

    /// A query vector; they are numbered like clients.
    fn wanted_vector(&mut self, query: u64) -> Arc<[f32]> {
        let (at, seed, dim) = (query as usize, self.seed, self.settings.dim);
        if self.wanted.len() <= at {
            let next = self.wanted.len() as u64;
            self.wanted.extend((next..=query).map(|number| Arc::from(near::query(seed, dim, number))));
        }
        Arc::clone(&self.wanted[at])
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
                let (vector, lives) = (self.wanted_vector(query), self.lives());
                let sealed = near::find(&self.sealed, *segment);
                let found = sealed
                    .map_or_else(Nearest::default, |sealed| sealed.nearest(&self.settings, &vector, &lives));
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
    pub(super) fn searched_own(&mut self, number: u64, segments: &[u64]) {
        let Some(search) = self.searches.get_mut(&number) else { return };
        let (query, at) = (search.wish.query, search.at());
        let mut growing = std::mem::take(&mut search.pinned);
        if !self.rules.on(Rule::PinSegments) {
            growing = self.delegators.get(&at).map(|known| known.growing.clone()).unwrap_or_default();
        }
        let (vector, lives) = (self.wanted_vector(query), self.lives());
        let mut hits =
            near::exact(&self.settings, &vector, growing.iter().map(|(_, rows)| rows.part()), &lives);
        let (more, distances) = self.nearest_in(query, segments);
        hits.extend(more);
        self.gather(number, hits, distances);
    }

    /// A query node receives a part of a search from a delegator.
    pub(super) fn part_asked(&mut self, id: NodeId, from: NodeId, call: u64, part: PartWish) {
        let serves = |segment: &u64| self.queriers.get(&id).is_some_and(|node| node.serves(*segment));
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

    pub(super) fn part_found(&mut self, number: u64, rows: u64, answer: Answer) {
        match answer {
            Answer::Hits(hits, distances) => self.gather(number, hits, distances),
            // It did not even begin: that says nothing about the segment.
            Answer::Failed(why @ ("queue_full" | "too_late")) => self.end_search(number, Err(why)),
            _ => self.part_broken(number, rows),
        }
    }

    /// A part of a search, with this number of rows, has failed.
    pub(super) fn part_broken(&mut self, number: u64, rows: u64) {
        let percent = self.settings.required_data_percent;
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.left_out = true;
        search.missing += rows;
        if search.may_leave_out && search.has_enough(percent) {
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
        if search.open > 0 {
            return;
        }
        let lives = self.lives();
        let all_live =
            self.searches.get(&number).is_some_and(|search| search.hits.iter().all(|(_, id)| lives(*id)));
        if all_live {
            self.end_search(number, Ok(()));
        } else {
            self.search_again(number);
        }
    }

    /// Rows that it found have expired since, and took the places of others that live: it begins again, as Milvus
    /// searches again when a reduced result has too few rows.
    fn search_again(&mut self, number: u64) {
        let now = self.now;
        let Some(search) = self.searches.get_mut(&number) else { return };
        search.hits.clear();
        search.distances = 0;
        search.left_out = false;
        search.missing = 0;
        // The time that it has worked is not time that it has waited.
        search.came_us = now - search.waited_us;
        let at = search.at();
        match self.delegators.get_mut(&at).filter(|known| known.caught_up) {
            Some(delegator) => {
                delegator.waiting.push(number);
                self.serve_waiting(at);
            }
            None => self.end_search(number, Err("not_serving")),
        }
    }

    pub(super) fn end_search(&mut self, number: u64, ended: Result<(), &'static str>) {
        let Some(search) = self.searches.remove(&number) else { return };
        if let Err(why) = ended {
            self.reply(search.node, search.asked.0, search.asked.1, Answer::Failed(why));
            return;
        }
        self.clients.search_finished(self.now, self.now > search.until);
        let hits = near::best(&self.settings, search.hits, self.rules.on(Rule::ReduceByKey));
        let query = search.wish.query;
        let truth = if search.wish.measured { self.truth(query, &hits, &search.jobs) } else { Vec::new() };
        let exact = !search.may_leave_out && self.settings.index_type == 0;
        let lives = self.lives();
        let dead = hits.iter().map(|(_, id)| *id).find(|id| !lives(*id));
        self.checkers.search_answered(Answered {
            node: search.node,
            guarantee: search.guarantee,
            hits: &hits,
            truth: if exact { &truth } else { &[] },
            dead,
        });
        let (waited_us, behind_us) = (search.waited_us, search.behind_us);
        let mut recall_permille = 0;
        if search.wish.measured {
            recall_permille = recall(&truth, &hits);
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

    /// Which rows live: those that were there from the beginning, written ones that have not expired, and those of
    /// imports and restores.
    fn lives(&self) -> impl Fn(i64) -> bool + use<> {
        let (first_written, written) = (self.settings.rows as i64, self.clients.expired.living());
        let jobs = self.keeping.rows_of_jobs();
        move |id| id < first_written || (id < FIRST_IMPORTED && written(id)) || keeping::among(&jobs, id)
    }

    /// The nearest among all acknowledged, live rows and those that were found: a row that is in the log and about to
    /// be acknowledged may be found already, and takes another's place.
    fn truth(&mut self, query: u64, hits: &[(f32, i64)], jobs: &[u64]) -> Vec<(f32, i64)> {
        let vector = self.wanted_vector(query);
        // The initial rows never change; number 0 stands for all of them, searched row by row.
        if !self.found_in(query).contains_key(&0) {
            let began =
                self.sealed.iter().filter(|sealed| sealed.span.is_none()).map(|sealed| sealed.rows.part());
            let hits = near::exact(&self.settings, &vector, began, &|_| true).into();
            self.found_in(query).insert(0, Nearest { hits, distances: 0 });
        }
        let mut truth = self.clients.acknowledged.nearest(&self.settings, query, &vector).to_vec();
        let of_jobs = jobs.iter().filter_map(|segment| near::find(&self.sealed, *segment));
        truth.extend(near::exact(
            &self.settings,
            &vector,
            of_jobs.map(|sealed| sealed.rows.part()),
            &self.lives(),
        ));
        truth.extend_from_slice(hits);
        truth.extend(self.found_in(query).get(&0).iter().flat_map(|found| found.hits.iter().copied()));
        near::best(&self.settings, truth, true)
    }
}

/// The recall in thousandths: how many of the nearest among all acknowledged, live rows were found.
fn recall(truth: &[(f32, i64)], hits: &[(f32, i64)]) -> u32 {
    let found = truth.iter().filter(|(_, id)| hits.iter().any(|(_, hit)| hit == id)).count();
    if truth.is_empty() { 1_000 } else { (found * 1_000 / truth.len()) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_types::SECOND;

    #[test]
    fn rows_that_expire_while_a_search_runs_are_replaced_by_others_that_live() {
        // Two nodes share the segments of written rows: their parts of a search end at different times.
        let set = [
            ("consistency", 0),
            ("query_nodes", 2),
            ("replicas", 1),
            ("rows", 10),
            ("insert_rows", 20),
            ("insert_interval_ms", 200),
            ("seal_rows", 100),
            ("compact_segments", 0),
            ("search_us", 50_000),
        ];
        for control_plane in 0..3 {
            let mut settings = crate::Settings::default();
            set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
            settings.set("control_plane", control_plane).expect("a setting");
            let mut world = Milvus::new(3, settings);
            assert!(world.advance(40 * SECOND, 10_000_000), "it gets there");
            // A part has found a row that was written, and another part is still running.
            let early = |world: &Milvus| {
                let open = world.searches.values().filter(|search| search.open > 0);
                let found = open.flat_map(|search| &search.hits).map(|(_, id)| *id);
                let of = |id: i64| {
                    let mut written = world.sealed.iter().filter(|sealed| sealed.span.is_some());
                    written.find(|sealed| sealed.rows.ids.contains(&id)).map(|sealed| sealed.segment)
                };
                found.filter(|id| *id >= 10).find_map(of)
            };
            let segment = std::iter::repeat_with(|| {
                assert!(world.happen(Micros::MAX) && world.now < 80 * SECOND, "{control_plane}");
                early(&world)
            });
            let segment = segment.flatten().next().expect("endless");
            let answered = world.tester().1;
            world.rows_expired(segment, 0);
            assert!(world.advance(world.now + 5 * SECOND, 10_000_000), "it gets there");
            assert_eq!(world.checkers.invariants.broken_count(), 0, "{control_plane}");
            assert!(world.tester().1 > answered, "{control_plane}: searches are answered");
        }
    }
}
