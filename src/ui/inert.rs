//! Buttons that have no effect now.
//!
//! A button that its own action disables must keep the keyboard focus: a browser takes it from an element with
//! `disabled`, and a keyboard user would begin again at the top of the page. So no button has that attribute. A button
//! without effect says `aria-disabled`, looks disabled and can be reached, and its clicks go nowhere. Guarantees: a
//! click on such a button reaches no view, however it was made, unless it is barred (`barred`): then its view says why.
//! Leaves out: fields, which their own change does not
//! disable.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;

/// The value of `aria-disabled` for a button.
pub(crate) fn inert(no_effect: bool) -> Option<&'static str> {
    no_effect.then_some("true")
}

/// Stops clicks on buttons without effect before any view receives them, as long as the page is open.
pub fn ignore_inert() {
    let Some(window) = web_sys::window() else { return };
    // The window receives a click before the element below which Yew listens.
    let options = EventListenerOptions { passive: false, ..EventListenerOptions::run_in_capture_phase() };
    let stop = |event: &web_sys::Event| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let inert = target
            .and_then(|target| target.closest("[aria-disabled=true]:not([data-barred])").ok().flatten());
        if inert.is_some() {
            event.prevent_default();
            event.stop_immediate_propagation();
        }
    };
    EventListener::new_with_options(&window, "click", options, stop).forget();
}
