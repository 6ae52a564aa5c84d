//! The preset of Milvus 2.3.5 stand-alone is as fast, and as slow, as the server that was measured.
//!
//! `measured-2.3.5.json` is what `xtask/milvus/trial.py` wrote on 2026-12-01 (docs/against-real-servers.md).

use quorum_drill::plan::MILVUS_235;
use quorum_drill::{Batch, Plan, RunReport};
use quorum_facade::{EngineEvent, EventKind};

const MEASURED: &str = include_str!("measured-2.3.5.json");
/// How far a figure of the lab may be from the measured one.
const WITHIN: f64 = 0.25;

/// The drill that was played on the server itself: its process is killed.
const ON_THE_SERVER: &str = "failover-coordinator";

/// Runs of the drill that was played on the server; intervals are out of step with the ticks.
fn runs(more: &[(&str, u64)]) -> Vec<(RunReport, Vec<u64>)> {
    runs_of(ON_THE_SERVER, more)
}

fn runs_of(scenario: &str, more: &[(&str, u64)]) -> Vec<(RunReport, Vec<u64>)> {
    let steps = [("search_interval_ms", 1_037), ("insert_interval_ms", 1_037)];
    let set: Vec<(String, u64)> = MILVUS_235
        .iter()
        .chain(&steps)
        .chain(more)
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    (1..=5)
        .map(|seed| {
            let scenario = scenario.to_owned();
            let plan = Plan { scenario, seed: Some(seed), runs: 1, set: set.clone(), ..Plan::default() };
            let (drilled, events) = Batch::new(plan).expect("a plan").traced().finish().expect("it plays");
            let took = events.iter().filter_map(|event| match event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => Some(took_us),
                _ => None,
            });
            (drilled.runs[0].clone(), took.collect())
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn check(what: &str, lab: f64, measured: f64) {
    println!("{what}: lab {lab:.1}, measured {measured:.1}, {:+.0} %", (lab / measured - 1.0) * 100.0);
    assert!((lab / measured - 1.0).abs() <= WITHIN, "{what}: lab {lab}, measured {measured}");
}

#[test]
fn rates_latencies_and_recovery_are_within_a_quarter_of_what_was_measured() {
    let measured: serde_json::Value = serde_json::from_str(MEASURED).expect("JSON");
    let figure = |path: &str| measured.pointer(path).and_then(serde_json::Value::as_f64).expect("a figure");
    let took_ms = |runs: &[(RunReport, Vec<u64>)]| {
        median(runs.iter().flat_map(|(_, took)| took).map(|us| *us as f64 / 1e3).collect())
    };
    let p50 =
        |runs: &[(RunReport, Vec<u64>)]| median(runs.iter().map(|(run, _)| run.latency_ms.p50).collect());
    let bounded = runs(&[("consistency", 1)]);
    check("Bounded search, p50 ms", p50(&bounded), figure("/search_bounded/p50_ms"));
    check("Strong search, p50 ms", p50(&runs(&[("consistency", 0)])), figure("/search_strong/p50_ms"));
    check("insert of one row, p50 ms", took_ms(&bounded), figure("/insert_one_row/p50_ms"));
    let batches = runs(&[("insert_rows", 1_000), ("dim", 128)]);
    let rate = 1_000.0 / (took_ms(&batches) / 1e3);
    check("insert, rows per second", rate, figure("/insert_1000_rows_per_s/median"));
    let recovery = median(bounded.iter().filter_map(|(run, _)| run.rto_ms).collect());
    check("recovery, s", recovery / 1e3, figure("/recovery_s"));
}

/// RTO of `failover-coordinator` on the server, in seconds: on 2026-11-30 at a load of 3 to 5, and on 2026-12-01 of 10.
const DRILLED_S: [f64; 2] = [36.7, 37.2];

#[test]
fn whichever_component_a_drill_kills_a_stand_alone_server_recovers_as_it_was_measured() {
    // In these the lab killed one pod of what is one process, and the rest lived on.
    for scenario in ["failover-coordinator", "failover-proxy", "failover-querynode", "failover-concurrent"] {
        for (run, _) in runs_of(scenario, &[]) {
            let rto_ms = run.rto_ms.unwrap_or_else(|| panic!("{scenario}: it does not recover"));
            DRILLED_S.iter().for_each(|measured_s| check(scenario, rto_ms / 1e3, *measured_s));
        }
    }
}
