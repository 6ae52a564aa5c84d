//! Clients: the tester that searches once a second, writers, and load clients.
//!
//! The tester is course note 2's: one search a second, regardless of how the last one ended. Two writers insert: one
//! uses any proxy, the other knows only the last one, like a service in one place. Load clients search again as soon as
//! they are answered, or after a pause when a search failed; each has a limited number of searches, or no limit. A
//! client keeps its proxy until that fails. Guarantees: the counters show what clients saw; clients begin once the
//! cluster has been able to serve. The counters also show what query nodes finished, and how much of it was for clients
//! that had given up: under overload the two diverge. Leaves out: think times, mixes of requests.

use litemap::LiteMap;
use std::collections::VecDeque;

use super::acknowledged::Acknowledged;
use super::expiry::Expiry;
use super::near::{Part, Rows};
use super::net::{Answer, Ask, Why, Wish};
use super::settings::Settings;
use super::snapshot::BatchFacts;
use super::topology::Component;
use super::{CLIENT, Milvus, ScheduledEvent};
use crate::event::MilvusEvent;
use quorum_sim::event::{EngineEvent, OpStatus, ServiceEvent};
use quorum_types::{Micros, NodeId, SECOND};

/// How many of the tester's last searches are kept.
const RECENT: usize = 60;

/// What happened within the last second, in tenths of a second; the current tenth does not count yet.
#[derive(Clone, Debug, Default)]
struct Rate {
    tenths: [u32; 11],
    /// The tenth that was counted in last.
    last: u64,
}

impl Rate {
    const TENTH_US: Micros = SECOND / 10;

    fn add(&mut self, now: Micros) {
        let tenth = now / Self::TENTH_US;
        for passed in self.last + 1..=tenth.min(self.last + 11) {
            self.tenths[(passed % 11) as usize] = 0;
        }
        self.last = tenth;
        self.tenths[(tenth % 11) as usize] += 1;
    }

    fn within(&self, now: Micros) -> u64 {
        let tenth = now / Self::TENTH_US;
        let counted = |back: &u64| tenth - back <= self.last && tenth - back + 11 > self.last;
        let back = (1..=tenth.min(10)).filter(counted);
        back.map(|back| u64::from(self.tenths[((tenth - back) % 11) as usize])).sum()
    }
}

/// What load clients and query nodes did within the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rates {
    /// Searches answered in time.
    pub(super) answered: u64,
    /// Searches that query nodes finished, whether or not the caller was still waiting.
    pub(super) finished: u64,
    /// Finished searches whose caller had given up.
    pub(super) late: u64,
    /// Searches that clients gave up, or proxies on their behalf.
    pub(super) given_up: u64,
    /// Searches that were refused or dropped.
    pub(super) refused: u64,
}

/// The kind of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tester,
    Writer { pinned: bool },
    Load,
}

/// A client.
#[derive(Clone, Debug)]
struct Client {
    kind: Kind,
    /// The index of its proxy.
    proxy: usize,
    /// Requests in flight: number, first row, start time, and the index of the proxy.
    open: LiteMap<u64, (i64, Micros, usize)>,
    /// The moment at which its last write reached the log: its session must see this.
    wrote_us: Micros,
    planned: bool,
    /// Searches that it has begun since the load was set.
    begun: u64,
}

/// A finite batch of searches.
#[derive(Clone, Copy, Debug)]
struct Batch {
    began_us: Micros,
    of: u64,
    done: u64,
    failed: u64,
    took_us: Option<Micros>,
}

/// The clients, and what they have seen.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    clients: Vec<Client>,
    seed: u64,
    next_op: u64,
    next_id: i64,
    load: u64,
    pub(super) acknowledged: Acknowledged,
    /// What has expired or was deleted.
    pub(super) expired: Expiry,
    pub(super) acknowledged_rows: u64,
    pub(super) failed_writes: u64,
    /// First rows of acknowledged writes that are void, with their row counts.
    pub(super) lost: Vec<(i64, u64)>,
    pub(super) total: u64,
    pub(super) ok: u64,
    took_us: Micros,
    pub(super) recent: Vec<(Micros, bool, Micros)>,
    /// Why the last failed search failed.
    pub(super) last_failure: Option<&'static str>,
    /// For load clients: end times and latencies of the last second.
    answered: VecDeque<(Micros, Micros)>,
    finished: Rate,
    late: Rate,
    given_up: Rate,
    refused: Rate,
    /// The current finite batch, or the last one.
    batch: Option<Batch>,
    /// Answers to load clients so far.
    pub(super) load_answers: u64,
    /// Failures of load clients so far.
    pub(super) load_failures: u64,
    /// How the last search of each client was answered.
    pub(super) last_search: Option<super::snapshot::SearchFacts>,
}

