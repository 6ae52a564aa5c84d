//! The invariants of a single engine, checked after every event against a model and against the bytes on its disk.
//!
//! The checkers learn what the engine wrote, what it reported in events, and which answers its client received; they
//! read its disk as a power cut would leave it. Guarantees: a check never changes the run; once violated, an invariant
//! stays violated. Of faults they know one thing: which log bytes a failing medium changed, because a log that was
//! damaged may be refused. Leaves out: whether a stuck engine is to blame (`swarm`).

use super::action::{Action, Corruption};
use super::model::{Model, RowFacts, visible};
use super::{COLLECTION, NODE, Phase, Standalone};
use crate::checkpoint::Loading;
use crate::event::{EngineEvent, Event, EventKind, FaultEvent, Moment, StorageEvent};
use crate::invariant_status::{Breach, Invariants};
use crate::log_disk::LogDisk;
use quorum_engine::manifest::Part;
use quorum_engine::{Operation, Search};
use quorum_types::sort::sort;
use quorum_types::{Lsn, Rng};
use quorum_wal::disk::Disk;
use quorum_wal::format::{FILE_HEADER_BYTES, FIRST_MANIFEST, FIRST_OBJECT, FileHeader};

/// The invariants, in display order.
pub const INVARIANTS: [&str; 18] = [
    // Each acknowledged write survives every crash (durability: Gray and Reuter, Transaction Processing, 1993).
    "acknowledged_kept",
    // A write that was not acknowledged is there as a whole or not at all (atomicity, ibid.).
    "all_or_nothing",
    // No row comes back that was deleted.
    "deleted_stay_deleted",
    // A recovery finds exactly a prefix of what was written (docs/wal-format.md, what the log promises, 2).
    "replay_exact_prefix",
    // What is visible is durable, as long as acknowledgements wait for syncs.
    "visible_is_durable",
    // Between crashes the visible rows are those of the model.
    "visible_is_written",
    // A checkpoint holds only what is durable in the log (the write-ahead rule: Mohan et al., ARIES, 1992).
    "checkpoint_is_durable",
    // The log begins no later than the durable checkpoint ends (docs/wal-format.md, objects and checkpoints).
    "log_reaches_checkpoint",
    // LSNs are consecutive, and none that was durable is used again (docs/wal-format.md, record).
    "lsn_consecutive",
    // The stamp's LSN is never below the last acknowledged one (docs/wal-format.md, what is assumed of the medium).
    "stamp_covers_acknowledged",
    // A manifest names only objects that are durable.
    "manifest_names_durable",
    // The durable checkpoint reads back with all checksums and holds the visible rows.
    "segments_intact",
    // A search of a FLAT index finds what brute force finds.
    "search_is_exact",
    // A damaged log is refused, never opened with fewer rows (docs/wal-format.md, what the log promises, 3).
    "damage_refused",
    // A log that nothing damaged is opened, whatever a crash left of it.
    "undamaged_opens",
    // After a recovery, rows count as acknowledged only if they were; the others count as unproven.
    "unproven_reported",
    // A crash during or after a recovery changes nothing.
    "recovery_is_idempotent",
    // The disk never holds more than fits on it.
    "capacity_respected",
];

const ACKNOWLEDGED_KEPT: usize = 0;
const ALL_OR_NOTHING: usize = 1;
const DELETED_STAY_DELETED: usize = 2;
const REPLAY_EXACT_PREFIX: usize = 3;
const VISIBLE_IS_DURABLE: usize = 4;
const VISIBLE_IS_WRITTEN: usize = 5;
const CHECKPOINT_IS_DURABLE: usize = 6;
const LOG_REACHES_CHECKPOINT: usize = 7;
const LSN_CONSECUTIVE: usize = 8;
const STAMP_COVERS_ACKNOWLEDGED: usize = 9;
const MANIFEST_NAMES_DURABLE: usize = 10;
const SEGMENTS_INTACT: usize = 11;
const SEARCH_IS_EXACT: usize = 12;
const DAMAGE_REFUSED: usize = 13;
const UNDAMAGED_OPENS: usize = 14;
const UNPROVEN_REPORTED: usize = 15;
const RECOVERY_IS_IDEMPOTENT: usize = 16;
const CAPACITY_RESPECTED: usize = 17;

