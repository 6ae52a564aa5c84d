//! From the events of a run to its report.
//!
//! Promises: requests, RTO, latencies and losses are computed here, from what anyone who has the trace could read; only
//! the phases are the world's own (its meter tells them with `service_restored`). What the world's audit misses and no
//! event tells of counts as lost too. Leaves out: playing (`leader`, `cluster`, `region`), reading two regions
//! (`measure_regions`), summing over runs (`batch`).

use super::plan::Targets;
use super::report::{Latency, LostWrite, Part, PhaseMs, Queries, Rpo, RunReport, StepReport, Target};
use crate::lab::{Event, EventKind, OpStatus, PhaseTime};
use crate::types::{Micros, NodeId};

/// The step of a write in which the root coordinator gives it its timestamp.
const TIMESTAMP_STEP: u32 = 2;

/// What was played.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) scenario: &'static str,
    pub(super) seed: u64,
    pub(super) fault_us: Micros,
    pub(super) events: Vec<Event>,
    pub(super) left: Left,
    pub(super) digest: String,
}

/// What the world itself says of the acknowledged rows, when all is over.
#[derive(Clone, Debug)]
pub(super) enum Left {
    /// A replica set: the writes whose rows it can show, ascending.
    Shown(Vec<u64>),
    /// A Milvus cluster: the acknowledged rows that no reader will ever see.
    Missed(Vec<i64>),
}

/// What is read from the events of one failover.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) scenario: &'static str,
    pub(super) seed: u64,
    pub(super) queries: Queries,
    pub(super) took_ms: Vec<f64>,
    /// Whether a request failed after the fault.
    pub(super) felt: bool,
    pub(super) rto_ms: Option<f64>,
    pub(super) client_rto_ms: Option<f64>,
    pub(super) phases: Vec<PhaseMs>,
    pub(super) rpo: Rpo,
    pub(super) digest: String,
    /// What only the drill of a disaster has.
    pub(super) disaster: Option<Struck>,
}

/// What a disaster drill has besides.
#[derive(Clone, Debug)]
pub(super) struct Struck {
    pub(super) targets: Targets,
    /// Whether the world is served at the end.
    pub(super) serving: bool,
    /// The word of the disaster.
    pub(super) kind: String,
    pub(super) cost_fen: u64,
    pub(super) surprise: Option<String>,
    /// Surprises that were felt.
    pub(super) felt: Vec<String>,
    pub(super) steps: Vec<StepReport>,
}

/// An operation's end.
struct Ended {
    t_us: Micros,
    op: u64,
    status: OpStatus,
    took_us: Micros,
}

/// Reads a run.
pub(super) fn read(played: &Played) -> Reading {
    let Played { fault_us, events, .. } = played;
    let ended: Vec<Ended> = events.iter().filter_map(ended).collect();
    let good = |end: &&Ended| end.status == OpStatus::Ok;
    let first_failed = ended.iter().find(|end| end.t_us >= *fault_us && !good(end));
    let restored =
        first_failed.and_then(|failed| ended.iter().find(|end| end.t_us > failed.t_us && good(end)));
    Reading {
        scenario: played.scenario,
        seed: played.seed,
        queries: Queries::of(ended.len() as u64, ended.iter().filter(good).count() as u64),
        took_ms: ended.iter().filter(good).map(|end| ms(end.took_us)).collect(),
        felt: first_failed.is_some(),
        rto_ms: restored.map(|end| ms(end.t_us - fault_us)),
        client_rto_ms: first_failed.zip(restored).map(|(failed, end)| ms(end.t_us - failed.t_us)),
        phases: phases(events, *fault_us),
        rpo: match &played.left {
            Left::Shown(rows) => rpo_of_operations(&ended, *fault_us, rows),
            Left::Missed(rows) => rpo_of_rows(events, *fault_us, rows),
        },
        digest: played.digest.clone(),
        disaster: None,
    }
}

