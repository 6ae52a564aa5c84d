//! A Milvus cluster as a world of the façade: the topology's name, its commands and its part of the snapshot.
//!
//! Guarantees: an unknown setting or a value out of bounds is rejected with an error that says how to fix it. Leaves
//! out: rows and filters, which exist only in the engine's own topologies.

use super::command::{Action, Command, Control, MilvusAction};
use super::event::{Event, united};
use super::inspect::{Inspected, Target, no_such_message, no_such_target, no_target_of_that_kind};
use super::outages::{listed, shown};
use super::sim_world::{SimWorld, invariants, known_word, sim_world_methods};
use super::snapshot::{Majority, Snapshot};
use quorum_milvus::snapshot::PodState;
use quorum_milvus::topology::Component;
use quorum_milvus::{Milvus, Settings};
use quorum_raft::majority;
use quorum_sim::copied::Copied;
use quorum_sim::outbox::Outbox;
use quorum_sim::swarm::SwitchableRule;
use quorum_types::{Micros, NodeId, Refusal};

/// All copies for time travel together hold about this many bytes: 48 copies in the first minutes, some 20 after ten
/// hours, because old copies share less.
const MOST_COPIED: u64 = 16 << 20;

/// A cluster with these settings.
pub(super) fn open(seed: u64, set: &[(String, u64)]) -> Result<Box<dyn SimWorld>, Refusal> {
    let mut settings = Settings::default();
    for (name, value) in set {
        settings.set(name, *value)?;
    }
    Ok(Box::new(Milvus::new(seed, settings)))
}

/// The nodes that a word refers to now.
fn named(world: &Milvus, word: &str) -> Vec<NodeId> {
    let (word, place) = match word.split_once(':') {
        Some((word, place)) => (word, Some(place)),
        None => (word, None),
    };
    let kind = |word: &str| Component::ALL.into_iter().find(|kind| kind.word() == word);
    match (word, place) {
        ("acting", Some(role)) => kind(role).and_then(|kind| world.acting(kind)).into_iter().collect(),
        ("standby", Some(role)) => {
            let Some(kind) = kind(role) else { return Vec::new() };
            let acting = world.acting(kind);
            let stands_by = |id: &NodeId| Some(*id) != acting && world.is_up(*id);
            world.pods_of(kind).into_iter().filter(stands_by).collect()
        }
        ("down", None) => {
            let all = Component::ALL.into_iter().flat_map(|kind| world.pods_of(kind));
            all.filter(|id| world.state(*id) == Some(PodState::Down)).collect()
        }
        ("paused", None) => {
            let all = Component::ALL.into_iter().flat_map(|kind| world.pods_of(kind));
            all.filter(|id| world.state(*id) == Some(PodState::Paused)).collect()
        }
        (word, place) => {
            // A word that is no kind means no pod.
            let pods = kind(word).map(|kind| world.pods_of(kind)).unwrap_or_default();
            match place.map(str::parse::<usize>) {
                None => pods,
                Some(Ok(place)) => pods.into_iter().nth(place.wrapping_sub(1)).into_iter().collect(),
                Some(Err(_)) => Vec::new(),
            }
        }
    }
}

impl SimWorld for Milvus {
    sim_world_methods!();

    fn drops_messages(&self) -> bool {
        true
    }

    fn same_group(&self, one: NodeId, two: NodeId) -> bool {
        let of = |id: NodeId| Component::ALL.into_iter().find(|kind| self.pods_of(*kind).contains(&id));
        of(one) == of(two)
    }

    fn switch_off(&mut self, _seed: u64, rule: &str) {
        SwitchableRule::named(rule).into_iter().for_each(|rule| Self::switch_off(self, rule));
    }

