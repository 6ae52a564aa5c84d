//! Drills: a scenario played headless, measured from its events as anyone who has the trace could.
//!
//! Promises: run k of N uses seed S+k; every figure but the phases is computed here from the events and the rows
//! that are left, not taken from the lab's own meters. Leaves out: the wall clock.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::lab::{Answer, Command, Event, EventKind, Lab, OpStatus, PhaseTime, RunConfig, SETTINGS};
use crate::types::{Micros, NodeId, Refusal, Rng, SECOND};

/// The scenarios.
pub const SCENARIOS: [&str; 1] = ["kill-the-leader"];
/// Most runs of one drill.
const MAX_RUNS: u64 = 100_000;
/// The fault comes up to a second after this many writes were acknowledged.
const WRITES_FIRST: usize = 10;
/// A replica set that has not got that far by then is not drilled.
const START_US: Micros = 600 * SECOND;
/// A run is observed for so long after the fault.
const OBSERVED_US: Micros = 60 * SECOND;
/// The course's targets (note 2).
const RTO_TARGET_MS: f64 = 15_000.0;
const FAILED_TARGET: f64 = 10.0;

/// What to drill.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The first run's seed; the lesson's own if left out.
    pub seed: Option<u64>,
    /// How many runs.
    pub runs: u64,
    /// Settings by name.
    pub set: Vec<(String, u64)>,
}

/// A drill's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drilled {
    /// The scenario.
    pub scenario: String,
    /// The first run's seed.
    pub seed: u64,
    /// The runs.
    pub runs: Vec<RunReport>,
    /// RTO over all runs that had an outage; none if none had.
    pub rto: Option<Spread>,
}

/// A run's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// Its seed.
    pub seed: u64,
    /// The requests.
    pub queries: Queries,
    /// Latency of the good ones.
    pub latency_ms: Latency,
    /// From the fault to the first good answer after service was lost.
    pub rto_ms: Option<f64>,
    /// From the end of the first failed request to the end of the next good one.
    pub client_rto_ms: Option<f64>,
    /// The parts of the RTO.
    pub rto_phases: Vec<PhaseMs>,
    /// What was lost.
    pub rpo: Rpo,
    /// Share of good requests.
    pub availability: f64,
    /// How many nines that is; none for all of them.
    pub nines: Option<f64>,
    /// Scaled to a year, as the course does it: as if every window of this length had such a failure.
    pub downtime_min_per_year: f64,
    /// The targets.
    pub targets: Vec<Target>,
    /// The digest of every event.
    pub digest: String,
}

/// Requests, counted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Queries {
    /// All that ended.
    pub total: u64,
    /// Acknowledged.
    pub ok: u64,
    /// Failed, or of unknown outcome.
    pub failed: u64,
    /// ok ÷ total.
    pub success_rate: f64,
}

/// Latencies, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// A phase, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PhaseMs {
    /// Which.
    pub phase: crate::lab::Phase,
    /// Its length.
    pub ms: f64,
}

/// What was lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rpo {
    /// Age of the oldest lost write when the fault came; 0 when nothing is lost.
    pub ms: f64,
    /// Writes acknowledged.
    pub acknowledged: u64,
    /// Acknowledged writes that are gone.
    pub lost_writes: Vec<LostWrite>,
}

/// A lost write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LostWrite {
    /// Its number.
    pub id: u64,
    /// Where it was lost.
    pub died: String,
}

/// A target and whether it was met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// The bound; the value has to be below it, and for `lost` equal to it.
    pub limit: f64,
    /// The value; none where service never came back.
    pub value: Option<f64>,
    /// Whether it was met.
    pub met: bool,
}

/// A figure over all runs, milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Least.
    pub min: f64,
    /// Most.
    pub max: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// The course's bins: from, to (none: open), how many.
    pub histogram: Vec<(u64, Option<u64>, u64)>,
}

/// A setting as `--settings` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SettingValue {
    /// Its name.
    pub name: &'static str,
    /// Its value in this scenario.
    pub value: u64,
    /// Its unit.
    pub unit: &'static str,
    /// The least that is taken.
    pub min: u64,
    /// The most that is taken.
    pub max: u64,
    /// Where the default comes from.
    pub source: &'static str,
}

/// The settings of a scenario.
pub fn settings(scenario: &str) -> Result<Vec<SettingValue>, Refusal> {
    let lab = open(scenario, None, &[])?;
    let value = |setting: &crate::lab::Setting| SettingValue {
        name: setting.name,
        value: lab.setting(setting.name).unwrap_or(setting.default),
        unit: setting.unit,
        min: setting.min,
        max: setting.max,
        source: setting.source,
    };
    Ok(SETTINGS.iter().map(value).collect())
}

