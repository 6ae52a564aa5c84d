//! The views of worlds that only the whole program has, as the other views call them.
//!
//! Promises: in the small program there is nothing to show and nothing to do, and no bytes for it. Leaves out: the views
//! themselves (`milvus`).

/// The control planes to begin with: the word in the document, the topology, title.
pub(crate) const PRESETS: [(&str, &str, &str); 3] = [
    ("course", "milvus", "home-milvus-course"),
    ("2.5", "milvus:control_plane=1", "home-milvus-25"),
    ("2.6", "milvus:control_plane=2", "home-milvus-26"),
];

#[cfg(feature = "whole")]
pub(crate) use whole::*;

#[cfg(not(feature = "whole"))]
pub(crate) use small::*;

#[cfg(feature = "whole")]
mod whole {
    use std::rc::Rc;

    use yew::prelude::*;

    use crate::lab::Snapshot;
    use crate::lab::milvus::facts::PodState;
    use crate::lab::milvus::shape::Component;
    use crate::types::NodeId;
    use crate::ui::actions::Act;
    use crate::ui::cluster::Pick;
    use crate::ui::memo::memo;
    use crate::ui::milvus::{
        self, drills::Drills, load::LoadTest, majority::Majority, map::LiveMap, panels::ToolsProps,
        reads::reads, setup::Setup,
    };
    use crate::web::address::Address;
    use crate::web::session::Session;

    pub(crate) use milvus::deeds::{Deed, commands, strike};
    pub(crate) use milvus::narrate::{mark, repeats, sentence, tells_a_cluster, worth_telling};
    pub(crate) use milvus::{is_cluster, kinds};

    /// What the pods are, by number.
    pub(crate) type Kinds = Rc<Vec<Component>>;
    /// How the pods stand, as far as the page is drawn anew for it.
    pub(crate) type Pods = Vec<(PodState, bool, bool)>;

    pub(crate) fn pods(now: &Snapshot) -> Pods {
        let pods = now.milvus.iter().flat_map(|facts| &facts.pods);
        pods.map(|pod| (pod.state, pod.active, pod.taken_out)).collect()
    }

    /// Whether such a world is there to be drawn.
    pub(crate) fn is_there(now: &Snapshot) -> bool {
        now.milvus.is_some()
    }

    pub(crate) fn has_pod(now: &Snapshot, id: NodeId) -> bool {
        milvus::deeds::pod(now, id).is_some()
    }

    pub(crate) fn style() -> Html {
        memo(|_, ()| milvus::style(), ())
    }

    pub(crate) fn vitals(now: &Rc<Snapshot>) -> Html {
        memo(milvus::panels::vitals, now.clone())
    }

    pub(crate) fn tools(
        now: &Rc<Snapshot>,
        pick: Option<Pick>,
        running: bool,
        onact: &Callback<Act>,
    ) -> Html {
        let onact = onact.clone();
        memo(milvus::panels::tools, ToolsProps { now: now.clone(), pick, running, onact })
    }

    pub(crate) fn gauges(
        (session, address): (&Session, &Address),
        now: &Rc<Snapshot>,
        running: bool,
        onact: &Callback<Act>,
    ) -> Html {
        let (set, seed) = (milvus::changed(now), now.seed);
        html! {
            <>
                { milvus::panels::measured(now) }
                { reads(now, running, onact) }
                <Drills session={session.clone()} address={address.clone()} {set} {seed} {running} />
                <Majority />
                <LoadTest />
            </>
        }
    }

    pub(crate) fn stage(session: &Session, pick: Option<Pick>, onpick: Callback<Option<Pick>>) -> Html {
        html! { <><LiveMap session={session.clone()} {pick} {onpick} />{ memo(milvus::panels::legend, ()) }</> }
    }

    /// What the world is made of, to be changed.
    pub(crate) fn setup(
        now: Rc<Snapshot>,
        topology: String,
        running: bool,
        onact: Callback<Act>,
        onopen: Callback<String>,
    ) -> Html {
        html! { <Setup {now} {topology} {running} {onact} {onopen} /> }
    }
}

#[cfg(not(feature = "whole"))]
mod small {
    use std::rc::Rc;

    use yew::prelude::*;

    use crate::lab::{Command, Event, EventKind, Snapshot};
    use crate::types::NodeId;
    use crate::ui::actions::Act;
    use crate::ui::cluster::Pick;
    use crate::ui::controls::Tool;
    use crate::ui::story::MarkKind;
    use crate::web::address::Address;
    use crate::web::session::Session;
    use crate::words::Lang;

    /// There are no pods to have a kind.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct Kinds;

    /// There are no pods to change.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub(crate) struct Pods;

    /// There is nothing that could be done.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Deed {}

    pub(crate) fn commands(deed: Deed, _: &Snapshot) -> Vec<Command> {
        match deed {}
    }

    pub(crate) fn strike(_: Tool, _: Option<Pick>, _: &Snapshot) -> Option<Act> {
        None
    }

    pub(crate) fn sentence(_: Lang, _: &Event, _: &Kinds) -> Option<String> {
        None
    }

    pub(crate) fn tells_a_cluster(_: &EventKind) -> bool {
        false
    }

    pub(crate) fn worth_telling(_: &EventKind) -> bool {
        true
    }

    pub(crate) fn repeats(_: &EventKind, _: &EventKind) -> bool {
        false
    }

    pub(crate) fn mark(_: NodeId, _: &EventKind) -> Option<MarkKind> {
        None
    }

    pub(crate) fn is_cluster(_: &str) -> bool {
        false
    }

    pub(crate) fn kinds(_: &Snapshot) -> Kinds {
        Kinds
    }

    pub(crate) fn pods(_: &Snapshot) -> Pods {
        Pods
    }

    pub(crate) fn is_there(_: &Snapshot) -> bool {
        false
    }

    pub(crate) fn has_pod(_: &Snapshot, _: NodeId) -> bool {
        false
    }

    pub(crate) fn style() -> Html {
        Html::default()
    }

    pub(crate) fn vitals(_: &Rc<Snapshot>) -> Html {
        Html::default()
    }

    pub(crate) fn tools(_: &Rc<Snapshot>, _: Option<Pick>, _: bool, _: &Callback<Act>) -> Html {
        Html::default()
    }

    pub(crate) fn gauges(_: (&Session, &Address), _: &Rc<Snapshot>, _: bool, _: &Callback<Act>) -> Html {
        Html::default()
    }

    pub(crate) fn stage(_: &Session, _: Option<Pick>, _: Callback<Option<Pick>>) -> Html {
        Html::default()
    }

    pub(crate) fn setup(_: Rc<Snapshot>, _: String, _: bool, _: Callback<Act>, _: Callback<String>) -> Html {
        Html::default()
    }
}
