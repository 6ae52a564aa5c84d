//! Replication as stories (5.3, 5.4.2; thesis 10.2.1), and restarts.

use super::check;
use super::script::story;
use expect_test::expect;

#[test]
fn a_write() {
    check(
        "nodes 3
         lead 1
         propose 1 x
         run
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 x
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=2
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
        "#]],
    );
}

#[test]
fn a_follower_that_lags_is_found_by_one_refusal() {
    check(
        "nodes 2
         logs 1: 1 1 1 1 1 term=1
         logs 2: 1 term=1
         lead 1
         state",
        &expect![[r#"
            > lead 1
            > state
            n1 leader term=2 log=[1 1 1 1 1 2] commit=6
            n2 follower term=2 log=[1 1 1 1 1 2] commit=6
        "#]],
    );
}

#[test]
fn a_long_tail_that_conflicts_goes_back_a_term_at_a_time() {
    check(
        "nodes 3
         logs 1: 1 3 3 3 3 3 3 3 7 term=8
         logs 2: 1 3 3 4 4 5 5 5 6 term=8
         logs 3: 1 3 3 3 3 3 3 3 7 term=8
         campaign 1
         run 1 3
         state
         tick 1 1
         run 1 2
         state",
        &expect![[r#"
            > campaign 1
              n1@9 Campaigned { term: 9 }
            > run 1 3
            n1@9 → n3 vote last=9@7
              n3@9 VoteGranted { candidate: 1, term: 9, pre: false }
            n3@9 → n1 vote_resp yes
              n1@9 leads with 2 votes
            n1@9 → n3 append base=9@7 [10@9] commit=0
            n3@9 → n1 append_resp 10
              n1@9 commits 10@9
            n1@9 → n3 append base=10@9 [] commit=10
              n3@9 commits 10@9
            n3@9 → n1 append_resp 10
            > state
            n1 leader term=9 log=[1 3 3 3 3 3 3 3 7 9] commit=10
            n2 follower term=8 log=[1 3 3 4 4 5 5 5 6] commit=0
            n3 follower term=9 log=[1 3 3 3 3 3 3 3 7 9] commit=10
            > tick 1 1
            > run 1 2
            n1@9 → n2 heartbeat commit=0
            n2@9 → n1 heartbeat_resp
            n1@9 → n2 append base=9@7 [10@9] commit=10
            n2@9 → n1 append_resp refuses 9, hint 9@6
            n1@9 → n2 append base=8@3 [9@7 10@9] commit=10
            n2@9 → n1 append_resp refuses 8, hint 3@3
            n1@9 → n2 append base=3@3 [4@3 5@3 6@3 7@3] commit=10
              n2@9 Truncated { from: 4, term: 4 }
              n2@9 commits 7@3
            n2@9 → n1 append_resp 7
            n1@9 → n2 append base=7@3 [8@3 9@7 10@9] commit=10
              n2@9 commits 10@9
            n2@9 → n1 append_resp 10
            > state
            n1 leader term=9 log=[1 3 3 3 3 3 3 3 7 9] commit=10
            n2 follower term=9 log=[1 3 3 3 3 3 3 3 7 9] commit=10
            n3 follower term=9 log=[1 3 3 3 3 3 3 3 7 9] commit=10
        "#]],
    );
}

#[test]
fn no_more_than_a_window_is_under_way() {
    check(
        "nodes 3 window=2 batch=1
         lead 1
         propose 1 a
         propose 1 b
         propose 1 c
         propose 1 d
         net
         deliver 1 2 append
         deliver 2 1 append_resp
         net
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 a
            > propose 1 b
            > propose 1 c
            > propose 1 d
            > net
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [3@1] commit=1
            n1@1 → n3 append base=2@1 [3@1] commit=1
            > deliver 1 2 append
            n1@1 → n2 append base=1@1 [2@1] commit=1
            > deliver 2 1 append_resp
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            > net
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [3@1] commit=1
            n1@1 → n3 append base=2@1 [3@1] commit=1
            n1@1 → n2 append base=3@1 [4@1] commit=2
            > run
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [3@1] commit=1
            n1@1 → n3 append base=2@1 [3@1] commit=1
            n1@1 → n2 append base=3@1 [4@1] commit=2
              n2@1 commits 2@1
            n3@1 → n1 append_resp 2
            n2@1 → n1 append_resp 3
              n1@1 commits 3@1
            n3@1 → n1 append_resp 3
            n2@1 → n1 append_resp 4
              n1@1 commits 4@1
            n1@1 → n3 append base=3@1 [4@1] commit=2
              n3@1 commits 2@1
            n1@1 → n2 append base=4@1 [5@1] commit=3
              n2@1 commits 3@1
            n1@1 → n3 append base=4@1 [5@1] commit=3
              n3@1 commits 3@1
            n1@1 → n2 append base=5@1 [] commit=4
              n2@1 commits 4@1
            n3@1 → n1 append_resp 4
            n2@1 → n1 append_resp 5
              n1@1 commits 5@1
            n3@1 → n1 append_resp 5
            n2@1 → n1 append_resp 5
            n1@1 → n3 append base=5@1 [] commit=4
              n3@1 commits 4@1
            n1@1 → n2 append base=5@1 [] commit=5
              n2@1 commits 5@1
            n1@1 → n3 append base=5@1 [] commit=5
              n3@1 commits 5@1
            n3@1 → n1 append_resp 5
            n2@1 → n1 append_resp 5
            n3@1 → n1 append_resp 5
            > state
            n1 leader term=1 log=[1 1 1 1 1] commit=5
            n2 follower term=1 log=[1 1 1 1 1] commit=5
            n3 follower term=1 log=[1 1 1 1 1] commit=5
        "#]],
    );
}

#[test]
fn a_lost_append_is_missed_at_the_next_heartbeat() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         lose
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 a
            > lose
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n1@1 → n2 append base=2@1 [] commit=1
            n1@1 → n3 append base=2@1 [] commit=1
            n2@1 → n1 append_resp refuses 2, hint 1@1
            n3@1 → n1 append_resp refuses 2, hint 1@1
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
        "#]],
    );
}

#[test]
fn proposals_wait_while_too_much_is_not_committed() {
    check(
        "nodes 3 uncommitted=4
         logs 1: 1 term=1
         lead 1
         propose 1 sixsix
         propose 1 x
         run
         propose 1 x
         propose 1 yyy
         propose 1 z
         propose 2 z
         lose
         tick 1 1
         run
         propose 1 z",
        &expect![[r#"
            > lead 1
            > propose 1 sixsix
            > propose 1 x
            refused: Full
            > run
            n1@2 → n2 append base=2@2 [3@2] commit=2
            n1@2 → n3 append base=2@2 [3@2] commit=2
            n2@2 → n1 append_resp 3
              n1@2 commits 3@2
            n3@2 → n1 append_resp 3
            n1@2 → n2 append base=3@2 [] commit=3
              n2@2 commits 3@2
            n1@2 → n3 append base=3@2 [] commit=3
              n3@2 commits 3@2
            n2@2 → n1 append_resp 3
            n3@2 → n1 append_resp 3
            > propose 1 x
            > propose 1 yyy
            > propose 1 z
            refused: Full
            > propose 2 z
            refused: NotLeader
            > lose
            > tick 1 1
            > run
            n1@2 → n2 heartbeat commit=3
            n1@2 → n3 heartbeat commit=3
            n2@2 → n1 heartbeat_resp
            n3@2 → n1 heartbeat_resp
            n1@2 → n2 append base=5@2 [] commit=3
            n1@2 → n3 append base=5@2 [] commit=3
            n2@2 → n1 append_resp refuses 5, hint 3@2
            n3@2 → n1 append_resp refuses 5, hint 3@2
            n1@2 → n2 append base=3@2 [4@2 5@2] commit=3
            n1@2 → n3 append base=3@2 [4@2 5@2] commit=3
            n2@2 → n1 append_resp 5
              n1@2 commits 5@2
            n3@2 → n1 append_resp 5
            n1@2 → n2 append base=5@2 [] commit=5
              n2@2 commits 5@2
            n1@2 → n3 append base=5@2 [] commit=5
              n3@2 commits 5@2
            n2@2 → n1 append_resp 5
            n3@2 → n1 append_resp 5
            > propose 1 z
        "#]],
    );
}

#[test]
fn what_a_new_leader_found_does_not_free_room() {
    // Nine bytes of an earlier term are committed while one of this term is not.
    let (group, _) = story(
        "nodes 3 uncommitted=4
         lead 1
         propose 1 ninebytes
         deliver 1 2 append
         crash 1
         campaign 2
         deliver 2 3 vote
         deliver 3 2 vote_resp
         propose 2 xx
         run
         state",
        &[],
    );
    assert_eq!(group.leader(), Some(2));
    let mut group = group;
    group.cut.extend([(2, 3), (2, 1)]);
    assert!(group.propose(2, "xxxx").is_ok());
    assert_eq!(group.propose(2, "x"), Err(crate::Refused::Full));
}

#[test]
fn the_followers_learn_when_the_leaders_own_disk_was_the_last() {
    check(
        "nodes 3
         lead 1
         manual
         propose 1 x
         deliver 1 2 append
         persist 2
         deliver 2 1 append_resp
         state
         persist 1
         net",
        &expect![[r#"
            > lead 1
            > manual
            > propose 1 x
            > deliver 1 2 append
            n1@1 → n2 append base=1@1 [2@1] commit=1
            > persist 2
            > deliver 2 1 append_resp
            n2@1 → n1 append_resp 2
            > state
            n1 leader term=1 log=[1 1] commit=1
            n2 follower term=1 log=[1 1] commit=1
            n3 follower term=1 log=[1] commit=1
            > persist 1
              n1@1 commits 2@1
            > net
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=2@1 [] commit=2
        "#]],
    );
}

#[test]
fn a_crash_loses_what_was_not_synced_and_nothing_else() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         run
         manual
         propose 1 b
         propose 1 c
         deliver 1 2 append
         persist 2
         deliver 1 2 append
         crash 2
         restart 2
         crash 1
         restart 1
         state
         lose
         campaign 2
         persist 2
         deliver 2 3 vote
         persist 3
         run
         persist 2
         persist 3
         persist 1
         run
         state",
        &expect![[r#"
            > lead 1
            > propose 1 a
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            > manual
            > propose 1 b
            > propose 1 c
            > deliver 1 2 append
            n1@1 → n2 append base=2@1 [3@1] commit=2
            > persist 2
            > deliver 1 2 append
            n1@1 → n2 append base=3@1 [4@1] commit=2
            > crash 2
            > restart 2
            > crash 1
            > restart 1
            > state
            n1 follower term=1 log=[1 1] commit=0
            n2 follower term=1 log=[1 1 1] commit=0
            n3 follower term=1 log=[1 1] commit=2
            > lose
            > campaign 2
              n2@2 Campaigned { term: 2 }
            > persist 2
            > deliver 2 3 vote
            n2@2 → n3 vote last=3@1
              n3@2 VoteGranted { candidate: 2, term: 2, pre: false }
            > persist 3
            > run
            n2@2 → n1 vote last=3@1
              n1@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n3@2 → n2 vote_resp yes
              n2@2 commits 2@1
              n2@2 leads with 2 votes
            n2@2 → n1 append base=3@1 [4@2] commit=2
            n2@2 → n3 append base=3@1 [4@2] commit=2
            > persist 2
            > persist 3
            > persist 1
            > run
            n3@2 → n2 append_resp refuses 3, hint 2@1
            n1@2 → n2 vote_resp yes
            n1@2 → n2 append_resp refuses 3, hint 2@1
            n2@2 → n3 append base=2@1 [3@1 4@2] commit=2
            n2@2 → n1 append base=2@1 [3@1 4@2] commit=2
              n1@2 commits 2@1
            > state
            n1 follower term=2 log=[1 1 1 2] commit=2
            n2 leader term=2 log=[1 1 1 2] commit=2
            n3 follower term=2 log=[1 1 1 2] commit=2
        "#]],
    );
}

#[test]
fn a_deposed_leader_drops_what_was_not_committed() {
    check(
        "nodes 3
         lead 1
         cut 1 2
         cut 1 3
         propose 1 lost
         campaign 2
         run 2 3
         propose 2 kept
         run 2 3
         state
         heal
         tick 1 1
         run
         tick 2 1
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 1 2
            > cut 1 3
            > propose 1 lost
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
            > propose 2 kept
            > run 2 3
            n2@2 → n3 append base=2@2 [3@2] commit=2
            n3@2 → n2 append_resp 3
              n2@2 commits 3@2
            n2@2 → n3 append base=3@2 [] commit=3
              n3@2 commits 3@2
            n3@2 → n2 append_resp 3
            > state
            n1 leader term=1 log=[1 1] commit=1
            n2 leader term=2 log=[1 2 2] commit=3
            n3 follower term=2 log=[1 2 2] commit=3
            > heal
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@2 → n1 heartbeat_resp
              n1@2 SteppedDown { term: 2 }
            n3@2 → n1 heartbeat_resp
            > tick 2 1
            > run
            n2@2 → n1 heartbeat commit=0
            n2@2 → n3 heartbeat commit=3
            n1@2 → n2 heartbeat_resp
            n3@2 → n2 heartbeat_resp
            n2@2 → n1 append base=1@1 [2@2 3@2] commit=3
              n1@2 Truncated { from: 2, term: 1 }
              n1@2 commits 3@2
            n1@2 → n2 append_resp 3
            n2@2 → n1 append base=3@2 [] commit=3
            n1@2 → n2 append_resp 3
            > state
            n1 follower term=2 log=[1 2 2] commit=3
            n2 leader term=2 log=[1 2 2] commit=3
            n3 follower term=2 log=[1 2 2] commit=3
        "#]],
    );
}
