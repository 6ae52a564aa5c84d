//! Controls for the run as a whole: the tools for the selection, and where data is kept.
//!
//! Guarantees: a tool that has no effect now is not offered; erasing asks for confirmation. Leaves out: the commands
//! (`actions`).

use yew::prelude::*;

use super::barred::barred;
use super::cluster::Pick;
use super::icons::ic;
use super::inert::inert;
use super::intent::Intent;
use super::possible::is_cut;
use crate::web::wire::Storage;
use quorum_facade::snapshot::{Role, Snapshot};
use quorum_i18n::Lang;

/// The action of a tool on the selection at this moment.
pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    let pick = pick?;
    match (tool, pick) {
        (Tool::Cut, Pick::Link(a, b)) => Some(Intent::Link(a, b)),
        (Tool::Cut, Pick::Node(id)) => Some(Intent::Isolate(id)),
        (_, Pick::Link(..) | Pick::Message(_)) => None,
        (tool, Pick::Node(id)) => {
            let node = now.nodes.iter().find(|node| node.id == id)?;
            match tool {
                Tool::Kill if node.alive => Some(Intent::Kill(id)),
                Tool::Restart if !node.alive => Some(Intent::Restart(id)),
                Tool::Freeze if node.alive => Some(Intent::Freeze(id)),
                _ => None,
            }
        }
    }
}

/// The tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Cuts a node's power.
    Kill,
    /// Restores it.
    Restart,
    /// Freezes or thaws.
    Freeze,
    /// Cuts or heals.
    Cut,
}

/// The inputs of the tools: what each would do now.
pub(crate) struct ToolsProps {
    /// What is selected.
    pub(crate) pick: Option<Pick>,
    /// What kill, restart, freeze and cut would do.
    pub(crate) intents: [Option<Intent>; 4],
    /// Whether the selection is frozen, or cut.
    pub(crate) undo: (bool, bool),
    /// Whether the selected node has power.
    pub(crate) alive: bool,
    /// Whether the selected node leads.
    pub(crate) leads: bool,
    /// Packets lost, duplicated and reordered per thousand; none where there is no such network.
    pub(crate) weather: Option<(u32, u32, u32)>,
    /// Whether the run accepts commands.
    pub(crate) running: bool,
    /// Whether the additional tools are expanded.
    pub(crate) more: UseStateHandle<bool>,
    /// Whether the client writes; none where there is no client.
    pub(crate) client: Option<bool>,
    /// Called with the chosen action.
    pub(crate) onintent: Callback<Intent>,
}

/// The tools' properties at this moment.
pub(crate) fn tools_at(
    pick: Option<Pick>,
    now: &Snapshot,
    running: bool,
    more: &UseStateHandle<bool>,
    onintent: Callback<Intent>,
) -> ToolsProps {
    let node = |id| now.nodes.iter().find(|node| node.id == id);
    let intent = |tool| strike(tool, pick, now).filter(|_| running);
    let undo = match pick {
        Some(Pick::Node(id)) => (
            node(id).is_some_and(|node| node.paused),
            now.nodes.iter().filter(|other| other.id != id).all(|other| is_cut(now, id, other.id)),
        ),
        Some(Pick::Link(a, b)) => (false, is_cut(now, a, b)),
        Some(Pick::Message(_)) | None => (false, false),
    };
    let alive = matches!(pick, Some(Pick::Node(id)) if node(id).is_some_and(|node| node.alive));
    ToolsProps {
        pick,
        intents: [intent(Tool::Kill), intent(Tool::Restart), intent(Tool::Freeze), intent(Tool::Cut)],
        undo,
        alive,
        leads: matches!(pick, Some(Pick::Node(id)) if node(id).is_some_and(|node| node.role == Role::Leader)),
        weather: now.group.as_ref().map(|group| (group.loss, group.duplicate, group.reorder)),
        running,
        more: more.clone(),
        client: now.client.as_ref().map(|client| client.on),
        onintent,
    }
}

