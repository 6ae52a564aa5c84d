//! Reads the messages between page and worker from the plain objects that they are sent as.
//!
//! Promises: reads exactly what `serde` writes for [`ToPage`] and [`ToWorker`]. Leaves out: tolerance; page
//! and worker are the same program. How tagged enums are read, and why by hand, is told in `tagged`.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};

use super::plain::from_js;
use super::tagged::{self, Unread, field, raw};
use super::wire::{ToPage, ToWorker};

/// Reads a message to the worker.
pub fn to_worker(value: &JsValue) -> Result<ToWorker, Unread> {
    let tag: String = field(value, "to_worker")?;
    Ok(match tag.as_str() {
        "open" => ToWorker::Open {
            config: field(value, "config")?,
            database: field(value, "database")?,
            speed: field(value, "speed")?,
            receipts_rows: field(value, "receipts_rows")?,
            outstanding_rows: field(value, "outstanding_rows")?,
            take_over: field(value, "take_over")?,
            erase: field(value, "erase")?,
            restore: bytes(value).ok(),
        },
        "do" => ToWorker::Do {
            ticket: field(value, "ticket")?,
            command: tagged::command(&raw(value, "command")?)?,
        },
        "pace" => ToWorker::Pace(tagged::pace(value)?),
        "words" => ToWorker::Words { lang: field(value, "lang")?, packed: field(value, "packed")? },
        "language" => ToWorker::Language { lang: field(value, "lang")? },
        "let_go" => ToWorker::LetGo,
        "backup" => ToWorker::Backup { ticket: field(value, "ticket")? },
        "check" => ToWorker::Check { ticket: field(value, "ticket")?, bytes: bytes(value)? },
        "measure" => ToWorker::Measure {
            what: field(value, "what")?,
            sizes: field(value, "sizes")?,
            of: field(value, "of")?,
        },
        "stop_measuring" => ToWorker::StopMeasuring,
        "bench" => ToWorker::Bench { rows: field(value, "rows")?, rounds: field(value, "rounds")? },
        _ => return Err(Unread::UnknownTag(tag)),
    })
}

/// The bytes that travel beside a message.
fn bytes(value: &JsValue) -> Result<JsValue, Unread> {
    let bytes = raw(value, "bytes")?;
    if bytes.has_type::<Uint8Array>() { Ok(bytes) } else { Err(Unread::Field("bytes: no bytes".to_owned())) }
}

/// Reads a message to the page.
pub fn to_page(value: &JsValue) -> Result<ToPage, Unread> {
    let tag: String = field(value, "to_page")?;
    Ok(match tag.as_str() {
        "ready" => ToPage::Ready,
        "host" => ToPage::Host(tagged::host_facts(value)?),
        "moment" => ToPage::Moment(from_js(value).map_err(Unread::Field)?),
        "happened" => ToPage::Happened {
            events: tagged::events(&raw(value, "events")?)?,
            skipped: field(value, "skipped")?,
        },
        "answered" => ToPage::Answered {
            ticket: field(value, "ticket")?,
            answer: tagged::answer(&raw(value, "answer")?)?,
        },
        "panicked" => ToPage::Panicked { message: field(value, "message")? },
        "backed_up" => ToPage::BackedUp { ticket: field(value, "ticket")?, bytes: bytes(value)? },
        "measured" => ToPage::Measured(from_js(value).map_err(Unread::Field)?),
        "benched" => ToPage::Benched { report: raw(value, "report")? },
        _ => return Err(Unread::UnknownTag(tag)),
    })
}
