//! The shapes that Milvus has in different versions, and what follows from them in failures.
//!
//! Guarantees: a shape differs from another in what its version documents. Leaves out: the service of 3.0
//! (`service_tests`).

use super::tests::{cluster, failed, run, searches};
use super::topology::Component;
use super::{Action, Milvus};
use crate::event::{Event, EventKind, MilvusEvent};
use quorum_sim::event::EngineEvent;
use quorum_types::{MS, Micros, NodeId, SECOND};

/// Faults happen at this time: the cluster serves, and leases have been renewed.
const FAULT_US: Micros = 40 * SECOND;

/// When a pod of a kind takes its role after a moment.
fn taken(events: &[Event], component: Component, after_us: Micros) -> Option<Micros> {
    let takes = |event: &&Event| matches!(&event.kind, EventKind::Milvus(MilvusEvent::RoleTaken { role, .. }) if role == component.word());
    events.iter().filter(takes).map(|event| event.t_us).find(|at| *at > after_us)
}

/// A cluster whose acting pod of a kind is stopped, and started again a second later.
fn started_again(set: &[(&str, u64)], component: Component, stop: impl Fn(NodeId) -> Action) -> Vec<Event> {
    let mut world = cluster(5, &[set, &[("supervised", 0), ("session_ttl_ms", 10_000)]].concat());
    run(&mut world, FAULT_US);
    let node = world.acting(component).expect("one acts");
    world.perform(&stop(node)).expect("it runs");
    let mut events = run(&mut world, FAULT_US + SECOND);
    world.perform(&Action::Restart { node }).expect("it is down");
    events.extend(run(&mut world, FAULT_US + 40 * SECOND));
    assert_eq!(world.checkers.invariants.broken_count(), 0);
    events
}

#[test]
fn without_a_standby_a_coordinator_that_is_started_again_waits_for_the_lease_of_its_former_life() {
    for (plane, component) in [(1, Component::RootCoord), (2, Component::MixCoord)] {
        let set = [("control_plane", plane), ("active_standby", 0)];
        let killed = started_again(&set, component, |node| Action::Kill { node });
        let stopped = started_again(&set, component, |node| Action::Stop { node });
        let took = |events: &[Event]| taken(events, component, FAULT_US).expect("it acts again") - FAULT_US;
        // The lease was renewed a third of it ago at most. The pod itself is back after three seconds and a half.
        assert!((6 * SECOND..14 * SECOND).contains(&took(&killed)), "{plane}: {}", took(&killed));
        assert!(took(&stopped) < 5 * SECOND, "{plane}: {}", took(&stopped));
        // With another standing by, a graceful stop is not even an outage of the role.
        let set = [("control_plane", plane), ("active_standby", 1)];
        let handed_over = started_again(&set, component, |node| Action::Stop { node });
        assert!(took(&handed_over) < 2 * SECOND, "{plane}: {}", took(&handed_over));
    }
}

#[test]
fn one_process_dies_as_a_whole_and_its_metadata_store_counts_the_lease_again_from_the_beginning() {
    let alone = [
        ("control_plane", 1),
        ("active_standby", 0),
        ("meta_members", 1),
        ("wal_replicas", 1),
        ("health_check_ms", 100),
        ("health_misses", 1),
    ];
    let after = |one_process: u64, component: Component| {
        let mut world = cluster(5, &[&alone[..], &[("one_process", one_process)]].concat());
        run(&mut world, FAULT_US);
        let node = world.pods_of(component)[0];
        world.perform(&Action::Kill { node }).expect("it runs");
        let down = world.facts().pods.iter().filter(|pod| !world.is_up(pod.id)).count();
        let events = run(&mut world, FAULT_US + 60 * SECOND);
        assert_eq!(world.checkers.invariants.broken_count(), 0);
        (down, taken(&events, Component::RootCoord, FAULT_US).map(|at| at - FAULT_US))
    };
    // A coordinator alone waits for what is left of its lease, which was renewed a third of it ago at most.
    let (down, took) = after(0, Component::RootCoord);
    assert!(down == 1 && took.is_some_and(|us| us < 31 * SECOND), "{down} {took:?}");
    // Whichever is killed, all are gone but the object store, and a store that has just started grants all of it.
    for component in [Component::RootCoord, Component::Proxy, Component::Meta] {
        let (down, took) = after(1, component);
        let (pods, took) = (down + 1, took.expect("it acts again"));
        assert_eq!(pods, cluster(5, &alone).facts().pods.len());
        assert!((31 * SECOND..45 * SECOND).contains(&took), "{component:?}: {took}");
    }
}

