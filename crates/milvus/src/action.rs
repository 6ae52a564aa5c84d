//! What can be done to a cluster from outside.
//!
//! Promises: plain data that reads as the commands of the façade do, `{"op": …}`. Leaves out: what follows.

use serde::{Deserialize, Serialize};

use quorum_types::NodeId;

/// What can be done to a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Action {
    /// Cut a pod's power.
    Kill { node: NodeId },
    /// Stop a pod as an operator would: it hands over what it does, then ends.
    Stop { node: NodeId },
    /// Start it again.
    Restart { node: NodeId },
    /// Stop a pod with its memory kept.
    Pause { node: NodeId },
    /// Let it run on.
    Resume { node: NodeId },
    /// Cut the power of every pod in a zone, from 0.
    KillZone { zone: u32 },
    /// Cut a link, or one direction of it.
    Cut {
        from: NodeId,
        to: NodeId,
        #[serde(default)]
        one_way: bool,
    },
    /// Cut all links between these pods and the others, but for those to `but`.
    Partition {
        side: Vec<NodeId>,
        #[serde(default)]
        but: Vec<NodeId>,
    },
    /// Mend all links.
    Heal,
}
