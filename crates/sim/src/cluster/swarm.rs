//! A replica set in a swarm: what its schedules consist of, and how it is mended.
//!
//! Guarantees: a schedule's JSON stays readable, because addresses contain it. Leaves out: the
//! search itself (`swarm`), the generation of schedules (`generate`), and what progress means (`liveness`).

use serde::ser::SerializeMap;

use super::generate::make;
use super::{Cluster, Start};
use crate::action::Action;
use crate::flat;
use crate::invariant_status::Invariants;
use crate::liveness::{self, Demand};
use crate::network::Weather;
use crate::settings::Settings;
use crate::swarm::{self, ScheduledAction, SwarmWorld, SwitchableRule};
use quorum_raft::{RULES, Rule, Rules};
use quorum_types::{MS, Micros, NodeId, Refusal};

/// A schedule of a replica set.
pub type Schedule = swarm::Schedule<Action, Rule>;

/// The shortest time by which a schedule is made milder.
const SHORTEST_US: Micros = MS;

impl ScheduledAction for Action {
    fn word(&self) -> String {
        self.name().to_owned()
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        flat::write_sparse(map, Some("op"), self)
    }

    fn read(op: &str, fields: flat::Fields) -> Result<Self, String> {
        flat::read(op, fields).map_err(|unread| unread.to_string())
    }

    fn milder(&self) -> Vec<Self> {
        milder(self)
    }
}

impl SwitchableRule for Rule {
    fn all() -> Vec<Self> {
        RULES.iter().map(|facts| facts.rule).collect()
    }

    fn name(self) -> &'static str {
        self.facts().name
    }

    fn breaks(self) -> &'static str {
        self.facts().breaks
    }
}

impl SwarmWorld for Cluster {
    type Action = Action;
    type Rule = Rule;
    type Core = Vec<NodeId>;
    type Demand = Demand;

    const WORLD: &'static str = "cluster";
    // The first leader has been elected by then, and clients write.
    const SETTLED_US: Micros = 300 * MS;

    fn generate(seed: u64, off: Option<Rule>) -> Schedule {
        make(seed, off)
    }

    fn open(schedule: &Schedule, quiet: bool) -> Self {
        let mut settings = Settings::default();
        for (name, value) in &schedule.settings {
            // Made from the table of settings, or checked where it came from.
            let _ = settings.set(name, *value);
        }
        let mut rules = Rules::default();
        schedule.off.iter().for_each(|rule| rules.set(*rule, false));
        Self::new(Start {
            nodes: schedule.nodes,
            seed: schedule.seed,
            epoch: 1,
            kept: false,
            quiet,
            now: 0,
            settings,
            rules,
            disks: Vec::new(),
            promised: Vec::new(),
            next_op: 1,
            acknowledged: Vec::new(),
        })
    }

    fn now_us(&self) -> Micros {
        self.now
    }

    fn next_at(&self) -> Option<Micros> {
        self.event_queue.next_at()
    }

    fn wait(&mut self, until_us: Micros) {
        self.now = self.now.max(until_us);
    }

    fn step(&mut self) -> bool {
        Self::step(self)
    }

    fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        Self::perform(self, action)
    }

    fn judge(&mut self) {
        Self::judge(self);
    }

    fn invariants(&self) -> &Invariants {
        &self.checkers.invariants
    }

    fn judged(&self) -> u64 {
        self.checkers.judged() as u64
    }

    fn core(&self, bare: bool) -> Option<Vec<NodeId>> {
        liveness::core(self, bare)
    }

    fn mend(&self, core: &Vec<NodeId>) -> Vec<Action> {
        liveness::mend(self, core)
    }

    fn demand(&self, core: Vec<NodeId>) -> Demand {
        Demand::new(self, core)
    }

    fn overdue(&self, demand: &Demand) -> bool {
        demand.over(self)
    }

    fn missing(&self, demand: &Demand) -> Option<String> {
        demand.what_is_missing(self)
    }

    fn without_jitter(settings: &[(String, u64)], nth: usize) -> Option<Vec<(String, u64)>> {
        let of = |name: &str| settings.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
        let mut calm = settings.to_vec();
        for (least, most) in [("latency_min_ms", "latency_max_ms"), ("fsync_min_ms", "fsync_max_ms")] {
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

/// Milder variants of an action.
fn milder(action: &Action) -> Vec<Action> {
    let mut less = Vec::new();
    match action.clone() {
        Action::Kill { node, .. } => less.push(Action::Kill { node, torn_bytes: 0, sectors: None }),
        Action::PowerCut { .. } => less.push(Action::PowerCut { torn_bytes: 0, sectors: None }),
        Action::CrashLoop { node, times, every_us } => {
            less.push(Action::CrashLoop { node, times: times.div_ceil(2), every_us });
        }
        Action::Cut { from, to, one_way: false } => {
            less.push(Action::Cut { from, to, one_way: true });
            less.push(Action::Cut { from: to, to: from, one_way: true });
        }
        Action::Partition { side } if side.len() > 1 => {
            less.extend((0..side.len()).map(|nth| Action::Partition { side: without(&side, nth) }));
        }
        Action::Clog { from, to, us } if us >= 2 * SHORTEST_US => {
            less.push(Action::Clog { from, to, us: us / 2 });
        }
        Action::Weather(weather) => {
            less.push(Action::Weather(Weather { reorder: 0, ..weather }));
            less.push(Action::Weather(Weather { duplicate: 0, ..weather }));
            less.push(Action::Weather(Weather { loss: 0, ..weather }));
        }
        Action::Clock { node, drift_ppm, jump_us, period_us } => {
            less.push(Action::Clock { node, drift_ppm, jump_us, period_us: 0 });
            less.push(Action::Clock { node, drift_ppm, jump_us: 0, period_us });
            less.push(Action::Clock { node, drift_ppm: drift_ppm / 2, jump_us, period_us });
        }
        Action::Conf { mode, changes } if changes.len() > 1 => {
            less.extend((0..changes.len()).map(|nth| Action::Conf { mode, changes: without(&changes, nth) }));
        }
        _ => {}
    }
    less.retain(|milder| milder != action);
    less
}

/// All but one.
fn without<T: Copy>(all: &[T], nth: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(place, _)| *place != nth).map(|(_, one)| *one).collect()
}
