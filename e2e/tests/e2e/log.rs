//! The log, waiting for something to happen, and the export of charts.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

const FIVE: &str = "?topology=replica-set:5&seed=3&kept=0&speed=1&lang=en";

/// Notes what the page saves, instead of saving it: the file's name and its text.
const NOTE_SAVED: &str = "window.saved = []; \
    const blobs = new Map(), made = URL.createObjectURL.bind(URL); \
    URL.createObjectURL = (blob) => { const url = made(blob); blobs.set(url, blob); return url; }; \
    HTMLAnchorElement.prototype.click = function () { \
        const blob = blobs.get(this.href), name = this.download; \
        if (blob) blob.text().then((text) => window.saved.push([name, text])); \
        else window.saved.push([name, this.href.slice(0, 40)]); };";

fn saved(lab: &Lab, n: usize) -> (String, String) {
    lab.wait_for(&format!("window.saved.length > {n}"), "a file to be saved");
    let pair = lab.eval(&format!("window.saved[{n}]"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&pair[0]), text(&pair[1]))
}

/// A run with a dead leader and its successor.
fn failed_over(lab: &Lab) {
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 6_000_000}));
    lab.run(&json!({"op": "kill", "node": 1}));
    lab.run(&json!({"op": "run", "us": 10_000_000}));
}

fn rows(lab: &Lab) -> u64 {
    number(&lab.eval("document.querySelectorAll('[data-view=log] .log-l li').length"))
}