impl Clients {
    pub(super) fn new(seed: u64, settings: &Settings) -> Self {
        let client =
            |kind, proxy| Client { kind, proxy, open: LiteMap::new(), wrote_us: 0, planned: false, begun: 0 };
        let last = settings.proxies as usize - 1;
        let mut clients = Self {
            clients: vec![
                client(Kind::Tester, 0),
                client(Kind::Writer { pinned: false }, 0),
                client(Kind::Writer { pinned: true }, last),
            ],
            seed,
            next_op: 1,
            // Written rows are numbered after the sealed ones.
            next_id: settings.rows as i64,
            load: 0,
            acknowledged: Acknowledged::default(),
            expired: Expiry::default(),
            acknowledged_rows: 0,
            failed_writes: 0,
            lost: Vec::new(),
            total: 0,
            ok: 0,
            took_us: 0,
            recent: Vec::new(),
            last_failure: None,
            answered: VecDeque::new(),
            finished: Rate::default(),
            late: Rate::default(),
            given_up: Rate::default(),
            refused: Rate::default(),
            batch: None,
            load_answers: 0,
            load_failures: 0,
            last_search: None,
        };
        clients.set_load(settings.clients, settings.client_queries, 0);
        clients
    }

    /// Sets the number of load clients and the number of searches for each; 0 means no limit.
    pub(super) fn set_load(&mut self, load: u64, each: u64, now: Micros) {
        self.load = load;
        self.clients.iter_mut().for_each(|client| client.begun = 0);
        let batch = Batch { began_us: now, of: load * each, done: 0, failed: 0, took_us: None };
        if load > 0 {
            self.batch = (each > 0).then_some(batch);
        }
        let have = self.clients.len() - 3;
        for n in have..load as usize {
            self.clients.push(Client {
                kind: Kind::Load,
                proxy: n,
                open: LiteMap::new(),
                wrote_us: 0,
                planned: false,
                begun: 0,
            });
        }
    }

    /// The number of the next operation.
    pub(super) fn next_op(&self) -> u64 {
        self.next_op
    }

    /// Acknowledged rows that count.
    pub(super) fn acknowledged_rows(&self) -> impl Iterator<Item = Part<'_>> {
        self.acknowledged.rows()
    }

    /// Records acknowledged rows.
    fn keep(&mut self, rows: &Rows) {
        // What is deleted already does not begin to count because its acknowledgement arrives late.
        self.acknowledged.keep(rows, &self.expired.living());
    }

    /// Everything up to this position of the log has expired; rows in it have numbers below this one.
    pub(super) fn expire(&mut self, upto: u64, below: i64) {
        self.expired.expire(upto, below);
        self.acknowledged.expire(&self.expired.living());
    }

    /// A query node has finished a search; its caller may have given up.
    pub(super) fn search_finished(&mut self, now: Micros, late: bool) {
        self.finished.add(now);
        if late {
            self.late.add(now);
        }
    }

    /// A query node has dropped a search.
    pub(super) fn search_dropped(&mut self, now: Micros) {
        self.refused.add(now);
    }

    /// What happened within the last second.
    pub(super) fn rates(&self, now: Micros) -> Rates {
        Rates {
            answered: self.answered.iter().filter(|(at, _)| *at + SECOND > now).count() as u64,
            finished: self.finished.within(now),
            late: self.late.within(now),
            given_up: self.given_up.within(now),
            refused: self.refused.within(now),
        }
    }

    /// The finite batch: start time, size, done, failed, and the total duration once it is over.
    pub(super) fn batch(&self) -> Option<BatchFacts> {
        let Batch { began_us, of, done, failed, took_us } = self.batch?;
        Some(BatchFacts { began_us, of, done, failed, took_us })
    }

    /// A search of a batch has ended. Returns the duration of the batch if this was the last search.
    fn batch_goes_on(&mut self, now: Micros, answered: bool) -> Option<(Batch, Micros)> {
        let batch = self.batch.as_mut().filter(|batch| batch.took_us.is_none())?;
        batch.done += 1;
        batch.failed += u64::from(!answered);
        if batch.done < batch.of {
            return None;
        }
        let took_us = now - batch.began_us;
        batch.took_us = Some(took_us);
        Some((*batch, took_us))
    }

    /// Acknowledged rows that do not count.
    pub(super) fn lost_rows(&self) -> Vec<i64> {
        self.lost.iter().flat_map(|(first, rows)| *first..*first + *rows as i64).collect()
    }

    /// Clients begin; a batch that waited for them begins now.
    fn began(&mut self, now: Micros) {
        if let Some(batch) = &mut self.batch {
            batch.began_us = now;
        }
    }

    /// Mean latency of the tester's answered searches.
    pub(super) fn mean_latency_us(&self) -> Micros {
        self.took_us / self.ok.max(1)
    }

    /// Latencies of answers to load clients within the last second.
    pub(super) fn load_latencies(&self, now: Micros) -> Vec<Micros> {
        let recent = self.answered.iter().filter(|(at, _)| *at + SECOND > now);
        recent.map(|(_, took)| *took).collect()
    }
}

