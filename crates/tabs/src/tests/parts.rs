//! The parts by themselves: names, storage, packets, the state machine, and what waits for storage.

use std::sync::Arc;

use quorum_raft::{Body, Conf, Entry, EntryKind, Message, Snapshot};
use quorum_types::Rng;

use super::net::Disk;
use crate::bytes::encode;
use crate::disk::{Damage, Stored};
use crate::group::{Group, is_name};
use crate::machine::{MAX_KEYS, MAX_TEXT_CHARS, Machine, Outcome, Write};
use crate::node::{Start, TabNode};
use crate::packet::Packet;

#[test]
fn a_group_has_a_name_that_is_only_a_name() {
    for name in ["a", "class-7b", "0", "x2345678901234567890123456789012"] {
        assert!(is_name(name), "{name}");
    }
    let long = "a".repeat(33);
    for name in
        ["", "-a", "A", "a/b", "../a", "a b", "a\0", "é", "<img>", "a.b", "a'b", "a%2f", "多", &long, "a\n"]
    {
        assert!(!is_name(name) && Group::new(name, 3).is_none(), "{name:?}");
    }
    for nodes in [0, 1, 2, 4, 6, u32::MAX] {
        assert!(Group::new("a", nodes).is_none(), "{nodes}");
    }
    let (one, other) = (Group::new("a", 3).unwrap(), Group::new("a-3", 5).unwrap());
    assert_ne!(one.database(1), other.database(1));
    assert_ne!(one.channel(true), one.channel(false));
    assert_eq!((one.need(), other.need(), one.sized(5).nodes()), (2, 3, 5));
}

fn start(number: u32, session: u64) -> Start {
    Start { group: Group::new("parts", 3).unwrap(), number, kept: true, session }
}

fn conf() -> Conf {
    Conf::new([1, 2, 3], [])
}

/// A node that has stored a term, a vote and entries.
fn with_entries() -> (TabNode, Disk) {
    let (mut node, mut disk) = (TabNode::new(start(2, 1), &Stored::default(), 0).unwrap(), Disk::default());
    let entry = |number: u64| {
        let write = Write::new(9, number, "k", &number.to_string()).unwrap();
        Arc::new(Entry::normal(3, encode(&write).unwrap()))
    };
    let entries = vec![Arc::new(Entry::normal(3, [])), entry(1), entry(2)];
    let body = Body::Append { prev: (0, 0), entries, commit: 2, round: 1 };
    hear(&mut node, Message { from: 1, to: 2, term: 3, body });
    while let Some(batch) = node.take_batch() {
        disk.commit(&batch);
        node.persisted(0, batch.number);
    }
    (node, disk)
}

fn hear(node: &mut TabNode, message: Message) {
    node.hear(0, &Packet::Raft(message).bytes());
}

fn said(node: &mut TabNode) -> Vec<Body> {
    let packets = node.take_packets();
    let read = |bytes: &Vec<u8>| match Packet::read(bytes, &conf()) {
        // A node that has just begun asks how far it has to be; that promises nothing.
        Some(Packet::Raft(message)) if !matches!(message.body, Body::ReadIndex { .. }) => Some(message.body),
        _ => None,
    };
    packets.iter().filter_map(read).collect()
}

#[test]
fn a_promise_leaves_only_when_it_is_stored() {
    let mut node = TabNode::new(start(2, 1), &Stored::default(), 0).unwrap();
    hear(
        &mut node,
        Message { from: 1, to: 2, term: 1, body: Body::Vote { last: (0, 0), pre: false, transfer: false } },
    );
    assert_eq!(said(&mut node), [], "the vote is not stored yet");
    let batch = node.take_batch().expect("a vote to store");
    assert!(node.take_batch().is_none(), "one at a time");
    node.persisted(0, batch.number + 1);
    assert_eq!(said(&mut node), [], "another batch is not this one");
    node.persisted(0, batch.number);
    assert!(matches!(said(&mut node)[..], [Body::VoteResp { granted: true, .. }]));

    // An acknowledgement of entries, likewise; and not at all if the term has passed meanwhile.
    let append = |term, index: u64| Message {
        from: 1,
        to: 2,
        term,
        body: Body::Append {
            prev: (index, if index == 0 { 0 } else { 1 }),
            entries: vec![Arc::new(Entry::normal(1, []))],
            commit: 0,
            round: 1,
        },
    };
    hear(&mut node, append(1, 0));
    assert_eq!(said(&mut node), []);
    let batch = node.take_batch().expect("an entry to store");
    node.persisted(0, batch.number);
    assert!(matches!(said(&mut node)[..], [Body::AppendResp { index: 1, hint: None, .. }]));
    hear(&mut node, append(1, 1));
    let batch = node.take_batch().expect("an entry to store");
    hear(&mut node, Message { from: 3, to: 2, term: 2, body: Body::Heartbeat { commit: 0, round: 1 } });
    node.persisted(0, batch.number);
    let late = said(&mut node).into_iter().any(|body| matches!(body, Body::AppendResp { .. }));
    assert!(!late, "a promise to a deposed leader");
}

