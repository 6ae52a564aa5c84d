//! The Milvus cluster and the two regions, as the enclosing views call them.
//!
//! Guarantees: each call is passed to the views of the world that runs. Leaves out: those views (`milvus`, `regions`),
//! and lone engines and replica sets, which the enclosing views call themselves.

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::actions::Intent;
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::instruments::invariants;
use crate::ui::memo::memo;
use crate::ui::milvus::{
    self, drills::Drills, load::LoadTest, majority::Majority, map::LiveMap, panels::ToolsProps, reads::reads,
    setup::Setup,
};
use crate::ui::regions::time_skip::{self, Leap};
use crate::ui::regions::{
    self, compare::Compare, config::Config, drills::NoteDrills, gauges::Measured, handbook::Sheets,
    runbook::Book, stage::LiveStage,
};
use crate::ui::story::MarkKind;
use crate::web::address::Address;
use crate::web::needs::Needs;
use crate::web::session::Session;
use quorum_facade::milvus::snapshot::PodState;
use quorum_facade::milvus::topology::Component;
use quorum_facade::{Event, EventKind, Snapshot};
use quorum_i18n::Lang;
use quorum_types::{Micros, NodeId};

pub(crate) use milvus::pod_actions::{PodAction, commands};
pub(crate) use regions::narrate::{Mark as RegionMark, mark_text as region_mark_text};
pub(crate) use regions::region_actions::{RegionIntent, commands as region_commands};

/// The shapes to choose from: the name in the document, the topology, title. Milvus's are as documented: without a
/// standby unless one is switched on.
pub(crate) const PRESETS: [(&str, &str, &str); 4] = [
    ("course", "milvus", "home-milvus-course"),
    ("2.5", "milvus:control_plane=1,active_standby=0", "home-milvus-25"),
    ("2.6", "milvus:control_plane=2,active_standby=0", "home-milvus-26"),
    ("3.0", "milvus:control_plane=2,active_standby=0,log_kind=1", "home-milvus-30"),
];

/// What narration needs to know of a run: the kinds of its pods, by number, or that it is two regions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kinds {
    pods: Rc<Vec<Component>>,
    regions: bool,
}

/// The states of the pods that redraw the page when they change; likewise of regions.
pub(crate) type Pods = (Vec<(PodState, bool, bool)>, Vec<(bool, bool, bool, bool)>);

pub(crate) fn pods(now: &Snapshot) -> Pods {
    let pods = now.milvus.iter().flat_map(|facts| &facts.pods);
    let sites = now.regions.iter().flat_map(|facts| &facts.sites);
    (
        pods.map(|pod| (pod.state, pod.active, pod.taken_out)).collect(),
        sites.map(|site| (site.alive, site.primary, site.fenced, site.reachable)).collect(),
    )
}

pub(crate) fn kinds(now: &Snapshot) -> Kinds {
    Kinds { pods: milvus::kinds(now), regions: now.regions.is_some() }
}

/// Whether time is shown in days.
pub(crate) fn in_days(kinds: &Kinds) -> bool {
    kinds.regions
}

/// A moment in the run's time format.
pub(crate) fn when(lang: Lang, us: Micros) -> String {
    regions::time::at(lang, us)
}

/// The label of a tick on a timeline in days.
pub(crate) fn tick(lang: Lang, us: Micros, span_s: f64) -> String {
    if span_s > 172_800.0 { regions::time::day(lang, us) } else { regions::time::minute(lang, us) }
}

pub(crate) fn scale(now_s: f64) -> (f64, f64) {
    regions::time::scale(now_s)
}

/// Buttons for leaps through time, where days matter.
pub(crate) fn leaps(lang: Lang, session: &Session, running: bool, kinds: &Kinds) -> Html {
    if kinds.regions { time_skip::buttons(lang, session, running) } else { Html::default() }
}

/// The rows of the list of keys, where the run has its own.
pub(crate) fn keys(lang: Lang, now: &Snapshot) -> Option<Html> {
    now.regions.is_some().then(|| time_skip::keys(lang))
}

/// The selection of a digit key.
pub(crate) fn digit(now: &Snapshot, id: NodeId) -> Option<Pick> {
    if now.regions.is_some() {
        return regions::region_actions::by_digit(id);
    }
    milvus::pod_actions::pod(now, id).map(|pod| Pick::Node(pod.id))
}

/// The action of a letter key, where the run uses it: an intent, or an immediate leap.
pub(crate) fn letter(letter: char, pick: Option<Pick>, now: &Snapshot, session: &Session) -> Option<Intent> {
    now.regions.as_ref()?;
    match letter {
        'n' => time_skip::leap(session, Leap::Event),
        'y' => time_skip::leap(session, Leap::Day),
        _ => return regions::region_actions::by_letter(letter, pick, now),
    }
    None
}

pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    if now.regions.is_some() {
        regions::region_actions::strike(tool, pick, now)
    } else {
        milvus::pod_actions::strike(tool, pick, now)
    }
}

