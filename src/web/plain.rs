//! Rust values as plain JavaScript objects; `read` goes the way back.
//!
//! Promises: objects, arrays, strings, booleans and numbers only — no `Map`, no `BigInt` — so that what is
//! sent to a page reads like JSON; a whole number beyond 2^53 − 1 arrives rounded ([`Rounded`]), so that no number keeps a
//! message from being sent. Leaves out: reading them back.

use serde::Serialize;
use wasm_bindgen::JsValue;

use super::rounded::Rounded;

/// The value as a plain object.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, String> {
    value.serialize(Rounded(&serde_wasm_bindgen::Serializer::json_compatible())).map_err(words)
}

/// What the error says, without JavaScript's own word before it.
fn words(error: serde_wasm_bindgen::Error) -> String {
    error.to_string().trim_start_matches("Error: ").to_owned()
}
