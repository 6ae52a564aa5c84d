//! Where the keyboard's focus goes when the button that had it is gone.
//!
//! Guarantees: a step that is opened by a key leaves the focus on what stands where its button was. Leaves out: mice,
//! which need no focus.

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

/// In the last step a link stands where the button was: pressed by a key, it hands its focus over.
pub(crate) fn keeping_focus(onclick: Callback<MouseEvent>) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        // Only keys press a button without a click being counted.
        let keys = event.detail() == 0;
        onclick.emit(event);
        if keys {
            // By then the step is drawn.
            Timeout::new(0, to_the_end).forget();
        }
    })
}

/// Gives a focus that nothing has to the link that ends the lesson.
fn to_the_end() {
    let document = web_sys::window().and_then(|window| window.document());
    let lost = |document: &web_sys::Document| {
        document.active_element().is_none_or(|element| element.tag_name() == "BODY")
    };
    let finish = document
        .filter(lost)
        .and_then(|document| document.query_selector("[data-act=finish]").ok().flatten());
    if let Some(finish) = finish.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Refused by no browser that runs the page.
        drop(finish.focus());
    }
}
