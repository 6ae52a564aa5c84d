//! Every rule of the core, switched off, breaks what it is there for: the shortest script that shows it. With the rule on,
//! the same script breaks nothing.

use super::script::story;
use crate::{RULES, Rule};

#[track_caller]
fn check(rule: Rule, script: &str) {
    let (with, told) = story(script, &[]);
    assert_eq!(with.watch.breaches, [], "with the rule on:\n{told}");
    let (without, told) = story(script, &[rule]);
    let broken: Vec<&str> = without.watch.breaches.iter().map(|(name, _)| *name).collect();
    assert!(
        broken.contains(&rule.facts().breaks),
        "{} is not among {broken:?}:\n{told}",
        rule.facts().breaks
    );
}

#[test]
fn two_votes_a_term_elect_two_leaders() {
    check(
        Rule::VoteOnce,
        "nodes 3
         campaign 1
         campaign 2
         deliver 1 3 vote
         deliver 2 3 vote
         deliver 3 1 vote_resp
         deliver 3 2 vote_resp",
    );
}

#[test]
fn a_vote_for_a_log_that_lags_elects_a_leader_that_lacks_what_was_committed() {
    check(
        Rule::LogUpToDate,
        "nodes 3
         lead 1
         cut 1 3
         propose 1 x
         run 1 2
         heal
         campaign 3
         deliver 3 2 vote
         deliver 2 3 vote_resp",
    );
}

#[test]
fn half_of_four_on_either_side_elect_two_leaders() {
    check(
        Rule::StrictMajority,
        "nodes 4
         campaign 1
         campaign 3
         deliver 1 2 vote
         deliver 2 1 vote_resp
         deliver 3 4 vote
         deliver 4 3 vote_resp",
    );
}

/// Figure 8 of the paper.
#[test]
fn an_entry_of_an_older_term_committed_by_counting_is_lost() {
    check(
        Rule::CommitCurrentTermOnly,
        "nodes 5 batch=1
         logs 1: 1 2 term=2 vote=1
         logs 2: 1 2 term=2 vote=1
         logs 3: 1 term=2
         logs 4: 1 term=2
         logs 5: 1 3 term=3 vote=5
         campaign 1
         campaign 1
         deliver 1 2 vote
         drop 1 2 vote
         lose
         campaign 1
         deliver 1 2 vote
         deliver 1 3 vote
         deliver 2 1 vote_resp
         deliver 3 1 vote_resp
         deliver 1 3 append
         deliver 3 1 append_resp
         deliver 1 3 append
         deliver 3 1 append_resp
         deliver 1 2 append
         deliver 2 1 append_resp
         crash 1
         lose
         campaign 5
         campaign 5
         campaign 5
         campaign 5
         run 5 4 3",
    );
}

#[test]
fn entries_taken_behind_another_entry_break_the_matching_of_logs() {
    check(
        Rule::AppendConsistencyCheck,
        "nodes 3
         logs 1: 1 1 term=3
         logs 3: 1 2 term=3
         logs 2: 1 1 term=3
         campaign 1
         run 1 2
         tick 1 1
         run",
    );
}

#[test]
fn a_log_cut_without_need_loses_what_was_answered_for() {
    check(
        Rule::TruncateOnlyOnConflict,
        "nodes 3
         lead 1
         cut 1 3
         propose 1 a
         propose 1 b
         dup 1 2 append
         deliver 1 2 append
         deliver 1 2 append
         deliver 2 1 append_resp
         deliver 2 1 append_resp
         deliver 1 2 append",
    );
}

#[test]
fn a_leader_that_does_not_step_down_leads_beside_another() {
    check(
        Rule::StepDownOnHigherTerm,
        "nodes 3
         lead 1
         campaign 2
         run 2 3
         tick 2 1
         run",
    );
}

#[test]
fn a_deposed_leader_overwrites_what_was_committed() {
    check(
        Rule::FenceDeposedLeader,
        "nodes 3
         lead 1
         propose 1 old
         campaign 2
         deliver 2 3 vote
         deliver 3 2 vote_resp
         deliver 2 3 append
         deliver 3 2 append_resp
         deliver 1 3 append",
    );
}

#[test]
fn a_follower_that_believes_any_commit_index_applies_what_nobody_else_does() {
    check(
        Rule::CommitBoundedByMatch,
        "nodes 3
         logs 1: 1 2 2 term=2
         logs 2: 1 2 2 term=2
         logs 3: 1 1 1 term=2
         campaign 1
         run 1 2
         tick 1 1
         deliver 1 3 heartbeat",
    );
}

#[test]
fn a_leader_that_is_not_confirmed_reads_the_past() {
    check(
        Rule::ReadIndexQuorum,
        "nodes 3
         lead 1
         cut 1 2
         cut 1 3
         campaign 2
         run 2 3
         propose 2 x
         run 2 3
         read 1 1 index",
    );
}

#[test]
fn a_new_leader_reads_the_past_before_it_commits() {
    check(
        Rule::ReadAfterOwnCommit,
        "nodes 3
         lead 1
         propose 1 x
         deliver 1 2 append
         deliver 2 1 append_resp
         lose
         crash 1
         campaign 2
         deliver 2 3 vote
         deliver 3 2 vote_resp
         read 2 1 index
         drop 2 3 append
         tick 2 1
         deliver 2 3 heartbeat
         deliver 3 2 heartbeat_resp
         run",
    );
}

#[test]
fn a_lease_without_an_end_reads_the_past() {
    check(
        Rule::LeaseBounded,
        "nodes 3 checkquorum
         lead 1
         cut 1 2
         cut 1 3
         tick 1 9
         tick 2 10
         tick 3 20
         run 2 3
         propose 3 x
         run 2 3
         read 1 1 lease",
    );
}

#[test]
fn two_changes_at_a_time_are_two_changes_at_a_time() {
    check(
        Rule::OneConfChange,
        "nodes 3
         lead 1
         conf 1 add 4
         conf 1 add 5",
    );
}

#[test]
fn a_node_that_forgot_elects_a_leader_that_lacks_what_was_committed() {
    check(
        Rule::RepairBeforeVoting,
        "nodes 3
         lead 1
         cut 1 3
         propose 1 x
         run 1 2
         heal
         crash 2
         impair 2 1
         lose
         campaign 3
         deliver 3 2 vote
         run 2 3",
    );
}

#[test]
fn every_rule_of_the_core_is_here() {
    let elsewhere = [
        Rule::PersistVote,
        Rule::CheckQuorum,
        Rule::RandomisedTimeouts,
        Rule::PersistBeforeAnswering,
        Rule::FsyncBeforeAck,
        Rule::ChecksumOnReplay,
        Rule::ApplyOnce,
    ];
    let here = include_str!("rules.rs");
    for facts in RULES.iter().filter(|facts| !elsewhere.contains(&facts.rule)) {
        let name = format!("        Rule::{:?},\n        \"nodes", facts.rule);
        assert!(here.contains(&name), "{} has no script", facts.name);
    }
}
