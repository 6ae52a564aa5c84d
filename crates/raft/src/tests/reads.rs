//! Reads in scripted scenarios (thesis 6.4).

use super::check;
use super::group::{Group, config};
use crate::{Body, Config, Message, ReadMode};
use expect_test::expect;

#[test]
fn a_read_waits_for_a_majority() {
    check(
        "nodes 3
         lead 1
         read 1 7 index
         state
         deliver 1 2 heartbeat
         deliver 2 1 heartbeat_resp
         state",
        &expect![[r#"
            > lead 1
            > read 1 7 index
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
            > deliver 1 2 heartbeat
            n1@1 → n2 heartbeat commit=1
            > deliver 2 1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[1] commit=1 reads=[(7, 1)]
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn a_read_at_a_follower_is_sent_on() {
    check(
        "nodes 3
         lead 1
         read 2 7 index
         run
         state",
        &expect![[r#"
            > lead 1
            > read 2 7 index
            > run
            n2@1 → n1 read_index #7
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n1@1 → n2 read_index_resp #7 sees 1
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1 reads=[(7, 1)]
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn a_read_before_the_first_commit_of_the_term_waits_for_it() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         run 1 2
         campaign 2
         deliver 2 3 vote
         deliver 3 2 vote_resp
         read 2 7 index
         state
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 a
            > run 1 2
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n2@1 → n1 append_resp 2
            > campaign 2
              n2@2 Campaigned { term: 2 }
            > deliver 2 3 vote
            n2@2 → n3 vote last=2@1
              n3@2 VoteGranted { candidate: 2, term: 2, pre: false }
            > deliver 3 2 vote_resp
            n3@2 → n2 vote_resp yes
              n2@2 leads with 2 votes
            > read 2 7 index
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 leader term=2 log=[1 1 2] commit=2
            n3 follower term=2 log=[1] commit=1
            > run
            n2@2 → n1 vote last=2@1
              n1@2 SteppedDown { term: 2 }
              n1@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n2@2 → n1 append base=2@1 [3@2] commit=2
            n2@2 → n3 append base=2@1 [3@2] commit=2
            n1@2 → n2 vote_resp yes
            n1@2 → n2 append_resp 3
              n2@2 commits 3@2
            n3@2 → n2 append_resp refuses 2, hint 1@1
            n2@2 → n1 heartbeat commit=3
              n1@2 commits 3@2
            n2@2 → n3 heartbeat commit=0
            n2@2 → n1 append base=3@2 [] commit=3
            n2@2 → n3 append base=1@1 [2@1 3@2] commit=3
              n3@2 commits 3@2
            n1@2 → n2 heartbeat_resp
            n3@2 → n2 heartbeat_resp
            n1@2 → n2 append_resp 3
            n3@2 → n2 append_resp 3
            n2@2 → n3 append base=1@1 [2@1 3@2] commit=3
            n2@2 → n3 append base=3@2 [] commit=3
            n3@2 → n2 append_resp 3
            n3@2 → n2 append_resp 3
            > state
            n1 follower term=2 log=[1 1 2] commit=3
            n2 leader term=2 log=[1 1 2] commit=3 reads=[(7, 3)]
            n3 follower term=2 log=[1 1 2] commit=3
        "#]],
    );
}

#[test]
fn a_deposed_leader_serves_nothing() {
    check(
        "nodes 3
         lead 1
         cut 1 2
         cut 1 3
         read 1 7 index
         campaign 2
         run 2 3
         propose 2 a
         run 2 3
         heal
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 1 2
            > cut 1 3
            > read 1 7 index
            > campaign 2
              n2@2 Campaigned { term: 2 }
            > run 2 3
            n2@2 → n3 vote last=1@1
              n3@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n3@2 → n2 vote_resp yes
              n2@2 leads with 2 votes
            n2@2 → n3 append base=1@1 [2@2] commit=1
            n3@2 → n2 append_resp 2
              n2@2 commits 2@2
            n2@2 → n3 append base=2@2 [] commit=2
              n3@2 commits 2@2
            n3@2 → n2 append_resp 2
            > propose 2 a
            > run 2 3
            n2@2 → n3 append base=2@2 [3@2] commit=2
            n3@2 → n2 append_resp 3
              n2@2 commits 3@2
            n2@2 → n3 append base=3@2 [] commit=3
              n3@2 commits 3@2
            n3@2 → n2 append_resp 3
            > heal
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@2 → n1 heartbeat_resp
              n1@2 SteppedDown { term: 2 }
            n3@2 → n1 heartbeat_resp
            > state
            n1 follower term=2 log=[1] commit=1
            n2 leader term=2 log=[1 2 2] commit=3
            n3 follower term=2 log=[1 2 2] commit=3
        "#]],
    );
}

#[test]
fn a_lease_saves_the_round_while_it_lasts() {
    check(
        "nodes 3 checkquorum
         lead 1
         tick 1 1
         run
         read 1 1 lease
         state
         tick 1 9
         lose
         read 1 2 lease
         state
         run
         state",
        &expect![[r#"
            > lead 1
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > read 1 1 lease
            > state
            n1 leader term=1 log=[1] commit=1 reads=[(1, 1)]
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
            > tick 1 9
            > lose
            > read 1 2 lease
            > state
            n1 leader term=1 log=[1] commit=1 reads=[(1, 1)]
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[1] commit=1 reads=[(1, 1), (2, 1)]
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn without_check_quorum_there_is_no_lease() {
    check(
        "nodes 3
         lead 1
         tick 1 1
         run
         read 1 1 lease
         state",
        &expect![[r#"
            > lead 1
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > read 1 1 lease
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn who_has_handed_over_has_no_lease() {
    check(
        "nodes 3 checkquorum
         lead 1
         tick 1 1
         run
         transfer 1 2
         read 1 1 lease
         state",
        &expect![[r#"
            > lead 1
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > transfer 1 2
            > read 1 1 lease
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn a_restarted_node_waits_out_the_lease_that_it_may_have_given() {
    check(
        "nodes 3 checkquorum
         lead 1
         crash 2
         restart 2
         campaign 3
         deliver 3 2 vote
         tick 2 9
         tick 2 1
         campaign 3
         deliver 3 2 vote",
        &expect![[r#"
            > lead 1
            > crash 2
            > restart 2
            > campaign 3
              n3@2 Campaigned { term: 2 }
            > deliver 3 2 vote
            n3@2 → n2 vote last=1@1
              n2@1 VoteRefused { candidate: 3, term: 2, pre: false, why: LeaderAlive }
            > tick 2 9
            > tick 2 1
            > campaign 3
              n3@3 Campaigned { term: 3 }
            > deliver 3 2 vote
            n3@3 → n2 vote last=1@1
              n2@3 VoteGranted { candidate: 3, term: 3, pre: false }
        "#]],
    );
}

// --- leases, and nodes that stand early

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
