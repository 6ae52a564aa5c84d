//! Plays many runs, in slices.
//!
//! A host with other work to do runs the batch for a limited number of scheduled events at a time; a host without runs
//! it to the end. Guarantees: the report does not depend on the slices, and at any time it covers the completed runs.
//! Leaves out: threads; two consecutive batches can be joined ([`Drilled::join`]).

use super::cluster::Cluster;
use super::disasters::{self, Disaster};
use super::leader::Leader;
use super::measure::{self, Played, Reading, downtime_by_failures};
use super::notes;
use super::plan::{self, Plan};
use super::region::Region;
use super::report::{Drilled, Grade, Line, Queries, RunReport, Spread, Survival};
use super::suites::{self, Suite};
use super::targets::Targets;
use quorum_facade::Event;
use quorum_facade::milvus::settings::Settings;
use quorum_types::Refusal;

/// How far a batch is, in failovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Failovers that are over.
    pub done: u64,
    /// How much of the one that is played is over, in thousandths of its virtual time; 0 where that is not known.
    pub within_permille: u64,
    /// All of them.
    pub total: u64,
    /// Whether nothing is left to do: all are over, or one could not be played ([`Batch::fault`]).
    pub over: bool,
}

/// A drill under way.
#[derive(Debug)]
pub struct Batch {
    plan: Plan,
    targets: Targets,
    subject: Subject,
    /// The run that is played next, from 0.
    run: u64,
    playing: Option<Playing>,
    /// What the failovers of this run came to.
    readings: Vec<Reading>,
    drilled: Drilled,
    /// Whether the sums are out of date.
    stale: bool,
    trace: Option<Vec<Event>>,
    fault: Option<Refusal>,
}

