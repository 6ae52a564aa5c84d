//! The page as it is published: offline after one visit, one build at a time, under its policy, from any path, in a
//! frame without an origin, and as one file without a server.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::copy::Copy;
use e2e::{Browser, Hand, Lab, Page, Reply, Server};
use serde_json::{Value, json};

use crate::course::go_through;

/// The built page, published; a build can be replaced by another one.
struct Publication {
    page: Copy,
    out: PathBuf,
}

impl Publication {
    fn new(name: &str) -> Self {
        let page = Copy::new(name);
        let out = page.root().with_extension("out");
        let published = Self { page, out };
        published.publish(1);
        published
    }

    /// Publishes a build whose first style sheet has this number in it, under the same name as the one before.
    fn publish(&self, number: u32) {
        let sheet = file(self.page.root(), "page-", ".css");
        let text = fs::read_to_string(&sheet).expect("a style sheet");
        let text = text.split("/*build*/").next().unwrap_or_default().to_owned();
        fs::write(&sheet, format!("{text}/*build*/:root{{--build:{number}}}")).expect("room for a sheet");
        quorum_dist::folder(self.page.root(), &self.out, false).expect("a published page");
    }

    /// A server for it.
    fn serve(&self) -> Server {
        Server::of(&self.out)
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        // What stays is in `target`.
        drop(fs::remove_dir_all(&self.out));
    }
}

/// The file of a folder whose name begins and ends like this.
fn file(folder: &Path, prefix: &str, ending: &str) -> PathBuf {
    let mut files = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let found = files.find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(prefix) && name.ends_with(ending)
    });
    found.unwrap_or_else(|| panic!("{} has no {prefix}…{ending}", folder.display()))
}

/// Ten times as fast: the page does not wait long before it begins to keep the build.
const HASTE: &str = "{ const real = self.setInterval; \
    self.setInterval = (f, ms, ...more) => real(f, ms === 1000 ? 100 : ms, ...more); }";
/// What the policy of the page has forbidden.
const FORBIDDEN: &str = "window.forbidden = []; document.addEventListener('securitypolicyviolation', \
    (e) => forbidden.push(`${e.effectiveDirective} ${e.blockedURI}`));";

/// A visit that ends when everything that can be kept is kept; returns what the service worker says of it.
fn visit(page: &Page) -> Value {
    page.wait_for("window.quorumOffline", "the script that keeps the build");
    page.eval("quorumOffline.filled")
}

fn wait_build(page: &Page, number: u32) {
    page.wait_for(
        &format!("getComputedStyle(document.documentElement).getPropertyValue('--build') == {number}"),
        &format!("build {number}"),
    );
}

