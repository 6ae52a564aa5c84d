//! Snapshots as stories (section 7).

use super::check;
use expect_test::expect;

#[test]
fn a_follower_behind_the_first_entry_gets_a_snapshot() {
    check(
        "nodes 3
         lead 1
         cut 1 3
         propose 1 a
         propose 1 b
         propose 1 c
         run
         compact 1 3
         heal
         tick 1 1
         run
         propose 1 d
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 1 3
            > propose 1 a
            > propose 1 b
            > propose 1 c
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [3@1] commit=1
            n1@1 → n2 append base=3@1 [4@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n2@1 → n1 append_resp 3
              n1@1 commits 3@1
            n2@1 → n1 append_resp 4
              n1@1 commits 4@1
            n1@1 → n2 append base=4@1 [] commit=2
              n2@1 commits 2@1
            n1@1 → n2 append base=4@1 [] commit=3
              n2@1 commits 3@1
            n1@1 → n2 append base=4@1 [] commit=4
              n2@1 commits 4@1
            n2@1 → n1 append_resp 4
            n2@1 → n1 append_resp 4
            n2@1 → n1 append_resp 4
            > compact 1 3
            > heal
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=4
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n1@1 → n3 append base=4@1 [] commit=4
            n3@1 → n1 append_resp refuses 4, hint 1@1
            n1@1 → n3 snapshot 3@1
              n3@1 SnapshotInstalled { index: 3, term: 1 }
            n3@1 → n1 snapshot_resp 3
            n1@1 → n3 append base=3@1 [4@1] commit=4
              n3@1 commits 4@1
            n3@1 → n1 append_resp 4
            > propose 1 d
            > run
            n1@1 → n2 append base=4@1 [5@1] commit=4
            n1@1 → n3 append base=4@1 [5@1] commit=4
            n2@1 → n1 append_resp 5
              n1@1 commits 5@1
            n3@1 → n1 append_resp 5
            n1@1 → n2 append base=5@1 [] commit=5
              n2@1 commits 5@1
            n1@1 → n3 append base=5@1 [] commit=5
              n3@1 commits 5@1
            n2@1 → n1 append_resp 5
            n3@1 → n1 append_resp 5
            > state
            n1 leader term=1 log=[…3 1 1] commit=5
            n2 follower term=1 log=[1 1 1 1 1] commit=5
            n3 follower term=1 log=[…3 1 1] commit=5
        "#]],
    );
}

#[test]
fn a_lost_snapshot_is_sent_again_after_an_election_timeout() {
    check(
        "nodes 3
         lead 1
         cut 1 3
         propose 1 a
         run
         compact 1 2
         heal
         tick 1 1
         deliver 1 3 heartbeat
         deliver 3 1 heartbeat_resp
         deliver 1 3 append
         deliver 3 1 append_resp
         drop 1 3 snapshot
         tick 1 1
         run
         state
         tick 1 9
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 1 3
            > propose 1 a
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n2@1 → n1 append_resp 2
            > compact 1 2
            > heal
            > tick 1 1
            > deliver 1 3 heartbeat
            n1@1 → n3 heartbeat commit=1
            > deliver 3 1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > deliver 1 3 append
            n1@1 → n3 append base=2@1 [] commit=2
            > deliver 3 1 append_resp
            n3@1 → n1 append_resp refuses 2, hint 1@1
            > drop 1 3 snapshot
            n1@1 → n3 snapshot 2@1
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=2
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[…2 ] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1] commit=1
            > tick 1 9
            > run
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n1@1 → n3 snapshot 2@1
              n3@1 SnapshotInstalled { index: 2, term: 1 }
            n3@1 → n1 snapshot_resp 2
            n1@1 → n3 append base=2@1 [] commit=2
            n3@1 → n1 append_resp 2
            > state
            n1 leader term=1 log=[…2 ] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[…2 ] commit=2
        "#]],
    );
}

