//! Storage that is missing, full, taken, newer or damaged, and an engine that dies: the page says so, and stored data
//! is never harmed.

use std::time::Duration;

use e2e::lab::number;
use e2e::{Browser, Lab, Reply, Server};
use serde_json::{Value, json};

const LAB: &str = "?topology=standalone&kept=1&lang=en&seed=5";

fn insert(lab: &Lab, rows: u64) -> Value {
    lab.run(&json!({"op": "insert", "rows": rows}))
}

/// Runs a script with the opened database `db`, whose extents and meta data it may read and change.
fn in_database(lab: &Lab, script: &str) -> Value {
    lab.eval(&format!(
        "new Promise((resolve, reject) => {{ \
           const asked = indexedDB.open('quorum-lab/standalone'); \
           asked.onerror = () => reject(asked.error); \
           asked.onsuccess = () => {{ const db = asked.result; \
             const done = (value) => {{ db.close(); resolve(value); }}; {script} }}; }})"
    ))
}

/// Bytes and a sum over everything stored, so that "untouched" can be said.
const SUM: &str = "const all = db.transaction('extents').objectStore('extents').getAll(); \
    all.onsuccess = () => { let bytes = 0, sum = 0; \
      for (const e of all.result) for (const b of e) { bytes += 1; sum = (sum * 31 + b) % 4294967291; } \
      done([bytes, sum]); };";

/// Changes one byte in the middle of the first file's first half.
const FLIP: &str = "const tx = db.transaction('extents', 'readwrite'); const store = tx.objectStore('extents'); \
    const cursor = store.openCursor(); \
    cursor.onsuccess = () => { const c = cursor.result; const v = new Uint8Array(c.value); \
      v[Math.floor(v.length / 2)] ^= 0x10; c.update(v); }; \
    tx.oncomplete = () => done(true);";

