//! Seeds, with all rules on and with each rule off; and the schedules that faults were found with.
//!
//! Guarantees: what was found once stays in `found.json`, and every rule has a search that breaks its invariant. Leaves
//! out: scenarios (`tests` and the other files of tests).

use super::Milvus;
use super::generate::make;
use super::rules::{RULES, Rule};
use super::swarm::Schedule;
use quorum_sim::swarm::{self, Limits, PROGRESS, ScheduledAction, SwarmWorld};
use serde::Deserialize;
use std::collections::BTreeMap;

type Search = swarm::Search<Milvus>;
type Run = swarm::Run<Milvus>;

/// Events of a run's safety phase: about eight virtual seconds, with a failover or more in most of them.
const EVENTS: u64 = 6_000;
/// A shrunk schedule has no more actions than this.
const MOST_ACTIONS: usize = 25;

/// Runs seeds from `first` on, in which there must be no violation.
fn check(first: u64, seeds: u64) {
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let (mut searches, mut writes, mut actions, mut excused) = (0, 0, 0, 0);
    for seed in first..first + seeds {
        let run = Run::new(make(seed, None), limits, true).finish();
        assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
        searches += run.world.tester().1;
        writes += run.world.acknowledged();
        actions += run.done().len() as u64;
        excused += u64::from(run.world.invariants().excused().is_some());
    }
    // The runs did something relevant.
    assert!(searches > 15 * seeds && writes > 30 * seeds, "{searches} searches, {writes} rows");
    assert!(actions > 10 * seeds, "{actions} actions");
    assert_eq!(excused, 0, "no fault of this world destroys a disk");
}

