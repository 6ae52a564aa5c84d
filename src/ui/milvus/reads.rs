//! The last search with what decides about it, and the last write with its seven steps.
//!
//! Promises: a control says what the run has, not what was last pressed; a step that was not reached has no time.
//! Leaves out: the tester's sums (`panels`).

use std::rc::Rc;

use yew::prelude::*;

use super::deeds::Deed;
use super::value_of;
use crate::lab::milvus::facts::{SearchFacts, WriteFacts};
use crate::lab::snapshot::Snapshot;
use crate::ui::actions::Act;
use crate::ui::format::{clock, span};
use crate::ui::icons::ic;
use crate::ui::memo::memo;
use crate::words::Lang;

/// Settings that are chosen beside the last search and write: name, and the words of their values.
const CONSISTENCY: &[(&str, u64)] =
    &[("mc-strong", 0), ("mc-bounded", 1), ("mc-session", 2), ("mc-eventually", 3)];
const PARTIAL: &[(&str, u64)] = &[("mc-partial-off", 0), ("mc-partial-on", 1)];
const ROUTING: &[(&str, u64)] = &[("mc-round-robin", 0), ("mc-least", 1), ("mc-random", 2)];
const CLIENTS: &[(&str, u64)] = &[("mc-n-0", 0), ("mc-n-10", 10), ("mc-n-100", 100), ("mc-n-1000", 1_000)];
const SERIAL: &[(&str, u64)] = &[("mc-parallel", 0), ("mc-serial", 1)];

/// What the panels are drawn from.
#[derive(PartialEq)]
struct ReadsProps {
    search: Option<SearchFacts>,
    /// Consistency, partial results, routing, clients.
    chosen: [u64; 4],
    running: bool,
    onact: Callback<Act>,
}

/// The last search and the last write, with their controls.
pub fn reads(now: &Rc<Snapshot>, running: bool, onact: &Callback<Act>) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let chosen = ["consistency", "partial_results", "routing", "clients"].map(|name| value_of(now, name));
    let read = ReadsProps { search: facts.last_search, chosen, running, onact: onact.clone() };
    let written = WriteProps {
        write: facts.last_write.clone(),
        serial: value_of(now, "wal_serial"),
        running,
        onact: onact.clone(),
    };
    html! { <>{ memo(search, read) }{ memo(write, written) }</> }
}

/// A choice of a few values of a setting.
fn choice(
    lang: Lang,
    title: &'static str,
    name: &'static str,
    options: &'static [(&'static str, u64)],
    (now, running): (u64, bool),
    onact: &Callback<Act>,
) -> Html {
    let one = |(key, value): &(&'static str, u64)| {
        let value = *value;
        let onchange = onact.reform(move |_: Event| Act::Cluster(Deed::Set(name, value)));
        html! {
            <label>
                <input type="radio" name={format!("mc-{name}")} value={value.to_string()} checked={value == now} disabled={!running} {onchange} />
                <span>{ lang.f(key, &[]) }</span>
            </label>
        }
    };
    html! {
        <div class="mc-choice">
            <span class="fine" aria-hidden="true">{ lang.f(title, &[]) }</span>
            <fieldset class="segm" data-set={name} data-value={now.to_string()} style={format!("--opts:{}", options.len())}>
                <legend class="vh">{ lang.f(title, &[]) }</legend>
                { for options.iter().map(one) }
            </fieldset>
        </div>
    }
}

