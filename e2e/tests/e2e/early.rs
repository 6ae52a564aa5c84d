//! The handle for scripts that are faster than the program, and openings that are answered when their log is read.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::json;

/// What a script finds and asks before anything of the program is there: at the first moment at which it can run in the
/// finished document. What it asked for is its own affair afterwards.
const EARLY: &str = "addEventListener('DOMContentLoaded', () => { \
    const wanted = {topology: 'standalone', kept: false, seed: 7, lang: 'en'}; \
    window.found = [typeof quorumLab, quorumLab.version, quorumLab.ready instanceof Promise]; \
    window.heard = []; window.unwanted = 0; \
    quorumLab.on('event', (event) => heard.push(event.kind)); \
    quorumLab.on('event', () => unwanted++)(); \
    window.asked = Promise.all([quorumLab.ready, quorumLab.open(wanted), \
        quorumLab.do({op: 'insert', rows: 10}), quorumLab.snapshot(), quorumLab.backup()]); \
    wanted.topology = 'none'; window.first = quorumLab; });";

#[test]
#[ignore = "slow: not the journey of its view"]
fn scripts_find_the_handle_before_the_program_and_are_answered() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("early");
    page.before_documents(EARLY);
    let lab = Lab::in_page(page, &server, "?lang=en");
    assert_eq!(lab.eval("found"), json!(["object", "1", true]));
    let answers = lab.eval(
        "asked.then(([ready, opened, inserted, moment, backup]) => \
        [ready.ok, opened.ok, inserted.acknowledged, moment.seed, backup instanceof Uint8Array])",
    );
    assert_eq!(answers, json!([true, true, 10, 7, true]));
    assert_eq!(lab.snapshot()["rows"]["visible"], 10);
    assert!(lab.eval("heard.includes('acknowledged')") == json!(true), "the listener was not taken over");
    assert_eq!(lab.eval("unwanted"), json!(0), "a listener that was stopped is called");
    // The first handle goes on after the program has brought its own.
    assert_eq!(lab.eval("first.snapshot().then((moment) => moment.seed)"), json!(7));
    assert_eq!(lab.eval("first.open({topology: 'milvus', lang: 'en'})")["ok"], true);
    assert_eq!(lab.eval("first.open({topology: 'replica-set:3', seed: 9, kept: false})")["ok"], true);
    assert_eq!(lab.eval("first.snapshot().then((moment) => moment.seed)"), json!(9));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_opening_is_answered_when_its_log_has_been_read() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=standalone&kept=1&lang=en", "recovered");
    lab.run(&json!({"op": "insert", "rows": 60_000}));
    lab.close();
    let lab = Lab::at(&browser, &server, "?lang=en", "recovered-again");
    for again in ["open({topology: 'standalone', kept: true})", "do({op: 'reopen'})"] {
        lab.eval(
            "window.received = []; void (window.stop = quorumLab.on('progress', (p) => received.push(p)))",
        );
        let both = lab
            .eval(&format!("quorumLab.{again}.then(async (opened) => [opened, await quorumLab.snapshot()])"));
        let (opened, moment) = (&both[0], &both[1]);
        assert_eq!(opened["ok"], true, "{opened}");
        if again.starts_with("open") {
            assert_eq!(
                (&opened["kept"], &opened["recovery"]["done"]),
                (&json!(true), &json!(true)),
                "{opened}"
            );
        }
        assert_eq!(number(&moment["rows"]["visible"]), 60_000, "{again}: {}", moment["recovery"]);
        assert_eq!(moment["recovery"]["done"], true);
        lab.wait_for(
            "received.some((p) => p.kind === 'recovery' && p.done)",
            "the end of the recovery to be reported",
        );
        lab.eval("stop()");
    }
    lab.assert_quiet();
}
