//! The report of failover tests: targets and whether they were met, the RTO split into phases, availability, losses,
//! runs that missed a target.
//!
//! Guarantees: every figure is the report's own; every picture has its words and numbers beside it. Leaves out:
//! starting tests (`drills`) and files (`drill::export`).

use std::rc::Rc;

use yew::prelude::*;

use super::topology_with;
use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table};
use crate::ui::icons::ic;
use crate::ui::instruments::waterfall;
use crate::web::address::Address;
use crate::web::wire::{DrillFacts, DrillForm};
use quorum_drill::notes::{self, Beside};
use quorum_drill::summary::{Brief, Missed, Row, Short};
use quorum_drill::{Spread, export};
use quorum_facade::PhaseTime;
use quorum_i18n::{Lang, grouped};

/// The inputs of a report.
#[derive(PartialEq)]
pub struct ReportProps {
    /// The results of the tests.
    pub facts: Rc<DrillFacts>,
    /// Language, theme and size, for links.
    pub address: Address,
    /// Whether the text was copied; none before that was requested.
    pub copied: Option<bool>,
    /// Called with the requested form of the report: the text is copied, the others are saved. None where only the
    /// summary is kept.
    pub onwrite: Option<Callback<DrillForm>>,
}

/// The report.
pub fn report(lang: Lang, props: &ReportProps) -> Html {
    let facts = &props.facts;
    let Some(brief) = &facts.brief else { return Html::default() };
    let Some(all) = brief.all().filter(|all| all.line.runs > 0) else {
        return html! { <p class="note" data-view="drill-report" data-runs="0">{ lang.t("drill-no-runs") }</p> };
    };
    html! {
        <div class="mc-rep" data-view="drill-report" data-runs={all.line.runs.to_string()}
            data-met={all.line.met.to_string()}>
            <p class="fine num">{ what(lang, brief, all) }</p>
            <p class="fine">{ changed(lang, brief) }</p>
            { verdict(lang, facts, all) }
            { targets(lang, brief, all) }
            { suites(lang, brief) }
            <div class="mc-rep-2">
                if let Some(rto) = &all.line.rto { { spread(lang, rto, brief) } }
                { phases(lang, brief) }
            </div>
            { availability(lang, brief, all) }
            { notes(lang, brief) }
            { losses(lang, brief, all) }
            { short_runs(lang, brief, &props.address) }
            { texts(lang, props) }
        </div>
    }
}

/// What was played.
fn what(lang: Lang, brief: &Brief, all: &Row) -> String {
    let last = brief.seed + all.line.runs - 1;
    let seeds = if last == brief.seed { last.to_string() } else { format!("{}–{last}", brief.seed) };
    lang.f(
        "drill-page-what",
        &[
            ("name", export::scenario_name(&brief.scenario, lang).into()),
            ("scenario", brief.scenario.as_str().into()),
            ("runs", all.line.runs.into()),
            ("seeds", seeds.into()),
        ],
    )
}

fn changed(lang: Lang, brief: &Brief) -> String {
    if brief.set.is_empty() {
        return lang.t("drill-page-defaults");
    }
    let set: Vec<String> = brief.set.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lang.f("drill-page-set", &[("set", set.join(", ").into())])
}

/// Whether the targets were met, in a sentence; and whether the tests were stopped.
pub(super) fn verdict(lang: Lang, facts: &DrillFacts, all: &Row) -> Html {
    let line = &all.line;
    let met = line.met == line.runs;
    let said = lang.f("drill-runs-met", &[("met", line.met.into()), ("runs", line.runs.into())]);
    html! {
        <p class={classes!("mc-verdict", if met { "v-kept" } else { "v-gone" })} data-view="drill-verdict"
            data-met={met.to_string()}>
            { ic(if met { "check" } else { "cross" }) }{ said }
            if facts.done < facts.total {
                <small>
                    { lang.f("mc-d-stopped", &[("n", line.runs.into()), ("of", facts.runs.into())]) }
                </small>
            }
        </p>
    }
}

/// The targets as cards: bound, number of runs that met it, the worst value.
fn targets(lang: Lang, brief: &Brief, all: &Row) -> Html {
    let card = |target: &Missed| {
        let Missed { name, limit, worst, missed } = target;
        let met = *missed == 0;
        let worst = worst.map_or_else(|| "—".to_owned(), |value| export::shown(lang, name, value));
        html! {
            <div class={classes!("mc-tg", (!met).then_some("mc-tg-no"))} data-target={name.clone()}
                data-missed={missed.to_string()}>
                <h3>{ export::target_name(name, lang) }{ " " }{ export::bound(lang, name, *limit) }</h3>
                <p class="num">
                    <b>{ grouped(all.line.runs - (*missed).min(all.line.runs)) }</b>
                    { format!(" / {}", grouped(all.line.runs)) }
                    <span class={if met { "v-kept" } else { "v-gone" }}>{ ic(if met { "check" } else { "cross" }) }
                        { lang.t(if met { "drill-page-met" } else { "drill-page-missed" }) }</span></p>
                <p class="fine num">{ lang.f("mc-d-worst", &[("value", worst.into())]) }</p>
            </div>
        }
    };
    html! {
        <section class="mc-tgs" aria-label={lang.t("drill-page-targets")}>
            { for brief.targets.iter().map(card) }
        </section>
    }
}

