//! Changes of the configuration and transfers as stories (thesis 3.10, chapter 4).

use super::check;
use super::script::story;
use crate::{ConfChange, Refused};
use expect_test::expect;

#[test]
fn a_node_is_added_and_catches_up() {
    check(
        "nodes 3
         lead 1
         propose 1 a
         run
         conf 1 add 4
         conf 1 add 5
         run
         conf 1 add 4
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
            > conf 1 add 4
            > conf 1 add 5
            refused: PendingConf
            > run
            n1@1 → n2 append base=2@1 [3@1] commit=2
            n1@1 → n3 append base=2@1 [3@1] commit=2
            n2@1 → n1 append_resp 3
              n1@1 commits 3@1
              n1@1 configuration at 3: [1, 2, 3, 4]
            n3@1 → n1 append_resp 3
            n1@1 → n2 append base=3@1 [] commit=3
              n2@1 commits 3@1
              n2@1 configuration at 3: [1, 2, 3, 4]
            n1@1 → n3 append base=3@1 [] commit=3
              n3@1 commits 3@1
              n3@1 configuration at 3: [1, 2, 3, 4]
            n1@1 → n2 append base=3@1 [] commit=3
            n1@1 → n3 append base=3@1 [] commit=3
            n1@1 → n4 append base=2@1 [3@1] commit=3
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            n2@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            n4@1 → n1 append_resp refuses 2, hint 0@0
            n1@1 → n4 append base=0@0 [1@1 2@1 3@1] commit=3
              n4@1 commits 3@1
              n4@1 configuration at 3: [1, 2, 3, 4]
            n4@1 → n1 append_resp 3
            n1@1 → n4 append base=3@1 [] commit=3
            n4@1 → n1 append_resp 3
            > conf 1 add 4
            > state
            n1 leader term=1 log=[1 1 1 1] commit=3
            n2 follower term=1 log=[1 1 1] commit=3
            n3 follower term=1 log=[1 1 1] commit=3
            n4 follower term=1 log=[1 1 1] commit=3
            n5 follower term=0 log=[] commit=0
        "#]],
    );
}

#[test]
fn a_learner_receives_and_does_not_count() {
    check(
        "nodes 1 learner=2
         lead 1
         conf 1 learner 3
         run
         cut 1 2
         cut 1 3
         propose 1 a
         state
         campaign 2
         tick 2 40
         state
         heal
         conf 1 add 2
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > conf 1 learner 3
              n1@1 commits 2@1
              n1@1 configuration at 2: [1], learners [2, 3]
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
              n2@1 configuration at 2: [1], learners [2, 3]
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=1@1 [2@1] commit=2
            n2@1 → n1 append_resp 2
            n2@1 → n1 append_resp 2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp refuses 1, hint 0@0
            n1@1 → n3 append base=0@0 [1@1 2@1] commit=2
              n3@1 commits 2@1
              n3@1 configuration at 2: [1], learners [2, 3]
            n3@1 → n1 append_resp 2
            n1@1 → n3 append base=2@1 [] commit=2
            n3@1 → n1 append_resp 2
            > cut 1 2
            > cut 1 3
            > propose 1 a
              n1@1 commits 3@1
            > state
            n1 leader term=1 log=[1 1 1] commit=3
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
            > campaign 2
            > tick 2 40
            > state
            n1 leader term=1 log=[1 1 1] commit=3
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
            > heal
            > conf 1 add 2
              n1@1 commits 4@1
              n1@1 configuration at 4: [1, 2], learners [3]
            > tick 1 1
            > run
            n1@1 → n2 append base=3@1 [4@1] commit=3
            n1@1 → n3 append base=3@1 [4@1] commit=3
            n1@1 → n2 append base=4@1 [] commit=4
            n1@1 → n3 append base=4@1 [] commit=4
            n1@1 → n2 append base=4@1 [] commit=4
            n1@1 → n3 append base=4@1 [] commit=4
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=2
            n2@1 → n1 append_resp refuses 3, hint 2@1
            n3@1 → n1 append_resp refuses 3, hint 2@1
            n2@1 → n1 append_resp refuses 4, hint 2@1
            n3@1 → n1 append_resp refuses 4, hint 2@1
            n2@1 → n1 append_resp refuses 4, hint 2@1
            n3@1 → n1 append_resp refuses 4, hint 2@1
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n1@1 → n2 append base=2@1 [3@1 4@1] commit=4
              n2@1 commits 4@1
              n2@1 configuration at 4: [1, 2], learners [3]
            n1@1 → n3 append base=2@1 [3@1 4@1] commit=4
              n3@1 commits 4@1
              n3@1 configuration at 4: [1, 2], learners [3]
            n1@1 → n2 append base=2@1 [3@1 4@1] commit=4
            n1@1 → n3 append base=2@1 [3@1 4@1] commit=4
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            n1@1 → n2 append base=4@1 [] commit=4
            n1@1 → n3 append base=4@1 [] commit=4
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            > state
            n1 leader term=1 log=[1 1 1 1] commit=4
            n2 follower term=1 log=[1 1 1 1] commit=4
            n3 follower term=1 log=[1 1 1 1] commit=4
        "#]],
    );
}

