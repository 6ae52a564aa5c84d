//! Faults that this simulation once had, most of them found by its swarm: each with the shortest schedule that shows
//! it.

use super::action::{Action, Surprise};
use super::generate::SMALL;
use super::runbook::{Runbook, Step};
use super::swarm::Schedule;
use super::*;
use quorum_sim::swarm::{self, Limits, Timed};

/// Runs actions, each at a second, under these settings; afterwards everything is repaired. Nothing may be violated.
fn replay(set: &[(&str, u64)], actions: &[(f64, Action)]) -> Regions {
    let named = |(name, value): &(&str, u64)| ((*name).to_owned(), *value);
    let settings = SMALL.iter().chain(set).map(named).collect();
    let timed =
        |(at_s, action): &(f64, Action)| Timed { t_us: (at_s * 1e6) as Micros, action: action.clone() };
    let actions = actions.iter().map(timed).collect();
    let schedule = Schedule { nodes: 2, seed: 5, settings, off: Vec::new(), actions };
    let limits = Limits { events: 2_000, until: None, mend: true };
    let run = swarm::Run::<Regions>::new(schedule, limits, true).finish();
    assert!(run.violations.is_empty(), "{:?}", run.violations);
    run.world
}

fn lose(region: Region) -> Action {
    Action::Lose { region, wiped: false }
}

fn wipe(region: Region) -> Action {
    Action::Lose { region, wiped: true }
}

fn back(region: Region) -> Action {
    Action::Return { region }
}

fn steps(steps: &[Step]) -> Action {
    Action::Run(Runbook { steps: steps.to_vec() })
}

fn set(name: &str, value: u64) -> Action {
    Action::Set { name: name.to_owned(), value }
}

/// A promotion compared positions in the log of another direction, and took the old primary for level.
#[test]
fn a_region_that_lags_is_not_taken_for_level_at_a_promotion() {
    let actions = [(0.001, lose(0)), (121.5, back(0)), (536.2, steps(&[Step::Promote]))];
    replay(&[("sync_mode", 1), ("runbook", 2), ("data_gb", 3)], &actions);
}

/// An empty primary that was back counted as level with a standby that held everything.
#[test]
fn a_region_that_lost_everything_does_not_follow_without_being_filled() {
    let actions = [(0.001, wipe(0)), (0.003, Action::Link { kb_s: 100 }), (0.005, back(0))];
    replay(&[("sync_mode", 1)], &actions);
}

/// A standby that lost its disks received only the records since the beginning, and never the initial rows.
#[test]
fn a_standby_that_lost_its_disks_is_filled_when_it_is_back() {
    for mode in 1..=3 {
        let actions = [(30.0, wipe(1)), (60.0, back(1))];
        let world = replay(&[("sync_mode", mode), ("near_interval_s", 20), ("near_batch_s", 0)], &actions);
        assert!(
            world.sites[1].mark.rows.iter().all(|rows| *rows >= 3),
            "mode {mode}: {:?}",
            world.sites[1].mark
        );
    }
}

/// A region that has written nothing since its checkpoint has no log file; its replay called that a loss.
#[test]
fn a_region_without_a_record_after_its_checkpoint_recovers() {
    let world = replay(&[("sync_mode", 0)], &[(0.001, steps(&[Step::Fence])), (0.003, lose(1))]);
    assert!(world.sites.iter().all(|site| site.alive));
}

/// A restored region's checkpoint named objects of the bucket's disk, so that the next power loss destroyed it.
#[test]
fn a_restored_region_survives_a_power_loss() {
    let restore = [Step::RestoreNewest, Step::Rebuild, Step::Promote];
    let actions = [(361.0, Action::Backup), (1_097.0, steps(&restore)), (1_450.0, lose(1))];
    let world = replay(&[("sync_mode", 0), ("fencing", 0)], &actions);
    let rows: Vec<u64> = world.sites.iter().map(|site| site.mark.rows.iter().sum()).collect();
    assert!(rows.iter().all(|rows| *rows > 8), "{rows:?}");
}

/// A copy went on although its source had lost everything.
#[test]
fn a_copy_from_a_region_that_is_gone_ends() {
    let actions = [(0.001, Action::FailBack { merge: false }), (0.003, wipe(0)), (0.005, back(0))];
    replay(&[("sync_mode", 2), ("auto_switch", 1), ("near_interval_s", 10)], &actions);
}