/// The tools for the selection.
pub(crate) fn tools(lang: Lang, props: &ToolsProps) -> Html {
    let (frozen, cut) = props.undo;
    let button = |word: &'static str,
                  icon: &'static str,
                  label: String,
                  key: Option<&'static str>,
                  intent: Option<Intent>| {
        let onclick = {
            let onintent = props.onintent.clone();
            Callback::from(move |_: MouseEvent| {
                if let Some(intent) = intent {
                    onintent.emit(intent);
                }
            })
        };
        let why = barred(lang, intent, matches!((word, frozen), ("heal", _) | ("pause", true)));
        html! {
            <li>
                <button type="button" class="tool" data-act={word}
                    aria-disabled={inert(intent.is_none() || why.is_some())} data-barred={why.as_ref().map(|_| "")}
                    aria-description={why.clone()} title={why} aria-keyshortcuts={key} {onclick}>
                    { ic(icon) }<span class="tool-t">{ label }</span>
                    if let Some(key) = key { <kbd aria-hidden="true">{ key }</kbd> }
                </button>
            </li>
        }
    };
    let [kill, restart, freeze, link] = props.intents;
    html! {
        <section class="tools" aria-label={lang.t("tools-region")}>
            <h2 class="tools-h">{ lang.t("tools-region") }</h2>
            <ul>
                { button("kill", "kill", lang.t("tool-kill"), Some("K"), kill) }
                { button("restart", "restart", lang.t("tool-restart"), Some("R"), restart) }
                { button(
                    "pause",
                    "pause",
                    if frozen { lang.t("tool-resume") } else { lang.t("tool-pause") },
                    Some("F"),
                    freeze
                ) }
                if cut {
                    { button("heal", "heal", lang.t("tool-heal"), Some("X"), link) }
                } else {
                    { button("cut", "cut", lang.t("tool-cut"), Some("X"), link) }
                }
                if let Some(on) = props.client {
                    { button(
                        "client",
                        "term",
                        if on { lang.t("tool-client-off") } else { lang.t("tool-client-on") },
                        None,
                        Some(Intent::Client(!on))
                    ) }
                }
                if props.weather.is_some() { { more(lang, props) } }
            </ul>
            <p class="tools-s" aria-live="polite">{ picked(lang, props, cut) }</p>
        </section>
    }
}

/// Packets lost, duplicated and reordered per thousand: the presets to choose from.
const WEATHERS: [(&str, (u16, u16, u16)); 4] = [
    ("weather-calm", (0, 0, 0)),
    ("weather-loss", (100, 0, 0)),
    ("weather-duplicate", (0, 100, 0)),
    ("weather-reorder", (0, 0, 100)),
];

/// Less common tools: a node's disk, leadership, and the network quality of all links.
fn more(lang: Lang, props: &ToolsProps) -> Html {
    let open = *props.more;
    let toggle = {
        let more = props.more.clone();
        Callback::from(move |_: MouseEvent| more.set(!open))
    };
    html! {
        <li class="more">
            <button type="button" class="tool" data-act="more" aria-expanded={open.to_string()} onclick={toggle}>
                { ic("list") }<span class="tool-t">{ lang.t("tool-more") }</span>
            </button>
            if open {
                <div class="more-x" data-view="more" role="group" aria-label={lang.t("tool-more")}>
                    { node_tools(lang, props) }
                    { weathers(lang, props) }
                </div>
            }
        </li>
    }
}

/// The tools for the selected node's disk and role.
fn node_tools(lang: Lang, props: &ToolsProps) -> Html {
    let Some(Pick::Node(id)) = props.pick else {
        return html! { <p class="fine">{ lang.t("more-pick") }</p> };
    };
    let button = |word: &'static str, label: &'static str, icon: &'static str, intent: Intent, can: bool| {
        let onclick = props.onintent.reform(move |_: MouseEvent| intent);
        let can = can && props.running;
        let why = barred(lang, Some(intent).filter(|_| can), false);
        html! {
            <button class="btn" type="button" data-act={word} aria-disabled={inert(!can || why.is_some())}
                data-barred={why.as_ref().map(|_| "")} aria-description={why.clone()} title={why} {onclick}>
                { ic(icon) }{ lang.f(label, &[]) }
            </button>
        }
    };
    html! {
        <>
            <h3 class="h-inst">{ lang.f("picked-node", &[("node", id.into())]) }</h3>
            <div class="more-r">
                { button("campaign", "tool-campaign", "right", Intent::Campaign(id), props.alive && !props.leads) }
                { button("transfer", "tool-transfer", "heal", Intent::Transfer(id), props.alive && !props.leads) }
                { button("damage", "tool-damage", "warn", Intent::Damage(id), true) }
                { button("wipe", "tool-wipe", "disk", Intent::Wipe(id), true) }
            </div>
        </>
    }
}

