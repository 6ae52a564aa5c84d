//! The network: messages, and links that are cut, clogged or mended.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// Something that happened to a link or a message.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum NetworkEvent {
    /// The link from `from` to `to` no longer carries anything.
    LinkCut { from: NodeId, to: NodeId } = 6,
    /// The link from `from` to `to` carries messages again.
    LinkHealed { from: NodeId, to: NodeId },
    /// What is sent from `from` to `to` is held back for so long.
    LinkClogged { from: NodeId, to: NodeId, us: Micros },
    /// Of a thousand packets so many are lost, repeated, or overtaken.
    WeatherChanged { loss: u16, duplicate: u16, reorder: u16 },
    /// A message left.
    Sent { id: u64, from: NodeId, to: NodeId, message: MessageKind, term: u64 } = 56,
    /// A message arrived.
    Delivered { id: u64, from: NodeId, to: NodeId, message: MessageKind },
    /// A message was lost.
    Dropped { id: u64, from: NodeId, to: NodeId, message: MessageKind, why: DropReason },
    /// All links between these pods and the others are cut, but for those to `but`.
    Partitioned { side: Vec<NodeId>, but: Vec<NodeId> } = 81,
    /// So many directions of links carry messages again.
    NetworkHealed { links: u32 },
}

/// The kind of message that travels between nodes (Raft paper, figure 2; thesis, chapters 3, 4, 6 and 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// RequestVote.
    Vote,
    /// The answer to RequestVote.
    VoteResp,
    /// AppendEntries.
    Append,
    /// The leader is there.
    Heartbeat,
    /// The answer to AppendEntries.
    AppendResp,
    /// A vote's rehearsal.
    Prevote,
    /// The answer to it.
    PrevoteResp,
    /// The answer to a heartbeat.
    HeartbeatResp,
    /// InstallSnapshot.
    Snapshot,
    /// The answer to it.
    SnapshotResp,
    /// Stand for election now.
    TimeoutNow,
    /// A read's question for its index.
    ReadIndex,
    /// The answer to it.
    ReadIndexResp,
    /// A proposal that was sent on.
    Propose,
    /// The answer to it.
    ProposeResp,
    /// What may I have promised?
    Recover,
    /// The answer to it.
    RecoverResp,
    /// A client's write.
    Request,
    /// The answer to a client.
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
    /// It was lost in bad weather.
    Lost,
}