fn ended(event: &Event) -> Option<Ended> {
    match event.kind {
        EventKind::OpEnd { op, status, took_us } => Some(Ended { t_us: event.t_us, op, status, took_us }),
        _ => None,
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

/// A replica set's writes are its operations, a row each.
fn rpo_of_operations(ended: &[Ended], fault_us: Micros, rows: &[u64]) -> Rpo {
    let acknowledged = ended.iter().filter(|end| end.status == OpStatus::Ok);
    let lost: Vec<&Ended> = acknowledged.clone().filter(|end| rows.binary_search(&end.op).is_err()).collect();
    let times: Vec<Micros> = lost.iter().map(|end| end.t_us).collect();
    let died = |end: &&Ended| LostWrite { id: end.op, died: "acknowledged, yet no node shows it".to_owned() };
    Rpo {
        ms: gap_ms(&times, fault_us),
        acknowledged: acknowledged.count() as u64,
        lost_writes: lost.iter().map(died).collect(),
    }
}

/// An acknowledged insert.
struct Acknowledged {
    t_us: Micros,
    first_id: i64,
    rows: u64,
}

impl Acknowledged {
    fn holds(&self, id: i64) -> bool {
        id >= self.first_id && id.abs_diff(self.first_id) < self.rows
    }
}

/// A cluster's writes are its inserts. Lost is what an event names, and what the audit misses.
fn rpo_of_rows(events: &[Event], fault_us: Micros, missed: &[i64]) -> Rpo {
    let acknowledged: Vec<Acknowledged> = events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Acknowledged { first_id, rows, .. } => {
                Some(Acknowledged { t_us: event.t_us, first_id, rows })
            }
            _ => None,
        })
        .collect();
    let told = |write: &Acknowledged| {
        events.iter().any(|event| {
            matches!(event.kind, EventKind::WriteLost { first_id, rows } if rows > 0 && write.holds(first_id))
        })
    };
    let (mut times, mut lost_writes) = (Vec::new(), Vec::new());
    for write in &acknowledged {
        let died = match (told(write), missed.iter().any(|id| write.holds(*id))) {
            (true, _) => told_death(events, write.first_id),
            (false, true) => "acknowledged, yet nobody will ever see it".to_owned(),
            (false, false) => continue,
        };
        times.push(write.t_us);
        lost_writes.push(LostWrite { id: write.first_id.unsigned_abs(), died });
    }
    Rpo { ms: gap_ms(&times, fault_us), acknowledged: acknowledged.len() as u64, lost_writes }
}

/// Under which epoch a lost write was acknowledged: that of the coordinator that gave it its timestamp.
fn told_death(events: &[Event], id: i64) -> String {
    let mut reigns: Vec<(NodeId, u64)> = Vec::new();
    for event in events {
        match (&event.kind, event.node) {
            (EventKind::RoleTaken { epoch, .. }, Some(node)) => {
                reigns.retain(|reign| reign.0 != node);
                reigns.push((node, *epoch));
            }
            (EventKind::WriteStep { first_id, step: TIMESTAMP_STEP }, Some(node)) if *first_id == id => {
                if let Some((_, epoch)) = reigns.iter().find(|reign| reign.0 == node) {
                    return format!("acknowledged under epoch {epoch}, which was over");
                }
            }
            _ => {}
        }
    }
    "acknowledged under an epoch that was over".to_owned()
}

/// From the oldest of these to the fault, or to the newest where that is later.
pub(super) fn gap_ms(times: &[Micros], fault_us: Micros) -> f64 {
    let (oldest, newest) = (times.iter().min(), times.iter().max());
    oldest.zip(newest).map_or(0.0, |(oldest, newest)| ms((*newest).max(fault_us) - oldest))
}

/// The report of a run out of the readings of its failovers, of which there is at least one.
pub(super) fn report(readings: &[Reading], targets: &Targets) -> RunReport {
    match readings {
        [one] => single(one, targets, one.scenario != super::suites::LEADER),
        _ => several(readings, targets),
    }
}

