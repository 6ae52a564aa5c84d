//! Threads and ends: what is printed depends on neither how many nor when.
//!
//! Guarantees: one, two and seven threads print the same bytes; an end after some tasks prints these tasks, marked, and
//! the exit status says so. Leaves out: real signals (`tests/closed_output.rs`), and the wall clock.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use serde_json::Value;

use super::End;
use super::progress::Line;
use super::tests::{context, run_with};
use super::work::{Context, Covered, Done, Kind, Stop, each};
use quorum_i18n::Lang;

/// Threads that are ended after this number of tasks.
fn ended(jobs: usize, after: u64) -> Context {
    Context { stop: Arc::new(Stop::after(after)), ..context(jobs) }
}

/// What is printed, without the time that it took.
fn timeless(text: &str) -> String {
    let mut parts = text.splitn(2, "\"wall_s\":");
    let (before, behind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{before}{}", behind.split_once(',').map_or("", |(_, rest)| rest))
}

/// Holds that any number of threads prints the same and ends the same.
#[track_caller]
fn check_alike(arguments: &[&str]) -> (End, String) {
    let on = |jobs| {
        let (end, text) = run_with(arguments, &context(jobs)).expect("it runs");
        (end, timeless(&text))
    };
    let one = on(1);
    for jobs in [2, 7] {
        assert_eq!(on(jobs), one, "{arguments:?} on {jobs} threads");
    }
    one
}

/// What is printed after this number of tasks, which one thread does in order.
#[track_caller]
fn check_ended(arguments: &[&str], after: u64) -> String {
    let (end, text) = run_with(arguments, &ended(1, after)).expect("it runs");
    assert_eq!((end, end.status()), (End::Interrupted, 130), "{text}");
    text
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Tasks that say their number, of which one may be the last.
fn numbers(context: &Context, count: u64, last: Option<u64>) -> (Vec<u64>, Covered) {
    let line = Line::new(false, Lang::En, count, "");
    let mut taken = Vec::new();
    let work =
        |at, going: &super::work::Going<'_>| going.on().then_some(Done { value: at, last: last == Some(at) });
    let covered = each(context, &line, count, work, |at, value| {
        assert_eq!(at, value);
        taken.push(value);
    });
    (taken, covered)
}

#[test]
fn results_come_in_order_and_end_at_the_first_last_one() {
    for jobs in [1, 2, 7, 64] {
        let (taken, covered) = numbers(&context(jobs), 100, None);
        assert_eq!(taken, (0..100).collect::<Vec<_>>());
        assert_eq!(covered.partial(0, Kind::Runs), None);
        let (taken, covered) = numbers(&context(jobs), 100, Some(41));
        assert_eq!(taken, (0..42).collect::<Vec<_>>(), "{jobs} threads");
        assert_eq!(covered.partial(0, Kind::Runs), None, "nothing is missing before the last one");
        assert!(numbers(&context(jobs), 0, None).0.is_empty());
    }
}

#[test]
fn an_end_hands_over_what_is_done_and_says_which() {
    let (taken, covered) = numbers(&ended(1, 5), 100, None);
    assert_eq!(taken, [0, 1, 2, 3, 4]);
    let partial = covered.partial(30, Kind::Seeds).expect("it is not whole");
    assert_eq!(
        serde_json::to_string(&partial).expect("JSON"),
        r#"{"interrupted":true,"included":{"kind":"seeds","ranges":[[30,35]],"done":5,"of":100}}"#
    );
    assert!(
        partial.text(Lang::En).contains("only 5 of 100 seeds, namely 30..35"),
        "{}",
        partial.text(Lang::En)
    );
    assert!(numbers(&ended(3, 0), 100, None).0.is_empty());
    // Of several threads each may have one more under way, but nothing that is done is lost or there twice.
    for jobs in [2, 7] {
        let (taken, covered) = numbers(&ended(jobs, 20), 10_000, None);
        let partial = covered.partial(0, Kind::Runs).expect("it is not whole");
        assert!((20..=20 + jobs).contains(&taken.len()), "{}", taken.len());
        assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), taken.len());
        let ranges = json(&serde_json::to_string(&partial).expect("JSON"))["included"]["ranges"].clone();
        let ranges: Vec<(u64, u64)> = serde_json::from_value(ranges).expect("ranges");
        assert_eq!(ranges.into_iter().flat_map(|(from, end)| from..end).collect::<Vec<_>>(), taken);
    }
    let stop = Stop::default();
    assert!(!stop.asked() && !stop.ask() && stop.ask() && stop.asked());
}

