//! A Milvus cluster: proxies, coordinators, workers, a metadata store, the write-ahead log and its readers, in one
//! simulated world.
//!
//! Pods exchange messages (`net`) over links that can be cut. The metadata store and the log are Raft groups over real
//! logs (`groups`); coordinators are chosen by Raft or by leases (`leadership`); a write goes through a proxy to the
//! log and is acknowledged when a majority of the log's replicas has it (`proxy`, `log`), or an ack quorum of log
//! stores (`log_service`); delegators read the log (`delegator`); query nodes load sealed segments (`query_node`); both
//! search real vectors (`search`); coordinators place segments (`query_coord`), flush growing rows (`flushing`), take
//! snapshots and import in bulk (`orders`, `jobs`); a supervisor restarts dead pods (`supervisor`); clients measure
//! (`clients`).
//!
//! Guarantees: everything happens in virtual time, in one order, and is reported as events; everything shown is read
//! from the running cluster; a write that was acknowledged under a valid epoch is seen by every reader that has caught
//! up. Simplified, and stated on the page: one collection with one shard, short vectors; a coordinator is found through
//! its peers; rows are not deleted individually, they expire or are deleted all at once. A cluster's memory use does
//! not grow with the time it has run: growing rows are released when they are flushed and loaded (`delegator`), small
//! segments are merged and old ones expire (`compaction`), logs are truncated up to the checkpoint (`log`, `groups`).
//! Leaves out: drills and their reports.

mod acknowledged;
pub mod action;
mod build_snapshot;
mod by_pod;
mod catalogue;
pub mod checkers;
mod clients;
mod clocks;
#[cfg(test)]
mod clocks_tests;
mod compaction;
mod copied;
mod delegator;
pub mod event;
mod expiry;
mod flushed;
mod flushing;
mod generate;
mod generate_clocks;
mod generate_kept;
mod groups;
pub mod inspect;
mod inspect_messages;
mod inspect_pods;
mod jobs;
mod keeping;
mod kept;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod late_tests;
mod leadership;
#[cfg(test)]
mod load_tests;
mod log;
mod log_service;
mod log_source;
mod log_store;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod long_tests;
mod metadata_store;
mod near;
mod net;
mod object_log;
mod orders;
mod outage;
mod pod_faults;
mod pods;
mod proxy;
mod query_coord;
mod query_node;
mod record;
mod requests;
pub mod rules;
mod search;
mod serial;
#[cfg(test)]
mod service_tests;
pub mod settings;
#[cfg(test)]
mod shapes_tests;
pub mod snapshot;
mod supervisor;
mod swarm;
#[cfg(test)]
mod swarm_tests;
#[cfg(test)]
mod tests;
pub mod topology;

use litemap::LiteMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::event::{Event, EventKind, MilvusEvent};
pub use action::Action;
use by_pod::ByPod;
use checkers::Checkers;
use clients::Clients;
use delegator::{At, Delegator};
use flushing::{DataCoord, Draining};
use keeping::Keeping;
use log::Logs;
use metadata_store::MetadataStore;
use near::{Made, Nearest, Sealed};
use net::{Call, Flight, MergePlan, Stream};
use object_log::Waiting;
use outage::OutageMeter;
use pods::Pod;
use proxy::{Proxy, Request};
use query_coord::Distribution;
use query_node::QueryNode;
use quorum_sim::event::{FaultEvent, ServiceEvent};
use quorum_sim::event_log::EventLog;
use quorum_sim::event_queue::{EventQueue, StepLabel};
use quorum_sim::event_queue_methods;
use quorum_sim::network::Network;
use quorum_sim::outbox::Outbox;
use quorum_sim::replica::Replica;
use quorum_types::{Micros, NodeId, Refusal, Rng};
use requests::{LogEntry, Task};
use rules::Rules;
use search::Search;
use serial::Turns;
pub use settings::Settings;
use snapshot::PodState;
use topology::{Component, ControlPlane, Place};

/// The node number of clients in messages.
const CLIENT: NodeId = 0;

