//! Two regions and their connections: a cluster in each, backups in a bucket, log shipping, a DNS name with a TTL,
//! clients in both places, health checks, and a failover that executes a runbook.
//!
//! Each region runs the real engine over a real log (`site`); clients reach one of them by a name that their resolver
//! caches (`clients`, `dns`); the primary's log is shipped in one of four ways (`shipping`) and backed up into a bucket
//! whose bytes are really written and read (`backup`); health checks watch the primary, and when it is gone a runbook
//! is executed step by step (`runbook_executor`); acknowledged writes that are lost are listed with the place where
//! they were lost (`audit`), the duration is divided into phases (`outage`), the cost is added up (`cost`).
//!
//! Guarantees: everything happens in virtual time, in one order, and is reported as events; a write that was
//! acknowledged and survives in a reachable region is never reported as lost. Simplified, and stated on the page: the
//! nodes of a cluster share one log and are counted, not simulated one by one (the topology `milvus` does that); few
//! rows represent the volume assumed for backups and links; a changed setting applies everywhere at once, also in a
//! region that is cut off. Leaves out: drills and their reports.

pub mod action;
pub mod advice;
mod audit;
mod backup;
mod build_snapshot;
pub mod checkers;
mod clients;
pub mod config;
pub mod cost;
mod disasters;
mod dns;
pub mod event;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod found_tests;
mod generate;
mod health_checks;
pub mod inspect;
mod link;
mod metrics;
mod outage;
pub mod recovery_point;
pub mod replicator;
mod rows;
pub mod rules;
pub mod runbook;
mod runbook_executor;
mod salvage;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod salvage_tests;
pub mod settings;
mod shipping;
mod site;
pub mod snapshot;
mod swarm;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod swarm_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use crate::event::{Event, EventKind, RegionEvent};
pub use action::{Action, RawAction, Region, Surprise};
use audit::Ledger;
use backup::Bucket;
use checkers::Checkers;
use clients::Clients;
pub use clients::client_of;
use cost::Cost;
use link::Link;
pub use metrics::METRICS;
use outage::OutageMeter;
pub use outage::{OutageClock, Tried, phase_of};
use quorum_sim::event::{FaultEvent, ServiceEvent};
use quorum_sim::event_log::EventLog;
use quorum_sim::event_queue::{EventQueue, StepLabel};
use quorum_sim::event_queue_methods;
use quorum_sim::outbox::Outbox;
use quorum_types::{Micros, NodeId, Refusal, Rng, SECOND};
pub use rows::COLLECTIONS;
pub use rules::{RULES, Rule, Rules};
pub use runbook::{Runbook, Step};
use runbook_executor::Failover;
use salvage::Salvage;
pub use settings::Settings;
use shipping::Shipping;
use site::Site;

/// A minute.
pub(crate) const MINUTE: Micros = 60 * SECOND;
/// An hour.
pub const HOUR: Micros = 60 * MINUTE;
/// A day.
pub const DAY: Micros = 24 * HOUR;
/// A billing month.
pub(crate) const MONTH: Micros = 30 * DAY;
/// The maximum number of alerts kept.
const ALERTS: usize = 20;

/// A scheduled task.
#[derive(Clone, Debug)]
enum ScheduledEvent {
    /// A client writes.
    Write { client: usize },
    /// A client reads.
    Read { client: usize },
    /// A write's packets arrive at its region.
    WriteArrives { op: u64 },
    /// A majority of the region's nodes has it on disk.
    WriteCommits { op: u64 },
    /// A write's answer arrives.
    Answer { op: u64 },
    /// A client stops waiting for a write.
    WriteTimesOut { op: u64 },
    /// A client stops waiting for a read.
    ReadTimesOut { client: usize, op: u64, region: Region },
    /// The primary's health is checked.
    Check,
    /// A check timed out.
    CheckMissed { round: u64 },
    /// A step of the runbook is over.
    StepEnds { run: u64 },
    /// The last byte of a transfer was sent.
    Sent { number: u64, turn: u64 },
    /// Records up to this one arrive at the other end.
    Arrive { life: u64, after: u64, upto: u64 },
    /// A batch of records is prepared.
    Batch { life: u64 },
    /// It arrives.
    BatchArrives { life: u64, after: u64, upto: u64 },
    /// Counts are compared.
    Counts { life: u64 },
    /// The rows that the comparison found are copied.
    CountsArrive { life: u64 },
    /// The standby has been filled from scratch.
    Filled { life: u64 },
    /// A backup begins.
    Backup { scheduled: bool },
    /// It is written.
    BackupEnds { id: u64 },
    /// An hour is over.
    Hour,
}

