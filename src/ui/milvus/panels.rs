//! The measurements of a cluster, and the tools for the selected pod.
//!
//! Guarantees: the tester's figures, the outage and the losses come from the run and are shown beside their targets.
//! Leaves out: individual searches and writes (`reads`), settings (`setup`).

use std::rc::Rc;

use yew::prelude::*;

use super::pod::{kind_text, list, state_text, zone_letter};
use super::pod_actions;
use crate::ui::barred::barred;
use crate::ui::cluster::Pick;
use crate::ui::export::chart;
use crate::ui::export::table::{Cell, Table};
use crate::ui::format::{seconds, span};
use crate::ui::icons::ic;
use crate::ui::inert::inert;
use crate::ui::instruments::{Losses, Rto, losses, outage_us, rto_gauge};
use crate::ui::intent::{Intent, PodAction};
use crate::ui::memo::memo;
use quorum_facade::Phase;
use quorum_facade::milvus::snapshot::{LoadFacts, PodState, TesterFacts};
use quorum_facade::milvus::topology::ControlPlane;
use quorum_facade::snapshot::{Failover, Snapshot};
use quorum_i18n::{Lang, grouped};
use quorum_types::Micros;

/// The phases that an outage may still have: of coordinators in Raft groups, and of those with leases.
const BY_ELECTION: &[Phase] = &[
    Phase::Detect,
    Phase::Election,
    Phase::Replay,
    Phase::SegmentLoad,
    Phase::RouteRefresh,
    Phase::ClientRetry,
];
const BY_LEASE: &[Phase] = &[
    Phase::Detect,
    Phase::LeaseWait,
    Phase::Replay,
    Phase::SegmentLoad,
    Phase::RouteRefresh,
    Phase::ClientRetry,
];

/// How many searches the strip shows.
const STRIP: usize = 40;

/// The read-only instruments of a cluster: tester, outage, losses, load.
pub fn measured(now: &Snapshot) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let over = now.failover.as_ref().is_some_and(|outage| outage.rto_us.is_some());
    // An outage that is over shows the phases that it had.
    let plan = match facts.control_plane {
        _ if over => &[],
        ControlPlane::Raft => BY_ELECTION,
        ControlPlane::Lease | ControlPlane::Streaming => BY_LEASE,
    };
    let lost = Losses {
        failed: now.failover.as_ref().map_or(0, |outage| outage.failed),
        lost: facts.lost_writes.len() as u64,
        unknown: 0,
    };
    let named = LostProps { first: facts.lost_writes.clone() };
    html! {
        <>
            { memo(tester, facts.tester.clone()) }
            { memo(rto_gauge, Rto {
                failover: now.failover.clone(),
                plan,
                outages: now.outages.clone(),
                kinds: facts.pods.iter().map(|pod| pod.component.word()).collect(),
            }) }
            { memo(losses, lost) }
            if !named.first.is_empty() { { memo(lost_writes, named) } }
            if let Some(load) = facts.load { { memo(load_gauge, load) } }
        </>
    }
}

/// Answered searches out of completed ones, as a percentage with two decimals that never says 100 where one failed.
fn rate(tester: &TesterFacts) -> String {
    if tester.total == 0 {
        return "—".to_owned();
    }
    let ten_thousandths = tester.ok * 10_000 / tester.total;
    format!("{}.{:02}%", ten_thousandths / 100, ten_thousandths % 100)
}

