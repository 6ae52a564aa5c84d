//! The host page: which window it is, which origin it has named, and how messages reach it.
//!
//! Guarantees: messages count only if they come from the parent window; a message about a learner is posted with the
//! named origin as its target, so that the browser delivers it to a page of that origin or to nobody; an `origin` in
//! the frame's address is the only one that can be named. Leaves out: what the messages say (`message`, `first`).

use std::cell::RefCell;

use js_sys::Object;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{MessageEvent, Window};

use super::message::{FromFrame, PROTOCOL};
use crate::web::idb::set;
use crate::web::plain;

/// Minimum interval between answers to the parent.
pub(super) const ANSWER_MS: u32 = 100;

/// Any origin.
const ANY: &str = "*";
/// What a document without an origin of its own calls it; no message can be addressed to it.
const OPAQUE: &str = "null";

/// The host page.
pub(super) struct Host {
    parent: Window,
    /// The only origin that may be named, if the address says one.
    required: Option<String>,
    named: RefCell<Named>,
}

/// The origins that the host has named.
#[derive(Default)]
struct Named {
    /// By speaking the first protocol.
    first: Option<String>,
    /// By the second protocol's hello.
    second: Option<String>,
}

impl Host {
    pub(super) fn new(parent: Window, required: Option<String>) -> Self {
        // A host that the address names need not speak first to hear the first protocol.
        let named = RefCell::new(Named { first: required.clone(), second: None });
        Self { parent, required, named }
    }

    /// Whether an event comes from the parent window.
    pub(super) fn sent(&self, event: &MessageEvent) -> bool {
        event.source().is_some_and(|source| Object::is(&source, &self.parent))
    }

    /// Whether an origin may be named.
    pub(super) fn may_be(&self, origin: &str) -> bool {
        origin != OPAQUE && self.required.as_ref().is_none_or(|required| required == origin)
    }

    /// A page of this origin speaks the first protocol.
    pub(super) fn name_first(&self, origin: &str) {
        let mut named = self.named.borrow_mut();
        if named.first.is_none() && self.may_be(origin) {
            named.first = Some(origin.to_owned());
        }
    }

    /// A page of this origin says the second protocol's hello; returns whether it is the named one.
    pub(super) fn name(&self, origin: &str) -> bool {
        let mut named = self.named.borrow_mut();
        if named.second.is_none() && self.may_be(origin) {
            named.second = Some(origin.to_owned());
        }
        named.second.as_deref() == Some(origin)
    }

    /// Whether a page of this origin has been named by the second protocol's hello.
    pub(super) fn is(&self, origin: &str) -> bool {
        self.named.borrow().second.as_deref() == Some(origin)
    }

    /// Whether the host speaks the second protocol.
    pub(super) fn is_named(&self) -> bool {
        self.named.borrow().second.is_some()
    }

    /// Posts a message to the named origin; nobody hears it before one is named.
    pub(super) fn tell(&self, message: &FromFrame<'_>) {
        if let Some(origin) = &self.named.borrow().second {
            self.post(message, origin);
        }
    }

    /// Posts a message that says nothing about a learner: to the named origin, or to any before one is named.
    pub(super) fn tell_anyone(&self, message: &FromFrame<'_>) {
        let origin = self.named.borrow().second.clone();
        self.post(message, origin.as_deref().unwrap_or(ANY));
    }

    /// Posts a message to whatever page the parent is. It must say nothing about a learner.
    pub(super) fn greet(&self, message: &FromFrame<'_>) {
        self.post(message, ANY);
    }

    fn post(&self, message: &FromFrame<'_>, origin: &str) {
        if let Ok(message) = plain::to_js(message) {
            set(message.unchecked_ref(), "v", &JsValue::from(PROTOCOL));
            self.post_raw(&message, origin);
        }
    }

    fn post_raw(&self, message: &JsValue, origin: &str) {
        let envelope = Object::new();
        set(&envelope, "quorumLab", message);
        // A parent that is gone needs no message.
        drop(self.parent.post_message(&envelope, origin));
    }

    /// Posts a message of the first protocol that is about a learner.
    pub(super) fn tell_first(&self, message: &JsValue) {
        let named = self.named.borrow();
        if let (Some(origin), None) = (&named.first, &named.second) {
            self.post_raw(message, origin);
        }
    }

    /// Posts a message of the first protocol that says nothing about a learner.
    pub(super) fn tell_anyone_first(&self, message: &JsValue) {
        if !self.is_named() {
            self.post_raw(message, ANY);
        }
    }
}
