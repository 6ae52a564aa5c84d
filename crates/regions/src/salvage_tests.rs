//! The dump after a salvage checkpoint: what it lists, when there is none, and that it changes nothing.

use super::snapshot::DumpFacts;
use super::*;
use quorum_engine::operation::Operation;

/// A world whose standby follows in batches of ten minutes, so that a disaster leaves something behind.
fn world(set: &[(&str, u64)]) -> Regions {
    let mut settings = Settings::default();
    let own = [
        ("sync_mode", 2),
        ("near_interval_s", 600),
        ("near_batch_s", 10),
        ("write_interval_ms", 5_000),
        ("delete_percent", 20),
        ("runbook", 5),
        ("backup", 0),
        ("data_gb", 1),
    ];
    for (name, value) in own.iter().chain(set) {
        settings.set(name, *value).expect(name);
    }
    Regions::new(7, settings)
}

fn run(world: &mut Regions, us: Micros) {
    let until = world.now_us() + us;
    assert!(world.advance(until, u64::MAX));
}

fn say(world: &mut Regions, action: &str, region: Option<u64>) -> Result<(), Refusal> {
    let said = RawAction { action: action.to_owned(), region, ..RawAction::default() };
    world.perform(&said.parse().expect("an action"))
}

fn broken(world: &Regions) -> Option<&'static str> {
    let statuses = world.checkers.invariants.statuses();
    statuses.iter().find(|status| status.broken.is_some()).map(|status| status.name)
}

fn dump(world: &mut Regions) -> DumpFacts {
    say(world, "dump", None).expect("there is something to dump");
    world.facts().dump.expect("a dump")
}

fn refused(world: &mut Regions) -> String {
    let code = say(world, "dump", None).expect_err("nothing to dump").code;
    assert_eq!(world.facts().dump_why, code);
    code
}

/// After an hour and a half Beijing is cut off; Shanghai is promoted by force, and then Beijing is back.
fn after_a_forced_promotion(set: &[(&str, u64)]) -> Regions {
    let mut world = world(set);
    run(&mut world, HOUR + 25 * MINUTE);
    say(&mut world, "isolate", Some(0)).expect("cut off");
    run(&mut world, 30 * MINUTE);
    assert!(world.facts().sites[1].primary, "{:?}", world.facts().failover);
    world
}

#[test]
fn a_dump_lists_exactly_the_writes_that_were_lost_and_merges_nothing() {
    let mut world = after_a_forced_promotion(&[]);
    assert_eq!(refused(&mut world), "dump_out_of_reach");
    let mut lost: Vec<u64> = world.audit().iter().map(|lost| lost.op).collect();
    let facts = world.facts();
    let salvage = facts.salvage.expect("a checkpoint");
    assert_eq!((salvage.from, salvage.records), (0, None));
    say(&mut world, "heal", None).expect("healed");
    let before: Vec<_> = [0, 1].iter().map(|region| world.contents(*region)).collect();
    world.take_events();
    let dump = dump(&mut world);
    assert_eq!((dump.after, dump.gap, dump.beyond), (salvage.after, false, 0));
    assert_eq!(world.facts().salvage.and_then(|salvage| salvage.records), Some(dump.records));
    let ops: Vec<u64> = dump.listed.iter().filter_map(|row| row.op).collect();
    assert!(lost.len() > 5, "{lost:?}");
    lost.retain(|op| !ops.contains(op));
    assert_eq!(lost, [] as [u64; 0], "every lost write is in the dump");
    let has = world.sites[1].has.clone();
    assert!(ops.iter().all(|op| !has.contains(*op as usize)), "and nothing that the new primary had");
    assert!(dump.listed.windows(2).all(|two| two[0].lsn < two[1].lsn && two[0].lsn > dump.after));
    let event = world.take_events().into_iter().find_map(|event| match event.kind {
        EventKind::Region(RegionEvent::LogDumped { after, lsn, records, missing, .. }) => {
            Some((after, lsn, records, missing))
        }
        _ => None,
    });
    assert_eq!(event, Some((dump.after, dump.upto, dump.records, dump.records)));
    let after: Vec<_> = [0, 1].iter().map(|region| world.contents(*region)).collect();
    assert_eq!(before, after, "a dump merges nothing");
}

