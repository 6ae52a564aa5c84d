//! Clients in both places: they resolve a name, use the cached address until its TTL expires, write and read, and time
//! out.
//!
//! A write travels to its region, becomes durable there on a majority of nodes, and its answer travels back.
//! Guarantees: a write counts as acknowledged when its answer has arrived, and not before; a write without an answer
//! may or may not have happened; a resolver returns the same answer until its TTL ends, whatever the name service says
//! meanwhile. Every client reads what it wrote last, so that a stale state is noticed. Leaves out: retries; the next
//! request serves as one.

use super::action::Region;
use super::audit::{Change, Write};
use super::rules::Rule;
use super::{Regions, ScheduledEvent};
use crate::event::RegionEvent;
use quorum_sim::event::{OpStatus, ServiceEvent};
use quorum_types::{MS, Micros, NodeId, Rng};

/// The first client's number in events; nodes come before.
const FIRST_CLIENT: NodeId = 101;
/// From a request's arrival to the answer's departure: a majority of nodes has it on disk.
const COMMIT_US: Micros = 8 * MS;
/// One-way latency within a region.
const NEAR_US: Micros = 2 * MS;

/// The clients.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    pub(super) all: Vec<Client>,
    /// The next key of each collection.
    pub(super) next_key: [i64; super::rows::COLLECTIONS.len()],
    pub(super) reads_ok: u64,
    pub(super) reads_failed: u64,
    pub(super) stale: u64,
    read: u64,
}

/// A client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) place: Region,
    /// The region that its resolver returns; none: the address of a host that is gone.
    pub(super) resolved: Option<Region>,
    /// The last region that it was sent to.
    pub(super) moved_to: Region,
    pub(super) until_us: Micros,
    /// Whether its resolver keeps addresses past their TTL.
    pub(super) stubborn: bool,
    /// Its last acknowledged write.
    own: Option<(usize, i64, u64, bool)>,
    /// Its last acknowledged write, and when a read of its was last answered.
    pub(super) written_op: u64,
    pub(super) read_us: Option<Micros>,
    pub(super) ok: bool,
}

impl Clients {
    pub(super) fn new(settings: &super::settings::Settings, rng: &mut Rng) -> Self {
        let places = [settings.clients_beijing, settings.clients_shanghai];
        let all = (0..2).flat_map(|place| (0..places[place]).map(move |_| place)).map(|place| Client {
            place,
            resolved: Some(0),
            moved_to: 0,
            until_us: 0,
            stubborn: rng.below(100) < settings.dns_overstay_percent,
            own: None,
            written_op: 0,
            read_us: None,
            ok: true,
        });
        Self {
            all: all.collect(),
            next_key: [settings.rows_each as i64; super::rows::COLLECTIONS.len()],
            reads_ok: 0,
            reads_failed: 0,
            stale: 0,
            read: 0,
        }
    }
}

/// The client, from 0, that an event names by this number.
pub fn client_of(node: NodeId) -> u32 {
    node.saturating_sub(FIRST_CLIENT)
}

/// How a client appears in events.
pub(super) fn number(client: usize) -> Option<NodeId> {
    Some(FIRST_CLIENT + client as NodeId)
}

impl Regions {
    /// Schedules every client at a point within its interval: to write, to read, unless it does already.
    pub(super) fn start_clients(&mut self, writing: bool, reading: bool) {
        for client in 0..self.clients.all.len() {
            if writing && self.settings.write_interval_ms > 0 {
                let at = self.now + self.rng.below(self.settings.write_interval_ms * MS);
                self.event_queue.schedule(at, ScheduledEvent::Write { client });
            }
            if reading && self.settings.read_interval_ms > 0 {
                let at = self.now + self.rng.below(self.settings.read_interval_ms * MS);
                self.event_queue.schedule(at, ScheduledEvent::Read { client });
            }
        }
    }

    /// The region that a client's packets reach by the name: none if its resolver names a host that is gone, or if they
    /// do not arrive.
    fn reached_by_name(&mut self, client: usize, resolved: Option<Region>) -> Option<Region> {
        let there = resolved.filter(|region| self.client_reaches(client, *region));
        if let Some(region) = resolved {
            let place = self.clients.all[client].place;
            let cut_off = [place, region].map(|region| self.sites[region].isolated);
            let open = self.sites[region].alive && (place == region || cut_off == [false, false]);
            self.checkers.delivered(client, region, there.is_some(), open);
        }
        there
    }

