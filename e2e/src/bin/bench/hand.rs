//! Measures how soon the page is usable, and how long it is blocked while the engine works hard: as ratios to work of a
//! known size in the same browser, because absolute times depend on the machine.
//!
//! Guarantees: each measurement uses its own storage; a browser that fails to report a long task is an error. Leaves
//! out: whether the results are correct, which the tests check.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use e2e::lab::number;
use e2e::lessons::{choose, hostile};
use e2e::{Browser, Copy, Lab, Link, Page, Reply, Server};
use quorum_drill::{Batch, Plan};
use serde_json::{Value, json};

use super::{PATIENCE, at_most};

/// Maximum time until a lesson is drawn, as a multiple of what the browser alone takes for an empty page and for
/// fetching and compiling the same program.
const TO_BROWSER: f64 = 4.0;
/// The longest task of the page while 100,000 rows are inserted or 1,000 failovers are played, as a multiple of the
/// known work.
const TASK: f64 = 2.5;
/// How long one hostile call, or a lesson that never settles, may block the page, as a multiple of the known work.
const CALL: f64 = 100.0;
/// The same for a parent page that sends ten thousand messages.
const FLOOD: f64 = 50.0;
/// Maximum time of 1,000 failovers in the page, as a multiple of the same on one native core.
const TO_NATIVE_DRILLS: f64 = 2.0;
/// Number of failovers played.
const DRILLS: u64 = 1_000;
/// Repetitions of short measurements.
const ROUNDS: usize = 5;

/// Runs all of these measurements; returns whether every limit is kept.
pub(crate) fn at_hand(server: &Server) -> bool {
    println!("\nthe page at hand, beside work of a known size:");
    // All of them run, even if the first fails.
    [usable(server), rows(server), drills(server), calls(server), lesson(server), flood(server)]
        .into_iter()
        .all(|kept| kept)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Milliseconds for twenty million steps of a simple loop in this page: the unit of time.
fn known_work(page: &Page) -> f64 {
    let times = page.eval(
        "(() => { const work = () => { let x = 1; for (let i = 0; i < 2e7; i++) x = (Math.imul(x, 1664525) + \
         1013904223) | 0; return x; }; \
         const times = []; window.worked = 0; for (let round = 0; round < 7; round++) { const from = \
         performance.now(); \
         window.worked ^= work(); times.push(performance.now() - from); } return times; })()",
    );
    median(times.as_array().into_iter().flatten().filter_map(Value::as_f64).collect())
}

/// The program of the served page.
fn program(server: &Server) -> PathBuf {
    let files = fs::read_dir(server.root()).expect("the built page").flatten().map(|entry| entry.path());
    let is_program = |path: &PathBuf| path.to_string_lossy().ends_with("_bg.wasm");
    let mut programs = files.filter(is_program);
    programs.next().expect("a program in the built page")
}

/// From before the navigation until the first node of a lesson is drawn.
fn usable(server: &Server) -> bool {
    let program = program(server);
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mut ours, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let browser = Browser::shared();
        let page = browser.page("usable");
        let began = Instant::now();
        let lab = Lab::in_page(page, server, "?lesson=kill-the-leader&lang=zh&kept=0");
        lab.eval("quorumLab.ready");
        lab.wait_seen("[data-node='1']");
        ours.push(began.elapsed().as_secs_f64());
        lab.close();
        let browser = Browser::shared();
        let page = browser.page("empty");
        let began = Instant::now();
        page.goto(&server.url("/worker.js"));
        page.eval(&format!("WebAssembly.compileStreaming(fetch('/{name}')).then(() => true)"));
        alone.push(began.elapsed().as_secs_f64());
        page.close();
    }
    let (ours, alone) = (median(ours), median(alone));
    println!(
        "  usable after {ours:.2} s; the browser alone takes {alone:.2} s for an empty page and the program"
    );
    at_most("usable to the browser alone, time", ours / alone, TO_BROWSER)
}

/// A slow line: 9 Mbit/s, with 165 ms to the host and back.
const LINE: Link = Link { latency: Duration::from_millis(165), bytes_per_s: 9e6 / 8.0 };

