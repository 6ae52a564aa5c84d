//! `judge` as it is typed: verdicts, exit statuses, JSON and the page.
//!
//! Guarantees: the programs are shell scripts, so that nothing has to be installed. Leaves out: what is found in
//! programs that run for a while (`quorum-judge`).

use serde_json::Value;

use super::End;
use super::tests::{context, refused, run_with};

/// A program that answers `init`, and everything else with this body, in which %s is the number of the message.
fn script(body: &str) -> String {
    let answer = |body: &str| format!(r#"printf '{{"dest":"%s","body":{body}}}\n' "$to" "$id""#);
    let (init, other) = (answer(r#"{"type":"init_ok","in_reply_to":%s}"#), answer(body));
    format!(
        r#"while read -r line; do
            id=${{line##*\"msg_id\":}}; id=${{id%%[,\}}]*}}; to=${{line##*\"src\":\"}}; to=${{to%%\"*}}
            case "$line" in *node_ids*) {init} ;; *) {other} ;; esac
        done"#
    )
}

/// Runs a script; holds how it ended, and returns the JSON.
#[track_caller]
fn check(body: &str, workload: &str, expected: End, code: &str) -> Value {
    let script = script(body);
    let words = [
        "judge",
        "--workload",
        workload,
        "--nodes",
        "2",
        "--seconds",
        "1",
        "--json",
        "--",
        "sh",
        "-c",
        &script,
    ];
    let (end, text) = run_with(&words, &context(1)).expect("a run");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        (end, &report["why"]["code"], &report["ok"]),
        (expected, &code.into(), &false.into()),
        "{text}"
    );
    report
}

#[test]
fn each_ending_has_its_status_and_its_reason() {
    check(r#"{"type":"echo_ok","in_reply_to":%s,"echo":1}"#, "echo", End::Missed, "wrong_echo");
    check(r#"{"type":"read_ok","in_reply_to":%s,"value":7}"#, "lin-kv", End::Unusable, "bad_answer");
    check(r#"{"type":"echo_ok","in_reply_to":%s"#, "echo", End::Unusable, "bad_json");
    let errors =
        check(r#"{"type":"error","in_reply_to":%s,"code":11}"#, "lin-kv", End::Missed, "nothing_done");
    assert_eq!((&errors["linearizable"], &errors["ops"]["ok"]), (&true.into(), &0.into()));
}

#[test]
fn the_page_and_the_history_are_written() {
    let folder = std::env::temp_dir().join(format!("quorum-judge-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (page, history) = (folder.join("report.html"), folder.join("history.jsonl"));
    let shown = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let words = |script: &str| {
        let (page, history) = (shown(&page), shown(&history));
        let words = ["judge", "--lang", "en", "--nodes", "2", "--seconds", "1", "--workload", "echo"];
        let files = ["--html", &page, "--history", &history, "--", "sh", "-c", script];
        run_with(&[&words[..], &files[..]].concat(), &context(1)).expect("a run")
    };
    for (script, expected, part) in [
        ("echo '<script>alert(1)</script>' >&2; exit 3".to_owned(), End::Unusable, "exit status 3"),
        (script(r#"{"type":"echo_ok","in_reply_to":%s,"echo":"<b>"}"#), End::Missed, "<b>"),
    ] {
        let (end, text) = words(&script);
        assert!(end == expected && text.contains(part), "{text}");
        let page = std::fs::read_to_string(&page).expect("a page");
        assert!(!page.contains("<script") && !page.contains("<b>"));
        let document = page.replace("<!doctype html>", "").replace("\"utf-8\">", "\"utf-8\"/>");
        let document = document.replace("device-width\">", "device-width\"/>");
        roxmltree::Document::parse(document.trim()).expect("what is opened is closed");
    }
    let history = std::fs::read_to_string(&history).expect("a history");
    assert!(history.lines().count() > 0);
    assert!(history.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn what_cannot_be_run_is_refused() {
    for arguments in [
        &["judge", "--nodes", "0", "--", "true"][..],
        &["judge", "--nodes", "26", "--", "true"],
        &["judge", "--seconds", "0", "--", "true"],
        &["judge", "--workload", "bank", "--", "true"],
        &["judge", "--faults", "rain", "--", "true"],
        &["judge"],
    ] {
        let refusal = refused(arguments);
        assert_eq!(refusal.code, "bad_arguments", "{arguments:?}: {}", refusal.error);
        assert!(!refusal.error.contains("cli-"), "{}", refusal.error);
    }
}
