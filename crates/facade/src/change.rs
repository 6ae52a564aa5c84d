//! A change at a cause, for “what if”.
//!
//! Guarantees: plain data. Leaves out: running it (`what_if`).

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// A change at a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum Change {
    /// The command is not given.
    WithoutCommand,
    /// The node's clock is set back by this much, so that its timer runs out later.
    DelayTimer { node: NodeId, us: Micros },
    /// The message is lost.
    DropMessage { message: u64 },
}
