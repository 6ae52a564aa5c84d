//! Checks every command against the bounds of the façade (`bounds`).
//!
//! A number beyond 2^53 cannot be sent to a page, a span of a hundred years never ends, and a list of a thousand
//! million entries does not fit into memory. So every command is checked before it is executed, from every source: a
//! page, a lesson, a schedule, the command line. Guarantees: no accepted command makes a time or length of the façade
//! exceed [`MOST_EXACT`]; an error names the field, its value and the limit, with the code `out_of_range` for numbers
//! and `too_large` for sizes. Leaves out: limits specific to one world (nodes, settings, rows of a generated insert),
//! which that world checks itself.

pub use super::bounds::*;
use super::change::Change;
use super::command::{Command, Control, EngineCommand, MilvusAction};
use super::run::StoredRun;
use super::swarm::Replay;
use super::values::InsertRows;
use quorum_engine::Value;
use quorum_sim::action::Action;
use quorum_types::{Micros, Refusal};

/// Rejects a command with a time or an amount beyond the limits.
pub fn command(command: &Command, now: Micros) -> Result<(), Refusal> {
    match command {
        Command::Control(command) => control(command, now),
        Command::Engine(command) => engine(command),
        Command::Cluster(action) => self::action(action, now),
        Command::Milvus(MilvusAction::SlowDisk { ms, .. } | MilvusAction::ObjectStore { ms, .. }) => {
            span("ms, in microseconds,", ms.saturating_mul(1_000), now)
        }
        Command::Milvus(MilvusAction::Clock { drift_ppm, jump_us, period_us, .. }) => {
            clock(*drift_ppm, *jump_us, *period_us, now)
        }
        Command::Milvus(MilvusAction::Partition { side, but }) => {
            size("side", side.len(), MOST_LISTED)?;
            size("but", but.len(), MOST_LISTED)
        }
        // Texts and numbers of the others are checked against their bounds when they are parsed.
        Command::Milvus(_) | Command::Region(_) => Ok(()),
    }
}

fn control(command: &Control, now: Micros) -> Result<(), Refusal> {
    match command {
        Control::Run { us } => span("us", *us, now),
        Control::StopRun => Ok(()),
        Control::RunUntil { most_us, .. } => span("most_us", *most_us, now),
        Control::Seek { t_us } => number("t_us", *t_us, MOST_TIME_US.min(now.saturating_add(MOST_SPAN_US))),
        Control::Line { t_us, .. } | Control::Compare { t_us, .. } => {
            let most = MOST_TIME_US.min(now.saturating_add(MOST_SPAN_US));
            number("t_us", t_us.unwrap_or_default(), most)
        }
        Control::Set { name, value } => {
            names(&[("name", name)])?;
            number("value", *value, MOST_EXACT)
        }
        Control::Act { name } => names(&[("name", name)]),
        Control::Predict { step, choose } | Control::Explain { step, choose } => {
            names(&[("step", step), ("choose", choose)])
        }
        Control::Read { step } => names(&[("step", step)]),
        Control::ShowMe { step } => names(&[("step", step.as_deref().unwrap_or_default())]),
        Control::Diagnose { component, kind, t_us, .. } => {
            names(&[("component", component), ("kind", kind)])?;
            number("t_us", *t_us, MOST_TIME_US)
        }
        Control::Why { kind, t_us, .. } => {
            names(&[("kind", kind.as_deref().unwrap_or_default())])?;
            number("t_us", t_us.unwrap_or_default(), MOST_TIME_US)
        }
        Control::WhatIf { change: Change::DelayTimer { us, .. }, .. } => span("us", *us, now),
        Control::WhatIf { .. }
        | Control::FreePlay { .. }
        | Control::Reset
        | Control::Step
        | Control::StepBack
        | Control::Undo
        | Control::Inspect { .. }
        | Control::Wal { .. } => Ok(()),
        Control::History { last, .. } => number("last", *last, MOST_OPERATIONS),
    }
}

