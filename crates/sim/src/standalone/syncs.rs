//! Syncs, and how the log's and a checkpoint's share the disk.
//!
//! A disk serves its log first. While it writes a checkpoint's files, it does so in pieces; a sync of the log waits for
//! the piece that is being written and for no more, and takes its time from the checkpoint, whose sync ends that much
//! later. Guarantees: what waits for a sync goes on in the order in which it was written; nothing waits for a
//! checkpoint's files but that checkpoint. A slow disk, which is watched while it writes, does one sync of everything
//! at a time instead. Leaves out: what syncs make durable (`sim::log_disk`).

use super::{PIECE_BYTES, ScheduledEvent, Standalone};
use crate::event::Moment;
use quorum_types::Micros;

/// The bytes of a checkpoint that the disk writes before it looks for a sync of the log: a page of a database (model:
/// InnoDB's `innodb_page_size` is 16 KiB by default).
const CHECKPOINT_PIECE_BYTES: u64 = 16 * 1024;

/// How far the request that is being served has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is none.
    Idle,
    /// Its record waits for its sync.
    Write,
    /// It waits until everything written is durable.
    Sync,
}

/// A sync of a checkpoint's files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside {
    number: u64,
    began_us: Micros,
    /// What syncs of the log have taken of its time since its end was scheduled.
    delayed_us: Micros,
}

impl Standalone {
    /// The time that a fast disk takes to sync this many bytes.
    fn sync_us(&self, bytes: u64) -> Micros {
        self.settings.sync_us + bytes.saturating_mul(1_000_000) / self.settings.sync_bytes_per_s
    }

    pub(super) fn begin_sync(&mut self) {
        if self.has_slow_disk() {
            if let Some(begun) = self.log.begin_sync(self.now, &mut self.outbox, &mut self.event_log) {
                self.write_on(begun.number, begun.bytes);
            }
            return;
        }
        let Some(begun) = self.log.begin_log_sync(self.now, &mut self.outbox, &mut self.event_log) else {
            return;
        };
        let mut took_us = self.sync_us(begun.bytes);
        if let Some(beside) = self.beside.as_mut().filter(|_| self.log.syncing_beside()) {
            beside.delayed_us += took_us;
            let piece_us = CHECKPOINT_PIECE_BYTES.saturating_mul(1_000_000) / self.settings.sync_bytes_per_s;
            took_us += piece_us - (self.now - beside.began_us) % piece_us.max(1);
        }
        let ends = ScheduledEvent::SyncEnds { number: begun.number, ticket: begun.ticket };
        self.event_queue.schedule(self.now + took_us, ends);
    }

    /// Begins to sync a checkpoint's files.
    pub(super) fn begin_sync_beside(&mut self) {
        if self.has_slow_disk() {
            return self.begin_sync();
        }
        // With nothing else to write, the log's next file becomes durable along with the manifest.
        let alone = self.pending.is_empty() && !self.log.syncing();
        let begun = self.log.begin_sync_beside(self.now, alone, &mut self.outbox, &mut self.event_log);
        let Some(begun) = begun else { return };
        self.beside = Some(Beside { number: begun.number, began_us: self.now, delayed_us: 0 });
        let ends = ScheduledEvent::SyncEnds { number: begun.number, ticket: begun.ticket };
        self.event_queue.schedule(self.now + self.sync_us(begun.bytes), ends);
    }

    /// A slow disk begins its next piece.
    fn write_on(&mut self, number: u64, left: u64) {
        let piece = left.min(PIECE_BYTES);
        let took = piece.saturating_mul(1_000_000) / self.settings.sync_bytes_per_s;
        self.event_queue.schedule(self.now + took, ScheduledEvent::Piece { number, left: left - piece });
    }

    pub(super) fn piece_written(&mut self, number: u64, left: u64) {
        if !self.log.runs_sync(number) {
            return;
        }
        if left > 0 {
            self.outbox.release();
            self.write_on(number, left);
        } else {
            let ticket = self.outbox.release_all();
            self.log.sync_left(number, ticket);
            self.event_queue
                .schedule(self.now + self.settings.sync_us, ScheduledEvent::SyncEnds { number, ticket });
        }
    }

    pub(super) fn sync_ended(&mut self, number: u64, ticket: u64) {
        if let Some(beside) = self.beside.as_mut().filter(|beside| beside.number == number) {
            let delayed_us = std::mem::take(&mut beside.delayed_us);
            if delayed_us > 0 {
                let ends = ScheduledEvent::SyncEnds { number, ticket };
                self.event_queue.schedule(self.now + delayed_us, ends);
                return;
            }
            self.beside = None;
        }
        let Some(lsn) = self.log.end_sync(self.now, number, &mut self.event_log) else { return };
        let acknowledges = self.pending.front().is_some_and(|pending| pending.lsn <= lsn);
        if acknowledges && self.crash_point_hit(Moment::BeforeAck, 0) {
            return;
        }
        while let Some(pending) = self.pending.pop_front_if(|pending| pending.lsn <= lsn) {
            self.apply(pending);
        }
        let waits = !self.pending.is_empty() || self.stage != Stage::Idle;
        if self.autosync || waits {
            self.begin_sync();
        }
        self.synced();
        self.proceed();
    }

    /// Something became durable: continues with the work that waited for it.
    pub(super) fn synced(&mut self) {
        self.request_synced();
        self.background_synced();
        self.continue_background();
    }

    fn request_synced(&mut self) {
        let waits = self.log.syncing() || (self.log.unsynced_log() > 0 && self.stage != Stage::Write);
        match self.stage {
            Stage::Write if !waits && self.pending.is_empty() => self.written(),
            Stage::Sync if !waits => {
                while let Some(pending) = self.pending.pop_front() {
                    self.apply(pending);
                }
                self.finish();
            }
            _ => {}
        }
    }
}
