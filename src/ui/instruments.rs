//! The instruments of a replica set: majority, time to recover, failed requests, lost writes, safety.
//!
//! Guarantees: the sentence comes before its picture; every figure is measured by the run and shown beside its target.
//! `vitals` shows the same in one line for narrow pages. Leaves out: the standalone engine's figures (`wal`).

use std::rc::Rc;

use yew::prelude::*;

use super::cluster::NodeFate;
use super::export::chart;
use super::export::table::{Cell, Table};
use super::format::{clock, seconds};
use super::icons::ic;
use super::memo::memo;
use super::narrate::{breach, invariant, invariant_sentence, nodes};
use quorum_facade::snapshot::{Failover, Invariant, Majority, NodeFacts, OutageFacts, Snapshot};
use quorum_facade::{Phase, PhaseTime};
use quorum_i18n::{Lang, grouped};
use quorum_types::sort::sort_by_key;
use quorum_types::{Micros, NodeId, SECOND};

/// The most dots that fit into one row.
const ONE_ROW: usize = 9;
/// The course's target for the time to recover.
const RTO_TARGET: Micros = 15 * SECOND;
/// The course's target for failed requests.
const FAILED_TARGET: u64 = 10;
/// A majority that acknowledges nothing for this many seconds is reported as stalled: several elections fit in.
const STALLED_S: u64 = 15;
/// Phases in order: each with the number of its pattern, its name in the protocols, and its catalogue key.
const PHASES: &[(Phase, u8, &str, &str)] = &[
    (Phase::Detect, 1, "detect", "phase-detect"),
    (Phase::Election, 2, "election", "phase-election"),
    (Phase::LeaseWait, 5, "lease_wait", "phase-lease-wait"),
    (Phase::Replay, 3, "replay", "phase-replay"),
    (Phase::SegmentLoad, 6, "segment_load", "phase-segment-load"),
    (Phase::RouteRefresh, 7, "route_refresh", "phase-route-refresh"),
    (Phase::Decide, 2, "decide", "rg-phase-decide"),
    (Phase::Provision, 5, "provision", "rg-phase-provision"),
    (Phase::Restore, 3, "restore", "rg-phase-restore"),
    (Phase::Rebuild, 6, "rebuild", "rg-phase-rebuild"),
    (Phase::Verify, 8, "verify", "rg-phase-verify"),
    (Phase::Dns, 7, "dns", "rg-phase-dns"),
    (Phase::ClientRetry, 4, "client_retry", "phase-client-retry"),
];
/// The phases of a replica set's outage.
const OF_A_SET: &[Phase] = &[Phase::Detect, Phase::Election, Phase::Replay, Phase::ClientRetry];

/// The instruments, one below the other.
pub fn instruments(now: &Snapshot) -> Html {
    let count = |what: fn(&Failover) -> u64| now.failover.as_ref().map_or(0, what);
    let lost = Losses {
        failed: count(|failover| failover.failed),
        lost: count(|failover| failover.lost),
        unknown: now.client.as_ref().map_or(0, |client| client.unknown),
    };
    let broken = now.invariants.iter().any(|one| !one.holds);
    let group = now.group.as_ref();
    let joint = group.filter(|group| !group.outgoing.is_empty());
    let joint = joint.map(|group| (nodes(&group.outgoing), nodes(&group.voters)));
    html! {
        <>
            // Broken invariants come first.
            if broken { { invariants(now) } }
            { memo(majority_gauge, MajorityProps { majority: now.majority.clone(), dots: dots(&now.nodes), joint }) }
            { memo(rto_gauge, Rto {
                failover: now.failover.clone(),
                plan: OF_A_SET,
                outages: now.outages.clone(),
                kinds: Vec::new(),
            }) }
            { memo(losses, lost) }
            if !broken { { invariants(now) } }
        </>
    }
}

/// The invariants of any world; nothing for a world that has none.
pub fn invariants(now: &Snapshot) -> Html {
    if now.invariants.is_empty() {
        return Html::default();
    }
    let props = SafetyProps {
        invariants: now.invariants.clone(),
        excused: now.group.as_ref().is_some_and(|group| group.excused.is_some()),
        stalled_s: Some(now.majority.stalled_us / SECOND).filter(|seconds| *seconds >= STALLED_S),
    };
    memo(safety, props)
}

