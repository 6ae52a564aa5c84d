//! Looking into one thing at a moment: a node, a message, a pod, a lease, a segment, a backup, a region, a resolver.
//!
//! Snapshots carry what is drawn; what only an inspector shows is asked for, so that it costs nothing while none is
//! open. Guarantees: an answer is read from the running world and changes nothing; exactly one thing is asked for.
//! Leaves out: how each world answers (`inspect_replicas`, `quorum_milvus::inspect`, `quorum_regions::inspect`).

use super::Lab;
use super::command::Control;
use super::snapshot::Role;
pub use quorum_milvus::inspect::{LeaseDetail, PodDetail, SegmentDetail};
pub use quorum_regions::inspect::{BackupDetail, ResolverDetail, SiteDetail};
pub use quorum_sim::inspect::MessageDetail;
pub use quorum_sim::replica::Timer;
use quorum_types::{Micros, NodeId, Refusal};
use serde::{Deserialize, Serialize};

/// What is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A node of a replica set.
    Node(NodeId),
    /// A message in flight.
    Message(u64),
    /// A pod of a Milvus cluster.
    Pod(NodeId),
    /// A pod's lease.
    Lease(NodeId),
    /// A segment; 0 for the growing one.
    Segment(u64),
    /// A backup.
    Backup(u64),
    /// A region, from 0.
    Site(u32),
    /// A client's resolver, from 0.
    Resolver(u32),
}

impl Target {
    /// The command that asks for it.
    pub fn command(self) -> Control {
        let (mut node, mut message, mut pod, mut lease) = (None, None, None, None);
        let (mut segment, mut backup, mut site, mut resolver) = (None, None, None, None);
        match self {
            Self::Node(id) => node = Some(id),
            Self::Message(id) => message = Some(id),
            Self::Pod(id) => pod = Some(id),
            Self::Lease(id) => lease = Some(id),
            Self::Segment(id) => segment = Some(id),
            Self::Backup(id) => backup = Some(id),
            Self::Site(id) => site = Some(id),
            Self::Resolver(id) => resolver = Some(id),
        }
        Control::Inspect { node, message, pod, lease, segment, backup, site, resolver }
    }

