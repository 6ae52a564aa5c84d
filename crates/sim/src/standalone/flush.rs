//! The consequences of a flush: objects, the manifest, log truncation and indexes, all of it beside the writes.
//!
//! A checkpoint freezes the catalogue as it is after some record of the log, writes what is frozen, and lets go of the
//! log up to that record; requests are served meanwhile, and are in the log after it. Work is done in pieces, one
//! request's at a time: the requests that need a checkpoint or indexes are answered in their order, each when its part
//! is done. Guarantees: a checkpoint counts only once its manifest is durable, and nothing older is deleted before
//! that; it holds exactly everything up to its LSN, and no record that is not durable in the log; a segment counts as
//! flushed only with the rows that were frozen. Leaves out: the byte format (`sim::checkpoint`), when segments are
//! sealed (`sealing`), and how the disk's time is shared (`syncs`).

use super::rules::Rule;
use super::write::{Current, Then};
use super::{NODE, ScheduledEvent, Standalone};
use crate::checkpoint::Writing;
use crate::event::{Moment, StorageEvent};
use quorum_engine::index::{Builder, IndexSpec};
use quorum_engine::manifest::Front;
use quorum_engine::{Collection, SegmentState};
use quorum_types::{Lsn, Micros};

/// The virtual time it takes to write a piece of an object to the file's cache.
const PIECE_US: Micros = 200;

/// What the engine is doing beside its clients' requests.
#[derive(Clone, Debug)]
pub(super) enum Background {
    /// Nothing.
    Idle,
    /// The catalogue is frozen; its last record is not durable yet.
    Frozen(Box<Flushing>),
    /// Writes objects.
    Objects(Box<Flushing>),
    /// Syncs objects.
    ObjectsSync(Box<Flushing>),
    /// Syncs the manifest with this number.
    ManifestSync(Box<Flushing>, u32),
    /// Builds the index of a segment.
    Index(Box<Building>),
}

/// A checkpoint being made.
#[derive(Clone, Debug)]
pub(super) struct Flushing {
    writing: Writing,
    began_us: Micros,
    /// Whether the log goes on in a file that begins after the checkpoint's record, or later.
    rotated: bool,
    /// What the host must have persisted before the piece after the next is written: it is never further behind.
    tickets: [u64; 2],
}

/// An index being built.
#[derive(Clone, Debug)]
pub(super) struct Building {
    pub(super) segment: u64,
    pub(super) spec: IndexSpec,
    dim: u32,
    rows: u32,
    builder: Builder,
    pub(super) began_us: Micros,
    /// Whether the file of the index is read first.
    reads: bool,
}

impl Background {
    fn flushing(&mut self) -> Option<&mut Flushing> {
        match self {
            Self::Frozen(flushing)
            | Self::Objects(flushing)
            | Self::ObjectsSync(flushing)
            | Self::ManifestSync(flushing, _) => Some(flushing),
            Self::Idle | Self::Index(_) => None,
        }
    }
}

impl Standalone {
    // --- one after the other

    /// A request's record is as durable as it has to be, and the rest is done beside the next requests.
    pub(super) fn queue_background(&mut self, request: Current) {
        self.waiting.push_back(request);
        self.continue_background();
    }

    /// Begins with the next request that waits, unless there is something under way.
    pub(super) fn continue_background(&mut self) {
        while matches!(self.background, Background::Idle)
            && self.behind.is_none()
            && let Some(next) = self.waiting.pop_front()
        {
            let then = next.then;
            self.behind = Some(next);
            match then {
                Then::Checkpoint => self.begin_checkpoint(),
                Then::Indexes | Then::Nothing => self.build_next(),
            }
        }
    }

    /// All that the current request needed is there.
    fn background_done(&mut self) {
        self.background = Background::Idle;
        if let Some(request) = self.behind.take() {
            self.answer(request.ticket, Ok(request.written));
        }
    }

    /// What the current request needs cannot be done.
    fn background_fails(&mut self, needed: u64) {
        let refusal = self.disk_full(needed);
        self.background = Background::Idle;
        if let Some(request) = self.behind.take() {
            self.answer(request.ticket, Err(refusal));
        }
    }

