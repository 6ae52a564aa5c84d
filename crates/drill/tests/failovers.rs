//! Failovers, measured a second time: by a reader that knows nothing but the trace as text, line by line, as anyone
//! has it who is given the file that `--trace` writes.
//!
//! Promises: RTO, requests and losses are computed here in whole microseconds by other means than `quorum_drill`'s.
//! Leaves out: phases, but that they add up.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};

use quorum_drill::{Batch, Plan, RunReport, SUITES};
use serde_json::Value;

/// What a reader of the trace knows after each line.
#[derive(Debug, Default)]
struct Reader {
    fault_us: Option<u64>,
    first_bad_us: Option<u64>,
    back_us: Option<u64>,
    good: u64,
    bad: u64,
    /// What the world's own meter says.
    metered: Option<(u64, u64)>,
    acknowledged: BTreeMap<i64, u64>,
    lost: BTreeSet<i64>,
    /// Which pod gave a write its timestamp.
    stamped: BTreeMap<i64, u64>,
    /// Who took the root coordinator's role after the fault, and when.
    successor: Option<(u64, u64)>,
    healed_us: Option<u64>,
    /// The recall of the last search that was answered.
    recall_permille: Option<u64>,
}

impl Reader {
    fn of(trace: &str) -> Self {
        let mut reader = Self::default();
        for line in trace.lines() {
            reader.line(&serde_json::from_str(line).expect("a line of JSON"));
        }
        reader
    }

    fn line(&mut self, line: &Value) {
        let at_us = line["t_us"].as_u64().expect("a time");
        let number = |name: &str| line[name].as_i64().expect("a number");
        match line["kind"].as_str().expect("a kind") {
            "killed" | "link_cut" | "partitioned" => {
                self.fault_us.get_or_insert(at_us);
            }
            "link_healed" | "network_healed" => {
                self.healed_us.get_or_insert(at_us);
            }
            "search_served" => self.recall_permille = line["recall_permille"].as_u64(),
            "op_end" if line["status"] == "ok" => {
                self.good += 1;
                if self.first_bad_us.is_some_and(|bad| bad < at_us) {
                    self.back_us.get_or_insert(at_us);
                }
            }
            "op_end" => {
                self.bad += 1;
                if self.fault_us.is_some() {
                    self.first_bad_us.get_or_insert(at_us);
                }
            }
            "service_restored" => {
                let phases = line["phases"].as_array().expect("phases");
                let sum = phases.iter().filter_map(|phase| phase["us"].as_u64()).sum();
                self.metered.get_or_insert((line["rto_us"].as_u64().expect("a time"), sum));
            }
            "acknowledged" => {
                self.acknowledged.insert(number("first_id"), at_us);
            }
            "write_lost" => {
                self.lost.insert(number("first_id"));
            }
            "write_step" if line["step"] == 2 => {
                if let Some(node) = line["node"].as_u64() {
                    self.stamped.insert(number("first_id"), node);
                }
            }
            "role_taken" if line["role"] == "root_coord" && self.fault_us.is_some() => {
                self.successor.get_or_insert((line["node"].as_u64().expect("a pod"), at_us));
            }
            _ => {}
        }
    }

    /// Writes that somebody else than the successor stamped and that were acknowledged when there was one.
    fn acknowledged_late(&self) -> Vec<i64> {
        let Some((successor, from_us)) = self.successor else { return Vec::new() };
        let to_us = self.healed_us.unwrap_or(u64::MAX);
        let late = self.acknowledged.iter().filter(|(id, at)| {
            **at > from_us && **at < to_us && self.stamped.get(*id).is_some_and(|node| *node != successor)
        });
        late.map(|(id, _)| *id).collect()
    }
}

fn played(scenario: &str, seed: u64, set: &[(&str, u64)]) -> (RunReport, Reader) {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let plan = Plan { scenario: scenario.to_owned(), seed: Some(seed), runs: 1, set, runbook: None };
    let (mut drilled, events) = Batch::new(plan).and_then(|batch| batch.traced().finish()).expect("drills");
    let lines: Vec<String> = events.iter().map(|event| serde_json::to_string(event).expect("JSON")).collect();
    (drilled.runs.remove(0), Reader::of(&lines.join("\n")))
}

