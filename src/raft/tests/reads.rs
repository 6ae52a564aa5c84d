//! Reads as stories (thesis 6.4).

use super::check;
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
