//! Actions that change a cluster from outside.
//!
//! Guarantees: plain data that serializes like the façade's commands, `{"op": …}`. Leaves out: the effects.

use serde::{Deserialize, Serialize};

use quorum_sim::network::Weather;
use quorum_types::{Micros, NodeId};

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
    /// Restores all links, and removes the delay of those that are clogged.
    Heal,
    /// Delays everything sent from one pod to another by `us` microseconds.
    Clog { from: NodeId, to: NodeId, us: Micros },
    /// Loses, duplicates and reorders the given numbers of packets in a thousand.
    Weather(Weather),
    /// Makes every sync of a pod's disk take this much longer; 0 makes it as fast as before.
    SlowDisk { node: NodeId, ms: u64 },
    /// Fills a pod's disk: nothing that is written becomes durable until there is space again.
    FullDisk { node: NodeId, on: bool },
    /// Makes the clock of a pod's machine run faster (slower if negative) after a jump; with a period, faster and
    /// slower alternately. A clock that is set back makes no lease longer.
    Clock {
        node: NodeId,
        #[serde(default)]
        drift_ppm: i64,
        #[serde(default)]
        jump_us: i64,
        #[serde(default)]
        period_us: Micros,
    },
    /// Makes every access to the object store take this much longer, or fail until it is back.
    ObjectStore {
        #[serde(default)]
        ms: u64,
        #[serde(default)]
        gone: bool,
    },
    /// Loses a message that is in transit, by its number.
    DropMessage { message: u64 },
    /// Loses everything that is in the object store; what nodes hold in memory stays.
    LoseObjects,
    /// Asks for the growing rows to be flushed.
    FlushCollection,
    /// Asks for a snapshot of what is flushed, under a number as its name.
    CreateSnapshot { snapshot: u64 },
    /// Asks which snapshots there are.
    ListSnapshots,
    /// Asks for the rows of a snapshot: in the collection, or apart as a new one.
    RestoreSnapshot {
        snapshot: u64,
        #[serde(default)]
        apart: bool,
    },
    /// Asks for a snapshot to be dropped.
    DropSnapshot { snapshot: u64 },
    /// Asks for new rows to be imported in bulk; `bad`: the last file has a row that cannot be.
    ImportRows {
        rows: u64,
        #[serde(default)]
        bad: bool,
    },
    /// Asks for all flushed and imported rows to be deleted.
    TruncateCollection,
    /// Asks for what a job has imported or restored to be dropped.
    DropJob { job: u64 },
    /// Changes a setting that can be changed while the cluster runs.
    Set { name: String, value: u64 },
}