pub(crate) fn sentence(lang: Lang, event: &Event, kinds: &Kinds) -> Option<String> {
    if kinds.regions {
        regions::narrate::sentence(lang, event)
    } else {
        milvus::narrate::sentence(lang, event, &kinds.pods)
    }
}

pub(crate) fn tells_a_cluster(kind: &EventKind) -> bool {
    milvus::narrate::tells_a_cluster(kind) || regions::narrate::tells_regions(kind)
}

pub(crate) fn worth_telling(kind: &EventKind) -> bool {
    milvus::narrate::worth_telling(kind) && regions::narrate::worth_telling(kind)
}

pub(crate) fn repeats(last: &EventKind, next: &EventKind) -> bool {
    milvus::narrate::repeats(last, next) || regions::narrate::repeats(last, next)
}

pub(crate) fn mark(node: NodeId, kind: &EventKind) -> Option<MarkKind> {
    milvus::narrate::mark(node, kind).or_else(|| regions::narrate::mark(kind).map(MarkKind::Region))
}

/// Whether a topology names one of these worlds.
pub(crate) fn is_cluster(topology: &str) -> bool {
    milvus::is_cluster(topology) || regions::is_regions(topology)
}

/// The class of the page that shows it.
pub(crate) fn class(topology: &str) -> &'static str {
    if regions::is_regions(topology) { "lab-mc lab-rg" } else { "lab-mc" }
}

/// Whether such a world is ready to be drawn.
pub(crate) fn is_there(now: &Snapshot) -> bool {
    now.milvus.is_some() || now.regions.is_some()
}

pub(crate) fn style(topology: &str) -> Html {
    // When the style sheets have arrived, the view is drawn again.
    let there = Needs::of_world(topology).styles.iter().all(|style| style.sheet().is_some());
    if regions::is_regions(topology) {
        memo(|_, _: &bool| regions::style(), there)
    } else {
        memo(|_, _: &bool| milvus::style(), there)
    }
}

pub(crate) fn vitals(now: &Rc<Snapshot>) -> Html {
    if now.regions.is_some() {
        return memo(regions::tools::vitals, now.clone());
    }
    memo(milvus::panels::vitals, now.clone())
}

pub(crate) fn tools(
    now: &Rc<Snapshot>,
    pick: Option<Pick>,
    running: bool,
    onintent: &Callback<Intent>,
) -> Html {
    let (now, onintent) = (now.clone(), onintent.clone());
    if now.regions.is_some() {
        return memo(regions::tools::tools, regions::tools::ToolsProps { now, pick, running, onintent });
    }
    memo(milvus::panels::tools, ToolsProps { now, pick, running, onintent })
}

pub(crate) fn gauges(
    (session, address): (&Session, &Address),
    now: &Rc<Snapshot>,
    running: bool,
    onintent: &Callback<Intent>,
) -> Html {
    if let Some(facts) = regions::facts(now) {
        let (set, seed) = (regions::changed(facts), now.seed);
        return html! {
            <>
                <Measured now={now.clone()} />
                <Book session={session.clone()} text={facts.runbook.clone()} set={set.clone()} {seed}
                    {running} busy={facts.failover.running} onintent={onintent.clone()} />
                <Config session={session.clone()} text={facts.config.clone()}
                    settings={facts.settings.clone()} {running} />
                <Compare session={session.clone()} {seed} {set} {running} />
                <NoteDrills session={session.clone()} {running} />
                <Sheets settings={facts.settings.clone()} config={facts.config.clone()}
                    runbook={facts.runbook.clone()} />
                { memo(|lang, now: &Rc<Snapshot>| regions::cost::all(lang, now), now.clone()) }
                { invariants(now) }
            </>
        };
    }
    let (set, seed) = (milvus::changed(now), now.seed);
    html! {
        <>
            { milvus::panels::measured(now) }
            { reads(now, running, onintent) }
            <Drills session={session.clone()} address={address.clone()} {set} {seed} {running} />
            <Majority />
            <LoadTest />
            { invariants(now) }
        </>
    }
}

pub(crate) fn stage(
    session: &Session,
    now: &Snapshot,
    pick: Option<Pick>,
    onpick: Callback<Option<Pick>>,
    onintent: &Callback<Intent>,
) -> Html {
    if now.regions.is_some() {
        return html! { <LiveStage session={session.clone()} {pick} {onpick} onintent={onintent.clone()} /> };
    }
    html! { <><LiveMap session={session.clone()} {pick} {onpick} />{ memo(milvus::panels::legend, ()) }</> }
}

/// The settings of the world, which can be changed.
pub(crate) fn setup(
    now: Rc<Snapshot>,
    topology: String,
    running: bool,
    onintent: Callback<Intent>,
    onopen: Callback<String>,
) -> Html {
    if now.regions.is_some() {
        return html! { <regions::setup::Setup {now} {topology} {running} {onintent} {onopen} /> };
    }
    html! { <Setup {now} {topology} {running} {onintent} {onopen} /> }
}
