//! Computes a run's report from its events.
//!
//! Guarantees: requests, RTO, latencies and losses are computed here, from the trace alone; only the phases come from
//! the world (its meter reports them with `service_restored`). A write that the world's audit misses counts as lost
//! even if no event reports the loss. Leaves out: playing (`leader`, `cluster`, `region`), reading two regions
//! (`measure_regions`), summing over runs (`batch`).

use super::i18n_terms;
use super::report::{
    Grade, Latency, LostWrite, OutageReport, Part, PhaseMs, Queries, Rpo, RunReport, StepReport, Target,
};
use super::targets::Targets;
use quorum_facade::milvus::Action;
use quorum_facade::outage::{Outage, OutageMeter, Outages};
use quorum_facade::{EngineEvent, Event, EventKind, MilvusEvent, OpStatus, PhaseTime, ServiceEvent, rpo};
use quorum_types::{Micros, NodeId};

/// The step of a write in which the root coordinator gives it its timestamp.
const TIMESTAMP_STEP: u32 = 2;

/// A request that ended. Times are microseconds from the beginning of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// When it ended.
    pub ended_us: Micros,
    /// How long it took.
    pub took_us: Micros,
    /// Whether it was answered as asked.
    pub ok: bool,
}

/// What was played.
#[derive(Clone, Debug)]
pub(super) struct Played {
    pub(super) scenario: &'static str,
    pub(super) seed: u64,
    /// When the fault was made; none if there was none.
    pub(super) fault_us: Option<Micros>,
    /// From when to when requests are counted.
    pub(super) window_us: (Micros, Micros),
    /// How long the cluster was given to recover after that.
    pub(super) wait_us: Micros,
    pub(super) events: Vec<Event>,
    pub(super) left: Left,
    pub(super) digest: String,
    /// What was done to a Milvus cluster, and when.
    pub(super) actions: Vec<(Micros, Action)>,
}

/// What the world itself says of the acknowledged rows, when all is over.
#[derive(Clone, Debug)]
pub(super) enum Left {
    /// A replica set: the writes whose rows it can show, ascending.
    Shown(Vec<u64>),
    /// A Milvus cluster: the acknowledged rows that no reader will ever see.
    Missed(Vec<i64>),
    /// A server of others that could not be asked.
    Unknown,
}

/// What is read from the events of one failover.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) scenario: &'static str,
    pub(super) seed: u64,
    pub(super) queries: Queries,
    pub(super) took_ms: Vec<f64>,
    /// Whether there was a fault.
    pub(super) fault: bool,
    /// Whether a request failed after the fault.
    pub(super) felt: bool,
    pub(super) rto_ms: Option<f64>,
    pub(super) client_rto_ms: Option<f64>,
    pub(super) phases: Vec<PhaseMs>,
    pub(super) rpo: Rpo,
    pub(super) digest: String,
    /// How long it took, without what was waited for after it.
    pub(super) total_us: Micros,
    pub(super) wait_us: Micros,
    pub(super) outages: Vec<OutageReport>,
    pub(super) actions: Vec<(Micros, Action)>,
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
    // Without a fault, what was lost is counted up to the newest lost write.
    let until_us = fault_us.unwrap_or(0);
    let (from_us, to_us) = played.window_us;
    let within = |end: &Ended| end.t_us >= from_us && end.t_us <= to_us;
    let ended: Vec<Ended> = events.iter().filter_map(ended).filter(within).collect();
    let good = |end: &&Ended| end.status == OpStatus::Ok;
    let outages = outages(played);
    let of_fault =
        outages.iter().find(|outage| Some(outage.fault_us) == *fault_us && !outage.cause.is_empty());
    let (lost_us, restored_us) =
        (of_fault.and_then(|outage| outage.lost_us), of_fault.and_then(|outage| outage.restored_us));
    Reading {
        scenario: played.scenario,
        seed: played.seed,
        queries: Queries::of(ended.len() as u64, ended.iter().filter(good).count() as u64),
        took_ms: ended.iter().filter(good).map(|end| ms(end.took_us)).collect(),
        fault: fault_us.is_some(),
        felt: lost_us.is_some(),
        rto_ms: of_fault.and_then(Outage::rto_us).map(ms),
        client_rto_ms: lost_us.zip(restored_us).map(|(lost_us, back_us)| ms(back_us - lost_us)),
        phases: fault_us.map(|fault_us| phases(events, fault_us)).unwrap_or_default(),
        rpo: match &played.left {
            Left::Shown(rows) => rpo_of_operations(&ended, until_us, rows),
            Left::Missed(rows) => rpo_of_rows(events, until_us, rows),
            Left::Unknown => Rpo { acknowledged: acknowledged(events).len() as u64, ..Rpo::default() },
        },
        digest: played.digest.clone(),
        actions: played.actions.clone(),
        total_us: to_us - from_us,
        wait_us: played.wait_us,
        outages: outages.iter().filter(|outage| outage.fault_us >= from_us).map(OutageReport::of).collect(),
        disaster: None,
    }
}

