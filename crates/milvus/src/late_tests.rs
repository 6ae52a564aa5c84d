//! Records of segments that come late: the files that they name have to be there.
//!
//! Guarantees: a fault that takes longer than a generated schedule is played here. Leaves out: late records of shorter
//! faults (`swarm_tests`).

use super::Milvus;
use super::kept_tests::{cluster, run};
use super::metadata_store::EXPIRED;
use super::near::{Rows, Sealed};
use super::record::words;
use super::topology::Component;
use crate::action::Action;
use quorum_raft::{Entry, EntryKind};
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
    let waiting: Vec<u64> = written.filter(|segment| !is_recorded(&world, *segment)).collect();
    assert!(!waiting.is_empty());
    run(&mut world, 100 * SECOND);
    (world, waiting)
}

/// Whether a segment was recorded, as far as the data coordinator knows.
fn is_recorded(world: &Milvus, segment: u64) -> bool {
    let known = world.data_coords.values().filter_map(|coordinator| coordinator.catalogue.as_ref());
    let mut recorded = known.map(|catalogue| {
        catalogue.flushed.iter().any(|known| known.segment == segment) || catalogue.dropped.contains(&segment)
    });
    recorded.any(|is| is)
}

/// How many of these segments the object store has.
fn there(world: &Milvus, segments: &[u64]) -> usize {
    world.sealed.iter().filter(|sealed| segments.contains(&sealed.segment)).count()
}

#[test]
#[ignore = "slow: minutes of a large cluster"]
fn a_file_outlives_a_metadata_store_that_is_down_for_minutes() {
    let (mut world, waiting) = without_store(86_400);
    assert_eq!(there(&world, &waiting), waiting.len());
    let members = world.of(Component::Meta);
    act_on(&mut world, &members, |node| Action::Restart { node });
    run(&mut world, 30 * SECOND);
    assert!(waiting.iter().all(|segment| is_recorded(&world, *segment)), "{waiting:?}");
    assert_eq!(world.checkers.invariants.broken_count(), 0);
    assert_eq!(world.clients.last_search.map(|search| search.recall_permille), Some(1_000));
    // A shorter tolerance does not end while nobody can ask the store whether there is a record.
    let (world, waiting) = without_store(60);
    assert_eq!(there(&world, &waiting), waiting.len());
}

/// A cluster with a file that nobody will record, written at a moment.
fn with_stray_file() -> (Milvus, Vec<u64>) {
    let mut world = cluster(&[("control_plane", 0), ("gc_missing_tolerance_s", 60), ("supervised", 0)], 15);
    let rows = Rows::made(1, world.settings.dim, 900_000, 3);
    world.sealed.push(Sealed::written(77, rows, (0, 0), world.now));
    (world, vec![77])
}

#[test]
fn a_file_that_was_never_recorded_goes_when_the_store_has_had_no_record_for_long_enough() {
    let (mut world, stray) = with_stray_file();
    run(&mut world, 55 * SECOND);
    assert_eq!(there(&world, &stray), 1, "its record may still come");
    run(&mut world, 10 * SECOND);
    assert_eq!(there(&world, &stray), 0);
    // What the coordinator knew before the store was gone says nothing about later records.
    let (mut world, stray) = with_stray_file();
    run(&mut world, 30 * SECOND);
    let members = world.of(Component::Meta);
    act_on(&mut world, &members, |node| Action::Kill { node });
    run(&mut world, 100 * SECOND);
    assert_eq!(there(&world, &stray), 1);
    act_on(&mut world, &members, |node| Action::Restart { node });
    run(&mut world, 20 * SECOND);
    assert_eq!(there(&world, &stray), 0);
    assert_eq!(world.checkers.invariants.broken_count(), 0);
}

/// The numbers of segments that were dropped and whose files are gone.
fn collected(world: &Milvus) -> Vec<u64> {
    world.keeping.collected().collect()
}

#[test]
fn a_query_node_goes_on_with_what_it_has_loaded_when_the_file_is_collected() {
    let set = [("control_plane", 0), ("supervised", 0), ("seal_rows", 20), ("compact_segments", 2)];
    let mut world = cluster(&set, 20);
    // Query nodes do not hear that segments were merged.
    let coordinators = world.of(world.query_coord());
    act_on(&mut world, &coordinators, |node| Action::Pause { node });
    run(&mut world, 8 * SECOND);
    let gone = collected(&world);
    assert!(!gone.is_empty(), "files are collected");
    let holds = |segment: &u64| world.queriers.values().any(|node| node.segments.contains_key(segment));
    assert!(gone.iter().all(holds), "{gone:?}");
    assert!(gone.iter().all(|segment| world.keeping.is_lost(*segment)), "nobody can load them any more");
    let answered = world.tester().1;
    run(&mut world, 3 * SECOND);
    assert!(world.tester().1 > answered, "searches are answered");
    // Merges come to an end, so that what replaces a segment stays.
    world.perform(&Action::Set { name: "compact_segments".to_owned(), value: 0 }).expect("a setting");
    act_on(&mut world, &coordinators, |node| Action::Resume { node });
    run(&mut world, 30 * SECOND);
    assert!(
        gone.iter().all(|segment| !collected(&world).contains(segment)),
        "they are released and forgotten"
    );
    assert_eq!(world.checkers.invariants.broken_count(), 0);
    assert_eq!(world.clients.last_search.map(|search| search.recall_permille), Some(1_000));
}

#[test]
fn rows_expire_when_the_first_member_of_the_store_has_applied_it_under_any_leader() {
    let mut world = cluster(&[("control_plane", 0), ("seal_rows", 20), ("compact_segments", 0)], 40);
    let leader = world.acting(Component::Meta).expect("a leader");
    let member = world.of(Component::Meta).into_iter().find(|id| *id != leader).expect("a follower");
    let (flushed, _, expired) = world.store.flushed_at(member);
    let oldest = *flushed.first().expect("a segment");
    assert_eq!((expired, world.clients.expired.upto()), (0, 0));
    let data = words(&[EXPIRED, oldest.segment, 0, 0, 0, 0, 0]);
    let entry = Entry { term: 1, kind: EntryKind::default(), data };
    world.store_applied(member, 1 << 40, &entry);
    assert_eq!(world.clients.expired.upto(), oldest.upto);
}
