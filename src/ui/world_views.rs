//! What the views of a Milvus cluster and of two regions have in common, as the enclosing views call them.
//!
//! Guarantees: a world implements what it has; the rest draws and does nothing. Leaves out: which world runs (`worlds`).

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::actions::Intent;
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::inspect::Looking;
use crate::ui::milvus::pod_actions::PodAction;
use crate::ui::regions::narrate::Mark;
use crate::ui::regions::region_actions::RegionIntent;
use crate::web::address::Address;
use crate::web::session::Session;
use quorum_facade::milvus::topology::Component;
use quorum_facade::{Command, Event, Snapshot};
use quorum_i18n::Lang;
use quorum_types::NodeId;

/// A mark on the timeline: its class, its icon, what it says.
pub(crate) type MarkText = (&'static str, &'static str, String);
/// Called with an action.
pub(crate) type OnIntent = Callback<Intent>;
/// Called with a selection.
pub(crate) type PickCallback = Callback<Option<Pick>>;

/// The views of one of these worlds, and what its keys and tools do. Everything is for a snapshot of that world.
pub(crate) trait WorldViews {
    /// The stage.
    fn stage(&self, session: &Session, pick: Option<Pick>, onpick: PickCallback, onintent: &OnIntent)
    -> Html;
    /// The figures above the stage.
    fn vitals(&self, now: &Rc<Snapshot>) -> Html;
    /// The tools below the stage.
    fn tools(&self, now: &Rc<Snapshot>, pick: Option<Pick>, running: bool, onintent: &OnIntent) -> Html;
    /// The instruments beside the stage.
    fn gauges(
        &self,
        of: (&Session, &Address),
        now: &Rc<Snapshot>,
        running: bool,
        onintent: &OnIntent,
    ) -> Html;
    /// What is selected, in detail.
    fn inspector(&self, looking: Looking) -> Html;
    /// The settings of the world, which can be changed; `onopen` opens another topology.
    fn setup(
        &self,
        now: Rc<Snapshot>,
        topology: String,
        running: bool,
        on: (OnIntent, Callback<String>),
    ) -> Html;
    /// The sentence for an event; none for one that is not narrated.
    fn sentence(&self, lang: Lang, event: &Event, pods: &[Component]) -> Option<String>;
    /// The selection of a digit key.
    fn digit(&self, now: &Snapshot, id: NodeId) -> Option<Pick>;
    /// What a tool does to what is selected.
    fn strike(&self, tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent>;
    /// The commands of an action on a pod.
    fn pod_commands(&self, _: PodAction, _: &Snapshot) -> Vec<Command> {
        Vec::new()
    }
    /// The commands of an action on a region.
    fn region_commands(&self, _: RegionIntent, _: &Snapshot) -> Vec<Command> {
        Vec::new()
    }
    /// A mark of two regions: its class, its icon, what it says.
    fn mark_text(&self, _: Lang, _: Mark) -> MarkText {
        ("", "", String::new())
    }
    /// Buttons for leaps through time, where days matter.
    fn leaps(&self, _: Lang, _: &Session, _running: bool) -> Html {
        Html::default()
    }
    /// The rows of the list of keys, where the world has its own.
    fn keys(&self, _: Lang) -> Option<Html> {
        None
    }
    /// The action of a letter key, where the world uses it: an intent, or an immediate leap.
    fn letter(&self, _: char, _: Option<Pick>, _: &Snapshot, _: &Session) -> Option<Intent> {
        None
    }
}
