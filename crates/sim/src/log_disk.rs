//! A node's log on its disk: appends, syncs that take time, crashes, and recovery step by step.
//!
//! Both the standalone engine and the members of a replica set keep their log here. Guarantees: at most one sync of the
//! log is in progress, and beside it at most one of a checkpoint's files; the end of a sync makes durable exactly what
//! was written in its files when it began; every change of the disk reaches the outbox in order. Leaves out: what
//! records mean, and when a sync ends (the world schedules that).

use std::sync::Arc;

use super::event::StorageEvent;
use super::event_log::EventLog;
use super::outbox::Outbox;
use quorum_engine::Batch;
use quorum_engine::contents::contents;
use quorum_types::{Lsn, Micros, NodeId, Rng};
use quorum_wal::disk::{Disk, Sync};
use quorum_wal::format::{
    FILE_HEADER_BYTES, FIRST_OBJECT, Fields, HEADER_BYTES, MAX_PAYLOAD_BYTES, ROTATE_BYTES, RowsFront,
    owner_of,
};
use quorum_wal::writer::FileFacts;
use quorum_wal::{Kind, TooLarge, Wal};

/// Records with fewer bytes of rows are not read from the rows in memory: what that takes itself would be more than a
/// small part of them.
pub(crate) const SHARED_BYTES: usize = 16 * 1024;

/// A node's log and disk.
#[derive(Clone, Debug)]
pub struct LogDisk {
    /// The node's number.
    pub node: NodeId,
    /// The disk.
    pub disk: Disk,
    wal: Option<Wal>,
    sync: Option<Running>,
    /// A sync of a checkpoint's files.
    beside: Option<Running>,
    /// The number of syncs begun; distinguishes the end of a sync from that of one before a crash.
    syncs: u64,
    /// The LSN that is known to be durable, also while the log is closed.
    durable_lsn: Lsn,
    /// Log files that have reached this length are followed by another.
    pub rotate_bytes: u64,
    /// The maximum length of a record's payload.
    pub max_payload_bytes: u64,
    /// Where the last record that was written begins.
    last_place: RecordPlace,
    /// Every record up to here has been handed to the host.
    handed_lsn: Lsn,
    /// Whether that is known: from the store's stamp, or because this log has been open.
    stamped: bool,
    /// The opening that the store's stamp belongs to, as long as nothing else is known; for a standalone engine only.
    pub stamp_epoch: Option<u32>,
    /// The opening that writes, and the last one of which a record was durable.
    epoch: u32,
    durable_epoch: u32,
    /// Whether the stamp names only what an earlier sync made durable: a rule is off.
    pub(crate) stamp_lags: bool,
    /// The LSN that the next sync brings into the stamp then.
    lagging_lsn: Lsn,
    /// Data up to this LSN is gone, and the log itself does not record that durably yet.
    missing_lsn: Option<Lsn>,
}

/// Where a record begins, and what [`Disk::rewrites`] was when it was written or read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordPlace {
    file: u32,
    offset: u64,
    rewrites: u64,
}

/// Why a record was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// The log is closed.
    Closed,
    /// The payload is longer than a record may hold.
    TooLarge(TooLarge),
}

#[derive(Clone, Debug)]
struct Running {
    number: u64,
    sync: Sync,
    lsn: Lsn,
    /// Whether the log's files are among those that it covers.
    covers_log: bool,
    began_us: Micros,
    ticket: u64,
}

/// A sync in progress: its number, its length, and what the host must persist before it may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its number, to be passed at its end.
    pub number: u64,
    /// The number of bytes that it covers.
    pub bytes: u64,
    /// The outbox's ticket.
    pub ticket: u64,
}

impl LogDisk {
    /// A node's disk as it was found, with the LSN that is durable according to a stamp, if there is one; the log is
    /// closed until [`LogDisk::open`].
    pub fn new(node: NodeId, disk: Disk, promised_lsn: Option<Lsn>) -> Self {
        let (durable_lsn, stamped) = (promised_lsn.unwrap_or(0), promised_lsn.is_some());
        Self {
            node,
            disk,
            wal: None,
            sync: None,
            beside: None,
            syncs: 0,
            durable_lsn,
            rotate_bytes: ROTATE_BYTES,
            max_payload_bytes: MAX_PAYLOAD_BYTES,
            last_place: RecordPlace::default(),
            handed_lsn: 0,
            stamped,
            stamp_epoch: None,
            missing_lsn: None,
            epoch: 0,
            durable_epoch: 0,
            stamp_lags: false,
            lagging_lsn: 0,
        }
    }

