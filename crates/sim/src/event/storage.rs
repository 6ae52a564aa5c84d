//! Storage: the write-ahead log, recovery, checkpoints, segments and indexes. Lengths are bytes; LSNs count from 1.

use serde::{Deserialize, Serialize};

use quorum_types::{Lsn, Micros};

/// Something that happened on the way from memory to disk, or back.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum StorageEvent {
    /// A record was written, not yet synced.
    WalAppended { lsn: Lsn, bytes: u64, file: u32, offset: u64 } = 15,
    /// An fsync began that will cover all up to `lsn`.
    FsyncBegan { lsn: Lsn, bytes: u64 },
    /// The durable frontier moved to `lsn`.
    FsyncEnded { lsn: Lsn, bytes: u64, took_us: Micros },
    /// A new log file was begun.
    WalRotated { file: u32, first_lsn: Lsn },
    /// Recovery began to read this many bytes of log.
    RecoveryBegan { bytes: u64, files: u32 },
    /// Recovery has read this much.
    RecoveryProgress { bytes: u64, total_bytes: u64, records: u64, rows: u64 },
    /// A record at the end was cut short: it claims `claimed_bytes`, of which `found_bytes` are there.
    TornTail { file: u32, offset: u64, claimed_bytes: u64, found_bytes: u64 },
    /// A record before the end is damaged; the log is refused.
    WalCorrupt { file: u32, offset: u64, why: String },
    /// The log was replayed. `unproven_rows` of `rows` are whole in the log, but no receipt shows that
    /// their acknowledgement ever left. `outstanding_rows` is the client's word, where it lived on: rows it had
    /// asked for and not been told of when the power failed.
    Recovered {
        records: u64,
        rows: u64,
        unproven_rows: u64,
        outstanding_rows: u64,
        lsn: Lsn,
        took_us: Micros,
    },
    /// Segments are being written to objects.
    FlushBegan { segments: u32, bytes: u64 },
    /// A checkpoint holds everything up to `lsn`; so many log files, of so many bytes, went.
    Checkpointed { lsn: Lsn, files: u32, bytes: u64, took_us: Micros },
    /// A checkpoint was read back.
    CheckpointLoaded { lsn: Lsn, bytes: u64, rows: u64 },
    /// The growing segment was sealed.
    Sealed { lsn: Lsn },
    /// So many segments were made into one without their deleted rows.
    Compacted { lsn: Lsn, segments: u32 },
    /// The index of a segment was built.
    IndexBuilt { segment: u64, rows: u32, took_us: Micros },
    /// Bytes of a file were changed behind the engine's back.
    MediaDamaged { file: u32, offset: u64 } = 31,
    /// A record of so many bytes did not fit on the disk.
    DiskFull { bytes: u64 },
}

/// How the end of a write-ahead log was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// The last record is whole.
    #[default]
    Clean,
    /// The last record was cut short; it was never acknowledged and has been cut off.
    Torn,
    /// A record before the end fails its checksum; the log is not opened.
    Corrupt,
}

/// A moment on the way of a write, of a checkpoint or of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// The request is there, nothing is written.
    BeforeAppend,
    /// Half of the record has reached the disk.
    MidRecord,
    /// The record is written, the fsync has not begun.
    BeforeFsync,
    /// The fsync has ended, the client has not been told.
    BeforeAck,
    /// A part of the segments has been written to objects.
    DuringFlush,
    /// Half of the manifest has reached the disk.
    DuringCheckpoint,
    /// A part of the log has been read back.
    DuringRecovery,
}

impl Moment {
    /// All of them, in the order in which they come.
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
