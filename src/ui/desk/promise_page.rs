//! A number to promise: measure a failover over many seeds, read the distribution, promise a time, and hold fresh seeds
//! to it.
//!
//! Guarantees: every try has seeds that were not played before; what each figure is worth as a promise is shown only
//! after a try; the distribution is a table whose bars repeat its numbers; runs are played in the second worker and can
//! be stopped, and a try that was stopped judges nothing. Leaves out: the arithmetic (`quorum_drill::promise`).

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::tests_page::{TestsProps, seed_field, shapes};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::milvus;
use crate::ui::milvus::PRESETS;
use crate::ui::milvus::drills::{Progress, runs_fields, suite_field, use_drill_facts};
use crate::ui::use_lang;
use crate::web::session::Session;
use crate::web::wire::DrillFacts;
use quorum_drill::promise::{
    FRESH, Figure, MOST_MS, Measured, Outcome, Took, Worth, bin, percent, seeds, share,
};
use quorum_drill::{Plan, SUITES, export, i18n_terms, suites};
use quorum_i18n::{Lang, grouped, refused};

/// From how many seeds a promise can be made.
const RUNS: [u64; 2] = [100, 1_000];

/// What was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Measure,
    /// A try of this many milliseconds.
    Try(u64),
}

/// What was done so far.
#[derive(Clone, Debug, Default, PartialEq)]
struct Done {
    /// What is played, with its number.
    order: Option<(u64, Order)>,
    /// What was measured.
    plan: Plan,
    measured: Option<Rc<Measured>>,
    /// The next seed that was not played.
    next_seed: u64,
    tries: Vec<Rc<Outcome>>,
    /// Whether the last order was stopped before its end.
    stopped: bool,
    fault: Option<(String, String)>,
}

impl Done {
    /// After the end of what was ordered; none if these runs are others.
    fn after(&self, facts: &DrillFacts) -> Option<Self> {
        let (_, order) = self.order.filter(|(number, _)| *number == facts.number)?;
        let cells = facts.brief.as_ref().map(|brief| brief.cells.as_slice()).unwrap_or_default();
        let took: Vec<Took> = cells.iter().map(Took::of_cell).collect();
        let mut next = Self {
            order: None,
            fault: facts.fault.clone(),
            stopped: facts.fault.is_none() && (took.len() as u64) < facts.runs,
            ..self.clone()
        };
        match order {
            Order::Measure => next.measured = (!took.is_empty()).then(|| Rc::new(Measured::of(&took))),
            Order::Try(promise_ms) if took.len() as u64 == FRESH => {
                if let Some(measured) = &self.measured {
                    let promise = (promise_ms, None);
                    let outcome = Outcome::of(&self.plan.scenario, (**measured).clone(), promise, &took);
                    next.tries.push(Rc::new(outcome));
                    next.next_seed += FRESH;
                }
            }
            Order::Try(_) => {}
        }
        Some(next)
    }
}

/// What is chosen to be measured.
#[derive(Clone, Debug, PartialEq)]
struct Chosen {
    scenario: &'static str,
    runs: u64,
}

