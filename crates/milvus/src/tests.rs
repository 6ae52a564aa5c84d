//! The cluster as a whole: its guarantees, in every control plane. Leaves out: what has a file of tests of its own.

use super::topology::Component;
use super::*;
use quorum_sim::event::{EngineEvent, OpStatus, Phase, ServiceEvent};
use quorum_types::SECOND;

/// The fault is injected after everything has run for some seconds.
const FAULT_US: Micros = 20 * SECOND;

pub(crate) fn cluster(seed: u64, set: &[(&str, u64)]) -> Milvus {
    let mut settings = Settings::default();
    set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
    Milvus::new(seed, settings)
}

/// Runs until a moment. Returns the events until then.
pub(crate) fn run(world: &mut Milvus, until_us: Micros) -> Vec<Event> {
    assert!(world.advance(until_us, 10_000_000), "it gets there");
    world.take_events()
}

/// A cluster at the moment of the fault, which is an action of its own, and the events until some seconds later.
fn after(
    seed: u64,
    set: &[(&str, u64)],
    fault: impl Fn(&Milvus) -> Action,
    seconds: u64,
) -> (Milvus, Vec<Event>) {
    let mut world = cluster(seed, set);
    run(&mut world, FAULT_US);
    let action = fault(&world);
    world.perform(&action).expect("the fault is possible");
    let events = run(&mut world, FAULT_US + seconds * SECOND);
    (world, events)
}

fn kill(component: Component) -> impl Fn(&Milvus) -> Action {
    move |world| Action::Kill { node: world.acting(component).unwrap_or_else(|| world.pods_of(component)[0]) }
}

/// The first outage's length and phases.
fn outage(events: &[Event]) -> Option<(Micros, Vec<Phase>)> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::Service(ServiceEvent::ServiceRestored { rto_us, phases, .. }) => {
            assert_eq!(phases.iter().map(|time| time.us).sum::<Micros>(), *rto_us, "phases add up");
            Some((*rto_us, phases.iter().map(|time| time.phase).collect()))
        }
        _ => None,
    })
}

pub(crate) fn failed(events: &[Event]) -> usize {
    let bad = |event: &&Event| matches!(event.kind, EventKind::Service(ServiceEvent::OpEnd { status, .. }) if status != OpStatus::Ok);
    events.iter().filter(bad).count()
}

/// Every search: how long it waited, its recall, whether segments were left out.
pub(crate) fn searches(events: &[Event]) -> Vec<(Micros, u32, bool)> {
    let served = |event: &Event| match event.kind {
        EventKind::Milvus(MilvusEvent::SearchServed { waited_us, recall_permille, partial, .. }) => {
            Some((waited_us, recall_permille, partial))
        }
        _ => None,
    };
    events.iter().filter_map(served).collect()
}

#[test]
fn every_plane_comes_up_serves_and_repeats_itself() {
    for control_plane in 0..3 {
        let mut world = cluster(7, &[("control_plane", control_plane)]);
        let events = run(&mut world, 30 * SECOND);
        let facts = world.facts();
        assert!(
            facts.tester.ok > 10 && facts.tester.failed == 0,
            "control_plane {control_plane}: {:?}",
            facts.tester
        );
        assert!(facts.acknowledged_rows > 20 && facts.failed_writes == 0, "control_plane {control_plane}");
        assert!(searches(&events).iter().all(|(_, recall, partial)| *recall == 1_000 && !partial));
        let mut again = cluster(7, &[("control_plane", control_plane)]);
        run(&mut again, 30 * SECOND);
        assert_eq!(again.digest(), world.digest(), "control_plane {control_plane}");
        let mut other = cluster(8, &[("control_plane", control_plane)]);
        run(&mut other, 30 * SECOND);
        assert_ne!(other.digest(), world.digest(), "control_plane {control_plane}");
    }
}

