//! Writes during a flush: how long they wait, and that a checkpoint holds what it says and no more.
//!
//! Times are virtual, so that the bounds hold on every machine. Crashes at every step are in `tests`, and schedules of
//! all kinds in `swarm_tests`.

use super::*;
use quorum_engine::{Field, FieldType, Record, Schema, SegmentState, Value};
use quorum_types::MS;

fn engine() -> Standalone {
    let mut settings = Settings::default();
    settings.set("segment_seal_mb", 1_024).expect("a setting");
    let start = Start::in_memory(1, settings, Disk::default());
    let mut world = Standalone::new(Start { prefilled: true, ..start });
    settle(&mut world);
    world
}

fn step(world: &mut Standalone) -> bool {
    let happened = world.step();
    world.event_log.take();
    happened
}

fn settle(world: &mut Standalone) {
    while step(world) {}
}

fn flush(name: &str) -> Request {
    Request::Flush { name: name.to_owned() }
}

fn one(key: i64) -> Request {
    let row = vec![
        ("id".to_owned(), Value::Int(key)),
        ("timestamp".to_owned(), Value::Int(0)),
        ("text".to_owned(), Value::Text(String::new())),
        ("vector".to_owned(), Value::Vector(vec![0.5; 128])),
    ];
    Request::Insert { name: COLLECTION.to_owned(), rows: vec![row], upsert: true }
}

/// Lets a client upsert a row at a time, the next one as soon as it has the answer and some time has passed, until
/// `ends`. Returns how long each took.
fn client(
    world: &mut Standalone,
    pause_us: Micros,
    mut ends: impl FnMut(&Standalone, usize) -> bool,
) -> Vec<Micros> {
    let mut latencies = Vec::new();
    while !ends(world, latencies.len()) {
        let asked_us = world.now;
        world.ask(Some(100), one(7)).expect("it runs");
        while !world.take_outcomes().iter().any(|(ticket, outcome)| *ticket == 100 && outcome.is_ok()) {
            assert!(step(world), "an answer comes");
        }
        latencies.push(world.now - asked_us);
        let next_us = world.now + pause_us;
        while world.event_queue.peek().is_some_and(|(at, _)| at <= next_us) {
            step(world);
        }
        world.now = world.now.max(next_us);
    }
    latencies.sort_unstable();
    latencies
}