#[test]
fn what_was_stored_comes_back_and_nothing_else_does() {
    let (node, disk) = with_entries();
    let stored = disk.stored();
    let again = TabNode::new(start(2, 2), &stored, 0).unwrap();
    let facts = again.facts(0);
    assert_eq!((facts.term, facts.log.len()), (3, 3));
    assert_eq!(facts.log, node.facts(0).log);

    let refused = |stored: &Stored| TabNode::new(start(2, 2), stored, 0).err();
    for at in 0..stored.hard.as_ref().unwrap().len() {
        let mut broken = stored.clone();
        broken.hard.as_mut().unwrap()[at] ^= 4;
        assert_eq!(refused(&broken), Some(Damage::Hard));
    }
    for at in 0..stored.entries[1].1.len() {
        let mut broken = stored.clone();
        broken.entries[1].1[at] ^= 4;
        assert_eq!(refused(&broken), Some(Damage::Entry(2)));
    }
    // Whole records that are gone or in another's place.
    let mut broken = stored.clone();
    broken.entries.remove(1);
    assert_eq!(refused(&broken), Some(Damage::Entry(2)));
    let mut broken = stored.clone();
    broken.entries[1].1 = stored.entries[2].1.clone();
    assert_eq!(refused(&broken), Some(Damage::Entry(2)));
    let mut broken = stored.clone();
    broken.hard = None;
    assert_eq!(refused(&broken), Some(Damage::Hard));
    let broken = Stored { snapshot: Some(vec![1, 2, 3]), ..stored };
    assert_eq!(refused(&broken), Some(Damage::Snapshot));
}

#[test]
fn batches_that_wait_become_one_with_the_same_effect() {
    let entry = |term: u64| Arc::new(Entry::normal(term, []));
    let body = |prev, entries| Body::Append { prev, entries, commit: 0, round: 1 };
    let appends = [
        (1, body((0, 0), vec![entry(1), entry(1), entry(1)])),
        (2, body((1, 1), vec![entry(2)])),
        (3, body((2, 2), vec![entry(3), entry(3)])),
    ];
    let mut stored = Vec::new();
    for waits in [false, true] {
        let (mut node, mut disk) =
            (TabNode::new(start(2, 1), &Stored::default(), 0).unwrap(), Disk::default());
        let mut store = |node: &mut TabNode| {
            while let Some(batch) = node.take_batch() {
                disk.commit(&batch);
                node.persisted(0, batch.number);
            }
        };
        for (term, body) in appends.clone() {
            hear(&mut node, Message { from: 1, to: 2, term, body });
            if !waits {
                store(&mut node);
            }
        }
        store(&mut node);
        assert_eq!(node.facts(0).durable, 4);
        stored.push(disk.stored());
    }
    assert_eq!(stored[0], stored[1]);
    assert_eq!(stored[0].entries.len(), 4);
}

#[test]
fn packets_that_no_node_would_send_are_not_read() {
    let (mut node, _) = with_entries();
    let before = node.facts(0);
    let message = |from, to, body| Packet::Raft(Message { from, to, term: 9, body }).bytes();
    let beat = || Body::Heartbeat { commit: 0, round: 1 };
    let conf_entry = Entry { kind: EntryKind::Conf, ..Entry::normal(9, [1, 2]) };
    let foreign = Snapshot { index: 7, term: 9, conf: Conf::new([1, 2, 4], []), data: Arc::new([]) };
    let unreadable = Snapshot { conf: conf(), data: Arc::new([1, 2, 3]), ..foreign.clone() };
    let mut other_version = message(1, 2, beat());
    other_version[0] ^= 1;
    let mut too_long = message(1, 2, beat());
    too_long.push(0);
    for bytes in [
        message(4, 2, beat()),
        message(0, 2, beat()),
        message(2, 2, beat()),
        message(1, 4, beat()),
        message(
            1,
            2,
            Body::Append { prev: (0, 0), entries: vec![Arc::new(conf_entry)], commit: 0, round: 1 },
        ),
        message(1, 2, Body::Snapshot { snapshot: Arc::new(foreign), round: 1 }),
        message(1, 2, Body::Snapshot { snapshot: Arc::new(unreadable), round: 1 }),
        other_version,
        too_long,
        Vec::new(),
        vec![1; 2 << 20],
    ] {
        node.hear(0, &bytes);
        assert_eq!(node.facts(0).term, before.term);
    }
    // What is overheard says only that its sender is there.
    node.hear(0, &message(3, 1, beat()));
    assert_eq!(node.facts(0).term, before.term);
    assert!(node.facts(0).peers.iter().any(|peer| peer.number == 3 && peer.alive));
    node.hear(0, &message(1, 2, beat()));
    assert_eq!(node.facts(0).term, 9, "and one that it would send is read");
}

