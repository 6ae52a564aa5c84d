//! The summary of a report that a page shows, for any number of runs.
//!
//! Guarantees: every figure is one of the report's, or a mean of them; runs that missed a target and lost writes are
//! listed up to a limit, and counted beyond it. Leaves out: the individual runs, which stay where they were played, but
//! for the figures that a cell shows (`cells`).

use serde::{Deserialize, Serialize};

use super::batch::line;
use super::beside::Beside;
use super::cells::{Cell, cells};
use super::names::PHASES;
use super::plan::Plan;
use super::report::{Drilled, Line, LostWrite, PhaseMs, RunReport, StepReport};
use super::targets::Targets;
use quorum_types::Refusal;

/// Number of runs that missed a target which are listed.
const NAMED_RUNS: usize = 100;
/// Number of lost writes which are listed.
const NAMED_LOSSES: usize = 50;
/// Number of disaster logs which are shown.
const NAMED_LOGS: usize = 20;

/// A report in brief.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// The scenario.
    pub scenario: String,
    /// The first run's seed.
    pub seed: u64,
    /// The settings that were changed, targets among them.
    pub set: Vec<(String, u64)>,
    /// A row a suite, and last all of it; one row where there is one suite.
    pub rows: Vec<Row>,
    /// The targets and how many runs missed them.
    pub targets: Vec<Missed>,
    /// The phases of the RTO: of one failover its own, of several the means, which add up to the mean RTO.
    pub phases: Vec<PhaseMs>,
    /// Failovers in which a client saw an error and service came back: the ones that the phases cover.
    pub outages: u64,
    /// The first runs that missed a target.
    pub short: Vec<Short>,
    /// All runs that did.
    pub short_runs: u64,
    /// The first lost writes.
    pub lost: Vec<Lost>,
    /// Of one run the log of each of its disasters, of several those of the first disasters that missed a target.
    pub logs: Vec<Log>,
    /// The course's figures with ours beside them.
    pub notes: Vec<Beside>,
    /// How much of the time the clusters were given to recover between tests.
    pub wait_ms: f64,
    /// The first failovers, each on its own.
    #[serde(default)]
    pub cells: Vec<Cell>,
}

/// What happened in one disaster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// The drill.
    pub scenario: String,
    /// The run's seed.
    pub seed: u64,
    /// What struck.
    pub disaster: String,
    /// The hidden surprises.
    pub surprise: Option<String>,
    /// Whether it was felt.
    pub surprise_felt: bool,
    /// Its RTO; `None` if no client saw an error or service did not come back.
    pub rto_ms: Option<f64>,
    /// Its RPO.
    pub rpo_ms: f64,
    /// The phases of the RTO.
    pub phases: Vec<PhaseMs>,
    /// Acknowledged writes that are lost.
    pub lost: u64,
    /// What a month costs, in fen.
    pub cost_fen: u64,
    /// Whether every target was met.
    pub met: bool,
    /// The drill's log.
    pub steps: Vec<StepReport>,
}

/// A line of figures with the latency that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The figures.
    pub line: Line,
    /// Mean latency of the requests that were answered, milliseconds.
    pub latency_ms: f64,
}

/// A target over all runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Missed {
    /// Its name, as in [`super::report::Target`].
    pub name: String,
    /// Its bound, in the unit of [`super::report::Target`].
    pub limit: f64,
    /// The worst value; none where service did not come back.
    pub worst: Option<f64>,
    /// How many runs missed it.
    pub missed: u64,
}

/// A run that missed a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Short {
    /// Its seed.
    pub seed: u64,
    /// Its RTO; `None` if no client saw an error or service did not come back.
    pub rto_ms: Option<f64>,
    /// Requests that failed.
    pub failed: u64,
    /// Acknowledged writes that are lost.
    pub lost: u64,
    /// The names of the targets that it missed.
    pub missed: Vec<String>,
}

/// A lost write and the run that lost it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The run's seed.
    pub seed: u64,
    /// The write.
    pub id: u64,
    /// How it was lost.
    pub died: String,
}