/// The rows are compared once in this many looks, besides after every recovery and checkpoint.
const COMPARE_EVERY: u64 = 32;
/// A recovery is repeated if its last LSN is a multiple of this: about one recovery in this number.
const AGAIN_EVERY: u64 = 3;
/// A search is compared once in this many looks, besides after every recovery.
const SEARCH_EVERY: u64 = 4 * COMPARE_EVERY;
/// The most bytes that a recovery writes without asking for room: its boot record and a file's header.
const BOOT_BYTES: u64 = 128;

/// Log bytes that a failing medium changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Harm {
    file: u32,
    offset: u64,
    /// Whether the same change once more would repair it: a bit of a durable byte flipped.
    heals: bool,
}

/// The checkers and their memory.
#[derive(Clone, Debug)]
pub struct Checkers {
    /// The state of each invariant.
    pub invariants: Invariants,
    model: Model,
    harms: Vec<Harm>,
    /// The last LSN that was written to the log.
    last_lsn: Lsn,
    /// Everything up to this LSN was synced, as far as the engine knows.
    synced_lsn: Lsn,
    /// The last LSN that was acknowledged without a sync, as its client had asked.
    volatile_lsn: Lsn,
    first_file: u32,
    last_manifest: u32,
    /// The objects of the last durable checkpoint that read back, each with its records and rows, in order.
    read_back: Vec<(u32, u64, u32)>,
    /// Bytes of objects that were read, as a measure of the checkers' own work.
    pub(super) read_bytes: u64,
    refused: bool,
    /// The most bytes that the disk may hold.
    room: Option<u64>,
    looks: u64,
    /// Outcomes that clients received.
    judged: u64,
}

impl Default for Checkers {
    fn default() -> Self {
        Self {
            invariants: Invariants::new(&INVARIANTS),
            model: Model::default(),
            harms: Vec::new(),
            last_lsn: 0,
            synced_lsn: 0,
            volatile_lsn: 0,
            first_file: 1,
            last_manifest: FIRST_MANIFEST,
            read_back: Vec::new(),
            read_bytes: 0,
            refused: false,
            room: None,
            looks: 0,
            judged: 0,
        }
    }
}

/// What changed since the last look.
#[derive(Debug)]
pub(super) struct News {
    /// Operations that were written, with their LSNs.
    pub written: Vec<(Lsn, Operation)>,
    /// Events.
    pub events: Vec<Event>,
    /// Requests that were answered with success.
    pub answered: u64,
    /// Whether the client's request for a sync was answered.
    pub synced: bool,
}

impl Checkers {
    fn check(&mut self, which: usize, holds: bool, breach: impl FnOnce() -> Breach) {
        self.invariants.check(which, holds, breach);
    }

    /// The number of answers that were checked.
    pub(super) fn judged(&self) -> u64 {
        self.judged
    }

    /// Whether log bytes are damaged, so that a refusal is right.
    pub(super) fn damaged(&self) -> bool {
        !self.harms.is_empty()
    }

    // --- faults

    /// An action is about to be performed.
    pub(super) fn acts(&mut self, world: &Standalone, action: &Action) {
        match action {
            Action::Corrupt { file, offset, kind } => {
                let Some(file) = world.log_file(*file) else { return };
                let found = world.log.disk.files().find(|(there, ..)| *there == file);
                let Some((_, len, synced)) = found.filter(|(_, len, _)| offset < len) else { return };
                let heals = *kind == Corruption::Bitflip && *offset < synced && synced <= len;
                let harm = Harm { file, offset: *offset, heals };
                match self.harms.iter().position(|there| *there == harm && heals) {
                    Some(at) => drop(self.harms.remove(at)),
                    None => self.harms.push(harm),
                }
            }
            Action::DiskCapacity { bytes } => {
                self.room = bytes.map(|bytes| bytes.max(world.log.disk.bytes()));
            }
            _ => {}
        }
    }

    /// The run is over: what a refused engine cannot do any more is not to blame on it.
    pub(super) fn excuse_damage(&mut self, world: &Standalone) {
        if world.refused() && self.damaged() {
            self.invariants.excuse("the log was damaged, and nothing repaired it");
        }
    }

    // --- what happened

