//! Two regions: the loss in a disaster for each way of following, and that the accounting agrees with the contents.

use super::snapshot::LostFacts;
use super::*;
use quorum_sim::event::Phase;

fn settings(set: &[(&str, u64)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in set {
        settings.set(name, *value).expect(name);
    }
    settings
}

fn world(seed: u64, set: &[(&str, u64)]) -> Regions {
    Regions::new(seed, settings(set))
}

fn run(world: &mut Regions, us: Micros) {
    let until = world.now_us() + us;
    assert!(world.advance(until, u64::MAX));
}

fn say(world: &mut Regions, action: &str, region: Option<u64>, text: Option<&str>) {
    let said = RawAction { action: action.to_owned(), region, value: None, text: text.map(str::to_owned) };
    let meant = said.parse().expect("an action");
    world.perform(&meant).unwrap_or_else(|refusal| panic!("{action}: {refusal:?}"));
}

/// The lost writes must be the difference between acknowledged writes and the contents of the serving region's engine.
fn check_losses(world: &Regions, serving: Region) -> Vec<LostFacts> {
    let lost = world.audit();
    let contents = world.contents(serving);
    let shows = |lost: &LostFacts| {
        contents
            .iter()
            .any(|(collection, key, op)| (*collection, *key, *op) == (lost.collection, lost.key, lost.op))
    };
    for one in &lost {
        assert!(!shows(one), "write {} is called lost and is there", one.op);
    }
    lost
}

#[test]
fn the_index_of_a_region_is_what_its_engine_shows() {
    let mut world = world(1, &[("write_interval_ms", 1_000)]);
    run(&mut world, 2 * HOUR);
    for region in 0..2 {
        let site = &world.sites[region];
        let (mark, contents) = (site.mark, site.contents());
        assert!(
            contents
                .iter()
                .all(|(collection, key, op)| site.version(*collection as usize, *key) == Some(*op))
        );
        assert_eq!(contents.len() as u64, mark.rows.iter().sum::<u64>());
        let mut again = world.clone();
        again.sites[region].lose(false);
        again.sites[region].recover(4).expect("recovers");
        assert_eq!(again.sites[region].mark, mark, "a power loss of region {region} changes nothing");
    }
    assert_eq!(world.sites[0].mark, world.sites[1].mark, "log shipping follows");
}

#[test]
fn log_shipping_loses_seconds_and_the_phases_add_up() {
    let mut world = world(5, &[]);
    run(&mut world, 5 * HOUR + 7 * SECOND);
    say(&mut world, "lose", Some(0), None);
    run(&mut world, HOUR);
    let facts = world.facts();
    let disaster = facts.disaster.clone().expect("a disaster");
    let rto = disaster.rto_us.expect("service is back");
    assert_eq!(disaster.phases.iter().map(|(_, us)| us).sum::<u64>(), rto);
    assert!(disaster.rpo_us.is_some_and(|rpo| rpo <= MINUTE), "{disaster:?}");
    assert_eq!(facts.failover.ok, Some(true), "{:?}", facts.failover);
    assert!(facts.sites[1].primary && facts.dns == 1);
    check_losses(&world, 1);
}

#[test]
fn detection_takes_ninety_seconds_and_the_name_sixty() {
    let mut world = world(2, &[("write_interval_ms", 1_000)]);
    run(&mut world, HOUR + 1);
    say(&mut world, "lose", Some(0), None);
    run(&mut world, HOUR);
    let disaster = world.facts().disaster.expect("a disaster");
    let phase = |phase| disaster.phases.iter().find(|(of, _)| *of == phase).map_or(0, |(_, us)| *us);
    assert_eq!(phase(Phase::Detect), 90 * SECOND - 1);
    assert!(phase(Phase::Dns) <= 66 * SECOND, "{disaster:?}");
}

#[test]
fn restoring_takes_the_course_fifty_five_minutes_and_loses_thirty_seven_hours() {
    let set = [
        ("sync_mode", 0),
        ("index_mb_s", 0),
        ("dns_ttl_s", 0),
        ("dns_update_s", 0),
        ("write_interval_ms", 10_000),
    ];
    let mut world = world(3, &set);
    say(&mut world, "runbook", None, Some("restore"));
    // Today's backup is damaged and has not been verified.
    run(&mut world, 2 * DAY);
    let until = 2 * DAY + 15 * HOUR + 1;
    run(&mut world, 4 * HOUR);
    let newest = world.bucket.newest().next().map(|backup| backup.id).expect("a backup");
    world.spoil(newest, snapshot::BackupState::Bad, "backup_damaged");
    run(&mut world, until - 2 * DAY - 4 * HOUR);
    say(&mut world, "wipe", Some(0), None);
    run(&mut world, 2 * HOUR);
    let facts = world.facts();
    let disaster = facts.disaster.expect("a disaster");
    let minutes = disaster.rto_us.expect("service is back") as f64 / 6e7;
    assert!((55.0..55.5).contains(&minutes), "{minutes} {:?}", facts.failover);
    let hours = disaster.rpo_us.expect("known") as f64 / 3.6e9;
    // From the last write in the backup, seconds before 02:00.
    assert!((37.0..=37.02).contains(&hours), "{hours}");
    let lost = check_losses(&world, 1);
    assert!(lost.iter().all(|one| one.died == "after_last_backup"), "{:?}", lost.first());
}

#[test]
fn every_way_of_following_keeps_to_its_band() {
    following_keeps_to_its_band(0..2);
}

#[test]
#[ignore = "slow: more seeds"]
fn every_way_of_following_keeps_to_its_band_with_more_seeds() {
    following_keeps_to_its_band(2..6);
}

/// Loses the first region at another time with each seed.
fn following_keeps_to_its_band(seeds: core::ops::Range<u64>) {
    for (mode, most) in [(1, MINUTE), (2, 15 * MINUTE), (3, 24 * HOUR)] {
        for seed in seeds.clone() {
            let mut world = world(seed, &[("sync_mode", mode), ("write_interval_ms", 5_000)]);
            run(&mut world, 8 * HOUR + seed * 17 * MINUTE);
            say(&mut world, "lose", Some(0), None);
            run(&mut world, HOUR);
            let disaster = world.facts().disaster.expect("a disaster");
            assert!(disaster.rpo_us.is_some_and(|rpo| rpo <= most), "mode {mode}, seed {seed}: {disaster:?}");
            check_losses(&world, 1);
        }
    }
}

#[test]
fn counts_agree_where_contents_do_not() {
    let mut world = world(4, &[("sync_mode", 4), ("write_interval_ms", 5_000), ("delete_percent", 5)]);
    run(&mut world, 6 * HOUR + 10 * MINUTE);
    let [primary, standby] = [0, 1].map(|region| world.sites[region].mark);
    assert_ne!(primary.sum, standby.sum, "updates and deletes were missed");
    say(&mut world, "lose", Some(0), None);
    run(&mut world, HOUR);
    assert_eq!(
        world.facts().failover.steps.iter().find(|step| step.ok == Some(false)).map(|step| step.why.as_str()),
        Some("digest_differs")
    );
    let mut hasty = super::tests::world(4, &[("sync_mode", 4), ("write_interval_ms", 5_000)]);
    say(&mut hasty, "runbook", None, Some("course"));
    hasty.set("standby_read_only", 0).expect("set");
    run(&mut hasty, 6 * HOUR + 6 * MINUTE);
    say(&mut hasty, "lose", Some(0), None);
    run(&mut hasty, HOUR);
    let lost = check_losses(&hasty, 1);
    assert!(
        lost.iter().any(|one| one.died == "skipped_by_sync" && one.change != "insert"),
        "{:?}",
        lost.len()
    );
}

#[test]
fn a_planned_switchover_loses_nothing_and_a_forced_one_the_lag() {
    let start = || {
        let mut world = world(9, &[("write_interval_ms", 500), ("link_latency_ms", 2_000)]);
        run(&mut world, HOUR);
        world
    };
    let mut planned = start();
    say(&mut planned, "switchover", None, None);
    run(&mut planned, HOUR);
    assert_eq!(planned.facts().failover.ok, Some(true), "{:?}", planned.facts().failover);
    assert!(planned.audit().is_empty(), "{:?}", planned.audit().len());
    assert!(planned.facts().sites[1].primary && !planned.facts().sites[0].primary);
    let mut forced = start();
    say(&mut forced, "lose", Some(0), None);
    say(&mut forced, "failover", None, None);
    run(&mut forced, HOUR);
    assert!(!check_losses(&forced, 1).is_empty());
}

#[test]
fn without_fencing_both_sides_take_writes_and_with_it_never() {
    for fencing in [0, 1] {
        let mut world = world(6, &[("fencing", fencing), ("write_interval_ms", 2_000)]);
        run(&mut world, HOUR);
        say(&mut world, "isolate", Some(0), None);
        run(&mut world, HOUR);
        let facts = world.facts();
        assert!(facts.sites[1].primary, "{:?}", facts.failover);
        assert_eq!(facts.split_writes > 0, fencing == 0, "{}", facts.split_writes);
        say(&mut world, "heal", None, None);
        run(&mut world, MINUTE);
        let stranded = world.audit().len();
        assert_eq!(stranded, 0, "what the old primary has is reachable again");
        say(&mut world, "fail_back", None, None);
        run(&mut world, 4 * HOUR);
        let facts = world.facts();
        assert_eq!(facts.sites[0].digest, facts.sites[1].digest);
        assert_eq!(world.audit().iter().any(|one| one.died == "discarded"), fencing == 0);
        check_losses(&world, 1);
    }
}

#[test]
fn merging_back_keeps_what_nothing_contradicts() {
    let mut world = world(6, &[("fencing", 0), ("write_interval_ms", 2_000)]);
    run(&mut world, HOUR);
    say(&mut world, "isolate", Some(0), None);
    run(&mut world, HOUR);
    say(&mut world, "heal", None, None);
    let split = world.facts().split_writes;
    say(&mut world, "merge_back", None, None);
    run(&mut world, 4 * HOUR);
    assert!((world.audit().len() as u64) < split / 2, "{} of {split}", world.audit().len());
    let facts = world.facts();
    assert_eq!(facts.sites[0].digest, facts.sites[1].digest);
}

#[test]
fn every_surprise_is_felt_with_its_word() {
    for (surprise, runbook, why) in [
        ("damaged_backup", "restore", "backup_damaged"),
        ("half_backup", "restore", "backup_half"),
        ("wrong_step", "careful", "wrong_host"),
        ("missing_collection", "restore", "collection_missing"),
    ] {
        let mut world = world(7, &[("write_interval_ms", 10_000)]);
        say(&mut world, "runbook", None, Some(runbook));
        say(&mut world, "surprise", None, Some(surprise));
        run(&mut world, DAY + 3 * HOUR);
        say(&mut world, "wipe", Some(0), None);
        run(&mut world, 12 * HOUR);
        let facts = world.facts();
        let failed = facts.failover.steps.iter().find(|step| step.ok == Some(false));
        assert_eq!(failed.map(|step| step.why.as_str()), Some(why), "{surprise}: {:?}", facts.failover);
        let events = world.take_events();
        let felt = events.iter().any(
            |event| matches!(&event.kind, EventKind::Region(RegionEvent::SurpriseFelt { surprise: word }) if word == surprise),
        );
        assert!(felt, "{surprise} was not felt");
    }
}

#[test]
fn trying_older_backups_costs_time_and_saves_the_day() {
    let mut world = world(8, &[("sync_mode", 0), ("write_interval_ms", 60_000)]);
    say(
        &mut world,
        "runbook",
        None,
        Some("restore good\nrebuild\nfence\npromote\ndns\nwait ttl\ncheck service"),
    );
    run(&mut world, 2 * DAY + 3 * HOUR);
    say(&mut world, "surprise", None, Some("damaged_backup"));
    say(&mut world, "wipe", Some(0), None);
    run(&mut world, 4 * HOUR);
    let facts = world.facts();
    assert_eq!(facts.failover.ok, Some(true), "{:?}", facts.failover);
    assert!(facts.disaster.is_some_and(|disaster| disaster.rpo_us.is_some_and(|rpo| rpo > 24 * HOUR)));
    check_losses(&world, 1);
}

#[test]
fn incremental_backups_restore_to_the_same_rows() {
    let mut world =
        world(8, &[("backup_full_every", 4), ("backup_every_h", 6), ("write_interval_ms", 30_000)]);
    run(&mut world, 2 * DAY);
    let incremental =
        world.bucket.newest().find(|backup| !backup.full).map(|backup| (backup.id, backup.mark));
    let (id, mark) = incremental.expect("an incremental backup");
    world.restore(1, id, 0).expect("restores");
    assert_eq!(world.sites[1].mark, mark);
}

#[test]
fn a_mistake_is_shipped_and_only_a_backup_undoes_it() {
    let mut world = world(8, &[("write_interval_ms", 30_000)]);
    run(&mut world, DAY);
    world.perform(&Action::Mistake { collection: 0 }).expect("done");
    run(&mut world, MINUTE);
    assert_eq!([0, 1].map(|region| world.facts().sites[region].rows[0] < 5), [true, true]);
    assert!(world.audit().iter().any(|one| one.died == "deleted_by_mistake"));
    let id = world.bucket.newest().next().map(|backup| backup.id).expect("a backup");
    assert!(world.bucket.read(id, true).is_ok_and(|read| read.mark.rows[0] > 100));
}

#[test]
fn a_shipper_that_runs_ahead_loses_what_was_on_the_link() {
    for (ahead, lost) in [(0, false), (1, true)] {
        let set = [("checkpoint_ahead", ahead), ("write_interval_ms", 300), ("link_latency_ms", 5_000)];
        let mut world = world(8, &set);
        run(&mut world, HOUR);
        say(&mut world, "cut_link", None, None);
        run(&mut world, MINUTE);
        say(&mut world, "heal", None, None);
        run(&mut world, 10 * MINUTE);
        say(&mut world, "lose", Some(0), None);
        run(&mut world, HOUR);
        let skipped = world.audit().iter().any(|one| one.died == "skipped_by_checkpoint");
        assert_eq!(skipped, lost, "{:?}", world.audit().len());
    }
}

#[test]
fn a_month_is_affordable_and_its_bill_adds_up() {
    let mut world = world(1, &[]);
    run(&mut world, MONTH);
    let facts = world.facts();
    assert_eq!(facts.backups.len(), 30);
    let cost = &facts.cost;
    assert_eq!((cost.primary, cost.standby), (600_000, 600_000));
    assert!(cost.bucket > 0 && cost.link > 0);
    assert_eq!(facts.sites[0].digest, facts.sites[1].digest);
    assert_eq!(facts.lost_total, 0);
}

#[test]
fn a_configuration_is_obeyed_whole_or_not_at_all() {
    let mut world = world(1, &[]);
    let text = world.facts().config;
    let say = |world: &mut Regions, text: &str| world.perform(&Action::Config(text.to_owned()));
    assert_eq!(say(&mut world, &text), Ok(()));
    assert_eq!(world.settings(), &Settings::default());
    let quicker = text.replace("health_check_interval: 30", "health_check_interval: 10");
    assert_eq!(say(&mut world, &quicker), Ok(()));
    assert_eq!(world.settings().health_check_s, 10);
    let before = world.settings().clone();
    let broken = quicker.replace("health_check_interval: 10", "health_check_interval: -5");
    let refusal = say(&mut world, &broken).expect_err("refused");
    assert!(
        refusal.code == "bad_config" && refusal.error.contains("health_check_interval"),
        "{}",
        refusal.error
    );
    assert_eq!(world.settings(), &before);
}

#[test]
fn a_second_disaster_has_its_own_loss_and_its_own_alert() {
    let mut world = world(3, &[("sync_mode", 2), ("write_interval_ms", 10_000), ("link_kb_s", 1_000_000)]);
    run(&mut world, 5 * HOUR + 8 * MINUTE);
    say(&mut world, "lose", Some(0), None);
    run(&mut world, HOUR);
    say(&mut world, "return", Some(0), None);
    say(&mut world, "fail_back", None, None);
    // Changing a setting while the old primary is being filled does not stop that.
    world.set("near_interval_s", 300).expect("set");
    run(&mut world, 5 * HOUR);
    assert!(world.facts().sites[0].applied_lsn > 0 && !world.filling());
    say(&mut world, "switchover", None, None);
    run(&mut world, HOUR);
    say(&mut world, "lose", Some(0), None);
    run(&mut world, HOUR);
    let rpo = world.facts().disaster.and_then(|disaster| disaster.rpo_us);
    assert!(rpo.is_some_and(|rpo| rpo <= 15 * MINUTE), "{rpo:?}");
    let events = world.take_events();
    let down = |event: &&Event| matches!(&event.kind, EventKind::Region(RegionEvent::AlertRaised { alert, .. }) if alert == "primary_down");
    assert_eq!(events.iter().filter(down).count(), 2, "{:?}", world.facts().failover);
}

#[test]
fn clients_that_rest_begin_when_they_are_told() {
    let mut world = world(3, &[("write_interval_ms", 0)]);
    run(&mut world, HOUR);
    assert_eq!(world.facts().writes, (0, 0));
    world.set("write_interval_ms", 60_000).expect("set");
    run(&mut world, HOUR);
    let written = world.facts().writes.0;
    assert!((170..=190).contains(&written), "{written}");
    world.set("write_interval_ms", 0).expect("set");
    run(&mut world, HOUR);
    assert!(world.facts().writes.0 <= written + 3);
}

/// If nothing was ever shipped, neither a comparison nor `catch up` reports success.
#[test]
fn a_comparison_without_evidence_is_refused() {
    for (set, hours) in [
        (&[("sync_mode", 0), ("write_interval_ms", 10_000)][..], 10),
        (&[("sync_mode", 3), ("sync_interval_h", 24), ("write_interval_ms", 10_000)], 10),
        (&[("sync_mode", 4), ("sync_interval_h", 24), ("write_interval_ms", 10_000)], 10),
    ] {
        for step in ["verify digest", "verify count"] {
            let mut world = world(7, set);
            run(&mut world, hours * HOUR);
            let behind = world.facts().writes.0;
            assert!(behind > 10_000, "{behind}");
            say(&mut world, "step", None, Some(step));
            run(&mut world, HOUR);
            let failover = world.facts().failover;
            let ended = &failover.steps[0];
            assert_eq!(
                (ended.ok, ended.why.as_str()),
                (Some(false), "nothing_to_compare"),
                "{set:?}: {step}"
            );
            assert_eq!(ended.evidence_us, None);
        }
    }
    // Evidence from before following was switched off does not cover later writes.
    let mut world = world(7, &[("write_interval_ms", 10_000)]);
    run(&mut world, HOUR);
    world.set("sync_mode", 0).expect("set");
    run(&mut world, 10 * HOUR);
    say(&mut world, "step", None, Some("verify digest"));
    run(&mut world, HOUR);
    assert_eq!(world.facts().failover.steps[0].why, "nothing_to_compare");
}

/// A comparison reports the moment of its evidence; a standby that is level with an answering primary needs no more.
#[test]
fn a_comparison_names_its_evidence() {
    let verify = |mut world: Regions, hours: u64| {
        run(&mut world, hours * HOUR);
        say(&mut world, "step", None, Some("verify digest"));
        run(&mut world, HOUR);
        world.facts().failover.steps[0].clone()
    };
    let shipped = verify(world(7, &[("write_interval_ms", 10_000)]), 5);
    assert_eq!(shipped.ok, Some(true), "{shipped:?}");
    assert!(shipped.evidence_us.is_some_and(|us| us > 5 * HOUR), "{shipped:?}");
    let batch =
        verify(world(7, &[("sync_mode", 3), ("sync_interval_h", 4), ("write_interval_ms", 10_000)]), 7);
    assert!(batch.evidence_us.is_some_and(|us| us <= 4 * HOUR && us > 3 * HOUR), "{batch:?}");
    assert_eq!(
        (batch.ok, batch.why.as_str()),
        (Some(true), "evidence_old"),
        "what came since is not vouched for"
    );
    let idle = verify(world(7, &[("write_interval_ms", 0)]), 1);
    assert_eq!((idle.ok, idle.why.as_str()), (Some(true), ""), "nothing was written, and both hold the same");
    // Lost before the first write: the standby was level when the contact was lost.
    let mut early = world(7, &[("fencing", 0), ("respond_s", 0), ("verify_s", 0)]);
    say(&mut early, "isolate", Some(0), None);
    run(&mut early, HOUR);
    let facts = early.facts();
    let verified =
        facts.failover.steps.iter().find(|step| step.step == Step::VerifyDigest).expect("it is a step");
    assert_eq!((verified.ok, verified.evidence_us), (Some(true), Some(0)));
    assert!(facts.sites[1].primary);
}

/// Other steps must not report success without evidence.
#[test]
fn steps_say_what_they_could_not_see_to() {
    // A primary that is cut off cannot be ordered to stop, and without leases it is unknown whether it has stopped.
    let mut split = world(6, &[("fencing", 0)]);
    run(&mut split, HOUR);
    say(&mut split, "isolate", Some(0), None);
    say(&mut split, "step", None, Some("fence"));
    run(&mut split, MINUTE);
    let step = split.facts().failover.steps[0].clone();
    assert_eq!((step.ok, step.why.as_str()), (Some(true), "not_fenced"));
    let mut leased = world(6, &[]);
    run(&mut leased, HOUR);
    say(&mut leased, "isolate", Some(0), None);
    say(&mut leased, "step", None, Some("fence"));
    run(&mut leased, MINUTE);
    assert_eq!(leased.facts().failover.steps[0].why, "");
    // There is no switch to announce.
    let mut calm = world(6, &[]);
    run(&mut calm, HOUR);
    say(&mut calm, "step", None, Some("announce"));
    run(&mut calm, MINUTE);
    assert_eq!(calm.facts().failover.steps[0].why, "nothing_switched");
    assert!(calm.facts().alerts.iter().all(|alert| alert.alert != "switch_done"));
}

/// A switch step by step: the name moves to the promoted region, and then there is something to announce.
#[test]
fn a_switch_by_hand_moves_the_name_to_the_promoted_region() {
    let mut world = world(6, &[("auto_switch", 0)]);
    run(&mut world, HOUR);
    say(&mut world, "lose", Some(0), None);
    for step in ["fence", "promote", "dns", "check service", "announce"] {
        say(&mut world, "step", None, Some(step));
        run(&mut world, 2 * MINUTE);
        let failover = world.facts().failover;
        assert_eq!((failover.steps[0].ok, failover.steps[0].why.as_str()), (Some(true), ""), "{step}");
    }
    let facts = world.facts();
    assert_eq!((facts.dns, facts.sites[1].primary), (1, true));
    assert_eq!(facts.alerts.last().map(|alert| alert.alert.as_str()), Some("switch_done"));
}

#[test]
fn a_backup_can_be_verified_by_a_step() {
    for (surprise, why) in [(None, ""), (Some("damaged_backup"), "backup_damaged")] {
        let mut world = world(7, &[]);
        run(&mut world, DAY);
        if let Some(surprise) = surprise {
            say(&mut world, "surprise", None, Some(surprise));
        }
        say(&mut world, "step", None, Some("verify backup"));
        run(&mut world, HOUR);
        let step = world.facts().failover.steps[0].clone();
        assert_eq!((step.ok, step.why.as_str()), (Some(surprise.is_none()), why));
        // It reads 90 GB at 50 MB/s.
        assert_eq!(step.ended_us.unwrap_or(0) - step.began_us.unwrap_or(0), 1_800 * SECOND);
    }
    let mut none = world(7, &[("backup", 0)]);
    say(&mut none, "step", None, Some("verify backup"));
    run(&mut none, HOUR);
    assert_eq!(none.facts().failover.steps[0].why, "no_backup");
}

#[test]
fn alerts_name_their_channels_at_the_start_at_success_and_at_failure() {
    let alerts = |mut world: Regions| {
        run(&mut world, HOUR);
        say(&mut world, "lose", Some(0), None);
        run(&mut world, HOUR);
        let raised = world.take_events().into_iter().filter_map(|event| match event.kind {
            EventKind::Region(RegionEvent::AlertRaised { alert, channels }) => {
                Some((alert, channels.join(",")))
            }
            _ => None,
        });
        let raised: Vec<(String, String)> = raised.collect();
        let facts = world.facts().alerts;
        let shown: Vec<_> = facts.iter().map(|one| (one.alert.clone(), one.channels.join(","))).collect();
        assert_eq!(raised, shown);
        raised
    };
    let named = |list: &[(String, String)], alert: &str| {
        list.iter().find(|(word, _)| word == alert).map(|(_, channels)| channels.clone())
    };
    let well = alerts(world(5, &[("respond_s", 0)]));
    for alert in ["primary_down", "switch_began", "switch_done"] {
        assert_eq!(named(&well, alert).as_deref(), Some("mail,sms,slack"), "{alert}");
    }
    let set = [("runbook", 1), ("alert_sms", 0), ("alert_wecom", 1), ("verify_s", 0)];
    let badly = alerts(world(5, &set));
    assert_eq!(named(&badly, "switch_failed").as_deref(), Some("mail,slack,wecom"), "{badly:?}");
    let none = alerts(world(5, &[("alert_mail", 0), ("alert_sms", 0), ("alert_slack", 0)]));
    assert_eq!(
        named(&none, "switch_began").as_deref(),
        Some(""),
        "no person is alerted, and the page says so"
    );
}

/// The note's five steps succeed in the note's world, and fail where a standby has to be promoted.
#[test]
fn the_notes_runbook_works_in_the_notes_world_only() {
    let end = |set: &[(&str, u64)]| {
        let mut world = world(5, set);
        run(&mut world, 5 * HOUR + 20 * MINUTE);
        say(&mut world, "wipe", Some(0), None);
        run(&mut world, HOUR);
        let facts = world.facts();
        let failed =
            facts.failover.steps.iter().find(|step| step.ok == Some(false)).map(|step| step.why.clone());
        (facts.failover.ok, failed, facts.disaster.and_then(|disaster| disaster.rto_us).is_some())
    };
    assert_eq!(end(&settings::NOTE_WORLD), (Some(true), None, true));
    let milvus: Vec<(&str, u64)> =
        settings::NOTE_WORLD.into_iter().filter(|(name, _)| *name != "standby_read_only").collect();
    assert_eq!(end(&milvus), (Some(false), Some("not_promoted".to_owned()), false));
}

#[test]
fn the_setting_names_the_runbook_until_another_is_chosen() {
    let name = |world: &Regions| Runbook::parse(&world.facts().runbook).ok().and_then(|book| book.name());
    let mut world = world(1, &[("runbook", 3)]);
    assert_eq!(name(&world), Some("restore"));
    world.set("runbook", 5).expect("set");
    assert_eq!(name(&world), Some("forced"));
    say(&mut world, "runbook", None, Some("course"));
    world.set("respond_s", 1).expect("set");
    assert_eq!(name(&world), Some("course"), "another setting does not take it away");
}

/// The script of note 4 writes the standby's host name into an A record. The name service refuses the change: the name
/// stays, and nobody is served.
#[test]
fn a_host_name_in_an_a_record_is_refused_and_the_name_stays() {
    let mut world = world(5, &[("dns_a_record", 1), ("verify_s", 60)]);
    run(&mut world, HOUR);
    say(&mut world, "wipe", Some(0), None);
    run(&mut world, HOUR);
    let facts = world.facts();
    let failed = facts.failover.steps.iter().find(|step| step.ok == Some(false));
    assert_eq!(failed.map(|step| (step.step, step.why.as_str())), Some((runbook::Step::Dns, "bad_record")));
    assert_eq!(
        (world.metric("name"), world.metric("serving"), world.metric("primary")),
        (Some(0), Some(0), Some(1))
    );
    world.set("dns_a_record", 0).expect("set");
    say(&mut world, "step", None, Some("dns"));
    run(&mut world, HOUR);
    assert_eq!((world.metric("name"), world.metric("serving")), (Some(1), Some(1)));
}

/// The replicator of note 4 inserts every row again each hour: copies pile up, and comparing counts by key shows none.
#[test]
fn copying_from_offset_zero_piles_up_copies() {
    let surplus = |from_zero: u64| {
        let set = [("copy_from_zero", from_zero), ("rows_each", 50), ("write_interval_ms", 60_000)];
        let mut world = world(5, &[&settings::NOTE_WORLD[..], &set].concat());
        run(&mut world, 3 * HOUR + 10 * MINUTE);
        assert_eq!(world.metric("invariants.broken"), Some(0));
        world.metric("copies.surplus").expect("a metric")
    };
    assert_eq!(surplus(0), 0, "what is compared is copied once");
    assert!(surplus(1) > 3 * 150, "{} copies", surplus(1));
}

/// On 31 January the note's cleanup deletes every backup of January, the newest too.
#[test]
fn the_notes_cleanup_leaves_no_backup_on_the_thirty_first() {
    let kept = |set: &[(&str, u64)], day: u64| {
        let mut world = world(1, set);
        world.set("write_interval_ms", 0).expect("set");
        world.set("read_interval_ms", 0).expect("set");
        run(&mut world, (day - 1) * DAY + 4 * HOUR);
        world.facts().backups.len() as u64
    };
    for day in [30, 31, 45] {
        let noted = advice::note_cleanup(day, 30).last().map(|(kept, _)| *kept);
        assert_eq!(Some(kept(&[("note_cleanup", 1)], day)), noted, "day {day}");
    }
    assert_eq!(kept(&[], 31), 30, "by age nothing goes before its time");
}