    /// Something became durable: goes on with the checkpoint that waited for it.
    pub(super) fn background_synced(&mut self) {
        match &self.background {
            Background::Frozen(flushing) => {
                let durable = self.log.wal().map_or(0, |wal| wal.durable_lsn());
                if durable < flushing.writing.front.lsn {
                    return self.begin_sync();
                }
            }
            Background::ObjectsSync(flushing) | Background::ManifestSync(flushing, _) => {
                if self.log.syncing_beside() {
                    return;
                }
                if self.log.unsynced_objects() > 0 {
                    return self.begin_sync_beside();
                }
                // Files go only when the one that begins the log then is durable too.
                let lsn = flushing.writing.front.lsn;
                if matches!(self.background, Background::ManifestSync(..))
                    && self.log.wal().is_some_and(|wal| !wal.can_remove_before(&self.log.disk, lsn))
                {
                    return self.begin_sync();
                }
            }
            _ => return,
        }
        match std::mem::replace(&mut self.background, Background::Idle) {
            Background::Frozen(flushing) => self.begin_objects(flushing),
            Background::ObjectsSync(flushing) => self.write_manifest(flushing),
            Background::ManifestSync(mut flushing, manifest) => self.checkpointed(&mut flushing, manifest),
            other => self.background = other,
        }
    }

    /// Whether a checkpoint or an index is being made, or waits for its turn.
    pub(super) fn works_beside(&self) -> bool {
        !matches!(self.background, Background::Idle) || self.behind.is_some() || !self.waiting.is_empty()
    }

    // --- the checkpoint

    /// The last record whose operation the catalogue holds.
    fn applied_lsn(&self) -> Lsn {
        let last = self.log.wal().map_or(0, |wal| wal.last_lsn());
        match self.pending.front() {
            // Without the rule, operations are applied when they are written.
            Some(pending) if self.rules.on(Rule::ApplyAfterDurable) => pending.lsn - 1,
            _ => last,
        }
    }

    /// Begins a checkpoint, unless the last one holds everything.
    fn begin_checkpoint(&mut self) {
        let lsn = self.applied_lsn();
        if lsn == self.checkpoint_lsn {
            return self.build_next();
        }
        let mut front = Front { lsn, acknowledged_rows: self.acknowledged, unproven_rows: self.unproven };
        if !self.rules.on(Rule::ApplyAfterDurable) {
            // They are in the catalogue already, and acknowledged before the first object is begun.
            front.acknowledged_rows += self.pending.iter().map(|pending| pending.rows()).sum::<u64>();
        }
        let writing = Writing::begin(&self.catalog, front, &self.log.disk);
        let flushing = Flushing { writing, began_us: self.now, rotated: false, tickets: [0; 2] };
        self.background = Background::Frozen(Box::new(flushing));
        self.background_synced();
    }

    /// A record is about to be written. The first one after a frozen catalogue begins a new file, so that the
    /// checkpoint can delete all earlier ones; no such file is begun without room for it.
    pub(super) fn rotate_after_frozen(&mut self) {
        if let Some(flushing) = self.background.flushing().filter(|flushing| !flushing.rotated) {
            flushing.rotated = true;
            self.log.rotate();
        }
    }

    /// Whether the next record begins a file because of that.
    pub(super) fn rotates_next(&mut self) -> bool {
        self.background.flushing().is_some_and(|flushing| !flushing.rotated)
    }

