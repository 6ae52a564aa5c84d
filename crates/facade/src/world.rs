//! One interface to the three worlds.
//!
//! Guarantees: only dispatch, and the contents of a run's stamp. Leaves out: commands' answers (`mod`) and snapshots
//! (`build_snapshot`).

use super::event::{EngineEvent, Event, united};
use super::limits::MOST_TIME_US;
use super::run::{Advance, DiskWrite, RunStamp, StoredRun};
use super::sim_world::SimWorld;
use quorum_raft::Rules;
use quorum_sim::outbox::Outbox;
use quorum_sim::replica::last_op;
use quorum_sim::settings::Settings;
use quorum_sim::{cluster, standalone};
use quorum_types::{Micros, NodeId, Refusal};
use quorum_wal::disk::{Change, Disk};

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One engine, with the collection that generated rows go to.
    Standalone,
    /// One engine without any collection.
    Engine,
    /// A replica set with this many nodes.
    ReplicaSet(u32),
    /// A world of another crate; what it is made of stands in the word.
    Hosted,
}

impl Topology {
    /// Reads `standalone` or `replica-set:N`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "standalone" => return Ok(Self::Standalone),
            "engine" => return Ok(Self::Engine),
            _ => {}
        }
        if super::worlds::is_named(text) {
            return Ok(Self::Hosted);
        }
        let nodes = text.strip_prefix("replica-set:").and_then(|nodes| nodes.parse::<u32>().ok());
        match nodes.filter(|nodes| (1..=cluster::MAX_NODES).contains(nodes)) {
            Some(nodes) => Ok(Self::ReplicaSet(nodes)),
            None => {
                let most = cluster::MAX_NODES;
                let error = format!(
                    "there is no topology “{text}”; there are standalone, engine, milvus, two-regions and \
                     replica-set:1 to {most}"
                );
                Err(Refusal::new("unknown_topology", error))
            }
        }
    }

    /// The word for it, as [`Topology::parse`] reads it.
    pub fn word(self) -> String {
        match self {
            Self::Standalone => "standalone".to_owned(),
            Self::Engine => "engine".to_owned(),
            Self::ReplicaSet(nodes) => format!("replica-set:{nodes}"),
            Self::Hosted => "guest".to_owned(),
        }
    }
}

/// A world.
#[derive(Clone, Debug)]
pub(super) enum World {
    Standalone(Box<standalone::Standalone>),
    Cluster(Box<cluster::Cluster>),
    Hosted(Box<dyn SimWorld>),
}

impl World {
    pub(super) fn new(
        topology: Topology,
        seed: u64,
        kept: bool,
        settings: Settings,
        rules: Rules,
        stored: &StoredRun,
        hosted: Option<&dyn SimWorld>,
    ) -> Self {
        if let Some(hosted) = hosted {
            return Self::Hosted(hosted.copy());
        }
        let disk = |node: NodeId| {
            let files = stored.files.iter().filter(|file| file.node == node);
            Disk::from_files(files.map(|file| (file.file, file.extents.clone())))
        };
        let boot = stored.stamp.boot;
        // The stamp may be lost, or older than the files beside it. What was written decides.
        let written = |node: NodeId, disk: &Disk| quorum_wal::last_epoch(disk, node);
        let now = stored.stamp.t_us;
        let promised = stored.stamp.durable_lsns.clone();
        match topology {
            Topology::Standalone | Topology::Engine | Topology::Hosted => {
                let disk = disk(standalone::NODE);
                let epoch = boot.max(written(standalone::NODE, &disk)).saturating_add(1);
                Self::Standalone(Box::new(standalone::Standalone::new(standalone::Start {
                    seed,
                    epoch,
                    stamp_epoch: boot,
                    kept,
                    furnished: topology == Topology::Standalone,
                    now,
                    settings,
                    disk,
                    promised_lsn: promised.first().map(|(_, lsn)| *lsn),
                    receipt_lsn: stored.stamp.receipt_lsn.unwrap_or(0),
                    receipts_rows: stored.receipts_rows.unwrap_or(0),
                    outstanding_rows: stored.outstanding_rows.unwrap_or(0),
                })))
            }
            Topology::ReplicaSet(nodes) => {
                let disks: Vec<Disk> = (1..=nodes).map(disk).collect();
                let numbered = || (1..).zip(&disks);
                let last = numbered().map(|(node, disk)| written(node, disk)).max().unwrap_or(0);
                // A number that was used once would be answered without anything being written.
                let used = numbered().map(|(node, disk)| last_op(disk, node)).max().unwrap_or(0);
                Self::Cluster(Box::new(cluster::Cluster::new(cluster::Start {
                    nodes,
                    seed,
                    epoch: boot.max(last).saturating_add(1),
                    kept,
                    quiet: false,
                    now,
                    settings,
                    rules,
                    next_op: stored.stamp.next_op.max(used.saturating_add(1)),
                    disks,
                    promised,
                    acknowledged: stored.stamp.acknowledged_ops.clone(),
                })))
            }
        }
    }