#[test]
fn a_row_of_a_dump_says_what_the_new_primary_has_now() {
    let mut world = after_a_forced_promotion(&[]);
    say(&mut world, "heal", None).expect("healed");
    let dump = dump(&mut world);
    for row in &dump.listed {
        let there = match world.sites[1].version(row.collection as usize, row.key) {
            None => "none",
            Some(op) if Some(op) == row.op => "same",
            Some(_) => "other",
        };
        assert_eq!(row.there, there, "{row:?}");
    }
    let insert = dump.listed.iter().find(|row| row.change == "insert" && row.there == "none");
    let insert = insert.expect("a new row that only Beijing has").clone();
    assert!(dump.listed.iter().any(|row| row.change == "update" && row.there == "other"));
    // Bringing them over is another action; the old primary's log is gone with it, and the dump stays.
    say(&mut world, "merge_back", None).expect("merged");
    let facts = world.facts();
    let row = |dump: &DumpFacts| dump.listed.iter().find(|row| row.op == insert.op).cloned();
    let again = facts.dump.as_ref().and_then(row).expect("still listed");
    assert!(again.there == "same" || again.there == "other", "{again:?}");
    run(&mut world, 2 * HOUR);
    assert_eq!(refused(&mut world), "dump_log_replaced");
}

#[test]
fn there_is_no_checkpoint_without_a_forced_promotion_of_a_follower() {
    let mut world = world(&[]);
    run(&mut world, HOUR);
    assert_eq!(refused(&mut world), "dump_no_checkpoint");
    assert_eq!(world.facts().salvage, None);
    say(&mut world, "switchover", None).expect("begins");
    run(&mut world, HOUR);
    assert!(world.facts().sites[1].primary, "{:?}", world.facts().failover);
    assert_eq!(refused(&mut world), "dump_no_checkpoint");
    // A comparison of counts has no position in the log, and neither has a backup.
    let mut counts = after_a_forced_promotion(&[("sync_mode", 4), ("sync_interval_h", 1)]);
    say(&mut counts, "heal", None).expect("healed");
    assert_eq!(refused(&mut counts), "dump_no_checkpoint");
}

#[test]
fn nothing_to_dump_is_said_as_such() {
    let mut world = after_a_forced_promotion(&[("write_interval_ms", 0)]);
    say(&mut world, "heal", None).expect("healed");
    assert_eq!(refused(&mut world), "dump_empty");
    assert_eq!(world.facts().salvage.and_then(|salvage| salvage.records), Some(0));
}

#[test]
fn what_a_dump_needs_outlives_shipping_for_the_retention_of_the_log() {
    let mut world = after_a_forced_promotion(&[("log_retention_h", 6)]);
    say(&mut world, "heal", None).expect("healed");
    let first = dump(&mut world);
    run(&mut world, 4 * HOUR);
    let dropped = world.sites[0].tail.iter().all(|entry| entry.lsn > first.upto);
    assert!(dropped && world.sites[0].forgotten_lsn >= first.upto, "shipping keeps none of them");
    let again = dump(&mut world);
    let rows =
        |dump: &DumpFacts| dump.listed.iter().map(|row| (row.lsn, row.op, row.key)).collect::<Vec<_>>();
    assert_eq!(rows(&again), rows(&first));
    assert!(!again.gap);
    run(&mut world, 5 * HOUR);
    assert_eq!(refused(&mut world), "dump_expired");
    assert!(world.facts().salvage.is_some_and(|salvage| salvage.gap));
    assert_eq!(broken(&world), None);
}

#[test]
fn a_region_that_writes_on_after_the_promotion_is_dumped_to_its_end() {
    let mut world = after_a_forced_promotion(&[("fencing", 0), ("write_interval_ms", 60_000)]);
    run(&mut world, 10 * MINUTE);
    let promoted_us = world.facts().salvage.expect("a checkpoint").at_us;
    say(&mut world, "heal", None).expect("healed");
    let dump = dump(&mut world);
    assert!(dump.listed.iter().any(|row| row.t_us > promoted_us), "split brain: up to {}", dump.upto);
    assert_eq!(dump.upto, world.sites[0].tail.back().expect("a record").lsn);
}

