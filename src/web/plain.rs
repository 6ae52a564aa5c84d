//! Rust values as plain JavaScript objects, for scripts and for the browser's store.
//!
//! Promises: objects, arrays, strings, booleans and numbers only — no `Map`, no `BigInt` — so that what scripts get reads like
//! JSON; a whole number beyond 2^53 − 1 arrives as the nearest number that JavaScript has, so that none keeps a value from
//! being passed on. Leaves out: reading them back (`given`), and messages between page and worker (`wire`).

use js_sys::{Array, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::JsValue;

use quorum_wire::Value;

/// The value as a plain object.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, String> {
    quorum_wire::to_value(value).map(|value| plain(&value))
}

#[expect(clippy::cast_precision_loss, reason = "a number that is too large is rounded, as promised")]
fn plain(value: &Value) -> JsValue {
    match value {
        Value::Bool(yes) => (*yes).into(),
        Value::Integer(number) => (i128::from(*number) as f64).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.into(),
        Value::Array(list) => list.iter().map(plain).collect::<Array>().into(),
        Value::Map(fields) => {
            let object = Object::new();
            for (name, value) in fields {
                // A plain object takes what it is given.
                drop(Reflect::set(&object, &plain(name), &plain(value)));
            }
            object.into()
        }
        // No type that is passed on makes bytes or tags.
        _ => JsValue::NULL,
    }
}
