//! Rust values as plain JavaScript objects, for scripts and for the browser's store.
//!
//! Guarantees: what scripts get reads like JSON, because it is JSON that the browser parses: no `Map`, no `BigInt`; a
//! whole number beyond 2^53 − 1 arrives as the nearest number that JavaScript has; NaN and infinity arrive as `null`,
//! as everywhere where the lab writes JSON. Leaves out: reading them back (`given`), and messages between page and
//! worker (`wire`).

use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

/// The value as a plain object.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    JSON::parse(&text).map_err(|_| "not JSON".to_owned())
}
