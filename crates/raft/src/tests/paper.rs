//! The paper and the thesis, a section at a time.

use std::collections::BTreeMap;

use super::group::{Group, config};
use super::script::story;
use crate::{Body, Conf, HardState, Known, Log, Message, Note, Raft, Restored};
use quorum_types::{NodeId, Rng};

fn logs(logs: &[(u64, &[u64])]) -> Group {
    let disk =
        |(term, terms): &(u64, &[u64])| (HardState { term: *term, ..HardState::default() }, terms.to_vec());
    let disks: BTreeMap<NodeId, _> = (1..).zip(logs.iter().map(disk)).collect();
    Group::of(Conf::new(1..=logs.len() as NodeId, []), config(), 7, &disks)
}

fn vote(from: NodeId, term: u64, last: (u64, u64)) -> Message {
    Message { from, to: 3, term, body: Body::Vote { last, pre: false, transfer: false } }
}

/// Whether node 3 grants this.
fn grants(group: &mut Group, ask: Message) -> bool {
    group.net.clear();
    group.at(3, |raft| raft.step(ask));
    matches!(group.net.pop().map(|message| message.body), Some(Body::VoteResp { granted: true, .. }))
}

#[test]
fn section_5_1_a_higher_term_is_followed_and_a_lower_one_is_answered() {
    let mut group = Group::new(3, config());
    group.campaign(1);
    group.settle();
    let beat = |term| Message { from: 2, to: 1, term, body: Body::Heartbeat { commit: 0, round: 1 } };
    group.at(1, |raft| raft.step(beat(0)));
    assert_eq!(group.net.pop().map(|answer| answer.term), Some(1), "its sender learns the term");
    assert!(group.raft(1).leads());
    group.at(1, |raft| raft.step(beat(5)));
    assert!(!group.raft(1).leads());
    assert_eq!((group.raft(1).term(), group.raft(1).leader()), (5, Some(2)));
}

#[test]
fn section_5_2_one_vote_a_term_repeated_to_the_same() {
    let mut group = Group::new(3, config());
    for (from, term, granted) in [(1, 1, true), (2, 1, false), (1, 1, true), (2, 2, true), (1, 1, false)] {
        assert_eq!(grants(&mut group, vote(from, term, (0, 0))), granted, "n{from} in term {term}");
    }
}

#[test]
fn section_5_2_timeouts_are_drawn_from_one_to_two_times_the_base() {
    let group = Group::new(3, config());
    let drawn = group.raft(1).timeouts(2_000);
    assert!((10..20).all(|ticks| drawn.contains(&ticks)), "all of them");
    assert!(drawn.iter().all(|ticks| (10..20).contains(ticks)), "no others");
    assert_ne!(drawn, group.raft(2).timeouts(2_000));
}

#[test]
fn section_5_4_1_a_vote_needs_an_up_to_date_log() {
    for (own, last, granted) in [
        (&[1, 1][..], (2, 1), true),
        (&[1, 1], (1, 1), false),
        (&[1, 1], (1, 2), true),
        (&[2], (9, 1), false),
        (&[], (0, 0), true),
    ] {
        let mut group = logs(&[(3, &[]), (3, &[]), (3, own)]);
        assert_eq!(grants(&mut group, vote(1, 4, last)), granted, "{own:?} against {last:?}");
    }
}

/// Figure 8, (c) and (e): the old entry is on a majority and waits; with one of the own term both are committed.
#[test]
fn section_5_4_2_figure_8_only_the_own_term_is_committed_by_counting() {
    let mut group = logs(&[(3, &[1, 2]), (3, &[1, 2]), (3, &[1]), (3, &[1]), (3, &[1, 3])]);
    group.campaign(1);
    for id in [2, 3] {
        group.run(&[1, id], |_, message| {
            assert!(!matches!(message.body, Body::Append { .. }), "not elected by two of five");
        });
        group.campaign(1);
    }
    let term = group.raft(1).term();
    let said = |from, body| Message { from, to: 1, term, body };
    for from in [2, 3] {
        let granted = Body::VoteResp { granted: true, pre: false, commit: (0, 0), promise: 0 };
        group.at(1, |raft| raft.step(said(from, granted)));
    }
    assert!(group.raft(1).leads());
    let holds = |index| Body::AppendResp { index, hint: None, round: 0 };
    for from in [2, 3] {
        group.at(1, |raft| raft.step(said(from, holds(2))));
    }
    assert_eq!(group.raft(1).commit(), 0, "entry 2 is on three of five, but of term 2");
    for from in [2, 3] {
        group.at(1, |raft| raft.step(said(from, holds(3))));
    }
    assert_eq!(group.raft(1).commit(), 3);
}

/// Numbers that no group lives to see do nothing and break nothing.
#[test]
fn made_up_messages_are_survived() {
    let big = u64::MAX;
    let snapshot = std::sync::Arc::new(crate::Snapshot { index: big, term: big, ..Default::default() });
    let known = Known { commit: (big, big), conf: (big, Conf::new([9], [])), pending: Some((big, vec![8])) };
    let bodies = [
        Body::Vote { last: (big, big), pre: true, transfer: true },
        Body::VoteResp { granted: true, pre: false, commit: (big, big), promise: big },
        Body::Append { prev: (big, big), entries: vec![], commit: big, round: big },
        Body::Append { prev: (0, 0), entries: vec![], commit: big, round: big },
        Body::AppendResp { index: big, hint: Some((big, 0)), round: big },
        Body::AppendResp { index: big, hint: Some((big, big)), round: big },
        Body::AppendResp { index: big, hint: None, round: big },
        Body::Heartbeat { commit: big, round: big },
        Body::HeartbeatResp { round: big },
        Body::Snapshot { snapshot, round: big },
        Body::SnapshotResp { index: big, round: big },
        Body::TimeoutNow,
        Body::ReadIndex { context: big },
        Body::ReadIndexResp { context: big, index: big },
        Body::Recover { nonce: big },
        Body::RecoverResp { nonce: big, leads_to: Some(big), known: None },
        Body::RecoverResp { nonce: big, leads_to: Some(big), known: Some(Box::new(known)) },
    ];
    for body in bodies {
        for term in [0, 1, 2, big] {
            for to in [1, 2] {
                let (mut group, _) = story("nodes 3\nlead 1\npropose 1 a\nrun");
                let message = Message { from: 3, to, term, body: body.clone() };
                group.at(to, |raft| raft.step(message));
                group.settle();
                group.tick(1, 30);
                group.settle();
            }
        }
    }
    let restored = Restored { hard: HardState { term: big, vote: None, commit: big }, ..Restored::default() };
    let mut raft = Raft::new(config(), Rng::new(1, 1), Restored { log: Log::default(), ..restored });
    raft.tick(1_000);
    assert!(raft.take_ready().notes.iter().all(|note| !matches!(note, Note::Campaigned { .. })));
}
