//! The notes' drills, played beside the run: which, how often, and the results.
//!
//! Guarantees: figures are the report's own; a drill has its own settings, and the section says so. Leaves out: playing
//! it (`drill`), and a runbook tested against disasters (`disasters`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::cost::yuan;
use super::narrate::step_text;
use super::time::long;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::reports;
use crate::web::session::Session;
use quorum_drill::report::StepReport;
use quorum_drill::summary::{Brief, Log, Row};
use quorum_drill::{export, i18n_terms};
use quorum_i18n::Lang;

/// The drills that can be played here.
const PLAYED: [&str; 5] =
    ["dr-note-drill", "dr-drill", "dr-rpo-classes", "dr-replication", "dr-knowledge-base"];
/// How often.
const RUNS: [u64; 3] = [1, 10, 50];

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct NoteDrillsProps {
    /// The session that plays them.
    pub session: Session,
    /// Whether drills can be started.
    pub running: bool,
    /// Whether it is open at first.
    #[prop_or_default]
    pub open: bool,
}

/// The state of the section.
#[derive(Clone, Debug, Default, PartialEq)]
struct Played {
    runs: bool,
    brief: Option<Rc<Brief>>,
    fault: Option<String>,
    /// The name of the report in addresses.
    report: Option<String>,
}

/// The section.
#[component]
pub fn NoteDrills(props: &NoteDrillsProps) -> Html {
    let lang = use_lang();
    let chosen = use_state_eq(|| (PLAYED[0], RUNS[0]));
    let played = use_state_eq(Played::default);
    let value = |event: &Event| {
        let select = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok());
        select.map(|select| select.value()).unwrap_or_default()
    };
    let onwhich = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            if let Some(scenario) = PLAYED.into_iter().find(|one| *one == value(&event)) {
                chosen.set((scenario, chosen.1));
            }
        })
    };
    let onruns = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            if let Some(runs) = RUNS.into_iter().find(|one| one.to_string() == value(&event)) {
                chosen.set((chosen.0, runs));
            }
        })
    };
    let onclick = {
        let (session, chosen, played) = (props.session.clone(), chosen.clone(), played.clone());
        Callback::from(move |_: MouseEvent| spawn_local(play(session.clone(), *chosen, played.clone())))
    };
    html! {
        <section class="gauge" data-view="note-drills" data-running={played.runs.to_string()}>
            <details class="mc-details rg-fold" open={props.open}>
                <summary>{ lang.t("rg-dr") }</summary>
                <p class="fine">{ lang.t("rg-dr-s") }</p>
                <p class="row">
                    <select class="rg-select" data-act="note-drill" aria-label={lang.t("rg-dr-which")}
                        onchange={onwhich}>
                        {
                            for PLAYED.into_iter()
                                .map(
                                    |name| html! {
                                        <option value={name} selected={chosen.0 == name}>
                                            { export::scenario_name(name, lang) }
                                        </option>
                                    }
                                )
                        }
                    </select>
                    <select class="rg-select" data-act="note-drill-runs" aria-label={lang.t("rg-dr-runs")}
                        onchange={onruns}>
                        {
                            for RUNS.into_iter()
                                .map(
                                    |runs| html! {
                                        <option value={runs.to_string()} selected={chosen.1 == runs}>
                                            { format!("× {runs}") }
                                        </option>
                                    }
                                )
                        }
                    </select>
                    <button type="button" class="btn btn-go" data-act="note-drill-start"
                        aria-disabled={inert(played.runs || !props.running)} {onclick}>
                        { ic("play") }
                        { lang.t("rg-dr-start") }
                    </button>
                </p>
                if played.runs { <p class="fine" role="status">{ lang.t("rg-fire-running") }</p> }
                if let Some(fault) =
                    &played.fault { <p class="note note-gone" role="status" lang="en">{ fault.clone() }</p> }
                if let Some(brief) = &played.brief { <div role="status">{ came_of(lang, brief) }</div> }
                if let Some(report) = &played.report {
                    <p class="row">
                        <a class="btn btn-quiet" data-act="drill-address" target="_blank" rel="noopener"
                            href={Address { report: Some(report.clone()), ..Address::default() }.link()}>
                            { ic("ext") }{ lang.t("drill-address") }
                        </a>
                    </p>
                }
            </details>
        </section>
    }
}