/// Holds a run's report to the second reading; whether service was lost.
fn check(scenario: &str, seed: u64, set: &[(&str, u64)]) -> bool {
    let (run, reader) = played(scenario, seed, set);
    let at = format!("{scenario}, seed {seed}");
    let us = |ms: f64| (ms * 1_000.0).round() as u64;
    let fault_us = reader.fault_us.expect("a fault");
    assert_eq!(run.rto_ms.map(us), reader.back_us.map(|back| back - fault_us), "{at}: RTO");
    let client = reader.first_bad_us.zip(reader.back_us).map(|(bad, back)| back - bad);
    assert_eq!(run.client_rto_ms.map(us), client, "{at}: the client's RTO");
    let counted = (reader.good + reader.bad, reader.good, reader.bad);
    assert_eq!((run.queries.total, run.queries.ok, run.queries.failed), counted, "{at}: requests");
    if let Some((rto_us, sum_us)) = reader.metered {
        assert_eq!((Some(rto_us), rto_us), (run.rto_ms.map(us), sum_us), "{at}: the meter");
    }
    let lost: BTreeSet<i64> = run.rpo.writes().iter().map(|write| write.id as i64).collect();
    assert_eq!(lost, reader.lost, "{at}: lost writes");
    if scenario != "kill-the-leader" {
        assert_eq!(run.rpo.acknowledged, reader.acknowledged.len() as u64, "{at}: acknowledged writes");
    }
    reader.first_bad_us.is_some()
}

/// Every suite over this many seeds; how many failovers were felt.
fn check_suites(first: u64, seeds: u64, set: &[(&str, u64)]) -> u64 {
    let each = |suite: &str| (first..first + seeds).filter(|seed| check(suite, *seed, set)).count() as u64;
    SUITES.iter().map(|suite| each(suite.name)).sum()
}

#[test]
fn after_the_loss_of_a_zone_in_2_6_strong_searches_find_everything_again() {
    let set = [("control_plane", 2), ("consistency", 0), ("supervised", 0)];
    for seed in 1..=12 {
        let (_, reader) = played("failover-zone", seed, &set);
        assert_eq!(reader.recall_permille, Some(1_000), "seed {seed}");
    }
}

#[test]
fn eighteen_failovers_read_twice_agree() {
    assert!(check_suites(100, 3, &[]) >= 6, "too few failovers were felt for this to say anything");
}

#[test]
#[ignore = "slow: sixty failovers"]
fn sixty_failovers_read_twice_agree() {
    assert!(check_suites(100, 10, &[]) >= 20, "too few failovers were felt for this to say anything");
}

#[test]
fn so_do_other_control_planes_spoiled_clusters_and_the_lesson() {
    check_others(1, 4);
}

#[test]
#[ignore = "slow: more seeds"]
fn so_do_more_seeds_of_them() {
    check_others(2, 10);
}

/// Suites with other settings, and the lesson, over this many seeds.
fn check_others(suites: u64, lessons: u64) {
    check_suites(300, suites, &[("control_plane", 1)]);
    check_suites(300, suites, &[("control_plane", 2)]);
    check_suites(300, suites, &[("health_check_ms", 60_000), ("coordinators", 2), ("replicas", 1)]);
    check_suites(300, suites, &[("fencing", 0)]);
    (1..=lessons).for_each(|seed| assert!(check("kill-the-leader", seed, &[]), "seed {seed}"));
}

/// Whether the old side of a partition acknowledged something after a new epoch had begun.
fn split_brain(seed: u64, fencing: u64) -> bool {
    let (run, reader) = played("failover-partition", seed, &[("fencing", fencing)]);
    let late = reader.acknowledged_late();
    assert!(reader.successor.is_some(), "seed {seed}: nobody took over");
    let named = |id: &i64| run.rpo.writes().iter().any(|write| write.id as i64 == *id);
    assert!(late.iter().all(named), "seed {seed}: {late:?} are lost and not named");
    !late.is_empty()
}

#[test]
fn the_old_side_of_a_partition_acknowledges_nothing_under_a_new_epoch_unless_fencing_is_off() {
    for seed in 1..=12 {
        assert!(!split_brain(seed, 1), "seed {seed}");
        assert!(split_brain(seed, 0), "seed {seed}");
    }
}

#[test]
#[ignore = "slow: takes minutes"]
fn ten_thousand_failovers_read_twice_agree() {
    let felt = check_suites(10_000, 1_667, &[]);
    println!("{} failovers, {felt} of them felt", 6 * 1_667);
    assert!(felt >= 5_000);
}

#[test]
#[ignore = "slow: takes minutes"]
fn in_ten_thousand_partitions_the_old_side_acknowledges_nothing_under_a_new_epoch() {
    for seed in 0..10_000 {
        assert!(!split_brain(seed, 1), "seed {seed}");
    }
}
