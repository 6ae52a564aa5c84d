//! Records of segments that come late: the files that they name have to be there.
//!
//! Guarantees: a fault that takes longer than a generated schedule is played here. Leaves out: late records of shorter
//! faults (`swarm_tests`).

use super::Milvus;
use super::kept_tests::{cluster, run};
use super::topology::Component;
use crate::action::Action;
use quorum_types::{NodeId, SECOND};

fn act_on(world: &mut Milvus, nodes: &[NodeId], action: impl Fn(NodeId) -> Action) {
    for node in nodes {
        world.perform(&action(*node)).expect("an action");
    }
}

/// Plays a metadata store that is down for 105 seconds while a segment waits to be recorded. Returns the cluster before
/// the store is back, and the segments that wait.
fn without_store(tolerance_s: u64) -> (Milvus, Vec<u64>) {
    // In the course's topology coordinators have no sessions: they act while the store is down.
    let set = [("control_plane", 0), ("gc_missing_tolerance_s", tolerance_s), ("supervised", 0)];
    let mut world = cluster(&set, 15);
    let members = world.of(Component::Meta);
    act_on(&mut world, &members, |node| Action::Kill { node });
    run(&mut world, 5 * SECOND);
    let written = world.sealed.iter().filter(|sealed| sealed.span.is_some()).map(|sealed| sealed.segment);
    let waits = |segment: &u64| world.keeping.recorded_at(*segment).is_none();
    let waiting: Vec<u64> = written.filter(waits).collect();
    assert!(!waiting.is_empty());
    run(&mut world, 100 * SECOND);
    (world, waiting)
}

/// How many of these segments the object store has.
fn there(world: &Milvus, segments: &[u64]) -> usize {
    world.sealed.iter().filter(|sealed| segments.contains(&sealed.segment)).count()
}

#[test]
fn a_file_outlives_a_metadata_store_that_is_down_for_minutes() {
    let (mut world, waiting) = without_store(86_400);
    assert_eq!(there(&world, &waiting), waiting.len());
    let members = world.of(Component::Meta);
    act_on(&mut world, &members, |node| Action::Restart { node });
    run(&mut world, 30 * SECOND);
    assert!(waiting.iter().all(|segment| world.keeping.recorded_at(*segment).is_some()), "{waiting:?}");
    assert_eq!(world.checkers.invariants.broken_count(), 0);
    assert_eq!(world.clients.last_search.map(|search| search.recall_permille), Some(1_000));
    // With a shorter tolerance it is gone when its record comes: Milvus's default is a day for this reason.
    let (world, waiting) = without_store(60);
    assert_eq!(there(&world, &waiting), 0);
}