#[test]
fn what_was_left_out_before_the_position_is_not_in_a_dump_and_is_counted() {
    let mut world = world(&[]);
    let said = RawAction {
        action: "surprise".to_owned(),
        text: Some("missing_collection".to_owned()),
        ..RawAction::default()
    };
    world.perform(&said.parse().expect("an action")).expect("prepared");
    run(&mut world, HOUR + 25 * MINUTE);
    say(&mut world, "isolate", Some(0)).expect("cut off");
    run(&mut world, 30 * MINUTE);
    say(&mut world, "heal", None).expect("healed");
    let dump = dump(&mut world);
    assert!(dump.beyond > 0, "{} records", dump.records);
    assert_eq!(broken(&world), None, "the position says no more than it can");
}

#[test]
fn the_position_that_was_sent_leaves_out_what_was_on_its_way() {
    let mut rules = Rules::default();
    rules.set(Rule::SalvageFromApplied, false);
    let settings =
        world(&[("sync_mode", 1), ("link_latency_ms", 5_000), ("write_interval_ms", 1_000)]).settings;
    for (rules, breaks) in [(Rules::default(), None), (rules, Some("salvage_complete"))] {
        let mut world = Regions::with(7, settings.clone(), rules, EventLog::default());
        run(&mut world, 10 * MINUTE);
        say(&mut world, "isolate", Some(0)).expect("cut off");
        run(&mut world, 30 * MINUTE);
        assert!(world.facts().sites[1].primary);
        assert_eq!(broken(&world), breaks);
    }
}

#[test]
fn a_deletion_of_a_whole_collection_is_one_record_with_many_rows() {
    let mut world = world(&[("rows_each", 300)]);
    run(&mut world, HOUR + MINUTE);
    let said = RawAction { action: "mistake".to_owned(), value: Some(0), ..RawAction::default() };
    world.perform(&said.parse().expect("an action")).expect("a mistake");
    say(&mut world, "isolate", Some(0)).expect("cut off");
    run(&mut world, 30 * MINUTE);
    say(&mut world, "heal", None).expect("healed");
    let mistake = world.sites[0].tail.iter().find(|entry| entry.op.is_none()).expect("the mistake");
    let Operation::Delete { keys, .. } = &mistake.operation else { panic!("{mistake:?}") };
    let rows = keys.len() as u64;
    let dump = dump(&mut world);
    assert!(rows >= 200 && dump.rows >= rows && dump.rows >= dump.records - 1 + rows, "{rows}");
    assert_eq!(dump.listed.len(), 200, "the rest is counted");
}

/// A row that comparing counts copied back was taken for a write of the old primary that a dump lacks; and if the
/// method was chosen while the old primary was still cut off, nothing was compared after it had come back.
#[test]
fn what_came_back_from_the_new_primary_is_not_missing_in_a_dump() {
    for while_cut_off in [false, true] {
        let settings = [("sync_mode", 1), ("delete_percent", 0), ("sync_interval_h", 1), ("sync_batch_s", 0)];
        let mut world = world(&settings);
        run(&mut world, HOUR);
        say(&mut world, "isolate", Some(0)).expect("cut off");
        run(&mut world, 30 * MINUTE);
        let counts = Action::Set { name: "sync_mode".to_owned(), value: 4 };
        if while_cut_off {
            world.perform(&counts).expect("set");
        }
        say(&mut world, "heal", None).expect("healed");
        if !while_cut_off {
            world.perform(&counts).expect("set");
        }
        run(&mut world, 3 * HOUR);
        let copied = |op: u64| world.sites[0].has.contains(op as usize);
        let came_back = world.ledger.all().any(|(op, write)| write.region == 1 && copied(op));
        assert!(came_back, "rows came back, chosen while cut off: {while_cut_off}");
        assert!(world.facts().salvage.is_some());
        assert_eq!(broken(&world), None);
    }
}
