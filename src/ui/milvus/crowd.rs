//! Many users: searches answered in time, work that query nodes do in vain, and the remedies for an overload.
//!
//! Goodput and throughput are shown side by side, because under short timeouts they diverge: nodes are fully busy with
//! searches whose clients have given up. Guarantees: every figure is counted in the run; the state is given in words
//! and follows from the figures; each remedy is one choice of a live setting. Leaves out: clusters that are measured
//! beside the run (`load`).

use std::rc::Rc;

use yew::prelude::*;

use super::choice::{ChoiceProps, choice};
use super::value_of;
use crate::ui::format::span;
use crate::ui::inert::inert;
use crate::ui::intent::{Intent, PodAction};
use crate::ui::memo::memo;
use quorum_facade::milvus::snapshot::{BatchFacts, LoadFacts};
use quorum_facade::snapshot::Snapshot;
use quorum_i18n::{Lang, grouped};

const CLIENTS: &[(&str, u64)] = &[("mc-n-0", 0), ("mc-n-10", 10), ("mc-n-100", 100), ("mc-n-1000", 1_000)];
const PATIENCE: &[(&str, u64)] = &[("mc-cr-1s", 1_000), ("mc-cr-10s", 10_000)];
const QUEUE: &[(&str, u64)] = &[("mc-cr-10240", 10_240), ("mc-cr-50", 50)];
const LATE: &[(&str, u64)] = &[("mc-cr-late-do", 0), ("mc-cr-late-drop", 1)];

/// The state of the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No client waits long.
    Easy,
    /// Searches wait for their turn, and all are answered.
    Crowded,
    /// More arrives than can be done: some searches are refused, the rest are answered.
    Shedding,
    /// Most of the work is done in vain.
    Collapsed,
}

impl State {
    fn of(load: &LoadFacts) -> Self {
        if load.late * 2 > load.finished {
            Self::Collapsed
        } else if load.refused > 0 {
            Self::Shedding
        } else if load.longest > 3 {
            Self::Crowded
        } else {
            Self::Easy
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Easy => "easy",
            Self::Crowded => "crowded",
            Self::Shedding => "shedding",
            Self::Collapsed => "collapsed",
        }
    }
}

/// The inputs of the panel.
#[derive(PartialEq)]
struct CrowdProps {
    load: Option<LoadFacts>,
    /// Clients, both timeouts in milliseconds, queue limit, whether late work is dropped, replicas, cost per search,
    /// searches per client.
    set: [u64; 8],
    running: bool,
    onintent: Callback<Intent>,
}

/// The load and the remedies.
pub(super) fn crowd(now: &Rc<Snapshot>, running: bool, onintent: &Callback<Intent>) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let set = [
        "clients",
        "call_timeout_ms",
        "client_timeout_ms",
        "queue_limit",
        "drop_late",
        "replicas",
        "search_us",
        "client_queries",
    ]
    .map(|name| value_of(now, name));
    memo(view, CrowdProps { load: facts.load, set, running, onintent: onintent.clone() })
}

fn view(lang: Lang, props: &CrowdProps) -> Html {
    let CrowdProps { load, set: [clients, ..], running, onintent } = props;
    let state = load.filter(|_| *clients > 0).map(|load| State::of(&load));
    let users = ChoiceProps { title: "mc-clients", name: "clients", options: CLIENTS };
    html! {
        <section class="gauge" data-meter="crowd" data-state={state.map(State::word)}>
            <h2 class="h-inst">{ lang.t("mc-crowd") }<span>{ lang.t("mc-load-s") }</span></h2>
            { choice(lang, &users, (*clients, *running), onintent) }
            if let Some(load) = load.filter(|_| *clients > 0) { { figures(lang, &load) } }
            if let Some(state) = state {
                <p class={classes!("note", (state == State::Collapsed).then_some("note-gone"))}
                    data-crowd={state.word()} role="status">
                    { said(lang, state, props) }</p>
            }
            { batch(lang, props) }
            { claims(lang, props) }
            { ways_out(lang, props) }
        </section>
    }
}

fn figures(lang: Lang, load: &LoadFacts) -> Html {
    let one = |key: &'static str, word: &'static str, value: u64, bad: bool| {
        html! {
            <div>
                <dt>{ lang.f(key, &[]) }</dt>
                <dd class={classes!("num", bad.then_some("v-gone"))} data-crowd-figure={word}>
                    { grouped(value) }
                </dd>
            </div>
        }
    };
    html! {
        <dl class="figs figs-3">
            { one("mc-cr-goodput", "goodput", load.qps, load.late * 2 > load.finished) }
            { one("mc-cr-throughput", "throughput", load.finished, false) }
            { one("mc-cr-for-nobody", "late", load.late, load.late > 0) }
            { one("mc-cr-longest", "longest", u64::from(load.longest), false) }
            { one("mc-cr-given-up", "given-up", load.given_up, load.given_up > 0) }
            { one("mc-cr-refused", "refused", load.refused, load.refused > 0) }
        </dl>
    }
}

