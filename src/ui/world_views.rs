//! The views of each world as types: what the enclosing views can ask of them.
//!
//! Guarantees: a Milvus cluster and two regions implement what they have; the rest draws and does nothing. Leaves out:
//! which world runs and what is loaded (`worlds`), and the views themselves (`engine::views` and its like).

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::inspect::Looking;
use crate::ui::intent::{Intent, PodAction, RegionIntent};
use crate::ui::marks::RegionMark;
use crate::ui::palette::acts::Act;
use crate::ui::panel::PanelProps;
use crate::ui::rules::RulesProps;
use crate::ui::story::Story;
use crate::ui::wal::StageProps;
use crate::web::address::Address;
use crate::web::session::Session;
use quorum_facade::causes::Chain;
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

/// The views of a single engine.
#[derive(Clone, Copy)]
pub(crate) struct EngineViews {
    /// The stage.
    pub(crate) stage: fn(Lang, &StageProps) -> Html,
    /// The panel beside the stage.
    pub(crate) panel: fn(Lang, &PanelProps) -> Html,
}

/// Draws the stage of a replica set; `compact` where there is little room.
type ClusterStage = fn(&Session, compact: bool, Option<Pick>, Callback<Option<Pick>>) -> Html;

/// The views of a replica set.
#[derive(Clone, Copy)]
pub(crate) struct ClusterViews {
    /// The stage.
    pub(crate) stage: ClusterStage,
    /// One snapshot, without anything to select.
    pub(crate) picture: fn(Lang, &Rc<Snapshot>) -> Html,
    /// A chain of causes as a path.
    pub(crate) path: fn(Lang, &Snapshot, &Chain) -> Html,
    /// The figures above the stage.
    pub(crate) vitals: fn(&Rc<Snapshot>) -> Html,
    /// The instruments beside the stage.
    pub(crate) gauges: fn(&Rc<Snapshot>, RulesProps) -> Html,
    /// What is selected, in detail.
    pub(crate) inspector: fn(Looking) -> Html,
    /// What clients saw.
    pub(crate) history: fn(Looking) -> Html,
}

/// The views of a Milvus cluster or of two regions, and what its keys and tools do. Everything is for a snapshot of
/// that world.
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
    /// Who leads, and since when, in sentences.
    fn leads(&self, lang: Lang, now: &Snapshot, story: &Story) -> Vec<String>;
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
    fn mark_text(&self, _: Lang, _: RegionMark) -> MarkText {
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
    /// The actions that the palette lists, with what is selected.
    fn acts(&self, lang: Lang, pick: Option<Pick>, now: &Snapshot) -> Vec<Act>;
    /// The action of a letter key, where the world uses it: an intent, or an immediate leap.
    fn letter(&self, _: char, _: Option<Pick>, _: &Snapshot, _: &Session) -> Option<Intent> {
        None
    }
}