    /// Looks at the world after an event or an action.
    pub(super) fn look(&mut self, world: &Standalone, news: News) {
        let News { written, events, answered, synced } = news;
        let quiet = written.is_empty();
        for (lsn, operation) in written {
            self.model.wrote(lsn, operation);
        }
        let (mut recovered, mut checkpointed) = (None, None);
        for event in &events {
            match &event.kind {
                EventKind::Storage(StorageEvent::Recovered { lsn, .. }) => {
                    self.recovers(world, *lsn);
                    recovered = Some(*lsn);
                }
                EventKind::Storage(StorageEvent::Checkpointed { lsn, .. }) => {
                    self.model.promised(*lsn);
                    checkpointed = Some(*lsn);
                }
                kind => self.hear(world, kind),
            }
        }
        if synced {
            self.model.promised(self.synced_lsn);
        }
        self.judged += answered;
        self.looks += 1;
        self.look_at_log(world);
        self.look_at_disk(world, checkpointed.is_some());
        self.look_at_refusal(world);
        if let Phase::Running = world.phase {
            self.look_at_rows(world, recovered.or(checkpointed).is_some(), recovered.is_some());
            if recovered.is_some() && quiet && self.last_lsn.is_multiple_of(AGAIN_EVERY) {
                self.look_again(world);
            }
        }
    }

    fn hear(&mut self, world: &Standalone, kind: &EventKind) {
        match kind {
            EventKind::Storage(StorageEvent::WalAppended { lsn, .. }) => {
                let (before, promised) = (self.last_lsn, self.model.promised_lsn.max(self.synced_lsn));
                self.check(LSN_CONSECUTIVE, *lsn == before + 1 && *lsn > promised, || {
                    Breach::new(
                        "lsn_out_of_turn",
                        "record `lsn` was written after record `before`, when everything up to `durable` was durable",
                        &[*lsn, before, promised],
                    )
                });
                self.last_lsn = *lsn;
            }
            EventKind::Storage(StorageEvent::FsyncEnded { lsn, .. }) => {
                self.synced_lsn = self.synced_lsn.max(*lsn);
                let there = |harm: &Harm| world.log.disk.len(harm.file) > 0;
                self.harms.retain(there);
            }
            EventKind::Storage(StorageEvent::Sealed { lsn } | StorageEvent::Compacted { lsn, .. })
            | EventKind::Engine(
                EngineEvent::Acknowledged { lsn, .. }
                | EngineEvent::Deleted { lsn, .. }
                | EngineEvent::CatalogChanged { lsn, .. },
            ) => {
                self.model.acknowledged(*lsn);
                if world.autosync {
                    self.model.promised(*lsn);
                } else {
                    self.volatile_lsn = self.volatile_lsn.max(*lsn);
                }
            }
            EventKind::Fault(FaultEvent::Opened { .. }) => self.last_lsn = 0,
            EventKind::Fault(FaultEvent::Restarted)
                if world.log.disk.is_empty() && world.log.durable_lsn() == 0 =>
            {
                // Nothing was durable: the engine begins again, and there is nothing to recover.
                self.model.recovered(0);
                (self.last_lsn, self.synced_lsn, self.volatile_lsn) = (0, 0, 0);
                self.room = self.room.map(|room| room + BOOT_BYTES);
            }
            EventKind::Fault(FaultEvent::Killed) => {
                // Files that were removed may be back.
                self.room = self.room.map(|room| room.max(world.log.disk.bytes()));
            }
            _ => {}
        }
    }

    /// A recovery found the records up to an LSN.
    fn recovers(&mut self, world: &Standalone, lsn: Lsn) {
        let promised = self.model.promised_lsn;
        let harmed = self.damaged();
        let kept = self.model.recovered(lsn);
        let which = if harmed { DAMAGE_REFUSED } else { ACKNOWLEDGED_KEPT };
        self.check(which, kept, || {
            Breach::new(
                "acknowledged_gone",
                "the log was opened with the records up to `found`, though `promised` was acknowledged",
                &[lsn, promised],
            )
        });
        if kept {
            let (all, known) = self.model.counts();
            let (acknowledged, unproven) = (world.acknowledged, world.unproven);
            let sum = acknowledged.saturating_add(unproven);
            self.check(UNPROVEN_REPORTED, acknowledged <= known && sum >= all, || {
                Breach::new(
                    "unproven_hidden",
                    "`acknowledged` rows are reported as acknowledged and `unproven` as unproven; of `all` rows \
                     the client knows `known` to be acknowledged",
                    &[acknowledged, unproven, all, known],
                )
            });
        }
        self.last_lsn = lsn;
        self.synced_lsn = lsn;
        self.volatile_lsn = self.volatile_lsn.min(lsn);
        if let Some(room) = &mut self.room {
            *room += BOOT_BYTES;
        }
    }

