//! Internal tests of the group: what an fsync covers, compared with a small model, and what a record is.
//!
//! Guarantees: seeded, so that a failure can be reproduced. Leaves out: the individual actions (`cli::raft_tests`).

use std::collections::BTreeMap;

use super::*;
use quorum_types::Rng;

fn group(voters: &[NodeId]) -> Group {
    let conf = Conf::new(voters.iter().copied(), []);
    let setup = Setup {
        seed: 3,
        conf,
        election_ticks: 10,
        heartbeat_ticks: 1,
        max_inflight: 256,
        ..Setup::default()
    };
    Group::new(setup).expect("a group")
}

fn last(group: &Group, id: NodeId) -> u64 {
    group.state(id).expect("a node").last.0
}

fn durable(group: &Group, id: NodeId) -> (u64, u64) {
    let (hard, last) = group.state(id).expect("a node").durable;
    (hard.term, last.0)
}

/// A model of a single node's log in three numbers, and the fsyncs in progress.
#[derive(Debug, Default)]
struct Model {
    last: u64,
    durable: u64,
    fsyncs: Vec<(u64, u64)>,
}

#[test]
fn an_fsync_covers_what_it_says_and_a_crash_leaves_just_that() {
    for seed in 0..60 {
        let mut rng = Rng::new(seed, 1);
        let mut group = group(&[1]);
        group.set_autopersist(false);
        let (mut model, mut term) = (Model::default(), 0);
        for step in 0..120 {
            match rng.below(8) {
                0..=2 if group.propose(1, Arc::from(&b"data"[..])).is_ok() => model.last += 1,
                0..=2 => {
                    // A single node leads once its own vote is durable.
                    group.campaign(1).expect("it runs");
                    group.persist(1, None).expect("it runs");
                    term += 1;
                    model.durable = model.last;
                    model.last += 1;
                }
                3 => {
                    let upto = rng.below(model.last + 3);
                    group.persist(1, Some(upto)).expect("it runs");
                    model.durable = model.durable.max(upto.min(model.last));
                    assert_eq!(durable(&group, 1).0, term, "term and vote go along");
                }
                4 => model.fsyncs.push((group.begin_persist(1).expect("it runs"), model.last)),
                5 if !model.fsyncs.is_empty() => {
                    let at = rng.below(model.fsyncs.len() as u64) as usize;
                    let (fsync, upto) = model.fsyncs.remove(at);
                    group.end_persist(fsync).expect("it was begun");
                    model.durable = model.durable.max(upto);
                }
                6 if rng.below(4) == 0 => {
                    term = durable(&group, 1).0;
                    group.crash(1, Keep::Synced).expect("it runs");
                    assert_eq!(last(&group, 1), model.durable, "seed {seed} step {step}");
                    group.restart(1).expect("it is down");
                    model = Model { last: model.durable, durable: model.durable, fsyncs: Vec::new() };
                }
                _ => {}
            }
            let found = (last(&group, 1), durable(&group, 1).1);
            assert_eq!(found, (model.last, model.durable), "seed {seed} step {step}: {model:?}");
        }
    }
}

#[test]
fn what_is_torn_is_cut_wherever_it_tears() {
    let mut unsynced = group(&[1]);
    unsynced.campaign(1).expect("it runs");
    unsynced.set_autopersist(false);
    for _ in 0..3 {
        unsynced.propose(1, Arc::from(&b"0123456789"[..])).expect("it leads");
    }
    let mut found = Vec::new();
    for torn_bytes in 0..260 {
        let mut group = unsynced.clone();
        group.crash(1, Keep::Torn(torn_bytes)).expect("it runs");
        group.restart(1).expect("torn is not damaged");
        found.push(last(&group, 1));
    }
    assert!(found.is_sorted());
    assert_eq!((found[0], found[3], found[259]), (1, 1, 4));
    assert!([1, 2, 3, 4].iter().all(|index| found.contains(index)));
}

#[test]
fn an_entry_that_was_replaced_has_no_record() {
    let entries: Vec<Entry> = (0..4).map(|_| Entry::normal(1, *b"old")).collect();
    let conf = Conf::new([1, 2, 3], []);
    let logs = BTreeMap::from([(2, entries)]);
    let hard = BTreeMap::from([(1, HardState { term: 1, ..HardState::default() })]);
    let setup = Setup { logs, hard, ..group(&[1]).setup };
    let mut group = Group::new(Setup { conf, ..setup }).expect("a group");
    group.campaign(1).expect("it runs");
    group.stabilize(&[1, 3]).expect("it comes to rest");
    assert_eq!((group.state(1).expect("a node").role, last(&group, 2)), ("leader", 4));
    assert!(group.clone().corrupt(2, 4, Damage::Zero).is_ok());
    group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    assert_eq!(last(&group, 2), 1, "the leader's first entry replaced all");
    let code = |index| group.clone().corrupt(2, index, Damage::Zero).map_err(|refusal| refusal.code);
    assert_eq!((code(1), code(4)), (Ok(()), Err("no_such_record".to_owned())));
}

