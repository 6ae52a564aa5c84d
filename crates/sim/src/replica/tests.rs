//! What a record of the log can hold, and what a member does with a record that does not decode.
//!
//! Guarantees: an oversized record is never written, under a limit that is low enough to reach; a state machine that
//! cannot be read back never becomes an empty one. Leaves out: damage to bytes (`wal`), and repair (`raft`).

use super::super::machine::{Write, encode};
use super::super::outbox::Outbox;
use super::*;
use quorum_raft::{Conf, EntryKind, Refused, Snapshot};
use quorum_wal::disk::Disk;
use quorum_wal::{End, Kind, Replay, Step};

/// A member of a group of one that leads, with records of at most this length.
fn leader(max_payload_bytes: u64) -> Replica {
    let mut log = LogDisk::new(1, Disk::default(), None);
    log.max_payload_bytes = max_payload_bytes;
    let mut member = Replica::new(log, 1, 4, Rules::default());
    member.log.open(1, 0, Vec::new());
    start(&mut member, Rebuild { dim: Some(4), ..Rebuild::new(Conf::new([1], [])) });
    assert!(member.raft_mut().expect("it runs").campaign());
    settle(&mut member);
    assert!(member.leads());
    member
}

fn start(member: &mut Replica, rebuild: Rebuild) {
    let settings = Settings::default();
    member.start_raft(0, rebuild, 7, &settings);
    member.write_boot(0, false, &mut EventLog::quiet());
    settle(member);
}

/// Carries out what Raft requests; every write is durable at once.
fn settle(member: &mut Replica) {
    loop {
        let idle = member.process_ready(0, &mut EventLog::quiet()).idle;
        let lsn = member.log.sync_upto(Lsn::MAX);
        member.synced(lsn);
        if idle {
            return;
        }
    }
}

fn put(op: u64) -> Arc<[u8]> {
    encode(op, &Write::Put { key: op, value: 5 })
}

fn propose_all(raft: &mut Raft, ops: std::ops::RangeInclusive<u64>) {
    for op in ops {
        raft.propose(put(op)).expect("it leads");
    }
}

/// The lengths of the records of Raft entries.
fn entry_records(member: &Replica) -> Vec<u32> {
    let mut replay = Replay::new(1, &member.log.disk, 0, None);
    let mut lengths = Vec::new();
    loop {
        match replay.step(&member.log.disk) {
            Step::Record { header, .. } if header.kind == Kind::Entries => lengths.push(header.length),
            Step::Record { .. } => {}
            Step::End(end) => {
                assert_eq!(end, End::Clean);
                return lengths;
            }
        }
    }
}

#[test]
fn entries_that_one_record_cannot_hold_are_split() {
    let mut member = leader(100);
    let raft = member.raft_mut().expect("it runs");
    propose_all(raft, 1..=5);
    settle(&mut member);
    // The first is the empty entry of a new leader; then two, two and one of 36 bytes, each after 12 bytes.
    assert_eq!(entry_records(&member), [24, 84, 84, 48]);
    let (rebuild, end, _) = member.replay(&Conf::new([1], []), false);
    assert_eq!((end, rebuild.log.last()), (End::Clean, (6, 1)));
    assert_eq!(member.applied(), 6);
}

#[test]
fn data_that_no_record_can_hold_is_not_proposed() {
    let mut member = leader(100);
    let raft = member.raft_mut().expect("it runs");
    assert_eq!(raft.propose([7; 69].into()), Err(Refused::TooBig));
    assert_eq!(raft.log().last().0, 1);
    raft.propose(put(1)).expect("it fits");
    settle(&mut member);
    // A follower with the same limit does not take it either: the leader gets no acknowledgement.
    let append = |bytes: usize| Message {
        from: 2,
        to: 1,
        term: 9,
        body: quorum_raft::Body::Append {
            prev: (2, 1),
            entries: vec![Arc::new(Entry { term: 9, kind: EntryKind::Normal, data: vec![7; bytes].into() })],
            commit: 0,
            round: 1,
        },
    };
    let raft = member.raft_mut().expect("it runs");
    raft.step(append(69));
    assert_eq!((raft.log().last(), raft.take_ready().after_persist), ((2, 1), Vec::new()));
}

