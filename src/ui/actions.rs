//! What the learner can ask for, and how it is asked of the session.
//!
//! Promises: one list for buttons and keys; what is refused is said, never swallowed. Leaves out: time
//! (`transport`) and selection (the stage).

use std::rc::Rc;

use super::cluster::leader;
use crate::lab::snapshot::Snapshot;
use crate::lab::{Answer, Command};
use crate::types::NodeId;
use crate::types::order::sort;
use crate::web::session::Session;
use crate::web::wire::Pace;
use crate::words::Lang;

/// Bytes of an unfinished write that reach each disk when all power is cut.
const TORN_BYTES: u64 = 7;

/// What the learner can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Insert so many rows.
    Insert(u64),
    /// Query the first ten rows.
    QueryFirstTen,
    /// Check count, samples, range and dimensions.
    Prove,
    /// End the worker on the spot.
    PullPlug,
    /// Open again on the same data.
    Reopen,
    /// Kill whoever leads.
    KillLeader,
    /// Kill until three are down, the leader first.
    KillThree,
    /// Restart whoever is down.
    RestartAll,
    /// Cut all power at once, and give it back.
    PowerCut,
    /// Kill a node.
    Kill(NodeId),
    /// Restart a node.
    Restart(NodeId),
    /// Freeze or thaw a node.
    Freeze(NodeId),
    /// Cut or heal a link.
    Link(NodeId, NodeId),
    /// Cut all links of a node, or heal them when all are cut.
    Isolate(NodeId),
    /// Start or stop the client.
    Client(bool),
    /// Take the writer's place from another tab.
    TakeOver,
    /// Erase what is stored and open anew.
    Erase,
    /// Keep rows in the browser, or in memory only; opens anew.
    Keep(bool),
}

impl Act {
    /// A lesson's action by its name in manifests and in the document.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "insert-1000" => Self::Insert(1_000),
            "insert-10000" => Self::Insert(10_000),
            "query-first-ten" => Self::QueryFirstTen,
            "prove" => Self::Prove,
            "pull-plug" => Self::PullPlug,
            "reopen" => Self::Reopen,
            "kill-leader" => Self::KillLeader,
            "kill-three" => Self::KillThree,
            "restart-all" => Self::RestartAll,
            "power-cut" => Self::PowerCut,
            _ => return None,
        })
    }

    /// Whether it makes sense now: a plug can be pulled from what runs, and only what is off can be opened.
    pub(crate) fn possible(self, running: bool, stopped: bool, now: Option<&Snapshot>) -> bool {
        match self {
            Self::Reopen => stopped,
            Self::KillLeader => running && now.and_then(leader).is_some(),
            Self::KillThree => running && now.is_some_and(|now| !to_kill(now).is_empty()),
            Self::RestartAll => running && now.is_some_and(|now| now.nodes.iter().any(|node| !node.alive)),
            Self::TakeOver | Self::Erase | Self::Keep(_) => true,
            _ => running,
        }
    }
}

/// The nodes to kill so that three are down, the leader first.
fn to_kill(now: &Snapshot) -> Vec<NodeId> {
    let down = now.nodes.iter().filter(|node| !node.alive).count();
    let first = leader(now);
    let mut alive: Vec<NodeId> = now.nodes.iter().filter(|node| node.alive).map(|node| node.id).collect();
    sort(&mut alive, |a, b| (Some(*a) != first, a).cmp(&(Some(*b) != first, b)));
    alive.truncate(3usize.saturating_sub(down));
    alive
}

/// The commands that an action amounts to at this moment.
pub(crate) fn commands(act: Act, now: &Snapshot) -> Vec<Command> {
    let kill = |node| Command::Kill { node };
    match act {
        Act::Insert(rows) => vec![Command::insert(rows, 1_000)],
        Act::KillLeader => leader(now).map(kill).into_iter().collect(),
        Act::KillThree => to_kill(now).into_iter().map(kill).collect(),
        Act::RestartAll => now
            .nodes
            .iter()
            .filter(|node| !node.alive)
            .map(|node| Command::Restart { node: node.id })
            .collect(),
        // A few bytes of what was being written reach the disk, as they do when real power fails.
        Act::PowerCut => vec![Command::PowerCut { torn_bytes: TORN_BYTES }],
        Act::Kill(node) => vec![kill(node)],
        Act::Restart(node) => vec![Command::Restart { node }],
        Act::Freeze(node) => {
            let paused = now.nodes.iter().any(|facts| facts.id == node && facts.paused);
            vec![if paused { Command::Resume { node } } else { Command::Pause { node } }]
        }
        Act::Link(a, b) => vec![link(a, b, is_cut(now, a, b))],
        Act::Isolate(node) => {
            let others: Vec<NodeId> =
                now.nodes.iter().map(|facts| facts.id).filter(|id| *id != node).collect();
            let all_cut = others.iter().all(|other| is_cut(now, node, *other));
            others
                .into_iter()
                .filter(|other| is_cut(now, node, *other) == all_cut)
                .map(|other| link(node.min(other), node.max(other), all_cut))
                .collect()
        }
        Act::Client(on) => vec![Command::Client { on }],
        Act::QueryFirstTen
        | Act::Prove
        | Act::PullPlug
        | Act::Reopen
        | Act::TakeOver
        | Act::Erase
        | Act::Keep(_) => Vec::new(),
    }
}

fn link(from: NodeId, to: NodeId, heal: bool) -> Command {
    if heal {
        Command::Heal { from: Some(from), to: Some(to) }
    } else {
        Command::Cut { from, to, one_way: false }
    }
}

/// Whether the link between two nodes is cut in either direction.
pub(crate) fn is_cut(now: &Snapshot, a: NodeId, b: NodeId) -> bool {
    now.cut.iter().any(|&pair| pair == (a, b) || pair == (b, a))
}

/// Executes an action's commands one after the other; a refusal comes back as a sentence.
pub(crate) async fn run(session: &Session, act: Act, lang: Lang) -> Result<(), String> {
    let now: Rc<Snapshot> = session.moment().unwrap_or_default();
    let all = commands(act, &now);
    // A slow disk keeps to the clock, and the clock may have been stopped.
    if matches!(act, Act::Insert(_)) {
        session.pace(Pace::Play);
    }
    if all.is_empty() {
        match act {
            Act::KillLeader => return Err(lang.t("no-leader")),
            Act::RestartAll => return Err(lang.t("none-down")),
            _ => {}
        }
    }
    for command in all {
        if let Answer::Refused { error, .. } = session.execute(command).await {
            return Err(lang.f("notice-refused", &[("error", error.into())]));
        }
    }
    Ok(())
}
