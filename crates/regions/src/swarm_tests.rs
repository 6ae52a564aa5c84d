//! Seeds, with all rules on and with each rule off.

use super::Regions;
use super::generate::make;
use super::rules::RULES;
use super::swarm::Schedule;
use quorum_sim::swarm::{self, Limits, PROGRESS};

type Hunt = swarm::Hunt<Regions>;
type Run = swarm::Run<Regions>;

/// Events of a run's safety phase.
const EVENTS: u64 = 2_000;
/// The maximum number of actions in a shrunk schedule.
const MOST_ACTIONS: usize = 25;

/// Runs seeds from `first` on, in which there must be no violation.
fn check(first: u64, seeds: u64) {
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let (mut operations, mut excused, mut actions, mut bad) = (0, 0, 0, Vec::new());
    for seed in first..first + seeds {
        let run = Run::new(make(seed, None), limits, true).finish();
        if !run.violations.is_empty() {
            bad.push((seed, run.violations.clone()));
        }
        operations += swarm::SwarmWorld::judged(&run.world);
        excused += u64::from(run.world.checkers.invariants.excused().is_some());
        actions += run.done().len() as u64;
    }
    let mut kinds = std::collections::BTreeMap::<String, (u64, u64)>::new();
    for (seed, violations) in &bad {
        for violation in violations {
            kinds.entry(violation.invariant.clone()).or_insert((0, *seed)).0 += 1;
        }
    }
    for (seed, violations) in bad.iter().take(12) {
        println!("seed {seed}: {violations:?}");
    }
    assert!(bad.is_empty(), "{} of {seeds}: {kinds:?}", bad.len());
    // The runs did something relevant.
    assert!(operations > 30 * seeds, "{operations} operations");
    assert!(actions > 10 * seeds, "{actions} actions");
    assert!(excused < seeds.div_ceil(20), "{excused} runs lost too much");
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

/// Every rule, in parts that run in parallel: a part switches every third rule off.
fn each_rule_off_breaks_what_it_protects(part: usize) {
    for facts in RULES.iter().skip(part).step_by(3) {
        let mut hunt = Hunt::new(Some(facts.rule), 0, 200, 5_000);
        let progress = hunt.go(u64::MAX);
        let Some(found) = hunt.found() else {
            panic!("{}: {} falls in none of {progress:?}", facts.name, facts.breaks)
        };
        println!("{} {} {} {}", facts.name, facts.breaks, found.tried, found.schedule.actions.len());
        assert_eq!(found.violation.invariant, facts.breaks);
        assert!(found.schedule.actions.len() <= MOST_ACTIONS, "{}: {:?}", facts.name, found.schedule.actions);
        // What is handed over breaks the same again, and with the rule on it does not.
        let mend = facts.breaks == PROGRESS;
        let events = if mend { 5_000 } else { found.violation.event + 1 };
        let limits = Limits { events, until: None, mend };
        let again = Run::new(found.schedule.clone(), limits, true).finish();
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
#[ignore = "many"]
fn many() {
    let first: u64 = std::env::var("FIRST").expect("a seed").parse().expect("a seed");
    let began = std::time::Instant::now();
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let mut kinds = std::collections::BTreeMap::<String, u64>::new();
    let (mut events, mut bad, mut seeds) = (0, 0, 0);
    let mut acted = 0;
    for seed in first..first + std::env::var("SEEDS").expect("n").parse::<u64>().expect("n") {
        let run = Run::new(make(seed, None), limits, true).finish();
        events += run.events;
        seeds += 1;
        acted += run.done().len();
        for timed in run.done() {
            *kinds.entry(quorum_sim::swarm::ScheduledAction::word(&timed.action)).or_default() += 1;
        }
        if let Some(violation) = run.violations.first() {
            bad += 1;
            println!("seed {seed}: {violation:?}");
        }
    }
    println!("{seeds} seeds, {bad} bad, {events} events, {acted} actions, {:?}, {kinds:?}", began.elapsed());
}

#[test]
#[ignore = "explore"]
fn explore() {
    for seed in std::env::var("SEEDS").unwrap_or_default().split(',') {
        let seed: u64 = seed.parse().expect("a seed");
        let mut hunt = Hunt::new(None, seed, 1, EVENTS);
        hunt.go(u64::MAX);
        let Some(found) = hunt.found() else {
            println!("{seed}: nothing");
            continue;
        };
        println!("{seed}: {:?}", found.violation);
        for (name, value) in &found.schedule.settings {
            print!("{name}={value},");
        }
        println!();
        for timed in &found.schedule.actions {
            println!("   {} {:?}", timed.t_us as f64 / 1e6, timed.action);
        }
        let mend = found.violation.invariant == PROGRESS;
        let events = if mend { EVENTS } else { found.violation.event + 1 };
        let mut run = Run::new(found.schedule.clone(), Limits { events, until: None, mend }, false);
        run.go(u64::MAX);
        if mend {
            for timed in run.done() {
                println!("  M {} {:?}", timed.t_us as f64 / 1e6, timed.action);
            }
        }
        let events = run.world.take_events();
        let events: Vec<_> = events
            .iter()
            .filter(|event| {
                !matches!(event.kind, super::EventKind::Region(super::RegionEvent::ReadEnd { .. }))
            })
            .collect();
        for event in events.iter().rev().take(25).rev() {
            println!("      {} {:?} {:?}", event.t_us as f64 / 1e6, event.node, event.kind);
        }
    }
}