#[test]
fn a_log_that_says_what_it_lost_owes_nothing_more() {
    let stamped = |group: &Group| {
        let log = &group.nodes.get(&2).expect("a node").member.log;
        (log.stamped_lsn(), log.durable_lsn())
    };
    let mut group = group(&[1, 2, 3]);
    group.campaign(1).expect("it runs");
    group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    for _ in 0..20 {
        group.propose(1, Arc::from(&b"data"[..])).expect("it leads");
        group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    }
    let before = stamped(&group).1;
    group.corrupt(2, 3, Damage::Stale).expect("there is such a record");
    let again = |group: &mut Group| {
        group.crash(2, Keep::Synced).expect("it runs");
        group.restart(2).expect("the others can repair it");
        group.state(2).expect("a node").recovering
    };
    assert!(again(&mut group), "most of what was promised is gone");
    // Its log is far shorter than it was, and that is how long it has to be from now on.
    let (stamp, durable) = stamped(&group);
    assert_eq!(stamp, Some(durable));
    assert!(durable < before);
    group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    assert_eq!(last(&group, 2), 21);
    assert!(!again(&mut group), "it was repaired");
}

/// Node 3 has entries that no other node received, and receives their replacements in one append, with the information
/// that a configuration change among them is committed, so that the commit index is written too. None of it is durable.
fn about_to_be_replaced() -> Group {
    let mut group = group(&[1, 2, 3]);
    let single = |id| ConfChange::Single(Change::Learner(id));
    group.campaign(3).expect("it runs");
    group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    for other in [1, 2] {
        group.cut(3, other).expect("they are there");
        group.cut(other, 3).expect("they are there");
    }
    for _ in 0..6 {
        group.propose(3, Arc::from(&b"nobody gets this"[..])).expect("it leads");
    }
    group.campaign(1).expect("it runs");
    group.stabilize(&[1, 2]).expect("it comes to rest");
    group.propose(1, Arc::from(&b"data"[..])).expect("it leads");
    group.change_conf(1, &single(4)).expect("it leads");
    group.stabilize(&[1, 2]).expect("it comes to rest");
    group.heal();
    group.set_autopersist(false);
    group.tick(1, 1).expect("it runs");
    loop {
        let of_both = |message: &Message| message.from + message.to == 4;
        let Some((id, message)) = group.messages().find(|(_, message)| of_both(message)) else {
            panic!("nothing was replaced");
        };
        let replaces = matches!(&message.body, Body::Append { entries, .. } if entries.len() > 2);
        group.deliver(id).expect("it is on its way");
        if replaces && message_to_3_is_applied(&group) {
            return group;
        }
        group.persist(1, None).expect("it runs");
        group.persist(3, None).expect("it runs");
    }
}

fn message_to_3_is_applied(group: &Group) -> bool {
    group.state(3).expect("a node").conf.learners == [4]
}

/// Regardless of what a crash leaves of it, node 3 considers committed what node 1 has committed.
#[test]
fn a_commit_index_is_not_torn_off_the_entries_that_it_covers() {
    let whole = about_to_be_replaced();
    let right = whole.state(1).expect("a node").entries;
    let (mut came_about, mut replaced) = (0, 0);
    let check = |group: &Group| {
        let found = group.state(3).expect("a node");
        let same = |at: u64| found.entries.get(at as usize - 1) == right.get(at as usize - 1);
        assert!((1..=found.commit).all(same), "committed up to {} of {:?}", found.commit, found.entries);
        // It knows of the new term, and holds what is to be replaced.
        (u64::from(found.hard.term > 1 && !same(found.last.0)), u64::from(found.commit > 2))
    };
    for torn_bytes in 0..2_000 {
        let mut group = whole.clone();
        group.crash(3, Keep::Torn(torn_bytes)).expect("it runs");
        group.restart(3).expect("it is down");
        let (old, new) = check(&group);
        (came_about, replaced) = (came_about + old, replaced + new);
        assert_eq!(group.violations(), []);
    }
    assert!(came_about > 0 && replaced > 0, "{came_about} and {replaced}");
    for upto in 0..12 {
        let mut group = whole.clone();
        group.persist(3, Some(upto)).expect("it runs");
        group.crash(3, Keep::Synced).expect("it runs");
        group.restart(3).expect("it is down");
        check(&group);
        assert_eq!(group.violations(), []);
    }
}

/// The same if the record of the entries cannot be read back.
#[test]
fn a_commit_index_does_not_stand_for_what_damaged_entries_were_to_replace() {
    let mut group = about_to_be_replaced();
    let right = group.state(1).expect("a node").entries;
    group.persist(3, None).expect("it runs");
    group.crash(3, Keep::Synced).expect("it runs");
    group.corrupt(3, 4, Damage::BitFlip).expect("there is such a record");
    group.restart(3).expect("it is down");
    let found = group.state(3).expect("a node");
    assert!(found.recovering && found.hard.term > 1 && found.last.1 == 1, "{found:?}");
    let same = |at: u64| found.entries.get(at as usize - 1) == right.get(at as usize - 1);
    assert!((1..=found.commit).all(same), "committed up to {} of {:?}", found.commit, found.entries);
    group.set_autopersist(true);
    group.stabilize(&[1, 2, 3]).expect("it comes to rest");
    assert!(!group.state(3).expect("a node").recovering);
    assert_eq!(group.violations(), []);
}
