//! Actions that can be applied to a replica set from outside: faults, their ends, and operator requests.
//!
//! A schedule is a list of actions with their times; together with the seed it determines a run ([`super::swarm`]).
//! Guarantees: actions are plain data and read as one flat object, `{"op": …}` ([`crate::flat`]). Leaves out: the
//! consequences of actions (`cluster`).

use serde::{Deserialize, Serialize};

use super::network::Weather;
use quorum_raft::{Change, ConfChange, Rule};
use quorum_types::{Micros, NodeId};

/// An action on a replica set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Action {
    /// Cuts a node's power; `torn_bytes` bytes of its unsynced data survive. With `sectors`, a random stream of this
    /// seed chooses instead which unsynced sectors survive, and which removals and truncations of files took effect.
    Kill {
        node: NodeId,
        #[serde(default)]
        torn_bytes: u64,
        #[serde(default)]
        sectors: Option<u64>,
    },
    /// Restores a node's power.
    Restart { node: NodeId },
    /// Kills and restarts a node `times` times, `every_us` microseconds apart.
    CrashLoop { node: NodeId, times: u32, every_us: Micros },
    /// Pauses a node; its memory is kept.
    Pause { node: NodeId },
    /// Resumes a paused node.
    Resume { node: NodeId },
    /// Cuts all power and restores it; what survives on each node is chosen as by `kill`.
    PowerCut {
        #[serde(default)]
        torn_bytes: u64,
        #[serde(default)]
        sectors: Option<u64>,
    },
    /// Cuts a link, or one direction of it.
    Cut {
        from: NodeId,
        to: NodeId,
        #[serde(default)]
        one_way: bool,
    },
    /// Cuts all links between the nodes in `side` and the others.
    Partition { side: Vec<NodeId> },
    /// Heals all links, and removes the delay of those that are clogged.
    Heal,
    /// Heals one link, in both directions. In JSON the word is `heal`, with both ends.
    HealLink {
        #[serde(default)]
        from: Option<NodeId>,
        #[serde(default)]
        to: Option<NodeId>,
    },
    /// Delays everything sent from one node to another by `us` microseconds.
    Clog { from: NodeId, to: NodeId, us: Micros },
    /// Loses, duplicates and reorders the given numbers of packets in a thousand.
    Weather(Weather),
    /// Cuts a node's power and removes its disk.
    Wipe { node: NodeId },
    /// Makes a node's disk misbehave, at this part of its log in thousandths.
    Disk {
        node: NodeId,
        fault: DiskFault,
        #[serde(default)]
        at: u16,
    },
    /// Makes a node's clock run faster (slower if negative) after a jump; with a period, faster and slower alternately.
    Clock {
        node: NodeId,
        #[serde(default)]
        drift_ppm: i64,
        #[serde(default)]
        jump_us: i64,
        #[serde(default)]
        period_us: Micros,
    },
    /// Makes a node stand for election now.
    Campaign { node: NodeId },
    /// Makes the leader transfer leadership.
    Transfer { to: NodeId },
    /// Changes the configuration.
    Conf {
        mode: ConfMode,
        #[serde(default)]
        changes: Vec<Change>,
    },
    /// Makes a node take a snapshot and compact its log.
    TakeSnapshot { node: NodeId },
    /// Switches a rule.
    Rule { name: Rule, on: bool },
    /// Starts or stops the client's operations.
    Client { on: bool },
    /// Loses a message that is in transit, by its number.
    DropMessage { message: u64 },
}

/// How a disk misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskFault {
    /// A bit flips.
    BitFlip,
    /// Bytes read as zeros.
    Zero,
    /// A write is lost.
    Stale,
    /// A write lands in another place.
    Misdirect,
    /// Syncs end without making anything durable.
    Lie,
    /// Syncs work correctly again.
    Honest,
}

/// How a configuration is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfMode {
    /// Changes one node.
    Single,
    /// Changes several nodes, through a joint configuration.
    Joint,
    /// Leaves the joint configuration.
    Leave,
}

impl DiskFault {
    /// The fault's name.
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
    /// The action's name, for counts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kill { sectors: None, .. } => "kill",
            Self::Kill { .. } => "kill_in_sectors",
            Self::Restart { .. } => "restart",
            Self::CrashLoop { .. } => "crash_loop",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::PowerCut { sectors: None, .. } => "power_cut",
            Self::PowerCut { .. } => "power_cut_in_sectors",
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
            Self::DropMessage { .. } => "drop_message",
        }
    }
}

/// Returns the configuration change for a mode and a list of changes, if they form one.
pub fn conf_change(mode: ConfMode, changes: &[Change]) -> Option<ConfChange> {
    match (mode, changes) {
        (ConfMode::Single, [change]) => Some(ConfChange::Single(*change)),
        (ConfMode::Joint, [_, ..]) => Some(ConfChange::Joint(changes.to_vec())),
        (ConfMode::Leave, []) => Some(ConfChange::Leave),
        _ => None,
    }
}
