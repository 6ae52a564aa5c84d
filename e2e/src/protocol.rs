//! The DevTools protocol over a pipe: requests with answers, and the events that arrive in between.
//!
//! Chromium, started with `--remote-debugging-pipe`, reads JSON messages from descriptor 3 and writes them to 4, each
//! ended by a zero byte. Guarantees: every wait has a deadline; when the browser is gone, what it wrote before is still
//! read; tests that share a browser receive events of their own pages only (`wire`). Leaves out: meaning. Events about
//! a page or its workers are filed under that page.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::wire::Wire;

/// How long an answer may take. Generous: a machine under load must not look like a broken page.
const ANSWER: Duration = Duration::from_secs(120);

/// Why a request has no answer.
#[derive(Debug)]
pub enum Trouble {
    /// The browser is gone.
    Gone,
    /// The browser refused, or did not answer in time; with its message.
    Refused(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone => f.write_str("the browser is gone"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// The recorded events of a page and its workers.
#[derive(Debug, Default)]
pub struct Heard {
    /// Errors: written to the console, thrown and not caught, or logged by the browser (a file not found).
    pub complaints: Vec<String>,
    /// Calls of functions that the test installed in the page or its workers: name and argument.
    pub calls: VecDeque<(String, String)>,
    /// The sessions of its live workers.
    pub workers: Vec<String>,
    /// The kinds of dialogs that it opened, such as `beforeunload`; each was accepted.
    pub dialogs: Vec<String>,
    /// Whether its process crashed.
    pub crashed: bool,
}

/// What is done with each worker of a page before its first line runs.
#[derive(Clone, Debug, Default)]
pub struct WorkerPrelude {
    /// A script to run first.
    pub script: String,
    /// Functions to install; their calls are recorded.
    pub bindings: Vec<String>,
}

/// One test's connection to a browser, which other tests may use as well.
#[derive(Debug)]
pub struct Connection {
    wire: Arc<Wire>,
    number: u64,
    from: Receiver<Value>,
    /// By the session of a page.
    heard: BTreeMap<String, Heard>,
    preludes: BTreeMap<String, WorkerPrelude>,
    /// From the session of a worker to that of its page.
    page_of: BTreeMap<String, String>,
}

impl Connection {
    /// A new connection over a wire.
    pub fn new(wire: &Arc<Wire>) -> Self {
        let (number, from) = wire.connect();
        Self {
            wire: Arc::clone(wire),
            number,
            from,
            heard: BTreeMap::new(),
            preludes: BTreeMap::new(),
            page_of: BTreeMap::new(),
        }
    }

    /// Sends a request and waits for its answer, filing events on the way.
    pub fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value, Trouble> {
        let id = self.send(session, method, params)?;
        let deadline = Instant::now() + ANSWER;
        loop {
            let message = match self.from.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => message,
                Err(RecvTimeoutError::Disconnected) => return Err(Trouble::Gone),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Trouble::Refused(format!("{method}: no answer within {ANSWER:?}")));
                }
            };
            if message["id"] != json!(id) {
                self.file(&message);
            } else if let Some(why) = message["error"]["message"].as_str() {
                return Err(Trouble::Refused(format!("{method}: {why}")));
            } else {
                return Ok(message["result"].clone());
            }
        }
    }

    /// Files incoming events for this long, and returns early when the browser is gone.
    pub fn listen(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while let Ok(message) = self.from.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.file(&message);
        }
    }

    /// Closes the writing end, which asks the browser to end.
    pub fn hang_up(&mut self) {
        self.wire.hang_up();
    }

    /// The recorded events of a page.
    pub fn heard(&mut self, page: &str) -> &mut Heard {
        self.heard.entry(page.to_owned()).or_default()
    }

    /// Sets what is done with the workers of a page that start from now on.
    pub fn set_prelude(&mut self, page: &str, prelude: WorkerPrelude) {
        self.preludes.insert(page.to_owned(), prelude);
    }

    fn send(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<u64, Trouble> {
        self.wire.send(self.number, session, method, params).ok_or(Trouble::Gone)
    }

    /// Files an event under the page that it concerns.
    fn file(&mut self, message: &Value) {
        let (Some(method), Some(session)) = (message["method"].as_str(), message["sessionId"].as_str())
        else {
            return;
        };
        let page = self.page_of.get(session).cloned().unwrap_or_else(|| session.to_owned());
        let params = &message["params"];
        match method {
            "Target.attachedToTarget" => self.greet(&page, params),
            "Target.detachedFromTarget" => {
                let gone = params["sessionId"].as_str().unwrap_or_default();
                self.heard(&page).workers.retain(|worker| worker != gone);
            }
            "Runtime.consoleAPICalled" if matches!(params["type"].as_str(), Some("error" | "assert")) => {
                let words: Vec<String> =
                    params["args"].as_array().into_iter().flatten().map(in_words).collect();
                self.heard(&page).complaints.push(format!("console.error: {}", words.join(" ")));
            }
            "Runtime.exceptionThrown" => {
                let words = exception(&params["exceptionDetails"]);
                self.heard(&page).complaints.push(format!("not caught: {words}"));
            }
            "Log.entryAdded" if params["entry"]["level"] == "error" => {
                let entry = &params["entry"];
                let words = format!("{} {}", in_text(&entry["text"]), in_text(&entry["url"]));
                self.heard(&page).complaints.push(format!("browser log: {words}"));
            }
            "Runtime.bindingCalled" => {
                let call = (in_text(&params["name"]), in_text(&params["payload"]));
                self.heard(&page).calls.push_back(call);
            }
            "Page.javascriptDialogOpening" => {
                self.heard(&page).dialogs.push(in_text(&params["type"]));
                // A test that leaves a page means it. A browser that is gone is noticed by the next call.
                let _ = self.send(Some(session), "Page.handleJavaScriptDialog", json!({"accept": true}));
            }
            "Inspector.targetCrashed" => self.heard(&page).crashed = true,
            _ => {}
        }
    }

    /// A worker of a page has started and waits: listen to it, prepare it, let it go on. The answers are not
    /// waited for, because the page may be waiting for the worker.
    fn greet(&mut self, page: &str, params: &Value) {
        let worker = in_text(&params["sessionId"]);
        self.page_of.insert(worker.clone(), page.to_owned());
        self.heard(page).workers.push(worker.clone());
        let prelude = self.preludes.get(page).cloned().unwrap_or_default();
        let mut requests = vec![("Runtime.enable", json!({}))];
        requests.extend(prelude.bindings.iter().map(|name| ("Runtime.addBinding", json!({"name": name}))));
        if !prelude.script.is_empty() {
            requests.push(("Runtime.evaluate", json!({"expression": prelude.script})));
        }
        requests.push(("Runtime.runIfWaitingForDebugger", json!({})));
        for (method, params) in requests {
            // A browser that is gone is noticed by the next call that wants an answer.
            let _ = self.send(Some(&worker), method, params);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.wire.leave(self.number);
    }
}

/// A string value; anything else as JSON.
fn in_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A remote object in words.
fn in_words(object: &Value) -> String {
    match (&object["value"], object["description"].as_str()) {
        (Value::Null, Some(description)) => description.to_owned(),
        (value, _) => in_text(value),
    }
}

/// An exception in words.
pub fn exception(details: &Value) -> String {
    let thrown = &details["exception"];
    let words = if thrown.is_null() { String::new() } else { in_words(thrown) };
    let place = details["url"].as_str().unwrap_or_default();
    format!("{} {words} {place}", in_text(&details["text"])).trim().to_owned()
}