impl Brief {
    /// The brief of a plan's report.
    pub fn of(drilled: &Drilled, plan: &Plan) -> Result<Self, Refusal> {
        let targets = plan.targets()?;
        let failovers: Vec<&RunReport> = drilled.runs.iter().flat_map(failovers).collect();
        let (phases, outages) = phases(&failovers);
        let short = drilled.runs.iter().filter(|run| !run.met());
        let lost = drilled.runs.iter().flat_map(|run| run.rpo.writes().iter().map(|write| (run.seed, write)));
        Ok(Self {
            scenario: drilled.scenario.clone(),
            seed: drilled.seed,
            set: plan.set.clone(),
            rows: rows(drilled, &targets),
            targets: missed(&drilled.runs),
            phases,
            outages,
            short_runs: short.clone().count() as u64,
            short: short.take(NAMED_RUNS).map(Short::of).collect(),
            lost: lost.take(NAMED_LOSSES).map(|(seed, write)| Lost::of(seed, write)).collect(),
            logs: logs(drilled),
            notes: drilled.notes.clone(),
            wait_ms: drilled.runs.iter().map(|run| run.wait_ms).sum(),
            cells: cells(drilled, plan)?,
        })
    }

    /// The row of all runs together.
    pub fn all(&self) -> Option<&Row> {
        self.rows.last()
    }
}

impl Short {
    fn of(run: &RunReport) -> Self {
        let missed = run.targets.iter().filter(|target| !target.is_met()).map(|target| target.name.clone());
        Self {
            seed: run.seed,
            rto_ms: run.rto_ms,
            failed: run.queries.failed,
            // Only the lab's own runs are listed here, and of these it is always known.
            lost: run.rpo.lost().unwrap_or(0),
            missed: missed.collect(),
        }
    }
}

impl Log {
    /// Of a disaster; none of what is none.
    fn of(scenario: &str, run: &RunReport) -> Option<Self> {
        Some(Self {
            scenario: scenario.to_owned(),
            seed: run.seed,
            disaster: run.disaster.clone()?,
            surprise: run.surprise.clone(),
            surprise_felt: run.surprise_felt,
            rto_ms: run.rto_ms,
            rpo_ms: run.rpo.ms?,
            phases: run.rto_phases.clone(),
            lost: run.rpo.lost()?,
            cost_fen: run.cost_fen?,
            met: run.met(),
            steps: run.steps.clone(),
        })
    }
}

fn logs(drilled: &Drilled) -> Vec<Log> {
    let single = drilled.runs.len() == 1;
    let mut logs = Vec::new();
    for run in &drilled.runs {
        let parts = run.parts.iter().map(|part| (part.scenario.as_str(), &part.run));
        let alone = (drilled.scenario.as_str(), run);
        for (scenario, run) in parts.chain(run.parts.is_empty().then_some(alone)) {
            if logs.len() < NAMED_LOGS && (single || !run.met()) {
                logs.extend(Log::of(scenario, run));
            }
        }
    }
    logs
}

impl Lost {
    fn of(seed: u64, write: &LostWrite) -> Self {
        Self { seed, id: write.id, died: write.died.clone() }
    }
}

/// The failovers of a run: its suites, where it is several.
fn failovers(run: &RunReport) -> Vec<&RunReport> {
    if run.parts.is_empty() { vec![run] } else { run.parts.iter().map(|part| &part.run).collect() }
}

fn rows(drilled: &Drilled, targets: &Targets) -> Vec<Row> {
    let all: Vec<&RunReport> = drilled.runs.iter().collect();
    let mut rows = Vec::with_capacity(drilled.suites.len() + 1);
    for (at, of_suite) in drilled.suites.iter().enumerate() {
        let runs = all.iter().filter_map(|run| Some(&run.parts.get(at)?.run));
        rows.push(Row { line: of_suite.clone(), latency_ms: latency_ms(runs) });
    }
    let sum = drilled.sum.clone().unwrap_or_else(|| line(&drilled.scenario, &all, targets));
    rows.push(Row { line: sum, latency_ms: latency_ms(all.into_iter()) });
    rows
}

/// The mean over all requests that were answered.
fn latency_ms<'a>(runs: impl Iterator<Item = &'a RunReport>) -> f64 {
    let (mut sum, mut ok) = (0.0, 0);
    for run in runs {
        sum += run.latency_ms.mean * run.queries.ok as f64;
        ok += run.queries.ok;
    }
    if ok == 0 { 0.0 } else { sum / ok as f64 }
}

/// Every target with its worst value: the largest, of success the smallest, and none where one run has none.
fn missed(runs: &[RunReport]) -> Vec<Missed> {
    let Some(first) = runs.first() else { return Vec::new() };
    let of = |(at, target): (usize, &super::report::Target)| {
        let all = || runs.iter().filter_map(move |run| run.targets.get(at));
        let least = target.name == "success_rate";
        let worse = |a: f64, b: f64| if least { a.min(b) } else { a.max(b) };
        let begin = if least { 1.0 } else { 0.0 };
        Missed {
            name: target.name.clone(),
            limit: target.limit,
            worst: all().try_fold(begin, |worst, target| Some(worse(worst, target.value?))),
            missed: all().filter(|target| !target.is_met()).count() as u64,
        }
    };
    first.targets.iter().enumerate().map(of).collect()
}