fn single(reading: &Reading, targets: &Targets, by_failures: bool) -> RunReport {
    let Reading { queries, rpo, disaster, .. } = reading;
    let targets = disaster.as_ref().map_or(targets, |struck| &struck.targets);
    let reached = Reached {
        rto_ms: if reading.felt { reading.rto_ms } else { Some(0.0) },
        failed: queries.failed,
        success: queries.success_rate,
        lost: rpo.lost_writes.len(),
        rpo_ms: rpo.ms,
        serving: disaster.as_ref().map(|struck| struck.serving),
    };
    RunReport {
        seed: reading.seed,
        queries: *queries,
        latency_ms: Latency::of(reading.took_ms.clone()),
        rto_ms: reading.rto_ms,
        client_rto_ms: reading.client_rto_ms,
        rto_phases: reading.phases.clone(),
        rpo: rpo.clone(),
        availability: queries.success_rate,
        nines: queries.nines(),
        downtime_min_per_year: queries.downtime_min_per_year(),
        downtime_min_per_month_by_failures: reached
            .rto_ms
            .filter(|_| by_failures && disaster.is_none())
            .map(|ms| downtime_by_failures(ms, targets.failures_per_month)),
        targets: held_to(targets, &reached),
        digest: reading.digest.clone(),
        cost_fen: disaster.as_ref().map(|struck| struck.cost_fen),
        disaster: disaster.as_ref().map(|struck| struck.kind.clone()),
        surprise: disaster.as_ref().and_then(|struck| struck.surprise.clone()),
        surprise_felt: disaster.as_ref().is_some_and(|struck| !struck.felt.is_empty()),
        steps: disaster.as_ref().map(|struck| struck.steps.clone()).unwrap_or_default(),
        parts: Vec::new(),
    }
}

/// Sums, the longest RTO, and of every target the value that is worst.
fn several(readings: &[Reading], targets: &Targets) -> RunReport {
    let parts: Vec<Part> = readings
        .iter()
        .map(|reading| Part { scenario: reading.scenario.to_owned(), run: single(reading, targets, true) })
        .collect();
    let sum = |figure: fn(&RunReport) -> u64| parts.iter().map(|part| figure(&part.run)).sum::<u64>();
    let queries = Queries::of(sum(|run| run.queries.total), sum(|run| run.queries.ok));
    let returned = readings.iter().all(|reading| reading.rto_ms.is_some() || !reading.felt);
    let rto_of = |part: &&Part| part.run.rto_ms.unwrap_or(0.0);
    let longest = parts.iter().max_by(|a, b| rto_of(a).total_cmp(&rto_of(b))).filter(|_| returned);
    let longest = longest.map(|part| &part.run).filter(|run| run.rto_ms.is_some());
    let rto_ms = longest.and_then(|run| run.rto_ms);
    let felt_ms = if returned { Some(rto_ms.unwrap_or(0.0)) } else { None };
    let failed = parts.iter().map(|part| part.run.queries.failed).max().unwrap_or(0);
    let worst = parts.iter().map(|part| part.run.queries.success_rate).fold(1.0, f64::min);
    let lost_writes: Vec<LostWrite> =
        parts.iter().flat_map(|part| part.run.rpo.lost_writes.iter().cloned()).collect();
    let mean_ms =
        readings.iter().map(|reading| reading.rto_ms.unwrap_or(0.0)).sum::<f64>() / readings.len() as f64;
    RunReport {
        seed: readings.first().map_or(0, |reading| reading.seed),
        queries,
        latency_ms: Latency::of(
            readings.iter().flat_map(|reading| reading.took_ms.iter().copied()).collect(),
        ),
        rto_ms,
        client_rto_ms: longest.and_then(|run| run.client_rto_ms),
        rto_phases: longest.map(|run| run.rto_phases.clone()).unwrap_or_default(),
        targets: if readings.iter().any(|reading| reading.disaster.is_some()) {
            worst_off(&parts)
        } else {
            let (rpo_ms, lost) = (0.0, lost_writes.len());
            let reached = Reached { rto_ms: felt_ms, failed, success: worst, lost, rpo_ms, serving: None };
            held_to(targets, &reached)
        },
        rpo: Rpo {
            ms: parts.iter().map(|part| part.run.rpo.ms).fold(0.0, f64::max),
            acknowledged: sum(|run| run.rpo.acknowledged),
            lost_writes,
        },
        availability: queries.success_rate,
        nines: queries.nines(),
        downtime_min_per_year: queries.downtime_min_per_year(),
        downtime_min_per_month_by_failures: felt_ms
            .filter(|_| readings.iter().all(|reading| reading.disaster.is_none()))
            .map(|_| downtime_by_failures(mean_ms, targets.failures_per_month)),
        digest: digest_of(readings),
        parts,
        ..RunReport::default()
    }
}

