//! The actions on a cluster, and their commands.
//!
//! Guarantees: an action that makes no sense now is not offered. Leaves out: how commands are sent (`actions`).

use super::pod::kind_text;
use crate::ui::actions::Intent;
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::palette::acts::{Act, Target, of_tools};
use quorum_facade::milvus::snapshot::{PodFacts, PodState};
use quorum_facade::milvus::topology::Component;
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Action, Command, Control, MilvusAction};
use quorum_i18n::Lang;
use quorum_types::NodeId;

/// An action on a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodAction {
    /// Kill a pod.
    Kill(NodeId),
    /// Start it again.
    Restart(NodeId),
    /// Pause it with its memory kept.
    Pause(NodeId),
    /// Resume it.
    Resume(NodeId),
    /// Cut a pod from all others.
    CutOff(NodeId),
    /// Kill all pods of a zone.
    KillZone(u32),
    /// Heal all links.
    Heal,
    /// Change a setting of the run.
    Set(&'static str, u64),
    /// Give the cluster an order.
    Order(Order),
}

/// An order to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Flush what grows.
    Flush,
    /// Take a snapshot under this name.
    Snapshot(u64),
    /// Restore one: in the collection, or apart as a new one.
    Restore {
        /// Its name.
        snapshot: u64,
        /// Whether its rows become a new collection.
        apart: bool,
    },
    /// Drop one.
    DropSnapshot(u64),
    /// Import this many rows.
    Import(u64),
    /// Delete everything that is flushed.
    Truncate,
}

impl Order {
    fn action(self) -> MilvusAction {
        match self {
            Self::Flush => MilvusAction::FlushCollection,
            Self::Snapshot(snapshot) => MilvusAction::CreateSnapshot { snapshot },
            Self::Restore { snapshot, apart } => MilvusAction::RestoreSnapshot { snapshot, apart },
            Self::DropSnapshot(snapshot) => MilvusAction::DropSnapshot { snapshot },
            Self::Import(rows) => MilvusAction::ImportRows { rows, bad: false },
            Self::Truncate => MilvusAction::TruncateCollection,
        }
    }
}

/// The commands of an action.
pub(crate) fn commands(action: PodAction, _: &Snapshot) -> Vec<Command> {
    let one = match action {
        PodAction::Kill(node) => Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None }),
        PodAction::Restart(node) => Command::Cluster(Action::Restart { node }),
        PodAction::Pause(node) => Command::Cluster(Action::Pause { node }),
        PodAction::Resume(node) => Command::Cluster(Action::Resume { node }),
        PodAction::CutOff(node) => Command::Cluster(Action::Partition { side: vec![node] }),
        PodAction::Heal => Command::Cluster(Action::Heal),
        PodAction::KillZone(zone) => Command::Milvus(MilvusAction::KillZone { zone }),
        PodAction::Order(order) => Command::Milvus(order.action()),
        PodAction::Set(name, value) => Command::Control(Control::Set { name: name.to_owned(), value }),
    };
    vec![one]
}

fn pods(now: &Snapshot) -> &[PodFacts] {
    now.milvus.as_ref().map(|facts| facts.pods.as_slice()).unwrap_or_default()
}

/// A pod at a moment.
pub(crate) fn pod(now: &Snapshot, id: NodeId) -> Option<&PodFacts> {
    pods(now).iter().find(|pod| pod.id == id)
}

/// Whether it can be killed: the object store is assumed to be always available.
pub(crate) fn mortal(pod: &PodFacts) -> bool {
    pod.component != Component::ObjectStore
}

/// The actions on a pod that make sense now: kill, restart, pause or resume, cut or heal, and its zone.
pub(crate) fn possible(now: &Snapshot, id: Option<NodeId>) -> [Option<PodAction>; 5] {
    let any_cut = now.milvus.as_ref().is_some_and(|facts| !facts.cut.is_empty());
    let Some(pod) = id.and_then(|id| pod(now, id)) else {
        return [None, None, None, any_cut.then_some(PodAction::Heal), None];
    };
    let id = pod.id;
    let lives = pod.state != PodState::Down;
    let own_cut = now.milvus.as_ref().is_some_and(|facts| {
        let others: Vec<_> = facts.cut.iter().filter(|pair| pair.0 == id || pair.1 == id).collect();
        others.len() >= facts.pods.len().saturating_sub(1)
    });
    let freeze = match pod.state {
        PodState::Paused => Some(PodAction::Resume(id)),
        PodState::Up => Some(PodAction::Pause(id)),
        PodState::Down | PodState::Booting => None,
    };
    let cut = if own_cut { PodAction::Heal } else { PodAction::CutOff(id) };
    [
        (lives && mortal(pod)).then_some(PodAction::Kill(id)),
        (!lives).then_some(PodAction::Restart(id)),
        freeze.filter(|_| mortal(pod)),
        Some(cut).filter(|_| mortal(pod)),
        Some(PodAction::KillZone(pod.zone)),
    ]
}

/// The action of a tool on the selection at this moment.
pub(crate) fn strike(tool: Tool, pick: Option<Pick>, now: &Snapshot) -> Option<Intent> {
    let Some(Pick::Node(id)) = pick else { return None };
    let [kill, restart, freeze, cut, _] = possible(now, Some(id));
    let action = match tool {
        Tool::Kill => kill,
        Tool::Restart => restart,
        Tool::Freeze => freeze,
        Tool::Cut => cut,
    };
    action.map(Intent::Cluster)
}

/// The actions that the palette lists: the tools on every pod, and the end of all cuts.
pub(crate) fn acts(lang: Lang, now: &Snapshot) -> Vec<Act> {
    let mut acts = Vec::new();
    for pod in pods(now) {
        let pick = Pick::Node(pod.id);
        let kind = kind_text(lang, pod.component);
        let target = Target {
            pick,
            word: pod.id.to_string(),
            name: lang.f("mc-pod", &[("id", pod.id.into()), ("kind", kind.into())]),
            alive: pod.state != PodState::Down,
            paused: pod.state == PodState::Paused,
            cut: possible(now, Some(pod.id))[3] == Some(PodAction::Heal),
        };
        acts.extend(of_tools(lang, &target, |tool| strike(tool, Some(pick), now)));
    }
    acts.push(Act {
        word: "heal".to_owned(),
        icon: "heal",
        text: lang.t("mc-heal"),
        key: None,
        intent: possible(now, None)[3].map(Intent::Cluster),
        why: "pal-why-nothing-cut",
        pick: None,
    });
    acts
}
