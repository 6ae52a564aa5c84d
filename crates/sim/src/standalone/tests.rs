//! The engine's guarantees to its clients, at every moment at which power can fail and for every byte that can be
//! damaged.
//!
//! One workload of 200 records with flushes, rotations and checkpoints runs once without a fault; from it the tests
//! know what the rows are after every LSN. Then it is cut: at every step and every byte of what was not synced, in
//! sectors, again during recovery; and every byte of what it leaves is flipped. It runs in two ways: each request waits
//! for the one before, or those after a flush do not wait for it, so that records and a checkpoint's files are written
//! and synced side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use quorum_engine::{Field, FieldType, Record, Schema, Value};
use quorum_types::Rng;

/// Records of the workload.
const RECORDS: u64 = 200;

fn start(disk: Disk, promised_lsn: Option<Lsn>) -> Standalone {
    engine(("wal_file_kib", 1), false, disk, promised_lsn)
}

/// A new engine with the collection of generated rows, running.
fn prefilled(setting: (&str, u64)) -> Standalone {
    let mut world = engine(setting, true, Disk::default(), None);
    settle(&mut world);
    world
}

fn engine(setting: (&str, u64), prefilled: bool, disk: Disk, promised_lsn: Option<Lsn>) -> Standalone {
    let mut settings = Settings::default();
    settings.set(setting.0, setting.1).expect("a setting");
    Standalone::new(Start { prefilled, promised_lsn, ..Start::in_memory(1, settings, disk) })
}

fn settle(world: &mut Standalone) {
    while world.step() {}
}

/// Request number `n`: inserts, upserts and deletes, and occasionally a flush.
fn request(n: u64) -> Request {
    let name = "c".to_owned();
    let key = |n: u64| (n * 7 % 61) as i64;
    let row = |key: i64| -> Record {
        vec![("id".to_owned(), Value::Int(key)), ("n".to_owned(), Value::Int(n as i64))]
    };
    match n {
        0 => {
            let field =
                |name: &str, primary| Field { name: name.to_owned(), kind: FieldType::Int64, primary };
            let schema = Schema::new(vec![field("id", true), field("n", false)]).expect("a schema");
            Request::CreateCollection { name, schema }
        }
        1 => Request::Load { name },
        n if n % 45 == 44 => Request::Flush { name },
        n if n % 60 == 59 => Request::Compact { name, deleted_percent: 10 },
        n if n % 5 == 3 => {
            Request::Delete { name, filter: format!("id in [{}, {}]", key(n - 2), key(n / 2)) }
        }
        n if n % 5 == 4 => Request::Insert { name, rows: vec![row(key(n - 1)), row(key(n))], upsert: true },
        n => Request::Insert { name, rows: vec![row(key(n))], upsert: false },
    }
}

/// The contents of the collection: key and `n` of every row, in order.
fn rows(world: &Standalone) -> Vec<(i64, i64)> {
    let Ok(catalog) = world.catalog() else { return vec![(-1, -1)] };
    let mut rows = Vec::new();
    for (_, segment) in catalog.segments() {
        for at in (0..segment.rows()).filter(|at| segment.is_live(*at)) {
            let (chunk, row) = segment.locate(at).expect("a row");
            let int = |column: usize| match chunk.batch.columns()[column].value(row) {
                Some(Value::Int(number)) => number,
                other => panic!("{other:?}"),
            };
            rows.push((int(0), int(1)));
        }
    }
    rows.sort_unstable();
    rows
}

/// Whether requests wait for a flush before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flushes {
    Awaited,
    Beside,
}

/// Runs the workload, and calls `look` after every event.
fn workload(look: impl FnMut(&Standalone)) -> Standalone {
    workload_with(Flushes::Awaited, look)
}

