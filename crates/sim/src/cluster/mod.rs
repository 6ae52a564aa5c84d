//! A replica set: members that elect a leader by Raft, a client that writes and reads, and links, disks and clocks that
//! can fail.
//!
//! `nodes` contains the members' start, recovery and interaction with Raft; `traffic` carries packets and serves the
//! client; `faults` performs actions from outside. Guarantees: everything happens in virtual time, in one order, and is
//! reported as events; the checkers run after each of them. Leaves out: choosing faults (`swarm`).

mod faults;
mod generate;
mod nodes;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod sector_tests;
pub mod swarm;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod swarm_tests;
mod traffic;

use std::ops::RangeInclusive;

use super::checkers::Checkers;
use super::client::Client;
use super::event::{EventKind, FaultEvent, ServiceEvent};
use super::event_log::EventLog;
use super::event_queue::{EventQueue, StepLabel};
use super::inspect::{MessageDetail, packet_fields};
use super::log_disk::LogDisk;
use super::network::{CLIENT, Flying, Network};
use super::outbox::Outbox;
use super::replica::Replica;
use super::settings::Settings;
use quorum_raft::{Conf, Rules};
use quorum_types::{Lsn, Micros, NodeId, Refusal, Rng};
use quorum_wal::disk::Disk;

/// The maximum number of nodes that a topology names.
pub const MAX_NODES: u32 = 51;
/// The settings that can be changed while a replica set runs.
const LIVE: [&str; 6] =
    ["client_reads", "client_puts", "client_swaps", "client_keys", "client_interval_ms", "pre_vote"];
/// The maximum number of rows of one insert.
pub(crate) const MAX_INSERT_ROWS: u64 = 1_000;

/// A scheduled event of a replica set.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum ScheduledEvent {
    /// A process is up and reads its log.
    Boot { node: NodeId, life: u64 },
    /// A part of the log is read.
    Replay { node: NodeId, life: u64 },
    /// A Raft timer is due.
    Timer { node: NodeId, life: u64 },
    /// A sync ends, if the host has persisted `ticket`.
    SyncEnds { node: NodeId, number: u64, ticket: u64 },
    /// A packet arrives.
    Arrive(Flying),
    /// The client begins an operation.
    ClientBegins,
    /// The client's timeout for an attempt expires.
    ClientWakes { op: u64, attempt: u32 },
    /// The client gives up on an operation.
    ClientGivesUp { op: u64 },
    /// A node in a crash loop crashes.
    CrashAgain { node: NodeId, left: u32, every_us: Micros },
    /// A clock that is fast and slow alternately changes its speed.
    ClockTurns { node: NodeId, drift_ppm: i64, period_us: Micros, number: u64 },
}

/// The world of a replica set.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The virtual time.
    pub now: Micros,
    /// Scheduled events.
    pub event_queue: EventQueue<ScheduledEvent>,
    /// Past events.
    pub event_log: EventLog,
    /// The changes that the host has to persist.
    pub outbox: Outbox,
    /// The invariant checkers.
    pub checkers: Checkers,
    members: Vec<Replica>,
    network: Network,
    client: Client,
    client_planned: bool,
    /// The client's limit counts from this operation on.
    client_base: u64,
    /// Whether the client has reached its limit and stopped.
    client_stopped: bool,
    settings: Settings,
    rules: Rules,
    /// The configuration that a new log begins with.
    conf: Conf,
    seed: u64,
    disk_rng: Rng,
    client_rng: Rng,
    /// How often each node's clock was set, by position; distinguishes the alternations of one setting from those of a
    /// later one.
    clocks_set: Vec<u64>,
    /// Whether a configuration change was ever requested.
    reconfigured: bool,
    /// Events of paused nodes, to be processed later.
    deferred: Vec<ScheduledEvent>,
    jobs: Vec<Job>,
    inserted: Vec<(u64, u64)>,
}

/// Writes that were requested together.
#[derive(Clone, Debug)]
struct Job {
    ticket: u64,
    ops: RangeInclusive<u64>,
    open: u64,
    acknowledged: u64,
}

/// The parameters with which a replica set starts.
#[derive(Clone, Debug)]
pub struct Start {
    /// The number of nodes.
    pub nodes: u32,
    /// The run's seed.
    pub seed: u64,
    /// How often the disks have been opened, from 1.
    pub epoch: u32,
    /// Whether acknowledgements wait for the host.
    pub kept: bool,
    /// Whether only the checkers matter, so that events need not be recorded.
    pub quiet: bool,
    /// The virtual time at which it continues.
    pub now: Micros,
    /// The settings.
    pub settings: Settings,
    /// The rules.
    pub rules: Rules,
    /// The disks, by node.
    pub disks: Vec<Disk>,
    /// The LSNs that are durable according to the store's stamp.
    pub promised: Vec<(NodeId, Lsn)>,
    /// The number of the client's next operation.
    pub next_op: u64,
    /// The writes that were acknowledged before.
    pub acknowledged: Vec<(u64, u64)>,
}