#[test]
fn every_mark_is_said_in_both_languages() {
    for kind in [Kind::Seeds, Kind::Runs, Kind::Lessons, Kind::Cases] {
        for (done, of) in [(0, 1), (0, 7), (1, 7), (7, 7)] {
            let partial = Covered::up_to(done, of).cut(0, kind);
            let (zh, en) = (partial.text(Lang::Zh), partial.text(Lang::En));
            assert!(zh.contains("Ctrl-C") && en.contains("nded by Ctrl-C") && zh != en, "{zh} {en}");
            assert!(!zh.contains("cli-") && !en.contains("{$"), "{zh} {en}");
            assert_eq!(partial.is_empty(), done == 0);
        }
    }
}

/// A task that is not wanted any more is left.
#[test]
fn a_task_under_way_is_left_when_an_earlier_one_was_the_last() {
    let left = AtomicU64::new(0);
    let line = Line::new(false, Lang::En, 2, "");
    let covered = each(
        &context(2),
        &line,
        2,
        |at, going| {
            if at == 0 {
                return Some(Done { value: at, last: true });
            }
            while going.on() {
                std::thread::yield_now();
            }
            left.fetch_add(1, SeqCst);
            None
        },
        |at, _| assert_eq!(at, 0),
    );
    assert_eq!(covered.partial(0, Kind::Runs), None);
    // With luck the second was not even begun.
    assert!(left.load(SeqCst) <= 1);
}

#[test]
fn a_swarm_prints_the_same_on_any_number_of_threads() {
    for arguments in [
        &["swarm", "--seeds", "0..12", "--events", "1500", "--json"][..],
        &["swarm", "--seeds", "3..9", "--events", "1500", "--lang", "en"],
    ] {
        assert_eq!(check_alike(arguments).0, End::Held);
    }
    // The first seed that breaks it, even where a later one is done earlier.
    let arguments =
        ["swarm", "--seeds", "0..200", "--events", "3000", "--break", "repair_before_voting", "--json"];
    let (end, text) = check_alike(&arguments);
    let report = json(&text);
    assert_eq!(end, End::Missed);
    assert_eq!(report["violations"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["violations"][0]["seed"].as_u64().map(|seed| seed + 1), report["seeds"].as_u64());
}

#[test]
fn a_drill_prints_the_same_on_any_number_of_threads() {
    for arguments in [
        &["drill", "kill-the-leader", "--runs", "9", "--seed", "3", "--json"][..],
        &["drill", "failover-proxy", "--runs", "3", "--csv"],
    ] {
        check_alike(arguments);
    }
    // What one run is refused for is the same refusal.
    let code =
        |jobs| run_with(&["drill", "failover-all", "--runs", "0"], &context(jobs)).expect_err("refused").code;
    assert_eq!([code(1), code(7)], ["bad_runs", "bad_runs"]);
}

#[test]
#[ignore = "slow: every suite, on 1, 2 and 7 threads"]
fn more_drills_print_the_same_on_any_number_of_threads() {
    for arguments in [
        &["drill", "failover-proxy", "--runs", "8", "--csv"][..],
        &["drill", "failover-all", "--runs", "2", "--lang", "en"],
        &["drill", "dr-switchover", "--runs", "3", "--json"],
    ] {
        check_alike(arguments);
    }
}

#[test]
fn a_check_of_lessons_prints_the_same_on_any_number_of_threads() {
    // As many lessons as one can begin with, two of them of one name.
    let folder = std::env::temp_dir().join(format!("quorum-lab-jobs-{}", std::process::id()));
    let template = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lesson-template"));
    for (at, name) in ["one-of-these", "two-of-these", "three-of-these", "two-of-these"].iter().enumerate() {
        let place = folder.join(format!("{at}-lesson"));
        std::fs::create_dir_all(&place).expect("a folder");
        for file in ["lesson.toml", "zh.md", "en.md"] {
            let text = std::fs::read_to_string(template.join(file)).expect("a template");
            std::fs::write(place.join(file), text.replace("a-lesson-of-your-own", name)).expect("written");
        }
    }
    let word = folder.to_string_lossy();
    let (end, text) = check_alike(&["lessons", "check", &word]);
    assert_eq!((end, text.lines().count()), (End::Missed, 4), "{text}");
    let ended = check_ended(&["lessons", "check", &word], 2);
    let lines: Vec<&str> = ended.lines().collect();
    assert_eq!(lines[..2], text.lines().take(2).collect::<Vec<_>>()[..]);
    assert_eq!(json(lines[2])["included"]["ranges"], serde_json::json!([[0, 2]]));
    std::fs::remove_dir_all(&folder).expect("it goes");
}

#[test]
fn a_swarm_that_is_ended_prints_the_seeds_that_are_over() {
    let arguments = ["swarm", "--seeds", "5..1000", "--events", "800", "--json"];
    let report = json(&check_ended(&arguments, 3));
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["included"], serde_json::json!({"kind":"seeds","ranges":[[5,8]],"done":3,"of":995}));
    let (_, whole) =
        run_with(&["swarm", "--seeds", "5..8", "--events", "800", "--json"], &context(1)).expect("it runs");
    for figure in ["seeds", "events", "virtual_s", "faults", "operations", "violations"] {
        assert_eq!(report[figure], json(&whole)[figure], "{figure}");
    }
    assert_eq!(json(&whole)["interrupted"], Value::Null, "what is whole has no mark");
    let words = check_ended(&["swarm", "--seeds", "5..1000", "--events", "800", "--lang", "en"], 3);
    assert!(words.starts_with("PARTIAL, ended by Ctrl-C: only 3 of 995 seeds, namely 5..8"), "{words}");
    let none = check_ended(&["swarm", "--seeds", "5..1000"], 0);
    assert!(none.starts_with("还没有完成任何一项"), "{none}");
}

