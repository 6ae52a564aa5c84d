//! Power cuts after which any unsynced sectors are there, and any unsynced removals took effect.

use super::Cluster;
use super::generate::make;
use super::swarm::Schedule;
use crate::action::Action;
use crate::swarm::{self, Limits, Timed};
use quorum_raft::Rule;
use quorum_types::{MS, NodeId};

type Run = swarm::Run<Cluster>;

/// The schedule of a seed in which every power cut keeps sectors.
fn in_sectors(seed: u64, off: Option<Rule>) -> Schedule {
    let mut schedule = make(seed, off);
    for (at, timed) in (0..).zip(&mut schedule.actions) {
        if let Action::Kill { sectors, .. } | Action::PowerCut { sectors, .. } = &mut timed.action {
            *sectors = Some(seed * 1_000 + at);
        }
    }
    schedule
}

/// Runs schedules with power cuts that keep sectors; returns what broke, by name.
fn broken(seeds: std::ops::Range<u64>, off: Option<Rule>, set: &[(&str, u64)]) -> Vec<(u64, String)> {
    let mut broken = Vec::new();
    for seed in seeds {
        let mut schedule = in_sectors(seed, None);
        schedule.off.extend(off);
        for (name, value) in &mut schedule.settings {
            if let Some((_, other)) = set.iter().find(|(known, _)| known == name) {
                *value = *other;
            }
        }
        let run =
            Run::new(schedule, Limits { events: 3_000, until: None, mend: off.is_none() }, true).finish();
        broken.extend(run.violations.into_iter().map(|violation| (seed, violation.invariant)));
    }
    broken
}

#[test]
fn a_recovery_that_trusts_a_hole_is_found_out() {
    let broken = broken(0..60, Some(Rule::ChecksumOnReplay), &[("fsync_max_ms", 20)]);
    assert!(broken.iter().any(|(_, name)| name == "replay_exact_prefix"), "{broken:?}");
}

#[test]
fn nothing_breaks_when_any_sectors_survive() {
    assert_eq!(broken(0..120, None, &[]), []);
}

/// Kills one node after the other, with a snapshot every few entries and small log files, so that files are removed all
/// the time. Says how often a node found its log damaged.
fn takes_itself_for_damaged(seed: u64) -> u64 {
    let settings = [
        ("heartbeat_ms", 20),
        ("election_ms", 150),
        ("latency_min_ms", 1),
        ("latency_max_ms", 2),
        ("fsync_min_ms", 5),
        ("fsync_max_ms", 20),
        ("boot_ms", 1),
        ("client_interval_ms", 10),
        ("wal_file_kib", 1),
        ("snapshot_entries", 25),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let mut actions = Vec::new();
    for n in 0..40 {
        let (t_us, node) = (400 * MS + n * 233 * MS, n as NodeId % 3 + 1);
        actions.push(Timed {
            t_us,
            action: Action::Kill { node, torn_bytes: 0, sectors: Some(seed * 100 + n) },
        });
        actions.push(Timed { t_us: t_us + 5 * MS, action: Action::Restart { node } });
    }
    let schedule = Schedule { nodes: 3, seed, settings, off: Vec::new(), actions };
    let mut run = Run::new(schedule, Limits { events: 30_000, until: None, mend: true }, true);
    let (mut times, mut before) = (0, false);
    while !run.go(1) {
        let damaged = run.world.members().iter().any(|member| member.damaged);
        times += u64::from(damaged && !before);
        before = damaged;
    }
    assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
    times
}

#[test]
fn no_log_is_taken_for_damaged_because_removed_files_came_back() {
    let times: Vec<u64> = (0..20).map(takes_itself_for_damaged).collect();
    assert_eq!(times.iter().sum::<u64>(), 0, "{times:?}");
}

/// The shrunk schedule of seed 318. Node 1's disk lies. Its log is cut to nothing and written again; the last power cut
/// loses all that with the removal of a file from before the cut, which reads well and reaches further than the stamp's
/// LSN.
const BEFORE_THE_CUT: &str = r#"{"nodes":3,"seed":449,"off":[],"settings":[
        ["heartbeat_ms",20],["election_ms",150],["latency_min_ms",1],["latency_max_ms",2],
        ["fsync_min_ms",1],["fsync_max_ms",2],["boot_ms",20],["client_interval_ms",20],
        ["client_attempt_ms",68],["client_deadline_ms",400],["client_reads",35],["client_puts",30],
        ["client_swaps",30],["client_keys",3],["wal_file_kib",8],["pre_vote",0],["check_quorum",1],
        ["snapshot_entries",0],["append_entries",64],["uncommitted_kib",0],["voters",3],["lease_reads",0]],
    "deeds":[
        {"t_us":1582,"op":"disk","node":1,"fault":"lie","at":905},
        {"t_us":242050,"op":"kill","node":1,"torn_bytes":0,"sectors":2887045728},
        {"t_us":243719,"op":"restart","node":1},{"t_us":273132,"op":"take_snapshot","node":1},
        {"t_us":274454,"op":"take_snapshot","node":3},
        {"t_us":275668,"op":"power_cut","torn_bytes":0,"sectors":155654776},
        {"t_us":531714,"op":"power_cut","torn_bytes":0,"sectors":780039847}]}"#;

#[test]
fn a_log_from_before_a_cut_is_not_taken_for_whole() {
    let schedule: Schedule = serde_json::from_str(BEFORE_THE_CUT).expect("it is a schedule");
    let run = Run::new(schedule, Limits { events: 2_000, until: None, mend: true }, true).finish();
    assert!(run.violations.is_empty(), "{:?}", run.violations);
}

/// Many seeds:
/// `CLUSTER_SEEDS=0..1000 cargo test -p quorum-sim --lib sector_tests::many_seeds -- --ignored --nocapture`.
#[test]
#[ignore = "slow: takes minutes"]
fn many_seeds() {
    let text = std::env::var("CLUSTER_SEEDS").unwrap_or_else(|_| "0..1000".to_owned());
    let (first, last) = text.split_once("..").expect("a range");
    let (first, last): (u64, u64) = (first.parse().expect("a number"), last.parse().expect("a number"));
    let limits = Limits { events: 10_000, until: None, mend: true };
    let (mut events, mut excused, mut broken) = (0, 0, 0);
    let mut faults = std::collections::BTreeMap::<String, u64>::new();
    for seed in first..last {
        let run = Run::new(make(seed, None), limits, true).finish();
        if !run.violations.is_empty() {
            broken += 1;
            println!("seed {seed}: {:?}", run.violations);
        }
        events += run.events;
        excused += u64::from(run.world.checkers.invariants.excused().is_some());
        run.done().iter().for_each(|timed| *faults.entry(timed.action.name().to_owned()).or_default() += 1);
    }
    println!("{} seeds, {events} events, {excused} excused: {faults:?}", last - first);
    assert_eq!(broken, 0);
}