#[test]
fn a_coordinator_is_replaced_by_election_or_when_its_lease_is_over_and_at_once_when_it_hands_over() {
    for seed in 0..5 {
        let (_, events) = after(seed, &[], kill(Component::RootCoord), 60);
        let (rto, phases) = outage(&events).expect("an outage");
        assert!(rto < 15 * SECOND && phases.contains(&Phase::Election), "seed {seed}: {rto} {phases:?}");

        let lease = [("control_plane", 1)];
        let (_, events) = after(seed, &lease, kill(Component::RootCoord), 60);
        let (rto, phases) = outage(&events).expect("an outage");
        assert!(rto > 15 * SECOND && phases.contains(&Phase::LeaseWait), "seed {seed}: {rto} {phases:?}");

        let short = [("control_plane", 1), ("session_ttl_ms", 5_000), ("keepalive_ms", 1_600)];
        let (_, events) = after(seed, &short, kill(Component::RootCoord), 60);
        assert!(outage(&events).expect("an outage").0 < 8 * SECOND, "seed {seed}");

        let stop =
            |world: &Milvus| Action::Stop { node: world.acting(Component::RootCoord).expect("a root") };
        let (_, events) = after(seed, &lease, stop, 60);
        assert!(outage(&events).is_none_or(|(rto, _)| rto < 3 * SECOND), "seed {seed}: handed over");
    }
}

#[test]
fn a_lost_owner_of_the_log_stops_writes_and_strict_reads_until_another_owns_it() {
    let set = [("control_plane", 2)];
    let (world, events) = after(3, &set, kill(Component::StreamingNode), 60);
    let (rto, _) = outage(&events).expect("an outage, although every replica is there");
    assert!(rto > 15 * SECOND, "{rto}");
    assert_eq!(world.audit(), Vec::<i64>::new(), "nothing is lost");
    assert!(world.facts().tester.recent.last().is_some_and(|(_, ok, _)| *ok), "it serves again");
}

/// The old root coordinator's side: it and the last proxy, with access to the log.
fn partition(world: &Milvus) -> Action {
    let root = world.acting(Component::RootCoord).expect("a root");
    let proxy = *world.pods_of(Component::Proxy).last().expect("a proxy");
    Action::Partition { side: vec![root, proxy], but: world.pods_of(Component::Wal) }
}

#[test]
fn a_fenced_minority_acknowledges_nothing_that_is_lost_and_an_unfenced_one_does() {
    for seed in 0..12 {
        for control_plane in 0..2 {
            let set = [("control_plane", control_plane), ("fencing", 1)];
            let (mut world, events) = after(seed, &set, partition, 45);
            world.perform(&Action::Heal).expect("heals");
            run(&mut world, 90 * SECOND);
            assert_eq!(world.audit(), Vec::<i64>::new(), "seed {seed} control_plane {control_plane}");
            // Once another one is active, no coordinator acts under an older epoch.
            let mut epoch = 0;
            for event in &events {
                match &event.kind {
                    EventKind::Milvus(MilvusEvent::RoleTaken { role, epoch: new })
                        if role == "root_coord" =>
                    {
                        epoch = *new
                    }
                    EventKind::Milvus(MilvusEvent::WriteLost { .. }) => {
                        panic!("seed {seed} control_plane {control_plane}: {event:?}")
                    }
                    _ => {}
                }
            }
            assert!(epoch > 0, "seed {seed} control_plane {control_plane}: another pod took over");
        }
        let (world, events) = after(seed, &[("fencing", 0)], partition, 45);
        let named: Vec<i64> = events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Milvus(MilvusEvent::WriteLost { first_id, .. }) => Some(first_id),
                _ => None,
            })
            .collect();
        assert!(!named.is_empty(), "seed {seed}: the unfenced side acknowledges");
        assert_eq!(world.audit(), named, "seed {seed}");
        // Each of them was acknowledged.
        for first in named {
            let told = |event: &Event| matches!(event.kind, EventKind::Engine(EngineEvent::Acknowledged { first_id, .. }) if first_id == first);
            assert!(events.iter().any(told), "row {first}");
        }
    }
}

#[test]
fn a_partition_of_the_metadata_stores_majority_stops_leases_but_loses_nothing() {
    let most = |world: &Milvus| Action::Partition {
        side: world.pods_of(Component::Meta)[..2].to_vec(),
        but: Vec::new(),
    };
    let (mut world, events) = after(5, &[("control_plane", 1)], most, 70);
    assert!(failed(&events) > 0, "without renewed leases nobody may act");
    world.perform(&Action::Heal).expect("heals");
    run(&mut world, 140 * SECOND);
    assert!(world.facts().tester.recent.last().is_some_and(|(_, ok, _)| *ok), "it serves again");
    assert_eq!(world.audit(), Vec::<i64>::new());
}