/// Prints how soon a lesson's text and its stage are there, compressed with Brotli, over loopback and over a slow line.
/// Seconds depend on the machine, so that they are reported and not checked.
pub(super) fn arrival() {
    let page = Copy::compressed("arrival");
    let server = Server::of(page.root());
    server.misbehave(&[("", Reply::default().with("Content-Encoding", "br"))]);
    for (lesson, stage) in [
        ("crash-recovery", "main.stage svg, main.stage [data-view]"),
        ("kill-the-leader", "[data-node='1']"),
        ("coordinator-lease", "main.stage [data-pod]"),
        ("fencing-and-fail-back", "main.stage [data-region]"),
    ] {
        for (line, link) in [("loopback", None), ("9 Mbit/s, 165 ms", Some(LINE))] {
            server.set_link(link);
            let (mut texts, mut stages) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                // Each visit has its own empty storage and caches.
                let browser = Browser::shared();
                let tab = browser.page("arrival");
                let began = Instant::now();
                let lab = Lab::in_page(tab, &server, &format!("?lesson={lesson}&lang=zh&kept=0"));
                lab.wait_seen("section.lesson h1, section.lesson h2, .lesson");
                texts.push(began.elapsed().as_secs_f64());
                lab.wait_seen(stage);
                stages.push(began.elapsed().as_secs_f64());
                lab.close();
            }
            let (text, stage) = (median(texts), median(stages));
            println!(
                "  {lesson}, {line}: text after {text:.2} s, stage after {stage:.2} s (targets 1.0, 3.5)"
            );
        }
    }
}

/// Starts to record the page's tasks over 50 ms, and checks that they are reported at all.
fn watch_tasks(page: &Page) {
    page.eval(
        "window.tasks = []; new PerformanceObserver((list) => { \
             for (const task of list.getEntries()) tasks.push(task.duration) \
         }).observe({type: 'longtask'}); \
         setTimeout(() => { const from = performance.now(); while (performance.now() - from < 80); }); void 0",
    );
    page.wait_for("tasks.some((ms) => ms >= 80)", "the browser to report a long task");
    page.eval("void (tasks.length = 0)");
}

/// The longest of them; tasks below 50 ms are not reported and count as zero.
fn longest_task(page: &Page) -> f64 {
    page.listen(Duration::from_millis(300));
    page.eval("Math.max(0, ...tasks)").as_f64().unwrap_or(f64::INFINITY)
}

fn rows(server: &Server) -> bool {
    let browser = Browser::shared();
    let lab = Lab::open(&browser, server, "?topology=standalone&kept=1&lang=en", "rows");
    let unit = known_work(&lab);
    watch_tasks(&lab);
    lab.run(&json!({"op": "insert", "rows": 100_000}));
    let longest = longest_task(&lab);
    println!("  100,000 rows: longest task {longest:.0} ms; the known work takes {unit:.1} ms");
    at_most("longest task to the known work, 100,000 rows", longest / unit, TASK)
}

fn drills(server: &Server) -> bool {
    let browser = Browser::shared();
    let lab = Lab::open(&browser, server, "?topology=milvus&lang=en&kept=0", "drills");
    lab.run(&json!({"op": "hold"}));
    let unit = known_work(&lab);
    watch_tasks(&lab);
    lab.eval(&format!(
        "window.began = performance.now(); void quorumLab.drill({{scenario: 'failover-coordinator', seed: 1, runs: \
         {DRILLS}}}) \
             .then((answer) => {{ window.drilled = [performance.now() - began, answer.ok]; }})"
    ));
    lab.wait_within(PATIENCE, "window.drilled", "the failovers to be over");
    let longest = longest_task(&lab);
    let answer = lab.eval("drilled");
    let ours = answer[0].as_f64().unwrap_or(f64::INFINITY) / 1e3;
    let began = Instant::now();
    let plan = Plan {
        runbook: None,
        scenario: "failover-coordinator".to_owned(),
        seed: Some(1),
        runs: DRILLS,
        set: Vec::new(),
    };
    let natively = Batch::new(plan).and_then(Batch::finish).is_ok();
    let native = began.elapsed().as_secs_f64();
    println!(
        "  {DRILLS} failovers: {ours:.1} s in the page, {native:.1} s natively; longest task {longest:.0} ms"
    );
    let quick = at_most("failovers in the page to native ones, time", ours / native, TO_NATIVE_DRILLS);
    let free = at_most("longest task to the known work, failovers", longest / unit, TASK);
    natively && answer[1] == true && quick && free
}