/// A scheduled task.
#[derive(Clone, Debug)]
enum ScheduledEvent {
    /// A process is up and begins to serve.
    Ready { pod: NodeId, life: u64 },
    /// A pod's process starts.
    Start { pod: NodeId, life: u64 },
    /// A message arrives.
    Arrive(Box<Flight>),
    /// A caller's timeout expires.
    CallTimesOut { call: u64 },
    /// A Raft timer is due.
    MemberTimer { pod: NodeId, life: u64 },
    /// A sync ends.
    SyncEnds { pod: NodeId, number: u64 },
    /// A pod's periodic work.
    Beat { pod: NodeId, life: u64 },
    /// A pod checks its session between two beats.
    Session { pod: NodeId, life: u64 },
    /// A coordinator ticks.
    Tick { pod: NodeId, life: u64, epoch: u64 },
    /// A coordinator has read its metadata.
    TakeoverDone { pod: NodeId, life: u64, epoch: u64 },
    /// The supervisor checks a pod.
    Health { pod: NodeId },
    /// The supervisor retries to report that a pod is gone.
    NotifyNodeDown { coordinator: Component, node: NodeId },
    /// A pod has finished a piece of work, either blocking or in the background.
    Worked { pod: NodeId, life: u64, aside: bool, job: Box<Job> },
    /// A clock that is fast and slow alternately changes its speed.
    ClockTurns { pod: NodeId, number: u64 },
    /// The metadata store looks for expired leases.
    Leases { pod: NodeId, life: u64 },
    /// A client begins its next request.
    Client { client: usize },
}

impl ScheduledEvent {
    /// What it is called in the answers to “why”.
    fn label(&self) -> StepLabel {
        match self {
            Self::Ready { pod, .. } | Self::Start { pod, .. } => StepLabel::on("start", *pod),
            Self::Arrive(flight) => StepLabel {
                word: "message",
                node: Some(flight.to),
                from: Some(flight.from),
                message: Some(flight.id),
                sent_us: flight.sent_us,
            },
            Self::CallTimesOut { .. } => StepLabel::of("call_timeout"),
            Self::MemberTimer { pod, .. } => StepLabel::on("timer", *pod),
            Self::SyncEnds { pod, .. } => StepLabel::on("sync", *pod),
            Self::Beat { pod, .. } | Self::Session { pod, .. } | Self::Tick { pod, .. } => {
                StepLabel::on("periodic", *pod)
            }
            Self::TakeoverDone { pod, .. } => StepLabel::on("takeover", *pod),
            Self::Health { pod } => StepLabel::on("health_check", *pod),
            Self::NotifyNodeDown { node, .. } => StepLabel::on("health_check", *node),
            Self::Worked { pod, .. } => StepLabel::on("work", *pod),
            Self::Leases { pod, .. } => StepLabel::on("lease_check", *pod),
            Self::ClockTurns { pod, .. } => StepLabel::on("clock", *pod),
            Self::Client { .. } => StepLabel::of("client"),
        }
    }
}

/// A piece of work that takes time.
#[derive(Clone, Debug)]
enum Job {
    /// A proxy has read a request.
    Admit { request: u64 },
    /// A delegator has searched its own part.
    Own { search: u64, segments: Vec<u64> },
    /// A query node has searched a part for a delegator.
    Part { to: NodeId, call: u64, query: u64, segments: Vec<u64> },
    /// A query node has loaded a segment.
    Loaded { segment: u64, replica: u32, began_us: Micros },
    /// A delegator has read records of the log.
    Consumed { replica: u32, stint: u64, stream: Stream },
    /// A data node has written a segment to the object store.
    Stored { segment: u64 },
    /// A data node has merged segments.
    Merged { plan: MergePlan },
    /// The owner of the log has gathered records for long enough.
    Gathered,
    /// It has written them to the object store.
    Put { epoch: u64, writes: Vec<Waiting> },
    /// It has read the log in the object store, and appended its fence.
    FencePut { epoch: u64 },
    /// A log store has synced its disk.
    StoreSynced,
    /// A log store that did not answer is tried again.
    TryStore { store: NodeId, epoch: u64 },
    /// A new writer has read the log in the object store.
    Recovered { epoch: u64 },
    /// A log store has written entries to the object store.
    Uploaded { to: NodeId, call: u64, entries: Vec<LogEntry> },
    /// A node has built an index.
    Indexed { segment: u64, rows: u64, began_us: Micros },
    /// A data coordinator has written the manifest of a snapshot.
    Manifest { name: u64, order: u64 },
    /// A data node has done a part of an import or of a restore.
    Task { task: Task },
}

impl Job {
    /// Whether it ends with an access to the object store.
    fn needs_object_store(&self) -> bool {
        matches!(
            self,
            Self::Loaded { .. }
                | Self::Stored { .. }
                | Self::Merged { .. }
                | Self::Indexed { .. }
                | Self::Put { .. }
                | Self::FencePut { .. }
                | Self::Recovered { .. }
                | Self::Uploaded { .. }
                | Self::Manifest { .. }
                | Self::Task { .. }
        )
    }
}

