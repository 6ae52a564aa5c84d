//! Two programs of one crate: the address chooses which is fetched, and the small one hands over to the whole one.

use std::fs;

use e2e::{Browser, Copy, Lab, Server};
use serde_json::json;

/// The programs that were fetched since the last call, by the first word of their names.
fn programs(server: &Server) -> Vec<String> {
    let files = server.take_asked();
    let names = files.iter().filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
    let programs = names.filter(|name| name.ends_with(".wasm"));
    programs.map(|name| name.split('-').nth(1).unwrap_or_default().to_owned()).collect()
}

/// Waits until the other program has drawn, which has a handle of its own.
fn wait_handed_over(lab: &Lab) {
    lab.wait_for("quorumLab !== small && document.querySelector('main')", "the whole program");
}

#[test]
fn the_address_chooses_the_program() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let check = |query: &str, program: &str| {
        let lab = Lab::at(&browser, &server, query, "programs");
        lab.eval("quorumLab.ready");
        assert_eq!(programs(&server), [program], "{query}");
        lab.assert_quiet();
        lab.close();
    };
    check("", "lab");
    check("?lesson=kill-the-leader", "lab");
    check("?topology=standalone", "lab");
    check("?topology=milvusish", "lab");
    check("?lesson=kill-the-leader&topology=milvus", "lab");
    // Whoever has begun the course finds it at home as the whole program shows it, unless the address asks for the small one.
    let lab = Lab::at(&browser, &server, "?program=small", "programs");
    lab.eval("localStorage.setItem('quorum-lab/progress/kill-the-leader', '{}')");
    lab.close();
    programs(&server);
    check("?program=small", "lab");
    check("", "whole");
    check("?topology=milvus", "whole");
    check("?topology=milvus:replicas=1&lang=en", "whole");
    check("?topology=two-regions", "whole");
    check("?program=whole", "whole");
}

#[test]
fn the_whole_program_opens_what_the_small_one_does() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?program=whole&lang=en", "programs-whole");
    lab.click("[data-lesson=kill-the-leader] a");
    lab.wait_seen("[data-node='1']");
    lab.wait_running();
    // The worker has the module that the page has.
    assert_eq!(programs(&server), ["whole"]);
    assert!(lab.eval("location.search").as_str().is_some_and(|query| query.contains("program=whole")));
    lab.assert_quiet();
}

#[test]
fn a_script_that_asks_for_more_keeps_its_handle_and_its_listeners() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en&theme=dark", "programs-open");
    lab.eval(
        "window.small = quorumLab; window.heard = []; window.unwanted = 0; \
         window.stop = small.on('event', (event) => heard.push(event.kind)); \
         small.on('event', () => unwanted++)(); void 0",
    );
    assert_eq!(programs(&server), ["lab"]);
    // Two at once have one successor.
    let answers =
        lab.eval("Promise.all([small.open({topology: 'milvus'}), small.open({topology: 'milvus'})])");
    for answer in answers.as_array().into_iter().flatten() {
        assert_ne!(answer["code"], "no_program", "{answers}");
    }
    wait_handed_over(&lab);
    assert_eq!(programs(&server), ["whole"]);
    assert_eq!(lab.workers(), 1, "the small program's worker has ended");
    assert_eq!(
        lab.eval("[document.documentElement.lang, document.documentElement.dataset.theme]"),
        json!(["en", "dark"])
    );

    lab.eval("void (heard.length = 0)");
    let opened = lab.eval("small.open({lesson: 'kill-the-leader', lang: 'en'})");
    assert_eq!(opened["ok"], true, "{opened}");
    lab.wait_seen("[data-node='1']");
    lab.wait_for("heard.includes('became_leader')", "an event for who listened before");
    lab.eval("stop(); void (heard.length = 0)");
    assert_eq!(lab.eval("small.do({op: 'run', us: 1000000})")["ok"], true);
    assert_eq!(lab.eval("[heard.length, unwanted]"), json!([0, 0]), "events after the end");
    assert_eq!(programs(&server), Vec::<String>::new());
}

#[test]
fn a_whole_program_that_cannot_be_fetched_leaves_the_page_as_it_was() {
    let page = Copy::new("programs-away");
    let (server, browser) = (Server::of(page.root()), Browser::shared());
    let program = page.program("quorum-whole");
    let away = program.with_extension("away");
    fs::rename(&program, &away).expect("moved");

    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "programs-away");
    lab.eval("void (window.small = quorumLab)");
    let refused = lab.eval("quorumLab.open({topology: 'milvus'})");
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"no_program".into()), "{refused}");
    assert!(lab.sees("[data-state=running]"), "the run has gone");
    assert_eq!(lab.answer(&json!({"op": "run", "us": 1000}))["ok"], true);

    // A person who comes to it by the browser's own buttons is told, and may try again.
    lab.eval("history.pushState(null, '', '?topology=milvus&lang=en'); history.back()");
    lab.wait_for("location.search.includes('replica-set')", "the browser to go back");
    lab.eval("history.forward()");
    lab.wait_seen("[data-banner=texts]");
    assert!(lab.sees("[data-state=running]"), "the run has gone");

    fs::rename(&away, &program).expect("moved");
    lab.take_complaints();
    lab.click("[data-act=texts]");
    wait_handed_over(&lab);
    assert!(lab.eval("location.search").as_str().is_some_and(|query| query.contains("topology=milvus")));
    lab.assert_quiet();
}

#[test]
fn a_search_runs_in_a_worker_of_the_whole_program() {
    let page = Copy::new("programs-hunt");
    let (server, browser) = (Server::of(page.root()), Browser::shared());
    let program = page.program("quorum-whole");
    let away = program.with_extension("away");
    fs::rename(&program, &away).expect("moved");

    let lab = Lab::open(&browser, &server, "?topology=replica-set:5&kept=0&lang=en", "programs-hunt");
    assert_eq!(programs(&server), ["lab"]);
    let refused = lab.eval("quorumLab.hunt({seeds: 1, events: 500})");
    assert_eq!((&refused["ok"], &refused["code"]), (&false.into(), &"no_program".into()), "{refused}");
    assert_eq!(lab.workers(), 1);

    fs::rename(&away, &program).expect("moved");
    lab.take_complaints();
    let done = lab.eval("quorumLab.hunt({seeds: 2, events: 500})");
    assert_eq!((&done["ok"], &done["tried"]), (&true.into(), &2.into()), "{done}");
    assert_eq!((programs(&server), lab.workers()), (vec!["whole".to_owned()], 2));
    // The run beside it is the same, and the next search needs nothing.
    assert!(lab.sees("[data-state=running]"));
    assert_eq!(lab.eval("quorumLab.hunt({seeds: 1, events: 500})")["ok"], true);
    assert_eq!(programs(&server), Vec::<String>::new());
    lab.assert_quiet();
}
