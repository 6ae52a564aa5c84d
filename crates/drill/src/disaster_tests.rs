//! Disaster drills as wholes: the course's figures, bands, surprises, slices.

use super::*;
use quorum_facade::regions::Surprise;

fn plan(scenario: &str, seed: u64, runs: u64, set: &[(&str, u64)]) -> Plan {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Plan { scenario: scenario.to_owned(), seed: Some(seed), runs, set, runbook: None }
}

fn drilled(plan: Plan) -> Drilled {
    Batch::new(plan).and_then(Batch::finish).expect("drills").0
}

fn run(scenario: &str, seed: u64, set: &[(&str, u64)]) -> RunReport {
    drilled(plan(scenario, seed, 1, set)).runs.remove(0)
}

fn target(run: &RunReport, name: &str) -> bool {
    run.targets.iter().find(|target| target.name == name).is_some_and(|target| target.is_met())
}

/// The first step that failed, and why.
fn failed(run: &RunReport) -> Option<(&str, &str)> {
    run.steps.iter().find(|step| !step.ok).map(|step| (step.step.as_str(), step.why.as_str()))
}

fn within(value: f64, low: f64, high: f64, what: &str) {
    assert!((low..=high).contains(&value), "{what}: {value} is not in {low}..={high}");
}

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;

#[test]
fn the_courses_figures_of_backups_come_out_of_runs_with_its_settings() {
    for seed in 1..=3 {
        let course = run("dr-backup-course", seed, &[]);
        assert_eq!(failed(&course), None);
        let rto = course.rto_ms.expect("it came back");
        // Checks every 30 s may meet the disaster half a minute earlier or later, and clients ask once a minute.
        within(rto, 54.0 * MINUTE, 56.5 * MINUTE, "55 min");
        within(course.rpo.ms.expect("known"), 12.9 * HOUR, 13.1 * HOUR, "13 h");
        assert!(course.met(), "{:?}", course.targets);
        let truth = run("dr-backup-truth", seed, &[]);
        // 90 GB at 100 MB/s are 15 min of indexes; the name takes 5 s and a TTL of 60 s at most.
        let more = truth.rto_ms.expect("it came back") - rto;
        within(more, 14.5 * MINUTE, 17.5 * MINUTE, "indexes and DNS");
        let damaged = run("dr-backup-damaged", seed, &[]);
        within(damaged.rpo.ms.expect("known"), 36.9 * HOUR, 37.1 * HOUR, "37 h");
        assert!(damaged.surprise_felt && !target(&damaged, "rpo") && target(&damaged, "serving"));
    }
}

#[test]
fn each_mode_of_replication_stays_in_the_courses_band() {
    let bands = [
        ("dr-replication-real-time", (0.0, 1.0), 15.0),
        ("dr-replication-near", (5.0, 15.0), 30.0),
        ("dr-replication-periodic", (60.0, 1_440.0), 240.0),
    ];
    let mut costs = Vec::new();
    for (scenario, rpo, rto) in bands {
        let drilled = drilled(plan(scenario, 1, 8, &[]));
        let longest = drilled.runs.iter().map(|run| run.rpo.ms.expect("known")).fold(0.0, f64::max);
        for run in &drilled.runs {
            let least = if run.rpo.ms.expect("known") < rpo.0 * MINUTE { 0.0 } else { rpo.0 };
            within(run.rpo.ms.expect("known"), least * MINUTE, rpo.1 * MINUTE, scenario);
            within(run.rto_ms.expect("it came back"), MINUTE, rto * MINUTE, scenario);
            assert!(run.met(), "{scenario}: {:?}", run.targets);
        }
        within(longest, rpo.0 * MINUTE, rpo.1 * MINUTE, scenario);
        costs.push(drilled.runs[0].cost_fen.expect("a price"));
    }
    assert!(costs[0] > costs[1] && costs[1] > costs[2] + 100_000, "dear, middling, cheap: {costs:?}");
}

#[test]
fn comparing_counts_loses_deletes_and_updates() {
    let drill = &disasters::drills("dr-replication-counts").expect("a drill")[0];
    let mut region = Region::new(drill, 2, &[], None, false).expect("a drill");
    while !region.go(u64::MAX).expect("plays") {}
    let lost = region.world().audit();
    for change in ["update", "delete"] {
        let skipped = lost.iter().filter(|lost| lost.change == change && lost.died == "skipped_by_sync");
        assert!(skipped.count() > 10, "{change}: {} lost", lost.len());
    }
}

