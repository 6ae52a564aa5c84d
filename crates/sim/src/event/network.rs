//! Network events: messages, and links that are cut, delayed or healed.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// An event that concerns a link or a message.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum NetworkEvent {
    /// The link from `from` to `to` no longer carries messages.
    LinkCut { from: NodeId, to: NodeId } = 6,
    /// The link from `from` to `to` carries messages again.
    LinkHealed { from: NodeId, to: NodeId },
    /// Messages sent from `from` to `to` are delayed by `us` microseconds.
    LinkClogged { from: NodeId, to: NodeId, us: Micros },
    /// Of every thousand packets, `loss` are lost, `duplicate` are duplicated and `reorder` are reordered.
    WeatherChanged { loss: u16, duplicate: u16, reorder: u16 },
    /// A message was sent.
    Sent { id: u64, from: NodeId, to: NodeId, message: MessageKind, term: u64 } = 56,
    /// A message arrived.
    Delivered { id: u64, from: NodeId, to: NodeId, message: MessageKind },
    /// A message was lost.
    Dropped { id: u64, from: NodeId, to: NodeId, message: MessageKind, why: DropReason },
    /// All links between the pods in `side` and the others are cut, except those to `but`.
    Partitioned { side: Vec<NodeId>, but: Vec<NodeId> } = 81,
    /// `links` link directions carry messages again.
    NetworkHealed { links: u32 },
}

/// The kind of a message between nodes (Raft paper, figure 2; thesis, chapters 3, 4, 6 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// RequestVote.
    Vote,
    /// The response to RequestVote.
    VoteResp,
    /// AppendEntries.
    Append,
    /// A heartbeat from the leader.
    Heartbeat,
    /// The response to AppendEntries.
    AppendResp,
    /// A pre-vote request.
    Prevote,
    /// The response to a pre-vote request.
    PrevoteResp,
    /// The response to a heartbeat.
    HeartbeatResp,
    /// InstallSnapshot.
    Snapshot,
    /// The response to InstallSnapshot.
    SnapshotResp,
    /// TimeoutNow: stand for election immediately.
    TimeoutNow,
    /// A read's request for its read index.
    ReadIndex,
    /// The response to a read-index request.
    ReadIndexResp,
    /// A forwarded proposal.
    Propose,
    /// The response to a forwarded proposal.
    ProposeResp,
    /// A repair request: what may this node have promised?
    Recover,
    /// The response to a repair request.
    RecoverResp,
    /// A client's write.
    Request,
    /// The response to a client.
    Response,
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// The link was cut.
    LinkCut,
    /// The receiver was down.
    NodeDown,
    /// The network lost it at random.
    Lost,
}
