//! Outages and recovery points agree everywhere: in the drill's figures, the page's card and the tester's counts.

use super::cluster::Cluster;
use super::*;
use quorum_facade::milvus::Milvus;
use quorum_facade::milvus::settings::Settings;
use quorum_facade::regions::Regions;
use quorum_types::Rng;

fn named(set: &[(&str, u64)]) -> Vec<(String, u64)> {
    set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn played(drill: &str, seed: u64, set: &[(String, u64)], runbook: Option<&str>) -> (RunReport, Region) {
    let drill = &disasters::drills(drill).expect("a drill")[0];
    let mut region = Region::new(drill, seed, set, runbook, false).expect("a drill");
    while !region.go(u64::MAX).expect("plays") {}
    (region.report(), region)
}

/// Holds the phases of a disaster's outage to its RTO; whether it had one.
fn adds_up(drill: &str, seed: u64, set: &[(String, u64)], runbook: Option<&str>) -> bool {
    let (run, _) = played(drill, seed, set, runbook);
    let sum: f64 = run.rto_phases.iter().map(|phase| phase.ms).sum();
    let rto = run.rto_ms.unwrap_or(0.0);
    assert!((sum - rto).abs() < 1e-6, "{drill} {set:?} {runbook:?}, seed {seed}: RTO {rto}, phases {sum}");
    run.rto_ms.is_some()
}

#[test]
fn phases_add_up_to_the_rto_in_the_cases_that_were_reported() {
    phases_add_up_as_reported(2, 1);
}

#[test]
#[ignore = "slow: more seeds"]
fn phases_add_up_to_the_rto_in_the_cases_that_were_reported_with_more_seeds() {
    phases_add_up_as_reported(6, 4);
}

/// The cases with this many seeds each, and how many of them have an outage at least.
fn phases_add_up_as_reported(seeds: u64, least: usize) {
    for (drill, set) in [
        ("dr-switchover", ("sync_mode", 0)),
        ("dr-switchover", ("sync_mode", 4)),
        ("dr-switchover", ("link_latency_ms", 10_000)),
        ("dr-replication-real-time", ("client_timeout_ms", 600_000)),
        ("dr-replication-counts", ("client_timeout_ms", 600_000)),
    ] {
        let set = named(&[set, ("rows_each", 20)]);
        let had = (1..=seeds).filter(|seed| adds_up(drill, *seed, &set, None)).count();
        assert!(had >= least, "{drill} {set:?}: only {had} outages");
    }
}

/// Of ninety random settings every third one, so that the parts run side by side; of all ninety
/// at least forty have an outage.
fn phases_add_up_whatever_is_set(part: u64, least: u32) {
    const SET: &[(&str, &[u64])] = &[
        ("sync_mode", &[0, 1, 2, 3, 4]),
        ("link_latency_ms", &[1, 500, 10_000]),
        ("client_timeout_ms", &[100, 60_000, 600_000]),
        ("clients_beijing", &[0, 1, 12]),
        ("clients_shanghai", &[0, 1, 12]),
        ("write_interval_ms", &[2_000, 60_000, 600_000]),
        ("dns_ttl_s", &[0, 60, 3_600]),
        ("dns_overstay_percent", &[0, 100]),
        ("dns_overstay_s", &[0, 7_200]),
        ("fencing", &[0, 1]),
        ("standby_read_only", &[0, 1]),
        ("standby", &[0, 1, 2]),
        ("surprise", &[0, 1, 3, 5]),
        ("disaster", &[0, 1, 2, 3]),
        ("health_check_s", &[1, 600]),
        ("verify_s", &[0, 3_600]),
    ];
    const DRILLS: [&str; 6] = [
        "dr-switchover",
        "dr-failover",
        "dr-replication-real-time",
        "dr-replication-near",
        "dr-drill",
        "dr-runbook",
    ];
    const RUNBOOKS: [Option<&str>; 5] =
        [None, None, Some("careful"), Some("switchover"), Some("page\ndrain\npromote\ndns\nwait ttl")];
    let mut rng = Rng::new(4, 0);
    let mut had = 0;
    for seed in 0..90 {
        let mut set = named(&[("rows_each", 20)]);
        for _ in 0..3 {
            let (name, values) = SET[rng.below(SET.len() as u64) as usize];
            set.push((name.to_owned(), values[rng.below(values.len() as u64) as usize]));
        }
        let drill = DRILLS[rng.below(6) as usize];
        let runbook = RUNBOOKS[rng.below(5) as usize];
        if seed % 3 == part {
            had += u32::from(adds_up(drill, seed, &set, runbook));
        }
    }
    assert!(had >= least, "only {had} outages");
}

#[test]
#[ignore = "slow: more settings"]
fn phases_add_up_whatever_is_set_and_whichever_runbook_is_done_0() {
    phases_add_up_whatever_is_set(0, 14);
}

#[test]
#[ignore = "slow: more settings"]
fn phases_add_up_whatever_is_set_and_whichever_runbook_is_done_1() {
    phases_add_up_whatever_is_set(1, 12);
}

#[test]
fn phases_add_up_whatever_is_set_and_whichever_runbook_is_done_2() {
    phases_add_up_whatever_is_set(2, 14);
}

/// The page's recovery point and its list of lost writes.
fn shown(world: &Regions) -> (Option<u64>, u64) {
    (world.metric("rpo_us"), world.metric("writes.lost").unwrap_or(0))
}

#[test]
fn page_and_drill_mean_the_same_by_the_recovery_point() {
    mean_the_same(1..=2, 50);
}

#[test]
#[ignore = "slow: more seeds"]
fn page_and_drill_mean_the_same_by_the_recovery_point_with_more_seeds() {
    mean_the_same(1..=4, 100);
}

/// Six drills with some seeds, which lose more writes than `least`.
fn mean_the_same(seeds: core::ops::RangeInclusive<u64>, least: u64) {
    let mut lost = 0;
    for (drill, set, runbook) in [
        ("dr-runbook", &[("disaster", 3), ("fencing", 0), ("surprise", 0)][..], Some("forced")),
        ("dr-runbook", &[("surprise", 0)], None),
        ("dr-failover", &[], None),
        ("dr-replication-near", &[], None),
        ("dr-backup-course", &[], None),
        ("dr-switchover", &[], None),
    ] {
        for seed in seeds.clone() {
            let set = [named(set), named(&[("rows_each", 20)])].concat();
            let (run, region) = played(drill, seed, &set, runbook);
            let (gap_us, listed) = shown(region.world());
            let at = format!("{drill} {set:?}, seed {seed}");
            if let Some(gap_us) = gap_us {
                assert_eq!((run.rpo.ms.expect("known") * 1_000.0).round() as u64, gap_us, "{at}");
                assert_eq!(run.rpo.writes().len() as u64, listed, "{at}");
                assert_eq!(gap_us == 0, listed == 0, "{at}");
                lost += listed;
            }
            assert_eq!(run.rpo.ms.expect("known") > 0.0, !run.rpo.writes().is_empty(), "{at}");
        }
    }
    assert!(lost > least, "only {lost} writes were lost");
}

/// A suite's cluster when all is over, with its report.
fn over(suite: &'static Suite, seed: u64, set: &[(&str, u64)]) -> (RunReport, Milvus) {
    let mut settings = Settings::default();
    set.iter().for_each(|(name, value)| settings.set(name, *value).expect("a setting"));
    let mut cluster = Cluster::new(core::slice::from_ref(suite), 0, seed, settings);
    let played = loop {
        if let Some(played) = cluster.go(u64::MAX).expect("plays") {
            break played;
        }
    };
    (measure::report(&[measure::read(&played)], &Targets::default()), cluster.world().clone())
}

/// Holds card, tester and drill to each other; how many searches failed, and how often service was lost.
fn agree(suite: &'static Suite, seed: u64, set: &[(&str, u64)]) -> (u64, u32) {
    let at = format!("{} {set:?}, seed {seed}", suite.name);
    let (run, world) = over(suite, seed, set);
    let (total, ok) = world.tester();
    assert_eq!((run.queries.total, run.queries.failed), (total, total - ok), "{at}: drill and tester");
    let outages = world.outages();
    let listed: u64 = outages.all().iter().map(|outage| outage.failed).sum();
    assert_eq!(listed, total - ok, "{at}: the list and the tester");
    let Some(card) = world.outage() else {
        assert_eq!(run.rto_ms, None, "{at}");
        return (0, 0);
    };
    assert_eq!(card.rto_us().map(|us| us as f64 / 1_000.0), run.rto_ms, "{at}: card and drill");
    assert_eq!(card.failed, run.queries.failed, "{at}: card and drill");
    assert_eq!(card.rto_us().is_none(), card.restored_us.is_none(), "{at}");
    assert!(!card.cause.is_empty() && card.interruptions > 0, "{at}: {card:?}");
    let sum: u64 = card.phases.iter().map(|phase| phase.us).sum();
    assert_eq!(sum, card.rto_us().unwrap_or(sum), "{at}: phases");
    let listed = run.outages.iter().map(|outage| outage.failed).sum::<u64>();
    assert_eq!(listed, run.queries.failed, "{at}: the report's outages");
    (card.failed, card.interruptions)
}

#[test]
fn the_card_agrees_with_the_tester_and_the_drill_in_every_suite() {
    agree_in_every_suite(2, 20, 1);
}

#[test]
#[ignore = "slow: more seeds"]
fn the_card_agrees_with_the_tester_and_the_drill_with_more_seeds() {
    agree_in_every_suite(6, 60, 3);
}

/// Every suite with this many seeds, in which more searches fail than `least`, and more often after a relapse.
fn agree_in_every_suite(seeds: u64, least: u64, relapses: u32) {
    let (mut failed, mut again) = (0, 0);
    for suite in &SUITES {
        for seed in 20..20 + seeds {
            let (more, interruptions) = agree(suite, seed, &[]);
            failed += more;
            again += u32::from(interruptions > 1);
        }
        agree(suite, 26, &[("control_plane", 1)]);
        agree(suite, 27, &[("control_plane", 2)]);
        agree(suite, 28, &[("health_check_ms", 60_000), ("coordinators", 2), ("replicas", 1)]);
    }
    assert!(failed > least && again > relapses, "{failed} failed, {again} with a relapse");
}

#[test]
fn phases_add_up_in_every_test_of_a_shared_cluster_too() {
    let mut had = 0;
    for (scenario, set) in [
        (suites::COURSE, &[][..]),
        (suites::COURSE, &[("control_plane", 2)]),
        (suites::COURSE, &[("health_check_ms", 60_000)]),
        (suites::WORKER, &[("replicas", 1), ("health_check_ms", 20_000)]),
        (suites::WORKER, &[("proxies", 1)]),
    ] {
        for seed in 1..=3 {
            let plan = Plan {
                scenario: scenario.to_owned(),
                seed: Some(seed),
                runs: 1,
                set: named(set),
                runbook: None,
            };
            let drilled = Batch::new(plan).and_then(Batch::finish).expect("drills").0;
            let run = &drilled.runs[0];
            let parts: u64 = run.parts.iter().map(|part| part.run.queries.total).sum();
            assert_eq!(run.queries.total, parts);
            for part in &run.parts {
                let sum: f64 = part.run.rto_phases.iter().map(|phase| phase.ms).sum();
                let rto = part.run.rto_ms.unwrap_or(0.0);
                assert!(
                    (sum - rto).abs() < 1e-6,
                    "{scenario} {set:?}, seed {seed}, {}: {rto} {sum}",
                    part.scenario
                );
                had += u32::from(part.run.rto_ms.is_some());
            }
        }
    }
    assert!(had > 20, "only {had} outages");
}

#[test]
fn the_notes_suite_takes_the_notes_time_in_one_cluster() {
    let plan = Plan { scenario: suites::COURSE.to_owned(), seed: Some(5), runs: 1, ..Plan::default() };
    let drilled = Batch::new(plan).and_then(Batch::finish).expect("drills").0;
    let run = &drilled.runs[0];
    let times: Vec<f64> = run.parts.iter().map(|part| part.run.total_time_ms / 1_000.0).collect();
    assert_eq!(times, [120.0, 60.0, 60.0, 120.0, 60.0]);
    assert_eq!((run.total_time_ms, run.wait_ms), (540_000.0, 120_000.0));
    // One search a second and its retries, as the note's 120 in 120 s.
    let totals: Vec<u64> = run.parts.iter().map(|part| part.run.queries.total).collect();
    for (total, seconds) in totals.iter().zip(&times) {
        assert!((*total as f64 - seconds).abs() <= 10.0, "{totals:?}");
    }
    assert_eq!(drilled.suites.len(), 5);
    assert!(run.met(), "{:?}", run.targets);
    for lang in [quorum_i18n::Lang::Zh, quorum_i18n::Lang::En] {
        let said = text::text(&drilled, lang);
        assert!(said.contains("540.00 s") && !said.contains("drill-"), "{said}");
        let page = export::html(&drilled, &[], lang);
        assert!(page.contains("540.00 s") && !page.contains("drill-"), "{page}");
    }
}

#[test]
fn a_killed_leader_has_one_outage_which_the_card_shows() {
    for seed in 1..=6 {
        let plan = Plan { scenario: suites::LEADER.to_owned(), seed: Some(seed), runs: 1, ..Plan::default() };
        let drilled = Batch::new(plan).and_then(Batch::finish).expect("drills").0;
        let run = &drilled.runs[0];
        // What fails before there is a leader has no cause.
        let caused: Vec<&OutageReport> =
            run.outages.iter().filter(|outage| !outage.cause.is_empty()).collect();
        assert_eq!((caused.len(), caused[0].rto_ms), (1, run.rto_ms), "seed {seed}: {:?}", run.outages);
        let failed: u64 = run.outages.iter().map(|outage| outage.failed).sum();
        assert_eq!(failed, run.queries.failed, "seed {seed}");
    }
}