#[test]
fn after_one_visit_a_lesson_of_milvus_is_opened_and_finished_without_the_server() {
    let published = Publication::new("offline");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("offline");
    page.before_documents(HASTE);
    let lab = Lab::in_page(page, &server, "?topology=standalone&lang=en&kept=0");
    lab.wait_running();
    let state = visit(&lab);
    assert_eq!((&state["have"], &state["full"]), (&state["of"], &json!(false)), "{state}");
    assert!(state["of"].as_u64() > Some(80), "{state}");
    lab.assert_quiet();

    server.stop();
    for (lesson, lang) in [("coordinator-lease", "en"), ("fencing-and-fail-back", "zh")] {
        lab.goto(&server.url(&format!("/?lesson={lesson}&lang={lang}&kept=0")));
        lab.wait_running();
        lab.wait_seen("section.lesson[data-kind]");
    }
    lab.goto(&server.url("/?lesson=coordinator-lease&lang=en&kept=0"));
    lab.wait_running();
    go_through(&lab, Hand::Mouse, "coordinator-lease");
    lab.goto(&server.url("/?view=stored&lang=en"));
    lab.wait_for(
        "document.querySelector('[data-view=offline]')?.textContent.includes('without its server')",
        "the page to say that it works without its server",
    );
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_build_that_is_replaced_is_announced_taken_by_the_button_and_never_mixed() {
    let published = Publication::new("replaced");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("replaced");
    page.before_documents(HASTE);
    let lab = Lab::in_page(page, &server, "?topology=replica-set:3&lang=en&kept=0");
    lab.wait_running();
    visit(&lab);
    wait_build(&lab, 1);
    published.publish(2);
    lab.reload();
    lab.wait_running();
    wait_build(&lab, 1);
    lab.wait_seen("[data-banner=newer-build]");
    assert!(lab.text("[data-banner=newer-build]").contains("new version"));
    // The file is of the open build even though the server has another one under its name.
    let sheet = "fetch(document.querySelector('link[rel=stylesheet]').href).then((a) => a.text())";
    assert!(lab.eval(sheet).as_str().is_some_and(|text| text.ends_with("--build:1}")));
    let opened = lab.eval("quorumLab.open({topology: 'two-regions', kept: false, lang: 'en'})");
    assert_eq!(opened["ok"], json!(true), "{opened}");

    // A second tab of the old build hears that the first one takes the new one.
    let other = browser.page("replaced-other");
    other.before_documents(HASTE);
    let other = Lab::in_page(other, &server, "?topology=standalone&lang=zh&kept=0");
    other.wait_running();
    wait_build(&other, 1);
    other.wait_seen("[data-banner=newer-build]");
    lab.click("[data-act=take-build]");
    wait_build(&lab, 2);
    lab.wait_running();
    assert!(!lab.sees("[data-banner=newer-build]"));
    // What the second tab asks for is of its own build still, or comes by a name that only one build has.
    wait_build(&other, 1);
    let opened = other.eval("quorumLab.open({topology: 'milvus', kept: false, lang: 'zh'})");
    assert_eq!(opened["ok"], json!(true), "{opened}");
    other.click("[data-act=take-build]");
    wait_build(&other, 2);
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_damaged_or_incomplete_cache_is_mended_and_pages_in_place_of_files_are_not_kept() {
    let published = Publication::new("damaged");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("damaged");
    page.before_documents(HASTE);
    let lab = Lab::in_page(page, &server, "?topology=standalone&lang=en&kept=0");
    lab.wait_running();
    // The server answers a page for a text that nothing has asked for.
    server.misbehave(&[("texts/split-vote.zh", Reply::page())]);
    let state = visit(&lab);
    let (have, of) = (state["have"].as_u64(), state["of"].as_u64());
    assert_eq!(have.map(|have| have + 1), of, "all but one: {state}");
    server.misbehave(&[]);
    // One file is damaged, another one is gone.
    let spoil = "(async () => { const cache = await caches.open((await caches.keys())[0]); \
        const keys = (await cache.keys()).map((key) => key.url); \
        const find = (word) => keys.find((key) => key.includes(word)); \
        await cache.put(find('milvus_views.wasm'), new Response('rubbish')); \
        return await cache.delete(find('regions_views.wasm')); })()";
    assert_eq!(lab.eval(spoil), json!(true));
    for topology in ["milvus", "two-regions"] {
        lab.goto(&server.url(&format!("/?topology={topology}&lang=en&kept=0")));
        lab.wait_running();
    }
    let state = visit(&lab);
    assert_eq!(state["have"], state["of"], "{state}");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn without_room_the_page_goes_on_with_its_server() {
    let published = Publication::new("quota");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("quota");
    page.before_documents(HASTE);
    page.goto(&server.url("/worker.js"));
    // Less than the build has, more than its first files.
    let list = fs::read_to_string(file(&published.out, "build-", ".json")).expect("the list of the build");
    let list: Vec<(String, (u64, String))> = serde_json::from_str(&list).expect("paths, lengths and hashes");
    let bytes: u64 = list.iter().map(|(_, (length, _))| length).sum();
    let quota = json!({"origin": server.url(""), "quotaSize": bytes * 3 / 4});
    page.call("Storage.overrideQuotaForOrigin", quota);
    let lab = Lab::in_page(page, &server, "?topology=standalone&lang=en&kept=0");
    lab.wait_running();
    let state = visit(&lab);
    assert!(state["have"].as_u64() < state["of"].as_u64() && state["full"] == json!(true), "{state}");
    lab.goto(&server.url("/?topology=milvus&lang=en&kept=0"));
    lab.wait_running();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn with_the_data_saver_on_only_what_was_used_is_kept() {
    let published = Publication::new("saver");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("saver");
    page.before_documents(HASTE);
    page.before_documents("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})");
    let lab = Lab::in_page(page, &server, "?topology=standalone&lang=en&kept=0");
    lab.wait_running();
    let state = visit(&lab);
    let (have, of) = (state["have"].as_u64().unwrap_or(0), state["of"].as_u64().unwrap_or(0));
    assert!(have >= 8 && have < of / 2, "{state}");
    lab.goto(&server.url("/?view=stored&lang=en"));
    lab.wait_for(
        "document.querySelector('[data-view=offline]')?.textContent.includes('saves data')",
        "the page to say that only what was used is kept",
    );
    server.stop();
    lab.goto(&server.url("/?topology=standalone&lang=en&kept=0"));
    lab.wait_running();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn views_keep_to_the_policy_and_ask_no_other_origin() {
    let published = Publication::new("policy");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("policy");
    page.before_documents(FORBIDDEN);
    let html = fs::read_to_string(published.out.join("index.html")).expect("the document");
    assert!(!html.contains("onclick=") && !html.contains("<script>"), "an inline script");
    let views = [
        "?lang=zh",
        "?topology=standalone&lang=en&kept=0",
        "?topology=replica-set:5&lang=zh&kept=0",
        "?topology=milvus&lang=en&kept=0",
        "?topology=two-regions&lang=zh&kept=0",
        "?lesson=kill-the-leader&lang=en&kept=0",
        "?view=stored&lang=zh",
        "?view=glossary&lang=en",
        "?view=failover&lang=en",
    ];
    for view in views {
        page.goto(&server.url(&format!("/{view}")));
        page.wait_for("document.querySelector('[data-state=running], .p-home main > *')", view);
        if view.contains("topology") || view.contains("lesson") {
            page.wait_seen("[data-state=running]");
        }
        page.frames(20);
        assert_eq!(page.eval("forbidden"), json!([]), "{view}");
        let elsewhere = page.eval(
            "performance.getEntriesByType('resource').map((e) => e.name).filter((name) => \
             !name.startsWith(location.origin) && !name.startsWith('data:') && !name.startsWith('blob:'))",
        );
        assert_eq!(elsewhere, json!([]), "{view}");
        assert_eq!(page.eval("document.cookie"), json!(""), "{view}");
    }
    page.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_folder_below_others_works_and_keeps_to_itself() {
    let published = Publication::new("below");
    let site = published.out.with_extension("site");
    drop(fs::remove_dir_all(&site));
    fs::create_dir_all(site.join("courses")).expect("a folder");
    fs::rename(&published.out, site.join("courses/lab")).expect("the page below other folders");
    let (server, browser) = (Server::of(&site), Browser::shared());
    let page = browser.page("below");
    page.before_documents(HASTE);
    page.goto(&server.url("/courses/lab/index.html?topology=standalone&lang=en&kept=0"));
    page.wait_seen("[data-state=running]");
    let state = visit(&page);
    assert_eq!(state["have"], state["of"], "{state}");
    let names = page.eval("caches.keys()");
    assert!(names[0].as_str().is_some_and(|name| name.contains("/courses/lab/ ")), "{names}");
    server.stop();
    page.goto(&server.url("/courses/lab/index.html?topology=milvus&lang=en&kept=0"));
    page.wait_seen("[data-state=running]");
    drop(fs::remove_dir_all(&site));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_frame_without_an_origin_runs_in_memory_on_any_server() {
    let published = Publication::new("sandbox");
    let (server, browser) = (published.serve(), Browser::shared());
    let sandbox = Reply::default().with("Content-Security-Policy", "sandbox allow-scripts");
    let readable = Reply::default().with("Access-Control-Allow-Origin", "*");
    let ways = [
        ("files script", vec![("index.html", sandbox.clone())]),
        ("allowed", vec![("index.html", sandbox.clone()), ("", readable)]),
    ];
    for (name, rules) in ways {
        server.misbehave(&rules);
        let page = browser.page("sandbox");
        page.before_documents(FORBIDDEN);
        page.goto(&server.url("/?topology=standalone&lang=en"));
        page.wait_seen("[data-state=running]");
        assert_eq!(page.eval("self.origin"), json!("null"));
        page.wait_seen("[data-banner=denied]");
        let answer = page.eval("quorumLab.do({op: 'run', us: 1000000})");
        assert_eq!(answer["ok"], json!(true), "{name}: {answer}");
        assert_eq!(page.eval("forbidden"), json!([]), "{name}");
        assert!(!page.eval("!!window.quorumOffline").as_bool().unwrap_or(true), "{name}: no service worker");
        page.close();
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn one_file_runs_without_a_server() {
    let published = Publication::new("single");
    let file = published.out.with_extension("html");
    quorum_dist::single_file(published.page.root(), &file, None).expect("a single file");
    let browser = Browser::shared();
    let page = browser.page("single");
    page.before_documents(FORBIDDEN);
    let at = format!("file://{}", file.canonicalize().expect("the file").display());
    for (query, lang) in [("topology=milvus&lang=en", "en"), ("lesson=kill-the-leader&lang=zh", "zh")] {
        page.goto(&format!("{at}?{query}"));
        page.wait_seen("[data-state=running]");
        let answer = page.eval("quorumLab.do({op: 'run', us: 1000000})");
        assert_eq!(answer["ok"], json!(true), "{lang}: {answer}");
        let asked = page.eval("performance.getEntriesByType('resource').map((e) => e.name.split(':')[0])");
        assert!(asked.as_array().is_some_and(|asked| asked.iter().all(|kind| kind != "file")), "{asked}");
    }
    // From the home page to a lesson by a click.
    page.goto(&format!("{at}?lang=en"));
    page.wait_seen("[data-lesson=kill-the-leader] a");
    page.click("[data-lesson=kill-the-leader] a");
    page.wait_seen("[data-state=running]");
    assert_eq!(page.eval("forbidden"), json!([]));
    page.goto(&format!("{at}?view=stored&lang=en"));
    page.wait_seen("[data-view=offline]");
    assert!(page.text("[data-view=offline]").contains("needs no server"));
    page.assert_quiet();
    drop(fs::remove_file(&file));

    // The published folder, opened from the disk.
    let folder = published.out.canonicalize().expect("the folder");
    page.goto(&format!("file://{}/index.html?topology=replica-set:3&lang=en", folder.display()));
    page.wait_seen("[data-state=running]");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_moment_is_saved_as_a_page_that_runs_without_a_server() {
    let published = Publication::new("moment");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("moment");
    // Keeps what the page saves instead of saving it.
    page.before_documents(
        "window.kept = null; URL.createObjectURL = (blob) => { blob.text().then((text) => { \
         window.kept = text; }); return '#'; };",
    );
    let lab = Lab::in_page(page, &server, "?topology=replica-set:3&seed=3&kept=0&speed=1&lang=en");
    lab.wait_running();
    for command in [
        json!({"op": "hold"}),
        json!({"op": "run", "us": 4_123_457}),
        json!({"op": "kill", "node": 2}),
        json!({"op": "run", "us": 9}),
    ] {
        assert_eq!(lab.run(&command)["ok"], true, "{command}");
    }
    let moment = lab.snapshot();
    lab.click("[data-act=share]");
    lab.wait_seen(".share-qr");
    lab.click("[data-act=share-page]");
    lab.wait_for("window.kept", "the page");
    assert!(lab.text("[data-view=share-status]").contains("replica-set-3.html"));
    let text = lab.eval("kept");
    let file = published.out.with_extension("moment.html");
    fs::write(&file, text.as_str().expect("a document")).expect("room for it");
    let alone = browser.page("moment-alone");
    alone.before_documents(FORBIDDEN);
    alone.goto(&format!("file://{}", file.canonicalize().expect("the file").display()));
    alone.wait_seen("[data-state=running]");
    let now = alone.eval("quorumLab.snapshot()");
    assert_eq!((&now["t_us"], &now["digest"]), (&moment["t_us"], &moment["digest"]));
    assert_eq!(alone.eval("forbidden"), json!([]));
    // It is the single file already: it has itself shared as a link or a file.
    alone.click("[data-act=share]");
    alone.wait_seen(".share-qr");
    assert_eq!(alone.eval("document.querySelectorAll('[data-act=share-page]').length"), 0);
    drop(fs::remove_file(&file));

    // A server that answers everything with its start page, or nothing at all.
    fs::copy(published.out.join("index.html"), published.out.join("lab.html")).expect("a start page");
    for gone in [false, true] {
        if gone {
            fs::remove_file(published.out.join("lab.html")).expect("it was there");
        }
        lab.eval("window.kept = null");
        lab.click("[data-act=share-page]");
        lab.wait_for(
            "document.querySelector('[data-view=share-status]').textContent.includes('lab.html')",
            "the reason",
        );
        assert_eq!(lab.eval("kept"), Value::Null, "{gone}");
        lab.click("[data-act=share-link]");
        lab.wait_for(
            "!document.querySelector('[data-view=share-status]').textContent.includes('lab.html')",
            "another status",
        );
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_is_stored_is_listed_and_erased() {
    let published = Publication::new("stored");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("stored");
    page.before_documents(HASTE);
    let lab = Lab::in_page(page, &server, "?lesson=crash-recovery&lang=en&kept=1");
    lab.wait_running();
    lab.click("[data-act=theme]");
    visit(&lab);
    lab.eval("localStorage.setItem('of-another-page', 'stays')");
    lab.goto(&server.url("/?view=stored&lang=en"));
    for name in ["quorum-lab/theme", "quorum-lab/crash-recovery"] {
        lab.wait_seen(&format!("[data-stored='{name}']"));
    }
    lab.wait_seen("[data-stored^='quorum-lab http']");
    lab.resize(320, 640);
    let over = lab.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert_eq!(over, json!(0), "the list does not fit into 320 px");
    lab.picture("stored-320.png");

    // One thing, by keyboard; the first answer keeps it.
    lab.tab_and_enter("[data-stored='quorum-lab/theme'] [data-act=erase-one]");
    lab.wait_for(
        "document.activeElement.dataset.act === 'erase-no'",
        "the focus on the answer that keeps it",
    );
    lab.press("Enter");
    lab.wait_for("!document.querySelector('[data-view=ask-erase]')", "the question to go");
    assert!(lab.sees("[data-stored='quorum-lab/theme']"));
    lab.click("[data-stored='quorum-lab/theme'] [data-act=erase-one]");
    lab.click("[data-act=erase-yes]");
    lab.wait_for("!document.querySelector('[data-stored=\"quorum-lab/theme\"]')", "it to be gone");

    lab.click("[data-act=erase-all]");
    lab.click("[data-act=erase-yes]");
    lab.wait_seen("[data-view=nothing]");
    let left = lab.eval(
        "(async () => [Object.keys(localStorage), (await indexedDB.databases()).map((d) => d.name), \
         await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length])()",
    );
    assert_eq!(left, json!([["of-another-page"], [], [], 0]));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn where_storage_is_denied_the_list_says_so() {
    let published = Publication::new("stored-denied");
    let (server, browser) = (published.serve(), Browser::shared());
    let sandbox = Reply::default().with("Content-Security-Policy", "sandbox allow-scripts");
    server.misbehave(&[("index.html", sandbox)]);
    let page = browser.page("stored-denied");
    page.goto(&server.url("/?view=stored&lang=zh"));
    page.wait_seen("[data-view=denied]");
    page.wait_seen("[data-view=nothing]");
    assert!(page.text("[data-view=denied]").contains("不让"));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn it_can_be_installed() {
    let published = Publication::new("manifest");
    let (server, browser) = (published.serve(), Browser::shared());
    let page = browser.page("manifest");
    page.goto(&server.url("/?lang=en"));
    let manifest = page.call("Page.getAppManifest", json!({}));
    assert_eq!(manifest["errors"], json!([]), "{manifest}");
    let read: Value = serde_json::from_str(manifest["data"].as_str().unwrap_or_default()).expect("JSON");
    let sizes: Vec<&str> =
        read["icons"].as_array().into_iter().flatten().filter_map(|i| i["sizes"].as_str()).collect();
    assert_eq!(sizes, ["any", "192x192", "512x512", "512x512"]);
    for icon in read["icons"].as_array().into_iter().flatten() {
        let at = icon["src"].as_str().unwrap_or_default();
        let loaded = page.eval(&format!(
            "new Promise((go) => {{ const i = new Image(); i.onload = () => go(i.naturalWidth); \
             i.onerror = () => go(0); i.src = '{at}'; }})"
        ));
        assert!(loaded.as_u64() > Some(100), "{at}: {loaded}");
    }
}
