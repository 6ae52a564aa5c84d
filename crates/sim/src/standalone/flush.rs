//! The consequences of a flush: objects, the manifest, log truncation and indexes.
//!
//! Guarantees: a checkpoint counts only once its manifest is durable, and nothing older is deleted before that; no
//! write is served while a checkpoint is being made, so it holds exactly everything up to its LSN. Leaves out: the byte
//! format (`sim::checkpoint`), and when segments are sealed (`sealing`).

use super::rules::Rule;
use super::{NODE, ScheduledEvent, Standalone};
use crate::checkpoint::Writing;
use crate::event::{Moment, StorageEvent};
use quorum_engine::index::Builder;
use quorum_engine::manifest::Front;
use quorum_engine::{Collection, SegmentState};
use quorum_types::Micros;

/// The virtual time it takes to write a piece of an object to the file's cache.
const PIECE_US: Micros = 200;

/// What the engine is doing besides serving generated rows.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Nothing.
    Idle,
    /// A request's record waits for its sync.
    Write,
    /// Waits until everything written is durable.
    Sync,
    /// Waits until everything written is durable; then a checkpoint begins.
    BeforeObjects,
    /// Writes objects.
    Objects(Box<Writing>, Micros),
    /// Syncs objects.
    ObjectsSync(Box<Writing>, Micros),
    /// Syncs the manifest with this number.
    ManifestSync(Box<Writing>, Micros, u32),
    /// Builds the index of a segment.
    Index(Box<Building>),
}

/// An index being built.
#[derive(Clone, Debug)]
pub(super) struct Building {
    pub(super) segment: u64,
    dim: u32,
    rows: u32,
    builder: Builder,
    pub(super) began_us: Micros,
    /// Whether the file of the index is read first.
    reads: bool,
}

