//! Why Raft refuses a call.
//!
//! Guarantees: each reason has one code and one sentence everywhere. Leaves out: invalid requests, such as one for an
//! unknown node; the caller refuses these.

use quorum_types::Refusal;

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// This node does not lead.
    NotLeader,
    /// The leader is transferring its leadership.
    Transfer,
    /// Too many bytes are uncommitted.
    Full,
    /// The data is longer than the disk can hold in one record.
    TooBig,
    /// A configuration change is not applied yet, or a joint configuration is not left.
    PendingConf,
    /// The change or the target is invalid, with the reason.
    Invalid(&'static str),
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let (code, error) = match refused {
            Refused::NotLeader => {
                ("not_leader", "this node does not lead, and knows no leader that it could ask")
            }
            Refused::Transfer => ("transfer", "leadership is being handed over"),
            Refused::Full => ("full", "too many bytes wait to be committed"),
            Refused::TooBig => ("too_big", "the data is longer than a record of the log can hold"),
            Refused::PendingConf => {
                ("pending_conf", "a change of the configuration is under way, or a joint one is not left yet")
            }
            Refused::Invalid(why) => ("bad_conf", why),
        };
        Self::new(code, error)
    }
}
