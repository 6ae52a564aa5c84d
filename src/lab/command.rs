//! What can be asked of the lab. One list serves the page, `window.quorumLab.do`, lessons and traces.
//!
//! Promises: a command is plain data and deserialises from `{"op": …}`; a trace of commands with their
//! virtual times and the seed reproduces a run. Leaves out: pacing (`play`, `hold`, `speed`), which is the
//! host's business because it needs a clock, and `pull_plug`, which ends the worker itself.

use serde::{Deserialize, Serialize};

use crate::types::{Micros, NodeId, Refusal};
pub use crate::wal::window::{WalSpan, WalWindow};

/// What can be asked of the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Command {
    /// Insert rows made from the run's seed, in batches; answered when all of them are acknowledged.
    Insert {
        /// How many rows.
        rows: u64,
        /// Rows a batch, each batch one WAL record.
        #[serde(default = "default_batch")]
        batch: u64,
    },
    /// Read rows that satisfy a filter, in order of their key.
    Query {
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
    /// Cut a node's power.
    Kill { node: NodeId },
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
    /// Start or stop the client's own writes.
    Client { on: bool },
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

/// Rows a batch where nothing else is asked for.
pub fn default_batch() -> u64 {
    1_000
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
    /// Rows were acknowledged.
    Inserted { ok: bool, acknowledged: u64 },
    /// Rows were read.
    Rows { ok: bool, rows: Vec<QueryRow> },
    /// A part of a log.
    Wal { ok: bool, wal: WalWindow },
    /// Refused.
    Refused { ok: bool, code: String, error: String },
    /// Done; the virtual time is now `t_us`.
    Done { ok: bool, t_us: Micros },
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { ok: false, code: refusal.code, error: refusal.error }
    }
}

/// A row of a query's answer: the key always, other fields as asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryRow {
    /// Primary key; none in an answer to `count(*)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The timestamp.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// The vector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vector: Option<Vec<f32>>,
    /// The count, for `count(*)`.
    #[serde(rename = "count(*)", skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}
