//! The façade from outside: what a host sees, what survives, and that pace and persistence change nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;

/// A host that keeps disks in memory, as a browser keeps them in IndexedDB.
#[derive(Clone, Default)]
pub(super) struct Store {
    pub(super) files: BTreeMap<(NodeId, u32), Vec<u8>>,
    pub(super) stamp: RunStamp,
}

impl Store {
    pub(super) fn persist(&mut self, batch: PersistBatch) -> u64 {
        for write in batch.writes {
            match write {
                DiskWrite::Append { node, file, offset, bytes } => {
                    let held = self.files.entry((node, file)).or_default();
                    assert_eq!(held.len() as u64, offset);
                    held.extend_from_slice(&bytes);
                }
                DiskWrite::Truncate { node, file, bytes } => {
                    self.files.entry((node, file)).or_default().truncate(bytes as usize);
                }
                DiskWrite::Remove { node, file } => {
                    self.files.remove(&(node, file));
                }
            }
        }
        self.stamp = batch.stamp;
        batch.ticket
    }

    pub(super) fn stored(&self) -> StoredRun {
        let files = self.files.iter().map(|((node, file), bytes)| StoredFile {
            node: *node,
            file: *file,
            extents: vec![Arc::new(bytes.clone())],
        });
        StoredRun { stamp: self.stamp.clone(), files: files.collect(), ..StoredRun::default() }
    }
}

pub(super) fn config(topology: &str, seed: u64, kept: bool) -> RunConfig {
    RunConfig { lesson: None, topology: Some(topology.to_owned()), seed, kept, lang: "en".to_owned() }
}

pub(super) fn open(topology: &str, seed: u64, kept: bool) -> Lab {
    Lab::open(config(topology, seed, kept), None).expect("opens")
}

/// Advances, persisting whatever the lab waits for.
pub(super) fn advance(lab: &mut Lab, store: &mut Store, until_us: Micros) {
    loop {
        match lab.advance(until_us, 1_000) {
            Advance::Reached | Advance::Idle => return,
            Advance::Budget => {}
            Advance::Waiting { .. } => {
                while let Some(batch) = lab.take_writes() {
                    let ticket = store.persist(batch);
                    lab.persisted(ticket);
                }
            }
        }
    }
}

pub(super) fn ask(lab: &mut Lab, command: Command) -> Answer {
    lab.execute(1, command);
    lab.take_answers().pop().expect("an answer").1
}

pub(super) fn insert(rows: u64) -> Command {
    Command::insert(rows, 1_000)
}