impl Cluster {
    /// Creates or reopens a replica set; every node with a log recovers first.
    pub fn new(start: Start) -> Self {
        let members =
            (1..=start.nodes).zip(start.disks.into_iter().chain(std::iter::repeat_with(Disk::default)));
        let promised = |id| start.promised.iter().find(|(node, _)| *node == id).map(|(_, lsn)| *lsn);
        let members = members.map(|(id, disk)| {
            let mut log = LogDisk::new(id, disk, promised(id));
            log.rotate_bytes = start.settings.rotate_bytes;
            Replica::new(log, start.epoch, start.settings.dim, start.rules)
        });
        let members = members.collect();
        let voters = if start.settings.voters == 0 { start.nodes } else { start.settings.voters };
        // Random streams differ between openings: otherwise the same faults would meet the same latencies.
        let stream = |number: u64| Rng::new(start.seed, (u64::from(start.epoch) << 8) + number);
        let mut world = Self {
            now: start.now,
            event_queue: EventQueue::default(),
            event_log: if start.quiet { EventLog::quiet() } else { EventLog::default() },
            outbox: Outbox::new(start.kept),
            checkers: Checkers::default(),
            members,
            network: Network::new(stream(1), start.settings.latency_us),
            client: Client::new(start.nodes, start.next_op, start.acknowledged),
            client_planned: false,
            client_base: 0,
            client_stopped: false,
            conf: Conf::new(1..=voters.clamp(1, start.nodes.max(1)), []),
            settings: start.settings,
            rules: start.rules,
            seed: start.seed,
            disk_rng: stream(2),
            client_rng: stream(3),
            clocks_set: vec![0; start.nodes as usize],
            reconfigured: false,
            deferred: Vec::new(),
            jobs: Vec::new(),
            inserted: Vec::new(),
        };
        world.client.on = world.settings.client_on;
        world.emit(None, FaultEvent::Opened { boot: start.epoch, nodes: start.nodes });
        for id in 1..=start.nodes {
            world.power_up(id, 0);
        }
        world.plan_client();
        world
    }

    fn emit(&mut self, node: Option<NodeId>, kind: impl Into<EventKind>) {
        self.event_log.emit(self.now, node, kind);
    }

    fn member(&mut self, id: NodeId) -> Option<&mut Replica> {
        self.members.get_mut((id as usize).wrapping_sub(1))
    }

    /// How often a node's clock was set.
    fn clock_set(&mut self, id: NodeId) -> Option<&mut u64> {
        self.clocks_set.get_mut((id as usize).wrapping_sub(1))
    }

