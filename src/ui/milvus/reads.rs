//! The last search with the settings that affect it, and the last write with its seven steps.
//!
//! Guarantees: a control shows the run's setting, not what was last pressed; a step that was not reached has no time.
//! Leaves out: the tester's totals (`panels`), many users (`crowd`).

use std::rc::Rc;

use yew::prelude::*;

use super::choice::{ChoiceProps, choice};
use super::crowd::crowd;
use super::value_of;
use crate::ui::format::{clock, span};
use crate::ui::icons::ic;
use crate::ui::intent::Intent;
use crate::ui::memo::memo;
use quorum_facade::milvus::snapshot::{SearchFacts, WriteFacts};
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::Lang;

/// Settings that are chosen beside the last search and write: name, and the labels of their values.
const CONSISTENCY: &[(&str, u64)] =
    &[("mc-strong", 0), ("mc-bounded", 1), ("mc-session", 2), ("mc-eventually", 3)];
const PARTIAL: &[(&str, u64)] = &[("mc-partial-off", 0), ("mc-partial-on", 1)];
const ROUTING: &[(&str, u64)] = &[("mc-round-robin", 0), ("mc-least", 1), ("mc-random", 2)];
const NPROBE: &[(&str, u64)] =
    &[("mc-n-1", 1), ("mc-n-10", 10), ("mc-n-16", 16), ("mc-n-64", 64), ("mc-n-128", 128)];
const SERIAL: &[(&str, u64)] = &[("mc-parallel", 0), ("mc-serial", 1)];

/// The inputs of the panels.
#[derive(PartialEq)]
struct ReadsProps {
    search: Option<SearchFacts>,
    /// Consistency, partial results, routing.
    chosen: [u64; 3],
    /// Index, metric, lists, lists probed, HNSW candidates, rows requested.
    index: [u64; 6],
    running: bool,
    onintent: Callback<Intent>,
}

/// The last search and the last write, with their controls.
pub fn reads(now: &Rc<Snapshot>, running: bool, onintent: &Callback<Intent>) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let chosen = ["consistency", "partial_results", "routing"].map(|name| value_of(now, name));
    let index = ["index_type", "metric", "nlist", "nprobe", "ef", "top_k"].map(|name| value_of(now, name));
    let read = ReadsProps { search: facts.last_search, chosen, index, running, onintent: onintent.clone() };
    let written = WriteProps {
        write: facts.last_write.clone(),
        serial: value_of(now, "wal_serial"),
        running,
        onintent: onintent.clone(),
    };
    html! { <>{ memo(search, read) }{ crowd(now, running, onintent) }{ memo(write, written) }</> }
}

/// The last answered search, and the settings that affect the next.
fn search(lang: Lang, props: &ReadsProps) -> Html {
    let ReadsProps { search, chosen: [consistency, partial, routing], index, running, onintent } = props;
    let choice =
        |title: &'static str, name: &'static str, options: &'static [(&'static str, u64)], value: u64| {
            choice(lang, &ChoiceProps { title, name, options }, (value, *running), onintent)
        };
    html! {
        <section class="gauge" data-meter="search" data-consistency={consistency.to_string()}>
            <h2 class="h-inst">{ lang.t("mc-search") }
                if let Some(found) =
                    search {
                        <span class="num">{ lang.f("mc-search-by", &[("n", found.node.into())]) }</span>
                    }
            </h2>
            { match search {
                Some(found) => search_figures(lang, found),
                None => html! { <p class="fine">{ lang.t("mc-search-none") }</p> },
            } }
            <p class="fine num" data-view="index">{ index_text(index) }</p>
            if index[0] == 1 { { choice("mc-nprobe", "nprobe", NPROBE, index[3]) } }
            { choice("mc-consistency", "consistency", CONSISTENCY, *consistency) }
            <p class="fine mc-means">{ lang.t(match consistency {
                0 => "mc-strong-s",
                1 => "mc-bounded-s",
                2 => "mc-session-s",
                _ => "mc-eventually-s",
            }) }</p>
            { choice("mc-partial", "partial_results", PARTIAL, *partial) }
            { choice("mc-routing", "routing", ROUTING, *routing) }
        </section>
    }
}

/// How the collection is searched, in Milvus's own terms.
fn index_text([index, metric, nlist, nprobe, ef, top_k]: &[u64; 6]) -> String {
    let metric = ["L2", "COSINE", "IP"][*metric as usize % 3];
    match index {
        0 => format!("FLAT · {metric} · limit {top_k}"),
        1 => format!("IVF_FLAT · {metric} · nlist {nlist} · nprobe {nprobe} · limit {top_k}"),
        _ => format!("HNSW · {metric} · ef {ef} · limit {top_k}"),
    }
}

/// How fresh it was, how long it waited, how much it found.
fn search_figures(lang: Lang, found: &SearchFacts) -> Html {
    let recall = format!("{}.{}%", found.recall_permille / 10, found.recall_permille % 10);
    let short = found.recall_permille < 1_000;
    html! {
        <>
            <dl class="figs" data-view="last-search" data-partial={found.partial.to_string()}>
                <div><dt>{ lang.t("mc-behind-t") }</dt><dd class="num">{ span(found.behind_us) }</dd></div>
                <div><dt>{ lang.t("mc-waited") }</dt><dd class="num">{ span(found.waited_us) }</dd></div>
                <div><dt>{ lang.t("mc-took") }</dt><dd class="num">{ span(found.took_us) }</dd></div>
                <div>
                    <dt>{ lang.t("mc-recall") }</dt>
                    <dd class={classes!("num", short.then_some("v-gone"))}>{ recall }</dd>
                </div>
            </dl>
            <p class="fine num" data-distances={found.distances.to_string()} data-rows={found.rows.to_string()}>
                { lang.f("mc-distances", &[("n", found.distances.into()), ("rows", found.rows.into())]) }</p>
            if found.partial {
                <p class="chips"><span class="chip chip-open">{ lang.t("mc-incomplete") }</span></p>
            }
        </>
    }
}

/// The inputs of the stepper.
#[derive(PartialEq)]
struct WriteProps {
    write: Option<WriteFacts>,
    serial: u64,
    running: bool,
    onintent: Callback<Intent>,
}

/// The seven steps of a write, in the course's order.
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
            <li class={classes!(reached.is_some().then_some("on"), (step == 5).then_some("ack"))}
                data-step={step.to_string()}
                data-reached={reached.is_some().to_string()}>
                <i aria-hidden="true">{ if reached.is_some() { ic("check") } else { html! { step } } }</i>
                <span>{ lang.f(key, &[]) }
                    if let Some((_, pod, _)) =
                        reached.filter(
                            |reached| reached.1 > 0
                        ) {
                            <small class="num">{ format!(" #{pod}") }</small>
                        }
                </span>
                <b class="num">{ when }</b>
            </li>
        }
    };
    html! {
        <section class="gauge" data-meter="write">
            <h2 class="h-inst">{ lang.t("mc-write") }
                if let Some(write) =
                    write {
                        <span class="num">{ lang.f("mc-write-row", &[("id", write.first_id.into())]) }</span>
                    }
            </h2>
            <ol class="stepper">{ for STEPS.iter().enumerate().map(one) }</ol>
            <p class="fine">{ lang.t("mc-write-note") }</p>
            { choice(
                lang,
                &ChoiceProps { title: "mc-log", name: "wal_serial", options: SERIAL },
                (props.serial, props.running),
                &props.onintent
            ) }
        </section>
    }
}
