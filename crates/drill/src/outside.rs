//! Measures requests that were recorded outside the lab, by the same code that measures a drill.
//!
//! A record of a real server becomes the events that a Milvus cluster of the lab would have emitted: a kill at the time
//! of the fault, the ends of requests, the acknowledgements of inserts. Guarantees: requests, RTO, outages, latencies
//! and losses are computed by `measure`, as for a run of the lab, and nothing is estimated: without a fault there is no
//! RTO, rows that could not be looked for are neither lost nor kept, and a test that was cut short meets no target.
//! Leaves out: phases, which only a world can report; recording.

pub use super::measure::Request;
use super::measure::{self, Left, Played};
use super::report::{Drilled, OutageReport, RunReport, Target};
use super::suites::Suite;
use super::targets::Targets;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::outage::Outages;
use quorum_facade::{EngineEvent, Event, EventKind, FaultEvent, OpStatus, ServiceEvent};
use quorum_types::{Micros, Refusal};

/// An insert that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insert {
    /// When.
    pub acknowledged_us: Micros,
    /// The key of its first row; the others follow.
    pub first_id: i64,
    /// How many rows.
    pub rows: u64,
}

/// What was recorded of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// When the fault was made; none if there was none, and then no RTO is reported.
    pub fault_us: Option<Micros>,
    /// How long the test took.
    pub ends_us: Micros,
    /// The tester's requests, in any order.
    pub requests: Vec<Request>,
    /// Acknowledged inserts, in any order.
    pub inserts: Vec<Insert>,
    /// Keys of acknowledged rows that the server does not have at the end.
    pub missed: Vec<i64>,
    /// Whether the test was ended before its time: what it has not missed by then, it has not met either.
    pub cut_short: bool,
    /// Whether the server could be asked for them. If not, no loss is known, and none is ruled out.
    pub verified: bool,
}

fn events(record: &Record) -> Vec<Event> {
    let event = |t_us, kind| Event { t_us, node: None, kind };
    let fault = record.fault_us.map(|at_us| event(at_us, EventKind::Fault(FaultEvent::Killed)));
    let mut events: Vec<Event> = fault.into_iter().collect();
    events.extend(record.requests.iter().enumerate().map(|(op, request)| {
        let status = if request.ok { OpStatus::Ok } else { OpStatus::Fail };
        let took_us = request.took_us.min(request.ended_us);
        event(request.ended_us, EventKind::Service(ServiceEvent::OpEnd { op: op as u64, status, took_us }))
    }));
    events.extend(record.inserts.iter().map(|insert| {
        let Insert { acknowledged_us, first_id, rows } = *insert;
        let acknowledged = EngineEvent::Acknowledged { lsn: 0, first_id, rows, total_rows: 0, took_us: 0 };
        event(acknowledged_us, EventKind::Engine(acknowledged))
    }));
    // Of the same moment the fault comes first, as in a run.
    quorum_types::sort::sort_by_key(&mut events, |event| event.t_us);
    events
}

/// The report of the tests that were recorded, one for each suite of the scenario.
pub fn report(
    scenario: &str,
    seed: u64,
    records: &[(&Suite, Record)],
    targets: &Targets,
) -> Result<Drilled, Refusal> {
    let readings: Vec<measure::Reading> = records
        .iter()
        .map(|(suite, record)| {
            let events = events(record);
            let digest = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(format!("{events:?}").as_bytes()));
            measure::read(&Played {
                scenario: suite.name,
                seed,
                fault_us: record.fault_us,
                window_us: (0, record.ends_us),
                wait_us: 0,
                events,
                left: if record.verified { Left::Missed(record.missed.clone()) } else { Left::Unknown },
                digest,
                actions: Vec::new(),
            })
        })
        .collect();
    if readings.is_empty() {
        return Err(Refusal::new("no_run", "nothing was recorded"));
    }
    let mut run = measure::report(&readings, targets);
    let open = |targets: &mut Vec<Target>| {
        targets.iter_mut().filter(|target| target.is_met()).for_each(|target| target.met = None);
    };
    for (part, (_, record)) in run.parts.iter_mut().zip(records) {
        if record.cut_short {
            open(&mut part.run.targets);
        }
    }
    if records.iter().any(|(_, record)| record.cut_short) {
        open(&mut run.targets);
    }
    let runs = vec![run];
    let scenario = scenario.to_owned();
    let mut drilled = Drilled { scenario, seed, real_time: true, runs, ..Drilled::default() };
    drilled.sum_up(targets);
    // The course's figures are about its own cluster.
    drilled.notes.clear();
    Ok(drilled)
}

/// The outages in requests without any known fault, as the lab lists them: service is lost with the first failed
/// request, and an outage is over with the last good answer that ends an interruption.
pub fn outages(requests: &[Request]) -> Vec<OutageReport> {
    let record = Record { requests: requests.to_vec(), ..Record::default() };
    let mut outages = Outages::default();
    events(&record).iter().for_each(|event| outages.see(event));
    outages.all().iter().map(OutageReport::of).collect()
}

/// The report of requests alone, with nothing known about writes or the fault. Its RTO is that of the longest outage,
/// from the beginning of the first failed request.
pub fn of_requests(requests: &[Request], targets: &Targets) -> RunReport {
    let outages = outages(requests);
    let open = outages.iter().find(|outage| outage.rto_ms.is_none());
    let longest = outages.iter().max_by(|a, b| a.rto_ms.unwrap_or(0.0).total_cmp(&b.rto_ms.unwrap_or(0.0)));
    let main = open.or(longest);
    let lost_us = main.and_then(|main| {
        let from_us = (main.fault_ms * 1_000.0) as Micros;
        let failed = requests.iter().filter(|request| !request.ok);
        failed.map(|request| request.ended_us).filter(|ended_us| *ended_us >= from_us).min()
    });
    measure::of_requests(requests, targets, main, lost_us, outages.clone())
}

/// The settings of a cluster with some of them changed; also for programs that make real requests by them.
pub fn cluster_settings(set: &[(String, u64)]) -> Result<Settings, Refusal> {
    super::plan::cluster_settings(set)
}
