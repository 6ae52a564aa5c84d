//! What can be asked of the lab. One list serves the page, `window.quorumLab.do`, lessons, traces and the command
//! line's `engine`.
//!
//! Promises: a command is plain data and deserialises from `{"op": …}`; a trace of commands with their
//! virtual times and the seed reproduces a run. Leaves out: pacing (`play`, `hold`, `speed`), which is the
//! host's business because it needs a clock, and `pull_plug`, which ends the worker itself.

use serde::{Deserialize, Serialize};

use super::values::{FieldSpec, InsertRows, Row};
pub use quorum_engine::index::Params;
pub use quorum_raft::{Change, Rule};
pub use quorum_sim::deed::{ConfMode, Deed, DiskFault};
pub use quorum_sim::event::Moment;
use quorum_sim::network::Weather;
pub use quorum_sim::standalone::COLLECTION;
use quorum_types::{Micros, NodeId, Refusal};
pub use quorum_wal::window::{WalSpan, WalWindow};

/// What can be asked of the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Command {
    /// Insert rows: so many made from the run's seed, in batches, or those that are given; answered when all of them
    /// are acknowledged.
    Insert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: InsertRows,
        /// Generated rows a batch, each batch one WAL record.
        #[serde(default = "default_batch")]
        batch: u64,
    },
    /// Insert rows in place of those with the same keys.
    Upsert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: InsertRows,
    },
    /// Insert documents made from the seed, or go on where the log says that this import stopped.
    Import {
        rows: u64,
        #[serde(default = "default_batch")]
        batch: u64,
        #[serde(default = "first_import")]
        import: u64,
    },
    /// Delete rows that satisfy a filter.
    Delete {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default)]
        filter: String,
    },
    /// Read rows that satisfy a filter, in order of their key.
    Query {
        #[serde(default = "default_collection")]
        collection: String,
        /// A filter such as `id < 10`; empty means all.
        #[serde(default)]
        filter: String,
        /// Fields to return, or `["count(*)"]`.
        #[serde(default)]
        output_fields: Vec<String>,
        /// At most this many rows.
        #[serde(default)]
        limit: Option<u64>,
        /// Skip this many first; without a limit it is ignored, as in Milvus 2.3.5.
        #[serde(default)]
        offset: u64,
    },
    /// Find the rows nearest to vectors.
    Search {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default)]
        field: String,
        #[serde(deserialize_with = "super::values::vectors")]
        data: Vec<Vec<f32>>,
        #[serde(default = "default_limit")]
        limit: u64,
        #[serde(default)]
        offset: u64,
        #[serde(default)]
        metric_type: Option<String>,
        #[serde(default)]
        params: Params,
        #[serde(default)]
        filter: String,
        #[serde(default)]
        output_fields: Vec<String>,
    },
    /// Begin a collection.
    CreateCollection { name: String, fields: Vec<FieldSpec> },
    /// End a collection.
    DropCollection {
        #[serde(alias = "name")]
        collection: String,
    },
    /// The names of the collections.
    ListCollections,
    /// Give sealed segments an index.
    CreateIndex {
        #[serde(default = "default_collection")]
        collection: String,
        field: String,
        index_type: String,
        metric_type: String,
        #[serde(default)]
        params: Params,
    },
    /// Take the index away.
    DropIndex {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Make a collection readable.
    Load {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Make it unreadable.
    Release {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Seal the growing segment, write a checkpoint, let the log behind it go, build indexes.
    Flush {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Write segments anew that have lost more than this part of their rows.
    Compact {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default = "default_deleted_percent")]
        deleted_percent: u64,
    },
    /// Counts of collections and log.
    Stats,
    /// Whether a write is answered only when it is durable; on unless it is switched off.
    Autosync { on: bool },
    /// Make everything written durable.
    Sync,
    /// Cut the engine's power. Of what was not synced, `torn_bytes` stay when `keep` is `torn`.
    Crash {
        #[serde(default)]
        keep: Keep,
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Let power fail by itself at the next moment of this kind; none to disarm.
    CrashAt {
        #[serde(default)]
        moment: Option<Moment>,
    },
    /// Give the engine its power back; answered when it has recovered, or refused.
    Recover,
    /// Change bytes of a log file, counted from 0, behind the engine's back.
    Corrupt { file: u32, offset: u64, kind: Corruption },
    /// Let the engine's disk hold at most so many bytes; none for as many as come.
    DiskCapacity {
        #[serde(default)]
        bytes: Option<u64>,
    },
    /// The bytes of a log file, counted from 0.
    ExportWal {
        #[serde(default)]
        file: u32,
    },
    /// Cut a node's power; of what was not synced so many bytes stay.
    Kill {
        node: NodeId,
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Give a node its power back.
    Restart { node: NodeId },
    /// Stop a node; its memory stays.
    Pause { node: NodeId },
    /// Let a paused node run on.
    Resume { node: NodeId },
    /// Cut the link between two nodes, in both directions unless `one_way`.
    Cut {
        from: NodeId,
        to: NodeId,
        #[serde(default)]
        one_way: bool,
    },
    /// Mend one link, or all of them when no ends are named.
    Heal {
        #[serde(default)]
        from: Option<NodeId>,
        #[serde(default)]
        to: Option<NodeId>,
    },
    /// Cut the power of everything at once, and give it back. Of what was written but not synced,
    /// `torn_bytes` of each node's log reach the disk.
    PowerCut {
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Kill and restart a node so many times, with so much time between.
    CrashLoop { node: NodeId, times: u32, every_us: Micros },
    /// Cut all links between these nodes and the others, but for those to `but` (in a Milvus cluster).
    Partition {
        side: Vec<NodeId>,
        #[serde(default)]
        but: Vec<NodeId>,
    },
    /// Hold back what is sent from one node to another for so long.
    Clog { from: NodeId, to: NodeId, us: Micros },
    /// Lose, repeat and reorder so many of a thousand packets.
    Weather {
        #[serde(default)]
        loss: u16,
        #[serde(default)]
        duplicate: u16,
        #[serde(default)]
        reorder: u16,
    },
    /// Cut a node's power and take its disk away.
    Wipe { node: NodeId },
    /// Let a node's disk do something wrong, at this part of its log in a thousand.
    Disk {
        node: NodeId,
        fault: DiskFault,
        #[serde(default)]
        at: u16,
    },
    /// Let a node's clock run faster (slower if negative) after a jump; with a period, faster and slower by turns.
    Clock {
        node: NodeId,
        #[serde(default)]
        drift_ppm: i64,
        #[serde(default)]
        jump_us: i64,
        #[serde(default)]
        period_us: Micros,
    },
    /// Let a node stand for election now.
    Campaign { node: NodeId },
    /// Let the leader hand over.
    Transfer { to: NodeId },
    /// Change the configuration.
    Conf {
        mode: ConfMode,
        #[serde(default)]
        changes: Vec<Change>,
    },
    /// Let a snapshot stand for a node's log.
    TakeSnapshot { node: NodeId },
    /// Switch a rule of Raft.
    Rule { name: Rule, on: bool },
    /// Start or stop the client's own writes.
    Client { on: bool },
    /// Cut the power of every pod in a zone of a Milvus cluster, from 0.
    KillZone { zone: u32 },
    /// Stop a pod of a Milvus cluster as an operator would: it hands over first.
    Stop { node: NodeId },
    /// Change a setting that can be changed while the world runs: of a Milvus cluster, of two regions, or of a lone
    /// engine's disk.
    Set { name: String, value: u64 },
    /// Do something to two regions: a word, and what it needs.
    Region {
        deed: String,
        #[serde(default)]
        region: Option<u64>,
        #[serde(default)]
        value: Option<u64>,
        #[serde(default)]
        text: Option<String>,
    },
    /// Do an action of the lesson's: its own, or one that every lesson has; answered when all of it is done.
    Act { name: String },
    /// The learner foretells what will come of it, before it has.
    Predict { step: String, choose: String },
    /// The learner answers a question; refused with the code `refuted` if a run shows otherwise.
    Explain { step: String, choose: String },
    /// The learner has read a step.
    Read { step: String },
    /// Play what is left of the solution up to the end of a step; of the whole lesson if none is named.
    ShowMe {
        #[serde(default)]
        step: Option<String>,
    },
    /// Lift what the lesson forbids, or forbid it again.
    FreePlay { on: bool },
    /// Begin the lesson anew: its run, its goals, what the learner said. Refused in a kept run, which is erased instead.
    Reset,
    /// Advance virtual time by this much.
    Run { us: Micros },
    /// Advance to the next thing that happens.
    Step,
    /// Go back (or forth) to a moment of this run; refused in a kept run, whose disks cannot go back.
    Seek { t_us: Micros },
    /// The bytes of a node's log with their meaning.
    Wal {
        #[serde(default = "first_node")]
        node: NodeId,
        /// Which file; the newest when left out.
        #[serde(default)]
        file: Option<u32>,
        /// Where to begin; a window around the durable frontier when left out.
        #[serde(default)]
        offset: Option<u64>,
        /// At most this many bytes, up to 4,096.
        #[serde(default = "default_window")]
        bytes: u64,
    },
}

impl Command {
    /// Rows that it asks to be acknowledged.
    pub fn rows_asked(&self) -> u64 {
        match self {
            Self::Insert { rows: InsertRows::Made(rows), .. } | Self::Import { rows, .. } => *rows,
            Self::Insert { rows: InsertRows::Given(rows), .. }
            | Self::Upsert { rows: InsertRows::Given(rows), .. } => rows.len() as u64,
            _ => 0,
        }
    }

    /// Whether it changes nothing, neither in the engine nor in time.
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Query { .. }
                | Self::Search { .. }
                | Self::Wal { .. }
                | Self::Stats
                | Self::ListCollections
                | Self::ExportWal { .. }
        )
    }

    /// Inserts so many generated rows.
    pub fn insert(rows: u64, batch: u64) -> Self {
        Self::Insert { collection: default_collection(), rows: InsertRows::Made(rows), batch }
    }

    /// Finds the generated rows nearest to vectors.
    pub fn search(data: Vec<Vec<f32>>, limit: u64) -> Self {
        Self::Search {
            collection: default_collection(),
            field: String::new(),
            data,
            limit,
            offset: 0,
            metric_type: None,
            params: Params::new(),
            filter: String::new(),
            output_fields: Vec::new(),
        }
    }

    /// Reads generated rows.
    pub fn query(filter: &str, output_fields: &[&str], limit: Option<u64>) -> Self {
        Self::Query {
            collection: default_collection(),
            filter: filter.to_owned(),
            output_fields: output_fields.iter().map(|field| (*field).to_owned()).collect(),
            limit,
            offset: 0,
        }
    }
}

/// What a crash leaves of what was not synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Nothing.
    #[default]
    Synced,
    /// A prefix.
    Torn,
}

/// What failing media do to bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// The lowest bit of a byte changes.
    Bitflip,
    /// 64 bytes become zeros.
    Zero,
    /// The file ends there.
    Truncate,
}