/// The page.
#[component]
pub(super) fn Promise(props: &TestsProps) -> Html {
    let lang = use_lang();
    let session = &props.desk.session;
    let chosen = use_state_eq(|| Chosen { scenario: SUITES[0].name, runs: RUNS[0] });
    let (shape, seed) = (use_state_eq(|| 0_usize), use_state_eq(|| 1_u64));
    let promise = use_state_eq(String::new);
    let done = use_state_eq(Done::default);
    let facts = use_drill_facts(session, |_| {});
    {
        let done = done.clone();
        use_effect_with(facts.clone(), move |facts| {
            let over = facts.as_deref().filter(|facts| !facts.running);
            if let Some(next) = over.and_then(|facts| done.after(facts)) {
                done.set(next);
            }
        });
    }
    let running = facts
        .as_ref()
        .filter(|facts| facts.running && done.order.is_some_and(|(number, _)| number == facts.number));
    let onmeasure = {
        let (session, chosen, done) = (session.clone(), chosen.clone(), done.clone());
        let (_, topology, _) = PRESETS[(*shape).min(PRESETS.len() - 1)];
        let seed = *seed;
        Callback::from(move |_: MouseEvent| {
            let plan = Plan {
                scenario: chosen.scenario.to_owned(),
                seed: Some(seed),
                runs: chosen.runs,
                set: milvus::changed_in(topology),
                runbook: None,
            };
            let number = session.drill_plan(plan.clone());
            let order = Some((number, Order::Measure));
            done.set(Done { order, next_seed: seed + plan.runs, plan, ..Done::default() });
        })
    };
    let ontry = {
        let (session, done) = (session.clone(), done.clone());
        Callback::from(move |promise_ms: u64| {
            let plan = Plan { seed: Some(done.next_seed), runs: FRESH, ..done.plan.clone() };
            let number = session.drill_plan(plan);
            done.set(Done { order: Some((number, Order::Try(promise_ms))), ..(*done).clone() });
        })
    };
    html! {
        <div data-view="promise" data-tries={done.tries.len().to_string()}>
            <div class="desk-c">
                { shapes(lang, &shape) }
                { seed_field(lang, &seed) }
            </div>
            { form(lang, &chosen, running.is_some()) }
            { start(lang, session, &chosen, running, &onmeasure) }
            <div role="status">
                if let Some((code, error)) = &done.fault {
                    <p class="note note-gone" data-fault={code.clone()}>{ refused(lang, code, error) }</p>
                }
                if let Some(said) = heard(lang, &done) { <p class="vh">{ said }</p> }
                if done.stopped { <p class="note" data-view="promise-stopped">{ lang.t("drill-promise-stopped") }</p> }
            </div>
            if let Some(measured) = &done.measured {
                { read(lang, &done.plan, measured, last_ms(&done)) }
                { promise_form(lang, measured, &promise, running.is_some(), &ontry) }
            }
            { for done.tries.iter().enumerate().rev().map(|(at, outcome)| tried(lang, at, outcome)) }
        </div>
    }
}

/// What came out last, for those who do not see the page.
fn heard(lang: Lang, done: &Done) -> Option<String> {
    if done.order.is_some() || done.stopped {
        return None;
    }
    let verdict = |outcome: &Rc<Outcome>| {
        lang.t(if outcome.kept { "drill-promise-kept" } else { "drill-promise-broken" })
    };
    let measured =
        || done.measured.as_ref().map(|measured| lang.f("drill-promise-measured", &runs_of(measured)));
    done.tries.last().map(verdict).or_else(measured)
}

/// The counts of what was measured.
fn runs_of(measured: &Measured) -> [(&'static str, quorum_i18n::Arg); 4] {
    [
        ("runs", measured.runs.into()),
        ("seeds", seeds(measured.seed, measured.runs).into()),
        ("unfelt", measured.unfelt.into()),
        ("never", measured.never.into()),
    ]
}

/// The last promise.
fn last_ms(done: &Done) -> Option<u64> {
    done.tries.last().map(|outcome| outcome.promise_ms)
}

/// The tests of one cluster count as one failover; all suites in a row would be too many at once.
fn scenarios() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|suite| suite.name).chain([suites::WORKER, suites::COURSE])
}

/// What to measure, and over how many seeds.
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
            { suite_field(lang, ("promise-suite", None), suite, running, onsuite) }
            <div class="mc-choice">
                <fieldset class="segm" style={format!("--opts:{}", RUNS.len())}>
                    <legend>{ lang.t("drill-promise-runs") }</legend>
                    { runs_fields("promise-runs", &RUNS, chosen.runs, running, &onruns) }
                </fieldset>
            </div>
        </>
    }
}

/// The button that measures, or the progress and the button that stops.
fn start(
    lang: Lang,
    session: &Session,
    chosen: &Chosen,
    running: Option<&Rc<DrillFacts>>,
    onmeasure: &Callback<MouseEvent>,
) -> Html {
    // One button that changes, so that a keyboard does not lose it.
    let (act, class, onclick, text) = match running {
        Some(_) => {
            let session = session.clone();
            let onclick = Callback::from(move |_: MouseEvent| session.stop_drill());
            ("promise-stop", "btn", onclick, lang.t("drill-stop-runs").into())
        }
        None => {
            let text = lang.f("drill-promise-measure", &[("n", chosen.runs.into())]);
            ("promise-measure", "btn btn-pri", onmeasure.clone(), html! { <>{ ic("play") }{ text }</> })
        }
    };
    html! {
        <>
            <p class="row"><button type="button" {class} data-act={act} {onclick}>{ text }</button></p>
            if let Some(facts) = running { <Progress facts={Rc::clone(facts)} /> }
        </>
    }
}