/// Ranges of seeds in parts that run in parallel.
macro_rules! nothing_breaks {
    ($($(#[$slow:meta])? $name:ident: $first:literal, $seeds:literal;)*) => {$(
        #[test]
        $(#[$slow])?
        fn $name() {
            check($first, $seeds);
        }
    )*};
}
nothing_breaks! {
    with_all_rules_on_nothing_breaks_from_0: 0, 75;
    with_all_rules_on_nothing_breaks_from_75: 75, 75;
    #[ignore = "slow: more seeds"]
    with_all_rules_on_nothing_breaks_from_150: 150, 75;
    #[ignore = "slow: more seeds"]
    with_all_rules_on_nothing_breaks_from_225: 225, 75;
}

#[test]
#[ignore = "slow: takes minutes"]
fn with_all_rules_on_nothing_breaks_in_many_seeds() {
    check(1_000, 5_000);
}

/// Every rule, in parts that run in parallel: a part switches every third rule off.
fn each_rule_off_breaks_what_it_protects(part: usize) {
    for facts in RULES.iter().skip(part).step_by(3) {
        let mut search = Search::new(Some(facts.rule), 0, 200, EVENTS);
        let progress = search.go(u64::MAX);
        let Some(found) = search.found() else { panic!("{} falls in none of {progress:?}", facts.breaks) };
        println!(
            "{}: {} after {} seeds, {} actions",
            facts.name,
            facts.breaks,
            found.tried,
            found.schedule.actions.len()
        );
        assert_eq!(found.violation.invariant, facts.breaks);
        assert!(found.schedule.actions.len() <= MOST_ACTIONS, "{}: {:?}", facts.name, found.schedule.actions);
        // What is handed over breaks the same again, and with the rule on it does not.
        let mend = facts.breaks == PROGRESS;
        let events = if mend { EVENTS } else { found.violation.event + 1 };
        let limits = Limits { events, until: None, mend };
        let text = serde_json::to_string(&found.schedule).expect("a schedule can be written");
        let read: Schedule = serde_json::from_str(&text).expect("and read back");
        assert_eq!(read, found.schedule, "{}", facts.name);
        let again = Run::new(read, limits, true).finish();
        assert!(again.broke(facts.breaks).is_some(), "{}", facts.name);
        let on = Schedule { off: Vec::new(), ..found.schedule.clone() };
        let on = Run::new(on, limits, true).finish();
        assert!(on.violations.is_empty(), "{}: {:?}", facts.name, on.violations);
    }
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_0() {
    each_rule_off_breaks_what_it_protects(0);
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_1() {
    each_rule_off_breaks_what_it_protects(1);
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_2() {
    each_rule_off_breaks_what_it_protects(2);
}

#[test]
fn generated_settings_are_within_their_bounds_and_all_faults_occur() {
    let mut words: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 0..200 {
        // Every third seed has all rules on.
        let off = (seed % 3 > 0).then(|| RULES[seed as usize % RULES.len()].rule);
        let schedule = make(seed, off);
        let mut settings = super::Settings::default();
        for (name, value) in &schedule.settings {
            settings.set(name, *value).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        }
        for timed in &schedule.actions {
            *words.entry(timed.action.word()).or_default() += 1;
        }
        assert_eq!(make(seed, off), schedule);
    }
    let all = [
        "clock",
        "clog",
        "create_snapshot",
        "cut",
        "drop_job",
        "drop_snapshot",
        "flush_collection",
        "full_disk",
        "heal",
        "import_rows",
        "kill",
        "kill_zone",
        "list_snapshots",
        "object_store",
        "partition",
        "pause",
        "restart",
        "restore_snapshot",
        "resume",
        "set",
        "slow_disk",
        "stop",
        "truncate_collection",
        "weather",
    ];
    assert!(words.keys().map(String::as_str).eq(all), "{words:?}");
}

/// A schedule that a fault was found with.
#[derive(Deserialize)]
struct Known {
    why: String,
    schedule: Schedule,
}

#[test]
fn what_was_found_once_stays_fixed() {
    let all: Vec<Known> = serde_json::from_str(include_str!("found.json")).expect("schedules");
    for Known { why, schedule } in all {
        let limits = Limits { events: 2 * EVENTS, until: None, mend: true };
        let run = Run::new(schedule, limits, true).finish();
        assert!(run.violations.is_empty(), "{why}: {:?}", run.violations);
    }
}

/// Searches a range of seeds, for use by hand: `SEEDS=0..500 [OFF=rule] cargo test -p quorum-milvus --lib by_hand --
/// --ignored --nocapture`.
#[test]
#[ignore = "slow: for use by hand"]
fn seeds_by_hand() {
    let var = |name: &str| std::env::var(name).ok();
    let seeds = var("SEEDS").unwrap_or_else(|| "0..300".to_owned());
    let (first, end) = seeds.split_once("..").expect("FIRST..END");
    let (first, end): (u64, u64) = (first.parse().expect("a number"), end.parse().expect("a number"));
    let off = var("OFF").map(|name| {
        RULES.iter().find(|facts| facts.name == name).unwrap_or_else(|| panic!("no rule {name}")).rule
    });
    let events = var("EVENTS").map_or(EVENTS, |events| events.parse().expect("a number"));
    let mut limits = Limits::against(off, events);
    limits.until = limits.until.filter(|_| var("ANY").is_none());
    let (mut total, mut us, mut found) = (0, 0, BTreeMap::new());
    let (mut searches, mut writes, mut faults) = (0, 0, BTreeMap::new());
    for seed in first..end {
        let run = Run::new(Milvus::generate(seed, off), limits, true).finish();
        total += run.events;
        us += run.world.now_us();
        searches += run.world.tester().1;
        writes += run.world.acknowledged();
        for timed in run.done() {
            *faults.entry(timed.action.word()).or_insert(0) += 1;
        }
        for violation in &run.violations {
            let count = found.entry(violation.invariant.clone()).or_insert(0);
            *count += 1;
            if *count <= 3 {
                println!(
                    "seed {seed} event {}: {}: {}",
                    violation.event, violation.invariant, violation.detail
                );
            }
        }
    }
    println!(
        "{} seeds, {total} events, {} s, {searches} searches, {writes} rows",
        end - first,
        us / 1_000_000
    );
    println!("faults {faults:?}");
    println!("found {found:?}");
}

/// Shrinks a schedule, for use by hand: `SEED=3 [OFF=rule] [EVENTS=10000]`.
#[test]
#[ignore = "slow: for use by hand"]
fn shrink_by_hand() {
    let var = |name: &str| std::env::var(name).ok();
    let off: Option<Rule> =
        var("OFF").map(|name| RULES.iter().find(|facts| facts.name == name).expect("a rule").rule);
    let Some(seed) = var("SEED") else { return };
    let seed = seed.parse().expect("a number");
    let events = var("EVENTS").map_or(EVENTS, |events| events.parse().expect("a number"));
    let mut search = Search::new(off, seed, 1, events);
    search.go(u64::MAX);
    let found = search.found().expect("a violation");
    println!("{:?}", found.violation);
    println!("{}", serde_json::to_string(&found.schedule).expect("JSON"));
}

/// Prints the events of a schedule, for use by hand: `SCHEDULE=file [FROM=µs] [UNTIL=µs]`.
#[test]
#[ignore = "slow: for use by hand"]
fn events_by_hand() {
    let var = |name: &str| std::env::var(name).ok();
    let number = |name: &str, or: u64| var(name).map_or(or, |value| value.parse().expect("a number"));
    let Some(file) = var("SCHEDULE") else { return };
    let text = std::fs::read_to_string(file).expect("a file");
    let schedule: Schedule = serde_json::from_str(&text).expect("a schedule");
    let limits = Limits { events: number("EVENTS", EVENTS), until: None, mend: true };
    let mut run = Run::new(schedule, limits, false);
    while !run.go(1) && run.world.now_us() < number("UNTIL", u64::MAX) {
        for event in run.world.take_events() {
            if event.t_us >= number("FROM", 0) {
                println!("{} {:?} {:?}", event.t_us, event.node, event.kind);
            }
        }
    }
    println!("{:?}", run.violations);
    println!(
        "{:#?}",
        run.world.pods.iter().map(|pod| (pod.place, pod.acting, pod.lease_until)).collect::<Vec<_>>()
    );
}