/// The tester: one search a second, and the outcomes.
fn tester(lang: Lang, tester: &TesterFacts) -> Html {
    let TesterFacts { total, ok, failed, mean_latency_us, recent, last_failure } = tester;
    let label = lang.f("mc-strip-aria", &[("n", recent.len().into()), ("failed", (*failed).into())]);
    let slowest = recent.iter().map(|one| one.2).max().unwrap_or(1).max(1);
    let skip = recent.len().saturating_sub(STRIP);
    let bar = |(_, ok, took): &(Micros, bool, Micros)| {
        // The fastest are a thousand times faster than the slowest: the bars are logarithmic.
        let high = digits(*took) / digits(slowest).max(1.0);
        let style = if *ok { format!("--h:{:.2}", high.max(0.1)) } else { String::new() };
        html! { <i class={if *ok { "ok" } else { "no" }} {style} title={span(*took)} /> }
    };
    let heads = [lang.t("export-at"), lang.t("mc-ok"), lang.t("export-took")];
    let numbers =
        Table::new(heads).with(recent[skip..].iter().map(|(at, ok, took)| {
            [Cell::seconds(*at), u64::from(*ok).into(), Cell::Number(*took as f64 / 1e3)]
        }));
    let figure = |key: &'static str, value: String, bad: bool| {
        html! {
            <div>
                <dt>{ lang.f(key, &[]) }</dt>
                <dd class={classes!("num", bad.then_some("v-gone"))}>{ value }</dd>
            </div>
        }
    };
    html! {
        <section class="gauge" data-meter="tester" data-total={total.to_string()} data-failed={failed.to_string()}>
            <h2 class="h-inst">{ lang.t("mc-tester") }<span>{ lang.t("mc-tester-s") }</span></h2>
            <p class="big"><b class="num">{ rate(tester) }</b><span class="fine">{ lang.t("mc-rate") }</span></p>
            <dl class="figs">
                { figure("mc-total", grouped(*total), false) }
                { figure("mc-ok", grouped(*ok), false) }
                { figure("mc-failed", grouped(*failed), *failed > 0) }
                { figure("mc-mean", if *ok == 0 { "—".to_owned() } else { span(*mean_latency_us) }, false) }
            </dl>
            { chart("tester", numbers, html! {
                <div class="strip" role="img" aria-label={label}>{ for recent[skip..].iter().map(bar) }</div>
            }) }
            if let Some(why) = last_failure {
                <p class="fine" data-failure={why.clone()}>
                    { lang.f("mc-last-failure", &[("why", lang.f(&format!("mc-fail-{why}"), &[]).into())]) }
                </p>
            }
        </section>
    }
}

/// How many decimal digits a span has, between them by halves and fifths.
fn digits(us: Micros) -> f64 {
    let whole = us.checked_ilog10().unwrap_or(0);
    let first = us / 10_u64.pow(whole);
    f64::from(whole) + (first.saturating_sub(1)) as f64 / 9.0
}

#[derive(PartialEq)]
struct LostProps {
    first: Vec<i64>,
}

/// Acknowledged writes that are lost, by name.
fn lost_writes(lang: Lang, props: &LostProps) -> Html {
    let mut names: Vec<String> = props.first.iter().take(12).map(i64::to_string).collect();
    if props.first.len() > names.len() {
        names.push("…".to_owned());
    }
    html! {
        <p class="note note-gone mc-lost" data-view="lost-writes">
            { lang.f("mc-lost", &[("n", props.first.len().into()), ("ids", names.join(" ").into())]) }
        </p>
    }
}

/// What additional clients get.
fn load_gauge(lang: Lang, load: &LoadFacts) -> Html {
    html! {
        <section class="gauge" data-meter="load">
            <h2 class="h-inst">{ lang.t("mc-load") }<span>{ lang.t("mc-load-s") }</span></h2>
            <dl class="figs figs-3">
                <div><dt>{ "QPS" }</dt><dd class="num">{ grouped(load.qps) }</dd></div>
                <div><dt>{ lang.t("mc-mean") }</dt><dd class="num">{ span(load.mean_latency_us) }</dd></div>
                <div><dt>{ "p95" }</dt><dd class="num">{ span(load.p95_latency_us) }</dd></div>
            </dl>
        </section>
    }
}

