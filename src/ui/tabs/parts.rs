//! The panels of a node: tabs, itself, writing and reading, the exercise, the log, what happened.
//!
//! Guarantees: every figure is one that the node reported. Leaves out: sentences (`words`).

use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::place::{Standing, to_group};
use super::words;
use crate::ui::icons::ic;
use crate::ui::links::link;
use crate::web::address::Address;
use quorum_i18n::Lang;
use quorum_tabs::{Answer, BOUND_US, Event, Facts, Fate, Line, MAX_KEY_CHARS, MAX_TEXT_CHARS, Order, Value};

/// Events that are shown.
const EVENTS: usize = 24;

/// Everything that is shown of a running node.
pub(super) fn panels(lang: Lang, facts: &Facts, home: &Address, order: &Callback<Order>) -> Html {
    html! {
        <>
            { notices(lang, facts) }
            <div class="tn-grid">
                { tabs(lang, facts, home) }
                { writing(lang, facts, order) }
                { exercise(lang, facts) }
                { itself(lang, facts) }
                { log(lang, facts) }
                { story(lang, &facts.events) }
            </div>
        </>
    }
}

/// What a learner has to know before anything else.
fn notices(lang: Lang, facts: &Facts) -> Html {
    html! {
        <>
            if !facts.kept {
                <div class="banner bn-open" data-banner="tab-memory">
                    { ic("warn") }<p>{ lang.t("tn-memory") }</p>
                </div>
            }
            if let Some(late) = facts.late_us {
                <div class="banner bn-open" data-banner="tab-late">
                    { ic("warn") }<p>{ lang.f("tn-late", &[("ms", words::ms(late))]) }</p>
                </div>
            }
        </>
    }
}

fn panel(title: String, view: &'static str, inner: Html) -> Html {
    html! { <section class="card tn-card" data-view={view}><h2>{ title }</h2>{ inner }</section> }
}

/// Which tabs are there, and how many it takes.
fn tabs(lang: Lang, facts: &Facts, home: &Address) -> Html {
    let heard = |number: u32| facts.peers.iter().find(|peer| peer.number == number);
    let absent = |number: &u32| heard(*number).is_some_and(|peer| !peer.alive);
    let next = (1..=facts.nodes).find(absent);
    let row = |number: u32| {
        let leads = facts.leader == Some(number);
        let (state, text) = match heard(number) {
            None => ("self", lang.t("tn-tab-self")),
            Some(peer) => {
                let ago = peer.heard_us.map(words::seconds);
                match (peer.alive, ago) {
                    (true, Some(s)) => ("alive", lang.f("tn-tab-alive", &[("s", s.into())])),
                    (false, Some(s)) => ("silent", lang.f("tn-tab-silent", &[("s", s.into())])),
                    _ => ("never", lang.t("tn-tab-never")),
                }
            }
        };
        html! {
            <li key={number} class={classes!("tn-tab", format!("tn-{state}"))} data-tab={number.to_string()}
                data-state={state}>
                <b class="num">{ number }</b>
                <span>{ text }if leads { { " · " }<strong>{ lang.t("tn-role-leader") }</strong> }</span>
            </li>
        }
    };
    let need = [
        ("n", facts.nodes.into()),
        ("need", facts.need.into()),
        ("spare", (facts.nodes - facts.need.min(facts.nodes)).into()),
    ];
    let inner = html! {
        <>
            <ul class="tn-tabs">{ for (1..=facts.nodes).map(row) }</ul>
            <p>{ lang.f("tn-majority", &need) }</p>
            if let Some(next) = next {
                <p><a class="btn btn-pri" data-act="next-tab" target="_blank" rel="noopener"
                    href={format!("?{}", to_group(home, &facts.group, facts.nodes, Some(next)).over(""))}>
                    { lang.f("tn-open-next", &[("n", next.into())]) }{ ic("ext") }
                </a></p>
            }
            <p class="fine">{ lang.f("tn-close-hint", &[("n", facts.number.into())]) }</p>
        </>
    };
    panel(lang.f("tn-tabs", &[("group", facts.group.clone().into())]), "tab-peers", inner)
}

