//! The lab's commands. One list serves the page, `window.quorumLab.do`, lessons, traces and the command line's
//! `engine`.
//!
//! Guarantees: a command is plain data and deserialises from `{"op": …}`; a trace of commands with their virtual times
//! and the seed reproduces a run. Leaves out: pacing (`lesson_runner`, `hold`, `speed`), which belongs to the host
//! because it needs a clock, and `pull_plug`, which ends the worker itself.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::awaited::{Awaited, usual_us};
use super::bounds;
use super::change;
use super::values::InsertRows;
pub use quorum_engine::index::Params;
pub use quorum_milvus::action::Action as MilvusAction;
pub use quorum_raft::{Change, Rule};
pub use quorum_regions::action::{Action as RegionAction, RawAction};
pub use quorum_sim::action::{Action, ConfMode, DiskFault};
pub use quorum_sim::event::Moment;
use quorum_sim::flat::{self, Fields};
pub use quorum_sim::network::Weather;
pub use quorum_sim::standalone::COLLECTION;
pub use quorum_sim::standalone::action::{
    Corruption, FieldSpec, Keep, default_batch, default_collection, default_deleted_percent, first_import,
};
use quorum_types::{Micros, NodeId, Refusal};
pub use quorum_wal::window::{WalSpan, WalWindow};

/// The lab's commands, grouped by the component that executes them.
///
/// In JSON a command is one flat object, `{"op": "kill", "node": 3}` ([`quorum_sim::flat`]); a word belongs to the
/// first group that knows it, so a command that a replica set and a Milvus cluster have in common is an [`Action`] of
/// the replica set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Command {
    /// A command about the run, its time or its lesson.
    Control(Control),
    /// A command that an engine executes.
    Engine(EngineCommand),
    /// An action on nodes and links.
    Cluster(Action),
    /// A command that only a Milvus cluster supports.
    Milvus(MilvusAction),
    /// An action on two regions.
    Region(RegionAction),
}

