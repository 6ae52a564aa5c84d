//! What opens over the lab: the palette, the causes of an event, two lines compared, sharing, the list of keys.
//!
//! Nothing of it is needed to begin with, so it is a chunk that is fetched when the first of them is opened.
//! Guarantees: nothing but `load` refers to them; one that is opened before the chunk has arrived is drawn when it has;
//! if it does not arrive, the page says so, and the next attempt fetches it again. Leaves out: what each of them shows.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::LabProps;
use super::finding::{Doing, entries};
use super::pane_state::PaneState;
use crate::ui::key_map::{Screen, key_map};
use crate::ui::palette::Palette;
use crate::ui::share::{ShareProps, share};
use crate::ui::time_travel::{Comparison, comparison};
use crate::ui::watch::View;
use crate::ui::why::{Explained, WhyProps, why_dialog};
use quorum_i18n::Lang;

/// Draws the palette of a lab.
type DrawPalette = fn(Lang, &LabProps, &View, &PaneState, &Doing<'_>, Callback<()>) -> Html;

/// What opens over the lab.
#[derive(Clone, Copy)]
pub(super) struct Overlays {
    /// The palette.
    pub(super) palette: DrawPalette,
    /// The causes of an event.
    pub(super) why: fn(Lang, &Explained, &WhyProps) -> Html,
    /// Two lines of time.
    pub(super) comparison: fn(Lang, &Comparison, NodeRef, &Callback<()>) -> Html,
    /// The link, the file and the report of the present moment.
    pub(super) share: fn(ShareProps) -> Html,
    /// The list of keys.
    pub(super) keys: fn(Lang, Screen, NodeRef, &Callback<()>) -> Html,
}

crate::chunk::kept_code! {
    /// Fetches them.
    lab_overlays: Overlays = Overlays { palette, why: why_dialog, comparison, share, keys: key_map }
}

fn palette(
    lang: Lang,
    props: &LabProps,
    view: &View,
    pane_state: &PaneState,
    doing: &Doing<'_>,
    onclose: Callback<()>,
) -> Html {
    html! { <Palette {onclose} entries={entries(lang, props, view, pane_state, doing)} /> }
}

/// The overlays, which are fetched once one of them is wanted.
#[hook]
pub(super) fn use_overlays(lang: Lang, wanted: bool, pane_state: &PaneState) -> Option<Overlays> {
    let drawn = use_state(loaded);
    {
        let (drawn, pane_state) = (drawn.clone(), pane_state.clone());
        use_effect_with(wanted, move |wanted| {
            if *wanted && drawn.is_none() {
                spawn_local(async move {
                    match fetch().await {
                        Ok(()) => drawn.set(loaded()),
                        Err(_) => pane_state.say(lang.t("overlay-missing")),
                    }
                });
            }
        });
    }
    *drawn
}
