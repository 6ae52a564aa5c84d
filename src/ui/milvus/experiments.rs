//! Failover tests, majority calculator and load test beside a cluster: fetched when the learner opens them.
//!
//! They have pages of their own (`desk`). Guarantees: nothing but `load` refers to them here, so that a first visit
//! does not download them; if they do not arrive, the button can be pressed again. Leaves out: the instruments.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::drills::Drills;
use super::load::LoadTest;
use super::majority::Majority;
use crate::ui::focus::focus_on;
use crate::ui::icons::ic;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::needs::Needs;
use crate::web::session::Session;
use crate::web::texts;

/// The properties.
#[derive(Clone, Properties, PartialEq)]
pub(crate) struct ExperimentsProps {
    /// The session, which plays drills.
    pub(crate) session: Session,
    /// The address of the run.
    pub(crate) address: Address,
    /// The settings of the open cluster that differ from their defaults.
    pub(crate) set: Vec<(String, u64)>,
    /// The run's seed.
    pub(crate) seed: u64,
    /// Whether the run is running.
    pub(crate) running: bool,
}

/// Draws the instruments.
type Draw = fn(&ExperimentsProps) -> Html;

crate::chunk::kept_code! {
    /// Fetches the instruments.
    milvus_experiments: Draw = draw
}

fn draw(props: &ExperimentsProps) -> Html {
    let ExperimentsProps { session, address, set, seed, running } = props.clone();
    html! {
        <>
            <Drills {session} {address} {set} {seed} {running} />
            <Majority />
            <LoadTest />
        </>
    }
}

/// A button that fetches the instruments, and then the instruments.
#[component]
pub(crate) fn Experiments(props: &ExperimentsProps) -> Html {
    let lang = use_lang();
    let drawn = use_state(loaded);
    if let Some(draw) = *drawn {
        return draw(props);
    }
    let onclick = Callback::from(move |_: MouseEvent| {
        let drawn = drawn.clone();
        spawn_local(async move {
            let texts = texts::load(lang, None, Needs::of_experiments).await;
            if texts.is_ok() && fetch().await.is_ok() {
                drawn.set(loaded());
                // The button is gone.
                gloo_timers::callback::Timeout::new(50, || focus_on("[data-view=drills] button")).forget();
            }
        });
    });
    html! {
        <section class="gauge">
            <button class="btn" type="button" data-act="experiments" {onclick}>
                { ic("list") }{ lang.f("mc-experiments", &[]) }
            </button>
        </section>
    }
}