/// The state in words.
fn said(lang: Lang, state: State, props: &CrowdProps) -> String {
    let Some(load) = props.load else { return String::new() };
    let args = [
        ("qps", load.qps.into()),
        ("done", load.finished.into()),
        ("late", load.late.into()),
        ("queue", u64::from(load.longest).into()),
        ("mean", span(load.mean_latency_us).into()),
        ("patience", span(props.set[1].min(props.set[2]) * 1_000).into()),
    ];
    lang.f(
        match state {
            State::Easy => "mc-cr-easy",
            State::Crowded => "mc-cr-crowded",
            State::Shedding => "mc-cr-shedding",
            State::Collapsed => "mc-cr-collapsed",
        },
        &args,
    )
}

/// The note's ten workers with a hundred searches each.
fn batch(lang: Lang, props: &CrowdProps) -> Html {
    let begin = {
        let onintent = props.onintent.clone();
        Callback::from(move |_: MouseEvent| {
            for (name, value) in [("clients", 0), ("client_queries", 100), ("clients", 10)] {
                onintent.emit(Intent::Cluster(PodAction::Set(name, value)));
            }
        })
    };
    let endless = {
        let onintent = props.onintent.clone();
        Callback::from(move |_: MouseEvent| {
            onintent.emit(Intent::Cluster(PodAction::Set("client_queries", 0)))
        })
    };
    let batch_text = |batch: &BatchFacts| {
        let BatchFacts { of, done, failed, took_us, .. } = *batch;
        match took_us {
            Some(took) => {
                let qps = (done - failed) * 1_000_000 / took.max(1);
                let args = [
                    ("n", of.into()),
                    ("time", span(took).into()),
                    ("qps", qps.into()),
                    ("failed", failed.into()),
                ];
                lang.f("mc-cr-batch-done", &args)
            }
            None => lang.f("mc-cr-batch-on", &[("done", done.into()), ("n", of.into())]),
        }
    };
    let ran = props.load.and_then(|load| load.batch);
    html! {
        <div class="ld-go">
            <button type="button" class="btn" data-act="batch" aria-disabled={inert(!props.running)} onclick={begin}>
                { lang.t("mc-cr-batch") }
            </button>
            if props.set[7] > 0 {
                <button type="button" class="btn" data-act="endless" aria-disabled={inert(!props.running)}
                    onclick={endless}>
                    { lang.t("mc-cr-endless") }
                </button>
            }
            if let Some(ran) =
                ran {
                    <span class="fine num" data-batch={ran.took_us.map_or("on", |_| "done")}>
                        { batch_text(&ran) }
                    </span>
                }
        </div>
    }
}

/// The note's figures beside the lab's, for the number of replicas that it names.
fn claims(lang: Lang, props: &CrowdProps) -> Html {
    let (Some(load), replicas) = (props.load, props.set[5]) else { return Html::default() };
    let note = match (replicas, props.set[6]) {
        (1, 5_000) => 200,
        (5, 5_000) => 1_000,
        (1, _) => 100,
        (3, _) => 280,
        _ => return Html::default(),
    };
    if props.set[0] == 0 {
        return Html::default();
    }
    html! {
        <ul class="ld-cl" data-view="crowd-claim">
            <li><span>{ lang.f("mc-cr-claim", &[("n", replicas.into())]) }</span>
                <b class="num"><small>{ lang.t("mc-ld-th-note") }</small>{ grouped(note) }</b>
                <b class="num"><small>{ lang.t("mc-ld-th-here") }</small>{ grouped(load.qps) }</b>
                <p class="fine">{ lang.f("mc-cr-claim-why", &[("cost", span(props.set[6]).into())]) }</p></li>
        </ul>
    }
}

/// The remedies for an overload, and references.
fn ways_out(lang: Lang, props: &CrowdProps) -> Html {
    let [_, call, client, queue, late, ..] = props.set;
    let both = {
        let onintent = props.onintent.clone();
        Callback::from(move |intent: Intent| {
            // A client of the proxy has to wait as long as the proxy does.
            if let Intent::Cluster(PodAction::Set(_, value)) = intent {
                for name in ["call_timeout_ms", "client_timeout_ms"] {
                    onintent.emit(Intent::Cluster(PodAction::Set(name, value)));
                }
            }
        })
    };
    let one = |title, name, options| ChoiceProps { title, name, options };
    html! {
        <details class="mc-details" data-view="ways-out">
            <summary>{ lang.t("mc-cr-ways") }</summary>
            <p class="fine">{ lang.t("mc-cr-ways-s") }</p>
            { choice(
                lang,
                &one("mc-cr-patience", "call_timeout_ms", PATIENCE),
                (call.min(client), props.running),
                &both
            ) }
            { choice(lang, &one("mc-cr-queue", "queue_limit", QUEUE), (queue, props.running), &props.onintent) }
            { choice(lang, &one("mc-cr-late", "drop_late", LATE), (late, props.running), &props.onintent) }
            <p class="fine">{ lang.t("mc-cr-sources") }</p>
        </details>
    }
}
