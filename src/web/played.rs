//! What lessons need of the browser: their facts from plain objects, and commands from the tables that they are written as.
//!
//! A lesson's command is turned into the object that a script would give to `quorumLab.do`, and read like one, so a command is
//! read in one place. Promises: as [`super::read`]. Leaves out: what is done with it (`lab::play`).

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use super::read::{objects, read};
use crate::lab::Command;
use crate::lab::snapshot::{LackFacts, StepFacts};
use crate::lesson::tree::{Node, Value};
use crate::types::decimal;

objects! {
    StepFacts { id, kind, done, chosen, settled, came, right }
    LackFacts { word, name, node, field, test, have, want, want_text }
}

/// Reads a command from its table.
pub fn command(table: &Node) -> Result<Command, String> {
    read(&object(table)).map_err(|fault| fault.to_string())
}

fn object(node: &Node) -> JsValue {
    match &node.value {
        Value::Table(fields) => {
            let object = Object::new();
            for (name, value) in fields {
                // A fresh object takes any field.
                let _ = Reflect::set(&object, &name.as_str().into(), &self::object(value));
            }
            object.into()
        }
        Value::List(list) => list.iter().map(object).collect::<Array>().into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bool(yes) => (*yes).into(),
        Value::Integer(digits) | Value::Float(digits) => {
            decimal::parse(digits).map_or(JsValue::UNDEFINED, JsValue::from_f64)
        }
    }
}