#[test]
fn a_snapshot_that_no_record_can_hold_is_not_taken_and_the_log_stays() {
    for (max_payload_bytes, taken) in [(200, false), (2_000, true)] {
        let mut member = leader(max_payload_bytes);
        let raft = member.raft_mut().expect("it runs");
        propose_all(raft, 1..=20);
        settle(&mut member);
        assert_eq!(member.compact(0, 21, &mut EventLog::quiet()), taken);
        settle(&mut member);
        let (rebuild, end, _) = member.replay(&Conf::new([1], []), false);
        assert_eq!(end, End::Clean);
        assert_eq!(rebuild.log.first(), if taken { 22 } else { 1 });
        assert_eq!(rebuild.log.last().0, 21);
    }
}

/// A member whose log holds a snapshot that passes its checksum and does not decode; it has no power.
fn with_a_snapshot_that_does_not_decode() -> (Replica, Lsn) {
    let mut member = leader(1_000);
    let raft = member.raft_mut().expect("it runs");
    propose_all(raft, 1..=3);
    settle(&mut member);
    let snapshot = Snapshot { index: 4, term: 1, conf: Conf::new([1], []), data: [9; 5].into() };
    let payload = bytes::encode_snapshot(&snapshot);
    let lsn = member.log.append(0, Kind::Snapshot, payload, &mut EventLog::quiet()).expect("it fits");
    member.log.sync_upto(Lsn::MAX);
    member.lose_memory();
    member.log.crash(0, &mut Outbox::new(false));
    (member, lsn)
}

#[test]
fn a_snapshot_that_does_not_decode_is_damage_and_never_an_empty_machine() {
    let conf = Conf::new([1], []);
    let (mut member, lsn) = with_a_snapshot_that_does_not_decode();
    let (mut rebuild, end, recovery) = member.replay(&conf, false);
    assert!(matches!(&end, End::Corrupt(damage) if damage.why.contains("does not decode")), "{end:?}");
    // Alone, there is no other node to repair it from: the log is refused.
    let outbox = &mut Outbox::new(false);
    assert!(!member.reopen(recovery.replay(), &end, true, &mut rebuild.clone(), outbox));
    // In a group it is impaired, and the log goes on before that record, without a gap in the LSNs.
    assert!(member.reopen(recovery.replay(), &end, false, &mut rebuild, outbox));
    assert!(rebuild.impaired);
    assert_eq!(member.log.wal().map(quorum_wal::Wal::last_lsn), Some(lsn - 1));
    start(&mut member, rebuild);
    assert!(member.damaged && member.raft().is_some_and(Raft::impaired));
    let (_, end, _) = member.replay(&conf, false);
    assert_eq!(end, End::Clean, "what was written after the cut reads back");
}

#[test]
fn a_log_that_ends_before_its_stamp_keeps_every_record_that_is_there() {
    let conf = Conf::new([1], []);
    let mut before = leader(1_000);
    propose_all(before.raft_mut().expect("it runs"), 1..=3);
    settle(&mut before);
    let last_lsn = before.log.wal().expect("it is open").last_lsn();
    let bytes = before.log.disk.len(1);
    let log = LogDisk::new(1, before.log.disk.clone(), Some(last_lsn + 1));
    let mut member = Replica::new(log, 2, 4, Rules::default());
    let (mut rebuild, end, recovery) = member.replay(&conf, false);
    assert!(matches!(&end, End::Corrupt(damage) if damage.offset == bytes), "{end:?}");
    assert!(member.reopen(recovery.replay(), &end, false, &mut rebuild, &mut Outbox::new(false)));
    assert_eq!(member.log.disk.len(1), bytes, "nothing was cut off");
    start(&mut member, rebuild);
    assert!(member.raft().is_some_and(Raft::impaired));
    let (rebuild, end, _) = member.replay(&conf, false);
    assert_eq!((end, rebuild.log.last()), (End::Clean, (4, 1)), "the log goes on after them");
}

#[test]
fn an_opaque_snapshot_is_not_interpreted() {
    let (mut member, _) = with_a_snapshot_that_does_not_decode();
    member.opaque = true;
    let (rebuild, end, _) = member.replay(&Conf::new([1], []), false);
    assert_eq!((end, rebuild.log.first()), (End::Clean, 5));
    let other = Snapshot { data: [8; 5].into(), ..(**rebuild.log.snapshot()).clone() };
    assert_ne!(member.machine_of(&other).digest(), member.machine_of(rebuild.log.snapshot()).digest());
}