/// The table: one row per suite, and a total.
fn suites(lang: Lang, brief: &Brief) -> Html {
    let row = |row: &Row| {
        let line = &row.line;
        let met = line.met == line.runs;
        let rto = line.rto.as_ref().map_or_else(|| "—".to_owned(), |rto| export::seconds(rto.mean));
        html! {
            <tr data-suite={line.scenario.clone()}>
                <th scope="row">{ export::scenario_name(&line.scenario, lang) }</th>
                <td data-figure="total">{ grouped(line.queries.total) }</td>
                <td data-figure="ok">{ grouped(line.queries.ok) }</td>
                <td data-figure="failed">{ grouped(line.queries.failed) }</td>
                <td data-figure="rate">{ export::percent(line.queries.success_rate) }</td>
                <td data-figure="latency">{ format!("{:.1} ms", row.latency_ms) }</td>
                <td data-figure="rto">{ rto }</td>
                <td data-figure="met" class={if met { "v-kept" } else { "v-gone" }}>
                    { format!("{} / {}", grouped(line.met), grouped(line.runs)) }
                </td>
            </tr>
        }
    };
    let heads = [
        "drill-col-suite",
        "mc-total",
        "mc-ok",
        "mc-failed",
        "mc-rate",
        "mc-mean",
        if brief.outages > 1 { "mc-d-rto-mean" } else { "drill-col-rto" },
        "drill-col-met",
    ];
    table(lang, "drill-page-suites", &heads, brief.rows.iter().map(row).collect())
}

/// A table with its title that scrolls sideways by itself where the page is narrow.
fn table(lang: Lang, title: &'static str, heads: &[&'static str], rows: Html) -> Html {
    html! {
        <section>
            <h3 class="h-sub">{ lang.f(title, &[]) }</h3>
            <div class="mc-scroll" tabindex="0" role="region" aria-label={lang.f(title, &[])}>
                <table class="num">
                    <thead>
                        <tr>
                            {
                                for heads.iter()
                                    .map(|head| html! { <th scope="col">{ lang.f(head, &[]) }</th> })
                            }
                        </tr>
                    </thead>
                    <tbody>{ rows }</tbody>
                </table>
            </div>
        </section>
    }
}

/// The RTO over all failovers: its figures and its distribution.
fn spread(lang: Lang, rto: &Spread, brief: &Brief) -> Html {
    let figures = [
        ("mean", "drill-col-mean", rto.mean),
        ("median", "drill-col-median", rto.median),
        ("min", "drill-col-min", rto.min),
        ("max", "drill-col-max", rto.max),
        ("p95", "drill-col-p95", rto.p95),
        ("p99", "drill-col-p99", rto.p99),
    ];
    html! {
        <section>
            <h3 class="h-sub">{ lang.t("drill-page-rto") }</h3>
            <dl class="figs figs-3">
                { for figures.iter().map(|(word, key, value)| html! {
                    <div>
                        <dt>{ lang.f(key, &[]) }</dt>
                        <dd class="num" data-rto={*word} data-ms={format!("{:.3}", *value)}>
                            { export::seconds(*value) }
                        </dd>
                    </div>
                }) }
            </dl>
            { histogram(lang, rto, rto_limit(brief)) }
        </section>
    }
}

/// The longest RTO that meets the target, in milliseconds, where there is such a target.
fn rto_limit(brief: &Brief) -> Option<f64> {
    brief.targets.iter().find(|target| target.name == "rto").map(|target| target.limit)
}

