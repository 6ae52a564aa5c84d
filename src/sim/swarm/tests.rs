//! Seeds, with all rules on and with each rule off.

use super::*;
use crate::raft::{Change, RULES, Raft};
use crate::sim::deed::ConfMode;
use crate::sim::member::Phase;

/// Events of a run's safety phase here; `quorum-lab swarm` runs ten thousand.
const EVENTS: u64 = 1_500;

/// Seeds that nothing may break in, from `first` on.
fn check(first: u64, seeds: u64) {
    let limits = Limits { events: EVENTS, until: None, mend: true };
    let (mut operations, mut excused, mut deeds) = (0, 0, 0);
    for seed in first..first + seeds {
        let run = Run::new(make(seed, None), limits, true).finish();
        assert!(run.violations.is_empty(), "seed {seed}: {:?}", run.violations);
        operations += run.world.client().judged();
        excused += u64::from(run.world.checkers.excused().is_some());
        deeds += run.done().len();
    }
    // The runs were about something.
    assert!(operations as u64 > 30 * seeds, "{operations} operations");
    assert!(deeds as u64 > 10 * seeds, "{deeds} deeds");
    assert!(excused < seeds / 20, "{excused} runs lost too much");
}

#[test]
fn with_all_rules_on_nothing_breaks_in_the_first_thousand_seeds() {
    check(0, 1_000);
}

#[test]
fn with_all_rules_on_nothing_breaks_in_the_second_thousand_seeds() {
    check(1_000, 1_000);
}

#[test]
fn each_rule_off_breaks_what_it_protects_and_is_shrunk_to_few_deeds() {
    for facts in RULES {
        let mut hunt = Hunt::new(Some(facts.rule), 0, 200, 10_000);
        let progress = hunt.go(u64::MAX);
        let Some(found) = hunt.found() else { panic!("{} falls in none of {progress:?}", facts.breaks) };
        assert_eq!(found.violation.invariant, facts.breaks);
        assert!(found.schedule.deeds.len() <= 25, "{}: {:?}", facts.name, found.schedule.deeds);
        // What is handed over breaks the same again, and with the rule on it does not.
        let mend = facts.breaks == PROGRESS;
        let events = if mend { 10_000 } else { found.violation.event + 1 };
        let limits = Limits { events, until: None, mend };
        let again = Run::new(found.schedule.clone(), limits, true).finish();
        assert!(again.broke(facts.breaks).is_some(), "{}", facts.name);
        let on = Schedule { off: Vec::new(), ..found.schedule.clone() };
        let on = Run::new(on, limits, true).finish();
        assert!(on.violations.is_empty(), "{}: {:?}", facts.name, on.violations);
    }
}

#[test]
fn a_run_that_is_saved_and_loaded_at_every_hundredth_event_goes_on_the_same() {
    for seed in 0..20 {
        let limits = Limits { events: 3_000, until: None, mend: true };
        let plain = Run::new(make(seed, None), limits, false).finish();
        let mut run = Run::new(make(seed, None), limits, false);
        while !run.go(100) {
            // A copy goes on and the original is gone; every node's Raft goes through text and back.
            run = run.clone();
            for member in run.world.members_mut() {
                if let Phase::Running(raft) = &mut member.phase {
                    let text = serde_json::to_string(raft).expect("Raft is text");
                    *raft = serde_json::from_str::<Box<Raft>>(&text).expect("it comes back");
                }
            }
        }
        assert_eq!(run.world.journal.digest(), plain.world.journal.digest(), "seed {seed}");
        assert_eq!(run.events, plain.events);
    }
}

#[test]
fn a_stuck_run_says_why() {
    // Every node by itself, and nobody mends it.
    let alone = |node| Timed { t_us: 500_000, deed: Deed::Partition { side: vec![node] } };
    let mut schedule =
        Schedule { deeds: (1..=5).map(alone).collect(), ..make(2, Some(Rule::RandomisedTimeouts)) };
    schedule.off.clear();
    let run = Run::new(schedule, Limits { events: 4_000, until: None, mend: false }, true).finish();
    let demand = Demand::new(&run.world, vec![1, 2, 3, 4, 5]);
    let why = demand.what_is_missing(&run.world).expect("nobody can be elected");
    assert!(why.contains("stands for election") || why.contains("no write is acknowledged"), "{why}");
    assert!(why.contains("node"), "{why}");
}

#[test]
fn a_client_of_removed_nodes_finds_the_leader_that_they_have_never_heard_of() {
    // The third node leads and removes the first, which goes on naming it, and then itself, which names nobody.
    let one = |change| Deed::Conf { mode: ConfMode::Single, changes: vec![change] };
    let deeds = [
        (1_000, Deed::Campaign { node: 3 }),
        (500_000, one(Change::Learner(1))),
        (700_000, one(Change::Remove(1))),
        (900_000, one(Change::Remove(3))),
    ];
    let deeds = deeds.map(|(t_us, deed)| Timed { t_us, deed }).to_vec();
    let schedule = Schedule { nodes: 3, seed: 1, settings: Vec::new(), off: Vec::new(), deeds };
    let run = Run::new(schedule, Limits { events: 1_500, until: None, mend: true }, true).finish();
    assert!(run.violations.is_empty(), "{:?}", run.violations);
    // What it is about did come about: the first still names the third, and the second leads alone.
    let names: Vec<_> =
        run.world.members().iter().filter_map(|member| member.raft().map(Raft::leader)).collect();
    assert_eq!(names, [Some(3), Some(2), None]);
    assert_eq!(run.world.client().route(), 2);
}