impl ScheduledEvent {
    /// What it is called in the answers to “why”.
    fn label(&self) -> StepLabel {
        StepLabel::of(match self {
            Self::Write { .. } | Self::Read { .. } => "client",
            Self::WriteTimesOut { .. } | Self::ReadTimesOut { .. } => "call_timeout",
            Self::WriteArrives { .. } | Self::Answer { .. } => "message",
            Self::WriteCommits { .. } => "sync",
            Self::Check | Self::CheckMissed { .. } => "health_check",
            Self::StepEnds { .. } => "runbook_step",
            Self::Sent { .. } => "transfer",
            Self::Arrive { .. } | Self::Batch { .. } | Self::BatchArrives { .. } => "replication",
            Self::Counts { .. } | Self::CountsArrive { .. } | Self::Filled { .. } => "replication",
            Self::Backup { .. } | Self::BackupEnds { .. } => "backup",
            Self::Hour => "periodic",
        })
    }
}

/// The world of two regions.
#[derive(Clone, Debug)]
pub struct Regions {
    now: Micros,
    settings: Settings,
    /// The names in the configuration.
    words: config::Words,
    event_queue: EventQueue<ScheduledEvent>,
    event_log: EventLog<EventKind, ()>,
    outbox: Outbox,
    rng: Rng,
    sites: [Site; 2],
    /// The target of the name; none if it points to a host that is gone.
    dns: Option<Region>,
    /// Until when resolvers may return another answer.
    dns_settled_at_us: Option<Micros>,
    link: Link,
    clients: Clients,
    ledger: Ledger,
    shipping: Shipping,
    bucket: Bucket,
    failover: Failover,
    salvage: Salvage,
    meter: OutageMeter,
    cost: Cost,
    /// Hidden faults that have not taken effect.
    surprises: Vec<Surprise>,
    alerts: Vec<Alert>,
    rules: Rules,
    /// The invariants.
    pub checkers: Checkers,
}

/// An alert and its channels.
#[derive(Clone, Debug)]
struct Alert {
    at_us: Micros,
    alert: &'static str,
    channels: Vec<String>,
}

impl Regions {
    /// Two regions at midnight of the first day: Beijing is the primary, both hold the same rows.
    pub fn new(seed: u64, settings: Settings) -> Self {
        Self::with(seed, settings, Rules::default(), EventLog::default())
    }

    /// Begins again with one more rule off.
    pub fn switch_off(&mut self, seed: u64, rule: Rule) {
        let mut rules = self.rules;
        rules.set(rule, false);
        *self = Self::with(seed, self.settings.clone(), rules, EventLog::default());
    }

    /// The same, with rules that may be off, and a log of events that may be quiet.
    fn with(seed: u64, settings: Settings, rules: Rules, event_log: EventLog<EventKind, ()>) -> Self {
        let nodes = settings.region_nodes as usize;
        let dim = settings.dim as u32;
        let mut sites = [1, 2].map(|node| Site::new(node, nodes, dim));
        sites[0].fill(settings.rows_each, dim, &mut Rng::new(seed, 2));
        sites[0].primary = true;
        sites[0].epoch = 1;
        sites[0].following = site::Following::Diverged;
        let mut world = Self {
            now: 0,
            event_queue: EventQueue::default(),
            event_log,
            outbox: Outbox::new(false),
            rng: Rng::new(seed, 1),
            sites,
            dns: Some(0),
            dns_settled_at_us: None,
            link: Link::default(),
            clients: Clients::new(&settings, &mut Rng::new(seed, 3)),
            ledger: Ledger::default(),
            shipping: Shipping::default(),
            bucket: Bucket::default(),
            failover: Failover::with(&settings),
            salvage: Salvage::default(),
            meter: OutageMeter::default(),
            cost: Cost::default(),
            surprises: Vec::new(),
            alerts: Vec::new(),
            rules,
            checkers: Checkers::default(),
            words: config::Words::default(),
            settings,
        };
        let nodes = 2 * nodes as u32;
        world.emit(None, FaultEvent::Opened { boot: 1, nodes });
        world.seed_standby();
        world.start_clients(true, true);
        world.begin_shipping();
        world.plan_backup();
        world.event_queue.schedule(world.check_us(), ScheduledEvent::Check);
        world.event_queue.schedule(HOUR, ScheduledEvent::Hour);
        world
    }

