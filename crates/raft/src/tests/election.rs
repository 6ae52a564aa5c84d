//! Elections as stories (5.2, 5.4.1; thesis 6.2, 9.6).

use super::check;
use expect_test::expect;

#[test]
fn an_election() {
    check(
        "nodes 3
         campaign 1
         run
         state",
        &expect![[r#"
            > campaign 1
              n1@1 Campaigned { term: 1 }
            > run
            n1@1 → n2 vote last=0@0
              n2@1 VoteGranted { candidate: 1, term: 1, pre: false }
            n1@1 → n3 vote last=0@0
              n3@1 VoteGranted { candidate: 1, term: 1, pre: false }
            n2@1 → n1 vote_resp yes
              n1@1 leads with 2 votes
            n3@1 → n1 vote_resp yes
            n1@1 → n2 append base=0@0 [1@1] commit=0
            n1@1 → n3 append base=0@0 [1@1] commit=0
            n2@1 → n1 append_resp 1
              n1@1 commits 1@1
            n3@1 → n1 append_resp 1
            n1@1 → n2 append base=1@1 [] commit=1
              n2@1 commits 1@1
            n1@1 → n3 append base=1@1 [] commit=1
              n3@1 commits 1@1
            n2@1 → n1 append_resp 1
            n3@1 → n1 append_resp 1
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn a_rehearsal_comes_before_it_and_binds_nobody() {
    check(
        "nodes 3 prevote
         campaign 1
         deliver 1 2 prevote
         state
         run
         cut 1 3
         cut 2 3
         cut 3 1
         tick 3 40
         state
         heal
         tick 1 1
         run
         state",
        &expect![[r#"
            > campaign 1
              n1@0 PreCampaigned { term: 1 }
            > deliver 1 2 prevote
            n1@1 → n2 prevote last=0@0
              n2@0 VoteGranted { candidate: 1, term: 1, pre: true }
            > state
            n1 precandidate term=0 log=[] commit=0
            n2 follower term=0 log=[] commit=0
            n3 follower term=0 log=[] commit=0
            > run
            n1@1 → n3 prevote last=0@0
              n3@0 VoteGranted { candidate: 1, term: 1, pre: true }
            n2@1 → n1 prevote_resp yes
              n1@1 Campaigned { term: 1 }
            n3@1 → n1 prevote_resp yes
            n1@1 → n2 vote last=0@0
              n2@1 VoteGranted { candidate: 1, term: 1, pre: false }
            n1@1 → n3 vote last=0@0
              n3@1 VoteGranted { candidate: 1, term: 1, pre: false }
            n2@1 → n1 vote_resp yes
              n1@1 leads with 2 votes
            n3@1 → n1 vote_resp yes
            n1@1 → n2 append base=0@0 [1@1] commit=0
            n1@1 → n3 append base=0@0 [1@1] commit=0
            n2@1 → n1 append_resp 1
              n1@1 commits 1@1
            n3@1 → n1 append_resp 1
            n1@1 → n2 append base=1@1 [] commit=1
              n2@1 commits 1@1
            n1@1 → n3 append base=1@1 [] commit=1
              n3@1 commits 1@1
            n2@1 → n1 append_resp 1
            n3@1 → n1 append_resp 1
            > cut 1 3
            > cut 2 3
            > cut 3 1
            > tick 3 40
              n3@1 TimedOut { ticks: 12 }
              n3@1 PreCampaigned { term: 2 }
              n3@1 TimedOut { ticks: 17 }
              n3@1 PreCampaigned { term: 2 }
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 precandidate term=1 log=[1] commit=1
            > heal
            > tick 1 1
            > run
            n3@2 → n2 prevote last=1@1
              n2@1 VoteGranted { candidate: 3, term: 2, pre: true }
            n3@2 → n2 prevote last=1@1
              n2@1 VoteGranted { candidate: 3, term: 2, pre: true }
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
              n3@1 SteppedDown { term: 1 }
            n2@2 → n3 prevote_resp yes
            n2@2 → n3 prevote_resp yes
            n2@1 → n1 heartbeat_resp
            n3@1 → n1 heartbeat_resp
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn without_a_rehearsal_a_node_that_was_cut_off_deposes_the_leader() {
    check(
        "nodes 3
         lead 1
         cut 3 1
         cut 3 2
         campaign 3
         campaign 3
         heal
         tick 1 1
         run
         state",
        &expect![[r#"
            > lead 1
            > cut 3 1
            > cut 3 2
            > campaign 3
              n3@2 Campaigned { term: 2 }
            > campaign 3
              n3@3 Campaigned { term: 3 }
            > heal
            > tick 1 1
            > run
            n1@1 → n2 heartbeat commit=1
            n1@1 → n3 heartbeat commit=1
            n2@1 → n1 heartbeat_resp
            n3@3 → n1 heartbeat_resp
              n1@3 SteppedDown { term: 3 }
            > state
            n1 follower term=3 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 candidate term=3 log=[1] commit=1
        "#]],
    );
}

#[test]
fn a_split_vote_ends_with_the_next_timeout() {
    check(
        "nodes 4
         campaign 1
         campaign 2
         deliver 1 3 vote
         deliver 2 4 vote
         run
         state
         campaign 1
         run
         state",
        &expect![[r#"
            > campaign 1
              n1@1 Campaigned { term: 1 }
            > campaign 2
              n2@1 Campaigned { term: 1 }
            > deliver 1 3 vote
            n1@1 → n3 vote last=0@0
              n3@1 VoteGranted { candidate: 1, term: 1, pre: false }
            > deliver 2 4 vote
            n2@1 → n4 vote last=0@0
              n4@1 VoteGranted { candidate: 2, term: 1, pre: false }
            > run
            n1@1 → n2 vote last=0@0
              n2@1 VoteRefused { candidate: 1, term: 1, pre: false, why: AlreadyVoted }
            n1@1 → n4 vote last=0@0
              n4@1 VoteRefused { candidate: 1, term: 1, pre: false, why: AlreadyVoted }
            n2@1 → n1 vote last=0@0
              n1@1 VoteRefused { candidate: 2, term: 1, pre: false, why: AlreadyVoted }
            n2@1 → n3 vote last=0@0
              n3@1 VoteRefused { candidate: 2, term: 1, pre: false, why: AlreadyVoted }
            n3@1 → n1 vote_resp yes
            n4@1 → n2 vote_resp yes
            n2@1 → n1 vote_resp no
            n4@1 → n1 vote_resp no
              n1@1 SteppedDown { term: 1 }
            n1@1 → n2 vote_resp no
            n3@1 → n2 vote_resp no
              n2@1 SteppedDown { term: 1 }
            > state
            n1 follower term=1 log=[] commit=0
            n2 follower term=1 log=[] commit=0
            n3 follower term=1 log=[] commit=0
            n4 follower term=1 log=[] commit=0
            > campaign 1
              n1@2 Campaigned { term: 2 }
            > run
            n1@2 → n2 vote last=0@0
              n2@2 VoteGranted { candidate: 1, term: 2, pre: false }
            n1@2 → n3 vote last=0@0
              n3@2 VoteGranted { candidate: 1, term: 2, pre: false }
            n1@2 → n4 vote last=0@0
              n4@2 VoteGranted { candidate: 1, term: 2, pre: false }
            n2@2 → n1 vote_resp yes
            n3@2 → n1 vote_resp yes
              n1@2 leads with 3 votes
            n4@2 → n1 vote_resp yes
            n1@2 → n2 append base=0@0 [1@2] commit=0
            n1@2 → n3 append base=0@0 [1@2] commit=0
            n1@2 → n4 append base=0@0 [1@2] commit=0
            n2@2 → n1 append_resp 1
            n3@2 → n1 append_resp 1
              n1@2 commits 1@2
            n4@2 → n1 append_resp 1
            n1@2 → n2 append base=1@2 [] commit=0
            n1@2 → n2 append base=1@2 [] commit=1
              n2@2 commits 1@2
            n1@2 → n3 append base=1@2 [] commit=1
              n3@2 commits 1@2
            n1@2 → n4 append base=1@2 [] commit=1
              n4@2 commits 1@2
            n2@2 → n1 append_resp 1
            n2@2 → n1 append_resp 1
            n3@2 → n1 append_resp 1
            n4@2 → n1 append_resp 1
            > state
            n1 leader term=2 log=[2] commit=1
            n2 follower term=2 log=[2] commit=1
            n3 follower term=2 log=[2] commit=1
            n4 follower term=2 log=[2] commit=1
        "#]],
    );
}

#[test]
fn a_leader_that_hears_nobody_follows() {
    check(
        "nodes 3 checkquorum
         lead 1
         tick 1 10
         lose
         state
         tick 1 10
         lose
         state",
        &expect![[r#"
            > lead 1
            > tick 1 10
            > lose
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
            > tick 1 10
              n1@1 LostQuorum { term: 1 }
              n1@1 SteppedDown { term: 1 }
            > lose
            > state
            n1 follower term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 follower term=1 log=[1] commit=1
        "#]],
    );
}

#[test]
fn followers_of_a_live_leader_do_not_vote() {
    check(
        "nodes 3 checkquorum
         lead 1
         campaign 3
         run 3 2
         state
         timeout 2 19
         tick 2 10
         campaign 3
         run 3 2
         state",
        &expect![[r#"
            > lead 1
            > campaign 3
              n3@2 Campaigned { term: 2 }
            > run 3 2
            n3@2 → n2 vote last=1@1
              n2@1 VoteRefused { candidate: 3, term: 2, pre: false, why: LeaderAlive }
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=1 log=[1] commit=1
            n3 candidate term=2 log=[1] commit=1
            > timeout 2 19
            > tick 2 10
            > campaign 3
              n3@3 Campaigned { term: 3 }
            > run 3 2
            n3@3 → n2 vote last=1@1
              n2@3 VoteGranted { candidate: 3, term: 3, pre: false }
            n2@3 → n3 vote_resp yes
              n3@3 leads with 2 votes
            n3@3 → n2 append base=1@1 [2@3] commit=1
            n2@3 → n3 append_resp 2
              n3@3 commits 2@3
            n3@3 → n2 append base=2@3 [] commit=2
              n2@3 commits 2@3
            n2@3 → n3 append_resp 2
            > state
            n1 leader term=1 log=[1] commit=1
            n2 follower term=3 log=[1 3] commit=2
            n3 leader term=3 log=[1 3] commit=2
        "#]],
    );
}

#[test]
fn votes_leave_only_when_they_are_durable() {
    check(
        "nodes 3
         manual
         campaign 1
         net
         persist 1
         deliver 1 2 vote
         net
         crash 2
         restart 2
         state",
        &expect![[r#"
            > manual
            > campaign 1
              n1@1 Campaigned { term: 1 }
            > net
            > persist 1
            > deliver 1 2 vote
            n1@1 → n2 vote last=0@0
              n2@1 VoteGranted { candidate: 1, term: 1, pre: false }
            > net
            n1@1 → n3 vote last=0@0
            > crash 2
            > restart 2
            > state
            n1 candidate term=1 log=[] commit=0
            n2 follower term=0 log=[] commit=0
            n3 follower term=0 log=[] commit=0
        "#]],
    );
}

#[test]
fn a_lone_voter_leads_once_its_own_vote_is_durable() {
    check(
        "nodes 1 prevote checkquorum learner=2
         manual
         campaign 1
         state
         persist 1
         state
         run
         persist 2
         run
         propose 1 x
         run
         persist 2
         run
         persist 1
         state
         run
         state",
        &expect![[r#"
            > manual
            > campaign 1
              n1@1 PreCampaigned { term: 1 }
              n1@1 Campaigned { term: 1 }
            > state
            n1 candidate term=1 log=[] commit=0
            n2 follower term=0 log=[] commit=0
            > persist 1
              n1@1 leads with 1 votes
            > state
            n1 leader term=1 log=[1] commit=0
            n2 follower term=0 log=[] commit=0
            > run
            n1@1 → n2 append base=0@0 [1@1] commit=0
            > persist 2
            > run
            n2@1 → n1 append_resp 1
            n1@1 → n2 append base=1@1 [] commit=0
            > propose 1 x
            > run
            n1@1 → n2 append base=1@1 [2@1] commit=0
            > persist 2
            > run
            n2@1 → n1 append_resp 1
            n2@1 → n1 append_resp 2
            > persist 1
              n1@1 commits 2@1
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 follower term=1 log=[1 1] commit=0
            > run
            n1@1 → n2 append base=2@1 [] commit=2
              n2@1 commits 2@1
            > state
            n1 leader term=1 log=[1 1] commit=2
            n2 follower term=1 log=[1 1] commit=2
        "#]],
    );
}