/// The calls of `e2e/tests/e2e/hostile_calls.rs`, or enough of them to show the longest.
fn calls(server: &Server) -> bool {
    let browser = Browser::shared();
    let lab = Lab::open(&browser, server, "?topology=replica-set:3&kept=0&lang=en", "hostile");
    let unit = known_work(&lab);
    let mut slowest = (0.0, String::new());
    for batch in 0..20 {
        lab.eval("quorumLab.open({topology: 'replica-set:3', kept: false, speed: 1, lang: 'en'})");
        let got = lab.eval(&format!("({HOSTILE_CALLS})(1, {batch}, 50)"));
        let took = got["slowest"][0].as_f64().unwrap_or(f64::INFINITY);
        if took > slowest.0 {
            slowest = (took, got["slowest"][1].to_string().chars().take(80).collect());
        }
    }
    println!("  1,000 hostile calls: the longest held the page up for {:.0} ms: {}", slowest.0, slowest.1);
    at_most("longest call to the known work", slowest.0 / unit, CALL)
}

const HOSTILE_CALLS: &str = include_str!("../../../tests/e2e/hostile_calls.js");

/// Records the longest time between two ticks of a timer.
const BEAT: &str = "window.longest = 0; { let last = performance.now(); setInterval(() => { \
    const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 10); }";

fn lesson(server: &Server) -> bool {
    let browser = Browser::shared();
    let lab = Lab::at(&browser, server, "?view=open&lang=en", "lesson");
    choose(&lab, "lesson-file", "mine.txt", &hostile());
    lab.wait_running();
    let unit = known_work(&lab);
    lab.eval(BEAT);
    lab.click("[data-act=next]");
    lab.open_hints();
    lab.begin(&json!({"op": "speed", "x": 1000}));
    lab.begin(&json!({"op": "show_me"}));
    lab.begin(&json!({"op": "run", "us": 600_000_000}));
    lab.listen(Duration::from_secs(6));
    let longest = lab.eval("longest").as_f64().unwrap_or(f64::INFINITY);
    let events = number(&lab.snapshot()["events"]);
    println!(
        "  a lesson that never rests, {events} events: the page was held up for {longest:.0} ms at most"
    );
    at_most("held up to the known work, lesson", longest / unit, CALL)
}

fn flood(server: &Server) -> bool {
    let browser = Browser::shared();
    let html = "<!doctype html><title>host</title><link rel=icon href='data:,'>\
        <iframe src='/?embed=1&lang=en&lesson=kill-the-leader&kept=0' style='width:720px;height:540px'></iframe>";
    server.misbehave(&[("host.html", Reply::text("text/html; charset=utf-8", html))]);
    let page = browser.page("flood");
    page.goto(&server.url("/host.html"));
    page.eval("void (window.frame = document.querySelector('iframe'))");
    page.wait_for("frame.contentDocument?.querySelector('[data-state=running]')", "the lab to run");
    server.misbehave(&[]);
    let unit = known_work(&page);
    page.eval(&format!("frame.contentWindow.eval({})", json!(BEAT)));
    page.eval(
        "for (let i = 0; i < 10000; i++) frame.contentWindow.postMessage({quorumLab: i % 3 == 0 ? 'hello' : \
         i % 3 == 1 ? {lang: i % 2 ? 'zh' : 'en'} : {theme: i % 2 ? 'dark' : 'light'}}, '*'); \
         frame.contentWindow.postMessage({quorumLab: {lang: 'zh', theme: 'light'}}, '*'); void 0",
    );
    page.wait_for("frame.contentDocument.documentElement.lang === 'zh-CN'", "the last wish to be fulfilled");
    page.listen(Duration::from_millis(500));
    let longest = page.eval("frame.contentWindow.longest").as_f64().unwrap_or(f64::INFINITY);
    println!("  10,000 messages of a parent: the frame was held up for {longest:.0} ms at most");
    at_most("held up to the known work, messages", longest / unit, FLOOD)
}