fn workload_with(flushes: Flushes, mut look: impl FnMut(&Standalone)) -> Standalone {
    let mut world = start(Disk::default(), None);
    settle(&mut world);
    let mut answered = BTreeSet::new();
    for n in 0..RECORDS {
        world.ask(Some(n), request(n)).expect("takes it");
        look(&world);
        // Of the requests that follow a flush, each is asked a few events after the one before.
        let hurries = flushes == Flushes::Beside && n > 43 && (n + 1) % 45 < 25;
        for _ in 0..if hurries { 7 } else { u32::MAX } {
            if !world.step() {
                break;
            }
            look(&world);
        }
        answered.extend(world.take_outcomes().into_iter().map(|(ticket, outcome)| {
            assert!(outcome.is_ok(), "{ticket}: {outcome:?}");
            ticket
        }));
        assert!(hurries || answered.len() as u64 == n + 1, "{n}: {answered:?}");
        world.event_log.take();
    }
    world
}

/// Whether a record and a checkpoint's files are being written or synced at the same time.
fn writes_beside_a_flush(world: &Standalone) -> bool {
    let flushes = !matches!(world.background, Background::Idle | Background::Index(_));
    flushes && !world.pending.is_empty()
}

/// The rows after every LSN of the workload.
fn history(flushes: Flushes) -> BTreeMap<Lsn, Vec<(i64, i64)>> {
    let mut history = BTreeMap::new();
    workload_with(flushes, |world| {
        let lsn = world.log.wal().map_or(0, |wal| wal.last_lsn());
        if world.pending.is_empty() {
            history.insert(lsn, rows(world));
        }
    });
    history
}

/// The last LSN that the recovery of this world found.
fn found_lsn(world: &mut Standalone) -> Option<Lsn> {
    world.event_log.take().iter().rev().find_map(|event| match event.kind {
        EventKind::Storage(StorageEvent::Recovered { lsn, .. }) => Some(lsn),
        _ => None,
    })
}

/// Restarts a world and checks its guarantees: every record up to `durable_lsn`, and nothing that is not a prefix of
/// what was written.
fn check(
    mut world: Standalone,
    history: &BTreeMap<Lsn, Vec<(i64, i64)>>,
    durable_lsn: Lsn,
    what: &str,
) -> Lsn {
    world.event_log.take();
    world.restart();
    settle(&mut world);
    assert!(!world.refused(), "{what}: refused: {:?}", world.report());
    let lsn = found_lsn(&mut world).unwrap_or_else(|| panic!("{what}: not recovered"));
    assert!(lsn >= durable_lsn, "{what}: found LSN {lsn}, durable was {durable_lsn}");
    let expected = history.range(..=lsn).next_back().map(|(_, rows)| rows.clone()).unwrap_or_default();
    assert_eq!(rows(&world), expected, "{what}: found LSN {lsn}");
    lsn
}

/// Cuts the power in every fourth world, beginning with one: where each byte of what is not synced has been written, or
/// before the first, after the last, and where each `step`th has. Returns the number of worlds, of cuts, and of those
/// beside a flush.
fn power_fails(flushes: Flushes, part: u64, step: u64) -> (u64, u64, u64) {
    let history = history(flushes);
    let (mut worlds, mut cuts, mut beside) = (0_u64, 0_u64, 0_u64);
    workload_with(flushes, |world| {
        worlds += 1;
        if worlds % 4 != part {
            return;
        }
        let unsynced = world.log.disk.unsynced();
        let durable = world.log.durable_lsn();
        // Another byte in each world, so that all places come up.
        let first = worlds % step;
        let some = (0..=unsynced).filter(|torn| torn % step == first || *torn == 0 || *torn == unsynced);
        for torn in some {
            let mut cut = world.clone();
            cut.kill(torn);
            check(cut, &history, durable, &format!("step {worlds}, {torn} of {unsynced} bytes"));
            cuts += 1;
            beside += u64::from(writes_beside_a_flush(world));
        }
    });
    (worlds, cuts, beside)
}

#[test]
fn power_may_fail_at_some_bytes_of_every_write() {
    for part in 0..4 {
        let (worlds, cuts, beside) = power_fails(Flushes::Awaited, part, 64);
        assert!(worlds > 600 && cuts > 1_000 && beside == 0, "{worlds} steps, {cuts} cuts");
    }
}

#[test]
fn power_may_fail_at_some_bytes_of_every_write_beside_a_flush() {
    for part in 0..4 {
        let (worlds, cuts, beside) = power_fails(Flushes::Beside, part, 64);
        assert!(worlds > 600 && cuts > 1_000 && beside > 100, "{worlds} steps, {cuts} cuts, {beside} beside");
    }
}

