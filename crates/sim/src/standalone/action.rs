//! The actions of a schedule of a single engine: requests, power cuts, damage and settings.
//!
//! In JSON they are the façade's commands to an engine, with the same words, fields and defaults, so that a page plays
//! a schedule by executing it. Guarantees: performing an action has the effect of the command; an invalid one is
//! refused and changes nothing. Leaves out: commands that only read.

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{COLLECTION, NODE, Request, Standalone};
use crate::event::Moment;
use crate::flat;
use crate::swarm::ScheduledAction;
use quorum_engine::index::Params;
use quorum_engine::{Field, FieldType, Record, Schema, Value};
use quorum_types::{NodeId, Refusal};
use quorum_wal::format::FIRST_OBJECT;

/// The number of bytes that failing media set to zero at once.
const ZEROED_BYTES: usize = 64;

/// An action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the façade's commands have the same fields, with a sentence for each")]
pub enum Action {
    /// Creates a collection.
    CreateCollection { name: String, fields: Vec<FieldSpec> },
    /// Inserts a number of generated rows, or the given rows.
    Insert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: Json,
        #[serde(default = "default_batch")]
        batch: u64,
    },
    /// Inserts the given rows, which replace those with the same keys.
    Upsert {
        #[serde(default = "default_collection")]
        collection: String,
        rows: Json,
    },
    /// Imports generated rows, or resumes an import.
    Import {
        rows: u64,
        #[serde(default = "default_batch")]
        batch: u64,
        #[serde(default = "first_import")]
        import: u64,
    },
    /// Deletes the rows that match a filter.
    Delete {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default)]
        filter: String,
    },
    /// Creates an index.
    CreateIndex {
        #[serde(default = "default_collection")]
        collection: String,
        field: String,
        index_type: String,
        metric_type: String,
        #[serde(default)]
        params: Params,
    },
    /// Drops the index.
    DropIndex {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Makes the collection readable.
    Load {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Makes it unreadable.
    Release {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Seals the growing segment and makes a checkpoint.
    Flush {
        #[serde(default = "default_collection")]
        collection: String,
    },
    /// Merges segments that have lost more than this percentage of their rows.
    Compact {
        #[serde(default = "default_collection")]
        collection: String,
        #[serde(default = "default_deleted_percent")]
        deleted_percent: u64,
    },
    /// Sets whether acknowledgements wait until they are durable.
    Autosync { on: bool },
    /// Makes everything written durable.
    Sync,
    /// Cuts the power; a prefix of the unsynced data survives if `keep` is `torn`.
    Crash {
        #[serde(default)]
        keep: Keep,
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Cuts the power; with `sectors`, any unsynced sectors survive.
    Kill {
        node: NodeId,
        #[serde(default)]
        torn_bytes: u64,
        #[serde(default)]
        sectors: Option<u64>,
    },
    /// Makes the power fail at the next moment of this kind.
    CrashAt {
        #[serde(default)]
        moment: Option<Moment>,
    },
    /// Restores the power.
    Recover,
    /// Changes bytes of a log file, which is counted from 0.
    Corrupt { file: u32, offset: u64, kind: Corruption },
    /// Limits the disk's capacity.
    DiskCapacity {
        #[serde(default)]
        bytes: Option<u64>,
    },
    /// Changes a setting of the running engine.
    Set { name: String, value: u64 },
}

/// How much unsynced data survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// None.
    #[default]
    Synced,
    /// A prefix.
    Torn,
}

/// How media corrupt bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Corruption {
    /// The lowest bit of a byte flips.
    Bitflip,
    /// 64 bytes become zeros.
    Zero,
    /// The file ends there.
    Truncate,
}

impl Corruption {
    /// Corrupts the bytes of a file from the chosen offset to its end.
    pub fn damage(self, rest: &mut Vec<u8>) {
        match self {
            Self::Bitflip => rest.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Self::Zero => rest.iter_mut().take(ZEROED_BYTES).for_each(|byte| *byte = 0),
            Self::Truncate => rest.clear(),
        }
    }
}

/// A field of a new collection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldSpec {
    /// Its name.
    pub name: String,
    /// `int64`, `double`, `bool`, `varchar` or `float_vector`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it is the primary key.
    #[serde(default, alias = "is_primary")]
    pub primary: bool,
    /// Of a vector, its dimension.
    #[serde(default)]
    pub dim: Option<u32>,
    /// Of a text, its maximum number of bytes.
    #[serde(default)]
    pub max_length: Option<u32>,
}

