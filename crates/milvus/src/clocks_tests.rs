//! Clocks of pods that are wrong.
//!
//! Guarantees: every bound is compared with what the cluster does. Leaves out: random clocks (`swarm_tests`).

use super::Milvus;
use super::action::Action;
use super::event::{Event, EventKind, MilvusEvent};
use super::settings::Settings;
use super::topology::Component;
use quorum_sim::event::FaultEvent;
use quorum_types::{Micros, NodeId, SECOND};

/// When the clocks are set.
const SET_US: Micros = 40 * SECOND;
/// When a pod loses the metadata store.
const CUT_US: Micros = 100 * SECOND;

/// A cluster with leases of 30 s that serves, and nobody restarts pods.
fn cluster(seed: u64, more: &[(&str, u64)]) -> Milvus {
    let mut settings = Settings::default();
    let leases = [("control_plane", 1), ("supervised", 0), ("latency_min_us", 200), ("latency_max_us", 400)];
    for (name, value) in leases.iter().chain(more) {
        settings.set(name, *value).expect("a setting");
    }
    let mut world = Milvus::new(seed, settings);
    run(&mut world, SET_US);
    world
}

fn run(world: &mut Milvus, until_us: Micros) {
    assert!(world.advance(until_us, 10_000_000), "it gets there");
}

fn clock(world: &mut Milvus, node: NodeId, drift_ppm: i64, jump_us: i64) {
    world.perform(&Action::Clock { node, drift_ppm, jump_us, period_us: 0 }).expect("a pod");
}

fn cut_from_store(world: &mut Milvus, node: NodeId) {
    let store = world.of(Component::Meta);
    let but = (1..=world.pods.len() as NodeId).filter(|id| !store.contains(id)).collect();
    world.perform(&Action::Partition { side: vec![node], but }).expect("pods");
}

/// When the holder exits, and when the store ends its lease, after it has lost the store.
fn ends(world: &mut Milvus, holder: NodeId) -> (Option<Micros>, Option<Micros>) {
    run(world, CUT_US);
    cut_from_store(world, holder);
    run(world, CUT_US + 60 * SECOND);
    let events = world.take_events();
    let when = |is: fn(&MilvusEvent) -> bool| {
        let of = |event: &&Event| {
            event.node == Some(holder) && matches!(&event.kind, EventKind::Milvus(kind) if is(kind))
        };
        events.iter().filter(of).map(|event| event.t_us).find(|at| *at > CUT_US)
    };
    (
        when(|kind| matches!(kind, MilvusEvent::Exited { .. })),
        when(|kind| matches!(kind, MilvusEvent::LeaseExpired { .. })),
    )
}

fn broken(world: &Milvus) -> Vec<&str> {
    let statuses = world.checkers.invariants.statuses();
    statuses.iter().filter(|status| status.broken.is_some()).map(|status| status.name).collect()
}

/// A holder with a slow clock and a store with fast ones, by this many parts per million each.
fn apart(ppm: i64, margin: u64) -> (Milvus, NodeId) {
    let mut world = cluster(5, &[("lease_margin_percent", margin)]);
    let holder = world.acting(Component::QueryCoord).expect("it serves");
    for store in world.of(Component::Meta) {
        clock(&mut world, store, ppm, 0);
    }
    clock(&mut world, holder, -ppm, 0);
    (world, holder)
}

#[test]
fn a_margin_covers_clocks_that_differ_and_without_it_a_holder_believes_for_too_long() {
    for (margin, covers) in [(10, true), (0, false)] {
        let (mut world, holder) = apart(50_000, margin);
        let (exits, ends) = ends(&mut world, holder);
        let (exits, ends) = (exits.expect("the holder exits"), ends.expect("the store ends it"));
        assert_eq!(exits < ends, covers, "margin {margin}: {exits} {ends}");
        assert_eq!(broken(&world).is_empty(), covers, "margin {margin}: {:?}", broken(&world));
        // Two coordinators act at once, because the first one believes in its lease for too long.
        let as_named = broken(&world).contains(&"lease_belief") && broken(&world).contains(&"one_acting");
        assert_eq!(as_named, !covers, "margin {margin}: {:?}", broken(&world));
    }
}

