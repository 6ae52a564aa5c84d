//! A stage that can be enlarged and moved: with Ctrl and the wheel, two fingers, dragging, buttons, and + − 0 while the
//! focus is on it.
//!
//! Guarantees: nothing moves without the reader: the view changes by their gestures and keys, and when what they focus
//! or select would be out of view; everything can be reached without dragging, because all of the stage is seen at its
//! usual size; a drag selects nothing. Leaves out: the stage, and what is seen of it (`view`).

pub mod view;

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::JsCast as _;
use web_sys::Element;
use yew::prelude::*;

use self::view::{Point, STEP, View};
use super::export::Export;
use super::icons::ic;
use super::inert::inert;
use super::use_lang;

/// A pointer that moves less than this many pixels clicks.
const CLICKS: f64 = 5.0;
/// What is focused keeps this distance from the edge.
const MARGIN: f64 = 24.0;

/// The properties of a stage that can be enlarged.
#[derive(Properties, PartialEq)]
pub(crate) struct ZoomProps {
    /// Selects what is to be seen once it changes; none if nothing is selected.
    #[prop_or_default]
    pub(crate) seen: Option<String>,
    /// The stage: one drawing that fills its frame.
    pub(crate) children: Html,
}

/// Pointers that are down, and whether they have moved the stage.
#[derive(Debug, Default)]
struct Pointers {
    down: Vec<(i32, Point)>,
    began: Point,
    moved: bool,
}

