//! Words of the exam: components, the state of things, what events say, refusals.
//!
//! Guarantees: a component of any kind has a name; fields and words are called by their names, and numbers have units;
//! what no catalogue names is shown as programs write it. Leaves out: which messages name them (`quorum_exam::words`).

use crate::ui::format::{bytes, span};
use quorum_exam::board::{Entry, Row};
use quorum_exam::words::{Unit, choice_keys, field_key, of_event, of_row, unit, word_keys};
use quorum_i18n::{Lang, damage, grouped, refused, say_known};
use quorum_types::Refusal;
use serde_json::Value;

/// The name of a component such as `pod:7`, with what the board knows of it.
pub(super) fn component(lang: Lang, component: &str, rows: &[Row]) -> String {
    let (kind, number) = component.split_once(':').unwrap_or((component, ""));
    let row = rows.iter().find(|row| row.kind == kind && row.number.to_string() == number);
    let name = lang.f(&format!("ex-k-{kind}"), &[("n", number.into())]);
    let of_kind = |row: &Row| {
        let ordinal = row.fields.get("ordinal").and_then(Value::as_u64)?;
        let component = row.fields.get("component").and_then(Value::as_str)?;
        let kind = word(lang, "component", component);
        let args = [("name", name.as_str().into()), ("kind", kind.into()), ("n", ordinal.into())];
        Some(lang.f("ex-of-kind", &args))
    };
    row.and_then(of_kind).unwrap_or(name)
}

/// The first of these messages that there is.
fn first_known(lang: Lang, keys: &[String]) -> Option<String> {
    keys.iter().find_map(|key| say_known(lang, key, &[]))
}

/// A word in a field.
fn word(lang: Lang, field: &str, text: &str) -> String {
    first_known(lang, &word_keys(field, text)).unwrap_or_else(|| text.to_owned())
}

/// A word that a tool is given: a step of a runbook, or a runbook.
pub(super) fn choice(lang: Lang, text: &str) -> String {
    first_known(lang, &choice_keys(text)).unwrap_or_else(|| text.to_owned())
}

/// A number in its unit.
fn number(lang: Lang, unit: Unit, n: u64) -> String {
    match unit {
        Unit::None => grouped(n),
        Unit::Us => span(n),
        Unit::Ms => span(n.saturating_mul(1_000)),
        Unit::S => span(n.saturating_mul(1_000_000)),
        Unit::Bytes => bytes(lang, n),
        Unit::Mb => format!("{} MB", grouped(n)),
        Unit::KbPerS => format!("{} kB/s", grouped(n)),
    }
}

fn value(lang: Lang, field: &str, value: &Value) -> String {
    match value {
        Value::Bool(yes) => lang.t(if *yes { "ex-yes" } else { "ex-no" }),
        Value::String(text) => word(lang, field, text),
        Value::Array(list) => {
            let all: Vec<String> = list.iter().map(|one| self::value(lang, field, one)).collect();
            all.join(", ")
        }
        other => match other.as_u64() {
            // No place at all.
            Some(n) if n == u64::from(u32::MAX) => "—".to_owned(),
            Some(n) => number(lang, unit(field), n),
            None => other.to_string(),
        },
    }
}

fn pairs<'a>(
    lang: Lang,
    fields: impl Iterator<Item = (&'a str, &'a Value)>,
    value: impl Fn(&str, &Value) -> String,
) -> String {
    let pair = |(field, is): (&str, &Value)| {
        let name = say_known(lang, &field_key(field), &[]).unwrap_or_else(|| field.to_owned());
        lang.f("ex-pair", &[("name", name.into()), ("value", value(field, is).into())])
    };
    fields.map(pair).collect::<Vec<_>>().join(" · ")
}

/// The state of a thing, without what its name says.
pub(super) fn state(lang: Lang, row: &Row) -> String {
    pairs(lang, of_row(&row.fields), |field, is| value(lang, field, is))
}

/// What else an event says.
pub(super) fn details(lang: Lang, entry: &Entry) -> String {
    pairs(lang, of_event(&entry.fields), |field, is| match is {
        Value::String(why) if field == "why" && entry.kind == "wal_corrupt" => damage(lang, why),
        is => value(lang, field, is),
    })
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