/// The run, its virtual time, its settings and its lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Control {
    /// Change a setting that can be changed while the world runs: of a Milvus cluster, of two regions, or of a single
    /// engine's disk.
    Set { name: String, value: u64 },
    /// Execute a lesson action: the lesson's own, or one that every lesson has; answered when it is complete.
    Act { name: String },
    /// The learner predicts the outcome in advance.
    Predict { step: String, choose: String },
    /// The learner answers a question; rejected with the code `refuted` if a run shows otherwise.
    Explain { step: String, choose: String },
    /// The learner has read a step.
    Read { step: String },
    /// Who is on call names the cause: the component, and the event of this kind, node and time that proves it. Changes
    /// nothing; a saved run keeps it for the grader.
    Diagnose {
        component: String,
        kind: String,
        #[serde(default)]
        node: Option<NodeId>,
        t_us: Micros,
    },
    /// Play the rest of the solution up to the end of a step, or of the whole lesson if no step is named.
    ShowMe {
        #[serde(default)]
        step: Option<String>,
    },
    /// Lift the lesson's restrictions, or restore them.
    FreePlay { on: bool },
    /// Restart the lesson: its run, its goals and the learner's answers. Rejected in a persistent run, which is erased
    /// instead.
    Reset,
    /// Advance virtual time by this much.
    Run { us: Micros },
    /// Advance to the next event.
    Step,
    /// Advance until something happens, for at most this long; answered with what it was, or that there was nothing.
    RunUntil {
        #[serde(default)]
        what: Awaited,
        #[serde(default = "usual_us")]
        most_us: Micros,
    },
    /// End every [`Control::RunUntil`] that is in progress, at the present moment. Does nothing where there is none.
    StopRun,
    /// Go back (or forward) to a moment of this run; rejected in a persistent run, whose disks cannot go back.
    Seek { t_us: Micros },
    /// Go to the moment before the last event.
    StepBack,
    /// Go to the moment before the last command, on a branch without it; the line that is left stays.
    Undo,
    /// Change to another line of the run, at a moment of it; where it was left if omitted.
    Line {
        number: u32,
        #[serde(default)]
        t_us: Option<Micros>,
    },
    /// What differs between this line and another at a moment; now if omitted. Changes nothing.
    Compare {
        number: u32,
        #[serde(default)]
        t_us: Option<Micros>,
    },
    /// Why an event happened: the last one of this kind up to now, on this node and at this time if given. Changes
    /// nothing.
    Why {
        #[serde(default)]
        kind: Option<String>,
        #[serde(default)]
        node: Option<NodeId>,
        #[serde(default)]
        t_us: Option<Micros>,
    },
    /// Branch at a cause (`why` names its steps and commands) with one change, and repeat the rest up to now.
    WhatIf { change: change::Change, steps: u64, commands: u64 },
    /// Look into one thing: exactly one of these fields says which. Changes nothing.
    Inspect {
        /// A node of a replica set.
        #[serde(default)]
        node: Option<NodeId>,
        /// A message in flight, by its number.
        #[serde(default)]
        message: Option<u64>,
        /// A pod of a Milvus cluster.
        #[serde(default)]
        pod: Option<NodeId>,
        /// The lease of a pod.
        #[serde(default)]
        lease: Option<NodeId>,
        /// A segment of a Milvus cluster; 0 for the growing one.
        #[serde(default)]
        segment: Option<u64>,
        /// A backup of two regions.
        #[serde(default)]
        backup: Option<u64>,
        /// A region, from 0.
        #[serde(default)]
        site: Option<u32>,
        /// The resolver of a client of two regions, from 0.
        #[serde(default)]
        resolver: Option<u32>,
    },
    /// What clients saw: the last operations, and with `find` an order that explains them, or why there is none.
    /// Changes nothing.
    History {
        /// At most this many of the last operations, up to 300.
        #[serde(default = "default_operations")]
        last: u64,
        /// Whether to look for an order.
        #[serde(default)]
        find: bool,
    },
    /// Decode the bytes of a node's log.
    Wal {
        #[serde(default = "first_node")]
        node: NodeId,
        /// Which file; the newest if omitted.
        #[serde(default)]
        file: Option<u32>,
        /// Where to begin; a window around the durable frontier if omitted.
        #[serde(default)]
        offset: Option<u64>,
        /// At most this many bytes, up to 4,096.
        #[serde(default = "default_window")]
        bytes: u64,
    },
}

/// Commands to an engine: reads, writes and fault injection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EngineCommand {
    /// Insert rows: either a number of rows generated from the run's seed, in batches, or the given rows. Answered when
    /// all of them are acknowledged.
    Insert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: InsertRows,
        /// Generated rows per batch; each batch is one WAL record.
        #[serde(default = "default_batch")]
        batch: u64,
    },
    /// Insert rows, replacing those with the same keys.
    Upsert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: InsertRows,
    },
    /// Insert documents generated from the seed, or continue where this import stopped according to the log.
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
    /// List the collections.
    ListCollections,
    /// Build an index on sealed segments.
    CreateIndex {
        #[serde(default = "default_collection")]
        collection: String,
        field: String,
        index_type: String,
        metric_type: String,
        #[serde(default)]
        params: Params,
    },
    /// Drop the index.
    DropIndex {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Load a collection so that it can be read.
    Load {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Make it unreadable.
    Release {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Seal the growing segment, write a checkpoint, truncate the log before it, build indexes.
    Flush {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Rewrite segments in which more than this fraction of the rows is deleted.
    Compact {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default = "default_deleted_percent")]
        deleted_percent: u64,
    },
    /// Counts of collections and log.
    Stats,
    /// Whether a write is answered only when it is durable; on by default.
    Autosync { on: bool },
    /// Make everything written durable.
    Sync,
    /// Cut the engine's power. Of the unsynced data, `torn_bytes` stay if `keep` is `torn`.
    Crash {
        #[serde(default)]
        keep: Keep,
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Make power fail at the next moment of this kind; `None` to disarm.
    CrashAt {
        #[serde(default)]
        moment: Option<Moment>,
    },
    /// Restore the engine's power; answered when it has recovered, or with an error.
    Recover,
    /// Change bytes of a log file, at an offset from 0, without the engine's knowledge.
    Corrupt { file: u32, offset: u64, kind: Corruption },
    /// Limit the capacity of the engine's disk to this many bytes; `None` for no limit.
    DiskCapacity {
        #[serde(default)]
        bytes: Option<u64>,
    },
    /// Read bytes of a log file, at an offset from 0.
    ExportWal {
        #[serde(default)]
        file: u32,
    },
}

impl From<Control> for Command {
    fn from(control: Control) -> Self {
        Self::Control(control)
    }
}

impl From<EngineCommand> for Command {
    fn from(command: EngineCommand) -> Self {
        Self::Engine(command)
    }
}

impl From<Action> for Command {
    fn from(action: Action) -> Self {
        Self::Cluster(action)
    }
}

impl From<MilvusAction> for Command {
    fn from(action: MilvusAction) -> Self {
        Self::Milvus(action)
    }
}

impl From<RegionAction> for Command {
    fn from(action: RegionAction) -> Self {
        Self::Region(action)
    }
}

/// Why input is not a valid command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no command with this name.
    UnknownOp(String),
    /// A field is missing or has the wrong type.
    Field(String),
    /// Its value is invalid.
    Refused(Refusal),
}

impl core::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownOp(op) => write!(f, "{}", flat::unknown(op, &Command::words())),
            Self::Field(why) => f.write_str(why),
            Self::Refused(refusal) => f.write_str(&refusal.error),
        }
    }
}

