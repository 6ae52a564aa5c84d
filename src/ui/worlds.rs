//! The views of worlds, as the enclosing views call them.
//!
//! The page fetches the views of a world with the first run of it (`fetch_views`), and this file keeps them. It names
//! their types alone, so that whatever draws may ask for them. Guarantees: each call for a Milvus cluster or two
//! regions is passed to the views of the one that runs; while views are missing, nothing is drawn. Leaves out: those
//! views (`milvus::views`, `regions::views`), and what is drawn of engines and replica sets, which the enclosing views
//! call themselves ([`engine`], [`replica_set`]).

use std::cell::Cell;
use std::rc::Rc;

use yew::prelude::*;

use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::inspect::Looking;
use crate::ui::intent::{Intent, PodAction, RegionIntent};
use crate::ui::marks::RegionMark;
use crate::ui::memo::memo;
use crate::ui::palette::acts::Act;
use crate::ui::story::Story;
use crate::ui::world_views::{ClusterViews, EngineViews, MarkText, OnIntent, PickCallback, WorldViews};
use crate::ui::{milvus, regions};
use crate::web::address::Address;
use crate::web::needs::Needs;
use crate::web::session::Session;
use quorum_facade::milvus::snapshot::PodState;
use quorum_facade::milvus::topology::Component;
use quorum_facade::swarm::WorldKind;
use quorum_facade::{Command, Event, Snapshot};
use quorum_i18n::Lang;
use quorum_types::{Micros, NodeId};

/// The views of a world.
type Views = &'static dyn WorldViews;

/// The views that are loaded.
#[derive(Clone, Copy, Default)]
pub(crate) struct Loaded {
    /// Those of a single engine.
    pub(crate) engine: Option<EngineViews>,
    /// Those of a replica set.
    pub(crate) cluster: Option<ClusterViews>,
    /// Those of a Milvus cluster.
    pub(crate) milvus: Option<Views>,
    /// Those of two regions.
    pub(crate) regions: Option<Views>,
}

thread_local! {
    static LOADED: Cell<Loaded> = Cell::default();
}

/// What is loaded.
pub(crate) fn loaded() -> Loaded {
    LOADED.get()
}

/// Keeps views that were fetched, beside those that are loaded.
pub(crate) fn keep(new: Loaded) {
    let there = LOADED.get();
    LOADED.set(Loaded {
        engine: there.engine.or(new.engine),
        cluster: there.cluster.or(new.cluster),
        milvus: there.milvus.or(new.milvus),
        regions: there.regions.or(new.regions),
    });
}

/// The views of a single engine, once they are loaded.
pub(crate) fn engine() -> Option<EngineViews> {
    LOADED.get().engine
}

/// The views of a replica set, once they are loaded.
pub(crate) fn replica_set() -> Option<ClusterViews> {
    LOADED.get().cluster
}

/// The views of the world that runs, once they are loaded.
fn views(now: &Snapshot) -> Option<Views> {
    let loaded = LOADED.get();
    if now.regions.is_some() { loaded.regions } else { loaded.milvus.filter(|_| now.milvus.is_some()) }
}

/// What narration needs to know of a run: the kinds of its pods, by number, or that it is two regions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kinds {
    pods: Rc<Vec<Component>>,
    regions: bool,
}