impl Milvus {
    /// The proxy that the tester uses now.
    pub fn testers_proxy(&self) -> Option<NodeId> {
        let proxies = self.kind(Component::Proxy);
        let tester = self.clients.clients.first()?;
        proxies.get(tester.proxy.checked_rem(proxies.len())?).copied()
    }

    /// The cluster can serve. The first time, clients begin.
    pub(super) fn serves_now(&mut self) {
        if self.served_once {
            return;
        }
        self.served_once = true;
        self.clients.began(self.now);
        for client in 0..self.clients.clients.len() {
            let spread = self.rng.below(SECOND);
            self.plan_client(client, spread);
        }
    }

    /// Starts new load clients.
    pub(super) fn wake_load(&mut self) {
        if self.served_once {
            for client in 3..self.clients.clients.len() {
                let spread = self.rng.below(SECOND / 10);
                self.plan_client(client, spread);
            }
        }
    }

    fn plan_client(&mut self, client: usize, in_us: Micros) {
        if let Some(of) = self.clients.clients.get_mut(client).filter(|of| !of.planned) {
            of.planned = true;
            self.event_queue.schedule(self.now + in_us, ScheduledEvent::Client { client });
        }
    }

    /// It is a client's turn to send a request.
    pub(super) fn client_begins(&mut self, client: usize) {
        let load = self.clients.load as usize;
        let Some(of) = self.clients.clients.get_mut(client) else { return };
        of.planned = false;
        match of.kind {
            Kind::Tester => {
                self.begin_search_op(client);
                self.plan_client(client, self.settings.search_interval_ms * 1_000);
            }
            Kind::Writer { .. } => {
                let every = self.settings.insert_interval_ms * 1_000;
                if every > 0 {
                    self.begin_insert(client);
                }
                self.plan_client(client, if every > 0 { every } else { SECOND });
            }
            Kind::Load => {
                let each = self.settings.client_queries;
                let goes_on = each == 0 || of.begun < each;
                if client - 3 < load && of.open.is_empty() && goes_on {
                    of.begun += 1;
                    self.begin_search_op(client);
                }
            }
        }
    }

    fn begin_search_op(&mut self, client: usize) {
        let now = self.now;
        let op = self.clients.next_op;
        self.clients.next_op += 1;
        let Some(of) = self.clients.clients.get_mut(client) else { return };
        of.open.insert(op, (0, now, of.proxy));
        let (since, measured) = (of.wrote_us, of.kind == Kind::Tester);
        if measured {
            self.emit(None, ServiceEvent::OpStart { op });
        }
        let until = now + self.settings.client_timeout_ms * 1_000;
        let wish = Wish { op, query: client as u64, measured, began_us: now, until };
        self.ask_proxy(client, op, Ask::Search { wish, since });
    }

    fn begin_insert(&mut self, client: usize) {
        let (now, rows) = (self.now, self.settings.insert_rows);
        let (op, first_id) = (self.clients.next_op, self.clients.next_id);
        self.clients.next_op += 1;
        self.clients.next_id += rows as i64;
        if let Some(of) = self.clients.clients.get_mut(client) {
            of.open.insert(op, (first_id, now, of.proxy));
        }
        self.emit(None, EngineEvent::InsertBegan { first_id, rows });
        self.ask_proxy(client, op, Ask::Insert { first_id, rows });
    }

    fn ask_proxy(&mut self, client: usize, op: u64, ask: Ask) {
        let proxies = self.kind(Component::Proxy);
        let Some(of) = self.clients.clients.get(client) else { return };
        let proxy: NodeId = proxies[of.proxy % proxies.len()];
        self.call(CLIENT, proxy, ask, Why::Client { client, op });
    }

    /// A client's request was not answered, and it does not know yet that its proxy is gone: it keeps to it.
    pub(super) fn client_waits_in_vain(&mut self, client: usize, op: u64) {
        let proxy = self.clients.clients.get(client).map(|of| of.proxy);
        self.client_answered(client, op, None);
        if let (Some(proxy), Some(of)) = (proxy, self.clients.clients.get_mut(client)) {
            of.proxy = proxy;
        }
    }

    /// A client's request was answered or failed.
    pub(super) fn client_answered(&mut self, client: usize, op: u64, answer: Option<Answer>) {
        let now = self.now;
        let Some(of) = self.clients.clients.get_mut(client) else { return };
        let Some((first_id, began, proxy)) = of.open.remove(&op) else { return };
        let took_us = now - began;
        let kind = of.kind;
        if answer.is_none() && proxy == of.proxy && kind != (Kind::Writer { pinned: true }) {
            // The proxy is down or silent: the next request goes to the next proxy. Other requests that it did not
            // answer either say nothing about that one.
            of.proxy += 1;
        }
        match kind {
            Kind::Tester => self.tester_answered(op, took_us, answer),
            Kind::Writer { .. } => self.writer_answered(client, first_id, took_us, answer),
            Kind::Load => self.load_answered(client, took_us, answer.as_ref()),
        }
    }

