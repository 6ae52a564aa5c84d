//! Listening to the parent page, from the moment at which the program is there.
//!
//! Guarantees: what the parent said earlier is heard first, in order (`www/start.js` keeps it); messages from other
//! windows are ignored before anything of them is read. A document that is hidden rests. Leaves out: what messages
//! mean.

use std::rc::Rc;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Window};

use super::Asked;
use super::calm::Calm;
use super::dispatch::{Dispatch, Sight};
use super::first::{First, tell_height};
use super::height;
use super::host::Host;
use super::message::{FromFrame, VERSIONS};
use super::report::Report;
use crate::web::address::Address;
use crate::web::session::Session;

/// Minimum interval between applied wishes: each may fetch another language.
const WISH_MS: u32 = 250;

/// Starts posting and listening, for as long as the page lives. Does nothing where there is no parent.
pub(super) fn start(session: &Session, asked: Asked) {
    let Some(window) = web_sys::window() else { return };
    let Some(parent) = window.parent().ok().flatten().filter(|parent| *parent != window) else { return };
    if let Some(root) = window.document().and_then(|document| document.document_element()) {
        // With this attribute, no height in the style sheet depends on that of the frame.
        drop(root.set_attribute("data-embed", ""));
    }
    let host = Rc::new(Host::new(parent, Address::current().origin));
    let tell_px = {
        let host = host.clone();
        move |px| {
            tell_height(&host, px);
            host.tell_anyone(&FromFrame::Resize { px });
        }
    };
    let height = height::watch(&window, tell_px);
    let onwish = asked.onwish.clone();
    let wished = Rc::new(Calm::new(WISH_MS, move |wish| onwish(wish)));
    let first = First::new(session, &host, height.clone(), wished.clone());
    let report = Report::new(session, &host);
    let sight = watch_sight(&window);
    let dispatch = Dispatch::new(session, &host, report, (asked, wished), height, sight);
    hear(&window, host.clone(), first, dispatch);
    host.greet(&FromFrame::Hello { versions: VERSIONS, id: None });
}

/// Whether somebody can see the frame: the host says so, and the browser.
fn watch_sight(window: &Window) -> Rc<Sight> {
    let hidden = {
        let window = window.clone();
        move || window.document().is_some_and(|document| document.hidden())
    };
    let sight = Rc::new(Sight::default());
    sight.set_hidden(hidden());
    let on_change = {
        let sight = sight.clone();
        Closure::<dyn FnMut()>::new(move || sight.set_hidden(hidden()))
    };
    if let Some(document) = window.document() {
        // Listening to one's own document is never refused.
        drop(
            document.add_event_listener_with_callback("visibilitychange", on_change.as_ref().unchecked_ref()),
        );
    }
    on_change.forget();
    sight
}

/// Hears what the parent said, and what it says from now on.
fn hear(window: &Window, host: Rc<Host>, first: First, dispatch: Dispatch) {
    let hear = move |event: &MessageEvent| {
        if !host.sent(event) {
            return;
        }
        let Ok(said) = Reflect::get(&event.data(), &JsValue::from_str("quorumLab")) else { return };
        if said.is_undefined() {
            return;
        }
        let version = Reflect::get(&said, &JsValue::from_str("v")).ok().and_then(|version| version.as_f64());
        match version {
            Some(version) => dispatch.hear(version, &said, &event.origin()),
            // A host that has said the second protocol's hello speaks no other.
            None if !host.is_named() => first.hear(&said, &event.origin()),
            None => {}
        }
    };
    early(window).iter().for_each(&hear);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| hear(&event));
    // Listening on one's own window is never refused.
    drop(window.add_event_listener_with_callback("message", on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// What the parent said before the program was there; the document's first script (`www/start.js`) has kept it.
fn early(window: &Window) -> Vec<MessageEvent> {
    let kept = Reflect::get(window, &"quorumProgram".into())
        .and_then(|program| Reflect::get(&program, &"early".into()))
        .and_then(|early| early.dyn_into::<Function>())
        .and_then(|early| early.call0(&JsValue::UNDEFINED));
    // Another document has no such script, and nothing was kept.
    let Ok(kept) = kept.unwrap_or_default().dyn_into::<Array>() else { return Vec::new() };
    kept.iter().filter_map(|event| event.dyn_into().ok()).collect()
}