#[test]
fn two_nodes_are_exchanged_through_a_joint_configuration() {
    check(
        "nodes 3
         lead 1
         conf 1 joint add 4 remove 2
         run
         conf 1 add 5
         cut 1 2
         cut 1 3
         propose 1 a
         run
         state
         heal
         tick 1 1
         run
         conf 1 leave
         run
         state",
        &expect![[r#"
            > lead 1
            > conf 1 joint add 4 remove 2
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
              n1@1 configuration at 2: [1, 3, 4], outgoing [1, 2, 3]
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
              n2@1 configuration at 2: [1, 3, 4], outgoing [1, 2, 3]
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
              n3@1 configuration at 2: [1, 3, 4], outgoing [1, 2, 3]
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=2@1 [] commit=2
            n1@1 → n4 append base=1@1 [2@1] commit=2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            n4@1 → n1 append_resp refuses 1, hint 0@0
            n1@1 → n4 append base=0@0 [1@1 2@1] commit=2
              n4@1 commits 2@1
              n4@1 configuration at 2: [1, 3, 4], outgoing [1, 2, 3]
            n4@1 → n1 append_resp 2
            n1@1 → n4 append base=2@1 [] commit=2
            n4@1 → n1 append_resp 2
            > conf 1 add 5
            refused: PendingConf
            > cut 1 2
            > cut 1 3
            > propose 1 a
            > run
            n1@1 → n4 append base=2@1 [3@1] commit=2
            n4@1 → n1 append_resp 3
            > state
            n1 leader term=1 log=[1 1 1] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
            n4 follower term=1 log=[1 1 1] commit=2
            n5 follower term=0 log=[] commit=0
            > heal
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=2
            n1@1 → n4 heartbeat commit=2
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            n4@1 → n1 heartbeat_resp
            n1@1 → n2 append base=3@1 [] commit=2
            n1@1 → n3 append base=3@1 [] commit=2
            n2@1 → n1 append_resp refuses 3, hint 2@1
            n3@1 → n1 append_resp refuses 3, hint 2@1
            n1@1 → n2 append base=2@1 [3@1] commit=2
            n1@1 → n3 append base=2@1 [3@1] commit=2
            n2@1 → n1 append_resp 3
              n1@1 commits 3@1
            n3@1 → n1 append_resp 3
            n1@1 → n2 append base=3@1 [] commit=3
              n2@1 commits 3@1
            n1@1 → n4 append base=3@1 [] commit=3
              n4@1 commits 3@1
            n1@1 → n3 append base=3@1 [] commit=3
              n3@1 commits 3@1
            n2@1 → n1 append_resp 3
            n4@1 → n1 append_resp 3
            n3@1 → n1 append_resp 3
            > conf 1 leave
            > run
            n1@1 → n2 append base=3@1 [4@1] commit=3
            n1@1 → n3 append base=3@1 [4@1] commit=3
            n1@1 → n4 append base=3@1 [4@1] commit=3
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
              n1@1 commits 4@1
              n1@1 configuration at 4: [1, 3, 4]
            n4@1 → n1 append_resp 4
            n1@1 → n2 append base=4@1 [] commit=4
              n2@1 commits 4@1
              n2@1 configuration at 4: [1, 3, 4]
            n1@1 → n3 append base=4@1 [] commit=4
              n3@1 commits 4@1
              n3@1 configuration at 4: [1, 3, 4]
            n1@1 → n4 append base=4@1 [] commit=4
              n4@1 commits 4@1
              n4@1 configuration at 4: [1, 3, 4]
            n1@1 → n3 append base=4@1 [] commit=4
            n1@1 → n4 append base=4@1 [] commit=4
            n2@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            n4@1 → n1 append_resp 4
            n3@1 → n1 append_resp 4
            n4@1 → n1 append_resp 4
            > state
            n1 leader term=1 log=[1 1 1 1] commit=4
            n2 follower term=1 log=[1 1 1 1] commit=4
            n3 follower term=1 log=[1 1 1 1] commit=4
            n4 follower term=1 log=[1 1 1 1] commit=4
            n5 follower term=0 log=[] commit=0
        "#]],
    );
}

#[test]
fn a_leader_that_is_removed_tells_the_others_and_steps_down() {
    check(
        "nodes 3
         lead 1
         conf 1 remove 1
         run
         state
         campaign 1
         campaign 2
         run 2 3
         state",
        &expect![[r#"
            > lead 1
            > conf 1 remove 1
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
              n1@1 configuration at 2: [2, 3]
              n1@1 SteppedDown { term: 1 }
            n3@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
              n2@1 configuration at 2: [2, 3]
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
              n3@1 configuration at 2: [2, 3]
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=2@1 [] commit=2
            n1@1 → n2 heartbeat commit=2
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            n2@1 → n1 append_resp 2
            n3@1 → n1 append_resp 2
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 follower term=1 log=[1 1] commit=2
            n2 follower term=1 log=[1 1] commit=2
            n3 follower term=1 log=[1 1] commit=2
            > campaign 1
            > campaign 2
              n2@2 Campaigned { term: 2 }
            > run 2 3
            n2@2 → n3 vote last=2@1
              n3@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n3@2 → n2 vote_resp yes
              n2@2 leads with 2 votes
            n2@2 → n3 append base=2@1 [3@2] commit=2
            n3@2 → n2 append_resp 3
              n2@2 commits 3@2
            n2@2 → n3 append base=3@2 [] commit=3
              n3@2 commits 3@2
            n3@2 → n2 append_resp 3
            > state
            n1 follower term=1 log=[1 1] commit=2
            n2 leader term=2 log=[1 1 2] commit=3
            n3 follower term=2 log=[1 1 2] commit=3
        "#]],
    );
}

/// The others' messages are lost: what the removed leader knows to be committed reaches the candidate with its refusal.
#[test]
fn a_candidate_learns_of_a_change_from_a_refusal() {
    check(
        "nodes 2
         lead 1
         conf 1 remove 1
         deliver 1 2 append
         propose 1 tail
         deliver 2 1 append_resp
         lose
         state
         campaign 2
         run
         campaign 2
         state",
        &expect![[r#"
            > lead 1
            > conf 1 remove 1
            > deliver 1 2 append
            n1@1 → n2 append base=1@1 [2@1] commit=1
            > propose 1 tail
            > deliver 2 1 append_resp
            n2@1 → n1 append_resp 2
              n1@1 commits 2@1
              n1@1 configuration at 2: [2]
              n1@1 SteppedDown { term: 1 }
            > lose
            > state
            n1 follower term=1 log=[1 1 1] commit=2
            n2 follower term=1 log=[1 1] commit=1
            > campaign 2
              n2@2 Campaigned { term: 2 }
            > run
            n2@2 → n1 vote last=2@1
              n1@2 VoteRefused { candidate: 2, term: 2, pre: false, why: LogBehind }
            n1@2 → n2 vote_resp no
              n2@2 commits 2@1
              n2@2 SteppedDown { term: 2 }
              n2@2 configuration at 2: [2]
            > campaign 2
              n2@3 Campaigned { term: 3 }
              n2@3 leads with 1 votes
              n2@3 commits 3@3
            > state
            n1 follower term=2 log=[1 1 1] commit=2
            n2 leader term=3 log=[1 1 3] commit=3
        "#]],
    );
}

/// A node that knows of two more members than it had when it wrote its commit index last must not elect in the old
/// configuration.
#[test]
fn a_restart_does_not_lead_back_into_an_old_configuration() {
    let (group, told) = story(
        "nodes 3
         lead 1
         cut 1 3
         conf 1 add 4
         run
         conf 1 add 5
         run
         crash 2
         restart 2
         heal
         campaign 2
         deliver 2 3 vote
         deliver 3 2 vote_resp
         state",
        &[],
    );
    assert!(group.raft(2).conf().voters.contains(&4), "{told}");
    assert!(!group.raft(2).leads(), "two of three are no majority any more\n{told}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (mut group, _) = story("nodes 1\nlead 1", &[]);
    let one = |change| ConfChange::Single(change);
    assert!(matches!(group.change(1, &one(crate::Change::Remove(1))), Err(Refused::Senseless(_))));
    assert!(matches!(group.change(1, &ConfChange::Leave), Err(Refused::Senseless(_))));
    assert!(matches!(group.at(1, |raft| raft.transfer(9)), Some(Err(Refused::Senseless(_)))));
    assert!(group.change(1, &one(crate::Change::Add(2))).is_ok());
}

#[test]
fn leadership_is_handed_over_once_the_other_has_everything() {
    check(
        "nodes 3 prevote checkquorum
         lead 1
         cut 1 2
         propose 1 a
         run
         heal
         transfer 1 2
         propose 1 b
         conf 1 add 4
         run
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 1 2
            > propose 1 a
            > run
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n3@1 → n1 append_resp 2
              n1@1 commits 2@1
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
            n3@1 → n1 append_resp 2
            > heal
            > transfer 1 2
            > propose 1 b
            refused: Transfer
            > conf 1 add 4
            refused: Transfer
            > run
            n1@1 → n2 append base=2@1 [] commit=2
            n2@1 → n1 append_resp refuses 2, hint 1@1
            n1@1 → n2 append base=1@1 [2@1] commit=2
              n2@1 commits 2@1
            n2@1 → n1 append_resp 2
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n2 timeout_now
              n2@2 Campaigned { term: 2 }
            n2@1 → n1 append_resp 2
            n2@2 → n1 vote last=2@1 transfer
              n1@2 SteppedDown { term: 2 }
              n1@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n2@2 → n3 vote last=2@1 transfer
              n3@2 VoteGranted { candidate: 2, term: 2, pre: false }
            n1@1 → n2 timeout_now
            n1@2 → n2 vote_resp yes
              n2@2 leads with 2 votes
            n3@2 → n2 vote_resp yes
            n2@2 → n1 append base=2@1 [3@2] commit=2
            n2@2 → n3 append base=2@1 [3@2] commit=2
            n1@2 → n2 append_resp 3
              n2@2 commits 3@2
            n3@2 → n2 append_resp 3
            n2@2 → n1 append base=3@2 [] commit=3
              n1@2 commits 3@2
            n2@2 → n3 append base=3@2 [] commit=3
              n3@2 commits 3@2
            n1@2 → n2 append_resp 3
            n3@2 → n2 append_resp 3
            > tick 1 1
            > run
            > state
            n1 follower term=2 log=[1 1 2] commit=3
            n2 leader term=2 log=[1 1 2] commit=3
            n3 follower term=2 log=[1 1 2] commit=3
            n4 follower term=0 log=[] commit=0
        "#]],
    );
}

#[test]
fn a_transfer_that_takes_too_long_is_given_up() {
    check(
        "nodes 3
         lead 1
         crash 2
         transfer 1 2
         propose 1 a
         tick 1 9
         propose 1 a
         tick 1 1
         lose
         propose 1 a
         run
         state",
        &expect![[r#"
            > lead 1
            > crash 2
            > transfer 1 2
            > propose 1 a
            refused: Transfer
            > tick 1 9
            > propose 1 a
            refused: Transfer
            > tick 1 1
            > lose
            > propose 1 a
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=1
            n1@1 → n3 append base=1@1 [2@1] commit=1
            n3@1 → n1 append_resp 2
              n1@1 commits 2@1
            n1@1 → n2 append base=2@1 [] commit=2
            n1@1 → n3 append base=2@1 [] commit=2
              n3@1 commits 2@1
            n3@1 → n1 append_resp 2
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 down
            n3 follower term=1 log=[1 1] commit=2
        "#]],
    );
}