fn ended(event: &Event) -> Option<Ended> {
    match event.kind {
        EventKind::Service(ServiceEvent::OpEnd { op, status, took_us }) => {
            Some(Ended { t_us: event.t_us, op, status, took_us })
        }
        _ => None,
    }
}

/// The outages that the events tell of, by the rules that the picture's card goes by.
fn outages(played: &Played) -> Vec<Outage> {
    let of_set = played.scenario == super::suites::LEADER;
    let (mut set, mut cluster) = (OutageMeter::default(), Outages::default());
    for event in &played.events {
        if of_set {
            set.observe(event);
        } else {
            cluster.see(event);
        }
    }
    if of_set { set.outages.all().to_vec() } else { cluster.all().to_vec() }
}

pub(super) fn phases_ms(phases: &[PhaseTime]) -> Vec<PhaseMs> {
    phases.iter().map(|time| PhaseMs { phase: time.phase, ms: ms(time.us) }).collect()
}

fn phases(events: &[Event], fault_us: Micros) -> Vec<PhaseMs> {
    let found = events.iter().find_map(|event| match &event.kind {
        EventKind::Service(ServiceEvent::ServiceRestored { phases, rto_us, .. })
            if event.t_us - rto_us == fault_us =>
        {
            Some(phases)
        }
        _ => None,
    });
    found.map(|phases| phases_ms(phases)).unwrap_or_default()
}

