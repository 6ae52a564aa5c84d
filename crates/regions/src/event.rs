//! Events of two regions, in addition to those of every simulated world. Regions count from 0.

use serde::{Deserialize, Serialize};

use quorum_sim::event::{FaultEvent, OpStatus, ServiceEvent, Topic, Topical, event_kinds};
use quorum_types::{Lsn, Micros};

event_kinds! {
    /// Kinds of events in two regions.
    pub enum EventKind {
        /// A fault of a node.
        Fault(FaultEvent),
        /// Clients and health checks.
        Service(ServiceEvent),
        /// Regions, replication, backups and runbooks.
        Region(RegionEvent),
    }
}

/// An event of two regions.
pub type Event = quorum_sim::event::Event<EventKind>;

/// An event of a region, its replication, its backups or its runbook.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum RegionEvent {
    /// A region lost its power; `wiped`: forever, with all it held.
    RegionLost { region: u32, wiped: bool } = 83,
    /// It is back and has read `records` of its log.
    RegionReturned { region: u32, records: u64 },
    /// A region is cut off from the world.
    RegionIsolated { region: u32 },
    /// The capacity of the link between the regions in kilobytes a second; 0: cut.
    RegionLink { kb_s: u64 },
    /// A region's cluster acknowledged client write `op`: the change, the row, and the record's LSN there.
    RowWritten { op: u64, region: u32, lsn: Lsn, collection: u32, key: i64, change: String },
    /// A client's read `op` ended.
    ReadEnd { op: u64, status: OpStatus, region: u32 },
    /// A client's resolver names another region from here on.
    ClientMoved { client: u32, region: u32 },
    /// The standby has applied this many records of the log, up to `lsn`.
    Shipped { records: u64, lsn: Lsn },
    /// A comparison of counts has copied this many rows of a collection.
    CountsSynced { collection: u32, rows: u64 },
    /// The standby was filled from scratch with this many rows, up to `lsn`.
    Resynced { rows: u64, lsn: Lsn },
    /// A backup began.
    BackupBegan { backup: u64, full: bool },
    /// It is in the bucket; it holds the contents up to `lsn`.
    BackupEnded { backup: u64, lsn: Lsn, rows: u64, mb: u64 },
    /// It could not be made, or failed verification.
    BackupFailed { backup: u64, why: String },
    /// It was past retention.
    BackupPruned { backup: u64 },
    /// The failover raised an alert on these channels. Nothing is really sent.
    AlertRaised { alert: String, channels: Vec<String> },
    /// A runbook began.
    RunbookBegan { steps: u32 },
    /// Step `step` (from 0) began.
    StepBegan { step: u32, word: String },
    /// It ended; `why` is the reason for a failure.
    StepEnded { step: u32, word: String, ok: bool, why: String, took_us: Micros },
    /// The runbook ended.
    RunbookEnded { ok: bool },
    /// A backup was restored into a region.
    BackupRestored { backup: u64, region: u32, lsn: Lsn, rows: u64, took_us: Micros },
    /// A region takes writes, under this epoch; it holds the other's log up to `lsn`.
    Promoted { region: u32, epoch: u64, lsn: Lsn },
    /// A region no longer takes writes.
    Demoted { region: u32, epoch: u64 },
    /// The name points to another region.
    DnsChanged { region: u32 },
    /// Acknowledged client write `op` is lost, and where.
    WriteDied { op: u64, died: String },
    /// The former primary follows again: how many of its own writes were brought over, and how many discarded.
    FailedBack { region: u32, merged: u64, discarded: u64 },
    /// Every row of a collection was deleted by mistake.
    MistakeMade { collection: u32, rows: u64 },
    /// A hidden fault was prepared.
    SurprisePrepared { surprise: String },
    /// It took effect.
    SurpriseFelt { surprise: String },
    /// A configuration was applied: how many values changed, and their keys.
    ConfigTaken { changed: u32, keys: Vec<String> },
    /// The old primary's log was dumped from the salvage checkpoint at `after` up to `lsn`: how many records, and how
    /// many client writes among them the new primary does not have.
    LogDumped { region: u32, after: Lsn, lsn: Lsn, records: u64, missing: u64 },
}

impl Topical for RegionEvent {
    fn topic(&self) -> Topic<'_> {
        Topic::Other
    }
}