fn percentile(sorted: &[Micros], percent: usize) -> Micros {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

#[test]
fn writes_wait_at_most_twice_as_long_during_a_flush() {
    for pause_us in [0, 130, 1_777] {
        let mut world = engine();
        world.insert(1, 30_000, 1_000).expect("it runs");
        settle(&mut world);
        world.take_outcomes();
        let quiet = client(&mut world, pause_us, |_, count| count == 300);
        world.ask(Some(1), flush(COLLECTION)).expect("it runs");
        let began_us = world.now;
        // The flush is over when nothing is being done beside the client's requests: checkpoint and index.
        let during = client(&mut world, pause_us, |world, count| count > 0 && !world.works_beside());
        let took_us = world.now - began_us;
        assert!(took_us > 400 * MS && during.len() > 150, "{} writes in {took_us} µs", during.len());
        for percent in [50, 99, 100] {
            let (before, now) = (percentile(&quiet, percent), percentile(&during, percent));
            assert!(now <= 2 * before, "p{percent}: {now} µs, and {before} µs without a flush");
        }
        world.kill(0);
        world.restart();
        settle(&mut world);
        assert_eq!(world.visible(), 30_000, "one of the rows is the client's");
    }
}

#[test]
fn a_segment_that_grew_during_a_flush_is_flushed_again() {
    let mut world = engine();
    let field = |name: &str, primary| Field { name: name.to_owned(), kind: FieldType::Int64, primary };
    let schema = Schema::new(vec![field("id", true), field("n", false)]).expect("a schema");
    let insert = |world: &mut Standalone, key: i64| {
        let row: Record = vec![("id".to_owned(), Value::Int(key)), ("n".to_owned(), Value::Int(1))];
        let request = Request::Insert { name: "c".to_owned(), rows: vec![row], upsert: false };
        world.ask(None, request).expect("it runs");
    };
    world.ask(None, Request::CreateCollection { name: "c".to_owned(), schema }).expect("it runs");
    insert(&mut world, 1);
    world.insert(1, 20_000, 1_000).expect("it runs");
    settle(&mut world);
    // The checkpoint holds the first row of a segment that goes on growing, in another collection.
    world.ask(None, flush(COLLECTION)).expect("it runs");
    while !matches!(world.background, Background::ObjectsSync(_)) {
        assert!(step(&mut world), "the flush comes to its objects");
    }
    insert(&mut world, 2);
    settle(&mut world);
    let grown = |world: &Standalone| {
        let (_, there) = world.catalog().expect("runs").find("c").expect("there");
        (there.segments[0].rows(), there.segments[0].object.is_some())
    };
    assert_eq!(grown(&world), (2, false), "the object has one row of the two");
    world.ask(None, flush(COLLECTION)).expect("it runs");
    settle(&mut world);
    assert_eq!(grown(&world), (2, true));
    world.kill(0);
    world.restart();
    settle(&mut world);
    assert_eq!((grown(&world), world.visible()), ((2, true), 20_002));
}

#[test]
fn a_flush_beside_writes_lets_the_log_before_it_go_and_is_answered_in_its_turn() {
    let mut world = engine();
    world.insert(1, 40_000, 1_000).expect("it runs");
    settle(&mut world);
    world.take_outcomes();
    let log = world.log.log_bytes();
    world.ask(Some(2), flush(COLLECTION)).expect("it runs");
    world.insert(3, 2_000, 1_000).expect("it runs");
    world.ask(Some(4), flush(COLLECTION)).expect("it runs");
    world.ask(Some(5), one(7)).expect("it runs");
    let mut answers = Vec::new();
    let mut least = log;
    while step(&mut world) {
        answers.extend(world.take_outcomes().into_iter().map(|(ticket, outcome)| (ticket, outcome.is_ok())));
        least = least.min(world.log.log_bytes());
    }
    assert_eq!(answers, [(3, true), (5, true), (2, true), (4, true)], "writes do not wait for flushes");
    assert!(least < log / 10, "{least} of {log} bytes of log are left");
    let (_, docs) = world.catalog().expect("runs").find(COLLECTION).expect("the collection");
    assert_eq!(docs.segments.iter().filter(|segment| segment.state == SegmentState::Flushed).count(), 2);
    world.kill(0);
    world.restart();
    settle(&mut world);
    assert_eq!(world.visible(), 42_000);
}

#[test]
fn many_flushes_that_wait_are_answered_without_deep_calls() {
    let mut world = engine();
    world.insert(1, 5_000, 1_000).expect("it runs");
    settle(&mut world);
    world.take_outcomes();
    for ticket in 2..20_000 {
        world.ask(Some(ticket), flush(COLLECTION)).expect("it runs");
    }
    settle(&mut world);
    let answers = world.take_outcomes();
    assert!(answers.iter().map(|(ticket, _)| *ticket).eq(2..20_000));
}

#[test]
fn an_index_that_is_dropped_while_it_is_built_does_not_come_back() {
    let mut world = engine();
    world.insert(1, 20_000, 1_000).expect("it runs");
    settle(&mut world);
    world.ask(None, flush(COLLECTION)).expect("it runs");
    while !matches!(world.background, Background::Index(_)) {
        assert!(step(&mut world), "the flush comes to its index");
    }
    world.ask(None, Request::Release { name: COLLECTION.to_owned() }).expect("it runs");
    world.ask(None, Request::DropIndex { name: COLLECTION.to_owned() }).expect("it runs");
    settle(&mut world);
    let (_, docs) = world.catalog().expect("runs").find(COLLECTION).expect("the collection");
    assert!(docs.index.is_none() && docs.segments[0].index().is_none());
    assert!(!world.works(), "the flush is done");
}
