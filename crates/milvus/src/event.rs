//! What happens in a Milvus cluster beside what happens in every simulated world.

use serde::{Deserialize, Serialize};

use quorum_sim::event::{
    EngineEvent, FaultEvent, NetworkEvent, OpStatus, RaftEvent, ServiceEvent, StorageEvent, Topic, Topical,
    event_kinds,
};
use quorum_types::{Micros, NodeId};

event_kinds! {
    /// What can happen in a Milvus cluster.
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

/// Something that happened to a pod, a role, a channel or a segment.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum MilvusEvent {
    /// A pod of this kind serves.
    PodReady { component: String } = 65,
    /// The supervisor has told the others that the pod is gone.
    TakenOut { component: String } = 67,
    /// The pod acts for its kind from here on, under this epoch.
    RoleTaken { role: String, epoch: u64 },
    /// The pod does not act any more.
    RoleEnded { role: String, epoch: u64 },
    /// The pod's lease in the metadata store is over.
    LeaseExpired { component: String },
    /// A proxy's request to `to` failed; it leaves `to` out of its routes.
    RouteFailed { to: NodeId },
    /// A proxy has new routes: so many query nodes serve.
    RoutesRefreshed { nodes: u32 },
    /// The node has begun to load a copy of a segment (0: what grows) for a replica.
    SegmentAssigned { segment: u64, replica: u32 },
    /// The copy is served.
    SegmentLoaded { segment: u64, replica: u32, bytes: u64, took_us: Micros },
    /// The node has read so many records of the log and serves what they say.
    ChannelReplayed { records: u64, took_us: Micros },
    /// The write that begins with row `first_id` has reached one of its seven steps here.
    WriteStep { first_id: i64, step: u32 },
    /// A write of `rows` rows from `first_id` ended without an acknowledgement.
    InsertFailed { first_id: i64, rows: u64, status: OpStatus, took_us: Micros },
    /// A search was answered by this node: how long it waited for its guarantee, how far behind now it saw, how many
    /// of a thousand rows it should have found it found, and whether segments were left out.
    SearchServed { op: u64, waited_us: Micros, behind_us: Micros, recall_permille: u32, partial: bool },
    /// A write under an epoch that is over was refused by the log.
    Fenced { epoch: u64 },
    /// Acknowledged rows from `first_id` will never be seen: they were written under an epoch that was over.
    WriteLost { first_id: i64, rows: u64 },
}

impl Topical for MilvusEvent {
    fn topic(&self) -> Topic<'_> {
        Topic::Other
    }
}