    fn dispatch(&mut self, command: Command) -> Result<(), Refusal> {
        let action = match command {
            Command::Milvus(action) => action,
            Command::Cluster(Action::Kill { node, .. }) => MilvusAction::Kill { node },
            Command::Cluster(Action::Restart { node }) => MilvusAction::Restart { node },
            Command::Cluster(Action::Pause { node }) => MilvusAction::Pause { node },
            Command::Cluster(Action::Resume { node }) => MilvusAction::Resume { node },
            Command::Cluster(Action::Cut { from, to, one_way }) => MilvusAction::Cut { from, to, one_way },
            Command::Cluster(Action::Partition { side }) => MilvusAction::Partition { side, but: Vec::new() },
            Command::Cluster(Action::Heal) => MilvusAction::Heal,
            Command::Cluster(Action::Clog { from, to, us }) => MilvusAction::Clog { from, to, us },
            Command::Cluster(Action::Weather(weather)) => MilvusAction::Weather(weather),
            Command::Cluster(Action::DropMessage { message }) => MilvusAction::DropMessage { message },
            Command::Cluster(Action::Clock { node, drift_ppm, jump_us, period_us }) => {
                MilvusAction::Clock { node, drift_ppm, jump_us, period_us }
            }
            Command::Control(Control::Set { name, value }) => return self.set(&name, value),
            _ => {
                let error = "a Milvus cluster takes kill, stop, restart, pause, resume, kill_zone, cut, partition, \
                             heal, clog, clock, weather, drop_message, slow_disk, full_disk, object_store, lose_objects, \
                             flush_collection, create_snapshot, list_snapshots, restore_snapshot, drop_snapshot, import_rows, \
                             truncate_collection, drop_job, set, run, step and seek; for rows and searches open \
                             standalone";
                return Err(Refusal::new("unsupported", error));
            }
        };
        self.perform(&action)
    }

    /// Its own facts, its outage, and the majority that everything depends on: that of the metadata store.
    fn fill(&self, snapshot: &mut Snapshot) {
        let members = self.pods_of(Component::Meta);
        let reachable = members.iter().filter(|id| self.is_up(**id)).count();
        let need = majority(members.len());
        snapshot.majority = Majority {
            nodes: members.len() as u32,
            need: need as u32,
            reachable: reachable as u32,
            can_elect: reachable >= need,
            ..Majority::default()
        };
        snapshot.rows.acknowledged = Self::acknowledged(self);
        snapshot.failover = self.outage().map(|outage| shown(outage, self.audit().len() as u64));
        snapshot.outages = listed(self.outages().all());
        snapshot.invariants = invariants(&self.checkers.invariants);
        snapshot.milvus = Some(Box::new(self.facts()));
    }

