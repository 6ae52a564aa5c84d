//! Three virtual hours, and ten with `--slow`: the memory use of a cluster does not grow with the time that it has run.
//!
//! Compares counts, not durations: rows in memory, records and log entries, segments, calls, scheduled tasks, bytes of
//! a snapshot. Few coordinators and slow heartbeats keep the test short; neither affects growth. Leaves out: bytes of
//! the process (the facade's test of memory).

use std::collections::BTreeSet;

use super::snapshot::PodState;
use super::topology::Component;
use super::*;
use quorum_types::SECOND;

/// The contents of a cluster, by name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held(pub(super) Vec<(&'static str, u64)>);

impl Held {
    pub(super) fn of(world: &Milvus) -> Self {
        let most = |counts: &mut dyn Iterator<Item = usize>| counts.max().unwrap_or(0) as u64;
        let log = |member: &Replica| {
            let log = member.raft().map(quorum_raft::Raft::log);
            log.map_or(0, |log| (log.last().0 + 1 - log.first().min(log.last().0 + 1)) as usize)
        };
        let facts = world.facts();
        Self(vec![
            ("growing rows of a delegator", facts.segments[0].rows),
            (
                "records at a source of the log",
                most(&mut world.logs.sources.values().map(|source| source.records.len())),
            ),
            ("entries of a Raft log", most(&mut world.members.values().map(log))),
            ("entries of a log store", most(&mut world.kept_by_stores().into_iter())),
            (
                "bytes of a member's disk",
                most(&mut world.members.values().map(|member| member.log.disk.bytes() as usize)),
            ),
            ("segments in the object store", world.sealed.len() as u64),
            ("segments shown", facts.segments.len() as u64),
            (
                "rows that a search should find",
                world.clients.acknowledged_rows().map(|rows| rows.ids.len() as u64).sum(),
            ),
            ("nearest rows remembered", world.nearest.len() as u64),
            ("entries of the checkers", world.checkers.memory() as u64),
            ("calls", world.calls.len() as u64),
            ("planned", world.event_queue.iter().count() as u64),
            ("bytes of a snapshot", serde_json::to_vec(&facts).expect("plain data").len() as u64),
        ])
    }
}

#[test]
fn three_hours_hold_no_more_than_one() {
    hours_hold_no_more(1, 3);
}

#[test]
#[ignore = "slow: ten hours"]
fn ten_hours_hold_no_more_than_two() {
    hours_hold_no_more(2, 10);
}

/// Runs a cluster, and compares what it holds after an early hour and after the last.
fn hours_hold_no_more(early_hour: usize, hours: usize) {
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
    for hour in 1..=hours as u64 {
        assert!(world.advance(hour * 3_600 * SECOND, u64::MAX), "it gets there");
        let thin = |event: &Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::SearchServed { recall_permille, .. }) if recall_permille < 1_000);
        let thin = world.take_events().iter().filter(|event| thin(event)).count();
        held.push(Held::of(&world));
        println!("hour {hour}: {thin} thin, {:?}", held.last());
        // A bounded read may miss writes within the last tick.
        assert!(thin < 36, "hour {hour}: {thin} searches found less");
    }
    let facts = world.facts();
    assert_eq!((facts.tester.failed, facts.failed_writes), (0, 0), "{:?}", facts.tester.last_failure);
    assert!(facts.acknowledged_rows > 7_000 * hours as u64);
    let (early, late) = (&held[early_hour - 1].0, &held[hours - 1].0);
    for ((what, early), (_, late)) in early.iter().zip(late) {
        // Fluctuating counts: the next flush is up to 200 rows away or has just happened.
        assert!(*late <= early + early / 5 + 400, "{what}: {early} early, {late} after {hours} hours");
    }
}

/// Rows that a replica's delegator would find: in its known segments, and in the growing one.
fn findable(world: &Milvus, node: &Delegator) -> BTreeSet<i64> {
    let placed = node.placed().filter(|(_, at)| *at != 0).filter_map(|(segment, _)| {
        world.sealed.iter().find(|sealed| sealed.segment == segment).map(|sealed| &sealed.rows)
    });
    placed
        .chain(node.growing.iter().map(|(_, rows)| rows))
        .flat_map(|rows| rows.ids.iter().copied())
        .collect()
}

/// One fault after the other, of every kind, at every kind of pod; each repaired soon after.
fn torment(world: &mut Milvus, rng: &mut Rng, rounds: u64) {
    for _ in 0..rounds {
        let pods: Vec<NodeId> = Component::ALL[..12].iter().flat_map(|kind| world.pods_of(*kind)).collect();
        let node = pods[rng.below(pods.len() as u64) as usize];
        let other = pods[rng.below(pods.len() as u64) as usize];
        let action = match rng.below(5) {
            0 => Action::Pause { node },
            1 => Action::Partition { side: vec![node, other], but: Vec::new() },
            2 => Action::Stop { node },
            _ => Action::Kill { node },
        };
        // A pod that is down cannot be killed.
        let _ = world.perform(&action);
        let until = world.now + (5 + rng.below(60)) * SECOND;
        assert!(world.advance(until, u64::MAX));
        if world.state(node) == Some(PodState::Paused) {
            world.perform(&Action::Resume { node }).expect("it is paused");
        }
        world.perform(&Action::Heal).expect("heals");
        world.take_events();
    }
}