    /// The LSN that is known to be durable; none if unknown.
    pub(crate) fn stamped_lsn(&self) -> Option<Lsn> {
        self.stamped.then_some(self.missing_lsn.unwrap_or(0).max(self.durable_lsn))
    }

    /// The last opening of which a record is known to be durable; 0 if none is known.
    pub(crate) fn durable_epoch(&self) -> u32 {
        self.durable_epoch
    }

    /// Opens the log for writing where a replay ended; files before those that it read are removed.
    pub fn open(&mut self, epoch: u32, last_lsn: Lsn, files: Vec<FileFacts>) {
        // What was cut off in between must lie after the records that were read.
        for facts in &files {
            let least = FILE_HEADER_BYTES + facts.records * HEADER_BYTES;
            assert!(self.disk.len(facts.file) >= least, "the records that a replay read are still there");
        }
        if let Some(first) = files.first() {
            self.remove_log_before(first.file);
        }
        let mut wal = Wal::continuing(self.node, epoch, last_lsn, files);
        wal.set_rotate_bytes(self.rotate_bytes);
        wal.set_max_payload_bytes(self.max_payload_bytes);
        self.wal = Some(wal);
        self.epoch = epoch;
        self.durable_lsn = last_lsn;
        self.stamped = true;
        self.stamp_epoch = None;
    }

    /// Removes log files that a checkpoint had deleted and that a crash brought back.
    fn remove_log_before(&mut self, first: u32) {
        let stale: Vec<u32> = self.disk.files().map(|(file, ..)| file).filter(|file| *file < first).collect();
        stale.into_iter().for_each(|file| self.disk.remove(file));
    }

    /// Opens a log that lost data where its replay ended. Until a record of the loss is durable, the next replay
    /// detects it again.
    pub(crate) fn open_damaged(&mut self, epoch: u32, last_lsn: Lsn, files: Vec<FileFacts>) {
        let missing = self.stamped_lsn().unwrap_or(0).max(last_lsn + 1);
        self.open(epoch, last_lsn, files);
        self.missing_lsn = Some(missing);
    }

    /// Writes a record; returns its LSN. If it is refused, nothing is written.
    pub fn append(
        &mut self,
        now: Micros,
        kind: Kind,
        payload: impl Into<Vec<u8>>,
        event_log: &mut EventLog,
    ) -> Result<Lsn, AppendError> {
        let wal = self.wal.as_mut().ok_or(AppendError::Closed)?;
        let appended = wal.append(&mut self.disk, kind, payload).map_err(AppendError::TooLarge)?;
        if appended.rotated {
            let rotated = StorageEvent::WalRotated { file: appended.file, first_lsn: appended.lsn };
            event_log.emit(now, Some(self.node), rotated);
        }
        let event = StorageEvent::WalAppended {
            lsn: appended.lsn,
            bytes: appended.bytes,
            file: appended.file,
            offset: appended.offset,
        };
        event_log.emit(now, Some(self.node), event);
        self.last_place =
            RecordPlace { file: appended.file, offset: appended.offset, rewrites: self.disk.rewrites() };
        Ok(appended.lsn)
    }

    /// Where the last record lies that was written.
    pub(crate) fn last_place(&self) -> RecordPlace {
        self.last_place
    }

    /// Where a record lies that was read just now.
    pub(crate) fn place_of(&self, file: u32, offset: u64) -> RecordPlace {
        RecordPlace { file, offset, rewrites: self.disk.rewrites() }
    }

    /// A record's rows are in memory: the disk reads its payload from them, if there are enough of them. Not if a fault
    /// has changed bytes of the disk since: that has to stay.
    pub(crate) fn share_rows(&mut self, place: RecordPlace, front: &RowsFront, batch: &Arc<Batch>) {
        if batch.bytes() >= SHARED_BYTES && place.rewrites == self.disk.rewrites() {
            self.disk.share(place.file, place.offset + HEADER_BYTES, &contents(Some(*front), batch));
        }
    }

