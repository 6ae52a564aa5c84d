//! The report of a drill at its address: opened from this browser's storage, or played again, which gives the same.
//!
//! Guarantees: what is shown is the report of exactly this address; a report that is played can be stopped and says how
//! far it went; the page prints as the report alone. Leaves out: what a report contains (`milvus::report`,
//! `regions::drills`) and what the drill does.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::DeskProps;
use super::cells::{self, CellsProps};
use crate::ui::course::print::print_now;
use crate::ui::icons::ic;
use crate::ui::milvus::drills::{Progress, use_drilled, write};
use crate::ui::milvus::report::{ReportProps, report};
use crate::ui::regions::drills::came_of;
use crate::ui::use_lang;
use crate::web::report_address::parse;
use crate::web::reports;
use crate::web::wire::{DrillFacts, DrillForm};
use quorum_drill::{Brief, Plan, disasters, export};
use quorum_i18n::{Lang, refused};

/// The properties of the page.
#[derive(Properties, PartialEq)]
pub(super) struct ReportPageProps {
    /// The page's.
    pub(super) desk: DeskProps,
    /// The report's name.
    pub(super) report: String,
}

/// The page.
#[component]
pub(super) fn ReportPage(props: &ReportPageProps) -> Html {
    let lang = use_lang();
    let session = &props.desk.session;
    let plan = use_memo(props.report.clone(), |report| parse(report));
    // A report that is kept needs no drill; its complete form (JSON, CSV) does.
    let kept = use_state(|| reports::read(&props.report).map(Rc::new));
    let number = use_state_eq(|| None::<u64>);
    let copied = use_state_eq(|| None::<bool>);
    let drilled = use_drilled(session).filter(|facts| Some(facts.number) == *number);
    let play = {
        let (session, plan, number) = (session.clone(), plan.clone(), number.clone());
        Callback::from(move |()| {
            if let Some(plan) = (*plan).clone() {
                number.set(Some(session.drill_plan(plan)));
            }
        })
    };
    {
        let (play, there) = (play.clone(), kept.is_some());
        use_effect_with((), move |()| {
            if !there {
                play.emit(());
            }
        });
    }
    let Some(plan) = &*plan else {
        return html! {
            <section class="desk" data-view="report" data-state="unread">
                <h1 class="hero-h">{ lang.t("home-r-page") }</h1>
                <p class="note note-gone" role="alert">{ lang.t("home-r-unread") }</p>
            </section>
        };
    };
    let onwrite = {
        let (session, copied) = (session.clone(), copied.clone());
        Callback::from(move |form: DrillForm| {
            spawn_local(write(session.clone(), form, lang, copied.clone()));
        })
    };
    let facts = drilled.clone().or_else(|| kept.as_ref().map(|brief| Rc::new(as_facts(brief, plan))));
    let state = match &facts {
        Some(facts) if facts.running => "running",
        Some(facts) if facts.fault.is_some() => "refused",
        Some(_) if drilled.is_some() => "played",
        Some(_) => "kept",
        None => "waiting",
    };
    html! {
        <section class="desk" data-view="report" data-state={state}>
            <p class="eyebrow num">{ props.report.clone() }</p>
            <h1 class="hero-h">{ export::scenario_name(&plan.scenario, lang) }</h1>
            { buttons(lang, state, &play, session.clone()) }
            if let Some(facts) = &facts {
                { body(lang, props, facts, (drilled.is_some(), *copied, onwrite)) }
            }
        </section>
    }
}

/// What is known of a report that is kept.
fn as_facts(brief: &Brief, plan: &Plan) -> DrillFacts {
    let done = brief.all().map_or(0, |all| all.line.runs);
    DrillFacts {
        scenario: plan.scenario.clone(),
        runs: plan.runs,
        done,
        total: done,
        brief: Some(brief.clone()),
        ..DrillFacts::default()
    }
}

/// Print, play again, stop.
fn buttons(
    lang: Lang,
    state: &'static str,
    play: &Callback<()>,
    session: crate::web::session::Session,
) -> Html {
    if state == "running" {
        let onclick = Callback::from(move |_: MouseEvent| session.stop_drill());
        return html! {
            <p class="row no-print">
                <button type="button" class="btn" data-act="drill-stop" {onclick}>{ lang.t("drill-stop-runs") }</button>
            </p>
        };
    }
    html! {
        <p class="row no-print">
            <button type="button" class="btn" data-act="report-print" onclick={|_: MouseEvent| print_now()}>
                { ic("list") }{ lang.t("co-print-now") }
            </button>
            <button type="button" class="btn" data-act="report-play" onclick={play.reform(|_: MouseEvent| ())}>
                { ic("restart") }{ lang.t("home-r-again") }
            </button>
            if state == "kept" { <span class="fine" role="status">{ lang.t("home-r-kept") }</span> }
        </p>
    }
}

/// The progress, the refusal, or the report.
fn body(
    lang: Lang,
    props: &ReportPageProps,
    facts: &Rc<DrillFacts>,
    (played, copied, onwrite): (bool, Option<bool>, Callback<DrillForm>),
) -> Html {
    if facts.running {
        return html! { <Progress facts={Rc::clone(facts)} /> };
    }
    if let Some((code, error)) = &facts.fault {
        return html! {
            <p class="note note-gone" role="alert" data-fault={code.clone()}>{ refused(lang, code, error) }</p>
        };
    }
    let Some(brief) = facts.brief.as_ref().filter(|brief| brief.all().is_some_and(|all| all.line.runs > 0))
    else {
        return html! { <p class="note" role="status">{ lang.t("drill-no-runs") }</p> };
    };
    let shown = CellsProps {
        cells: Rc::new(brief.cells.clone()),
        set: brief.set.clone(),
        regions: disasters::drills(&brief.scenario).is_some(),
        home: props.desk.home.clone(),
    };
    let report = if shown.regions {
        came_of(lang, brief)
    } else {
        let shown = ReportProps {
            facts: Rc::clone(facts),
            address: props.desk.home.clone(),
            copied,
            // The complete report lies where it was played.
            onwrite: played.then_some(onwrite),
        };
        report(lang, &shown)
    };
    html! { <>{ cells::worst(lang, &shown) }{ report }<cells::Cells shown={shown} /></> }
}
