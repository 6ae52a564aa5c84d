//! Seeds, with all rules on and with each rule off.

use std::collections::BTreeMap;

use super::Regions;
use super::generate::make;
use super::rules::{RULES, Rule};
use super::swarm::Schedule;
use quorum_sim::swarm::{self, Limits, PROGRESS, ScheduledAction, SwarmWorld};

type Search = swarm::Search<Regions>;
type Run = swarm::Run<Regions>;

/// Events of a run's safety phase.
const EVENTS: u64 = 2_000;
/// The maximum number of actions in a shrunk schedule.
const MOST_ACTIONS: usize = 25;

/// What runs of many seeds did.
#[derive(Debug, Default)]
struct Sums {
    events: u64,
    operations: u64,
    excused: u64,
    actions: BTreeMap<String, u64>,
}

/// Runs seeds from `first` on, in which there must be no violation.
fn check(first: u64, seeds: u64) -> Sums {
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let mut sums = Sums::default();
    for seed in first..first + seeds {
        let run = Run::new(make(seed, None), limits, true).finish();
        assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
        sums.events += run.events;
        sums.operations += run.world.judged();
        sums.excused += u64::from(run.world.invariants().excused().is_some());
        for timed in run.done() {
            *sums.actions.entry(timed.action.word()).or_default() += 1;
        }
    }
    // The runs did something relevant.
    let actions: u64 = sums.actions.values().sum();
    assert!(sums.operations > 30 * seeds, "{} operations", sums.operations);
    assert!(actions > 10 * seeds, "{actions} actions");
    assert!(sums.excused * 20 < seeds, "{} runs lost too much", sums.excused);
    sums
}

/// Ranges of seeds in parts that run in parallel.
macro_rules! nothing_breaks {
    ($($name:ident: $first:literal, $seeds:literal;)*) => {$(
        #[test]
        fn $name() {
            check($first, $seeds);
        }
    )*};
}
nothing_breaks! {
    with_all_rules_on_nothing_breaks_from_0: 0, 100;
    with_all_rules_on_nothing_breaks_from_100: 100, 100;
    with_all_rules_on_nothing_breaks_from_200: 200, 100;
}

#[test]
#[ignore = "slow: takes minutes"]
fn twenty_thousand_seeds_break_nothing() {
    println!("{:?}", check(1_000_000, 20_000));
}

/// Every rule, in parts that run in parallel: a part switches every third rule off.
fn each_rule_off_breaks_what_it_protects(part: usize) {
    for facts in RULES.iter().skip(part).step_by(3) {
        let mut search = Search::new(Some(facts.rule), 0, 200, 5_000);
        let progress = search.go(u64::MAX);
        let Some(found) = search.found() else { panic!("{} falls in none of {progress:?}", facts.breaks) };
        assert_eq!(found.violation.invariant, facts.breaks);
        let actions = &found.schedule.actions;
        println!("{}: {} after {} seeds, {} actions", facts.name, facts.breaks, found.tried, actions.len());
        assert!(actions.len() <= MOST_ACTIONS, "{}: {actions:?}", facts.name);
        // What is handed over breaks the same again, also after it was written as text, and with the rule on it does
        // not.
        let text = serde_json::to_string(&found.schedule).expect("it is text");
        let read: Schedule = serde_json::from_str(&text).expect("it is a schedule");
        assert_eq!(read, found.schedule, "{text}");
        let mend = facts.breaks == PROGRESS;
        let events = if mend { 5_000 } else { found.violation.event + 1 };
        let limits = Limits { events, until: None, mend };
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
fn actions_stand_in_schedules_as_in_scripts() {
    let schedule = make(3, Some(Rule::OneRpo));
    let text = serde_json::to_string(&schedule).expect("it is text");
    assert!(text.contains(r#""op":"region","deed":""#), "{text}");
    assert_eq!(serde_json::from_str::<Schedule>(&text).ok(), Some(schedule));
    for bad in [r#"{"t_us":1,"op":"kill","node":1}"#, r#"{"t_us":1,"op":"region","deed":"burn"}"#] {
        assert!(serde_json::from_str::<swarm::Timed<super::Action>>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_run_is_the_same_to_the_last_event() {
    for seed in 0..5 {
        let limits = Limits { events: EVENTS, until: None, mend: true };
        let plain = Run::new(make(seed, None), limits, false).finish();
        let mut run = Run::new(make(seed, None), limits, false);
        while !run.go(100) {
            // A copy goes on and the original is gone.
            run = run.clone();
        }
        assert_eq!((run.world.digest(), run.events), (plain.world.digest(), plain.events), "seed {seed}");
    }
}