    fn known(&self, id: NodeId) -> Result<&Replica, Refusal> {
        (id as usize).checked_sub(1).and_then(|at| self.members.get(at)).ok_or_else(|| {
            Refusal::new(
                "unknown_node",
                format!("there is no node {id}; nodes are 1 to {}", self.members.len()),
            )
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes a setting that can be changed while the set runs: what its client asks for, and whether nodes ask for a
    /// pre-vote.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        if !LIVE.contains(&name) {
            let live = LIVE.join(", ");
            let error = format!("{name} cannot be changed while a replica set runs; {live} can");
            return Err(Refusal::new("fixed_setting", error));
        }
        self.settings.set(name, value)?;
        let pre_vote = self.settings.pre_vote;
        let running = self.members.iter_mut().filter_map(Replica::raft_mut);
        running.for_each(|raft| raft.set_pre_vote(pre_vote));
        Ok(())
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    // --- events

    /// Processes the next scheduled event, whenever it is due; returns false if there is none.
    pub fn step(&mut self) -> bool {
        let Some((at, scheduled)) = self.event_queue.pop() else { return false };
        self.now = self.now.max(at);
        self.happen(scheduled);
        true
    }

    /// Processes a scheduled event.
    pub fn happen(&mut self, scheduled: ScheduledEvent) {
        if let Some(node) = scheduled.node()
            && self.members.get((node as usize).wrapping_sub(1)).is_some_and(|member| member.paused)
        {
            self.deferred.push(scheduled);
            return;
        }
        match scheduled {
            ScheduledEvent::Boot { node, life } => self.boot(node, life),
            ScheduledEvent::Replay { node, life } => self.replay(node, life),
            ScheduledEvent::Timer { node, life } => self.timer(node, life),
            ScheduledEvent::SyncEnds { node, number, .. } => self.sync_ended(node, number),
            ScheduledEvent::Arrive(flying) => self.arrive(flying),
            ScheduledEvent::ClientBegins => self.client_begins(),
            ScheduledEvent::ClientWakes { op, attempt } => {
                let wish = self.client.wake(op, attempt);
                self.fulfil(wish);
            }
            ScheduledEvent::ClientGivesUp { op } => {
                let wish = self.client.give_up(self.now, op);
                self.fulfil(wish);
            }
            ScheduledEvent::CrashAgain { node, left, every_us } => self.crash_again(node, left, every_us),
            ScheduledEvent::ClockTurns { node, drift_ppm, period_us, number } => {
                self.clock_turns(node, drift_ppm, period_us, number);
            }
        }
        self.tell_broken();
    }

    fn tell_broken(&mut self) {
        if !self.checkers.invariants.newly_broken() {
            return;
        }
        for (name, detail) in self.checkers.invariants.take_broken() {
            self.emit(None, ServiceEvent::InvariantBroken { name: name.to_owned(), detail });
        }
    }

    /// Checks the client's history so far.
    pub fn judge(&mut self) {
        let client = &self.client;
        self.checkers.judge(client.judged(), false, || client.history());
        self.tell_broken();
    }

    fn judge_now_and_then(&mut self) {
        let client = &self.client;
        self.checkers.judge(client.judged(), true, || client.history());
    }

    // --- state

    /// The members, by number.
    pub fn members(&self) -> &[Replica] {
        &self.members
    }

    /// The members, to be replaced by a saved state.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn members_mut(&mut self) -> &mut [Replica] {
        &mut self.members
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Whether the client has reached the limit of its writes and stopped.
    pub fn client_stopped(&self) -> bool {
        self.client_stopped
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The configuration in effect at the member that has committed the most.
    pub fn conf(&self) -> &Conf {
        let rafts = self.members.iter().filter_map(Replica::raft);
        rafts.max_by_key(|raft| raft.commit()).map_or(&self.conf, |raft| raft.conf())
    }

    /// Whether a configuration change was ever requested.
    pub(crate) fn reconfigured(&self) -> bool {
        self.reconfigured
    }

    /// A message in flight; none if it has arrived or was lost. Of two copies the one that arrives first.
    pub fn message(&self, id: u64) -> Option<MessageDetail> {
        let copies = || self.flying().filter(|(_, flying)| flying.id == id);
        let (arrives_us, flying) = copies().min_by_key(|(at, _)| *at)?;
        Some(MessageDetail {
            id,
            message: Some(flying.packet.kind()),
            word: String::new(),
            from: flying.from,
            to: flying.to,
            term: Some(flying.packet.term()).filter(|term| *term > 0),
            sent_us: flying.sent_us,
            arrives_us,
            copies: copies().count() as u32,
            fields: packet_fields(&flying.packet),
        })
    }

    /// The packets in transit, with their arrival times.
    pub fn flying(&self) -> impl Iterator<Item = (Micros, &Flying)> {
        self.event_queue.iter().filter_map(|(at, scheduled)| match scheduled {
            ScheduledEvent::Arrive(flying) => Some((at, flying)),
            _ => None,
        })
    }
}

impl ScheduledEvent {
    /// What it is called in the answers to “why”.
    pub fn label(&self) -> StepLabel {
        match self {
            Self::Boot { node, .. } | Self::Replay { node, .. } => StepLabel::on("recovery", *node),
            Self::Timer { node, .. } => StepLabel::on("timer", *node),
            Self::SyncEnds { node, .. } => StepLabel::on("sync", *node),
            Self::Arrive(flying) => StepLabel {
                word: "message",
                node: Some(flying.to),
                from: Some(flying.from),
                message: Some(flying.id),
                sent_us: flying.sent_us,
            },
            Self::ClientBegins => StepLabel::of("client"),
            Self::ClientWakes { .. } | Self::ClientGivesUp { .. } => StepLabel::of("call_timeout"),
            Self::CrashAgain { node, .. } => StepLabel::on("crash_loop", *node),
            Self::ClockTurns { node, .. } => StepLabel::on("clock", *node),
        }
    }

    /// The ticket of what the host must have persisted before it happens; 0 for nothing.
    pub fn awaited_ticket(&self) -> u64 {
        if let Self::SyncEnds { ticket, .. } = self { *ticket } else { 0 }
    }

    /// The node that the event concerns; none for the client and for actions from outside.
    fn node(&self) -> Option<NodeId> {
        match self {
            Self::Boot { node, .. }
            | Self::Replay { node, .. }
            | Self::Timer { node, .. }
            | Self::SyncEnds { node, .. } => Some(*node),
            Self::Arrive(flying) => (flying.to != CLIENT).then_some(flying.to),
            Self::ClientBegins
            | Self::ClientWakes { .. }
            | Self::ClientGivesUp { .. }
            | Self::CrashAgain { .. }
            | Self::ClockTurns { .. } => None,
        }
    }
}
