//! Proxies: they route a client's request through the cluster.
//!
//! A search needs a timestamp from the root coordinator, which determines its guarantee, and a replica, chosen from
//! cached routes of the query coordinator. Failed nodes are left out for a while; if no others remain, nodes that only
//! timed out are asked all the same, since a slow node is not a dead one. An insert needs a timestamp, a segment from
//! the data coordinator (cached too), and the log. Guarantees: a write is acknowledged only when the log has it; every
//! request that cannot be served is answered with a reason instead of being left hanging. Leaves out: quotas,
//! authentication, result caches.

use litemap::LiteMap;
use std::sync::Arc;

use super::net::{Answer, Ask, Broken, Why, Wish};
use super::record::Record;
use super::topology::Component;
use super::{CLIENT, Job, Milvus};
use crate::event::MilvusEvent;
use quorum_types::{Micros, NodeId};

/// A proxy's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxy {
    /// Replicas and their delegators.
    pub(super) routes: Arc<[(u32, NodeId)]>,
    asked_us: Micros,
    /// Who last answered with routes, and when; the routes may have been the same before.
    pub(super) routed: Option<(NodeId, Micros)>,
    /// Replicas whose delegators failed, until when each is left out, and whether it only timed out. One pod may be the
    /// delegator of two replicas, of which only one lacks a segment.
    pub(super) left_out: LiteMap<(u32, NodeId), (Micros, bool)>,
    /// The round-robin position.
    turn: usize,
    /// Open requests at each delegator.
    open: LiteMap<NodeId, u32>,
    /// Whether it has a segment to write to.
    assigned: bool,
}

/// A client's request.
#[derive(Clone, Copy, Debug)]
enum Wants {
    Search { wish: Wish, since: Micros },
    Insert { first_id: i64, rows: u64 },
}

/// A request at a proxy.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) proxy: NodeId,
    call: u64,
    wants: Wants,
    stamp: (Micros, u64),
    attempts: u64,
}

impl Milvus {
    pub(super) fn start_proxy(&mut self, id: NodeId) {
        self.proxies.insert(id, Proxy::default());
        self.ask_routes(id);
    }

    /// A client sends a request.
    pub(super) fn proxy_asked(&mut self, id: NodeId, call: u64, ask: Ask) {
        let wants = match ask {
            Ask::Search { wish, since } => Wants::Search { wish, since },
            Ask::Insert { first_id, rows } => {
                self.emit(Some(id), MilvusEvent::WriteStep { first_id, step: 1 });
                Wants::Insert { first_id, rows }
            }
            _ => return,
        };
        self.called += 1;
        let request = self.called;
        let attempts = self.settings.proxy_attempts;
        self.requests.insert(request, Box::new(Request { proxy: id, call, wants, stamp: (0, 0), attempts }));
        let cost = self.settings.proxy_us;
        self.work(id, cost, Job::Admit { request });
    }

    /// A request has been read: it needs its timestamp.
    pub(super) fn admitted(&mut self, id: NodeId, request: u64) {
        let root = self.root();
        self.ask_acting(id, root, Ask::Timestamp, Why::Stamp { request });
    }

    pub(super) fn stamp_asked(&mut self, id: NodeId, from: NodeId, call: u64) {
        let answer = match self.pod(id).and_then(|pod| pod.acting) {
            Some(acting) if self.in_charge(id) => Answer::Timestamp { ts: self.now, epoch: acting.epoch },
            _ => Answer::NotActing(self.leader_known(id).filter(|leader| *leader != id)),
        };
        self.reply(id, from, call, answer);
    }

    pub(super) fn stamped(&mut self, number: u64, answer: Answer) {
        let Answer::Timestamp { ts, epoch } = answer else {
            self.give_up(number, "no_root");
            return;
        };
        let Some(request) = self.requests.get_mut(&number) else { return };
        request.stamp = (ts, epoch);
        let (id, wants) = (request.proxy, request.wants);
        match wants {
            Wants::Search { .. } => self.search_replica(number),
            Wants::Insert { first_id, .. } => {
                let root = self.root();
                let acting = self.acting_for.get(&(id, root)).copied();
                self.emit(acting, MilvusEvent::WriteStep { first_id, step: 2 });
                if self.proxies.get(&id).is_some_and(|proxy| proxy.assigned) {
                    self.append_request(number);
                } else {
                    let coordinator = self.data_coord();
                    self.ask_acting(id, coordinator, Ask::Assign, Why::Assign { request: number });
                }
            }
        }
    }