/// The network quality of all links, one of four.
fn weathers(lang: Lang, props: &ToolsProps) -> Html {
    let now = props.weather.unwrap_or_default();
    html! {
        <>
            <h3 class="h-inst">{ lang.t("weather-title") }</h3>
            <div class="more-r" data-weather={format!("{}/{}/{}", now.0, now.1, now.2)}>
                { for WEATHERS.map(|(key, (loss, duplicate, reorder))| {
                    let set = (u32::from(loss), u32::from(duplicate), u32::from(reorder)) == now;
                    let intent = Intent::Weather(loss, duplicate, reorder);
                    let onclick = props.onintent.reform(move |_: MouseEvent| intent);
                    let why = barred(lang, Some(intent).filter(|_| props.running), false);
                    html! {
                        <button class={classes!("btn", set.then_some("btn-set"))} type="button" data-act={key}
                            aria-pressed={set.to_string()} data-barred={why.as_ref().map(|_| "")}
                            aria-disabled={inert(!props.running || why.is_some())} aria-description={why.clone()}
                            title={why} {onclick}>{ lang.f(key, &[]) }</button>
                    }
                }) }
            </div>
        </>
    }
}

/// The selection, and what a key would do to it.
fn picked(lang: Lang, props: &ToolsProps, cut: bool) -> Html {
    let (head, note) = match props.pick {
        None => (lang.t("pick-target"), lang.t("pick-keys")),
        Some(Pick::Node(id)) => (
            lang.f("picked-node", &[("node", id.into())]),
            if props.alive { lang.t("picked-node-up") } else { lang.t("picked-node-down") },
        ),
        Some(Pick::Message(_)) => (lang.t("picked-message"), lang.t("picked-message-s")),
        Some(Pick::Link(a, b)) => (
            lang.f("picked-link", &[("a", a.into()), ("b", b.into())]),
            if cut { lang.t("picked-link-cut") } else { lang.t("picked-link-up") },
        ),
    };
    html! { <>{ head }{ " " }<small>{ note }</small></> }
}

/// The inputs of the switch.
pub(crate) struct KeepingProps {
    /// Whether the run is to be kept.
    pub(crate) kept: bool,
    /// Where rows are actually kept.
    pub(crate) storage: Storage,
    /// Whether erasing waits for confirmation.
    pub(crate) asking: UseStateHandle<bool>,
    /// Called with the chosen action.
    pub(crate) onintent: Callback<Intent>,
}

/// Where data is kept: the choice, what it means, and the button to erase.
pub(crate) fn keeping(lang: Lang, props: &KeepingProps) -> Html {
    let choose = |kept: bool| props.onintent.reform(move |_: Event| Intent::Keep(kept));
    let fact = match props.storage {
        Storage::Durable => lang.t("storage-durable"),
        Storage::Memory { .. } => lang.t("storage-memory"),
        Storage::Unknown => lang.t("storage-unknown"),
    };
    html! {
        <section class="gauge" data-view="keeping">
            <h2 class="h-inst">{ lang.t("kept-title") }<span>{ fact }</span></h2>
            <fieldset class="segm" data-act="kept" data-kept={props.kept.to_string()}>
                <legend class="vh">{ lang.t("kept-title") }</legend>
                <label>
                    <input type="radio" name="kept" value="1" checked={props.kept} onchange={choose(true)} />
                    <span>{ lang.t("kept-on") }</span>
                </label>
                <label>
                    <input type="radio" name="kept" value="0" checked={!props.kept}
                        onchange={choose(false)} />
                    <span>{ lang.t("kept-off") }</span>
                </label>
            </fieldset>
            <p class="fine">
                { if props.kept { lang.t("kept-on-s") } else { lang.t("kept-off-s") } }
                { " " }
                { lang.t("kept-change") }
            </p>
            { eraser(lang, &props.asking, &props.onintent) }
        </section>
    }
}

fn eraser(lang: Lang, asking: &UseStateHandle<bool>, onintent: &Callback<Intent>) -> Html {
    let ask = |on: bool| {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(on))
    };
    if !**asking {
        return html! {
            <button class="btn btn-quiet" type="button" data-act="erase" onclick={ask(true)}>
                { lang.t("erase") }
            </button>
        };
    }
    let erase = {
        let (asking, onintent) = (asking.clone(), onintent.clone());
        Callback::from(move |_: MouseEvent| {
            asking.set(false);
            onintent.emit(Intent::Erase);
        })
    };
    html! {
        <div class="note note-gone">
            <p>{ lang.t("erase-ask") }</p>
            <p class="row">
                <button class="btn btn-gone" type="button" data-act="erase-yes" onclick={erase}>
                    { lang.t("erase-yes") }
                </button>
                <button class="btn" type="button" data-act="erase-no" onclick={ask(false)}>
                    { lang.t("erase-no") }
                </button>
            </p>
        </div>
    }
}
