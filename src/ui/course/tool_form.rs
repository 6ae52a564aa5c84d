//! The form of a step's tools: which tool, on what, apply.
//!
//! Guarantees: every tool that the step lists can be used on everything that there is, whether that helps or not; what
//! is sent is the command that scripts would send; a tool that needs something that is not there says so. Leaves out:
//! fetching this form (`toolbox`), and what comes of the command.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::worlds::{kinds, node_name};
use crate::web::given;
use quorum_facade::{Command, Snapshot, read_command};
use quorum_i18n::Lang;
use quorum_lesson::schema::Move;
use quorum_lesson::{Lesson, StepSpec};
use quorum_types::NodeId;
use serde_json::{Map, Value, json};

/// The inputs.
#[derive(Clone, Properties)]
pub(crate) struct ToolboxProps {
    /// The lesson.
    pub(crate) lesson: &'static Lesson,
    /// The step.
    pub(crate) spec: &'static StepSpec,
    /// The run.
    pub(crate) now: Rc<Snapshot>,
    /// Whether it runs.
    pub(crate) running: bool,
    /// Called with what is to be done.
    pub(crate) onrun: Callback<Command>,
}

impl PartialEq for ToolboxProps {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.spec, other.spec)
            && self.running == other.running
            && Rc::ptr_eq(&self.now, &other.now)
    }
}

/// What a tool is used on.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    /// A node.
    Node,
    /// Two nodes.
    Link,
    /// The link between two nodes, or every one that is cut.
    LinkOrAll,
    /// The nodes of one side.
    Side,
    /// A setting and its new value.
    Setting,
    /// A rule, on or off.
    Rule,
    /// A zone.
    Zone,
    /// A number of rows.
    Rows,
    /// The rows that a filter selects.
    Filter,
    /// One of the commands of this kind that the lesson has, right or wrong.
    Known,
    /// Nothing in particular.
    Whole,
}

impl Target {
    fn of(op: &str) -> Self {
        match op {
            "cut" => Self::Link,
            "heal" => Self::LinkOrAll,
            "partition" => Self::Side,
            "set" => Self::Setting,
            "rule" => Self::Rule,
            "kill_zone" => Self::Zone,
            "insert" | "upsert" | "import" => Self::Rows,
            "delete" | "query" => Self::Filter,
            "conf" | "region" | "crash_at" | "disk_capacity" | "object_store" => Self::Known,
            "kill" | "stop" | "restart" | "pause" | "resume" | "campaign" | "transfer" | "take_snapshot"
            | "damage" | "wipe" => Self::Node,
            _ => Self::Whole,
        }
    }
}

/// What is chosen in the form.
#[derive(Clone, Default, PartialEq)]
struct Chosen {
    op: String,
    from: String,
    to: String,
    side: Vec<NodeId>,
    name: String,
    value: String,
}

/// The nodes with their names, in order.
fn nodes(lang: Lang, now: &Snapshot) -> Vec<(NodeId, String)> {
    let kinds = kinds(now);
    let ids: Vec<NodeId> = match &now.milvus {
        Some(cluster) => cluster.pods.iter().map(|pod| pod.id).collect(),
        None => now.nodes.iter().map(|node| node.id).collect(),
    };
    ids.into_iter().map(|id| (id, node_name(lang, id, &kinds))).collect()
}

/// What a tool offers besides nodes: the word that is sent, and what a learner reads. It is the same for all of a
/// lesson, while the form is drawn with every snapshot.
fn offers(lang: Lang, lesson: &Lesson, op: &str) -> Vec<(String, String)> {
    let named = |label: &dyn Fn(&str) -> String| {
        names(lesson, op).into_iter().map(|name| (name.clone(), label(&name))).collect()
    };
    match Target::of(op) {
        Target::Setting => named(&str::to_owned),
        Target::Rule => named(&|name| lang.f(&format!("rule-{name}"), &[])),
        Target::Known => known(lesson, op),
        _ => Vec::new(),
    }
}