/// The last search that was answered, and what decides about the next.
fn search(lang: Lang, props: &ReadsProps) -> Html {
    let ReadsProps { search, chosen: [consistency, partial, routing, clients], running, onact } = props;
    let set = |value: &u64| (*value, *running);
    html! {
        <section class="gauge" data-meter="search" data-consistency={consistency.to_string()}>
            <h2 class="h-inst">{ lang.t("mc-search") }
                if let Some(found) = search { <span class="num">{ lang.f("mc-search-by", &[("n", found.node.into())]) }</span> }
            </h2>
            { match search {
                Some(found) => search_figures(lang, found),
                None => html! { <p class="fine">{ lang.t("mc-search-none") }</p> },
            } }
            { choice(lang, "mc-consistency", "consistency", CONSISTENCY, set(consistency), onact) }
            <p class="fine mc-means">{ lang.t(match consistency {
                0 => "mc-strong-s",
                1 => "mc-bounded-s",
                2 => "mc-session-s",
                _ => "mc-eventually-s",
            }) }</p>
            { choice(lang, "mc-partial", "partial_results", PARTIAL, set(partial), onact) }
            { choice(lang, "mc-routing", "routing", ROUTING, set(routing), onact) }
            { choice(lang, "mc-clients", "clients", CLIENTS, set(clients), onact) }
        </section>
    }
}

/// How fresh, how long it waited, how much it found.
fn search_figures(lang: Lang, found: &SearchFacts) -> Html {
    let recall = format!("{}.{}%", found.recall_permille / 10, found.recall_permille % 10);
    let short = found.recall_permille < 1_000;
    html! {
        <>
            <dl class="figs" data-view="last-search" data-partial={found.partial.to_string()}>
                <div><dt>{ lang.t("mc-behind-t") }</dt><dd class="num">{ span(found.behind_us) }</dd></div>
                <div><dt>{ lang.t("mc-waited") }</dt><dd class="num">{ span(found.waited_us) }</dd></div>
                <div><dt>{ lang.t("mc-took") }</dt><dd class="num">{ span(found.took_us) }</dd></div>
                <div><dt>{ lang.t("mc-recall") }</dt><dd class={classes!("num", short.then_some("v-gone"))}>{ recall }</dd></div>
            </dl>
            if found.partial {
                <p class="chips"><span class="chip chip-open">{ lang.t("mc-incomplete") }</span></p>
            }
        </>
    }
}

/// What the stepper is drawn from.
#[derive(PartialEq)]
struct WriteProps {
    write: Option<WriteFacts>,
    serial: u64,
    running: bool,
    onact: Callback<Act>,
}

/// The seven steps of a write, in the order in which the course tells them.
const STEPS: [&str; 7] =
    ["mc-step-1", "mc-step-2", "mc-step-3", "mc-step-4", "mc-step-5", "mc-step-6", "mc-step-7"];

/// The last write, step by step.
fn write(lang: Lang, props: &WriteProps) -> Html {
    let write = props.write.as_ref();
    let at =
        |step: u32| write.and_then(|write| write.steps.iter().find(|reached| reached.0 == step)).copied();
    let began = at(1).map_or(0, |reached| reached.2);
    let one = |(place, key): (usize, &&'static str)| {
        let step = place as u32 + 1;
        let reached = at(step);
        let when = match reached {
            None => "—".to_owned(),
            Some((.., t_us)) if step == 1 => format!("{} s", clock(t_us)),
            Some((.., t_us)) => format!("+{}", span(t_us.saturating_sub(began))),
        };
        html! {
            <li class={classes!(reached.is_some().then_some("on"), (step == 5).then_some("ack"))} data-step={step.to_string()}
                data-reached={reached.is_some().to_string()}>
                <i aria-hidden="true">{ if reached.is_some() { ic("check") } else { html! { step } } }</i>
                <span>{ lang.f(key, &[]) }
                    if let Some((_, pod, _)) = reached.filter(|reached| reached.1 > 0) { <small class="num">{ format!(" #{pod}") }</small> }
                </span>
                <b class="num">{ when }</b>
            </li>
        }
    };
    html! {
        <section class="gauge" data-meter="write">
            <h2 class="h-inst">{ lang.t("mc-write") }
                if let Some(write) = write { <span class="num">{ lang.f("mc-write-row", &[("id", write.first_id.into())]) }</span> }
            </h2>
            <ol class="stepper">{ for STEPS.iter().enumerate().map(one) }</ol>
            <p class="fine">{ lang.t("mc-write-note") }</p>
            { choice(lang, "mc-log", "wal_serial", SERIAL, (props.serial, props.running), &props.onact) }
        </section>
    }
}
