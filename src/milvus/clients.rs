//! Clients: the tester that searches once a second, writers, and others that make load.
//!
//! The tester is course note 2's: one search a second, whatever becomes of the last. Two writers insert: one goes to any
//! proxy, the other knows only the last one, as a service in one place does. Load clients search again as soon as they
//! were answered. A client stays with its proxy until that fails. Promises: what is counted is what a client saw; clients
//! begin when the cluster has once been able to serve. Leaves out: think times, mixes of requests.

use super::net::{Answer, Ask, Why, Wish};
use super::query::Rows;
use super::shape::Component;
use super::{CLIENT, Happening, Milvus, Settings};
use crate::sim::event::{EventKind, OpStatus};
use crate::types::{Map, Micros, NodeId, SECOND};

/// The tester's last searches that are kept.
const RECENT: usize = 60;

/// What a client does.
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
    /// Its place among the proxies.
    proxy: usize,
    /// Requests under way: number, first row, when they began.
    open: Map<u64, (i64, Micros)>,
    /// The moment at which its last write was in the log: what its session has to see.
    wrote_us: Micros,
    planned: bool,
}

/// The clients, and what they have seen.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    clients: Vec<Client>,
    seed: u64,
    next_op: u64,
    next_id: i64,
    load: u64,
    acknowledged: Vec<Rows>,
    pub(super) acknowledged_rows: u64,
    pub(super) failed_writes: u64,
    /// First rows of acknowledged writes that are void, with how many they are.
    pub(super) lost: Vec<(i64, u64)>,
    pub(super) total: u64,
    pub(super) ok: u64,
    took_us: Micros,
    pub(super) recent: Vec<(Micros, bool, Micros)>,
    /// Why the last failed search failed.
    pub(super) last_failure: Option<&'static str>,
    /// Of load clients: ends and latencies of the last second.
    answered: Vec<(Micros, Micros)>,
    /// Load clients' answers so far.
    pub(super) load_answers: u64,
    /// And failures.
    pub(super) load_failures: u64,
    /// How each search was answered that was last.
    pub(super) last_search: Option<super::facts::SearchFacts>,
}

impl Clients {
    pub(super) fn new(seed: u64, settings: &Settings) -> Self {
        let client = |kind, proxy| Client { kind, proxy, open: Map::new(), wrote_us: 0, planned: false };
        let last = settings.proxies as usize - 1;
        let mut clients = Self {
            clients: vec![
                client(Kind::Tester, 0),
                client(Kind::Writer { pinned: false }, 0),
                client(Kind::Writer { pinned: true }, last),
            ],
            seed,
            next_op: 1,
            // Rows that are written follow the sealed ones.
            next_id: settings.rows as i64,
            load: 0,
            acknowledged: Vec::new(),
            acknowledged_rows: 0,
            failed_writes: 0,
            lost: Vec::new(),
            total: 0,
            ok: 0,
            took_us: 0,
            recent: Vec::new(),
            last_failure: None,
            answered: Vec::new(),
            load_answers: 0,
            load_failures: 0,
            last_search: None,
        };
        clients.set_load(settings.clients);
        clients
    }

    /// From now on there are so many clients that make load.
    pub(super) fn set_load(&mut self, load: u64) {
        self.load = load;
        let have = self.clients.len() - 3;
        for n in have..load as usize {
            self.clients.push(Client {
                kind: Kind::Load,
                proxy: n,
                open: Map::new(),
                wrote_us: 0,
                planned: false,
            });
        }
    }

    /// Rows that were acknowledged and count.
    pub(super) fn acknowledged_rows(&self) -> impl Iterator<Item = &Rows> {
        self.acknowledged.iter()
    }

    /// Rows that were acknowledged and do not count.
    pub(super) fn lost_rows(&self) -> Vec<i64> {
        self.lost.iter().flat_map(|(first, rows)| *first..*first + *rows as i64).collect()
    }

    /// Mean latency of the tester's answered searches.
    pub(super) fn mean_latency_us(&self) -> Micros {
        self.took_us / self.ok.max(1)
    }

    /// Latencies of load clients' answers within the last second.
    pub(super) fn load_latencies(&self, now: Micros) -> Vec<Micros> {
        let recent = self.answered.iter().filter(|(at, _)| *at + SECOND > now);
        recent.map(|(_, took)| *took).collect()
    }
}

impl Milvus {
    /// The proxy that the tester asks now.
    pub fn testers_proxy(&self) -> Option<NodeId> {
        let proxies = self.of(Component::Proxy);
        let tester = self.clients.clients.first()?;
        proxies.get(tester.proxy.checked_rem(proxies.len())?).copied()
    }

