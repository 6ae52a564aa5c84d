//! Snapshots, restores and imports, played in small clusters.
//!
//! Guarantees: one cluster for each promise of `kept`, `keeping`, `jobs` and `orders`. Leaves out: the same under
//! faults (`swarm_tests`).

use super::Milvus;
use super::settings::Settings;
use super::snapshot::{JobFacts, PodState, SnapshotFacts};
use super::topology::Component;
use crate::action::Action;
use crate::event::{EventKind, MilvusEvent};
use quorum_types::{Micros, SECOND};

/// A cluster in which rows are flushed and searched, after this many seconds.
pub(super) fn cluster(set: &[(&str, u64)], seconds: u64) -> Milvus {
    let mut settings = Settings::default();
    let base = [
        ("control_plane", 2),
        ("rows", 20),
        ("segment_mb", 1),
        ("insert_interval_ms", 100),
        ("seal_rows", 40),
        ("compact_segments", 0),
        ("consistency", 0),
        ("gc_tolerance_ms", 0),
    ];
    for (name, value) in base.iter().chain(set) {
        settings.set(name, *value).expect("a setting");
    }
    let mut world = Milvus::new(5, settings);
    run(&mut world, seconds * SECOND);
    world
}

/// Lets time pass.
pub(super) fn run(world: &mut Milvus, us: Micros) {
    let until = world.now + us;
    while world.happen(until) {}
    world.wait(until);
}

fn act(world: &mut Milvus, action: Action, seconds: u64) {
    world.perform(&action).expect("an order");
    run(world, seconds * SECOND);
    assert!(world.checkers.invariants.broken_count() == 0, "{:?}", world.take_events().pop());
}

fn snapshot(world: &Milvus, name: u64) -> Option<SnapshotFacts> {
    world.facts().snapshots.into_iter().find(|known| known.snapshot == name)
}

fn last_job(world: &Milvus) -> JobFacts {
    world.facts().jobs.into_iter().next_back().expect("a job")
}

/// The reasons of refused orders so far.
fn refusals(world: &mut Milvus) -> Vec<String> {
    let events = world.take_events();
    let refused = events.into_iter().filter_map(|event| match event.kind {
        EventKind::Milvus(MilvusEvent::OrderEnded { ok: false, why, .. }) => Some(why),
        _ => None,
    });
    refused.collect()
}

#[test]
fn a_snapshot_undoes_a_mistaken_delete() {
    let mut world = cluster(&[("insert_interval_ms", 100)], 20);
    act(&mut world, Action::FlushCollection, 4);
    act(&mut world, Action::CreateSnapshot { snapshot: 1 }, 2);
    let taken = snapshot(&world, 1).expect("a snapshot");
    assert!(taken.written && taken.rows > 100, "{taken:?}");
    let kept = world.clients.acknowledged_rows().map(|rows| rows.ids.len()).sum::<usize>() as u64;
    act(&mut world, Action::TruncateCollection, 10);
    let left = world.clients.acknowledged_rows().map(|rows| rows.ids.len()).sum::<usize>() as u64;
    assert!(left + taken.rows <= kept + 250, "{left} of {kept} rows are left");
    // Nobody needs the segments now but the snapshot, and the object store still has them.
    let has = |world: &Milvus, segment: u64| world.sealed.iter().any(|sealed| sealed.segment == segment);
    assert!(taken.segments.iter().all(|segment| has(&world, *segment)));
    act(&mut world, Action::RestoreSnapshot { snapshot: 1, apart: false }, 15);
    let job = last_job(&world);
    assert!(job.state == "completed" && job.shown && job.rows == taken.rows, "{job:?}");
    let rows = world.keeping.rows_of_jobs().iter().map(|(first, end)| end - first).sum::<i64>();
    assert_eq!(rows as u64, taken.rows, "every row of the snapshot counts again");
    assert_eq!(world.clients.last_search.map(|search| search.recall_permille), Some(1_000));
    // Dropped, its segments are collected; what was restored from it stays.
    act(&mut world, Action::DropSnapshot { snapshot: 1 }, 10);
    assert!(snapshot(&world, 1).is_none() && !taken.segments.iter().any(|segment| has(&world, *segment)));
    assert!(last_job(&world).shown);
    assert_eq!(refusals(&mut world), Vec::<String>::new());
}

