//! A worker that is not there: its script cannot be fetched, is another version's, says nothing, or it ends by itself.
//! Calls are answered with `no_worker` in time, the page says so, and opening again starts another.

use e2e::{Browser, Lab, Page, Reply, Server};
use serde_json::{Value, json};

/// A hundred times as fast, until a test says otherwise: time limits come soon.
const FAST: &str = "window.haste = 100; for (const name of ['setTimeout', 'setInterval']) { const real = self[name]; \
    self[name] = (f, ms, ...more) => real(f, ms / haste, ...more); }";

/// A worker that ends when the page says so, without a word.
const MORTAL: &str = "addEventListener('message', (event) => { if (event.data !== 'end') return; \
    event.stopImmediatePropagation(); close(); });";
const WORKERS: &str = "window.workers = []; const Original = Worker; \
    window.Worker = class extends Original { constructor(...a) { super(...a); workers.push(this); } };";
const END: &str = "void workers.at(-1).postMessage('end')";

/// The worker's first lines of the version before, which do not say which they are.
const OLD_LINES: &str = "onmessage = ({ data: { glue, module } }) => { onmessage = null; \
    import(glue).then((program) => program.initSync({ module })).catch(reportError); };";

fn refused(answer: &Value) {
    assert_eq!((&answer["ok"], &answer["code"]), (&json!(false), &json!("no_worker")), "{answer}");
    let error = answer["error"].as_str().unwrap_or_default();
    let chinese = error.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(error.len() > 20 && !chinese, "{answer}");
}

/// Opens the page at an address and waits for what it says of its worker.
fn without_worker(page: Page, server: &Server, says: &str) -> Lab {
    let lab = Lab::in_page(page, server, "?topology=standalone&kept=0&lang=en");
    lab.wait_seen("[data-banner=no-worker][role=alert]");
    let text = lab.text("[data-banner=no-worker]");
    assert!(text.contains(says), "{text}");
    lab
}

#[test]
fn a_worker_that_cannot_be_had_is_said_and_another_is_tried() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let script = |text: &str| Reply::text("text/javascript", text);
    let cases = [
        ("gone", Reply::missing(), "could not be fetched"),
        ("page", Reply::page(), "could not be fetched"),
        ("broken", script("onmessage = ("), "could not be fetched"),
        ("silent", script("onmessage = () => {};"), "not answered in time"),
        ("old", script(OLD_LINES), "another version"),
        ("newer", script("postMessage({first_lines: 99});"), "another version"),
    ];
    for (name, reply, says) in cases {
        server.misbehave(&[("worker.js", reply)]);
        let page = browser.page(&format!("worker-{name}"));
        if name == "silent" {
            page.before_documents(FAST);
        }
        let lab = without_worker(page, &server, says);
        // Every call is answered, and each opening tries once more.
        for call in [
            "quorumLab.open({topology: 'standalone', kept: false, lang: 'en'})",
            "quorumLab.do({op: 'reopen'})",
            "quorumLab.snapshot()",
        ] {
            refused(&lab.eval(call));
        }
        lab.picture(&format!("worker-{name}.png"));
        server.misbehave(&[]);
        lab.take_complaints();
        // A worker that does begin may take its time.
        lab.eval("window.haste = 1");
        lab.click("[data-banner=no-worker] [data-act=reopen]");
        lab.wait_running();
        assert!(!lab.sees("[data-banner=no-worker]"));
        lab.assert_quiet();
        lab.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_worker_that_ends_by_itself_leaves_nobody_waiting() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("worker-ends");
    page.before_workers(MORTAL, &[]);
    page.before_documents(WORKERS);
    let lab = Lab::in_page(page, &server, "?topology=standalone&kept=1&lang=en");
    lab.wait_running();
    lab.run(&json!({"op": "insert", "rows": 1_000}));
    lab.eval("void (window.asked = quorumLab.do({op: 'insert', rows: 200000}))");
    lab.eval(END);
    refused(&lab.eval("asked"));
    lab.wait_seen("[data-banner=no-worker]");
    assert!(lab.text("[data-banner=no-worker]").contains("ended by itself"));
    refused(&lab.eval("quorumLab.snapshot()"));
    lab.click("[data-banner=no-worker] [data-act=reopen]");
    lab.wait_running();
    let visible = lab.wait_recovered()["rows"]["visible"].as_u64();
    assert!(visible.is_some_and(|rows| rows >= 1_000), "what was acknowledged is there: {visible:?}");

    // The second worker, which searches, is missed as well.
    server.misbehave(&[("worker.js", Reply::missing())]);
    refused(&lab.eval("quorumLab.hunt({seeds: 1, events: 500})"));
    server.misbehave(&[]);
    lab.eval("void (window.searched = quorumLab.hunt({seeds: 5000, events: 10000}))");
    lab.eval(
        "new Promise((go) => { const stop = quorumLab.on('progress', (p) => { if (p.kind === 'hunt' && p.tried > 0) { \
         stop(); go(1); } }); })"
    );
    lab.eval(END);
    refused(&lab.eval("searched"));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_browser_that_refuses_the_script_s_address_gets_it_as_a_blob() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("worker-blob");
    page.before_documents(
        "window.started = []; const Original = Worker; window.Worker = class extends Original { \
         constructor(address, options) { started.push(String(address).split(':')[0]); \
         if (started.at(-1) !== 'blob') throw new DOMException('not allowed', 'SecurityError'); \
         super(address, options); } };",
    );
    let lab = Lab::in_page(page, &server, "?topology=standalone&kept=1&lang=en");
    lab.wait_running();
    lab.run(&json!({"op": "insert", "rows": 1_000}));
    let started = lab.eval("started");
    assert_eq!(started.as_array().and_then(|all| all.last()), Some(&json!("blob")), "{started}");
    // It has the page's origin, so the run is kept.
    assert!(!lab.sees("[data-banner=denied]"));
    lab.reload();
    lab.wait_running();
    assert!(lab.wait_recovered()["rows"]["visible"].as_u64() >= Some(1_000));
    lab.assert_quiet();
}