#[test]
fn a_client_keeps_to_a_dead_endpoint_for_as_long_as_its_connection_is_believed_to_live() {
    let failures = |dead_endpoint_ms: u64| {
        let mut world = cluster(7, &[("supervised", 0), ("dead_endpoint_ms", dead_endpoint_ms)]);
        run(&mut world, FAULT_US);
        let node = world.testers_proxy().expect("one");
        world.perform(&Action::Pause { node }).expect("it runs");
        failed(&run(&mut world, FAULT_US + 60 * SECOND))
    };
    // Three seconds until the first search is given up, and those that were sent meanwhile.
    let (at_once, late) = (failures(0), failures(30_000));
    assert!((2..=5).contains(&at_once), "{at_once}");
    assert!((30..=38).contains(&late), "{late}");
}

/// Two of four query nodes are gone, one of each replica.
fn thinned(set: &[(&str, u64)]) -> Milvus {
    let shape = [("query_nodes", 4), ("replicas", 2), ("segments", 4), ("supervised", 0), ("consistency", 0)];
    let mut world = cluster(6, &[&shape[..], set].concat());
    run(&mut world, FAULT_US);
    let delegators: Vec<NodeId> = world.facts().segments[0].copies.iter().map(|copy| copy.1).collect();
    let nodes = world.pods_of(Component::QueryNode).into_iter().filter(|node| !delegators.contains(node));
    for node in nodes.collect::<Vec<_>>() {
        world.perform(&Action::Kill { node }).expect("it runs");
    }
    world
}

#[test]
fn an_answer_in_part_needs_its_share_of_the_data() {
    let answered = |percent: u64| {
        let set = [("partial_results", 1), ("required_data_percent", percent), ("proxy_attempts", 1)];
        let mut world = thinned(&set);
        let events = run(&mut world, FAULT_US + 20 * SECOND);
        (searches(&events).iter().filter(|search| search.2).count(), failed(&events))
    };
    let (thin, failures) = answered(30);
    assert!(thin > 10 && failures < 5, "{thin} answers in part, {failures} failures");
    let (thin, failures) = answered(100);
    assert!(thin == 0 && failures > 10, "{thin} answers in part, {failures} failures");
}

#[test]
fn an_answer_that_may_be_in_part_does_not_wait_and_misses_what_is_fresh() {
    let seen = |partial: u64| {
        let set = [("consistency", 0), ("partial_results", partial), ("insert_rows", 200), ("rows", 10)];
        let mut world = cluster(
            3,
            &[&set[..], &[("insert_interval_ms", 100), ("seal_rows", 100_000), ("search_interval_ms", 730)]]
                .concat(),
        );
        let events = run(&mut world, FAULT_US);
        assert_eq!(world.checkers.invariants.broken_count(), 0);
        let waited = |event: &Event| match event.kind {
            EventKind::Milvus(MilvusEvent::SearchServed { waited_us, .. }) => Some(waited_us),
            _ => None,
        };
        let whole = searches(&events).iter().filter(|search| search.1 == 1_000).count();
        (events.iter().filter_map(waited).max().expect("searches"), whole, searches(&events).len())
    };
    let (waited, whole, all) = seen(0);
    assert!(waited > 50_000 && whole == all, "{waited} µs, {whole} of {all}");
    let (waited, whole, all) = seen(1);
    assert!(waited == 0 && whole < all, "{waited} µs, {whole} of {all}");
}

/// How long writes took from the beginning to the acknowledgement, and when each was acknowledged.
fn writes(events: &[Event]) -> Vec<(Micros, Micros)> {
    let took = |event: &Event| match event.kind {
        EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => Some((event.t_us, took_us)),
        _ => None,
    };
    events.iter().filter_map(took).collect()
}

/// The settings of a cluster whose log is in the object store.
const EMBEDDED: [(&str, u64); 3] = [("control_plane", 2), ("log_kind", 1), ("consistency", 0)];

#[test]
fn a_log_in_the_object_store_has_no_pods_and_takes_its_time() {
    let mut world = cluster(4, &EMBEDDED);
    assert_eq!(world.pods_of(Component::Wal), Vec::<NodeId>::new());
    let took = writes(&run(&mut world, FAULT_US));
    assert!(took.len() > 30, "{}", took.len());
    let mean = took.iter().map(|write| write.1).sum::<Micros>() / took.len() as u64;
    let most = took.iter().map(|write| write.1).max();
    // Gathered for up to 200 ms, written for up to 300; one that came during a write waits for the next.
    assert!((200 * MS..500 * MS).contains(&mean) && most < Some(850 * MS), "{mean}, at most {most:?} µs");
    let mut world = cluster(4, &[("control_plane", 2)]);
    let most = writes(&run(&mut world, FAULT_US)).into_iter().map(|write| write.1).max();
    assert!(most < Some(60 * MS), "on replicas: {most:?} µs");
}