#[test]
fn without_indexed_db_the_page_goes_on_in_memory() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("missing");
    // Workers have a global scope of their own, so it is taken away there too.
    let script = "Object.defineProperty(self, 'indexedDB', {value: undefined})";
    page.before_workers(script, &[]);
    page.before_documents(script);
    let lab = Lab::in_page(page, &server, LAB);
    lab.wait_running();
    lab.wait_seen("[data-banner=missing]");
    insert(&lab, 1_000);
    assert_eq!((lab.snapshot()["kept"].clone(), lab.count()), (json!(false), 1_000));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_full_disk_is_said_and_the_run_goes_on_in_memory() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("full");
    // Before the origin is first used, because the browser remembers for a while how much room there was.
    let origin = server.url("");
    page.call("Storage.overrideQuotaForOrigin", json!({"origin": origin, "quotaSize": 4_000_000}));
    let lab = Lab::in_page(page, &server, LAB);
    lab.wait_running();
    insert(&lab, 1_000);
    insert(&lab, 20_000);
    lab.wait_seen("[data-banner=full]");
    assert_eq!((lab.snapshot()["kept"].clone(), lab.count()), (json!(false), 21_000));
    lab.assert_quiet();
    // What was acknowledged while there was room is still there.
    lab.call("Storage.overrideQuotaForOrigin", json!({"origin": origin}));
    lab.reload();
    lab.wait_running();
    assert!(number(&lab.wait_recovered()["rows"]["visible"]) >= 1_000);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_second_tab_says_that_another_writes_and_can_take_over() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let first = Lab::open(&browser, &server, LAB, "tabs-first");
    insert(&first, 1_000);
    let second = Lab::open(&browser, &server, LAB, "tabs-second");
    second.wait_seen("[data-banner=other-tab]");
    assert_eq!(second.snapshot()["kept"], false, "two tabs write the same data");
    second.click("[data-banner=other-tab] [data-act=take-over]");
    second.wait_snapshot("the rows of the first tab", |s| s["kept"] == true && s["rows"]["visible"] == 1_000);
    first.wait_seen("[data-banner=taken-over]");
    insert(&second, 500);
    assert_eq!(second.count(), 1_500);
    // The first goes on in memory, and its new rows reach no other tab.
    insert(&first, 10);
    second.reload();
    second.wait_running();
    assert_eq!(number(&second.wait_recovered()["rows"]["visible"]), 1_500);
    first.assert_quiet();
    second.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_a_newer_version_wrote_and_what_is_damaged_are_refused_and_left_alone() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "refused");
    insert(&lab, 5_000);
    lab.run(&json!({"op": "pull_plug"}));

    in_database(&lab, FLIP);
    let damaged = in_database(&lab, SUM);
    lab.reload();
    lab.wait_seen("[data-banner=refused]");
    let words = lab.text("[data-banner=refused]");
    assert!(words.chars().any(|c| c.is_ascii_digit()), "the banner names no file and offset: {words:?}");
    assert_eq!(in_database(&lab, SUM), damaged, "a damaged log was written to");
    // Flipped back, it is as it was.
    in_database(&lab, FLIP);
    lab.reload();
    lab.wait_running();
    assert_eq!(number(&lab.wait_recovered()["rows"]["visible"]), 5_000);
    lab.run(&json!({"op": "pull_plug"}));

    let whole = in_database(&lab, SUM);
    lab.eval(
        "new Promise((resolve, reject) => { const asked = indexedDB.open('quorum-lab/standalone', 99); \
         asked.onerror = () => reject(asked.error); asked.onsuccess = () => { asked.result.close(); resolve(1); } })",
    );
    lab.reload();
    lab.wait_seen("[data-banner=newer]");
    assert_eq!(in_database(&lab, SUM), whole, "a newer version's data was written to");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_engine_that_dies_is_reported_and_its_rows_are_kept() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("panic");
    page.before_documents(
        "window.workers = []; const Original = Worker; \
         window.Worker = class extends Original { constructor(...a) { super(...a); workers.push(this); } };",
    );
    let lab = Lab::in_page(page, &server, LAB);
    lab.wait_running();
    insert(&lab, 2_000);
    lab.eval(
        "void workers.at(-1).dispatchEvent(new ErrorEvent('error', {message: 'died on purpose', cancelable: true}))"
    );
    lab.wait_seen("[data-state=panicked]");
    lab.wait_seen("[data-banner=panicked]");
    assert_eq!(lab.answer(&json!({"op": "insert", "rows": 1}))["ok"], false, "a dead engine took an insert");
    lab.click("[data-banner=panicked] [data-act=reopen]");
    lab.wait_running();
    let rows = lab.wait_recovered()["rows"].clone();
    assert_eq!((number(&rows["acknowledged"]), number(&rows["visible"])), (2_000, 2_000), "{rows}");
    lab.listen(Duration::from_millis(50));
    lab.assert_quiet();
}

/// In a worker: time limits come a hundred times as soon.
const FAST: &str = "self.setTimeout = (f, ms, ...more) => \
    WorkerGlobalScope.prototype.setTimeout.call(self, f, ms / 100, ...more);";

/// An opening that is never answered.
const SILENT: &str = "IDBFactory.prototype.open = () => new EventTarget();";
/// What Chromium answers in a frame of another site whose storage the visitor blocks.
const DENIED: &str = "IDBFactory.prototype.open = () => { const asked = new EventTarget(); \
    asked.error = new DOMException('The user denied permission to access the database.', 'UnknownError'); \
    Object.defineProperty(asked, 'result', {get() { throw new DOMException('', 'InvalidStateError'); }}); \
    setTimeout(() => asked.onerror(new Event('error'))); return asked; };";