    /// Begins a sync of everything, unless one is in progress or everything is durable.
    pub fn begin_sync(
        &mut self,
        now: Micros,
        outbox: &mut Outbox,
        event_log: &mut EventLog,
    ) -> Option<Begun> {
        if self.sync.is_some() || self.disk.unsynced() == 0 {
            return None;
        }
        let lsn = self.wal.as_ref()?.last_lsn();
        let (running, begun) = self.begin(now, (0, u32::MAX), lsn, outbox, event_log);
        self.sync = Some(running);
        Some(begun)
    }

    /// Begins a sync of the log's files, unless one is in progress or all of them are durable.
    pub(crate) fn begin_log_sync(
        &mut self,
        now: Micros,
        outbox: &mut Outbox,
        event_log: &mut EventLog,
    ) -> Option<Begun> {
        if self.sync.is_some() || self.unsynced_log() == 0 {
            return None;
        }
        let lsn = self.wal.as_ref()?.last_lsn();
        let (running, begun) = self.begin(now, (0, FIRST_OBJECT - 1), lsn, outbox, event_log);
        self.sync = Some(running);
        Some(begun)
    }

    /// Begins a sync of a checkpoint's files beside that of the log, unless one is in progress or all of them are
    /// durable. While nobody writes to the log, the sync covers the log as well: its next file may have been begun.
    pub(crate) fn begin_sync_beside(
        &mut self,
        now: Micros,
        log_too: bool,
        outbox: &mut Outbox,
        event_log: &mut EventLog,
    ) -> Option<Begun> {
        if self.beside.is_some() || self.unsynced_objects() == 0 {
            return None;
        }
        let wal = self.wal.as_ref()?;
        let lsn = if log_too { wal.last_lsn() } else { wal.durable_lsn() };
        let first = if log_too { 0 } else { FIRST_OBJECT };
        let (running, begun) = self.begin(now, (first, u32::MAX), lsn, outbox, event_log);
        self.beside = Some(running);
        Some(begun)
    }

    fn begin(
        &mut self,
        now: Micros,
        (first, last): (u32, u32),
        lsn: Lsn,
        outbox: &mut Outbox,
        event_log: &mut EventLog,
    ) -> (Running, Begun) {
        let sync = self.disk.begin_sync_of(first..=last);
        let ticket = outbox.collect(self.node, &mut self.disk);
        // Data that a slow disk holds back is in no batch yet; nothing may promise it.
        let ticket = if outbox.holds_back() { u64::MAX } else { ticket };
        if ticket != u64::MAX {
            // Whatever the sync covers, all that was written has been handed over.
            self.handed_lsn = self.wal.as_ref().map_or(0, Wal::last_lsn);
        }
        self.syncs += 1;
        let begun = Begun { number: self.syncs, bytes: sync.bytes, ticket };
        event_log.emit(now, Some(self.node), StorageEvent::FsyncBegan { lsn, bytes: sync.bytes });
        (Running { number: self.syncs, sync, lsn, covers_log: first == 0, began_us: now, ticket }, begun)
    }

    /// Ends a sync; returns the LSN up to which the log is now durable. None if a crash came between.
    pub fn end_sync(&mut self, now: Micros, number: u64, event_log: &mut EventLog) -> Option<Lsn> {
        let ended = |running: &mut Running| running.number == number;
        let running = self.sync.take_if(ended).or_else(|| self.beside.take_if(ended))?;
        let wal = self.wal.as_mut()?;
        self.disk.end_sync(&running.sync);
        // A sync beside the log's may have begun before one that has ended.
        let lsn = running.lsn.max(wal.durable_lsn());
        wal.synced(lsn);
        if running.covers_log {
            self.missing_lsn = None;
            self.durable_epoch = self.epoch;
            let before = std::mem::replace(&mut self.lagging_lsn, running.lsn);
            self.durable_lsn = self.durable_lsn.max(if self.stamp_lags { before } else { running.lsn });
        }
        let took_us = now - running.began_us;
        let bytes = running.sync.bytes;
        event_log.emit(now, Some(self.node), StorageEvent::FsyncEnded { lsn, bytes, took_us });
        Some(lsn)
    }

