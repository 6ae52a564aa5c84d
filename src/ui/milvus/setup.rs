//! The cluster's composition and tuning: presets, every setting with its default and its source, and what is
//! simplified.
//!
//! Guarantees: a setting that the run can change is changed in it at once; others are collected and open a new run
//! together, and the page says so beforehand. Leaves out: the settings chosen beside searches and writes (`reads`).

use std::rc::Rc;

use yew::prelude::*;

use super::{PRESETS, TOPOLOGY, value_of};
use crate::ui::intent::{Intent, PodAction};
use crate::ui::tuning::{Tuning, apply, honesty, settings, topology_changed};
use crate::ui::use_lang;
use quorum_facade::milvus::settings::ALL;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// Groups of settings: the title, and the first setting of each.
const GROUPS: [(&str, &str); 6] = [
    ("mc-group-shape", "control_plane"),
    ("mc-group-health", "health_check_ms"),
    ("mc-group-control", "session_ttl_ms"),
    ("mc-group-data", "latency_min_us"),
    ("mc-group-reads", "consistency"),
    ("mc-group-clients", "search_interval_ms"),
];

/// What is simplified.
const SIMPLE: [&str; 8] = [
    "mc-simple-plane",
    "mc-simple-vectors",
    "mc-simple-store",
    "mc-simple-cost",
    "mc-simple-search",
    "mc-simple-rows",
    "mc-simple-log",
    "mc-simple-ack",
];

/// The notes' scenes: the name in the document, the topology, title, and what to look at.
const SCENES: [(&str, &str, &str, &str); 6] = [
    ("tester", "milvus:dim=128,index_type=1", "mc-scene-tester", "mc-scene-tester-s"),
    ("one", "milvus:replicas=1,clients=10", "mc-scene-one", "mc-scene-one-s"),
    ("three", "milvus:clients=10", "mc-scene-three", "mc-scene-three-s"),
    (
        "documents",
        "milvus:dim=128,index_type=1,metric=1,nprobe=16,top_k=5",
        "mc-scene-documents",
        "mc-scene-documents-s",
    ),
    (
        "shop",
        "milvus:query_nodes=5,replicas=5,index_type=1,metric=2,consistency=3,search_us=5000,call_timeout_ms=10000,\
         top_k=20,client_timeout_ms=10000,clients=1000",
        "mc-scene-shop",
        "mc-scene-shop-s",
    ),
    (
        "shop-short",
        "milvus:query_nodes=5,replicas=5,index_type=1,metric=2,consistency=3,search_us=5000,call_timeout_ms=500,\
         top_k=20,client_timeout_ms=500,clients=1000",
        "mc-scene-shop-short",
        "mc-scene-shop-short-s",
    ),
];

/// The properties of the pane.
#[derive(Properties, PartialEq)]
pub struct SetupProps {
    /// The snapshot, for the settings.
    pub now: Rc<Snapshot>,
    /// The open topology, as the address has it.
    pub topology: String,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Called with actions on the run.
    pub onintent: Callback<Intent>,
    /// Called with the topology of a new run.
    pub onopen: Callback<String>,
}

/// The pane beside the map.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let lang = use_lang();
    let draft = use_state_eq(Vec::<(String, u64)>::new);
    let shape = shape(&props.now);
    let tuning = Tuning {
        prefix: "mc",
        all: ALL,
        groups: &GROUPS,
        // The shapes above choose it.
        elsewhere: &["control_plane"],
        unfolded: true,
        running: props.running,
        value: &|name| (value_of(&props.now, name), live(&props.now, name)),
        change: props.onintent.reform(|(name, value)| Intent::Cluster(PodAction::Set(name, value))),
        draft: &draft,
    };
    let open = props.topology.clone();
    let onapply =
        props.onopen.reform(move |list: Vec<(String, u64)>| topology_changed(TOPOLOGY, ALL, &open, &list));
    let pods = props.now.milvus.as_ref().map_or(0, |facts| facts.pods.len());
    html! {
        <section class="lesson pane mc-setup" aria-label={lang.t("mc-setup")} data-step="0">
            <div class="pane-scroll" tabindex="0">
                <h1 class="h-title">{ lang.t("preset-milvus") }</h1>
                <p class="fine num">{ lang.f("mc-pods-n", &[("n", pods.into())]) }</p>
                { presets(lang, props, shape) }
                <p class="note">{ lang.t(means(&props.now, shape)) }</p>
                { scenes(lang, props) }
                { honesty(lang, &SIMPLE) }
                { settings(lang, &tuning) }
            </div>
            { apply(lang, &draft, &onapply) }
        </section>
    }
}

/// What each of the shapes is.
const SHAPES: [&str; PRESETS.len()] = ["mc-plane-course", "mc-plane-25", "mc-plane-26", "mc-plane-30"];

/// Which of the shapes a run has: that of its control plane, and of where its log is.
fn shape(now: &Snapshot) -> usize {
    match (value_of(now, "control_plane"), value_of(now, "log_kind")) {
        (0, _) => 0,
        (1, _) => 1,
        (_, 0) => 2,
        _ => 3,
    }
}

/// What the shape of a run is, in a catalogue's words: that of 3.0 has two logs to choose from.
fn means(now: &Snapshot, shape: usize) -> &'static str {
    if (shape, value_of(now, "log_kind")) == (3, 2) { "mc-plane-30-service" } else { SHAPES[shape] }
}

/// The shapes, as a choice of runs.
fn presets(lang: Lang, props: &SetupProps, now: usize) -> Html {
    let one = |(place, (word, topology, title)): (usize, &(&'static str, &'static str, &'static str))| {
        let topology = (*topology).to_owned();
        let onclick = props.onopen.reform(move |_: MouseEvent| topology.clone());
        html! {
            <button type="button" class={classes!("btn", (place == now).then_some("btn-set"))} data-preset={*word}
                aria-pressed={(place == now).to_string()} {onclick}>{ lang.f(title, &[]) }</button>
        }
    };
    html! {
        <div class="mc-presets" role="group" aria-label={lang.t("mc-presets")}>
            { for PRESETS.iter().enumerate().map(one) }
        </div>
    }
}

/// The notes' scenes, as runs to open.
fn scenes(lang: Lang, props: &SetupProps) -> Html {
    let one = |(word, topology, title, means): &(&'static str, &'static str, &'static str, &'static str)| {
        let topology = (*topology).to_owned();
        let open = props.topology == topology;
        let onclick = props.onopen.reform(move |_: MouseEvent| topology.clone());
        html! {
            <li><button type="button" class={classes!("btn", open.then_some("btn-set"))} data-scene={*word}
                aria-pressed={open.to_string()} {onclick}>{ lang.f(title, &[]) }</button>
                <p class="fine">{ lang.f(means, &[]) }</p></li>
        }
    };
    html! {
        <details class="mc-details" data-view="scenes">
            <summary>{ lang.t("mc-scenes") }<small class="num">{ SCENES.len() }</small></summary>
            <ul class="mc-scenes">{ for SCENES.iter().map(one) }</ul>
        </details>
    }
}

/// Whether the run itself can change a setting.
fn live(now: &Snapshot, name: &str) -> bool {
    now.milvus.as_ref().is_some_and(|facts| facts.settings.iter().any(|(reported, _)| reported == name))
}