#[test]
#[ignore = "slow: not the journey of its view"]
fn storage_that_is_denied_or_does_not_answer_is_said_and_the_run_goes_on_in_memory() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let cases = [("denied", DENIED.to_owned()), ("silent", format!("{FAST}{SILENT}"))];
    for (word, script) in cases {
        let page = browser.page(word);
        page.before_workers(&script, &[]);
        page.before_documents(
            "addEventListener('DOMContentLoaded', () => quorumLab.on('error', (e) => { window.said = e.code; }));",
        );
        let lab = Lab::in_page(page, &server, LAB);
        lab.wait_running();
        lab.wait_seen(&format!("[data-banner={word}]"));
        let opened = lab.eval("quorumLab.open({topology: 'standalone', kept: true, lang: 'en'})");
        assert_eq!(
            (&opened["ok"], &opened["kept"], &opened["storage"]["why"]),
            (&json!(true), &json!(false), &json!(word))
        );
        assert_eq!(lab.eval("said"), json!(format!("storage_{word}")));
        insert(&lab, 100);
        assert_eq!(lab.count(), 100);
        lab.assert_quiet();
        lab.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_database_that_is_closed_from_outside_is_noticed_at_once() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "closed");
    lab.eval("window.said = []; void quorumLab.on('error', (e) => said.push(e.code))");
    let delete = "new Promise((go) => { const asked = indexedDB.deleteDatabase('quorum-lab/standalone'); \
                  asked.onsuccess = () \
         => go(true); })";
    let cleared = json!({"origin": server.url(""), "storageTypes": "indexeddb"});
    for way in ["another page", "the browser"] {
        insert(&lab, 1_000);
        assert_eq!(lab.snapshot()["kept"], true);
        // Nothing is written in the meantime: an idle page must not go on saying that its rows are kept.
        if way == "the browser" {
            lab.call("Storage.clearDataForOrigin", cleared.clone());
        } else {
            lab.eval(delete);
        }
        lab.wait_seen("[data-banner=closed][role=alert]");
        assert_eq!(lab.snapshot()["kept"], false, "{way}");
        assert_eq!(lab.eval("said.splice(0)"), json!(["storage_closed"]), "{way}");
        // The run goes on in memory with what it had.
        insert(&lab, 10);
        assert_eq!(lab.count(), 1_010, "{way}");
        lab.click("[data-banner=closed] [data-act=reopen]");
        lab.wait_running();
        assert_eq!(lab.wait_recovered()["kept"], true, "{way}");
        assert_eq!(lab.count(), 0, "{way}: what was cleared is gone, and nothing else is claimed");
    }
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_database_of_somebody_else_is_left_alone_and_the_run_goes_on_in_memory() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("foreign");
    // A script by itself names no icon, so the browser asks for one, and may do so late.
    server.misbehave(&[("favicon.ico", Reply::text("image/x-icon", ""))]);
    page.goto(&server.url("/worker.js"));
    page.eval(
        "new Promise((go) => { const asked = indexedDB.open('quorum-lab/standalone', 1); \
         asked.onupgradeneeded = () => { for (const name of ['extents', 'meta']) \
             asked.result.createObjectStore(name, {keyPath: 'id'}).put({id: 1, of: 'somebody'}); }; \
         asked.onsuccess = () => { asked.result.close(); go(true); }; })",
    );
    page.take_complaints();
    let lab = Lab::in_page(page, &server, LAB);
    lab.wait_running();
    lab.wait_seen("[data-banner=full]");
    let opened = lab.eval("quorumLab.open({topology: 'standalone', kept: true, lang: 'en'})");
    assert_eq!(
        (&opened["ok"], &opened["kept"], &opened["storage"]["why"]),
        (&json!(true), &json!(false), &json!("failed"))
    );
    insert(&lab, 100);
    assert_eq!(lab.count(), 100);
    assert!(!lab.sees("[data-banner=panicked]"), "the engine stopped");
    let found = in_database(
        &lab,
        "const all = db.transaction('meta').objectStore('meta').getAll(); all.onsuccess = () => done(all.result);",
    );
    assert_eq!(found, json!([{"id": 1, "of": "somebody"}]));
    lab.assert_quiet();
}