    /// The initial standby: the same rows, unless nothing runs there.
    fn seed_standby(&mut self) {
        if self.settings.standby > 0 {
            let (catalog, lsn) = (self.sites[0].freeze(), self.sites[0].lsn());
            self.sites[1].adopt(catalog, Default::default(), lsn);
            self.sites[1].following = site::Following::InStep;
        }
        self.sites[1].serving = self.settings.standby == 2;
    }

    event_queue_methods!(process_and_check);

    fn process_and_check(&mut self, scheduled: ScheduledEvent) {
        self.process(scheduled);
        self.check_invariants();
    }

    /// Lets the checkers look at the current state, and reports what they found.
    fn check_invariants(&mut self) {
        self.look_at_state();
        if !self.checkers.invariants.newly_broken() {
            return;
        }
        for (name, detail) in self.checkers.invariants.take_broken() {
            self.emit(None, ServiceEvent::InvariantBroken { name: name.to_owned(), detail });
        }
    }

    fn process(&mut self, scheduled: ScheduledEvent) {
        match scheduled {
            ScheduledEvent::Write { client } => self.client_writes(client),
            ScheduledEvent::Read { client } => self.client_reads(client),
            ScheduledEvent::WriteArrives { op } => self.write_arrives(op),
            ScheduledEvent::WriteCommits { op } => self.write_commits(op),
            ScheduledEvent::Answer { op } => self.answer(op),
            ScheduledEvent::WriteTimesOut { op } => self.write_times_out(op),
            ScheduledEvent::ReadTimesOut { client, op, region } => self.read_times_out(client, op, region),
            ScheduledEvent::Check => self.check_health(),
            ScheduledEvent::CheckMissed { round } => self.check_missed(round),
            ScheduledEvent::StepEnds { run } => self.step_ends(run),
            ScheduledEvent::Sent { number, turn } => self.sent(number, turn),
            ScheduledEvent::Arrive { life, after, upto } => self.records_arrive(life, after, upto),
            ScheduledEvent::Batch { life } => self.begin_batch(life),
            ScheduledEvent::BatchArrives { life, after, upto } => self.batch_arrives(life, after, upto),
            ScheduledEvent::Counts { life } => self.compare_counts(life),
            ScheduledEvent::CountsArrive { life } => self.copy_by_counts(life),
            ScheduledEvent::Filled { life } => self.filled(life),
            ScheduledEvent::Backup { scheduled } => self.begin_backup(scheduled),
            ScheduledEvent::BackupEnds { id } => self.end_backup(id),
            ScheduledEvent::Hour => self.hour(),
        }
    }

    /// Hourly work: old backups are removed, unneeded records are dropped, costs are added up.
    fn hour(&mut self) {
        self.accrue();
        self.look_at_cost();
        self.prune_backups();
        self.prune_tails();
        self.event_queue.schedule(self.now + HOUR, ScheduledEvent::Hour);
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

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes a setting that can be changed while it runs.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        let mut settings = self.settings.clone();
        settings.set(name, value)?;
        if MADE_OF.contains(&name) {
            let error = format!("{name} is what the regions are made of; open a new run to change it");
            return Err(Refusal::new("bad_setting", error));
        }
        self.take_settings(settings);
        self.check_invariants();
        Ok(())
    }