/// Every byte of every write, in parts that run in parallel.
fn power_fails_at_every_byte(part: u64) {
    let (worlds, cuts, _) = power_fails(Flushes::Awaited, part, 1);
    assert!(worlds > 600 && cuts > 45_000, "{worlds} steps, {cuts} cuts");
}

#[test]
#[ignore = "slow: every byte"]
fn power_may_fail_at_every_byte_of_every_write_beside_a_flush() {
    for part in 0..4 {
        let (worlds, cuts, beside) = power_fails(Flushes::Beside, part, 1);
        assert!(worlds > 600 && beside > 10_000, "{worlds} steps, {cuts} cuts, {beside} beside");
    }
}

#[test]
#[ignore = "slow: every byte"]
fn power_may_fail_at_every_byte_of_every_write_0() {
    power_fails_at_every_byte(0);
}

#[test]
#[ignore = "slow: every byte"]
fn power_may_fail_at_every_byte_of_every_write_1() {
    power_fails_at_every_byte(1);
}

#[test]
#[ignore = "slow: every byte"]
fn power_may_fail_at_every_byte_of_every_write_2() {
    power_fails_at_every_byte(2);
}

#[test]
#[ignore = "slow: every byte"]
fn power_may_fail_at_every_byte_of_every_write_3() {
    power_fails_at_every_byte(3);
}

#[test]
fn power_may_fail_in_sectors_and_again_during_recovery() {
    fails_in_sectors(Flushes::Awaited);
}

#[test]
fn power_may_fail_in_sectors_and_again_during_recovery_beside_a_flush() {
    fails_in_sectors(Flushes::Beside);
}

fn fails_in_sectors(flushes: Flushes) {
    let history = history(flushes);
    let mut rng = Rng::new(11, 1);
    let mut again = 0;
    workload_with(flushes, |world| {
        let durable = world.log.durable_lsn();
        let mut torn = world.clone();
        torn.kill_in_sectors(&mut rng);
        let lsn = check(torn.clone(), &history, durable, "sectors");
        // A power cut in the middle of the recovery, and one right after it, change nothing.
        torn.set_crash_point(Some(Moment::DuringRecovery));
        torn.restart();
        settle(&mut torn);
        if torn.alive() {
            torn.kill(0);
        } else {
            again += 1;
        }
        assert_eq!(check(torn, &history, durable, "again"), lsn);
    });
    assert!(again > 500, "only {again} recoveries were cut");
}

#[test]
fn an_fsync_that_lies_is_found_out() {
    let mut world = workload(|_| ());
    world.log.disk.set_lying(true);
    world.ask(Some(900), request(7)).expect("takes it");
    settle(&mut world);
    assert!(matches!(world.take_outcomes()[..], [(900, Ok(_))]), "the engine cannot know");
    world.kill(0);
    world.log.disk.set_lying(false);
    world.restart();
    settle(&mut world);
    assert!(world.refused(), "an acknowledged record is missing, and that has to be said");
    let why = world.report().and_then(|report| report.refused.clone()).unwrap_or_default();
    assert!(why.contains("durable records are missing"), "{why}");
}

/// A world that starts on this disk, with the LSN that is known to be durable.
fn reopened(disk: &Disk, durable_lsn: Lsn) -> Standalone {
    let mut world = start(disk.clone(), Some(durable_lsn));
    settle(&mut world);
    world
}

#[test]
fn no_flipped_bit_of_any_file_is_ever_accepted() {
    let world = workload(|_| ());
    let (disk, durable) = (&world.log.disk, world.log.durable_lsn());
    assert_eq!(rows(&reopened(disk, durable)), rows(&world));
    let beside = workload_with(Flushes::Beside, |_| ());
    assert_eq!(rows(&beside), rows(&world), "the same requests in the same order");
    let files: Vec<(u32, u64)> = disk.files().map(|(file, len, _)| (file, len)).collect();
    let kinds: BTreeSet<u32> = files.iter().map(|(file, _)| file >> 28).collect();
    assert_eq!(kinds.len(), 3, "log, segments and a manifest: {files:?}");
    for (file, len) in files {
        for offset in 0..len {
            let mut flipped = disk.clone();
            flipped.damage(file, offset, 1, |byte| byte ^ (1 << (offset % 8)));
            let world = reopened(&flipped, durable);
            assert!(world.refused(), "byte {offset} of {}", quorum_wal::format::file_name(file));
            let at = world.report().and_then(|report| report.at);
            assert!(at.is_some_and(|(there, from)| there == file && from <= offset), "{offset}: {at:?}");
        }
    }
}

