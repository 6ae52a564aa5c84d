//! Failover tests: what to play and which targets to reach, their progress, and the button for their report.
//!
//! Guarantees: the tests are played in a worker, with the settings of the open cluster; stopped tests are reported as
//! far as they went. Leaves out: the report itself (`report`).

use std::rc::Rc;

use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::report::{ReportProps, verdict};
use super::trend::Trend;
use crate::ui::backup::save;
use crate::ui::header::copy;
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::keys::{closing, use_sheet};
use crate::ui::memo::memo;
use crate::ui::use_lang;
use crate::web::address::Address;
use crate::web::clock::now_ms;
use crate::web::reports;
use crate::web::session::{Session, Update};
use crate::web::wire::{DrillFacts, DrillForm};
use quorum_drill::{SUITES, TARGETS, export, i18n_terms, suites};
use quorum_i18n::{Lang, grouped, refused};
use quorum_types::SECOND;

/// The numbers of runs to choose from.
const RUNS: [u64; 4] = [1, 10, 100, 1_000];
/// Presets of the targets for a run: the course's, Milvus's own. In the order of [`TARGETS`].
const PRESETS: [(&str, &str, [u64; 3]); 2] =
    [("course", "mc-d-course", [15_000, 10, 0]), ("milvus", "mc-d-milvus", [30_000, 0, 990])];
/// The catalogue keys of the targets that can be adjusted.
const ASKED: [&str; 3] = ["mc-d-rto", "mc-d-failed", "mc-d-success"];

/// The properties of the section.
#[derive(Properties, PartialEq)]
pub struct DrillsProps {
    /// The session.
    pub session: Session,
    /// Language, theme and size, for links.
    pub address: Address,
    /// The settings of the cluster that differ from their defaults.
    pub set: Vec<(String, u64)>,
    /// The run's seed; the tests begin at it.
    pub seed: u64,
    /// Whether a run is open.
    pub running: bool,
    /// Whether there is no cluster beside them: its shape is chosen on the page.
    #[prop_or_default]
    pub alone: bool,
}

/// The current choices.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    scenario: &'static str,
    runs: u64,
    targets: [u64; 3],
}

/// The section.
#[component]
pub fn Drills(props: &DrillsProps) -> Html {
    let lang = use_lang();
    let chosen = use_state_eq(|| Chosen { scenario: SUITES[0].name, runs: 10, targets: PRESETS[0].2 });
    let facts = use_drilled(&props.session);
    let open = use_state_eq(|| false);
    let copied = use_state_eq(|| None::<bool>);
    let place = use_sheet(*open);
    let onwrite = {
        let copied = copied.clone();
        use_callback((props.session.clone(), lang), move |form: DrillForm, (session, lang)| {
            spawn_local(write(session.clone(), form, *lang, copied.clone()));
        })
    };
    let running = facts.as_ref().is_some_and(|facts| facts.running);
    let shown = |facts: &Rc<DrillFacts>| ReportProps {
        facts: Rc::clone(facts),
        address: props.address.clone(),
        copied: *copied,
        onwrite: Some(onwrite.clone()),
    };
    let show = {
        let (open, copied) = (open.clone(), copied.clone());
        Callback::from(move |shown: bool| {
            copied.set(None);
            open.set(shown);
        })
    };
    html! {
        <section class="gauge mc-drills" data-view="drills" data-running={running.to_string()}>
            <h2 class="h-inst">{ lang.t("mc-drills") }</h2>
            <p class="fine">{ lang.t(if props.alone { "mc-drills-alone" } else { "mc-drills-s" }) }</p>
            { form(lang, &chosen, running) }
            { buttons(lang, props, &chosen, running) }
            if let Some(facts) = &facts { { standing(lang, facts, &props.address, &show) } }
            if let Some(facts) = facts.as_ref().filter(|_| *open) {
                { sheet(lang, shown(facts), &props.session, place, &show) }
            }
        </section>
    }
}

/// The state of the last tests, no matter who ordered them. A report that is complete is kept.
#[hook]
pub(crate) fn use_drilled(session: &Session) -> Option<Rc<DrillFacts>> {
    use_drill_facts(session, reports::keep)
}

