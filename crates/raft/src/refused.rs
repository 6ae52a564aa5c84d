//! Why Raft does not do what it is asked.
//!
//! Promises: each reason has one code and one sentence, wherever it is told. Leaves out: what makes no sense to begin with,
//! such as a node that nobody knows; that is for whoever drives a node to refuse.

use quorum_types::Refusal;

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This node does not lead.
    NotLeader,
    /// It is handing its leadership over.
    Transfer,
    /// Too many bytes are not committed.
    Full,
    /// A change of the configuration is not applied yet, or a joint one is not left.
    PendingConf,
    /// The change or the target makes no sense, and why.
    Senseless(&'static str),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let (code, error) = match refused {
            Refused::NotLeader => {
                ("not_leader", "this node does not lead, and knows no leader that it could ask")
            }
            Refused::Transfer => ("transfer", "leadership is being handed over"),
            Refused::Full => ("full", "too many bytes wait to be committed"),
            Refused::PendingConf => {
                ("pending_conf", "a change of the configuration is under way, or a joint one is not left yet")
            }
            Refused::Senseless(why) => ("bad_conf", why),
        };
        Self::new(code, error)
    }
}