#[test]
fn the_fresher_a_read_must_be_the_longer_it_waits() {
    // Searches come once a second and ticks five times: within a run a search is always at the same phase of a tick.
    let waits = |level: u64| {
        let of_run = |seed: u64| {
            let mut world = cluster(seed, &[("consistency", level)]);
            let events = run(&mut world, 40 * SECOND);
            searches(&events).iter().map(|search| search.0).collect::<Vec<_>>()
        };
        let waited: Vec<Micros> = (0..12).flat_map(of_run).collect();
        waited.iter().sum::<Micros>() / waited.len() as u64
    };
    let [strong, bounded, session, eventually] = [0, 1, 2, 3].map(waits);
    // The next tick is 0 to 200 ms away.
    assert!((60_000..160_000).contains(&strong), "{strong}");
    assert_eq!([bounded, eventually], [0, 0]);
    assert!(session <= strong, "{session}");
}

#[test]
fn a_strong_read_sees_every_row_acknowledged_before_it() {
    // Few sealed rows and many written ones: most of the nearest rows were just written.
    let set = [
        ("consistency", 0),
        ("rows", 10),
        ("insert_rows", 50),
        ("insert_interval_ms", 200),
        ("seal_rows", 100_000),
    ];
    let (mut fresh, mut stale) = (0, 0);
    for control_plane in 0..3 {
        let mut world = cluster(control_plane, &[&set[..], &[("control_plane", control_plane)]].concat());
        let events = run(&mut world, 40 * SECOND);
        let found = searches(&events);
        let whole = found.iter().filter(|(_, recall, _)| *recall == 1_000).count();
        // Rows acknowledged while a search runs may be among the nearest, and need not be seen.
        assert!(whole * 10 >= found.len() * 8, "control_plane {control_plane}: {whole} of {}", found.len());
        let mut late = cluster(
            control_plane,
            &[&set[..], &[("control_plane", control_plane), ("consistency", 3)]].concat(),
        );
        let late = searches(&run(&mut late, 40 * SECOND));
        fresh += whole;
        stale += late.iter().filter(|(_, recall, _)| *recall == 1_000).count();
    }
    assert!(stale < fresh, "eventually {stale}, strong {fresh}");
}

#[test]
fn a_segment_without_an_owner_fails_a_strict_read_and_thins_a_partial_one() {
    let one =
        |partial| [("replicas", 1), ("query_nodes", 2), ("partial_results", partial), ("proxy_attempts", 1)];
    // Not the delegator: without it no search is answered at all.
    let second = |world: &Milvus| {
        let delegators: Vec<NodeId> = world.facts().segments[0].copies.iter().map(|copy| copy.1).collect();
        let others = world.pods_of(Component::QueryNode).into_iter().find(|node| !delegators.contains(node));
        Action::Kill { node: others.expect("another") }
    };
    let (_, strict) = after(6, &one(0), second, 60);
    let (_, partial) = after(6, &one(1), second, 60);
    assert!(failed(&strict) > 5, "{}", failed(&strict));
    assert!(failed(&partial) < failed(&strict), "{} against {}", failed(&partial), failed(&strict));
    let thin: Vec<u32> = searches(&partial).iter().filter(|search| search.2).map(|search| search.1).collect();
    assert!(!thin.is_empty() && thin.iter().any(|recall| *recall < 1_000), "{thin:?}");
    // Other nodes load its segments, and everything is found again.
    assert_eq!(searches(&partial).last().map(|search| (search.1, search.2)), Some((1_000, false)));
}