/// Where it is played.
#[derive(Debug)]
enum Subject {
    Lesson { set: Vec<(String, u64)> },
    Cluster { suites: &'static [Suite], settings: Box<Settings> },
    Regions { drills: &'static [Disaster] },
}

/// The failover that is played.
#[derive(Debug)]
enum Playing {
    Leader(Box<Leader>),
    Cluster(Box<Cluster>),
    Region(Box<Region>),
}

impl Batch {
    /// A batch of which nothing is played yet.
    pub fn new(plan: Plan) -> Result<Self, Refusal> {
        plan.check()?;
        let (targets, subject) = match disasters::drills(&plan.scenario) {
            // Each drill has targets of its own.
            Some(drills) => (Targets::default(), Subject::Regions { drills }),
            None => Subject::of_failovers(&plan)?,
        };
        let (scenario, seed) = (plan.scenario.clone(), plan.first_seed()?);
        Ok(Self {
            plan,
            targets,
            subject,
            run: 0,
            playing: None,
            readings: Vec::new(),
            drilled: Drilled { scenario, seed, ..Drilled::default() },
            stale: true,
            trace: None,
            fault: None,
        })
    }

    /// The same, and the events of its first run are kept.
    pub fn traced(mut self) -> Self {
        self.trace = Some(Vec::new());
        self
    }

    /// Continues for at most this many scheduled events.
    pub fn go(&mut self, max_events: u64) -> Progress {
        if !self.over()
            && let Err(refusal) = self.play(max_events)
        {
            self.fault = Some(refusal);
        }
        self.progress()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let parts = match &self.subject {
            Subject::Lesson { .. } => 1,
            Subject::Cluster { suites, .. } => suites.len() as u64,
            Subject::Regions { drills } => drills.len() as u64,
        };
        let done = self.run * parts + self.readings.len() as u64;
        let within_permille = match &self.playing {
            Some(Playing::Region(region)) => region.share_permille(),
            _ => 0,
        };
        Progress { done, within_permille, total: self.plan.runs * parts, over: self.over() }
    }

    /// The report of the runs that are over.
    pub fn report(&mut self) -> &Drilled {
        if self.stale {
            self.drilled.sum_up(&self.targets);
            self.stale = false;
        }
        &self.drilled
    }

    /// What it plays.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Why it ended before its time.
    pub fn fault(&self) -> Option<&Refusal> {
        self.fault.as_ref()
    }

    /// The events of the first run, one suite after the other; each begins at 0 again. Empty if they were not wanted.
    pub fn trace(&self) -> &[Event] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// Plays it to its end.
    pub fn finish(mut self) -> Result<(Drilled, Vec<Event>), Refusal> {
        while !self.go(u64::MAX).over {}
        self.report();
        match self.fault {
            Some(refusal) => Err(refusal),
            None => Ok((self.drilled, self.trace.unwrap_or_default())),
        }
    }

    fn over(&self) -> bool {
        self.fault.is_some() || self.run == self.plan.runs
    }

    fn play(&mut self, most: u64) -> Result<(), Refusal> {
        let mut playing = match self.playing.take() {
            Some(playing) => playing,
            None => self.next()?,
        };
        let played = match &mut playing {
            Playing::Leader(leader) => leader.go(most)?.map(read),
            Playing::Cluster(cluster) => cluster.go(most)?.map(read),
            Playing::Region(region) => region.go(most)?.then(|| (region.reading(), region.take_trace())),
        };
        let goes_on = match (&mut playing, &played) {
            (_, None) => true,
            (Playing::Cluster(cluster), Some(_)) if cluster.more() => {
                cluster.next();
                true
            }
            (_, Some(_)) => false,
        };
        self.playing = goes_on.then_some(playing);
        if let Some((reading, events)) = played {
            self.note(reading, events);
        }
        Ok(())
    }

    fn next(&self) -> Result<Playing, Refusal> {
        let seed = self.drilled.seed + self.run;
        Ok(match &self.subject {
            Subject::Lesson { set } => {
                let lab = plan::open_lesson(&self.plan.scenario, Some(seed), set)?;
                Playing::Leader(Box::new(Leader::new(lab)))
            }
            Subject::Cluster { suites, settings } => {
                // Several share a cluster, or each has its own.
                let shared = suites::shared(&self.plan.scenario);
                let at = self.readings.len();
                let played = if shared { Some(*suites) } else { suites.get(at..=at) };
                let begins_us = suites::begins_us(&self.plan.scenario);
                let played = played.unwrap_or_default();
                Playing::Cluster(Box::new(Cluster::new(played, begins_us, seed, (**settings).clone())))
            }
            Subject::Regions { drills } => {
                let drill = drills.get(self.readings.len()).unwrap_or(&disasters::DISASTERS[0]);
                let traced = self.trace.is_some() && self.run == 0;
                let Plan { set, runbook, .. } = &self.plan;
                Playing::Region(Box::new(Region::new(drill, seed, set, runbook.as_deref(), traced)?))
            }
        })
    }

    fn note(&mut self, reading: Reading, events: Vec<Event>) {
        self.readings.push(reading);
        if let Some(trace) = self.trace.as_mut().filter(|_| self.run == 0) {
            trace.extend(events);
        }
        let progress = self.progress();
        if progress.done * self.plan.runs >= progress.total * (self.run + 1) {
            let report = measure::report(&self.readings, &self.targets);
            self.readings.clear();
            self.drilled.runs.push(report);
            self.run += 1;
            self.stale = true;
        }
    }
}

impl Subject {
    fn of_failovers(plan: &Plan) -> Result<(Targets, Self), Refusal> {
        let (targets, set) = Targets::split(&plan.set)?;
        let subject = match suites::parts(&plan.scenario) {
            Some(suites) => Self::Cluster { suites, settings: Box::new(plan::cluster_settings(&set)?) },
            None => Self::Lesson { set },
        };
        Ok((targets, subject))
    }
}

fn read(played: Played) -> (Reading, Vec<Event>) {
    (measure::read(&played), played.events)
}

impl Drilled {
    /// This drill and one that goes on where it ends, of the same plan.
    pub fn join(mut self, next: Self, plan: &Plan) -> Result<Self, Refusal> {
        let targets = plan.targets()?;
        self.runs.extend(next.runs);
        self.sum_up(&targets);
        Ok(self)
    }

    /// Brings the figures over all runs up to the runs.
    pub(super) fn sum_up(&mut self, targets: &Targets) {
        self.notes = notes::beside(self);
        let Some(parts) = names(&self.scenario) else {
            self.rto = Spread::of(self.runs.iter().filter_map(|run| run.rto_ms).collect());
            return;
        };
        let runs: Vec<&RunReport> = self.runs.iter().collect();
        let mut sum = line(&self.scenario, &runs, targets);
        self.suites.clear();
        if parts.len() > 1 {
            for (at, name) in parts.into_iter().enumerate() {
                let of_suite: Vec<&RunReport> =
                    self.runs.iter().filter_map(|run| Some(&run.parts.get(at)?.run)).collect();
                self.suites.push(line(name, &of_suite, targets));
            }
            // All failovers, not the longest of every run.
            let failovers: Vec<&RunReport> =
                self.runs.iter().flat_map(|run| &run.parts).map(|part| &part.run).collect();
            let all = line(&self.scenario, &failovers, targets);
            sum.rto = all.rto;
            sum.survival = all.survival;
            sum.downtime_min_per_month_by_failures = all.downtime_min_per_month_by_failures;
        }
        self.rto.clone_from(&sum.rto);
        self.sum = Some(sum);
    }
}

/// The names of what a run plays; none for the lesson's.
fn names(scenario: &str) -> Option<Vec<&'static str>> {
    let suites = || suites::parts(scenario).map(|parts| parts.iter().map(|suite| suite.name).collect());
    disasters::drills(scenario).map(|drills| drills.iter().map(|drill| drill.name).collect()).or_else(suites)
}

/// What came of disasters; none of what is none.
fn survival(runs: &[&RunReport], rto: Option<&Spread>) -> Option<Survival> {
    let costs: Vec<u64> = runs.iter().filter_map(|run| run.cost_fen).collect();
    if costs.is_empty() {
        return None;
    }
    let survived = runs.iter().filter(|run| run.met()).count() as u64;
    Some(Survival {
        survived,
        rate: survived as f64 / runs.len() as f64,
        rto_p50_ms: rto.map(|rto| rto.median),
        rto_p95_ms: rto.map(|rto| rto.p95),
        worst_rpo_ms: runs.iter().filter_map(|run| run.rpo.ms).fold(0.0, f64::max),
        mean_cost_fen: costs.iter().map(|cost| *cost as f64).sum::<f64>() / costs.len() as f64,
    })
}

/// Runs in a line.
pub(super) fn line(scenario: &str, runs: &[&RunReport], targets: &Targets) -> Line {
    let sum = |figure: fn(&RunReport) -> u64| runs.iter().map(|run| figure(run)).sum::<u64>();
    let queries = Queries::of(sum(|run| run.queries.total), sum(|run| run.queries.ok));
    let mut missed: Vec<(String, u64)> = Vec::new();
    for target in runs.iter().flat_map(|run| &run.targets) {
        let at = missed.iter().position(|(name, _)| *name == target.name).unwrap_or_else(|| {
            missed.push((target.name.clone(), 0));
            missed.len() - 1
        });
        missed[at].1 += u64::from(!target.is_met());
    }
    let returned = runs.iter().all(|run| run.downtime_min_per_month_by_failures.is_some());
    let times = runs.iter().filter_map(|run| run.rto_ms).collect();
    let rto =
        if disasters::drills(scenario).is_some() { Spread::of_disasters(times) } else { Spread::of(times) };
    let mean_ms = runs.iter().map(|run| run.rto_ms.unwrap_or(0.0)).sum::<f64>() / runs.len().max(1) as f64;
    let failures = targets.failures_per_month;
    Line {
        scenario: scenario.to_owned(),
        runs: runs.len() as u64,
        met: runs.iter().filter(|run| run.met()).count() as u64,
        missed,
        queries,
        acknowledged: sum(|run| run.rpo.acknowledged),
        lost: runs.iter().map(|run| run.rpo.lost()).sum(),
        availability: queries.success_rate,
        nines: queries.nines(),
        downtime_min_per_year: queries.downtime_min_per_year(),
        failures_per_month: failures,
        downtime_min_per_month_by_failures: returned.then(|| downtime_by_failures(mean_ms, failures)),
        survival: survival(runs, rto.as_ref()),
        rto,
        grade: Grade::of(&queries),
        total_time_ms: runs.iter().map(|run| run.total_time_ms).sum(),
    }
}
