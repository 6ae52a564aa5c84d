//! The delegator in the log's owner, and the log on the stores of a Woodpecker service.
//!
//! Guarantees: each rule of the service is seen to matter. Leaves out: random combinations of faults (`swarm_tests`).

use super::tests::{cluster, failed, run, searches};
use super::topology::Component;
use super::{Action, Milvus};
use crate::event::{Event, EventKind, MilvusEvent};
use quorum_sim::event::EngineEvent;
use quorum_types::{MS, Micros, NodeId, SECOND};

/// Faults happen at this time: the cluster serves, and leases have been renewed.
const FAULT_US: Micros = 40 * SECOND;
/// The shape of 2.6 with delegators where they are there.
const DELEGATED: [(&str, u64); 3] = [("control_plane", 2), ("delegator", 1), ("consistency", 0)];
/// The shape of 3.0 with a log service.
const SERVICE: [(&str, u64); 4] =
    [("control_plane", 2), ("delegator", 1), ("consistency", 0), ("log_kind", 2)];

/// Nothing acknowledged is lost, and no invariant is violated.
fn sound(world: &Milvus) {
    let broken = world.checkers.invariants.statuses().iter().find_map(|status| status.broken.clone());
    assert_eq!((world.audit(), broken), (Vec::new(), None));
}

/// The pods that hold the growing rows, one per replica.
fn readers(world: &Milvus) -> Vec<NodeId> {
    world.facts().segments[0].copies.iter().map(|copy| copy.1).collect()
}

/// How long writes took, and when each was acknowledged.
fn writes(events: &[Event]) -> Vec<(Micros, Micros)> {
    let took = |event: &Event| match event.kind {
        EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => Some((event.t_us, took_us)),
        _ => None,
    };
    events.iter().filter_map(took).collect()
}

#[test]
fn the_owner_of_the_log_is_the_delegator_of_every_replica_and_query_nodes_hold_no_growing_rows() {
    let mut world = cluster(3, &DELEGATED);
    let events = run(&mut world, FAULT_US);
    let owner = world.acting(Component::StreamingNode).expect("one owns it");
    assert_eq!(readers(&world), [owner; 3], "three replicas");
    assert!(searches(&events).iter().all(|search| search.1 == 1_000));
    let by_owner = |event: &Event| match event.kind {
        EventKind::Milvus(MilvusEvent::SearchServed { .. }) => event.node == Some(owner),
        _ => true,
    };
    assert!(events.iter().all(by_owner));
    sound(&world);
}

#[test]
fn with_its_owner_a_channel_loses_its_delegator_until_another_owner_has_read_the_log() {
    for log_kind in 0..3 {
        let mut world = cluster(3, &[&DELEGATED[..], &[("log_kind", log_kind), ("insert_rows", 5)]].concat());
        run(&mut world, FAULT_US);
        let owner = world.acting(Component::StreamingNode).expect("one owns it");
        world.perform(&Action::Kill { node: owner }).expect("it runs");
        let lost = run(&mut world, FAULT_US + 10 * SECOND);
        assert_eq!(readers(&world), Vec::<NodeId>::new(), "{log_kind}: its growing rows are gone");
        assert!(searches(&lost).is_empty() && failed(&lost) > 3, "{log_kind}: nobody answers");
        let events = run(&mut world, FAULT_US + 60 * SECOND);
        let next = world.acting(Component::StreamingNode).expect("another owns it");
        assert_eq!(readers(&world), [next; 3], "{log_kind}");
        let taken = |event: &&Event| match &event.kind {
            EventKind::Milvus(MilvusEvent::RoleTaken { role, .. }) => role == "streaming_node",
            _ => false,
        };
        let taken = events.iter().find(taken).expect("it takes the role").t_us;
        let read =
            |event: &&Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::ChannelReplayed { .. }));
        let read = events.iter().find(read).expect("it reads the log").t_us;
        let answered = searches(&events);
        let served =
            |event: &&Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::SearchServed { .. }));
        let served = events.iter().find(served).expect("it answers").t_us;
        assert!(taken < read && read < served, "{log_kind}: {taken} {read} {served}");
        assert!(answered.len() > 20 && answered.iter().all(|search| search.1 == 1_000), "{log_kind}");
        sound(&world);
    }
}

#[test]
fn a_lost_query_node_takes_its_replica_away_and_not_the_owner_that_delegates_for_both() {
    let set =
        [("replicas", 2), ("query_nodes", 4), ("supervised", 0), ("proxy_attempts", 2), ("consistency", 1)];
    let mut world = cluster(3, &[&DELEGATED[..], &set].concat());
    run(&mut world, FAULT_US);
    let node = world.pods_of(Component::QueryNode)[0];
    world.perform(&Action::Kill { node }).expect("it runs");
    let events = run(&mut world, FAULT_US + 20 * SECOND);
    assert!(searches(&events).len() > 15, "{}", searches(&events).len());
    assert_eq!(failed(&events), 0, "the other replica answers");
    sound(&world);
}

#[test]
fn a_log_on_stores_of_its_own_takes_a_sync_and_no_election() {
    let mut world = cluster(4, &SERVICE);
    let events = run(&mut world, FAULT_US);
    let took = writes(&events);
    assert!(took.len() > 30, "{}", took.len());
    assert!(took.iter().all(|write| write.1 < 60 * MS), "{took:?}");
    let leads = |id: &NodeId| world.facts().pods.iter().any(|pod| pod.id == *id && pod.active);
    assert!(!world.pods_of(Component::Wal).iter().any(leads), "no store leads");
    sound(&world);
}

