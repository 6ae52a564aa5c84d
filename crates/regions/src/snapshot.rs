//! A snapshot of two regions, for drawing.
//!
//! Guarantees: plain data, every field is read from the running regions. Leaves out: reports of drills.

use serde::{Deserialize, Serialize};

use super::runbook::Step;
use quorum_types::Micros;

/// A snapshot of both regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegionsFacts {
    /// Beijing, Shanghai.
    pub sites: Vec<SiteFacts>,
    /// The region that the name points to, from 0; `u32::MAX`: a host that is gone.
    pub dns: u32,
    /// Until when resolvers may return another answer.
    pub dns_settled_at_us: Option<Micros>,
    /// The link between the regions.
    pub link: LinkFacts,
    /// The clients, in order.
    pub clients: Vec<ClientFacts>,
    /// The backups in the bucket, the oldest first.
    pub backups: Vec<BackupFacts>,
    /// When the next backup begins.
    pub next_backup_us: Option<Micros>,
    /// When the next batch of shipping or comparison begins, if it runs in batches.
    pub next_sync_us: Option<Micros>,
    /// Checks of the primary's health missed in a row.
    pub misses: u32,
    /// The current runbook, or the last one.
    #[serde(rename = "desk")]
    pub failover: FailoverFacts,
    /// The runbook that would begin, as text.
    pub runbook: String,
    /// The newest alerts, the oldest first.
    pub alerts: Vec<AlertFacts>,
    /// The current disaster, or the last one.
    pub disaster: Option<DisasterFacts>,
    /// Client writes: acknowledged, failed.
    pub writes: (u64, u64),
    /// Client reads: answered, failed.
    pub reads: (u64, u64),
    /// Answers that showed an older state than the client had seen before.
    pub stale_reads: u64,
    /// Acknowledged writes that are lost now.
    pub lost: Vec<LostFacts>,
    /// The number of lost acknowledged writes, if more than are listed.
    pub lost_total: u64,
    /// Acknowledged writes that both sides accepted while each considered itself the primary.
    pub split_writes: u64,
    /// What a forced promotion kept about the old primary's log.
    pub salvage: Option<SalvageFacts>,
    /// Why there is nothing to dump now, as the code of the refusal; empty if there is something.
    pub dump_why: String,
    /// The last dump of an old primary's log.
    pub dump: Option<DumpFacts>,
    /// The cost so far, in fen.
    pub cost: CostFacts,
    /// Hidden faults that have not taken effect, by word. The page shows them only afterwards.
    pub surprises: Vec<String>,
    /// The configuration in the course's format.
    pub config: String,
    /// All settings, by name.
    pub settings: Vec<(String, u64)>,
}

/// A region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteFacts {
    /// Whether it has power.
    pub alive: bool,
    /// Whether all it held is gone.
    pub wiped: bool,
    /// Whether it is reachable from outside.
    pub reachable: bool,
    /// For each of its nodes, whether it is up.
    pub nodes: Vec<bool>,
    /// Whether its cluster is scaled so that it can serve.
    pub serving: bool,
    /// Whether it takes writes.
    pub primary: bool,
    /// Whether it was ordered to stop, or its lease is over.
    pub fenced: bool,
    /// The epoch under which it is or was the primary.
    pub epoch: u64,
    /// The remaining time of its lease.
    pub lease_left_us: Option<Micros>,
    /// Newest record of its log.
    pub lsn: u64,
    /// The position up to which it has applied the other region's log.
    pub applied_lsn: u64,
    /// Rows in each collection.
    pub rows: Vec<u64>,
    /// Digest of its contents, as hex.
    pub digest: String,
    /// Whether its indexes are built.
    pub indexed: bool,
}

/// The link between the regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkFacts {
    /// Its current capacity, in kilobytes a second; 0: cut.
    pub kb_s: u64,
    /// Records that wait to be sent.
    pub backlog: u64,
    /// The same in kilobytes of assumed volume.
    pub backlog_kb: u64,
    /// How old the oldest of them is.
    pub lag_us: Micros,
    /// Records sent and not yet applied.
    pub in_flight: u64,
    /// Gigabytes carried so far.
    pub carried_gb: f64,
    /// Whether the standby has to be filled from scratch, because the log it needs is gone.
    pub gap: bool,
}

/// A client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// Where it is, from 0.
    pub place: u32,
    /// The region that its resolver names; `u32::MAX`: a host that is gone.
    pub resolved: u32,
    /// Until when it uses that answer.
    pub resolved_until_us: Micros,
    /// Whether its last request was answered.
    pub ok: bool,
}

/// The known state of a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// It is being made.
    Writing,
    /// It was finished, but not verified.
    #[default]
    Unverified,
    /// It was read back and is intact.
    Verified,
    /// It was read and is damaged.
    Bad,
    /// It failed while it was made.
    Failed,
}

