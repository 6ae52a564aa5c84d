//! Generates schedules from seeds.
//!
//! Each seed has its own profile: a shape of the cluster, intervals, and a set of faults of which about half occur (a
//! swarm, because schedules that all do a little of everything find less: Groce et al., “Swarm Testing”, ISSTA 2012).
//! Time passes faster than in the page: leases last one to three seconds and elections fractions of one, so that a run
//! of a few thousand events contains dozens of failovers. Guarantees: the same seed and rule make the same schedule;
//! every generated setting is within the table's bounds. Leaves out: running the schedule.

use super::Action;
use super::generate_clocks;
use super::generate_kept;
use super::rules::Rule;
use super::settings::Settings;
use super::topology::{Component, Place, places};
use quorum_sim::network::Weather;
use quorum_sim::swarm::{self, Timed};
use quorum_types::sort::sort_by_key;
use quorum_types::{MS, Micros, NodeId, Rng, SECOND};

/// The schedule of a Milvus cluster.
pub(crate) type Schedule = swarm::Schedule<Action, Rule>;

/// The random stream of a seed that generates schedules.
const STREAM: u64 = 1 << 40;
/// The one that chooses the version's shape.
const SHAPES: u64 = STREAM + 1;
/// Actions are generated for this long; a run that ends earlier does not perform them all.
const LENGTH_US: Micros = 60 * SECOND;
/// Clients have begun by then.
const FIRST_US: Micros = 3 * SECOND;

/// Kinds of actions, each with a weight in a schedule's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Kill,
    Stop,
    Pause,
    Zone,
    Cut,
    OneWay,
    Isolate,
    Split,
    Heal,
    Depose,
    Clog,
    Weather,
    Disk,
    ObjectStore,
    Set,
}

const KINDS: [Kind; 15] = [
    Kind::Kill,
    Kind::Stop,
    Kind::Pause,
    Kind::Zone,
    Kind::Cut,
    Kind::OneWay,
    Kind::Isolate,
    Kind::Split,
    Kind::Heal,
    Kind::Depose,
    Kind::Clog,
    Kind::Weather,
    Kind::Disk,
    Kind::ObjectStore,
    Kind::Set,
];

/// Generates the schedule of a seed, with a rule off or none.
pub(super) fn make(seed: u64, off: Option<Rule>) -> Schedule {
    let mut rng = Rng::new(seed, STREAM);
    let mut set = settings(off, &mut rng);
    let shape = off.map_or_else(|| shape(seed), shape_for);
    set.retain(|(name, _)| !shape.iter().any(|(other, _)| other == name));
    set.extend(shape);
    set.extend(generate_kept::settings(seed, off));
    set.extend(generate_clocks::settings(seed, off));
    let mut settings = Settings::default();
    for (name, value) in &set {
        // The bounds are those of the table, as a test checks.
        let _ = settings.set(name, *value);
    }
    let places = places(&settings);
    let nodes = places.len() as u32;
    let clocks = places.clone();
    let weights = weights(off, &mut rng);
    let gap_us = [150 * MS, 300 * MS, 600 * MS, 1_500 * MS][rng.below(4) as usize];
    let at = FIRST_US + rng.below(SECOND);
    let mut maker =
        Maker { rng, places, weights, gap_us, zones: settings.zones, off, at, actions: Vec::new() };
    while maker.at < LENGTH_US {
        maker.one();
    }
    let mut actions = maker.actions;
    actions.extend(generate_kept::orders(seed, off, FIRST_US, LENGTH_US));
    actions.extend(generate_clocks::actions(seed, off, &clocks, FIRST_US, LENGTH_US));
    sort_by_key(&mut actions, |timed| timed.t_us);
    Schedule { nodes, seed, settings: set, off: off.into_iter().collect(), actions }
}

