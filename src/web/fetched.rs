//! Fetches a lesson from an address, chunk by chunk.
//!
//! Guarantees: only `https:` and the local computer are requested, as the browser's own URL parser sees them; no more
//! bytes are read than a lesson may have, regardless of what the host sends or declares as the length; the fetch is
//! given up after [`MOST_WAIT_MS`]; the caller can stop it at any time and is notified of its progress. Leaves out: the
//! lesson's contents (`lesson::bundle`).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader, RequestInit, Response, Url};

use super::worlds;
use quorum_facade::open_lesson;
use quorum_facade::swarm::WorldKind;
use quorum_lesson::Lesson;
use quorum_lesson::bundle::MOST_BYTES;
use quorum_types::Refusal;

/// Total time that a host may take, in milliseconds.
pub const MOST_WAIT_MS: u32 = 20_000;
/// The longest address that is requested, in bytes.
const MOST_ADDRESS: usize = 2_048;

/// Why no lesson was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfetched {
    /// The address is not one that may be requested.
    Address,
    /// The host did not answer, answered with something other than a file, or does not allow other pages to read it.
    Refused,
    /// The host sends more than a lesson may have.
    TooLarge,
    /// The host takes too long.
    TooSlow,
    /// The caller has stopped the fetch.
    Stopped,
    /// The contents are not text.
    NoText,
}

impl Unfetched {
    /// The key of the message for this error.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Address => "refused-lesson-address",
            Self::Refused => "refused-lesson-unfetched",
            Self::TooLarge => "refused-lesson-large",
            Self::TooSlow => "refused-lesson-slow",
            Self::Stopped => "refused-lesson-stopped",
            Self::NoText => "refused-lesson-no-text",
        }
    }
}

/// Whether a lesson is named by its address: `https:`, or `http:` on this computer.
pub fn is_address(named: &str) -> bool {
    // A slug contains no colon, so the browser's URL parser is rarely needed.
    if named.len() > MOST_ADDRESS || !named.contains(':') {
        return false;
    }
    let Ok(url) = Url::new(named) else { return false };
    let local = ["localhost", "127.0.0.1", "[::1]"].contains(&url.hostname().as_str());
    match url.protocol().as_str() {
        "https:" => true,
        "http:" => local,
        _ => false,
    }
}

/// A way to stop fetching.
#[derive(Clone, Debug)]
pub struct Stop(Option<AbortController>);

impl Default for Stop {
    fn default() -> Self {
        Self(AbortController::new().ok())
    }
}

impl Stop {
    /// Stops it.
    pub fn stop(&self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }

    fn stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|controller| controller.signal().aborted())
    }
}

/// The text at an address. `came` receives the number of bytes read so far.
pub async fn text(address: &str, stop: &Stop, came: impl Fn(usize)) -> Result<String, Unfetched> {
    if !is_address(address) {
        return Err(Unfetched::Address);
    }
    let late = Rc::new(std::cell::Cell::new(false));
    let _timer = {
        let (late, stop) = (late.clone(), stop.clone());
        Timeout::new(MOST_WAIT_MS, move || {
            late.set(true);
            stop.stop();
        })
    };
    let read = read(address, stop, came).await;
    if read.is_err() && stop.stopped() {
        return Err(if late.get() { Unfetched::TooSlow } else { Unfetched::Stopped });
    }
    if read.is_err() {
        // The rest of the response is not needed.
        stop.stop();
    }
    String::from_utf8(read?).map_err(|_| Unfetched::NoText)
}

async fn read(address: &str, stop: &Stop, came: impl Fn(usize)) -> Result<Vec<u8>, Unfetched> {
    let refused = |_: JsValue| Unfetched::Refused;
    let window = web_sys::window().ok_or(Unfetched::Refused)?;
    let init = RequestInit::new();
    if let Some(controller) = &stop.0 {
        init.set_signal(Some(&controller.signal()));
    }
    let asked = window.fetch_with_str_and_init(address, &init);
    let response: Response = JsFuture::from(asked).await.and_then(JsCast::dyn_into).map_err(refused)?;
    if !response.ok() {
        return Err(Unfetched::Refused);
    }
    let Some(body) = response.body() else { return Ok(Vec::new()) };
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into().map_err(|_| Unfetched::Refused)?;
    let mut bytes = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(refused)?;
        let part = |name: &str| Reflect::get(&piece, &name.into()).unwrap_or_default();
        if part("done").is_truthy() {
            return Ok(bytes);
        }
        let piece: Uint8Array = part("value").dyn_into().map_err(|_| Unfetched::Refused)?;
        if bytes.len() + piece.length() as usize > MOST_BYTES {
            return Err(Unfetched::TooLarge);
        }
        bytes.extend_from_slice(&piece.to_vec());
        came(bytes.len());
    }
}

/// Opens a lesson from its text; from then on it is found by its slug, or by the address that is its name. Fetches the
/// code of the worlds that it runs, because a lesson is opened only if its runs can be.
pub async fn open(name: &str, text: &str) -> Result<&'static Lesson, Refusal> {
    let lesson = Lesson::from_source(name, text)?;
    for run in lesson.course.refutations.iter().chain([&lesson]) {
        if let Some(world) = WorldKind::of(&run.topology) {
            worlds::bring(world).await?;
        }
    }
    open_lesson(name, text)
}
