//! Reads the messages between page and worker from the plain objects that they are sent as.
//!
//! Promises: reads exactly what `serde` writes for [`ToPage`] and [`ToWorker`]. It looks at the tag first and
//! then reads the right type straight from the object, where a derived reader of tagged enums would buffer
//! every value and be compiled a second time for the buffer: a sixth of the whole program. Leaves out:
//! tolerance; page and worker are the same program.

use js_sys::Reflect;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

use super::plain::from_js;
use super::wire::{ToPage, ToWorker};

/// Reads a message to the worker.
pub fn to_worker(value: &JsValue) -> Result<ToWorker, String> {
    Ok(match tag(value, "to_worker")?.as_str() {
        "open" => ToWorker::Open {
            config: field(value, "config")?,
            database: field(value, "database")?,
            speed: field(value, "speed")?,
            receipts_rows: field(value, "receipts_rows")?,
            take_over: field(value, "take_over")?,
            erase: field(value, "erase")?,
        },
        "do" => ToWorker::Do { ticket: field(value, "ticket")?, command: field(value, "command")? },
        "pace" => ToWorker::Pace(from_js(value)?),
        "language" => ToWorker::Language { lang: field(value, "lang")? },
        "let_go" => ToWorker::LetGo,
        "bench" => ToWorker::Bench { rows: field(value, "rows")?, rounds: field(value, "rounds")? },
        other => return Err(format!("unknown message {other}")),
    })
}

/// Reads a message to the page.
pub fn to_page(value: &JsValue) -> Result<ToPage, String> {
    Ok(match tag(value, "to_page")?.as_str() {
        "ready" => ToPage::Ready,
        "host" => ToPage::Host(from_js(value)?),
        "moment" => ToPage::Moment(from_js(value)?),
        "happened" => ToPage::Happened { events: field(value, "events")?, skipped: field(value, "skipped")? },
        "answered" => ToPage::Answered { ticket: field(value, "ticket")?, answer: field(value, "answer")? },
        "panicked" => ToPage::Panicked { message: field(value, "message")? },
        "benched" => ToPage::Benched { report: field(value, "report")? },
        other => return Err(format!("unknown message {other}")),
    })
}

fn tag(value: &JsValue, name: &str) -> Result<String, String> {
    field(value, name)
}

fn field<T: DeserializeOwned>(value: &JsValue, name: &str) -> Result<T, String> {
    let found =
        Reflect::get(value, &JsValue::from_str(name)).map_err(|_| format!("no object with {name}"))?;
    from_js(&found)
}
