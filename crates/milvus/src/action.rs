//! Actions that change a cluster from outside.
//!
//! Guarantees: plain data that serializes like the façade's commands, `{"op": …}`. Leaves out: the effects.

use serde::{Deserialize, Serialize};

use quorum_types::NodeId;

/// An action on a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Action {
    /// Cuts a pod's power.
    Kill { node: NodeId },
    /// Stops a pod gracefully: it hands over its duties, then exits.
    Stop { node: NodeId },
    /// Starts it again.
    Restart { node: NodeId },
    /// Pauses a pod; its memory is kept.
    Pause { node: NodeId },
    /// Resumes a paused pod.
    Resume { node: NodeId },
    /// Cuts the power of every pod in a zone, counted from 0.
    KillZone { zone: u32 },
    /// Cuts a link, or one direction of it.
    Cut {
        from: NodeId,
        to: NodeId,
        #[serde(default)]
        one_way: bool,
    },
    /// Cuts all links between these pods and the others, except those to `but`.
    Partition {
        side: Vec<NodeId>,
        #[serde(default)]
        but: Vec<NodeId>,
    },
    /// Restores all links.
    Heal,
}
