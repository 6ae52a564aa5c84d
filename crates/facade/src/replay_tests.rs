//! A schedule of any world is the same run in a search and in the lab.

use super::*;
use crate::milvus::Milvus;
use crate::regions::Regions;
use crate::swarm::{Cluster, Limits, Replay, RunOf, ScheduleOf, SwarmWorld, Watched};
use quorum_types::SECOND;

/// Plays a schedule in a search and in the lab up to a moment, and compares the digests of all events.
fn check_schedule<W: SwarmWorld>(mut schedule: ScheduleOf<W>, until_us: Micros, digest: fn(&W) -> String) {
    schedule.actions.retain(|timed| timed.t_us <= until_us);
    schedule.actions.truncate(limits::MOST_ACTIONS);
    let schedule = &schedule;
    let limits = Limits { events: u64::MAX, until: None, mend: false };
    let mut run = RunOf::<W>::new(schedule.clone(), limits, false);
    let next = |run: &RunOf<W>| {
        let action = schedule.actions.get(run.done().len()).map(|timed| timed.t_us);
        action.into_iter().chain(run.world.next_at()).min()
    };
    // An action is followed by an event at once, which may lie behind the moment; others may happen at its time.
    while next(&run).is_some_and(|at| at <= until_us.max(run.world.now_us())) && !run.go(1) {}
    let until_us = run.world.now_us();
    let replay = Replay::of::<W>(schedule).expect("actions are commands");
    let text = serde_json::to_string(&replay).expect("a text");
    let replay: Replay = serde_json::from_str(&text).expect("a schedule");
    let mut lab = Lab::replay(&replay, "en").expect("a run of it");
    lab.advance(until_us, u32::MAX);
    let events = lab.world.event_count();
    let done = lab.snapshot().replay.map(|(done, _)| done as usize);
    assert_eq!(done.unwrap_or(0), run.done().len(), "{} {}", W::WORLD, schedule.seed);
    assert_eq!(lab.digest(), digest(&run.world), "{} {}: {events} events, {text}", W::WORLD, schedule.seed);
}

/// Seeds with all rules on, and one with each rule off.
fn check<W: SwarmWorld>(until_us: Micros, digest: fn(&W) -> String) {
    for seed in 0..6 {
        check_schedule::<W>(W::generate(seed, None), until_us, digest);
    }
    for rule in <W::Rule as crate::swarm::SwitchableRule>::all() {
        check_schedule::<W>(W::generate(7, Some(rule)), until_us, digest);
    }
}

#[test]
fn a_schedule_of_a_replica_set_is_the_same_run_in_the_lab() {
    check::<Cluster>(3 * SECOND, |world| world.event_log.digest());
}

#[test]
fn a_schedule_of_an_engine_is_the_same_run_in_the_lab() {
    check::<Watched>(3 * SECOND, |watched| watched.world.event_log.digest());
}

#[test]
fn a_schedule_of_a_milvus_cluster_is_the_same_run_in_the_lab() {
    check::<Milvus>(20 * SECOND, Milvus::digest);
}

#[test]
fn a_schedule_of_two_regions_is_the_same_run_in_the_lab() {
    check::<Regions>(4 * 3_600 * SECOND, Regions::digest);
}
