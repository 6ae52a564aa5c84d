//! Settings of a world as a pane shows them: collapsible groups, one field per setting with its default and its source,
//! and the changes collected for a new run.
//!
//! Guarantees: a setting that the run can change is changed in it at once; others are collected and open a new run
//! together, and the page says so beforehand. Leaves out: which settings there are, and what their worlds call them
//! (`milvus`, `regions`).

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::icons::ic;
use super::source::{source, source_line};
use quorum_facade::Setting;
use quorum_i18n::{Lang, grouped, say_known};

/// The collected changes: settings by name.
pub(crate) type Draft = UseStateHandle<Vec<(String, u64)>>;

/// The settings of a world and their values in its run.
pub(crate) struct Tuning<'a> {
    /// The prefix of this world's catalogue keys.
    pub prefix: &'static str,
    /// All settings, in order.
    pub all: &'static [Setting],
    /// Groups: the title, and the first setting of each.
    pub groups: &'static [(&'static str, &'static str)],
    /// Settings that the pane offers in another form, and not as a field.
    pub elsewhere: &'static [&'static str],
    /// Whether the first group is expanded.
    pub unfolded: bool,
    /// Whether the run accepts commands.
    pub running: bool,
    /// The run's current value, and whether the run can change it itself.
    pub value: &'a dyn Fn(&str) -> (u64, bool),
    /// Called with a change for the run.
    pub change: Callback<(&'static str, u64)>,
    /// The collected changes.
    pub draft: &'a Draft,
}

/// What is simplified, collapsed.
pub(crate) fn honesty(lang: Lang, items: &[&'static str]) -> Html {
    html! {
        <details class="mc-details" data-view="honesty">
            <summary>{ lang.t("tune-simple") }</summary>
            <ul class="cks">
                {
                    for items.iter()
                        .map(
                            |key| html! {
                                <li class="ck ck-todo">
                                    <i class="ck-o" />
                                    <span>{ lang.f(key, &[]) }</span>
                                </li>
                            }
                        )
                }
            </ul>
        </details>
    }
}

/// All settings, by groups.
pub(crate) fn settings(lang: Lang, tuning: &Tuning) -> Html {
    html! {
        <>
            <h2 class="h-sub">
                { lang.t("tune-settings") }
                <span class="num">{ tuning.all.len() - tuning.elsewhere.len() }</span>
            </h2>
            { for (0..tuning.groups.len()).map(|place| group(lang, tuning, place)) }
        </>
    }
}

fn group(lang: Lang, tuning: &Tuning, place: usize) -> Html {
    let begins = |name: &str| tuning.groups.iter().position(|(_, first)| *first == name);
    let mut current = 0;
    let mut rows = Vec::new();
    for setting in tuning.all {
        current = begins(setting.name).unwrap_or(current);
        if current == place && !tuning.elsewhere.contains(&setting.name) {
            rows.push(row(lang, tuning, setting));
        }
    }
    let title = tuning.groups[place].0;
    html! {
        <details class="mc-details" open={tuning.unfolded && place == 0} data-group={title}>
            <summary>{ lang.f(title, &[]) }<small class="num">{ rows.len() }</small></summary>
            { for rows }
        </details>
    }
}

/// A setting: its name, its value in a field, its default and its source.
fn row(lang: Lang, tuning: &Tuning, setting: &'static Setting) -> Html {
    let (name, prefix) = (setting.name, tuning.prefix);
    let (current, live) = (tuning.value)(name);
    let drafted = tuning.draft.iter().rev().find(|(other, _)| other == name).map(|(_, value)| *value);
    let value = drafted.unwrap_or(current);
    let (min, max) = (setting.min, setting.max);
    let onchange = {
        let (draft, change) = (tuning.draft.clone(), tuning.change.clone());
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let wanted = input.value().trim().parse::<u64>().map_or(current, |value| value.clamp(min, max));
            input.set_value(&wanted.to_string());
            if live {
                return change.emit((name, wanted));
            }
            let mut list = (*draft).clone();
            list.retain(|(other, _)| other != name);
            if wanted != current {
                list.push((name.to_owned(), wanted));
            }
            draft.set(list);
        })
    };
    let id = format!("{prefix}-in-{name}");
    let (origin, detail) = source(lang, prefix, name, setting.source);
    html! {
        <div class={classes!("mc-set", drafted.is_some().then_some("mc-new"))} data-setting={name}
            data-live={live.to_string()}>
            <label for={id.clone()}>{ setting_text(lang, prefix, name) }</label>
            <span class="mc-in">
                <input {id} class="num" type="number" inputmode="numeric" min={min.to_string()} max={max.to_string()}
                    value={value.to_string()} disabled={live && !tuning.running} {onchange} />
                <small>{ unit_text(lang, prefix, setting.unit) }</small>
            </span>
            <small class="mc-src" title={source_line(lang, prefix, name, setting.source)}>
                { lang.f("tune-default", &[("value", grouped(setting.default).into()), ("source", origin.into())]) }
                if let Some(detail) = detail { <span>{ format!(" · {detail}") }</span> }
            </small>
        </div>
    }
}

