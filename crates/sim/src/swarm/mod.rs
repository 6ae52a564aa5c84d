//! Many seeds, each with its own schedule of faults, checked against the invariants.
//!
//! A [`Schedule`] contains a seed, settings, the rules that are off, and actions with their times: everything that a
//! run needs, so that every result can be replayed, also in the page. A [`Run`] performs the actions and advances the
//! world, first in a safety phase and then in a liveness phase (`liveness`). Guarantees: the same schedule gives the
//! same run to the last event; every violation found can be reproduced. Leaves out: proofs. No violation in N seeds
//! means exactly that.

mod hunt;
mod make;
mod shrink;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::action::Action;
pub use super::checkers::PROGRESS;
use super::cluster::{Cluster, Start};
use super::flat;
use super::liveness::{self, Demand};
use super::settings::Settings;
use quorum_raft::{Rule, Rules};
use quorum_types::Micros;

pub use hunt::{Found, Hunt, Progress};
pub use make::make;
pub use shrink::Shrink;

/// An action and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// Virtual time.
    pub t_us: Micros,
    /// The action.
    pub action: Action,
}

// In JSON one flat object: `{"t_us": …, "op": "kill", "node": 3}`.
impl Serialize for Timed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("t_us", &self.t_us)?;
        flat::write(&mut map, Some("op"), &self.action)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Timed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Open {
            t_us: Micros,
            op: String,
            #[serde(flatten)]
            fields: flat::Fields,
        }
        let Open { t_us, op, fields } = Open::deserialize(deserializer)?;
        Ok(Self { t_us, action: flat::read(&op, fields).map_err(D::Error::custom)? })
    }
}

/// Everything that a run needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The number of nodes.
    pub nodes: u32,
    /// The seed.
    pub seed: u64,
    /// Settings that differ from the defaults, by name.
    pub settings: Vec<(String, u64)>,
    /// Rules that are off from the beginning.
    pub off: Vec<Rule>,
    /// The actions, in order of time. In JSON the word is `deeds`.
    #[serde(rename = "deeds")]
    pub actions: Vec<Timed>,
}

/// A violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's or the property's name.
    pub invariant: String,
    /// A description of the violation.
    pub detail: String,
    /// The number of events before it.
    pub event: u64,
}

/// The stage of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Actions are performed and faults occur.
    Safety,
    /// The faults are mended; the core has to make progress.
    Liveness,
    /// Over.
    Over,
}

/// What a run checks, and when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of events in the safety phase.
    pub events: u64,
    /// Stop as soon as this invariant or property is violated.
    pub until: Option<&'static str>,
    /// Whether a liveness phase follows, with actions of its own.
    pub mend: bool,
}

/// A run of a schedule.
#[derive(Clone, Debug)]
pub struct Run {
    /// The world.
    pub world: Cluster,
    /// The schedule, including the mending actions.
    pub schedule: Schedule,
    limits: Limits,
    next: usize,
    /// The number of events so far.
    pub events: u64,
    stage: Stage,
    demand: Option<Demand>,
    /// The number of actions before the mending.
    faults: Option<usize>,
    /// The violations, in order.
    pub violations: Vec<Violation>,
    seen: usize,
}

impl Limits {
    /// The limits of a search: with a rule off, for the violation that the rule prevents; with none off, for any
    /// violation.
    pub fn against(off: Option<Rule>, events: u64) -> Self {
        let until = off.map(|rule| rule.facts().breaks);
        Self { events, until, mend: until.is_none_or(|name| name == PROGRESS) }
    }
}