impl Standalone {
    /// Something became durable: continues with the work that waited for it.
    pub(super) fn synced(&mut self) {
        if self.log.syncing() || (self.log.disk.unsynced() > 0 && !matches!(self.stage, Stage::Write)) {
            return;
        }
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Write if !self.pending.is_empty() => self.stage = Stage::Write,
            Stage::Write => self.written(),
            Stage::Sync => {
                while let Some(pending) = self.pending.pop_front() {
                    self.apply(pending);
                }
                self.finish();
            }
            Stage::BeforeObjects => self.begin_objects(),
            Stage::ObjectsSync(writing, began_us) => self.write_manifest(writing, began_us),
            Stage::ManifestSync(writing, began_us, manifest) => {
                self.checkpointed(&writing, began_us, manifest)
            }
            other => self.stage = other,
        }
    }

    // --- the checkpoint

    /// Begins a checkpoint, unless the last one holds everything.
    pub(super) fn begin_checkpoint(&mut self) {
        if self.log.wal().is_some_and(|wal| wal.last_lsn() == self.checkpoint_lsn) {
            return self.build_next();
        }
        self.stage = Stage::BeforeObjects;
        self.begin_sync();
        self.synced();
    }

    fn begin_objects(&mut self) {
        let lsn = self.log.wal().map_or(0, |wal| wal.last_lsn());
        let front = Front { lsn, acknowledged_rows: self.acknowledged, unproven_rows: self.unproven };
        let writing = Writing::begin(&self.catalog, front, &self.log.disk);
        let needed = writing.bytes_needed();
        if !self.has_room(needed) {
            let refusal = self.disk_full(needed);
            return self.fail(refusal);
        }
        let (segments, bytes) = writing.size();
        self.emit(StorageEvent::FlushBegan { segments, bytes });
        self.stage = Stage::Objects(Box::new(writing), self.now);
        self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object);
    }

    pub(super) fn write_object(&mut self) {
        let Stage::Objects(mut writing, began_us) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return;
        };
        let needed = writing.next_bytes();
        if !self.has_room(needed) {
            return self.give_up_checkpoint(&writing, needed);
        }
        let before = self.log.disk.unsynced();
        match writing.step(&mut self.log.disk, NODE, self.epoch) {
            Some(bytes) => {
                if self.crash_point_hit(Moment::DuringFlush, before + bytes / 2) {
                    return;
                }
                if !self.has_slow_disk() {
                    self.log.hand_over(&mut self.outbox);
                }
                self.stage = Stage::Objects(writing, began_us);
                self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object);
            }
            None if !self.rules.on(Rule::SyncObjectsBeforeManifest) => self.write_manifest(writing, began_us),
            None => {
                self.stage = Stage::ObjectsSync(writing, began_us);
                self.begin_sync();
                self.synced();
            }
        }
    }

    /// The disk became full: what was written of the checkpoint goes, and the last one stays.
    fn give_up_checkpoint(&mut self, writing: &Writing, needed: u64) {
        writing.begun().into_iter().for_each(|object| self.log.disk.remove(object));
        self.outbox.collect(NODE, &mut self.log.disk);
        let refusal = self.disk_full(needed);
        self.fail(refusal);
        self.proceed();
    }

    fn write_manifest(&mut self, writing: Box<Writing>, began_us: Micros) {
        let needed = writing.next_bytes();
        if !self.has_room(needed) {
            return self.give_up_checkpoint(&writing, needed);
        }
        let manifest = writing.write_manifest(&mut self.log.disk, NODE, self.epoch);
        let half = self.log.disk.unsynced() / 2;
        if self.crash_point_hit(Moment::DuringCheckpoint, half) {
            return;
        }
        // All existing log files may be deleted once the manifest is durable; the next record begins a new file.
        self.log.rotate();
        if !self.rules.on(Rule::ManifestBeforeTruncate) {
            let keep = writing.files(manifest);
            self.log.remove_before(writing.front.lsn, &keep, &mut self.outbox);
        }
        self.stage = Stage::ManifestSync(writing, began_us, manifest);
        self.begin_sync();
    }

    fn checkpointed(&mut self, writing: &Writing, began_us: Micros, manifest: u32) {
        for (segment, object) in &writing.written {
            if let Some(segment) = self.catalog.segment_mut(*segment) {
                segment.object = Some(*object);
            }
        }
        let sealed: Vec<u64> = self
            .catalog
            .segments()
            .filter(|(_, segment)| segment.state == SegmentState::Sealed)
            .map(|(_, segment)| segment.id)
            .collect();
        for segment in sealed {
            if let Some(segment) = self.catalog.segment_mut(segment) {
                segment.state = SegmentState::Flushed;
            }
        }
        let lsn = writing.front.lsn;
        let keep = writing.files(manifest);
        let (files, bytes) = self.log.remove_before(lsn, &keep, &mut self.outbox);
        self.outbox.release_all();
        self.checkpoint_lsn = lsn;
        let took_us = self.now - began_us;
        self.emit(StorageEvent::Checkpointed { lsn, files, bytes, took_us });
        self.note_growing();
        self.build_next();
    }

    // --- indexes

    /// Begins to read or build the next index; if none is left, the current request is done.
    pub(super) fn build_next(&mut self) {
        self.store_indexes();
        let next = self.catalog.collections().find_map(|(_, collection)| begin_index(collection));
        let Some((segment, dim, rows, builder)) = next else { return self.finish() };
        let stored_bytes = self.stored_index_bytes(segment);
        let building = Building { segment, dim, rows, builder, began_us: self.now, reads: stored_bytes > 0 };
        self.stage = Stage::Index(Box::new(building));
        self.event_queue.schedule(self.now + self.reading_us(stored_bytes), ScheduledEvent::Index);
    }

    pub(super) fn build_on(&mut self) {
        let Stage::Index(mut building) = std::mem::replace(&mut self.stage, Stage::Idle) else { return };
        if std::mem::take(&mut building.reads) {
            return self.read_index(building);
        }
        let Some((_, segment)) = self.catalog.segments().find(|(_, segment)| segment.id == building.segment)
        else {
            return self.build_next();
        };
        let budget = building.builder.step_rows();
        let built = building.builder.step(&segment.vectors(building.dim), budget);
        let next =
            self.now + u64::from(budget).saturating_mul(1_000_000) / self.settings.index_rows_per_s.max(1);
        match built {
            None => {
                self.stage = Stage::Index(building);
                self.event_queue.schedule(next, ScheduledEvent::Index);
            }
            Some(index) => {
                if let Some(segment) = self.catalog.segment_mut(building.segment) {
                    segment.set_index(Some(index));
                }
                let (segment, rows) = (building.segment, building.rows);
                let took_us = self.now - building.began_us;
                self.emit(StorageEvent::IndexBuilt { segment, rows, took_us });
                self.build_next();
                self.proceed();
            }
        }
    }
}

fn begin_index(collection: &Collection) -> Option<(u64, u32, u32, Builder)> {
    let spec = collection.index?;
    let (_, dim) = collection.schema.vector()?;
    collection.segments.iter().find_map(|segment| {
        segment.begin_index(&spec, dim).map(|builder| (segment.id, dim, segment.rows(), builder))
    })
}
