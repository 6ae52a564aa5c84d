//! One worker, seen from the page: how it is started, posted to, listened to and ended.
//!
//! The page has already downloaded and compiled the program; the worker receives the compiled module and the address of
//! its glue, so there is one download, one compilation, and no mix of versions. Guarantees: messages posted before the
//! worker listens are queued, in order; after the link is dropped no message is delivered; a worker that cannot be
//! fetched, is of another version, does not answer in time or ends by itself is reported once, as [`Heard::Absent`]; a
//! page that may not start a worker from its site's address starts it from a `blob:` one.
//! Leaves out: what the messages mean (`session`, `host`).

use std::{cell::RefCell, rc::Rc};

use gloo_timers::callback::Interval;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{
    Blob, BlobPropertyBag, ErrorEvent, Event, MessageEvent, Url, Worker, WorkerOptions, WorkerType,
};

use super::idb::set;
use super::wire::{Absence, ToPage, ToWorker};
use super::{lock, packed, wire};

/// The location of the worker's bootstrap script, relative to the document's base. The query prevents caches from
/// serving an earlier version of the script.
const WORKER: &str = "worker.js?2";
/// The same script, for pages without an origin: a browser starts no worker from the site's address there.
const FIRST_SCRIPT: &str = include_str!("../../www/worker.js");
/// The bootstrap version that this page needs; `www/worker.js` states its own.
const FIRST_LINES: f64 = 2.0;

/// Interval between liveness checks. Checks are counted instead of time, so that a page and a worker that slept do not
/// take each other for dead.
const LOOK_MS: u32 = 5_000;
/// A worker that has not begun to listen after this many checks (20 s) is given up.
const LOOKS_TO_START: u32 = 4;
/// A worker that listened and has not answered for this many checks (60 s) is given up. Its longest uninterrupted work,
/// a search with a million numbers, takes 11 s.
const LOOKS_TO_ANSWER: u32 = 12;

#[wasm_bindgen]
extern "C" {
    /// `import.meta` of the glue.
    type ImportMeta;

    #[wasm_bindgen(method, getter)]
    fn url(this: &ImportMeta) -> String;

    #[wasm_bindgen(thread_local_v2, js_namespace = import, js_name = meta)]
    static META: ImportMeta;
}

/// An event from a worker.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Message(Box<ToPage>),
    /// It died, with this message.
    Died(String),
    /// It is absent.
    Absent(Absence),
    /// A queued message could not be sent: the request with this ticket, or else the opening, fails.
    Unsent(Option<u64>, String),
}

/// A running worker. Ended when dropped.
pub struct Link {
    worker: Worker,
    outbox: Rc<RefCell<Outbox>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
    _looking: Interval,
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Link").field("ready", &self.outbox.borrow().ready).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Outbox {
    /// Whether the worker listens.
    ready: bool,
    waiting: Vec<ToWorker>,
    /// Whether its bootstrap script has the right version.
    greeted: bool,
    /// Checks since its last message.
    looks: u32,
    /// Whether nobody looks at the page: then nothing is checked.
    resting: bool,
    /// Whether reporting is over: the absence was reported, or the link was dropped.
    over: bool,
}

/// Reports once that there is no worker.
#[derive(Clone)]
struct Watch {
    outbox: Rc<RefCell<Outbox>>,
    hear: Rc<dyn Fn(Heard)>,
}

impl Watch {
    fn absent(&self, why: Absence) {
        if !std::mem::replace(&mut self.outbox.borrow_mut().over, true) {
            (self.hear)(Heard::Absent(why));
        }
    }

    /// Handles the greeting of the bootstrap script; false for any other message.
    fn greet(&self, message: &JsValue, alive: &str) -> bool {
        let field = |name: &str| Reflect::get(message, &JsValue::from_str(name)).unwrap_or_default();
        let Some(version) = field("first_lines").as_f64() else { return false };
        if version != FIRST_LINES {
            self.absent(Absence::Stale);
        } else if field("held").is_truthy() {
            let watch = self.clone();
            lock::when_released(alive, move || watch.absent(Absence::Ended));
        }
        self.outbox.borrow_mut().greeted = true;
        true
    }

    /// Counts a check, pings the worker, and gives it up when it has been silent for too long.
    fn look(&self, worker: &Worker) {
        let silent = {
            let mut outbox = self.outbox.borrow_mut();
            if outbox.resting {
                return;
            }
            outbox.looks += 1;
            outbox.looks > if outbox.ready { LOOKS_TO_ANSWER } else { LOOKS_TO_START - 1 }
        };
        if silent {
            self.absent(Absence::Silent);
        } else if self.outbox.borrow().ready {
            // A ping that is not sent is not answered: the next looks count as silence.
            drop(post_now(worker, &ToWorker::Ping));
        }
    }
}

