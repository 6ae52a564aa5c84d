//! What a node that was impaired knows so far, until it is repaired.
//!
//! Promises: an answer counts for its sender once, a newer one for an older one. Leaves out: whom it asks, and when it knows
//! enough (`repair`).

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::conf::Conf;
use super::message::Known;
use quorum_types::NodeId;

/// What a node that was impaired knows so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Repair {
    pub(super) nonce: u64,
    /// When it asked last.
    pub(super) asked_at: u64,
    /// Who has answered, and what.
    #[serde(with = "quorum_types::as_map")]
    pub(super) answers: LiteMap<NodeId, Answer>,
    /// The newest configuration that it was told of, and an index from which on that counts.
    pub(super) conf: (u64, Conf),
    /// The last entry that it was told to be committed: index and term.
    pub(super) committed: (u64, u64),
}

/// What somebody has answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Answer {
    /// Its term; 0 of one that is impaired as well.
    pub(super) term: u64,
    /// Of a leader its last index.
    pub(super) leads_to: Option<u64>,
    /// Up to where it has applied the log.
    pub(super) applied: u64,
    /// The last change in its log that is not applied: its index, and everyone who would have a vote.
    pub(super) pending: Option<(u64, Vec<NodeId>)>,
}

impl Repair {
    /// Takes an answer in, later ones for earlier ones.
    pub(super) fn take(&mut self, from: NodeId, term: u64, leads_to: Option<u64>, known: Option<Known>) {
        let Known { commit, conf, pending } = known.unwrap_or_default();
        let fresh = || Answer { term, leads_to, applied: 0, pending: None };
        let answer = self.answers.entry(from).or_insert_with(fresh);
        // Of one term the first answer as its leader counts: later ones would only put the goal farther off.
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

    /// Everyone who would have a vote after a change that may be committed for all that is known.
    pub(super) fn pending(&self) -> impl Iterator<Item = NodeId> {
        let open = self.answers.values().filter_map(|answer| answer.pending.as_ref());
        open.filter(|(at, _)| *at > self.committed.0).flat_map(|(_, voters)| voters.iter().copied())
    }
}
