//! The rules that keep a Milvus cluster correct, each of which can be switched off to see its purpose.
//!
//! Each rule guards one place in the code. Without it pods otherwise behave correctly, and the checkers find the
//! violation. Guarantees: every rule is on unless it was switched off; a rule names the invariant or the liveness
//! property that is violated without it. Leaves out: the rules inside a Raft group (`quorum_raft::rules`), and the
//! checkers.

use serde::{Deserialize, Serialize};

/// A rule. Its position in [`RULES`] is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Rule {
    /// The log's owner passes a tick on only with the position for which the log's leader vouched.
    TickWithPosition,
    /// A reader that is still busy compares the position of a new message with what it has received.
    GapCheckWhileBusy,
    /// The log's leader vouches only while no other can have been elected (thesis 6.4, ReadIndex).
    TickWhenCertain,
    /// The metadata store renews a lease only while no other leader can have been elected (etcd: ensureLeadership).
    RenewWhenCertain,
    /// A new leader of the metadata store gives every lease its full time again (etcd: lessor.Promote).
    ExtendOnPromotion,
    /// The log refuses records of an older epoch after a fence.
    FenceByEpoch,
    /// A search waits until the service time has reached its guarantee.
    WaitForGuaranteeTs,
    /// A record is acknowledged when a majority of the log's replicas has it.
    AckAfterMajority,
    /// A process that has lost its lease exits.
    ExitOnLeaseLoss,
    /// A segment is recorded as flushed only when it is in the object store.
    CheckpointAfterFlush,
    /// A new delegator reads the log from the checkpoint on.
    ReplayFromCheckpoint,
    /// Growing rows are released when sealed segments that hold them are served.
    ReleaseGrowing,
    /// Growing rows are not released before that.
    LoadBeforeRelease,
    /// A search sees the growing rows and the segments as they were when it began (PinReadableSegments).
    PinSegments,
    /// Only nodes with a live session receive segments.
    SessionBeforePlacement,
    /// Rows that are found twice are returned once.
    ReduceByKey,
    /// A reader that hears nothing from the log subscribes again.
    ResubscribeWhenSilent,
    /// A delegator in a streaming node answers only while that node's lease as the log's owner is valid.
    ServeWhileOwner,
    /// A log store refuses entries of an earlier writer than the one it has promised itself to.
    WoodpeckerFence,
    /// The log's writer acknowledges an entry when the ack quorum of its log stores has it.
    WoodpeckerAckQuorum,
    /// A new writer takes over every entry that any of the log stores has that refuse its predecessors.
    WoodpeckerRecovery,
    /// Segments of a snapshot are not collected.
    SnapshotPinsSegments,
    /// Nothing of an import is seen before all of it is there.
    ImportAllOrNothing,
    /// The holder of a lease counts from when it asked for it, not from when it was answered (Chubby paper, 2.8).
    LeaseCountsFromRequest,
    /// The holder of a lease leaves a margin of it unused, for clocks that differ (the same).
    LeaseMargin,
}

quorum_sim::switchable_rules!();

/// All rules, by number.
pub const RULES: [RuleFacts; 25] = [
    facts(Rule::TickWithPosition, "tick_with_position", "tick_complete"),
    facts(Rule::GapCheckWhileBusy, "gap_check_while_busy", "stream_without_gaps"),
    facts(Rule::TickWhenCertain, "tick_when_certain", "ticks_by_certain_leader"),
    facts(Rule::RenewWhenCertain, "renew_when_certain", "lease_store_majority"),
    facts(Rule::ExtendOnPromotion, "extend_on_promotion", "lease_belief"),
    facts(Rule::FenceByEpoch, "fence_by_epoch", "acknowledged_kept"),
    facts(Rule::WaitForGuaranteeTs, "wait_for_guarantee_ts", "guarantee_time"),
    facts(Rule::AckAfterMajority, "ack_after_majority", "acknowledged_durable"),
    facts(Rule::ExitOnLeaseLoss, "exit_on_lease_loss", "one_acting"),
    facts(Rule::CheckpointAfterFlush, "checkpoint_after_flush", "checkpoint_flushed"),
    facts(Rule::ReplayFromCheckpoint, "replay_from_checkpoint", "stream_without_gaps"),
    facts(Rule::ReleaseGrowing, "release_growing", "memory_bounded"),
    facts(Rule::LoadBeforeRelease, "load_before_release", "released_after_served"),
    facts(Rule::PinSegments, "pin_segments", "guarantee_visible"),
    facts(Rule::SessionBeforePlacement, "session_before_placement", "placed_on_session"),
    facts(Rule::ReduceByKey, "reduce_by_key", "row_once"),
    facts(Rule::ResubscribeWhenSilent, "resubscribe_when_silent", "progress"),
    facts(Rule::ServeWhileOwner, "serve_while_owner", "delegator_owns_log"),
    facts(Rule::WoodpeckerFence, "woodpecker_fence", "acknowledged_held"),
    facts(Rule::WoodpeckerAckQuorum, "woodpecker_ack_quorum", "acknowledged_durable"),
    facts(Rule::WoodpeckerRecovery, "woodpecker_recovery", "acknowledged_held"),
    facts(Rule::SnapshotPinsSegments, "snapshot_pins_segments", "snapshot_pinned"),
    facts(Rule::ImportAllOrNothing, "import_all_or_nothing", "import_atomic"),
    facts(Rule::LeaseCountsFromRequest, "lease_counts_from_request", "lease_belief"),
    facts(Rule::LeaseMargin, "lease_margin", "lease_belief"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::INVARIANTS;
    use quorum_sim::swarm::PROGRESS;

    #[test]
    fn every_rule_is_in_its_place_and_names_an_invariant() {
        for (number, facts) in RULES.iter().enumerate() {
            assert_eq!(facts.rule as usize, number, "{}", facts.name);
            assert_eq!(serde_json::to_value(facts.rule).expect("a word"), facts.name);
            assert!(facts.breaks == PROGRESS || INVARIANTS.contains(&facts.breaks), "{}", facts.breaks);
            let mut rules = Rules::default();
            rules.set(facts.rule, false);
            assert!(!rules.on(facts.rule));
            rules.set(facts.rule, true);
            assert_eq!(rules, Rules::default());
        }
    }
}
