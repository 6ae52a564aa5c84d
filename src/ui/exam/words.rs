//! Words of the exam: components, the state of things, refusals.
//!
//! Guarantees: a component of any kind has a name. Leaves out: the board's and the log's own values, which are shown as
//! programs write them.

use quorum_exam::board::Row;
use quorum_i18n::{Lang, refused};
use quorum_types::Refusal;
use serde_json::Value;

/// The name of a component such as `pod:7`, with what the board knows of it.
pub(super) fn component(lang: Lang, component: &str, rows: &[Row]) -> String {
    let (kind, number) = component.split_once(':').unwrap_or((component, ""));
    let row = rows.iter().find(|row| row.kind == kind && row.number.to_string() == number);
    let name = lang.f(&format!("ex-k-{kind}"), &[("n", number.into())]);
    let word = |row: &Row| {
        let ordinal = row.fields.get("ordinal").and_then(Value::as_u64)?;
        let component = row.fields.get("component").and_then(Value::as_str)?;
        Some(format!("{name} ({component}-{ordinal})"))
    };
    row.and_then(word).unwrap_or(name)
}

/// The state of a thing as `name=value`, without what its name says.
pub(super) fn state(row: &Row) -> String {
    let shown = row.fields.iter().filter(|(name, value)| {
        !matches!(name.as_str(), "kind" | "number" | "component" | "ordinal") && !value.is_null()
    });
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    shown.map(pair).collect::<Vec<_>>().join("  ")
}

/// What else an event says, as `name=value`.
pub(super) fn details(fields: &serde_json::Map<String, Value>) -> String {
    let shown = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "t_us" | "t_s" | "node" | "kind"));
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    shown.map(pair).collect::<Vec<_>>().join("  ")
}

/// A refusal for a reader.
pub(super) fn refusal(lang: Lang, refusal: &Refusal) -> String {
    let own = match refusal.code.as_str() {
        "not_in_exam" => "ex-err-not-in-exam",
        "exam_over" => "ex-err-exam-over",
        "no_target" => "ex-err-no-target",
        "no_such_event" => "ex-err-no-such-event",
        code => return refused(lang, code, &refusal.error),
    };
    lang.t(own)
}