/// Following did not begin again once the region that had prevented it was back.
#[test]
fn following_resumes_when_a_deposed_primary_is_back() {
    let promote = || steps(&[Step::Promote]);
    let actions = [(0.001, promote()), (0.003, lose(1)), (0.005, promote())];
    replay(&[("sync_mode", 2), ("near_interval_s", 100), ("near_batch_s", 40), ("auto_switch", 0)], &actions);
    let begin = [Step::StartStandby, Step::Promote];
    let actions = [
        (0.001, Action::Backup),
        (0.003, steps(&begin)),
        (14.0, Action::FailBack { merge: false }),
        (14.1, Action::Step(Step::RestoreGood)),
        (50.0, wipe(0)),
    ];
    replay(&[("sync_mode", 2), ("near_interval_s", 10), ("near_batch_s", 0)], &actions);
}

/// A collection was left out of shipping: the same position was taken for the same contents.
#[test]
fn a_standby_without_a_collection_is_not_level() {
    let actions =
        [(139.0, Action::Surprise(Surprise::MissingCollection)), (470.0, lose(0)), (631.0, back(0))];
    replay(&[("sync_mode", 1), ("runbook", 5)], &actions);
}

/// Records were dropped while they were on the link, or while the copy that precedes them was.
#[test]
fn records_on_their_way_outlive_their_retention() {
    let slow = [("sync_mode", 2), ("near_interval_s", 25), ("data_gb", 3), ("write_kb", 100)];
    let actions = [(629.0, set("link_kb_s", 500)), (712.0, Action::FailBack { merge: false })];
    replay(&slow, &actions);
    let actions = [(0.001, set("link_kb_s", 500)), (0.003, wipe(1)), (25.0, back(1))];
    replay(&slow, &actions);
}

/// A primary kept by counts accepted writes during a copy, and the records that followed the copy did not fit them.
#[test]
fn records_are_applied_only_to_the_contents_that_they_belong_to() {
    let actions = [
        (0.001, Action::Step(Step::Promote)),
        (0.003, set("sync_mode", 4)),
        (0.005, Action::FailBack { merge: false }),
        (0.007, set("link_kb_s", 20_000)),
        (0.9, Action::FailBack { merge: true }),
        (0.92, set("link_latency_ms", 2_000)),
    ];
    replay(&[("sync_mode", 1), ("standby_read_only", 0)], &actions);
}

/// A lease that was granted counts, not the one of the setting that was changed afterwards.
#[test]
fn a_lease_is_as_long_as_it_was_granted() {
    let actions = [(0.001, Action::Isolate { region: 0 }), (0.003, set("lease_s", 2))];
    replay(&[("lease_s", 40)], &actions);
}

/// A cut during a copy, with batches or counts: following never began again.
#[test]
fn a_cut_during_a_copy_delays_it_and_following_goes_on() {
    for mode in 1..=4 {
        let actions = [
            (10.0, Action::FailBack { merge: false }),
            (20.0, Action::Link { kb_s: 0 }),
            (400.0, Action::Heal),
        ];
        let set = [("sync_mode", mode), ("near_interval_s", 20), ("near_batch_s", 0), ("data_gb", 1)];
        let world = replay(&set, &actions);
        assert!(!world.filling(), "mode {mode}");
    }
}

/// After both regions had been restored, a runbook built the indexes of the one with the lower number, and promoted the
/// other one, which could not serve: again and again.
#[test]
fn a_runbook_builds_the_indexes_of_the_region_that_it_promotes() {
    let step = Action::Step;
    let actions = [
        (0.001, Action::Backup),
        (60.0, step(Step::RestoreNewest)),
        (120.0, steps(&[Step::Promote])),
        (180.0, step(Step::RestoreGood)),
        (240.0, steps(&[Step::Promote])),
    ];
    for mode in [0, 1, 4] {
        let world = replay(&[("sync_mode", mode), ("auto_switch", 0)], &actions);
        assert!(world.takes_writes(world.primary()), "mode {mode}");
    }
}

/// Indexes were built in a region without power.
#[test]
fn no_index_is_built_where_nobody_gets_to() {
    let mut world = world(&[("auto_switch", 0)]);
    let mut then = |action: Action| {
        world.perform(&action).expect("it applies");
        run(&mut world, HOUR);
        (world.sites[1].indexed, world.failover.ok)
    };
    assert_eq!(then(Action::Backup).1, None);
    assert_eq!(then(Action::Step(Step::RestoreNewest)), (false, Some(true)));
    assert!(!then(lose(1)).0);
    assert_eq!(then(Action::Step(Step::Rebuild)), (false, Some(false)));
    assert!(!then(back(1)).0);
    assert_eq!(then(Action::Step(Step::Rebuild)), (true, Some(true)));
}

