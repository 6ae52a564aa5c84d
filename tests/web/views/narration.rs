//! Events as sentences: each narrated event has its own, and a flood of one kind is narrated once.

use super::*;
use quorum_facade::{
    EngineEvent, EventKind, FaultEvent, NetworkEvent, RaftEvent, ServiceEvent, StorageEvent,
};

/// One event of each narrated kind.
fn one_of_each() -> Vec<Event> {
    use EventKind as K;
    let kinds = vec![
        K::Fault(FaultEvent::Opened { boot: 1, nodes: 5 }),
        K::Fault(FaultEvent::Opened { boot: 2, nodes: 5 }),
        K::Fault(FaultEvent::PowerCut),
        K::Fault(FaultEvent::Killed),
        K::Fault(FaultEvent::Restarted),
        K::Fault(FaultEvent::Paused),
        K::Fault(FaultEvent::Resumed),
        K::Network(NetworkEvent::LinkCut { from: 1, to: 2 }),
        K::Network(NetworkEvent::LinkHealed { from: 1, to: 2 }),
        K::Storage(StorageEvent::WalRotated { file: 2, first_lsn: 9 }),
        K::Storage(StorageEvent::RecoveryBegan { bytes: 1, files: 1 }),
        K::Storage(StorageEvent::TornTail { file: 1, offset: 2, claimed_bytes: 9, found_bytes: 3 }),
        K::Storage(StorageEvent::WalCorrupt { file: 1, offset: 2, why: "crc".to_owned() }),
        K::Engine(EngineEvent::Acknowledged {
            lsn: 1,
            first_id: 0,
            rows: 1_000,
            total_rows: 1_000,
            took_us: 9,
        }),
        K::Engine(EngineEvent::Queried { filter: "id < 10".to_owned(), rows: 10 }),
        K::Raft(RaftEvent::ElectionTimeout { timeout_us: 1_200_000 }),
        K::Raft(RaftEvent::Campaigned { term: 2 }),
        K::Raft(RaftEvent::VoteGranted { candidate: 2, term: 2 }),
        K::Raft(RaftEvent::VoteRefused { candidate: 2, term: 2, why: VoteRefusal::LogBehind }),
        K::Raft(RaftEvent::BecameLeader { term: 2, votes: 3, voters: 5 }),
        K::Raft(RaftEvent::SteppedDown { term: 3 }),
        K::Raft(RaftEvent::LogTruncated { from: 4 }),
        K::Network(NetworkEvent::Dropped {
            id: 1,
            from: 1,
            to: 2,
            message: MessageKind::Vote,
            why: DropReason::LinkCut,
        }),
        K::Service(ServiceEvent::OpRetry { op: 3, attempt: 2, to: 4 }),
        K::Service(ServiceEvent::OpEnd { op: 3, status: OpStatus::Fail, took_us: 9 }),
        K::Service(ServiceEvent::OpEnd { op: 4, status: OpStatus::Info, took_us: 9 }),
        K::Service(ServiceEvent::ClientStopped { writes: 20_000 }),
        K::Service(ServiceEvent::ServiceLost { fault_us: 1 }),
        K::Service(ServiceEvent::ServiceRestored { rto_us: 9, phases: Vec::new(), failed: 2 }),
        K::Service(ServiceEvent::InvariantBroken { name: "log_matching".to_owned(), detail: "4".to_owned() }),
    ];
    let time = 1..;
    kinds.into_iter().zip(time).map(|(kind, t)| Event { t_us: t * 2_000_000, node: Some(3), kind }).collect()
}

#[wasm_bindgen_test]
fn every_event_that_is_shown_has_its_sentence() {
    crate::texts::learn_catalogues();
    let events = one_of_each();
    let mut story = Story::default();
    story.hear(&events, 4);
    assert_eq!((story.narrated.len(), story.skipped), (events.len(), 4));
    for event in &story.narrated {
        for alone in [false, true] {
            let (zh, en) = (sentence(Lang::Zh, event, alone), sentence(Lang::En, event, alone));
            assert!(chinese(&zh), "{event:?}: {zh}");
            assert!(!en.is_empty() && !chinese(&en) && !en.contains('{'), "{event:?}: {en}");
        }
    }
    assert_eq!(story.outages.len(), 1);
}

#[wasm_bindgen_test]
fn an_insert_of_many_batches_is_shown_once() {
    crate::texts::learn_catalogues();
    let mut story = Story::default();
    for batch in 0..10u64 {
        let t_us = 1_000 + batch * 500;
        let first_id = batch as i64 * 1_000;
        let began = EventKind::Engine(EngineEvent::InsertBegan { first_id, rows: 1_000 });
        let total_rows = (batch + 1) * 1_000;
        let done = EventKind::Engine(EngineEvent::Acknowledged {
            lsn: batch + 1,
            first_id,
            rows: 1_000,
            total_rows,
            took_us: 9,
        });
        let event = |kind| Event { t_us, node: Some(1), kind };
        story.hear(&[event(began), event(done)], 0);
    }
    assert_eq!(story.narrated.len(), 1);
    assert_eq!(sentence(Lang::En, &story.narrated[0], true), "10,000 rows acknowledged, 10,000 in all");
    assert_eq!(story.marks.iter().map(|mark| mark.kind).collect::<Vec<_>>(), [MarkKind::Insert(10_000)]);
}

/// A disk that takes 1.5 s for a batch: ten batches take 15 s, and are one insert all the same.
#[wasm_bindgen_test]
fn an_insert_has_one_mark_on_a_slow_disk_and_the_next_insert_another() {
    let mut story = Story::default();
    let press = |story: &mut Story, begin_us: u64, first: i64| {
        for batch in 0..10u64 {
            let first_id = first + batch as i64 * 1_000;
            let began_us = begin_us + batch * 1_500_000;
            let event = |t_us, kind| Event { t_us, node: Some(1), kind: EventKind::Engine(kind) };
            let done = EngineEvent::Acknowledged {
                lsn: batch + 1,
                first_id,
                rows: 1_000,
                total_rows: 1_000,
                took_us: 1_500_000,
            };
            let began = event(began_us, EngineEvent::InsertBegan { first_id, rows: 1_000 });
            story.hear(&[began, event(began_us + 1_500_000, done)], 0);
        }
    };
    press(&mut story, 1_000_000, 0);
    press(&mut story, 20_000_000, 10_000);
    let marks: Vec<_> = story.marks.iter().map(|mark| (mark.t_us, mark.kind)).collect();
    assert_eq!(marks, [(1_000_000, MarkKind::Insert(10_000)), (20_000_000, MarkKind::Insert(10_000))]);
}
