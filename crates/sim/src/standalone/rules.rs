//! The rules that keep a single engine's data safe, each of which can be switched off to see its purpose.
//!
//! Switching a rule off is not an error in the program but a fault in its design: the engine otherwise behaves
//! correctly, and the checkers find the violations. Guarantees: every rule is on unless it was switched off; a rule
//! names the invariant that is violated without it. Leaves out: the checkers, and the rules of a replica set
//! (`quorum_raft`).

use serde::{Deserialize, Serialize};

/// A rule. Its position in [`RULES`] is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Rule {
    /// A write is acknowledged only when its record is durable.
    FsyncBeforeAck,
    /// A write becomes visible only when its record is durable.
    ApplyAfterDurable,
    /// The stamp names the LSN of a write before that write is acknowledged.
    StampBeforeAck,
    /// Data read back from a log is verified against its checksum.
    ChecksumOnReplay,
    /// A torn tail is cut off before anything is written after it. Schedules and scripts name it as they always did.
    #[serde(rename = "cut_torn_end")]
    CutTornTail,
    /// A log that ends before the stamp's LSN is refused.
    RefuseMissingRecords,
    /// Log files that a checkpoint deleted are not read if a crash brings them back.
    PassOverReturnedFiles,
    /// The objects that a manifest names are durable before the manifest is written.
    SyncObjectsBeforeManifest,
    /// The log is truncated only when the manifest that replaces it is durable.
    ManifestBeforeTruncate,
    /// A boot record keeps which of the recovered rows nothing proves to have been acknowledged.
    MarkUnproven,
    /// Nothing is written that does not fit on the disk.
    RoomBeforeWrite,
}

crate::switchable_rules!();

/// All rules, by number.
pub const RULES: [RuleFacts; 11] = [
    facts(Rule::FsyncBeforeAck, "fsync_before_ack", "acknowledged_kept"),
    facts(Rule::ApplyAfterDurable, "apply_after_durable", "visible_is_durable"),
    facts(Rule::StampBeforeAck, "stamp_before_ack", "stamp_covers_acknowledged"),
    facts(Rule::ChecksumOnReplay, "checksum_on_replay", "replay_exact_prefix"),
    facts(Rule::CutTornTail, "cut_torn_end", "undamaged_opens"),
    facts(Rule::RefuseMissingRecords, "refuse_missing_records", "damage_refused"),
    facts(Rule::PassOverReturnedFiles, "pass_over_returned_files", "undamaged_opens"),
    facts(Rule::SyncObjectsBeforeManifest, "sync_objects_before_manifest", "manifest_names_durable"),
    facts(Rule::ManifestBeforeTruncate, "manifest_before_truncate", "log_reaches_checkpoint"),
    facts(Rule::MarkUnproven, "mark_unproven", "unproven_reported"),
    facts(Rule::RoomBeforeWrite, "room_before_write", "capacity_respected"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::SwitchableRule as _;

    #[test]
    fn every_rule_is_in_its_place_and_can_be_switched() {
        for (number, facts) in RULES.iter().enumerate() {
            assert_eq!(facts.rule as usize, number, "{}", facts.name);
            assert_eq!(Rule::named(facts.name), Some(facts.rule));
            let text = serde_json::to_value(facts.rule).expect("a word");
            assert_eq!(text, facts.name);
            let mut rules = Rules::default();
            rules.set(facts.rule, false);
            assert!(!rules.on(facts.rule));
            rules.set(facts.rule, true);
            assert_eq!(rules, Rules::default());
        }
    }
}