/// The forms for writing and reading, and their outcomes.
fn writing(lang: Lang, facts: &Facts, order: &Callback<Order>) -> Html {
    let waits = facts.writes.last().is_some_and(|last| last.fate == Fate::Waiting);
    let onsubmit = {
        let order = order.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(key), Some(value)) = (field(&event, "key"), field(&event, "value")) else { return };
            if !waits {
                order.emit(Order::Write { key: key.value(), text: value.value() });
                value.set_value("");
            }
        })
    };
    let onread = order.reform(|_: MouseEvent| Order::Read);
    let write = |attempt: &quorum_tabs::Attempt| {
        html! {
            <li key={attempt.number} class="tn-write" data-write={attempt.number.to_string()}
                data-fate={words::fate_word(attempt.fate)}>
                <code>{ format!("{} = {}", attempt.key, attempt.text) }</code>
                <span>{ words::fate(lang, attempt.fate) }</span>
            </li>
        }
    };
    let inner = html! {
        <>
            <form class="tn-form" {onsubmit}>
                <label>{ lang.t("tn-key") }
                    <input name="key" required=true autocomplete="off" maxlength={MAX_KEY_CHARS.to_string()} />
                </label>
                <label>{ lang.t("tn-value") }
                    <input name="value" required=true autocomplete="off" maxlength={MAX_TEXT_CHARS.to_string()} />
                </label>
                <button class="btn btn-act" type="submit" data-act="write" aria-disabled={waits.then_some("true")}>
                    { lang.t("tn-write") }
                </button>
            </form>
            <ul class="tn-writes" data-view="tab-writes">{ for facts.writes.iter().rev().map(write) }</ul>
            <p><button class="btn" type="button" data-act="read" onclick={onread}>{ lang.t("tn-read") }</button></p>
            <p class="fine">{ lang.t("tn-read-hint") }</p>
            { reading(lang, facts) }
        </>
    };
    panel(lang.t("tn-writing"), "tab-writing", inner)
}

/// A field of a form.
fn field(event: &SubmitEvent, name: &str) -> Option<HtmlInputElement> {
    let form: web_sys::Element = event.target()?.dyn_into().ok()?;
    form.query_selector(&format!("[name={name}]")).ok()??.dyn_into().ok()
}

/// What the last read returned.
fn reading(lang: Lang, facts: &Facts) -> Html {
    let Some(read) = &facts.read else { return Html::default() };
    let value = |value: &Value| {
        html! {
            <tr key={value.key.clone()}>
                <th scope="row">{ &value.key }</th><td>{ &value.text }</td><td class="num">{ value.index }</td>
            </tr>
        }
    };
    let (word, table) = match &read.answer {
        Answer::Waiting => ("waiting", None),
        Answer::NoLeader => ("no-leader", None),
        Answer::Unknown => ("unknown", None),
        Answer::Served { values, .. } => ("served", Some(values)),
    };
    html! {
        <div data-view="tab-read" data-read={read.number.to_string()} data-answer={word}>
            <p role="status">{ words::read(lang, read) }</p>
            if let Some(values) = table.filter(|values| !values.is_empty()) {
                <table class="tn-table">
                    <caption class="vh">{ lang.t("tn-values") }</caption>
                    <thead><tr>
                        <th scope="col">{ lang.t("tn-key") }</th><th scope="col">{ lang.t("tn-value") }</th>
                        <th scope="col">{ lang.t("tn-index") }</th>
                    </tr></thead>
                    <tbody>{ for values.iter().map(value) }</tbody>
                </table>
            }
        </div>
    }
}

/// The exercise: what this tab has observed of it.
fn exercise(lang: Lang, facts: &Facts) -> Html {
    let seen = &facts.seen;
    let item = |word: &'static str, done: Option<bool>, text: String| {
        let class = match done {
            Some(true) => "ck ck-ok",
            Some(false) => "ck ck-bad",
            None => "ck ck-todo",
        };
        let mark = match done {
            Some(true) => ic("check"),
            Some(false) => ic("cross"),
            None => html! { <i class="ck-o" /> },
        };
        let state = match done {
            Some(true) => lang.t("tn-done"),
            Some(false) => lang.t("tn-failed"),
            None => lang.t("tn-todo"),
        };
        let done = done.map_or("todo", |done| if done { "yes" } else { "no" });
        html! {
            <li key={word} {class} data-check={word} data-done={done}>
                { mark }<span>{ text }<span class="vh">{ " " }{ state }</span></span>
            </li>
        }
    };
    let yes = |done: bool| done.then_some(true);
    let failover = seen.failover;
    let replaced = match failover {
        Some(it) => lang.f(
            "tn-check-replaced-done",
            &[("old", it.old.into()), ("n", it.new.into()), ("ms", words::ms(it.after_us))],
        ),
        None => lang.t("tn-check-replaced"),
    };
    let kept = match seen.checked {
        Some(it) => lang.f("tn-check-kept-done", &[("keys", it.keys.into()), ("lost", it.lost.into())]),
        None => lang.t("tn-check-kept"),
    };
    let bound = lang.f("tn-check-bound", &[("ms", words::ms(BOUND_US))]);
    let inner = html! {
        <>
            <ul class="cks" data-view="tab-checks" data-failovers={seen.failovers.to_string()}
                data-after-ms={failover.map(|it| (it.after_us / 1_000).to_string())}>
                { item("led", yes(seen.led), lang.f("tn-check-led", &[("need", facts.need.into())])) }
                { item("wrote", yes(seen.acknowledged > 0), lang.t("tn-check-wrote")) }
                { item("replaced", yes(failover.is_some()), replaced) }
                { item("bound", failover.map(|it| it.after_us <= BOUND_US), bound) }
                { item("kept", seen.checked.map(|it| it.lost == 0), kept) }
                { item("returned", yes(seen.returned), lang.t("tn-check-returned")) }
            </ul>
            <p class="fine">{ lang.t("tn-check-hint") }</p>
        </>
    };
    panel(lang.t("tn-exercise"), "tab-exercise", inner)
}

