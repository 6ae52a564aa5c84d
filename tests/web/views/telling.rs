//! The run in words: the story breath by breath, and who leads, since when and what is lost.

use super::*;
use quorum_facade::{EventKind, FaultEvent, RaftEvent, ServiceEvent};
use quorum_lab::ui::answers::answer;
use quorum_lab::ui::telling::{Voice, breath_ms};
use quorum_types::SECOND;

fn event(t_us: u64, node: u32, kind: EventKind) -> Event {
    Event { t_us, node: Some(node), kind }
}

/// A leader that dies, votes, and its successor, over some seconds.
fn story() -> Story {
    let vote =
        |t_us, node| event(t_us, node, EventKind::Raft(RaftEvent::VoteGranted { candidate: 2, term: 2 }));
    let mut story = Story::default();
    let leader = |term| EventKind::Raft(RaftEvent::BecameLeader { term, votes: 3, voters: 5 });
    let events = [
        event(SECOND, 1, leader(1)),
        event(6 * SECOND, 1, EventKind::Fault(FaultEvent::Killed)),
        event(6 * SECOND, 4, EventKind::Fault(FaultEvent::Paused)),
        event(8 * SECOND, 2, EventKind::Raft(RaftEvent::Campaigned { term: 2 })),
        vote(8 * SECOND + 1, 3),
        vote(8 * SECOND + 2, 5),
        event(8 * SECOND + 3, 2, leader(2)),
        event(9 * SECOND, 2, EventKind::Service(ServiceEvent::ServiceLost { fault_us: 6 * SECOND })),
    ];
    story.hear(&events, 0);
    story
}

#[wasm_bindgen_test]
fn a_story_is_told_breath_by_breath_and_small_events_are_counted() {
    crate::texts::learn_catalogues();
    let story = story();
    for lang in [Lang::Zh, Lang::En] {
        let voice = Voice::of_nodes(lang, false);
        let first = voice.next(&story, None, 100 * SECOND).expect("a beginning");
        // What happened at one moment is one sentence; two votes are not told.
        assert!(first.text.contains("S1") && first.text.contains("S4"), "{}", first.text);
        assert!(!first.text.contains("S3"), "{}", first.text);
        assert!(first.text.contains('2'), "{}", first.text);
        assert_eq!(first.upto_us, 8 * SECOND + 3);
        let second = voice.next(&story, Some(first.upto_us), 100 * SECOND).expect("an end");
        assert_eq!(second.upto_us, 9 * SECOND);
        assert!(voice.next(&story, Some(second.upto_us), 100 * SECOND).is_none(), "it is announced again");
        // The future is not told.
        let early = voice.next(&story, None, 2 * SECOND).expect("a beginning");
        assert_eq!(early.upto_us, SECOND);
        assert_eq!(chinese(&first.text), lang == Lang::Zh);
        assert!(!first.text.contains('{') && !first.text.contains("tw-"), "{}", first.text);
    }
}

#[wasm_bindgen_test]
fn a_breath_lasts_as_long_as_it_takes_to_hear_it() {
    assert_eq!(breath_ms(""), 4_000, "never more than one announcement in four seconds");
    assert!(
        breath_ms(&"选举".repeat(20)) > breath_ms(&"vote".repeat(20)),
        "a Chinese character is a syllable"
    );
    assert_eq!(breath_ms(&"a long story ".repeat(100)), 15_000);
}

#[wasm_bindgen_test]
fn who_leads_since_when_and_what_is_lost() {
    crate::texts::learn_catalogues();
    let mut now = Snapshot { t_us: 10 * SECOND, ..moment() };
    let said = answer(Lang::En, &now, &story());
    assert_eq!(
        said,
        [
            "At 10.00:",
            "S2 has led since 8.00, in term 5.",
            "Without power: S1.",
            "Clients have not been served since 0.00; 7 requests have failed.",
            "An invariant is broken: Log matching.",
        ]
    );
    assert!(answer(Lang::Zh, &now, &story()).iter().all(|line| chinese(line)));

    // A leader whose election lies ahead of the present, or is no longer marked, has no moment.
    assert_eq!(answer(Lang::En, &now, &Story::default())[1], "S2 leads in term 5.");
    // An old leader that is cut off still takes itself for one.
    now.nodes[4].role = Role::Leader;
    let said = answer(Lang::En, &now, &story());
    assert!(said.contains(&"S5 leads in term 8.".to_owned()), "{said:?}");
    assert!(said.iter().any(|line| line.starts_with("S2 still takes itself for the leader")), "{said:?}");

    for node in &mut now.nodes {
        node.role = Role::Follower;
    }
    now.majority.can_elect = false;
    now.majority.reachable = 2;
    now.invariants.clear();
    now.failover = None;
    let said = answer(Lang::En, &now, &story());
    assert!(said[1] == "No node leads." && said[2].starts_with("Only 2 of 5 voters"), "{said:?}");
    assert!(said.contains(&"Nothing that was acknowledged is lost.".to_owned()), "{said:?}");
    now.failover = Some(Failover { lost: 3, rto_us: Some(2 * SECOND), ..Failover::default() });
    let said = answer(Lang::En, &now, &story());
    assert!(said.contains(&"Acknowledged writes that are lost: 3.".to_owned()), "{said:?}");
}

#[wasm_bindgen_test]
fn an_engine_says_whether_it_runs_and_what_a_power_cut_would_lose() {
    crate::texts::learn_catalogues();
    let node = NodeFacts { id: 1, role: Role::Leader, alive: true, ..NodeFacts::default() };
    let mut now = Snapshot { t_us: SECOND, nodes: vec![node], ..Snapshot::default() };
    now.rows.acknowledged = 1_000;
    now.rows.visible = 900;
    now.rows.pending = 50;
    let said = answer(Lang::En, &now, &Story::default());
    assert_eq!(said[1], "The engine runs.");
    assert!(said[2].starts_with("1,000 rows are acknowledged") && said[3].starts_with("50 more"), "{said:?}");
    now.nodes[0].alive = false;
    let mut story = Story::default();
    story.cut_power(SECOND / 2);
    let said = answer(Lang::En, &now, &story);
    assert!(said[1] == "The engine has no power." && said[2].contains("0.50"), "{said:?}");
    assert!(answer(Lang::Zh, &now, &story).iter().all(|line| chinese(line)));
}
