//! The seam for pages that may not fetch: opened as a file, or in a frame without an origin. They hold their files in
//! themselves (`www/files.js`).
//!
//! Guarantees: everything that the program fetches from its own folder is asked for here or, for chunks, by the glue,
//! which asks in the same way; a page that fetches is not slowed down. Leaves out: how the files are packed
//! (`quorum-dist`), and lessons from other addresses, which are always fetched.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::MessagePort;

#[wasm_bindgen]
extern "C" {
    /// What `www/files.js` installs.
    #[derive(Clone, Debug)]
    pub type Files;

    #[wasm_bindgen(thread_local_v2, js_namespace = globalThis, js_name = quorumFiles)]
    static FILES: Option<Files>;

    #[wasm_bindgen(method)]
    fn answer(this: &Files, path: &str) -> Promise;

    /// What the script of a worker begins with: the program's glue.
    #[wasm_bindgen(method, getter)]
    pub fn script(this: &Files) -> String;

    /// Where a worker asks for its files.
    #[wasm_bindgen(method)]
    pub fn port(this: &Files) -> MessagePort;
}

/// The files that the page holds; none where it fetches them.
pub fn files() -> Option<Files> {
    FILES.with(Option::clone)
}

/// Asks for a file of the page's own folder; resolves with a `Response`. None where there is no window.
pub fn ask(path: &str) -> Option<Promise> {
    match files() {
        Some(files) => Some(files.answer(path)),
        None => web_sys::window().map(|window| window.fetch_with_str(path)),
    }
}
