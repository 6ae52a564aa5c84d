//! A snapshot of the cluster, for drawing.
//!
//! Guarantees: plain data, every field is read from the running cluster. Leaves out: the reports of drills.

use serde::{Deserialize, Serialize};

use super::topology::{Component, ControlPlane};
use quorum_types::{Micros, NodeId};

/// A snapshot of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MilvusFacts {
    /// How coordinators are chosen.
    #[serde(rename = "plane")]
    pub control_plane: ControlPlane,
    /// The pods, by number.
    pub pods: Vec<PodFacts>,
    /// Links that are cut, one pair per direction.
    pub cut: Vec<(NodeId, NodeId)>,
    /// Messages in flight; node 0 is a client.
    pub flights: Vec<PodFlight>,
    /// Sealed segments, and the growing one as number 0.
    pub segments: Vec<PlacedSegment>,
    /// The tester.
    pub tester: TesterFacts,
    /// The last search that was answered.
    pub last_search: Option<SearchFacts>,
    /// The last write whose steps are known.
    pub last_write: Option<WriteFacts>,
    /// Writes: acknowledged rows, failed writes.
    pub acknowledged_rows: u64,
    /// Writes that ended badly.
    pub failed_writes: u64,
    /// Acknowledged writes that no reader will ever see, by the row they began with.
    pub lost_writes: Vec<i64>,
    /// Snapshots, as the metadata store knows them.
    pub snapshots: Vec<SnapshotFacts>,
    /// Imports and restores.
    pub jobs: Vec<JobFacts>,
    /// Load clients, and the query nodes' work for them.
    pub load: Option<LoadFacts>,
    /// The settings that can be changed while the cluster runs, by name.
    pub settings: Vec<(String, u64)>,
}

/// A snapshot of the collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotFacts {
    /// Its name, a number.
    pub snapshot: u64,
    /// When it was taken.
    pub at_us: Micros,
    /// It holds the log up to here.
    pub upto: u64,
    /// The segments to which it refers.
    pub segments: Vec<u64>,
    /// Their rows.
    pub rows: u64,
    /// Whether its manifest is in the object store.
    pub written: bool,
}

/// An import or a restore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JobFacts {
    /// Its number.
    pub job: u64,
    /// `import` or `restore`.
    pub purpose: String,
    /// The snapshot that is restored.
    pub snapshot: Option<u64>,
    /// Whether its rows become a collection of their own.
    pub apart: bool,
    /// `pending`, `pre_importing`, `importing`, `completed` or `failed`.
    pub state: String,
    /// The reason for a failure: `bad_row`, `timeout` or `objects_lost`.
    pub why: String,
    /// Its rows.
    pub rows: u64,
    /// Parts of its work that are done.
    pub done: u32,
    /// All parts.
    pub of: u32,
    /// Whether searches see its rows.
    pub shown: bool,
    /// How long it took, or takes so far.
    pub took_us: Micros,
}

/// The state of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodState {
    /// Without power, or its process gone.
    Down,
    /// Its process starts.
    Booting,
    /// It serves.
    #[default]
    Up,
    /// It is paused with its memory kept.
    Paused,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodFacts {
    /// Its number.
    pub id: NodeId,
    /// Its kind.
    pub component: Component,
    /// Its index among the pods of its kind, from 0.
    pub ordinal: u32,
    /// Its zone, from 0.
    pub zone: u32,
    /// Its state.
    pub state: PodState,
    /// Whether it is the one of its kind that acts: leader of its Raft group, holder of the lease, owner of the log.
    pub active: bool,
    /// Term or epoch under which it acts or follows.
    pub epoch: u64,
    /// Health checks that it has missed in a row.
    pub misses: u32,
    /// Whether others have been notified that it is gone.
    pub taken_out: bool,
    /// The remaining time of its lease, if it has one.
    pub lease_left_us: Option<Micros>,
    /// Requests queued or in service at it.
    pub queue: u32,
    /// Requests served so far.
    pub served: u64,
    /// For a query node: the replica that it belongs to, from 0.
    pub replica: Option<u32>,
    /// For a pod with delegators: the staleness of what they serve.
    pub behind_us: Option<Micros>,
    /// For the object store: it runs, but nobody reaches it (command `object_store`, `gone`).
    pub unreachable: bool,
}

