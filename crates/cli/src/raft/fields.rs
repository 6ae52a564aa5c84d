//! Reads the fields of a line, and writes answers.
//!
//! Guarantees: a field that is missing or has the wrong type is rejected with its name; answers keep the order of their
//! fields. Leaves out: which fields exist.

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value;
use std::collections::BTreeMap;

use quorum_sim::group::MAX_NUMBER;
use quorum_types::{NodeId, Refusal};

/// A refusal of a field, which should be something else.
pub(super) fn bad(field: &str, should: &str) -> Refusal {
    Refusal::new("bad_request", format!("{field} should be {should}"))
}

/// A whole number.
pub(super) fn number(value: &Value, field: &str) -> Result<u64, Refusal> {
    value.as_u64().ok_or_else(|| bad(field, "a whole number from 0"))
}

/// A node's number.
pub(super) fn node(value: &Value, field: &str) -> Result<NodeId, Refusal> {
    let id = value.as_u64().and_then(|id| NodeId::try_from(id).ok()).filter(|id| *id > 0);
    id.ok_or_else(|| bad(field, "the number of a node, from 1"))
}

/// The fields of an object. One that is null is taken for one that is not there.
pub(super) struct Fields<'a>(&'a serde_json::Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of a value that has to be an object.
    pub(super) fn of(value: &'a Value, what: &str) -> Result<Self, Refusal> {
        value.as_object().map(Self).ok_or_else(|| bad(what, "an object"))
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A field that has to be there.
    pub(super) fn need(&self, name: &str) -> Result<&'a Value, Refusal> {
        self.get(name).ok_or_else(|| Refusal::new("bad_request", format!("{name} is missing")))
    }

    /// An object.
    pub(super) fn inner(&self, name: &str) -> Result<Fields<'a>, Refusal> {
        Fields::of(self.need(name)?, name)
    }

    /// A text.
    pub(super) fn text(&self, name: &str) -> Result<&'a str, Refusal> {
        self.need(name)?.as_str().ok_or_else(|| bad(name, "a text"))
    }

    /// A text that may be left out.
    pub(super) fn text_or(&self, name: &str, default: &'a str) -> Result<&'a str, Refusal> {
        if self.has(name) { self.text(name) } else { Ok(default) }
    }

    /// A whole number.
    pub(super) fn number(&self, name: &str) -> Result<u64, Refusal> {
        number(self.need(name)?, name)
    }

    /// A whole number that may be left out.
    pub(super) fn number_or(&self, name: &str, default: u64) -> Result<u64, Refusal> {
        if self.has(name) { self.number(name) } else { Ok(default) }
    }

    /// A whole number of at least this, that a group which lives could come near.
    pub(super) fn bounded(&self, name: &str, least: u64) -> Result<u64, Refusal> {
        let number = self.number(name)?;
        if (least..=MAX_NUMBER).contains(&number) {
            return Ok(number);
        }
        Err(bad(name, &format!("a number from {least} to {MAX_NUMBER}")))
    }

    /// True or false.
    pub(super) fn truth(&self, name: &str) -> Result<bool, Refusal> {
        self.need(name)?.as_bool().ok_or_else(|| bad(name, "true or false"))
    }

    /// True or false, may be left out.
    pub(super) fn truth_or(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        if self.has(name) { self.truth(name) } else { Ok(default) }
    }

    /// A node's number.
    pub(super) fn node(&self, name: &str) -> Result<NodeId, Refusal> {
        node(self.need(name)?, name)
    }

    /// A list; an empty one if it is left out.
    pub(super) fn list_or_empty(&self, name: &str) -> Result<&'a [Value], Refusal> {
        let Some(value) = self.get(name) else { return Ok(&[]) };
        value.as_array().map(Vec::as_slice).ok_or_else(|| bad(name, "a list"))
    }

    /// A list of nodes, if it is there.
    pub(super) fn ids_or_none(&self, name: &str) -> Result<Option<Vec<NodeId>>, Refusal> {
        if !self.has(name) {
            return Ok(None);
        }
        let ids = self.list_or_empty(name)?.iter().map(|id| node(id, name));
        ids.collect::<Result<_, _>>().map(Some)
    }

    /// An object whose names are nodes, if it is there.
    pub(super) fn per_node(&self, name: &str) -> Result<Option<BTreeMap<NodeId, &'a Value>>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let object = value.as_object().ok_or_else(|| bad(name, "an object with a node for each name"))?;
        let mut map = BTreeMap::new();
        for (id, value) in object {
            let id = id.parse().ok().filter(|id| *id > 0);
            map.insert(id.ok_or_else(|| bad(name, "an object whose names are nodes"))?, value);
        }
        Ok(Some(map))
    }
}

/// What is written out.
#[derive(Debug)]
pub(super) enum Out {
    /// True or false.
    Truth(bool),
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Out>),
    /// An object, its fields in this order.
    Object(Vec<(&'static str, Out)>),
    /// Nothing.
    Null,
}

/// An object with these fields.
pub(super) fn object(fields: impl IntoIterator<Item = (&'static str, Out)>) -> Out {
    Out::Object(fields.into_iter().collect())
}

impl Out {
    /// A list of these.
    pub(super) fn list<T: Into<Self>>(things: impl IntoIterator<Item = T>) -> Self {
        Self::List(things.into_iter().map(Into::into).collect())
    }

    /// Adds a field to an object.
    pub(super) fn push(&mut self, name: &'static str, value: Self) {
        if let Self::Object(fields) = self {
            fields.push((name, value));
        }
    }
}

impl From<bool> for Out {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<u64> for Out {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Out {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for Out {
    fn from(number: i32) -> Self {
        Self::Number(number.unsigned_abs().into())
    }
}

impl From<&str> for Out {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Out {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Serialize for Out {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => serializer.collect_seq(list),
            Self::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Self::Null => serializer.serialize_unit(),
        }
    }
}