#[test]
fn a_restart_behind_a_snapshot_goes_on_from_there() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         propose 1 b
         run
         compact 2 2
         crash 2
         restart 2
         state
         propose 1 c
         run
         tick 1 1
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
            > compact 2 2
            > crash 2
            > restart 2
            > state
            n1 leader term=1 log=[1 1 1] commit=3
            n2 follower term=1 log=[…2 1] commit=2
            n3 follower term=1 log=[1 1 1] commit=3
            > propose 1 c
            > run
            n1@1 → n2 append base=3@1 [4@1] commit=3
              n2@1 commits 3@1
            n1@1 → n3 append base=3@1 [4@1] commit=3
            n2@1 → n1 append_resp 4
              n1@1 commits 4@1
            n3@1 → n1 append_resp 4
            n1@1 → n2 append base=4@1 [] commit=4
              n2@1 commits 4@1
            n1@1 → n3 append base=4@1 [] commit=4
              n3@1 commits 4@1
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[1 1 1 1] commit=4
            n2 follower term=1 log=[…2 1 1] commit=4
            n3 follower term=1 log=[1 1 1 1] commit=4
        "#]],
    );
}

#[test]
fn a_snapshot_that_is_not_synced_is_not_answered_for() {
    check(
        "nodes 3
         lead 1
         cut 1 3
         propose 1 a
         run
         compact 1 2
         heal
         manual
         tick 1 1
         deliver 1 3 heartbeat
         deliver 3 1 heartbeat_resp
         deliver 1 3 append
         persist 3
         deliver 3 1 append_resp
         deliver 1 3 snapshot
         lose
         crash 3
         restart 3
         state",
        &expect![[r#"
            > lead 1
            > cut 1 3
            > propose 1 a
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            n2@1 → n1 append_resp 2
            > compact 1 2
            > heal
            > manual
            > tick 1 1
            > deliver 1 3 heartbeat
            n1@1 → n3 heartbeat commit=1
            > deliver 3 1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > deliver 1 3 append
            n1@1 → n3 append base=2@1 [] commit=2
            > persist 3
            > deliver 3 1 append_resp
            n3@1 → n1 append_resp refuses 2, hint 1@1
            > deliver 1 3 snapshot
            n1@1 → n3 snapshot 2@1
              n3@1 SnapshotInstalled { index: 2, term: 1 }
            > lose
            > crash 3
            > restart 3
            > state
            n1 leader term=1 log=[…2 ] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1] commit=0
        "#]],
    );
}

#[test]
fn a_snapshot_brings_the_configuration() {
    check(
        "nodes 3
         lead 1
         conf 1 add 4
         run 1 2 3
         conf 1 remove 2
         run 1 2 3
         propose 1 a
         run 1 2 3
         compact 1 3
         tick 1 1
         run
         tick 1 11
         run
         state",
        &expect![[r#"
            > lead 1
            > conf 1 add 4
            > run 1 2 3
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
              n1@1 configuration at 2: [1, 2, 3, 4]
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
              n2@1 configuration at 2: [1, 2, 3, 4]
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
              n3@1 configuration at 2: [1, 2, 3, 4]
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=2@1 [] commit=2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            > conf 1 remove 2
            > run 1 2 3
            n1@1 → n2 append base=2@1 [3@1] commit=2
            n1@1 → n3 append base=2@1 [3@1] commit=2
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
              n1@1 commits 3@1
              n1@1 configuration at 3: [1, 3, 4]
            n1@1 → n2 append base=3@1 [] commit=3
              n2@1 commits 3@1
              n2@1 configuration at 3: [1, 3, 4]
            n1@1 → n3 append base=3@1 [] commit=3
              n3@1 commits 3@1
              n3@1 configuration at 3: [1, 3, 4]
            n1@1 → n3 append base=3@1 [] commit=3
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            > propose 1 a
            > run 1 2 3
            n1@1 → n3 append base=3@1 [4@1] commit=3
            n3@1 → n1 append_resp 4
              n1@1 commits 4@1
            n1@1 → n3 append base=4@1 [] commit=4
              n3@1 commits 4@1
            n3@1 → n1 append_resp 4
            > compact 1 3
            > tick 1 1
            > run
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=0
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n1@1 → n4 snapshot 3@1
              n4@1 SnapshotInstalled { index: 3, term: 1 }
            n4@1 → n1 snapshot_resp 3
            n1@1 → n4 append base=3@1 [4@1] commit=4
              n4@1 commits 4@1
            n4@1 → n1 append_resp 4
            > tick 1 11
            > run
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n1@1 → n3 heartbeat commit=4
            n1@1 → n4 heartbeat commit=4
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[…3 1] commit=4
            n2 follower term=1 log=[1 1 1] commit=3
            n3 follower term=1 log=[1 1 1 1] commit=4
            n4 follower term=1 log=[…3 1] commit=4
        "#]],
    );
}