/// The instruments in one line.
pub fn vitals(lang: Lang, now: &Rc<Snapshot>) -> Html {
    let Some(facts) = now.milvus.as_deref() else { return Html::default() };
    let up = facts.pods.iter().filter(|pod| pod.state == PodState::Up).count();
    let outage: Option<&Failover> = now.failover.as_ref();
    let total = outage.map(outage_us);
    let failed = outage.map_or(0, |outage| outage.failed);
    let lost = facts.lost_writes.len() as u64;
    let part = |value: f64, target: f64| format!("--v:{:.1}%", (value / target * 100.0).min(100.0));
    let one = |key: &'static str, value: String, beside: String, style: String| {
        html! {
            <div class="vt"><h2>{ lang.f(key, &[]) }</h2>
                <p><b class="num">{ value }</b>{ " " }<small>{ beside }</small></p>
                <span class="vt-bar" {style} aria-hidden="true"><i /></span></div>
        }
    };
    html! {
        <section class="vitals" aria-label={lang.t("vitals-region")}>
            <div class="vt vt-q">
                <p>{ lang.f("mc-vital-up", &[("up", up.into()), ("n", facts.pods.len().into())]) }{ " · " }
                    { lang.t("mc-rate") }{ " " }<b class="num">{ rate(&facts.tester) }</b></p>
            </div>
            { one(
                "vital-rto",
                total.map_or_else(|| "—".to_owned(), |us| format!("{} s", seconds(us))),
                "< 15".to_owned(),
                part(total.unwrap_or(0) as f64, 15e6)
            ) }
            { one("vital-failed", grouped(failed), "< 10".to_owned(), part(failed as f64, 10.0)) }
            { one("vital-rpo", grouped(lost), lang.t("lost-n"), part(lost as f64, 1.0)) }
        </section>
    }
}

/// The inputs of the tools.
#[derive(PartialEq)]
pub struct ToolsProps {
    /// The snapshot.
    pub now: Rc<Snapshot>,
    /// What is selected.
    pub pick: Option<Pick>,
    /// Whether the run accepts commands.
    pub running: bool,
    /// Called with the chosen action.
    pub onintent: Callback<Intent>,
}

/// The tools for the selected pod.
pub fn tools(lang: Lang, props: &ToolsProps) -> Html {
    let ToolsProps { now, pick, running, onintent } = props;
    let id = match pick {
        Some(Pick::Node(id)) => Some(*id),
        _ => None,
    };
    let [kill, restart, freeze, cut, zone] =
        pod_actions::possible(now, id).map(|action| action.filter(|_| *running));
    let resumes = matches!(freeze, Some(PodAction::Resume(_)));
    let heals = matches!(cut, Some(PodAction::Heal));
    let any_cut = now.milvus.as_ref().is_some_and(|facts| !facts.cut.is_empty());
    let heal = (any_cut && *running).then_some(PodAction::Heal);
    let button = |word: &'static str,
                  icon: &'static str,
                  label: String,
                  key: Option<&'static str>,
                  action: Option<PodAction>| {
        let onclick = {
            let onintent = onintent.clone();
            Callback::from(move |_: MouseEvent| {
                if let Some(action) = action {
                    onintent.emit(Intent::Cluster(action));
                }
            })
        };
        let why = barred(lang, action.map(Intent::Cluster), false);
        html! {
            <li>
                <button type="button" class="tool" data-act={word}
                    aria-disabled={inert(action.is_none() || why.is_some())} data-barred={why.as_ref().map(|_| "")}
                    aria-description={why.clone()} title={why} aria-keyshortcuts={key} {onclick}>
                    { ic(icon) }<span class="tool-t">{ label }</span>
                    if let Some(key) = key { <kbd aria-hidden="true">{ key }</kbd> }
                </button>
            </li>
        }
    };
    let pause = if resumes { lang.t("tool-resume") } else { lang.t("tool-pause") };
    html! {
        <section class="tools" aria-label={lang.t("tools-region")} data-view="pod-tools">
            <h2 class="tools-h">{ lang.t("tools-region") }</h2>
            <ul>
                { button("kill", "kill", lang.t("tool-kill"), Some("K"), kill) }
                { button("restart", "restart", lang.t("tool-restart"), Some("R"), restart) }
                { button(if resumes { "resume" } else { "pause" }, "pause", pause, Some("F"), freeze) }
                { button("cut", "cut", lang.t("mc-cut"), Some("X"), cut.filter(|_| !heals)) }
                { button("kill-zone", "plug", lang.t("mc-kill-zone"), None, zone) }
                { button("heal", "heal", lang.t("mc-heal"), None, heal) }
            </ul>
            <p class="tools-s" aria-live="polite">{ picked(lang, now, id) }</p>
        </section>
    }
}

