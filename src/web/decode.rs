//! Reads the messages between page and worker from the plain objects that they are sent as.
//!
//! Promises: reads exactly what `serde` writes for [`ToPage`] and [`ToWorker`]. Leaves out: tolerance; page
//! and worker are the same program. How it is read, and why by hand, is told in `read` and `tagged`.

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};

use super::read::{Faults, Read, Unread};
use super::wire::{Pace, ToPage, ToWorker};

/// Reads a message to the worker.
pub fn to_worker(value: &JsValue) -> Result<ToWorker, Unread> {
    let mut faults = Faults::default();
    let f = &mut faults;
    let tag: String = f.field(value, "to_worker");
    let message = match tag.as_str() {
        "open" => ToWorker::Open {
            config: f.field(value, "config"),
            database: f.field(value, "database"),
            speed: f.field(value, "speed"),
            receipts_rows: f.field(value, "receipts_rows"),
            outstanding_rows: f.field(value, "outstanding_rows"),
            take_over: f.field(value, "take_over"),
            erase: f.field(value, "erase"),
            run: f.field(value, "run"),
            restore: Some(f.raw(value, "bytes")).filter(|bytes| bytes.has_type::<Uint8Array>()),
        },
        "do" => ToWorker::Do { ticket: f.field(value, "ticket"), command: f.field(value, "command") },
        "pace" => ToWorker::Pace(Pace::read(value, f)),
        "words" => ToWorker::Words { lang: f.field(value, "lang"), packed: f.field(value, "packed") },
        "lesson" => ToWorker::Lesson { text: f.field(value, "text") },
        "language" => ToWorker::Language { lang: f.field(value, "lang") },
        "let_go" => ToWorker::LetGo,
        "backup" => ToWorker::Backup { ticket: f.field(value, "ticket") },
        "check" => ToWorker::Check { ticket: f.field(value, "ticket"), bytes: bytes(value, f) },
        "measure" => ToWorker::Measure {
            what: f.field(value, "what"),
            sizes: f.field(value, "sizes"),
            of: f.field(value, "of"),
        },
        "hunt" => ToWorker::Hunt {
            rule: f.field(value, "rule"),
            first: f.field(value, "first"),
            seeds: f.field(value, "seeds"),
            events: f.field(value, "events"),
        },
        "stop_hunt" => ToWorker::StopHunt,
        "drill" => ToWorker::Drill(Read::read(value, f)),
        "stop_drill" => ToWorker::StopDrill,
        "write_drill" => ToWorker::WriteDrill {
            ticket: f.field(value, "ticket"),
            form: f.field(value, "form"),
            lang: f.field(value, "lang"),
            words: f.field(value, "words"),
        },
        "stop_measuring" => ToWorker::StopMeasuring,
        "ping" => ToWorker::Ping,
        "bench" => ToWorker::Bench { rows: f.field(value, "rows"), rounds: f.field(value, "rounds") },
        _ => return Err(Unread::UnknownTag(tag)),
    };
    faults.end(message)
}

/// The bytes that travel beside a message.
fn bytes(value: &JsValue, faults: &mut Faults) -> JsValue {
    let bytes = faults.raw(value, "bytes");
    if !bytes.has_type::<Uint8Array>() {
        faults.note(Unread::Field("bytes: no bytes".to_owned()));
    }
    bytes
}

/// Reads a message to the page.
pub fn to_page(value: &JsValue) -> Result<ToPage, Unread> {
    let mut faults = Faults::default();
    let f = &mut faults;
    let tag: String = f.field(value, "to_page");
    let message = match tag.as_str() {
        "ready" => ToPage::Ready,
        "alive" => ToPage::Alive,
        "host" => ToPage::Host(Read::read(value, f)),
        "moment" => ToPage::Moment(Box::new(Read::read(value, f))),
        "happened" => {
            ToPage::Happened { events: f.field(value, "events"), skipped: f.field(value, "skipped") }
        }
        "answered" => ToPage::Answered { ticket: f.field(value, "ticket"), answer: f.field(value, "answer") },
        "panicked" => ToPage::Panicked { message: f.field(value, "message") },
        "backed_up" => ToPage::BackedUp { ticket: f.field(value, "ticket"), bytes: bytes(value, f) },
        "measured" => ToPage::Measured(Read::read(value, f)),
        "hunt" => ToPage::Hunt(Read::read(value, f)),
        "drill" => ToPage::Drill(Box::new(Read::read(value, f))),
        "drill_text" => ToPage::DrillText { ticket: f.field(value, "ticket"), text: f.field(value, "text") },
        "benched" => ToPage::Benched { report: f.raw(value, "report") },
        _ => return Err(Unread::UnknownTag(tag)),
    };
    faults.end(message)
}
