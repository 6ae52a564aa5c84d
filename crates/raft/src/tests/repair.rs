//! Nodes that lost entries or votes they had acknowledged, where a scenario (`scenarios/repair`) cannot say it: loops
//! over time, and messages that are kept or made up.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, config};
use super::script::story;
use crate::{Body, Change, Conf, ConfChange, Config, Message, ReadMode, Role};

/// Two of three nodes lost their data: no node may decide that there was none.
#[test]
fn a_majority_that_forgot_repairs_nobody() {
    let (mut group, trace) = story(
        "nodes 3
         lead 1
         cut 1 3
         propose 1 a
         run 1 2
         heal
         crash 1
         crash 2
         impair 1
         impair 2
         run",
    );
    for _ in 0..100 {
        for id in 1..=3 {
            group.tick(id, 1);
        }
        group.settle();
    }
    assert!(group.raft(1).impaired() && group.raft(2).impaired() && group.leader().is_none(), "{trace}");
}

#[test]
fn two_of_five_that_forgot_are_repaired() {
    let (mut group, trace) = story(
        "nodes 5
         lead 1
         propose 1 a
         run
         crash 2
         crash 3
         impair 2
         impair 3
         run",
    );
    for _ in 0..100 {
        for id in 1..=5 {
            group.tick(id, 1);
        }
        group.settle();
    }
    assert!(!group.raft(2).impaired() && !group.raft(3).impaired(), "{trace}");
    assert_eq!(group.leader(), Some(1), "without a new election");
    assert_eq!(group.watch.breaches, []);
}

// --- across configurations

/// Node 3 leads three nodes, adds node 4, and alone learns that this is committed. Node 4 stands three times, each time
/// with node 3's vote, and no other node hears it. Then node 3 loses all its data, and node 4 is cut off.
fn vote_for_a_node_that_the_others_never_applied() -> (Group, Message) {
    let mut group = Group::new(3, config());
    group.campaign(3);
    group.settle();
    group.change(3, &ConfChange::Single(Change::Add(4))).expect("it leads");
    // The acknowledgements arrive; only node 4 learns of the commitment.
    for _ in 0..2 {
        let at = group.net.iter().position(|message| message.to != 4).expect("an append");
        group.deliver(at);
    }
    for other in [1, 2] {
        group.cut.extend([(3, other), (4, other)]);
    }
    group.settle();
    assert!(group.raft(4).conf().votes(4) && !group.raft(1).conf().votes(4));
    for _ in 0..3 {
        group.campaign(4);
        group.settle();
    }
    assert_eq!((group.raft(4).term(), group.raft(3).vote()), (4, Some(4)));
    let last = group.raft(4).log().last();
    let asks = Body::Vote { last, pre: false, transfer: false };
    group.crash(3);
    group.cut = BTreeSet::from([(3, 4), (4, 3), (1, 4), (4, 1), (4, 2), (2, 4)]);
    (group, Message { from: 4, to: 2, term: 4, body: asks })
}

/// Its own log names three voters, two of which answer, in a term that bounds nothing: it has since voted for a fourth.
#[test]
fn a_vote_for_someone_beyond_the_own_configuration_is_not_forgotten() {
    let (mut group, asks) = vote_for_a_node_that_the_others_never_applied();
    group.restart_impaired(3, None);
    group.settle();
    // Node 1 is elected without it, and node 2 does not learn of what follows.
    group.campaign(1);
    while !group.raft(1).leads() {
        let at = group.net.iter().position(|message| message.to != 3).expect("a vote");
        group.deliver(at);
    }
    group.cut.extend([(1, 2), (2, 1)]);
    group.net.retain(|message| message.to != 2);
    group.settle();
    assert!(group.raft(3).impaired(), "node 4 has its vote, and has not answered");
    assert_eq!(group.raft(1).commit(), 1, "nothing is committed with its help");
    // Node 4 is finally heard, and uses the vote that it was given.
    group.cut.retain(|(from, to)| !([2, 4].contains(from) && [2, 4].contains(to)));
    group.net.push(asks);
    group.settle();
    assert!(group.raft(4).leads(), "with the forgotten vote");
    group.cut.clear();
    for _ in 0..60 {
        group.ids().into_iter().for_each(|id| group.tick(id, 1));
        group.settle();
    }
    assert_eq!(group.watch.breaches, []);
    assert!(!group.raft(3).impaired() && group.raft(3).conf().votes(4));
}