pub(super) fn count(lab: &mut Lab) -> u64 {
    let command = Command::query("", &["count(*)"], None);
    match ask(lab, command) {
        Answer::Rows { rows, .. } => rows[0].int("count(*)").expect("counts") as u64,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_insert_is_answered_when_every_row_is_durable() {
    let mut lab = open("standalone", 7, false);
    lab.execute(5, insert(2_500));
    assert!(lab.busy());
    assert!(lab.take_answers().is_empty());
    lab.advance(Micros::MAX, u32::MAX);
    assert_eq!(lab.take_answers(), [(5, Answer::Inserted { ok: true, acknowledged: 2_500 })]);
    let snapshot = lab.snapshot();
    assert_eq!((snapshot.rows.acknowledged, snapshot.rows.visible, snapshot.rows.pending), (2_500, 2_500, 0));
    assert_eq!(snapshot.wal.durable_lsn, snapshot.wal.last_lsn);
    assert_eq!(snapshot.rows.id_range, Some((0, 2_499)));
    assert!(!lab.busy());
}

#[test]
fn pace_and_persistence_do_not_change_a_run() {
    let script = |lab: &mut Lab, store: &mut Store, slice: Micros| {
        for step in 1..=400 {
            advance(lab, store, step * slice.min(50_000));
            if step == 100 {
                ask(lab, Command::Cluster(Action::Kill { node: 2, torn_bytes: 0, sectors: None }));
            }
            if step == 200 {
                ask(lab, Command::Cluster(Action::Restart { node: 2 }));
            }
        }
        advance(lab, store, 20_000_000);
        lab.digest()
    };
    let mut in_memory = open("replica-set:5", 3, false);
    let mut kept = open("replica-set:5", 3, true);
    let digest = script(&mut in_memory, &mut Store::default(), 50_000);
    assert_eq!(digest, script(&mut kept, &mut Store::default(), 50_000));
    assert_ne!(digest, open("replica-set:5", 4, false).digest());
}

/// Power fails at regular intervals, counted in events; the store holds what the host had persisted.
#[test]
fn whatever_was_acknowledged_is_there_after_a_power_cut_at_any_moment() {
    let mut torn = 0;
    let fast = (0..160).step_by(3).map(|cut| (cut, 68));
    for (cut, mb_per_s) in fast.chain((0..60).map(|cut| (cut, 2))) {
        let settings = [("sync_mb_per_s".to_owned(), mb_per_s)];
        let mut store = Store::default();
        let mut acknowledged = 0;
        let mut recovered = 0;
        for round in 0..3 {
            let stored = Some(store.stored());
            let mut lab = Lab::open_with(config("standalone", 7, true), stored, &settings).expect("opens");
            lab.execute(1, Command::insert(2_000, 1_000));
            for _ in 0..cut + round {
                lab.advance(Micros::MAX, 1);
                if let Some(batch) = lab.take_writes() {
                    let ticket = store.persist(batch);
                    lab.persisted(ticket);
                }
            }
            for event in lab.take_events() {
                match event.kind {
                    EventKind::Engine(EngineEvent::Acknowledged { rows, .. }) => acknowledged += rows,
                    EventKind::Storage(StorageEvent::Recovered { rows, .. }) => {
                        assert!(rows >= acknowledged, "cut {cut} round {round}: {rows} of {acknowledged}");
                        recovered = rows;
                    }
                    _ => {}
                }
            }
            let rows = lab.snapshot().rows.acknowledged;
            assert!(rows <= acknowledged, "cut {cut} round {round}");
            let tail = lab.snapshot().recovery.map_or(Tail::Clean, |recovery| recovery.tail);
            assert_ne!(tail, Tail::Corrupt, "cut {cut} round {round}");
            torn += u32::from(tail == Tail::Torn);
        }
        assert!(recovered > 0 || cut < 40, "cut {cut} recovers something");
    }
    assert!(torn > 20, "records are torn: {torn}");
}

#[test]
fn the_clients_receipts_prove_what_the_log_alone_cannot() {
    let mut store = Store::default();
    let mut lab = open("standalone", 7, true);
    lab.execute(1, insert(1_000));
    advance(&mut lab, &mut store, Micros::MAX);
    let reopen = |receipts_rows| {
        let stored = StoredRun { receipts_rows, ..store.stored() };
        let mut lab = Lab::open(config("standalone", 7, true), Some(stored)).expect("opens");
        advance(&mut lab, &mut store.clone(), Micros::MAX);
        let rows = lab.snapshot().rows;
        (rows.acknowledged, rows.unproven, rows.visible)
    };
    assert_eq!(reopen(None), (0, 1_000, 1_000), "nothing was written after the acknowledgement");
    assert_eq!(reopen(Some(1_000)), (1_000, 0, 1_000));
}

#[test]
fn unproven_rows_are_never_called_acknowledged_later() {
    let mut store = Store::default();
    let mut lab = open("standalone", 7, true);
    lab.execute(1, insert(1_000));
    advance(&mut lab, &mut store, Micros::MAX);
    for _ in 0..3 {
        lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
        advance(&mut lab, &mut store, Micros::MAX);
        assert_eq!(lab.snapshot().rows.acknowledged, 0);
        assert_eq!(lab.snapshot().rows.unproven, 1_000);
    }
    lab.execute(1, insert(500));
    advance(&mut lab, &mut store, Micros::MAX);
    lab.execute(1, insert(10));
    advance(&mut lab, &mut store, Micros::MAX);
    lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
    advance(&mut lab, &mut store, Micros::MAX);
    assert_eq!((lab.snapshot().rows.acknowledged, lab.snapshot().rows.unproven), (500, 1_010));
    assert_eq!(count(&mut lab), 1_510);
}

#[test]
fn a_run_that_is_opened_again_continues_at_the_time_that_was_stored() {
    for topology in ["standalone", "replica-set:3"] {
        let mut store = Store::default();
        let mut lab = open(topology, 7, true);
        let mut last_us = 0;
        for opening in 1..=3 {
            advance(&mut lab, &mut store, last_us + 2_000_000);
            lab.execute(1, insert(100));
            advance(&mut lab, &mut store, last_us + 5_000_000);
            let stored_us = store.stamp.t_us;
            assert!(stored_us > last_us && stored_us <= lab.now_us(), "{topology} {opening}: {stored_us}");
            lab = Lab::open(config(topology, 7, true), Some(store.stored())).expect("opens");
            assert_eq!(lab.now_us(), stored_us, "{topology} {opening}");
            last_us = stored_us;
        }
    }
}

#[test]
fn a_torn_last_record_is_cut_and_reported() {
    let mut store = Store::default();
    let mut lab = open("standalone", 7, true);
    lab.execute(1, insert(2_000));
    advance(&mut lab, &mut store, Micros::MAX);
    let file = store.files.get_mut(&(1, 1)).expect("a file");
    let len = file.len() - 1_000;
    file.truncate(len);
    store.stamp.durable_lsns.clear();
    let mut lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
    advance(&mut lab, &mut store, Micros::MAX);
    let recovery = lab.snapshot().recovery.expect("recovered");
    assert_eq!(recovery.tail, Tail::Torn);
    assert_eq!(recovery.torn_bytes.map(|(claimed, found)| claimed - found), Some(1_000));
    assert_eq!(count(&mut lab), 1_000);
    assert!(store.files[&(1, 1)].len() < len, "the cut reached the store");
}

#[test]
fn a_damaged_log_is_refused_with_its_place_and_never_written() {
    let mut store = Store::default();
    let mut lab = open("standalone", 7, true);
    lab.execute(1, insert(3_000));
    advance(&mut lab, &mut store, Micros::MAX);
    store.files.get_mut(&(1, 1)).expect("a file")[600_000] ^= 1;
    let before = store.files.clone();
    let mut lab = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
    advance(&mut lab, &mut store, Micros::MAX);
    assert!(matches!(ask(&mut lab, insert(1)), Answer::Refused { code, .. } if code == "wal_corrupt"));
    advance(&mut lab, &mut store, Micros::MAX);
    let recovery = lab.snapshot().recovery.expect("a report");
    assert_eq!(recovery.tail, Tail::Corrupt);
    assert_eq!(recovery.at.map(|(file, _)| file), Some(1));
    assert_eq!(store.files, before);
}

#[test]
fn a_replica_set_comes_back_from_a_power_cut_with_terms_votes_and_logs() {
    let mut store = Store::default();
    let mut lab = open("replica-set:5", 11, true);
    advance(&mut lab, &mut store, 10_000_000);
    let before = lab.snapshot();
    assert!(before.rows.acknowledged > 5, "{:?}", before.rows);
    let mut lab = Lab::open(config("replica-set:5", 11, true), Some(store.stored())).expect("opens");
    advance(&mut lab, &mut store, before.t_us + 10_000_000);
    let after = lab.snapshot();
    assert_eq!(after.boot, 2);
    assert!(after.rows.acknowledged > before.rows.acknowledged);
    let term = |snapshot: &Snapshot| snapshot.nodes.iter().map(|node| node.term).max();
    assert!(term(&after) > term(&before));
    for invariant in &after.invariants {
        assert!(invariant.holds, "{invariant:?}");
        // Rows are all that the client asks for, and the configuration stays.
        let idle = ["one_membership_change", "linearizable"].contains(&&*invariant.name);
        assert_eq!(invariant.checked > 0, !idle, "{invariant:?}");
    }
}

#[test]
fn killing_the_leader_is_measured_and_three_dead_of_five_elect_nobody() {
    let mut lab =
        Lab::open(RunConfig { lesson: Some("kill-the-leader".to_owned()), ..config("", 11, false) }, None)
            .expect("opens");
    let leader = |lab: &Lab| {
        let nodes = lab.snapshot().nodes;
        nodes.iter().find(|node| node.role == snapshot::Role::Leader).map(|node| node.id)
    };
    lab.advance(8_000_000, u32::MAX);
    let first = leader(&lab).expect("a leader");
    ask(&mut lab, Command::Cluster(Action::Kill { node: first, torn_bytes: 0, sectors: None }));
    lab.advance(20_000_000, u32::MAX);
    let failover = lab.snapshot().failover.expect("an outage");
    assert_eq!(failover.phases.iter().map(|phase| phase.us).sum::<u64>(), failover.rto_us.expect("over"));
    assert!(failover.failed > 0 && failover.rto_us < Some(15_000_000), "{failover:?}");
    assert_eq!(failover.lost, 0);
    let second = leader(&lab).expect("a new leader");
    assert_ne!(first, second);
    let victims: Vec<NodeId> =
        (1..=5).filter(|id| *id != first && *id != second).take(1).chain([second]).collect();
    for node in victims {
        assert!(matches!(
            ask(&mut lab, Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None })),
            Answer::Done { .. }
        ));
    }
    let majority = lab.snapshot().majority;
    assert_eq!((majority.need, majority.reachable, majority.can_elect), (3, 2, false));
    assert!(majority.sentence.contains('3'), "{}", majority.sentence);
    let ops = lab.snapshot().rows.acknowledged;
    lab.advance(60_000_000, u32::MAX);
    assert_eq!(leader(&lab), None);
    assert_eq!(lab.snapshot().rows.acknowledged, ops);
    for node in 1..=5 {
        let _ = ask(&mut lab, Command::Cluster(Action::Restart { node }));
    }
    lab.advance(75_000_000, u32::MAX);
    assert!(leader(&lab).is_some());
    ask(&mut lab, Command::Cluster(Action::PowerCut { torn_bytes: 7, sectors: None }));
    lab.advance(90_000_000, u32::MAX);
    let snapshot = lab.snapshot();
    assert!(snapshot.invariants.iter().all(|invariant| invariant.holds), "{:?}", snapshot.invariants);
    let goals = snapshot.lesson.expect("graded").goals;
    let unmet: Vec<&str> = goals.iter().filter(|goal| !goal.met).map(|goal| goal.id.as_str()).collect();
    assert!(unmet.is_empty(), "{unmet:?}");
}