    // --- what is there

    fn look_at_log(&mut self, world: &Standalone) {
        let promised = self.model.promised_lsn;
        let stamped = world.log.durable_lsn();
        self.check(STAMP_COVERS_ACKNOWLEDGED, stamped >= promised, || {
            Breach::new(
                "stamp_behind",
                "the stamp names record `stamped`, though `promised` is acknowledged",
                &[stamped, promised],
            )
        });
        if let Some(wal) = world.log.wal() {
            let (checkpoint, durable) = (world.checkpoint_lsn, wal.durable_lsn());
            self.check(CHECKPOINT_IS_DURABLE, checkpoint <= durable, || {
                Breach::new(
                    "checkpoint_ahead",
                    "the checkpoint holds the records up to `lsn`, of which `durable` are durable in the log",
                    &[checkpoint, durable],
                )
            });
        }
    }

    fn look_at_disk(&mut self, world: &Standalone, milestone: bool) {
        let disk = &world.log.disk;
        if let Some(room) = self.room {
            let bytes = disk.bytes();
            self.check(CAPACITY_RESPECTED, bytes <= room, || {
                Breach::new("too_full", "the disk holds `bytes` bytes, and `room` fit", &[bytes, room])
            });
        }
        let first = disk.files().map(|(file, ..)| file).find(|file| *file < FIRST_OBJECT).unwrap_or(0);
        let manifest = disk.files().map(|(file, ..)| file).last().unwrap_or(0).max(FIRST_MANIFEST);
        let let_go = first > self.first_file;
        if manifest > self.last_manifest && world.alive() {
            self.look_at_manifest(world);
        }
        self.last_manifest = manifest;
        self.first_file = first;
        if let_go || milestone {
            self.look_at_checkpoint(world, milestone);
        }
    }

    /// A manifest was begun: the objects that it names must be durable by now.
    fn look_at_manifest(&mut self, world: &Standalone) {
        let Ok(Some(loading)) = Loading::begin(&world.log) else { return };
        let disk = &world.log.disk;
        let durable = |(file, len, synced): (u32, u64, u64)| (synced == len).then_some(file);
        let durable: Vec<u32> = disk.files().filter_map(durable).collect();
        let objects = loading.files.iter().filter(|file| **file < FIRST_MANIFEST);
        let undurable = objects.into_iter().find(|object| durable.binary_search(object).is_err());
        self.check(MANIFEST_NAMES_DURABLE, undurable.is_none(), || {
            let object = undurable.map_or(0, |object| object - FIRST_OBJECT);
            Breach::new(
                "object_undurable",
                "the manifest names object `object`, which is not durable",
                &[u64::from(object)],
            )
        });
    }

