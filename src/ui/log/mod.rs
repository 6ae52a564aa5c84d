//! The log: every sentence of the story, searched, filtered, copied and saved.
//!
//! Guarantees: what is copied and saved is what is listed; JSON lines have the form of the trace, one event a line (an
//! acknowledgement sums up those of one insert within a second, as its sentence does); a row leads to its moment where
//! the run can go there, and what lies ahead of the present is dim. Leaves
//! out: which events are kept (`story`), and the last sentences (`transport`).

pub mod filter;

use std::rc::Rc;

use js_sys::{JSON, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use self::filter::{About, Filter, lines, nodes};
use super::backup::save;
use super::focus::{focus, focus_on};
use super::format::clock;
use super::header::copy;
use super::menu::{Item, Menu};
use super::narrate::sentence;
use super::story::Story;
use super::use_lang;
use super::worlds::{self, Kinds};
use crate::web::plain;
use quorum_facade::Event;
use quorum_i18n::Lang;
use quorum_types::{Micros, NodeId};

/// The log's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct LogProps {
    /// The history of the run.
    pub(crate) story: Rc<Story>,
    /// The present, if more of the line lies ahead of it.
    pub(crate) t_us: Micros,
    /// Whether the run has one node.
    pub(crate) alone: bool,
    pub(crate) kinds: Kinds,
    /// Called with the moment to go to; none if the run cannot.
    pub(crate) onseek: Option<Callback<Micros>>,
    /// Called with an event whose causes are asked for.
    pub(crate) onwhy: Callback<Event>,
}

/// An event, when it happened and its sentence.
struct Told<'a> {
    /// Its place in the story, so that its row stays the same when new ones come.
    n: usize,
    event: &'a Event,
    time: String,
    sentence: String,
}

/// The sentence for an event of any world.
pub(crate) fn say(lang: Lang, event: &Event, kinds: &Kinds, alone: bool) -> String {
    worlds::sentence(lang, event, kinds).unwrap_or_else(|| sentence(lang, event, alone))
}

/// When something happened, in the run's time format.
pub(crate) fn time_text(lang: Lang, kinds: &Kinds, t_us: Micros) -> String {
    if worlds::in_days(kinds) { worlds::when(lang, t_us) } else { clock(t_us) }
}

/// The log.
#[component]
pub(crate) fn Log(props: &LogProps) -> Html {
    let lang = use_lang();
    let filter = use_state_eq(Filter::default);
    let said = use_state_eq(|| None::<String>);
    use_effect_with((), |()| focus_on("#log-query"));
    let every = || props.story.narrated.iter().rev();
    let all = props.story.narrated.len();
    let told = |(place, event): (usize, _)| Told {
        n: all - place,
        event,
        time: time_text(lang, &props.kinds, event.t_us),
        sentence: say(lang, event, &props.kinds, props.alone),
    };
    let shown: Vec<Told<'_>> =
        every().enumerate().map(told).filter(|told| filter.fits(told.event, &told.sentence)).collect();
    let now = shown.iter().position(|told| told.event.t_us <= props.t_us);
    let count = lang.f("log-count", &[("shown", shown.len().into()), ("n", all.into())]);
    html! {
        <div class="say-all" role="region" aria-label={lang.t("narration-list")} data-view="log">
            <div class="log-h">
                <input id="log-query" type="search" aria-label={lang.t("log-query")}
                    placeholder={lang.t("log-query")} value={filter.query.clone()} autocomplete="off"
                    oninput={on_query(&filter)} onkeydown={into_rows} />
                { about_field(lang, &filter) }
                if !props.alone { { node_field(lang, &filter, &nodes(every()), &props.kinds) } }
                { taking(lang, &shown, &said) }
            </div>
            <p class="fine num" role="status">
                { count }
                if let Some(said) = &*said { { " · " }{ said } }
            </p>
            <ol class="log-l" tabindex={props.onseek.is_none().then_some("0")} onkeydown={walk}
                aria-label={lang.t("narration-list")}>
                { for shown.iter().enumerate().map(|(place, told)| {
                    row(lang, told, (place, now), props)
                }) }
            </ol>
            if props.story.skipped > 0 {
                <p class="fine">{ lang.f("narration-skipped", &[("n", props.story.skipped.into())]) }</p>
            }
        </div>
    }
}

/// A row. Where the run can go there, its time is a button; one of them is in the Tab order. The row of the present is
/// marked, and those ahead of it are dim.
fn row(lang: Lang, told: &Told<'_>, (place, now): (usize, Option<usize>), props: &LogProps) -> Html {
    let time = match &props.onseek {
        None => html! { <b class="num">{ &told.time }</b> },
        Some(onseek) => {
            let t_us = told.event.t_us;
            let onclick = onseek.reform(move |_: MouseEvent| t_us);
            html! {
                <button class="say-at num" type="button" data-act="seek-to"
                    tabindex={if place == 0 { "0" } else { "-1" }}
                    aria-label={lang.f("narration-go", &[("t", told.time.clone().into())])} {onclick}>
                    { &told.time }
                </button>
            }
        }
    };
    let ahead = now.is_none_or(|now| place < now);
    html! {
        <li key={told.n} class={ahead.then_some("log-ahead")} aria-current={(now == Some(place)).then_some("true")}>
            { time }<span>{ &told.sentence }</span>{ why_button(lang, told, place, &props.onwhy) }
        </li>
    }
}

