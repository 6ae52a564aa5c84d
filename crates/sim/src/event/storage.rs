//! Storage events: the write-ahead log, recovery, checkpoints, segments and indexes. Lengths are in bytes; LSNs count
//! from 1.

use serde::{Deserialize, Serialize};

use quorum_types::{Lsn, Micros};

/// An event on the path from memory to disk, or back.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum StorageEvent {
    /// A record was written but not yet synced.
    WalAppended { lsn: Lsn, bytes: u64, file: u32, offset: u64 } = 15,
    /// An fsync began that will cover all records up to `lsn`.
    FsyncBegan { lsn: Lsn, bytes: u64 },
    /// The durable LSN advanced to `lsn`.
    FsyncEnded { lsn: Lsn, bytes: u64, took_us: Micros },
    /// A new log file was begun.
    WalRotated { file: u32, first_lsn: Lsn },
    /// Recovery began to read `bytes` bytes of log.
    RecoveryBegan { bytes: u64, files: u32 },
    /// Recovery has read `bytes` of `total_bytes` so far.
    RecoveryProgress { bytes: u64, total_bytes: u64, records: u64, rows: u64 },
    /// The last record was torn: it claims `claimed_bytes`, of which `found_bytes` are present.
    TornTail { file: u32, offset: u64, claimed_bytes: u64, found_bytes: u64 },
    /// A record before the end is damaged; the log is refused.
    WalCorrupt { file: u32, offset: u64, why: String },
    /// The log was replayed. `unproven_rows` of `rows` are intact in the log, but no receipt shows that they were ever
    /// acknowledged. `outstanding_rows` is reported by the client, if it survived: rows it had requested and for which
    /// it had no acknowledgement when the power failed.
    Recovered {
        records: u64,
        rows: u64,
        unproven_rows: u64,
        outstanding_rows: u64,
        lsn: Lsn,
        took_us: Micros,
    },
    /// A flush began to write segments to objects.
    FlushBegan { segments: u32, bytes: u64 },
    /// A checkpoint holds everything up to `lsn`; `files` log files with `bytes` bytes were deleted.
    Checkpointed { lsn: Lsn, files: u32, bytes: u64, took_us: Micros },
    /// A checkpoint was loaded.
    CheckpointLoaded { lsn: Lsn, bytes: u64, rows: u64 },
    /// The growing segment was sealed.
    Sealed { lsn: Lsn },
    /// `segments` segments were merged into one without their deleted rows.
    Compacted { lsn: Lsn, segments: u32 },
    /// The index of a segment was built.
    IndexBuilt { segment: u64, rows: u32, took_us: Micros },
    /// Bytes of a file were changed without the engine's knowledge.
    MediaDamaged { file: u32, offset: u64 } = 31,
    /// A record of `bytes` bytes did not fit on the disk.
    DiskFull { bytes: u64 },
    /// The index of a segment was read from its file, of `bytes` bytes.
    IndexRead { segment: u64, rows: u32, bytes: u64, took_us: Micros } = 150,
    /// The file of a segment's index is damaged at `offset`: it is removed, and the index is built again.
    IndexRefused { segment: u64, file: u32, offset: u64 },
}

/// The state in which the end of a write-ahead log was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// The last record is intact.
    #[default]
    Clean,
    /// The last record was torn; it was never acknowledged and has been truncated.
    Torn,
    /// A record before the end fails its checksum; the log is not opened.
    Corrupt,
}

/// A point during a write, a checkpoint or a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request has arrived; nothing is written.
    BeforeAppend,
    /// Half of the record has reached the disk.
    MidRecord,
    /// The record is written; the fsync has not begun.
    BeforeFsync,
    /// The fsync has ended; the client has not received its acknowledgement.
    BeforeAck,
    /// Some of the segments have been written to objects.
    DuringFlush,
    /// Half of the manifest has reached the disk.
    DuringCheckpoint,
    /// Part of the log has been read back.
    DuringRecovery,
}

impl Moment {
    /// All moments, in the order in which they occur.
    pub const ALL: [Self; 7] = [
        Self::BeforeAppend,
        Self::MidRecord,
        Self::BeforeFsync,
        Self::BeforeAck,
        Self::DuringFlush,
        Self::DuringCheckpoint,
        Self::DuringRecovery,
    ];
}
