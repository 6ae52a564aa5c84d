//! What can be done to a replica set from outside: faults, their ends, and what an operator may ask for.
//!
//! A schedule is a list of actions with the times at which they are done; with the seed it makes a run
//! ([`super::swarm`]). Promises: plain data that reads as one flat object, `{"op": …}` ([`crate::flat`]). Leaves out: what
//! follows from them (`cluster`).

use serde::{Deserialize, Serialize};

use super::network::Weather;
use quorum_raft::{Change, ConfChange, Rule};
use quorum_types::{Micros, NodeId};

/// What can be done to a replica set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Action {
    /// Cut a node's power; of what was not synced so many bytes stay.
    Kill {
        node: NodeId,
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Give it back.
    Restart { node: NodeId },
    /// Kill and restart a node so many times, with so much time between.
    CrashLoop { node: NodeId, times: u32, every_us: Micros },
    /// Stop a node with its memory kept.
    Pause { node: NodeId },
    /// Let it run on.
    Resume { node: NodeId },
    /// Cut all power and give it back.
    PowerCut {
        #[serde(default)]
        torn_bytes: u64,
    },
    /// Cut a link, or one direction of it.
    Cut {
        from: NodeId,
        to: NodeId,
        #[serde(default)]
        one_way: bool,
    },
    /// Cut all links between these nodes and the others.
    Partition { side: Vec<NodeId> },
    /// Mend all links, and free those that are clogged.
    Heal,
    /// Mend one link, in both directions. In JSON the word is `heal`, with both ends.
    HealLink {
        #[serde(default)]
        from: Option<NodeId>,
        #[serde(default)]
        to: Option<NodeId>,
    },
    /// Hold back what is sent from one node to another for so long.
    Clog { from: NodeId, to: NodeId, us: Micros },
    /// Lose, repeat and reorder so many of a thousand packets.
    Weather(Weather),
    /// Cut a node's power and take its disk away.
    Wipe { node: NodeId },
    /// Let a node's disk do something wrong, at this part of its log in a thousand.
    Disk {
        node: NodeId,
        fault: DiskFault,
        #[serde(default)]
        at: u16,
    },
    /// Let a node's clock run faster (slower if negative) after a jump; with a period, faster and slower by turns.
    Clock {
        node: NodeId,
        #[serde(default)]
        drift_ppm: i64,
        #[serde(default)]
        jump_us: i64,
        #[serde(default)]
        period_us: Micros,
    },
    /// Let a node stand for election now.
    Campaign { node: NodeId },
    /// Let the leader hand over.
    Transfer { to: NodeId },
    /// Change the configuration.
    Conf {
        mode: ConfMode,
        #[serde(default)]
        changes: Vec<Change>,
    },
    /// Let a snapshot stand for a node's log.
    TakeSnapshot { node: NodeId },
    /// Switch a rule.
    Rule { name: Rule, on: bool },
    /// Start or stop the client's operations.
    Client { on: bool },
}

/// What a disk does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// A bit changes.
    BitFlip,
    /// Bytes read as zeros.
    Zero,
    /// A write never happened.
    Stale,
    /// A write landed in another place.
    Misdirect,
    /// Syncs end without making anything durable.
    Lie,
    /// Syncs do their work again.
    Honest,
}

/// How a configuration is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfMode {
    /// One node.
    Single,
    /// Several, by way of a joint configuration.
    Joint,
    /// Out of the joint configuration.
    Leave,
}

impl DiskFault {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BitFlip => "bit_flip",
            Self::Zero => "zero",
            Self::Stale => "stale",
            Self::Misdirect => "misdirect",
            Self::Lie => "lie",
            Self::Honest => "honest",
        }
    }
}

impl Action {
    /// Its name, for counts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill",
            Self::Restart { .. } => "restart",
            Self::CrashLoop { .. } => "crash_loop",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::PowerCut { .. } => "power_cut",
            Self::Cut { one_way: false, .. } => "cut",
            Self::Cut { one_way: true, .. } => "cut_one_way",
            Self::Partition { .. } => "partition",
            Self::Heal | Self::HealLink { .. } => "heal",
            Self::Clog { .. } => "clog",
            Self::Weather(_) => "weather",
            Self::Wipe { .. } => "wipe",
            Self::Disk { fault, .. } => fault.name(),
            Self::Clock { .. } => "clock",
            Self::Campaign { .. } => "campaign",
            Self::Transfer { .. } => "transfer",
            Self::Conf { .. } => "conf",
            Self::TakeSnapshot { .. } => "take_snapshot",
            Self::Rule { .. } => "rule",
            Self::Client { .. } => "client",
        }
    }
}

/// The change that a mode and a list of nodes make, if they make one.
pub fn conf_change(mode: ConfMode, changes: &[Change]) -> Option<ConfChange> {
    match (mode, changes) {
        (ConfMode::Single, [change]) => Some(ConfChange::Single(*change)),
        (ConfMode::Joint, [_, ..]) => Some(ConfChange::Joint(changes.to_vec())),
        (ConfMode::Leave, []) => Some(ConfChange::Leave),
        _ => None,
    }
}