/// A replica set's writes are its operations, a row each.
fn rpo_of_operations(ended: &[Ended], fault_us: Micros, rows: &[u64]) -> Rpo {
    let acknowledged = ended.iter().filter(|end| end.status == OpStatus::Ok);
    let lost: Vec<&Ended> = acknowledged.clone().filter(|end| rows.binary_search(&end.op).is_err()).collect();
    let died = |end: &&Ended| LostWrite { id: end.op, died: "acknowledged, yet no node shows it".to_owned() };
    let times = acknowledged.clone().map(|end| (end.t_us, rows.binary_search(&end.op).is_err()));
    Rpo {
        ms: Some(ms(rpo::gap_us(times.clone(), fault_us))),
        oldest_ms: Some(ms(rpo::oldest_us(times, fault_us))),
        acknowledged: acknowledged.count() as u64,
        lost_writes: Some(lost.iter().map(died).collect()),
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

fn acknowledged(events: &[Event]) -> Vec<Acknowledged> {
    let acknowledged = events.iter().filter_map(|event| match event.kind {
        EventKind::Engine(EngineEvent::Acknowledged { first_id, rows, .. }) => {
            Some(Acknowledged { t_us: event.t_us, first_id, rows })
        }
        _ => None,
    });
    acknowledged.collect()
}

/// A cluster's writes are its inserts. Lost is what an event names, and what the audit misses.
fn rpo_of_rows(events: &[Event], fault_us: Micros, missed: &[i64]) -> Rpo {
    let acknowledged = acknowledged(events);
    let reported = |write: &Acknowledged| {
        events.iter().any(|event| {
            matches!(
                event.kind,
                EventKind::Milvus(MilvusEvent::WriteLost { first_id, rows }) if rows > 0
                    && write.holds(first_id)
            )
        })
    };
    let (mut times, mut lost_writes) = (Vec::new(), Vec::new());
    for write in &acknowledged {
        let (reported, missed) = (reported(write), missed.iter().any(|id| write.holds(*id)));
        times.push((write.t_us, reported || missed));
        let died = match (reported, missed) {
            (true, _) => reported_death(events, write.first_id),
            (false, true) => "acknowledged, yet nobody will ever see it".to_owned(),
            (false, false) => continue,
        };
        lost_writes.push(LostWrite { id: write.first_id.unsigned_abs(), died });
    }
    let [gap_us, oldest_us] =
        [rpo::gap_us(times.iter().copied(), fault_us), rpo::oldest_us(times.iter().copied(), fault_us)];
    Rpo {
        ms: Some(ms(gap_us)),
        oldest_ms: Some(ms(oldest_us)),
        acknowledged: acknowledged.len() as u64,
        lost_writes: Some(lost_writes),
    }
}

/// Under which epoch a lost write was acknowledged: that of the coordinator that gave it its timestamp.
fn reported_death(events: &[Event], id: i64) -> String {
    let mut reigns: Vec<(NodeId, u64)> = Vec::new();
    for event in events {
        match (&event.kind, event.node) {
            (EventKind::Milvus(MilvusEvent::RoleTaken { epoch, .. }), Some(node)) => {
                reigns.retain(|reign| reign.0 != node);
                reigns.push((node, *epoch));
            }
            (EventKind::Milvus(MilvusEvent::WriteStep { first_id, step: TIMESTAMP_STEP }), Some(node))
                if *first_id == id =>
            {
                if let Some((_, epoch)) = reigns.iter().find(|reign| reign.0 == node) {
                    return format!("acknowledged under epoch {epoch}, which was over");
                }
            }
            _ => {}
        }
    }
    "acknowledged under an epoch that was over".to_owned()
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
        fault: reading.fault,
        rto_ms: if reading.felt { reading.rto_ms } else { reading.fault.then_some(0.0) },
        failed: queries.failed,
        success: queries.success_rate,
        lost: rpo.lost(),
        rpo_ms: rpo.ms,
        serving: disaster.as_ref().map(|struck| struck.serving),
    };
    RunReport {
        seed: reading.seed,
        queries: *queries,
        latency_ms: Latency::of(reading.took_ms.clone()),
        no_fault: !reading.fault,
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
        grade: Grade::of(queries),
        total_time_ms: ms(reading.total_us),
        wait_ms: ms(reading.wait_us),
        outages: reading.outages.clone(),
        cost_fen: disaster.as_ref().map(|struck| struck.cost_fen),
        disaster: disaster.as_ref().map(|struck| struck.kind.clone()),
        surprise: disaster.as_ref().and_then(|struck| struck.surprise.clone()),
        rto_class: (disaster.as_ref().and(reached.rto_ms)).map(|ms| i18n_terms::rto_class(ms).to_owned()),
        rpo_class: (disaster.as_ref().and(rpo.ms)).map(|ms| i18n_terms::rpo_class(ms).to_owned()),
        surprise_felt: disaster.as_ref().is_some_and(|struck| !struck.felt.is_empty()),
        steps: disaster.as_ref().map(|struck| struck.steps.clone()).unwrap_or_default(),
        parts: Vec::new(),
        actions: reading.actions.clone(),
    }
}

/// The report of requests of which neither the fault nor the writes are known; `main` is the outage that counts, and
/// `lost_us` when its first request failed.
pub(super) fn of_requests(
    requests: &[Request],
    targets: &Targets,
    main: Option<&OutageReport>,
    lost_us: Option<Micros>,
    outages: Vec<OutageReport>,
) -> RunReport {
    let good = requests.iter().filter(|request| request.ok);
    let queries = Queries::of(requests.len() as u64, good.clone().count() as u64);
    let rto_ms = main.and_then(|main| main.rto_ms);
    let reached = Reached {
        fault: true,
        rto_ms: if main.is_some() { rto_ms } else { Some(0.0) },
        failed: queries.failed,
        success: queries.success_rate,
        lost: None,
        rpo_ms: None,
        serving: None,
    };
    // Nothing is known of writes, so nothing is claimed about them.
    let targets_met = held_to(&Targets { lossless: false, ..*targets }, &reached);
    let ends_us = requests.iter().map(|request| request.ended_us).max().unwrap_or(0);
    let begins_us =
        requests.iter().map(|request| request.ended_us - request.took_us.min(request.ended_us)).min();
    RunReport {
        queries,
        latency_ms: Latency::of(good.map(|request| ms(request.took_us)).collect()),
        rto_ms,
        client_rto_ms: main
            .zip(lost_us)
            .and_then(|(main, lost_us)| Some(main.fault_ms + main.rto_ms? - ms(lost_us))),
        availability: queries.success_rate,
        nines: queries.nines(),
        downtime_min_per_year: queries.downtime_min_per_year(),
        downtime_min_per_month_by_failures: reached
            .rto_ms
            .map(|ms| downtime_by_failures(ms, targets.failures_per_month)),
        targets: targets_met,
        grade: Grade::of(&queries),
        total_time_ms: ms(ends_us - begins_us.unwrap_or(0)),
        outages,
        ..RunReport::default()
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
    // A test without a fault leaves the whole run without a verdict on its RTO.
    let fault = readings.iter().all(|reading| reading.fault);
    let returned = fault && readings.iter().all(|reading| reading.rto_ms.is_some() || !reading.felt);
    let rto_of = |part: &&Part| part.run.rto_ms.unwrap_or(0.0);
    let longest = parts.iter().max_by(|a, b| rto_of(a).total_cmp(&rto_of(b))).filter(|_| returned);
    let longest = longest.map(|part| &part.run).filter(|run| run.rto_ms.is_some());
    let rto_ms = longest.and_then(|run| run.rto_ms);
    let felt_ms = if returned { Some(rto_ms.unwrap_or(0.0)) } else { None };
    let failed = parts.iter().map(|part| part.run.queries.failed).max().unwrap_or(0);
    let worst = parts.iter().map(|part| part.run.queries.success_rate).fold(1.0, f64::min);
    let of_parts = || parts.iter().map(|part| &part.run.rpo);
    let lost_writes: Option<Vec<LostWrite>> = of_parts()
        .all(|rpo| rpo.lost_writes.is_some())
        .then(|| of_parts().flat_map(|rpo| rpo.writes().iter().cloned()).collect());
    let mean_ms =
        readings.iter().map(|reading| reading.rto_ms.unwrap_or(0.0)).sum::<f64>() / readings.len() as f64;
    RunReport {
        seed: readings.first().map_or(0, |reading| reading.seed),
        queries,
        latency_ms: Latency::of(
            readings.iter().flat_map(|reading| reading.took_ms.iter().copied()).collect(),
        ),
        no_fault: !fault,
        rto_ms,
        client_rto_ms: longest.and_then(|run| run.client_rto_ms),
        rto_phases: longest.map(|run| run.rto_phases.clone()).unwrap_or_default(),
        targets: if readings.iter().any(|reading| reading.disaster.is_some()) {
            worst_off(&parts)
        } else {
            let lost = lost_writes.as_ref().map(|writes| writes.len() as u64);
            let reached =
                Reached { fault, rto_ms: felt_ms, failed, success: worst, lost, rpo_ms: None, serving: None };
            held_to(targets, &reached)
        },
        rpo: Rpo {
            ms: of_parts().try_fold(0.0, |worst, rpo| Some(rpo.ms?.max(worst))),
            oldest_ms: of_parts().try_fold(0.0, |worst, rpo| Some(rpo.oldest_ms?.max(worst))),
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
        grade: Grade::of(&queries),
        total_time_ms: ms(readings.iter().map(|reading| reading.total_us + reading.wait_us).sum()),
        wait_ms: ms(readings.iter().map(|reading| reading.wait_us).sum()),
        parts,
        actions: readings.iter().flat_map(|reading| reading.actions.iter().cloned()).collect(),
        ..RunReport::default()
    }
}

/// Minutes a month without service, if failures come so often and take so long.
pub(super) fn downtime_by_failures(rto_ms: f64, failures_per_month: u64) -> f64 {
    rto_ms * failures_per_month as f64 / 60_000.0
}

/// What a run reached.
struct Reached {
    /// Whether there was a fault, without which no RTO can be judged.
    fault: bool,
    rto_ms: Option<f64>,
    failed: u64,
    success: f64,
    /// None if it is not known.
    lost: Option<u64>,
    rpo_ms: Option<f64>,
    /// Whether there is service at the end, where that is asked.
    serving: Option<bool>,
}

fn held_to(targets: &Targets, reached: &Reached) -> Vec<Target> {
    let mut held = Vec::with_capacity(5);
    let mut hold = |asked: bool, name: &str, limit: f64, value: Option<f64>, met: bool| {
        if asked {
            let met = (name != "rto" || reached.fault).then_some(met);
            held.push(Target { name: name.to_owned(), limit, value, met });
        }
    };
    let Reached { rto_ms, success, rpo_ms, .. } = *reached;
    let failed = reached.failed as f64;
    let (limit, most, oldest) = (targets.rto_ms as f64, targets.failed as f64, targets.rpo_ms as f64);
    hold(targets.rto_ms > 0, "rto", limit, rto_ms, rto_ms.is_some_and(|rto| rto < limit));
    hold(targets.rpo_ms > 0, "rpo", oldest, rpo_ms, rpo_ms.is_some_and(|rpo| rpo < oldest));
    hold(targets.failed > 0, "failed", most, Some(failed), failed < most);
    let least = targets.success_permille as f64 / 1_000.0;
    hold(targets.success_permille > 0, "success_rate", least, Some(success), success >= least);
    if let Some(serving) = reached.serving {
        hold(true, "serving", 1.0, Some(f64::from(u8::from(serving))), serving);
    }
    // What is not known to be kept is not taken for kept.
    hold(targets.lossless, "lost", 0.0, reached.lost.map(|lost| lost as f64), reached.lost == Some(0));
    held
}

/// Of every target the part that is worst off, for drills of which each has targets of its own: one that missed it
/// before one that met it, and of those the one whose value is the largest for its bound.
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