/// A node as a dot: its number and its condition. Nodes that count towards the majority come first.
fn dots(nodes: &[NodeFacts]) -> Vec<(NodeId, &'static str, &'static str)> {
    let mut dots: Vec<_> = nodes
        .iter()
        .map(|node| match NodeFate::of(node) {
            NodeFate::Leader | NodeFate::Kept => (0, (node.id, "q-ok", "check")),
            NodeFate::Suspect => (1, (node.id, "q-open", "pause")),
            NodeFate::Gone => (2, (node.id, "q-dead", "cross")),
            NodeFate::Apart => (3, (node.id, "q-apart", "cut")),
        })
        .collect();
    sort_by_key(&mut dots, |(rank, dot)| (*rank, dot.0));
    dots.into_iter().map(|(_, dot)| dot).collect()
}

#[derive(PartialEq)]
struct MajorityProps {
    majority: Majority,
    dots: Vec<(NodeId, &'static str, &'static str)>,
    /// For a joint configuration: the voters of the old half, and those of the new one.
    joint: Option<(String, String)>,
}

/// The majority's dots, with the bracket that has to be filled.
fn majority_dots(
    lang: Lang,
    majority: &Majority,
    dots: &[(NodeId, &'static str, &'static str)],
    small: bool,
) -> Html {
    let Majority { nodes, need, reachable, .. } = majority;
    let label = lang.f(
        "maj-aria",
        &[("nodes", (*nodes).into()), ("reachable", (*reachable).into()), ("need", (*need).into())],
    );
    let rest = if reachable >= need {
        lang.f("maj-spare", &[("n", (reachable - need).into())])
    } else {
        lang.f("maj-missing", &[("n", (need - reachable).into())])
    };
    let many = dots.len() > ONE_ROW;
    html! {
        <div class={classes!("qd", many.then_some("qd-many"), small.then_some("qd-s"))} role="img" aria-label={label}
            style={format!("--n:{nodes};--q:{need}")}>
            { for dots.iter().enumerate().map(|(place, (id, tone, icon))| {
                let last = place as u64 + 1 == u64::from(*need);
                html! {
                    <span key={*id} class={classes!("qn", *tone, last.then_some("qn-q"))}>
                        <b>{ format!("S{id}") }</b>{ ic(icon) }
                    </span>
                }
            }) }
            <span class="qd-br"><i>{ lang.f("maj-bracket", &[("n", (*need).into())]) }</i></span>
            if nodes > need {
                <span class="qd-mg">{ rest }</span>
            }
        </div>
    }
}

fn majority_gauge(lang: Lang, props: &MajorityProps) -> Html {
    let majority = &props.majority;
    html! {
        <section class="gauge" data-meter="majority" data-can-elect={majority.can_elect.to_string()}>
            <h2 class="h-inst">{ lang.t("inst-majority") }</h2>
            <p class="maths">
                <span class="vh">{ &majority.sentence }</span>
                <span aria-hidden="true">
                    { lang.f("maj-nodes", &[("n", majority.nodes.into())]) }{ " " }<b>{ majority.need }</b>
                    <br />{ lang.t("maj-reach") }{ " " }<b>{ majority.reachable }</b>{ " → " }
                    { verdict(lang, majority) }
                </span>
            </p>
            { majority_dots(lang, majority, &props.dots, false) }
            if let Some((old, new)) = &props.joint {
                <p class="fine" data-joint="true">
                    { lang.f("maj-joint", &[("old", old.as_str().into()), ("new", new.as_str().into())]) }
                </p>
            }
        </section>
    }
}

fn verdict(lang: Lang, majority: &Majority) -> Html {
    if majority.can_elect {
        html! { <strong class="v-kept">{ lang.t("maj-yes") }</strong> }
    } else {
        html! { <strong class="v-gone">{ lang.t("maj-no") }</strong> }
    }
}

/// The length of an outage: its RTO when it is over, the sum of its phases while it lasts.
pub(crate) fn outage_us(failover: &Failover) -> Micros {
    failover.rto_us.unwrap_or_else(|| failover.phases.iter().map(|phase| phase.us).sum())
}