    pub(super) fn now(&self) -> Micros {
        match self {
            Self::Standalone(world) => world.now,
            Self::Cluster(world) => world.now,
            Self::Hosted(world) => world.now(),
        }
    }

    /// Lets time pass in which nothing is scheduled.
    pub(super) fn wait(&mut self, until_us: Micros) {
        let now = match self {
            Self::Standalone(world) => &mut world.now,
            Self::Cluster(world) => &mut world.now,
            Self::Hosted(world) => return world.wait(until_us.min(MOST_TIME_US)),
        };
        *now = until_us.min(MOST_TIME_US).max(*now);
    }

    /// When the next thing happens.
    pub(super) fn next_at(&self) -> Option<Micros> {
        match self {
            Self::Standalone(world) => world.event_queue.peek().map(|(at, _)| at),
            Self::Cluster(world) => world.event_queue.peek().map(|(at, _)| at),
            Self::Hosted(world) => world.next_at(),
        }
    }

    /// How often the disks have been opened: the most of any node.
    pub(super) fn epoch(&self) -> u32 {
        match self {
            Self::Standalone(world) => world.epoch(),
            Self::Cluster(world) => world.members().iter().map(|member| member.epoch).max().unwrap_or(1),
            Self::Hosted(_) => 1,
        }
    }

    /// The digest of all events, as 16 hex digits.
    pub(super) fn digest(&self) -> String {
        match self {
            Self::Standalone(world) => world.event_log.digest(),
            Self::Cluster(world) => world.event_log.digest(),
            Self::Hosted(world) => world.digest(),
        }
    }

    /// Events so far.
    pub(super) fn event_count(&self) -> u64 {
        match self {
            Self::Standalone(world) => world.event_log.count(),
            Self::Cluster(world) => world.event_log.count(),
            Self::Hosted(world) => world.event_count(),
        }
    }

    /// The events since the last call.
    pub(super) fn take_events(&mut self) -> Vec<Event> {
        match self {
            Self::Standalone(world) => united(world.event_log.take()),
            Self::Cluster(world) => united(world.event_log.take()),
            Self::Hosted(world) => world.take_events(),
        }
    }

    /// Writes down what was read of an engine.
    pub(super) fn emit(&mut self, now: Micros, event: EngineEvent) {
        match self {
            Self::Standalone(world) => world.event_log.emit(now, None, event),
            Self::Cluster(world) => world.event_log.emit(now, None, event),
            Self::Hosted(_) => {}
        }
    }

    pub(super) fn outbox(&self) -> &Outbox {
        match self {
            Self::Standalone(world) => &world.outbox,
            Self::Cluster(world) => &world.outbox,
            Self::Hosted(world) => world.outbox(),
        }
    }

    pub(super) fn outbox_mut(&mut self) -> &mut Outbox {
        match self {
            Self::Standalone(world) => &mut world.outbox,
            Self::Cluster(world) => &mut world.outbox,
            Self::Hosted(world) => world.outbox_mut(),
        }
    }

