//! An incident as its file has it.
//!
//! Names that begin with `$` stand for what was drawn (`names`). Guarantees: an unknown field, or one of the wrong
//! kind, is an error that names it. Leaves out: drawing (`case`) and grading (`judge`).

use quorum_facade::swarm::WorldKind;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A table of a file.
pub(super) type Table = Map<String, Value>;

/// An incident.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Its name, such as `primary-isolated`.
    pub id: String,
    /// Its number, which never changes: the world's seed contains it.
    pub number: u64,
    /// The world.
    pub world: WorldKind,
    /// The number of nodes, of a replica set.
    #[serde(default = "no_value")]
    pub nodes: Value,
    /// The time from the first fault within which it has to be solved, in seconds.
    pub within_s: Value,
    /// The time from the first fault after which it ends, in seconds.
    pub limit_s: u64,
    /// How finely the judge looks, in milliseconds.
    pub step_ms: u64,
    /// The acknowledged writes that may be lost.
    #[serde(default = "zero")]
    pub lost_at_most: Value,
    /// The meter of lost writes; that of the world if it is left out.
    #[serde(default)]
    pub lost: Option<String>,
    /// What is drawn, in order.
    pub draw: Vec<Draw>,
    /// Settings that differ from the defaults.
    #[serde(default)]
    pub settings: Table,
    /// Commands before the first fault, harmless ones included, `at_ms` after the beginning.
    #[serde(default)]
    pub before: Vec<Staged>,
    /// The faults, `at_ms` after the moment of the first.
    pub faults: Vec<Staged>,
    /// Harmless things that happen meanwhile, `at_ms` after the moment of the first fault.
    #[serde(default)]
    pub decoys: Vec<Staged>,
    /// Commands that are no harm here, although they would be elsewhere; or that are called for.
    #[serde(default)]
    pub fine: Vec<Table>,
    /// The right diagnosis.
    pub diagnosis: Right,
    /// What has to hold for the incident to be over: all of it.
    pub solved: Vec<Condition>,
    /// The reference runbook.
    pub reference: Vec<Step>,
    /// Runbooks that must not pass.
    pub wrong: Vec<Wrong>,
}

fn no_value() -> Value {
    Value::Null
}

fn zero() -> Value {
    0.into()
}

/// Something that is drawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Its name.
    pub name: String,
    /// A number from this …
    #[serde(default)]
    pub from: Option<Value>,
    /// … to this.
    #[serde(default)]
    pub to: Option<Value>,
    /// One of these.
    #[serde(default)]
    pub one_of: Option<Vec<Value>>,
    /// Rows of the board, as it is at the moment of the first fault: their numbers.
    #[serde(default)]
    pub pick: Option<Table>,
    /// But not these.
    #[serde(default)]
    pub but: Option<Value>,
    /// How many rows: one number if it is left out, otherwise a list.
    #[serde(default)]
    pub count: Option<Value>,
    /// The row with the largest value of this field, instead of any.
    #[serde(default)]
    pub largest: Option<String>,
    /// The value of this field of the row, instead of its number.
    #[serde(default)]
    pub field: Option<String>,
    /// The sum of these.
    #[serde(default)]
    pub sum: Option<Vec<Value>>,
    /// A majority of this many.
    #[serde(default)]
    pub majority: Option<Value>,
    /// The value of a table at this key.
    #[serde(default)]
    pub of: Option<Table>,
    /// The key.
    #[serde(default)]
    pub key: Option<Value>,
}

/// A command and when it is given. A list of numbers in a field makes one command of each.
#[derive(Clone, Debug, Deserialize)]
pub struct Staged {
    /// When, in milliseconds.
    pub at_ms: Value,
    /// Again after this many milliseconds …
    #[serde(default)]
    pub again_ms: Option<Value>,
    /// … this many times in all.
    #[serde(default)]
    pub times: Option<Value>,
    /// Only if this has been drawn so: both are equal.
    #[serde(default)]
    pub only: Option<(Value, Value)>,
    /// The command.
    #[serde(flatten)]
    pub command: Table,
}

/// The right diagnosis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// Components, each of which is right.
    pub components: Vec<Value>,
    /// Events, each of which proves it.
    pub evidence: Vec<Table>,
}

/// What has to hold for an incident to be over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Only if this has been drawn so: both are equal.
    #[serde(default)]
    pub only: Option<(Value, Value)>,
    /// A meter of the world …
    #[serde(default)]
    pub meter: Option<String>,
    /// … is at least this,
    #[serde(default)]
    pub at_least: Option<Value>,
    /// at most this,
    #[serde(default)]
    pub at_most: Option<Value>,
    /// or this much more than before the first fault.
    #[serde(default)]
    pub more_by: Option<Value>,
    /// An event has happened since the first fault.
    #[serde(default)]
    pub event: Option<Table>,
    /// This many requests of a kind (`searches`, `writes`) in a row were answered.
    #[serde(default)]
    pub answered: Option<String>,
    /// How many.
    #[serde(default)]
    pub times: Option<Value>,
    /// There are rows of the board like this one: `at_least`, or one.
    #[serde(default)]
    pub rows: Option<Table>,
}

/// A step of a runbook: exactly one of `see`, `find`, `give`, `run_s` and `component` says what it does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Wait until the log has such an event; the last one counts, or the first.
    #[serde(default)]
    pub see: Option<Table>,
    /// The first one in the log instead of the last.
    #[serde(default)]
    pub first: bool,
    /// Wait until the board has such rows.
    #[serde(default)]
    pub find: Option<Table>,
    /// How long to wait at most, in seconds; a minute if it is left out.
    #[serde(default)]
    pub at_most_s: Option<u64>,
    /// The name for the event's number in the log, or the rows' numbers.
    #[serde(default, rename = "as")]
    pub name: Option<String>,
    /// Names for fields of the event or of the first row.
    #[serde(default)]
    pub take: Table,
    /// The row with the largest, or the smallest, value of this field alone.
    #[serde(default)]
    pub largest: Option<String>,
    /// See `largest`.
    #[serde(default)]
    pub smallest: Option<String>,
    /// Go on without, if there is none.
    #[serde(default)]
    pub perhaps: bool,
    /// Give a command; one for each number of a list. Without numbers, none.
    #[serde(default)]
    pub give: Option<Table>,
    /// Only if this name has been given.
    #[serde(default, rename = "if")]
    pub known: Option<String>,
    /// Only if this name has not been given.
    #[serde(default)]
    pub unless: Option<String>,
    /// Let time pass, in seconds.
    #[serde(default)]
    pub run_s: Option<u64>,
    /// Name the component, and …
    #[serde(default)]
    pub component: Option<Value>,
    /// … the event that proves it, by its number in the log.
    #[serde(default)]
    pub evidence: Option<Value>,
}

/// A runbook that must not pass.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// What it misses: `time`, `loss`, `harm`, `diagnosis`.
    pub lacks: String,
    /// Its steps.
    pub steps: Vec<Step>,
}