    /// What a command asks for; none unless it is exactly one thing.
    fn of(control: &Control) -> Option<Self> {
        let &Control::Inspect { node, message, pod, lease, segment, backup, site, resolver } = control else {
            return None;
        };
        let all = [
            node.map(Self::Node),
            message.map(Self::Message),
            pod.map(Self::Pod),
            lease.map(Self::Lease),
            segment.map(Self::Segment),
            backup.map(Self::Backup),
            site.map(Self::Site),
            resolver.map(Self::Resolver),
        ];
        let mut given = all.into_iter().flatten();
        given.next().filter(|_| given.next().is_none())
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inspected {
    /// A node of a replica set.
    Node(NodeDetail),
    /// A message in flight.
    Message(MessageDetail),
    /// A pod.
    Pod(PodDetail),
    /// A lease.
    Lease(LeaseDetail),
    /// A segment.
    Segment(SegmentDetail),
    /// A backup.
    Backup(BackupDetail),
    /// A region.
    Site(SiteDetail),
    /// A client's resolver.
    Resolver(ResolverDetail),
}

/// A node of a replica set in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeDetail {
    /// Its number.
    pub id: NodeId,
    /// What it does.
    pub role: Role,
    /// Whether it is paused.
    pub paused: bool,
    /// Its term; without power, the one that it had.
    pub term: u64,
    /// The node it voted for in this term, and whether that vote is durable.
    pub vote: Option<(NodeId, bool)>,
    /// The leader that it knows.
    pub leader: Option<NodeId>,
    /// For a candidate: who has answered, and whether with a vote.
    pub votes: Vec<(NodeId, bool)>,
    /// The timer after which it stands for election.
    pub election: Option<Timer>,
    /// For a leader: the timer of its heartbeats.
    pub heartbeat: Option<Timer>,
    /// For a leader: the timer after which it steps down unless a majority has answered.
    pub quorum: Option<Timer>,
    /// Until when it has promised a leader to help no other node.
    pub promised_until_us: Option<Micros>,
    /// The last index that it knows to be committed.
    pub commit: u64,
    /// The last index that it applied.
    pub applied: u64,
    /// The first index in its log; earlier entries are in a snapshot.
    pub first: u64,
    /// The last index in its log.
    pub last: u64,
    /// The last index that is durable.
    pub durable: u64,
    /// The end of its log.
    pub entries: Vec<EntryFacts>,
    /// For a leader: what it knows of the others.
    pub peers: Vec<PeerFacts>,
    /// Its disk.
    pub disk: NodeDisk,
    /// Its reads.
    pub reads: ReadFacts,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum EntryWhat {
    /// The first entry of a new leader, which changes nothing.
    Empty,
    /// A configuration change.
    Conf,
    /// Rows are inserted.
    Insert { op: u64, rows: u64 },
    /// A register is set.
    Put { op: u64, key: u64, value: u64 },
    /// A register is set if it holds the expected value.
    Swap { op: u64, key: u64, from: u64, to: u64 },
    /// Data that is no write of a client.
    Unknown,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryFacts {
    /// Its index.
    pub index: u64,
    /// Its term.
    pub term: u64,
    /// What it is.
    pub what: EntryWhat,
    /// The bytes of its data.
    pub bytes: u64,
    /// Whether it is durable on this node.
    pub synced: bool,
    /// Whether this node knows it to be committed.
    pub committed: bool,
}

/// How a leader sends appends to a follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerState {
    /// One append at a time; the next one may go.
    #[default]
    Probe,
    /// One append at a time; it waits for an answer.
    Waiting,
    /// Appends follow each other without waiting.
    Replicate,
    /// Only a snapshot.
    Snapshot,
}

/// What a leader knows of another node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PeerFacts {
    /// The node.
    pub id: NodeId,
    /// The next index to send.
    pub next: u64,
    /// The index up to which it is known to hold entries; 0 if nothing is known.
    pub matched: u64,
    /// How appends are sent to it.
    pub state: PeerState,
    /// The last index of each unanswered append.
    pub unanswered: Vec<u64>,
    /// Whether it was heard from since the last check of the majority.
    pub heard: bool,
}

/// A node's disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeDisk {
    /// The log's files: number, bytes, and how many of them syncs have reported as durable.
    pub files: Vec<(u32, u64, u64)>,
    /// Bytes of the log.
    pub appended_bytes: u64,
    /// How many of them syncs have reported as durable.
    pub synced_bytes: u64,
    /// Whether a sync is in progress.
    pub syncing: bool,
    /// Syncs begun.
    pub syncs: u64,
    /// Whether its syncs make nothing durable and say that they did.
    pub lies: bool,
    /// Whether it was lost or damaged, and the node has not recovered everything yet.
    pub damaged: bool,
}

/// A node's reads, and the lease by which a leader may answer them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadFacts {
    /// For a leader: until when no other node can have been elected, by its own clock; in the past if that is over.
    pub lease_until_us: Option<Micros>,
    /// Whether it may answer by its lease now.
    pub by_lease: bool,
    /// For a leader: reads that wait for a majority to confirm it.
    pub unconfirmed: u64,
    /// For a leader: reads that wait for an entry of its term to be committed.
    pub early: u64,
    /// Reads begun here that wait for their index, or for it to be applied.
    pub waiting: u64,
}

/// There is no such thing, or no more.
pub(super) fn no_such_target() -> Refusal {
    Refusal::new("no_such_target", "there is no such thing here, or it is gone")
}

/// There are no things of that kind in this world.
pub(super) fn no_target_of_that_kind(target: Target) -> Refusal {
    let what = match target {
        Target::Node(_) => "nodes are looked into in a replica set",
        Target::Message(_) => "messages are looked into in a replica set and a Milvus cluster",
        Target::Pod(_) | Target::Lease(_) | Target::Segment(_) => {
            "pods, leases and segments are looked into in a Milvus cluster"
        }
        Target::Backup(_) | Target::Site(_) | Target::Resolver(_) => {
            "backups, regions and resolvers are looked into in two regions"
        }
    };
    Refusal::new("unsupported", what)
}

/// The message is not in flight.
pub(super) fn no_such_message() -> Refusal {
    Refusal::new("no_such_message", "no such message is in flight: it has arrived, or was lost")
}

impl Lab {
    /// Looks into what a command asks for.
    pub(super) fn inspect(&self, control: &Control) -> Result<Inspected, Refusal> {
        let target = Target::of(control).ok_or_else(|| {
            let error =
                "inspect takes exactly one of node, message, pod, lease, segment, backup, site, resolver";
            Refusal::new("bad_target", error)
        })?;
        self.world.inspect(target)
    }
}