#[test]
fn a_partitioned_leader_acknowledges_nothing() {
    for seed in 0..20 {
        let mut lab = open("replica-set:5", seed, false);
        lab.advance(6_000_000, u32::MAX);
        let nodes = lab.snapshot().nodes;
        let old = nodes.iter().find(|node| node.role == snapshot::Role::Leader).expect("a leader").id;
        let committed = nodes[old as usize - 1].commit;
        for to in (1..=5).filter(|to| *to != old) {
            ask(&mut lab, Command::Cluster(Action::Cut { from: old, to, one_way: false }));
        }
        lab.advance(16_000_000, u32::MAX);
        let snapshot = lab.snapshot();
        assert!(snapshot.nodes[old as usize - 1].commit <= committed + 2, "seed {seed}");
        assert!(
            snapshot.nodes.iter().any(|node| node.role == snapshot::Role::Leader && node.id != old),
            "seed {seed}"
        );
        ask(&mut lab, Command::Cluster(Action::Heal));
        lab.advance(26_000_000, u32::MAX);
        let snapshot = lab.snapshot();
        assert!(
            snapshot.invariants.iter().all(|invariant| invariant.holds),
            "seed {seed}: {:?}",
            snapshot.invariants
        );
        assert!(
            snapshot.nodes.iter().filter(|node| node.role == snapshot::Role::Leader).count() == 1,
            "seed {seed}"
        );
    }
}