    /// Whether a client's packets reach a region: a dark region is unreachable; one that is cut off is reachable only
    /// from inside, and clients inside reach nothing else.
    fn client_reaches(&self, client: usize, region: Region) -> bool {
        let place = self.clients.all[client].place;
        let cut_off = self.sites[region].isolated || self.sites[place].isolated;
        // The fault that this simulation once had: a wrong record takes effect at once everywhere.
        let named = self.dns.is_some() || self.rules.on(Rule::DnsCacheUntilTtl);
        self.sites[region].alive && (!cut_off || place == region) && named
    }

    fn distance_us(&self, client: usize, region: Region) -> Micros {
        let far = self.clients.all[client].place != region;
        if far { self.settings.link_latency_ms * MS } else { NEAR_US }
    }

    pub(super) fn client_writes(&mut self, client: usize) {
        if self.settings.write_interval_ms == 0 {
            return;
        }
        self.event_queue
            .schedule(self.now + self.settings.write_interval_ms * MS, ScheduledEvent::Write { client });
        let resolved = self.resolve(client);
        let region = resolved.unwrap_or(self.clients.all[client].moved_to);
        let (collection, key, change) = self.next_change(region);
        let op = self.ledger.begin(Write::new(self.now, client, region, collection, key, change));
        self.emit(number(client), ServiceEvent::OpStart { op });
        if self.reached_by_name(client, resolved).is_none() {
            return self.wait_for_timeout(op);
        }
        let travels_us = self.distance_us(client, region);
        self.checkers.sent(op, self.now, travels_us);
        if self.rules.on(Rule::LatencyBeforeDurable) {
            self.event_queue.schedule(self.now + travels_us, ScheduledEvent::WriteArrives { op });
            return;
        }
        // The fault that this simulation once had: the write is durable at the moment at which it is sent.
        if self.takes_writes(region) {
            self.write_durably(op, region);
        }
        let answer_us = self.now + 2 * travels_us + COMMIT_US;
        self.event_queue.schedule(answer_us, ScheduledEvent::Answer { op });
    }

    /// Nothing will answer this write.
    fn wait_for_timeout(&mut self, op: u64) {
        let began_us = self.ledger.get(op).map_or(self.now, |write| write.at_us);
        let at = began_us + self.settings.client_timeout_ms * MS;
        self.event_queue.schedule(at.max(self.now), ScheduledEvent::WriteTimesOut { op });
    }

    /// A write's packets reach their region, unless that was lost or cut off meanwhile.
    pub(super) fn write_arrives(&mut self, op: u64) {
        let Some((client, region)) = self.ledger.get(op).map(|write| (write.client, write.region)) else {
            return;
        };
        if !self.client_reaches(client, region) {
            return self.wait_for_timeout(op);
        }
        self.event_queue.schedule(self.now + COMMIT_US, ScheduledEvent::WriteCommits { op });
    }

    /// A majority of the region's nodes has a write on disk, unless the region no longer takes any.
    pub(super) fn write_commits(&mut self, op: u64) {
        let Some((client, region)) = self.ledger.get(op).map(|write| (write.client, write.region)) else {
            return;
        };
        if !self.sites[region].alive {
            return self.wait_for_timeout(op);
        }
        if self.takes_writes(region) {
            self.write_durably(op, region);
        }
        let answer_us = self.now + self.distance_us(client, region);
        self.event_queue.schedule(answer_us, ScheduledEvent::Answer { op });
    }

    /// A client's next write: a new row, an update of one, or a deletion.
    fn next_change(&mut self, region: Region) -> (usize, i64, Change) {
        let collection = self.rng.below(super::rows::COLLECTIONS.len() as u64) as usize;
        let lot = self.rng.below(100);
        let next = self.clients.next_key[collection];
        let old = self.rng.below(next.max(1) as u64) as i64;
        let there = self.sites[region].version(collection, old).is_some();
        let (deletes, updates) = (self.settings.delete_percent, self.settings.update_percent);
        if there && lot < deletes {
            return (collection, old, Change::Delete);
        }
        if there && lot < deletes + updates {
            return (collection, old, Change::Update);
        }
        self.clients.next_key[collection] += 1;
        (collection, next, Change::Insert)
    }