/// In the end no acknowledged row is missing from a replica, logs stay short, and no invariant was violated.
fn whatever_fails_no_row_is_missing(control_plane: u64, seeds: core::ops::Range<u64>, shape: &[(&str, u64)]) {
    for seed in seeds {
        let mut settings = Settings::default();
        shape.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
        for (name, value) in [
            ("control_plane", control_plane),
            ("query_nodes", 4),
            ("replicas", 2),
            ("insert_interval_ms", 100),
            ("seal_rows", 50),
            ("full_rows", 400),
            ("ttl_s", 400),
            ("segment_mb", 20),
            ("health_check_ms", 2_000),
            ("session_ttl_ms", 5_000),
            ("raft_heartbeat_ms", 300),
            ("raft_election_ms", 2_000),
        ] {
            settings.set(name, value).expect("a setting");
        }
        let mut world = Milvus::new(seed, settings);
        let mut rng = Rng::new(seed, 77);
        assert!(world.advance(20 * SECOND, u64::MAX));
        torment(&mut world, &mut rng, 50);
        world.set("insert_interval_ms", 0).expect("live");
        let until = world.now + 60 * SECOND;
        assert!(world.advance(until, u64::MAX));
        assert!(
            world.acknowledged() > 5_000,
            "control_plane {control_plane} seed {seed}: {}",
            world.acknowledged()
        );
        assert_eq!(world.audit(), Vec::<i64>::new(), "control_plane {control_plane} seed {seed}");
        let broken = world.checkers.invariants.statuses().iter().find_map(|status| status.broken.clone());
        assert_eq!(broken, None, "control_plane {control_plane} seed {seed}");
        assert!(
            world.clients.expired.upto() > 0 && world.merges > 5,
            "control_plane {control_plane} seed {seed}"
        );
        let acknowledged: BTreeSet<i64> =
            world.clients.acknowledged_rows().flat_map(|rows| rows.ids.iter().copied()).collect();
        let mut delegators = 0;
        for ((id, _), node) in world.delegators.iter() {
            let there = findable(&world, node);
            let missing: Vec<&i64> = acknowledged.iter().filter(|row| !there.contains(row)).collect();
            assert!(
                missing.is_empty(),
                "control_plane {control_plane} seed {seed} node {id}: {} of {} are missing, from {:?}",
                missing.len(),
                acknowledged.len(),
                missing.first()
            );
            delegators += 1;
        }
        assert_eq!(delegators, 2, "control_plane {control_plane} seed {seed}");
        let held = Held::of(&world).0;
        let of = |what: &str| held.iter().find(|(name, _)| *name == what).expect("counted").1;
        assert!(of("entries of a log store") < 2_500, "control_plane {control_plane} seed {seed}: {held:?}");
        assert!(of("entries of a Raft log") < 2_500, "control_plane {control_plane} seed {seed}: {held:?}");
        assert!(
            of("growing rows of a delegator") < 1_000,
            "control_plane {control_plane} seed {seed}: {held:?}"
        );
        assert!(
            of("segments in the object store") < 60,
            "control_plane {control_plane} seed {seed}: {held:?}"
        );
        // No two nodes do the work of one.
        assert!(world.draining.len() <= 1, "control_plane {control_plane} seed {seed}");
    }
}

#[test]
fn whatever_fails_no_acknowledged_row_is_missing_plane_0() {
    whatever_fails_no_row_is_missing(0, 0..1, &[]);
}

#[test]
#[ignore = "slow: more seeds"]
fn whatever_fails_no_acknowledged_row_is_missing_plane_0_seeds_1_to_3() {
    whatever_fails_no_row_is_missing(0, 1..4, &[]);
}

#[test]
fn whatever_fails_no_acknowledged_row_is_missing_plane_1() {
    whatever_fails_no_row_is_missing(1, 0..1, &[]);
}

#[test]
#[ignore = "slow: more seeds"]
fn whatever_fails_no_acknowledged_row_is_missing_plane_1_seeds_1_to_3() {
    whatever_fails_no_row_is_missing(1, 1..4, &[]);
}

#[test]
fn whatever_fails_no_acknowledged_row_is_missing_plane_2() {
    whatever_fails_no_row_is_missing(2, 0..1, &[]);
}

#[test]
#[ignore = "slow: more seeds"]
fn whatever_fails_no_acknowledged_row_is_missing_plane_2_seeds_1_to_3() {
    whatever_fails_no_row_is_missing(2, 1..4, &[]);
}

/// The shape of 3.0 with a log service.
const SERVICE: [(&str, u64); 3] = [("delegator", 1), ("log_kind", 2), ("woodpecker_upload_ms", 2_000)];

#[test]
fn whatever_fails_no_acknowledged_row_is_missing_with_a_log_service() {
    whatever_fails_no_row_is_missing(2, 0..1, &SERVICE);
}

#[test]
#[ignore = "slow: more seeds"]
fn whatever_fails_no_acknowledged_row_is_missing_with_a_log_service_seeds_1_to_3() {
    whatever_fails_no_row_is_missing(2, 1..4, &SERVICE);
}

#[test]
#[ignore = "slow: more seeds"]
fn whatever_fails_no_acknowledged_row_is_missing_with_the_delegator_in_the_owner() {
    whatever_fails_no_row_is_missing(2, 0..3, &[("delegator", 1), ("log_kind", 1)]);
}