/// What was measured: figures and distribution. Bins beyond the last promise are marked.
fn read(lang: Lang, plan: &Plan, measured: &Measured, promise_ms: Option<u64>) -> Html {
    let runs = runs_of(measured);
    let Some(rto) = &measured.rto else {
        return html! {
            <section data-view="promise-read">
                <h2 class="h-sub">{ export::scenario_name(&plan.scenario, lang) }</h2>
                <p class="note">{ lang.f("drill-promise-measured", &runs) }</p>
            </section>
        };
    };
    let most = rto.histogram.iter().map(|one| one.2).max().unwrap_or(0).max(1);
    let row = |(from, to, count): &(u64, Option<u64>, u64)| {
        let over = promise_ms.is_some_and(|ms| *from > ms);
        let width = format!("width:{:.1}%", *count as f64 / most as f64 * 100.0);
        html! {
            <tr key={*from} data-bin={from.to_string()} data-count={count.to_string()}>
                <th scope="row">{ bin(lang, *from, to.unwrap_or(*from)) }</th>
                <td class="num">{ grouped(*count) }</td>
                <td class="pr-b" aria-hidden="true"><i class={over.then_some("over")} style={width} /></td>
            </tr>
        }
    };
    html! {
        <section data-view="promise-read" data-runs={measured.runs.to_string()}>
            <h2 class="h-sub">{ export::scenario_name(&plan.scenario, lang) }</h2>
            <p class="fine num">{ lang.f("drill-promise-measured", &runs) }</p>
            <dl class="figs figs-3">
                { for Figure::ALL.into_iter().map(|figure| html! {
                    <div key={figure.word()}>
                        <dt>{ figure.name(lang) }</dt>
                        <dd class="num" data-rto={figure.word()} data-ms={format!("{:.3}", figure.of(rto))}>
                            { i18n_terms::duration(lang, figure.of(rto)) }
                        </dd>
                    </div>
                }) }
            </dl>
            <div class="mc-scroll" tabindex="0" role="region" aria-label={lang.t("drill-page-histogram")}>
                <table class="pr-t">
                    <caption class="h-sub">{ lang.t("drill-page-histogram") }</caption>
                    <thead><tr>
                        <th scope="col">{ lang.t("drill-col-rto") }</th>
                        <th scope="col">{ lang.t("drill-promise-col-runs") }</th>
                        <td></td>
                    </tr></thead>
                    <tbody>{ for rto.histogram.iter().map(row) }</tbody>
                </table>
            </div>
        </section>
    }
}

/// What is promised, as milliseconds; none if it is no time that can be promised.
fn promised_ms(text: &str) -> Option<u64> {
    let seconds: f64 = text.trim().replace(',', ".").parse().ok()?;
    let ms = (seconds * 1_000.0).round();
    (ms >= 1.0 && ms <= MOST_MS as f64).then_some(ms as u64)
}

/// The promise, and the button that holds fresh seeds to it.
fn promise_form(
    lang: Lang,
    measured: &Measured,
    promise: &UseStateHandle<String>,
    running: bool,
    ontry: &Callback<u64>,
) -> Html {
    let given = promised_ms(promise);
    let oninput = {
        let promise = promise.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
            if let Some(input) = input {
                promise.set(input.value());
            }
        })
    };
    let onsubmit = {
        let ontry = ontry.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(ms) = given.filter(|_| !running) {
                ontry.emit(ms);
            }
        })
    };
    let wrong = given.is_none() && !promise.trim().is_empty();
    let describes = wrong.then_some("promise-wrong");
    html! {
        <form class="pr-f" data-view="promise-form" {onsubmit}>
            <label for="promise-s">{ lang.f("drill-promise-number", &[("n", FRESH.into())]) }</label>
            <span class="mc-in">
                <input id="promise-s" class="num" inputmode="decimal" autocomplete="off" value={(**promise).clone()}
                    aria-invalid={wrong.to_string()} aria-describedby={describes} {oninput} />
                <span>{ "s" }</span>
            </span>
            <button type="submit" class="btn btn-pri" data-act="promise-try"
                aria-disabled={inert(running || given.is_none())}>
                { ic("check") }{ lang.f("drill-promise-try", &[("n", FRESH.into())]) }
            </button>
            <p id="promise-wrong" class="fine" role="status">
                if wrong { { lang.t("drill-promise-bad") } }
                else if measured.never > 0 { { lang.t("drill-promise-hopeless") } }
            </p>
        </form>
    }
}

