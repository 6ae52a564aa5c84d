//! What a lesson can read from a world besides its events: meters by name, and which nodes a word refers to.
//!
//! A meter is a name and a function that reads its value; a hosted world offers its own (`SimWorld::meters`,
//! `SimWorld::meter`). Guarantees: reading is cheap enough to be done at every event, and changes nothing; a name that
//! is unknown here is rejected when a lesson is checked. Leaves out: what predicates make of it (`lesson::watch`).

use super::world::World;
use quorum_lesson::Scene;
use quorum_sim::cluster::Cluster;
use quorum_sim::event::OpStatus;
use quorum_sim::replica::{Phase, Replica};
use quorum_sim::standalone::Standalone;
use quorum_types::NodeId;

/// A meter and the function that reads it.
type Meter<W> = (&'static str, fn(&W) -> i64);

/// The meters of a single engine.
const OF_STANDALONE: &[Meter<Standalone>] = &[
    ("rows.acknowledged", |world| whole(world.acknowledged())),
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

/// The meters of a replica set.
const OF_CLUSTER: &[Meter<Cluster>] = &[
    ("rows.acknowledged", |world| whole(world.client().acknowledged().len())),
    ("rows.lost", |world| whole(world.checkers.lost())),
    ("nodes.total", |world| world.members().len() as i64),
    ("nodes.up", |world| world.members().iter().filter(|member| up(member)).count() as i64),
    ("leaders", |world| {
        world.members().iter().filter_map(|member| member.raft()).filter(|raft| raft.leads()).count() as i64
    }),
    ("term", |world| {
        whole(
            world
                .members()
                .iter()
                .filter_map(|member| member.raft())
                .map(quorum_raft::Raft::term)
                .max()
                .unwrap_or(0),
        )
    }),
    ("commit", |world| {
        let commits =
            world.members().iter().filter_map(|member| member.raft()).map(quorum_raft::Raft::commit);
        whole(commits.max().unwrap_or(0))
    }),
    ("majority.need", |world| super::build_snapshot::reach(world).need as i64),
    ("majority.reachable", |world| super::build_snapshot::reach(world).reachable as i64),
    ("requests.begun", |world| whole(world.client().begun())),
    ("requests.ok", |world| whole(world.client().count(OpStatus::Ok))),
    ("requests.failed", |world| whole(world.client().count(OpStatus::Fail))),
    ("requests.unknown", |world| whole(world.client().count(OpStatus::Info))),
    ("links.cut", |world| world.network().cuts().count() as i64),
    ("rules.off", |world| {
        quorum_raft::RULES.iter().filter(|facts| !world.rules().on(facts.rule)).count() as i64
    }),
    ("invariants.broken", |world| world.checkers.invariants.broken_count() as i64),
];

/// Meters that every world has.
const OF_ALL: [&str; 4] = ["majority", "rto_us", "failed", "down_us"];

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whether a member has power and its log can be read.
pub(super) fn up(member: &Replica) -> bool {
    !matches!(member.phase, Phase::Off | Phase::Refused)
}

fn log_files(world: &Standalone) -> impl Iterator<Item = u64> + '_ {
    let is_log = |file: &u32| *file < quorum_wal::format::FIRST_OBJECT;
    world.log().disk.files().filter(move |(file, ..)| is_log(file)).map(|(_, bytes, _)| bytes)
}

/// A world as a grader sees it.
pub(super) struct MetricView<'a> {
    /// The world.
    pub(super) world: &'a World,
    /// Whether some node has a working connection, in both directions, to a majority of the voters.
    pub(super) majority: bool,
}

impl MetricView<'_> {
    /// Every meter that this world has.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names = OF_ALL.to_vec();
        match self.world {
            World::Standalone(_) => names.extend(OF_STANDALONE.iter().map(|(name, _)| *name)),
            World::Cluster(_) => names.extend(OF_CLUSTER.iter().map(|(name, _)| *name)),
            World::Hosted(world) => {
                names.push("rows.acknowledged");
                names.extend_from_slice(world.meters());
            }
        }
        names
    }

    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        match self.world {
            World::Standalone(_) => None,
            World::Cluster(world) => world.event_log.outage.current(world.now),
            World::Hosted(world) => world.outage(),
        }
    }
}

impl Scene for MetricView<'_> {
    fn meter(&self, name: &str) -> Option<i64> {
        match name {
            "majority" => {
                let hosted = match self.world {
                    World::Hosted(world) => world.meter("majority"),
                    _ => None,
                };
                return Some(hosted.unwrap_or(i64::from(self.majority)));
            }
            // The current or last outage: its duration, once it is over, and the requests that failed in it.
            "rto_us" => return self.outage().and_then(|it| Some(whole(it.rto_us()?))),
            "failed" => return Some(self.outage().map_or(0, |it| whole(it.failed))),
            "down_us" => {
                let now = self.world.now();
                let down_since_us = self.outage().and_then(|it| it.down_since_us);
                return Some(down_since_us.map_or(0, |since_us| whole(now.saturating_sub(since_us))));
            }
            _ => {}
        }
        match self.world {
            World::Standalone(world) => read(OF_STANDALONE, world, name),
            World::Cluster(world) => read(OF_CLUSTER, world, name),
            World::Hosted(world) => world.meter(name).or_else(|| {
                if name == "rows.acknowledged" {
                    return Some(whole(world.acknowledged()));
                }
                let setting = world.setting(name.strip_prefix("setting.")?)?;
                Some(whole(setting))
            }),
        }
    }

    fn is_called(&self, node: NodeId, word: &str) -> bool {
        match self.world {
            World::Hosted(world) => world.named(word).contains(&node),
            World::Standalone(_) | World::Cluster(_) => false,
        }
    }
}

fn read<W>(meters: &[Meter<W>], world: &W, name: &str) -> Option<i64> {
    meters.iter().find(|(known, _)| *known == name).map(|(_, read)| read(world))
}
