//! What follows a flush: objects, the manifest, the log's truncation, indexes; and when a segment is sealed unasked.
//!
//! Promises: a checkpoint counts only when its manifest is durable, and nothing older goes before that; while one is
//! made no write is served, so it holds everything up to its LSN and nothing else. Leaves out: the bytes
//! (`sim::checkpoint`).

use super::{NODE, Phase, ScheduledEvent, Standalone};
use crate::checkpoint::Writing;
use crate::event::{Moment, StorageEvent};
use quorum_engine::index::Builder;
use quorum_engine::manifest::Front;
use quorum_engine::{Collection, Segment, SegmentState};
use quorum_types::Micros;

/// Virtual time to write a piece of an object into the file's cache.
const PIECE_US: Micros = 200;
/// An idle segment smaller than this keeps growing (Milvus 2.5: `dataCoord.segment.minSizeFromIdleToSealed`).
const MIN_IDLE_BYTES: u64 = 16 << 20;

/// What the engine is doing besides serving generated rows.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Nothing.
    Idle,
    /// A request's record waits for its sync.
    Write,
    /// Everything written has to be durable.
    Sync,
    /// Everything written has to be durable, then a checkpoint begins.
    BeforeObjects,
    /// Objects are written.
    Objects(Box<Writing>, Micros),
    /// Objects are synced.
    ObjectsSync(Box<Writing>, Micros),
    /// The manifest of this number is synced.
    ManifestSync(Box<Writing>, Micros, u32),
    /// The index of a segment is built.
    Index(Box<Building>),
}

/// An index being built.
#[derive(Clone, Debug)]
pub(super) struct Building {
    segment: u64,
    dim: u32,
    rows: u32,
    builder: Builder,
    began_us: Micros,
}

impl Standalone {
    /// Something became durable: goes on with what waited for it.
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
        let (segments, bytes) = writing.size();
        self.emit(StorageEvent::FlushBegan { segments, bytes });
        self.stage = Stage::Objects(Box::new(writing), self.now);
        self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object);
    }

    pub(super) fn write_object(&mut self) {
        let Stage::Objects(mut writing, began_us) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return;
        };
        let before = self.log.disk.unsynced();
        match writing.step(&mut self.log.disk, NODE, self.epoch) {
            Some(bytes) => {
                if self.springs(Moment::DuringFlush, before + bytes / 2) {
                    return;
                }
                if !self.keeps_to_the_clock() {
                    self.log.hand_over(&mut self.outbox);
                }
                self.stage = Stage::Objects(writing, began_us);
                self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object);
            }
            None => {
                self.stage = Stage::ObjectsSync(writing, began_us);
                self.begin_sync();
                self.synced();
            }
        }
    }

    fn write_manifest(&mut self, writing: Box<Writing>, began_us: Micros) {
        let manifest = writing.write_manifest(&mut self.log.disk, NODE, self.epoch);
        let half = self.log.disk.unsynced() / 2;
        if self.springs(Moment::DuringCheckpoint, half) {
            return;
        }
        // All log files so far may go when the manifest is durable; the next record begins another.
        self.log.rotate();
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
        let (files, bytes) = self.log.truncate_behind(lsn, &keep, &mut self.outbox);
        self.outbox.release_all();
        self.checkpoint_lsn = lsn;
        let took_us = self.now - began_us;
        self.emit(StorageEvent::Checkpointed { lsn, files, bytes, took_us });
        self.note_growing();
        self.build_next();
    }

    // --- indexes

    /// Begins the next index that is to be built; with none left, the current request is done.
    pub(super) fn build_next(&mut self) {
        let next = self.catalog.collections().find_map(|(_, collection)| begin_index(collection));
        let Some((segment, dim, rows, builder)) = next else { return self.finish() };
        let building = Building { segment, dim, rows, builder, began_us: self.now };
        self.stage = Stage::Index(Box::new(building));
        self.event_queue.schedule(self.now, ScheduledEvent::Index);
    }

    pub(super) fn build_on(&mut self) {
        let Stage::Index(mut building) = std::mem::replace(&mut self.stage, Stage::Idle) else { return };
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

    // --- sealing unasked

    /// Notes since when segments grow, and flushes a collection whose segment is full.
    pub(super) fn note_growing(&mut self) {
        let growing: Vec<(u64, u64, String)> = self
            .catalog
            .collections()
            .filter_map(|(_, there)| {
                there.growing().map(|grows| (grows.id, grows.bytes(), there.name.clone()))
            })
            .collect();
        self.growing.retain(|segment, _| growing.iter().any(|(id, ..)| id == segment));
        for (id, bytes, name) in growing {
            let now = self.now;
            self.growing.entry(id).or_insert((now, now)).1 = now;
            if bytes >= self.settings.segment_seal_bytes {
                self.flush_unasked(name);
            }
        }
    }

    fn flush_unasked(&mut self, name: String) {
        if !self.unasked.contains(&name) {
            self.unasked.push_back(name);
        }
    }

    /// When a segment has grown for too long, or too long without a row; nothing happens by itself before that.
    pub fn background_due(&self) -> Option<Micros> {
        if !matches!(self.phase, Phase::Running) || self.works() {
            return None;
        }
        let growing = self.catalog.collections().filter_map(|(_, there)| there.growing());
        growing.filter_map(|segment| self.due(segment)).min()
    }

    /// When a growing segment has grown for too long.
    fn due(&self, segment: &Segment) -> Option<Micros> {
        let (began, last) = self.growing.get(&segment.id)?;
        let old = began + self.settings.segment_life_us;
        let idle = last + self.settings.segment_idle_us;
        Some(if segment.bytes() >= MIN_IDLE_BYTES { old.min(idle) } else { old })
    }

    /// Seals and flushes what has grown for too long.
    pub fn background(&mut self) {
        let due: Vec<(u64, String)> = self
            .catalog
            .collections()
            .filter_map(|(_, there)| Some((there.growing()?, there.name.clone())))
            .filter(|(segment, _)| self.due(segment).is_some_and(|due| due <= self.now))
            .map(|(segment, name)| (segment.id, name))
            .collect();
        for (segment, name) in due {
            // Should the disk have no room, it is tried again after as long a time, not at once.
            self.growing.insert(segment, (self.now, self.now));
            self.flush_unasked(name);
        }
        self.proceed();
    }
}

fn begin_index(collection: &Collection) -> Option<(u64, u32, u32, Builder)> {
    let spec = collection.index?;
    let (_, dim) = collection.schema.vector()?;
    collection.segments.iter().find_map(|segment| {
        segment.begin_index(&spec, dim).map(|builder| (segment.id, dim, segment.rows(), builder))
    })
}
