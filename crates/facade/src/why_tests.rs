//! Why: chains of causes in every world, and branches with one change.

use std::collections::{BTreeMap, BTreeSet};

use crate::answer::Answer;
use crate::causes::{Because, Cause, Chain};
use crate::change::Change;
use crate::command::{Action, Command, Control};
use crate::snapshot::Role;
use crate::tests::{ask, config};
use crate::{Event, EventKind, FaultEvent, Lab, RaftEvent};
use quorum_lesson::field_visitor::tag;
use quorum_types::Micros;

fn word(event: &Event) -> String {
    tag(&event.kind, str::to_owned)
}

/// The chain of causes of the last event of a kind.
fn why(lab: &mut Lab, kind: &str) -> Chain {
    let command = Control::Why { kind: Some(kind.to_owned()), node: None, t_us: None };
    match ask(lab, command.into()) {
        Answer::Why { chain, .. } => chain,
        other => panic!("{kind}: {other:?}"),
    }
}

/// The words of a chain: of its events, or of its steps.
fn words(chain: &Chain) -> Vec<String> {
    chain.causes.iter().map(|cause| cause.event.as_ref().map_or(cause.word.clone(), word)).collect()
}

fn leads(lab: &Lab) -> Option<u32> {
    let nodes = lab.snapshot().nodes;
    nodes.iter().find(|node| node.role == Role::Leader).map(|node| node.id)
}

/// Five nodes whose first leader is killed at 4 s.
fn after_a_kill(seed: u64) -> (Lab, u32) {
    let mut lab = Lab::open(config("replica-set:5", seed, false), None).expect("opens");
    lab.advance(4_000_000, u32::MAX);
    let leader = leads(&lab).expect("leads");
    ask(&mut lab, Command::Cluster(Action::Kill { node: leader, torn_bytes: 0, sectors: None }));
    lab.advance(9_000_000, u32::MAX);
    (lab, leader)
}

#[test]
fn an_election_leads_back_to_the_kill_of_the_leader() {
    for seed in 1..=20 {
        let (mut lab, leader) = after_a_kill(seed);
        let digest = lab.digest();
        let chain = why(&mut lab, "became_leader");
        assert!(chain.complete, "{chain:?}");
        let words = words(&chain);
        for expected in ["became_leader", "campaigned", "election_timeout", "message", "sync", "killed"] {
            assert!(words.iter().any(|word| word == expected), "seed {seed}: no {expected} in {words:?}");
        }
        let root = chain.causes.last().expect("a root");
        let op = root.command.as_ref().map(Command::op);
        assert_eq!((root.word.as_str(), op.as_deref()), ("command", Some("kill")), "{words:?}");
        let fault = &chain.causes[chain.causes.len() - 2];
        assert_eq!((fault.because, fault.node, fault.t_us), (Because::Silence, Some(leader), 4_000_000));
        assert!(chain.causes.windows(2).all(|pair| pair[0].t_us >= pair[1].t_us), "{words:?}");
        assert_eq!((why(&mut lab, "became_leader"), lab.digest()), (chain, digest), "asking changes nothing");
    }
}

#[test]
fn a_first_election_leads_back_to_the_beginning() {
    let mut lab = Lab::open(config("replica-set:3", 1, false), None).expect("opens");
    lab.advance(4_000_000, u32::MAX);
    let chain = why(&mut lab, "became_leader");
    assert!(chain.complete);
    assert_eq!(words(&chain).last().map(String::as_str), Some("start"), "{:?}", words(&chain));
}

