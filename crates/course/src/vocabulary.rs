//! The names that a lesson's predicates may use: kinds of events and their fields.
//!
//! They come from the events' own deserializers: input that they cannot read makes them report what they expect. So the
//! list is never out of date. Guarantees: every kind, every field, and the words of a field that takes words. Leaves
//! out: metrics, which belong to the world (`facade::Lab::metrics`).

use serde_json::{Map, Value, json};

use quorum_facade::EventKind;
use quorum_facade::flat::Flat;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A whole number.
    Number,
    /// A text.
    Text,
    /// True or false.
    Bool,
    /// A list, which counts as its length.
    List,
    /// One of these words.
    Words(Vec<String>),
}

impl Holds {
    /// A field of this, as a manual says it.
    pub fn said(&self, name: &str) -> String {
        match self {
            Self::Number => name.to_owned(),
            Self::Text => format!("{name} (text)"),
            Self::Bool => format!("{name} (true or false)"),
            Self::List => format!("{name} (list)"),
            Self::Words(words) => format!("{name} ({})", words.join(" | ")),
        }
    }
}

/// All kinds of events.
pub fn kinds() -> Vec<String> {
    EventKind::words().into_iter().map(str::to_owned).collect()
}

/// The fields of a kind of event; none if there is no such kind.
pub fn fields(kind: &str) -> Option<Vec<(String, Holds)>> {
    let mut object = Map::new();
    let mut fields = Vec::new();
    // No kind has that many fields.
    for _ in 0..40 {
        let Some(fault) = fault(kind, &object) else { return Some(fields) };
        if fault.starts_with("unknown variant") {
            return None;
        }
        let field = quoted(&fault).into_iter().next()?;
        let holds = holds(kind, &mut object, &field)?;
        fields.push((field, holds));
    }
    None
}

fn fault(kind: &str, fields: &Map<String, Value>) -> Option<String> {
    EventKind::of(kind, fields.clone()).err().map(|fault| fault.to_string())
}

/// Finds what a field takes, and leaves something of the kind in the object.
fn holds(kind: &str, object: &mut Map<String, Value>, field: &str) -> Option<Holds> {
    let tries = [
        (json!(0), Holds::Number),
        (json!(true), Holds::Bool),
        (json!([]), Holds::List),
        (json!("?"), Holds::Text),
    ];
    for (value, holds) in tries {
        object.insert(field.to_owned(), value);
        match fault(kind, object) {
            None => return Some(holds),
            Some(fault) if fault.starts_with("missing field") => return Some(holds),
            Some(fault) if fault.starts_with("unknown variant `?`") => {
                let words: Vec<String> = quoted(&fault).into_iter().filter(|word| word != "?").collect();
                object.insert(field.to_owned(), json!(words.first()?));
                return Some(Holds::Words(words));
            }
            Some(_) => {}
        }
    }
    None
}

/// What stands between backquotes.
fn quoted(fault: &str) -> Vec<String> {
    fault.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_field_is_found() {
        let kinds = kinds();
        assert!(kinds.len() > 60, "{}", kinds.len());
        for kind in &kinds {
            assert!(fields(kind).is_some(), "{kind}");
        }
        assert_eq!(fields("killed"), Some(Vec::new()));
        assert_eq!(fields("rain"), None);
        let words = |words: &[&str]| Holds::Words(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(
            fields("op_end"),
            Some(vec![
                ("op".to_owned(), Holds::Number),
                ("status".to_owned(), words(&["ok", "fail", "info"])),
                ("took_us".to_owned(), Holds::Number),
            ])
        );
        let restored = fields("service_restored").expect("there is one");
        assert_eq!(restored[1], ("phases".to_owned(), Holds::List));
        assert_eq!(fields("rule_switched").expect("there is one")[1], ("on".to_owned(), Holds::Bool));
    }
}
