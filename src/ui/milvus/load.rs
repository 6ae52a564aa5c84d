//! A load test in the page: one, three and five replicas under ten to a thousand clients, and what replicas cost a
//! write.
//!
//! [`Load`] runs the clusters in slices of a few milliseconds on a timer, so that the page stays responsive; finished
//! measurements are shown while the rest runs. Guarantees: no slice is a long task; figures of the course are shown
//! beside the lab's, with the reason where they differ. Leaves out: the cluster that runs beside it.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::fold::FoldProps;
use crate::ui::export::chart;
use crate::ui::export::table::{Table, with_unit};
use crate::ui::format::millis;
use crate::ui::source::source_line;
use crate::ui::tuning::setting_text;
use crate::ui::use_lang;
use crate::web::clock::now_ms;
use quorum_drill::load::{CLIENTS, Claim, Disk, Load, Plan, REPLICAS, Report, Writes};
use quorum_i18n::{Lang, grouped, refused};
use quorum_types::Refusal;

/// Length of a slice, in milliseconds.
const SLICE_MS: f64 = 6.0;
/// Steps between two reads of the clock, a fraction of a millisecond.
const STEP: u64 = 50;
/// The figures are redrawn after this many slices, or when a cluster is done.
const DRAWN_EVERY: u32 = 16;
/// The routing policies to choose from: catalogue keys and the setting's values.
const ROUTING: [(&str, u64); 3] = [("mc-round-robin", 0), ("mc-least", 1), ("mc-random", 2)];

/// The state of the measurement.
#[derive(Clone, PartialEq)]
struct LoadState {
    running: bool,
    /// Clusters measured, out of how many.
    progress: (usize, usize),
    report: Rc<Report>,
    /// Why it could not be measured.
    error: Option<Refusal>,
}

/// What is measured, from the chunk that has the cluster.
pub(crate) trait Measured {
    /// Continues for at most this many scheduled events; returns whether everything is measured.
    fn go(&mut self, most: u64) -> Result<bool, Refusal>;
    /// How many of how many cases are measured.
    fn progress(&self) -> (usize, usize);
    /// What is measured so far.
    fn report(&self) -> Report;
}

impl Measured for Load {
    fn go(&mut self, most: u64) -> Result<bool, Refusal> {
        Self::go(self, most)
    }

    fn progress(&self) -> (usize, usize) {
        Self::progress(self)
    }

    fn report(&self) -> Report {
        Self::report(self)
    }
}

/// Begins a measurement.
pub(crate) type Start = fn(Plan) -> Result<Box<dyn Measured>, Refusal>;

crate::chunk::code! {
    /// Fetches the code of the measurement, and of the cluster that it measures.
    drills: Start = |plan| Ok(Box::new(Load::new(plan)?))
}

/// A measurement in progress, with the timer of its next slice; dropping it ends it.
#[derive(Default)]
struct Engine {
    load: Option<Box<dyn Measured>>,
    timer: Option<Timeout>,
    slices: u32,
}

/// The panel.
#[component]
pub fn LoadTest(props: &FoldProps) -> Html {
    let lang = use_lang();
    let standing = use_state_eq(|| None::<LoadState>);
    let routing = use_state_eq(|| 0_u64);
    let engine = use_mut_ref(Engine::default);
    {
        // Leaving the page removes the timer.
        let engine = engine.clone();
        use_effect_with((), move |()| move || *engine.borrow_mut() = Engine::default());
    }
    let running = standing.as_ref().is_some_and(|standing| standing.running);
    let start = {
        let (engine, standing, routing) = (engine.clone(), standing.setter(), *routing);
        Callback::from(move |_: MouseEvent| {
            let (engine, standing) = (engine.clone(), standing.clone());
            spawn_local(async move { begin(&engine, &standing, routing).await });
        })
    };
    let stop = {
        let (engine, standing) = (engine, standing.clone());
        Callback::from(move |_: MouseEvent| {
            *engine.borrow_mut() = Engine::default();
            standing.set(standing.as_ref().map(|now| LoadState { running: false, ..now.clone() }));
        })
    };
    let word = if standing.is_some() { "mc-ld-again" } else { "mc-ld-run" };
    html! {
        <details class="gauge mc-details" open={props.open} data-view="load" data-running={running.to_string()}
            data-at={standing.as_ref().map_or(0, |standing| standing.progress.0).to_string()}>
            <summary>{ lang.t("mc-ld") }</summary>
            <p class="fine">{ lang.t("mc-ld-s") }</p>
            { choice(lang, &routing, running) }
            <div class="ld-go">
                if running {
                    <button type="button" class="btn" data-act="load-stop" onclick={stop}>
                        { lang.t("mc-ld-stop") }
                    </button>
                } else {
                    <button type="button" class="btn btn-set" data-act="load-run" onclick={start}>
                        { lang.f(word, &[]) }
                    </button>
                }
                if let Some(standing) = &*standing { { progress(lang, standing) } }
            </div>
            if let Some(why) = standing.as_ref().and_then(|standing| standing.error.clone()) {
                <p class="note note-gone">
                    { lang.f("mc-ld-failed-run", &[("why", refused(lang, &why.code, &why.error).into())]) }
                </p>
            }
            if let Some(standing) = &*standing { { figures(lang, &standing.report) } }
        </details>
    }
}

