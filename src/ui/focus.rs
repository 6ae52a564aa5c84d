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

/// The element that has the focus; none where nothing but the document has it.
pub(crate) fn focused() -> Option<web_sys::Element> {
    let active = web_sys::window()?.document()?.active_element()?;
    (active.tag_name() != "BODY").then_some(active)
}

/// Whether the element that has the focus shows it: its user goes by keys.
pub(crate) fn by_keys() -> bool {
    focused().is_some_and(|active| active.matches(":focus-visible").unwrap_or(false))
}

/// Where nothing has the focus, gives it back to an element, or to the main landmark if that is gone.
pub(crate) fn give_back(opener: Option<&web_sys::Element>) {
    if focused().is_some() {
        return;
    }
    if let Some(opener) = opener.filter(|opener| opener.is_connected()) {
        focus(opener);
    }
    if focused().is_none() {
        focus_on("main");
    }
}

/// Begins a view that has just been drawn at its top, with the focus on its title, or on its main landmark. Where that
/// is hidden, as the stage of a lab is on narrow pages, the pane that is shown has it.
pub(crate) fn begin_at_the_top() {
    for place in [".lesson .h-title[tabindex]", "main", ".pane-scroll[tabindex]"] {
        focus_on(place);
        if focused().is_some_and(|active| active.matches(place).unwrap_or(false)) {
            break;
        }
    }
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Moves the focus to the first element that a selector matches.
pub(crate) fn focus_on(selector: &str) {
    let document = web_sys::window().and_then(|window| window.document());
    let found = document.and_then(|document| document.query_selector(selector).ok().flatten());
    if let Some(element) = found {
        focus(&element);
    }
}