/// How many writes are acknowledged in 20 s after this number of log stores has been killed.
fn acknowledged_without(stores: usize, set: &[(&str, u64)]) -> usize {
    let mut world = cluster(5, &[&SERVICE[..], &[("supervised", 0)], set].concat());
    run(&mut world, FAULT_US);
    let all = world.pods_of(Component::Wal);
    for node in &all[..stores] {
        world.perform(&Action::Kill { node: *node }).expect("it runs");
    }
    let count = writes(&run(&mut world, FAULT_US + 20 * SECOND)).len();
    for node in &all[..stores] {
        world.perform(&Action::Restart { node: *node }).expect("it is down");
    }
    let events = run(&mut world, FAULT_US + 60 * SECOND);
    assert!(writes(&events).len() > 20, "{stores} {set:?}: it goes on");
    assert_eq!(searches(&events).last().map(|search| search.1), Some(1_000), "{stores} {set:?}");
    sound(&world);
    count
}

#[test]
fn writes_need_the_ack_quorum_of_the_stores() {
    assert!(acknowledged_without(1, &[]) > 30, "two of three are enough");
    assert!(acknowledged_without(2, &[]) <= 2);
    assert!(acknowledged_without(2, &[("woodpecker_ack_quorum", 1)]) > 30);
    assert!(acknowledged_without(1, &[("woodpecker_ack_quorum", 3)]) <= 2);
}

#[test]
fn a_new_owner_needs_as_many_stores_as_the_ack_quorum_leaves() {
    // An entry that one of three acknowledges may be on any of them: the new owner has to ask all.
    let owned_without_one = |quorum: u64| {
        let set = [("woodpecker_ack_quorum", quorum), ("supervised", 0)];
        let mut world = cluster(6, &[&SERVICE[..], &set].concat());
        run(&mut world, FAULT_US);
        let owner = world.acting(Component::StreamingNode).expect("one owns it");
        let store = world.pods_of(Component::Wal)[0];
        for node in [owner, store] {
            world.perform(&Action::Kill { node }).expect("it runs");
        }
        run(&mut world, FAULT_US + 60 * SECOND);
        let owned = world.acting(Component::StreamingNode).is_some();
        world.perform(&Action::Restart { node: store }).expect("it is down");
        let events = run(&mut world, FAULT_US + 90 * SECOND);
        assert!(writes(&events).len() > 10, "{quorum}");
        sound(&world);
        owned
    };
    assert_eq!([owned_without_one(1), owned_without_one(2)], [false, true]);
}

#[test]
fn acknowledged_entries_survive_the_owner_and_a_store_at_once() {
    for seed in 0..6 {
        let set = [("insert_interval_ms", 20), ("session_ttl_ms", 3_000), ("woodpecker_upload_ms", 2_000)];
        let mut world = cluster(seed, &[&SERVICE[..], &set].concat());
        run(&mut world, FAULT_US);
        let store = world.pods_of(Component::Wal)[seed as usize % 3];
        let owner = world.acting(Component::StreamingNode).expect("one owns it");
        for node in [owner, store] {
            world.perform(&Action::Kill { node }).expect("it runs");
        }
        let events = run(&mut world, FAULT_US + 40 * SECOND);
        assert!(writes(&events).len() > 100, "{seed}");
        assert_eq!(searches(&events).last().map(|search| search.1), Some(1_000), "{seed}");
        sound(&world);
    }
}

#[test]
fn what_a_former_writer_sent_is_refused_after_its_successor_has_fenced_the_stores() {
    let mut refused = 0;
    for seed in 0..4 {
        let set = [("session_ttl_ms", 3_000), ("insert_interval_ms", 20), ("supervised", 0)];
        let mut world = cluster(seed, &[&SERVICE[..], &set].concat());
        run(&mut world, FAULT_US);
        let node = world.acting(Component::StreamingNode).expect("one owns it");
        for to in world.pods_of(Component::Wal) {
            world.perform(&Action::Clog { from: node, to, us: 20 * SECOND }).expect("possible");
        }
        run(&mut world, FAULT_US + SECOND);
        world.perform(&Action::Stop { node }).expect("it runs");
        let before = world.acknowledged();
        run(&mut world, FAULT_US + 40 * SECOND);
        assert!(world.acknowledged() > before + 100, "{seed}: another one writes");
        refused += world.logs.refusals;
        sound(&world);
    }
    assert!(refused > 0, "the fence was needed");
}

#[test]
fn stores_let_go_of_what_the_object_store_has_and_need_it_for_nothing_else() {
    let set = [("insert_interval_ms", 20), ("woodpecker_upload_ms", 2_000)];
    let mut world = cluster(7, &[&SERVICE[..], &set].concat());
    run(&mut world, FAULT_US);
    let kept = world.kept_by_stores();
    // Two writers, 50 writes a second each; at most three seconds of them, and those of the next second.
    assert!(kept.len() == 3 && kept.iter().all(|kept| (1..400).contains(kept)), "{kept:?}");
    world.perform(&Action::ObjectStore { ms: 0, gone: true }).expect("possible");
    let events = run(&mut world, FAULT_US + 20 * SECOND);
    assert!(writes(&events).len() > 1_000, "{}", writes(&events).len());
    assert!(world.kept_by_stores().iter().all(|kept| *kept > 1_000), "{:?}", world.kept_by_stores());
    world.perform(&Action::ObjectStore { ms: 0, gone: false }).expect("possible");
    run(&mut world, FAULT_US + 40 * SECOND);
    assert!(world.kept_by_stores().iter().all(|kept| *kept < 400), "{:?}", world.kept_by_stores());
    sound(&world);
}