/// The names that a lesson uses in commands of this kind, right or wrong: of settings, of rules.
fn names(lesson: &Lesson, op: &str) -> Vec<String> {
    let mut names: Vec<String> = lesson
        .moves()
        .filter_map(|one| match one {
            Move::Do(command) if command.op == op => command.text("name").map(str::to_owned),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The commands of this kind that a lesson has, right or wrong: as JSON, and as a learner reads them.
fn known(lesson: &Lesson, op: &str) -> Vec<(String, String)> {
    let mut known: Vec<(String, String)> = lesson
        .moves()
        .filter_map(|one| match one {
            Move::Do(command) if command.op == op => read_command(&command.table).ok(),
            _ => None,
        })
        .filter_map(|command| {
            let Ok(Value::Object(fields)) = serde_json::to_value(&command) else { return None };
            let given = fields.iter().filter(|(name, value)| *name != "op" && !value.is_null());
            let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let said: Vec<String> = given.map(|(name, value)| format!("{name} {}", word(value))).collect();
            Some((Value::Object(fields).to_string(), said.join(", ")))
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// The command of a form; none while something is missing.
fn command(chosen: &Chosen) -> Option<Value> {
    let number = |text: &str| text.parse::<u64>().ok().map(Value::from);
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("op", json!(chosen.op));
    match Target::of(&chosen.op) {
        Target::Node => drop(put("node", number(&chosen.from)?)),
        Target::LinkOrAll if chosen.from.is_empty() && chosen.to.is_empty() => {}
        Target::Link | Target::LinkOrAll => {
            if chosen.from == chosen.to {
                return None;
            }
            put("from", number(&chosen.from)?);
            put("to", number(&chosen.to)?);
        }
        Target::Side if chosen.side.is_empty() => return None,
        Target::Side => drop(put("side", json!(chosen.side))),
        Target::Setting if chosen.name.is_empty() => return None,
        Target::Setting => {
            put("name", json!(chosen.name));
            put("value", number(&chosen.value)?);
        }
        Target::Rule if chosen.name.is_empty() => return None,
        Target::Rule => {
            put("name", json!(chosen.name));
            let on = match chosen.value.as_str() {
                "on" => true,
                "off" => false,
                _ => return None,
            };
            put("on", json!(on));
        }
        Target::Zone => drop(put("zone", number(&chosen.value)?)),
        Target::Rows => drop(put("rows", number(&chosen.value)?)),
        Target::Filter => {
            // A query counts; without a filter it counts everything, and a deletion needs one.
            if chosen.op == "query" {
                put("output_fields", json!(["count(*)"]));
            } else if chosen.name.is_empty() {
                return None;
            }
            put("filter", json!(chosen.name));
        }
        Target::Known => return serde_json::from_str(&chosen.name).ok(),
        Target::Whole => {}
    }
    Some(Value::Object(fields))
}

/// What tools can be used on.
struct Things<'a> {
    /// The nodes with their names.
    nodes: &'a [(NodeId, String)],
    /// See [`offers`].
    offers: &'a [(String, String)],
}

/// The form, for a chunk.
pub(super) fn tool_form(props: ToolboxProps) -> Html {
    html! { <Form ..props /> }
}

#[component]
fn Form(props: &ToolboxProps) -> Html {
    let lang = crate::ui::use_lang();
    let chosen = use_state_eq(Chosen::default);
    let current = Chosen {
        op: if props.spec.tools.contains(&chosen.op) { chosen.op.clone() } else { first(props.spec) },
        ..(*chosen).clone()
    };
    let (change, apply) = (changes(&chosen), applies(props, &current));
    let lesson = props.lesson;
    let offers =
        use_memo((lang, lesson.slug.as_str(), current.op.clone()), |(lang, _, op)| offers(*lang, lesson, op));
    let things = Things { nodes: &nodes(lang, &props.now), offers: &offers };
    let ready = props.running && command(&current).is_some();
    html! {
        <form class="tool-f" data-view="toolbox" onsubmit={apply} aria-label={lang.t("co-tools")}
            title={lang.t("co-tools-lead")}>
            { tools(lang, props.spec, &current, &change) }
            { fields(lang, &props.now, &things, &current, &change) }
            <button class="btn btn-act" type="submit" data-act="apply-tool" aria-disabled={inert(!ready)}
                aria-label={format!("{}{}", lang.t("co-tools-apply"), said(lang, &things, &current))}>
                { ic("play") }{ lang.t("co-tools-apply") }
            </button>
        </form>
    }
}

fn first(spec: &StepSpec) -> String {
    spec.tools.first().cloned().unwrap_or_default()
}

/// What a tool is called.
fn tool_text(lang: Lang, op: &str) -> String {
    lang.f(&format!("co-op-{}", op.replace('_', "-")), &[])
}

/// The choice of the tool.
fn tools(lang: Lang, spec: &StepSpec, current: &Chosen, change: &Callback<Chosen>) -> Html {
    let list = spec.tools.iter().map(|op| (op.clone(), tool_text(lang, op))).collect();
    let set: Set = |chosen, op| {
        *chosen = Chosen { op, value: String::new(), name: String::new(), ..chosen.clone() };
    };
    select(lang, ("tool-op", "co-tools"), (&current.op, list), set, (current, change))
}

fn changes(chosen: &UseStateHandle<Chosen>) -> Callback<Chosen> {
    let chosen = chosen.setter();
    Callback::from(move |to: Chosen| chosen.set(to))
}

/// Sends the command.
fn applies(props: &ToolboxProps, current: &Chosen) -> Callback<SubmitEvent> {
    let (onrun, current, running) = (props.onrun.clone(), current.clone(), props.running);
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        // The form makes only commands that can be read.
        if let Some(Ok(command)) = command(&current).filter(|_| running).map(given::command) {
            onrun.emit(command);
        }
    })
}

/// The chosen tool and its target as a sentence.
fn said(lang: Lang, Things { nodes, offers }: &Things<'_>, current: &Chosen) -> String {
    let tool = tool_text(lang, &current.op);
    let name = |id: &str| nodes.iter().find(|(node, _)| node.to_string() == id).map(|(_, name)| name.clone());
    let on = match Target::of(&current.op) {
        Target::Node => name(&current.from),
        Target::Link | Target::LinkOrAll => {
            name(&current.from).zip(name(&current.to)).map(|(from, to)| format!("{from} – {to}"))
        }
        Target::Side => {
            let side: Vec<String> = current.side.iter().filter_map(|node| name(&node.to_string())).collect();
            (!side.is_empty()).then(|| side.join(", "))
        }
        Target::Setting => {
            (!current.value.is_empty()).then(|| format!("{} = {}", current.name, current.value))
        }
        Target::Rows => (!current.value.is_empty()).then(|| current.value.clone()),
        Target::Filter => (!current.name.is_empty()).then(|| current.name.clone()),
        Target::Known => offers.iter().find(|(word, _)| *word == current.name).map(|(_, said)| said.clone()),
        _ => None,
    };
    let said = on.map_or(tool.clone(), |on| lang.f("pal-do", &[("act", tool.into()), ("what", on.into())]));
    // The button's visible text comes first in its name.
    if lang == Lang::Zh { format!("：{said}") } else { format!(": {said}") }
}

/// The fields that the chosen tool needs.
fn fields(
    lang: Lang,
    now: &Snapshot,
    Things { nodes, offers }: &Things<'_>,
    current: &Chosen,
    change: &Callback<Chosen>,
) -> Html {
    let with = |id: &'static str, label: &'static str, value: &str, list: Vec<(String, String)>, set: Set| {
        select(lang, (id, label), (value, list), set, (current, change))
    };
    let places = || nodes.iter().map(|(id, name)| (id.to_string(), name.clone())).collect::<Vec<_>>();
    let from: Set = |chosen, value| chosen.from = value;
    let to: Set = |chosen, value| chosen.to = value;
    let name: Set = |chosen, value| chosen.name = value;
    let value: Set = |chosen, value| chosen.value = value;
    match Target::of(&current.op) {
        Target::Node => with("tool-node", "co-tools-node", &current.from, places(), from),
        Target::Link | Target::LinkOrAll => html! {
            <>
                { with("tool-node", "co-tools-from", &current.from, places(), from) }
                { with("tool-to", "co-tools-to", &current.to, places(), to) }
            </>
        },
        Target::Side => side(lang, nodes, current, change),
        Target::Setting => html! {
            <>
                { with("tool-name", "co-tools-name", &current.name, offers.to_vec(), name) }
                { number(lang, "co-tools-value", current, change) }
            </>
        },
        Target::Rule => {
            let switch = [("off", lang.t("co-tools-off")), ("on", lang.t("co-tools-on"))];
            let switch = switch.map(|(word, text)| (word.to_owned(), text));
            html! {
                <>
                    { with("tool-name", "co-tools-rule", &current.name, offers.to_vec(), name) }
                    { with("tool-value", "co-tools-switch", &current.value, switch.to_vec(), value) }
                </>
            }
        }
        Target::Zone => {
            let zones = now.milvus.iter().flat_map(|cluster| &cluster.pods).map(|pod| pod.zone).max();
            let zones = (0..=zones.unwrap_or(0)).map(|zone| (zone.to_string(), (zone + 1).to_string()));
            with("tool-value", "co-tools-zone", &current.value, zones.collect(), value)
        }
        Target::Rows => number(lang, "co-tools-rows", current, change),
        Target::Filter => filter(lang, current, change),
        Target::Known => with("tool-name", "co-tools-known", &current.name, offers.to_vec(), name),
        Target::Whole => Html::default(),
    }
}

/// Changes one field of what is chosen.
type Set = fn(&mut Chosen, String);

fn select(
    lang: Lang,
    (id, label): (&'static str, &'static str),
    (value, list): (&str, Vec<(String, String)>),
    set: Set,
    (current, change): (&Chosen, &Callback<Chosen>),
) -> Html {
    let current = current.clone();
    let onchange = change.reform(move |event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        let mut to = current.clone();
        set(&mut to, select.map(|select| select.value()).unwrap_or_default());
        to
    });
    html! {
        <p class="tool-p">
            <label for={id}>{ lang.f(label, &[]) }</label>
            <select {id} class="co-field" {onchange}>
                // A tool is always chosen; what it is used on may be left open again.
                if id != "tool-op" {
                    <option value="" selected={value.is_empty()}>{ lang.t("co-tools-choose") }</option>
                }
                { for list.into_iter().map(|(word, text)| html! {
                    <option key={word.clone()} value={word.clone()} selected={word == value}>{ text }</option>
                }) }
            </select>
        </p>
    }
}

fn number(lang: Lang, label: &'static str, current: &Chosen, change: &Callback<Chosen>) -> Html {
    let value = current.value.clone();
    let current = current.clone();
    let oninput = change.reform(move |event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Chosen { value: input.map(|input| input.value()).unwrap_or_default(), ..current.clone() }
    });
    html! {
        <p class="tool-p">
            <label for="tool-value">{ lang.t(label) }</label>
            <input id="tool-value" class="co-field num" type="number" inputmode="numeric" min="0" {value} {oninput} />
        </p>
    }
}

/// A filter, such as `id < 10`.
fn filter(lang: Lang, current: &Chosen, change: &Callback<Chosen>) -> Html {
    let value = current.name.clone();
    let current = current.clone();
    let oninput = change.reform(move |event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Chosen { name: input.map(|input| input.value()).unwrap_or_default(), ..current.clone() }
    });
    html! {
        <p class="tool-p">
            <label for="tool-filter">{ lang.t("co-tools-filter") }</label>
            <input id="tool-filter" class="co-field" type="text" autocomplete="off" spellcheck="false"
                placeholder="id < 10" {value} {oninput} />
        </p>
    }
}

/// The nodes of one side, as boxes to tick.
fn side(lang: Lang, nodes: &[(NodeId, String)], current: &Chosen, change: &Callback<Chosen>) -> Html {
    let one = |(id, name): &(NodeId, String)| {
        let (id, current) = (*id, current.clone());
        let checked = current.side.contains(&id);
        let onchange = change.reform(move |_: Event| {
            let mut to = current.clone();
            match to.side.iter().position(|there| *there == id) {
                Some(at) => drop(to.side.remove(at)),
                None => to.side.push(id),
            }
            to
        });
        let field = format!("tool-side-{id}");
        html! {
            <p class="free-c" key={id.to_string()}>
                <input id={field.clone()} type="checkbox" {checked} {onchange} /><label for={field}>{ name }</label>
            </p>
        }
    };
    html! {
        <fieldset class="tool-side"><legend>{ lang.t("co-tools-side") }</legend>{ for nodes.iter().map(one) }</fieldset>
    }
}