#[test]
fn a_write_goes_through_seven_steps_and_what_was_flushed_outlives_every_memory() {
    for control_plane in 0..3 {
        let mut world = cluster(9, &[("control_plane", control_plane), ("seal_rows", 10)]);
        let mut events = run(&mut world, 40 * SECOND);
        let steps = |first: i64| -> Vec<u32> {
            let step = |event: &Event| match event.kind {
                EventKind::Milvus(MilvusEvent::WriteStep { first_id, step }) if first_id == first => {
                    Some(step)
                }
                _ => None,
            };
            events.iter().filter_map(step).collect()
        };
        let first = world.settings().rows as i64;
        // A proxy that has a segment already does not ask for another.
        assert_eq!(steps(first), [1, 2, 3, 4, 5, 6, 7], "control_plane {control_plane}");
        assert!(
            world.facts().segments.iter().any(|segment| segment.id >= 1_000),
            "control_plane {control_plane}: flushed"
        );
        for node in world.pods_of(Component::QueryNode) {
            world.perform(&Action::Kill { node }).expect("it runs");
        }
        for node in world.pods_of(Component::QueryNode) {
            world.perform(&Action::Restart { node }).expect("it is down");
        }
        events = run(&mut world, 100 * SECOND);
        let last = searches(&events);
        assert_eq!(
            last.last().map(|search| search.1),
            Some(1_000),
            "control_plane {control_plane}: everything is found again"
        );
    }
}

#[test]
fn the_log_without_its_majority_takes_nothing_and_has_it_all_when_it_is_back() {
    let mut world = cluster(2, &[("supervised", 0)]);
    run(&mut world, FAULT_US);
    let replicas = world.pods_of(Component::Wal);
    let before = world.acknowledged();
    for node in &replicas[..2] {
        world.perform(&Action::Kill { node: *node }).expect("it runs");
    }
    let events = run(&mut world, FAULT_US + 20 * SECOND);
    let in_time = FAULT_US + SECOND;
    let late = |event: &&Event| {
        event.t_us > in_time && matches!(event.kind, EventKind::Engine(EngineEvent::Acknowledged { .. }))
    };
    assert_eq!(events.iter().filter(late).count(), 0, "no majority, no acknowledgement");
    for node in &replicas[..2] {
        world.perform(&Action::Restart { node: *node }).expect("it is down");
    }
    run(&mut world, FAULT_US + 50 * SECOND);
    assert!(world.acknowledged() > before + 10);
    assert_eq!(world.audit(), Vec::<i64>::new());
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let mut world = cluster(1, &[]);
    run(&mut world, FAULT_US);
    let digest = world.digest();
    let store = world.pods_of(Component::ObjectStore)[0];
    for (action, code) in [
        (Action::Kill { node: 0 }, "unknown_node"),
        (Action::Kill { node: 999 }, "unknown_node"),
        (Action::Kill { node: store }, "unsupported"),
        (Action::Restart { node: 1 }, "node_up"),
        (Action::Resume { node: 1 }, "not_paused"),
        (Action::KillZone { zone: 9 }, "unknown_zone"),
        (Action::Cut { from: 1, to: 999, one_way: false }, "unknown_node"),
        (Action::Partition { side: vec![1, 77], but: Vec::new() }, "unknown_node"),
    ] {
        assert_eq!(world.perform(&action).expect_err("refused").code, code, "{action:?}");
    }
    assert_eq!(world.set("replicas", 1).expect_err("refused").code, "bad_setting");
    assert_eq!(world.set("colour", 1).expect_err("refused").code, "unknown_setting");
    assert_eq!(world.digest(), digest);
}

#[test]
fn more_replicas_answer_more_clients() {
    let qps = |replicas: u64| {
        let set = [("replicas", replicas), ("query_nodes", replicas), ("clients", 60), ("control_plane", 0)];
        let mut world = cluster(1, &set);
        run(&mut world, 25 * SECOND);
        world.facts().load.expect("load").qps
    };
    let (one, three) = (qps(1), qps(3));
    assert!((90..=101).contains(&one), "one replica serves what the setting says: {one}");
    assert!((240..=300).contains(&three), "{three}");
}

