//! Moves the keyboard focus from code.
//!
//! Guarantees: works for HTML and SVG elements alike; an element that is not there is ignored. Leaves out: when the
//! focus has to move.

use wasm_bindgen::JsCast as _;

/// Moves the focus to an element.
pub(crate) fn focus(element: &web_sys::Element) {
    // An SVG element has `focus` as any element does; the method is called by its name. No browser that runs the page
    // refuses it.
    drop(element.unchecked_ref::<web_sys::HtmlElement>().focus());
}

/// Moves the focus to the first element that a selector matches.
pub(crate) fn focus_on(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found {
        focus(&element);
    }
}