/// The stage in its frame.
#[component]
pub(crate) fn Zoom(props: &ZoomProps) -> Html {
    let lang = use_lang();
    let frame = use_node_ref();
    let view = use_state_eq(View::default);
    let pointers = use_mut_ref(Pointers::default);
    use_wheel(&frame, &view);
    use_quiet_drags(&frame, &pointers);
    use_seen(&frame, &view, props.seen.as_ref());
    let enlarge = {
        let (frame, view) = (frame.clone(), view.clone());
        Callback::from(move |factor: f64| {
            let (_, size) = place(&frame);
            view.set(view.enlarged(factor, (size.0 / 2.0, size.1 / 2.0), size));
        })
    };
    let fit = {
        let view = view.clone();
        Callback::from(move |()| view.set(View::default()))
    };
    let onkeydown = {
        let (enlarge, fit) = (enlarge.clone(), fit.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            match event.key().as_str() {
                "+" | "=" => enlarge.emit(STEP),
                "-" | "_" => enlarge.emit(1.0 / STEP),
                "0" => fit.emit(()),
                _ => return,
            }
            // Elsewhere these keys change the speed.
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let onfocusin = {
        let (frame, view) = (frame.clone(), view.clone());
        Callback::from(move |event: FocusEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(target) = target.filter(|target| target.closest(".zm-d").ok().flatten().is_some()) {
                bring(&frame, &view, &target);
            }
        })
    };
    let (onpointerdown, onpointermove, onpointerup) = use_pointers(&frame, &view, &pointers);
    let large = view.scale > 1.0;
    let button =
        |word: &'static str, icon: &'static str, text: String, can: bool, onclick: Callback<MouseEvent>| {
            html! {
                <button class="iconbtn" type="button" data-act={word} aria-label={text.clone()} title={text}
                    aria-disabled={inert(!can)} {onclick}>{ ic(icon) }</button>
            }
        };
    html! {
        <div ref={frame} class={classes!("zm", large.then_some("zm-large"))} data-chart="stage"
            data-scale={format!("{:.2}", view.scale)} {onkeydown} {onfocusin} {onpointerdown} {onpointermove}
            onpointercancel={onpointerup.clone()} {onpointerup}>
            <div class="zm-d chart-d" style={view.style()}>{ props.children.clone() }</div>
            <div class="zm-c no-print" role="group" aria-label={lang.t("zoom-title")}>
                { button("zoom-in", "plus", lang.t("zoom-in"), view.scale < view::MOST, enlarge.reform(|_| STEP)) }
                { button("zoom-out", "minus", lang.t("zoom-out"), large, enlarge.reform(|_| 1.0 / STEP)) }
                { button("zoom-fit", "fit", lang.t("zoom-fit"), large, fit.reform(|_| ())) }
                <Export name="stage" up=true />
            </div>
        </div>
    }
}

/// Where the frame is on the page, and its size.
fn place(frame: &NodeRef) -> (Point, Point) {
    let place = frame.cast::<Element>().map(|frame| frame.get_bounding_client_rect());
    place.map_or(((0.0, 0.0), (1.0, 1.0)), |place| {
        ((place.left(), place.top()), (place.width(), place.height()))
    })
}

/// Moves the view so that an element is seen.
fn bring(frame: &NodeRef, view: &UseStateHandle<View>, element: &Element) {
    let ((left, top), size) = place(frame);
    let there = element.get_bounding_client_rect();
    let from = (there.left() - left, there.top() - top);
    let to = (there.right() - left, there.bottom() - top);
    view.set(view.showing((from, to), MARGIN, size));
}

/// Ctrl and the wheel; two fingers on a touch pad arrive as the same.
#[hook]
fn use_wheel(frame: &NodeRef, view: &UseStateHandle<View>) {
    let frame = frame.clone();
    let now = view.clone();
    // The listener is renewed with the view, so that it knows it.
    use_effect_with(**view, move |_| {
        let view = now;
        let options = EventListenerOptions::enable_prevent_default();
        let listener = frame.cast::<Element>().map(|element| {
            EventListener::new_with_options(&element, "wheel", options, move |event| {
                let Some(event) = event.dyn_ref::<web_sys::WheelEvent>() else { return };
                if !event.ctrl_key() && !event.meta_key() {
                    return;
                }
                event.prevent_default();
                let ((left, top), size) = place(&frame);
                let around = (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top);
                // A notch of a wheel is about a hundred, a movement of two fingers a few.
                let factor = js_sys::Math::pow(2.0, -event.delta_y().clamp(-200.0, 200.0) / 200.0);
                view.set(view.enlarged(factor, around, size));
            })
        });
        move || drop(listener)
    });
}

/// The click that ends a drag selects nothing.
#[hook]
fn use_quiet_drags(frame: &NodeRef, pointers: &Rc<RefCell<Pointers>>) {
    let (frame, pointers) = (frame.clone(), pointers.clone());
    use_effect_with((), move |()| {
        let options = EventListenerOptions { phase: EventListenerPhase::Capture, passive: false };
        let listener = frame.cast::<Element>().map(|element| {
            EventListener::new_with_options(&element, "click", options, move |event| {
                if std::mem::take(&mut pointers.borrow_mut().moved) {
                    event.stop_propagation();
                    event.prevent_default();
                }
            })
        });
        move || drop(listener)
    });
}

/// What is selected is brought into view when the selection changes.
#[hook]
fn use_seen(frame: &NodeRef, view: &UseStateHandle<View>, seen: Option<&String>) {
    let (frame, view) = (frame.clone(), view.clone());
    use_effect_with(seen.cloned(), move |seen| {
        let found = seen.as_ref().zip(frame.cast::<Element>());
        let element = found.and_then(|(seen, frame)| frame.query_selector(seen).ok().flatten());
        if let Some(element) = element.filter(|_| view.scale > 1.0) {
            bring(&frame, &view, &element);
        }
    });
}

type OnPointer = Callback<PointerEvent>;

/// One pointer on the empty stage moves it, two enlarge it.
#[hook]
fn use_pointers(
    frame: &NodeRef,
    view: &UseStateHandle<View>,
    pointers: &Rc<RefCell<Pointers>>,
) -> (OnPointer, OnPointer, OnPointer) {
    let at = |event: &PointerEvent| (f64::from(event.client_x()), f64::from(event.client_y()));
    let down = {
        let pointers = pointers.clone();
        Callback::from(move |event: PointerEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let on_tools =
                target.as_ref().and_then(|target| target.closest(".zm-c").ok().flatten()).is_some();
            let on_thing =
                target.and_then(|target| target.closest("[role=button],[tabindex]").ok().flatten());
            let touch = event.pointer_type() == "touch";
            let mut pointers = pointers.borrow_mut();
            pointers.moved = false;
            if on_tools || event.button() != 0 || (!touch && on_thing.is_some()) {
                return;
            }
            pointers.began = at(&event);
            pointers.down.retain(|(id, _)| *id != event.pointer_id());
            pointers.down.push((event.pointer_id(), at(&event)));
            pointers.down.truncate(2);
        })
    };
    let moves = {
        let (frame, view, pointers) = (frame.clone(), view.clone(), pointers.clone());
        Callback::from(move |event: PointerEvent| {
            let mut pointers = pointers.borrow_mut();
            if event.buttons() == 0 {
                // It was released outside.
                pointers.down.clear();
            }
            let here = at(&event);
            let Some(mine) = pointers.down.iter().position(|(id, _)| *id == event.pointer_id()) else {
                return;
            };
            let before = pointers.down[mine].1;
            let far = (here.0 - pointers.began.0).hypot(here.1 - pointers.began.1) > CLICKS;
            if !far && !pointers.moved {
                return;
            }
            let ((left, top), size) = place(&frame);
            let other = pointers.down.iter().find(|(id, _)| *id != event.pointer_id()).map(|(_, at)| *at);
            let to = match other {
                Some(other) => {
                    let apart = |one: Point| (one.0 - other.0).hypot(one.1 - other.1).max(1.0);
                    let middle = ((here.0 + other.0) / 2.0 - left, (here.1 + other.1) / 2.0 - top);
                    view.enlarged(apart(here) / apart(before), middle, size)
                }
                None => view.moved((here.0 - before.0, here.1 - before.1), size),
            };
            pointers.moved |= to != *view;
            pointers.down[mine].1 = here;
            view.set(to);
        })
    };
    let up = {
        let pointers = pointers.clone();
        Callback::from(move |event: PointerEvent| {
            pointers.borrow_mut().down.retain(|(id, _)| *id != event.pointer_id());
        })
    };
    (down, moves, up)
}