/// Drills; the events of the first run where they are wanted.
pub fn run(plan: &Plan, traced: bool) -> Result<(Drilled, Vec<Event>), Refusal> {
    if plan.runs == 0 || plan.runs > MAX_RUNS {
        return Err(Refusal::new("bad_runs", format!("--runs takes 1 to {MAX_RUNS}")));
    }
    let mut drilled = Drilled { scenario: plan.scenario.clone(), seed: 0, runs: Vec::new(), rto: None };
    let mut trace = Vec::new();
    for k in 0..plan.runs {
        let lab = open(
            &plan.scenario,
            plan.seed.map(|seed| seed.saturating_add(k)).or((k > 0).then_some(drilled.seed + k)),
            &plan.set,
        )?;
        let (report, events) = kill_the_leader(lab)?;
        if k == 0 {
            drilled.seed = report.seed;
            if traced {
                trace = events;
            }
        }
        drilled.runs.push(report);
    }
    let mut rtos: Vec<f64> = drilled.runs.iter().filter_map(|run| run.rto_ms).collect();
    drilled.rto = spread(&mut rtos);
    Ok((drilled, trace))
}

fn open(scenario: &str, seed: Option<u64>, set: &[(String, u64)]) -> Result<Lab, Refusal> {
    let lesson =
        crate::lesson::find(scenario).filter(|_| SCENARIOS.contains(&scenario)).ok_or_else(|| {
            let error = format!("there is no scenario “{scenario}”; there are {}", SCENARIOS.join(", "));
            Refusal::new("unknown_scenario", error)
        })?;
    let config = RunConfig {
        lesson: Some(lesson.slug.clone()),
        topology: None,
        seed: seed.unwrap_or(lesson.seed),
        kept: false,
        lang: "en".to_owned(),
    };
    Lab::open_with(config, None, set)
}

/// The lesson's deed: when everything works, the leader loses its power and stays dead.
fn kill_the_leader(mut lab: Lab) -> Result<(RunReport, Vec<Event>), Refusal> {
    let seed = lab.snapshot().seed;
    let mut events = Vec::new();
    let good = |event: &Event| matches!(event.kind, EventKind::OpEnd { status: OpStatus::Ok, .. });
    while events.iter().filter(|event| good(event)).count() < WRITES_FIRST && lab.now_us() < START_US {
        let until = lab.now_us() + SECOND;
        advance(&mut lab, until, &mut events);
    }
    let fault_us = lab.now_us() + Rng::new(seed, u64::MAX).below(SECOND);
    advance(&mut lab, fault_us, &mut events);
    let leader = acting_leader(&events).ok_or_else(|| {
        Refusal::new("no_leader", format!("seed {seed}: no leader after {} s", START_US / SECOND))
    })?;
    lab.execute(1, Command::Kill { node: leader, torn_bytes: 0 });
    advance(&mut lab, fault_us + OBSERVED_US, &mut events);
    let rows = rows_left(&mut lab, &mut events);
    Ok((report(&lab, seed, fault_us, &events, &rows), events))
}

fn advance(lab: &mut Lab, until_us: Micros, events: &mut Vec<Event>) {
    lab.advance(until_us, u32::MAX);
    events.extend(lab.take_events());
}

fn acting_leader(events: &[Event]) -> Option<NodeId> {
    events.iter().rev().find(|event| matches!(event.kind, EventKind::BecameLeader { .. }))?.node
}

/// The writes whose rows the replica set can still show.
fn rows_left(lab: &mut Lab, events: &mut Vec<Event>) -> BTreeSet<u64> {
    // Writes are numbered from 1.
    let query = Command::query("id > 0", &[], None);
    lab.execute(2, query);
    events.extend(lab.take_events());
    let answers = lab.take_answers();
    let rows = answers.into_iter().find_map(|(ticket, answer)| match answer {
        Answer::Rows { rows, .. } if ticket == 2 => Some(rows),
        _ => None,
    });
    rows.unwrap_or_default().iter().filter_map(|row| u64::try_from(row.int("id")?).ok()).collect()
}

/// An operation's end.
struct Ended {
    t_us: Micros,
    op: u64,
    status: OpStatus,
    took_us: Micros,
}

fn report(lab: &Lab, seed: u64, fault_us: Micros, events: &[Event], rows: &BTreeSet<u64>) -> RunReport {
    let ended: Vec<Ended> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::OpEnd { op, status, took_us } => Some(Ended { t_us: event.t_us, op, status, took_us }),
            _ => None,
        })
        .collect();
    let total = ended.len() as u64;
    let ok = ended.iter().filter(|end| end.status == OpStatus::Ok).count() as u64;
    let success_rate = if total == 0 { 1.0 } else { ok as f64 / total as f64 };
    let first_failed = ended.iter().find(|end| end.t_us >= fault_us && end.status != OpStatus::Ok);
    let restored = first_failed
        .and_then(|failed| ended.iter().find(|end| end.t_us > failed.t_us && end.status == OpStatus::Ok));
    let rto_ms = restored.map(|end| ms(end.t_us - fault_us));
    let client_rto_ms = first_failed.zip(restored).map(|(failed, end)| ms(end.t_us - failed.t_us));
    let rpo = rpo(&ended, fault_us, rows);
    let availability = success_rate;
    RunReport {
        seed,
        queries: Queries { total, ok, failed: total - ok, success_rate },
        latency_ms: latency(&ended),
        rto_ms,
        client_rto_ms,
        rto_phases: phases(events, fault_us),
        targets: targets(first_failed.is_some(), rto_ms, total - ok, rpo.lost_writes.len()),
        rpo,
        availability,
        nines: (availability < 1.0).then(|| -(1.0 - availability).log10()),
        downtime_min_per_year: (1.0 - availability) * 365.0 * 24.0 * 60.0,
        digest: lab.digest(),
    }
}