/// Asks for the causes of an event; W does so on a row.
fn why_button(lang: Lang, told: &Told<'_>, place: usize, onwhy: &Callback<Event>) -> Html {
    let event = told.event.clone();
    let label = lang.f("cause-ask-of", &[("what", told.sentence.clone().into())]);
    html! {
        <button class="btn say-why" type="button" data-act="why" aria-label={label} aria-keyshortcuts="w"
            tabindex={if place == 0 { "0" } else { "-1" }}
            onclick={onwhy.reform(move |_: MouseEvent| event.clone())}>{ lang.t("cause-ask") }</button>
    }
}

fn on_query(filter: &UseStateHandle<Filter>) -> Callback<InputEvent> {
    let filter = filter.clone();
    Callback::from(move |event: InputEvent| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let query = input.map(|input| input.value()).unwrap_or_default();
        filter.set(Filter { query, ..(*filter).clone() });
    })
}

/// The value of a select.
fn chosen(event: &web_sys::Event) -> String {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    select.map(|select| select.value()).unwrap_or_default()
}

fn about_field(lang: Lang, filter: &UseStateHandle<Filter>) -> Html {
    let onchange = {
        let filter = filter.clone();
        Callback::from(move |event: web_sys::Event| {
            let word = chosen(&event);
            let about = About::ALL.iter().find(|(_, known, _)| *known == word).map(|(about, ..)| *about);
            filter.set(Filter { about, ..(*filter).clone() });
        })
    };
    html! {
        <select class="log-s" data-act="log-about" aria-label={lang.t("log-about")} {onchange}>
            <option value="" selected={filter.about.is_none()}>{ lang.t("log-all-kinds") }</option>
            { for About::ALL.iter().map(|(about, word, text)| html! {
                <option value={*word} selected={filter.about == Some(*about)}>{ lang.f(text, &[]) }</option>
            }) }
        </select>
    }
}

fn node_field(lang: Lang, filter: &UseStateHandle<Filter>, nodes: &[NodeId], kinds: &Kinds) -> Html {
    let onchange = {
        let filter = filter.clone();
        Callback::from(move |event: web_sys::Event| {
            filter.set(Filter { node: chosen(&event).parse().ok(), ..(*filter).clone() });
        })
    };
    html! {
        <select class="log-s" data-act="log-node" aria-label={lang.t("log-node")} {onchange}>
            <option value="" selected={filter.node.is_none()}>{ lang.t("log-all-nodes") }</option>
            { for nodes.iter().map(|node| html! {
                <option value={node.to_string()} selected={filter.node == Some(*node)}>
                    { worlds::node_name(lang, *node, kinds) }
                </option>
            }) }
        </select>
    }
}

/// The menu: copy the list, or save it as text or as JSON lines.
fn taking(lang: Lang, shown: &[Told<'_>], said: &UseStateHandle<Option<String>>) -> Html {
    let can = !shown.is_empty();
    let item = |word: &'static str, text: String| Item { word, text, key: None, can };
    let items = vec![
        item("copy", lang.t("log-copy")),
        item("text", lang.t("log-save-text")),
        item("jsonl", lang.t("log-save-json")),
    ];
    let text =
        lines(&shown.iter().map(|told| (told.time.clone(), told.sentence.clone())).collect::<Vec<_>>());
    let events: Vec<Event> = shown.iter().map(|told| told.event.clone()).collect();
    let said = said.clone();
    let onpick = Callback::from(move |(word, _): (&'static str, Element)| {
        let (text, said) = (text.clone(), said.clone());
        match word {
            "copy" => spawn_local(async move {
                let copied = copy(&text).await;
                said.set(Some(lang.t(if copied { "copied" } else { "export-refused" })));
            }),
            "text" => saved(&text, "quorum-lab-log.txt"),
            _ => saved(&json_lines(&events), "quorum-lab-log.jsonl"),
        }
    });
    html! { <Menu word="log" label={lang.t("log-take")} icon="down" {items} {onpick} /> }
}

fn saved(text: &str, name: &str) {
    // A browser that runs the page refuses none of this.
    drop(save(&Uint8Array::from(text.as_bytes()), name));
}

/// Events as the trace writes them, one a line, the oldest first.
fn json_lines(events: &[Event]) -> String {
    let line = |event: &Event| {
        let value = plain::to_js(event).ok()?;
        JSON::stringify(&value).ok().map(|line| format!("{}\n", String::from(line)))
    };
    events.iter().rev().filter_map(line).collect()
}

/// From the search to the first row.
fn into_rows(event: KeyboardEvent) {
    if event.key() == "ArrowDown" {
        event.prevent_default();
        focus_on(".log-l .say-at");
    }
}

/// Arrows move from row to row; W asks why.
fn walk(event: KeyboardEvent) {
    let here = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let row = here.and_then(|here| here.closest("li").ok().flatten());
    if ["w", "W"].contains(&event.key().as_str())
        && let Some(button) = row.as_ref().and_then(|row| row.query_selector("[data-act=why]").ok().flatten())
        && let Ok(button) = button.dyn_into::<web_sys::HtmlElement>()
    {
        event.stop_propagation();
        return button.click();
    }
    let to = row.and_then(|row| match event.key().as_str() {
        "ArrowDown" => row.next_element_sibling(),
        "ArrowUp" => row.previous_element_sibling(),
        "Home" => row.parent_element()?.first_element_child(),
        "End" => row.parent_element()?.last_element_child(),
        _ => None,
    });
    let button = to.and_then(|to| to.query_selector(".say-at").ok().flatten());
    if let Some(button) = button {
        event.prevent_default();
        event.stop_propagation();
        focus(&button);
    }
}
