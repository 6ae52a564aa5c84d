//! The views of a Milvus cluster as the page calls them, and how the page gets them.
//!
//! Guarantees: with the feature `split` nothing but `load` refers to the views, so that they are a chunk of their own.
//! Leaves out: what each view shows.

use std::rc::Rc;

use yew::prelude::*;

use super::experiments::Experiments;
use super::inspect::PodInspector;
use super::kept::kept;
use super::map::LiveMap;
use super::panels::{self, ToolsProps};
use super::pod_actions;
use super::reads::reads;
use super::setup::Setup;
use super::{answers, changed, narrate};
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::inspect::Looking;
use crate::ui::instruments::invariants;
use crate::ui::intent::{Intent, PodAction};
use crate::ui::memo::memo;
use crate::ui::palette::acts::Act;
use crate::ui::story::Story;
use crate::ui::world_views::WorldViews;
use crate::web::address::Address;
use crate::web::session::Session;
use quorum_facade::milvus::topology::Component;
use quorum_facade::{Command, Event, Snapshot};
use quorum_i18n::Lang;
use quorum_types::NodeId;

crate::chunk::code! {
    /// Fetches the views of a Milvus cluster.
    milvus_views: &'static dyn WorldViews = &MilvusViews
}

/// The views of a Milvus cluster.
struct MilvusViews;

impl WorldViews for MilvusViews {
    fn stage(
        &self,
        session: &Session,
        pick: Option<Pick>,
        onpick: Callback<Option<Pick>>,
        _: &Callback<Intent>,
    ) -> Html {
        html! { <><LiveMap session={session.clone()} {pick} {onpick} />{ memo(panels::legend, ()) }</> }
    }

    fn vitals(&self, now: &Rc<Snapshot>) -> Html {
        memo(panels::vitals, now.clone())
    }

    fn tools(
        &self,
        now: &Rc<Snapshot>,
        pick: Option<Pick>,
        running: bool,
        onintent: &Callback<Intent>,
    ) -> Html {
        memo(panels::tools, ToolsProps { now: now.clone(), pick, running, onintent: onintent.clone() })
    }

    fn gauges(
        &self,
        (session, address): (&Session, &Address),
        now: &Rc<Snapshot>,
        running: bool,
        onintent: &Callback<Intent>,
    ) -> Html {
        let (set, seed) = (changed(now), now.seed);
        html! {
            <>
                { panels::measured(now) }
                { reads(now, running, onintent) }
                { kept(now, running, onintent) }
                <Experiments session={session.clone()} address={address.clone()} {set} {seed} {running} />
                { invariants(now) }
            </>
        }
    }

    fn inspector(&self, looking: Looking) -> Html {
        html! { <PodInspector ..looking /> }
    }

    fn setup(
        &self,
        now: Rc<Snapshot>,
        topology: String,
        running: bool,
        (onintent, onopen): (Callback<Intent>, Callback<String>),
    ) -> Html {
        html! { <Setup {now} {topology} {running} {onintent} {onopen} /> }
    }

    fn sentence(&self, lang: Lang, event: &Event, pods: &[Component]) -> Option<String> {
        narrate::sentence(lang, event, pods)
    }

    fn leads(&self, lang: Lang, now: &Snapshot, story: &Story) -> Vec<String> {
        answers::leads(lang, now, story)
    }

    fn digit(&self, now: &Snapshot, id: NodeId) -> Option<Pick> {
        pod_actions::pod(now, id).map(|pod| Pick::Node(pod.id))
    }

    fn acts(&self, lang: Lang, _: Option<Pick>, now: &Snapshot) -> Vec<Act> {
        pod_actions::acts(lang, now)
    }

    fn strike(&self, tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
        pod_actions::strike(tool, pick, now)
    }

    fn pod_commands(&self, action: PodAction, now: &Snapshot) -> Vec<Command> {
        pod_actions::commands(action, now)
    }
}