/// Runs with faults in all four worlds.
fn runs() -> Vec<(&'static str, Lab)> {
    let act = |at: Micros, json: &str| (at, serde_json::from_str::<Command>(json).expect(json));
    let scripts = [
        (
            "standalone",
            20_000_000,
            vec![
                act(0, r#"{"op":"insert","rows":3000}"#),
                act(2_000_000, r#"{"op":"flush"}"#),
                act(4_000_000, r#"{"op":"crash","keep":"torn","torn_bytes":7}"#),
                act(5_000_000, r#"{"op":"recover"}"#),
            ],
        ),
        (
            "replica-set:5",
            40_000_000,
            vec![
                act(4_000_000, r#"{"op":"kill","node":1}"#),
                act(6_000_000, r#"{"op":"partition","side":[2,3]}"#),
                act(12_000_000, r#"{"op":"heal"}"#),
                act(14_000_000, r#"{"op":"restart","node":1}"#),
                act(18_000_000, r#"{"op":"take_snapshot","node":2}"#),
                act(20_000_000, r#"{"op":"power_cut","torn_bytes":7}"#),
                act(28_000_000, r#"{"op":"conf","mode":"single","changes":[{"remove":5}]}"#),
                act(30_000_000, r#"{"op":"pause","node":3}"#),
                act(34_000_000, r#"{"op":"resume","node":3}"#),
            ],
        ),
        (
            "milvus",
            150_000_000,
            vec![
                act(20_000_000, r#"{"op":"kill","node":12}"#),
                act(40_000_000, r#"{"op":"kill","node":1}"#),
                act(60_000_000, r#"{"op":"restart","node":1}"#),
                act(80_000_000, r#"{"op":"kill","node":8}"#),
                act(90_000_000, r#"{"op":"flush_collection"}"#),
            ],
        ),
        ("two-regions", 3_600_000_000, vec![act(600_000_000, r#"{"op":"region","deed":"lose","region":0}"#)]),
    ];
    let open = |(topology, until, script): (&'static str, Micros, Vec<(Micros, Command)>)| {
        let mut lab = Lab::open(config(topology, 3, false), None).expect(topology);
        for (at, command) in script {
            lab.advance(at, u32::MAX);
            lab.execute(1, command);
        }
        lab.advance(until, u32::MAX);
        (topology, lab)
    };
    scripts.map(open).into_iter().collect()
}

/// Where a chain may end: in a command, the beginning, periodic work, the client's schedule or a timer.
const ROOTS: [&str; 7] = ["command", "start", "periodic", "health_check", "lease_check", "client", "timer"];

#[test]
fn every_kind_of_event_has_a_chain_that_ends_in_a_command_a_timer_or_the_beginning() {
    let mut kinds = BTreeSet::new();
    for (topology, mut lab) in runs() {
        let events = lab.take_events();
        assert!(events.len() > 100 || topology == "standalone", "{topology}: {} events", events.len());
        let last: BTreeMap<String, Micros> = events.iter().map(|event| (word(event), event.t_us)).collect();
        for (kind, t_us) in last {
            let chain = why(&mut lab, &kind);
            let (first, root) = (&chain.causes[0], chain.causes.last().expect("a root"));
            assert_eq!((first.t_us, first.because), (t_us, Because::Asked), "{topology}: {kind}");
            assert!(
                chain.complete && ROOTS.contains(&root.word.as_str()),
                "{topology}: {kind} ends in {root:?}: {:?}",
                words(&chain)
            );
            assert!(chain.causes.windows(2).all(|pair| pair[0].t_us >= pair[1].t_us), "{topology}: {kind}");
            if topology == "replica-set:5" {
                assert_eq!(chain, why(&mut lab, &kind), "{topology}: {kind} again");
            }
            kinds.insert(kind);
        }
    }
    assert!(kinds.len() >= 60, "only {} kinds: {kinds:?}", kinds.len());
}

#[test]
fn an_event_that_did_not_happen_has_no_chain() {
    let (mut lab, _) = after_a_kill(1);
    for (kind, t_us) in [("snapshot_installed", None), ("no_such_kind", None), ("killed", Some(3))] {
        let command = Control::Why { kind: Some(kind.to_owned()), node: None, t_us };
        let answer = ask(&mut lab, command.into());
        assert!(matches!(&answer, Answer::Refused { code, .. } if code == "no_such_event"), "{answer:?}");
    }
}

/// Branches at a cause.
fn what_if(lab: &mut Lab, cause: &Cause, change: Change) -> Answer {
    let (steps, commands) = (cause.steps, cause.commands);
    ask(lab, Control::WhatIf { change, steps, commands }.into())
}

#[test]
fn without_the_kill_the_leader_stays() {
    let (mut lab, leader) = after_a_kill(2);
    let chain = why(&mut lab, "became_leader");
    let root = chain.causes.last().expect("a root");
    assert_eq!(root.changes, [Change::WithoutCommand]);
    let before = lab.digest();
    lab.take_events();
    what_if(&mut lab, root, Change::WithoutCommand);
    assert_eq!(lab.now_us(), 9_000_000);
    assert_eq!(leads(&lab), Some(leader));
    let plain = || {
        let mut plain = Lab::open(config("replica-set:5", 2, false), None).expect("opens");
        plain.advance(9_000_000, u32::MAX);
        plain
    };
    assert_eq!(lab.digest(), plain().digest(), "the branch is the run without the kill");
    // What happened on the branch goes to the caller: its story and its marks are those of a run of its own.
    let told =
        |events: Vec<Event>| events.into_iter().filter(|event| event.t_us > 4_000_000).collect::<Vec<_>>();
    assert_eq!(told(lab.take_events()), told(plain().take_events()));
    // The line that was left is still there.
    ask(&mut lab, Control::Line { number: 0, t_us: Some(9_000_000) }.into());
    assert_eq!(lab.digest(), before);
}

#[test]
fn a_lost_vote_or_a_late_timer_makes_another_election() {
    for seed in 1..=10 {
        let (mut lab, _) = after_a_kill(seed);
        let chain = why(&mut lab, "became_leader");
        let changes: Vec<_> = chain
            .causes
            .iter()
            .flat_map(|cause| cause.changes.iter().map(move |change| (cause, *change)))
            .collect();
        assert!(
            changes.iter().any(|(_, change)| matches!(change, Change::DropMessage { .. })),
            "{changes:?}"
        );
        assert!(changes.iter().any(|(_, change)| matches!(change, Change::DelayTimer { .. })), "{changes:?}");
        for (cause, change) in changes {
            let mut fork = lab.clone();
            let answer = what_if(&mut fork, cause, change);
            assert!(matches!(answer, Answer::Done { ok: true, t_us: 9_000_000 }), "{change:?}: {answer:?}");
            assert_ne!(fork.digest(), lab.digest(), "seed {seed}: {change:?} changes nothing");
            let digest = fork.digest();
            // The branch is a line as any other: going back and forth on it ends at the same state.
            ask(&mut fork, Control::Seek { t_us: 5_000_000 }.into());
            fork.advance(9_000_000, u32::MAX);
            assert_eq!(fork.digest(), digest, "seed {seed}: {change:?}");
        }
    }
}

#[test]
fn a_change_that_does_not_apply_leaves_the_run_as_it_is() {
    let (mut lab, _) = after_a_kill(4);
    let digest = lab.digest();
    for (change, steps, commands) in [
        (Change::DropMessage { message: u64::MAX }, 10, 0),
        (Change::WithoutCommand, 10, 1_000),
        (Change::WithoutCommand, u64::MAX, 0),
        (Change::DelayTimer { node: 99, us: 1 }, 10, 0),
    ] {
        let answer = ask(&mut lab, Control::WhatIf { change, steps, commands }.into());
        assert!(matches!(answer, Answer::Refused { .. }), "{change:?}: {answer:?}");
        assert_eq!((lab.digest(), lab.snapshot().timeline.map(|line| line.line)), (digest.clone(), Some(0)));
    }
}

#[test]
fn a_kill_is_named_by_its_command_only() {
    let (mut lab, leader) = after_a_kill(6);
    let chain = why(&mut lab, "killed");
    assert_eq!(words(&chain), ["killed", "command"]);
    let fault = chain.causes[0].event.as_ref();
    assert!(fault.is_some_and(|event| event.kind == EventKind::Fault(FaultEvent::Killed)), "{fault:?}");
    assert_eq!(chain.causes[0].node, Some(leader));
    let timeout = why(&mut lab, "election_timeout");
    let first = timeout.causes[0].event.as_ref().map(|event| &event.kind);
    assert!(matches!(first, Some(EventKind::Raft(RaftEvent::ElectionTimeout { .. }))), "{first:?}");
}
