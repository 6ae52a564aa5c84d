//! Many clients: the benefit of replicas, the collapse of a cluster under short timeouts, and each remedy.
//!
//! Guarantees: figures are compared within one run of the tests, never with a clock. Leaves out: a single client
//! (`tests`).

use super::snapshot::LoadFacts;
use super::topology::Component;
use super::*;
use quorum_sim::event::{EngineEvent, OpStatus, ServiceEvent};
use quorum_types::SECOND;

fn cluster(set: &[(&str, u64)]) -> Milvus {
    let mut settings = Settings::default();
    let quiet = [("insert_interval_ms", 0), ("coordinators", 1), ("index_nodes", 1)];
    for (name, value) in quiet.iter().chain(set) {
        settings.set(name, *value).expect("a setting");
    }
    Milvus::new(1, settings)
}

fn run(world: &mut Milvus, until_s: u64) -> LoadFacts {
    assert!(world.advance(until_s * SECOND, u64::MAX), "it gets there");
    world.facts().load.unwrap_or_default()
}

/// Answers per second, averaged over some seconds.
fn goodput(world: &mut Milvus, from_s: u64, to_s: u64) -> u64 {
    run(world, from_s);
    let before = world.load_counts().0;
    run(world, to_s);
    (world.load_counts().0 - before) / (to_s - from_s)
}

#[test]
fn three_replicas_on_three_nodes_answer_nearly_three_times_what_one_does() {
    // Course note 3: 100 and 280. There are three query nodes in both cases.
    let qps = |replicas: u64, more: &[(&str, u64)]| {
        let set = [&[("replicas", replicas), ("query_nodes", 3), ("clients", 60)][..], more].concat();
        goodput(&mut cluster(&set), 20, 30)
    };
    let (one, three) = (qps(1, &[]), qps(3, &[]));
    assert!((100..=120).contains(&one), "a search of one replica keeps all three nodes busy: {one}");
    assert!((270..=300).contains(&three), "{three}");
    // If computing distances were the whole cost of a search, one replica on three nodes would do as well.
    let (one, three) = (qps(1, &[("visit_percent", 0)]), qps(3, &[("visit_percent", 0)]));
    assert!(one * 10 >= three * 9, "{one} {three}");
}

/// Course note 3's shop: five replicas, Eventually, a thousand users; a replica answers 200 a second row by row, and a
/// few more through its index.
const SHOP: &[(&str, u64)] = &[
    ("replicas", 5),
    ("query_nodes", 5),
    ("consistency", 3),
    ("metric", 2),
    ("index_type", 1),
    ("top_k", 20),
    ("clients", 1_000),
];

#[test]
fn the_shop_serves_a_thousand_users_with_timeouts_that_outlast_its_queue() {
    let long = [("call_timeout_ms", 10_000), ("client_timeout_ms", 10_000), ("search_us", 5_000)];
    let mut shop = cluster(&[SHOP, &long].concat());
    let five = goodput(&mut shop, 20, 30);
    assert!((1_000..=1_100).contains(&five), "{five}");
    let load = run(&mut shop, 30);
    assert!(load.late == 0 && load.given_up == 0 && load.refused == 0, "{load:?}");
    let tester = shop.facts().tester;
    assert!(tester.failed == 0, "{tester:?}");
    let mut one = cluster(&[SHOP, &long, &[("replicas", 1), ("query_nodes", 1)]].concat());
    let one = goodput(&mut one, 20, 30);
    assert!((200..=230).contains(&one), "one replica: {one}");
}

/// The default cluster with a thousand users: their searches would queue for 3.3 s, but clients time out after 1 s.
fn collapsed() -> Milvus {
    let mut world = cluster(&[("clients", 1_000)]);
    run(&mut world, 20);
    let load = run(&mut world, 30);
    // The query nodes work at full capacity, for callers that have given up.
    assert!(load.finished >= 280 && load.late * 10 >= load.finished * 9, "{load:?}");
    assert!(load.qps * 10 < load.finished, "{load:?}");
    assert!(load.longest > 500, "{load:?}");
    world
}

#[test]
fn short_timeouts_under_overload_leave_the_nodes_busy_with_searches_that_nobody_waits_for() {
    let mut world = collapsed();
    let events = world.take_events();
    let failed = |event: &&Event| {
        matches!(event.kind, EventKind::Service(ServiceEvent::OpEnd { status: OpStatus::Fail, .. }))
    };
    assert!(events.iter().filter(failed).count() > 10, "the tester sees it");
    // The collapse outlasts its cause: ten users on three nodes would never have caused it.
    world.set("clients", 250).expect("live");
    let still = goodput(&mut world, 40, 45);
    assert!(still < 60, "the backlog alone keeps it down: {still}");
}

#[test]
#[ignore = "slow: four clusters under load for minutes"]
fn each_way_out_of_the_collapse_restores_the_goodput() {
    let collapse = collapsed();
    // Propagated deadlines: searches without a waiting caller are not begun.
    let mut world = collapse.clone();
    world.set("drop_late", 1).expect("live");
    let dropping = goodput(&mut world, 40, 50);
    assert!(dropping >= 240, "deadlines: {dropping}");
    // A short queue: a search that would wait too long is refused at once.
    let mut world = collapse.clone();
    world.set("queue_limit", 50).expect("live");
    let shedding = goodput(&mut world, 110, 120);
    assert!(shedding >= 240, "shedding: {shedding}");
    // Timeouts longer than the queueing time, once the backlog is worked off.
    let mut world = collapse.clone();
    world.set("call_timeout_ms", 10_000).expect("live");
    world.set("client_timeout_ms", 10_000).expect("live");
    let patient = goodput(&mut world, 180, 190);
    assert!(patient >= 280, "timeouts: {patient}");
    // Fewer users, and restarted nodes without their backlog.
    let mut world = collapse.clone();
    world.set("clients", 100).expect("live");
    for node in world.pods_of(Component::QueryNode) {
        world.perform(&Action::Kill { node }).expect("it runs");
        world.perform(&Action::Restart { node }).expect("it is down");
    }
    let fewer = goodput(&mut world, 50, 60);
    assert!(fewer >= 240, "fewer users, restarted: {fewer}");
}

