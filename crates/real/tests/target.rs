//! Drills on servers that this test starts itself: one that works, and every way in which one can fail.

mod small;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use quorum_real::cancel::Cancel;
use quorum_real::drill::{Job, Outcome, play};
use quorum_real::fault::Ending;
use quorum_real::rest::Rest;
use quorum_real::server::{Server, Trouble};
use small::{Manner, Small};

/// Plays the shortest drill a hundred times faster.
fn drilled(address: &str, fault: Option<&str>) -> (Job, Outcome) {
    drilled_until(address, fault, &Cancel::default())
}

/// The same, until it is to end.
fn drilled_until(address: &str, fault: Option<&str>, cancel: &Cancel) -> (Job, Outcome) {
    let mut job = Job::new("failover-proxy", 7, &[("rows".to_owned(), 50)]).expect("a job");
    job.pace = 100;
    job.fault_command = fault.map(str::to_owned);
    let connect =
        || -> Result<Box<dyn Server>, Trouble> { Ok(Box::new(Rest::new(address, Some("u:p"), None)?)) };
    let outcome = play(&job, &connect, cancel, &|_| {});
    (job, outcome)
}

fn codes(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.troubles.iter().map(|noted| (noted.code.as_str(), noted.during)).collect()
}

#[test]
fn a_drill_on_a_server_that_works_is_reported_like_the_labs_and_leaves_nothing_behind() {
    let (small, address) = Small::start(Manner::Works);
    let (job, outcome) = drilled(&address, Some("test \"$QUORUM_EVENT,$QUORUM_STRIKES\" = fault,proxy"));
    let report = job.report(&outcome).expect("a report");
    let run = &report.runs[0];
    assert!(codes(&outcome).is_empty(), "{outcome:?}");
    assert!(outcome.verified() && run.queries.failed == 0 && run.queries.total > 0, "{:?}", run.queries);
    assert!(run.rpo.acknowledged > 1 && run.rpo.lost() == Some(0) && run.met(), "{:?}", run.rpo);
    assert_eq!(outcome.faults.iter().map(|fault| fault.status).collect::<Vec<_>>(), [Some(0)]);
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn rows_that_a_server_forgets_are_counted_as_lost() {
    let (small, address) = Small::start(Manner::Forgets(55));
    let (job, outcome) = drilled(&address, None);
    let run = job.report(&outcome).expect("a report").runs.remove(0);
    assert!(outcome.verified() && outcome.lost_rows() > Some(0) && !run.met(), "{outcome:?}");
    assert_eq!(run.rpo.lost(), outcome.lost_rows(), "a row an insert");
    assert_eq!(run.rpo.writes()[0].id, 55);
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn a_server_that_dies_during_the_test_has_a_report_with_what_is_known() {
    let (_, address) = Small::start(Manner::DiesAfter(20));
    let (job, outcome) = drilled(&address, Some("true"));
    let run = job.report(&outcome).expect("a report").runs.remove(0);
    assert!(run.queries.ok >= 19 - 1 && run.queries.failed > 0 && run.rto_ms.is_none(), "{:?}", run.queries);
    let lost = run.targets.iter().find(|target| target.name == "lost").expect("the target");
    assert_eq!((lost.value, lost.met), (None, Some(false)), "no loss is claimed, and none is ruled out");
    assert_eq!((run.rpo.lost(), run.rpo.ms, outcome.lost_rows()), (None, None, None));
    let codes = codes(&outcome);
    assert!(codes.contains(&("target_unreachable", "test")), "{codes:?}");
    assert!(codes.contains(&("target_unreachable", "verify")), "{codes:?}");
    assert_eq!(outcome.left_behind, outcome.collections);
}

#[test]
fn a_full_disk_a_locked_and_an_old_server_and_wrong_addresses_are_told_apart() {
    let (small, full) = Small::start(Manner::FullAfter(5));
    let (job, outcome) = drilled(&full, None);
    assert!(codes(&outcome).contains(&("target_full", "test")), "{outcome:?}");
    assert!(outcome.verified() && job.report(&outcome).is_some());
    assert_eq!(small.left(), (Vec::new(), true));
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    let (_, works) = Small::start(Manner::Works);
    for (address, code) in [
        (Small::start(Manner::Locked).1, "target_denied"),
        (Small::start(Manner::Old).1, "target_version"),
        (Small::start(Manner::Html).1, "target_unreachable"),
        (closed, "target_unreachable"),
        ("http://no-such-host.invalid:1".to_owned(), "target_unreachable"),
        ("ftp://127.0.0.1".to_owned(), "target_unreachable"),
        // TLS to a server that speaks plain HTTP.
        (works.replace("http:", "https:"), "target_tls"),
    ] {
        let (job, outcome) = drilled(&address, None);
        assert_eq!(codes(&outcome), [(code, "connect")], "{address}: {outcome:?}");
        assert!(job.report(&outcome).is_none() && outcome.collections.is_empty());
    }
}

#[test]
fn a_command_that_fails_is_noted_and_a_scenario_without_a_cluster_is_refused() {
    let (_, address) = Small::start(Manner::Works);
    let (job, outcome) = drilled(&address, Some("echo 'no such pod' >&2; exit 3"));
    assert_eq!(codes(&outcome), [("target_refused", "fault")]);
    let fault = &outcome.faults[0];
    assert_eq!(
        (fault.status, fault.ending, fault.said.as_deref()),
        (Some(3), Ending::Failed, Some("no such pod"))
    );
    let without = |outcome: &Outcome| {
        let run = job.report(outcome).expect("a report").runs.remove(0);
        let rto = run.targets.iter().find(|target| target.name == "rto").expect("the target");
        assert_eq!(
            (rto.value, rto.met, run.rto_ms, run.no_fault, run.met()),
            (None, None, None, true, false)
        );
        assert!(run.queries.total > 0 && run.rpo.lost() == Some(0), "what is known is reported: {run:?}");
    };
    without(&outcome);
    without(&drilled(&address, Some("./no-such-script")).1);
    without(&drilled(&address, None).1);
    for scenario in ["kill-the-leader", "dr-drill", "frogs"] {
        assert_eq!(Job::new(scenario, 1, &[]).expect_err("refused").code, "target_scenario");
    }
}

#[test]
fn a_collection_that_cannot_be_indexed_is_dropped() {
    let (small, address) = Small::start(Manner::NoIndex);
    let (_, outcome) = drilled(&address, None);
    assert_eq!(codes(&outcome), [("target_refused", "fill")]);
    assert_eq!((outcome.collections.len(), outcome.left_behind.len()), (1, 0), "{outcome:?}");
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn a_fault_is_healed_even_if_the_drill_is_stopped_after_it() {
    let (small, address) = Small::start(Manner::Works);
    let file = std::env::temp_dir().join(format!("quorum-lab-heal-{}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let mut job = Job::new("failover-partition", 7, &[("rows".to_owned(), 50)]).expect("a job");
    job.pace = 100;
    job.fault_command = Some(format!("echo $QUORUM_EVENT >> '{}'", file.display()));
    let connect =
        || -> Result<Box<dyn Server>, Trouble> { Ok(Box::new(Rest::new(&address, Some("u:p"), None)?)) };
    let seen = file.clone();
    let outcome = play(&job, &connect, &Cancel::new(move || seen.exists()), &|_| {});
    let events = std::fs::read_to_string(&file).expect("the commands ran");
    let _ = std::fs::remove_file(&file);
    assert_eq!(events, "fault\nheal\n");
    assert!(outcome.stopped && outcome.records.len() == 1 && outcome.complete == 0, "{outcome:?}");
    assert!(outcome.verified(), "the server is there, so one look is enough");
    assert_eq!(outcome.faults.iter().map(|fault| fault.status).collect::<Vec<_>>(), [Some(0), Some(0)]);
    assert_eq!(small.left(), (Vec::new(), true));
}

/// Asked for at this time of asking.
fn at_time(number: u64) -> Cancel {
    let times = AtomicU64::new(0);
    Cancel::new(move || times.fetch_add(1, SeqCst) >= number)
}

#[test]
fn a_server_that_never_answers_does_not_hold_up_the_end() {
    // Nothing but the end that is asked for could end these: the requests' timeouts are far beyond any test's.
    let (silent, address) = Small::start(Manner::Silent);
    let (job, outcome) = drilled_until(&address, Some("true"), &at_time(3));
    assert!(outcome.stopped && outcome.troubles.is_empty() && outcome.records.is_empty(), "{outcome:?}");
    assert!(job.report(&outcome).is_none() && silent.requests.load(SeqCst) <= 1);
    // The first insert fills the collection.
    let (small, address) = Small::start(Manner::SilentAfter(0));
    let (_, outcome) = drilled_until(&address, Some("true"), &at_time(20));
    assert!(outcome.stopped && outcome.records.is_empty(), "{outcome:?}");
    assert_eq!(
        (small.left(), outcome.left_behind.len()),
        ((Vec::new(), true), 0),
        "what was made is dropped"
    );
}

#[test]
fn a_drill_that_is_ended_before_its_fault_has_no_verdict() {
    let (small, address) = Small::start(Manner::Works);
    let searches = Arc::clone(&small.searches);
    // The first search is before the test.
    let cancel = Cancel::new(move || searches.load(SeqCst) > 3);
    let (job, outcome) = drilled_until(&address, Some("true"), &cancel);
    assert!(outcome.stopped && outcome.faults.is_empty() && outcome.complete == 0, "{outcome:?}");
    let run = job.report(&outcome).expect("a report").runs.remove(0);
    assert!(run.no_fault && run.queries.total > 0 && run.rto_ms.is_none() && !run.met(), "{run:?}");
    assert_eq!(small.left(), (Vec::new(), true));
}