#[test]
fn the_acting_coordinator_learns_that_a_query_node_is_gone_and_gives_its_segments_to_others() {
    for seed in 0..10 {
        let set = [("supervised", 0), ("query_nodes", 4), ("replicas", 2)];
        let victim = |world: &Milvus| Action::Kill { node: world.pods_of(Component::QueryNode)[0] };
        let (world, _) = after(seed, &set, victim, 60);
        let dead = world.pods_of(Component::QueryNode)[0];
        for segment in world.facts().segments {
            let replicas: Vec<u32> = segment.copies.iter().map(|copy| copy.0).collect();
            assert_eq!(replicas.len(), 2, "seed {seed}: {segment:?}");
            assert!(segment.copies.iter().all(|copy| copy.1 != dead), "seed {seed}: {segment:?}");
        }
    }
}

#[test]
fn nobody_in_charge_is_no_reason_not_to_be_told_later() {
    // Every query coordinator is down while a query node is given up.
    let set = [("supervised", 0), ("query_nodes", 4), ("replicas", 2)];
    let mut world = cluster(3, &set);
    run(&mut world, FAULT_US);
    let coordinators = world.pods_of(Component::QueryCoord);
    let dead = world.pods_of(Component::QueryNode)[1];
    // Two are paused with their memory; they lead no group.
    for node in &coordinators {
        world.perform(&Action::Pause { node: *node }).expect("it runs");
    }
    world.perform(&Action::Kill { node: dead }).expect("it runs");
    run(&mut world, FAULT_US + 20 * SECOND);
    for node in &coordinators {
        world.perform(&Action::Resume { node: *node }).expect("it is paused");
    }
    run(&mut world, FAULT_US + 60 * SECOND);
    let acting = world.acting(Component::QueryCoord).expect("somebody acts");
    let knows = |world: &Milvus| {
        world.distribution.get(&acting).is_some_and(|distribution| distribution.gone.contains_key(&dead))
    };
    assert!(knows(&world), "it was told");
    for segment in world.facts().segments {
        assert!(segment.copies.len() == 2 && segment.copies.iter().all(|copy| copy.1 != dead), "{segment:?}");
    }
}

/// Runs until a moment; after every event no pod believes in a lease for longer than the store does. Returns how many
/// leases ended.
fn check_leases(world: &mut Milvus, until_us: Micros) -> usize {
    while world.next_at().is_some_and(|at| at <= until_us) {
        world.happen(until_us);
        for pod in &world.pods {
            let Some(until) = pod.lease_ends_us().filter(|until| *until > world.now) else { continue };
            let leader = world.acting(Component::Meta).unwrap_or(0);
            let times = world.pod(leader).map(|store| store.clock).unwrap_or_default();
            let known = world.store.deadline(leader, pod.place.id).map(|until| times.when(until));
            assert!(
                known.is_none_or(|known| until <= known),
                "{:?} at {}: {until} {known:?}",
                pod.place,
                world.now
            );
        }
    }
    let events = world.take_events();
    events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Milvus(MilvusEvent::LeaseExpired { .. })))
        .count()
}

#[test]
fn a_session_is_kept_alive_three_times_a_lease_whatever_the_settings_say() {
    for control_plane in [1, 2] {
        for ttl_ms in [1_000, 2_000, 4_000] {
            let mut world = cluster(4, &[("control_plane", control_plane), ("session_ttl_ms", ttl_ms)]);
            assert_eq!(
                check_leases(&mut world, 30 * SECOND),
                0,
                "control_plane {control_plane}, {ttl_ms} ms from the start"
            );
            assert!(world.acting(world.root()).is_some(), "control_plane {control_plane}, {ttl_ms} ms");
            let mut world = cluster(4, &[("control_plane", control_plane)]);
            check_leases(&mut world, FAULT_US);
            world.set("session_ttl_ms", ttl_ms).expect("a live setting");
            assert_eq!(
                check_leases(&mut world, 50 * SECOND),
                0,
                "control_plane {control_plane}, {ttl_ms} ms from now on"
            );
        }
    }
}