/// The state of the last tests; `heard` is called with each that is new.
#[hook]
pub(crate) fn use_drill_facts(session: &Session, heard: fn(&DrillFacts)) -> Option<Rc<DrillFacts>> {
    let facts = use_state_eq(|| session.drilled());
    {
        let facts = facts.clone();
        use_effect_with(session.clone(), move |session| {
            let subscription = session.subscribe(move |update| {
                if let Update::Drill(now) = update {
                    heard(now);
                    facts.set(Some(Rc::clone(now)));
                }
            });
            move || drop(subscription)
        });
    }
    (*facts).clone()
}

/// What to play, how often, and the targets.
fn form(lang: Lang, chosen: &UseStateHandle<Chosen>, running: bool) -> Html {
    let onsuite = {
        let chosen = chosen.clone();
        Callback::from(move |scenario| chosen.set(Chosen { scenario, ..(*chosen).clone() }))
    };
    let onruns = {
        let chosen = chosen.clone();
        Callback::from(move |runs| chosen.set(Chosen { runs, ..(*chosen).clone() }))
    };
    let suite = (scenarios().collect(), chosen.scenario);
    html! {
        <>
            { suite_field(lang, ("mc-d-suite", Some("drill-suite")), suite, running, onsuite) }
            <div class="mc-choice">
                <span class="fine" aria-hidden="true">{ lang.t("mc-d-runs") }</span>
                <fieldset class="segm" style={format!("--opts:{}", RUNS.len())}>
                    <legend class="vh">{ lang.t("mc-d-runs") }</legend>
                    { runs_fields("mc-d-runs", &RUNS, chosen.runs, running, &onruns) }
                </fieldset>
            </div>
            { targets(lang, chosen, running) }
        </>
    }
}

/// The choice of a suite among some; `id` is its element's, beside what tests call it.
pub(crate) fn suite_field(
    lang: Lang,
    (id, act): (&'static str, Option<&'static str>),
    (all, chosen): (Vec<&'static str>, &'static str),
    running: bool,
    onsuite: Callback<&'static str>,
) -> Html {
    let option = |name: &&'static str| {
        html! { <option value={*name} selected={chosen == *name}>{ export::scenario_name(name, lang) }</option> }
    };
    let options: Html = all.iter().map(option).collect();
    let onchange = Callback::from(move |event: Event| {
        let select = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlSelectElement>().ok());
        let Some(value) = select.map(|select| select.value()) else { return };
        if let Some(name) = all.iter().find(|name| **name == value) {
            onsuite.emit(name);
        }
    });
    html! {
        <div class="mc-set">
            <label for={id}>{ lang.t("drill-col-suite") }</label>
            <select {id} data-act={act} disabled={running} {onchange}>{ options }</select>
        </div>
    }
}

/// The numbers of runs to choose from, as radios of this name.
pub(crate) fn runs_fields(
    name: &'static str,
    all: &[u64],
    chosen: u64,
    running: bool,
    onruns: &Callback<u64>,
) -> Html {
    let field = |runs: &u64| {
        let runs = *runs;
        let onchange = onruns.reform(move |_: Event| runs);
        html! {
            <label>
                <input type="radio" {name} value={runs.to_string()} checked={chosen == runs}
                    disabled={running} {onchange} />
                <span class="num">{ grouped(runs) }</span></label>
        }
    };
    all.iter().map(field).collect()
}

/// The suites, all of them, and the note's own in one cluster.
fn scenarios() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|suite| suite.name).chain([quorum_drill::ALL, suites::WORKER, suites::COURSE])
}