/// The nodes that it asks name further nodes that its own log does not contain.
#[test]
fn members_of_the_newest_configuration_are_asked() {
    let mut group = Group::new(3, config());
    group.campaign(1);
    for change in [Change::Add(4), Change::Add(5), Change::Remove(2)] {
        group.settle();
        group.change(1, &ConfChange::Single(change)).expect("it leads");
    }
    group.settle();
    group.crash(3);
    // Node 2 is gone forever, as removed nodes are.
    group.crash(2);
    group.restart_impaired(3, None);
    let mut asked = BTreeSet::new();
    let all = group.ids();
    group.run(&all, |_, message| {
        if matches!(message.body, Body::Recover { .. }) {
            asked.insert(message.to);
        }
    });
    assert_eq!(asked, BTreeSet::from([1, 2, 4, 5]));
    assert!(!group.raft(3).impaired(), "nobody waits for node 2");
    assert_eq!(group.watch.breaches, []);
}

/// Node 1 removes itself from a pair as its leader, and its disk is lost before the other node learns of that. A
/// learner knows; its answer reaches the node that needs it with the refused vote.
#[test]
fn who_is_being_repaired_hands_on_what_it_was_told_to_be_committed() {
    let mut group = Group::of(Conf::new([1, 3], [2]), config(), 7, &BTreeMap::new());
    group.campaign(1);
    group.settle();
    group.change(1, &ConfChange::Single(Change::Learner(1))).expect("it leads");
    // Node 3 acknowledges, and does not learn of the result.
    let at = group.net.iter().position(|message| message.to == 3).expect("an append");
    group.deliver(at);
    group.cut.insert((1, 3));
    group.settle();
    assert_eq!(group.raft(2).conf().voters, [3]);
    assert_eq!(group.raft(3).conf().voters, [1, 3]);
    group.crash(1);
    group.cut.clear();
    group.restart_impaired(1, None);
    group.settle();
    assert!(group.raft(1).impaired());
    group.campaign(3);
    group.settle();
    assert_eq!(group.raft(3).conf().voters, [3], "it learned so from the one that refused its vote");
    group.campaign(3);
    for _ in 0..12 {
        group.settle();
        group.tick(1, 1);
        group.tick(3, 1);
    }
    assert!(group.raft(3).leads() && !group.raft(1).impaired());
    assert_eq!(group.watch.breaches, []);
}

// --- late answers

/// Three nodes with a copy of what node 3 acknowledged before it lost that data; its log is cut after an index.
fn late(compacts: bool, keep: Option<u64>) -> (Group, Vec<Message>) {
    let mut group = Group::new(3, config());
    group.campaign(1);
    group.settle();
    if compacts {
        group.cut.insert((1, 3));
    }
    for at in 0..6 {
        group.propose(1, &format!("{at}")).expect("it leads");
        group.run(&[1, 2, 3], |_, _| {});
    }
    if compacts {
        let applied = group.raft(1).applied();
        assert!(group.compact(1, applied));
        group.cut.clear();
        group.tick(1, 1);
    } else {
        group.propose(1, "last").expect("it leads");
    }
    let mut said = Vec::new();
    let all = group.ids();
    group.run(&all, |_, message| {
        if message.from == 3 && message.to == 1 {
            said.push(message.clone());
        }
    });
    group.crash(3);
    group.restart_impaired(3, keep);
    (group, said)
}

