//! What nodes say to each other (figure 2 of the paper, and chapters 3, 4 and 6 of the thesis).
//!
//! Promises: plain data. Leaves out: how it travels.

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
    /// The sender's term; of a pre-vote and its granting, the term that would be campaigned in.
    pub term: u64,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// RequestVote, or its rehearsal (thesis 9.6).
    Vote {
        /// Index and term of the candidate's last entry.
        last: (u64, u64),
        /// Whether it only asks what the answer would be.
        pre: bool,
        /// Whether the leader itself wants this election (thesis 3.10).
        transfer: bool,
    },
    /// Its answer.
    VoteResp {
        /// Whether the vote is given.
        granted: bool,
        /// Whether it was only a rehearsal.
        pre: bool,
        /// What the voter knows to be committed, index and term: without it, a candidate that missed the commitment of a
        /// change could wait for votes of nodes that are no longer there to be elected themselves.
        commit: (u64, u64),
        /// With a vote, for how many ticks the voter has still promised an earlier leader to help no other: the new
        /// leader commits nothing before (`reads`).
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
        /// The leader's latest round, which the answer brings back.
        round: u64,
    },
    /// Its answer.
    AppendResp {
        /// On success, how far the follower's log is known to agree, durably. On refusal, the refused index.
        index: u64,
        /// None on success. On refusal, the follower's last entry that may still agree: index and term.
        hint: Option<(u64, u64)>,
        /// The round of the append.
        round: u64,
    },
    /// The leader is there.
    Heartbeat {
        /// How far the receiver may commit.
        commit: u64,
        /// The leader's latest round: reads wait for a majority to answer it.
        round: u64,
    },
    /// Its answer.
    HeartbeatResp {
        /// The round that is answered.
        round: u64,
    },
    /// InstallSnapshot, whole.
    Snapshot {
        /// The snapshot.
        snapshot: Arc<Snapshot>,
        /// The leader's latest round, which the answer brings back.
        round: u64,
    },
    /// Its answer: the follower's log reaches this index, durably.
    SnapshotResp {
        /// The index.
        index: u64,
        /// The round of the snapshot.
        round: u64,
    },
    /// The leader hands over: stand for election now (thesis 3.10).
    TimeoutNow,
    /// A follower asks on behalf of a reader (thesis 6.4).
    ReadIndex {
        /// The reader's number.
        context: u64,
    },
    /// Its answer.
    ReadIndexResp {
        /// The reader's number.
        context: u64,
        /// The read sees everything up to here.
        index: u64,
    },
    /// A proposal that was sent on.
    Propose {
        /// The data.
        data: Arc<[u8]>,
    },
    /// Its answer.
    ProposeResp {
        /// The entry's index; none if the receiver did not take it.
        index: Option<u64>,
    },
    /// A node that lost part of its log asks what it may have promised.
    Recover {
        /// Tells this asking from earlier ones.
        nonce: u64,
    },
    /// Its answer, with the receiver's term in the message.
    RecoverResp {
        /// The asking that is answered.
        nonce: u64,
        /// Of a leader: its last index.
        leads_to: Option<u64>,
        /// What the receiver knows; nothing if it has lost something as well.
        known: Option<Box<Known>>,
    },
}

/// What a node that has lost nothing knows of the group: with that, one that has can tell whom else it has to ask.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Index and term of the last entry that it knows to be committed; it has applied everything up to there.
    pub commit: (u64, u64),
    /// An index from which on the configuration counts that counts for it, and that configuration.
    pub conf: (u64, Conf),
    /// The last change in its log that is not applied: its index, and everyone who would have a vote.
    pub pending: Option<(u64, Vec<NodeId>)>,
}