/// A region that had been restored without its indexes still counted as without them, even after it was filled with
/// contents that have theirs.
#[test]
fn a_copy_of_a_region_that_serves_can_serve() {
    let mut world = world(&[("auto_switch", 0), ("sync_mode", 1)]);
    let restore = Action::Step(Step::RestoreNewest);
    for action in [Action::Backup, restore, Action::FailBack { merge: false }, steps(&[Step::Promote])] {
        world.perform(&action).expect("it applies");
        run(&mut world, HOUR);
    }
    assert_eq!(world.primary(), 1);
    assert!(world.takes_writes(1) && world.sites[1].following == site::Following::Diverged);
}

/// Leases began to be respected while a region that nobody had granted one was cut off: it went on until the end of a
/// lease that it never had, and so did the region promoted in its place.
#[test]
fn a_region_that_was_never_granted_a_lease_has_none() {
    let set_fencing = |on| set("fencing", on);
    let base =
        [("sync_mode", 1), ("auto_switch", 1), ("runbook", 5), ("failure_threshold", 1), ("lease_s", 1_200)];
    let cut = Action::Isolate { region: 0 };
    let never = [(0.001, set_fencing(0)), (0.003, cut.clone()), (200.0, set_fencing(1))];
    // The lease was granted, and the promotion of the other region waived it meanwhile.
    let waived = [(0.001, cut.clone()), (0.003, set_fencing(0)), (200.0, set_fencing(1))];
    for actions in [never, waived] {
        assert_eq!(replay(&base, &actions).primary(), 1);
    }
    // Nobody was promoted, and nobody may know: it stops all the same, until it has contact again.
    let mut world = world_of(&[("fencing", 0), ("auto_switch", 0)], &[cut, set_fencing(1)]);
    assert!(!world.takes_writes(0));
    world.perform(&Action::Heal).expect("healed");
    assert!(world.takes_writes(0));
}

/// While the runbook waited for a lease to end, the region was back and cut off again with a new one: it counted as
/// fenced when the old one would have ended, although no message had reached it.
#[test]
fn a_region_is_fenced_when_its_last_lease_is_over() {
    let cut = Action::Isolate { region: 0 };
    let mut world = world(&[("auto_switch", 0), ("sync_mode", 1), ("lease_s", 100)]);
    let mut then = |action: &Action, s: u64| {
        world.perform(action).expect("it applies");
        run(&mut world, s * SECOND);
        [0, 1].map(|region| world.takes_writes(region))
    };
    assert_eq!(then(&cut, 10), [true, false]);
    assert_eq!(then(&steps(&[Step::Fence, Step::Promote]), 40), [true, false]);
    assert_eq!(then(&Action::Heal, 10), [true, false]);
    assert_eq!(then(&cut, 90), [true, false], "it holds a lease for ten more seconds");
    assert_eq!(then(&Action::Backup, 20), [false, true]);
}

/// A collection that was missing was created again under another number than before, and its rows were in no digest.
#[test]
fn a_collection_created_again_is_the_one_of_its_name() {
    let actions = [
        (10.0, Action::Surprise(Surprise::MissingCollection)),
        (20.0, Action::Backup),
        (60.0, steps(&[Step::RestoreNewest])),
        (120.0, Action::Review),
        (180.0, set("sync_mode", 4)),
    ];
    let slow = [("sync_interval_h", 1), ("sync_batch_s", 0), ("write_interval_ms", 60_000)];
    let world = replay(&slow, &actions);
    assert!(world.sites[1].mark.rows.iter().all(|rows| *rows > 0), "{:?}", world.sites[1].mark);
}

/// A deletion was brought over to a region without its collection: the log had a record that could not be applied, and
/// the region never came back from a power loss.
#[test]
fn what_cannot_be_applied_is_not_logged() {
    let mut world =
        world(&[("auto_switch", 0), ("sync_mode", 1), ("delete_percent", 80), ("standby_read_only", 1)]);
    let restored = [Step::RestoreNewest, Step::Rebuild, Step::Promote];
    let missing = Action::Surprise(Surprise::MissingCollection);
    for action in [missing, Action::Backup, steps(&restored), Action::FailBack { merge: true }, lose(1)] {
        world.perform(&action).expect("it applies");
        run(&mut world, HOUR);
    }
    world.perform(&back(1)).expect("its log can be read");
}

fn world_of(set: &[(&str, u64)], actions: &[Action]) -> Regions {
    let mut world = world(set);
    actions.iter().for_each(|action| world.perform(action).expect("it applies"));
    world
}

