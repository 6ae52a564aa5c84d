//! A runbook tested against seeded disasters in a worker: the progress and the results.
//!
//! Guarantees: figures are the report's own; stopped tests are reported as far as they went. Leaves out: playing them
//! (`drill`).

use yew::prelude::*;

use super::cost::yuan;
use super::time::long;
use crate::ui::milvus::drills::use_drilled;
use crate::ui::use_lang;
use crate::web::session::Session;
use crate::web::wire::DrillFacts;
use quorum_drill::{Plan, export};
use quorum_i18n::{Lang, grouped, refused};

/// The scenario that a runbook is tested in.
pub(crate) const SCENARIO: &str = "dr-runbook";

/// Tests a runbook, given as text, against `runs` disasters.
pub(super) fn fire(session: &Session, seed: u64, runs: u64, set: Vec<(String, u64)>, runbook: String) {
    let (scenario, seed, runbook) = (SCENARIO.to_owned(), Some(seed), Some(runbook));
    session.drill_plan(Plan { scenario, seed, runs, set, runbook });
}

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct FiredProps {
    /// The session whose drills are followed.
    pub session: Session,
}

/// The state of the last test.
#[component]
pub fn Fired(props: &FiredProps) -> Html {
    let lang = use_lang();
    let drilled = use_drilled(&props.session);
    let Some(facts) = drilled.filter(|facts| facts.scenario == SCENARIO) else { return Html::default() };
    let session = props.session.clone();
    fired(lang, &facts, &Callback::from(move |_: MouseEvent| session.stop_drill()))
}

/// The state of a test: its progress or its results.
pub fn fired(lang: Lang, facts: &DrillFacts, onstop: &Callback<MouseEvent>) -> Html {
    if facts.running {
        let done = facts.done as f64 + facts.within_permille as f64 / 1e3;
        let part = (done / facts.total.max(1) as f64 * 100.0).min(100.0);
        let said = lang.f("rg-fire-progress", &[("n", facts.done.into()), ("of", facts.total.into())]);
        return html! {
            <div data-view="fire-progress" data-done={facts.done.to_string()}>
                <p class="vh" role="status">{ lang.t("rg-fire-running") }</p>
                <p class="fine num" aria-hidden="true">{ said.clone() }</p>
                <div class="pbar pbar-s" role="progressbar" aria-label={lang.t("rg-fire-running")}
                    aria-valuemin="0" aria-valuemax={facts.total.to_string()}
                    aria-valuenow={facts.done.to_string()} aria-valuetext={said}>
                    <i class="p1" style={format!("width:{:.1}%", part)} />
                    </div>
                <p class="row">
                    <button type="button" class="btn" data-act="fire-stop" onclick={onstop.clone()}>
                        { lang.t("drill-stop-runs") }
                    </button>
                </p>
            </div>
        };
    }
    if let Some((code, error)) = &facts.fault {
        return html! {
            <p class="note note-gone" role="status" data-fault={code.clone()}>
                { refused(lang, code, error) }
            </p>
        };
    }
    let Some(all) = facts.brief.as_ref().and_then(|brief| brief.all()).filter(|all| all.line.runs > 0) else {
        return html! { <p class="fine" role="status">{ lang.t("drill-no-runs") }</p> };
    };
    let line = &all.line;
    let survival = line.survival.unwrap_or_default();
    let ms = |ms: f64| long(lang, (ms * 1_000.0).round().max(0.0) as u64);
    let figure = |word: &'static str, key: &str, value: String| {
        html! { <div data-fired={word}><dt>{ lang.f(key, &[]) }</dt><dd class="num">{ value }</dd></div> }
    };
    html! {
        <div role="status" data-view="fire-done" data-runs={line.runs.to_string()}
            data-survived={survival.survived.to_string()}>
            <p class="big">
                <b class="num">{ format!("{:.1}%", survival.rate * 100.0) }</b>
                <span class="fine">
                    { lang.f(
                        "rg-fire-survived",
                        &[("n", survival.survived.into()), ("of", grouped(line.runs).into())]
                    ) }
                </span>
            </p>
            <dl class="figs figs-3">
                { figure("p50", "rg-fire-p50", survival.rto_p50_ms.map_or_else(|| "—".to_owned(), ms)) }
                { figure("p95", "rg-fire-p95", survival.rto_p95_ms.map_or_else(|| "—".to_owned(), ms)) }
                { figure("rpo", "rg-fire-rpo", ms(survival.worst_rpo_ms)) }
                { figure("lost", "rg-fire-lost", export::counted(line.lost)) }
                { figure("cost", "rg-fire-cost", yuan(survival.mean_cost_fen.round().max(0.0) as u64)) }
            </dl>
        </div>
    }
}