/// The targets: two presets, and each target separately.
fn targets(lang: Lang, chosen: &UseStateHandle<Chosen>, running: bool) -> Html {
    let preset = |(word, title, values): &(&'static str, &'static str, [u64; 3])| {
        let targets = *values;
        let onclick = {
            let chosen = chosen.clone();
            Callback::from(move |_: MouseEvent| chosen.set(Chosen { targets, ..(*chosen).clone() }))
        };
        let now = chosen.targets == targets;
        html! {
            <button type="button" class={classes!("btn", now.then_some("btn-set"))} data-targets={*word}
                aria-pressed={now.to_string()}
                aria-disabled={inert(running)} {onclick}>{ lang.f(title, &[]) }</button>
        }
    };
    let field = |(at, title): (usize, &&'static str)| {
        let setting = &TARGETS[at];
        let onchange = {
            let chosen = chosen.clone();
            Callback::from(move |event: Event| {
                let input = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
                let Some(input) = input else { return };
                let value = input.value().trim().parse().unwrap_or(chosen.targets[at]).min(setting.max);
                input.set_value(&value.to_string());
                let mut next = (*chosen).clone();
                next.targets[at] = value;
                chosen.set(next);
            })
        };
        let id = format!("mc-d-{}", setting.name);
        html! {
            <div class="mc-set">
                <label for={id.clone()}>{ lang.f(title, &[]) }</label>
                <span class="mc-in">
                    <input {id} class="num" type="number" inputmode="numeric" min="0"
                        max={setting.max.to_string()}
                    value={chosen.targets[at].to_string()} disabled={running} {onchange} /></span>
            </div>
        }
    };
    html! {
        <details class="mc-details" data-view="drill-targets">
            <summary>{ lang.t("drill-page-targets") }</summary>
            <p class="row">{ for PRESETS.iter().map(preset) }</p>
            { for ASKED.iter().enumerate().map(field) }
            <p class="fine">{ lang.t("mc-d-zero") }</p>
        </details>
    }
}

/// The choices as settings of the tests: those of the cluster, and targets other than the defaults.
fn settings(chosen: &Chosen, cluster: &[(String, u64)]) -> Vec<(String, u64)> {
    let mut set = cluster.to_vec();
    for (setting, value) in TARGETS.iter().zip(chosen.targets) {
        if value != setting.default {
            set.push((setting.name.to_owned(), value));
        }
    }
    set
}

/// Start, or stop.
fn buttons(lang: Lang, props: &DrillsProps, chosen: &UseStateHandle<Chosen>, running: bool) -> Html {
    let session = props.session.clone();
    if running {
        let onclick = Callback::from(move |_: MouseEvent| session.stop_drill());
        return html! {
            <p class="row">
                <button type="button" class="btn" data-act="drill-stop" {onclick}>
                    { lang.t("drill-stop-runs") }
                </button>
            </p>
        };
    }
    let onclick = {
        let (chosen, seed) = (chosen.clone(), props.seed);
        let set = settings(&chosen, &props.set);
        Callback::from(move |_: MouseEvent| {
            session.drill(chosen.scenario, Some(seed), chosen.runs, set.clone());
        })
    };
    html! {
        <p class="row"><button type="button" class="btn btn-pri" data-act="drill"
            aria-disabled={inert(!props.running)} {onclick}>
            { ic("play") }{ lang.f("mc-d-start", &[("n", chosen.runs.into())]) }</button></p>
    }
}

/// The progress of the tests, or their results.
fn standing(lang: Lang, facts: &Rc<DrillFacts>, address: &Address, show: &Callback<bool>) -> Html {
    if facts.running {
        return html! { <Progress facts={Rc::clone(facts)} /> };
    }
    if let Some((code, error)) = &facts.fault {
        return html! {
            <p class="note note-gone" role="status" data-fault={code.clone()}>
                { refused(lang, code, error) }
            </p>
        };
    }
    let all = facts.brief.as_ref().and_then(|brief| brief.all()).filter(|all| all.line.runs > 0);
    let Some(all) = all else {
        return html! { <p class="fine" role="status" data-view="drill-none">{ lang.t("drill-no-runs") }</p> };
    };
    let onclick = show.reform(|_: MouseEvent| true);
    html! {
        <div role="status" data-view="drill-done">
            { verdict(lang, facts, all) }
            <p class="row">
                <button type="button" class="btn btn-go" data-act="drill-report" {onclick}>
                    { ic("list") }
                    { lang.t("mc-d-report") }
                </button>
                if let Some(report) = reports::name_of(facts) {
                    <a class="btn btn-quiet" data-act="drill-address" target="_blank" rel="noopener"
                        href={Address { report: Some(report), ..address.bare() }.link()}>
                        { ic("ext") }{ lang.t("drill-address") }
                    </a>
                }
            </p>
        </div>
    }
}

/// Time that has to pass before a rate is shown, in milliseconds.
const RATED_MS: f64 = 1_000.0;

