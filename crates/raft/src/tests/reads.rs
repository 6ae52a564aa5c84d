//! Leases, and nodes that stand for election early (thesis 6.4.1); one tick at a time, which no scenario can say.

use super::group::{Group, config};
use crate::{Body, Config, Message, ReadMode};

/// Three nodes, node 1 leads and has a lease that node 2 has just confirmed; node 3 has heard nothing for long.
fn leased() -> Group {
    let mut group = Group::new(3, Config { check_quorum: true, waits_for_leases: true, ..config() });
    group.campaign(1);
    group.settle();
    group.cut.extend([(1, 3), (3, 1)]);
    group.at(3, |raft| raft.set_timeout(50));
    group.tick(3, 12);
    group.tick(1, 1);
    group.settle();
    group.cut.extend([(1, 2), (2, 1)]);
    assert!(group.raft(1).holds_lease());
    group
}

/// The reads that node 1 serves by its lease while node `leader` has been elected in spite of it, one tick at a time:
/// nothing new is committed as long as it does.
fn nothing_is_missed(mut group: Group, leader: u32) {
    assert!(group.raft(leader).leads() && group.raft(1).holds_lease());
    let before = group.watch.top();
    group.propose(leader, "b").expect("it leads");
    group.settle();
    let mut served = 0;
    for context in 1..30 {
        let leased = group.raft(1).holds_lease();
        // Without its lease it asks a majority that does not hear it, and steps down in the end.
        let _ = group.read(1, context, ReadMode::Lease);
        group.settle();
        served += u64::from(leased);
        assert!(!leased || group.watch.top() == before, "after {context} ticks");
        group.ids().into_iter().for_each(|id| group.tick(id, 1));
        group.settle();
    }
    assert_eq!(group.watch.breaches, []);
    assert!(served > 0 && group.watch.top() > before, "the lease was worth something, and ends");
}

#[test]
fn who_is_made_to_stand_commits_nothing_before_its_own_promise_is_over() {
    let mut group = leased();
    group.campaign(2);
    group.settle();
    nothing_is_missed(group, 2);
}

#[test]
fn a_timeout_that_was_set_short_breaks_no_lease() {
    let mut group = leased();
    group.at(2, |raft| raft.set_timeout(1));
    group.ids().into_iter().for_each(|id| group.tick(id, 1));
    group.settle();
    nothing_is_missed(group, 2);
}

/// Node 2 learns of a later term, follows no node from then on, and votes: its promise to node 1 holds all the same.
#[test]
fn a_promise_outlives_whom_it_was_given_to_in_the_voter_s_eyes() {
    let mut group = leased();
    let term = group.raft(3).term() + 4;
    let late = Message { from: 3, to: 2, term, body: Body::HeartbeatResp { round: 1 } };
    group.net.push(late);
    group.settle();
    assert_eq!((group.raft(2).term(), group.raft(2).leader()), (term, None));
    for _ in 0..6 {
        group.campaign(3);
        group.settle();
    }
    nothing_is_missed(group, 3);
}

#[test]
fn who_stands_because_the_time_is_up_or_by_transfer_waits_for_nothing() {
    let mut group = leased();
    group.tick(2, 10);
    group.campaign(2);
    group.settle();
    assert!(group.raft(2).leads() && !group.raft(2).elected_early());
    let mut group = Group::new(3, Config { check_quorum: true, waits_for_leases: true, ..config() });
    group.campaign(1);
    group.settle();
    group.at(1, |raft| raft.transfer(2)).expect("it is up").expect("it leads");
    group.settle();
    assert!(group.raft(2).leads() && !group.raft(2).elected_early());
    assert_eq!(group.raft(2).commit(), 2);
    // Without check-quorum there is no lease, and no promise.
    let mut group = Group::new(3, Config { waits_for_leases: true, ..config() });
    group.campaign(1);
    group.settle();
    group.campaign(2);
    group.settle();
    assert!(group.raft(2).leads() && !group.raft(2).elected_early());
}
