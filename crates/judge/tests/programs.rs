//! Programs that work, err and break, as processes.
//!
//! Guarantees: every kind of trouble is named, within the limits of the run, and no process is left; our own Raft
//! passes with every fault, and its mistakes are found. Leaves out: programs in other languages (`cargo xtask
//! test-judge`).

#![cfg(unix)]

use std::ffi::OsString;

use quorum_judge::maelstrom::{FaultKind, Op, OpKind, Plan, Report, Trouble, Workload, Wrong, judge};

const EVERY: [FaultKind; 5] =
    [FaultKind::Partition, FaultKind::OneWay, FaultKind::Pause, FaultKind::Kill, FaultKind::Loss];

/// A mistake is shown by no more operations than a person can check.
const FEW: usize = 8;

fn run(word: &str, workload: Workload, seconds: u64, faults: &[FaultKind]) -> Report {
    let command: Vec<OsString> = vec![env!("CARGO_BIN_EXE_judge-test-program").into(), word.into()];
    let plan = Plan { command, workload, nodes: 3, seconds, seed: 1, faults: faults.to_vec() };
    judge(&plan, &mut |_| true)
}

/// Holds that a program breaks in this way.
#[track_caller]
fn check(word: &str, workload: Workload, code: &str) -> Trouble {
    let report = run(word, workload, 1, &[]);
    let trouble = report.trouble.clone().expect("a program that breaks");
    assert_eq!(trouble.code(), code, "{word}: {trouble:?}");
    assert!(!report.ok() && report.wrong.is_none() && report.linearizable().is_none());
    trouble
}

#[test]
fn a_program_that_breaks_is_explained() {
    let Trouble::Ended { node, how, last_words } = check("exit", Workload::Echo, "ended") else { panic!() };
    assert!(node.starts_with('n') && how == "exit status 7", "{node} {how}");
    assert_eq!(last_words, ["out of ideas <b>"]);
    let Trouble::BadJson { line, why, .. } = check("bad-json", Workload::Echo, "bad_json") else { panic!() };
    assert!(line == "so far so good" && why.contains("line 1"), "{line} {why}");
    check("no-body", Workload::LinKv, "bad_message");
    check("wrong-answer", Workload::LinKv, "bad_answer");
    check("init-error", Workload::LinKv, "bad_answer");
    check("flood", Workload::Echo, "flood");
    check("flood-before-init", Workload::Echo, "flood");
    check("endless", Workload::Echo, "long_line");
    let Trouble::Ended { how, .. } = check("close", Workload::Echo, "ended") else { panic!() };
    assert_eq!(how, "signal 6");
    check("answers-init-only", Workload::LinKv, "silent");
}

#[test]
fn what_cannot_be_started_is_named() {
    let no_program = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (name, part) in [("/no/such/program", "No such file"), (no_program, "denied")] {
        let command = vec![name.into()];
        let plan =
            Plan { command, workload: Workload::Echo, nodes: 2, seconds: 1, seed: 1, faults: Vec::new() };
        let trouble = judge(&plan, &mut |_| true).trouble.expect("it cannot be started");
        let Trouble::CannotStart { command, why } = &trouble else { panic!("{trouble:?}") };
        assert!(command == name && why.contains(part), "{trouble:?}");
    }
}

#[test]
#[ignore = "slow: waits for the limit of init"]
fn a_silent_program_ends_with_its_limit() {
    check("silent", Workload::Echo, "no_init");
}

#[test]
fn a_run_that_is_no_longer_wanted_ends_at_once() {
    let command: Vec<OsString> = vec![env!("CARGO_BIN_EXE_judge-test-program").into(), "silent".into()];
    let plan = Plan { command, workload: Workload::Echo, nodes: 3, seconds: 60, seed: 1, faults: Vec::new() };
    let mut asked = 0;
    let report = judge(&plan, &mut |_| {
        asked += 1;
        asked < 20
    });
    assert!(!report.finished && report.trouble.is_none() && !report.ok());
}

/// A process that has ended is not there, or waits as a zombie for whoever inherited it.
#[cfg(target_os = "linux")]
fn there(process: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_keeps_its_input_and_what_left_its_group_are_ended() {
    let file = std::env::temp_dir().join(format!("quorum-judge-leaves-{}", std::process::id()));
    let known = || std::fs::read_to_string(&file).unwrap_or_default();
    let command =
        vec![env!("CARGO_BIN_EXE_judge-test-program").into(), format!("leaves:{}", file.display()).into()];
    let plan = Plan { command, workload: Workload::Echo, nodes: 3, seconds: 60, seed: 1, faults: Vec::new() };
    // The run goes on until all three have said who they are.
    let report = judge(&plan, &mut |_| known().lines().count() < 3);
    assert!(!report.finished && report.trouble.is_none());
    let said = known();
    std::fs::remove_file(&file).expect("it was written");
    let all: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(all.len(), 6, "{said}");
    let left: Vec<&&str> = all.iter().filter(|process| there(process)).collect();
    assert!(left.is_empty(), "{left:?} of {said}");
}

#[test]
fn wrong_answers_are_wrong_and_not_trouble() {
    let report = run("wrong-echo", Workload::Echo, 1, &[]);
    assert!(matches!(report.wrong, Some(Wrong::WrongEcho { .. })), "{:?}", report.wrong);
    let report = run("errors", Workload::LinKv, 1, &[]);
    assert_eq!((report.wrong, report.trouble), (Some(Wrong::NothingDone), None));
}

#[test]
fn our_own_nodes_echo_and_spread_sets() {
    for workload in [Workload::Echo, Workload::Broadcast, Workload::GSet] {
        let faults = [FaultKind::Partition, FaultKind::Loss, FaultKind::Pause];
        let report = run("own-", workload, 3, &faults);
        assert!(
            report.ok() && report.counts().ok > 20,
            "{workload:?}: {:?} {:?}",
            report.wrong,
            report.trouble
        );
    }
    let report = run("own-no-gossip", Workload::GSet, 1, &[]);
    assert!(matches!(report.wrong, Some(Wrong::Missing { .. })), "{:?}", report.wrong);
}

#[test]
fn our_own_raft_passes_under_every_fault() {
    let report = run("own-", Workload::LinKv, 8, &EVERY);
    assert!(report.ok(), "{:?} {:?}", report.wrong, report.trouble);
    assert_eq!(report.linearizable(), Some(true));
    assert!(report.counts().ok > 50 && !report.leaders.is_empty(), "{:?}", report.counts());
    assert_eq!(report.fault_counts().len(), EVERY.len(), "{:?}", report.faults);
}

#[test]
fn a_mistake_is_shown_by_few_operations() {
    for word in ["own-stale-read", "own-early-answer"] {
        let found = |seconds| match run(word, Workload::LinKv, seconds, &EVERY[..2]).wrong {
            Some(Wrong::NotLinearizable { ops, .. }) => {
                assert!((1..=FEW).contains(&ops.len()), "{word}: {} operations", ops.len());
                true
            }
            None => false,
            other => panic!("{word}: {other:?}"),
        };
        // Real time: a machine may be so quick or so busy that a run shows nothing.
        assert!((4..10).any(found), "{word} is never found");
    }
}

#[test]
fn a_history_has_its_operations_in_order() {
    let report = run("own-", Workload::LinKv, 1, &[]);
    assert!(report.ops.windows(2).all(|pair| pair[0].start <= pair[1].start));
    let reads = |op: &&Op| op.kind == OpKind::Read;
    assert!(report.ops.iter().filter(reads).count() > 0);
    assert!(report.latencies().is_some_and(|all| all.p50 <= all.p95 && all.p95 <= all.max));
}
