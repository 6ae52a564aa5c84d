//! The pane of free play: the actions on a lone engine or a replica set, in place of a lesson.
//!
//! Guarantees: an action that is not possible now cannot be pressed; another number of nodes and another seed are
//! addresses, which open a new run. Leaves out: lessons (`course::pane`) and how actions are done (`actions`).

use yew::prelude::*;

use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::links::link;
use super::set_form::{SetFormProps, set_form};
use crate::web::address::Address;
use crate::web::shape::Shape;
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// The inputs of the pane.
pub struct PaneProps {
    /// Which actions are possible now, by name.
    pub possible: Vec<bool>,
    /// Whether the run has one node.
    pub alone: bool,
    /// How many nodes the run has.
    pub nodes: usize,
    /// The run's seed.
    pub seed: u64,
    /// Whether the run is kept in the browser.
    pub kept: bool,
    /// The address of the run.
    pub address: Address,
    /// Called with the address of another run.
    pub onopen: Callback<Address>,
    /// Called with an action's name.
    pub onintent: Callback<&'static str>,
}

/// The actions offered.
pub(crate) fn actions(alone: bool) -> Vec<&'static str> {
    if alone {
        vec!["insert-1000", "query-first-ten", "insert-10000", "pull-plug", "reopen", "prove"]
    } else {
        vec!["kill-leader", "kill-three", "restart-all", "power-cut"]
    }
}

/// Which of the actions are possible now.
pub(crate) fn possible(names: &[&str], running: bool, stopped: bool, now: Option<&Snapshot>) -> Vec<bool> {
    names
        .iter()
        .map(|name| Intent::by_name(name).is_some_and(|intent| intent.possible(running, stopped, now)))
        .collect()
}

/// The pane.
pub fn free_play(lang: Lang, props: &PaneProps) -> Html {
    let actions = action_buttons(lang, &actions(props.alone), &props.possible, &props.onintent);
    let set = if props.alone { Html::default() } else { replica_set(lang, props) };
    let buttons = html! { <>{ set }{ actions }</> };
    let (title, body) = if props.alone {
        (lang.t("free-title-one"), lang.t("free-body-one"))
    } else {
        (lang.f("free-title-set", &[("n", props.nodes.into())]), lang.t("free-body-set"))
    };
    text_pane(lang, title, vec![(false, body)], buttons)
}

/// The numbers of nodes that are offered.
const SIZES: [usize; 5] = [1, 3, 5, 7, 9];

/// The size of the replica set and its seed, each with the address of another run.
fn replica_set(lang: Lang, props: &PaneProps) -> Html {
    let open = props.address.topology.as_deref().and_then(Shape::parse);
    let shape = open.unwrap_or(Shape { nodes: props.nodes as u32, set: Vec::new() });
    let size = |nodes: usize| {
        let other = Shape { nodes: nodes as u32, ..shape.clone() };
        let to = Address { topology: Some(other.topology()), run: None, ..props.address.clone() };
        let here = nodes == props.nodes;
        let class = if here { "btn btn-set" } else { "btn" };
        html! {
            <li key={nodes} aria-current={here.then_some("true")} data-nodes={nodes.to_string()}>
                { link(&props.onopen, to, class, html! { <>{ nodes }</> }) }
            </li>
        }
    };
    let form = SetFormProps {
        prefix: "free",
        shape: shape.clone(),
        seed: props.seed,
        address: props.address.clone(),
        kept: props.kept,
        go: ["free-open", "free-open-kept"],
        onopen: props.onopen.clone(),
    };
    html! {
        <div class="acts free-set" data-view="free-set">
            <h2 class="h-inst">{ lang.t("free-nodes") }</h2>
            <ul class="free-n" aria-label={lang.t("free-nodes")}>{ for SIZES.map(size) }</ul>
            { set_form(form) }
        </div>
    }
}

/// The pane with a text of the catalogue: headings, and the paragraphs below them.
pub(crate) fn text_pane(lang: Lang, title: String, text: Vec<(bool, String)>, below: Html) -> Html {
    let part = |(heads, said)| {
        if heads {
            html! { <h2>{ said }</h2> }
        } else {
            html! { <p>{ said }</p> }
        }
    };
    html! {
        <section class="lesson pane" aria-label={lang.t("lesson-region")} data-step="0">
            <div class="pane-scroll" tabindex="0">
                <h1 class="h-title">{ title }</h1>
                <div class="prose">{ for text.into_iter().map(part) }</div>
            </div>
            { below }
        </section>
    }
}

/// The buttons of a step.
fn action_buttons(
    lang: Lang,
    names: &[&'static str],
    possible: &[bool],
    onintent: &Callback<&'static str>,
) -> Html {
    if names.is_empty() {
        return Html::default();
    }
    html! {
        <div class="acts" role="group" aria-label={lang.t("actions")}>
            { for names.iter().enumerate().map(|(place, &name)| {
                let can = possible.get(place).copied().unwrap_or(false);
                let onclick = onintent.reform(move |_: MouseEvent| name);
                let grave = matches!(name, "pull-plug" | "kill-leader" | "kill-three" | "power-cut" | "flip-bit")
                    || name.starts_with("crash-");
                html! {
                    <button key={name} type="button" class={classes!("btn", if grave { "btn-gone" } else { "btn-act" })}
                        data-act={name} aria-disabled={inert(!can)} {onclick}>
                        { ic(act_icon(name)) }{ lang.f(&format!("act-{name}"), &[]) }
                    </button>
                }
            }) }
        </div>
    }
}

pub(crate) fn act_icon(name: &str) -> &'static str {
    match name {
        "insert-1000" | "insert-10000" | "import-100000" => "down",
        "flush" => "disk",
        "search" => "hint",
        "flip-bit" => "warn",
        "measure-batches" | "measure-recovery" => "list",
        crash if crash.starts_with("crash-") => "plug",
        "query-first-ten" => "term",
        "pull-plug" | "power-cut" => "plug",
        "kill-leader" | "kill-three" => "kill",
        "reopen" | "restart-all" | "restart-engine" => "restart",
        _ => "check",
    }
}
