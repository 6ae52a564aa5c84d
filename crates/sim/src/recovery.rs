//! Reads a node's log back after a start, one piece at a time, so that this takes virtual time and can be watched.
//!
//! Guarantees: the same for a standalone engine and for a member of a replica set, except for what each does with a
//! record. Leaves out: applying records, and calling `LogDisk::cut_torn_tail` (`standalone/recover.rs` and
//! `replica/storage.rs` do both).

use serde::{Deserialize, Serialize};

use super::event::{StorageEvent, Tail};
use super::event_log::EventLog;
use super::log_disk::LogDisk;
use quorum_types::{Lsn, Micros};
use quorum_wal::format::{FIRST_OBJECT, Header, Place};
use quorum_wal::{End, Replay, Step};

/// The number of bytes that one step reads.
const STEP_BYTES: u64 = 512 * 1024;

/// A recovery in progress.
#[derive(Clone, Debug)]
pub struct Recovery {
    replay: Replay,
    before: Before,
    total_bytes: u64,
    /// Records of the log read.
    pub records: u64,
    /// Rows of the log read.
    pub rows: u64,
}

/// The state before the log: a checkpoint that was read, and when that began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Every record up to this LSN is in it.
    pub checkpoint_lsn: Lsn,
    /// Bytes of it that were read.
    pub bytes: u64,
    /// Rows in it.
    pub rows: u64,
    /// When reading began.
    pub began_us: Micros,
}

/// The result of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more.
    More,
    /// The end.
    Ended(End),
}

/// A recovery's figures, which are kept after it has ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether it has ended.
    pub done: bool,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes to read.
    pub total_bytes: u64,
    /// Records read.
    pub records: u64,
    /// Rows read.
    pub rows: u64,
    /// When it has ended: rows of all inserts that it found, acknowledged or unproven, also those deleted later.
    pub inserted: u64,
    /// Virtual time taken.
    pub took_us: Micros,
    /// How the log ends.
    pub tail: Tail,
    /// For a torn or corrupt record, the file and offset.
    pub at: Option<(u32, u64)>,
    /// For a torn record: claimed and found bytes.
    pub torn_bytes: Option<(u64, u64)>,
    /// For a corrupt log, why it is refused.
    pub refused: Option<String>,
}

impl Recovery {
    /// Reports that a recovery begins, and how much there is to read.
    pub(crate) fn announce(log: &LogDisk, total_bytes: u64, now: Micros, event_log: &mut EventLog) {
        let files = log.disk.files().filter(|(file, ..)| *file < FIRST_OBJECT).count() as u32;
        event_log.emit(now, Some(log.node), StorageEvent::RecoveryBegan { bytes: total_bytes, files });
    }

    /// Begins to read a log that must reach the LSN that is known to be durable.
    pub fn begin(log: &LogDisk, before: Before) -> Self {
        Self::begin_at(log, before, log.stamped_lsn(), true)
    }

    /// Begins to read a log that must reach an LSN; `skips`: files are passed over that hold nothing after the
    /// checkpoint.
    pub(crate) fn begin_at(log: &LogDisk, before: Before, promised_lsn: Option<Lsn>, skips: bool) -> Self {
        let mut total_bytes = before.bytes + log.log_bytes();
        let mut replay = Replay::new(log.node, &log.disk, before.checkpoint_lsn, promised_lsn);
        if skips {
            total_bytes -= replay.skip_to_checkpoint(&log.disk);
        }
        replay.set_stamp_epoch(log.stamp_epoch);
        if promised_lsn.is_some_and(|lsn| lsn > 0) {
            replay.set_promised_epoch(log.durable_epoch());
        }
        Self { replay, before, total_bytes, records: 0, rows: 0 }
    }

    /// Without the rule, data read back is not verified against its checksum.
    pub(crate) fn trusting(mut self, trusting: bool) -> Self {
        self.replay.set_trusting(trusting);
        self
    }

