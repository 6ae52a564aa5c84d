//! The rules that keep a replica set safe and live, each of which can be switched off to see its purpose.
//!
//! Switching a rule off is not an error in the program but a fault in the protocol: nodes otherwise behave correctly,
//! and the checkers find the violations. Guarantees: every rule is on unless it was switched off; a rule names the
//! invariant or the liveness property that is violated without it. Leaves out: the sentences that explain them to
//! people (`words`), and the checkers.

use serde::{Deserialize, Serialize};

/// A rule. Its position in [`RULES`] is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Rule {
    /// 5.2: one vote per term.
    VoteOnce,
    /// 5.2: term and vote are written before they take effect.
    PersistVote,
    /// 5.4.1: a vote goes only to a log that is at least as up to date.
    LogUpToDate,
    /// 5.2: a majority is more than half.
    StrictMajority,
    /// 5.4.2: only entries of the leader's own term are committed by counting.
    CommitCurrentTermOnly,
    /// 5.3: a follower accepts entries only after an entry that it shares with the leader.
    AppendConsistencyCheck,
    /// 5.3: a follower truncates its log only at a conflict.
    TruncateOnlyOnConflict,
    /// 5.1: a node that learns of a higher term becomes a follower.
    StepDownOnHigherTerm,
    /// 5.1: entries from a deposed leader are refused.
    FenceDeposedLeader,
    /// 5.3: a follower commits no further than it is known to agree with the leader.
    CommitBoundedByMatch,
    /// Thesis 6.2: a leader that does not hear from a majority stops leading.
    CheckQuorum,
    /// 5.2: election timeouts are drawn at random.
    RandomisedTimeouts,
    /// Thesis 6.4: a read waits until a majority has confirmed that its leader still leads.
    ReadIndexQuorum,
    /// Thesis 6.4: a new leader serves no read before an entry of its term is committed.
    ReadAfterOwnCommit,
    /// Thesis 6.4.1: a lease ends before another node can be elected.
    LeaseBounded,
    /// Thesis 4.1: one membership change at a time.
    OneConfChange,
    /// 5.3: an answer is sent only when what it promises is durable.
    PersistBeforeAnswering,
    /// Written data counts as durable only after an fsync.
    FsyncBeforeAck,
    /// Data read back from a log is verified against its checksum.
    ChecksumOnReplay,
    /// A node that may have forgotten a promise does not vote until it is safe.
    RepairBeforeVoting,
    /// Section 8: a write that was sent twice takes effect once.
    ApplyOnce,
}

/// A rule's name, and the invariant or property that is violated without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleFacts {
    /// The rule.
    pub rule: Rule,
    /// Its name in commands and protocols.
    pub name: &'static str,
    /// The invariant or property that is violated without it.
    pub breaks: &'static str,
}

const fn facts(rule: Rule, name: &'static str, breaks: &'static str) -> RuleFacts {
    RuleFacts { rule, name, breaks }
}

/// All rules, by number.
pub const RULES: [RuleFacts; 21] = [
    facts(Rule::VoteOnce, "vote_once", "election_safety"),
    facts(Rule::PersistVote, "persist_vote", "election_safety"),
    facts(Rule::LogUpToDate, "log_up_to_date", "leader_completeness"),
    facts(Rule::StrictMajority, "strict_majority", "election_safety"),
    facts(Rule::CommitCurrentTermOnly, "commit_current_term_only", "leader_completeness"),
    facts(Rule::AppendConsistencyCheck, "append_consistency_check", "log_matching"),
    facts(Rule::TruncateOnlyOnConflict, "truncate_only_on_conflict", "committed_durable"),
    facts(Rule::StepDownOnHigherTerm, "step_down_on_higher_term", "election_safety"),
    facts(Rule::FenceDeposedLeader, "fence_deposed_leader", "committed_durable"),
    facts(Rule::CommitBoundedByMatch, "commit_bounded_by_match", "state_machine_safety"),
    facts(Rule::CheckQuorum, "check_quorum", "leader_hears_quorum"),
    facts(Rule::RandomisedTimeouts, "randomised_timeouts", "progress"),
    facts(Rule::ReadIndexQuorum, "read_index_quorum", "linearizable"),
    facts(Rule::ReadAfterOwnCommit, "read_after_own_commit", "linearizable"),
    facts(Rule::LeaseBounded, "lease_bounded", "linearizable"),
    facts(Rule::OneConfChange, "one_conf_change", "one_membership_change"),
    facts(Rule::PersistBeforeAnswering, "persist_before_answering", "committed_durable"),
    facts(Rule::FsyncBeforeAck, "fsync_before_ack", "committed_durable"),
    facts(Rule::ChecksumOnReplay, "checksum_on_replay", "replay_exact_prefix"),
    facts(Rule::RepairBeforeVoting, "repair_before_voting", "leader_completeness"),
    facts(Rule::ApplyOnce, "apply_once", "linearizable"),
];

/// Which rules are off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    off: u32,
}

impl Rules {
    /// Whether a rule is on.
    #[inline]
    pub fn on(self, rule: Rule) -> bool {
        self.off & (1 << rule as u8) == 0
    }

    /// Switches a rule.
    pub fn set(&mut self, rule: Rule, on: bool) {
        if on {
            self.off &= !(1 << rule as u8);
        } else {
            self.off |= 1 << rule as u8;
        }
    }

    /// Whether all are on.
    pub fn all_on(self) -> bool {
        self.off == 0
    }
}

impl Rule {
    /// The rule with this name.
    pub fn parse(name: &str) -> Option<Self> {
        RULES.iter().find(|facts| facts.name == name).map(|facts| facts.rule)
    }

    /// Its name, and what is violated without it.
    pub fn facts(self) -> &'static RuleFacts {
        &RULES[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_in_its_place_and_can_be_switched() {
        for (number, facts) in RULES.iter().enumerate() {
            assert_eq!(facts.rule as usize, number, "{}", facts.name);
            assert_eq!(Rule::parse(facts.name), Some(facts.rule));
            let mut rules = Rules::default();
            rules.set(facts.rule, false);
            assert!(!rules.on(facts.rule) && !rules.all_on());
            rules.set(facts.rule, true);
            assert!(rules.all_on());
        }
    }
}
