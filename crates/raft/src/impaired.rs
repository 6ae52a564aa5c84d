//! What an impaired node has learned so far, until it is repaired.
//!
//! Guarantees: an answer counts once for its sender, and a newer one replaces an older one. Leaves out: which nodes it
//! asks, and when it knows enough (`repair`).

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::conf::Conf;
use super::message::Known;
use quorum_types::NodeId;

/// What an impaired node has learned so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repair {
    pub(super) nonce: u64,
    /// When it last asked.
    pub(super) asked_at: u64,
    /// The answers, by sender.
    #[serde(with = "quorum_types::as_map")]
    pub(super) answers: LiteMap<NodeId, Answer>,
    /// The newest configuration that it has learned of, and an index from which on it is in effect.
    pub(super) conf: (u64, Conf),
    /// The last entry that it has learned to be committed: index and term.
    pub(super) committed: (u64, u64),
}

/// A node's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Its term; 0 if it is impaired as well.
    pub(super) term: u64,
    /// A leader's last index.
    pub(super) leads_to: Option<u64>,
    /// The index up to which it has applied the log.
    pub(super) applied: u64,
    /// The last unapplied change in its log: its index, and every node that would have a vote.
    pub(super) pending: Option<(u64, Vec<NodeId>)>,
}

impl Repair {
    /// Records an answer; later ones replace earlier ones.
    pub(super) fn take(&mut self, from: NodeId, term: u64, leads_to: Option<u64>, known: Option<Known>) {
        // A node that is impaired itself knows nothing.
        let Known { commit, conf, pending } = known.unwrap_or_default();
        let fresh = || Answer { term, leads_to, applied: 0, pending: None };
        let answer = self.answers.entry(from).or_insert_with(fresh);
        // For one term, the first answer from its leader counts: later ones would only move the goal farther away.
        if term > answer.term || (term == answer.term && answer.leads_to.is_none()) {
            (answer.term, answer.leads_to) = (term, leads_to);
        }
        if term > 0 {
            (answer.applied, answer.pending) = (commit.0, pending);
        }
        if commit.0 > self.committed.0 {
            self.committed = commit;
        }
        if conf.0 > self.conf.0 {
            self.conf = conf;
        }
    }

    /// Every node that would have a vote after a change that may be committed, as far as is known.
    pub(super) fn pending(&self) -> impl Iterator<Item = NodeId> {
        let open = self.answers.values().filter_map(|answer| answer.pending.as_ref());
        open.filter(|(at, _)| *at > self.committed.0).flat_map(|(_, voters)| voters.iter().copied())
    }
}