/// The collection meant where none is named.
pub fn default_collection() -> String {
    COLLECTION.to_owned()
}

/// Rows a batch where nothing else is asked for.
pub fn default_batch() -> u64 {
    1_000
}

/// Hits a search where nothing else is asked for.
pub fn default_limit() -> u64 {
    10
}

/// The import meant where none is named.
pub fn first_import() -> u64 {
    1
}

/// Share of deleted rows from which a segment is compacted (Milvus 2.3: `dataCoord.compaction.single.ratio.threshold`
/// 0.2).
pub fn default_deleted_percent() -> u64 {
    20
}

/// The node meant where none is named.
pub fn first_node() -> NodeId {
    1
}

/// Bytes of a log window where nothing else is asked for.
pub fn default_window() -> u64 {
    512
}

/// What a command was answered with. Refusals are answers too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Answer {
    /// Generated rows were acknowledged.
    Inserted { ok: bool, acknowledged: u64 },
    /// A write was acknowledged, in the record of this LSN; 0 for none.
    Written { ok: bool, count: u64, lsn: u64 },
    /// Rows were read.
    Rows { ok: bool, rows: Vec<Row> },
    /// Rows were found, for each vector the nearest first.
    Hits { ok: bool, hits: Vec<Vec<Row>> },
    /// Counts.
    Stats { ok: bool, collections: super::values::CollectionStats, wal: super::values::WalStats },
    /// Names.
    Collections { ok: bool, collections: Vec<String> },
    /// The engine has recovered.
    Recovered { ok: bool, replayed: u64, rows: u64, tail: quorum_sim::event::Tail, durable_lsn: u64 },
    /// A log file's bytes.
    Exported { ok: bool, hex: String },
    /// A part of a log.
    Wal { ok: bool, wal: WalWindow },
    /// Refused; of a damaged log, with the file, counted from 0, and the offset.
    Refused {
        ok: bool,
        code: String,
        error: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    },
    /// Done; the virtual time is now `t_us`.
    Done { ok: bool, t_us: Micros },
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { ok: false, code: refusal.code, error: refusal.error, file: None, offset: None }
    }
}

