//! The build that the browser keeps, as `www/offline.js` reports it: whether the lab works without its server, and
//! whether a newer build waits.
//!
//! Guarantees: without that script (a page that was not published, a frame without storage, a file) there is nothing to
//! report and nothing waits. Leaves out: keeping it (`www/sw.js`).

use gloo_events::EventListener;
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What the script dispatches when a newer build is there.
const NEWER: &str = "quorumlab-build";
/// What it dispatches when it has kept as much of the build as it can.
const KEPT: &str = "quorumlab-kept";

#[wasm_bindgen]
extern "C" {
    type Offline;

    #[wasm_bindgen(method, getter)]
    fn newer(this: &Offline) -> bool;

    #[wasm_bindgen(method, getter)]
    fn thrifty(this: &Offline) -> bool;

    #[wasm_bindgen(method)]
    fn state(this: &Offline) -> Promise;

    #[wasm_bindgen(method)]
    fn take(this: &Offline);
}

/// What is kept of the build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// How many files are there.
    pub have: u64,
    /// How many the build has.
    pub of: u64,
    /// How long those are that are there.
    pub bytes: u64,
    /// Whether there was no room for the others.
    pub full: bool,
    /// Whether only what was used is kept, because the browser saves data.
    pub thrifty: bool,
}

fn offline() -> Option<Offline> {
    let found = Reflect::get(&js_sys::global(), &JsValue::from_str("quorumOffline")).ok()?;
    found.is_object().then(|| found.unchecked_into())
}

/// Calls `tell` when a newer build waits, at once if it does already. Until dropped.
pub fn when_newer(tell: impl Fn() + 'static) -> Option<EventListener> {
    if offline().is_some_and(|offline| offline.newer()) {
        tell();
    }
    web_sys::window().map(|window| EventListener::new(&window, NEWER, move |_| tell()))
}

/// Calls `tell` when as much of the build is kept as can be. Until dropped.
pub fn when_kept(tell: impl Fn() + 'static) -> Option<EventListener> {
    web_sys::window().map(|window| EventListener::new(&window, KEPT, move |_| tell()))
}

/// Takes the newer build: the page is loaded again.
pub fn take() {
    if let Some(offline) = offline() {
        offline.take();
    }
}

/// What is kept; none where no service worker is in charge.
pub async fn kept() -> Option<Kept> {
    let offline = offline()?;
    let state = JsFuture::from(offline.state()).await.ok().filter(JsValue::is_object)?;
    let field = |name: &str| Reflect::get(&state, &JsValue::from_str(name)).unwrap_or_default();
    let number = |name: &str| field(name).as_f64().unwrap_or_default() as u64;
    Some(Kept {
        have: number("have"),
        of: number("of"),
        bytes: number("bytes"),
        full: field("full").is_truthy(),
        thrifty: offline.thrifty(),
    })
}