    fn begin_objects(&mut self, mut flushing: Box<Flushing>) {
        let needed = flushing.writing.bytes_needed();
        if !self.has_room(needed) {
            return self.background_fails(needed);
        }
        let (segments, bytes) = flushing.writing.size();
        self.emit(StorageEvent::FlushBegan { segments, bytes });
        flushing.began_us = self.now;
        self.background = Background::Objects(flushing);
        self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object { ticket: 0 });
    }

    pub(super) fn write_object(&mut self) {
        let Background::Objects(mut flushing) = std::mem::replace(&mut self.background, Background::Idle)
        else {
            return;
        };
        let needed = flushing.writing.next_bytes();
        if !self.has_room(needed) {
            return self.give_up_checkpoint(&flushing.writing, needed);
        }
        let before = self.log.disk.unsynced();
        match flushing.writing.step(&mut self.log.disk, NODE, self.epoch) {
            Some(bytes) => {
                if self.crash_point_hit(Moment::DuringFlush, before + bytes / 2) {
                    return;
                }
                if !self.has_slow_disk() {
                    let ticket = self.log.hand_over(&mut self.outbox);
                    flushing.writing.share(&mut self.log.disk);
                    flushing.tickets = [flushing.tickets[1], ticket];
                }
                let ticket = flushing.tickets[0];
                self.background = Background::Objects(flushing);
                self.event_queue.schedule(self.now + PIECE_US, ScheduledEvent::Object { ticket });
            }
            None if !self.rules.on(Rule::SyncObjectsBeforeManifest) => self.write_manifest(flushing),
            None => {
                self.background = Background::ObjectsSync(flushing);
                self.background_synced();
            }
        }
        self.continue_background();
    }

    /// The disk became full: what was written of the checkpoint goes, and the last one stays.
    fn give_up_checkpoint(&mut self, writing: &Writing, needed: u64) {
        writing.begun().into_iter().for_each(|object| self.log.disk.remove(object));
        self.outbox.collect(NODE, &mut self.log.disk);
        self.background_fails(needed);
        self.continue_background();
        self.proceed();
    }

    fn write_manifest(&mut self, mut flushing: Box<Flushing>) {
        let needed = flushing.writing.next_bytes();
        if !self.has_room(needed) {
            return self.give_up_checkpoint(&flushing.writing, needed);
        }
        let manifest = flushing.writing.write_manifest(&mut self.log.disk, NODE, self.epoch);
        let half = self.log.disk.unsynced() / 2;
        if self.crash_point_hit(Moment::DuringCheckpoint, half) {
            return;
        }
        if !std::mem::replace(&mut flushing.rotated, true) {
            // All existing log files may be deleted once the manifest is durable; the next record begins a new file.
            self.log.rotate();
        }
        if !self.rules.on(Rule::ManifestBeforeTruncate) {
            let keep = flushing.writing.files(manifest);
            self.log.remove_before(flushing.writing.front.lsn, &keep, &mut self.outbox);
        }
        self.background = Background::ManifestSync(flushing, manifest);
        self.background_synced();
    }

    fn checkpointed(&mut self, flushing: &mut Flushing, manifest: u32) {
        flushing.writing.share(&mut self.log.disk);
        let Flushing { writing, began_us, .. } = &*flushing;
        for (id, object) in &writing.written {
            if let Some(segment) = self.catalog.segment_mut(*id)
                && writing.segment(*id).is_some_and(|frozen| frozen.rows() == segment.rows())
            {
                segment.object = Some(*object);
            }
        }
        let sealed = |id: u64| writing.segment(id).is_some_and(|frozen| frozen.state == SegmentState::Sealed);
        let flushed: Vec<u64> = self
            .catalog
            .segments()
            .filter(|(_, segment)| segment.state == SegmentState::Sealed && sealed(segment.id))
            .map(|(_, segment)| segment.id)
            .collect();
        for segment in flushed {
            if let Some(segment) = self.catalog.segment_mut(segment) {
                segment.state = SegmentState::Flushed;
            }
        }
        let lsn = writing.front.lsn;
        let keep = writing.files(manifest);
        let (files, bytes) = self.log.remove_before(lsn, &keep, &mut self.outbox);
        if !self.log.syncing() {
            // What a sync of a slow disk still holds back leaves piece by piece, and the removals after it.
            self.outbox.release_all();
        }
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
        let Some((segment, spec, dim, rows, builder)) = next else { return self.background_done() };
        let stored_bytes = self.stored_index_bytes(segment);
        let reads = stored_bytes > 0;
        let building = Building { segment, spec, dim, rows, builder, began_us: self.now, reads };
        self.background = Background::Index(Box::new(building));
        self.event_queue.schedule(self.now + self.reading_us(stored_bytes), ScheduledEvent::Index);
    }

    /// Begins the next index, if there is one, and everything else that can begin now.
    pub(super) fn proceed_with_indexes(&mut self) {
        self.build_next();
        self.continue_background();
        self.proceed();
    }

    pub(super) fn build_on(&mut self) {
        let Background::Index(mut building) = std::mem::replace(&mut self.background, Background::Idle)
        else {
            return;
        };
        if std::mem::take(&mut building.reads) {
            return self.read_index(building);
        }
        // Meanwhile the segment may be gone, or its collection may have another index or none.
        let segment = self
            .catalog
            .collections()
            .filter(|(_, there)| there.index == Some(building.spec))
            .find_map(|(_, there)| there.segments.iter().find(|segment| segment.id == building.segment));
        let Some(segment) = segment else { return self.proceed_with_indexes() };
        let budget = building.builder.step_rows();
        let built = building.builder.step(&segment.vectors(building.dim), budget);
        let next =
            self.now + u64::from(budget).saturating_mul(1_000_000) / self.settings.index_rows_per_s.max(1);
        match built {
            None => {
                self.background = Background::Index(building);
                self.event_queue.schedule(next, ScheduledEvent::Index);
            }
            Some(index) => {
                if let Some(segment) = self.catalog.segment_mut(building.segment) {
                    segment.set_index(Some(index));
                }
                let (segment, rows) = (building.segment, building.rows);
                let took_us = self.now - building.began_us;
                self.emit(StorageEvent::IndexBuilt { segment, rows, took_us });
                self.proceed_with_indexes();
            }
        }
    }
}

fn begin_index(collection: &Collection) -> Option<(u64, IndexSpec, u32, u32, Builder)> {
    let spec = collection.index?;
    let (_, dim) = collection.schema.vector()?;
    collection.segments.iter().find_map(|segment| {
        segment.begin_index(&spec, dim).map(|builder| (segment.id, spec, dim, segment.rows(), builder))
    })
}
