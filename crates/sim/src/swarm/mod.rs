//! Many seeds, each with its own schedule of faults, checked against the invariants of a world.
//!
//! A [`Schedule`] contains a seed, settings, the rules that are off, and actions with their times: everything that a
//! run needs, so that every result can be replayed, also in the page. A [`Run`] performs the actions and advances the
//! world, first in a safety phase and then in a liveness phase, in which the faults are mended and service has to
//! return. Every world that implements [`SwarmWorld`] is searched and shrunk by the same code. Guarantees: the same
//! schedule gives the same run to the last event; every violation found can be reproduced. Leaves out: how schedules
//! are generated (each world does it, from its own faults), and proofs. No violation in N seeds means exactly that.

mod rules;
mod search;
mod shrink;

use core::fmt::Debug;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::flat;
use super::invariant_status::Invariants;
use quorum_types::{Micros, Refusal};

pub use search::{Found, Progress, Search};
pub use shrink::Shrink;

/// The liveness property: service returns after the faults were mended.
pub const PROGRESS: &str = "progress";

/// An action that a schedule can contain, and its form as a flat object.
pub trait ScheduledAction: Clone + PartialEq + Debug {
    /// The fault's word, for counts.
    fn word(&self) -> String;

    /// Writes the fields, with the word under `op`.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;

    /// Reads the fields beside `op`; the error is an English sentence.
    fn read(op: &str, fields: flat::Fields) -> Result<Self, String>;

    /// Variants of the action that do less, the mildest first.
    fn milder(&self) -> Vec<Self>;
}

/// A rule of a world that can be switched off.
pub trait SwitchableRule: Copy + PartialEq + Debug + Serialize + DeserializeOwned + 'static {
    /// All rules, by number.
    fn all() -> Vec<Self>;

    /// Its name in commands.
    fn name(self) -> &'static str;

    /// The invariant or the property that is violated without it.
    fn breaks(self) -> &'static str;

    /// The rule with this name.
    fn named(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|rule| rule.name() == name)
    }
}

/// A world that can be searched for violations.
pub trait SwarmWorld: Clone + Debug {
    /// Its actions.
    type Action: ScheduledAction;
    /// Its rules.
    type Rule: SwitchableRule;
    /// The parts of it that are mended in the liveness phase.
    type Core;
    /// What they have to achieve, and until when.
    type Demand: Clone + Debug;

    /// Its word in commands (`swarm --world`).
    const WORLD: &'static str;
    /// The number of events of a run's safety phase, unless a number is given.
    const EVENTS: u64 = 10_000;
    /// From this time on the world is in service; shrinking moves actions no earlier.
    const SETTLED_US: Micros;

    /// Generates the schedule of a seed, with a rule off or none.
    fn generate(seed: u64, off: Option<Self::Rule>) -> ScheduleOf<Self>;

    /// The world in which a schedule begins; `quiet`: events are counted and digested, but not kept.
    fn open(schedule: &ScheduleOf<Self>, quiet: bool) -> Self;

    /// Virtual time.
    fn now_us(&self) -> Micros;

    /// The time of the next event.
    fn next_at(&self) -> Option<Micros>;

    /// Advances time across a span in which nothing is scheduled.
    fn wait(&mut self, until_us: Micros);

    /// Processes the next event; returns false if there is none.
    fn step(&mut self) -> bool;

    /// Performs an action.
    fn perform(&mut self, action: &Self::Action) -> Result<(), Refusal>;

    /// Makes the checks that wait for the end of a run.
    fn judge(&mut self);

    /// The invariants.
    fn invariants(&self) -> &Invariants;

    /// The number of operations of clients that were checked.
    fn judged(&self) -> u64;

    /// The parts that may be expected to make progress: with `bare`, as few as must suffice. None if nothing can be
    /// demanded, because too much was destroyed.
    fn core(&self, bare: bool) -> Option<Self::Core>;

    /// The actions that mend the faults for this core.
    fn mend(&self, core: &Self::Core) -> Vec<Self::Action>;

    /// What the core has to achieve from now on.
    fn demand(&self, core: Self::Core) -> Self::Demand;

    /// Whether the deadline has passed.
    fn overdue(&self, demand: &Self::Demand) -> bool;

    /// What is missing, as a sentence that says who waits for whom; none if nothing is.
    fn missing(&self, demand: &Self::Demand) -> Option<String>;

    /// The settings without jitter: for `nth` from 0 the longest delays first; none if nothing varies or there is no
    /// such variant.
    fn without_jitter(settings: &[(String, u64)], nth: usize) -> Option<Vec<(String, u64)>>;
}

/// A rule's name, and the invariant or the property that is violated without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RuleFacts {
    /// Its name.
    pub name: &'static str,
    /// What it prevents.
    pub breaks: &'static str,
}