/// The choice of the routing policy.
fn choice(lang: Lang, routing: &UseStateHandle<u64>, running: bool) -> Html {
    let one = |(key, value): (&'static str, u64)| {
        let set = routing.setter();
        let onchange = Callback::from(move |_: Event| set.set(value));
        html! {
            <label>
                <input type="radio" name="ld-routing" value={value.to_string()} checked={value == **routing}
                    disabled={running} {onchange} />
                <span>{ lang.f(key, &[]) }</span></label>
        }
    };
    html! {
        <div class="mc-choice">
            <span class="fine" aria-hidden="true">{ lang.t("mc-routing") }</span>
            <fieldset class="segm" data-load-routing={routing.to_string()} style="--opts:3">
                <legend class="vh">{ lang.t("mc-routing") }</legend>
                { for ROUTING.into_iter().map(one) }
            </fieldset>
        </div>
    }
}

type Setter = UseStateSetter<Option<LoadState>>;

async fn begin(engine: &Rc<RefCell<Engine>>, standing: &Setter, routing: u64) {
    let plan = Plan { set: vec![("routing".to_owned(), routing)], ..Plan::default() };
    let started = match load().await {
        Ok(start) => start(plan),
        Err(file) => Err(Refusal::new("program_incomplete", file)),
    };
    match started {
        Ok(load) => {
            standing.set(Some(standing_of(&*load, true)));
            *engine.borrow_mut() = Engine { load: Some(load), ..Engine::default() };
            go_on(engine, standing);
        }
        Err(refusal) => fail(standing, refusal),
    }
}

fn standing_of(load: &dyn Measured, running: bool) -> LoadState {
    LoadState { running, progress: load.progress(), report: Rc::new(load.report()), error: None }
}

fn fail(standing: &Setter, error: Refusal) {
    standing.set(Some(LoadState {
        running: false,
        progress: (0, 0),
        report: Rc::default(),
        error: Some(error),
    }));
}

/// Schedules the next slice.
fn go_on(engine: &Rc<RefCell<Engine>>, standing: &Setter) {
    let timer = {
        let (engine, standing) = (engine.clone(), standing.clone());
        Timeout::new(0, move || slice(&engine, &standing))
    };
    engine.borrow_mut().timer = Some(timer);
}

/// Runs for a few milliseconds.
fn slice(engine: &Rc<RefCell<Engine>>, standing: &Setter) {
    let end = now_ms() + SLICE_MS;
    let done = {
        let mut engine = engine.borrow_mut();
        let Engine { load: Some(load), slices, .. } = &mut *engine else { return };
        let before = load.progress();
        let done = loop {
            match load.go(STEP) {
                // There is time left in this slice.
                Ok(false) if now_ms() < end && load.progress() == before => {}
                Ok(done) => break done,
                Err(refusal) => {
                    fail(standing, refusal);
                    engine.load = None;
                    return;
                }
            }
        };
        *slices += 1;
        if done || load.progress() != before || *slices % DRAWN_EVERY == 0 {
            standing.set(Some(standing_of(&**load, !done)));
        }
        done
    };
    if done {
        *engine.borrow_mut() = Engine::default();
    } else {
        go_on(engine, standing);
    }
}

