//! Events of a Milvus cluster, in addition to those of every simulated world.
//!
//! Guarantees: the number and the fields of an event never change, because digests and lessons contain them. Leaves
//! out: sentences about them (the catalogues).

use serde::{Deserialize, Serialize};

use quorum_sim::event::{
    EngineEvent, FaultEvent, NetworkEvent, OpStatus, RaftEvent, ServiceEvent, StorageEvent, Topic, Topical,
    event_kinds,
};
use quorum_types::{Micros, NodeId};

event_kinds! {
    /// Kinds of events in a Milvus cluster.
    pub enum EventKind {
        /// A fault.
        Fault(FaultEvent),
        /// The network.
        Network(NetworkEvent),
        /// Flushes and indexes.
        Storage(StorageEvent),
        /// Rows.
        Engine(EngineEvent),
        /// The groups that write the metadata and the log.
        Raft(RaftEvent),
        /// Clients and health checks.
        Service(ServiceEvent),
        /// Pods, roles, channels and segments.
        Milvus(MilvusEvent),
    }
}

/// An event of a Milvus cluster.
pub type Event = quorum_sim::event::Event<EventKind>;

/// An event of a pod, a role, a channel or a segment.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum MilvusEvent {
    /// A pod of this kind serves.
    PodReady { component: String } = 65,
    /// The supervisor has notified the others that the pod is gone.
    TakenOut { component: String } = 67,
    /// The pod acts for its kind from here on, under this epoch.
    RoleTaken { role: String, epoch: u64 },
    /// The pod no longer acts.
    RoleEnded { role: String, epoch: u64 },
    /// The pod's lease in the metadata store has expired.
    LeaseExpired { component: String },
    /// A proxy's request to `to` failed; the proxy leaves `to` out of its routes.
    RouteFailed { to: NodeId },
    /// A proxy has new routes, with this number of query nodes that serve.
    RoutesRefreshed { nodes: u32 },
    /// The node has begun to load a copy of a segment (0: the growing one) for a replica.
    SegmentAssigned { segment: u64, replica: u32 },
    /// The copy is served.
    SegmentLoaded { segment: u64, replica: u32, bytes: u64, took_us: Micros },
    /// The node has read this many records of the log and serves their contents.
    ChannelReplayed { records: u64, took_us: Micros },
    /// The write that begins with row `first_id` has reached one of its seven steps here.
    WriteStep { first_id: i64, step: u32 },
    /// A write of `rows` rows from `first_id` ended without an acknowledgement.
    InsertFailed { first_id: i64, rows: u64, status: OpStatus, took_us: Micros },
    /// This node answered a search: how long it waited for its guarantee, its staleness, its recall in thousandths, and
    /// whether segments were left out.
    SearchServed { op: u64, waited_us: Micros, behind_us: Micros, recall_permille: u32, partial: bool },
    /// The log refused a write under an expired epoch.
    Fenced { epoch: u64 },
    /// Acknowledged rows from `first_id` will never be visible: they were written under an expired epoch.
    WriteLost { first_id: i64, rows: u64 },
    /// The process has lost its lease and exits.
    Exited { component: String } = 113,
    /// An order of the client, by its action's word, was answered; `why` is the reason for a refusal.
    OrderEnded { order: String, ok: bool, why: String },
    /// There is a snapshot of this many rows in segments; it holds the log up to a position.
    SnapshotMade { snapshot: u64, segments: u32, rows: u64, upto: u64 },
    /// It was dropped.
    SnapshotDropped { snapshot: u64 },
    /// These snapshots were listed.
    SnapshotsListed { snapshots: Vec<u64> },
    /// An import (`import`) or a restore (`restore`) has this state, with this many parts of its work done; `why` is
    /// the reason for a failure.
    JobMoved { job: u64, purpose: String, state: String, done: u32, of: u32, why: String },
    /// A data node begins a part of a job.
    PartBegan { job: u64, part: u32, rows: u64 },
    /// Searches see the rows of a job from here on.
    JobShown { job: u64, rows: u64 },
    /// This many rows were deleted at once.
    RowsDeleted { rows: u64 },
    /// The object store has lost this many segments.
    ObjectsLost { segments: u32 },
}

impl Topical for MilvusEvent {
    fn topic(&self) -> Topic<'_> {
        Topic::Other
    }
}
