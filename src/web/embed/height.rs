//! The height of what is in the frame, for a parent that lets the frame fit it.
//!
//! Guarantees: the height is that of the content, never of the frame itself, so it can shrink too, and a parent that
//! adds to it does not cause a larger report. Leaves out: whom it is reported to (`start`).

use std::{cell::Cell, rc::Rc};

use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, ResizeObserver, Window};

use super::calm::Calm;
use super::host::ANSWER_MS;

/// A lab at least this wide fills its frame at any height; a narrower one is a single column (`www/layout.css`).
const FILLS_FROM_PX: f64 = 600.0;
/// The height that such a lab is designed for.
const FILLED_PX: i32 = 540;

/// Calls `tell` with the height whenever it changes; returns a function that calls it once more.
pub(super) fn watch(window: &Window, tell: impl Fn(i32) + 'static) -> Rc<dyn Fn()> {
    let measure = {
        let window = window.clone();
        move || content_px(&window, &window.document()?)
    };
    let last = Rc::new(Cell::new(None));
    let tell_now: Rc<dyn Fn()> = {
        let (measure, last) = (measure.clone(), last.clone());
        Rc::new(move || {
            if let Some(px) = measure() {
                last.set(Some(px));
                tell(px);
            }
        })
    };
    let tell_changed = {
        let tell_now = tell_now.clone();
        Calm::new(ANSWER_MS, move |()| {
            if measure() != last.get() {
                tell_now();
            }
        })
    };
    let on_resize = Closure::<dyn FnMut()>::new(move || tell_changed.call(()));
    if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref())
        && let Some(document) = window.document()
    {
        // The root element reports changes of the frame, the page's container reports changes of the content.
        document.document_element().iter().for_each(|root| observer.observe(root));
        document.get_element_by_id(PLACE).iter().for_each(|place| observer.observe(place));
        std::mem::forget(observer);
    }
    on_resize.forget();
    tell_now
}

/// The id of the element that the page is drawn in.
const PLACE: &str = "app";

/// The height of the content. The document's own height is never less than the frame's.
fn content_px(window: &Window, document: &Document) -> Option<i32> {
    let place: HtmlElement = document.get_element_by_id(PLACE)?.dyn_into().ok()?;
    let wide = window.inner_width().ok()?.as_f64()? >= FILLS_FROM_PX;
    let fills = wide && place.query_selector(".lab").ok()?.is_some();
    let px = if fills { FILLED_PX } else { place.offset_top() + place.scroll_height() };
    // A frame that is not displayed has no height to report.
    (px > 0).then_some(px)
}