#[test]
fn no_holder_believes_in_its_lease_for_longer_than_the_store() {
    for (seed, first, then) in [(1, 30_000, 3_000), (2, 3_000, 30_000), (3, 12_000, 1_500)] {
        let mut world = cluster(seed, &[("control_plane", 1), ("session_ttl_ms", first)]);
        check_leases(&mut world, FAULT_US);
        let root = world.acting(Component::RootCoord).expect("a root");
        world.set("session_ttl_ms", then).expect("a live setting");
        // The store changes its leader, and the root coordinator is cut off from it.
        let leader = world.acting(Component::Meta).expect("a leader");
        world.perform(&Action::Kill { node: leader }).expect("it runs");
        let side = Action::Partition { side: vec![root], but: Vec::new() };
        world.perform(&side).expect("a partition");
        assert!(check_leases(&mut world, FAULT_US + 50 * SECOND) > 0, "seed {seed}: its lease ends");
        assert!(world.acting(Component::RootCoord).is_some_and(|acting| acting != root), "seed {seed}");
    }
}

#[test]
fn a_leader_that_stops_hands_over_to_the_member_that_has_most_of_its_log() {
    for seed in 0..4 {
        let mut world = cluster(seed, &[("supervised", 0)]);
        run(&mut world, FAULT_US);
        let leader = world.acting(Component::Wal).expect("a leader");
        let followers: Vec<NodeId> =
            world.pods_of(Component::Wal).into_iter().filter(|id| *id != leader).collect();
        for behind in &followers {
            let ahead = followers.iter().find(|id| *id != behind).expect("another");
            let mut world = world.clone();
            world.perform(&Action::Cut { from: leader, to: *behind, one_way: false }).expect("cut");
            run(&mut world, FAULT_US + 2 * SECOND);
            world.perform(&Action::Heal).expect("heals");
            world.perform(&Action::Stop { node: leader }).expect("it runs");
            run(&mut world, FAULT_US + 10 * SECOND);
            assert_eq!(world.acting(Component::Wal), Some(*ahead), "seed {seed}");
        }
    }
}

/// In the topology of 2.6, whatever zone fails: no invariant is violated, and in the end a Strong search finds
/// everything that was acknowledged. The owner of the log, the leader of the log and the coordinator may share a zone.
#[test]
fn after_a_zone_has_failed_strong_searches_find_everything() {
    for seed in 1..7 {
        for zone in 0..3 {
            let set =
                [("control_plane", 2), ("consistency", 0), ("supervised", 0), ("session_ttl_ms", 5_000)];
            let (world, events) = after(seed, &set, |_| Action::KillZone { zone }, 60);
            let last = searches(&events).last().map(|search| search.1);
            assert_eq!(last, Some(1_000), "seed {seed} zone {zone}");
            assert_eq!(world.checkers.invariants.broken_count(), 0, "seed {seed} zone {zone}");
        }
    }
}

#[test]
fn the_owner_follows_the_log_to_its_new_leader() {
    for seed in 0..6 {
        let set = [("control_plane", 2), ("consistency", 0), ("rows", 10), ("insert_rows", 5)];
        let (world, events) = after(seed, &set, kill(Component::Wal), 30);
        assert_eq!(searches(&events).last().map(|search| search.1), Some(1_000), "seed {seed}");
        assert!(world.acknowledged() > 100, "seed {seed}: {}", world.acknowledged());
        assert_eq!(world.checkers.invariants.broken_count(), 0, "seed {seed}");
    }
}

#[test]
fn a_process_that_has_lost_its_lease_exits_and_is_started_again() {
    let cut_off = |world: &Milvus| Action::Partition {
        side: vec![world.acting(Component::RootCoord).expect("a root")],
        but: Vec::new(),
    };
    let set = [("control_plane", 1), ("session_ttl_ms", 5_000), ("health_check_ms", 1_000)];
    let (mut world, events) = after(2, &set, cut_off, 30);
    let exits = |event: &&Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::Exited { .. }));
    let exited = events.iter().find(exits).expect("it exits");
    let taken = |event: &&Event| matches!(&event.kind, EventKind::Milvus(MilvusEvent::RoleTaken { role, .. }) if role == "root_coord");
    let successor = events.iter().find(taken).expect("another one takes over");
    assert!(exited.t_us < successor.t_us && exited.node != successor.node, "{exited:?} {successor:?}");
    world.perform(&Action::Heal).expect("heals");
    run(&mut world, FAULT_US + 60 * SECOND);
    assert!(world.is_up(exited.node.expect("a pod")), "the supervisor has started it again");
    assert_eq!(world.checkers.invariants.broken_count(), 0);
}