#[test]
fn a_drill_that_is_ended_prints_the_runs_that_are_over_and_writes_no_file() {
    let folder = std::env::temp_dir().join(format!("quorum-lab-ended-{}", std::process::id()));
    let word = folder.to_string_lossy();
    let arguments = ["drill", "kill-the-leader", "--seed", "3", "--runs", "50", "--save", &word];
    let report = json(&check_ended(&[&arguments[..], &["--json"]].concat(), 2));
    assert_eq!(report["included"], serde_json::json!({"kind":"runs","ranges":[[0,2]],"done":2,"of":50}));
    let whole = ["drill", "kill-the-leader", "--seed", "3", "--runs", "2", "--json"];
    let whole = json(&run_with(&whole, &context(1)).expect("it runs").1);
    assert_eq!((&report["runs"], &report["rto"]), (&whole["runs"], &whole["rto"]));
    assert!(!folder.exists(), "half a report is not kept");
    let words = check_ended(&[&arguments[..], &["--lang", "en"]].concat(), 2);
    assert!(words.starts_with("PARTIAL, ended by Ctrl-C: only 2 of 50 runs, namely 0..2"), "{words}");
    assert!(words.contains("Drill kill-the-leader, 2 runs"), "{words}");
    for lang in ["zh", "en"] {
        let none = check_ended(&[&arguments[..], &["--lang", lang]].concat(), 0);
        assert_eq!(none.lines().count(), 1, "{none}");
    }
}

#[test]
fn measurements_that_are_ended_print_the_cases_that_are_measured() {
    let report = json(&check_ended(&["load", "--json"], 1));
    assert_eq!(report["included"], serde_json::json!({"kind":"cases","ranges":[[0,1]],"done":1,"of":20}));
    assert_eq!(report["reads"].as_array().map(Vec::len), Some(1));
    let words = check_ended(&["load", "--lang", "en"], 1);
    assert!(words.starts_with("PARTIAL, ended by Ctrl-C: only 1 of 20 cases"), "{words}");
    // What is measured is the same in both languages and to the byte.
    let qps = report["reads"][0]["qps"].as_f64().expect("a number");
    assert!(words.contains(&format!("1 replica, 10 clients: {qps:.1}")), "{words}");
    let words = check_ended(&["load", "--lang", "zh"], 1);
    assert!(words.contains(&format!("1 个副本，10 个客户端：QPS {qps:.1}")), "{words}");
    assert!(!words.contains("mc-"), "a message is missing: {words}");
    assert_eq!(json(&check_ended(&["load", "--json"], 1)), report);
    let notes = json(&check_ended(&["drill", "notes", "--json"], 0));
    assert_eq!((&notes["interrupted"], &notes["notes"]), (&true.into(), &serde_json::json!([])));
}

#[test]
#[ignore = "slow: every figure of the notes"]
fn the_figures_of_the_notes_are_printed_as_ever() {
    let (end, whole) = run_with(&["drill", "notes", "--json"], &context(3)).expect("it runs");
    assert_eq!(end, End::Held);
    // The bytes that it always printed: fields in the order of their names.
    assert!(whole.starts_with("{\"notes\":[{\"id\":\"coordinator-total\",\"note\":2,\"ours\":"), "{whole}");
    assert!(whole.ends_with("],\"runs\":1,\"seed\":1}\n"), "{whole}");
}