/// The state of the object store.
#[derive(Clone, Copy, Debug, Default)]
struct ObjectStore {
    /// How much longer an access takes than it should.
    ms: u64,
    /// Whether every access fails.
    gone: bool,
}

/// The simulated world of a cluster.
#[derive(Clone, Debug)]
pub struct Milvus {
    now: Micros,
    seed: u64,
    settings: Settings,
    control_plane: ControlPlane,
    event_queue: EventQueue<ScheduledEvent>,
    event_log: EventLog<EventKind, ()>,
    /// A sink for output of members that is not read here.
    null_log: EventLog,
    outbox: Outbox,
    network: Network,
    rng: Rng,
    pods: Vec<Pod>,
    /// The pods of each kind, by the number of the kind. They never change.
    kinds: Arc<[Vec<NodeId>]>,
    members: ByPod<Replica>,
    /// Thousands of calls may be in flight, and they end in any order: hence a tree.
    calls: BTreeMap<u64, Call>,
    called: u64,
    /// When each pod's network card will have sent everything that is queued.
    card_free: LiteMap<NodeId, Micros>,
    /// The pod that acts for a kind, as far as a pod knows.
    acting_for: LiteMap<(NodeId, Component), NodeId>,
    /// From whom a pod has last learned that, and when: nothing depends on it.
    learned: LiteMap<(NodeId, Component), (NodeId, NodeId, Micros)>,
    /// Endpoints that do not answer a pod, and since when they have not.
    silent: LiteMap<(NodeId, NodeId), Micros>,
    /// The index of the last peer that a pod tried.
    tried: LiteMap<(NodeId, Component), usize>,
    store: MetadataStore,
    logs: Logs,
    turns: LiteMap<NodeId, Turns>,
    proxies: LiteMap<NodeId, Proxy>,
    /// Thousands may be in flight under load, and end in any order: trees, like the calls.
    requests: BTreeMap<u64, Box<Request>>,
    queriers: LiteMap<NodeId, QueryNode>,
    delegators: LiteMap<At, Delegator>,
    /// How often a delegator has begun to read.
    stints: u64,
    searches: BTreeMap<u64, Box<Search>>,
    distribution: LiteMap<NodeId, Distribution>,
    /// Acting data coordinators.
    data_coords: LiteMap<NodeId, DataCoord>,
    /// Data nodes that drain the log.
    draining: LiteMap<NodeId, Draining>,
    /// How many merges were planned; segment numbers are allocated from it.
    merges: u64,
    /// How many segments were flushed, likewise.
    flushes: u64,
    object_store: ObjectStore,
    /// The contents of the object store.
    sealed: Vec<Sealed>,
    /// The nearest rows to a vector in a sealed segment, which never changes: computed once. By vector, then by
    /// segment; number 0 stands for all initial segments together, searched row by row.
    nearest: Vec<LiteMap<u64, Nearest>>,
    /// The vectors that are searched for, by number.
    wanted: Vec<Arc<[f32]>>,
    /// The rows of the last writes.
    made: Made,
    clients: Clients,
    /// Orders, snapshots and jobs.
    keeping: Keeping,
    meter: OutageMeter,
    rules: Rules,
    /// The invariants; they observe and never change the run.
    pub checkers: Checkers,
    /// Whether the cluster has ever been able to serve; clients begin then.
    served_once: bool,
    last_write: Option<snapshot::WriteFacts>,
}

impl Milvus {
    /// A cluster whose pods are about to start.
    pub fn new(seed: u64, settings: Settings) -> Self {
        Self::with_rules(seed, settings, Rules::default(), false)
    }

    /// Begins again with one more rule off.
    pub fn switch_off(&mut self, rule: rules::Rule) {
        let mut rules = self.rules;
        rules.set(rule, false);
        *self = Self::with_rules(self.seed, self.settings.clone(), rules, false);
    }