/// Seeded days of a careless operator: kills, restarts, pauses, cuts, power cuts, with the host's store reopened.
#[test]
fn careless_operators_break_no_invariant() {
    for seed in 0..25 {
        let mut rng = quorum_types::Rng::new(seed, 1);
        let mut store = Store::default();
        let mut lab = open("replica-set:5", seed, true);
        for _ in 0..60 {
            let until = lab.now_us() + rng.between(50_000, 3_000_000);
            advance(&mut lab, &mut store, until);
            let (node, other) = (rng.between(1, 5) as NodeId, rng.between(1, 5) as NodeId);
            let command = match rng.below(12) {
                0..=2 => Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None }),
                3..=5 => Command::Cluster(Action::Restart { node }),
                6 => Command::Cluster(Action::Pause { node }),
                7 => Command::Cluster(Action::Resume { node }),
                8 => Command::Cluster(Action::Cut { from: node, to: other, one_way: rng.below(2) == 0 }),
                9 => Command::Cluster(Action::Heal),
                10 => Command::Cluster(Action::PowerCut { torn_bytes: rng.below(200), sectors: None }),
                _ => {
                    let again = Lab::open(config("replica-set:5", seed, true), Some(store.stored()));
                    lab = again.expect("opens");
                    continue;
                }
            };
            let _ = ask(&mut lab, command);
        }
        let snapshot = lab.snapshot();
        for invariant in &snapshot.invariants {
            assert!(invariant.holds, "seed {seed}: {invariant:?}");
        }
        assert!(snapshot.nodes.iter().all(|node| node.role != snapshot::Role::Refused), "seed {seed}");
    }
}

