//! Raft: elections, votes, commitment, snapshots, configurations and repair. Indexes and terms count from 1.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// Something that happened in a Raft group (Raft paper, figure 2; thesis, chapters 3, 4 and 9).
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum RaftEvent {
    /// The election timeout passed without a word from a leader.
    ElectionTimeout { timeout_us: Micros } = 40,
    /// The node stands for election.
    Campaigned { term: u64 },
    /// The node gave its vote to `candidate`.
    VoteGranted { candidate: NodeId, term: u64 },
    /// The node refused its vote to `candidate`.
    VoteRefused { candidate: NodeId, term: u64, why: VoteRefusal },
    /// The node won with `votes` of `voters`.
    BecameLeader { term: u64, votes: u32, voters: u32 },
    /// The node learnt of a higher term or of a leader and follows again.
    SteppedDown { term: u64 },
    /// Entries up to `index` are committed, as this node knows it.
    Committed { index: u64, term: u64 },
    /// Entries from `from` on were removed, because they conflict with the leader's.
    LogTruncated { from: u64 },
    /// The node asks whether it would be elected in `term`.
    PreCampaigned { term: u64 },
    /// As a leader the node has not heard a majority.
    LostQuorum { term: u64 },
    /// A snapshot stands for everything up to `index`.
    SnapshotTaken { index: u64 },
    /// The node's log was replaced by the leader's snapshot.
    SnapshotInstalled { index: u64, term: u64 },
    /// A change of the configuration counts from here on.
    ConfChanged { index: u64, voters: Vec<NodeId>, outgoing: Vec<NodeId>, learners: Vec<NodeId> },
    /// The leader hands over to `to`.
    TransferBegan { to: NodeId },
    /// The node has lost part of its log and asks the others what it may have promised.
    RepairBegan,
    /// The node is whole again, up to `index`, and votes.
    RepairEnded { index: u64 },
}

/// Why a vote was refused (Raft paper, sections 5.2 and 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteRefusal {
    /// The candidate's term is older than the voter's.
    StaleTerm,
    /// The voter has given its vote of this term to another.
    AlreadyVoted,
    /// The candidate's log is less up to date than the voter's.
    LogBehind,
    /// The voter has heard a leader a moment ago (thesis 4.2.3).
    LeaderAlive,
    /// The voter has lost part of its log and may have forgotten a promise.
    Impaired,
}