    /// Whether a lone engine reads its log.
    pub(super) fn recovers(&self) -> bool {
        matches!(self, Self::Standalone(world) if world.recovering())
    }

    /// Lets the next thing happen, if it happens by `until_us` and need not wait for the host. None if it did.
    pub(super) fn happen(&mut self, until_us: Micros) -> Option<Advance> {
        if self.seal_old(until_us) {
            return None;
        }
        let (at, ticket) = match self {
            Self::Standalone(world) => match world.event_queue.peek() {
                None => return Some(Advance::Idle),
                Some((at, standalone::ScheduledEvent::SyncEnds { ticket, .. })) => (at, *ticket),
                Some((at, _)) => (at, 0),
            },
            Self::Cluster(world) => match world.event_queue.peek() {
                None => return Some(Advance::Idle),
                Some((at, cluster::ScheduledEvent::SyncEnds { ticket, .. })) => (at, *ticket),
                Some((at, _)) => (at, 0),
            },
            Self::Hosted(world) => match world.next_at() {
                None => return Some(Advance::Idle),
                Some(at) => (at, 0),
            },
        };
        if at > until_us {
            return Some(Advance::Reached);
        }
        if at > MOST_TIME_US {
            // Time stops at its end. Every wait for a point in time is over by then, because that point lies before the
            // end.
            let waits = until_us < Micros::MAX;
            return Some(if waits { Advance::Reached } else { Advance::Idle });
        }
        if !self.outbox().is_safe(ticket) {
            return Some(Advance::Waiting { ticket });
        }
        self.wait(at);
        match self {
            Self::Standalone(world) => {
                if let Some((_, scheduled)) = world.event_queue.pop() {
                    world.happen(scheduled);
                }
            }
            Self::Cluster(world) => {
                if let Some((_, scheduled)) = world.event_queue.pop() {
                    world.happen(scheduled);
                }
            }
            Self::Hosted(world) => {
                world.happen();
            }
        }
        None
    }

    /// Lets a lone engine seal what has grown for too long, if that comes before anything else and by `until_us`.
    fn seal_old(&mut self, until_us: Micros) -> bool {
        let Self::Standalone(world) = self else { return false };
        let next = world.event_queue.peek().map_or(Micros::MAX, |(at, _)| at);
        let comes =
            |due: &Micros| *due <= until_us.min(MOST_TIME_US) && *due < next && until_us < Micros::MAX;
        match world.background_due().filter(comes) {
            Some(due) => {
                world.now = due.max(world.now);
                world.background();
                true
            }
            None => false,
        }
    }

    /// Fills a stamp in with what this world knows, as of the moment when `ticket` is persisted.
    pub(super) fn stamp(&self, stamp: &mut RunStamp, ticket: u64) {
        stamp.t_us = self.now();
        match self {
            Self::Standalone(world) => {
                stamp.durable_lsns = vec![(standalone::NODE, world.log().stored_after(ticket))];
                stamp.receipt_lsn = Some(world.receipt_lsn());
            }
            Self::Cluster(world) => {
                let lsn =
                    |member: &quorum_sim::replica::Replica| (member.id, member.log.stored_after(ticket));
                stamp.durable_lsns = world.members().iter().map(lsn).collect();
                stamp.next_op = world.client().next_op();
                stamp.acknowledged_ops.clone_from(&world.client().acknowledged().0);
            }
            // A cluster is never kept.
            Self::Hosted(_) => {}
        }
    }
}

/// A change of a node's disk, as the host sees it.
pub(super) fn disk_write(node: NodeId, change: Change) -> DiskWrite {
    match change {
        Change::Append { file, offset, bytes } => DiskWrite::Append { node, file, offset, bytes },
        Change::Truncate { file, bytes } => DiskWrite::Truncate { node, file, bytes },
        Change::Remove { file } => DiskWrite::Remove { node, file },
    }
}
