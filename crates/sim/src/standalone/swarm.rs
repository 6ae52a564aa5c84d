//! A single engine in a swarm: the engine with its checkers, and how it is mended.
//!
//! Guarantees: a schedule begins with an engine without collections (the topology `engine` of the façade), and its
//! actions are the façade's commands, so that a page can play it; the checkers never change the run. Leaves out: the
//! search itself (`swarm`), the generation of schedules (`generate`).

use super::action::Action;
use super::checkers::{Checkers, News};
use super::flush::Background;
use super::generate::make;
use super::rules::{Rule, Rules};
use super::syncs::Stage;
use super::{COLLECTION, Outcome, Phase, Standalone, Start};
use crate::invariant_status::Invariants;
use crate::settings::Settings;
use crate::swarm::{self, SwarmWorld};
use quorum_types::{Micros, Refusal, SECOND};
use quorum_wal::disk::Disk;

/// The schedule of a single engine.
pub type Schedule = swarm::Schedule<Action, Rule>;

/// The time within which a mended engine has to answer the next request, besides what reading its log takes.
const PATIENCE_US: Micros = 10 * SECOND;

/// An engine with its checkers.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The engine.
    pub world: Standalone,
    /// Its checkers.
    pub checkers: Checkers,
    /// Requests so far; each has a number.
    tickets: u64,
    /// Requests that ask for a sync and are not answered.
    syncs: Vec<u64>,
    /// The last request that was answered with success.
    answered: u64,
    /// When the last answer came, of whatever kind.
    answered_us: Micros,
}

/// A demand: the row of this request is acknowledged until then, or later as long as the requests before it are
/// answered one after the other. There is no bound on how many were waiting.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    ticket: u64,
    until: Micros,
}

impl Watched {
    fn look(&mut self) {
        let outcomes = self.world.take_outcomes();
        if !outcomes.is_empty() {
            self.answered_us = self.world.now;
        }
        let ok = |ticket: u64| outcomes.iter().any(|(of, outcome)| *of == ticket && outcome.is_ok());
        let synced = self.syncs.iter().any(|ticket| ok(*ticket));
        self.syncs.retain(|ticket| !outcomes.iter().any(|(of, _)| of == ticket));
        let succeeded = |(ticket, outcome): &Outcome| outcome.is_ok().then_some(*ticket);
        self.answered = outcomes.iter().filter_map(succeeded).fold(self.answered, u64::max);
        let news = News {
            written: self.world.take_written(),
            events: self.world.event_log.take(),
            answered: outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count() as u64,
            synced,
        };
        self.checkers.look(&self.world, news);
    }

    /// The engine's state, in a few words.
    fn state(&self) -> String {
        let world = &self.world;
        let phase = match &world.phase {
            Phase::Off => "has no power".to_owned(),
            Phase::Booting => "starts".to_owned(),
            Phase::Loading(_) => "reads its checkpoint".to_owned(),
            Phase::Recovering(..) => "reads its log".to_owned(),
            Phase::Refused => "refuses its log".to_owned(),
            Phase::Running => format!("runs, {}", doing(world)),
        };
        let (last, durable) =
            world.log.wal().map_or((0, world.log.durable_lsn()), |wal| (wal.last_lsn(), wal.durable_lsn()));
        format!(
            "the engine {phase}; {durable} of {last} records are durable, {} rows wait",
            world.outstanding()
        )
    }
}

fn doing(world: &Standalone) -> &'static str {
    match (&world.stage, &world.background) {
        (Stage::Write, _) => "waiting for the sync of a record",
        (Stage::Sync, _) | (_, Background::Frozen(_)) => "waiting until everything is durable",
        (_, Background::Objects(_) | Background::ObjectsSync(_)) => "writing objects",
        (_, Background::ManifestSync(..)) => "waiting for the sync of a manifest",
        (_, Background::Index(_)) => "building an index",
        (Stage::Idle, Background::Idle) => "idle",
    }
}

