//! Moves the keyboard focus and the view to what a click produced.
//!
//! Guarantees: a step that is opened by a key, forward or from the list, has the focus on its title, so that a screen
//! reader begins there; what a click adds to the pane is scrolled into view. Leaves out: which elements these are.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use crate::ui::focus::{focus_on, focused};

/// By then an answer of the run is drawn, in milliseconds.
const DRAWN_MS: u32 = 250;

/// Pressed by a key, a button that opens another step passes its focus on to the step's title.
pub(crate) fn to_the_title(onclick: Callback<MouseEvent>) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        // A key press triggers the button with a click count of 0.
        let keys = event.detail() == 0;
        onclick.emit(event);
        if keys {
            // By then the step is drawn.
            Timeout::new(0, || focus_on(".lesson .h-title")).forget();
        }
    })
}

/// Gives the focus to the step's title once what had it is gone.
pub(crate) fn back_to_the_title() {
    // By then what follows the button is drawn.
    let give = || {
        if focused().is_none() {
            focus_on(".lesson .h-title");
        }
    };
    Timeout::new(DRAWN_MS, give).forget();
}

/// Scrolls to the last element that a selector matches, if it is out of view.
pub(crate) fn reveal(selector: &str) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(found) = document.query_selector_all(selector) else { return };
    let last = found.length().checked_sub(1).and_then(|at| found.item(at));
    if let Some(element) = last.and_then(|node| node.dyn_into::<web_sys::Element>().ok()) {
        let how = web_sys::ScrollIntoViewOptions::new();
        how.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&how);
    }
}

/// Up and down move the focus among the radio buttons of a group; Enter or Space chooses.
pub(crate) fn among_radios(event: KeyboardEvent) {
    let down = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let group = target.as_ref().and_then(|target| target.closest("[role=radiogroup]").ok().flatten());
    let Some(radios) = group.and_then(|group| group.query_selector_all("[role=radio]").ok()) else { return };
    let radios: Vec<web_sys::HtmlElement> = (0..radios.length())
        .filter_map(|at| radios.item(at)?.dyn_into::<web_sys::HtmlElement>().ok())
        .collect();
    let here = radios.iter().position(|radio| target.as_ref() == Some(radio.as_ref()));
    let Some(here) = here else { return };
    let next = if down { here + 1 } else { here + radios.len() - 1 };
    event.prevent_default();
    // A button of a page that is shown can have the focus.
    drop(radios[next % radios.len()].focus());
}