#[test]
fn going_back_shows_the_same_moment_again() {
    let mut lab = open("replica-set:3", 5, false);
    lab.advance(4_000_000, u32::MAX);
    let then = lab.snapshot();
    ask(&mut lab, Command::Cluster(Action::Kill { node: 1, torn_bytes: 0, sectors: None }));
    lab.advance(9_000_000, u32::MAX);
    assert!(matches!(
        ask(&mut lab, Command::Control(Control::Seek { t_us: 4_000_000 - 1 })),
        Answer::Done { t_us: 3_999_999, .. }
    ));
    // Time that passes repeats what was asked; without it the moment is as it was.
    lab.advance(4_000_000, u32::MAX);
    assert_ne!(lab.digest(), then.digest);
    ask(&mut lab, Command::Control(Control::Undo));
    let again = lab.snapshot();
    assert_eq!(again.timeline.as_ref().map(|facts| facts.lines.len()), Some(2));
    assert_eq!(snapshot::Snapshot { timeline: None, ..again }, snapshot::Snapshot { timeline: None, ..then });
    let mut kept = open("replica-set:3", 5, true);
    assert!(matches!(
        ask(&mut kept, Command::Control(Control::Seek { t_us: 0 })),
        Answer::Refused { code, .. } if code == "kept"
    ));
}

#[test]
fn what_cannot_be_done_is_refused_with_words() {
    let mut cluster = open("replica-set:3", 5, false);
    let mut engine = open("standalone", 5, false);
    engine.advance(Micros::MAX, u32::MAX);
    for (of_cluster, command, code) in [
        (true, Command::Cluster(Action::Kill { node: 0, torn_bytes: 0, sectors: None }), "unknown_node"),
        (true, Command::Cluster(Action::Kill { node: 4, torn_bytes: 0, sectors: None }), "unknown_node"),
        (true, Command::Cluster(Action::Restart { node: 1 }), "node_up"),
        (true, Command::Cluster(Action::Resume { node: 1 }), "node_running"),
        (true, Command::Cluster(Action::Cut { from: 1, to: 1, one_way: false }), "bad_link"),
        (true, Command::Cluster(Action::HealLink { from: Some(1), to: None }), "bad_link"),
        (true, insert(0), "bad_rows"),
        (
            true,
            Command::Control(Control::Wal { node: 9, file: None, offset: None, bytes: 1 }),
            "unknown_node",
        ),
        (false, Command::Cluster(Action::Kill { node: 2, torn_bytes: 0, sectors: None }), "unknown_node"),
        (false, Command::Cluster(Action::Pause { node: 1 }), "unsupported"),
        (false, insert(u64::MAX), "bad_rows"),
        (
            false,
            Command::Control(Control::Wal { node: 1, file: Some(9), offset: None, bytes: 1 }),
            "no_such_file",
        ),
    ] {
        let lab = if of_cluster { &mut cluster } else { &mut engine };
        match ask(lab, command.clone()) {
            Answer::Refused { code: got, .. } => assert_eq!(got, code, "{command:?}"),
            other => panic!("{command:?}: {other:?}"),
        }
    }
    assert_eq!(Lab::open(config("ring", 1, false), None).expect_err("refused").code, "unknown_topology");
    assert_eq!(Lab::open(config("standalone", u64::MAX, false), None).expect_err("refused").code, "bad_seed");
}