impl SwarmWorld for Watched {
    type Action = Action;
    type Rule = Rule;
    type Core = ();
    type Demand = Demand;

    const WORLD: &'static str = "standalone";
    // Actions outnumber events, and each recovery reads a log that grows with both.
    const EVENTS: u64 = 2_000;
    const SETTLED_US: Micros = super::generate::SETTLED_US;

    fn generate(seed: u64, off: Option<Rule>) -> Schedule {
        make(seed, off)
    }

    /// The checkers read the events, so they are kept from one look to the next in any case.
    fn open(schedule: &Schedule, _quiet: bool) -> Self {
        let mut settings = Settings::default();
        for (name, value) in &schedule.settings {
            let set = settings.set(name, *value);
            debug_assert_eq!(set, Ok(()), "generated, or checked where it came from");
        }
        let mut rules = Rules::default();
        schedule.off.iter().for_each(|rule| rules.set(*rule, false));
        let start = Start::in_memory(schedule.seed, settings, Disk::default());
        let mut world = Standalone::new(Start { stamp_epoch: 0, ..start });
        world.set_rules(rules);
        world.written = Some(Vec::new());
        Self {
            world,
            checkers: Checkers::default(),
            tickets: 0,
            syncs: Vec::new(),
            answered: 0,
            answered_us: 0,
        }
    }

    fn now_us(&self) -> Micros {
        self.world.now
    }

    fn next_at(&self) -> Option<Micros> {
        let event = self.world.event_queue.next_at();
        event.into_iter().chain(self.world.background_due()).min()
    }

    fn wait(&mut self, until_us: Micros) {
        self.world.now = self.world.now.max(until_us);
    }

    fn step(&mut self) -> bool {
        if self.world.background_by(Micros::MAX) {
            self.look();
            return true;
        }
        let happened = self.world.step();
        if happened {
            self.look();
        }
        happened
    }

    fn perform(&mut self, action: &Action) -> Result<(), Refusal> {
        self.tickets += 1;
        self.checkers.acts(&self.world, action);
        if matches!(action, Action::Sync | Action::Autosync { on: true }) {
            self.syncs.push(self.tickets);
        }
        let performed = self.world.perform(self.tickets, action);
        self.look();
        performed
    }

    fn judge(&mut self) {
        self.checkers.excuse_damage(&self.world);
    }

    fn invariants(&self) -> &Invariants {
        &self.checkers.invariants
    }

    fn judged(&self) -> u64 {
        self.checkers.judged()
    }

    fn core(&self, _bare: bool) -> Option<()> {
        // Damage may show only after the next crash; it is nobody's fault either way.
        let excused = self.checkers.invariants.excused().is_some() || self.checkers.damaged();
        (!excused).then_some(())
    }

    fn mend(&self, (): &()) -> Vec<Action> {
        let mut actions = vec![Action::CrashAt { moment: None }, Action::DiskCapacity { bytes: None }];
        if matches!(self.world.phase, Phase::Off | Phase::Refused) {
            actions.push(Action::Recover);
        }
        actions.extend(make(0, None).actions.into_iter().take(2).map(|timed| timed.action));
        actions.push(Action::Autosync { on: true });
        actions.push(Action::Insert { collection: COLLECTION.to_owned(), rows: 1.into(), batch: 1 });
        actions
    }

    fn demand(&self, (): ()) -> Demand {
        let bytes = self.world.log.disk.bytes();
        let reading = bytes.saturating_mul(SECOND) / self.world.settings().replay_bytes_per_s.max(1);
        Demand { ticket: self.tickets, until: self.world.now + PATIENCE_US + reading }
    }

    fn overdue(&self, demand: &Demand) -> bool {
        self.world.now >= demand.until.max(self.answered_us + PATIENCE_US)
    }

    fn missing(&self, demand: &Demand) -> Option<String> {
        (self.answered < demand.ticket).then(|| format!("no row is acknowledged: {}", self.state()))
    }

    fn without_jitter(_: &[(String, u64)], _: usize) -> Option<Vec<(String, u64)>> {
        None
    }
}