    fn metrics(&self) -> Vec<&'static str> {
        METRICS.to_vec()
    }

    fn metric(&self, name: &str) -> Option<i64> {
        let up =
            |component: Component| self.pods_of(component).into_iter().filter(|id| self.is_up(*id)).count();
        let tester = self.tester();
        let number = match name {
            "majority" => u64::from(up(Component::Meta) >= majority(self.pods_of(Component::Meta).len())),
            "majority.need" => majority(self.pods_of(Component::Meta).len()) as u64,
            "majority.reachable" => up(Component::Meta) as u64,
            "rows.lost" => self.audit().len() as u64,
            "searches.total" => tester.0,
            "searches.ok" => tester.1,
            "searches.failed" => tester.0 - tester.1,
            "load.ok" => self.load_counts().0,
            "load.failed" => self.load_counts().1,
            "pods.up" => Component::ALL.into_iter().map(up).sum::<usize>() as u64,
            "pods.total" => {
                Component::ALL.into_iter().map(|kind| self.pods_of(kind).len()).sum::<usize>() as u64
            }
            _ => {
                let word = name.strip_prefix("up.")?;
                up(Component::ALL.into_iter().find(|kind| kind.word() == word)?) as u64
            }
        };
        Some(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn outage(&self) -> Option<quorum_sim::outage::Outage> {
        Self::outage(self)
    }

    fn named(&self, word: &str) -> Option<Vec<NodeId>> {
        known_word(word, named(self, word))
    }

    fn copied(&self) -> Option<(Copied, u64)> {
        Some((Self::copied(self), MOST_COPIED))
    }

    fn inspect(&self, target: Target) -> Result<Inspected, Refusal> {
        let unknown = |id: NodeId| {
            Refusal::new("unknown_node", format!("there is no pod {id}; pods are 1 to {}", self.pod_count()))
        };
        match target {
            Target::Pod(id) | Target::Node(id) => {
                self.inspect_pod(id).map(Inspected::Pod).ok_or_else(|| unknown(id))
            }
            Target::Lease(id) => {
                let pod = self.inspect_pod(id).ok_or_else(|| unknown(id))?;
                pod.lease.map(Inspected::Lease).ok_or_else(no_such_target)
            }
            Target::Segment(id) => {
                self.inspect_segment(id).map(Inspected::Segment).ok_or_else(no_such_target)
            }
            Target::Message(id) => {
                self.inspect_message(id).map(Inspected::Message).ok_or_else(no_such_message)
            }
            other => Err(no_target_of_that_kind(other)),
        }
    }

    fn copy(&self) -> Box<dyn SimWorld> {
        Box::new(self.clone())
    }
}

/// The metrics of a cluster, and how many pods of each kind serve.
const METRICS: [&str; 24] = [
    "majority.need",
    "majority.reachable",
    "rows.lost",
    "searches.total",
    "searches.ok",
    "searches.failed",
    "load.ok",
    "load.failed",
    "pods.up",
    "pods.total",
    "up.proxy",
    "up.root_coord",
    "up.query_coord",
    "up.data_coord",
    "up.index_coord",
    "up.mix_coord",
    "up.query_node",
    "up.data_node",
    "up.index_node",
    "up.streaming_node",
    "up.meta",
    "up.wal",
    "up.object_store",
    "setting.*",
];

#[cfg(test)]
mod tests {
    use super::super::{Answer, EngineCommand, Lab, RunConfig};
    use super::*;

    fn open_lab(topology: &str) -> Result<Lab, Refusal> {
        let config = RunConfig {
            lesson: None,
            topology: Some(topology.to_owned()),
            seed: 3,
            kept: true,
            lang: "en".to_owned(),
        };
        Lab::open(config, None)
    }

    #[test]
    fn a_topology_names_its_settings_and_bad_ones_are_refused() {
        let lab = open_lab("milvus:replicas=1,control_plane=1").expect("opens");
        assert_eq!((lab.setting("replicas"), lab.setting("control_plane")), (Some(1), Some(1)));
        assert_eq!(lab.snapshot().topology, "milvus:replicas=1,control_plane=1");
        for (word, code) in [
            ("milvus:colour=1", "unknown_setting"),
            ("milvus:replicas=99", "bad_setting"),
            ("milvus:replicas", "unknown_topology"),
            ("milvus:replicas=x", "unknown_topology"),
            ("milvusx", "unknown_topology"),
        ] {
            assert_eq!(open_lab(word).expect_err(word).code, code, "{word}");
        }
    }

    #[test]
    fn a_cluster_is_asked_and_goes_back() {
        let mut lab = open_lab("milvus").expect("opens");
        let ask = |lab: &mut Lab, command| {
            lab.execute(1, command);
            lab.take_answers().pop().map(|(_, answer)| answer)
        };
        ask(&mut lab, Command::Control(Control::Run { us: 15_000_000 }));
        let before = lab.snapshot();
        let facts = before.milvus.clone().expect("facts");
        assert!(facts.tester.ok > 0, "{facts:?}");
        ask(&mut lab, Command::Control(Control::Run { us: 1_000 }));
        let root = facts.pods.iter().find(|pod| pod.component == Component::RootCoord && pod.active);
        let node = root.expect("somebody acts").id;
        assert!(matches!(
            ask(&mut lab, Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None })),
            Some(Answer::Done { .. })
        ));
        let refused = ask(&mut lab, Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None }));
        assert!(matches!(refused, Some(Answer::Refused { code, .. }) if code == "node_down"));
        let refused = ask(&mut lab, Command::Engine(EngineCommand::Stats));
        assert!(matches!(refused, Some(Answer::Refused { code, .. }) if code == "unsupported"));
        ask(&mut lab, Command::Control(Control::Run { us: 20_000_000 }));
        let after = lab.snapshot();
        assert!(
            after.failover.as_ref().is_some_and(|outage| outage.rto_us.is_some()),
            "{:?}",
            after.failover
        );
        ask(&mut lab, Command::Control(Control::Seek { t_us: 15_000_000 }));
        assert_eq!(lab.snapshot().digest, before.digest);
    }
}