quorum_types::sparse!(FieldSpec {
    name: "name",
    kind: "type",
    primary: "primary" if is_set,
    dim: "dim" if Option::is_some,
    max_length: "max_length" if Option::is_some,
});

fn is_set(primary: &bool) -> bool {
    *primary
}

/// The default collection.
pub fn default_collection() -> String {
    COLLECTION.to_owned()
}

/// The default number of rows per batch.
pub fn default_batch() -> u64 {
    1_000
}

/// The default import.
pub fn first_import() -> u64 {
    1
}

/// Share of deleted rows from which a segment is compacted (Milvus 2.3: `dataCoord.compaction.single.ratio.threshold`
/// 0.2).
pub fn default_deleted_percent() -> u64 {
    20
}

impl FieldSpec {
    fn field(&self) -> Result<Field, Refusal> {
        let bad = |what: &str| Refusal::new("bad_schema", format!("field “{}”: {what}", self.name));
        let needs = |what: &str| bad(&format!("{} needs {what}", self.kind));
        let kind = match self.kind.as_str() {
            "int64" => FieldType::Int64,
            "double" => FieldType::Double,
            "bool" => FieldType::Bool,
            "varchar" => {
                FieldType::VarChar { max_length: self.max_length.ok_or_else(|| needs("max_length"))? }
            }
            "float_vector" => FieldType::FloatVector { dim: self.dim.ok_or_else(|| needs("dim"))? },
            other => {
                let error = format!(
                    "there is no type “{other}”; there are int64, double, bool, varchar, float_vector"
                );
                return Err(bad(&error));
            }
        };
        Ok(Field { name: self.name.clone(), kind, primary: self.primary })
    }
}

/// The schema of these fields, or what is wrong with them.
pub fn schema(fields: &[FieldSpec]) -> Result<Schema, Refusal> {
    Schema::new(fields.iter().map(FieldSpec::field).collect::<Result<_, _>>()?)
}

/// The rows of a list of objects.
fn records(rows: &Json) -> Result<Vec<Record>, Refusal> {
    let bad = || Refusal::new("bad_rows", "rows are a list of objects");
    let record = |row: &Json| -> Result<Record, Refusal> {
        let fields = row.as_object().ok_or_else(bad)?;
        // The trait's function: the type also has a derived one of its own, for formats without names.
        let value = |value: &Json| <Value as Deserialize>::deserialize(value).map_err(|_| bad());
        fields.iter().map(|(name, there)| Ok((name.clone(), value(there)?))).collect()
    };
    rows.as_array().ok_or_else(bad)?.iter().map(record).collect()
}

impl Standalone {
    /// Performs an action; `ticket` is the number of its answer. Refused if its arguments are invalid, or the engine is
    /// in no state for it.
    pub fn perform(&mut self, ticket: u64, action: &Action) -> Result<(), Refusal> {
        let request = match action.clone() {
            Action::CreateCollection { name, fields } => {
                Request::CreateCollection { name, schema: schema(&fields)? }
            }
            Action::Insert { collection, rows, batch } => match rows.as_u64() {
                Some(rows) if collection == COLLECTION => return self.insert(ticket, rows, batch),
                Some(_) => return Err(Refusal::new("bad_rows", "generated rows go to another collection")),
                None => Request::Insert { name: collection, rows: records(&rows)?, upsert: false },
            },
            Action::Upsert { collection: name, rows } => {
                Request::Insert { name, rows: records(&rows)?, upsert: true }
            }
            Action::Import { rows, batch, import } => return self.import(ticket, import, rows, batch),
            Action::Delete { collection: name, filter } => Request::Delete { name, filter },
            Action::CreateIndex { collection: name, field, index_type, metric_type, params } => {
                Request::CreateIndex { name, field, index_type, metric_type, params }
            }
            Action::DropIndex { collection: name } => Request::DropIndex { name },
            Action::Load { collection: name } => Request::Load { name },
            Action::Release { collection: name } => Request::Release { name },
            Action::Flush { collection: name } => Request::Flush { name },
            Action::Compact { collection: name, deleted_percent } => {
                Request::Compact { name, deleted_percent }
            }
            Action::Sync => Request::Sync,
            other => return self.operate(ticket, &other),
        };
        self.ask(Some(ticket), request)
    }

