//! Seeds, with all rules on and with each rule off.

use super::Milvus;
use super::rules::RULES;
use quorum_sim::swarm::{self, Limits, SwarmWorld};

type Hunt = swarm::Hunt<Milvus>;
type Run = swarm::Run<Milvus>;

/// Events of a run's safety phase: about twelve virtual seconds, with a failover or more in most of them.
const EVENTS: u64 = 6_000;

/// Searches a range of seeds, for use by hand: `SEEDS=0..500 [OFF=rule] cargo test -p quorum-milvus --lib by_hand --
/// --ignored --nocapture`.
#[test]
#[ignore = "slow"]
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
    let (mut total, mut us, mut found) = (0, 0, std::collections::BTreeMap::new());
    let (mut searches, mut writes, mut faults) = (0, 0, std::collections::BTreeMap::new());
    for seed in first..end {
        let run = Run::new(Milvus::generate(seed, off), limits, true).finish();
        total += run.events;
        us += run.world.now_us();
        searches += run.world.tester().1;
        writes += run.world.acknowledged();
        for timed in run.done() {
            *faults.entry(swarm::ScheduledAction::word(&timed.action)).or_insert(0) += 1;
        }
        for violation in &run.violations {
            let count = found.entry(violation.invariant.clone()).or_insert(0);
            *count += 1;
            if *count <= 3 {
                println!("seed {seed} event {}: {}: {}", violation.event, violation.invariant, violation.detail);
            }
        }
    }
    println!("{} seeds, {total} events, {} s, {searches} searches, {writes} rows", end - first, us / 1_000_000);
    println!("faults {faults:?}");
    println!("found {found:?}");
}

/// Shrinks a schedule, for use by hand: `SEED=3 [OFF=rule] [BREAKS=invariant]`.
#[test]
#[ignore = "slow"]
fn shrink_by_hand() {
    let var = |name: &str| std::env::var(name).ok();
    let off = var("OFF").map(|name| RULES.iter().find(|facts| facts.name == name).expect("a rule").rule);
    let seed = var("SEED").expect("SEED").parse().expect("a number");
    let mut hunt = Hunt::new(off, seed, 1, EVENTS);
    hunt.go(u64::MAX);
    let found = hunt.found().expect("a violation");
    println!("{:?}", found.violation);
    println!("{}", serde_json::to_string(&found.schedule).expect("JSON"));
}

/// Prints the events of a schedule, for use by hand: `SCHEDULE=file [FROM=µs] [UNTIL=µs]`.
#[test]
#[ignore = "slow"]
fn events_by_hand() {
    let var = |name: &str| std::env::var(name).ok();
    let number = |name: &str, or: u64| var(name).map_or(or, |value| value.parse().expect("a number"));
    let text = std::fs::read_to_string(var("SCHEDULE").expect("SCHEDULE")).expect("a file");
    let schedule: super::swarm::Schedule = serde_json::from_str(&text).expect("a schedule");
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
    println!("{:#?}", run.world.pods.iter().map(|pod| (pod.place, pod.acting, pod.lease_until)).collect::<Vec<_>>());
}