fn choose(lab: &Lab, select: &str, value: &str) {
    lab.eval(&format!(
        "(() => {{ const select = document.querySelector('[data-act={select}]'); select.value = '{value}'; \
         select.dispatchEvent(new Event('change', {{bubbles: true}})); }})()"
    ));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_log_is_searched_filtered_saved_and_leads_to_its_moments() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "log");
    failed_over(&lab);
    lab.eval(NOTE_SAVED);
    lab.press("/");
    lab.wait_seen("[data-view=log]");
    lab.wait_for("document.activeElement.id === 'log-query'", "the search to have the focus");
    let all = rows(&lab);
    assert!(all > 5, "{all}");
    choose(&lab, "log-about", "faults");
    lab.wait_for(&format!("document.querySelectorAll('.log-l li').length < {all}"), "fewer rows");
    choose(&lab, "log-node", "1");
    lab.wait_for("document.querySelectorAll('.log-l li').length === 1", "the kill alone");
    lab.click("[data-menu=log] > button");
    lab.wait_for("document.activeElement.dataset.item === 'copy'", "the focus in the menu");
    lab.click("[data-item=jsonl]");
    let (name, text) = saved(&lab, 0);
    assert_eq!(name, "quorum-lab-log.jsonl");
    let event: Value = serde_json::from_str(text.trim()).expect("a line of JSON");
    assert_eq!((&event["kind"], &event["node"]), (&json!("killed"), &json!(1)));
    // By keyboard from the search to the row, and to its moment.
    lab.eval("document.getElementById('log-query').focus()");
    lab.call("Input.dispatchKeyEvent", json!({"type": "keyDown", "key": "ArrowDown", "code": "ArrowDown"}));
    lab.wait_for("document.activeElement.dataset.act === 'seek-to'", "the focus on the row");
    lab.press("Enter");
    lab.wait_snapshot("the moment of the kill", |now| now["t_us"] == event["t_us"]);
    assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("seek-to"), "the focus stays");
    lab.press("Escape");
    lab.wait_for("!document.querySelector('[data-view=log]')", "the log to close");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_stops_right_after_what_it_waits_for() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "until");
    failed_over(&lab);
    let now = lab.snapshot();
    let leader =
        now["nodes"].as_array().expect("nodes").iter().find(|node| node["role"] == "leader").expect("leads");
    lab.run(&json!({"op": "kill", "node": leader["id"]}));
    lab.click("[data-menu=until] > button");
    lab.click("[data-menu=until] [data-item=leader]");
    lab.wait_seen(".notice");
    let stopped = lab.wait_snapshot("an election", |later| later["t_us"] != now["t_us"]);
    let answer = lab.run(&json!({"op": "run_until", "what": "leader"}));
    assert!(["campaigned", "became_leader"].contains(&answer["event"]["kind"].as_str().unwrap_or_default()));
    assert!(number(&answer["t_us"]) >= number(&stopped["t_us"]));
    let before = number(&lab.snapshot()["t_us"]);
    lab.press("n");
    lab.wait_snapshot("the next event", |later| number(&later["t_us"]) > before);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_run_until_something_happens_is_stopped_by_key_and_by_button() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "until-stop");
    lab.run(&json!({"op": "hold"}));
    assert!(!lab.sees("[data-act=stop]"), "nothing runs");
    for way in ["Escape", "click"] {
        // No invariant breaks; a year of heartbeats takes hours.
        lab.eval(
            "window.ended = null; quorumLab.do({op: 'run_until', what: 'invariant', most_us: 31_622_400_000_000}) \
             .then((answer) => { ended = answer; }); 0",
        );
        lab.wait_seen("[data-act=stop]");
        let before = number(&lab.snapshot()["t_us"]);
        lab.wait_snapshot("time to pass", |now| number(&now["t_us"]) > before);
        if way == "Escape" {
            lab.press("Escape");
        } else {
            lab.click("[data-act=stop]");
        }
        lab.wait_for("ended !== null", "the answer of the run");
        let answer = lab.eval("ended");
        assert_eq!(
            (&answer["ok"], &answer["stopped"], &answer["event"]),
            (&json!(true), &json!(true), &json!(null))
        );
        lab.wait_seen("[data-act=play]");
        let stopped = number(&answer["t_us"]);
        assert!(stopped > 0 && stopped < 31_622_400_000_000, "{way}: {stopped}");
        lab.frames(5);
        assert_eq!(number(&lab.snapshot()["t_us"]), stopped, "{way}: time stands where it was stopped");
        if way == "click" {
            assert_eq!(
                lab.eval("document.activeElement.dataset.act"),
                json!("play"),
                "the button keeps the focus"
            );
        }
    }
    // Where nothing runs, it does nothing.
    assert_eq!(lab.run(&json!({"op": "stop_run"}))["ok"], true);
    // The pace goes on from there.
    let stopped = number(&lab.snapshot()["t_us"]);
    lab.run(&json!({"op": "play"}));
    lab.wait_snapshot("time to go on", |now| number(&now["t_us"]) > stopped);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_chart_is_saved_as_picture_and_as_numbers() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "chart");
    failed_over(&lab);
    lab.eval(NOTE_SAVED);
    for (n, item) in ["csv", "svg", "png"].into_iter().enumerate() {
        lab.click("[data-chart=phases] [data-menu=export] > button");
        lab.click(&format!("[data-chart=phases] [data-item={item}]"));
        let (name, text) = saved(&lab, n);
        assert_eq!(name, format!("quorum-lab-phases.{item}"));
        match item {
            "csv" => {
                let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
                assert_eq!(lines[0], "Phase,from (s),to (s)");
                assert!(lines.len() > 2 && lines[1].contains(",0,"), "{text}");
            }
            "svg" => assert!(text.starts_with("<svg") && text.contains("style="), "{}", &text[..60]),
            _ => assert!(text.starts_with("data:image/png;base64,"), "{text}"),
        }
    }
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_large_stage_is_enlarged_by_keyboard_and_shows_what_is_selected() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=milvus&kept=0&lang=en&speed=1", "zoom");
    lab.run(&json!({"op": "hold"}));
    lab.wait_seen(".zm [data-pod]");
    let speed = lab.text(".speed-v");
    lab.eval("document.querySelector('.zm [data-pod]').focus()");
    for _ in 0..3 {
        lab.press("+");
    }
    lab.wait_for("Number(document.querySelector('.zm').dataset.scale) > 2", "the stage to be enlarged");
    assert_eq!(lab.text(".speed-v"), speed, "the key is the stage's");
    // Every pod that gets the focus is in view.
    let inside = "(() => { const pod = document.activeElement.getBoundingClientRect(), \
         frame = document.querySelector('.zm').getBoundingClientRect(); \
         return document.activeElement.matches('[data-pod]') && pod.left >= frame.left \
         && pod.right <= frame.right; })()";
    for _ in 0..6 {
        lab.press("ArrowRight");
        lab.wait_for(inside, "the pod with the focus to be in view");
    }
    lab.click("[data-act=zoom-fit]");
    lab.wait_for("document.querySelector('.zm').dataset.scale === '1.00'", "the whole stage");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_timeline_shows_a_part_of_the_run() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "timeline-window");
    failed_over(&lab);
    lab.eval("document.querySelector('[data-act=seek]').focus()");
    for _ in 0..2 {
        lab.call(
            "Input.dispatchKeyEvent",
            json!({"type": "keyDown", "key": "+", "code": "Equal", "modifiers": 2}),
        );
    }
    lab.wait_seen("[data-act=window]");
    let span = "Number(document.querySelector('[data-act=seek]').max) \
         - Number(document.querySelector('[data-act=seek]').min)";
    assert!(lab.eval(span).as_f64().is_some_and(|span| span < 6.0));
    // The present stays in view when it is elsewhere.
    lab.run(&json!({"op": "seek", "t_us": 1_000_000}));
    lab.wait_for("Number(document.querySelector('[data-act=seek]').min) <= 1", "the window to follow");
    lab.call(
        "Input.dispatchKeyEvent",
        json!({"type": "keyDown", "key": "0", "code": "Digit0", "modifiers": 2}),
    );
    lab.wait_for("!document.querySelector('[data-act=window]')", "the whole run");
    lab.assert_quiet();
}