#[test]
fn running_and_stepping_move_time_even_when_nobody_plays() {
    let mut lab = open("replica-set:3", 5, false);
    assert_eq!(
        ask(&mut lab, Command::Control(Control::Run { us: 5_000_000 })),
        Answer::Done { ok: true, t_us: 5_000_000 }
    );
    let events = lab.snapshot().events;
    assert!(matches!(ask(&mut lab, Command::Control(Control::Step)), Answer::Done { .. }));
    assert!(lab.snapshot().events > events);
}

/// A replica set with some settings that has run for a while.
fn running(topology: &str, settings: &[(&str, u64)]) -> Lab {
    let settings: Vec<(String, u64)> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let mut lab = Lab::open_with(config(topology, 3, false), None, &settings).expect("opens");
    lab.advance(8_000_000, u32::MAX);
    lab
}

#[test]
fn a_majority_is_one_of_the_voters_and_not_of_the_nodes() {
    let mut lab = running("replica-set:5", &[("voters", 3)]);
    let check = |lab: &Lab, reachable: u32, can_elect: bool| {
        let majority = lab.snapshot().majority;
        assert_eq!((majority.nodes, majority.need), (3, 2));
        assert_eq!((majority.reachable, majority.can_elect), (reachable, can_elect));
        let metrics = ["majority", "majority.need", "majority.reachable"].map(|name| lab.metric(name));
        assert_eq!(metrics, [Some(i64::from(can_elect)), Some(2), Some(i64::from(reachable))]);
    };
    check(&lab, 3, true);
    for (node, reachable) in [(5, 3), (1, 2), (2, 1)] {
        ask(&mut lab, Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None }));
        check(&lab, reachable, reachable >= 2);
    }
    ask(&mut lab, Command::Cluster(Action::Restart { node: 5 }));
    lab.advance(12_000_000, u32::MAX);
    check(&lab, 1, false);
    ask(&mut lab, Command::Cluster(Action::Restart { node: 1 }));
    lab.advance(16_000_000, u32::MAX);
    check(&lab, 2, true);
    // From now on five vote: three of them are there.
    let changes = vec![quorum_raft::Change::Add(4), quorum_raft::Change::Add(5)];
    ask(&mut lab, Command::Cluster(Action::Conf { mode: quorum_sim::action::ConfMode::Joint, changes }));
    lab.advance(30_000_000, u32::MAX);
    let majority = lab.snapshot().majority;
    assert_eq!((majority.nodes, majority.need, majority.reachable, majority.can_elect), (5, 3, 4, true));
    assert_eq!(lab.metric("majority"), Some(1));
    for node in [4, 5] {
        ask(&mut lab, Command::Cluster(Action::Kill { node, torn_bytes: 0, sectors: None }));
    }
    assert_eq!((lab.metric("majority"), lab.metric("majority.reachable")), (Some(0), Some(2)));
}

