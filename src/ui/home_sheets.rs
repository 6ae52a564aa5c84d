//! The palette and the list of keys where no run is open: on the home page and on the pages of the course.
//!
//! Guarantees: the same keys open them as in a lab. Leaves out: a run's own (`lab`).

use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::header::Wish;
use super::key_map::{Screen, key_map};
use super::keys::{Key, read, use_sheet};
use super::palette::{Palette, places};
use super::use_lang;
use crate::web::address::{Address, Theme};

/// The inputs.
#[derive(Properties, PartialEq)]
pub(crate) struct SheetsProps {
    /// The address, whose language and theme places keep.
    pub(crate) address: Address,
    /// The current theme.
    pub(crate) theme: Theme,
    /// What is open.
    pub(crate) open: UseStateHandle<Option<Wish>>,
    /// Called with the requests of the header and of the palette.
    pub(crate) onwish: Callback<Wish>,
    /// Called with the address of a place.
    pub(crate) onopen: Callback<Address>,
}

/// What is open of them, and the keys that open them.
#[component]
pub(crate) fn Sheets(props: &SheetsProps) -> Html {
    let lang = use_lang();
    use_opening_keys(&props.open);
    let place = use_sheet(*props.open == Some(Wish::Help));
    let onclose = {
        let open = props.open.clone();
        Callback::from(move |()| open.set(None))
    };
    match *props.open {
        Some(Wish::Palette) => {
            let entries = places::entries(lang, &props.address, props.theme, &props.onopen, &props.onwish);
            html! { <Palette entries={Rc::new(entries)} {onclose} /> }
        }
        Some(Wish::Help) => key_map(lang, Screen::Page, place, &onclose),
        _ => Html::default(),
    }
}

#[hook]
fn use_opening_keys(open: &UseStateHandle<Option<Wish>>) {
    let open = open.clone();
    use_effect_with(open.is_none(), move |_| {
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
                let wish = match read(event) {
                    Some(Key::Palette) => Wish::Palette,
                    Some(Key::Help) => Wish::Help,
                    _ => return,
                };
                // A dialog that is open keeps its keys.
                if open.is_none() {
                    event.prevent_default();
                    open.set(Some(wish));
                }
            })
        });
        move || drop(listener)
    });
}