    /// The cluster can serve: the first time, clients begin.
    pub(super) fn serves_now(&mut self) {
        if self.served_once {
            return;
        }
        self.served_once = true;
        for client in 0..self.clients.clients.len() {
            let spread = self.rng.below(SECOND);
            self.plan_client(client, spread);
        }
    }

    /// Load clients that are new begin.
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
            self.agenda.plan(self.now + in_us, Happening::Client { client });
        }
    }

    /// A client's turn has come.
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
            Kind::Load if client - 3 < load && of.open.is_empty() => self.begin_search_op(client),
            Kind::Load => {}
        }
    }

    fn begin_search_op(&mut self, client: usize) {
        let now = self.now;
        let op = self.clients.next_op;
        self.clients.next_op += 1;
        let Some(of) = self.clients.clients.get_mut(client) else { return };
        of.open.insert(op, (0, now));
        let (since, measured) = (of.wrote_us, of.kind == Kind::Tester);
        if measured {
            self.emit(None, EventKind::OpStart { op });
        }
        let wish = Wish { op, query: client as u64, measured };
        self.ask_proxy(client, op, Ask::Search { wish, since });
    }

    fn begin_insert(&mut self, client: usize) {
        let (now, rows) = (self.now, self.settings.insert_rows);
        let (op, first_id) = (self.clients.next_op, self.clients.next_id);
        self.clients.next_op += 1;
        self.clients.next_id += rows as i64;
        if let Some(of) = self.clients.clients.get_mut(client) {
            of.open.insert(op, (first_id, now));
        }
        self.emit(None, EventKind::InsertBegan { first_id, rows });
        self.ask_proxy(client, op, Ask::Insert { first_id, rows });
    }

    fn ask_proxy(&mut self, client: usize, op: u64, ask: Ask) {
        let proxies = self.of(Component::Proxy);
        let Some(of) = self.clients.clients.get(client) else { return };
        let proxy: NodeId = proxies[of.proxy % proxies.len()];
        self.call(CLIENT, proxy, ask, Why::Client { client, op });
    }

    /// A client was answered, or was not.
    pub(super) fn client_answered(&mut self, client: usize, op: u64, answer: Option<Answer>) {
        let now = self.now;
        let Some(of) = self.clients.clients.get_mut(client) else { return };
        let Some((first_id, began)) = of.open.remove(&op) else { return };
        let took_us = now - began;
        let kind = of.kind;
        if answer.is_none() && kind != (Kind::Writer { pinned: true }) {
            // The proxy is gone or silent: the next one, for the next request.
            of.proxy += 1;
        }
        match kind {
            Kind::Tester => self.tester_answered(op, took_us, answer),
            Kind::Writer { .. } => self.writer_answered(client, first_id, took_us, answer),
            Kind::Load => {
                if let Some(Answer::Found(_)) = answer {
                    let clients = &mut self.clients;
                    clients.load_answers += 1;
                    clients.answered.push((now, took_us));
                    if clients.answered.len() > 20_000 {
                        clients.answered.drain(..10_000);
                    }
                    self.client_begins(client);
                } else {
                    self.clients.load_failures += 1;
                    self.plan_client(client, SECOND / 10);
                }
            }
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
                OpStatus::Ok
            }
            // A search that was not heard of changed nothing either way.
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
        self.emit(None, EventKind::OpEnd { op, status, took_us });
    }

    fn writer_answered(&mut self, client: usize, first_id: i64, took_us: Micros, answer: Option<Answer>) {
        let (seed, dim, rows) = (self.clients.seed, self.settings.dim, self.settings.insert_rows);
        match answer {
            Some(Answer::Appended { at_us }) => {
                let void = self.logs.void.contains(&first_id);
                let clients = &mut self.clients;
                clients.acknowledged_rows += rows;
                if let Some(of) = clients.clients.get_mut(client) {
                    of.wrote_us = at_us;
                }
                let total_rows = clients.acknowledged_rows;
                if void {
                    clients.lost.push((first_id, rows));
                } else {
                    clients.acknowledged.push(Rows::made(seed, dim, first_id, rows));
                }
                self.emit(None, EventKind::Acknowledged { lsn: 0, first_id, rows, total_rows, took_us });
                if void {
                    self.emit(None, EventKind::WriteLost { first_id, rows });
                }
            }
            answer => {
                self.clients.failed_writes += 1;
                let status = if answer.is_some() { OpStatus::Fail } else { OpStatus::Info };
                self.emit(None, EventKind::InsertFailed { first_id, rows, status, took_us });
            }
        }
    }
}