/// The course's bins as bars with their numbers; those beyond the target are hatched.
fn histogram(lang: Lang, rto: &Spread, limit: Option<f64>) -> Html {
    const STEP: u64 = 100;
    const HIGH: u64 = 110;
    let most = rto.histogram.iter().map(|bin| bin.2).max().unwrap_or(0).max(1);
    let name = |from: u64, to: Option<u64>| match to {
        Some(to) => format!("{}–{} s", from / 1_000, to / 1_000),
        None => format!("{}+ s", from / 1_000),
    };
    let said: Vec<String> =
        rto.histogram.iter().map(|(from, to, count)| format!("{}: {count}", name(*from, *to))).collect();
    let label = format!("{} {}", lang.t("drill-page-histogram"), said.join(", "));
    let bar = |(at, (from, to, count)): (usize, &(u64, Option<u64>, u64))| {
        let left = at as u64 * STEP + 14;
        // A non-empty bin is always visible.
        let high = if *count == 0 { 0 } else { (count * HIGH / most).max(2) };
        let over = limit.is_some_and(|limit| *from as f64 >= limit);
        let middle = (left + (STEP - 28) / 2).to_string();
        html! {
            <g data-bin={from.to_string()} data-count={count.to_string()}>
                <rect class={over.then_some("over")} x={left.to_string()} y={(22 + HIGH - high).to_string()}
                    width={(STEP - 28).to_string()} height={high.to_string()} />
                <text class="n" x={middle.clone()} y={(16 + HIGH - high).to_string()}>{ grouped(*count) }</text>
                <text x={middle} y={(HIGH + 42).to_string()}>{ name(*from, *to) }</text>
            </g>
        }
    };
    let floor = HIGH + 22;
    let drawn = html! {
        <svg class="mc-hist" viewBox={format!("0 0 {} {}", STEP * rto.histogram.len() as u64, HIGH + 50)}
            role="img" aria-label={label}>
            { for rto.histogram.iter().enumerate().map(bar) }
            <path d={format!("M0 {floor}H{}", STEP * rto.histogram.len() as u64)} />
        </svg>
    };
    let seconds = |ms: u64| Cell::Number(ms as f64 / 1e3);
    let rows = rto
        .histogram
        .iter()
        .map(|(from, to, count)| [seconds(*from), to.map_or(Cell::Empty, seconds), (*count).into()]);
    let heads = [lang.t("export-from"), lang.t("export-to"), lang.t("export-count")];
    chart("rto-histogram", Table::new(heads).with(rows), drawn)
}

/// The phases of the RTO: of one outage their lengths, of several their means.
fn phases(lang: Lang, brief: &Brief) -> Html {
    if brief.outages == 0 {
        return html! {
            <section>
                <h3 class="h-sub">{ lang.t("mc-d-phases") }</h3>
                <p class="fine">{ lang.t("mc-d-no-outage") }</p>
            </section>
        };
    }
    let timed: Vec<PhaseTime> = brief
        .phases
        .iter()
        .map(|timed| PhaseTime { phase: timed.phase, us: (timed.ms * 1_000.0).round().max(0.0) as u64 })
        .collect();
    let title = if brief.outages == 1 {
        lang.t("mc-d-phases")
    } else {
        lang.f("mc-d-phases-mean", &[("n", brief.outages.into())])
    };
    let target = rto_limit(brief).map(|ms| (ms * 1_000.0).round().max(0.0) as u64);
    html! {
        <section data-view="drill-phases">
            <h3 class="h-sub">{ title }</h3>
            { waterfall(lang, &timed, &[], false, target) }
        </section>
    }
}

/// Availability, graded as the course does and computed in both ways, and how long it took.
fn availability(lang: Lang, brief: &Brief, all: &Row) -> Html {
    let [said, by_failures] = export::availability(&all.line, lang);
    let [grade, graded_by] = export::grade(&all.line.queries, lang);
    html! {
        <section data-view="drill-availability">
            <h3 class="h-sub">{ lang.t("drill-page-availability") }</h3>
            <p data-grade={all.line.grade.word()}><b>{ grade }</b></p>
            <p class="fine">{ graded_by }</p>
            <p>{ said }</p><p>{ by_failures }</p>
            <p data-total-ms={format!("{:.0}", all.line.total_time_ms)}>
                { export::total_time(all.line.total_time_ms, brief.wait_ms, lang) }
            </p>
        </section>
    }
}

/// The course's figures beside the lab's.
fn notes(lang: Lang, brief: &Brief) -> Html {
    if brief.notes.is_empty() {
        return Html::default();
    }
    let row = |row: &Beside| {
        let what =
            lang.f("drill-note-of", &[("what", notes::what(row, lang).into()), ("note", row.note.into())]);
        let verdict = row.holds.map(|holds| {
            let (class, key) =
                if holds { ("v-kept", "drill-page-met") } else { ("v-gone", "drill-page-missed") };
            html! { <span {class}>{ lang.t(key) }</span> }
        });
        html! {
            <tr data-note={row.id.clone()} data-holds={row.holds.map(|holds| holds.to_string())}>
                <th scope="row">{ format!("{} · {what}", export::scenario_name(&row.scenario, lang)) }</th>
                <td>{ notes::note_says(row, lang) }</td>
                <td data-figure="ours">{ notes::ours(row, lang) }</td>
                <td>{ verdict }</td>
            </tr>
        }
    };
    let heads = ["drill-col-figure", "drill-col-note", "drill-col-ours", "drill-col-outcome"];
    html! {
        <div data-view="drill-notes">
            { table(lang, "drill-page-notes", &heads, brief.notes.iter().map(row).collect()) }
        </div>
    }
}