#[test]
fn another_owner_reads_the_log_from_the_object_store_and_nothing_is_lost() {
    for seed in 0..4 {
        let mut world = cluster(seed, &EMBEDDED);
        run(&mut world, FAULT_US);
        let node = world.acting(Component::StreamingNode).expect("one owns it");
        world.perform(&Action::Kill { node }).expect("it runs");
        let events = run(&mut world, FAULT_US + 60 * SECOND);
        let again = taken(&events, Component::StreamingNode, FAULT_US).expect("another owns it");
        assert!(again > FAULT_US + 15 * SECOND, "{seed}: the lease has to end first, {again}");
        assert!(writes(&events).iter().any(|write| write.0 > again), "{seed}: it takes writes");
        assert_eq!(searches(&events).last().map(|search| search.1), Some(1_000), "{seed}");
        assert_eq!((world.audit(), world.checkers.invariants.broken_count()), (Vec::new(), 0), "{seed}");
    }
}

#[test]
fn what_a_former_owner_still_writes_is_refused() {
    let mut refused = 0;
    for seed in 0..6 {
        let set = [("session_ttl_ms", 3_000), ("insert_interval_ms", 50), ("supervised", 0)];
        let mut world = cluster(seed, &[&EMBEDDED[..], &set].concat());
        run(&mut world, FAULT_US);
        let node = world.acting(Component::StreamingNode).expect("one owns it");
        // It stands still with an object on its way, and goes on when another has taken over.
        world.perform(&Action::Pause { node }).expect("it runs");
        run(&mut world, FAULT_US + 10 * SECOND);
        world.perform(&Action::Resume { node }).expect("it is paused");
        let events = run(&mut world, FAULT_US + 20 * SECOND);
        let fenced = |event: &&Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::Fenced { .. }));
        refused += events.iter().filter(fenced).count();
        assert_eq!((world.audit(), world.checkers.invariants.broken_count()), (Vec::new(), 0), "{seed}");
    }
    assert!(refused > 0, "the fence was needed");
}

#[test]
fn without_the_object_store_a_log_that_is_in_it_takes_nothing() {
    let acknowledged = |log_kind: u64| {
        let mut world = cluster(4, &[("control_plane", 2), ("log_kind", log_kind), ("consistency", 0)]);
        run(&mut world, FAULT_US);
        world.perform(&Action::ObjectStore { ms: 0, gone: true }).expect("possible");
        let gone = writes(&run(&mut world, FAULT_US + 20 * SECOND)).len();
        world.perform(&Action::ObjectStore { ms: 0, gone: false }).expect("possible");
        let events = run(&mut world, FAULT_US + 40 * SECOND);
        assert!(writes(&events).len() > 20, "{log_kind}: it goes on");
        assert_eq!(searches(&events).last().map(|search| search.1), Some(1_000), "{log_kind}");
        assert_eq!((world.audit(), world.checkers.invariants.broken_count()), (Vec::new(), 0), "{log_kind}");
        gone
    };
    let (replicas, object_store) = (acknowledged(0), acknowledged(1));
    assert!(replicas > 30 && object_store <= 2, "{replicas} and {object_store} writes");
}

#[test]
fn a_lease_that_ends_before_a_dead_endpoint_is_noticed_takes_everything_down_at_once() {
    let exits = |session_ttl_ms: u64, dead_endpoint_ms: u64| {
        let set = [("session_ttl_ms", session_ttl_ms), ("dead_endpoint_ms", dead_endpoint_ms)];
        let mut world = cluster(8, &[&[("control_plane", 2), ("supervised", 0)], &set[..]].concat());
        run(&mut world, FAULT_US);
        // The metadata store has another leader a second or two later. Nobody asks it.
        let leader = world.acting(Component::Meta).expect("one leads");
        world.perform(&Action::Partition { side: vec![leader], but: Vec::new() }).expect("possible");
        let events = run(&mut world, FAULT_US + 60 * SECOND);
        let exits = |event: &&Event| matches!(event.kind, EventKind::Milvus(MilvusEvent::Exited { .. }));
        let kinds =
            [Component::MixCoord, Component::QueryNode, Component::DataNode, Component::StreamingNode];
        let sessions = kinds.map(|kind| world.pods_of(kind).len()).iter().sum::<usize>();
        (events.iter().filter(exits).count(), sessions)
    };
    let (exited, sessions) = exits(10_000, 30_000);
    assert_eq!(exited, sessions, "all of them");
    assert_eq!(exits(10_000, 0).0, 0);
}