impl Kinds {
    fn views(&self) -> Option<Views> {
        let loaded = LOADED.get();
        if self.regions { loaded.regions } else { loaded.milvus }
    }
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

/// Whether a snapshot can be drawn on its own: one of a replica set whose views are there.
pub(crate) fn has_picture(now: &Snapshot) -> bool {
    now.nodes.len() > 1 && now.group.is_some() && replica_set().is_some()
}

/// A snapshot on its own.
pub(crate) fn picture(lang: Lang, now: &Rc<Snapshot>) -> Html {
    replica_set().filter(|_| has_picture(now)).map(|views| (views.picture)(lang, now)).unwrap_or_default()
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

pub(crate) fn leaps(lang: Lang, session: &Session, running: bool, kinds: &Kinds) -> Html {
    kinds.views().map(|views| views.leaps(lang, session, running)).unwrap_or_default()
}

pub(crate) fn keys(lang: Lang, now: &Snapshot) -> Option<Html> {
    views(now)?.keys(lang)
}

/// The actions that the palette lists.
pub(crate) fn acts(lang: Lang, pick: Option<Pick>, now: &Snapshot) -> Vec<Act> {
    views(now).map(|views| views.acts(lang, pick, now)).unwrap_or_default()
}

pub(crate) fn digit(now: &Snapshot, id: NodeId) -> Option<Pick> {
    views(now)?.digit(now, id)
}

pub(crate) fn letter(letter: char, pick: Option<Pick>, now: &Snapshot, session: &Session) -> Option<Intent> {
    views(now)?.letter(letter, pick, now, session)
}

pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    views(now)?.strike(tool, pick, now)
}

pub(crate) fn commands(action: PodAction, now: &Snapshot) -> Vec<Command> {
    views(now).map(|views| views.pod_commands(action, now)).unwrap_or_default()
}

pub(crate) fn region_commands(intent: RegionIntent, now: &Snapshot) -> Vec<Command> {
    views(now).map(|views| views.region_commands(intent, now)).unwrap_or_default()
}

pub(crate) fn region_mark_text(lang: Lang, mark: RegionMark) -> MarkText {
    LOADED.get().regions.map(|views| views.mark_text(lang, mark)).unwrap_or_default()
}

pub(crate) fn sentence(lang: Lang, event: &Event, kinds: &Kinds) -> Option<String> {
    kinds.views()?.sentence(lang, event, &kinds.pods)
}

/// Who leads in a cluster or in two regions, and since when.
pub(crate) fn leads(lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
    views(now).map(|views| views.leads(lang, now, story)).unwrap_or_default()
}

/// A node by its name: `S3` in a replica set, its number and kind in a cluster, its region and number in two regions.
pub(crate) fn node_name(lang: Lang, node: NodeId, kinds: &Kinds) -> String {
    if kinds.regions {
        format!("{} {}", regions::region(lang, node as usize / 10), node % 10)
    } else if kinds.pods.is_empty() {
        format!("S{node}")
    } else {
        milvus::narrate::name(lang, node, &kinds.pods)
    }
}

/// Whether a topology names one of these worlds.
pub(crate) fn is_cluster(topology: &str) -> bool {
    WorldKind::external(topology).is_some()
}

/// Whether a topology names two regions.
pub(crate) fn is_regions(topology: &str) -> bool {
    regions::is_regions(topology)
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
    views(now).map(|views| views.vitals(now)).unwrap_or_default()
}

pub(crate) fn tools(now: &Rc<Snapshot>, pick: Option<Pick>, running: bool, onintent: &OnIntent) -> Html {
    views(now).map(|views| views.tools(now, pick, running, onintent)).unwrap_or_default()
}

pub(crate) fn gauges(
    of: (&Session, &Address),
    now: &Rc<Snapshot>,
    running: bool,
    onintent: &OnIntent,
) -> Html {
    views(now).map(|views| views.gauges(of, now, running, onintent)).unwrap_or_default()
}

pub(crate) fn inspector(looking: Looking) -> Html {
    views(&looking.now).map(|views| views.inspector(looking)).unwrap_or_default()
}

pub(crate) fn stage(
    session: &Session,
    now: &Snapshot,
    pick: Option<Pick>,
    onpick: PickCallback,
    onintent: &OnIntent,
) -> Html {
    views(now).map(|views| views.stage(session, pick, onpick, onintent)).unwrap_or_default()
}

pub(crate) fn setup(
    now: Rc<Snapshot>,
    topology: String,
    running: bool,
    onintent: OnIntent,
    onopen: Callback<String>,
) -> Html {
    views(&now).map(|views| views.setup(now, topology, running, (onintent, onopen))).unwrap_or_default()
}
