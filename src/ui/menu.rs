//! A button that opens a short menu.
//!
//! Guarantees: works as menus do: arrows move, Enter chooses, Escape and Tab close, and the focus goes back to the
//! button; keys in an open menu do nothing else on the page. Leaves out: what is chosen from.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::focus::focus;
use super::icons::ic;
use super::inert::inert;

/// Something to choose.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// Its name in the document.
    pub(crate) word: &'static str,
    pub(crate) text: String,
    /// The key that does the same.
    pub(crate) key: Option<&'static str>,
    /// Whether it can be chosen now.
    pub(crate) can: bool,
}

/// The menu's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct MenuProps {
    /// Its name in the document.
    pub(crate) word: &'static str,
    /// What the button says.
    pub(crate) label: String,
    pub(crate) icon: &'static str,
    pub(crate) items: Vec<Item>,
    /// Whether it opens upwards.
    #[prop_or_default]
    pub(crate) up: bool,
    /// Whether nothing can be chosen now.
    #[prop_or_default]
    pub(crate) off: bool,
    /// Called with the name of what is chosen, and the button.
    pub(crate) onpick: Callback<(&'static str, Element)>,
}

/// The button and its menu.
#[component]
pub(crate) fn Menu(props: &MenuProps) -> Html {
    let open = use_state_eq(|| false);
    let (whole, button, list) = (use_node_ref(), use_node_ref(), use_node_ref());
    {
        let list = list.clone();
        use_effect_with(*open, move |open| {
            if *open {
                step(&list, Step::First);
            }
        });
    }
    let close = {
        let (open, button) = (open.clone(), button.clone());
        Callback::from(move |()| {
            open.set(false);
            if let Some(button) = button.cast::<Element>() {
                focus(&button);
            }
        })
    };
    let onclick = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (open, close, list) = (open.clone(), close.clone(), list.clone());
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowDown" => Step::Next,
                "ArrowUp" => Step::Before,
                "Home" => Step::First,
                "End" => Step::Last,
                "Escape" => {
                    event.prevent_default();
                    event.stop_propagation();
                    return close.emit(());
                }
                "Tab" => return open.set(false),
                // Enter and Space press the item; other keys are not the page's.
                _ => return event.stop_propagation(),
            };
            event.prevent_default();
            event.stop_propagation();
            step(&list, to);
        })
    };
    let onfocusout = {
        let (open, whole) = (open.clone(), whole.clone());
        Callback::from(move |event: FocusEvent| {
            let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
            let inside = whole.cast::<Element>().is_some_and(|whole| whole.contains(to.as_ref()));
            if !inside {
                open.set(false);
            }
        })
    };
    let item = |item: &Item| {
        let (onpick, close, button) = (props.onpick.clone(), close.clone(), button.clone());
        let word = item.word;
        let onclick = Callback::from(move |_: MouseEvent| {
            close.emit(());
            if let Some(button) = button.cast::<Element>() {
                onpick.emit((word, button));
            }
        });
        html! {
            <button key={word} class="menu-i" type="button" role="menuitem" tabindex="-1" data-item={word}
                aria-disabled={inert(!item.can)} {onclick}>
                <span>{ &item.text }</span>
                if let Some(key) = item.key { <kbd aria-hidden="true">{ key }</kbd> }
            </button>
        }
    };
    html! {
        <div ref={whole} class="menu" data-menu={props.word}>
            <button ref={button.clone()} class="iconbtn" type="button" aria-haspopup="menu"
                aria-expanded={open.to_string()} aria-label={props.label.clone()} title={props.label.clone()}
                aria-disabled={inert(props.off)} {onclick}>{ ic(props.icon) }</button>
            if *open {
                <div ref={list} class={classes!("menu-l", props.up.then_some("menu-up"))} role="menu"
                    aria-label={props.label.clone()} {onkeydown} {onfocusout}>
                    { for props.items.iter().map(item) }
                </div>
            }
        </div>
    }
}

/// Where the focus goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    First,
    Last,
    Next,
    Before,
}

/// Moves the focus through a menu, around its ends.
fn step(list: &NodeRef, to: Step) {
    let Some(list) = list.cast::<HtmlElement>() else { return };
    let items = list.children();
    let count = items.length();
    let document = web_sys::window().and_then(|window| window.document());
    let active = document.and_then(|document| document.active_element());
    let here = (0..count).find(|n| items.item(*n) == active);
    let next = match (to, here) {
        (Step::Last, _) | (Step::Before, None | Some(0)) => count.saturating_sub(1),
        (Step::Next, Some(here)) if here + 1 < count => here + 1,
        (Step::Before, Some(here)) => here - 1,
        (Step::First | Step::Next, _) => 0,
    };
    if let Some(item) = items.item(next) {
        focus(&item);
    }
}