impl Link {
    /// Starts a worker that runs this program. `hear` is called for each of its messages, never from within this call.
    pub fn start(hear: impl Fn(Heard) + 'static) -> Result<Self, String> {
        let (glue, module) = (JsValue::from_str(&META.with(ImportMeta::url)), wasm_bindgen::module());
        let worker = new_worker().map_err(|error| words_of(&error))?;
        let hear: Rc<dyn Fn(Heard)> = Rc::new(hear);
        let outbox = Rc::new(RefCell::new(Outbox::default()));
        let watch = Watch { outbox: outbox.clone(), hear: hear.clone() };
        let alive = lock_name();
        let on_message = {
            let (watch, worker, alive) = (watch.clone(), worker.clone(), alive.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                watch.outbox.borrow_mut().looks = 0;
                let data = event.data();
                if watch.greet(&data, &alive) {
                    return;
                }
                match wire::unpack(&data) {
                    Ok(ToPage::Alive) => {}
                    Ok(ToPage::Ready) if !watch.outbox.borrow().greeted => watch.absent(Absence::Stale),
                    Ok(message) => {
                        let unsent =
                            if message == ToPage::Ready { flush(&worker, &watch.outbox) } else { Vec::new() };
                        hear(Heard::Message(Box::new(message)));
                        unsent.into_iter().for_each(|(ticket, why)| hear(Heard::Unsent(ticket, why)));
                    }
                    Err(error) => hear(Heard::Died(error)),
                }
            })
        };
        let on_error = {
            let watch = watch.clone();
            Closure::<dyn FnMut(Event)>::new(move |event: Event| {
                event.prevent_default();
                // A script that cannot be fetched is reported by a plain event, which has no message.
                let words = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
                if watch.outbox.borrow().ready {
                    (watch.hear)(Heard::Died(words.unwrap_or_else(|| event.type_())));
                } else {
                    watch.absent(Absence::Absent);
                }
            })
        };
        let looking = {
            let worker = worker.clone();
            Interval::new(LOOK_MS, move || watch.look(&worker))
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let first = Object::new();
        set(&first, "glue", &glue);
        set(&first, "module", &module);
        set(&first, "alive", &JsValue::from_str(&alive));
        let ports = js_sys::Array::new();
        if let Some(files) = packed::files() {
            let port = files.port();
            set(&first, "files", &port);
            ports.push(&port);
        }
        worker.post_message_with_transfer(&first, &ports).map_err(|error| words_of(&error))?;
        Ok(Self { worker, outbox, _on_message: on_message, _on_error: on_error, _looking: looking })
    }

    /// Posts a message, now or when the worker listens; returns the reason where it cannot be sent.
    pub fn try_post(&self, message: ToWorker) -> Result<(), String> {
        let mut outbox = self.outbox.borrow_mut();
        if outbox.ready {
            return post_now(&self.worker, &message);
        }
        outbox.waiting.push(message);
        Ok(())
    }

    /// Lets the worker rest, or go on. One that was not told otherwise goes on.
    pub fn rest(&self, on: bool) {
        let before = {
            let mut outbox = self.outbox.borrow_mut();
            outbox.looks = 0;
            std::mem::replace(&mut outbox.resting, on)
        };
        if before != on {
            self.post(ToWorker::Rest { on });
        }
    }

    /// Posts a message of plain data, which can always be sent.
    pub fn post(&self, message: ToWorker) {
        drop(self.try_post(message));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.outbox.borrow_mut().over = true;
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// A worker that has begun with the bootstrap script. Where the page has no origin, or the browser refuses the script's
/// address, the script comes from a `blob:` address.
fn new_worker() -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    if has_origin()
        && packed::files().is_none()
        && let Ok(worker) = Worker::new_with_options(WORKER, &options)
    {
        return Ok(worker);
    }
    // A classic one: it imports the glue by its whole address, or holds it.
    BLOB.with(Clone::clone).and_then(|address| Worker::new(&address))
}

thread_local! {
    /// The address of the bootstrap script as a blob. It stays, because every worker of the page needs it.
    static BLOB: Result<String, JsValue> = blob();
}

fn blob() -> Result<String, JsValue> {
    let glue = packed::files().map(|files| files.script()).unwrap_or_default();
    let parts = js_sys::Array::of1(&JsValue::from_str(&(glue + FIRST_SCRIPT)));
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    Url::create_object_url_with_blob(&Blob::new_with_str_sequence_and_options(&parts, &kind)?)
}

/// Whether the page has an origin: not in a sandbox without one, and not as a file.
fn has_origin() -> bool {
    let origin = Reflect::get(&js_sys::global(), &JsValue::from_str("origin")).unwrap_or_default();
    origin.as_string().is_none_or(|origin| origin != "null")
}

/// A lock that only this worker holds.
fn lock_name() -> String {
    // Without randomness, the time is the best source of a unique name.
    let number = getrandom::u64().unwrap_or_else(|_| super::clock::now_ms().to_bits());
    format!("quorum-lab/worker/{number:016x}")
}

/// Sends the queued messages; returns those that could not be sent, with ticket and reason.
fn flush(worker: &Worker, outbox: &RefCell<Outbox>) -> Vec<(Option<u64>, String)> {
    let waiting = {
        let mut outbox = outbox.borrow_mut();
        outbox.ready = true;
        std::mem::take(&mut outbox.waiting)
    };
    let unsent = |message: &ToWorker| Some((message.ticket(), post_now(worker, message).err()?));
    waiting.iter().filter_map(unsent).collect()
}

/// Sends a message. Bytes that come from a script are copied and may have been detached, which is why this can fail.
fn post_now(worker: &Worker, message: &ToWorker) -> Result<(), String> {
    let packed = wire::pack(message)?;
    let handed_over = js_sys::Array::of1(&packed.buffer);
    worker.post_message_with_transfer(&packed.data, &handed_over).map_err(|error| words_of(&error))
}

/// The message of a thrown value.
fn words_of(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
