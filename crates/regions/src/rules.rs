//! The rules that keep two regions safe and live, each of which can be switched off to see its purpose.
//!
//! Switching a rule off is a fault in the procedure, not in the program: everything else works as before, and the
//! checkers find the violation. Several rules are faults that this simulation once had (`dns_cache_until_ttl`,
//! `latency_before_durable`, `resync_restarts_shipping`, `cut_stops_a_copy`, `copy_includes_new_writes`, `one_rpo`,
//! `outage_waits_for_all`). Guarantees: every rule is on unless it was switched off; a rule names the invariant or the
//! liveness property that is violated without it. Leaves out: the checkers.

use quorum_sim::swarm::PROGRESS;
use serde::{Deserialize, Serialize};

/// A rule. Its position in [`RULES`] is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Rule {
    /// A region is promoted only after the old primary was demoted or its lease has ended (PostgreSQL documentation,
    /// 26.3: the old primary must be told that it is no longer the primary, STONITH).
    FenceBeforePromote,
    /// A region checks at every write that it was not fenced (Gray and Cheriton 1989: a lease ends at its holder too).
    FenceCheckedOnWrite,
    /// Every promotion has a new epoch (fencing tokens: Kleppmann, “How to do distributed locking”, 2016).
    EpochGrowsOnPromotion,
    /// A write is acknowledged once it is durable, not once it has arrived.
    AckAfterDurable,
    /// A write is durable no earlier than its packets can have arrived.
    LatencyBeforeDurable,
    /// A standby applies the records of the log without gaps.
    ApplyWithoutGaps,
    /// A delete is shipped like every other record.
    TombstonesTravel,
    /// Bringing writes over skips rows that were deleted or written since.
    MergeKeepsNewer,
    /// A region whose contents diverged is filled before it follows again.
    RefillBeforeFollowing,
    /// A filled standby is followed up, whatever the link did in the meantime.
    ResyncRestartsShipping,
    /// A copy moves on only while the link carries it.
    CutStopsACopy,
    /// What was written during a copy is shipped too, and costs its bytes.
    CopyIncludesNewWrites,
    /// A backup is verified against its checksums when it is read.
    VerifyBackupChecksum,
    /// An incremental backup builds on a backup of the same history.
    IncrementKeepsLineage,
    /// A resolver returns the address that it has cached until the TTL ends.
    DnsCacheUntilTtl,
    /// A failed step ends the runbook.
    FailedStepStops,
    /// The recovery point shown is that of the writes that were reported as lost.
    OneRpo,
    /// A lost write is reported once.
    ReportLossOnce,
    /// An outage lasts until all clients that failed in it are served again.
    OutageWaitsForAll,
    /// A salvage checkpoint is the position that the new primary has applied, not the one that was sent to it (Milvus
    /// 3.0 source, replicates `SwitchReplicateMode`: the checkpoint of the secondary's state).
    SalvageFromApplied,
}

quorum_sim::switchable_rules!();

/// All rules, by number.
pub const RULES: [RuleFacts; 20] = [
    facts(Rule::FenceBeforePromote, "fence_before_promote", "single_writer"),
    facts(Rule::FenceCheckedOnWrite, "fence_checked_on_write", "fenced_accepts_nothing"),
    facts(Rule::EpochGrowsOnPromotion, "epoch_grows_on_promotion", "epochs_grow"),
    facts(Rule::AckAfterDurable, "ack_after_durable", "acknowledged_is_durable"),
    facts(Rule::LatencyBeforeDurable, "latency_before_durable", "durable_after_arrival"),
    facts(Rule::ApplyWithoutGaps, "apply_without_gaps", "applied_without_gaps"),
    facts(Rule::TombstonesTravel, "tombstones_travel", "deleted_stays_deleted"),
    facts(Rule::MergeKeepsNewer, "merge_keeps_newer", "deleted_stays_deleted"),
    facts(Rule::RefillBeforeFollowing, "refill_before_following", "standby_equals_primary"),
    facts(Rule::ResyncRestartsShipping, "resync_restarts_shipping", PROGRESS),
    facts(Rule::CutStopsACopy, "cut_stops_a_copy", "link_within_capacity"),
    facts(Rule::CopyIncludesNewWrites, "copy_includes_new_writes", "transfers_are_paid"),
    facts(Rule::VerifyBackupChecksum, "verify_backup_checksum", "restore_is_exact"),
    facts(Rule::IncrementKeepsLineage, "increment_keeps_lineage", "restore_is_exact"),
    facts(Rule::DnsCacheUntilTtl, "dns_cache_until_ttl", "resolver_keeps_to_ttl"),
    facts(Rule::FailedStepStops, "failed_step_stops", "steps_in_order"),
    facts(Rule::OneRpo, "one_rpo", "rpo_agrees"),
    facts(Rule::ReportLossOnce, "report_loss_once", "loss_reported_once"),
    facts(Rule::OutageWaitsForAll, "outage_waits_for_all", "outage_adds_up"),
    facts(Rule::SalvageFromApplied, "salvage_from_applied", "salvage_complete"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use quorum_sim::swarm::SwitchableRule as _;

    #[test]
    fn every_rule_is_in_its_place_and_can_be_switched() {
        for (number, facts) in RULES.iter().enumerate() {
            assert_eq!(facts.rule as usize, number, "{}", facts.name);
            assert_eq!(Rule::named(facts.name), Some(facts.rule));
            let mut rules = Rules::default();
            rules.set(facts.rule, false);
            assert!(!rules.on(facts.rule) && rules != Rules::default());
            rules.set(facts.rule, true);
            assert_eq!(rules, Rules::default());
        }
    }
}
