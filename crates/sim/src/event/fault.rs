//! Faults: what is done to nodes, disks, clocks and rules from outside, and the run that it is done to.
//!
//! Leaves out: faults of links (`network`), and what follows from a fault.

use serde::{Deserialize, Serialize};

use super::Moment;

/// A fault, its end, or the run itself.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum FaultEvent {
    /// The world was opened for the `boot`-th time.
    Opened { boot: u32, nodes: u32 } = 0,
    /// All power was lost; what was not synced is gone.
    PowerCut,
    /// The node lost its power; what was not synced is gone.
    Killed,
    /// The node got its power back and reads its log.
    Restarted,
    /// The node stopped running but kept its memory.
    Paused,
    /// The node runs again.
    Resumed,
    /// Everything on the node's disk is gone.
    DiskLost = 10,
    /// The disk does something wrong: `bit_flip`, `zero`, `stale`, `misdirect`, `lie` or `honest`.
    DiskFault { fault: String },
    /// The node's clock runs so much faster than the world, in parts per million, after a jump.
    ClockSet { drift_ppm: i64, jump_us: i64 },
    /// A rule was switched.
    RuleSwitched { rule: String, on: bool },
    /// More was destroyed than can be brought back: what is missing from here on is lost, not broken.
    BudgetExceeded { why: String },
    /// Power is about to fail at a moment that was chosen.
    TrapSprung { moment: Moment } = 30,
}
