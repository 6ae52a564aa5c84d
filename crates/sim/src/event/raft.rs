//! Raft events: elections, votes, commits, snapshots, configurations and repair. Indexes and terms count from 1.

use serde::{Deserialize, Serialize};

use quorum_types::{Micros, NodeId};

/// An event in a Raft group (Raft paper, figure 2; thesis, chapters 3, 4 and 9).
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(isize)]
#[expect(missing_docs, reason = "each variant's sentence says what its fields are")]
pub enum RaftEvent {
    /// The election timeout passed without a message from a leader.
    ElectionTimeout { timeout_us: Micros } = 40,
    /// The node stands for election.
    Campaigned { term: u64 },
    /// The node granted its vote to `candidate`.
    VoteGranted { candidate: NodeId, term: u64 },
    /// The node refused its vote to `candidate`.
    VoteRefused { candidate: NodeId, term: u64, why: VoteRefusal },
    /// The node won the election with `votes` of `voters`.
    BecameLeader { term: u64, votes: u32, voters: u32 },
    /// The node learned of a higher term or of a leader and became a follower again.
    SteppedDown { term: u64 },
    /// Entries up to `index` are committed, as far as this node knows.
    Committed { index: u64, term: u64 },
    /// Entries from `from` on were removed because they conflict with the leader's.
    LogTruncated { from: u64 },
    /// The node asks in a pre-vote whether it would be elected in `term`.
    PreCampaigned { term: u64 },
    /// The node led but did not hear from a majority.
    LostQuorum { term: u64 },
    /// A snapshot replaces everything up to `index`.
    SnapshotTaken { index: u64 },
    /// The leader's snapshot replaced the node's log.
    SnapshotInstalled { index: u64, term: u64 },
    /// A configuration change takes effect.
    ConfChanged { index: u64, voters: Vec<NodeId>, outgoing: Vec<NodeId>, learners: Vec<NodeId> },
    /// The leader begins to transfer leadership to `to`.
    TransferBegan { to: NodeId },
    /// The node has lost part of its log and asks the others what it may have promised.
    RepairBegan,
    /// The node has recovered everything up to `index` and votes again.
    RepairEnded { index: u64 },
}

/// Why a vote was refused (Raft paper, sections 5.2 and 5.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteRefusal {
    /// The candidate's term is older than the voter's.
    StaleTerm,
    /// The voter has already voted for another candidate in this term.
    AlreadyVoted,
    /// The candidate's log is less up to date than the voter's.
    LogBehind,
    /// The voter heard from a leader recently (thesis 4.2.3).
    LeaderAlive,
    /// The voter has lost part of its log and may have forgotten a promise.
    Impaired,
}
