//! What the board and the log say, for people: which messages name a field and a word, and in what unit a value is.
//!
//! Guarantees: every field and every word that the board or the log of the bank shows has a message in both catalogues
//! (a test plays the bank); a field's unit follows from its name alone. Leaves out: the sentences (the catalogues:
//! `ex-f-…`, `ex-w-…` and those that the worlds' own views use), and the format of numbers (the page).

use serde_json::Value;

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// None: a count, a number of something, a place in a log.
    None,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Bytes.
    Bytes,
    /// Megabytes.
    Mb,
    /// Kilobytes a second.
    KbPerS,
}

/// The unit of a field's number.
pub fn unit(field: &str) -> Unit {
    match field {
        "kb_s" => Unit::KbPerS,
        "mb" => Unit::Mb,
        _ if field == "bytes" || field.ends_with("_bytes") => Unit::Bytes,
        _ if field.ends_with("_us") => Unit::Us,
        _ if field.ends_with("_ms") => Unit::Ms,
        _ if field.ends_with("_s") => Unit::S,
        _ => Unit::None,
    }
}

/// The message that names a field.
pub fn field_key(field: &str) -> String {
    format!("ex-f-{field}")
}

/// Messages that name a word in a field: the first one that there is.
pub fn word_keys(field: &str, word: &str) -> Vec<String> {
    let kebab = word.replace(['_', ' '], "-");
    let mut keys = Vec::new();
    match field {
        "component" | "role" => keys.push(format!("mc-kind-{word}")),
        "word" => keys.push(format!("rg-step-{kebab}")),
        "last_failure" => keys.push(format!("mc-fail-{word}")),
        "why" => {
            keys.extend([format!("rg-why-{kebab}"), format!("mc-why-{kebab}"), format!("mc-fail-{word}")]);
        }
        "alert" => keys.push(format!("rg-alert-{kebab}")),
        "channels" => keys.push(format!("rg-channel-{kebab}")),
        "order" => keys.push(format!("co-op-{word}")),
        _ => {}
    }
    keys.push(format!("ex-w-{kebab}"));
    keys
}

/// Messages that name a word that a tool is given: a step of a runbook, or a runbook.
pub fn choice_keys(word: &str) -> [String; 2] {
    let kebab = word.replace(' ', "-");
    [format!("rg-step-{kebab}"), format!("rg-book-{kebab}")]
}

/// Fields that say what a row or an event is; their place shows them.
const NAMED: [&str; 7] = ["kind", "number", "component", "ordinal", "t_us", "t_s", "node"];

/// The fields of a row that have something to say, in the order of their names.
pub fn of_row(fields: &super::incident::Table) -> impl Iterator<Item = (&str, &Value)> {
    told(fields).filter(|(name, _)| !NAMED.contains(name))
}

/// The fields of an event that have something to say, in the order of their names.
pub fn of_event(fields: &super::incident::Table) -> impl Iterator<Item = (&str, &Value)> {
    told(fields).filter(|(name, _)| *name == "component" || !NAMED.contains(name))
}

fn told(fields: &super::incident::Table) -> impl Iterator<Item = (&str, &Value)> {
    fields.iter().map(|(name, value)| (name.as_str(), value)).filter(|(_, value)| !is_empty(value))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}