/// A try: the verdict, what broke the promise, and what each figure would have been worth.
fn tried(lang: Lang, at: usize, outcome: &Outcome) -> Html {
    let took = |ms: Option<f64>| match ms {
        Some(ms) => i18n_terms::duration(lang, ms),
        None => lang.t("drill-promise-never"),
    };
    let said = [
        ("promise", i18n_terms::duration(lang, outcome.promise_ms as f64).into()),
        ("within", share(outcome.within, outcome.measured.runs).into()),
        ("fresh", outcome.fresh.runs.into()),
        ("chance", percent(outcome.chance).into()),
    ];
    let fresh = [
        ("kept", outcome.fresh.kept.into()),
        ("runs", outcome.fresh.runs.into()),
        ("seeds", seeds(outcome.fresh.seed, outcome.fresh.runs).into()),
        ("longest", took(outcome.fresh.longest_ms).into()),
    ];
    let broke = |run: &Took| {
        let run = [("seed", run.seed.to_string().into()), ("took", took(run.rto_ms).into())];
        html! { <li>{ lang.f("drill-promise-broke", &run) }</li> }
    };
    let worth = |worth: &Worth| {
        let figure = Figure::ALL.into_iter().find(|figure| figure.word() == worth.figure);
        html! {
            <tr key={worth.figure} data-figure={worth.figure}>
                <th scope="row">{ figure.map(|figure| figure.name(lang)).unwrap_or_default() }</th>
                <td>{ i18n_terms::duration(lang, worth.promise_ms as f64) }</td>
                <td>{ share(worth.within, outcome.measured.runs) }</td>
                <td>{ percent(worth.chance) }</td>
                <td class={if worth.kept == outcome.fresh.runs { "v-kept" } else { "v-gone" }}>
                    { share(worth.kept, outcome.fresh.runs) }
                </td>
            </tr>
        }
    };
    let heads = [
        "drill-col-figure",
        "drill-promise-col-promise",
        "drill-promise-col-measured",
        "drill-promise-col-chance",
        "drill-promise-col-fresh",
    ];
    let verdict = if outcome.kept { "drill-promise-kept" } else { "drill-promise-broken" };
    html! {
        <section key={at} class="desk-r" data-view="promise-try" data-kept={outcome.kept.to_string()}
            data-promise={outcome.promise_ms.to_string()}>
            <p class={classes!("mc-verdict", if outcome.kept { "v-kept" } else { "v-gone" })}>
                { ic(if outcome.kept { "check" } else { "cross" }) }{ lang.t(verdict) }
            </p>
            <p>{ lang.f("drill-promise-said", &said) }</p>
            <p>{ lang.f("drill-promise-fresh", &fresh) }</p>
            <ul class="num">{ for outcome.fresh.broken.iter().map(broke) }</ul>
            <div class="mc-scroll" tabindex="0" role="region" aria-label={lang.t("drill-promise-worth")}>
                <table class="num">
                    <caption class="h-sub">{ lang.t("drill-promise-worth") }</caption>
                    <thead><tr>
                        { for heads.map(|head| html! { <th scope="col">{ lang.f(head, &[]) }</th> }) }
                    </tr></thead>
                    <tbody>{ for outcome.figures.iter().map(worth) }</tbody>
                </table>
            </div>
            <p class="fine">{ lang.f("drill-promise-again", &[("n", FRESH.into())]) }</p>
        </section>
    }
}