fn world(set: &[(&str, u64)]) -> Regions {
    let mut settings = Settings::default();
    SMALL.iter().chain(set).for_each(|(name, value)| settings.set(name, *value).expect(name));
    Regions::new(5, settings)
}

fn run(world: &mut Regions, us: Micros) {
    assert!(world.advance(world.now_us() + us, u64::MAX));
}

/// A copy takes its bytes divided by the capacity, counts only while the link is there, and costs its bytes.
#[test]
fn a_copy_takes_and_costs_its_bytes() {
    let mut world = world(&[("data_gb", 9), ("link_kb_s", 10_000), ("write_interval_ms", 0)]);
    world.perform(&Action::FailBack { merge: false }).expect("ordered");
    run(&mut world, 100 * SECOND);
    world.perform(&Action::Link { kb_s: 0 }).expect("cut");
    run(&mut world, 500 * SECOND);
    world.perform(&Action::Heal).expect("healed");
    run(&mut world, 799 * SECOND);
    assert!(world.filling(), "1,000,000 kB were sent before the cut, 7,990,000 since");
    run(&mut world, 2 * SECOND);
    assert!(!world.filling());
    assert_eq!(world.carried_kb(), 9_000_000);
    // A slower link takes longer, from the moment on at which it is slower.
    world.perform(&Action::FailBack { merge: false }).expect("ordered");
    run(&mut world, 800 * SECOND);
    world.perform(&Action::Link { kb_s: 1_000 }).expect("slowed");
    run(&mut world, 999 * SECOND);
    assert!(world.filling());
    run(&mut world, 2 * SECOND);
    assert!(!world.filling());
}

/// A write that is on its way to a region that is lost has not been received there.
#[test]
fn a_write_is_not_durable_before_it_has_arrived() {
    let set = [("link_latency_ms", 5_000), ("clients_beijing", 0), ("clients_shanghai", 1)];
    let mut world = world(&set);
    while world.ledger.ops().count() == 0 {
        run(&mut world, SECOND / 10);
    }
    run(&mut world, SECOND);
    world.perform(&lose(0)).expect("lost");
    run(&mut world, 20 * SECOND);
    let write = world.ledger.get(1).expect("a write");
    assert_eq!((write.lsn, write.acknowledged_us), (None, None));
}

/// A wrong record reaches a client when its cached address expires, and not before.
#[test]
fn a_wrong_record_takes_effect_when_the_ttl_ends() {
    let mut world = world(&[("dns_ttl_s", 300), ("write_interval_ms", 10_000), ("auto_switch", 0)]);
    run(&mut world, 20 * SECOND);
    world.perform(&Action::Surprise(Surprise::WrongStep)).expect("prepared");
    world.perform(&Action::Step(Step::Dns)).expect("begun");
    run(&mut world, 60 * SECOND);
    assert_eq!((world.dns, world.ledger.failed), (None, 0), "their resolvers still know better");
    run(&mut world, 400 * SECOND);
    assert!(world.ledger.failed > 10);
    assert!(world.facts().clients.iter().all(|client| client.resolved == u32::MAX));
}

/// An outage is over when the last client is served again, and one of several faults begins it.
#[test]
fn an_outage_lasts_until_all_are_served_and_begins_with_its_first_fault() {
    let set = [
        ("dns_ttl_s", 300),
        ("clients_beijing", 3),
        ("write_interval_ms", 20_000),
        ("read_interval_ms", 0),
        ("runbook", 5),
        ("region_nodes", 3),
    ];
    let mut world = world(&set);
    run(&mut world, 200 * SECOND);
    world.perform(&Action::KillNode { region: 0, node: 0 }).expect("killed");
    let struck_us = world.now_us();
    run(&mut world, SECOND / 1_000);
    world.perform(&lose(0)).expect("lost");
    run(&mut world, HOUR);
    let outage = world.disaster_outage().expect("an outage");
    assert_eq!((outage.fault_us, outage.cause.len()), (struck_us, 2));
    let restored_us = outage.restored_us.expect("it is over");
    let failed = world.ledger.all().filter(|(_, write)| write.acknowledged_us.is_none());
    let last_us = failed.map(|(_, write)| write.at_us).filter(|at_us| *at_us > struck_us).max();
    assert!(last_us.is_some_and(|at_us| at_us < restored_us), "{last_us:?} {restored_us}");
    assert_eq!(outage.phases.iter().map(|time| time.us).sum::<u64>(), restored_us - struck_us);
}