/// An outage, and the phases that are listed before they are reached.
#[derive(PartialEq)]
pub(crate) struct Rto {
    /// The outage.
    pub(crate) failover: Option<Failover>,
    /// The phases that it can have.
    pub(crate) plan: &'static [Phase],
    /// All outages, the oldest first.
    pub(crate) outages: Vec<OutageFacts>,
    /// The kinds of the nodes, in the order of their numbers from 1, as the catalogues call them; none in a replica
    /// set.
    pub(crate) kinds: Vec<&'static str>,
}

/// The time to recover, split into phases.
pub(crate) fn rto_gauge(lang: Lang, props: &Rto) -> Html {
    let failover = props.failover.as_ref();
    let total = failover.map(outage_us);
    html! {
        <section class="gauge" data-meter="rto">
            <h2 class="h-inst">{ lang.t("inst-rto") }<span>{ lang.t("rto-target") }</span></h2>
            <p class="big">
                <b class="num">{ total.map_or_else(|| "—".to_owned(), seconds) }</b>
                if total.is_some() { <i>{ "s" }</i> }
                { rto_note(lang, failover, !props.outages.is_empty()) }
            </p>
            { waterfall(
                lang,
                failover.map(|failover| failover.phases.as_slice()).unwrap_or_default(),
                props.plan,
                failover.is_some_and(|f| f.under_way),
                Some(RTO_TARGET)
            ) }
            { outages(lang, props) }
        </section>
    }
}

/// The cause of the outage that is shown, its later outcome, and all other outages.
fn outages(lang: Lang, props: &Rto) -> Html {
    let shown = props.failover.as_ref().and_then(|failover| {
        props
            .outages
            .iter()
            .rev()
            .find(|outage| outage.fault_us == failover.fault_us && !outage.cause.is_empty())
    });
    let line = |outage: &OutageFacts| {
        let rto = outage.rto_us.map_or_else(|| "—".to_owned(), |us| format!("{} s", seconds(us)));
        let args = [
            ("at", format!("{} s", clock(outage.fault_us)).into()),
            ("cause", cause(lang, outage, &props.kinds).into()),
            ("rto", rto.into()),
            ("times", outage.interruptions.into()),
            ("failed", outage.failed.into()),
        ];
        html! {
            <li data-outage={outage.fault_us.to_string()} data-failed={outage.failed.to_string()}
                data-rto={outage.rto_us.map(|us| us.to_string())}>{ lang.f("outage-line", &args) }</li>
        }
    };
    let again = shown.filter(|outage| outage.interruptions > 1).map(|outage| {
        let settled = outage.settled_us.map_or_else(|| "…".to_owned(), seconds);
        let times = outage.interruptions - 1;
        lang.f("outage-again", &[("n", times.into()), ("settled", settled.into())])
    });
    html! {
        <>
            if let Some(outage) = shown {
                <p class="fine num" data-view="outage-cause">
                    { format!("{} s · {}", clock(outage.fault_us), cause(lang, outage, &props.kinds)) }
                </p>
            }
            if let Some(again) = again { <p class="fine" data-view="outage-again">{ again }</p> }
            if !props.outages.is_empty() {
                <details data-view="outages">
                    <summary class="fine">{ lang.f("outages-all", &[("n", props.outages.len().into())]) }</summary>
                    <ol class="outs fine num">{ for props.outages.iter().rev().map(line) }</ol>
                </details>
            }
        </>
    }
}