    /// Reads the durable checkpoint as a recovery after a power cut would.
    fn look_at_checkpoint(&mut self, world: &Standalone, compare: bool) {
        let mut disk: Disk = world.log.disk.clone();
        disk.crash(0);
        let log = LogDisk::new(NODE, disk, None);
        let loading = Loading::begin(&log);
        let lsn = loading.as_ref().ok().and_then(Option::as_ref).map_or(0, Loading::lsn);
        let first = log.disk.files().map(|(file, ..)| file).find(|file| *file < FIRST_OBJECT);
        let harmed = |file: u32| self.harms.iter().any(|harm| harm.file == file);
        let first_lsn = match first {
            Some(file) if harmed(file) => None,
            Some(file) => begins_with(&log.disk, file),
            // No log is left: it begins after everything that was durable in it.
            None => Some(self.synced_lsn + 1),
        };
        if let Some(first_lsn) = first_lsn {
            self.check(LOG_REACHES_CHECKPOINT, first_lsn <= lsn + 1, || {
                Breach::new(
                    "log_begins_late",
                    "the log begins with record `first`, and the durable checkpoint ends with `lsn`",
                    &[first_lsn, lsn],
                )
            });
        }
        let Ok(Some(mut loading)) = loading else { return };
        let rows = loading.rows_left();
        let facts = |part: &Part| (part.object, part.records, part.rows);
        let mut named: Vec<_> = loading.parts.iter().map(facts).collect();
        sort(&mut named);
        // An object never changes: if all were read at every checkpoint, a run with many would mostly read them.
        loading.parts.retain(|part| self.read_back.binary_search(&facts(part)).is_err());
        let before = loading.bytes;
        let read = loop {
            match loading.step(&log.disk, NODE, u64::MAX / 2) {
                Ok(true) => break Ok(()),
                Ok(false) => {}
                Err(damage) => break Err(damage),
            }
        };
        self.read_bytes += loading.bytes - before;
        self.read_back = if read.is_ok() { named } else { Vec::new() };
        let expected = self.model.now.len();
        let same = !compare || world.checkpoint_lsn != lsn || self.model.now_lsn > lsn || rows == expected;
        self.check(SEGMENTS_INTACT, read.is_ok() && same, || {
            Breach::new(
                "checkpoint_unreadable",
                "the durable checkpoint of record `lsn` does not read back: `rows` rows of `expected`",
                &[lsn, rows, expected],
            )
        });
    }

    fn look_at_refusal(&mut self, world: &Standalone) {
        let refused = world.refused();
        if refused && !self.refused {
            let harmed = self.damaged();
            // Only for the detail: a recovery that found no position of the damage reports none.
            let (file, offset) = world.report().and_then(|report| report.at).unwrap_or_default();
            self.check(UNDAMAGED_OPENS, harmed, || {
                Breach::new(
                    "refused_whole_log",
                    "the log was refused at offset `offset` of file `file`, though nothing damaged it",
                    &[offset, u64::from(file)],
                )
            });
            self.invariants.passed(DAMAGE_REFUSED);
        }
        self.refused = refused;
    }

    // --- rows

    fn look_at_rows(&mut self, world: &Standalone, milestone: bool, recovered: bool) {
        let durable = world.log.wal().map_or(0, |wal| wal.durable_lsn()).max(self.volatile_lsn);
        let newest = world.catalog.segments().filter_map(|(_, segment)| segment.chunks().last());
        let newest = newest.map(|chunk| chunk.lsn).max().unwrap_or(0);
        self.check(VISIBLE_IS_DURABLE, newest <= durable, || {
            Breach::new(
                "visible_early",
                "rows of record `lsn` are visible, and only `durable` is durable",
                &[newest, durable],
            )
        });
        if !milestone && !self.looks.is_multiple_of(COMPARE_EVERY) {
            return;
        }
        let (found, expected) = (visible(world), self.model.now.rows());
        if found == expected && catalog(world) == self.model.now.catalog {
            for which in [ALL_OR_NOTHING, DELETED_STAY_DELETED, REPLAY_EXACT_PREFIX, VISIBLE_IS_WRITTEN] {
                self.invariants.passed(which);
            }
        } else {
            self.tell_apart(&found, &expected, recovered);
        }
        if recovered || self.looks.is_multiple_of(SEARCH_EVERY) {
            self.search(world);
        }
    }

    /// The rows differ from the model's: names what that violates.
    fn tell_apart(&mut self, found: &[RowFacts], expected: &[RowFacts], recovered: bool) {
        let lsn = self.model.now_lsn;
        let count = |rows: &[RowFacts], lsn: Lsn| rows.iter().filter(|(_, of, _)| *of == lsn).count() as u64;
        let partly = found.iter().map(|(_, of, _)| *of).find(|of| {
            let (found, expected) = (count(found, *of), count(expected, *of));
            *of > lsn || found < expected
        });
        self.check(ALL_OR_NOTHING, partly.is_none() || !recovered, || {
            let of = partly.unwrap_or(0);
            Breach::new(
                "partly_there",
                "of the rows of record `lsn` there are `found`, of `expected`",
                &[of, count(found, of), count(expected, of)],
            )
        });
        let known = |row: &RowFacts| expected.iter().any(|(key, lsn, _)| (*key, *lsn) == (row.0, row.1));
        let back = found.iter().find(|row| !known(row) && row.1 <= lsn);
        self.check(DELETED_STAY_DELETED, back.is_none(), || {
            let (key, of, _) = back.copied().unwrap_or_default();
            Breach::new("row_is_back", "the row with key `key` of record `lsn` is back", &[key as u64, of])
        });
        let which = if recovered { REPLAY_EXACT_PREFIX } else { VISIBLE_IS_WRITTEN };
        self.check(which, false, || {
            Breach::new(
                "other_rows",
                "after record `lsn` there are `found` rows, not the `expected` rows that were written",
                &[lsn, found.len() as u64, expected.len() as u64],
            )
        });
    }