#[test]
fn a_planned_switch_loses_nothing_and_a_forced_one_from_the_same_moment_loses_the_lag() {
    for seed in 1..=3 {
        let moment = |scenario: &str| {
            let drill = &disasters::drills(scenario).expect("a drill")[0];
            Region::new(drill, seed, &[], None, false).expect("a drill").fault_us()
        };
        assert_eq!(moment("dr-switchover"), moment("dr-failover"));
        let planned = run("dr-switchover", seed, &[]);
        assert_eq!((failed(&planned), planned.rpo.writes().len()), (None, 0));
        let forced = run("dr-failover", seed, &[]);
        assert_eq!(failed(&forced), None);
        within(forced.rpo.ms.expect("known"), MINUTE, 5.0 * MINUTE, "the lag");
        assert!(planned.rto_ms > forced.rto_ms, "{:?} against {:?}", planned.rto_ms, forced.rto_ms);
    }
}

#[test]
fn a_drill_without_surprises_passes_in_the_courses_six_steps() {
    for disaster in 1..=3 {
        let run = run("dr-drill", 4, &[("disaster", disaster)]);
        assert!(run.met() && failed(&run).is_none(), "{:?}: {:?}", run.targets, run.steps);
        let mut stages: Vec<u32> = run.steps.iter().map(|step| step.stage).collect();
        stages.sort_unstable();
        stages.dedup();
        assert_eq!(stages, [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn every_surprise_makes_the_drill_fail_as_it_should_with_words_that_say_what_to_do() {
    let failing = [
        (Surprise::DamagedBackup, Some(("restore newest", "backup_damaged"))),
        (Surprise::HalfBackup, Some(("restore newest", "backup_half"))),
        (Surprise::WrongStep, Some(("check service", "wrong_host"))),
        (Surprise::SlowRestore, None),
        (Surprise::MissingCollection, Some(("verify count", "collection_missing"))),
        (Surprise::NobodyOnCall, None),
    ];
    for (number, (surprise, why)) in (1..).zip(failing) {
        let scenario = "dr-drill";
        let drilled = drilled(plan(scenario, 5, 1, &[("surprise", number)]));
        let run = &drilled.runs[0];
        let word = surprise.word();
        assert_eq!(run.surprise.as_deref(), Some(word));
        assert!(run.surprise_felt, "{word} was not felt");
        assert_eq!(failed(run), why, "{word}");
        assert!(!target(run, "rto"), "{word}: {:?}", run.targets);
        // What only takes too long gets there in the end.
        assert_eq!(target(run, "serving"), why.is_none(), "{word}");
        for lang in [quorum_i18n::Lang::Zh, quorum_i18n::Lang::En] {
            for said in [text::text(&drilled, lang), export::html(&drilled, &[], lang).replace("&#39;", "'")]
            {
                let remedy = i18n_terms::remedy(word, lang);
                let remedy = remedy.split('“').next().unwrap_or_default();
                assert!(said.contains(remedy) && !remedy.is_empty(), "{word}: {said}");
            }
        }
    }
}

#[test]
fn a_learners_runbook_is_what_is_done() {
    let by = |runbook: &str| {
        let plan = Plan { runbook: Some(runbook.to_owned()), ..plan("dr-runbook", 7, 1, &[("surprise", 0)]) };
        drilled(plan).runs.remove(0)
    };
    let good = by("page\nfence\npromote\ndns\nwait ttl\ncheck service");
    assert!(good.met(), "{:?} {:?}", good.targets, good.steps);
    let words: Vec<&str> = good.steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(words[2..], ["page", "fence", "promote", "dns", "wait ttl", "check service"]);
    let bad = by("dns\nwait ttl\ncheck service");
    assert_eq!(failed(&bad), Some(("check service", "not_promoted")));
    assert!(!target(&bad, "serving"));
}

#[test]
fn slices_of_any_size_give_the_same_report_and_progress_goes_on_inside_a_run() {
    let asked = plan("dr-drill", 3, 2, &[("surprise", 7)]);
    let whole = drilled(asked.clone());
    let mut batch = Batch::new(asked.clone()).expect("a plan");
    let (mut last, mut moved) = (0, 0);
    loop {
        let progress = batch.go(997);
        let so_far = progress.done * 1_000 + progress.within_permille;
        assert!(so_far >= last && progress.within_permille <= 1_000, "{progress:?} after {last}");
        moved += u64::from(so_far > last);
        last = so_far;
        if progress.over {
            break;
        }
    }
    assert!(moved > 10 && last == 2_000, "{moved} moves to {last}");
    assert_eq!(*batch.report(), whole);
    let halves = [plan("dr-drill", 3, 1, &[("surprise", 7)]), plan("dr-drill", 4, 1, &[("surprise", 7)])];
    let [first, second] = halves.map(drilled);
    assert_eq!(first.join(second, &asked), Ok(whole));
}

#[test]
fn all_drills_are_summed_up_with_what_was_survived() {
    let drilled = drilled(plan(disasters::ALL, 1, 2, &[("rows_each", 20)]));
    assert_eq!(drilled.suites.len(), 11);
    let sum = drilled.sum.as_ref().expect("a sum");
    let survival = sum.survival.expect("disasters");
    let parts: Vec<&RunReport> =
        drilled.runs.iter().flat_map(|run| &run.parts).map(|part| &part.run).collect();
    assert_eq!(survival.survived, parts.iter().filter(|run| run.met()).count() as u64);
    let worst = parts.iter().map(|run| run.rpo.ms.expect("known")).fold(0.0, f64::max);
    assert_eq!(survival.worst_rpo_ms, worst);
    for run in &drilled.runs {
        let missed = run.targets.iter().any(|target| !target.is_met());
        assert_eq!(missed, run.parts.iter().any(|part| !part.run.met()), "{:?}", run.targets);
    }
    let table = export::csv(&drilled);
    let columns: Vec<usize> = table.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(columns.len(), 1 + 22);
    assert!(columns.iter().all(|count| *count == columns[0]), "{table}");
    let asked = plan(disasters::ALL, 1, 2, &[("rows_each", 20)]);
    let brief = Brief::of(&drilled, &asked).expect("a plan");
    assert!(brief.logs.iter().all(|log| !log.met && !log.steps.is_empty()));
    assert_eq!(brief.rows.len(), 12);
}

/// Course note 5's drill in the note's world: five steps, in their order, and both targets met.
#[test]
fn the_notes_own_drill_has_its_five_steps() {
    for seed in 1..=3 {
        let run = run("dr-note-drill", seed, &[]);
        let five: Vec<u32> = run.steps.iter().filter_map(|step| step.note_5).collect();
        assert_eq!(five, [1, 2, 3, 4, 4, 4, 4, 4, 4, 5], "{:?}", run.steps);
        assert_eq!(failed(&run), None);
        assert!(run.met(), "{:?}", run.targets);
        assert!(run.rto_ms.is_some_and(|rto| rto < HOUR) && run.rpo.ms.expect("known") < HOUR);
    }
    // As Milvus CDC has it the standby refuses writes, and the drill says which step tells.
    let milvus = run("dr-note-drill", 1, &[("standby_read_only", 1)]);
    assert_eq!(failed(&milvus), Some(("check service", "not_promoted")));
    assert!(!target(&milvus, "serving"));
    // Reading a terabyte back takes hours; the failure is simulated when that is done.
    let large = run("dr-note-drill", 1, &[("data_gb", 1_000)]);
    assert!(large.steps[0].ok && large.steps[0].ms > 5.0 * HOUR, "{:?}", large.steps);
    assert_eq!(large.steps.iter().position(|step| step.step == "disaster"), Some(2));
}

/// Course note 4 takes the interval for the RPO; a backup counts once it is written.
#[test]
fn classes_of_loss_are_kept_by_the_interval_and_the_time_of_writing() {
    classes_are_kept(7, 2);
}

#[test]
#[ignore = "slow: more runs"]
fn classes_of_loss_are_kept_in_twelve_runs() {
    classes_are_kept(1, 12);
}

/// The longest loss of some runs is within the bounds of its class, and not far below.
fn classes_are_kept(seed: u64, runs: u64) {
    let drilled = drilled(plan("dr-rpo-classes", seed, runs, &[]));
    let longest = |name: &str| {
        let runs = drilled.runs.iter().flat_map(|run| &run.parts).filter(|part| part.scenario == name);
        runs.map(|part| part.run.rpo.ms.expect("known")).fold(0.0, f64::max)
    };
    let bounds = [("dr-rpo-zero", 0.0, 0.1 * MINUTE), ("dr-rpo-hour", 45.0 * MINUTE, 75.5 * MINUTE)];
    let days = [("dr-rpo-day", 12.0 * HOUR, 24.3 * HOUR), ("dr-rpo-week", 72.0 * HOUR, 168.3 * HOUR)];
    for (name, low, high) in bounds.into_iter().chain(days) {
        within(longest(name), low, high, name);
    }
}