/// The mean phases of the failovers that have an RTO, and how many these are.
fn phases(failovers: &[&RunReport]) -> (Vec<PhaseMs>, u64) {
    let timed: Vec<&&RunReport> = failovers.iter().filter(|run| run.rto_ms.is_some()).collect();
    let mut means = Vec::new();
    for (phase, _) in PHASES {
        let of_phase = timed.iter().flat_map(|run| &run.rto_phases).filter(|timed| timed.phase == phase);
        let ms: f64 = of_phase.map(|timed| timed.ms).sum();
        if ms > 0.0 {
            means.push(PhaseMs { phase, ms: ms / timed.len() as f64 });
        }
    }
    (means, timed.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;

    fn check(scenario: &str, runs: u64, set: &[(&str, u64)]) -> (Brief, Drilled) {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let plan = Plan { scenario: scenario.to_owned(), seed: Some(11), runs, set, runbook: None };
        let drilled = Batch::new(plan.clone()).and_then(Batch::finish).expect("drills").0;
        (Brief::of(&drilled, &plan).expect("a plan"), drilled)
    }

    #[test]
    fn one_run_is_shown_as_it_is() {
        let (brief, drilled) = check("failover-coordinator", 1, &[]);
        let run = &drilled.runs[0];
        assert_eq!(brief.rows.len(), 1);
        assert!((brief.rows[0].latency_ms - run.latency_ms.mean).abs() < 1e-9);
        assert_eq!(brief.outages, 1);
        let felt: Vec<PhaseMs> = run.rto_phases.iter().copied().filter(|timed| timed.ms > 0.0).collect();
        assert_eq!(brief.phases, felt);
        let worst: Vec<Option<f64>> = brief.targets.iter().map(|target| target.worst).collect();
        assert_eq!(worst, run.targets.iter().map(|target| target.value).collect::<Vec<_>>());
    }

    #[test]
    fn the_mean_phases_add_up_to_the_mean_rto() {
        let (brief, drilled) = check("failover-all", 2, &[]);
        assert_eq!(brief.rows.len(), 8);
        let rto = drilled.rto.expect("an outage");
        let sum: f64 = brief.phases.iter().map(|timed| timed.ms).sum();
        assert!((sum - rto.mean).abs() < 1e-6, "{sum} against {}", rto.mean);
        let ok: u64 = brief.rows[..7].iter().map(|row| row.line.queries.ok).sum();
        assert_eq!(brief.all().map(|row| row.line.queries.ok), Some(ok));
    }

    #[test]
    fn what_missed_is_named_up_to_a_bound_and_counted_beyond() {
        let (brief, drilled) = check("failover-proxy", 3, &[("rto_target_ms", 1)]);
        assert_eq!((brief.short_runs, brief.short.len()), (3, 3));
        assert!(brief.short.iter().all(|run| run.missed == ["rto"]), "{:?}", brief.short);
        let plan = Plan {
            scenario: "failover-proxy".to_owned(),
            seed: Some(11),
            runs: 3,
            set: Vec::new(),
            runbook: None,
        };
        let runs = vec![drilled.runs[0].clone(); 150];
        let many = Brief::of(&Drilled { runs, ..drilled }, &plan).expect("a plan");
        assert_eq!((many.short_runs, many.short.len()), (150, NAMED_RUNS));
    }

    #[test]
    fn lost_writes_are_named_with_their_run() {
        let (brief, drilled) = check("failover-partition", 2, &[("fencing", 0)]);
        let named =
            drilled.runs.iter().flat_map(|run| run.rpo.writes().iter().map(|write| (run.seed, write.id)));
        let named: Vec<(u64, u64)> = named.take(NAMED_LOSSES).collect();
        assert!(!named.is_empty());
        assert_eq!(brief.lost.iter().map(|lost| (lost.seed, lost.id)).collect::<Vec<_>>(), named);
    }

    #[test]
    fn nothing_played_is_nothing_reported() {
        let plan = Plan {
            scenario: "failover-proxy".to_owned(),
            seed: Some(1),
            runs: 3,
            set: Vec::new(),
            runbook: None,
        };
        let drilled = Batch::new(plan.clone()).expect("a plan").report().clone();
        let brief = Brief::of(&drilled, &plan).expect("a plan");
        assert_eq!((brief.outages, brief.short_runs, brief.targets.len()), (0, 0, 0));
        assert_eq!(brief.all().map(|row| row.line.runs), Some(0));
    }
}