/// The action that caused it, with the node's name as the picture shows it.
fn cause(lang: Lang, outage: &OutageFacts, kinds: &[&'static str]) -> String {
    let Some(first) = outage.cause.first() else { return lang.t("outage-cause-none") };
    let node = first.node.map(|node| match kinds.get((node as usize).wrapping_sub(1)) {
        Some(kind) => {
            let kind = lang.f(&format!("mc-kind-{kind}"), &[]);
            lang.f("mc-pod", &[("id", node.into()), ("kind", kind.into())])
        }
        None => format!("S{node}"),
    });
    let key = format!("outage-cause-{}", first.what.replace('_', "-"));
    let what = lang.f(&key, &[("node", node.unwrap_or_default().into())]);
    match outage.cause.len() {
        1 => what,
        n => lang.f("outage-cause-many", &[("what", what.into()), ("n", n.into())]),
    }
}

fn rto_note(lang: Lang, failover: Option<&Failover>, uncaused: bool) -> Html {
    match failover {
        // Service survived a fault at first, or there was none: the list says more.
        None if uncaused => html! { <span class="fine">{ lang.t("rto-uncaused") }</span> },
        None => html! { <span class="fine">{ lang.t("rto-none") }</span> },
        Some(failover) if failover.under_way => html! { <span class="live">{ lang.t("rto-running") }</span> },
        Some(Failover { rto_us: Some(rto), .. }) if *rto < RTO_TARGET => {
            html! { <span class="done v-kept">{ ic("check") }{ lang.t("rto-met") }</span> }
        }
        Some(Failover { rto_us: Some(_), .. }) => {
            html! { <span class="done v-gone">{ ic("cross") }{ lang.t("rto-missed") }</span> }
        }
        Some(_) => html! { <span class="fine">{ lang.t("rto-watching") }</span> },
    }
}

/// The planned or completed phases in sequence on one axis, with the target as a line.
pub(crate) fn waterfall(
    lang: Lang,
    phases: &[PhaseTime],
    plan: &[Phase],
    under_way: bool,
    target: Option<Micros>,
) -> Html {
    let total: Micros = phases.iter().map(|phase| phase.us).sum();
    let target = target.map(|us| us as f64 / 1e6);
    let max = (total as f64 / 1e6).max(target.unwrap_or(1.0)) * 1.1;
    let mut from = 0.0;
    let passed = |phase: Phase| phases.iter().any(|time| time.phase == phase);
    let shown = PHASES.iter().filter(|(phase, ..)| plan.contains(phase) || passed(*phase));
    let count = shown.clone().count();
    let rows: Html = shown
        .map(|(phase, pattern, word, key)| {
            let found = phases.iter().find(|time| time.phase == *phase);
            let bar = found.map(|time| {
                let start = from;
                from += time.us as f64 / 1e6;
                let last = under_way && phases.last().is_some_and(|last| last.phase == *phase);
                html! {
                    <i class={classes!("wf-b", format!("b{pattern}"), last.then_some("run"))}
                        style={format!("--a:{:.3};--b:{:.3}", start, from)} />
                }
            });
            html! {
                <div class="wf-r" data-phase={*word}>
                    <span class="wf-l">{ lang.f(key, &[]) }</span>
                    <span class="wf-t">{ bar.unwrap_or_else(|| html! { <i class="wf-wait" /> }) }</span>
                    <span class="wf-v num">{ found.map_or_else(|| "—".to_owned(), |time| phase_figure(time.us)) }</span>
                </div>
            }
        })
        .collect();
    let drawn = html! {
        <div class="wf" style={format!("--max:{:.2};--rows:{count}", max)}>
            { rows }
            <div class="wf-ax" aria-hidden="true">
                {
                    for ticks(max, target).into_iter()
                        .map(|x| html! { <i style={format!("--x:{x}")}>{ grouped(x) }</i> })
                }
                if let Some(target) = target {
                    <b style={format!("--x:{:.3}", target)}>{ bound(target) }</b>
                }
            </div>
        </div>
    };
    chart("phases", numbers(lang, phases, target), drawn)
}

/// The phases with when they began and ended, and the target.
fn numbers(lang: Lang, phases: &[PhaseTime], target: Option<f64>) -> Table {
    let heads = [lang.t("export-phase"), lang.t("export-from"), lang.t("export-to")];
    let mut from = 0;
    let rows = PHASES.iter().filter_map(|(phase, _, _, key)| {
        let time = phases.iter().find(|time| time.phase == *phase)?;
        let began = from;
        from += time.us;
        Some([lang.f(key, &[]).into(), Cell::seconds(began), Cell::seconds(from)])
    });
    let target =
        target.map(|target| [lang.t("export-target").into(), Cell::Number(0.0), Cell::Number(target)]);
    Table::new(heads).with(rows).with(target)
}

/// The whole seconds labelled on an axis: a few round ones, and none under the label of the target.
fn ticks(max: f64, target: Option<f64>) -> Vec<u64> {
    let mut steps = (0..7).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
    let step = steps.find(|step| max <= *step as f64 * 4.0).unwrap_or(10_000_000);
    let last = (max * 0.97) as u64;
    let hidden = |x: u64| target.is_some_and(|target| (x as f64 - target).abs() < max * 0.12);
    (0..=last).step_by(step as usize).filter(|x| *x == 0 || !hidden(*x)).collect()
}

/// A target with its unit.
fn bound(target: f64) -> String {
    let whole = target.round();
    if (target - whole).abs() < 0.005 {
        format!("{} s", grouped(whole as u64))
    } else {
        format!("{:.2} s", target)
    }
}

/// A phase's length: short ones need a second decimal to be distinguishable from zero.
fn phase_figure(us: Micros) -> String {
    if us < 100_000 { format!("{:.3}", us as f64 / 1e6) } else { format!("{:.2}", us as f64 / 1e6) }
}

/// The cost of an outage.
#[derive(PartialEq)]
pub(crate) struct Losses {
    /// Requests that failed.
    pub(crate) failed: u64,
    /// Acknowledged writes that are lost.
    pub(crate) lost: u64,
    /// Writes whose outcome is unknown.
    pub(crate) unknown: u64,
}

/// Failed requests and lost writes.
pub(crate) fn losses(lang: Lang, props: &Losses) -> Html {
    let Losses { failed, lost, unknown } = *props;
    html! {
        <section class="gauge gauge-2">
            <div data-meter="failed">
                <h2 class="h-inst">{ lang.t("inst-failed") }</h2>
                <p class="mid"><b class="num">{ grouped(failed) }</b><small>{ lang.t("failed-target") }</small></p>
                <div class="pips" aria-hidden="true">
                    {
                        for (0..FAILED_TARGET - 1)
                            .map(|pip| html! { <i class={classes!((pip < failed).then_some("x"))} /> })
                    }
                    <i class="lim" />
                    if failed >= FAILED_TARGET { <i class="x" /> }
                </div>
            </div>
            <div data-meter="lost">
                <h2 class="h-inst">{ lang.t("inst-lost") }</h2>
                <p class="mid">
                    <b class={classes!("num", (lost > 0).then_some("v-gone"))}>{ grouped(lost) }</b>
                    <small>{ lang.t("lost-n") }</small>
                </p>
                <p class="chips">
                    if unknown > 0 {
                        <span class="chip chip-open">{ lang.f("unknown-n", &[("n", unknown.into())]) }</span>
                    } else if lost == 0 {
                        <span class="chip chip-kept">{ lang.t("lost-zero") }</span>
                    }
                </p>
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq)]
struct SafetyProps {
    invariants: Vec<Invariant>,
    /// Why missing rows count as lost and not as a broken invariant.
    excused: bool,
    /// For how many seconds nothing was acknowledged although it should have been; none while that is short.
    stalled_s: Option<u64>,
}

/// The invariants, broken ones first.
fn safety(lang: Lang, props: &SafetyProps) -> Html {
    let checked = props.invariants.iter().map(|invariant| invariant.checked).max().unwrap_or(0);
    let broken = props.invariants.iter().filter(|one| !one.holds);
    let whole = props.invariants.iter().filter(|one| one.holds);
    let count = broken.clone().count();
    html! {
        <section class="gauge" data-meter="invariants" data-broken={count.to_string()} tabindex="-1">
            <h2 class={classes!("h-inst", (count > 0).then_some("v-gone"))}>
                { if count > 0 { lang.f("safety-n-broken", &[("n", count.into())]) } else { lang.t("inst-safety") } }
                <span class="num">{ lang.f("safety-checked", &[("n", checked.into())]) }</span>
            </h2>
            if props.excused {
                <p class="note note-open" data-view="excused">{ lang.t("safety-excused") }</p>
            }
            if count > 0 { <ul class="cks cks-t">{ for broken.map(|one| invariant_row(lang, one)) }</ul> }
            <ul class="cks cks-t cks-2">{ for whole.map(|one| invariant_row(lang, one)) }</ul>
            if let Some(seconds) = props.stalled_s { { stalled(lang, seconds) } }
        </section>
    }
}

/// Liveness, which is not an invariant: a majority that could make progress and does not.
fn stalled(lang: Lang, seconds: u64) -> Html {
    html! {
        <p class="note note-open" data-view="stalled">
            <b>{ lang.t("liveness") }</b>{ " " }{ lang.f("liveness-stalled", &[("n", seconds.into())]) }
        </p>
    }
}

/// An invariant: its name and how often it was checked; its statement is the row's title, and is shown in full once it
/// is broken.
fn invariant_row(lang: Lang, one: &Invariant) -> Html {
    let Invariant { name, holds, checked, .. } = one;
    let sentence = invariant_sentence(lang, name);
    let times = lang.f("safety-checked", &[("n", (*checked).into())]);
    html! {
        <li key={name.clone()} class={classes!("ck", if *holds { "ck-ok" } else { "ck-bad" })}
            title={format!("{sentence} · {times}")}
            data-invariant={name.clone()} data-holds={holds.to_string()}>
            if *holds && *checked == 0 {
                <i class="ck-o" />
            } else {
                { ic(if *holds { "check" } else { "cross" }) }
            }
            <span>
                { invariant(lang, name) }
                if !holds { <small>{ sentence }</small> } else { <span class="vh">{ sentence }</span> }
                if let Some(breach) = breach(lang, one) {
                    <small class="v-gone" data-view="breach">
                        { lang.f("safety-broken", &[("detail", breach.into())]) }
                    </small>
                }
            </span>
            <span class="ck-x num" aria-label={times}>{ short(*checked) }</span>
        </li>
    }
}

/// A count in at most four characters.
fn short(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// The instruments in one line.
pub(crate) fn vitals(lang: Lang, now: &Rc<Snapshot>) -> Html {
    let total = now.failover.as_ref().map(outage_us);
    let failed = now.failover.as_ref().map_or(0, |failover| failover.failed);
    let lost = now.failover.as_ref().map_or(0, |failover| failover.lost);
    let part = |value: f64, target: f64| format!("--v:{:.1}%", (value / target * 100.0).min(100.0));
    html! {
        <section class="vitals" aria-label={lang.t("vitals-region")}>
            <div class="vt vt-q">
                { majority_dots(lang, &now.majority, &dots(&now.nodes), true) }
                <p>
                    <span class="vh">{ &now.majority.sentence }</span>
                    <span aria-hidden="true">
                        { lang.t("maj-reach") }{ " " }<b>{ now.majority.reachable }</b>
                        { if now.majority.can_elect { " ≥ " } else { " < " } }
                        <b>{ now.majority.need }</b>
                        { " → " }
                        { verdict(lang, &now.majority) }
                    </span>
                </p>
            </div>
            <div class="vt vt-r"><h2>{ lang.t("vital-rto") }</h2>
                <p>
                    <b class="num">{ total.map_or_else(|| "—".to_owned(), seconds) }</b>
                    { if total.is_some() { " s " } else { " " } }
                    <small>{ "< 15" }</small>
                </p>
                <span class="vt-bar" style={part(total.unwrap_or(0) as f64, RTO_TARGET as f64)}
                    aria-hidden="true">
                    <i />
                </span>
                </div>
            <div class="vt vt-f"><h2>{ lang.t("vital-failed") }</h2>
                <p><b class="num">{ grouped(failed) }</b>{ " " }<small>{ "< 10" }</small></p>
                <span class="vt-bar" style={part(failed as f64, FAILED_TARGET as f64)} aria-hidden="true">
                    <i />
                </span>
                </div>
            <div class="vt vt-p"><h2>{ lang.t("vital-rpo") }</h2>
                <p><b class="num">{ grouped(lost) }</b>{ " " }<small>{ lang.t("lost-n") }</small></p>
                <span class="vt-bar" style={part(lost as f64, 1.0)} aria-hidden="true"><i /></span></div>
        </section>
    }
}