#[test]
fn the_stores_leader_times_leases_by_its_own_clock() {
    let ends_after = |ppm: i64| {
        let mut world = cluster(6, &[]);
        let holder = world.acting(Component::DataCoord).expect("it serves");
        for store in world.of(Component::Meta) {
            clock(&mut world, store, ppm, 0);
        }
        ends(&mut world, holder).1.expect("it ends") - CUT_US
    };
    // A lease of 30 s that was renewed less than 10 s ago, in seconds of the simulation.
    let (right, fast, slow) = (ends_after(0), ends_after(500_000), ends_after(-250_000));
    assert!((19 * SECOND..31 * SECOND).contains(&right), "{right}");
    assert!((10 * SECOND..21 * SECOND).contains(&fast), "{fast}");
    assert!((28 * SECOND..42 * SECOND).contains(&slow), "{slow}");
}

#[test]
fn a_jump_forward_ends_a_lease_at_its_holder_and_one_back_makes_it_no_longer() {
    let exits_after = |jump_us: i64| {
        let mut world = cluster(7, &[]);
        let holder = world.acting(Component::QueryCoord).expect("it serves");
        run(&mut world, CUT_US);
        cut_from_store(&mut world, holder);
        clock(&mut world, holder, 0, jump_us);
        ends(&mut world, holder).0.expect("it exits") - CUT_US
    };
    let right = exits_after(0);
    assert_eq!(exits_after(-20 * SECOND as i64), right);
    assert!(right > 15 * SECOND, "{right}");
    assert!(exits_after(10 * SECOND as i64) + 8 * SECOND < right);
    assert!(exits_after(40 * SECOND as i64) < 2 * SECOND);
}

#[test]
fn a_slow_clock_renews_less_often_and_keeps_its_lease() {
    let mut world = cluster(8, &[]);
    let holder = world.acting(Component::QueryCoord).expect("it serves");
    // A third of a lease by this clock takes 20 s.
    clock(&mut world, holder, -500_000, 0);
    run(&mut world, SET_US + 300 * SECOND);
    assert_eq!(world.acting(Component::QueryCoord), Some(holder));
    assert!(broken(&world).is_empty());
    // At 25 s by the store's, a lease of 30 s is renewed too late now and then: the pod exits.
    clock(&mut world, holder, -800_000, 0);
    run(&mut world, SET_US + 600 * SECOND);
    assert_ne!(world.acting(Component::QueryCoord), Some(holder));
}

#[test]
fn a_clock_alternates_until_it_is_set_again() {
    let mut world = cluster(9, &[]);
    let alternates = Action::Clock { node: 1, drift_ppm: 1_000, jump_us: 0, period_us: SECOND };
    world.perform(&alternates).expect("a pod");
    let drift = |world: &Milvus| world.pod(1).expect("a pod").clock.drift_ppm();
    let mut seen = Vec::new();
    for second in 0..4 {
        run(&mut world, SET_US + second * SECOND + SECOND / 2);
        seen.push(drift(&world));
    }
    assert_eq!(seen, [1_000, -1_000, 1_000, -1_000]);
    clock(&mut world, 1, 7, 0);
    run(&mut world, SET_US + 10 * SECOND);
    assert_eq!(drift(&world), 7);
    let refused = world.perform(&Action::Clock { node: 99, drift_ppm: 1, jump_us: 0, period_us: 0 });
    assert_eq!(refused.expect_err("no such pod").code, "unknown_node");
    let set = world.take_events();
    let sets = set.iter().filter(|event| matches!(event.kind, EventKind::Fault(FaultEvent::ClockSet { .. })));
    assert_eq!(sets.count(), 2, "what was set is listed, and no alternation");
}