    /// The same with some rules off; `quiet`: events are counted and digested, but not kept.
    pub fn with_rules(seed: u64, settings: Settings, rules: Rules, quiet: bool) -> Self {
        let latency = (settings.latency_min_us, settings.latency_max_us.max(settings.latency_min_us));
        let places = topology::places(&settings);
        let mut world = Self {
            now: 0,
            seed,
            control_plane: ControlPlane::of(&settings),
            event_queue: EventQueue::default(),
            event_log: if quiet { EventLog::quiet() } else { EventLog::default() },
            null_log: EventLog::quiet(),
            outbox: Outbox::new(false),
            network: Network::new(Rng::new(seed, 1), latency),
            rng: Rng::new(seed, 2),
            kinds: topology::kinds(&places),
            pods: places.into_iter().map(Pod::new).collect(),
            members: ByPod::default(),
            calls: BTreeMap::new(),
            called: 0,
            card_free: LiteMap::new(),
            acting_for: LiteMap::new(),
            learned: LiteMap::new(),
            silent: LiteMap::new(),
            tried: LiteMap::new(),
            store: MetadataStore::default(),
            logs: Logs::default(),
            turns: LiteMap::new(),
            proxies: LiteMap::new(),
            requests: BTreeMap::new(),
            queriers: LiteMap::new(),
            delegators: LiteMap::new(),
            stints: 0,
            searches: BTreeMap::new(),
            distribution: LiteMap::new(),
            data_coords: LiteMap::new(),
            draining: LiteMap::new(),
            merges: 0,
            flushes: 0,
            object_store: ObjectStore::default(),
            sealed: near::sealed(seed, &settings),
            nearest: Vec::new(),
            wanted: Vec::new(),
            made: Made::default(),
            clients: Clients::new(seed, &settings),
            keeping: Keeping::default(),
            meter: OutageMeter::default(),
            rules,
            checkers: Checkers::new(settings.fencing == 1),
            served_once: false,
            last_write: None,
            settings,
        };
        let nodes = world.pods.len() as u32;
        world.emit(None, FaultEvent::Opened { boot: 1, nodes });
        world.furnish_groups();
        world.start_all();
        world
    }

    event_queue_methods!(process_scheduled);

    fn process_scheduled(&mut self, scheduled: ScheduledEvent) {
        if let Some(id) = self.belongs_to(&scheduled) {
            if let Some(pod) = self.pod_mut(id).filter(|pod| pod.state == PodState::Paused) {
                // A process that is stopped does nothing; it goes on in the same order.
                pod.suspended.push(scheduled);
                return;
            }
            self.catch_up_member(id);
        }
        match scheduled {
            ScheduledEvent::Start { pod, life } => self.start(pod, life),
            ScheduledEvent::Ready { pod, life } => self.ready(pod, life),
            ScheduledEvent::Arrive(flight) => self.arrive(*flight),
            ScheduledEvent::CallTimesOut { call } => self.call_times_out(call),
            ScheduledEvent::MemberTimer { pod, life } => self.member_timer(pod, life),
            ScheduledEvent::SyncEnds { pod, number } => self.sync_ends(pod, number),
            ScheduledEvent::Beat { pod, life } => self.beat(pod, life),
            ScheduledEvent::Tick { pod, life, epoch } => self.tick(pod, life, epoch),
            ScheduledEvent::TakeoverDone { pod, life, epoch } => self.takeover_done(pod, life, epoch),
            ScheduledEvent::Session { pod, life } => {
                if self.life(pod) == life && self.runs(pod) {
                    self.look_after_session(pod);
                }
            }
            ScheduledEvent::Health { pod } => self.check_health(pod),
            ScheduledEvent::NotifyNodeDown { coordinator, node } => self.notify_node_down(coordinator, node),
            ScheduledEvent::Worked { pod, life, aside, job } => self.worked(pod, life, aside, *job),
            ScheduledEvent::Leases { pod, life } => self.end_leases(pod, life),
            ScheduledEvent::ClockTurns { pod, number } => self.clock_turns(pod, number),
            ScheduledEvent::Client { client } => self.client_begins(client),
        }
        self.tell_broken();
    }

    /// The pod whose process carries a task out; none for the machine's and the clients' own.
    fn belongs_to(&self, scheduled: &ScheduledEvent) -> Option<NodeId> {
        match scheduled {
            ScheduledEvent::SyncEnds { pod, .. }
            | ScheduledEvent::Beat { pod, .. }
            | ScheduledEvent::Session { pod, .. }
            | ScheduledEvent::Tick { pod, .. }
            | ScheduledEvent::TakeoverDone { pod, .. }
            | ScheduledEvent::Worked { pod, .. }
            | ScheduledEvent::Leases { pod, .. } => Some(*pod),
            ScheduledEvent::CallTimesOut { call } => self.calls.get(call).map(|call| call.from),
            _ => None,
        }
    }