#[test]
fn a_leader_that_stops_hands_over_to_a_member_from_which_it_has_heard() {
    // The first of the others runs and is cut off; its silence is all that the leader knows.
    for seed in 0..5 {
        let mut world = cluster(seed, &[("coordinators", 5)]);
        run(&mut world, FAULT_US);
        let leader = world.acting(Component::RootCoord).expect("a root");
        let others: Vec<NodeId> =
            world.pods_of(Component::RootCoord).into_iter().filter(|id| *id != leader).collect();
        world.perform(&Action::Partition { side: vec![others[0]], but: Vec::new() }).expect("possible");
        run(&mut world, FAULT_US + 10 * SECOND);
        assert_eq!(world.acting(Component::RootCoord), Some(leader), "seed {seed}");
        world.perform(&Action::Stop { node: leader }).expect("it runs");
        // Less than an election timeout.
        run(&mut world, FAULT_US + 11 * SECOND);
        let next = world.acting(Component::RootCoord);
        assert!(next.is_some_and(|next| others[1..].contains(&next)), "seed {seed}: {next:?}");
    }
}

#[test]
fn a_query_node_learns_from_the_object_store_that_a_segment_is_gone() {
    let mut world = cluster(5, &[("control_plane", 1)]);
    run(&mut world, FAULT_US);
    let (node, gone) = (world.pods_of(Component::QueryNode)[0], 999_999);
    world.perform(&Action::ObjectStore { ms: 0, gone: true }).expect("possible");
    world.load_asked(node, 0, 0, gone, 0);
    let held = |world: &Milvus| world.queriers.get(&node).and_then(|node| node.segments.get(&gone).copied());
    run(&mut world, FAULT_US + 10 * SECOND);
    // Nothing has told it anything.
    assert_eq!(held(&world), Some(false));
    world.perform(&Action::ObjectStore { ms: 0, gone: false }).expect("possible");
    run(&mut world, FAULT_US + 12 * SECOND);
    assert_eq!(held(&world), None);
}

#[test]
fn while_the_object_store_is_gone_no_file_is_removed() {
    let mut world =
        cluster(5, &[("control_plane", 1), ("insert_interval_ms", 0), ("gc_missing_tolerance_s", 60)]);
    run(&mut world, FAULT_US);
    // A file that nothing refers to.
    world.sealed.push(Sealed::written(999_999, near::Rows::default(), (0, 0), 0));
    let there = |world: &Milvus| world.sealed.iter().any(|sealed| sealed.segment == 999_999);
    world.perform(&Action::ObjectStore { ms: 0, gone: true }).expect("possible");
    run(&mut world, FAULT_US + 100 * SECOND);
    assert!(there(&world));
    world.perform(&Action::ObjectStore { ms: 0, gone: false }).expect("possible");
    run(&mut world, FAULT_US + 102 * SECOND);
    assert!(!there(&world));
}

#[test]
fn loads_that_wait_for_their_turn_do_not_keep_the_slowness_of_the_moment_they_were_ordered_in() {
    let set =
        [("control_plane", 1), ("query_nodes", 1), ("replicas", 1), ("segments", 20), ("segment_mb", 1)];
    let mut world = cluster(5, &set);
    run(&mut world, FAULT_US);
    let node = world.pods_of(Component::QueryNode)[0];
    world.perform(&Action::ObjectStore { ms: 5_000, gone: false }).expect("possible");
    world.perform(&Action::Stop { node }).expect("it runs");
    world.perform(&Action::Restart { node }).expect("it is down");
    run(&mut world, FAULT_US + 10 * SECOND);
    let counts = |world: &Milvus| {
        let segments = &world.queriers[&node].segments;
        (segments.values().filter(|served| **served).count(), segments.len())
    };
    let (served, ordered) = counts(&world);
    assert!(served < 5 && ordered == 20, "{served} of {ordered}");
    world.perform(&Action::ObjectStore { ms: 0, gone: false }).expect("possible");
    // The load that is under way takes as long as it began to.
    run(&mut world, FAULT_US + 20 * SECOND);
    assert_eq!(counts(&world), (20, 20));
}
