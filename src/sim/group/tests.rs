//! The group from inside: what an fsync covers, held to a few numbers, and what a record is.
//!
//! Promises: seeded, so that a failure comes again. Leaves out: the deeds one by one (`cli::raft_tests`).

use super::*;
use crate::types::Rng;

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

/// A lone node's log in three numbers, and the fsyncs under way.
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
                    // Alone it leads once its own vote is durable.
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
    let logs = Map::from([(2, entries)]);
    let hard = Map::from([(1, HardState { term: 1, ..HardState::default() })]);
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