/// A setting's name in words; the name itself where the catalogue has none.
pub fn setting_text(lang: Lang, prefix: &str, name: &str) -> String {
    say_known(lang, &format!("{prefix}-set-{name}"), &[]).unwrap_or_else(|| name.replace('_', " "))
}

/// A unit in words; units of measure stay unchanged, as do lists of numbered choices.
fn unit_text(lang: Lang, prefix: &str, unit: &str) -> String {
    let word: String = unit.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    say_known(lang, &format!("{prefix}-unit-{word}"), &[]).unwrap_or_else(|| unit.to_owned())
}

/// The collected changes, and the button that opens a run with them.
pub(crate) fn apply(lang: Lang, draft: &Draft, onapply: &Callback<Vec<(String, u64)>>) -> Html {
    if draft.is_empty() {
        return Html::default();
    }
    let onclick = {
        let (draft, onapply) = (draft.clone(), onapply.clone());
        Callback::from(move |_: MouseEvent| {
            onapply.emit((*draft).clone());
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
                { ic("restart") }{ lang.f("tune-apply", &[("n", draft.len().into())]) }
            </button>
            <button type="button" class="btn btn-quiet" data-act="drop-shape" onclick={drop}>
                { lang.t("tune-drop") }
            </button>
        </div>
    }
}

/// The settings of a topology's name, such as `milvus:replicas=1`, overridden by the changed ones; of duplicates the
/// last one counts.
pub(crate) fn topology_with(word: &str, all: &[Setting], changed: &[(String, u64)]) -> String {
    let mut list = Vec::new();
    for setting in all {
        let value = changed.iter().rev().find(|(name, _)| name == setting.name).map(|(_, value)| *value);
        if let Some(value) = value.filter(|value| *value != setting.default) {
            list.push(format!("{}={value}", setting.name));
        }
    }
    if list.is_empty() { word.to_owned() } else { format!("{word}:{}", list.join(",")) }
}

/// A setting's value in a topology, such as `milvus:control_plane=1,replicas=1`; else its default.
pub(crate) fn asked(all: &[Setting], topology: &str, name: &str) -> u64 {
    let list = topology.split_once(':').map(|(_, list)| list).unwrap_or_default();
    let mut pairs = list.split(',').filter_map(|pair| pair.split_once('='));
    let named = pairs.find(|(other, _)| *other == name).and_then(|(_, value)| value.parse().ok());
    named.unwrap_or_else(|| {
        all.iter().find(|setting| setting.name == name).map_or(0, |setting| setting.default)
    })
}

/// The open topology with the changes applied.
pub(crate) fn topology_changed(word: &str, all: &[Setting], open: &str, changed: &[(String, u64)]) -> String {
    let mut wanted: Vec<(String, u64)> =
        all.iter().map(|setting| (setting.name.to_owned(), asked(all, open, setting.name))).collect();
    wanted.extend(changed.iter().cloned());
    topology_with(word, all, &wanted)
}