    /// Makes the log durable up to a record, at once; returns the LSN up to which it is durable now.
    pub fn sync_upto(&mut self, lsn: Lsn) -> Lsn {
        let end = self.wal.as_ref().and_then(|wal| self.end_of(wal, lsn));
        let Some(wal) = &mut self.wal else { return self.durable_lsn };
        let lsn = lsn.min(wal.last_lsn());
        if lsn > wal.durable_lsn()
            && let Some((file, offset)) = end
        {
            self.disk.sync_upto(file, offset);
            wal.synced(lsn);
            // The first record since the log was opened says what is missing.
            self.missing_lsn = None;
            self.durable_epoch = self.epoch;
            self.durable_lsn = self.durable_lsn.max(lsn);
        }
        self.durable_lsn
    }

    /// Where a record ends.
    fn end_of(&self, wal: &Wal, lsn: Lsn) -> Option<(u32, u64)> {
        if lsn >= wal.last_lsn() {
            let file = wal.files().last()?.file;
            return Some((file, self.disk.len(file)));
        }
        let facts = wal.files().iter().rfind(|facts| facts.first_lsn <= lsn)?;
        let mut offset = FILE_HEADER_BYTES;
        let mut length = Vec::new();
        for _ in facts.first_lsn..=lsn {
            length.clear();
            self.disk.read(facts.file, offset, 4, &mut length);
            offset += HEADER_BYTES + u64::from(Fields(&length).u32()?);
        }
        Some((facts.file, offset))
    }

    /// Discards what was written and is not durable.
    pub(crate) fn rewind(&mut self, outbox: &mut Outbox) {
        if let Some(wal) = &mut self.wal {
            self.disk.crash(0);
            outbox.collect(self.node, &mut self.disk);
            wal.rewind(wal.durable_lsn());
        }
    }

    /// Power fails: the log closes, and `torn_bytes` bytes of the unsynced data survive.
    pub fn crash(&mut self, torn_bytes: u64, outbox: &mut Outbox) {
        self.wal = None;
        self.sync = None;
        self.beside = None;
        self.handed_lsn = 0;
        // What a slow disk still held back is on it or cut off again: either way in order.
        outbox.release_all();
        self.disk.crash(torn_bytes);
        outbox.collect(self.node, &mut self.disk);
        outbox.release_all();
    }

    /// All data on the disk is gone. The LSN that was promised to be durable is still known.
    pub fn wipe(&mut self, outbox: &mut Outbox) {
        self.disk.wipe();
        outbox.collect(self.node, &mut self.disk);
        outbox.release_all();
    }

    /// Power fails: the log closes, and the random stream chooses which unsynced sectors survive, and which removals
    /// and truncations took effect.
    pub fn crash_in_sectors(&mut self, rng: &mut Rng, outbox: &mut Outbox) {
        self.disk.crash_in_sectors(rng);
        self.crash(u64::MAX, outbox);
    }

    /// Cuts a torn tail, or the damaged end of the log of a replica that others repair: truncates the file at `offset`
    /// (bytes), and removes log files after it.
    pub fn cut_torn_tail(&mut self, file: u32, offset: u64, outbox: &mut Outbox) {
        let behind: Vec<u32> = self.disk.files().map(|(number, ..)| number).collect();
        for number in behind.into_iter().filter(|number| *number > file && *number < FIRST_OBJECT) {
            self.disk.remove(number);
        }
        if offset == 0 {
            self.disk.remove(file);
        } else {
            self.disk.truncate(file, offset);
        }
        outbox.collect(self.node, &mut self.disk);
        outbox.release_all();
    }

    /// The bytes that a record of this length takes, with the header of the file that it may begin.
    pub(crate) fn bytes_for(&self, record: u64) -> u64 {
        let begins = self.wal.as_ref().is_some_and(|wal| wal.begins_file(&self.disk));
        record + if begins { FILE_HEADER_BYTES } else { 0 }
    }

