//! Seeds, with all rules on and with each rule off.

use super::*;
use crate::raft::RULES;

/// Events of a run's safety phase in these tests; `quorum-lab swarm` runs more.
const EVENTS: u64 = 3_000;

fn limits(until: Option<&'static str>) -> Limits {
    Limits { events: EVENTS, until, mend: true }
}

#[test]
fn with_all_rules_on_nothing_breaks() {
    let seeds = std::env::var("QUORUM_LAB_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(60);
    for seed in 0..seeds {
        let run = Run::new(make(seed, None), limits(None), true).finish();
        assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
    }
}

#[test]
fn each_rule_off_breaks_what_it_protects() {
    let mut sorry = Vec::new();
    for facts in RULES {
        let mut hunt = Hunt::new(Some(facts.rule), 0, 200, 5_000);
        hunt.go(u64::MAX);
        match hunt.found() {
            Some(found) if found.schedule.deeds.len() <= 25 => {
                eprintln!(
                    "{:26} {:22} seed {:3} deeds {:2} event {}",
                    facts.name,
                    found.violation.invariant,
                    found.tried,
                    found.schedule.deeds.len(),
                    found.violation.event
                );
            }
            other => sorry.push((facts.name, facts.breaks, other.map(|found| found.schedule.deeds.len()))),
        }
    }
    assert!(sorry.is_empty(), "{sorry:?}");
}
