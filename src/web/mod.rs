//! The browser side: IndexedDB, the worker that hosts the lab, and the page's handle on it.
//!
//! The same program runs in the page and in a worker; [`place`] says which. Guarantees: only this layer uses wall
//! clocks, storage and messages; the run that is shown is never on the page's own thread. Leaves out: drawing (`ui`).

pub mod address;
#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "bench")]
pub mod bench_log;
#[cfg(feature = "bench")]
pub mod bench_peers;
pub mod clock;
pub mod drilling;
pub mod drive;
pub mod embed;
pub mod fetched;
pub mod figures;
pub mod frame;
pub mod given;
pub mod handle;
pub mod host;
pub mod idb;
pub mod link;
pub mod lock;
pub mod measure;
pub mod narrow;
pub mod needs;
pub mod offline;
pub mod pacer;
pub mod packed;
pub mod plain;
pub mod plan;
pub mod progress;
pub mod record;
pub mod report_address;
pub mod reports;
pub mod saved_runs;
pub mod schedule_search;
pub mod schedule_text;
pub mod session;
pub mod shape;
pub mod store;
pub mod stored;
pub mod styles;
pub mod tabs;
pub mod tails;
pub mod texts;
pub mod trend;
pub mod turns;
pub mod wire;
pub mod worker;
pub mod worlds;

use wasm_bindgen::JsCast;

/// Where this program was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a page.
    Page,
    /// In a dedicated worker.
    Worker,
}

/// Determines where this program was started. None in any other place.
pub fn place() -> Option<Place> {
    let global = js_sys::global();
    if global.has_type::<web_sys::Window>() {
        Some(Place::Page)
    } else if global.has_type::<web_sys::DedicatedWorkerGlobalScope>() {
        Some(Place::Worker)
    } else {
        None
    }
}

/// Installs the page's handle, and what its address asks for beside a lesson: messages to the parent page (`embed=1`),
/// the benchmark (`bench=1`). Called once, before anything is opened.
pub fn attach(session: &session::Session, asked: embed::Asked) {
    let address = address::Address::current();
    handle::install(session);
    // Fetched with the page's texts.
    if let Some(start) = embed::loaded().filter(|_| address.embed) {
        start(session, asked);
    }
    #[cfg(feature = "bench")]
    if address.bench {
        bench::install();
    }
    session.warm();
}