/// The field that contains the command's name.
pub const TAG: &str = "op";
/// The names that only a Milvus cluster knows.
const ONLY_MILVUS: [&str; 14] = [
    "stop",
    "kill_zone",
    "slow_disk",
    "full_disk",
    "object_store",
    "lose_objects",
    "flush_collection",
    "create_snapshot",
    "list_snapshots",
    "restore_snapshot",
    "drop_snapshot",
    "import_rows",
    "truncate_collection",
    "drop_job",
];
/// The name of every command to two regions.
const REGION: &str = "region";

impl Command {
    /// The names of all commands.
    pub fn words() -> Vec<&'static str> {
        let groups = [
            flat::words_of::<Control>(),
            flat::words_of::<EngineCommand>(),
            flat::words_of::<Action>(),
            &ONLY_MILVUS,
            &[REGION],
        ];
        groups.concat()
    }

    /// Reads a command from the fields of an object.
    pub fn read(mut fields: Fields) -> Result<Self, Unreadable> {
        let op = match fields.remove(TAG) {
            Some(Value::String(op)) => op,
            Some(other) => return Err(Unreadable::Field(format!("{TAG}: {other} is no text"))),
            None => return Err(Unreadable::Field(format!("missing field `{TAG}`"))),
        };
        // Scripts pass null for omitted fields.
        let given = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
        let op = match op.as_str() {
            "heal" if given("from") || given("to") => "heal_link",
            other => other,
        };
        // Only in a Milvus cluster can a partition spare links (`but`).
        let only_milvus = ONLY_MILVUS.contains(&op) || (op == "partition" && given("but"));
        let read = if op == REGION {
            return read_region(fields);
        } else if only_milvus {
            flat::read(op, fields).map(Self::Milvus)
        } else if flat::words_of::<Control>().contains(&op) {
            flat::read(op, fields).map(Self::Control)
        } else if flat::words_of::<EngineCommand>().contains(&op) {
            flat::read(op, fields).map(Self::Engine)
        } else if flat::words_of::<Action>().contains(&op) {
            flat::read(op, fields).map(Self::Cluster)
        } else {
            return Err(Unreadable::UnknownOp(op.to_owned()));
        };
        read.map_err(|unread| Unreadable::Field(unread.to_string()))
    }

    /// The fields that a command with this name may have besides its name.
    pub fn fields_of(op: &str) -> Vec<&'static str> {
        match op {
            REGION => flat::fields_of::<RawAction>("").to_vec(),
            "heal" => flat::fields_of::<Action>("heal_link").to_vec(),
            "partition" => flat::fields_of::<MilvusAction>(op).to_vec(),
            only if ONLY_MILVUS.contains(&only) => flat::fields_of::<MilvusAction>(op).to_vec(),
            _ => {
                let groups = [
                    flat::fields_of::<Control>(op),
                    flat::fields_of::<EngineCommand>(op),
                    flat::fields_of::<Action>(op),
                ];
                groups.concat()
            }
        }
    }

    /// Its name, as in `op`.
    pub fn op(&self) -> String {
        match self {
            Self::Region(_) => REGION.to_owned(),
            Self::Cluster(Action::HealLink { .. }) => "heal".to_owned(),
            _ => quorum_lesson::field_visitor::tag(&Compact(self), str::to_owned),
        }
    }
}