/// A backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackupFacts {
    /// Its number.
    pub id: u64,
    /// Whether it is a full backup.
    pub full: bool,
    /// The moment of its contents.
    pub as_of_us: Micros,
    /// Its assumed size.
    pub gb: f64,
    /// Rows that it holds.
    pub rows: u64,
    /// Its known state.
    pub state: BackupState,
}

/// The current failover, or the last one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailoverFacts {
    /// Steps of the current runbook, or the last one.
    pub steps: Vec<RunbookStep>,
    /// Whether it runs.
    pub running: bool,
    /// Whether it ended well, once it has ended.
    pub ok: Option<bool>,
    /// When it began.
    pub began_us: Micros,
}

/// A step of a runbook, with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunbookStep {
    /// The step.
    pub step: Step,
    /// When it began, if it has begun.
    pub began_us: Option<Micros>,
    /// When it ended.
    pub ended_us: Option<Micros>,
    /// Whether it succeeded; none while it has not ended.
    pub ok: Option<bool>,
    /// Why it failed, as a word; for a successful step, what it could not verify.
    pub why: String,
    /// The moment of the primary whose contents a comparison used.
    #[serde(default)]
    pub evidence_us: Option<Micros>,
}

/// An alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// When it was raised.
    pub t_us: Micros,
    /// Its word.
    pub alert: String,
    /// The channels by which it went out: `mail`, `sms`, `slack`, `wecom`. Simulated: nothing is really sent.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// A disaster and its result.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DisasterFacts {
    /// When it struck.
    pub at_us: Micros,
    /// The region it struck.
    pub region: u32,
    /// Its phases so far, in their order, each with its length.
    pub phases: Vec<(quorum_sim::event::Phase, Micros)>,
    /// The time from the disaster until every client that had failed was served again; clients inside a region that is
    /// cut off do not count.
    pub rto_us: Option<Micros>,
    /// From the last write that was kept before the first acknowledged one that is lost, to the disaster, or to the
    /// newest lost one if that is later; 0 only if nothing is lost, none while no region serves.
    pub rpo_us: Option<Micros>,
    /// Requests that failed.
    pub failed: u64,
}

/// An acknowledged write that is lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LostFacts {
    /// Its number.
    pub op: u64,
    /// When it was acknowledged.
    pub acknowledged_us: Micros,
    /// The collection, from 0.
    pub collection: u32,
    /// The row.
    pub key: i64,
    /// Its change: `insert`, `update` or `delete`.
    pub change: String,
    /// Where it was lost, as a word: `not_shipped`, `in_backlog`, `in_flight`, `after_last_backup`, `skipped_by_sync`,
    /// `skipped_by_checkpoint`, `not_in_backup`, `collection_left_out`, `discarded` (at the fail-back),
    /// `deleted_by_mistake`.
    pub died: String,
}

/// A salvage checkpoint: the position in the old primary's log that the new primary had applied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SalvageFacts {
    /// The old primary, from 0.
    pub from: u32,
    /// The position.
    pub after: u64,
    /// When the other region was promoted.
    pub at_us: Micros,
    /// Records of the old primary's log after it; none while the old primary cannot be reached.
    pub records: Option<u64>,
    /// Whether the first of them are past the retention of the log.
    pub gap: bool,
}

/// A dump of an old primary's log from a salvage checkpoint on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DumpFacts {
    /// When it was made.
    pub at_us: Micros,
    /// The old primary, from 0.
    pub from: u32,
    /// The position of the checkpoint.
    pub after: u64,
    /// The position of the last record.
    pub upto: u64,
    /// Its records.
    pub records: u64,
    /// The rows that they change, if more than are listed.
    pub rows: u64,
    /// Whether its first records are past the retention of the log.
    pub gap: bool,
    /// Acknowledged writes that only the old primary has and that are not in it: their records are gone, or before the
    /// position.
    pub beyond: u64,
    /// Its first rows, in order.
    pub listed: Vec<DumpedRow>,
}

/// A row of a dump.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DumpedRow {
    /// The record's position.
    pub lsn: u64,
    /// When it was written.
    pub t_us: Micros,
    /// The client's write; none for an operator's action.
    pub op: Option<u64>,
    /// The collection, from 0.
    pub collection: u32,
    /// The row.
    pub key: i64,
    /// Its change: `insert`, `update` or `delete`.
    pub change: String,
    /// What the new primary has under this key now: `same` (this write's row), `other` (another write's), `none`.
    pub there: String,
}

/// The cost per item, in fen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CostFacts {
    /// The primary's nodes.
    pub primary: u64,
    /// The standby's nodes.
    pub standby: u64,
    /// Both clusters' disks.
    pub disks: u64,
    /// The bucket.
    pub bucket: u64,
    /// The link.
    pub link: u64,
    /// The cost of a month with the current settings.
    pub month: u64,
}