/// Minutes a month without service, if failures come so often and take so long.
pub(super) fn downtime_by_failures(rto_ms: f64, failures_per_month: u64) -> f64 {
    rto_ms * failures_per_month as f64 / 60_000.0
}

/// What a run reached.
struct Reached {
    rto_ms: Option<f64>,
    failed: u64,
    success: f64,
    lost: usize,
    rpo_ms: f64,
    /// Whether there is service at the end, where that is asked.
    serving: Option<bool>,
}

fn held_to(targets: &Targets, reached: &Reached) -> Vec<Target> {
    let mut held = Vec::with_capacity(5);
    let mut hold = |asked: bool, name: &str, limit: f64, value: Option<f64>, met: bool| {
        if asked {
            held.push(Target { name: name.to_owned(), limit, value, met });
        }
    };
    let Reached { rto_ms, success, rpo_ms, .. } = *reached;
    let failed = reached.failed as f64;
    let (limit, most, oldest) = (targets.rto_ms as f64, targets.failed as f64, targets.rpo_ms as f64);
    hold(targets.rto_ms > 0, "rto", limit, rto_ms, rto_ms.is_some_and(|rto| rto < limit));
    hold(targets.rpo_ms > 0, "rpo", oldest, Some(rpo_ms), rpo_ms < oldest);
    hold(targets.failed > 0, "failed", most, Some(failed), failed < most);
    let least = targets.success_permille as f64 / 1_000.0;
    hold(targets.success_permille > 0, "success_rate", least, Some(success), success >= least);
    if let Some(serving) = reached.serving {
        hold(true, "serving", 1.0, Some(f64::from(u8::from(serving))), serving);
    }
    hold(targets.lossless, "lost", 0.0, Some(reached.lost as f64), reached.lost == 0);
    held
}

/// Of every target the part that is worst off, for drills of which each has targets of its own: one that missed it before
/// one that met it, and of those the one whose value is the largest for its bound.
fn worst_off(parts: &[Part]) -> Vec<Target> {
    let mut worst: Vec<Target> = Vec::new();
    for target in parts.iter().flat_map(|part| &part.run.targets) {
        match worst.iter_mut().find(|known| known.name == target.name) {
            Some(known) if strain(target) > strain(known) => *known = target.clone(),
            Some(_) => {}
            None => worst.push(target.clone()),
        }
    }
    worst
}

/// How far a value is from its bound: above 1 it is missed, and without a value more than by any.
fn strain(target: &Target) -> f64 {
    let Some(value) = target.value else { return f64::MAX };
    match target.name.as_str() {
        "success_rate" | "serving" => 1.0 + target.limit - value,
        "lost" => value,
        _ => value / target.limit.max(1.0),
    }
}

/// One digest for the digests of all parts.
fn digest_of(readings: &[Reading]) -> String {
    let all: String = readings.iter().map(|reading| reading.digest.as_str()).collect();
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(all.as_bytes()))
}

pub(super) fn ms(us: Micros) -> f64 {
    us as f64 / 1_000.0
}
