//! Fault events: faults injected into nodes, disks, clocks and rules, and the opening of the run itself.
//!
//! Leaves out: link faults (`network`), and the consequences of a fault.

use serde::{Deserialize, Serialize};

use super::Moment;

/// A fault, the end of a fault, or an event of the run itself.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum FaultEvent {
    /// The world was opened for the `boot`-th time.
    Opened { boot: u32, nodes: u32 } = 0,
    /// All power was lost; unsynced data is gone.
    PowerCut,
    /// The node lost power; its unsynced data is gone.
    Killed,
    /// The node has power again and reads its log.
    Restarted,
    /// The node stopped running but kept its memory.
    Paused,
    /// The node runs again.
    Resumed,
    /// All data on the node's disk is gone.
    DiskLost = 10,
    /// The disk starts to misbehave or to work correctly again: `bit_flip`, `zero`, `stale`, `misdirect`, `lie` or
    /// `honest`.
    DiskFault { fault: String },
    /// The node's clock jumped by `jump_us` and now runs `drift_ppm` parts per million faster than the world.
    ClockSet { drift_ppm: i64, jump_us: i64 },
    /// A rule was switched on or off.
    RuleSwitched { rule: String, on: bool },
    /// More data was destroyed than the protocol can recover: data missing from here on counts as lost, not as a
    /// violation.
    BudgetExceeded { why: String },
    /// Power is about to fail at the chosen moment.
    TrapSprung { moment: Moment } = 30,
}
