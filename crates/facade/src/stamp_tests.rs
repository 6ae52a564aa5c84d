//! What a stamp says of a run, when it is lost, and when it is older than the files beside it.

use super::tests::*;
use super::*;

/// Openings whose stamp was lost, or is an older copy, while the logs went on.
fn stamps_gone_wrong(topology: &str, mut check: impl FnMut(&mut Lab, &mut Store, u64)) {
    for older in [false, true] {
        let mut store = Store::default();
        let mut stamp = RunStamp::default();
        for opening in 0..6 {
            let mut lab = Lab::open(config(topology, 7, true), Some(store.stored())).expect("opens");
            check(&mut lab, &mut store, opening);
            let refused = lab.take_events().into_iter().find(|event| {
                matches!(
                    event.kind,
                    EventKind::Storage(StorageEvent::WalCorrupt { .. })
                        | EventKind::Storage(StorageEvent::TornTail { .. })
                )
            });
            assert_eq!(refused, None, "opening {opening}, older {older}");
            match opening {
                0 if older => stamp = store.stamp.clone(),
                3 => store.stamp = stamp.clone(),
                _ => {}
            }
        }
    }
}

#[test]
fn an_engine_whose_stamp_is_lost_or_older_takes_writes_at_every_opening() {
    stamps_gone_wrong("standalone", |lab, store, opening| {
        advance(lab, store, Micros::MAX);
        lab.execute(1, insert(100));
        advance(lab, store, Micros::MAX);
        assert_eq!(lab.take_answers(), [(1, Answer::Inserted { ok: true, acknowledged: 100 })]);
        assert_eq!(count(lab), 100 * (opening + 1));
        assert_eq!(u64::from(lab.snapshot().boot), opening + 1, "openings are counted on");
    });
}

#[test]
fn a_replica_set_whose_stamp_is_lost_or_older_takes_writes_at_every_opening() {
    let mut rows = 0;
    stamps_gone_wrong("replica-set:3", |lab, store, opening| {
        if opening == 0 {
            rows = 0;
        }
        lab.execute(1, Command::Cluster(Action::Client { on: false }));
        let until = lab.now_us() + 8_000_000;
        advance(lab, store, until);
        lab.take_answers();
        let before = lab.snapshot().rows.visible;
        assert!(before >= rows, "{before} of {rows} rows at opening {opening}");
        lab.execute(2, insert(20));
        advance(lab, store, until + 30_000_000);
        assert_eq!(lab.take_answers(), [(2, Answer::Inserted { ok: true, acknowledged: 20 })]);
        // A number that was used before would be answered, and nothing written.
        rows = before + 20;
        assert_eq!(lab.snapshot().rows.visible, rows, "opening {opening}");
        assert!(lab.snapshot().nodes.iter().all(|node| !node.impaired), "opening {opening}");
    });
}

#[test]
fn what_was_acknowledged_is_still_counted_when_an_idle_run_is_opened_again() {
    let mut store = Store::default();
    let mut lab = open("standalone", 7, true);
    for rows in [1_000, 16_000, 3] {
        lab.execute(1, insert(rows));
        advance(&mut lab, &mut store, Micros::MAX);
    }
    let reopened = |store: &Store| {
        let mut lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
        advance(&mut lab, &mut store.clone(), Micros::MAX);
        (lab.snapshot().rows.acknowledged, lab.snapshot().rows.unproven)
    };
    // Until the receipts are stored, nothing proves the last rows.
    assert_eq!(reopened(&store), (17_000, 3));
    let batch = lab.take_receipts().expect("the last acknowledgement is news");
    assert!(batch.writes.is_empty());
    assert_eq!(lab.take_receipts(), None);
    store.persist(batch);
    for _ in 0..3 {
        assert_eq!(reopened(&store), (17_003, 0));
        lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
        advance(&mut lab, &mut store, Micros::MAX);
        if let Some(batch) = lab.take_receipts() {
            store.persist(batch);
        }
    }
}

#[test]
fn a_stamp_says_that_nothing_was_acknowledged_which_was_not() {
    for cut in 0..200 {
        let mut store = Store::default();
        let mut lab = open("standalone", 7, true);
        lab.execute(1, insert(2_500));
        let mut acknowledged = 0;
        for _ in 0..cut {
            lab.advance(Micros::MAX, 1);
            let batch = lab.take_writes().or_else(|| lab.take_receipts());
            if let Some(batch) = batch {
                let ticket = store.persist(batch);
                lab.persisted(ticket);
            }
            for event in lab.take_events() {
                if let EventKind::Engine(EngineEvent::Acknowledged { lsn, .. }) = event.kind {
                    acknowledged = lsn;
                }
            }
            // The collection's own records follow the boot record, and no client waits for them.
            let receipt = store.stamp.receipt_lsn.unwrap_or(0);
            assert!(receipt <= acknowledged.max(4), "cut {cut}: {receipt} of {acknowledged}");
        }
    }
}
