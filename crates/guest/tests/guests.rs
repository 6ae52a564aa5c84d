//! Guests in the simulation: our own core, a small Raft that is right, and the same with mistakes.
//!
//! Guarantees: the world finds nothing in cores that are right, and each mistake within 200 seeds; what it finds is
//! shortened to at most 25 actions and repeats to the last event. Leaves out: guests in other languages
//! (`cargo xtask test-judge`).

use std::ffi::OsString;

use quorum_guest::ours::Ours;
use quorum_guest::program::{Cores, Programs};
use quorum_guest::search::{EVENTS, Outcome, generate, hello, read, run};
use quorum_guest::shrink::shrink;
use quorum_guest::world::{OWN_TERM, PROGRAM, Violation};
use quorum_raft::{Rule, Rules};

fn program(word: &str) -> Programs {
    let command: Vec<OsString> = vec![env!("CARGO_BIN_EXE_guest-test-node").into(), word.into()];
    Programs::new(command)
}

fn search(cores: &mut dyn Cores, seeds: std::ops::Range<u64>, events: u64) -> Option<(u64, Violation)> {
    let caps = hello(cores).expect("it says what it can do");
    seeds.into_iter().find_map(|seed| {
        let outcome = run(&generate(seed), events, cores, caps);
        outcome.violation.map(|violation| (seed, violation))
    })
}

/// Holds that a mistake is found within these seeds, as one of these violations, and shortened.
#[track_caller]
fn check(word: &str, seeds: std::ops::Range<u64>, invariants: &[&str]) {
    let mut cores = program(word);
    let (seed, violation) =
        search(&mut cores, seeds, EVENTS).unwrap_or_else(|| panic!("{word} is not found"));
    let caps = hello(&mut cores).expect("it says what it can do");
    let (schedule, violation) = shrink(generate(seed), violation, EVENTS, &mut cores, caps, &|| true);
    let found = format!("{word}: seed {seed}, {} actions, {violation:?}", schedule.actions.len());
    println!("{found}");
    assert!(invariants.contains(&violation.invariant.as_str()), "{found}");
    assert!(schedule.actions.len() <= 25, "{found}");
    let text = serde_json::to_string(&schedule).expect("JSON");
    let again = run(&read(&text).expect("a schedule"), EVENTS, &mut cores, caps);
    assert_eq!(again.violation, Some(violation), "{found}");
    // The same on our core is no violation.
    let ours = run(&schedule, EVENTS, &mut Ours::default(), caps);
    assert_eq!(ours.violation, None, "{found}");
}

#[test]
fn our_own_core_is_a_guest_in_which_nothing_is_found() {
    let mut cores = Ours::default();
    let caps = hello(&mut cores).expect("it says what it can do");
    let (mut operations, mut faults) = (0, 0);
    for seed in 0..24 {
        let once = |cores: &mut Ours| run(&generate(seed), 1_500, cores, caps);
        let Outcome { events, virtual_us, operations: judged, faults: done, violation } = once(&mut cores);
        assert_eq!(violation, None, "seed {seed}");
        operations += judged;
        faults += done.values().sum::<u64>();
        let again = once(&mut cores);
        assert_eq!(
            (again.events, again.virtual_us, again.operations),
            (events, virtual_us, judged),
            "seed {seed}"
        );
    }
    assert!(operations > 500 && faults > 100, "{operations} operations, {faults} faults");
}

#[test]
fn a_rule_that_our_core_breaks_is_found() {
    let mut rules = Rules::default();
    rules.set(Rule::CommitCurrentTermOnly, false);
    rules.set(Rule::LogUpToDate, false);
    let found = search(&mut Ours::new(rules), 0..100, EVENTS);
    assert!(found.is_some(), "nothing is found");
}

#[test]
fn a_small_raft_that_is_right_passes() {
    let found = search(&mut program("right"), 0..24, 1_500);
    assert_eq!(found, None);
}

#[test]
fn a_second_vote_and_a_forgotten_one_are_found() {
    check("double-vote", 0..200, &["hard_state_monotonic", "election_safety"]);
    check("forgotten-vote", 0..200, &["hard_state_monotonic"]);
}