/// A message in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodFlight {
    /// Its number.
    pub id: u64,
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// When it left.
    pub sent_us: Micros,
    /// When it arrives.
    pub arrives_us: Micros,
    /// Its purpose.
    pub kind: Traffic,
}

/// The purpose of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// A search or its answer.
    #[default]
    Search,
    /// A write or its answer.
    Write,
    /// Raft, inside a group.
    Raft,
    /// Leases, roles, routes and health.
    Control,
    /// Records and ticks of the log to its readers.
    Stream,
}

/// The state of a copy of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// It is read from the object store, or replayed from the log.
    Loading,
    /// It is served.
    #[default]
    Served,
}

/// A segment and its copies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlacedSegment {
    /// Its number; 0 is the growing segment.
    pub id: u64,
    /// Its rows.
    pub rows: u64,
    /// Replica, query node, state.
    pub copies: Vec<(u32, NodeId, CopyState)>,
}

/// The tester of course note 2.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TesterFacts {
    /// Searches that ended.
    pub total: u64,
    /// Answered.
    pub ok: u64,
    /// Failed or given up.
    pub failed: u64,
    /// Mean latency of the answered ones.
    pub mean_latency_us: Micros,
    /// The last searches, oldest first: end, whether it was answered, latency.
    pub recent: Vec<(Micros, bool, Micros)>,
    /// Reason for the last failed search, as a word: `no_root`, `no_replica`, `replica_failed`, `not_serving`,
    /// `segment_missing`, `replica_slow`, `queue_full`, `too_late`, or `no_answer`.
    pub last_failure: Option<String>,
}

/// A search that was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchFacts {
    /// Its number.
    pub op: u64,
    /// The query node that answered.
    pub node: NodeId,
    /// How long it took.
    pub took_us: Micros,
    /// How long it waited for the service time to reach its guarantee.
    pub waited_us: Micros,
    /// The staleness of the state it saw.
    pub behind_us: Micros,
    /// Recall, in thousandths of the rows that it should have found.
    pub recall_permille: u32,
    /// Whether segments were left out.
    pub partial: bool,
    /// Distances computed to vectors of sealed segments.
    pub distances: u64,
    /// Rows in the sealed segments of the replica.
    pub rows: u64,
}

/// A write, step by step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WriteFacts {
    /// The row it began with.
    pub first_id: i64,
    /// When each of the seven steps was reached, as far as they were: step, pod, time.
    pub steps: Vec<(u32, NodeId, Micros)>,
}

/// The load from load clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadFacts {
    /// Searches answered in time in the last second: the goodput.
    pub qps: u64,
    /// Their mean latency.
    pub mean_latency_us: Micros,
    /// Their 95th percentile.
    pub p95_latency_us: Micros,
    /// Searches that query nodes finished in the last second, including those whose caller had given up: the
    /// throughput.
    pub finished: u64,
    /// Finished searches whose caller had given up.
    pub late: u64,
    /// Searches that clients gave up in the last second, or proxies on their behalf.
    pub given_up: u64,
    /// Searches that were refused or dropped in the last second.
    pub refused: u64,
    /// The longest queue at a query node.
    pub longest: u32,
    /// A finite batch of searches, if there was one.
    pub batch: Option<BatchFacts>,
}

/// A finite batch of searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchFacts {
    /// When it began.
    pub began_us: Micros,
    /// How many searches it has.
    pub of: u64,
    /// How many have ended.
    pub done: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Its total duration; none before it is over.
    pub took_us: Option<Micros>,
}