impl Schedule {
    /// The world in which it begins.
    pub fn open(&self, quiet: bool) -> Cluster {
        let mut settings = Settings::default();
        for (name, value) in &self.settings {
            // Made from the table of settings, or checked where it came from.
            let _ = settings.set(name, *value);
        }
        let mut rules = Rules::default();
        self.off.iter().for_each(|rule| rules.set(*rule, false));
        Cluster::new(Start {
            nodes: self.nodes,
            seed: self.seed,
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
}

impl Run {
    /// Creates a run from the beginning.
    pub fn new(schedule: Schedule, limits: Limits, quiet: bool) -> Self {
        Self {
            world: schedule.open(quiet),
            schedule,
            limits,
            next: 0,
            events: 0,
            stage: Stage::Safety,
            demand: None,
            faults: None,
            violations: Vec::new(),
            seen: 0,
        }
    }

    /// Continues through at most this many events; returns whether it is over.
    pub fn go(&mut self, events: u64) -> bool {
        let until = self.events.saturating_add(events);
        while self.stage != Stage::Over && self.events < until {
            match self.stage {
                Stage::Safety => self.safety(),
                Stage::Liveness => self.liveness(),
                Stage::Over => {}
            }
        }
        self.stage == Stage::Over
    }

    /// Continues to the end.
    pub fn finish(mut self) -> Self {
        self.go(u64::MAX);
        self
    }

    /// The actions performed so far.
    pub fn done(&self) -> &[Timed] {
        &self.schedule.actions[..self.next]
    }

    /// The first violation with this name.
    pub(crate) fn broke(&self, invariant: &str) -> Option<&Violation> {
        self.violations.iter().find(|violation| violation.invariant == invariant)
    }

    /// The first violation that the run looks for.
    pub fn sought(&self) -> Option<&Violation> {
        match self.limits.until {
            Some(name) => self.broke(name),
            None => self.violations.first(),
        }
    }

    fn safety(&mut self) {
        if let Some(timed) = self.schedule.actions.get(self.next)
            && self.world.event_queue.peek().is_none_or(|(at, _)| timed.t_us <= at)
        {
            self.world.now = self.world.now.max(timed.t_us);
            // A shrunk schedule may contain actions that are no longer valid; these are ignored.
            let _ = self.world.perform(&timed.action);
            self.next += 1;
            self.look();
            return;
        }
        let more = self.world.step();
        self.events += 1;
        self.look();
        if self.stage == Stage::Safety && (!more || self.events >= self.limits.events) {
            self.world.judge();
            self.look();
            self.mend();
        }
    }

    /// Begins the liveness phase, if there is one.
    fn mend(&mut self) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        if !self.limits.mend {
            return;
        }
        let bare = self.schedule.seed % 2 == 1;
        let Some(core) = liveness::core(&self.world, bare) else { return };
        self.schedule.actions.truncate(self.next);
        self.faults = Some(self.next);
        for action in liveness::mend(&self.world, &core) {
            // An action that repairs what is whole already is refused, which is as good.
            let _ = self.world.perform(&action);
            self.schedule.actions.push(Timed { t_us: self.world.now, action });
            self.next += 1;
        }
        self.demand = Some(Demand::new(&self.world, core));
        self.stage = Stage::Liveness;
    }

    fn liveness(&mut self) {
        const LOOK_EVERY: u64 = 32;
        self.world.step();
        self.events += 1;
        self.look();
        let Some(demand) = &self.demand else { return };
        let over = demand.over(&self.world);
        if over || self.events.is_multiple_of(LOOK_EVERY) {
            let missing = demand.what_is_missing(&self.world);
            if over && let Some(detail) = missing.clone() {
                let event = self.events;
                self.violations.push(Violation { invariant: PROGRESS.to_owned(), detail, event });
            }
            if over || missing.is_none() {
                self.world.judge();
                self.look();
                self.stage = Stage::Over;
            }
        }
    }

    /// Checks for new violations.
    fn look(&mut self) {
        let broken = self.world.checkers.broken_count();
        if broken == self.seen {
            return;
        }
        self.seen = broken;
        for standing in self.world.checkers.standings() {
            let Some(breach) = &standing.broken else { continue };
            if self.violations.iter().any(|known| known.invariant == standing.name) {
                continue;
            }
            let violation = Violation {
                invariant: standing.name.to_owned(),
                detail: breach.detail(),
                event: self.events,
            };
            if self.limits.until == Some(standing.name) {
                self.stage = Stage::Over;
            }
            self.violations.push(violation);
        }
    }
}
