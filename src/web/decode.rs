//! Reads the messages between page and worker from the plain objects that they are sent as.
//!
//! Promises: reads exactly what `serde` writes for [`ToPage`] and [`ToWorker`]. Leaves out: tolerance; page
//! and worker are the same program. How tagged enums are read, and why by hand, is told in `tagged`.

use wasm_bindgen::JsValue;

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
        },
        "do" => ToWorker::Do {
            ticket: field(value, "ticket")?,
            command: tagged::command(&raw(value, "command")?)?,
        },
        "pace" => ToWorker::Pace(tagged::pace(value)?),
        "language" => ToWorker::Language { lang: field(value, "lang")? },
        "let_go" => ToWorker::LetGo,
        "bench" => ToWorker::Bench { rows: field(value, "rows")?, rounds: field(value, "rounds")? },
        _ => return Err(Unread::UnknownTag(tag)),
    })
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
        "benched" => ToPage::Benched { report: field(value, "report")? },
        _ => return Err(Unread::UnknownTag(tag)),
    })
}
