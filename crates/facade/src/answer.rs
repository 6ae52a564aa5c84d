//! The answers to the lab's commands.
//!
//! Guarantees: an answer is plain data; in JSON it is the object of its fields, with `ok`; a refusal has a stable code.
//! Leaves out: commands (`command`), and who waits for an answer.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::causes::Chain;
use super::event::Event;
use super::inspect::Inspected;
use super::snapshot::Snapshot;
use super::values::{CollectionStats, Row, WalStats};
use quorum_sim::event::Tail;
use quorum_sim::flat;
use quorum_sim::history::History;
use quorum_types::{Micros, Refusal};
use quorum_wal::window::WalWindow;

/// When a command to an engine is answered.
pub(super) enum Reply {
    /// It has been.
    Now(Answer),
    /// It was done; the answer is the time.
    Done,
    /// When the engine or the replica set has the result.
    Later,
    /// The same, and the rows are made by the lab.
    Generated,
    /// When the engine has recovered or failed to.
    Recovered,
}

/// The answer to a command. Errors are answers too.
///
/// In JSON an answer is the object of its fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Answer {
    /// Generated rows were acknowledged.
    Inserted { ok: bool, acknowledged: u64 },
    /// A write was acknowledged, in the record with this LSN; 0 for none.
    Written { ok: bool, count: u64, lsn: u64 },
    /// Rows were read.
    Rows { ok: bool, rows: Vec<Row> },
    /// Rows were found, for each vector the nearest first.
    Hits { ok: bool, hits: Vec<Vec<Row>> },
    /// Counts.
    Stats {
        ok: bool,
        #[serde(with = "quorum_types::as_map")]
        collections: CollectionStats,
        wal: WalStats,
    },
    /// Names.
    Collections { ok: bool, collections: Vec<String> },
    /// The engine has recovered.
    Recovered { ok: bool, replayed: u64, rows: u64, tail: Tail, durable_lsn: u64 },
    /// A log file's bytes.
    Exported { ok: bool, hex: String },
    /// A part of a log.
    Wal { ok: bool, wal: WalWindow },
    /// Rejected; for a damaged log with the file, counted from 0, and the offset.
    Refused { ok: bool, code: String, error: String, file: Option<u32>, offset: Option<u64> },
    /// Done; the virtual time is now `t_us`.
    Done { ok: bool, t_us: Micros },
    /// Why an event happened.
    Why { ok: bool, chain: Chain },
    /// Two lines compared: the metrics that differ, and the other line's snapshot.
    Compared { ok: bool, t_us: Micros, differences: Vec<Difference>, snapshot: Box<Snapshot> },
    /// What a run waited for has happened, in the step that has just ended: the event, or the name of the goal; neither
    /// if nothing came within the bound, if nothing more happens by itself, or if the run was `stopped`.
    Happened { ok: bool, t_us: Micros, event: Option<Event>, goal: Option<String>, stopped: bool },
    /// What was looked into.
    Inspected { ok: bool, t_us: Micros, facts: Box<Inspected> },
    /// The present moment as a saved run, as letters; the host writes them.
    Saved { ok: bool, run: String, digest: String, t_us: Micros },
    /// What clients saw.
    History { ok: bool, t_us: Micros, history: Box<History> },
}

/// A metric that two lines have different values of; none where it has no value yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The metric's name, as lessons write it.
    pub name: String,
    /// Its value in the current line.
    pub here: Option<i64>,
    /// Its value in the other line.
    pub there: Option<i64>,
}

struct CompactAnswer<'a>(&'a Answer);

impl Serialize for CompactAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Answer::serialize(self.0, serializer)
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Refused { ok, code, error, file, offset } => {
                map.serialize_entry("ok", ok)?;
                map.serialize_entry("code", code)?;
                map.serialize_entry("error", error)?;
                if let Some(file) = file {
                    map.serialize_entry("file", file)?;
                }
                if let Some(offset) = offset {
                    map.serialize_entry("offset", offset)?;
                }
            }
            _ => flat::write(&mut map, None, &CompactAnswer(self))?,
        }
        map.end()
    }
}

// Only page and worker deserialize answers; others only serialize them.
impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { ok: false, code: refusal.code, error: refusal.error, file: None, offset: None }
    }
}
