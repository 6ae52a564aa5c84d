//! Files of indexes: what they save, and that no damage and no power failure makes them lie.
//!
//! A small collection with rows on a grid and an index of each type. Guarantees: every case compares answers with those
//! of the world that was never stopped.

use super::*;
use crate::event::EventKind;
use crate::settings::Settings;
use crate::standalone::{Phase, Request, Start};
use quorum_engine::{Field, FieldType, Record, Schema, Search, Value};
use quorum_types::{Lsn, Rng};
use quorum_wal::format::{FIRST_INDEX, FIRST_MANIFEST};
use std::collections::BTreeMap;

/// A segment with fewer rows has no index.
const ROWS: i64 = 1_100;
const DIM: u32 = 4;

fn start(disk: Disk, promised_lsn: Option<Lsn>) -> Standalone {
    let start = Start::in_memory(1, Settings::default(), disk);
    let mut world = Standalone::new(Start { promised_lsn, ..start });
    settle(&mut world, |_| ());
    world
}

/// Processes all scheduled events, and calls `look` after each.
fn settle(world: &mut Standalone, mut look: impl FnMut(&Standalone)) {
    while world.step() {
        look(world);
    }
}

fn ask(world: &mut Standalone, request: Request, look: impl FnMut(&Standalone)) {
    world.ask(Some(1), request).expect("takes it");
    settle(world, look);
    let outcomes = world.take_outcomes();
    assert!(matches!(outcomes[..], [(1, Ok(_))]), "{outcomes:?}");
}

fn create_index(index_type: &str, params: &[(&str, u64)]) -> Request {
    Request::CreateIndex {
        name: "c".to_owned(),
        field: "v".to_owned(),
        index_type: index_type.to_owned(),
        metric_type: "L2".to_owned(),
        params: params.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<BTreeMap<_, _>>(),
    }
}

fn hnsw() -> Request {
    create_index("HNSW", &[("M", 4), ("efConstruction", 8)])
}

fn lists() -> Request {
    create_index("IVF_FLAT", &[("nlist", 4)])
}

fn insert(first: i64) -> Request {
    let mut rng = Rng::new(first.cast_unsigned(), 0);
    let row = |key: i64| -> Record {
        let vector = (0..DIM).map(|_| rng.below(100) as f32).collect();
        vec![("id".to_owned(), Value::Int(key)), ("v".to_owned(), Value::Vector(vector))]
    };
    Request::Insert { name: "c".to_owned(), rows: (first..first + ROWS).map(row).collect(), upsert: false }
}

fn flush() -> Request {
    Request::Flush { name: "c".to_owned() }
}

/// A loaded collection with an index and two flushed segments.
fn world(index: Request) -> Standalone {
    let mut world = start(Disk::default(), None);
    let field = |name: &str, kind, primary| Field { name: name.to_owned(), kind, primary };
    let fields =
        vec![field("id", FieldType::Int64, true), field("v", FieldType::FloatVector { dim: DIM }, false)];
    let schema = Schema::new(fields).expect("a schema");
    ask(&mut world, Request::CreateCollection { name: "c".to_owned(), schema }, |_| ());
    ask(&mut world, index, |_| ());
    ask(&mut world, Request::Load { name: "c".to_owned() }, |_| ());
    for first in [0, ROWS] {
        ask(&mut world, insert(first), |_| ());
        ask(&mut world, flush(), |_| ());
    }
    world
}

/// What searches find: keys, and the bits of distances.
fn answers(world: &Standalone) -> Vec<(i64, u32)> {
    let data = (0..12).map(|n| (0..DIM).map(|at| (n * 8 + at) as f32).collect()).collect();
    let search = Search { data, limit: 7, ..Search::default() };
    let found = world.catalog.search("c", &search).expect("is answered");
    found.concat().iter().map(|hit| (hit.key, hit.distance.to_bits())).collect()
}

/// The files of indexes with their lengths.
fn index_files(disk: &Disk) -> Vec<(u32, u64)> {
    let files = disk.files().map(|(file, len, _)| (file, len));
    files.filter(|(file, _)| (FIRST_INDEX..FIRST_MANIFEST).contains(file)).collect()
}

/// How many indexes were built, read and refused since the last call.
fn counts(world: &mut Standalone) -> (u32, u32, u32) {
    let mut counts = (0, 0, 0);
    for event in world.event_log.take() {
        match event.kind {
            EventKind::Storage(StorageEvent::IndexBuilt { .. }) => counts.0 += 1,
            EventKind::Storage(StorageEvent::IndexRead { .. }) => counts.1 += 1,
            EventKind::Storage(StorageEvent::IndexRefused { .. }) => counts.2 += 1,
            _ => {}
        }
    }
    counts
}

/// Starts again on this disk and checks that every answer is the same; returns what was built, read and refused.
fn reopened(disk: Disk, same: &Standalone, what: &str) -> (u32, u32, u32) {
    let mut world = start(disk, Some(same.log.durable_lsn()));
    assert!(matches!(world.phase, Phase::Running), "{what}: {:?}", world.report());
    assert_eq!(answers(&world), answers(same), "{what}");
    assert_eq!(index_files(&world.log.disk).len(), 2, "{what}: they are stored again");
    counts(&mut world)
}

#[test]
fn a_recovery_reads_indexes_and_builds_those_without_a_file() {
    for index in [hnsw(), lists()] {
        let mut world = world(index);
        assert_eq!(counts(&mut world), (2, 0, 0));
        let files = index_files(&world.log.disk);
        assert_eq!(files.len(), 2);
        assert_eq!(world.log.disk.unsynced(), 0, "what was stored is durable");
        assert_eq!(reopened(world.log.disk.clone(), &world, "whole"), (0, 2, 0));
        // As in data of earlier versions.
        let mut without = world.log.disk.clone();
        files.iter().for_each(|(file, _)| without.remove(*file));
        assert_eq!(reopened(without, &world, "without"), (2, 0, 0));
    }
}