fn progress(lang: Lang, standing: &LoadState) -> Html {
    let (at, n) = standing.progress;
    let said = lang.f("mc-ld-progress", &[("at", at.into()), ("n", n.into())]);
    html! {
        <label class="ld-p"><progress max={n.max(1).to_string()} value={at.to_string()} />
            <span class="fine num">{ said }</span></label>
    }
}

fn figures(lang: Lang, report: &Report) -> Html {
    html! {
        <>
            if !report.reads.is_empty() { { reads(lang, report) } }
            if !report.writes.is_empty() { { writes(lang, report) } }
            if report.claims.iter().any(|claim| claim.measured.is_some()) { { claims(lang, &report.claims) } }
            <details class="mc-details" data-view="load-assumed">
                <summary>{ lang.t("mc-ld-assumed") }</summary>
                <p class="fine">{ lang.t("mc-ld-assumed-s") }</p>
                <dl class="ld-as">{ for report.assumed.iter().map(|assumption| html! {
                    <div title={source_line(lang, "mc", assumption.name, assumption.source)}>
                        <dt>{ setting_text(lang, "mc", assumption.name) }</dt>
                        <dd class="num">
                            { assumed_value(lang, assumption.name, assumption.value, assumption.unit) }
                        </dd>
                        </div>
                }) }</dl>
            </details>
        </>
    }
}

/// A value with its unit; for a choice, its name.
fn assumed_value(lang: Lang, name: &str, value: u64, unit: &str) -> String {
    const CONSISTENCY: [&str; 4] = ["mc-strong", "mc-bounded", "mc-session", "mc-eventually"];
    let at = value as usize;
    match name {
        "routing" => ROUTING.get(at).map_or_else(String::new, |(key, _)| lang.f(key, &[])),
        "consistency" => CONSISTENCY.get(at).map_or_else(String::new, |key| lang.f(key, &[])),
        "proxies" => grouped(value),
        _ => format!("{} {unit}", grouped(value)),
    }
}

/// Searches: per number of clients, one row per number of replicas, with a bar.
fn reads(lang: Lang, report: &Report) -> Html {
    let most = report.reads.iter().map(|reads| reads.qps).fold(1.0, f64::max);
    let of = |clients: u64, replicas: u64| {
        let found =
            report.reads.iter().find(|reads| (reads.clients, reads.replicas) == (clients, replicas))?;
        let style = format!("--v:{:.1}%", found.qps / most * 100.0);
        let label = lang.f(
            "mc-ld-bars",
            &[("clients", clients.into()), ("replicas", replicas.into()), ("qps", millis(found.qps).into())],
        );
        let first = replicas == REPLICAS[0];
        Some(html! {
            <tr class={classes!(first.then_some("ld-first"))} data-load={format!("{replicas}x{clients}")}
                data-qps={format!("{:.1}", found.qps)}>
                <td>{ grouped(clients) }</td><th scope="row">{ replicas }</th>
                <td><span class="ld-bar" role="img" aria-label={label} {style}><i /></span>{ millis(found.qps) }</td>
                <td>{ millis(found.latency_ms.mean) }</td><td>{ millis(found.latency_ms.p95) }</td>
            </tr>
        })
    };
    let rows = CLIENTS.into_iter().flat_map(|clients| REPLICAS.map(|replicas| of(clients, replicas)));
    let heads = [
        lang.t("mc-ld-th-clients"),
        lang.t("mc-ld-replicas"),
        "QPS".to_owned(),
        with_unit(&lang.t("mc-ld-th-mean"), "ms"),
        "p95 (ms)".to_owned(),
    ];
    let numbers = Table::new(heads).with(report.reads.iter().map(|reads| {
        let (mean, p95) = (reads.latency_ms.mean, reads.latency_ms.p95);
        [reads.clients.into(), reads.replicas.into(), reads.qps.into(), mean.into(), p95.into()]
    }));
    let drawn = html! {
        <table class="mc-table num" data-view="load-reads">
            <thead>
                <tr>
                    <th scope="col">{ lang.t("mc-ld-th-clients") }</th>
                    <th scope="col">{ lang.t("mc-ld-replicas") }</th>
                <th scope="col">{ "QPS" }</th>
                <th scope="col">{ lang.t("mc-ld-th-mean") }{ " ms" }</th>
                <th scope="col">{ "p95 ms" }</th>
                </tr>
                </thead>
            <tbody>{ for rows.flatten() }</tbody>
        </table>
    };
    html! { <><h3 class="h-inst">{ lang.t("mc-ld-reads") }</h3>{ chart("load-reads", numbers, drawn) }</> }
}

