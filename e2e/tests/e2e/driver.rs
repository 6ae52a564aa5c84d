//! Tests of the test driver itself: a driver that cannot fail would prove nothing.

use std::fs;
use std::time::Duration;

use e2e::folders::artefacts;
use e2e::{Browser, Profile, Server};
use serde_json::json;

const HTML: &str = "<!doctype html><title>fixture</title><link rel=icon href='data:,'>
<button id=a onclick='clicks.push(event.isTrusted)'>a</button>
<button id=covered>under</button><div style='position:fixed;inset:40% 0 0 0;background:#ccc'>over</div>
<style>#covered{position:fixed;top:60%}</style>
<script>window.clicks=[];
const worker=new Worker('worker.js',{type:'module'});
worker.onmessage=(e)=>{window.said=e.data};
</script>";

#[test]
fn the_driver_sees_clicks_workers_errors_and_death() {
    let site = artefacts().join("fixture");
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("index.html"), HTML).unwrap();
    fs::write(site.join("worker.js"), "postMessage([typeof indexedDB, typeof heard]); heard('begun');")
        .unwrap();
    let server = Server::of(&site);
    let profile = Profile::new("driver");
    let browser = Browser::start(&profile);
    let page = browser.page("driver");

    // A worker is prepared before its first line, and what it calls is heard.
    page.before_workers("Object.defineProperty(self, 'indexedDB', {value: undefined})", &["heard"]);
    page.goto(&server.url("/"));
    page.wait_for("window.said", "the worker to speak");
    assert_eq!(page.eval("said"), json!(["undefined", "function"]));
    page.listen(Duration::from_millis(50));
    assert_eq!(page.take_calls(), vec![("heard".to_owned(), "begun".to_owned())]);
    assert_eq!(page.workers(), 1);

    // Clicks and keys are real; what is covered cannot be clicked.
    page.click("#a");
    page.tab_and_enter("#a");
    assert_eq!(page.eval("clicks"), json!([true, true]));
    let covered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| page.click("#covered")));
    let why = *covered.unwrap_err().downcast::<String>().unwrap();
    assert!(why.contains("covered by <div"), "{why}");

    // Errors of the page and of files that are not there are noticed.
    page.assert_quiet();
    page.eval("setTimeout(() => { throw new Error('thrown on purpose') }); console.error('said on purpose')");
    page.eval("fetch('missing.txt').then(() => 0)");
    page.listen(Duration::from_millis(100));
    let complaints = page.take_complaints().join("\n");
    for word in ["thrown on purpose", "said on purpose", "missing.txt"] {
        assert!(complaints.contains(word), "{word} is not in: {complaints}");
    }

    // What a page sent before its browser was killed is received afterwards, and nothing of the browser is left.
    page.bind("last");
    page.eval("last('words')");
    browser.kill();
    assert_eq!(page.take_calls(), vec![("last".to_owned(), "words".to_owned())]);
    assert!(page.try_eval("1").is_err());
    let named = format!("--user-data-dir={}", profile.folder().display());
    assert!(processes_with(&named).is_empty(), "processes left: {:?}", processes_with(&named));
}

/// The processes whose command line holds a word; empty where there is no `/proc`.
fn processes_with(word: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()))
        .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok())
        .filter(|line| line.contains(word))
        .collect()
}
