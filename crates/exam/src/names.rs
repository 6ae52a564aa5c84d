//! Values by name, and what stands for them in a file: `"$victim"`, `"pod:$victim"`.
//!
//! Guarantees: a name that is not known is an error that says so. Leaves out: where values come from.

use serde_json::Value;
use std::collections::BTreeMap;

use super::incident::Table;

/// Values by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names(BTreeMap<String, Value>);

/// Whether a letter may be part of a name.
fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

impl Names {
    /// Gives a value a name.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A value of a file with the values of its names. Text around a name of a list makes a list of texts.
    pub fn fill(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(list) => list.iter().map(|item| self.fill(item)).collect(),
            Value::Object(fields) => Ok(Value::Object(self.table(fields)?)),
            other => Ok(other.clone()),
        }
    }

    /// The same of a table.
    pub fn table(&self, table: &Table) -> Result<Table, String> {
        table.iter().map(|(name, value)| Ok((name.clone(), self.fill(value)?))).collect()
    }

    /// A whole number.
    pub fn number(&self, value: &Value) -> Result<u64, String> {
        let filled = self.fill(value)?;
        filled.as_u64().ok_or_else(|| format!("{value} is no whole number, but {filled}"))
    }

    fn text(&self, text: &str) -> Result<Value, String> {
        let Some((before, rest)) = text.split_once('$') else { return Ok(text.into()) };
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let value = self.get(name).ok_or_else(|| format!("{text}: nothing is called {name}"))?;
        if before.is_empty() && after.is_empty() {
            return Ok(value.clone());
        }
        let joined = |value: &Value| match value {
            Value::String(inner) => self.text(&format!("{before}{inner}{after}")),
            other => self.text(&format!("{before}{other}{after}")),
        };
        match value {
            Value::Array(list) => list.iter().map(joined).collect(),
            one => joined(one),
        }
    }
}

/// One table for each value of the first field that is a list of numbers; none if that list is empty.
pub(super) fn each(table: Table) -> Vec<Table> {
    // These fields are lists by themselves.
    let is_list = |name: &str, value: &Value| {
        !matches!(name, "side" | "but" | "fields" | "data" | "changes")
            && value.as_array().is_some_and(|list| list.iter().all(Value::is_u64))
    };
    let Some(name) = table.iter().find(|(name, value)| is_list(name, value)).map(|(name, _)| name.clone())
    else {
        return vec![table];
    };
    let list = table.get(&name).and_then(Value::as_array).cloned().unwrap_or_default();
    let with = |value: Value| {
        let mut one = table.clone();
        one.insert(name.clone(), value);
        one
    };
    list.into_iter().flat_map(|value| each(with(value))).collect()
}

/// Whether a table has the fields that a pattern asks for. A list in the pattern allows each of its values; a table
/// bounds a number (`at_least`, `at_most`) or excludes a value (`not`).
pub(super) fn fits(pattern: &Table, table: &Table) -> bool {
    pattern.iter().all(|(name, want)| {
        let have = table.get(name).unwrap_or(&Value::Null);
        match want {
            Value::Array(list) if !have.is_array() => list.contains(have),
            Value::Object(bounds) => bounds.iter().all(|(word, bound)| match word.as_str() {
                "at_least" => have.as_f64() >= bound.as_f64() && have.is_number(),
                "at_most" => have.as_f64() <= bound.as_f64() && have.is_number(),
                "not" => have != bound,
                _ => false,
            }),
            _ => have == want,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_filled_in_and_lists_make_several() {
        let mut names = Names::default();
        names.set("pods", json!([3, 5]));
        names.set("one", json!(7));
        let fill = |value: Value| names.fill(&value);
        assert_eq!(fill(json!("$one")), Ok(json!(7)));
        assert_eq!(fill(json!("pod:$pods")), Ok(json!(["pod:3", "pod:5"])));
        assert_eq!(fill(json!({ "a": ["$one", "x"] })), Ok(json!({ "a": [7, "x"] })));
        assert!(fill(json!("$two")).is_err_and(|why| why.contains("two")));
        let table = |value: Value| value.as_object().cloned().unwrap_or_default();
        let made = each(table(json!({ "op": "kill", "node": [3, 5] })));
        assert_eq!(made.iter().map(|one| one["node"].clone()).collect::<Vec<_>>(), [3, 5]);
        assert!(each(table(json!({ "op": "kill", "node": [] }))).is_empty());
        let have = table(json!({ "kind": "exited", "node": 4, "us": 9 }));
        for (pattern, right) in [
            (json!({ "kind": "exited" }), true),
            (json!({ "node": [3, 4] }), true),
            (json!({ "node": 3 }), false),
            (json!({ "us": { "at_least": 9, "at_most": 10 } }), true),
            (json!({ "us": { "at_least": 10 } }), false),
            (json!({ "kind": { "not": "exited" } }), false),
            (json!({ "absent": { "at_least": 0 } }), false),
        ] {
            assert_eq!(fits(&table(pattern.clone()), &have), right, "{pattern}");
        }
    }
}