#[test]
fn what_was_acknowledged_and_is_lost_within_a_run_is_counted() {
    let lost = |on: bool| {
        let mut lab = running(
            "replica-set:3",
            &[("fsync_min_ms", 300), ("fsync_max_ms", 300), ("client_interval_ms", 100)],
        );
        ask(&mut lab, Command::Cluster(Action::Rule { name: quorum_raft::Rule::FsyncBeforeAck, on }));
        let mut until = lab.now_us();
        for _ in 0..5 {
            until += 8_000_000;
            lab.advance(until, u32::MAX);
            ask(&mut lab, Command::Cluster(Action::PowerCut { torn_bytes: 0, sectors: None }));
        }
        lab.advance(until + 10_000_000, u32::MAX);
        let kept = lab.snapshot().invariants.into_iter().find(|it| it.name == "acknowledged_kept");
        (lab.metric("rows.lost").expect("a metric"), kept.expect("an invariant").holds)
    };
    assert_eq!(lost(true), (0, true));
    let (rows, holds) = lost(false);
    assert!(rows > 0 && !holds, "{rows} {holds}");
}

#[test]
fn killing_an_engine_may_tear_its_last_record() {
    for (torn_bytes, tail) in [(0, Tail::Clean), (7, Tail::Torn)] {
        let mut lab = open("standalone", 7, false);
        lab.advance(1_000_000, u32::MAX);
        lab.execute(2, insert(1_000));
        let written = |lab: &Lab| {
            let wal = lab.snapshot().wal;
            wal.last_lsn > wal.durable_lsn
        };
        for _ in 0..100 {
            if !written(&lab) {
                lab.advance(Micros::MAX, 1);
            }
        }
        assert!(written(&lab), "a record is on its way");
        ask(&mut lab, Command::Cluster(Action::Kill { node: 1, torn_bytes, sectors: None }));
        ask(&mut lab, Command::Cluster(Action::Restart { node: 1 }));
        lab.advance(lab.now_us() + 5_000_000, u32::MAX);
        assert_eq!(lab.snapshot().recovery.map(|report| report.tail), Some(tail), "{torn_bytes}");
    }
}

#[test]
fn a_disk_can_be_changed_while_the_engine_runs_and_an_import_be_interrupted_by_hand() {
    let set = |lab: &mut Lab, name: &str, value: u64| {
        assert!(
            matches!(
                ask(lab, Command::Control(Control::Set { name: name.to_owned(), value })),
                Answer::Done { .. }
            ),
            "{name}"
        );
    };
    // 100,000 documents on each disk: how long until all are durable, and whether it is the clock's business.
    let took = |mb_per_s: u64, sync_us: u64, batch: u64| {
        let mut lab = running("standalone", &[]);
        let mut store = Store::default();
        advance(&mut lab, &mut store, 1_000_000);
        for (name, value) in [("sync_mb_per_s", mb_per_s), ("sync_us", sync_us), ("real_time", 1)] {
            set(&mut lab, name, value);
        }
        let began = lab.now_us();
        lab.execute(1, Command::Engine(EngineCommand::Import { rows: 20_000, batch, import: 1 }));
        assert!(!lab.busy(), "it keeps to the clock");
        advance(&mut lab, &mut store, Micros::MAX);
        assert_eq!(lab.take_answers().len(), 1);
        lab.now_us() - began
    };
    let [slow, disk, ssd, nvme] =
        [(2, 1_000), (120, 20_000), (530, 2_000), (3_300, 100)].map(|(mb, us)| took(mb, us, 1_000));
    assert!(slow > 20 * disk && disk > 2 * ssd && ssd > nvme, "{slow} {disk} {ssd} {nvme}");
    // Half of it, then a hand: what is in is in, and the import goes on after it.
    let mut lab = running("standalone", &[]);
    let mut store = Store::default();
    advance(&mut lab, &mut store, 1_000_000);
    set(&mut lab, "sync_mb_per_s", 2);
    let until = lab.now_us() + slow / 2;
    lab.execute(1, Command::Engine(EngineCommand::Import { rows: 20_000, batch: 500, import: 1 }));
    advance(&mut lab, &mut store, until);
    let in_so_far = lab.snapshot().rows.acknowledged;
    assert!((5_000..15_000).contains(&in_so_far), "{in_so_far}");
    assert_eq!(lab.snapshot().engine.map(|engine| engine.import_totals), Some(vec![(1, 20_000)]));
    ask(&mut lab, Command::Cluster(Action::PowerCut { torn_bytes: 7, sectors: None }));
    set(&mut lab, "sync_mb_per_s", 530);
    lab.execute(2, Command::Engine(EngineCommand::Import { rows: 20_000, batch: 500, import: 1 }));
    advance(&mut lab, &mut store, Micros::MAX);
    assert_eq!(count(&mut lab), 20_000);
    let refusal = ask(&mut lab, Command::Control(Control::Set { name: "boot_ms".to_owned(), value: 1 }));
    assert!(matches!(refusal, Answer::Refused { code, .. } if code == "fixed_setting"));
    let refusal =
        ask(&mut lab, Command::Control(Control::Set { name: "sync_mb_per_s".to_owned(), value: 0 }));
    assert!(matches!(refusal, Answer::Refused { code, .. } if code == "bad_setting"));
}

