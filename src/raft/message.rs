//! What nodes say to each other (figure 2 of the paper).
//!
//! Promises: plain data; a heartbeat is an append without entries. Leaves out: how it travels.

use std::sync::Arc;

use super::log::Entry;
use crate::types::NodeId;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
    /// The sender's term.
    pub term: u64,
    /// What it says.
    pub body: Body,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// RequestVote.
    Vote {
        /// Index and term of the candidate's last entry.
        last: (u64, u64),
    },
    /// Its answer.
    VoteResp {
        /// Whether the vote is given.
        granted: bool,
    },
    /// AppendEntries.
    Append {
        /// Index and term of the entry before `entries`.
        prev: (u64, u64),
        /// The entries, from `prev.0 + 1`.
        entries: Vec<Arc<Entry>>,
        /// The leader's commit index.
        commit: u64,
    },
    /// Its answer.
    AppendResp {
        /// On success, how far the follower's log is known to agree, durably. On refusal, the refused index.
        index: u64,
        /// None on success. On refusal, where to go on: an index, and the term that conflicts there (0 if the
        /// follower's log is simply shorter).
        hint: Option<(u64, u64)>,
    },
}