    /// Actions on the engine and its disk rather than its data.
    fn operate(&mut self, ticket: u64, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::Autosync { on } => {
                self.set_autosync(*on);
                if *on {
                    self.ask(Some(ticket), Request::Sync)?;
                }
            }
            Action::Crash { keep, torn_bytes } => {
                self.kill(if *keep == Keep::Torn { *torn_bytes } else { 0 });
            }
            Action::Kill { node, torn_bytes, sectors } => {
                if *node != NODE {
                    return Err(Refusal::new("unknown_node", format!("there is no node {node}")));
                }
                self.lose_power(*torn_bytes, *sectors);
            }
            Action::CrashAt { moment } => self.set_crash_point(*moment),
            Action::Recover => self.restart(),
            Action::Corrupt { file, offset, kind } => self.fail_medium(*file, *offset, *kind)?,
            Action::DiskCapacity { bytes } => self.set_capacity(*bytes),
            Action::Set { name, value } => self.set(name, *value)?,
            _ => {}
        }
        Ok(())
    }

    fn fail_medium(&mut self, file: u32, offset: u64, kind: Corruption) -> Result<(), Refusal> {
        let bad = || Refusal::new("bad_offset", "the log has no such byte");
        let file = self.log_file(file).ok_or_else(bad)?;
        if offset >= self.log.disk.len(file) {
            return Err(bad());
        }
        self.corrupt(file, offset, |rest| kind.damage(rest));
        Ok(())
    }

    /// The number of the log file at this position, counted from 0.
    pub(super) fn log_file(&self, at: u32) -> Option<u32> {
        let mut files = self.log.disk.files().map(|(file, ..)| file).filter(|file| *file < FIRST_OBJECT);
        files.nth(at as usize)
    }
}

impl ScheduledAction for Action {
    fn word(&self) -> String {
        match self {
            Self::Crash { keep: Keep::Torn, .. } => "crash_torn".to_owned(),
            Self::Kill { sectors: Some(_), .. } => "kill_in_sectors".to_owned(),
            Self::Corrupt { kind, .. } => format!("corrupt_{kind:?}").to_lowercase(),
            Self::CrashAt { moment: Some(moment) } => format!("crash_at_{moment:?}").to_lowercase(),
            other => match serde_json::to_value(other) {
                Ok(Json::String(word)) => word,
                Ok(Json::Object(of)) => of.keys().next().cloned().unwrap_or_default(),
                _ => String::new(),
            },
        }
    }

    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        flat::write_sparse(map, Some("op"), self)
    }

    fn read(op: &str, fields: flat::Fields) -> Result<Self, String> {
        flat::read(op, fields).map_err(|unread| unread.to_string())
    }

    fn milder(&self) -> Vec<Self> {
        let mut less = Vec::new();
        match self.clone() {
            Self::Insert { collection, rows, batch } if rows.as_u64().is_some_and(|rows| rows > 1) => {
                less.push(Self::Insert { collection: collection.clone(), rows: 1.into(), batch });
                let half = rows.as_u64().unwrap_or(2) / 2;
                less.push(Self::Insert { collection, rows: half.into(), batch });
            }
            Self::Upsert { collection, rows: Json::Array(rows) } if rows.len() > 1 => {
                less.push(Self::Upsert { collection, rows: Json::Array(rows[..1].to_vec()) });
            }
            Self::Crash { .. } => less.push(Self::Crash { keep: Keep::Synced, torn_bytes: 0 }),
            Self::Kill { .. } => less.push(Self::Crash { keep: Keep::Synced, torn_bytes: 0 }),
            Self::Corrupt { file, offset, kind: Corruption::Zero | Corruption::Truncate } => {
                less.push(Self::Corrupt { file, offset, kind: Corruption::Bitflip });
            }
            Self::DiskCapacity { bytes: Some(_) } => less.push(Self::DiskCapacity { bytes: None }),
            _ => {}
        }
        less.retain(|milder| milder != self);
        less
    }
}
