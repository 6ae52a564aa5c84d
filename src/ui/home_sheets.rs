//! The palette and the list of keys where no run is open: on the home page and on the pages of the course.
//!
//! Guarantees: the same keys open them as in a lab; they are a chunk that is fetched when the first of them is opened.
//! Leaves out: a run's own (`lab`).

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::header::Wish;
use super::key_map::{Screen, key_map};
use super::keys::{Key, read, use_sheet};
use super::palette::{Palette, places};
use super::use_lang;
use crate::web::address::{Address, Theme};
use quorum_i18n::Lang;

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
    let drawn = use_drawn(props.open.is_some());
    let place = use_sheet(*props.open == Some(Wish::Help) && drawn.is_some());
    drawn.map(|draw| draw(lang, props, place)).unwrap_or_default()
}

/// Draws what is open.
type Draw = fn(Lang, &SheetsProps, NodeRef) -> Html;

crate::chunk::code! {
    /// Fetches the code of what is open.
    page_sheets: Draw = draw
}

thread_local! {
    static LOADED: Cell<Option<Draw>> = const { Cell::new(None) };
}

/// The code of what is open, which is fetched once it is wanted.
#[hook]
fn use_drawn(wanted: bool) -> Option<Draw> {
    let loaded = use_state(|| LOADED.get());
    {
        let loaded = loaded.clone();
        use_effect_with(wanted, move |wanted| {
            if *wanted && loaded.is_none() {
                spawn_local(async move {
                    // What does not arrive is fetched again when it is next wanted.
                    if let Ok(draw) = load().await {
                        LOADED.set(Some(draw));
                        loaded.set(Some(draw));
                    }
                });
            }
        });
    }
    *loaded
}

fn draw(lang: Lang, props: &SheetsProps, place: NodeRef) -> Html {
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
