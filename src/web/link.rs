//! One worker, seen from the page: how it is started, posted to, heard and ended.
//!
//! The page has downloaded and compiled the program already; the worker is given the compiled module and the
//! address of its glue, so there is one download, one compilation, and no mix of versions. Promises: what is
//! posted before the worker listens waits for it, in order; after the link is dropped nothing is heard.
//! Leaves out: what the messages mean (`session`, `host`).

use std::{cell::RefCell, rc::Rc};

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::idb::set;
use super::wire::{ToPage, ToWorker};
use super::{decode, plain};

/// Where the worker's first lines lie, from the document's base.
const WORKER: &str = "worker.js";

#[wasm_bindgen]
extern "C" {
    /// `import.meta` of the glue.
    type ImportMeta;

    #[wasm_bindgen(method, getter)]
    fn url(this: &ImportMeta) -> String;

    #[wasm_bindgen(thread_local_v2, js_namespace = import, js_name = meta)]
    static META: ImportMeta;
}

/// What is heard of a worker.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Message(Box<ToPage>),
    /// It died, with these words.
    Died(String),
    /// A message that had waited could not be sent: what has this ticket, or else the opening, comes to nothing.
    Unsent(Option<u64>, String),
}

/// A running worker. Ended when dropped.
pub struct Link {
    worker: Worker,
    outbox: Rc<RefCell<Outbox>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl core::fmt::Debug for Link {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Link").field("ready", &self.outbox.borrow().ready).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Outbox {
    ready: bool,
    waiting: Vec<ToWorker>,
}

impl Link {
    /// Starts a worker that runs this program. `hear` is called for everything it says, never from within this call.
    pub fn start(hear: impl Fn(Heard) + 'static) -> Result<Self, String> {
        Self::start_program(&JsValue::from_str(&META.with(ImportMeta::url)), &wasm_bindgen::module(), hear)
    }

    /// Starts a worker that runs a program: the address of its glue, and its module.
    pub fn start_program(
        glue: &JsValue,
        module: &JsValue,
        hear: impl Fn(Heard) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(WORKER, &options).map_err(|error| words_of(&error))?;
        let hear = Rc::new(hear);
        let outbox = Rc::new(RefCell::new(Outbox::default()));
        let on_message = {
            let (hear, outbox, worker) = (hear.clone(), outbox.clone(), worker.clone());
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                match decode::to_page(&event.data()) {
                    Ok(message) => {
                        let unsent =
                            if message == ToPage::Ready { flush(&worker, &outbox) } else { Vec::new() };
                        hear(Heard::Message(Box::new(message)));
                        unsent.into_iter().for_each(|(ticket, why)| hear(Heard::Unsent(ticket, why)));
                    }
                    Err(error) => hear(Heard::Died(error.to_string())),
                }
            })
        };
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            event.prevent_default();
            hear(Heard::Died(event.message()));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let first = Object::new();
        set(&first, "glue", glue);
        set(&first, "module", module);
        worker.post_message(&first).map_err(|error| words_of(&error))?;
        Ok(Self { worker, outbox, _on_message: on_message, _on_error: on_error })
    }

    /// Posts a message, now or when the worker listens; says why where it cannot be sent.
    pub fn try_post(&self, message: ToWorker) -> Result<(), String> {
        let mut outbox = self.outbox.borrow_mut();
        if outbox.ready {
            return post_now(&self.worker, &message);
        }
        outbox.waiting.push(message);
        Ok(())
    }

    /// Posts a message of plain data, which can always be sent.
    pub fn post(&self, message: ToWorker) {
        drop(self.try_post(message));
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Sends what has waited; what could not be sent, with its ticket and the reason.
fn flush(worker: &Worker, outbox: &RefCell<Outbox>) -> Vec<(Option<u64>, String)> {
    let waiting = {
        let mut outbox = outbox.borrow_mut();
        outbox.ready = true;
        std::mem::take(&mut outbox.waiting)
    };
    let unsent = |message: &ToWorker| Some((message.ticket(), post_now(worker, message).err()?));
    waiting.iter().filter_map(unsent).collect()
}

/// Sends a message. Bytes of a script's may have been transferred away, which is why it can fail.
fn post_now(worker: &Worker, message: &ToWorker) -> Result<(), String> {
    let bytes = message.bytes();
    let message = plain::to_js(message)?;
    if let Some(bytes) = bytes {
        set(message.unchecked_ref(), "bytes", bytes);
    }
    worker.post_message(&message).map_err(|error| words_of(&error))
}

/// What a thrown value says.
fn words_of(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