    /// Reports invariants that were violated just now.
    fn tell_broken(&mut self) {
        if !self.checkers.invariants.newly_broken() {
            return;
        }
        for (name, detail) in self.checkers.invariants.take_broken() {
            self.emit(None, ServiceEvent::InvariantBroken { name: name.to_owned(), detail });
        }
    }

    /// Rows that were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.clients.acknowledged_rows
    }

    /// The events since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.event_log.take()
    }

    /// The number of events so far.
    pub fn event_count(&self) -> u64 {
        self.event_log.count()
    }

    /// The digest of all events, as 16 hex digits.
    pub fn digest(&self) -> String {
        self.event_log.digest()
    }

    /// The current outage, or the last one, up to now.
    pub fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        self.meter.current(self.now, self.control_plane)
    }

    /// All outages.
    pub fn outages(&self) -> &quorum_sim::outage::Outages {
        &self.meter.outages
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes a setting that can be changed while the cluster runs. Another number of zones moves the pods; they
    /// go on as they are.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        let mut settings = self.settings.clone();
        settings.set(name, value)?;
        if !LIVE.contains(&name) {
            let error = format!("{name} is what the cluster is made of; open a new run to change it");
            return Err(Refusal::new("bad_setting", error));
        }
        self.settings = settings;
        if ["top_k", "nprobe", "ef"].contains(&name) {
            self.nearest.clear();
        }
        if name == "session_ttl_ms" || name == "lease_margin_percent" {
            self.ttl_changed();
        }
        if name == "clients" {
            self.clients.set_load(value, self.settings.client_queries, self.now);
            self.wake_load();
        }
        if name == "zones" {
            for pod in &mut self.pods {
                pod.place.zone = topology::zone_of(pod.place.ordinal, &self.settings);
            }
        }
        if name == "wal_serial" {
            let running: Vec<NodeId> =
                self.of(Component::Wal).into_iter().filter(|id| self.runs(*id)).collect();
            running.into_iter().for_each(|id| self.take_turns(id));
        }
        Ok(())
    }

    /// The latencies of all answers to load clients within the last second, in the order of the answers.
    pub fn load_latencies(&self) -> Vec<Micros> {
        self.clients.load_latencies(self.now)
    }

    /// How many requests of load clients were answered so far, and how many failed.
    pub fn load_counts(&self) -> (u64, u64) {
        (self.clients.load_answers, self.clients.load_failures)
    }

    /// How many of the tester's searches ended, and how many of them were answered.
    pub fn tester(&self) -> (u64, u64) {
        (self.clients.total, self.clients.ok)
    }

    /// Acknowledged rows that no reader will ever see, by number.
    pub fn audit(&self) -> Vec<i64> {
        self.clients.lost_rows()
    }

    fn emit(&mut self, node: Option<NodeId>, kind: impl Into<EventKind>) {
        let kind = kind.into();
        if let EventKind::Milvus(MilvusEvent::WriteStep { first_id, step }) = kind {
            self.follow_write(node, first_id, step);
        }
        let event = Event { t_us: self.now, node, kind };
        let found = self.meter.observe(&event, self.control_plane);
        self.event_log.emit(event.t_us, event.node, event.kind);
        if let Some(kind) = found {
            self.event_log.emit(self.now, None, kind);
        }
    }

    fn places(&self) -> Vec<Place> {
        self.pods.iter().map(|pod| pod.place).collect()
    }
}

/// The settings that can be changed while the cluster runs.
pub(crate) const LIVE: &[&str] = &[
    "zones",
    "health_check_ms",
    "health_misses",
    "restart_ms",
    "boot_ms",
    "supervised",
    "session_ttl_ms",
    "lease_margin_percent",
    "takeover_ms",
    "wal_serial",
    "consistency",
    "graceful_ms",
    "partial_results",
    "required_data_percent",
    "routing",
    "search_us",
    "delegator_us",
    "visit_percent",
    "nprobe",
    "ef",
    "queue_limit",
    "drop_late",
    "proxy_us",
    "proxy_attempts",
    "route_refresh_ms",
    "call_timeout_ms",
    "dead_endpoint_ms",
    "search_interval_ms",
    "top_k",
    "client_timeout_ms",
    "insert_interval_ms",
    "insert_rows",
    "seal_rows",
    "full_rows",
    "compact_segments",
    "ttl_s",
    "gc_tolerance_ms",
    "gc_missing_tolerance_s",
    "link_mb_per_s",
    "clients",
    "client_queries",
    "client_pause_ms",
];