#[test]
fn stale_misdirected_and_missing_writes_are_refused() {
    let world = workload(|_| ());
    let (disk, durable) = (&world.log.disk, world.log.durable_lsn());
    let files: Vec<(u32, u64)> = disk.files().map(|(file, len, _)| (file, len)).collect();
    for (file, len) in &files {
        for offset in (0..*len).step_by(64) {
            let mut stale = disk.clone();
            stale.go_stale(*file, offset, 64);
            // Where zeros lay already nothing has changed.
            let same = {
                let (mut was, mut is) = (Vec::new(), Vec::new());
                disk.read(*file, offset, 64, &mut was);
                stale.read(*file, offset, 64, &mut is);
                was == is
            };
            assert!(same || reopened(&stale, durable).refused(), "stale {file} {offset}");
            let mut elsewhere = disk.clone();
            let (to, to_len) = files[(offset as usize / 64 + 1) % files.len()];
            elsewhere.misdirect(*file, offset, (to, to_len / 2), 64);
            assert!(reopened(&elsewhere, durable).refused(), "misdirected {file} {offset} to {to}");
        }
        let mut gone = disk.clone();
        gone.remove(*file);
        assert!(reopened(&gone, durable).refused(), "without file {file}");
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let mut world = workload(|_| ());
    let before = rows(&world);
    world.set_capacity(Some(world.log.disk.bytes() + 20));
    world.ask(Some(1_000), request(2)).expect("takes it");
    settle(&mut world);
    assert!(matches!(&world.take_outcomes()[..], [(1_000, Err(refusal))] if refusal.code == "disk_full"));
    assert_eq!(rows(&world), before);
    world.set_capacity(None);
    world.ask(Some(1_001), request(2)).expect("takes it");
    settle(&mut world);
    assert!(matches!(world.take_outcomes()[..], [(1_001, Ok(_))]), "with room again it goes on");
}

#[test]
fn a_flush_lets_the_log_go_and_an_import_resumes_without_gap_or_duplicate() {
    let mut world = prefilled(("wal_file_kib", 4_096));
    // Cut again and again, a few events further each time, until the import is through.
    let mut cuts = 0;
    for length in (9..).step_by(5) {
        world.import(1, 1, 9_000, 250).expect("takes it");
        for _ in 0..length {
            world.step();
        }
        if !world.works() {
            break;
        }
        cuts += 1;
        world.kill(if cuts % 2 == 0 { 0 } else { 70_000 });
        world.restart();
        settle(&mut world);
    }
    assert!(cuts > 3, "{cuts} cuts");
    let (_, docs) = world.catalog().expect("runs").find(COLLECTION).expect("the collection");
    let keys: BTreeSet<i64> = docs.segments.iter().flat_map(|segment| segment.live_keys()).collect();
    assert_eq!(docs.rows(), 9_000, "no duplicate");
    assert_eq!(keys, (1_000_000..1_009_000).collect(), "no gap");
    let log = world.log.log_bytes();
    world.ask(Some(2), Request::Flush { name: COLLECTION.to_owned() }).expect("takes it");
    settle(&mut world);
    assert!(log > 4_000_000 && world.log.log_bytes() < 100, "{log} bytes, then {}", world.log.log_bytes());
    world.kill(0);
    world.restart();
    settle(&mut world);
    assert_eq!(world.visible(), 9_000);
    assert_eq!(world.catalog().expect("runs").imported(1), 9_000);
    assert_eq!((world.acknowledged(), world.unproven() % 250), (9_000 - world.unproven(), 0));
}

#[test]
fn full_segments_are_flushed_in_the_middle_of_a_stream() {
    let mut world = prefilled(("segment_seal_mb", 1));
    world.insert(1, 39_000, 500).expect("takes it");
    world.insert(2, 1_000, 500).expect("takes it");
    settle(&mut world);
    let counts: Vec<u64> =
        world.take_outcomes().iter().filter_map(|(_, outcome)| Some(outcome.as_ref().ok()?.count)).collect();
    assert_eq!(counts, [39_000, 1_000]);
    let (_, docs) = world.catalog().expect("runs").find(COLLECTION).expect("the collection");
    assert_eq!(docs.rows(), 40_000);
    assert!(docs.segments.len() >= 2 && docs.num_entities() > 20_000, "{} segments", docs.segments.len());
    assert!(docs.segments[0].index().is_some(), "a flushed segment of this size has its index");
}

#[test]
fn every_byte_of_a_checkpoint_and_of_the_log_takes_its_time_to_be_read() {
    // Less than a piece, and some of them, at a megabyte a second.
    for rows in [500, 9_000] {
        let mut world = prefilled(("replay_mb_per_s", 1));
        world.insert(1, rows, 1_000).expect("takes it");
        settle(&mut world);
        world.ask(Some(2), Request::Flush { name: COLLECTION.to_owned() }).expect("goes");
        settle(&mut world);
        world.kill(0);
        world.restart();
        let began = world.now;
        settle(&mut world);
        let report = world.report().expect("recovered").clone();
        let least = report.total_bytes;
        assert!(report.total_bytes > 100_000, "{report:?}");
        assert!(world.now - began >= least && report.took_us >= least, "{report:?}");
        assert!(report.took_us < least + 2_000_000, "{report:?}");
    }
}

/// Before openings counted from the log too, one without its stamp began again with epoch 1, took writes, and the next
/// one refused the log.
#[test]
fn a_log_whose_epochs_went_back_is_opened_with_all_its_rows() {
    let open = |epoch: u32, disk: Disk, promised_lsn: Option<Lsn>| {
        let mut world = start(disk, promised_lsn);
        world.epoch = epoch;
        settle(&mut world);
        world
    };
    let insert = |world: &mut Standalone, key: i64| {
        let rows = vec![vec![("id".to_owned(), Value::Int(key)), ("v".to_owned(), Value::Vector(vec![0.0]))]];
        world.ask(Some(1), Request::Insert { name: "c".to_owned(), rows, upsert: false }).expect("runs");
        settle(world);
        assert!(matches!(world.take_outcomes().as_slice(), [(1, Ok(_))]));
    };
    let mut world = open(5, Disk::default(), None);
    let schema = Schema::new(vec![
        Field { name: "id".to_owned(), kind: FieldType::Int64, primary: true },
        Field { name: "v".to_owned(), kind: FieldType::FloatVector { dim: 1 }, primary: false },
    ]);
    let create = Request::CreateCollection { name: "c".to_owned(), schema: schema.expect("a schema") };
    world.ask(None, create).expect("runs");
    settle(&mut world);
    insert(&mut world, 1);
    let mut world = open(1, world.log.disk.clone(), None);
    insert(&mut world, 2);
    let stamped = Some(world.log.durable_lsn());
    let epoch = quorum_wal::last_epoch(&world.log.disk, NODE) + 1;
    assert_eq!(epoch, 6);
    let mut world = open(epoch, world.log.disk.clone(), stamped);
    assert_eq!(world.report().map(|report| report.tail), Some(crate::event::Tail::Clean));
    insert(&mut world, 3);
    let world = open(epoch + 1, world.log.disk.clone(), Some(world.log.durable_lsn()));
    assert_eq!((world.refused(), world.visible()), (false, 3));
}

/// An insert of one row with this key.
fn one_row(key: i64) -> Request {
    let row = vec![("id".to_owned(), Value::Int(key)), ("n".to_owned(), Value::Int(key))];
    Request::Insert { name: "c".to_owned(), rows: vec![row], upsert: key % 2 == 1 }
}

/// Syncs that began since the last call.
fn syncs(world: &mut Standalone) -> usize {
    let began = |event: &crate::event::Event| {
        matches!(event.kind, EventKind::Storage(StorageEvent::FsyncBegan { .. }))
    };
    world.event_log.take().iter().filter(|event| began(event)).count()
}

#[test]
fn inserts_that_wait_share_a_sync_and_each_is_answered() {
    let mut world = start(Disk::default(), None);
    settle(&mut world);
    for n in 0..2 {
        world.ask(Some(n), request(n)).expect("takes it");
    }
    settle(&mut world);
    world.take_outcomes();
    syncs(&mut world);
    // The first is alone; the others wait meanwhile. A bad one and a delete are no part of a group.
    for key in 0..20 {
        world.ask(Some(100 + key as u64), one_row(key)).expect("takes it");
    }
    let bad = Request::Insert { name: "c".to_owned(), rows: Vec::new(), upsert: false };
    world.ask(Some(200), bad).expect("takes it");
    world
        .ask(Some(201), Request::Delete { name: "c".to_owned(), filter: "id in [19]".to_owned() })
        .expect("takes it");
    world.ask(Some(202), one_row(30)).expect("takes it");
    assert_eq!(world.take_outcomes(), []);
    settle(&mut world);
    assert_eq!(syncs(&mut world), 4);
    let outcomes = world.take_outcomes();
    let tickets: Vec<u64> = outcomes.iter().map(|(ticket, _)| *ticket).collect();
    assert_eq!(tickets, (100..120).chain(200..203).collect::<Vec<_>>());
    let lsns: Vec<Lsn> =
        outcomes.iter().filter_map(|(_, outcome)| Some(outcome.as_ref().ok()?.lsn)).collect();
    assert_eq!(lsns.len(), 22);
    assert!(lsns.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{lsns:?}");
    let expected: Vec<(i64, i64)> = (0..19).chain([30]).map(|key| (key, key)).collect();
    assert_eq!(rows(&world), expected);
}

#[test]
fn power_fails_at_every_byte_of_a_group() {
    let mut left = BTreeSet::new();
    for torn in (0..2_000).step_by(7) {
        let mut world = start(Disk::default(), None);
        settle(&mut world);
        for n in 0..2 {
            world.ask(Some(n), request(n)).expect("takes it");
        }
        settle(&mut world);
        for key in 0..20 {
            world.ask(Some(100 + key as u64), one_row(key)).expect("takes it");
        }
        // Until the group of all but the first is written and its sync runs.
        while !world.take_outcomes().iter().any(|(ticket, _)| *ticket == 100) {
            assert!(world.step());
        }
        world.kill(torn);
        let outcomes = world.take_outcomes();
        assert_eq!(outcomes.len(), 19, "every waiting client is answered, and none twice");
        assert!(outcomes.iter().all(|(_, outcome)| outcome.is_err()));
        world.restart();
        settle(&mut world);
        // A prefix survives: what was acknowledged, and records of the group that were whole.
        let found = rows(&world);
        let expected: Vec<(i64, i64)> = (0..found.len() as i64).map(|key| (key, key)).collect();
        assert_eq!(found, expected, "{torn}");
        assert!(!found.is_empty());
        left.insert(found.len());
    }
    assert!(left.len() > 5, "{left:?}");
}

#[test]
fn rows_that_were_deleted_and_cleared_away_are_no_loss() {
    let mut world = start(Disk::default(), None);
    let name = || "c".to_owned();
    let ask = |world: &mut Standalone, request| {
        world.ask(None, request).expect("takes it");
        settle(world);
    };
    (0..2).for_each(|n| ask(&mut world, request(n)));
    (0..20).for_each(|key| ask(&mut world, one_row(key * 2)));
    ask(&mut world, Request::Flush { name: name() });
    ask(&mut world, Request::Delete { name: name(), filter: "id < 20".to_owned() });
    ask(&mut world, Request::Flush { name: name() });
    ask(&mut world, Request::Compact { name: name(), deleted_percent: 10 });
    ask(&mut world, Request::Flush { name: name() });
    assert_eq!((world.acknowledged(), world.visible()), (20, 10));
    world.kill(0);
    world.restart();
    settle(&mut world);
    let report = world.report().expect("a recovery");
    assert!(report.done && report.rows < 20, "cleared away: {report:?}");
    assert_eq!((report.inserted, world.acknowledged(), world.visible()), (20, 20, 10));
}
