//! A moment of two regions, as the picture draws it.
//!
//! Promises: plain data, every field is what ran. Leaves out: reports of drills.

use serde::{Deserialize, Serialize};

use super::runbook::Step;
use quorum_types::Micros;

/// A moment of both regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RegionsFacts {
    /// Beijing, Shanghai.
    pub sites: Vec<SiteFacts>,
    /// Where the name points to, from 0; `u32::MAX`: to a host that is gone.
    pub dns: u32,
    /// Until when resolvers may still say something else.
    pub dns_settled_at_us: Option<Micros>,
    /// The link between the regions.
    pub link: LinkFacts,
    /// The clients, in order.
    pub clients: Vec<ClientFacts>,
    /// The backups in the bucket, the oldest first.
    pub backups: Vec<BackupFacts>,
    /// When the next backup begins.
    pub next_backup_us: Option<Micros>,
    /// When the next batch of shipping or comparison begins, where it comes in batches.
    pub next_sync_us: Option<Micros>,
    /// Checks of the primary's health missed in a row.
    pub misses: u32,
    /// The runbook that runs, or ran last.
    #[serde(rename = "desk")]
    pub failover: FailoverFacts,
    /// The runbook that would begin, as it is written.
    pub runbook: String,
    /// The newest alerts, the oldest first.
    pub alerts: Vec<AlertFacts>,
    /// The last disaster, or the one under way.
    pub disaster: Option<DisasterFacts>,
    /// Client writes: acknowledged, failed.
    pub writes: (u64, u64),
    /// Client reads: answered, failed.
    pub reads: (u64, u64),
    /// Answers that showed an older state than one that the client had seen before.
    pub stale_reads: u64,
    /// Acknowledged writes that are nowhere to be had now.
    pub lost: Vec<LostFacts>,
    /// How many acknowledged writes are lost, if more than are listed.
    pub lost_total: u64,
    /// Acknowledged writes that both sides took while each believed itself the primary.
    pub split_writes: u64,
    /// What it has cost so far, in fen.
    pub cost: CostFacts,
    /// Surprises that lie in wait, by word. The page shows them only when they have been felt.
    pub surprises: Vec<String>,
    /// The configuration as the course writes it.
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
    /// Whether the rest of the world reaches it.
    pub reachable: bool,
    /// Its nodes, whether each is up.
    pub nodes: Vec<bool>,
    /// Whether its cluster is scaled so that it can serve.
    pub serving: bool,
    /// Whether it takes writes.
    pub primary: bool,
    /// Whether it was told to stop, or its lease is over.
    pub fenced: bool,
    /// The epoch under which it is or was the primary.
    pub epoch: u64,
    /// What is left of its lease.
    pub lease_left_us: Option<Micros>,
    /// Newest record of its log.
    pub lsn: u64,
    /// Up to where it has applied the other region's log.
    pub applied_lsn: u64,
    /// Rows in each collection.
    pub rows: Vec<u64>,
    /// Digest of its contents, as hex.
    pub digest: String,
    /// Whether its indexes are there.
    pub indexed: bool,
}

/// The link between the regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkFacts {
    /// What it carries now, in kilobytes a second; 0: cut.
    pub kb_s: u64,
    /// Records that wait to be sent.
    pub backlog: u64,
    /// The same in kilobytes, as they are reckoned.
    pub backlog_kb: u64,
    /// How old the oldest of them is.
    pub lag_us: Micros,
    /// Records sent and not yet applied.
    pub in_flight: u64,
    /// Gigabytes carried so far.
    pub carried_gb: f64,
    /// Whether the standby has to be filled anew, because the log it needs is gone.
    pub gap: bool,
}

/// A client.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClientFacts {
    /// Where it is, from 0.
    pub place: u32,
    /// Which region its resolver names.
    pub resolved: u32,
    /// Until when it goes by that.
    pub resolved_until_us: Micros,
    /// Whether its last request was answered.
    pub ok: bool,
}

/// What a backup is worth, as far as anybody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackupState {
    /// It is being made.
    Writing,
    /// It was finished; nobody has looked.
    #[default]
    Unverified,
    /// It was read back and is whole.
    Verified,
    /// It was read and is not whole.
    Bad,
    /// It failed while it was made.
    Failed,
}

/// A backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BackupFacts {
    /// Its number.
    pub id: u64,
    /// Whether it stands alone.
    pub full: bool,
    /// The moment whose contents it holds.
    pub as_of_us: Micros,
    /// Its size as it is reckoned.
    pub gb: f64,
    /// Rows that it holds.
    pub rows: u64,
    /// What is known of it.
    pub state: BackupState,
}

/// The failover under way, or the last one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailoverFacts {
    /// Steps of the runbook that runs or ran last.
    pub steps: Vec<DeskStep>,
    /// Whether it runs.
    pub running: bool,
    /// Whether it ended well, where it ended.
    pub ok: Option<bool>,
    /// When it began.
    pub began_us: Micros,
}

/// A step of a runbook, as it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskStep {
    /// Which.
    pub step: Step,
    /// When it began, where it has begun.
    pub began_us: Option<Micros>,
    /// When it ended.
    pub ended_us: Option<Micros>,
    /// Whether it went well; none while it has not ended.
    pub ok: Option<bool>,
    /// Why not, as a word; of a step that went well, what it could not vouch for.
    pub why: String,
    /// The moment of the primary whose contents a comparison was held to.
    #[serde(default)]
    pub evidence_us: Option<Micros>,
}

/// An alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// When.
    pub t_us: Micros,
    /// What, as a word.
    pub alert: String,
    /// The channels by which it went out: `mail`, `sms`, `slack`, `wecom`. Simulated: nothing is sent.
    #[serde(default)]
    pub channels: Vec<String>,
}

/// A disaster and what it came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DisasterFacts {
    /// When it struck.
    pub at_us: Micros,
    /// The region it struck.
    pub region: u32,
    /// Its phases so far, in their order, each with its length.
    pub phases: Vec<(quorum_sim::event::Phase, Micros)>,
    /// From the disaster to the first write that was answered after service was lost.
    pub rto_us: Option<Micros>,
    /// From the last write that was kept before the first acknowledged one that is lost, to the disaster, or to the newest lost
    /// one if that is later; 0 only where nothing is lost, none while nobody serves.
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
    /// What it did: `insert`, `update` or `delete`.
    pub change: String,
    /// Where it died, as a word: `not_shipped`, `in_backlog`, `in_flight`, `after_last_backup`, `skipped_by_sync`,
    /// `skipped_by_checkpoint`, `not_in_backup`, `collection_left_out`, `discarded` (at the fail-back), `deleted_by_mistake`.
    pub died: String,
}

/// Where the money went, in fen.
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
    /// What a month of this would cost, as it is set now.
    pub month: u64,
}