/// The rules of a world.
pub fn rules_of<W: SwarmWorld>() -> Vec<RuleFacts> {
    let facts = |rule: W::Rule| RuleFacts { name: rule.name(), breaks: rule.breaks() };
    W::Rule::all().into_iter().map(facts).collect()
}

/// The schedule of a world.
pub type ScheduleOf<W> = Schedule<<W as SwarmWorld>::Action, <W as SwarmWorld>::Rule>;

/// An action and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed<A> {
    /// Virtual time.
    pub t_us: Micros,
    /// The action.
    pub action: A,
}

// In JSON one flat object: `{"t_us": …, "op": "kill", "node": 3}`.
impl<A: ScheduledAction> Serialize for Timed<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("t_us", &self.t_us)?;
        self.action.write(&mut map)?;
        map.end()
    }
}

impl<'de, A: ScheduledAction> Deserialize<'de> for Timed<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Open {
            t_us: Micros,
            op: String,
            #[serde(flatten)]
            fields: flat::Fields,
        }
        let Open { t_us, op, fields } = Open::deserialize(deserializer)?;
        Ok(Self { t_us, action: A::read(&op, fields).map_err(D::Error::custom)? })
    }
}

/// Everything that a run needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(
    serialize = "A: ScheduledAction, R: Serialize",
    deserialize = "A: ScheduledAction, R: DeserializeOwned"
))]
pub struct Schedule<A, R> {
    /// The number of nodes.
    pub nodes: u32,
    /// The seed.
    pub seed: u64,
    /// Settings that differ from the defaults, by name.
    pub settings: Vec<(String, u64)>,
    /// Rules that are off from the beginning.
    pub off: Vec<R>,
    /// The actions, in order of time. In JSON the word is `deeds`.
    #[serde(rename = "deeds")]
    pub actions: Vec<Timed<A>>,
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
pub struct Run<W: SwarmWorld> {
    /// The world.
    pub world: W,
    /// The schedule, including the mending actions.
    pub schedule: ScheduleOf<W>,
    limits: Limits,
    next: usize,
    /// The number of events so far.
    pub events: u64,
    stage: Stage,
    demand: Option<W::Demand>,
    /// The number of actions before the mending.
    faults: Option<usize>,
    /// The violations, in order.
    pub violations: Vec<Violation>,
    seen: usize,
}

impl Limits {
    /// The limits of a search: with a rule off, for the violation that the rule prevents; with none off, for any
    /// violation.
    pub fn against<R: SwitchableRule>(off: Option<R>, events: u64) -> Self {
        let until = off.map(SwitchableRule::breaks);
        Self { events, until, mend: until.is_none_or(|name| name == PROGRESS) }
    }
}

impl<W: SwarmWorld> Run<W> {
    /// Creates a run from the beginning.
    pub fn new(schedule: ScheduleOf<W>, limits: Limits, quiet: bool) -> Self {
        Self {
            world: W::open(&schedule, quiet),
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
    pub fn done(&self) -> &[Timed<W::Action>] {
        &self.schedule.actions[..self.next]
    }

    /// The first violation with this name.
    pub fn broke(&self, invariant: &str) -> Option<&Violation> {
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
            && self.world.next_at().is_none_or(|at| timed.t_us <= at)
        {
            self.world.wait(timed.t_us);
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
        let Some(core) = self.world.core(bare) else { return };
        self.schedule.actions.truncate(self.next);
        self.faults = Some(self.next);
        for action in self.world.mend(&core) {
            // Like an action of the schedule: one that does not apply is ignored.
            let _ = self.world.perform(&action);
            self.schedule.actions.push(Timed { t_us: self.world.now_us(), action });
            self.next += 1;
        }
        self.demand = Some(self.world.demand(core));
        self.stage = Stage::Liveness;
    }

    fn liveness(&mut self) {
        const LOOK_EVERY: u64 = 32;
        let more = self.world.step();
        self.events += 1;
        self.look();
        let Some(demand) = &self.demand else { return };
        let over = !more || self.world.overdue(demand);
        if over || self.events.is_multiple_of(LOOK_EVERY) {
            let missing = self.world.missing(demand);
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
        let broken = self.world.invariants().broken_count();
        if broken == self.seen {
            return;
        }
        self.seen = broken;
        for status in self.world.invariants().statuses() {
            let Some(breach) = &status.broken else { continue };
            if self.violations.iter().any(|known| known.invariant == status.name) {
                continue;
            }
            let violation =
                Violation { invariant: status.name.to_owned(), detail: breach.detail(), event: self.events };
            if self.limits.until == Some(status.name) {
                self.stage = Stage::Over;
            }
            self.violations.push(violation);
        }
    }
}