/// Whatever the disk is changed to in the middle of a sync, what the store is given is in order and whole.
#[test]
fn a_disk_that_changes_in_the_middle_of_a_sync_loses_nothing() {
    for changes in 0..60 {
        let mut lab = open("standalone", 7, true);
        let mut store = Store::default();
        advance(&mut lab, &mut store, Micros::MAX);
        lab.execute(1, Command::insert(3_000, 250));
        let mut speeds = [2, 530, 19, 68].iter().cycle();
        for step in 0..2_000 {
            if step % (changes + 1) == 0 && step < 200 {
                let name = "sync_mb_per_s".to_owned();
                lab.execute(
                    2,
                    Command::Control(Control::Set { name, value: *speeds.next().expect("a cycle") }),
                );
            }
            if step % 3 == 0
                && let Some(batch) = lab.take_writes()
            {
                let ticket = store.persist(batch);
                lab.persisted(ticket);
            }
            if lab.advance(Micros::MAX, 1) == Advance::Idle {
                break;
            }
        }
        advance(&mut lab, &mut store, Micros::MAX);
        assert_eq!(count(&mut lab), 3_000, "{changes}");
        let mut again = Lab::open(config("standalone", 7, true), Some(store.stored())).expect("opens");
        advance(&mut again, &mut store, Micros::MAX);
        assert_eq!(count(&mut again), 3_000, "{changes}");
    }
}

#[test]
fn a_client_that_comes_to_its_limit_says_so_and_can_be_started_again() {
    let limit = [("client_writes".to_owned(), 30)];
    let mut lab = Lab::open_with(config("replica-set:3", 3, false), None, &limit).expect("opens");
    lab.advance(120_000_000, u32::MAX);
    let client = |lab: &Lab| lab.snapshot().client.expect("a client");
    let stopped = |lab: &mut Lab| {
        let events = lab.take_events();
        let limits = events.into_iter().filter_map(|event| match event.kind {
            EventKind::Service(ServiceEvent::ClientStopped { writes }) => Some(writes),
            _ => None,
        });
        limits.collect::<Vec<u64>>()
    };
    assert_eq!((client(&lab).on, client(&lab).limited, client(&lab).total), (false, true, 30));
    assert_eq!(stopped(&mut lab), [30], "once");
    // Switched on again it does as many once more, and a learner who switches it off is no limit.
    ask(&mut lab, Command::Cluster(Action::Client { on: true }));
    lab.advance(122_000_000, u32::MAX);
    assert_eq!((client(&lab).on, client(&lab).limited), (true, false));
    ask(&mut lab, Command::Cluster(Action::Client { on: false }));
    assert_eq!((client(&lab).on, client(&lab).limited), (false, false));
    ask(&mut lab, Command::Cluster(Action::Client { on: true }));
    lab.advance(240_000_000, u32::MAX);
    assert_eq!((client(&lab).on, client(&lab).limited, client(&lab).total), (false, true, 60));
    assert_eq!(stopped(&mut lab), [60]);
}
