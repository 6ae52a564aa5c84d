//! Ten virtual hours: what a cluster holds in memory does not grow with the time that it has run.
//!
//! Counts are compared, not seconds: rows in memory, records and log entries, segments, calls, planned things, bytes of
//! a snapshot. Few coordinators and slow heartbeats keep the test short; neither is what grows.

use super::*;
use crate::types::SECOND;

/// What a cluster holds, by name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held(pub(super) Vec<(&'static str, u64)>);

impl Held {
    pub(super) fn of(world: &Milvus) -> Self {
        let most = |counts: &mut dyn Iterator<Item = usize>| counts.max().unwrap_or(0) as u64;
        let log = |member: &Member| {
            let log = member.raft().map(crate::raft::Raft::log);
            log.map_or(0, |log| (log.last().0 + 1 - log.first().min(log.last().0 + 1)) as usize)
        };
        let facts = world.facts();
        Self(vec![
            ("growing rows of a query node", facts.segments[0].rows),
            ("records at a source of the log", most(&mut world.logs.sources.values().map(|source| source.records.len()))),
            ("entries of a Raft log", most(&mut world.members.values().map(log))),
            ("bytes of a member's disk", most(&mut world.members.values().map(|member| member.log.disk.bytes() as usize))),
            ("segments in the object store", world.sealed.len() as u64),
            ("segments shown", facts.segments.len() as u64),
            ("rows that a search should find", world.clients.acknowledged_rows().map(|rows| rows.ids.len() as u64).sum()),
            ("nearest rows remembered", world.nearest.len() as u64),
            ("calls", world.calls.len() as u64),
            ("planned", world.agenda.iter().count() as u64),
            ("bytes of a snapshot", serde_json::to_vec(&facts).expect("plain data").len() as u64),
        ])
    }
}

#[test]
fn ten_hours_hold_no_more_than_two() {
    let mut settings = Settings::default();
    for (name, value) in [
        ("coordinators", 1),
        ("index_nodes", 1),
        ("raft_heartbeat_ms", 1_000),
        ("raft_election_ms", 10_000),
        ("coord_heartbeat_ms", 2_000),
        ("coord_election_ms", 10_000),
        ("tick_ms", 1_000),
    ] {
        settings.set(name, value).expect("a setting");
    }
    let mut world = Milvus::new(7, settings);
    let mut held = Vec::new();
    for hour in 1..=10 {
        assert!(world.advance(hour * 3_600 * SECOND, u64::MAX), "it gets there");
        let thin = |event: &Event| matches!(event.kind, EventKind::SearchServed { recall_permille, .. } if recall_permille < 1_000);
        let thin = world.take_events().iter().filter(|event| thin(event)).count();
        held.push(Held::of(&world));
        println!("hour {hour}: {thin} thin, {:?}", held.last());
        // A bounded read may miss what was written within the last tick.
        assert!(thin < 36, "hour {hour}: {thin} searches found less");
    }
    let facts = world.facts();
    assert_eq!((facts.tester.failed, facts.failed_writes), (0, 0), "{:?}", facts.tester.last_failure);
    assert!(facts.acknowledged_rows > 70_000);
    let (early, late) = (&held[1].0, &held[9].0);
    for ((what, early), (_, late)) in early.iter().zip(late) {
        // What comes and goes, comes and goes: a flush is 200 rows away or has just been.
        assert!(*late <= early + early / 5 + 400, "{what}: {early} after two hours, {late} after ten");
    }
}