#[test]
fn what_grows_is_in_no_snapshot_and_orders_are_refused_with_reasons() {
    let mut world = cluster(&[("seal_rows", 1_000_000)], 15);
    act(&mut world, Action::CreateSnapshot { snapshot: 1 }, 3);
    act(&mut world, Action::RestoreSnapshot { snapshot: 1, apart: false }, 3);
    assert_eq!(refusals(&mut world), ["nothing_flushed", "no_snapshot"]);
    act(&mut world, Action::FlushCollection, 4);
    act(&mut world, Action::CreateSnapshot { snapshot: 1 }, 2);
    let taken = snapshot(&world, 1).expect("a snapshot");
    let grown = world.acknowledged() - taken.rows;
    assert!(taken.rows > 0 && grown > 0, "{} rows, {grown} more grow", taken.rows);
    act(&mut world, Action::CreateSnapshot { snapshot: 1 }, 2);
    act(&mut world, Action::ListSnapshots, 2);
    act(&mut world, Action::RestoreSnapshot { snapshot: 1, apart: true }, 0);
    act(&mut world, Action::DropJob { job: 99 }, 3);
    assert_eq!(refusals(&mut world), ["snapshot_exists", "no_collection"]);
    assert_eq!(
        world.perform(&Action::ImportRows { rows: 0, bad: false }).expect_err("none").code,
        "bad_import_rows"
    );
    // A new collection is not searched.
    run(&mut world, 15 * SECOND);
    let job = last_job(&world);
    assert!(job.state == "completed" && job.apart && !job.shown, "{job:?}");
    assert!(world.keeping.rows_of_jobs().is_empty());
}

#[test]
fn a_snapshot_is_lost_with_the_object_store() {
    let mut world = cluster(&[], 20);
    act(&mut world, Action::CreateSnapshot { snapshot: 7 }, 2);
    assert!(snapshot(&world, 7).is_some_and(|known| known.written));
    act(&mut world, Action::LoseObjects, 1);
    act(&mut world, Action::RestoreSnapshot { snapshot: 7, apart: false }, 10);
    let job = last_job(&world);
    assert!(job.state == "failed" && job.why == "objects_lost" && job.done == 0, "{job:?}");
    // While the store does not answer, a manifest waits for it.
    act(&mut world, Action::FlushCollection, 5);
    act(&mut world, Action::ObjectStore { ms: 0, gone: true }, 1);
    act(&mut world, Action::CreateSnapshot { snapshot: 8 }, 5);
    assert!(snapshot(&world, 8).is_some_and(|known| !known.written), "{:?}", snapshot(&world, 8));
    act(&mut world, Action::ObjectStore { ms: 0, gone: false }, 5);
    assert!(snapshot(&world, 8).is_some_and(|known| known.written));
}

#[test]
fn an_import_is_seen_as_a_whole_when_it_is_done() {
    let mut world =
        cluster(&[("import_part_rows", 100), ("import_rows_per_s", 100), ("preimport_rows_per_s", 100)], 15);
    act(&mut world, Action::ImportRows { rows: 450, bad: false }, 1);
    let mut states = Vec::new();
    for _ in 0..120 {
        let job = last_job(&world);
        if states.last() != Some(&job.state) {
            states.push(job.state.clone());
        }
        let seen = world.keeping.rows_of_jobs().iter().map(|(first, end)| end - first).sum::<i64>();
        assert!(seen == 450 && job.shown || seen == 0 && !job.shown, "{seen} rows of {job:?}");
        run(&mut world, SECOND / 4);
    }
    assert_eq!(states, ["pre_importing", "importing", "completed"]);
    assert!(last_job(&world).shown);
    assert_eq!(world.clients.last_search.map(|search| search.recall_permille), Some(1_000));
    assert_eq!(world.checkers.invariants.broken_count(), 0);
}

#[test]
fn a_killed_data_node_begins_its_parts_again_or_another_does() {
    let mut world = cluster(&[("import_part_rows", 100), ("import_rows_per_s", 50), ("supervised", 0)], 15);
    act(&mut world, Action::ImportRows { rows: 600, bad: false }, 4);
    let nodes = world.pods_of(Component::DataNode);
    act(&mut world, Action::Kill { node: nodes[1] }, 60);
    assert_eq!(world.state(nodes[1]), Some(PodState::Down));
    let job = last_job(&world);
    assert!(job.state == "completed" && job.shown && job.done == job.of, "{job:?}");
    let twice = world.take_events().into_iter().filter_map(|event| match event.kind {
        EventKind::Milvus(MilvusEvent::PartBegan { part, .. }) => Some((part, event.node)),
        _ => None,
    });
    let begun: Vec<_> = twice.collect();
    assert!(begun.len() > 12, "some of 12 parts began again: {begun:?}");
}

#[test]
fn a_failed_import_leaves_nothing() {
    let mut world =
        cluster(&[("import_part_rows", 50), ("import_rows_per_s", 200), ("gc_missing_tolerance_s", 60)], 15);
    let before = world.sealed.len();
    act(&mut world, Action::ImportRows { rows: 200, bad: true }, 10);
    let job = last_job(&world);
    assert!(job.state == "failed" && job.why == "bad_row" && !job.shown, "{job:?}");
    assert!(world.keeping.rows_of_jobs().is_empty());
    run(&mut world, 80 * SECOND);
    let jobs = world.sealed.iter().filter(|sealed| sealed.segment > super::kept::FIRST_JOB_SEGMENT);
    assert_eq!(jobs.count(), 0, "after {before} segments before");
    // One that takes too long fails as well.
    let mut slow = cluster(&[("job_timeout_s", 5), ("import_rows_per_s", 1)], 15);
    act(&mut slow, Action::ImportRows { rows: 100, bad: false }, 10);
    let job = last_job(&slow);
    assert!(job.state == "failed" && job.why == "timeout", "{job:?}");
}
