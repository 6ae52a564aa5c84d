//! What the cluster is made of and how it is tuned: presets, every setting with its default and its source, and what is
//! simplified.
//!
//! Promises: a setting that the run can change is changed in it at once; others are gathered and open a new run together,
//! and the page says so before. Leaves out: the settings chosen beside searches and writes (`reads`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::deeds::Deed;
use super::{asked, topology_with, value_of};
use crate::lab::milvus::settings::ALL;
use crate::lab::milvus::shape::Plane;
use crate::lab::snapshot::Snapshot;
use crate::ui::actions::Act;
use crate::ui::icons::ic;
use crate::ui::source::{source, source_line};
use crate::ui::use_lang;
use crate::ui::wing::PRESETS;
use crate::words::{Lang, grouped};

/// Groups of settings: the title, and the setting that begins each.
const GROUPS: [(&str, &str); 6] = [
    ("mc-group-shape", "control_plane"),
    ("mc-group-health", "health_check_ms"),
    ("mc-group-control", "session_ttl_ms"),
    ("mc-group-data", "latency_min_us"),
    ("mc-group-reads", "consistency"),
    ("mc-group-clients", "search_interval_ms"),
];

/// What the pane is drawn from.
#[derive(Properties, PartialEq)]
pub struct SetupProps {
    /// The moment, for the settings.
    pub now: Rc<Snapshot>,
    /// The topology that is open, as the address has it.
    pub topology: String,
    /// Whether the run takes commands.
    pub running: bool,
    /// Called with what is asked of the run.
    pub onact: Callback<Act>,
    /// Called with the topology of a new run.
    pub onopen: Callback<String>,
}

/// The pane beside the map.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let lang = use_lang();
    let draft = use_state_eq(Vec::<(String, u64)>::new);
    let plane = match value_of(&props.now, "control_plane") {
        0 => Plane::Raft,
        1 => Plane::Lease,
        _ => Plane::Streaming,
    };
    let pods = props.now.milvus.as_ref().map_or(0, |facts| facts.pods.len());
    html! {
        <section class="lesson pane mc-setup" aria-label={lang.t("mc-setup")} data-step="0">
            <div class="pane-scroll" tabindex="0">
                <h1 class="h-title">{ lang.t("home-milvus") }</h1>
                <p class="fine num">{ lang.f("mc-pods-n", &[("n", pods.into())]) }</p>
                { presets(lang, props, plane) }
                <p class="note">{ lang.t(match plane {
                    Plane::Raft => "mc-plane-course",
                    Plane::Lease => "mc-plane-25",
                    Plane::Streaming => "mc-plane-26",
                }) }</p>
                { honesty(lang) }
                <h2 class="h-sub">{ lang.t("mc-settings") }<span class="num">{ ALL.len() }</span></h2>
                { for GROUPS.iter().enumerate().map(|(place, (title, _))| group(lang, props, &draft, place, title)) }
            </div>
            if !draft.is_empty() { { apply(lang, props, &draft) } }
        </section>
    }
}