fn engine(command: &EngineCommand) -> Result<(), Refusal> {
    match command {
        EngineCommand::Insert { collection, rows, .. } | EngineCommand::Upsert { collection, rows } => {
            names(&[("collection", collection)])?;
            match rows {
                // Each world checks the number of generated rows itself.
                InsertRows::Made(_) => Ok(()),
                InsertRows::Given(rows) => {
                    let bytes: u64 = rows.iter().flat_map(|row| &row.0).map(bytes_of).sum();
                    number("rows, in bytes,", bytes, MOST_INSERT_BYTES)
                        .map_err(|refusal| Refusal::new("too_large", refusal.error))
                }
            }
        }
        EngineCommand::Query { collection, filter, output_fields, .. } => {
            asks(collection, filter, output_fields)
        }
        EngineCommand::Delete { collection, filter } => asks(collection, filter, &[]),
        EngineCommand::Search {
            collection, field, data, metric_type, params, filter, output_fields, ..
        } => {
            asks(collection, filter, output_fields)?;
            names(&[("field", field), ("metric_type", metric_type.as_deref().unwrap_or_default())])?;
            size("params", params.len(), MOST_LISTED)?;
            size("data", data.len(), MOST_VECTORS)?;
            data.iter().try_for_each(|vector| size("a vector", vector.len(), MOST_DIM))
        }
        EngineCommand::CreateCollection { name, fields } => {
            names(&[("name", name)])?;
            size("fields", fields.len(), MOST_LISTED)?;
            fields.iter().try_for_each(|field| names(&[("name", &field.name), ("type", &field.kind)]))
        }
        EngineCommand::CreateIndex { collection, field, index_type, metric_type, params } => {
            size("params", params.len(), MOST_LISTED)?;
            let texts = [
                ("collection", collection.as_str()),
                ("field", field),
                ("index_type", index_type),
                ("metric_type", metric_type),
            ];
            names(&texts)
        }
        EngineCommand::DropCollection { collection }
        | EngineCommand::DropIndex { collection }
        | EngineCommand::Load { collection }
        | EngineCommand::Release { collection }
        | EngineCommand::Flush { collection }
        | EngineCommand::Compact { collection, .. } => names(&[("collection", collection)]),
        _ => Ok(()),
    }
}

fn asks(collection: &str, filter: &str, output_fields: &[String]) -> Result<(), Refusal> {
    names(&[("collection", collection)])?;
    size("filter", filter.len(), MOST_FILTER_BYTES)?;
    size("output_fields", output_fields.len(), MOST_LISTED)?;
    output_fields.iter().try_for_each(|field| names(&[("output_fields", field)]))
}

/// The approximate size of a value in a request, in bytes.
fn bytes_of((name, value): &(String, Value)) -> u64 {
    let bytes = match value {
        Value::Text(text) => text.len(),
        Value::Vector(vector) => 4 * vector.len(),
        _ => 8,
    };
    (name.len() + bytes) as u64
}

/// Rejects an action that reaches too far into the future.
pub fn action(action: &Action, now: Micros) -> Result<(), Refusal> {
    match action {
        Action::CrashLoop { every_us, .. } => span("every_us", *every_us, now),
        Action::Clog { us, .. } => span("us", *us, now),
        Action::Clock { drift_ppm, jump_us, period_us, .. } => clock(*drift_ppm, *jump_us, *period_us, now),
        Action::Partition { side } => size("side", side.len(), MOST_LISTED),
        Action::Conf { changes, .. } => size("changes", changes.len(), MOST_LISTED),
        _ => Ok(()),
    }
}

/// Rejects a clock that is too fast, or changes too far ahead.
fn clock(drift_ppm: i64, jump_us: i64, period_us: Micros, now: Micros) -> Result<(), Refusal> {
    number("drift_ppm, without its sign,", drift_ppm.unsigned_abs(), MOST_DRIFT_PPM)?;
    span("jump_us, without its sign,", jump_us.unsigned_abs(), now)?;
    span("period_us", period_us, now)
}

/// Rejects a schedule with an action that is too far in the future or reaches too far.
pub fn replay(replay: &Replay) -> Result<(), Refusal> {
    size("deeds", replay.actions.len(), MOST_ACTIONS)?;
    size("settings", replay.settings.len(), MOST_LISTED)?;
    size("off", replay.off.len(), MOST_LISTED)?;
    replay.check()?;
    replay.actions.iter().try_for_each(|timed| {
        moment("t_us", timed.t_us)?;
        command(&timed.command, timed.t_us)
    })
}

/// Rejects a stored run or a backup with numbers that no run can reach, even if its checksums are right.
pub fn stored(stored: &StoredRun) -> Result<(), Refusal> {
    let stamp = &stored.stamp;
    moment("stored t_us", stamp.t_us)?;
    let counted = [stored.receipts_rows, stored.outstanding_rows, Some(stamp.next_op)];
    let lsns = stamp.durable_lsns.iter().map(|(_, lsn)| *lsn);
    let ops = stamp.acknowledged_ops.iter().map(|(_, last)| *last);
    counted.into_iter().flatten().chain(lsns).chain(ops).try_for_each(|count| {
        // Counting on from here stays exact as well.
        number("a stored count", count, MOST_EXACT / 2)
    })
}