/// The node itself.
fn itself(lang: Lang, facts: &Facts) -> Html {
    let row =
        |name: &str, value: Html| html! { <><dt>{ lang.f(name, &[]) }</dt><dd class="num">{ value }</dd></> };
    let leader = facts.leader.map_or_else(|| lang.t("tn-nobody"), |leader| leader.to_string());
    let kept = lang.t(if facts.kept { "tn-kept-yes" } else { "tn-kept-no" });
    let inner = html! {
        <dl class="tn-dl" data-view="tab-facts" data-term={facts.term.to_string()}
            data-leader={facts.leader.unwrap_or(0).to_string()} data-number={facts.number.to_string()}
            data-commit={facts.commit.to_string()} data-applied={facts.applied.to_string()}>
            { row("tn-role", words::role(lang, facts.role).into()) }
            { row("tn-term", facts.term.into()) }
            { row("tn-leader", leader.into()) }
            { row("tn-commit", facts.commit.into()) }
            { row("tn-applied", facts.applied.into()) }
            { row("tn-durable", facts.durable.into()) }
            { row("tn-snapshot", facts.snapshot.into()) }
            { row("tn-storage", kept.into()) }
        </dl>
    };
    panel(lang.f("tn-self", &[("n", facts.number.into())]), "tab-self", inner)
}

/// The end of its log.
fn log(lang: Lang, facts: &Facts) -> Html {
    let row = |line: &Line| {
        let state = match line.index {
            index if index <= facts.commit => "tn-entry-committed",
            index if index <= facts.durable => "tn-entry-durable",
            _ => "tn-entry-storing",
        };
        html! {
            <tr key={line.index}>
                <td class="num">{ line.index }</td><td class="num">{ line.term }</td>
                <td>{ words::what(lang, &line.what) }</td><td>{ lang.f(state, &[]) }</td>
            </tr>
        }
    };
    let inner = if facts.log.is_empty() {
        html! { <p>{ lang.t("tn-log-empty") }</p> }
    } else {
        html! {
            <div class="tn-scroll" tabindex="0" role="region" aria-label={lang.t("tn-log")}>
                <table class="tn-table">
                    <thead><tr>
                        <th scope="col">{ lang.t("tn-index") }</th><th scope="col">{ lang.t("tn-term") }</th>
                        <th scope="col">{ lang.t("tn-entry") }</th><th scope="col">{ lang.t("tn-entry-state") }</th>
                    </tr></thead>
                    <tbody>{ for facts.log.iter().rev().map(row) }</tbody>
                </table>
            </div>
        }
    };
    panel(lang.t("tn-log"), "tab-log", inner)
}

/// What happened, the latest first.
fn story(lang: Lang, events: &[Event]) -> Html {
    let row = |event: &Event| {
        html! {
            <li key={event.number}>
                <span class="num">{ lang.f("tn-at", &[("s", words::seconds(event.at_us).into())]) }</span>
                <span>{ words::event(lang, &event.kind) }</span>
            </li>
        }
    };
    let inner = html! { <ol class="tn-story">{ for events.iter().rev().take(EVENTS).map(row) }</ol> };
    panel(lang.t("tn-story"), "tab-story", inner)
}

/// There is no node: why, and the ways on. `fresh` is the address of another group.
pub(super) fn stopped(lang: Lang, standing: &Standing, fresh: Address, onopen: &Callback<Address>) -> Html {
    let (word, text) = match standing {
        Standing::Stopped(why) => (words::why_word(why), words::why(lang, why)),
        Standing::Failed(why) => ("worker", lang.f("tn-why-worker", &[("why", why.clone().into())])),
        Standing::Starting | Standing::Running(_) => return Html::default(),
    };
    let reload = Callback::from(|_: MouseEvent| {
        if let Some(window) = web_sys::window() {
            drop(window.location().reload());
        }
    });
    html! {
        <div class="card tn-card" data-view="tab-stopped" data-why={word}>
            <p>{ text }</p>
            <p class="card-f card-p">
                { link(onopen, fresh, "btn", lang.t("tn-new-group").into()) }
                <button class="btn" type="button" data-act="again" onclick={reload}>{ lang.t("tn-again") }</button>
            </p>
        </div>
    }
}
