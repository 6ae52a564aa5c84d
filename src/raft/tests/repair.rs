//! Nodes that lost what they had answered for.

use super::check;
use super::script::story;
use expect_test::expect;

#[test]
fn an_impaired_node_is_repaired_by_the_present_leader() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         propose 1 b
         run
         crash 2
         impair 2 1
         state
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 a
            > propose 1 b
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [3@1] commit=1
            n1@1 → n3 append base=2@1 [3@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n3@1 → n1 append_resp 2
            n2@1 → n1 append_resp 3
              n1@1 commits 3@1
            n3@1 → n1 append_resp 3
            n1@1 → n2 append base=3@1 [] commit=2
              n2@1 commits 2@1
            n1@1 → n3 append base=3@1 [] commit=2
              n3@1 commits 2@1
            n1@1 → n2 append base=3@1 [] commit=3
              n2@1 commits 3@1
            n1@1 → n3 append base=3@1 [] commit=3
              n3@1 commits 3@1
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            > crash 2
            > impair 2 1
              n2@1 RepairBegan
            > state
            n1 leader term=1 log=[1 1 1] commit=3
            n2 follower impaired term=1 log=[1] commit=0
            n3 follower term=1 log=[1 1 1] commit=3
            > run
            n2@1 → n1 recover
            n2@1 → n3 recover
            n1@1 → n2 append base=3@1 [] commit=3
            n1@1 → n2 recover_resp leads to 3
            n3@1 → n2 recover_resp
            n2@1 → n1 append_resp refuses 3, hint 1@1
            n1@1 → n2 append base=1@1 [2@1 3@1] commit=3
              n2@1 commits 3@1
              n2@1 RepairEnded { index: 3 }
            n2@1 → n1 append_resp 3
            n1@1 → n2 append base=3@1 [] commit=3
            n2@1 → n1 append_resp 3
            > state
            n1 leader term=1 log=[1 1 1] commit=3
            n2 follower term=1 log=[1 1 1] commit=3
            n3 follower term=1 log=[1 1 1] commit=3
        "#]],
    );
}