#[test]
fn a_batch_of_ten_workers_with_a_hundred_searches_each_ends_and_says_how_long_it_took() {
    for (replicas, least, most) in [(1, 8.0, 10.5), (3, 3.2, 4.2)] {
        let mut world = cluster(&[("replicas", replicas), ("client_queries", 100)]);
        run(&mut world, 20);
        world.take_events();
        world.set("clients", 10).expect("live");
        run(&mut world, 60);
        let ended: Vec<(u64, u64, Micros)> = world
            .take_events()
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Service(ServiceEvent::BatchEnded { searches, failed, took_us }) => {
                    Some((searches, failed, took_us))
                }
                _ => None,
            })
            .collect();
        let [(1_000, 0, took_us)] = ended[..] else { panic!("{ended:?}") };
        let took_s = took_us as f64 / 1e6;
        assert!((least..most).contains(&took_s), "{replicas} replicas: {took_s} s");
        let batch = world.facts().load.and_then(|load| load.batch).expect("a batch");
        assert_eq!((batch.done, batch.took_us), (1_000, Some(took_us)));
        // Setting it again runs it again.
        world.set("clients", 10).expect("live");
        run(&mut world, 90);
        let again = world
            .take_events()
            .iter()
            .filter(|event| matches!(event.kind, EventKind::Service(ServiceEvent::BatchEnded { .. })))
            .count();
        assert_eq!(again, 1);
    }
}

#[test]
fn an_index_answers_sooner_and_finds_less_and_every_distance_counts() {
    let searched = |set: &[(&str, u64)]| {
        let set = [&[("dim", 32), ("rows", 3_000), ("visit_percent", 20)][..], set].concat();
        let mut world = cluster(&set);
        run(&mut world, 25);
        world.facts().last_search.expect("a search")
    };
    let flat = searched(&[]);
    assert_eq!((flat.recall_permille, flat.distances, flat.rows), (1_000, 3_000, 3_000));
    // Course note 2's tester: nlist 128, nprobe 10, L2, top 10.
    let lists = searched(&[("index_type", 1)]);
    assert!(lists.recall_permille < 1_000 && lists.distances < 1_000, "{lists:?}");
    assert!(lists.took_us + 2_000 < flat.took_us, "{lists:?} {flat:?}");
    let all = searched(&[("index_type", 1), ("nprobe", 128)]);
    assert_eq!((all.recall_permille, all.distances), (1_000, 3_000 + 3 * 128));
    assert!(all.took_us > flat.took_us, "{all:?}");
}

#[test]
fn copies_of_many_rows_wait_for_the_network_card() {
    // 1,000 rows of 128 dimensions are 512 kB: 5 ms on a card of 100 MB/s.
    let mean = |replicas: u64, mb_per_s: u64| {
        let set = [
            ("wal_replicas", replicas),
            ("insert_rows", 1_000),
            ("insert_interval_ms", 2_000),
            ("dim", 128),
            ("rows", 30),
            ("replay_records_per_s", 1_000_000),
            ("search_interval_ms", 600_000),
            ("link_mb_per_s", mb_per_s),
        ];
        let mut world = cluster(&set);
        run(&mut world, 60);
        let took: Vec<Micros> = world
            .take_events()
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Engine(EngineEvent::Acknowledged { took_us, .. }) => Some(took_us),
                _ => None,
            })
            .collect();
        assert!(took.len() > 20, "{}", took.len());
        took.iter().sum::<Micros>() / took.len() as u64
    };
    let (one, three) = (mean(1, 100), mean(3, 100));
    // Twice over the network to the leader, then once more to the faster of two followers.
    assert!((14_000..22_000).contains(&one), "{one}");
    assert!(three > one + 4_000 && three < 2 * one, "{one} {three}");
    assert!(mean(1, 100_000) < one - 8_000);
}

/// Runs a cluster, for use by hand under a profiler: `SET=clients=2000,replicas=1 SECONDS=60`.
#[test]
#[ignore = "slow: for use by hand"]
fn cluster_by_hand() {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let mut settings = Settings::default();
    for set in var("SET").split(',').filter(|set| !set.is_empty()) {
        let (name, value) = set.split_once('=').expect("NAME=VALUE");
        settings.set(name, value.parse().expect("a number")).expect("a setting");
    }
    let seconds: u64 = var("SECONDS").parse().unwrap_or(60);
    let mut world = Milvus::new(1, settings);
    let mut events = 0;
    for second in 1..=seconds {
        while world.happen(second * SECOND) {
            events += 1;
        }
        drop(world.take_events());
    }
    let (requests, searches, calls) = (world.requests.len(), world.searches.len(), world.calls.len());
    println!(
        "{} pods, {seconds} s, {events} steps, {:?} load answers",
        world.pods.len(),
        world.load_counts()
    );
    println!("{requests} requests, {searches} searches, {calls} calls, digest {}", world.digest());
}
