//! One engine with its log, as a world of the façade: its metrics, its part of snapshots and of stamps.
//!
//! Guarantees: reading changes nothing; figures come from the engine, not from the lesson's text. Leaves out: commands
//! to an engine (`engine`), and the engine itself (`quorum_sim::standalone`).

use super::answer::{Answer, Reply};
use super::build_snapshot::{id_range, wal};
use super::command::{Action, Command, EngineCommand};
use super::engine;
use super::event::{EngineEvent, Event, united};
use super::metrics::{MetricReader, read, whole};
use super::run::RunStamp;
use super::sim_world::{LogPart, SimWorld, queue_world_methods};
use super::snapshot::{
    CollectionFacts, DiskFacts, EngineFacts, Majority, NodeFacts, Role, RowCounts, SegmentFacts,
    SegmentState, Snapshot,
};
use super::{backup, unknown_node};
use quorum_engine::Catalog;
use quorum_sim::copied::Copied;
use quorum_sim::outbox::Outbox;
use quorum_sim::standalone::{NODE, ScheduledEvent, Standalone};
use quorum_sim::swarm::SwitchableRule;
use quorum_types::{Micros, NodeId, Refusal};
use quorum_wal::format::FIRST_OBJECT;
use quorum_wal::window::WalWindow;

/// The metrics of a single engine.
const METRICS: &[MetricReader<Standalone>] = &[
    ("rows.visible", |world| whole(world.visible())),
    ("rows.unproven", |world| whole(world.unproven())),
    ("rows.outstanding", |world| whole(world.outstanding())),
    ("rows.flushed", |world| {
        world
            .catalog()
            .map_or(0, |catalog| whole(catalog.collections().map(|(_, there)| there.num_entities()).sum()))
    }),
    ("wal.bytes", |world| whole(log_files(world).sum())),
    ("wal.files", |world| log_files(world).count() as i64),
    ("wal.durable_lsn", |world| whole(world.log().durable_lsn())),
    ("wal.checkpoint_lsn", |world| whole(world.checkpoint_lsn())),
    ("alive", |world| i64::from(world.alive())),
    ("recovering", |world| i64::from(world.recovering())),
    ("refused", |world| i64::from(world.refused())),
];

fn log_files(world: &Standalone) -> impl Iterator<Item = u64> + '_ {
    let is_log = |file: &u32| *file < quorum_wal::format::FIRST_OBJECT;
    world.log().disk.files().filter(move |(file, ..)| is_log(file)).map(|(_, bytes, _)| bytes)
}

fn only_node(node: NodeId) -> Result<(), Refusal> {
    if node == NODE { Ok(()) } else { Err(unknown_node(node, 1)) }
}

impl SimWorld for Standalone {
    queue_world_methods!();

    fn switch_off(&mut self, _seed: u64, rule: &str) {
        let mut rules = self.rules();
        SwitchableRule::named(rule).into_iter().for_each(|rule| rules.set(rule, false));
        self.set_rules(rules);
    }

    fn acknowledged(&self) -> u64 {
        Self::acknowledged(self)
    }

    fn boot(&self) -> u32 {
        self.epoch()
    }

    fn recovering(&self) -> bool {
        Self::recovering(self)
    }

    fn ignores_pace(&self) -> bool {
        let writes = self.works() || self.log().syncing();
        Self::recovering(self) || (writes && !self.has_slow_disk())
    }

    fn background_at(&self) -> Option<Micros> {
        self.background_due()
    }

    fn background(&mut self, until_us: Micros) -> bool {
        self.background_by(until_us)
    }

    fn stamp(&self, stamp: &mut RunStamp, ticket: u64) {
        stamp.durable_lsns = vec![(NODE, self.log().stored_after(ticket))];
        stamp.receipt_lsn = Some(self.receipt_lsn());
    }

    fn dispatch(&mut self, command: Command) -> Result<(), Refusal> {
        match command {
            Command::Cluster(Action::Kill { node, torn_bytes, sectors }) => {
                only_node(node).map(|()| self.lose_power(torn_bytes, sectors))
            }
            Command::Cluster(Action::Restart { node }) => only_node(node).map(|()| Self::restart(self)),
            Command::Cluster(Action::PowerCut { torn_bytes, sectors }) => {
                self.lose_power(torn_bytes, sectors);
                Self::restart(self);
                Ok(())
            }
            other => {
                let error = format!("a standalone engine knows no “{}”; open a replica set", other.op());
                Err(Refusal::new("unsupported", error))
            }
        }
    }

    fn dispatch_engine(&mut self, ticket: u64, command: EngineCommand) -> Result<Reply, Refusal> {
        engine::dispatch(self, ticket, command)
    }