    /// A load client's request was answered or failed.
    fn load_answered(&mut self, client: usize, took_us: Micros, answer: Option<&Answer>) {
        let (now, clients) = (self.now, &mut self.clients);
        let answered = matches!(answer, Some(Answer::Found(_)));
        if answered {
            clients.load_answers += 1;
            clients.answered.push_back((now, took_us));
            while clients.answered.front().is_some_and(|(at, _)| at + SECOND < now) {
                clients.answered.pop_front();
            }
        } else {
            clients.load_failures += 1;
            // The proxy may give up on behalf of its client, too.
            let given_up = matches!(answer, None | Some(Answer::Failed("replica_slow")));
            let rate = if given_up { &mut clients.given_up } else { &mut clients.refused };
            rate.add(now);
        }
        if let Some((batch, took_us)) = clients.batch_goes_on(now, answered) {
            let Batch { of, failed, .. } = batch;
            self.emit(None, ServiceEvent::BatchEnded { searches: of, failed, took_us });
        }
        if answered {
            self.client_begins(client);
        } else {
            self.plan_client(client, self.settings.client_pause_ms * 1_000);
        }
    }

    fn tester_answered(&mut self, op: u64, took_us: Micros, answer: Option<Answer>) {
        let (now, clients) = (self.now, &mut self.clients);
        let status = match &answer {
            Some(Answer::Found(found)) => {
                let last = clients.last_search.get_or_insert_default();
                (last.op, last.node, last.took_us) = (op, found.node, took_us);
                (last.waited_us, last.behind_us, last.partial) =
                    (found.waited_us, found.behind_us, found.partial);
                last.recall_permille = found.recall_permille;
                (last.distances, last.rows) = (found.distances, found.rows);
                OpStatus::Ok
            }
            // A search without an answer counts neither way.
            failed => {
                let why = if let Some(Answer::Failed(why)) = failed { why } else { "no_answer" };
                clients.last_failure = Some(why);
                OpStatus::Fail
            }
        };
        let ok = status == OpStatus::Ok;
        clients.total += 1;
        clients.ok += u64::from(ok);
        clients.took_us += if ok { took_us } else { 0 };
        clients.recent.push((now, ok, took_us));
        if clients.recent.len() > RECENT {
            clients.recent.remove(0);
        }
        self.emit(None, ServiceEvent::OpEnd { op, status, took_us });
    }

    fn writer_answered(&mut self, client: usize, first_id: i64, took_us: Micros, answer: Option<Answer>) {
        let (seed, dim, rows) = (self.clients.seed, self.settings.dim, self.settings.insert_rows);
        match answer {
            Some(Answer::Appended { at_us }) => {
                let void = self.logs.void.contains_key(&first_id);
                let made = self.made.rows(seed, dim, first_id, rows);
                self.checkers.acknowledged(self.now, first_id, rows);
                let clients = &mut self.clients;
                clients.acknowledged_rows += rows;
                if let Some(of) = clients.clients.get_mut(client) {
                    of.wrote_us = at_us;
                }
                let total_rows = clients.acknowledged_rows;
                if void {
                    clients.lost.push((first_id, rows));
                } else {
                    clients.keep(&made);
                }
                self.emit(None, EngineEvent::Acknowledged { lsn: 0, first_id, rows, total_rows, took_us });
                if void {
                    self.emit(None, MilvusEvent::WriteLost { first_id, rows });
                }
            }
            answer => {
                self.clients.failed_writes += 1;
                let status = if answer.is_some() { OpStatus::Fail } else { OpStatus::Info };
                self.emit(None, MilvusEvent::InsertFailed { first_id, rows, status, took_us });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_counts_the_last_ten_tenths_that_are_over() {
        let mut rate = Rate::default();
        let mut times: Vec<Micros> = Vec::new();
        let mut rng = quorum_types::Rng::new(5, 1);
        let mut now = 0;
        for _ in 0..5_000 {
            now += if rng.below(50) == 0 { rng.below(3 * SECOND) } else { rng.below(40_000) };
            rate.add(now);
            times.push(now);
            let look = now + rng.below(SECOND / 2);
            let tenth = look / Rate::TENTH_US;
            let of = |at: &&Micros| *at / Rate::TENTH_US < tenth && *at / Rate::TENTH_US + 10 >= tenth;
            assert_eq!(rate.within(look), times.iter().filter(of).count() as u64, "at {look}");
        }
    }
}