#[test]
fn no_flipped_bit_of_an_index_is_accepted() {
    for index in [hnsw(), lists()] {
        let world = world(index);
        let (file, len) = index_files(&world.log.disk)[0];
        let (segment, spec, dim) = world.indexed().next().expect("a segment");
        let object = segment.object.expect("an object");
        assert_eq!(index_of(object), file);
        let read = |disk: &Disk| read(disk, segment, object, (spec, dim));
        assert!(matches!(read(&world.log.disk), Ok(Some(_))));
        for offset in 0..len {
            let mut flipped = world.log.disk.clone();
            flipped.damage(file, offset, 1, |byte| byte ^ (1 << (offset % 8)));
            assert!(read(&flipped).is_err_and(|damage| damage.offset <= offset), "byte {offset}");
        }
        for offset in (0..len).step_by(len as usize / 12) {
            let mut flipped = world.log.disk.clone();
            flipped.damage(file, offset, 1, |byte| byte ^ (1 << (offset % 8)));
            assert_eq!(reopened(flipped, &world, "flipped"), (1, 1, 1));
            let mut cut = world.log.disk.clone();
            cut.truncate(file, offset);
            let whole = u32::from(offset > 0);
            assert_eq!(reopened(cut, &world, "cut"), (1, 1, whole), "cut at {offset}");
        }
    }
}

#[test]
fn an_index_of_other_rows_is_not_used() {
    let mut world = world(lists());
    let files = index_files(&world.log.disk);
    let (segment, spec, dim) = world.indexed().next().expect("a segment");
    let object = segment.object.expect("an object");
    let origin = origin(&world.log.disk, segment, object, (spec, dim)).expect("its object is whole");
    let index = segment.index().expect("an index").clone();
    let others = [
        Origin { object: origin.object ^ 1, ..origin },
        Origin { rows: origin.rows + 1, ..origin },
        Origin { dim: origin.dim + 1, ..origin },
    ];
    for other in others {
        let mut disk = world.log.disk.clone();
        write(&mut disk, files[0].0, (1, 1), &index.encode(&other));
        assert_eq!(reopened(disk, &world, "of other rows"), (1, 1, 0));
    }
    // Another index of the same rows.
    ask(&mut world, Request::Release { name: "c".to_owned() }, |_| ());
    ask(&mut world, Request::DropIndex { name: "c".to_owned() }, |_| ());
    ask(&mut world, hnsw(), |_| ());
    ask(&mut world, Request::Load { name: "c".to_owned() }, |_| ());
    assert_eq!(counts(&mut world), (4, 0, 0));
    assert_eq!(reopened(world.log.disk.clone(), &world, "another"), (0, 2, 0));
}

#[test]
fn power_may_fail_at_every_step_of_storing_and_of_reading_indexes() {
    let world = world(lists());
    let (whole, expected) = (world.log.disk.clone(), answers(&world));
    let mut without = whole.clone();
    index_files(&whole).iter().for_each(|(file, _)| without.remove(*file));
    let mut rng = Rng::new(5, 1);
    let mut cuts = 0;
    for disk in [whole, without] {
        let mut running = start(disk, Some(world.log.durable_lsn()));
        running.kill(0);
        running.restart();
        let mut look = |running: &Standalone| {
            let unsynced = running.log.disk.unsynced();
            for torn in [0, unsynced / 3, unsynced.saturating_sub(1), unsynced, u64::MAX] {
                let mut cut = running.clone();
                if torn == u64::MAX {
                    cut.kill_in_sectors(&mut rng)
                } else {
                    cut.kill(torn)
                }
                cut.restart();
                settle(&mut cut, |_| ());
                assert!(matches!(cut.phase, Phase::Running), "{:?}", cut.report());
                assert_eq!(answers(&cut), expected, "{torn} of {unsynced} bytes");
                assert_eq!(index_files(&cut.log.disk).len(), 2);
                cuts += 1;
            }
        };
        settle(&mut running, &mut look);
    }
    assert!(cuts > 50, "{cuts} cuts");
}

#[test]
fn a_full_disk_keeps_an_index_from_being_stored_and_nothing_else() {
    let world = world(lists());
    let expected = answers(&world);
    let mut disk = world.log.disk.clone();
    index_files(&disk).iter().for_each(|(file, _)| disk.remove(*file));
    disk.set_capacity(Some(disk.bytes() + 200));
    let mut world = start(disk, Some(world.log.durable_lsn()));
    assert_eq!((answers(&world), index_files(&world.log.disk)), (expected.clone(), Vec::new()));
    world.set_capacity(None);
    ask(&mut world, flush(), |_| ());
    assert_eq!((answers(&world), index_files(&world.log.disk).len()), (expected, 2));
}

#[test]
fn an_index_goes_with_its_segment() {
    let mut world = world(lists());
    ask(&mut world, Request::Delete { name: "c".to_owned(), filter: "id < 2000".to_owned() }, |_| ());
    ask(&mut world, Request::Compact { name: "c".to_owned(), deleted_percent: 10 }, |_| ());
    assert_eq!(index_files(&world.log.disk), Vec::new(), "what is left has too few rows for an index");
    ask(&mut world, insert(10_000), |_| ());
    ask(&mut world, flush(), |_| ());
    let files = index_files(&world.log.disk);
    assert_eq!(files.len(), 1);
    assert!(world.catalog.segments().any(|(_, segment)| segment.object.map(index_of) == Some(files[0].0)));
}
