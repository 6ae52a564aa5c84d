//! A Milvus cluster in a swarm: what its schedules consist of, how it is mended, and what progress means.
//!
//! Guarantees: a schedule's JSON uses the words of the commands; after the faults are mended every pod runs, and within
//! a bounded time every pod with a session is registered, a coordinator of each kind acts, a write is acknowledged, and
//! a Strong search finds everything. A run that is stuck says who waits for whom. Leaves out: the search itself
//! (`quorum_sim::swarm`), and the generation of schedules (`generate`).

use serde::ser::SerializeMap;

pub(crate) use super::generate::Schedule;
use super::generate::make;
use super::requests::Order;
use super::rules::{Rule, Rules};
use super::snapshot::PodState;
use super::topology::Component;
use super::{Action, Milvus, Settings};
use quorum_sim::flat;
use quorum_sim::invariant_status::Invariants;
use quorum_sim::network::Weather;
use quorum_sim::swarm::{ScheduledAction, SwarmWorld};
use quorum_types::{MS, Micros, NodeId, Refusal, SECOND};

/// The time within which service has to return: several leases, health checks and elections of the generated settings.
const PATIENCE_US: Micros = 40 * SECOND;

impl ScheduledAction for Action {
    fn word(&self) -> String {
        match self {
            Self::Kill { .. } => "kill",
            Self::Stop { .. } => "stop",
            Self::Restart { .. } => "restart",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::KillZone { .. } => "kill_zone",
            Self::Cut { .. } => "cut",
            Self::Partition { .. } => "partition",
            Self::Heal => "heal",
            Self::Clog { .. } => "clog",
            Self::Weather(_) => "weather",
            Self::SlowDisk { .. } => "slow_disk",
            Self::FullDisk { .. } => "full_disk",
            Self::Clock { .. } => "clock",
            Self::ObjectStore { .. } => "object_store",
            Self::LoseObjects => "lose_objects",
            Self::DropMessage { .. } => "drop_message",
            Self::Set { .. } => "set",
            order => Order::of(order).map_or("order", |(_, word)| word),
        }
        .to_owned()
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        flat::write(map, Some("op"), self)
    }

    fn read(op: &str, fields: flat::Fields) -> Result<Self, String> {
        flat::read(op, fields).map_err(|unread| unread.to_string())
    }

    fn milder(&self) -> Vec<Self> {
        milder(self)
    }
}

/// Milder variants of an action.
fn milder(action: &Action) -> Vec<Action> {
    match action.clone() {
        Action::Cut { from, to, one_way: false } => {
            vec![Action::Cut { from, to, one_way: true }, Action::Cut { from: to, to: from, one_way: true }]
        }
        Action::Partition { side, but } if side.len() > 1 => {
            let without = |nth: usize| {
                let mut side = side.clone();
                side.remove(nth);
                Action::Partition { side, but: but.clone() }
            };
            (0..side.len()).map(without).collect()
        }
        Action::Clog { from, to, us } if us >= 2 * MS => vec![Action::Clog { from, to, us: us / 2 }],
        Action::Clock { node, drift_ppm, jump_us, period_us } => [
            Action::Clock { node, drift_ppm, jump_us, period_us: 0 },
            Action::Clock { node, drift_ppm, jump_us: 0, period_us },
            Action::Clock { node, drift_ppm: 0, jump_us, period_us },
        ]
        .into_iter()
        .filter(|milder| milder != action)
        .collect(),
        Action::SlowDisk { node, ms } if ms > 1 => vec![Action::SlowDisk { node, ms: ms / 2 }],
        Action::ImportRows { rows, bad } if rows > 1 || bad => {
            let mut milder = vec![Action::ImportRows { rows: rows.div_ceil(2), bad }];
            milder.extend(bad.then_some(Action::ImportRows { rows, bad: false }));
            milder
        }
        Action::ObjectStore { ms, gone } if ms > 0 && gone => vec![Action::ObjectStore { ms, gone: false }],
        Action::Weather(weather) => [
            Weather { reorder: 0, ..weather },
            Weather { duplicate: 0, ..weather },
            Weather { loss: 0, ..weather },
        ]
        .into_iter()
        .filter(|milder| *milder != weather)
        .map(Action::Weather)
        .collect(),
        _ => Vec::new(),
    }
}

/// A demand on a mended cluster.
#[derive(Clone, Debug)]
pub struct Demand {
    until: Micros,
    /// Operations from this number on were begun after the mending.
    first_op: u64,
    acknowledged: u64,
}

impl SwarmWorld for Milvus {
    type Action = Action;
    type Rule = Rule;
    type Core = ();
    type Demand = Demand;

    const WORLD: &'static str = "milvus";
    // With the generated settings clients have begun by then.
    const SETTLED_US: Micros = 4 * SECOND;

    fn generate(seed: u64, off: Option<Rule>) -> Schedule {
        make(seed, off)
    }

    fn open(schedule: &Schedule, quiet: bool) -> Self {
        let mut settings = Settings::default();
        for (name, value) in &schedule.settings {
            let set = settings.set(name, *value);
            debug_assert_eq!(set, Ok(()), "generated, or checked where it came from");
        }
        let mut rules = Rules::default();
        schedule.off.iter().for_each(|rule| rules.set(*rule, false));
        Self::with_rules(schedule.seed, settings, rules, quiet)
    }

    fn now_us(&self) -> Micros {
        self.now
    }

    fn next_at(&self) -> Option<Micros> {
        Self::next_at(self)
    }

    fn wait(&mut self, until_us: Micros) {
        Self::wait(self, until_us);
    }

    fn step(&mut self) -> bool {
        self.happen(Micros::MAX)
    }

    fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        Self::perform(self, action)
    }

    fn judge(&mut self) {
        self.judge_readers();
    }

    fn invariants(&self) -> &Invariants {
        &self.checkers.invariants
    }

    fn judged(&self) -> u64 {
        self.tester().0 + self.acknowledged()
    }

    fn core(&self, _bare: bool) -> Option<()> {
        // No fault of this world destroys what is on a disk: all pods can be demanded.
        Some(())
    }

    fn mend(&self, _core: &()) -> Vec<Action> {
        let supervised = Action::Set { name: "supervised".to_owned(), value: 1 };
        let calm = Action::Weather(Weather::default());
        let mut actions = vec![Action::Heal, calm, Action::ObjectStore { ms: 0, gone: false }, supervised];
        for pod in &self.pods {
            let node = pod.place.id;
            if pod.sync_extra_us > 0 {
                actions.push(Action::SlowDisk { node, ms: 0 });
            }
            if pod.clock.drift_ppm() != 0 {
                actions.push(Action::Clock { node, drift_ppm: 0, jump_us: 0, period_us: 0 });
            }
            if pod.disk_full {
                actions.push(Action::FullDisk { node, on: false });
            }
            match pod.state {
                PodState::Down => actions.push(Action::Restart { node }),
                PodState::Paused => actions.push(Action::Resume { node }),
                PodState::Up | PodState::Booting => {}
            }
        }
        actions
    }

    fn demand(&self, _core: ()) -> Demand {
        Demand {
            until: self.now + PATIENCE_US,
            first_op: self.clients.next_op(),
            acknowledged: self.acknowledged(),
        }
    }

    fn overdue(&self, demand: &Demand) -> bool {
        self.now >= demand.until
    }

    fn missing(&self, demand: &Demand) -> Option<String> {
        self.missing_progress(demand)
    }

    fn without_jitter(settings: &[(String, u64)], nth: usize) -> Option<Vec<(String, u64)>> {
        let of = |name: &str| settings.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let mut calm = settings.to_vec();
        for (least, most) in [("latency_min_us", "latency_max_us"), ("fsync_min_ms", "fsync_max_ms")] {
            let value = [of(most)?, of(most)?.div_ceil(2), of(least)?].get(nth).copied()?;
            for (name, old) in &mut calm {
                if name == least || name == most {
                    *old = value;
                }
            }
        }
        (calm != settings).then_some(calm)
    }
}

impl Milvus {
    /// What a mended cluster lacks, as a sentence.
    fn missing_progress(&self, demand: &Demand) -> Option<String> {
        if let Some(pod) = self.pods.iter().find(|pod| pod.state != PodState::Up) {
            return Some(format!("pod {} ({}) does not run", pod.place.id, pod.place.component.word()));
        }
        let groups = [Component::Meta, Component::Wal].into_iter().filter(|group| self.is_group(*group));
        let coordinators = [self.root(), self.query_coord(), self.data_coord(), self.log_source()];
        for component in groups.chain(coordinators) {
            let acts = |id: &NodeId| self.in_charge(*id);
            let pods = self.of(component);
            if !pods.is_empty() && !pods.iter().any(acts) {
                return Some(format!("no {} is in charge: {}", component.word(), self.states(component)));
            }
        }
        if let Some(id) = self.unregistered() {
            return Some(format!("pod {id} has no session: {}", self.states(Component::Meta)));
        }
        if let Some(lacks) = self.unfinished() {
            return Some(lacks);
        }
        if self.acknowledged() <= demand.acknowledged {
            return Some(format!("no write is acknowledged: {}", self.states(self.log_source())));
        }
        let found = self.clients.last_search.filter(|search| search.op >= demand.first_op);
        match found {
            None => Some(format!(
                "no search is answered ({}): {}",
                self.clients.last_failure.unwrap_or("none failed"),
                self.states(self.delegating())
            )),
            Some(search) if search.recall_permille < 1_000 => {
                Some(format!("the last search found {} of 1,000", search.recall_permille))
            }
            Some(_) => None,
        }
    }

    /// A snapshot or a job that has not come to its end.
    fn unfinished(&self) -> Option<String> {
        let kept = self.kept_now();
        if let Some(snapshot) = kept.snapshots.iter().find(|known| !known.written) {
            return Some(format!("snapshot {} has no manifest", snapshot.name));
        }
        let open = kept.jobs.iter().find(|job| !job.phase.ended() || (job.is_loaded() && !job.is_shown()))?;
        let (done, of) = open.progress();
        Some(format!("job {} is {} with {done} of {of} parts", open.job, open.phase.word()))
    }

    /// A pod that should have a session and has none.
    fn unregistered(&self) -> Option<NodeId> {
        let lacks = |pod: &&super::pods::Pod| {
            self.has_session(pod.place.component) && !pod.believes_in_lease(self.now)
        };
        self.pods.iter().find(lacks).map(|pod| pod.place.id)
    }

    /// The state of every pod of a kind, in a few words.
    fn states(&self, component: Component) -> String {
        let state = |id: NodeId| {
            let pod = self.pod(id)?;
            let role = match pod.acting {
                Some(acting) if acting.serves => format!("acts in epoch {}", acting.epoch),
                Some(acting) => format!("takes over in epoch {}", acting.epoch),
                None => "stands by".to_owned(),
            };
            let reads = self.readers_described(id);
            Some(format!("pod {id} {role}{reads}"))
        };
        self.of(component).into_iter().filter_map(state).collect::<Vec<_>>().join("; ")
    }

    /// Checks at the end of a run that every delegator could find what its position says.
    fn judge_readers(&mut self) {
        self.tell_broken();
    }
}