/// Inserts, in parallel and one replica after the other.
fn writes(lang: Lang, report: &Report) -> Html {
    let of = |disk: Disk| {
        let here: Vec<_> = report.writes.iter().filter(|writes| writes.disk == disk).collect();
        let most = here.iter().map(|writes| writes.latency_ms.mean).fold(1.0, f64::max);
        let row = |writes: &&Writes| {
            let style = format!("--v:{:.1}%", writes.latency_ms.mean / most * 100.0);
            let how = if writes.serial { "serial" } else { "parallel" };
            html! {
                <tr data-write={format!("{}-{how}", writes.replicas)}
                    data-ms={format!("{:.2}", writes.latency_ms.mean)}>
                    <th scope="row">{ writes.replicas }</th>
                    <td>{ if writes.serial { lang.t("mc-serial") } else { lang.t("mc-parallel") } }</td>
                    <td>
                        <span class="ld-bar" {style} aria-hidden="true"><i /></span>
                        { millis(writes.latency_ms.mean) }
                    </td>
                    <td>{ millis(writes.latency_ms.p95) }</td>
                </tr>
            }
        };
        let (caption, word) = match disk {
            Disk::Ours => (lang.t("mc-ld-disk-ours"), "ours"),
            Disk::Course => (lang.t("mc-ld-disk-course"), "course"),
            Disk::Batch => (lang.t("mc-ld-disk-batch"), "batch"),
        };
        if here.is_empty() {
            return Html::default();
        }
        let drawn = html! {
            <table class="mc-table num" data-view={format!("load-writes-{word}")}>
                <caption class="fine">{ caption }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ lang.t("mc-ld-th-log") }</th>
                        <th scope="col">{ lang.t("mc-ld-th-how") }</th>
                    <th scope="col">{ lang.t("mc-ld-th-mean") }{ " ms" }</th>
                    <th scope="col">{ "p95 ms" }</th>
                    </tr>
                    </thead>
                <tbody>{ for here.iter().map(row) }</tbody>
            </table>
        };
        chart("load-writes", write_numbers(lang, &here), drawn)
    };
    html! {
        <>
            <h3 class="h-inst">{ lang.t("mc-ld-writes") }</h3>
            { of(Disk::Ours) }
            { of(Disk::Course) }
            { of(Disk::Batch) }
        </>
    }
}

/// The numbers of inserts on one kind of disk.
fn write_numbers(lang: Lang, writes: &[&Writes]) -> Table {
    let heads = [
        lang.t("mc-ld-th-log"),
        lang.t("mc-ld-th-how"),
        with_unit(&lang.t("mc-ld-th-mean"), "ms"),
        "p95 (ms)".to_owned(),
    ];
    Table::new(heads).with(writes.iter().map(|writes| {
        let how = if writes.serial { "mc-serial" } else { "mc-parallel" };
        let (mean, p95) = (writes.latency_ms.mean, writes.latency_ms.p95);
        [writes.replicas.into(), lang.f(how, &[]).into(), mean.into(), p95.into()]
    }))
}

/// The course's figures beside the lab's, and why they differ.
fn claims(lang: Lang, claims: &[Claim]) -> Html {
    let row = |claim: &Claim| {
        let measured = claim.measured.map(millis);
        html! {
            <li data-claim={claim.what} data-measured={measured.clone().unwrap_or_default()}>
                <span>{ lang.f(&format!("mc-ld-what-{}", claim.what), &[]) }</span>
                <b class="num"><small>{ lang.t("mc-ld-th-note") }</small>{ millis(claim.course) }</b>
                <b class="num">
                    <small>{ lang.t("mc-ld-th-here") }</small>
                    { measured.unwrap_or_else(|| "—".to_owned()) }
                </b>
                <p class="fine">{ lang.f(&format!("mc-ld-why-{}", claim.what), &[]) }</p>
            </li>
        }
    };
    html! {
        <>
            <h3 class="h-inst">{ lang.t("mc-ld-claims") }</h3>
            <ul class="ld-cl" data-view="load-claims">{ for claims.iter().map(row) }</ul>
        </>
    }
}
