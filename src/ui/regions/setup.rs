//! What two regions are made of and how they are tuned: ways to follow, what each layer protects, every setting with its
//! default and its source, and what is simplified.
//!
//! Promises: a setting is changed in the run that is open where that can be; what a run is built from opens a new one, and the
//! page says so before. Leaves out: the configuration as the course writes it (`config`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::deeds::Deed;
use super::{asked, facts, topology_with, value_of};
use crate::lab::regions::settings::ALL;
use crate::lab::snapshot::{RegionsFacts, Snapshot};
use crate::ui::actions::Act;
use crate::ui::icons::ic;
use crate::ui::{source, use_lang};
use crate::words::{Lang, grouped};

/// Groups of settings: the title, and the setting that begins each.
const GROUPS: [(&str, &str); 8] = [
    ("rg-group-shape", "region_nodes"),
    ("rg-group-clients", "clients_beijing"),
    ("rg-group-backup", "backup"),
    ("rg-group-sync", "sync_mode"),
    ("rg-group-health", "health_check_s"),
    ("rg-group-fence", "fencing"),
    ("rg-group-dns", "dns_ttl_s"),
    ("rg-group-price", "price_node_fen"),
];

/// What a run is built from.
const BUILT: [&str; 6] =
    ["region_nodes", "rows_each", "dim", "clients_beijing", "clients_shanghai", "standby"];

/// Runs to begin with: the word in the document, the title, the topology.
const PRESETS: [(&str, &str, &str); 5] = [
    ("real-time", "rg-preset-real", "two-regions"),
    ("near", "rg-preset-near", "two-regions:sync_mode=2"),
    ("periodic", "rg-preset-periodic", "two-regions:sync_mode=3"),
    ("counts", "rg-preset-counts", "two-regions:sync_mode=4,fencing=0,standby_read_only=0"),
    ("backup-only", "rg-preset-backup", "two-regions:sync_mode=0,standby=0"),
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

/// The pane beside the stage.
#[component]
pub fn Setup(props: &SetupProps) -> Html {
    let lang = use_lang();
    let draft = use_state_eq(Vec::<(String, u64)>::new);
    let Some(facts) = facts(&props.now) else { return Html::default() };
    html! {
        <section class="lesson pane mc-setup" aria-label={lang.t("rg-setup")} data-step="0">
            <div class="pane-scroll" tabindex="0">
                <h1 class="h-title">{ lang.t("rg-title") }</h1>
                <p class="prose">{ lang.t("rg-lead") }</p>
                <h2 class="h-sub">{ lang.t("rg-presets") }</h2>
                { presets(lang, props) }
                <p class="fine">{ lang.t("rg-presets-s") }</p>
                { honesty(lang) }
                <h2 class="h-sub">{ lang.t("mc-settings") }<span class="num">{ ALL.len() }</span></h2>
                { for GROUPS.iter().enumerate().map(|(place, (title, _))| group(lang, props, facts, &draft, place, title)) }
            </div>
            if !draft.is_empty() { { apply(lang, props, &draft) } }
        </section>
    }
}

fn presets(lang: Lang, props: &SetupProps) -> Html {
    let one = |(word, title, topology): &(&'static str, &'static str, &'static str)| {
        let same = asked(topology, "sync_mode") == asked(&props.topology, "sync_mode");
        let topology = (*topology).to_owned();
        let onclick = props.onopen.reform(move |_: MouseEvent| topology.clone());
        html! {
            <button type="button" class={classes!("btn", same.then_some("btn-set"))} data-preset={*word} aria-pressed={same.to_string()} {onclick}>{ lang.f(title, &[]) }</button>
        }
    };
    html! { <div class="rg-presets" role="group" aria-label={lang.t("rg-presets")}>{ for PRESETS.iter().map(one) }</div> }
}

/// What is simplified.
fn honesty(lang: Lang) -> Html {
    let items =
        ["rg-simple-volume", "rg-simple-person", "rg-simple-price", "rg-simple-count", "rg-simple-health"];
    html! {
        <details class="mc-details" data-view="honesty">
            <summary>{ lang.t("mc-simple") }</summary>
            <ul class="cks">
                { for items.iter().map(|key| html! { <li class="ck ck-todo"><i class="ck-o" /><span>{ lang.f(key, &[]) }</span></li> }) }
            </ul>
        </details>
    }
}

fn group(
    lang: Lang,
    props: &SetupProps,
    facts: &RegionsFacts,
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
            rows.push(row(lang, props, facts, draft, setting.name));
        }
    }
    html! {
        <details class="mc-details" data-group={title}>
            <summary>{ lang.f(title, &[]) }<small class="num">{ rows.len() }</small></summary>
            { for rows }
        </details>
    }
}

/// A setting: its name, its value in a field, its default and where that comes from.
fn row(
    lang: Lang,
    props: &SetupProps,
    facts: &RegionsFacts,
    draft: &UseStateHandle<Vec<(String, u64)>>,
    name: &'static str,
) -> Html {
    let Some(setting) = ALL.iter().find(|setting| setting.name == name) else { return Html::default() };
    let live = !BUILT.contains(&name);
    let drafted = draft.iter().rev().find(|(other, _)| other == name).map(|(_, value)| *value);
    let current = value_of(facts, name);
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
                return onact.emit(Act::Region(Deed::Set(name, wanted)));
            }
            let mut list = (*draft).clone();
            list.retain(|(other, _)| other != name);
            if wanted != current {
                list.push((name.to_owned(), wanted));
            }
            draft.set(list);
        })
    };
    html! {
        <div class={classes!("mc-set", drafted.is_some().then_some("mc-new"))} data-setting={name} data-live={live.to_string()}>
            <label for={format!("rg-in-{name}")}>{ setting_text(lang, name) }</label>
            <span class="mc-in">
                <input id={format!("rg-in-{name}")} class="num" type="number" inputmode="numeric" min={min.to_string()} max={max.to_string()}
                    value={value.to_string()} disabled={live && !props.running} {onchange} />
                <small>{ unit_text(lang, setting.unit) }</small>
            </span>
            <small class="mc-src" title={setting.source}>
                { lang.f("mc-default", &[("value", grouped(setting.default).into()), ("source", source::source_line(lang, setting.source).into())]) }
            </small>
        </div>
    }
}

/// A setting's name in words; the name itself where the catalogue has none.
pub fn setting_text(lang: Lang, name: &str) -> String {
    let key = format!("rg-set-{name}");
    let said = lang.f(&key, &[]);
    if said == key { name.replace('_', " ") } else { said }
}

/// A unit in words; units of measure stay as they are.
fn unit_text(lang: Lang, unit: &str) -> String {
    let word: String = unit.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let key = format!("rg-unit-{word}");
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
            <button type="button" class="btn btn-pri" data-act="apply-shape" {onclick}>{ ic("restart") }{ lang.f("mc-apply", &[("n", draft.len().into())]) }</button>
            <button type="button" class="btn btn-quiet" data-act="drop-shape" onclick={drop}>{ lang.t("mc-drop") }</button>
        </div>
    }
}
