//! The actions on a cluster, and their commands.
//!
//! Guarantees: an action that makes no sense now is not offered. Leaves out: how commands are sent (`actions`).

use super::pod::kind_text;
use crate::ui::cluster::Pick;
use crate::ui::controls::Tool;
use crate::ui::intent::{Intent, Order, PodAction};
use crate::ui::palette::acts::{Act, Target, of_tools};
use quorum_facade::milvus::snapshot::{PodFacts, PodState};
use quorum_facade::milvus::topology::Component;
use quorum_facade::snapshot::Snapshot;
use quorum_facade::{Action, Command, Control, MilvusAction};
use quorum_i18n::Lang;
use quorum_types::NodeId;

/// The action of an order.
fn ordered(order: Order) -> MilvusAction {
    match order {
        Order::Flush => MilvusAction::FlushCollection,
        Order::Snapshot(snapshot) => MilvusAction::CreateSnapshot { snapshot },
        Order::Restore { snapshot, apart } => MilvusAction::RestoreSnapshot { snapshot, apart },
        Order::DropSnapshot(snapshot) => MilvusAction::DropSnapshot { snapshot },
        Order::Import(rows) => MilvusAction::ImportRows { rows, bad: false },
        Order::Truncate => MilvusAction::TruncateCollection,
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
        PodAction::Order(order) => Command::Milvus(ordered(order)),
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