/// The properties of the progress.
#[derive(Properties, PartialEq)]
pub(crate) struct ProgressProps {
    /// The tests.
    pub(crate) facts: Rc<DrillFacts>,
}

/// How many tests a second were played since the first sight of them, by this browser's clock, and how long the rest
/// takes at that rate.
fn rate(lang: Lang, (seen_ms, seen): (f64, f64), done: f64, total: u64) -> Option<String> {
    let passed_ms = now_ms() - seen_ms;
    if passed_ms < RATED_MS || done <= seen {
        return None;
    }
    let per_second = (done - seen) / passed_ms * 1_000.0;
    let left_s = ((total as f64 - done).max(0.0) / per_second).ceil() as u64;
    let left = i18n_terms::span(lang, left_s.saturating_mul(SECOND));
    Some(lang.f("mc-d-rate", &[("rate", format!("{:.1}", per_second).into()), ("left", left.into())]))
}

/// The progress of the tests.
#[component]
pub(crate) fn Progress(props: &ProgressProps) -> Html {
    let (lang, facts) = (use_lang(), &props.facts);
    let done = facts.done as f64 + facts.within_permille as f64 / 1_000.0;
    let first = use_memo(facts.number, |_| (now_ms(), done));
    let rate = rate(lang, *first, done, facts.total);
    let part = done / facts.total.max(1) as f64 * 100.0;
    let said = lang.f("mc-d-progress", &[("n", facts.done.into()), ("of", facts.total.into())]);
    html! {
        <div data-view="drill-progress" data-done={facts.done.to_string()}>
            <p class="vh" role="status">{ lang.t("mc-d-running") }</p>
            <p class="fine num" aria-hidden="true">
                { said.clone() }
                if let Some(rate) = rate { { " · " }<span data-view="drill-rate">{ rate }</span> }
            </p>
            <div class="pbar pbar-s" role="progressbar" aria-label={lang.t("mc-drills")} aria-valuemin="0"
                aria-valuemax={facts.total.to_string()}
                aria-valuenow={facts.done.to_string()} aria-valuetext={said}>
                <i class="p1" style={format!("width:{:.1}%", part)} />
                </div>
        </div>
    }
}

/// The report on top of the page; the browser's own dialog keeps the focus inside and closes it with Escape.
fn sheet(lang: Lang, shown: ReportProps, session: &Session, place: NodeRef, show: &Callback<bool>) -> Html {
    let report =
        shown.facts.brief.as_ref().and_then(|brief| brief.all()).is_some_and(|all| all.line.runs > 0);
    let onclose = show.reform(|_: Event| false);
    let onclick = closing(&place);
    // Shortcuts belong to the page, which is covered.
    let onkeydown = Callback::from(|event: KeyboardEvent| event.stop_propagation());
    html! {
        <dialog ref={place} class="pop mc-pop" aria-label={lang.t("drill-page-title")} {onclose} {onkeydown}>
            <div class="pop-h">
                <h2>{ lang.t("drill-page-title") }</h2>
                <button class="iconbtn" type="button" data-act="drill-close" aria-label={lang.t("close")}
                    {onclick}>
                    { ic("cross") }
                </button>
            </div>
            { memo(super::report::report, shown) }
            <Trend session={session.clone()} {report} />
        </dialog>
    }
}

/// Has the report formatted, and copies or saves it; `copied` says whether copying succeeded.
pub(crate) async fn write(
    session: Session,
    form: DrillForm,
    lang: Lang,
    copied: UseStateHandle<Option<bool>>,
) {
    let text = session.write_drill(form, lang).await;
    let ending = match form {
        DrillForm::Text => {
            let done = match &text {
                Some(text) => copy(text).await,
                None => false,
            };
            return copied.set(Some(done));
        }
        DrillForm::Json => "json",
        DrillForm::Csv => "csv",
        DrillForm::Html => "html",
    };
    if let Some((text, facts)) = text.zip(session.drilled()) {
        let name = format!("quorum-lab-{}-{}.{ending}", facts.scenario, facts.runs);
        // A browser that runs the page refuses none of this.
        drop(save(&Uint8Array::from(text.as_bytes()), &name));
    }
}
