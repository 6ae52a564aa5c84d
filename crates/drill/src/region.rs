//! Plays a disaster drill in two regions.
//!
//! Guarantees: the regions receive only the drill's commands; slices of any size give the same run. Leaves out:
//! measuring it (`measure_regions`).

use super::disasters::{Disaster, Kind, Strike, surprise_of};
use super::dr_settings::{self, Terms};
use super::measure::{self, Reading};
use super::measure_regions::{Known, Watch};
use super::report::RunReport;
use super::targets::Targets;
use quorum_facade::Event;
use quorum_facade::regions::{Action, Regions, Runbook, Surprise};
use quorum_types::{Micros, Refusal, Rng, SECOND};

/// How often the drill checks whether the operator has finished.
const LOOK_US: Micros = 60 * SECOND;
/// The region that is the primary when all begins.
const PRIMARY: usize = 0;

/// A drill under way.
#[derive(Debug)]
pub struct Region {
    world: Regions,
    drill: &'static Disaster,
    seed: u64,
    terms: Terms,
    runbook: Runbook,
    kind: Kind,
    surprise: Option<Surprise>,
    fault_us: Micros,
    stage: Stage,
    watch: Watch,
    trace: Option<Vec<Event>>,
    cost_fen: u64,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begin,
    /// What is looked at before anything strikes.
    Before,
    SlowLink,
    Strike,
    End,
    Over,
}

impl Region {
    /// A drill of which nothing is played yet. `set` are settings of the world and of the drill, `runbook` is one by
    /// name or as it is written, and `traced` keeps the events.
    pub fn new(
        drill: &'static Disaster,
        seed: u64,
        set: &[(String, u64)],
        runbook: Option<&str>,
        traced: bool,
    ) -> Result<Self, Refusal> {
        let (terms, others) = Terms::split(set)?;
        let [_, _, surprise, kind, ..] = terms.values(drill);
        let mut rng = Rng::new(seed, u64::MAX);
        // In this order, so that drills that strike in the same stretch strike at the same moment.
        let fault_us = drill.from_us + rng.below(drill.spread_us);
        let kind = Kind::of(kind, &mut rng);
        let surprise = surprise_of(surprise, &mut rng);
        let settings = dr_settings::world(drill, &others)?;
        // What is asked for by name or as it is written counts before the setting, and that before the drill's own.
        let chosen = match (runbook, settings.runbook) {
            (Some(text), _) => Runbook::parse(text)?,
            (None, 1..) if others.iter().any(|(name, _)| name == "runbook") => {
                Runbook::of_setting(settings.runbook)
            }
            _ => Runbook::parse(drill.runbook)?,
        };
        Ok(Self {
            world: Regions::new(seed, settings),
            drill,
            seed,
            terms,
            runbook: chosen,
            kind,
            surprise,
            fault_us,
            stage: Stage::Begin,
            watch: Watch::default(),
            trace: traced.then(Vec::new),
            cost_fen: 0,
        })
    }

    /// Continues for at most this many scheduled events; returns whether the drill is over.
    pub fn go(&mut self, most: u64) -> Result<bool, Refusal> {
        let until_us = match self.stage {
            Stage::Begin => 0,
            Stage::Before => self.fault_us - self.drill.before.map_or(0, |(before_us, _)| before_us),
            Stage::SlowLink => self.fault_us - self.drill.slow_link.map_or(0, |(before_us, _)| before_us),
            Stage::Strike => self.fault_us,
            Stage::End => self.ends_us(),
            Stage::Over => return Ok(true),
        };
        let reached = self.world.advance(until_us, most.max(1));
        self.look();
        if !reached {
            return Ok(false);
        }
        self.stage = match self.stage {
            Stage::Begin => self.begin()?,
            Stage::Before => {
                let steps = Runbook::parse(self.drill.before.map_or("", |(_, steps)| steps))?;
                self.watch.start_step_log();
                self.world.perform(&Action::Run(steps))?;
                Stage::Strike
            }
            Stage::SlowLink => {
                let kb_s = self.drill.slow_link.map_or(0, |(_, kb_s)| kb_s);
                self.world.perform(&Action::Link { kb_s })?;
                Stage::Strike
            }
            // What is looked at beforehand may take longer than planned; nothing strikes before that is done.
            Stage::Strike if self.drill.before.is_some() && self.at_work() => {
                self.fault_us += LOOK_US;
                Stage::Strike
            }
            Stage::Strike => {
                self.strike()?;
                Stage::End
            }
            Stage::End | Stage::Over => Stage::Over,
        };
        self.look();
        Ok(self.stage == Stage::Over)
    }