#[test]
fn no_bytes_on_the_channel_cause_a_panic() {
    let mut rng = Rng::new(3, 3);
    let (mut node, _) = with_entries();
    let write = Write::new(1, 1, "k", "v").unwrap();
    let data = encode(&write).unwrap();
    let entries = vec![Arc::new(Entry::normal(3, data.clone()))];
    let samples = [
        Packet::Forward { from: 1, to: 2, session: 1, number: 1, data },
        Packet::Declined { from: 1, to: 2, session: 1, number: 1 },
        Packet::Raft(Message {
            from: 1,
            to: 2,
            term: 3,
            body: Body::Append { prev: (3, 3), entries, commit: 4, round: 2 },
        }),
        Packet::Raft(Message {
            from: 3,
            to: 2,
            term: 4,
            body: Body::Vote { last: (9, 3), pre: true, transfer: false },
        }),
        Packet::Raft(Message { from: 1, to: 2, term: 3, body: Body::ReadIndexResp { context: 1, index: 9 } }),
        Packet::Raft(Message { from: 1, to: 2, term: 3, body: Body::TimeoutNow }),
    ];
    for round in 0..20_000_u64 {
        let mut bytes = samples[rng.below(samples.len() as u64) as usize].bytes();
        for _ in 0..rng.below(4) {
            let at = rng.below(bytes.len() as u64) as usize;
            bytes[at] = rng.below(256) as u8;
        }
        bytes.truncate(bytes.len() - rng.below(2) as usize);
        node.hear(round * 1_000, &bytes);
        node.take_packets();
        if let Some(batch) = node.take_batch() {
            node.persisted(round * 1_000, batch.number);
        }
    }
    assert!(!node.facts(0).events.is_empty());
}

#[test]
fn a_write_is_applied_once_and_within_the_limits() {
    let mut machine = Machine::default();
    let write = |number, key: &str, text: &str| Write::new(5, number, key, text).unwrap();
    assert_eq!(machine.apply(1, &write(1, "k", "1")), Outcome::Applied);
    assert_eq!(machine.apply(2, &write(3, "k", "3")), Outcome::Applied);
    assert_eq!(machine.apply(3, &write(3, "k", "3")), Outcome::Overtaken);
    assert_eq!(machine.apply(4, &write(2, "k", "2")), Outcome::Overtaken);
    assert_eq!(machine.value("k").map(|value| (value.text.as_str(), value.index)), Some(("3", 2)));
    for at in 1..MAX_KEYS as u64 {
        assert_eq!(machine.apply(4 + at, &write(3 + at, &format!("k{at}"), "x")), Outcome::Applied);
    }
    assert_eq!(machine.apply(90, &write(90, "one more", "x")), Outcome::NoRoom);
    assert_eq!(machine.apply(91, &write(91, "k", "still")), Outcome::Applied);
    assert_eq!(Machine::read(&machine.bytes()), Some(machine.clone()));
    assert_eq!(Machine::read(&machine.bytes()[1..]), None);
    // Many other tabs are remembered, but not all that ever were.
    for session in 100..400 {
        let write = Write::new(session, 1, "k", "x").unwrap();
        assert_eq!(machine.apply(session, &write), Outcome::Applied);
    }
    assert!(machine.bytes().len() < 8_000);
    for (key, text) in [
        ("", "a"),
        ("a", " "),
        ("a\nb", "c"),
        (&"k".repeat(25), "a"),
        ("a", &"多".repeat(MAX_TEXT_CHARS + 1)),
    ] {
        assert!(Write::new(1, 1, key, text).is_none(), "{key:?} {text:?}");
    }
}