async fn play(session: Session, (scenario, runs): (&'static str, u64), played: UseStateHandle<Played>) {
    played.set(Played { runs: true, ..Played::default() });
    let number = session.drill(scenario, Some(1), runs, Vec::new());
    let facts = session.drill_over(number).await;
    let facts = facts.as_deref();
    let report = facts.and_then(reports::name_of);
    if let Some(facts) = facts {
        reports::keep(facts);
    }
    let fault = facts.and_then(|facts| facts.fault.clone()).map(|(_, error)| error);
    let brief = facts.and_then(|facts| facts.brief.clone()).map(Rc::new);
    played.set(Played { runs: false, brief, fault, report });
}

/// The results: one line per drill, and the logs.
pub fn came_of(lang: Lang, brief: &Brief) -> Html {
    // Where a run has several drills, the last row is their sum.
    let rows = if brief.rows.len() > 1 { &brief.rows[..brief.rows.len() - 1] } else { &brief.rows[..] };
    html! {
        <>
            <div class="rowsx rg-sheet" tabindex="0" role="region" aria-label={lang.t("rg-dr")}>
                <table class="mc-table" data-drilled={brief.scenario.clone()}>
                    <thead><tr>
                        {
                            for [
                                "rg-dr-which",
                                "rg-dr-met",
                                "rg-dr-median",
                                "rg-dr-worst",
                                "rg-dr-lost",
                                "rg-dr-cost"
                            ].iter().map(
                                |key| html! { <th scope="col">{ lang.f(key, &[]) }</th> }
                            )
                        }
                    </tr></thead>
                    <tbody>{ for rows.iter().map(|row| line(lang, row)) }</tbody>
                </table>
            </div>
            { for brief.logs.iter().take(1).map(|one| log(lang, one)) }
        </>
    }
}

fn line(lang: Lang, row: &Row) -> Html {
    let survival = row.line.survival.unwrap_or_default();
    let ms = |ms: f64| long(lang, (ms * 1_000.0).round().max(0.0) as u64);
    let met = row.line.met == row.line.runs;
    html! {
        <tr data-scenario={row.line.scenario.clone()} data-met={row.line.met.to_string()}>
            <th scope="row">{ export::scenario_name(&row.line.scenario, lang) }</th>
            <td class={if met { "v-kept" } else { "v-gone" }}>
                { lang.f("rg-dr-survived", &[("n", row.line.met.into()), ("of", row.line.runs.into())]) }
            </td>
            <td class="num">{ survival.rto_p50_ms.map_or_else(|| "—".to_owned(), ms) }</td>
            <td class="num">{ ms(survival.worst_rpo_ms) }</td>
            <td class="num">{ export::counted(row.line.lost) }</td>
            <td class="num">{ yuan(survival.mean_cost_fen.round().max(0.0) as u64) }</td>
        </tr>
    }
}

/// The log of a drill, in the course's steps.
fn log(lang: Lang, log: &Log) -> Html {
    html! {
        <>
            <h3 class="h-sub">{ lang.f("rg-dr-log", &[("seed", log.seed.to_string().into())]) }</h3>
            <ol class="rg-drill-log">
                { for log.steps.iter().map(|step| html! {
                    <li data-step={step.step.clone()} data-five={step.note_5.map(|five| five.to_string())}
                        class={if step.ok { "" } else { "v-gone" }}>
                        { step_line(lang, step) }
                    </li>
                }) }
            </ol>
        </>
    }
}

/// A line of the log: the course's step, the lab's in words, how long it took, and the result.
fn step_line(lang: Lang, step: &StepReport) -> String {
    let took = long(lang, (step.ms * 1_000.0).round().max(0.0) as u64);
    lang.f(
        "drill-step",
        &[
            ("stage", step.note_5.unwrap_or(step.stage).into()),
            ("name", i18n_terms::stage(step, lang).into()),
            ("step", step_text(lang, &step.step).into()),
            ("took", took.into()),
            ("outcome", i18n_terms::outcome(step, lang).into()),
        ],
    )
}