#[test]
fn an_impaired_node_does_not_vote_and_holds_up_no_other_election() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         run 1 2
         crash 2
         impair 2
         lose
         campaign 3
         run 3 2
         state
         tick 2 40
         run
         tick 1 1
         run
         campaign 1
         run
         tick 2 20
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
            > crash 2
            > impair 2
              n2@0 RepairBegan
            > lose
            > campaign 3
              n3@2 Campaigned { term: 2 }
            > run 3 2
            n3@2 → n2 vote last=1@1
              n2@2 VoteRefused { candidate: 3, term: 2, pre: false, why: Impaired }
            n2@2 → n3 vote_resp no
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 follower impaired term=2 log=[] commit=0
            n3 candidate term=2 log=[1] commit=1
            > tick 2 40
            > run
            n2@2 → n1 recover
            n2@2 → n3 recover
            n2@2 → n1 recover
            n2@2 → n3 recover
            n2@2 → n1 recover
            n2@2 → n3 recover
            n2@2 → n1 recover
            n2@2 → n3 recover
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n2 recover_resp leads to 2
            n3@2 → n2 recover_resp
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n2 recover_resp leads to 2
            n3@2 → n2 recover_resp
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n2 recover_resp leads to 2
            n3@2 → n2 recover_resp
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n2 recover_resp leads to 2
            n3@2 → n2 recover_resp
            n2@2 → n1 append_resp refuses 2, hint 0@0
              n1@2 SteppedDown { term: 2 }
            n2@2 → n1 append_resp refuses 2, hint 0@0
            n2@2 → n1 append_resp refuses 2, hint 0@0
            n2@2 → n1 append_resp refuses 2, hint 0@0
            > tick 1 1
            > run
            > campaign 1
              n1@3 Campaigned { term: 3 }
            > run
            n1@3 → n2 vote last=2@1
              n2@3 VoteRefused { candidate: 1, term: 3, pre: false, why: Impaired }
            n1@3 → n3 vote last=2@1
              n3@3 SteppedDown { term: 3 }
              n3@3 VoteGranted { candidate: 1, term: 3, pre: false }
            n2@3 → n1 vote_resp no
            n3@3 → n1 vote_resp yes
              n1@3 leads with 2 votes
            n1@3 → n2 append base=2@1 [3@3] commit=2
            n1@3 → n3 append base=2@1 [3@3] commit=2
            n2@3 → n1 append_resp refuses 2, hint 0@0
            n3@3 → n1 append_resp refuses 2, hint 1@1
            n1@3 → n2 append base=0@0 [1@1 2@1 3@3] commit=2
              n2@3 commits 2@1
              n2@3 RepairEnded { index: 3 }
            n1@3 → n3 append base=1@1 [2@1 3@3] commit=2
              n3@3 commits 2@1
            n2@3 → n1 append_resp 3
              n1@3 commits 3@3
            n3@3 → n1 append_resp 3
            n1@3 → n2 append base=3@3 [] commit=3
              n2@3 commits 3@3
            n1@3 → n3 append base=3@3 [] commit=3
              n3@3 commits 3@3
            n2@3 → n1 append_resp 3
            n3@3 → n1 append_resp 3
            > tick 2 20
              n2@4 TimedOut { ticks: 19 }
              n2@4 Campaigned { term: 4 }
            > run
            n2@4 → n1 vote last=3@3
              n1@4 SteppedDown { term: 4 }
              n1@4 VoteGranted { candidate: 2, term: 4, pre: false }
            n2@4 → n3 vote last=3@3
              n3@4 VoteGranted { candidate: 2, term: 4, pre: false }
            n1@4 → n2 vote_resp yes
              n2@4 leads with 2 votes
            n3@4 → n2 vote_resp yes
            n2@4 → n1 append base=3@3 [4@4] commit=3
            n2@4 → n3 append base=3@3 [4@4] commit=3
            n1@4 → n2 append_resp 4
              n2@4 commits 4@4
            n3@4 → n2 append_resp 4
            n2@4 → n1 append base=4@4 [] commit=4
              n1@4 commits 4@4
            n2@4 → n3 append base=4@4 [] commit=4
              n3@4 commits 4@4
            n1@4 → n2 append_resp 4
            n3@4 → n2 append_resp 4
            > state
            n1 follower term=4 log=[1 1 3 4] commit=4
            n2 leader term=4 log=[1 1 3 4] commit=4
            n3 follower term=4 log=[1 1 3 4] commit=4
        "#]],
    );
}

/// What is in flight from before is no proof: the node has answered for more.
#[test]
fn an_old_append_does_not_make_it_whole() {
    let (group, told) = story(
        "nodes 3
         lead 1
         propose 1 a
         dup 1 2 append
         propose 1 b
         deliver 1 2 append
         dup 1 2 append
         state
         deliver 1 2 append
         deliver 1 2 append
         crash 1
         restart 1
         crash 2
         impair 2 1
         deliver 2 1 recover
         deliver 2 3 recover
         deliver 1 2 recover_resp
         deliver 3 2 recover_resp
         state",
        &[],
    );
    assert!(group.raft(2).impaired(), "{told}");
}

/// Of three, two lost what they had: nobody may decide that it was nothing.
#[test]
fn a_majority_that_forgot_repairs_nobody() {
    let (mut group, told) = story(
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
        &[],
    );
    for _ in 0..100 {
        for id in 1..=3 {
            group.tick(id, 1);
        }
        group.settle();
    }
    assert!(group.raft(1).impaired() && group.raft(2).impaired() && group.leader().is_none(), "{told}");
}

#[test]
fn two_of_five_that_forgot_are_repaired() {
    let (mut group, told) = story(
        "nodes 5
         lead 1
         propose 1 a
         run
         crash 2
         crash 3
         impair 2
         impair 3
         run",
        &[],
    );
    for _ in 0..100 {
        for id in 1..=5 {
            group.tick(id, 1);
        }
        group.settle();
    }
    assert!(!group.raft(2).impaired() && !group.raft(3).impaired(), "{told}");
    assert_eq!(group.leader(), Some(1), "without a new election");
    assert_eq!(group.watch.breaches, []);
}