    /// How much of it is over, in thousandths of its virtual time.
    pub(crate) fn share_permille(&self) -> u64 {
        self.world.now_us().saturating_mul(1_000) / self.ends_us().max(1)
    }

    /// Both regions, as they are now.
    pub fn world(&self) -> &Regions {
        &self.world
    }

    /// When the disaster strikes.
    pub fn fault_us(&self) -> Micros {
        self.fault_us
    }

    /// The events so far, if they are kept.
    pub fn take_trace(&mut self) -> Vec<Event> {
        self.trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The report of what came of it, once it is over.
    pub fn report(&mut self) -> RunReport {
        measure::report(&[self.reading()], &Targets::default())
    }

    /// What came of it, once it is over.
    pub(super) fn reading(&mut self) -> Reading {
        let disaster = match (self.drill.strike, self.kind) {
            (Strike::Planned, _) => "planned",
            (Strike::Forced, _) | (_, Kind::Power) => "power",
            (_, Kind::Wiped) => "wiped",
            (_, Kind::Isolated) => "isolated",
        };
        let known = Known {
            scenario: self.drill.name,
            seed: self.seed,
            disaster,
            noticed: matches!(self.drill.strike, Strike::Disaster(_)),
            surprise: self.surprise.map(|surprise| surprise.word().to_owned()),
            ends_us: self.ends_us(),
            audit: self.world.audit(),
            cost_fen: self.cost_fen,
            digest: self.world.digest(),
            targets: self.terms.targets(self.drill),
        };
        std::mem::take(&mut self.watch).reading(known)
    }

    /// Whether the operator is busy.
    fn at_work(&self) -> bool {
        self.world.metric("runbook.running") == Some(1)
    }

    fn ends_us(&self) -> Micros {
        self.fault_us + self.drill.watched_us
    }

    fn look(&mut self) {
        let events = quorum_facade::united(self.world.take_events());
        events.iter().for_each(|event| self.watch.see(event));
        if let Some(trace) = &mut self.trace {
            trace.extend(events);
        }
    }

    fn begin(&mut self) -> Result<Stage, Refusal> {
        self.world.perform(&Action::Runbook(self.runbook.clone()))?;
        // Forgotten from the start; the others come when they hurt: right before the disaster.
        if self.surprise == Some(Surprise::MissingCollection) {
            self.world.perform(&Action::Surprise(Surprise::MissingCollection))?;
        }
        Ok(match (self.drill.before, self.drill.slow_link) {
            (Some(_), _) => Stage::Before,
            (None, Some(_)) => Stage::SlowLink,
            (None, None) => Stage::Strike,
        })
    }

    fn strike(&mut self) -> Result<(), Refusal> {
        if let Some(surprise) = self.surprise.filter(|surprise| *surprise != Surprise::MissingCollection) {
            self.world.perform(&Action::Surprise(surprise))?;
        }
        self.cost_fen = self.world.facts().cost.month;
        self.look();
        let settings = self.world.settings();
        let clients = [settings.clients_beijing, settings.clients_shanghai].map(|clients| clients as u32);
        self.watch.strike(self.fault_us, clients);
        match self.drill.strike {
            Strike::Disaster(_) => self.world.perform(&self.kind.action(PRIMARY)),
            Strike::Forced => {
                self.world.perform(&Kind::Power.action(PRIMARY))?;
                self.world.perform(&Action::Run(self.runbook.clone()))
            }
            Strike::Planned => self.world.perform(&Action::Run(self.runbook.clone())),
        }
    }
}