impl Command {
    /// As a deed done to a replica set, if it is one.
    pub fn deed(&self) -> Option<Deed> {
        Some(match *self {
            Self::Kill { node, torn_bytes } => Deed::Kill { node, torn_bytes },
            Self::Restart { node } => Deed::Restart { node },
            Self::CrashLoop { node, times, every_us } => Deed::CrashLoop { node, times, every_us },
            Self::Pause { node } => Deed::Pause { node },
            Self::Resume { node } => Deed::Resume { node },
            Self::PowerCut { torn_bytes } => Deed::PowerCut { torn_bytes },
            Self::Cut { from, to, one_way } => Deed::Cut { from, to, one_way },
            Self::Partition { ref side, .. } => Deed::Partition { side: side.clone() },
            Self::Heal { from: None, to: None } => Deed::Heal,
            Self::Clog { from, to, us } => Deed::Clog { from, to, us },
            Self::Weather { loss, duplicate, reorder } => Deed::Weather(Weather { loss, duplicate, reorder }),
            Self::Wipe { node } => Deed::Wipe { node },
            Self::Disk { node, fault, at } => Deed::Disk { node, fault, at },
            Self::Clock { node, drift_ppm, jump_us, period_us } => {
                Deed::Clock { node, drift_ppm, jump_us, period_us }
            }
            Self::Campaign { node } => Deed::Campaign { node },
            Self::Transfer { to } => Deed::Transfer { to },
            Self::Conf { mode, ref changes } => Deed::Conf { mode, changes: changes.clone() },
            Self::TakeSnapshot { node } => Deed::TakeSnapshot { node },
            Self::Rule { name, on } => Deed::Rule { name, on },
            Self::Client { on } => Deed::Client { on },
            _ => return None,
        })
    }
}