    /// A region's cluster accepts a write; it is durable there.
    fn write_durably(&mut self, op: u64, region: Region) {
        let Some(write) = self.ledger.get(op) else { return };
        let (collection, key, change) = (write.collection, write.key, write.change);
        let dim = self.settings.dim as u32;
        let site = &mut self.sites[region];
        let written = match change {
            Change::Delete => site.delete(self.now, collection, key, op),
            _ => site.put(self.now, collection, key, (op, dim), &mut self.rng),
        };
        let Ok(lsn) = written else { return };
        self.ledger.kept(op, region, lsn, self.now);
        self.checkers.durable(self.now, op, region, &self.settings);
        self.look_at_row(region, op);
        let split = self.dns.is_some() && region != self.primary();
        if split {
            self.ledger.split += 1;
            if self.ledger.split == 1 {
                self.alert("split_brain");
            }
        }
        let event = RegionEvent::RowWritten {
            op,
            region: region as u32,
            lsn,
            collection: collection as u32,
            key,
            change: change.word().to_owned(),
        };
        self.emit(None, event);
        self.record_written(region);
    }

    /// An answer returns, if it still can.
    pub(super) fn answer(&mut self, op: u64) {
        let Some(write) = self.ledger.get(op) else { return };
        let (client, region, kept) = (write.client, write.region, write.lsn.is_some());
        if !self.client_reaches(client, region) {
            return self.wait_for_timeout(op);
        }
        if kept || !self.rules.on(Rule::AckAfterDurable) {
            self.checkers.acknowledged(op, region);
            let write = self.ledger.acknowledge(op, self.now);
            if kept && self.sites.iter().all(|site| !site.has.contains(op as usize)) {
                // It was discarded while its answer was on the way.
                self.report_lost(op, "discarded");
            }
            self.clients.all[client].written_op = op;
            self.clients.all[client].own =
                Some((write.collection, write.key, op, write.change == Change::Delete));
            self.write_ended(op, OpStatus::Ok);
        } else {
            self.write_ended(op, OpStatus::Fail);
        }
    }

    pub(super) fn write_times_out(&mut self, op: u64) {
        let kept = self.ledger.get(op).is_some_and(|write| write.lsn.is_some());
        self.write_ended(op, if kept { OpStatus::Info } else { OpStatus::Fail });
    }

    fn write_ended(&mut self, op: u64, status: OpStatus) {
        let Some(write) = self.ledger.get(op) else { return };
        let (client, region, took_us) = (write.client, write.region, self.now - write.at_us);
        self.checkers.ended(op);
        let ok = status == OpStatus::Ok;
        self.clients.all[client].ok = ok;
        if !ok {
            self.ledger.failed += 1;
        }
        self.emit(number(client), ServiceEvent::OpEnd { op, status, took_us });
        self.service_felt(client, region, (self.now - took_us, ok));
    }

    pub(super) fn client_reads(&mut self, client: usize) {
        if self.settings.read_interval_ms == 0 {
            return;
        }
        self.event_queue
            .schedule(self.now + self.settings.read_interval_ms * MS, ScheduledEvent::Read { client });
        let resolved = self.resolve(client);
        let region = resolved.unwrap_or(self.clients.all[client].moved_to);
        self.clients.read += 1;
        let op = self.clients.read;
        if self.reached_by_name(client, resolved).is_none() {
            let at = self.now + self.settings.client_timeout_ms * MS;
            self.event_queue.schedule(at, ScheduledEvent::ReadTimesOut { client, op, region });
            return;
        }
        let serves = {
            let site = &self.sites[region];
            site.any_node() && site.serving && site.indexed
        };
        if !serves {
            return self.read_times_out(client, op, region);
        }
        if let Some((collection, key, own, gone)) = self.clients.all[client].own {
            let stale = match self.sites[region].version(collection, key) {
                Some(op) => op < own,
                None => !gone && !self.ledger.deleted_since(collection, key, own),
            };
            self.clients.stale += u64::from(stale);
        }
        self.clients.reads_ok += 1;
        self.clients.all[client].read_us = Some(self.now);
        self.emit(number(client), RegionEvent::ReadEnd { op, status: OpStatus::Ok, region: region as u32 });
    }

    pub(super) fn read_times_out(&mut self, client: usize, op: u64, region: Region) {
        self.clients.reads_failed += 1;
        self.emit(number(client), RegionEvent::ReadEnd { op, status: OpStatus::Fail, region: region as u32 });
    }
}
