//! The page: Yew views over what the lab reports and nothing else.
//!
//! Guarantees: every figure on the screen comes from a [`Snapshot`](quorum_facade::Snapshot), an event, an answer or
//! the host's facts; every picture has its meaning in words too; everything that can be clicked can be reached by key.
//! Leaves out: the worker and its store (`web`) and all sentences (`words`).
//!
//! The stage follows every snapshot, up to sixty a second; the panes around it follow a throttled copy, updated eight
//! times a second and at once when something changes shape, so that a frame costs the stage alone.
//!
//! A view is a function of the language and of its inputs, called by the enclosing view, or passed to `memo::memo` so
//! that it is not redrawn while these stay the same. Only views with state or effects are components: each adds some
//! kilobytes to the download.

pub mod actions;
pub mod answers;
mod app;
pub mod backup;
pub mod banners;
mod barred;
pub mod cluster;
mod controls;
pub mod course;
mod desk;
pub mod embedding;
pub mod engine;
mod exam;
pub mod export;
mod fetch_views;
pub(crate) mod focus;
pub mod format;
pub mod free_play;
mod header;
mod home;
mod home_sheets;
pub mod icons;
pub mod inert;
pub(crate) mod inspect;
pub mod instruments;
pub mod intent;
mod key_map;
mod keys;
mod lab;
mod links;
pub mod log;
pub mod markdown;
pub mod marks;
mod memo;
pub(crate) mod menu;
pub mod milvus;
pub mod narrate;
mod opening;
pub mod palette;
pub mod panel;
mod possible;
mod proof;
pub mod regions;
pub mod rules;
pub mod schedule;
mod set_form;
mod share;
pub(crate) mod source;
mod stored;
pub mod stories;
pub mod story;
mod tabs;
pub mod telling;
mod time_travel;
mod timeline;
pub mod timeline_window;
mod transport;
pub mod tuning;
pub mod wal;
mod watch;
mod why;
mod world_views;
mod worlds;
pub mod zoom;

use yew::prelude::*;

use crate::web::styles::Style;
use quorum_i18n::Lang;

pub use app::mount;

/// The style of a view, once per page; it was fetched before the view is drawn.
pub(crate) fn look(style: Style) -> Html {
    style.sheet().map(|sheet| html! { <style>{ sheet }</style> }).unwrap_or_default()
}

/// The language of the page, from its context.
#[hook]
pub(crate) fn use_lang() -> Lang {
    use_context::<Lang>().unwrap_or_default()
}

/// Whether a media query holds now; follows it when it changes.
#[hook]
pub(crate) fn use_media(query: &'static str) -> bool {
    let holds = use_state_eq(|| matches_media(query));
    {
        let holds = holds.clone();
        use_effect_with(query, move |query| {
            let list = gloo_list(query);
            let listener = list.map(|list| {
                holds.set(list.matches());
                let watched = list.clone();
                gloo_events::EventListener::new(&list, "change", move |_| holds.set(watched.matches()))
            });
            move || drop(listener)
        });
    }
    *holds
}

fn gloo_list(query: &str) -> Option<web_sys::MediaQueryList> {
    web_sys::window().and_then(|window| window.match_media(query).ok().flatten())
}

fn matches_media(query: &str) -> bool {
    gloo_list(query).is_some_and(|list| list.matches())
}
