//! A schedule of any world is the same run in a search and in the lab.

use super::*;
use crate::milvus::Milvus;
use crate::regions::Regions;
use crate::swarm::{Cluster, Limits, Replay, RunOf, ScheduleOf, SwarmWorld, Watched};
use quorum_types::SECOND;

/// Plays a schedule in the lab up to a moment and in a search through as many events, and compares the digests of all
/// events.
fn check_schedule<W: SwarmWorld>(
    mut schedule: ScheduleOf<W>,
    until_us: Micros,
    read: fn(&W) -> (u64, String),
) {
    schedule.actions.retain(|timed| timed.t_us <= until_us);
    schedule.actions.truncate(limits::MOST_ACTIONS);
    let replay = Replay::of::<W>(&schedule).expect("actions are commands");
    let text = serde_json::to_string(&replay).expect("a text");
    let replay: Replay = serde_json::from_str(&text).expect("a schedule");
    let mut lab = Lab::replay(&replay, "en").expect("a run of it");
    lab.advance(until_us, u32::MAX);
    let events = lab.world.event_count();
    let limits = Limits { events: u64::MAX, until: None, mend: false };
    let mut run = RunOf::<W>::new(schedule, limits, false);
    while read(&run.world).0 < events && !run.go(1) {}
    assert!(events > 20, "{} {}: {events} events", W::WORLD, replay.seed);
    assert_eq!((events, lab.digest()), read(&run.world), "{} {}: {text}", W::WORLD, replay.seed);
}

/// Seeds with all rules on, and one with each rule off.
fn check<W: SwarmWorld>(until_us: Micros, read: fn(&W) -> (u64, String)) {
    for seed in 0..6 {
        check_schedule::<W>(W::generate(seed, None), until_us, read);
    }
    for rule in <W::Rule as crate::swarm::SwitchableRule>::all() {
        check_schedule::<W>(W::generate(7, Some(rule)), until_us, read);
    }
}

#[test]
fn a_schedule_of_a_replica_set_is_the_same_run_in_the_lab() {
    check::<Cluster>(3 * SECOND, |world| (world.event_log.count(), world.event_log.digest()));
}

#[test]
fn a_schedule_of_an_engine_is_the_same_run_in_the_lab() {
    check::<Watched>(3 * SECOND, |watched| {
        (watched.world.event_log.count(), watched.world.event_log.digest())
    });
}

#[test]
fn a_schedule_of_a_milvus_cluster_is_the_same_run_in_the_lab() {
    check::<Milvus>(20 * SECOND, |world| (world.event_count(), world.digest()));
}

#[test]
fn a_schedule_of_two_regions_is_the_same_run_in_the_lab() {
    check::<Regions>(4 * 3_600 * SECOND, |world| (world.event_count(), world.digest()));
}
