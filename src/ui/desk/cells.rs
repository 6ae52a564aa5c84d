//! Every run of a report as a cell, which opens it; and the worst one.
//!
//! Guarantees: a cell's figures are in its name too; the cells are one stop of the Tab key, and arrows, Home and End
//! lead from one to the other; a run of a Milvus cluster is replayed with its faults, others open with their seed, and
//! the page says which. Leaves out: the replay.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use crate::ui::focus::focus;
use crate::ui::icons::ic;
use crate::ui::regions::TOPOLOGY;
use crate::ui::{milvus, use_lang};
use crate::web::address::Address;
use quorum_drill::cells::{Cell, worst as worst_of};
use quorum_drill::export;
use quorum_i18n::{Lang, grouped};

/// What is shown.
#[derive(Clone, PartialEq)]
pub(super) struct CellsProps {
    /// The runs.
    pub(super) cells: Rc<Vec<Cell>>,
    /// The settings that were changed.
    pub(super) set: Vec<(String, u64)>,
    /// Whether they are disasters of two regions.
    pub(super) regions: bool,
    /// The home page's address in the same appearance.
    pub(super) home: Address,
}

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub(super) struct SectionProps {
    /// What is shown.
    pub(super) shown: CellsProps,
}

/// The address of a run: its replay, else a world with the same seed.
fn address_of(shown: &CellsProps, cell: &Cell) -> Address {
    let world = if shown.regions { TOPOLOGY.to_owned() } else { milvus::topology_with(&shown.set) };
    Address {
        topology: Some(world),
        seed: Some(cell.seed),
        run: cell.run.clone(),
        kept: Some(false),
        ..shown.home.clone()
    }
}

/// A run's figures in words.
fn figures(lang: Lang, cell: &Cell) -> String {
    let rto = cell.rto_ms.map_or_else(|| "—".to_owned(), export::seconds);
    lang.f(
        if cell.met { "home-r-cell-met" } else { "home-r-cell-missed" },
        &[
            ("scenario", export::scenario_name(&cell.scenario, lang).into()),
            ("seed", cell.seed.to_string().into()),
            ("rto", rto.into()),
            ("failed", grouped(cell.failed).into()),
            ("lost", grouped(cell.lost).into()),
        ],
    )
}

/// The worst run, with the link that replays it.
pub(super) fn worst(lang: Lang, shown: &CellsProps) -> Html {
    let Some(cell) = worst_of(&shown.cells) else { return Html::default() };
    let href = address_of(shown, cell).link();
    let label = if cell.run.is_some() { "home-r-worst-replay" } else { "home-r-worst-open" };
    html! {
        <p class="desk-w" data-view="worst" data-seed={cell.seed.to_string()}>
            <span>{ lang.t("home-r-worst") }{ " " }{ figures(lang, cell) }</span>
            <a class="btn btn-act no-print" data-act="replay-worst" {href} target="_blank" rel="noopener">
                { ic("play") }{ lang.f(label, &[]) }
            </a>
        </p>
    }
}

/// All runs.
#[component]
pub(super) fn Cells(props: &SectionProps) -> Html {
    let lang = use_lang();
    let at = use_state_eq(|| 0_usize);
    let place = use_node_ref();
    let shown = &props.shown;
    let count = shown.cells.len();
    if count == 0 {
        return Html::default();
    }
    let onkeydown = {
        let (at, place) = (at.clone(), place.clone());
        Callback::from(move |event: KeyboardEvent| {
            let to = match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => (*at + 1) % count,
                "ArrowLeft" | "ArrowUp" => (*at + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            at.set(to);
            let list = place.cast::<web_sys::Element>();
            let found =
                list.and_then(|list| list.query_selector(&format!("[data-cell='{to}']")).ok().flatten());
            if let Some(cell) = found {
                focus(&cell);
            }
        })
    };
    let onfocusin = {
        let at = at.clone();
        Callback::from(move |event: FocusEvent| {
            let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
            let cell = target.and_then(|target| target.get_attribute("data-cell"));
            if let Some(cell) = cell.and_then(|cell| cell.parse().ok()) {
                at.set(cell);
            }
        })
    };
    let one = |(number, cell): (usize, &Cell)| {
        let said = figures(lang, cell);
        let class = if cell.met { "cell" } else { "cell cell-no" };
        html! {
            <li key={number}>
                <a {class} href={address_of(shown, cell).link()} target="_blank" rel="noopener"
                    data-cell={number.to_string()} data-seed={cell.seed.to_string()}
                    data-met={cell.met.to_string()} tabindex={if number == *at { "0" } else { "-1" }}
                    aria-label={said.clone()} title={said}>
                    { if cell.met { "" } else { "×" } }
                </a>
            </li>
        }
    };
    let replays = shown.cells.iter().all(|cell| cell.run.is_some());
    html! {
        <section class="desk-r" data-view="cells" data-cells={count.to_string()}>
            <h2 class="h-sub">{ lang.t("home-r-cells") }</h2>
            <p class="fine">{ lang.t(if replays { "home-r-cells-replay" } else { "home-r-cells-open" }) }</p>
            <ol class="cells" aria-label={lang.t("home-r-cells")} ref={place} {onkeydown} {onfocusin}>
                { for shown.cells.iter().enumerate().map(one) }
            </ol>
        </section>
    }
}