    // --- searching

    /// The guarantee of a search: what it has to see.
    fn guarantee(&self, ts: Micros, since: Micros) -> Micros {
        match self.settings.consistency {
            0 => ts,
            1 => ts.saturating_sub(self.settings.graceful_ms * 1_000),
            2 => since,
            _ => 0,
        }
    }

    /// Chooses a replica and sends the search to its delegator.
    fn search_replica(&mut self, number: u64) {
        let Some(request) = self.requests.get(&number) else { return };
        let (id, Wants::Search { wish, since }) = (request.proxy, request.wants) else { return };
        let guarantee = self.guarantee(request.stamp.0, since);
        let least = self.guarantee(wish.began_us, since);
        self.checkers.guaranteed(id, guarantee, least);
        let Some((replica, node)) = self.choose(id) else {
            self.ask_routes(id);
            self.give_up(number, "no_replica");
            return;
        };
        if let Some(proxy) = self.proxies.get_mut(&id) {
            *proxy.open.entry(node).or_insert(0) += 1;
        }
        let partial = self.settings.partial_results == 1;
        let until = wish.until.min(self.now + self.settings.call_timeout_ms * 1_000);
        let ask = Ask::Execute { replica, wish, guarantee, partial, until };
        self.call(id, node, ask, Why::Execute { request: number, replica, node });
    }

    /// A replica, and its delegator.
    fn choose(&mut self, id: NodeId) -> Option<(u32, NodeId)> {
        let routing = self.settings.routing;
        let proxy = self.proxies.get_mut(&id)?;
        let open = |node: NodeId| proxy.open.get(&node).copied().unwrap_or(0);
        let all = || proxy.routes.iter().copied();
        let mut routes: Vec<(u32, NodeId)> =
            all().filter(|route| !proxy.left_out.contains_key(route)).collect();
        if routes.is_empty() {
            let slow = |route: &(u32, NodeId)| proxy.left_out.get(route).is_some_and(|(_, slow)| *slow);
            routes = all().filter(slow).collect();
        }
        if routes.is_empty() {
            return None;
        }
        let place = match routing {
            0 => {
                proxy.turn += 1;
                proxy.turn % routes.len()
            }
            1 => {
                proxy.turn += 1;
                let from = proxy.turn;
                let order = (0..routes.len()).map(|n| (from + n) % routes.len());
                order.min_by_key(|place| open(routes[*place].1))?
            }
            _ => self.rng.below(routes.len() as u64) as usize,
        };
        routes.get(place).copied()
    }

    pub(super) fn executed(&mut self, number: u64, route: (u32, NodeId), answer: Answer) {
        let Some(request) = self.requests.get(&number) else { return };
        let (id, call) = (request.proxy, request.call);
        if let Answer::Found(_) = answer {
            self.close(id, route.1);
            self.requests.remove(&number);
            self.reply(id, CLIENT, call, answer);
        } else {
            let why = if let Answer::Failed(why) = answer { why } else { "replica_failed" };
            self.route_failed(number, route, why);
        }
    }

    fn close(&mut self, id: NodeId, node: NodeId) {
        if let Some(open) = self.proxies.get_mut(&id).and_then(|proxy| proxy.open.get_mut(&node)) {
            *open = open.saturating_sub(1);
        }
    }

    /// A delegator did not complete a search of its replica.
    pub(super) fn route_failed(&mut self, number: u64, route: (u32, NodeId), why: &'static str) {
        let until = self.now + self.settings.route_refresh_ms * 1_000;
        let Some(request) = self.requests.get_mut(&number) else { return };
        request.attempts -= 1;
        let (id, again) = (request.proxy, request.attempts > 0);
        self.close(id, route.1);
        // An overloaded node is alive; the next may have less to do.
        let busy = why == "queue_full" || why == "too_late";
        if let Some(proxy) = self.proxies.get_mut(&id).filter(|_| !busy) {
            let news = proxy.left_out.insert(route, (until, why == "replica_slow")).is_none();
            if news {
                self.emit(Some(id), MilvusEvent::RouteFailed { to: route.1 });
            }
        }
        if again {
            self.search_replica(number);
        } else {
            self.give_up(number, why);
        }
    }