fn phases(events: &[Event], fault_us: Micros) -> Vec<PhaseMs> {
    let found = events.iter().find_map(|event| match &event.kind {
        EventKind::ServiceRestored { phases, .. } if event.t_us >= fault_us => Some(phases),
        _ => None,
    });
    let to_ms = |phase: &PhaseTime| PhaseMs { phase: phase.phase, ms: ms(phase.us) };
    found.map(|phases| phases.iter().map(to_ms).collect()).unwrap_or_default()
}

fn targets(lost_service: bool, rto_ms: Option<f64>, failed: u64, lost: usize) -> Vec<Target> {
    let rto = if lost_service { rto_ms } else { Some(0.0) };
    vec![
        Target {
            name: "rto",
            limit: RTO_TARGET_MS,
            value: rto,
            met: rto.is_some_and(|rto| rto < RTO_TARGET_MS),
        },
        Target {
            name: "failed",
            limit: FAILED_TARGET,
            value: Some(failed as f64),
            met: (failed as f64) < FAILED_TARGET,
        },
        Target { name: "lost", limit: 0.0, value: Some(lost as f64), met: lost == 0 },
    ]
}

fn rpo(ended: &[Ended], fault_us: Micros, rows: &BTreeSet<u64>) -> Rpo {
    let acknowledged: Vec<&Ended> = ended.iter().filter(|end| end.status == OpStatus::Ok).collect();
    let lost: Vec<&&Ended> = acknowledged.iter().filter(|end| !rows.contains(&end.op)).collect();
    let oldest = lost.iter().map(|end| fault_us.saturating_sub(end.t_us)).max();
    Rpo {
        ms: oldest.map_or(0.0, ms),
        acknowledged: acknowledged.len() as u64,
        lost_writes: lost
            .iter()
            .map(|end| LostWrite { id: end.op, died: "acknowledged, yet no node shows it".to_owned() })
            .collect(),
    }
}

fn latency(ended: &[Ended]) -> Latency {
    let good = ended.iter().filter(|end| end.status == OpStatus::Ok);
    let mut took: Vec<f64> = good.map(|end| ms(end.took_us)).collect();
    took.sort_by(f64::total_cmp);
    if took.is_empty() {
        return Latency::default();
    }
    Latency {
        mean: took.iter().sum::<f64>() / took.len() as f64,
        p50: percentile(&took, 50),
        p95: percentile(&took, 95),
        p99: percentile(&took, 99),
    }
}

fn spread(values: &mut [f64]) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    let (min, max) = (*values.first()?, *values.last()?);
    let bins = [
        (0, Some(5_000)),
        (5_000, Some(10_000)),
        (10_000, Some(15_000)),
        (15_000, Some(30_000)),
        (30_000, None),
    ];
    let within = |from: u64, to: Option<u64>| {
        let inside = |value: &&f64| **value >= from as f64 && to.is_none_or(|to| **value < to as f64);
        values.iter().filter(inside).count() as u64
    };
    Some(Spread {
        mean: values.iter().sum::<f64>() / values.len() as f64,
        median: percentile(values, 50),
        min,
        max,
        p95: percentile(values, 95),
        p99: percentile(values, 99),
        histogram: bins.into_iter().map(|(from, to)| (from, to, within(from, to))).collect(),
    })
}

/// The nearest-rank percentile of ascending values.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}

fn ms(us: Micros) -> f64 {
    us as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lab's own meter and this module read the same events in two ways; they must agree.
    #[test]
    fn the_meter_agrees_with_an_independent_reading_in_many_failovers() {
        let plan = Plan { scenario: SCENARIOS[0].to_owned(), seed: Some(100), runs: 40, set: Vec::new() };
        let (drilled, _) = run(&plan, false).expect("drills");
        let mut outages = 0;
        for run in &drilled.runs {
            if let Some(rto_ms) = run.rto_ms {
                let sum: f64 = run.rto_phases.iter().map(|phase| phase.ms).sum();
                assert!((sum - rto_ms).abs() < 1e-6, "seed {}: {sum} against {rto_ms}", run.seed);
                outages += 1;
            }
            assert!(run.rpo.lost_writes.is_empty(), "seed {}", run.seed);
        }
        assert_eq!(outages, 40, "every failover is felt by some request");
    }

    #[test]
    fn percentiles_are_nearest_rank() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!([50, 95, 99, 100].map(|p| percentile(&values, p)), [100.0, 190.0, 198.0, 200.0]);
        assert_eq!(percentile(&[], 50), 0.0);
    }
}