    /// Reads the next part. `apply` processes each record and returns how many rows it held, or what is wrong with it.
    pub fn step(
        &mut self,
        log: &LogDisk,
        mut apply: impl FnMut(&Header, &[u8]) -> Result<u64, &'static str>,
    ) -> Progress {
        self.step_with_places(log, |header, payload, _| apply(header, payload))
    }

    /// The same; `apply` also learns where the record lies.
    pub(crate) fn step_with_places(
        &mut self,
        log: &LogDisk,
        mut apply: impl FnMut(&Header, &[u8], &Place) -> Result<u64, &'static str>,
    ) -> Progress {
        let before = self.replay.bytes_read();
        loop {
            match self.replay.step(&log.disk) {
                Step::Record { header, payload, place } => match apply(&header, payload, &place) {
                    Ok(rows) => {
                        self.records += 1;
                        self.rows += rows;
                    }
                    // Case 15 of the format: intact, but not readable by this program.
                    Err(why) => {
                        // The log goes on before it, or the LSNs would have a gap.
                        self.replay.reject_last();
                        let damage = quorum_wal::Damage {
                            file: place.file,
                            offset: place.offset,
                            why: why.to_owned(),
                        };
                        return Progress::Ended(End::Corrupt(damage));
                    }
                },
                Step::End(end) => return Progress::Ended(end),
            }
            if self.replay.bytes_read() - before >= STEP_BYTES {
                return Progress::More;
            }
        }
    }

    /// How long the next step takes at this speed.
    pub fn next_us(&self, bytes_per_s: u64) -> Micros {
        let left = self.total_bytes.saturating_sub(self.before.bytes + self.replay.bytes_read());
        left.min(STEP_BYTES).saturating_mul(1_000_000) / bytes_per_s.max(1)
    }

    /// Reports the progress.
    pub fn tell(&self, log: &LogDisk, now: Micros, event_log: &mut EventLog) {
        let event = StorageEvent::RecoveryProgress {
            bytes: self.before.bytes + self.replay.bytes_read(),
            total_bytes: self.total_bytes,
            records: self.records,
            rows: self.before.rows + self.rows,
        };
        event_log.emit(now, Some(log.node), event);
    }

    /// The replay, from which the log continues.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The figures so far; with the end, the final ones. Emits the event for the end.
    pub fn report(&self, now: Micros, end: Option<&End>) -> Report {
        let mut report = Report {
            done: end.is_some(),
            bytes: self.before.bytes + self.replay.bytes_read(),
            total_bytes: self.total_bytes,
            records: self.records,
            rows: self.before.rows + self.rows,
            took_us: now - self.before.began_us,
            ..Report::default()
        };
        match end {
            None | Some(End::Clean) => {}
            Some(End::Torn(torn)) => {
                report.tail = Tail::Torn;
                report.at = Some((torn.file, torn.offset));
                report.torn_bytes = Some((torn.claimed_bytes, torn.found_bytes));
            }
            Some(End::Corrupt(damage)) => {
                report.tail = Tail::Corrupt;
                report.at = Some((damage.file, damage.offset));
                report.refused = Some(damage.why.clone());
            }
            Some(End::Version { version, file }) => {
                report.tail = Tail::Corrupt;
                report.at = Some((*file, 0));
                report.refused =
                    Some(format!("it is written in format {version}, which this program does not read"));
            }
        }
        report
    }

    /// The event for the end; none for a clean end.
    pub(crate) fn end_event(end: &End) -> Option<StorageEvent> {
        match end {
            End::Clean => None,
            End::Torn(torn) => Some(StorageEvent::TornTail {
                file: torn.file,
                offset: torn.offset,
                claimed_bytes: torn.claimed_bytes,
                found_bytes: torn.found_bytes,
            }),
            End::Corrupt(damage) => Some(StorageEvent::WalCorrupt {
                file: damage.file,
                offset: damage.offset,
                why: damage.why.clone(),
            }),
            End::Version { version, file } => {
                let why = format!("format {version} is not one that this program reads");
                Some(StorageEvent::WalCorrupt { file: *file, offset: 0, why })
            }
        }
    }
}
