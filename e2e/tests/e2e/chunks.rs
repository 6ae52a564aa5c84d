//! Chunks of the program: fetched with the world that needs them; where one is missing, the page or the answer says so,
//! and trying again helps.

use e2e::{Browser, Lab, Reply, Server};
use serde_json::json;

use crate::start::FAST;

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_world_brings_its_own_code_and_no_other() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "chunks-own");
    let asked = |server: &Server| {
        let files = server.take_asked().into_iter();
        files
            .map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned())
            .collect::<Vec<_>>()
    };
    let has = |files: &[String], word: &str| files.iter().any(|file| file.contains(word));
    let first = asked(&server);
    for own in ["cluster_views", "replica_set_world"] {
        assert!(has(&first, own), "{own} in {first:?}");
    }
    for other in ["engine_", "milvus", "regions", "home", "drills", "schedule_search"] {
        assert!(!has(&first, other), "{other} in {first:?}");
    }
    let opened = lab.eval("quorumLab.open({topology: 'two-regions', kept: false, lang: 'en'})");
    assert_eq!(opened["ok"], json!(true), "{opened}");
    lab.wait_seen("[data-view=compare]");
    let then = asked(&server);
    assert!(has(&then, "regions_views") && has(&then, "regions_world"), "{then:?}");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_whose_code_is_missing_is_refused_and_opens_when_it_is_there_again() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "chunks-world");
    server.misbehave(&[("regions_world", Reply::missing())]);
    let open = "quorumLab.open({topology: 'two-regions', kept: false, lang: 'en'})";
    let refused = lab.eval(open);
    assert_eq!(
        (&refused["ok"], &refused["code"]),
        (&json!(false), &json!("program_incomplete")),
        "{refused}"
    );
    lab.wait_seen("[data-state=refused] [data-banner]");
    let said = lab.text("[data-banner]");
    assert!(said.contains("could not be fetched") && said.contains("regions_world"), "{said}");
    server.misbehave(&[]);
    lab.take_complaints();
    let opened = lab.eval(open);
    assert_eq!(opened["ok"], json!(true), "{opened}");
    lab.wait_seen("[data-state=running] [data-view=compare]");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn views_that_are_missing_leave_the_page_as_it_was_until_they_are_there() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "chunks-views");
    lab.wait_seen("[data-lesson=kill-the-leader] a");
    server.misbehave(&[("cluster_views", Reply::missing())]);
    lab.click("[data-lesson=kill-the-leader] a");
    lab.wait_seen("[data-banner=texts]");
    assert!(lab.sees("[data-lesson=kill-the-leader] a"), "the home page has gone");
    server.misbehave(&[]);
    lab.take_complaints();
    lab.click("[data-act=texts]");
    lab.wait_running();
    lab.wait_seen("main.stage svg");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn views_whose_download_has_stopped_are_fetched_again() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("chunks-stalled");
    page.before_documents(FAST);
    let lab = Lab::in_page(page, &server, "?lang=en");
    lab.wait_seen("[data-lesson=kill-the-leader] a");
    server.misbehave(&[("cluster_views.wasm", Reply::stalled(300))]);
    lab.click("[data-lesson=kill-the-leader] a");
    lab.wait_seen("[data-banner=texts]");
    server.misbehave(&[]);
    lab.take_complaints();
    lab.click("[data-act=texts]");
    lab.wait_seen("main.stage [data-node='1']");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_host_may_serve_chunks_under_any_type() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    server.misbehave(&[
        ("_views.wasm", Reply::typed("text/plain")),
        ("_world.wasm", Reply::typed("text/plain")),
    ]);
    let lab = Lab::open(&browser, &server, "?topology=standalone&kept=0&lang=en", "chunks-type");
    lab.wait_seen("main.stage");
    assert_eq!(lab.answer(&json!({"op": "run", "us": 1_000_000}))["ok"], true);
    lab.assert_quiet();
}
