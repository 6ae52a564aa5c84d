//! Drills on a small server, from the command line to the report: faults that were made and not made, rows that could
//! not be counted, Ctrl-C, and files.
//!
//! Guarantees: no time is asserted; drills are played a hundred times faster. Leaves out: kinds of trouble
//! (`quorum_real`).

#[path = "../../real/tests/small/mod.rs"]
#[expect(dead_code, reason = "the tests of `quorum_real` need more kinds of servers")]
mod small;

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

use serde_json::Value;

use super::End;
use super::tests::{Folder, context, run_with};
use super::work::{Context, Stop};
use quorum_i18n::Lang;
use small::{Manner, Small};

fn fast() -> Context {
    Context { pace: 100, ..context(1) }
}

/// The words of the shortest drill on this server, with few rows.
fn typed<'a>(address: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let drill = ["drill", "failover-proxy", "--target", "milvus", "--set", "rows=20", "--uri", address];
    [&drill[..], more].concat()
}

#[track_caller]
fn drilled(address: &str, more: &[&str]) -> (End, String) {
    run_with(&typed(address, more), &fast()).expect("reported")
}

#[track_caller]
fn json(address: &str, more: &[&str]) -> (End, Value) {
    let (end, text) = drilled(address, &[more, &["--json"]].concat());
    (end, serde_json::from_str(&text).expect("JSON"))
}

/// The target of this name: its value and whether it was met.
fn target<'a>(report: &'a Value, name: &str) -> (&'a Value, &'a Value) {
    let targets = report["runs"][0]["targets"].as_array().expect("targets");
    let target = targets.iter().find(|target| target["name"] == name).expect("the target");
    (&target["value"], &target["met"])
}

#[test]
fn the_page_and_the_text_say_what_was_really_done() {
    let folder = Folder::new("real-page");
    let (small, address) = Small::start(Manner::Works);
    let html = folder.path("page.html");
    let (end, report) = json(&address, &["--fault-cmd", "true", "--html", &html, "--compare"]);
    assert_eq!(
        (end, &report["real_time"], &report["target"]["faults"][0]["ending"]),
        (End::Held, &true.into(), &"done".into())
    );
    assert_eq!(report["target"]["fault_cmd"], "true");
    assert!(report["target"]["began"].as_str().is_some_and(|began| began.ends_with("UTC")), "{report}");
    assert!(report["lab"]["real_time"].is_null() && report["runs"][0]["no_fault"].is_null());
    for lang in [Lang::Zh, Lang::En] {
        let more = ["--fault-cmd", "true", "--html", &html, "--compare", "--lang", lang.code()];
        let (end, text) = drilled(&address, &more);
        let page = std::fs::read_to_string(&html).expect("a page");
        assert_eq!(end, End::Held, "{text}");
        for part in [
            address.as_str(),
            "REST v2",
            "true",
            "UTC",
            &lang.t("cli-real-row-p99"),
            &lang.t("cli-real-col-lab"),
        ] {
            assert!(page.contains(part) && text.contains(part), "{part}: {text} {page}");
        }
        for part in [
            "drill-real-page-faults",
            "drill-real-page-troubles",
            "drill-real-no-troubles",
            "drill-real-all-met",
        ] {
            assert!(page.contains(&lang.t(part)), "{part}: {page}");
        }
        assert!(text.contains("15.") && page.contains("<td>15.") || text.contains(" 0.15 s"), "{text}");
        for said in [&page, &text] {
            assert!(!said.contains("virtual") && !said.contains("虚拟时间"), "{said}");
            assert!(!said.contains("cli-") && !said.contains("drill-real"), "{said}");
        }
    }
    assert_eq!(small.left(), (Vec::new(), true));
}

#[test]
fn without_a_fault_there_is_no_verdict_and_the_report_says_why() {
    let folder = Folder::new("real-no-fault");
    let (_, address) = Small::start(Manner::Works);
    let html = folder.path("page.html");
    let failing = "echo 'Error: no such container: proxy' >&2; exit 3";
    for (more, parts) in [
        (
            &["--fault-cmd", failing][..],
            &["failover-proxy", "status 3", "“Error: no such container: proxy”", failing][..],
        ),
        (&["--fault-cmd", "./no-such-script"], &["status 127", "no-such-script"]),
        (&[], &["--fault-cmd"]),
    ] {
        let (end, report) = json(&address, more);
        assert_eq!((end, end.status()), (End::Missed, 1));
        assert_eq!(target(&report, "rto"), (&Value::Null, &Value::Null), "{report}");
        assert!(report["runs"][0]["rto_ms"].is_null() && report["rto"].is_null(), "{report}");
        assert_eq!(report["runs"][0]["no_fault"], true);
        let (end, text) =
            drilled(&address, &[more, &["--lang", "en", "--html", &html, "--compare"]].concat());
        let page = std::fs::read_to_string(&html).expect("a page");
        assert_eq!(end, End::Missed);
        assert!(text.starts_with("NO FAULT WAS MADE") && text.contains("RTO –"), "{text}");
        assert!(
            text.contains("rto = –") && !text.contains("met: rto") && !text.contains("missed: rto"),
            "{text}"
        );
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(page.contains("NO FAULT WAS MADE") && page.contains("no verdict"), "{page}");
        let row = text.lines().find(|line| line.ends_with("  RTO")).expect("the comparison");
        assert!(row.contains('–') && row.contains(" s "), "only the lab has one: {row}");
        let (end, table) = drilled(&address, &[more, &["--csv"]].concat());
        assert!(end == End::Missed && table.contains(",–,–,"), "{table}");
    }
}