/// A command without its outer enum.
struct Compact<'a>(&'a Command);

impl Serialize for Compact<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Command::serialize(self.0, serializer)
    }
}

fn read_region(fields: Fields) -> Result<Command, Unreadable> {
    let raw: RawAction = serde_json::from_value(Value::Object(fields))
        .map_err(|fault| Unreadable::Field(fault.to_string()))?;
    bounds::region(&raw).and_then(|()| raw.parse()).map(Command::Region).map_err(Unreadable::Refused)
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return Self::serialize(self, serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(TAG, &self.op())?;
        match self {
            Self::Region(action) => {
                let raw = action.raw();
                map.serialize_entry("deed", &raw.action)?;
                map.serialize_entry("region", &raw.region)?;
                map.serialize_entry("value", &raw.value)?;
                map.serialize_entry("text", &raw.text)?;
            }
            _ => flat::write(&mut map, None, &Compact(self))?,
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Self::deserialize(deserializer);
        }
        Self::read(Fields::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Command {
    /// Rows that the command requests to write.
    pub fn rows_asked(&self) -> u64 {
        match self {
            Self::Engine(
                EngineCommand::Insert { rows: InsertRows::Made(rows), .. }
                | EngineCommand::Import { rows, .. },
            ) => *rows,
            Self::Engine(
                EngineCommand::Insert { rows: InsertRows::Given(rows), .. }
                | EngineCommand::Upsert { rows: InsertRows::Given(rows), .. },
            ) => rows.len() as u64,
            _ => 0,
        }
    }

    /// How many rows it contains.
    pub(crate) fn rows_given(&self) -> u64 {
        match self {
            Self::Engine(
                EngineCommand::Insert { rows: InsertRows::Given(rows), .. }
                | EngineCommand::Upsert { rows: InsertRows::Given(rows), .. },
            ) => rows.len() as u64,
            _ => 0,
        }
    }

    /// Whether it is read-only: changes neither the engine nor the time.
    pub fn only_reads(&self) -> bool {
        matches!(
            self,
            Self::Control(
                Control::Wal { .. } | Control::Why { .. } | Control::Inspect { .. } | Control::History { .. }
            ) | Self::Engine(
                EngineCommand::Query { .. }
                    | EngineCommand::Search { .. }
                    | EngineCommand::Stats
                    | EngineCommand::ListCollections
                    | EngineCommand::ExportWal { .. }
            )
        )
    }

    /// Inserts this many generated rows.
    pub fn insert(rows: u64, batch: u64) -> Self {
        EngineCommand::Insert { collection: default_collection(), rows: InsertRows::Made(rows), batch }.into()
    }

    /// Finds the generated rows nearest to vectors.
    pub fn search(data: Vec<Vec<f32>>, limit: u64) -> Self {
        EngineCommand::Search {
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
        .into()
    }

    /// Reads generated rows.
    pub fn query(filter: &str, output_fields: &[&str], limit: Option<u64>) -> Self {
        EngineCommand::Query {
            collection: default_collection(),
            filter: filter.to_owned(),
            output_fields: output_fields.iter().map(|field| (*field).to_owned()).collect(),
            limit,
            offset: 0,
        }
        .into()
    }
}

/// The default number of hits per search.
pub fn default_limit() -> u64 {
    10
}

/// The default node.
pub fn first_node() -> NodeId {
    1
}

/// The default size of a log window, in bytes.
pub fn default_window() -> u64 {
    512
}

/// The default number of operations of a history.
pub fn default_operations() -> u64 {
    60
}