/// The selection, and its state.
fn picked(lang: Lang, now: &Snapshot, id: Option<u32>) -> Html {
    let Some(pod) = id.and_then(|id| pod_actions::pod(now, id)) else {
        return html! { <>{ lang.t("mc-pick") }{ " " }<small>{ lang.t("mc-pick-keys") }</small></> };
    };
    let head = lang.f("mc-pod", &[("id", pod.id.into()), ("kind", kind_text(lang, pod.component).into())]);
    let mut rest =
        vec![lang.f("mc-zone", &[("zone", zone_letter(pod.zone).into())]), state_text(lang, pod.state)];
    if pod.active {
        rest.push(lang.t("mc-acting"));
    }
    if pod.misses > 0 {
        rest.push(lang.f("mc-misses", &[("n", pod.misses.into())]));
    }
    if pod.taken_out {
        rest.push(lang.t("mc-taken-out"));
    }
    html! { <>{ head }{ " " }<small>{ list(lang, &rest) }</small></> }
}

/// The legend of the shapes on the map.
pub(crate) fn legend(lang: Lang, _: &()) -> Html {
    let item = |key: &'static str, picture: Html| {
        html! { <li><svg viewBox="-11 -11 22 22" aria-hidden="true">{ picture }</svg>{ lang.f(key, &[]) }</li> }
    };
    let line = |class: &'static str, d: &'static str| html! { <path class={classes!("fl", class)} {d} /> };
    html! {
        <ul class="legend mc-legend" aria-label={lang.t("legend-region")}>
            { item("mc-acting", html! { <use class="crown" href="#crown" x="-10" y="-7" width="20" height="14" /> }) }
            { item(
                "mc-state-down",
                html! {
                    <g class="pod p-down">
                        <path class="p-body" d="M-8-8h16v16h-16z" />
                        <path class="p-hatch" d="M-8-8h16v16h-16z" fill="url(#p-dead)" />
                    </g>
                }
            ) }
            { item(
                "mc-state-booting",
                html! { <g class="pod p-booting"><path class="p-body" d="M-8-8h16v16h-16z" /></g> }
            ) }
            { item(
                "mc-legend-lease",
                html! { <circle class="p-lease" r="8" stroke-dasharray="34 60" transform="rotate(-90)" /> }
            ) }
            { item("mc-legend-misses", html! { <path class="p-miss" d="M-5 -6h10M-5 0h10M-5 6h10" /> }) }
            { item("mc-legend-queue", html! { <path class="p-queue" d="M-6 0h0M0 0h0M6 0h0" /> }) }
            <li><b>{ "A·e3" }</b>{ lang.t("mc-legend-epoch") }</li>
            { item("mc-flow-search", line("fl-search", "M0 0h0")) }
            { item("mc-flow-write", line("fl-write", "M-2 0h4")) }
            { item("mc-flow-stream", line("fl-stream", "M-5 0h10")) }
            { item("mc-flow-control", line("fl-control", "M0 0h0")) }
            { item("mc-flow-raft", line("fl-raft", "M0 0h0")) }
        </ul>
    }
}
