//! What one pod, lease or segment holds at a moment, in detail.
//!
//! A pod knows the cluster from messages only, so what it knows can be out of date. Each thing that it knows stands
//! here with its source, its age and the truth: the state of the running cluster at the same moment. Guarantees: plain
//! data; everything is read from the pods and from the world, nothing is estimated; a source that the pod does not
//! remember is missing. Leaves out: what the snapshot has already (`snapshot`).

use super::snapshot::{CopyState, PodState};
use super::topology::Component;
pub use quorum_sim::inspect::MessageDetail;
use quorum_types::{Micros, NodeId};
use serde::{Deserialize, Serialize};

/// A pod in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodDetail {
    /// Its number.
    pub id: NodeId,
    /// Its kind.
    pub component: Component,
    /// Its state.
    pub state: PodState,
    /// How often its process was started again.
    pub life: u64,
    /// Its term or epoch, and whether it serves in that role; none if it was not chosen.
    pub acting: Option<(u64, bool)>,
    /// Its lease, where pods of its kind have one.
    pub lease: Option<LeaseDetail>,
    /// For a member of a Raft group: its part of it.
    pub member: Option<MemberFacts>,
    /// Jobs waiting, and whether it is at one.
    pub queue: u32,
    /// Whether it is at one that blocks it.
    pub busy: bool,
    /// What it knows of the others.
    pub knows: Vec<Known>,
    /// For a query node: its segments, and whether each is served.
    pub segments: Vec<(u64, bool)>,
}

/// A member of a Raft group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemberFacts {
    /// Whether it leads.
    pub leads: bool,
    /// Its term.
    pub term: u64,
    /// The leader that it knows.
    pub leader: Option<NodeId>,
    /// The last index that it knows to be committed.
    pub commit: u64,
    /// The last index in its log.
    pub last: u64,
    /// The last index that is durable.
    pub durable: u64,
    /// For a leader: the followers with the index that each is known to have.
    pub matched: Vec<(NodeId, u64)>,
}

/// Something that a pod knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Of what.
    pub what: KnownWhat,
    /// What it believes.
    pub value: KnownValue,
    /// From which pod; none if it does not remember that, or found out itself.
    pub from: Option<NodeId>,
    /// When it learned it; none if it does not remember that.
    pub at_us: Option<Micros>,
    /// What is true now; none if that is not a matter of true or false.
    pub truth: Option<KnownValue>,
}

impl Known {
    /// Whether it is true; none if that cannot be said. A holder may believe in less of its lease than the store
    /// grants, never in more.
    pub fn holds(&self) -> Option<bool> {
        self.truth.map(|truth| match (self.value, truth) {
            (KnownValue::Time(believed), KnownValue::Time(granted)) => believed <= granted,
            (value, truth) => value == truth,
        })
    }
}

/// What a pod can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum KnownWhat {
    /// The pod that acts for a kind.
    Acting { component: Component },
    /// The holder of a role, in the metadata store.
    Holder { component: Component },
    /// The delegator of a replica, from 0.
    Delegator { replica: u32 },
    /// Whether a node answers: a proxy leaves out one that failed.
    Answers { node: NodeId },
    /// Whether a node is there: a coordinator was notified that it is gone.
    There { node: NodeId },
    /// How many segments a query node serves.
    Serves { node: NodeId },
    /// How many of the segments of its replica, from 0, a delegator finds where it believes them to be.
    Placed { replica: u32 },
    /// The data node that drains the log.
    Drains,
    /// The owner of the log.
    LogOwner,
    /// The log up to here is in flushed segments.
    Checkpoint,
    /// How many pods have a session.
    Sessions,
    /// How far it has read the log.
    Position,
    /// Everything that was acknowledged up to this time is there.
    ServiceTime,
    /// The latest epoch that may write to the log.
    Fence,
    /// Until when its lease lasts.
    Lease,
}

/// The value of something that a pod knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum KnownValue {
    /// A pod; none if nobody.
    Pod(Option<NodeId>),
    /// A number.
    Number(u64),
    /// Some of several.
    Part { n: u64, of: u64 },
    /// A yes or no.
    Flag(bool),
    /// A time.
    Time(Micros),
}

/// A lease: what the store's leader counts, and what the holder believes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeaseDetail {
    /// The holder.
    pub pod: NodeId,
    /// Its kind.
    pub component: Component,
    /// The role that goes with the lease, as the store has it: its epoch.
    pub role_epoch: Option<u64>,
    /// The leader of the metadata store, which times leases.
    pub store: Option<NodeId>,
    /// Whether the store has a session of the holder's present life.
    pub session: bool,
    /// Until when it lasts for the store; none if the store times none.
    pub store_until_us: Option<Micros>,
    /// Until when the holder believes that it lasts; none if it believes in none.
    pub holder_until_us: Option<Micros>,
}

/// How a segment stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Rows of the log that are in no segment yet.
    #[default]
    Growing,
    /// No more rows come: it is being written, or written and not recorded yet.
    Sealed,
    /// It is recorded: searches may use it.
    Flushed,
    /// It was merged into another, has expired or was dropped.
    Dropped,
}

/// A segment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SegmentDetail {
    /// Its number; 0 is the growing one.
    pub segment: u64,
    /// How it stands.
    pub state: SegmentState,
    /// Its rows.
    pub rows: u64,
    /// It holds the rows of the log after the first position up to the second; none for one that was there at the
    /// start.
    pub span: Option<(u64, u64)>,
    /// When it was written to the object store.
    pub written_us: Option<Micros>,
    /// Whether it has an index.
    pub indexed: bool,
    /// Replica, query node, state of each copy; of the growing segment, its readers.
    pub copies: Vec<(u32, NodeId, CopyState)>,
    /// The position up to which the log is in flushed segments, and the log's last position.
    pub log: (u64, u64),
    /// The owner or leader of the log, and the epoch that may write.
    pub log_owner: Option<NodeId>,
    /// The latest epoch that may write to the log.
    pub fence: u64,
    /// For the growing segment: the segments that are being made of it.
    pub writing: Vec<u64>,
}