/// The shape and the intervals of a seed's cluster.
fn settings(off: Option<Rule>, rng: &mut Rng) -> Vec<(String, u64)> {
    let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
    let plane = match off {
        Some(
            Rule::TickWithPosition
            | Rule::ServeWhileOwner
            | Rule::WoodpeckerFence
            | Rule::WoodpeckerAckQuorum
            | Rule::WoodpeckerRecovery,
        ) => 2,
        Some(
            Rule::RenewWhenCertain
            | Rule::ExtendOnPromotion
            | Rule::ExitOnLeaseLoss
            | Rule::LeaseCountsFromRequest
            | Rule::LeaseMargin,
        ) => one_of(&[1, 2]),
        Some(Rule::FenceByEpoch) => 1,
        Some(Rule::TickWhenCertain) => one_of(&[0, 1]),
        _ => one_of(&[0, 1, 2]),
    };
    let nodes = one_of(&[1, 2, 2, 3]);
    let ttl = one_of(&[1_000, 1_500, 3_000]);
    let tick = one_of(&[50, 100, 200]);
    let settings = [
        ("control_plane", plane),
        ("coordinators", if off == Some(Rule::FenceByEpoch) { 2 } else { one_of(&[1, 2, 2, 3]) }),
        ("proxies", one_of(&[1, 2])),
        ("query_nodes", nodes),
        ("replicas", one_of(&[1, 2]).min(nodes)),
        ("data_nodes", one_of(&[1, 2])),
        ("index_nodes", 1),
        ("streaming_nodes", one_of(&[1, 2, 2])),
        ("meta_members", one_of(&[1, 3, 3, 3])),
        ("wal_replicas", one_of(&[1, 3, 3, 3])),
        ("segments", one_of(&[1, 2])),
        ("segment_mb", 1),
        ("rows", one_of(&[10, 40])),
        ("dim", 2),
        ("health_check_ms", one_of(&[200, 500])),
        ("health_misses", one_of(&[1, 3])),
        ("restart_ms", one_of(&[50, 300])),
        ("boot_ms", one_of(&[50, 300])),
        ("supervised", one_of(&[0, 1, 1])),
        ("session_ttl_ms", ttl),
        ("keepalive_ms", ttl / 3),
        ("raft_heartbeat_ms", 60),
        ("raft_election_ms", one_of(&[200, 400])),
        ("coord_heartbeat_ms", 100),
        ("coord_election_ms", one_of(&[300, 600])),
        ("takeover_ms", if off == Some(Rule::FenceByEpoch) { 0 } else { one_of(&[0, 50, 300]) }),
        ("latency_min_us", 200),
        ("latency_max_us", one_of(&[1_000, 8_000])),
        ("fsync_min_ms", 1),
        ("fsync_max_ms", one_of(&[2, 6, 30])),
        ("tick_ms", tick),
        (
            "replay_records_per_s",
            if off == Some(Rule::GapCheckWhileBusy) { 40 } else { one_of(&[200, 500, 5_000]) },
        ),
        ("seal_rows", one_of(&[8, 20, 60])),
        ("full_rows", 200),
        ("compact_segments", one_of(&[0, 2, 4])),
        ("ttl_s", one_of(&[0, 0, 5, 20])),
        ("consistency", one_of(&[0, 0, 0, 1, 2, 3])),
        ("graceful_ms", one_of(&[200, 1_000])),
        ("partial_results", one_of(&[0, 0, 1])),
        ("proxy_attempts", one_of(&[1, 2])),
        ("route_refresh_ms", 500),
        // A Strong search waits for the next tick.
        (
            "call_timeout_ms",
            2 * tick + if off == Some(Rule::FenceByEpoch) { 500 } else { one_of(&[50, 300]) },
        ),
        ("search_us", if off == Some(Rule::PinSegments) { 30_000 } else { one_of(&[1_000, 1_000, 20_000]) }),
        ("search_interval_ms", one_of(&[60, 150])),
        ("client_timeout_ms", 800),
        ("insert_interval_ms", one_of(&[40, 100, 250])),
        ("insert_rows", one_of(&[1, 1, 3])),
        ("wal_serial", one_of(&[0, 0, 0, 1])),
    ];
    settings.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// What differs between versions of Milvus, and how long callers keep to a dead endpoint. Searches with a rule off are
/// spared it: they look for what that rule alone protects.
fn shape(seed: u64) -> Vec<(String, u64)> {
    let mut rng = Rng::new(seed, SHAPES);
    let mut one_of = |some: &[u64]| some[rng.below(some.len() as u64) as usize];
    let settings = [
        ("active_standby", one_of(&[0, 1, 1])),
        ("index_coord", one_of(&[0, 0, 1])),
        ("dead_endpoint_ms", one_of(&[0, 0, 500, 1_500])),
        ("required_data_percent", one_of(&[0, 30, 80])),
        ("log_kind", one_of(&[0, 1, 2])),
        ("woodpecker_batch_ms", one_of(&[10, 50])),
        ("woodpecker_put_ms", one_of(&[5, 40])),
        ("delegator", one_of(&[0, 1])),
        ("woodpecker_ack_quorum", one_of(&[0, 0, 1, 2])),
        ("woodpecker_upload_ms", one_of(&[500, 2_000])),
    ];
    settings.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// The shape without which a rule protects nothing.
fn shape_for(rule: Rule) -> Vec<(String, u64)> {
    let settings: &[(&str, u64)] = match rule {
        // Searches that do not wait for a tick.
        Rule::ServeWhileOwner => {
            &[("delegator", 1), ("consistency", 3), ("session_ttl_ms", 1_500), ("search_interval_ms", 60)]
        }
        Rule::WoodpeckerAckQuorum => &[("log_kind", 2), ("wal_replicas", 3)],
        Rule::WoodpeckerFence | Rule::WoodpeckerRecovery => {
            &[("log_kind", 2), ("wal_replicas", 3), ("streaming_nodes", 2), ("takeover_ms", 0)]
        }
        _ => &[],
    };
    settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

/// About half of the kinds occur; healing always does.
fn weights(off: Option<Rule>, rng: &mut Rng) -> [u64; KINDS.len()] {
    let mut weights = KINDS.map(|_| if rng.below(2) == 0 { 0 } else { 1 + rng.below(4) });
    let mut need = |kind: Kind, weight: u64| {
        let at = KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        weights[at] = weights[at].max(weight);
    };
    need(Kind::Heal, 3);
    match off {
        Some(Rule::TickWithPosition | Rule::ResubscribeWhenSilent) => need(Kind::Kill, 4),
        Some(Rule::TickWhenCertain | Rule::RenewWhenCertain) => need(Kind::Depose, 8),
        Some(Rule::ServeWhileOwner) => need(Kind::Isolate, 8),
        Some(Rule::WoodpeckerFence) => need(Kind::Clog, 8),
        Some(Rule::WoodpeckerRecovery) => {
            need(Kind::Kill, 6);
            need(Kind::Disk, 8);
        }
        Some(Rule::FenceByEpoch) => {
            need(Kind::Stop, 6);
            need(Kind::Clog, 8);
        }
        Some(Rule::ExitOnLeaseLoss) => need(Kind::Isolate, 4),
        Some(Rule::GapCheckWhileBusy) => need(Kind::Weather, 6),
        _ => need(Kind::Kill, 2),
    }
    weights
}

/// A schedule being generated.
struct Maker {
    rng: Rng,
    places: Vec<Place>,
    weights: [u64; KINDS.len()],
    gap_us: Micros,
    zones: u64,
    off: Option<Rule>,
    at: Micros,
    actions: Vec<Timed<Action>>,
}

impl Maker {
    /// A pod: first a kind, then one of its pods, so that the few proxies are hit as often as the many coordinators.
    fn node(&mut self) -> NodeId {
        loop {
            let component = Component::ALL[self.rng.below(12) as usize];
            let of: Vec<NodeId> = self
                .places
                .iter()
                .filter(|place| place.component == component)
                .map(|place| place.id)
                .collect();
            if !of.is_empty() {
                return of[self.rng.below(of.len() as u64) as usize];
            }
        }
    }

    fn put(&mut self, at: Micros, action: Action) {
        self.actions.push(Timed { t_us: at, action });
    }

    /// A time comparable to an election timeout or a lease, more often shorter than longer.
    fn a_while(&mut self) -> Micros {
        20 * MS + self.rng.below(200 * MS) * (1 + self.rng.below(20))
    }

    /// Adds one more action, with its follow-up actions.
    fn one(&mut self) {
        self.at += 1 + self.rng.below(2 * self.gap_us);
        let total: u64 = self.weights.iter().sum();
        let mut chosen = self.rng.below(total);
        for (kind, weight) in KINDS.into_iter().zip(self.weights) {
            if chosen < weight {
                return self.make(kind);
            }
            chosen -= weight;
        }
    }

    fn make(&mut self, kind: Kind) {
        let (at, node) = (self.at, self.node());
        let later = at + self.a_while();
        match kind {
            Kind::Kill => {
                self.put(at, Action::Kill { node });
                self.put(later, Action::Restart { node });
            }
            Kind::Stop => {
                self.put(at, Action::Stop { node });
                self.put(later, Action::Restart { node });
            }
            Kind::Pause => {
                self.put(at, Action::Pause { node });
                self.put(later, Action::Resume { node });
            }
            Kind::Zone => self.zone(later),
            Kind::Cut | Kind::OneWay => {
                let to = self.node();
                self.put(at, Action::Cut { from: node, to, one_way: kind == Kind::OneWay });
            }
            Kind::Isolate if self.off == Some(Rule::ServeWhileOwner) => self.cut_from_store(),
            Kind::Isolate => {
                // Alone, or with the kind that it is often found together with on a machine.
                let side = if self.rng.below(2) == 0 { vec![node] } else { vec![node, self.node()] };
                self.put(at, Action::Partition { side, but: Vec::new() });
                self.put(later, Action::Heal);
            }
            Kind::Split => {
                let nodes = self.places.len() as NodeId;
                let side = (1..=nodes).filter(|_| self.rng.below(2) == 0).collect();
                self.put(at, Action::Partition { side, but: Vec::new() });
                self.put(later, Action::Heal);
            }
            Kind::Heal => self.put(at, Action::Heal),
            Kind::Depose => self.depose(later),
            Kind::Clog if self.off == Some(Rule::FenceByEpoch) => self.overtake(later),
            Kind::Clog if self.off == Some(Rule::WoodpeckerFence) => self.overtake_writer(),
            Kind::Clog => {
                let to = self.node();
                self.put(at, Action::Clog { from: node, to, us: later - at });
            }
            Kind::Weather => {
                let mut some = |most: u64| (self.rng.below(2) * self.rng.below(most)) as u16;
                let weather = Weather { loss: some(150), duplicate: some(200), reorder: some(300) };
                self.put(at, Action::Weather(weather));
                self.put(later, Action::Weather(Weather::default()));
            }
            Kind::Disk => {
                if self.rng.below(2) == 0 {
                    let ms = 20 + self.rng.below(500);
                    self.put(at, Action::SlowDisk { node, ms });
                    self.put(later, Action::SlowDisk { node, ms: 0 });
                } else {
                    self.put(at, Action::FullDisk { node, on: true });
                    self.put(later, Action::FullDisk { node, on: false });
                }
            }
            Kind::ObjectStore => {
                let gone = self.rng.below(2) == 0;
                let ms = if gone { 0 } else { 50 + self.rng.below(2_000) };
                self.put(at, Action::ObjectStore { ms, gone });
                self.put(later, Action::ObjectStore { ms: 0, gone: false });
            }
            Kind::Set => self.set(),
        }
    }

    /// A member of a group loses its peers, and nobody else: it goes on answering pods for a while.
    fn depose(&mut self, later: Micros) {
        let has_log = self.places.iter().any(|place| place.component == Component::Wal);
        let component = if self.rng.below(2) == 0 && has_log { Component::Wal } else { Component::Meta };
        let is_peer = |place: &&Place| place.component == component;
        let peers: Vec<NodeId> = self.places.iter().filter(is_peer).map(|place| place.id).collect();
        let node = peers[self.rng.below(peers.len() as u64) as usize];
        let but = (1..=self.places.len() as NodeId).filter(|id| !peers.contains(id)).collect();
        self.put(self.at, Action::Partition { side: vec![node], but });
        self.put(later, Action::Heal);
    }

    /// The pods of a kind.
    fn of(&self, component: Component) -> Vec<NodeId> {
        let of = self.places.iter().filter(|place| place.component == component);
        of.map(|place| place.id).collect()
    }

    /// The streaming nodes lose the metadata store, and nobody else: one of them answers searches for a while.
    fn cut_from_store(&mut self) {
        let (side, store) = (self.of(Component::StreamingNode), self.of(Component::Meta));
        let but = (1..=self.places.len() as NodeId).filter(|id| !store.contains(id)).collect();
        self.put(self.at, Action::Partition { side, but });
        let later = self.at + 2 * SECOND + self.rng.below(SECOND);
        self.put(later, Action::Heal);
    }

    /// Entries are on their way to log stores while their writer hands over to another.
    fn overtake_writer(&mut self) {
        let writers = self.of(Component::StreamingNode);
        let node = writers[self.rng.below(writers.len() as u64) as usize];
        for to in self.of(Component::Wal) {
            let us = 3 * SECOND + self.rng.below(2 * SECOND);
            self.put(self.at, Action::Clog { from: node, to, us });
        }
        let soon = self.at + 50 * MS + self.rng.below(250 * MS);
        self.put(soon, Action::Stop { node });
        self.put(soon + 6 * SECOND, Action::Restart { node });
    }

    /// Writes are on their way to the log while the coordinator that stamped them hands over to another.
    fn overtake(&mut self, later: Micros) {
        let (proxies, replicas) = (self.of(Component::Proxy), self.of(Component::Wal));
        let roots = self.of(Component::RootCoord);
        for from in proxies {
            for to in replicas.clone() {
                let us = 200 * MS + self.rng.below(200 * MS);
                self.put(self.at, Action::Clog { from, to, us });
            }
        }
        if !roots.is_empty() {
            let node = roots[self.rng.below(roots.len() as u64) as usize];
            let soon = self.at + self.rng.below(150 * MS);
            self.put(soon, Action::Stop { node });
            self.put(later.max(soon + MS), Action::Restart { node });
        }
    }

    /// A setting changes while the cluster runs.
    fn set(&mut self) {
        let (name, values): (&str, &[u64]) = match self.rng.below(7) {
            0 => ("session_ttl_ms", &[1_000, 1_500, 3_000]),
            1 => ("consistency", &[0, 0, 1, 2, 3]),
            2 => ("supervised", &[0, 1]),
            3 => ("seal_rows", &[8, 20, 60]),
            4 => ("takeover_ms", &[0, 50, 300]),
            5 => ("wal_serial", &[0, 0, 1]),
            _ => ("compact_segments", &[0, 2, 4]),
        };
        let value = values[self.rng.below(values.len() as u64) as usize];
        self.put(self.at, Action::Set { name: name.to_owned(), value });
    }

    /// A zone loses its power, and its pods come back one after the other.
    fn zone(&mut self, later: Micros) {
        let zone = self.rng.below(self.zones) as u32;
        self.put(self.at, Action::KillZone { zone });
        let mut back = later;
        for place in self.places.clone().into_iter().filter(|place| place.zone == zone) {
            self.put(back, Action::Restart { node: place.id });
            back += self.rng.below(50 * MS);
        }
    }
}