    /// Searches near a vector, and compares with brute force over the model's rows.
    fn search(&mut self, world: &Standalone) {
        // All rows: of rows with one key only the nearest counts, but each takes a place among those that are looked at
        // (`engine::collection`). Where all keys differ, a few must do.
        const ALL: usize = 16_384;
        const FEW: usize = 5;
        let Ok((_, there)) = world.catalog.find(COLLECTION) else { return };
        let Some((_, dim)) = there.schema.vector().filter(|_| there.loaded && there.index.is_some()) else {
            return;
        };
        let mut near = vec![0.0; dim as usize];
        Rng::new(self.looks, 0).fill_units(&mut near);
        let expected = self.model.now.nearest(&near);
        let distinct = expected.len() as u64 == self.model.now.len();
        let limit = if distinct { FEW } else { ALL };
        let search = Search { data: vec![near.clone()], limit: limit as u64, ..Search::default() };
        let Ok(found) = world.catalog.search(COLLECTION, &search) else { return };
        let found: Vec<(f32, i64)> = found.concat().iter().map(|hit| (hit.distance, hit.key)).collect();
        let close = |a: f32, b: f32| (a - b).abs() <= 1e-4 * (1.0 + a.abs());
        let same = found.len() == expected.len().min(limit)
            && found.iter().zip(&expected).all(|(found, expected)| close(found.0, expected.0));
        self.check(SEARCH_IS_EXACT, same, || {
            let (key, other) =
                (found.first().map_or(0, |hit| hit.1), expected.first().map_or(0, |hit| hit.1));
            Breach::new(
                "other_hits",
                "a search found `n` rows, the first with key `key`; brute force finds key `other` first",
                &[found.len() as u64, key as u64, other as u64],
            )
        });
    }

    /// Cuts the power again, during the recovery or right after it: the same rows must be there.
    fn look_again(&mut self, world: &Standalone) {
        let mut again = world.clone();
        again.written = None;
        again.set_crash_point(None);
        again.event_queue = crate::event_queue::EventQueue::default();
        again.kill_in_sectors(&mut Rng::new(self.last_lsn, 1));
        again.restart();
        if self.last_lsn.is_multiple_of(2 * AGAIN_EVERY) {
            again.set_crash_point(Some(Moment::DuringRecovery));
            run_recovery(&mut again);
            again.restart();
        }
        run_recovery(&mut again);
        let same = visible(&again) == self.model.now.rows();
        let opened = matches!(again.phase, Phase::Running);
        let lsn = self.model.now_lsn;
        self.check(RECOVERY_IS_IDEMPOTENT, opened && same, || {
            Breach::new(
                "recovered_otherwise",
                "a crash after the recovery to record `lsn` changed what is there; opened: `opened`",
                &[lsn, u64::from(opened)],
            )
        });
    }
}

/// Lets a recovery run to its end.
fn run_recovery(world: &mut Standalone) {
    while world.recovering() && world.step() {}
}

/// The LSN with which a log file begins.
fn begins_with(disk: &Disk, file: u32) -> Option<Lsn> {
    let mut bytes = Vec::new();
    disk.read(file, 0, FILE_HEADER_BYTES, &mut bytes);
    FileHeader::decode(&bytes).ok().map(|header| header.first_lsn)
}

/// Whether there is a collection, whether it has an index, and whether it is loaded.
fn catalog(world: &Standalone) -> (bool, bool, bool) {
    let there = world.catalog.collections().next().map(|(_, there)| there);
    there.map_or((false, false, false), |there| (true, there.index.is_some(), there.loaded))
}
