//! A host that ends between any two of its writes: its store always holds a run that can continue.
//!
//! Guarantees: what was answered is found again, what was not is found whole or not at all, and nothing is refused.
//! Leaves out: power cuts inside the simulation (`model_tests`).

use super::tests::{Store, config};
use super::*;

/// Rows by key and `n`, and whether they can be read.
pub(super) type Found = (Vec<(i64, i64)>, bool);

/// Every visible row, and whether the collection is loaded.
pub(super) fn found(lab: &Lab) -> Found {
    let world = lab.world.as_standalone().expect("an engine");
    let catalog = world.catalog().expect("it runs");
    let Ok((_, there)) = catalog.find("c") else { return (Vec::new(), false) };
    let mut rows = Vec::new();
    for segment in &there.segments {
        for at in (0..segment.rows()).filter(|at| segment.is_live(*at)) {
            let (chunk, row) = segment.locate(at).expect("a row");
            let value = |column: usize| chunk.batch.columns()[column].value(row);
            match (value(0), value(2)) {
                (Some(Value::Int(key)), Some(Value::Int(n))) => rows.push((key, n)),
                other => panic!("{other:?}"),
            }
        }
    }
    rows.sort_unstable();
    (rows, there.loaded)
}

/// What a new process makes of a store; none if it refuses it.
fn open(store: &Store) -> Option<Found> {
    let mut lab = Lab::open(config("engine", 1, true), Some(store.stored())).expect("opens");
    let mut store = store.clone();
    settle(&mut lab, &mut store, &mut |_| {});
    let refused = lab.world.as_standalone().is_some_and(quorum_sim::standalone::Standalone::refused);
    (!refused).then(|| found(&lab))
}

fn reopen(store: &Store) -> Found {
    open(store).expect("it is not refused")
}

/// Lets everything happen; `seen` looks at the store after every single write.
fn settle(lab: &mut Lab, store: &mut Store, seen: &mut impl FnMut(&Store)) {
    loop {
        while let Some(batch) = lab.take_writes() {
            for write in &batch.writes {
                let piece =
                    PersistBatch { ticket: 0, writes: vec![write.clone()], stamp: store.stamp.clone() };
                store.persist(piece);
                seen(store);
            }
            let ticket = store.persist(PersistBatch { writes: Vec::new(), ..batch });
            seen(store);
            lab.persisted(ticket);
        }
        match lab.advance(u64::MAX, 1) {
            Advance::Budget | Advance::Waiting { .. } => {}
            Advance::Reached | Advance::Idle => break,
        }
    }
    lab.take_events();
}

fn check(script: &str) -> Store {
    let mut lab = Lab::open(config("engine", 1, true), None).expect("opens");
    let mut store = Store::default();
    settle(&mut lab, &mut store, &mut |_| {});
    let mut moments = 0;
    for (number, line) in script.lines().enumerate() {
        let command: Command = serde_json::from_str(line).expect("a command");
        let before = found(&lab);
        let mut held = Vec::new();
        lab.execute(number as u64, command);
        settle(&mut lab, &mut store, &mut |store| held.push(store.clone()));
        let answers = lab.take_answers();
        assert!(
            matches!(answers.as_slice(), [(_, answer)] if !matches!(answer, Answer::Refused { .. })),
            "{answers:?}"
        );
        let after = found(&lab);
        for store in &held {
            let found = reopen(store);
            assert!(
                found == before || found == after,
                "{line}: {found:?} is neither {before:?} nor {after:?}"
            );
            moments += 1;
        }
    }
    assert!(moments > 20, "{moments}");
    assert_eq!(reopen(&store), found(&lab));
    store
}

#[test]
fn a_host_may_end_between_any_two_writes() {
    check(
        r#"{"op":"create_collection","name":"c","fields":[{"name":"id","type":"int64","primary":true},{"name":"v","type":"float_vector","dim":2},{"name":"n","type":"int64"}]}
{"op":"create_index","collection":"c","field":"v","index_type":"FLAT","metric_type":"L2"}
{"op":"load","collection":"c"}
{"op":"insert","collection":"c","rows":[{"id":1,"v":[0,0],"n":1},{"id":2,"v":[0,0],"n":1},{"id":2,"v":[0,0],"n":2}]}
{"op":"flush","collection":"c"}
{"op":"upsert","collection":"c","rows":[{"id":2,"v":[0,0],"n":3},{"id":3,"v":[0,0],"n":3}]}
{"op":"delete","collection":"c","filter":"n == 1"}
{"op":"flush","collection":"c"}
{"op":"insert","collection":"c","rows":[{"id":4,"v":[0,0],"n":4}]}
{"op":"compact","collection":"c"}
{"op":"delete","collection":"c","filter":"id in [3, 4]"}
{"op":"flush","collection":"c"}
{"op":"compact","collection":"c","deleted_percent":0}
{"op":"upsert","collection":"c","rows":[{"id":2,"v":[0,0],"n":5}]}
{"op":"release","collection":"c"}
{"op":"flush","collection":"c"}"#,
    );
}

#[test]
fn no_damage_to_any_byte_goes_unseen() {
    let store = check(
        r#"{"op":"create_collection","name":"c","fields":[{"name":"id","type":"int64","primary":true},{"name":"v","type":"float_vector","dim":2},{"name":"n","type":"int64"}]}
{"op":"create_index","collection":"c","field":"v","index_type":"FLAT","metric_type":"L2"}
{"op":"load","collection":"c"}
{"op":"insert","collection":"c","rows":[{"id":1,"v":[0,0],"n":1},{"id":2,"v":[0,0],"n":1}]}
{"op":"flush","collection":"c"}
{"op":"insert","collection":"c","rows":[{"id":3,"v":[0,0],"n":2}]}
{"op":"delete","collection":"c","filter":"id == 1"}
{"op":"flush","collection":"c"}
{"op":"upsert","collection":"c","rows":[{"id":2,"v":[0,0],"n":3}]}"#,
    );
    let whole = reopen(&store);
    let mut refused = 0;
    let mut look = |damaged: &Store, what: &str| {
        let found = open(damaged);
        refused += usize::from(found.is_none());
        assert!(found.is_none() || found.as_ref() == Some(&whole), "{what}: {found:?}, not {whole:?}");
    };
    for (file, bytes) in &store.files {
        for at in 0..bytes.len() {
            for bits in [1, 0xff] {
                let mut damaged = store.clone();
                damaged.files.get_mut(file).expect("a file")[at] ^= bits;
                look(&damaged, &format!("{file:?} flipped at {at}"));
            }
            let mut damaged = store.clone();
            damaged.files.get_mut(file).expect("a file").truncate(at);
            look(&damaged, &format!("{file:?} cut at {at}"));
        }
        let mut damaged = store.clone();
        damaged.files.remove(file);
        look(&damaged, &format!("{file:?} gone"));
    }
    assert!(refused > 1_000, "{refused}");
}
