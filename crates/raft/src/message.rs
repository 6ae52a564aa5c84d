//! Messages between nodes (figure 2 of the paper, and chapters 3, 4 and 6 of the thesis).
//!
//! Guarantees: plain data. Leaves out: transport.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::conf::Conf;
use super::log::{Entry, Snapshot};
use quorum_types::NodeId;

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// The sender's term; in a pre-vote and a granted pre-vote, the term of the possible candidacy.
    pub term: u64,
    /// The content.
    pub body: Body,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// RequestVote, or a pre-vote (thesis 9.6).
    Vote {
        /// Index and term of the candidate's last entry.
        last: (u64, u64),
        /// Whether this is a pre-vote.
        pre: bool,
        /// Whether the leader itself requested this election (thesis 3.10).
        transfer: bool,
    },
    /// The response to RequestVote.
    VoteResp {
        /// Whether the vote is granted.
        granted: bool,
        /// Whether it was a pre-vote.
        pre: bool,
        /// The index and term that the voter knows to be committed: without it, a candidate that missed the commitment
        /// of a change could wait for votes of nodes that no longer exist.
        commit: (u64, u64),
        /// With a vote, for how many ticks the voter has still promised an earlier leader to help no other: the new
        /// leader commits nothing before that time is over (`reads`).
        promise: u64,
    },
    /// AppendEntries.
    Append {
        /// Index and term of the entry before `entries`.
        prev: (u64, u64),
        /// The entries, from `prev.0 + 1`.
        entries: Vec<Arc<Entry>>,
        /// The leader's commit index.
        commit: u64,
        /// The leader's latest round, which the response returns.
        round: u64,
    },
    /// The response to AppendEntries.
    AppendResp {
        /// On success, the index up to which the follower's log is known to agree, durably. On refusal, the refused
        /// index.
        index: u64,
        /// None on success. On refusal, the follower's last entry that may still agree: index and term.
        hint: Option<(u64, u64)>,
        /// The round of the append.
        round: u64,
    },
    /// A heartbeat.
    Heartbeat {
        /// The index up to which the receiver may commit.
        commit: u64,
        /// The leader's latest round: reads wait for a majority to answer it.
        round: u64,
    },
    /// The response to a heartbeat.
    HeartbeatResp {
        /// The answered round.
        round: u64,
    },
    /// InstallSnapshot, in one piece.
    Snapshot {
        /// The snapshot.
        snapshot: Arc<Snapshot>,
        /// The leader's latest round, which the response returns.
        round: u64,
    },
    /// The response to InstallSnapshot: the follower's log reaches this index, durably.
    SnapshotResp {
        /// The index.
        index: u64,
        /// The round of the snapshot.
        round: u64,
    },
    /// TimeoutNow: the leader transfers leadership; stand for election now (thesis 3.10).
    TimeoutNow,
    /// A follower requests a read index on behalf of a reader (thesis 6.4).
    ReadIndex {
        /// The reader's number.
        context: u64,
    },
    /// The response to a read-index request.
    ReadIndexResp {
        /// The reader's number.
        context: u64,
        /// The read sees everything up to this index.
        index: u64,
    },
    /// A forwarded proposal.
    Propose {
        /// The data.
        data: Arc<[u8]>,
    },
    /// The response to a forwarded proposal.
    ProposeResp {
        /// The entry's index; none if the receiver did not accept it.
        index: Option<u64>,
    },
    /// A node that lost part of its log asks what it may have promised.
    Recover {
        /// Distinguishes this request from earlier ones.
        nonce: u64,
    },
    /// The response, with the receiver's term in the message.
    RecoverResp {
        /// The request that is answered.
        nonce: u64,
        /// A leader's last index.
        leads_to: Option<u64>,
        /// What the receiver knows; nothing if it has lost data as well.
        known: Option<Box<Known>>,
    },
}

/// What an intact node knows of the group: from this, a node that lost data learns which other nodes it has to ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Index and term of the last entry that it knows to be committed; it has applied everything up to there.
    pub commit: (u64, u64),
    /// The configuration in effect at the node, and an index from which on it has been in effect.
    pub conf: (u64, Conf),
    /// The last unapplied change in its log: its index, and every node that would have a vote.
    pub pending: Option<(u64, Vec<NodeId>)>,
}
