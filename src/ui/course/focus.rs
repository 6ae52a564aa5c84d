//! Moves the keyboard focus when the button that had it is gone.
//!
//! Guarantees: a step that is opened by a key leaves the focus on the element that replaces its button. Leaves out:
//! mice, which need no focus.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// In the last step a link replaces the button: pressed by a key, the button passes its focus on.
pub(crate) fn keeping_focus(onclick: Callback<MouseEvent>) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        // A key press triggers the button with a click count of 0.
        let keys = event.detail() == 0;
        onclick.emit(event);
        if keys {
            // By then the step is drawn.
            Timeout::new(0, to_the_end).forget();
        }
    })
}

/// Moves a lost focus to the link that ends the lesson.
fn to_the_end() {
    let document = web_sys::window().and_then(|window| window.document());
    let lost = |document: &web_sys::Document| {
        document.active_element().is_none_or(|element| element.tag_name() == "BODY")
    };
    let finish = document
        .filter(lost)
        .and_then(|document| document.query_selector("[data-act=finish]").ok().flatten());
    if let Some(finish) = finish.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // A browser that runs the page does not refuse this.
        drop(finish.focus());
    }
}