    /// Replaces the settings.
    fn take_settings(&mut self, settings: Settings) {
        self.accrue();
        let before = std::mem::replace(&mut self.settings, settings);
        let now = &self.settings;
        let shipping = |of: &Settings| {
            (of.sync_mode, of.near_interval_s, of.sync_interval_h, of.near_batch_s, of.sync_batch_s)
        };
        if shipping(&before) != shipping(now) {
            self.begin_shipping();
        }
        let schedule = |of: &Settings| (of.backup, of.backup_hour, of.backup_every_h);
        if schedule(&before) != schedule(&self.settings) {
            self.plan_backup();
        }
        if before.runbook != self.settings.runbook {
            self.failover.runbook = Runbook::of_setting(self.settings.runbook);
        }
        let writing = before.write_interval_ms == 0;
        let reading = before.read_interval_ms == 0;
        self.start_clients(writing, reading);
        if before.link_kb_s != self.settings.link_kb_s {
            self.link_changed();
        }
        if before.fencing == 0 && self.settings.fencing == 1 {
            self.begin_leases();
        }
    }

    /// Leases begin to be respected. A region that can be reached and was deposed before stops; one that cannot be
    /// reached has no lease, and stops at once: so far nobody was granted any, and nobody waited for an older one.
    fn begin_leases(&mut self) {
        let deposed = 1 - self.primary();
        for region in 0..2 {
            if !self.reachable(region) {
                self.sites[region].lease_until_us = Some(self.now);
                self.checkers.without_lease(region, self.now);
            } else if region == deposed {
                self.demote(region);
            }
        }
    }

    /// The rules.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Rows that were acknowledged.
    pub fn acknowledged(&self) -> u64 {
        self.ledger.acknowledged
    }

    /// The contents of a region's engine: collection, key, and the number of the write that last wrote the row, 0 for
    /// initial rows.
    pub fn contents(&self, region: Region) -> Vec<(u32, i64, u64)> {
        self.sites.get(region).map_or_else(Vec::new, Site::contents)
    }

    fn check_us(&self) -> Micros {
        self.settings.health_check_s * SECOND
    }

    fn emit(&mut self, node: Option<NodeId>, kind: impl Into<EventKind>) {
        self.event_log.emit(self.now, node, kind);
    }

    /// Raises an alert and lists its channels. Nothing is really sent.
    fn alert(&mut self, alert: &'static str) {
        let channels: Vec<String> = self.settings.channels().map(str::to_owned).collect();
        self.alerts.push(Alert { at_us: self.now, alert, channels: channels.clone() });
        if self.alerts.len() > ALERTS {
            self.alerts.remove(0);
        }
        self.emit(None, RegionEvent::AlertRaised { alert: alert.to_owned(), channels });
    }

    /// Whether a region's cluster is reachable from outside.
    fn reachable(&self, region: Region) -> bool {
        let site = &self.sites[region];
        site.alive && !site.isolated
    }

    /// Whether a region's cluster answers: it is large enough, its indexes are built, and a majority of its nodes runs.
    fn answers(&self, region: Region) -> bool {
        let site = &self.sites[region];
        site.majority() && site.serving && site.indexed
    }

    /// Whether a region may acknowledge a write now.
    fn takes_writes(&self, region: Region) -> bool {
        let site = &self.sites[region];
        let read_only = self.settings.standby_read_only == 1 && !site.primary;
        let lease_over =
            self.settings.fencing == 1 && site.lease_until_us.is_some_and(|until| self.now >= until);
        let stopped = (site.fenced || lease_over) && self.rules.on(Rule::FenceCheckedOnWrite);
        self.answers(region) && !stopped && !site.draining && !read_only
    }

    /// The region that the failover considers the primary: the one with the newest epoch.
    fn primary(&self) -> Region {
        usize::from(self.sites[1].epoch > self.sites[0].epoch)
    }

    fn surprise(&self, surprise: Surprise) -> bool {
        self.surprises.contains(&surprise)
    }

    /// A hidden fault takes effect, once.
    fn felt(&mut self, surprise: Surprise) {
        self.emit(None, RegionEvent::SurpriseFelt { surprise: surprise.word().to_owned() });
    }
}

/// How a region appears in events: by its first node.
fn node_of(region: Region) -> Option<NodeId> {
    Some(node_number(region, 0))
}

/// The number of a node in commands and events: Beijing's are 1 to 9, Shanghai's 11 to 19.
pub fn node_number(region: Region, node: usize) -> NodeId {
    (10 * region + node + 1) as NodeId
}

/// The settings that cannot be changed while it runs.
pub const MADE_OF: &[&str] =
    &["region_nodes", "rows_each", "dim", "clients_beijing", "clients_shanghai", "standby"];