#[test]
#[ignore = "slow: runs many seeds"]
fn every_mistake_is_found_within_200_seeds() {
    check("old-term", 0..200, &[OWN_TERM]);
    check("early-ack", 0..200, &["committed_durable"]);
    check("stale-read", 0..200, &["linearizable"]);
    check("lost-snapshot", 0..200, &["committed_durable", PROGRAM]);
    assert_eq!(search(&mut program("right"), 0..200, EVENTS), None);
}

#[test]
fn a_program_that_breaks_is_a_violation_with_its_last_words() {
    for (word, part) in [("exit", "no more lines"), ("nonsense", "what?")] {
        let (_, violation) = search(&mut program(word), 0..1, EVENTS).expect("it breaks");
        assert_eq!(violation.invariant, PROGRAM);
        assert!(violation.detail.contains(part), "{word}: {}", violation.detail);
    }
    let missing = hello(&mut Programs::new(vec!["/no/such/core".into()])).expect_err("there is none");
    assert!(missing.0.contains("/no/such/core"), "{missing:?}");
    let silent = hello(&mut Programs::new(vec!["true".into()])).expect_err("it ends");
    assert!(silent.0.contains("ended by itself"), "{silent:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_keeps_its_input_and_what_left_its_group_are_ended() {
    // A process that has ended is not there, or waits as a zombie for whoever inherited it.
    let there = |process: &&&str| {
        let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    };
    let file = std::env::temp_dir().join(format!("quorum-guest-leaves-{}", std::process::id()));
    let mut cores = program(&format!("leaves:{}", file.display()));
    hello(&mut cores).expect("it says what it can do");
    let said = std::fs::read_to_string(&file).expect("it was written");
    let all: Vec<&str> = said.split_whitespace().collect();
    assert_eq!((all.len(), all.iter().filter(there).count()), (2, 2), "{said}");
    drop(cores);
    std::fs::remove_file(&file).expect("it was written");
    assert_eq!(all.iter().filter(there).count(), 0, "{said}");
}

#[test]
#[ignore = "slow: waits for the limit of an answer"]
fn a_program_that_hangs_is_ended() {
    let (_, violation) = search(&mut program("hang"), 0..1, EVENTS).expect("it hangs");
    assert!(violation.invariant == PROGRAM && violation.detail.contains("within 10 s"), "{violation:?}");
}

#[test]
fn a_schedule_that_was_generated_can_be_read_and_one_that_cannot_be_run_is_refused() {
    for seed in 0..400 {
        let schedule = generate(seed);
        let again = read(&serde_json::to_string(&schedule).expect("JSON"));
        assert!(again.unwrap_or_else(|why| panic!("seed {seed}: {why}")) == schedule, "seed {seed}");
    }
    let with = |settings: &str, deed: &str| {
        format!(r#"{{"nodes": 3, "seed": 1, "settings": {settings}, "off": [], "deeds": [{deed}]}}"#)
    };
    let caps = hello(&mut Ours::default()).expect("it says what it can do");
    for (deed, part) in [
        (r#"{"t_us": 5, "op": "kill", "node": 4}"#, "no node 4"),
        (r#"{"t_us": 5, "op": "resume", "node": 0}"#, "no node 0"),
        (r#"{"t_us": 5, "op": "partition", "side": [1, 9]}"#, "no node 9"),
        (r#"{"t_us": 5, "op": "clog", "from": 1, "to": 2, "us": 18446744073709551615}"#, "a day"),
        (r#"{"t_us": 18446744073709551615, "op": "heal"}"#, "a day"),
    ] {
        let why = read(&with("[]", deed)).expect_err(deed);
        assert!(why.contains(part) && why.contains("deed 1"), "{deed}: {why}");
    }
    for (settings, part) in [(r#"[["frogs", 1]]"#, "frogs"), (r#"[["election_ms", 0]]"#, "election_ms")] {
        let why = read(&with(settings, "")).expect_err(settings);
        assert!(why.contains(part), "{why}");
    }
    // The wildest that is allowed runs.
    let wild =
        r#"{"t_us": 5, "op": "clock", "node": 1, "drift_ppm": -9223372036854775808, "period_us": 1000}"#;
    let schedule = read(&with("[]", wild)).expect("a schedule");
    assert!(run(&schedule, 500, &mut Ours::default(), caps).events > 0);
}