    // --- routes

    fn ask_routes(&mut self, id: NodeId) {
        let now = self.now;
        if let Some(proxy) = self.proxies.get_mut(&id) {
            proxy.asked_us = now;
        }
        let coordinator = self.query_coord();
        self.ask_acting(id, coordinator, Ask::Routes, Why::Routes);
    }

    /// Once a second: retries nodes that were left out long enough, with fresh routes.
    pub(super) fn look_after_routes(&mut self, id: NodeId) {
        let (now, every) = (self.now, self.settings.route_refresh_ms * 1_000);
        let Some(proxy) = self.proxies.get_mut(&id) else { return };
        let over = proxy.left_out.values().any(|(until, _)| *until <= now);
        let due = over || now >= proxy.asked_us + every || proxy.routes.is_empty();
        if due {
            self.ask_routes(id);
        }
    }

    pub(super) fn routed(&mut self, id: NodeId, answer: Answer) {
        let Answer::Routes(routes) = answer else { return };
        let now = self.now;
        let from = self.acting_for.get(&(id, self.query_coord())).copied();
        let Some(proxy) = self.proxies.get_mut(&id) else { return };
        proxy.routed = from.map(|from| (from, now));
        // A node that was left out long enough, and is still listed as serving, is tried again.
        proxy.left_out.retain(|_, (until, _)| *until > now);
        if proxy.routes == routes {
            return;
        }
        proxy.routes = routes.clone();
        self.emit(Some(id), MilvusEvent::RoutesRefreshed { nodes: routes.len() as u32 });
        let all = self.proxies.len() == self.kind(Component::Proxy).len();
        if all && self.proxies.values().all(|proxy| !proxy.routes.is_empty()) {
            self.serves_now();
        }
    }

    // --- inserting

    pub(super) fn assigned(&mut self, number: u64, answer: Answer) {
        let Some(request) = self.requests.get(&number) else { return };
        let (id, Wants::Insert { first_id, .. }) = (request.proxy, request.wants) else { return };
        if !matches!(answer, Answer::Done) {
            self.give_up(number, "no_data_coord");
            return;
        }
        if let Some(proxy) = self.proxies.get_mut(&id) {
            proxy.assigned = true;
        }
        let coordinator = self.data_coord();
        let acting = self.acting_for.get(&(id, coordinator)).copied();
        self.emit(acting, MilvusEvent::WriteStep { first_id, step: 3 });
        self.append_request(number);
    }

    fn append_request(&mut self, number: u64) {
        let Some(request) = self.requests.get(&number) else { return };
        let (id, Wants::Insert { first_id, rows }) = (request.proxy, request.wants) else { return };
        let record = Record::Rows { first_id, rows, epoch: request.stamp.1, request: number };
        let source = self.log_source();
        self.ask_acting(id, source, Ask::Append(record), Why::Append { request: number });
    }

    pub(super) fn appended(&mut self, number: u64, answer: Answer) {
        match answer {
            Answer::Appended { .. } => {
                if let Some(request) = self.requests.remove(&number) {
                    if let Wants::Insert { first_id, .. } = request.wants {
                        self.emit(Some(request.proxy), MilvusEvent::WriteStep { first_id, step: 5 });
                    }
                    self.reply(request.proxy, CLIENT, request.call, answer);
                }
            }
            Answer::Fenced => self.give_up(number, "epoch_over"),
            _ => self.give_up(number, "no_log"),
        }
    }

    /// The log did not answer: the write may or may not be in it.
    pub(super) fn append_broken(&mut self, number: u64, how: Broken) {
        if how == Broken::TimedOut {
            // The client gets no answer: it cannot know the outcome either.
            self.requests.remove(&number);
        } else {
            self.give_up(number, "no_log");
        }
    }

    /// A request certainly had no effect.
    pub(super) fn give_up(&mut self, number: u64, why: &'static str) {
        if let Some(request) = self.requests.remove(&number) {
            self.reply(request.proxy, CLIENT, request.call, Answer::Failed(why));
        }
    }
}
