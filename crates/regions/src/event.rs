//! What happens in two regions beside what happens in every simulated world. Regions count from 0.

use serde::{Deserialize, Serialize};

use quorum_sim::event::{FaultEvent, OpStatus, ServiceEvent, Topic, Topical, event_kinds};
use quorum_types::{Lsn, Micros};

event_kinds! {
    /// What can happen in two regions.
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

/// Something that happened to a region, its replication, its backups or its runbook.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum RegionEvent {
    /// A region lost its power; `wiped`: for ever, with all it held.
    RegionLost { region: u32, wiped: bool } = 83,
    /// It is there again and has read `records` of its log.
    RegionReturned { region: u32, records: u64 },
    /// A region is cut off from the world.
    RegionIsolated { region: u32 },
    /// The link between the regions carries so many kilobytes a second; 0: nothing.
    RegionLink { kb_s: u64 },
    /// A region's cluster acknowledged client write `op`: what it did to which row, and the record's LSN there.
    RowWritten { op: u64, region: u32, lsn: Lsn, collection: u32, key: i64, change: String },
    /// A client's read `op` ended.
    ReadEnd { op: u64, status: OpStatus, region: u32 },
    /// A client's resolver names another region from here on.
    ClientMoved { client: u32, region: u32 },
    /// The standby has applied so many records of the log, up to `lsn`.
    Shipped { records: u64, lsn: Lsn },
    /// A comparison of counts has copied so many rows of a collection.
    CountsSynced { collection: u32, rows: u64 },
    /// The standby was filled anew with so many rows, up to `lsn`.
    Resynced { rows: u64, lsn: Lsn },
    /// A backup began.
    BackupBegan { backup: u64, full: bool },
    /// It is in the bucket; it holds what was there up to `lsn`.
    BackupEnded { backup: u64, lsn: Lsn, rows: u64, mb: u64 },
    /// It could not be made, or did not read back.
    BackupFailed { backup: u64, why: String },
    /// It was older than backups are kept.
    BackupPruned { backup: u64 },
    /// The failover was told, and so were these channels. Nothing is sent for real.
    AlertRaised { alert: String, channels: Vec<String> },
    /// A runbook began.
    RunbookBegan { steps: u32 },
    /// Step `step` (from 0) began.
    StepBegan { step: u32, word: String },
    /// It ended; `why` says why it did not go well.
    StepEnded { step: u32, word: String, ok: bool, why: String, took_us: Micros },
    /// The runbook ended.
    RunbookEnded { ok: bool },
    /// A backup was restored into a region.
    BackupRestored { backup: u64, region: u32, lsn: Lsn, rows: u64, took_us: Micros },
    /// A region takes writes, under this epoch; it holds the other's log up to `lsn`.
    Promoted { region: u32, epoch: u64, lsn: Lsn },
    /// A region takes no writes any more.
    Demoted { region: u32, epoch: u64 },
    /// The name points to another region.
    DnsChanged { region: u32 },
    /// Client write `op`, acknowledged, is nowhere to be had; where it died.
    WriteDied { op: u64, died: String },
    /// The former primary follows again: so many writes that only it had were brought over, so many given up.
    FailedBack { region: u32, merged: u64, discarded: u64 },
    /// Every row of a collection was deleted by mistake.
    MistakeMade { collection: u32, rows: u64 },
    /// Something was prepared that nobody sees yet.
    SurprisePrepared { surprise: String },
    /// It was felt.
    SurpriseFelt { surprise: String },
    /// A configuration was taken in: so many values changed, those of these keys.
    ConfigTaken { changed: u32, keys: Vec<String> },
}

impl Topical for RegionEvent {
    fn topic(&self) -> Topic<'_> {
        Topic::Other
    }
}