/// It is delivered when the leader probes, and when it sends one append after the other.
#[test]
fn what_was_acknowledged_before_a_loss_counts_for_nothing() {
    for (compacts, keep) in
        [(false, Some(0)), (false, Some(2)), (false, Some(5)), (false, None), (true, Some(7)), (true, None)]
    {
        let (group, said) = late(compacts, keep);
        let acks = |message: &&Message| {
            let Message { body, .. } = message;
            matches!(body, Body::AppendResp { hint: None, .. }) || matches!(body, Body::SnapshotResp { .. })
        };
        let kinds = said.iter().filter(acks).count();
        assert!(kinds > 0, "{said:?}");
        for message in said.iter().filter(acks) {
            for steps in 0..12 {
                let mut group = group.clone();
                // The leader has learned of the loss, and this many messages have been sent since.
                let at = group.net.iter().position(|m| m.to == 1 && matches!(m.body, Body::Recover { .. }));
                group.deliver(at.expect("it asks"));
                for _ in 0..steps {
                    if !group.net.is_empty() {
                        group.deliver(0);
                    }
                }
                let matched = matched(&group);
                group.net.insert(0, message.clone());
                group.deliver(0);
                assert!(matched_holds(&group, matched), "{message:?} after {steps}");
                // Settles, or panics.
                group.settle();
                assert_eq!(
                    group.raft(3).log().last(),
                    group.raft(1).log().last(),
                    "{message:?} after {steps}"
                );
                assert_eq!(group.watch.breaches, []);
            }
        }
    }
}

fn matched(group: &Group) -> u64 {
    let Role::Leader(leader) = group.raft(1).role() else { panic!("node 1 leads") };
    leader.followers.get(&3).expect("it follows").matched
}

/// The leader's record of what node 3 holds has not grown, and matches node 3's log.
fn matched_holds(group: &Group, before: u64) -> bool {
    matched(group) == before && matched(group) <= group.peers[&3].durable.log.last().0
}

/// A node's statement about the leader it followed stays true after the node has forgotten it.
#[test]
fn a_round_that_was_answered_before_a_loss_confirms_a_read_rightly() {
    let mut group = Group::new(3, config());
    group.campaign(1);
    group.settle();
    group.propose(1, "a").expect("it leads");
    group.settle();
    group.cut.insert((1, 2));
    group.read(1, 1, ReadMode::Index).expect("it leads");
    // Node 3 answers the round, and its answer is late.
    let at = group.net.iter().position(|message| message.to == 3).expect("a heartbeat");
    group.deliver(at);
    let answer = group.net.pop().expect("its answer");
    assert!(matches!(answer.body, Body::HeartbeatResp { .. }));
    group.crash(3);
    group.restart_impaired(3, None);
    group.cut.extend([(3, 1), (1, 3)]);
    group.settle();
    group.read(1, 2, ReadMode::Index).expect("it leads");
    group.settle();
    assert_eq!(group.peers[&1].reads, [], "nobody answers");
    group.net.push(answer);
    group.settle();
    assert_eq!(group.peers[&1].reads, [(1, 2)], "the read that began before that answer, and no later one");
    assert_eq!(group.watch.breaches, []);
}

/// An impaired node elects no node, so no lease that depends on its answers is broken.
#[test]
fn a_lease_that_rests_on_a_node_which_lost_everything_is_kept() {
    let mut group = Group::new(3, Config { check_quorum: true, ..config() });
    group.campaign(1);
    group.settle();
    group.cut.extend([(1, 2), (2, 1)]);
    group.tick(2, 12);
    group.tick(1, 1);
    group.settle();
    group.crash(3);
    group.restart_impaired(3, None);
    group.cut.extend([(1, 3), (3, 1)]);
    assert!(group.raft(1).holds_lease(), "node 3 has just answered");
    group.campaign(2);
    group.settle();
    assert!(!group.raft(2).leads());
}