/// Acknowledged writes that are lost, by name.
fn losses(lang: Lang, brief: &Brief, all: &Row) -> Html {
    // Of the lab's own runs it is always known.
    let lost = all.line.lost.unwrap_or(0);
    let said = lang.f("drill-rpo", &[("lost", lost.into()), ("acknowledged", all.line.acknowledged.into())]);
    let more = lost.saturating_sub(brief.lost.len() as u64);
    let rows: Html = brief
        .lost
        .iter()
        .map(|write| {
            html! {
                <tr>
                    <td>{ write.id }</td>
                    <td>{ write.seed }</td>
                    <td class="text" lang="en">{ &write.died }</td>
                </tr>
            }
        })
        .collect();
    html! {
        <div data-view="drill-losses" data-lost={lost.to_string()}>
            <h3 class="h-sub">{ lang.t("drill-page-losses") }</h3>
            <p class={if lost == 0 { "v-kept" } else { "v-gone" }}>{ said }</p>
            if lost > 0 { { table(lang, "mc-d-lost", &["drill-col-write", "drill-col-seed", "drill-col-died"], rows) } }
            if more > 0 { <p class="fine">{ lang.f("drill-page-more", &[("n", more.into())]) }</p> }
        </div>
    }
}

/// The runs that missed a target, each with a link to its seed.
fn short_runs(lang: Lang, brief: &Brief, address: &Address) -> Html {
    if brief.short.is_empty() {
        return Html::default();
    }
    let row = |run: &Short| {
        let missed: Vec<String> = run.missed.iter().map(|name| export::target_name(name, lang)).collect();
        let link = seed_link(address, brief, run.seed);
        html! {
            <tr data-seed={run.seed.to_string()}>
                <td>
                    <a href={link} target="_blank" rel="noopener"
                        aria-label={lang.f("mc-d-open-seed", &[("seed", run.seed.to_string().into())])}>
                        { run.seed }
                    </a>
                </td>
                <td>{ run.rto_ms.map_or_else(|| "—".to_owned(), export::seconds) }</td>
                <td>{ grouped(run.failed) }</td>
                <td>{ grouped(run.lost) }</td>
                <td class="text v-gone">{ missed.join(" · ") }</td>
            </tr>
        }
    };
    let heads =
        ["drill-col-seed", "drill-col-rto", "drill-col-failed", "drill-col-lost", "drill-page-missed"];
    let more = brief.short_runs.saturating_sub(brief.short.len() as u64);
    html! {
        <div data-view="drill-short">
            { table(lang, "mc-d-short", &heads, brief.short.iter().map(row).collect()) }
            if more > 0 { <p class="fine">{ lang.f("drill-page-more", &[("n", more.into())]) }</p> }
            <p class="fine">{ lang.t("mc-d-seed-s") }</p>
        </div>
    }
}

/// The address of a cluster like that of the run.
fn seed_link(address: &Address, brief: &Brief, seed: u64) -> String {
    let there = Address {
        lesson: None,
        run: None,
        topology: Some(topology_with(&brief.set)),
        seed: Some(seed),
        ..address.clone()
    };
    there.link()
}

/// The buttons to copy or save the report.
fn texts(lang: Lang, props: &ReportProps) -> Html {
    let Some(onwrite) = &props.onwrite else { return Html::default() };
    let button = |form: DrillForm, word: &'static str, icon: &'static str, label: String| {
        let onclick = onwrite.reform(move |_: MouseEvent| form);
        html! { <button type="button" class="btn" data-act={word} {onclick}>{ ic(icon) }{ label }</button> }
    };
    let copied = match props.copied {
        None => lang.t("mc-d-copy"),
        Some(true) => lang.t("copied"),
        Some(false) => lang.t("copy-failed"),
    };
    html! {
        <p class="row" role="group" aria-label={lang.t("mc-d-take")}>
            { button(DrillForm::Text, "drill-text", if props.copied == Some(true) { "check" } else { "list" }, copied) }
            { button(DrillForm::Html, "drill-html", "down", lang.t("mc-d-page")) }
            { button(DrillForm::Json, "drill-json", "down", "JSON".to_owned()) }
            { button(DrillForm::Csv, "drill-csv", "down", "CSV".to_owned()) }
        </p>
    }
}