/// The three control planes, as a choice of runs.
fn presets(lang: Lang, props: &SetupProps, plane: Plane) -> Html {
    let now = match plane {
        Plane::Raft => 0,
        Plane::Lease => 1,
        Plane::Streaming => 2,
    };
    let one = |(place, (word, topology, title)): (usize, &(&'static str, &'static str, &'static str))| {
        let topology = (*topology).to_owned();
        let onclick = props.onopen.reform(move |_: MouseEvent| topology.clone());
        html! {
            <button type="button" class={classes!("btn", (place == now).then_some("btn-set"))} data-preset={*word}
                aria-pressed={(place == now).to_string()} {onclick}>{ lang.f(title, &[]) }</button>
        }
    };
    html! { <div class="mc-presets" role="group" aria-label={lang.t("mc-presets")}>{ for PRESETS.iter().enumerate().map(one) }</div> }
}

/// What is simplified.
fn honesty(lang: Lang) -> Html {
    let items =
        ["mc-simple-plane", "mc-simple-vectors", "mc-simple-store", "mc-simple-cost", "mc-simple-ack"];
    html! {
        <details class="mc-details" data-view="honesty">
            <summary>{ lang.t("mc-simple") }</summary>
            <ul class="cks">
                { for items.iter().map(|key| html! { <li class="ck ck-todo"><i class="ck-o" /><span>{ lang.f(key, &[]) }</span></li> }) }
            </ul>
        </details>
    }
}

/// Whether the run itself can change a setting.
fn live(now: &Snapshot, name: &str) -> bool {
    now.milvus.as_ref().is_some_and(|facts| facts.settings.iter().any(|(told, _)| told == name))
}

/// A group of settings, folded; the shape is open.
fn group(
    lang: Lang,
    props: &SetupProps,
    draft: &UseStateHandle<Vec<(String, u64)>>,
    place: usize,
    title: &'static str,
) -> Html {
    let begins = |name: &str| GROUPS.iter().position(|(_, first)| *first == name);
    let mut current = 0;
    let mut rows = Vec::new();
    for setting in ALL {
        current = begins(setting.name).unwrap_or(current);
        if current == place {
            rows.push(row(lang, props, draft, setting.name));
        }
    }
    html! {
        <details class="mc-details" open={place == 0} data-group={title}>
            <summary>{ lang.f(title, &[]) }<small class="num">{ rows.len() }</small></summary>
            { for rows }
        </details>
    }
}

/// A setting: its name, its value in a field, its default and where that comes from.
fn row(
    lang: Lang,
    props: &SetupProps,
    draft: &UseStateHandle<Vec<(String, u64)>>,
    name: &'static str,
) -> Html {
    let Some(setting) = ALL.iter().find(|setting| setting.name == name) else { return Html::default() };
    let live = live(&props.now, name);
    let drafted = draft.iter().rev().find(|(other, _)| other == name).map(|(_, value)| *value);
    let current = value_of(&props.now, name);
    let value = drafted.unwrap_or(current);
    let (min, max) = (setting.min, setting.max);
    let onchange = {
        let (draft, onact) = (draft.clone(), props.onact.clone());
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let wanted = input.value().trim().parse::<u64>().map_or(current, |value| value.clamp(min, max));
            input.set_value(&wanted.to_string());
            if live {
                onact.emit(Act::Cluster(Deed::Set(name, wanted)));
                return;
            }
            let mut list = (*draft).clone();
            list.retain(|(other, _)| other != name);
            if wanted != current {
                list.push((name.to_owned(), wanted));
            }
            draft.set(list);
        })
    };
    let (source, detail) = source(lang, setting.source);
    let title = setting_text(lang, name);
    html! {
        <div class={classes!("mc-set", drafted.is_some().then_some("mc-new"))} data-setting={name} data-live={live.to_string()}>
            <label for={format!("mc-{name}")}>{ title }</label>
            <span class="mc-in">
                <input id={format!("mc-{name}")} class="num" type="number" inputmode="numeric" min={min.to_string()} max={max.to_string()}
                    value={value.to_string()} disabled={live && !props.running} {onchange} />
                <small>{ unit(lang, setting.unit) }</small>
            </span>
            <small class="mc-src" title={source_line(lang, setting.source)}>
                { lang.f("mc-default", &[("value", grouped(setting.default).into()), ("source", source.into())]) }
                if let Some(detail) = detail { <span lang="en">{ format!(" · {detail}") }</span> }
            </small>
        </div>
    }
}

/// A setting's name in words; the name itself where the catalogue has none.
pub fn setting_text(lang: Lang, name: &str) -> String {
    let key = format!("mc-set-{name}");
    let said = lang.f(&key, &[]);
    if said == key { name.replace('_', " ") } else { said }
}

/// A unit in words; units of measure stay as they are, as does what says which number means what.
fn unit(lang: Lang, unit: &str) -> String {
    let key = format!("mc-unit-{}", unit.replace([' ', ',', '/', '.'], "-"));
    let said = lang.f(&key, &[]);
    if said == key { unit.to_owned() } else { said }
}

/// What has been gathered, and the button that opens a run with it.
fn apply(lang: Lang, props: &SetupProps, draft: &UseStateHandle<Vec<(String, u64)>>) -> Html {
    let onclick = {
        let (draft, onopen, topology) = (draft.clone(), props.onopen.clone(), props.topology.clone());
        Callback::from(move |_: MouseEvent| {
            // What the open topology asks for stays, but for what is changed.
            let mut all: Vec<(String, u64)> =
                ALL.iter().map(|setting| (setting.name.to_owned(), asked(&topology, setting.name))).collect();
            all.extend(draft.iter().cloned());
            onopen.emit(topology_with(&all));
            draft.set(Vec::new());
        })
    };
    let drop = {
        let draft = draft.clone();
        Callback::from(move |_: MouseEvent| draft.set(Vec::new()))
    };
    html! {
        <div class="pane-foot mc-apply" data-view="draft">
            <button type="button" class="btn btn-pri" data-act="apply-shape" {onclick}>
                { ic("restart") }{ lang.f("mc-apply", &[("n", draft.len().into())]) }
            </button>
            <button type="button" class="btn btn-quiet" data-act="drop-shape" onclick={drop}>{ lang.t("mc-drop") }</button>
        </div>
    }
}