    /// Begins a new file, so that a checkpoint can delete all earlier ones.
    pub fn rotate(&mut self) {
        if let Some(wal) = &mut self.wal {
            wal.rotate(&mut self.disk);
        }
    }

    /// Removes what a checkpoint at `lsn` holds: log files, and objects that are not among `keep`, which is in order.
    /// Returns how many files and bytes of log were removed.
    pub fn remove_before(&mut self, lsn: Lsn, keep: &[u32], outbox: &mut Outbox) -> (u32, u64) {
        let before = self.log_bytes();
        let files = self.wal.as_mut().map_or(0, |wal| wal.remove_before(&mut self.disk, lsn));
        self.remove_objects(keep);
        outbox.collect(self.node, &mut self.disk);
        (files, before - self.log_bytes())
    }

    /// Removes objects that are not among `keep`, which is in order, and indexes of such objects.
    pub(crate) fn remove_objects(&mut self, keep: &[u32]) {
        let objects: Vec<u32> =
            self.disk.files().map(|(file, ..)| file).filter(|file| *file >= FIRST_OBJECT).collect();
        for object in objects.into_iter().filter(|object| keep.binary_search(&owner_of(*object)).is_err()) {
            self.disk.remove(object);
        }
    }

    /// The total size of log files, in bytes.
    pub fn log_bytes(&self) -> u64 {
        self.disk.files().filter(|(file, ..)| *file < FIRST_OBJECT).map(|(_, bytes, _)| bytes).sum()
    }

    /// Hands over the written data, before the sync that will ask for it. Returns the ticket of its batch.
    pub(crate) fn hand_over(&mut self, outbox: &mut Outbox) -> u64 {
        self.disk.note();
        let ticket = outbox.collect(self.node, &mut self.disk);
        if !outbox.holds_back() {
            self.handed_lsn = self.wal.as_ref().map_or(0, Wal::last_lsn);
        }
        ticket
    }

    /// The number of bytes of the log that the current sync, if any, does not cover.
    pub(crate) fn behind_sync(&self) -> u64 {
        let covered = self.sync.as_ref().map_or(0, |running| running.sync.bytes);
        self.unsynced_log().saturating_sub(covered)
    }

    /// The number of bytes of the log that are not durable.
    pub(crate) fn unsynced_log(&self) -> u64 {
        self.disk.unsynced_in(..FIRST_OBJECT)
    }

    /// The number of bytes of checkpoints that are not durable.
    pub(crate) fn unsynced_objects(&self) -> u64 {
        self.disk.unsynced_in(FIRST_OBJECT..)
    }

    /// The last byte of this sync has left with the batch with this ticket.
    pub(crate) fn sync_left(&mut self, number: u64, ticket: u64) {
        if let Some(running) = self.sync.as_mut().filter(|running| running.number == number) {
            running.ticket = ticket;
        }
    }

    /// Whether this sync is in progress.
    pub(crate) fn runs_sync(&self, number: u64) -> bool {
        self.sync.as_ref().is_some_and(|running| running.number == number)
    }

    /// Whether a sync of the log is in progress.
    pub fn syncing(&self) -> bool {
        self.sync.is_some()
    }

    /// Whether a sync of a checkpoint's files is in progress beside that of the log.
    pub fn syncing_beside(&self) -> bool {
        self.beside.is_some()
    }

    /// Syncs begun so far.
    pub fn syncs(&self) -> u64 {
        self.syncs
    }

    /// The log, while it is open.
    pub fn wal(&self) -> Option<&Wal> {
        self.wal.as_ref()
    }

    /// What is known to be durable, also while the log is closed.
    pub fn durable_lsn(&self) -> Lsn {
        self.durable_lsn
    }

    /// The LSN up to which the host's store holds the log once it has persisted everything up to `ticket`, all of which
    /// it has been given. It may be ahead of the durable LSN here, never behind what is acknowledged.
    pub fn stored_after(&self, ticket: u64) -> Lsn {
        let running =
            [&self.sync, &self.beside].into_iter().flatten().filter(|running| running.ticket <= ticket);
        let handed =
            running.map(|running| running.lsn).max().unwrap_or(0).max(self.durable_lsn).max(self.handed_lsn);
        handed.max(self.missing_lsn.unwrap_or(0))
    }
}