#[test]
fn rows_that_could_not_be_looked_for_are_unknown_everywhere() {
    let folder = Folder::new("real-unknown");
    let html = folder.path("page.html");
    let dying = || Small::start(Manner::DiesAfter(20)).1;
    let (end, report) = json(&dying(), &["--fault-cmd", "true"]);
    assert_eq!((end, target(&report, "lost")), (End::Missed, (&Value::Null, &false.into())), "{report}");
    let run = &report["runs"][0];
    for figure in [
        &run["rpo"]["lost_writes"],
        &run["rpo"]["ms"],
        &report["sum"]["lost"],
        &report["target"]["lost_rows"],
    ] {
        assert!(figure.is_null(), "{report}");
    }
    let more = ["--fault-cmd", "true", "--lang", "en", "--compare", "--html", &html];
    let (_, text) = drilled(&dying(), &more);
    let page = std::fs::read_to_string(&html).expect("a page");
    assert!(
        text.contains("lost = –")
            && text.contains("NOT known")
            && !text.contains("0 acknowledged writes lost"),
        "{text}"
    );
    assert!(text.lines().any(|line| line.ends_with("of these lost") && line.contains('–')), "{text}");
    assert!(page.contains("<td>–</td>") && page.contains("NOT known"), "{page}");
    let (_, table) = drilled(&dying(), &["--fault-cmd", "true", "--csv"]);
    assert!(table.lines().nth(1).is_some_and(|line| line.contains(",–,")), "{table}");
}

#[test]
fn ctrl_c_leaves_a_report_that_is_marked_and_no_collection() {
    let folder = Folder::new("real-stop");
    let html = folder.path("page.html");
    // Ctrl-C in the middle of the test; each time on a server of its own.
    let stopped = |more: &[&str]| {
        let (small, address) = Small::start(Manner::Works);
        let stop = Arc::new(Stop::default());
        let context = Context { stop: Arc::clone(&stop), ..fast() };
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| {
                while small.searches.load(SeqCst) < 5 {
                    std::thread::yield_now();
                }
                stop.ask();
            });
            run_with(&typed(&address, more), &context).expect("reported")
        });
        assert_eq!((ended.0, ended.0.status(), small.left()), (End::Interrupted, 130, (Vec::new(), true)));
        ended.1
    };
    for lang in [Lang::Zh, Lang::En] {
        let text = stopped(&["--fault-cmd", "true", "--html", &html, "--lang", lang.code()]);
        let mark = lang.f("cli-real-partial", &[("done", 0.into()), ("of", 1.into())]);
        let page = std::fs::read_to_string(&html).expect("a page");
        assert!(text.starts_with(&mark) && page.contains(&mark), "{text} {page}");
        assert_eq!(text.matches(&mark).count(), 1);
    }
    let report: Value = serde_json::from_str(&stopped(&["--fault-cmd", "true", "--json"])).expect("JSON");
    assert_eq!((&report["interrupted"], &report["target"]["interrupted"]), (&true.into(), &true.into()));
    assert!(report["runs"][0]["queries"]["total"].as_u64() > Some(0), "what is known is there: {report}");
    let targets = report["runs"][0]["targets"].as_array().expect("targets");
    assert!(targets.iter().all(|target| target["met"] != true), "half a test has met nothing: {report}");
    // Before anything was sent.
    let (silent, address) = Small::start(Manner::Silent);
    let context = Context { stop: Arc::new(Stop::after(0)), ..fast() };
    let (end, text) = run_with(&typed(&address, &["--json"]), &context).expect("reported");
    assert!(end == End::Interrupted && text.contains("\"interrupted\":true"), "{text}");
    assert_eq!(silent.requests.load(SeqCst), 0);
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_is_sent() {
    let folder = Folder::new("real-html");
    let (small, address) = Small::start(Manner::Works);
    let lost = folder.path("no/such/folder/page.html");
    let refusal =
        run_with(&typed(&address, &["--html", &lost, "--lang", "en"]), &fast()).expect_err("refused");
    assert!(
        refusal.code == "cannot_write" && refusal.error.contains("nothing was begun"),
        "{}",
        refusal.error
    );
    assert_eq!(small.requests.load(SeqCst), 0);
}