    fn set(&mut self, name: &str, value: u64) -> Result<(), Refusal> {
        Self::set(self, name, value)
    }

    fn take_answers(&mut self, generated: &mut Vec<u64>) -> Vec<(u64, Answer)> {
        let outcomes = self.take_outcomes();
        let answers = outcomes.into_iter().map(|(ticket, result)| {
            let at = generated.iter().position(|there| *there == ticket);
            if let Some(at) = at {
                generated.remove(at);
            }
            (ticket, engine::answer(self, result, at.is_some()))
        });
        answers.collect()
    }

    fn recovered(&self) -> Answer {
        engine::recovered(self)
    }

    fn refused(&self, refusal: Refusal) -> Answer {
        engine::refused(self, refusal)
    }

    fn backup(&self, seed: u64, bare: bool) -> Result<Vec<u8>, Refusal> {
        Ok(backup::write(self, seed, bare))
    }

    fn notes_reads(&self) -> bool {
        true
    }

    fn can_elect(&self) -> bool {
        self.alive()
    }

    /// It can hold too much to be copied for time travel.
    fn copied(&self) -> Option<(Copied, u64)> {
        None
    }

    fn catalog(&self) -> Result<&Catalog, Refusal> {
        Self::catalog(self)
    }

    fn log_window(&self, part: LogPart) -> Result<Option<WalWindow>, Refusal> {
        only_node(part.node).map(|()| part.of(&self.log().disk))
    }

    #[cfg(test)]
    fn as_standalone(&self) -> Option<&Self> {
        Some(self)
    }

    fn copy(&self) -> Box<dyn SimWorld> {
        Box::new(self.clone())
    }
}

fn fill(world: &Standalone, snapshot: &mut Snapshot) {
    let report = world.report();
    snapshot.rows = RowCounts {
        submitted: world.acknowledged() + world.unproven() + world.outstanding(),
        acknowledged: world.acknowledged(),
        unproven: world.unproven(),
        visible: world.visible(),
        id_range: world.catalog().ok().and_then(id_range),
        pending: world.outstanding(),
    };
    snapshot.wal = wal(world.log(), report);
    snapshot.wal.checkpoint_lsn = world.checkpoint_lsn();
    snapshot.engine = Some(engine_facts(world));
    snapshot.recovery = report.cloned();
    let role = match (world.alive(), world.refused(), world.recovering()) {
        (false, ..) => Role::Down,
        (_, true, _) => Role::Refused,
        (_, _, true) => Role::Recovering,
        _ => Role::Leader,
    };
    snapshot.nodes = vec![NodeFacts {
        id: NODE,
        role,
        alive: world.alive(),
        reachable: world.alive(),
        syncing: world.log().syncing() || world.log().syncing_beside(),
        rows: world.visible(),
        durable: world.log().durable_lsn(),
        ..NodeFacts::default()
    }];
    let up = u32::from(world.alive() && !world.refused());
    snapshot.majority =
        Majority { nodes: 1, need: 1, reachable: up, can_elect: up == 1, ..Majority::default() };
}

fn engine_facts(world: &Standalone) -> EngineFacts {
    let settings = world.settings();
    let mut facts = EngineFacts {
        trap: world.crash_point(),
        import_totals: world.import_totals().collect(),
        disk: DiskFacts {
            sync_mb_per_s: settings.sync_bytes_per_s / 1_000_000,
            sync_us: settings.sync_us,
            real_time: settings.real_time,
            batch_rows: settings.batch_rows,
            import_rows: settings.import_rows,
        },
        ..EngineFacts::default()
    };
    let objects = world.log().disk.files().filter(|(file, ..)| *file >= FIRST_OBJECT);
    facts.object_bytes = objects.map(|(_, bytes, _)| bytes).sum();
    let Ok(catalog) = world.catalog() else { return facts };
    for (_, there) in catalog.collections() {
        facts.collections.push(CollectionFacts {
            name: there.name.clone(),
            rows: there.rows(),
            num_entities: there.num_entities(),
            loaded: there.loaded,
            index: there.index.map(|spec| spec.word().to_owned()),
        });
        for segment in &there.segments {
            facts.segments.push(SegmentFacts {
                id: segment.id,
                collection: there.name.clone(),
                state: match segment.state {
                    quorum_engine::SegmentState::Growing => SegmentState::Growing,
                    quorum_engine::SegmentState::Sealed => SegmentState::Sealed,
                    quorum_engine::SegmentState::Flushed => SegmentState::Flushed,
                },
                rows: segment.rows(),
                deleted: segment.deleted_rows(),
                bytes: segment.bytes(),
                indexed: segment.index().is_some(),
            });
        }
    }
    facts.imports = catalog.imports().collect();
    facts
}
