//! Going to other moments in the page: the slider, steps back, undo, lines of time and their comparison; a kept run as
//! a copy.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

const FIVE: &str = "?topology=replica-set:5&seed=3&kept=0&speed=1&lang=en";

fn second(lab: &Lab) -> f64 {
    number(&lab.snapshot()["t_us"]) as f64 / 1e6
}

fn run_to(lab: &Lab, t_s: f64) {
    let us = ((t_s - second(lab)) * 1e6).round() as u64;
    lab.run(&json!({"op": "run", "us": us}));
}

/// Moves the slider as a drag does, in several steps.
fn drag_to(lab: &Lab, t_s: f64) {
    lab.eval(&format!(
        "(() => {{ const slider = document.querySelector('[data-act=seek]'); \
         for (const part of [0.5, 0.8, 1]) {{ \
         slider.value = slider.valueAsNumber + ({t_s} - slider.valueAsNumber) * part; \
         slider.dispatchEvent(new InputEvent('input', {{bubbles: true}})); }} }})()"
    ));
    lab.wait_snapshot("the moment under the slider", |s| (number(&s["t_us"]) as f64 / 1e6 - t_s).abs() < 0.3);
}

fn current(lab: &Lab) -> Value {
    lab.snapshot()["timeline"]["line"].clone()
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_slider_goes_back_and_an_action_there_starts_a_line_to_compare() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "time-slider");
    lab.run(&json!({"op": "hold"}));
    run_to(&lab, 6.0);
    lab.run(&json!({"op": "kill", "node": 1}));
    run_to(&lab, 14.0);
    let end = lab.snapshot();

    // Back, and what lies ahead is still drawn; time that passes repeats it.
    drag_to(&lab, 4.0);
    lab.wait_seen(".sc-ahead");
    assert_eq!(lab.snapshot()["nodes"][0]["alive"], true);
    assert_eq!(lab.snapshot()["timeline"]["repeats"], true);
    run_to(&lab, 14.0);
    assert_eq!(lab.snapshot()["digest"], end["digest"]);
    // The slider goes no further than the line.
    lab.eval(
        "(() => { const slider = document.querySelector('[data-act=seek]'); slider.value = slider.max; \
         slider.dispatchEvent(new InputEvent('input', {bubbles: true})); })()",
    );
    lab.wait_snapshot("the end of the line", |s| s["t_us"] == end["t_us"]);

    // Another action at the same moment is another line.
    drag_to(&lab, 5.0);
    lab.run(&json!({"op": "kill", "node": 3}));
    run_to(&lab, 14.0);
    lab.wait_seen("[data-view=lines] [data-line='1'][aria-current=true]");
    assert_eq!(current(&lab), json!(1));
    lab.click("[data-act=compare][data-line='0']");
    lab.wait_seen("[data-view=comparison] .cmp-st svg");
    let two = "[...document.querySelectorAll('[data-view=comparison] .cmp-st [data-node]')]\
               .filter((node) => node.dataset.role === 'down').map((node) => node.dataset.node).join()";
    assert_eq!(lab.eval(two), json!("1,3"), "each line has its own dead node, the earlier line first");
    lab.press("Escape");
    lab.wait_for("!document.querySelector('[data-view=comparison]')", "the comparison to close");

    // And back to the first line, at the same moment.
    lab.click("[data-act=line][data-line='0']");
    lab.wait_snapshot("the first line", |s| s["timeline"]["line"] == 0);
    assert_eq!(lab.snapshot()["digest"], end["digest"]);
    lab.assert_quiet();
}

#[test]
fn the_keyboard_alone_goes_back_undoes_and_seeks() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "time-keys");
    lab.run(&json!({"op": "hold"}));
    run_to(&lab, 6.0);
    let before = lab.snapshot();
    lab.press("2");
    lab.press("k");
    lab.wait_snapshot("the second node to be killed", |s| s["nodes"][1]["alive"] == false);
    let events = number(&lab.snapshot()["events"]);
    // One event back is before the kill, one forward is after it.
    lab.press("ArrowLeft");
    lab.wait_snapshot("one event back", |s| number(&s["events"]) < events);
    assert_eq!(lab.snapshot()["nodes"][1]["alive"], true);
    lab.press("ArrowRight");
    lab.wait_snapshot("one event forward", |s| number(&s["events"]) == events);
    assert_eq!(lab.snapshot()["nodes"][1]["alive"], false);
    lab.tab_and_enter("[data-act=undo]");
    lab.wait_snapshot("the kill to be undone", |s| s["digest"] == before["digest"]);
    assert_eq!(current(&lab), json!(1), "the line with the kill stays");
    // The slider takes arrow keys as any slider does, and does not pass them on.
    lab.eval("document.querySelector('[data-act=seek]').focus()");
    lab.press("ArrowLeft");
    lab.wait_snapshot("a moment before", |s| number(&s["t_us"]) < 6_000_000);
    assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("seek"));
    // A sentence of the story leads to its moment.
    lab.click(".say-more");
    // Those that lie ahead of the present are listed too.
    lab.click(".say-all li:not(.log-ahead) [data-act=seek-to]");
    lab.wait_snapshot("the newest sentence", |s| number(&s["t_us"]) < 5_900_000);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_kept_run_goes_back_in_a_copy_and_the_stored_one_stays() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?topology=replica-set:3&seed=3&kept=1&speed=1&lang=en", "time-kept");
    lab.run(&json!({"op": "hold"}));
    run_to(&lab, 6.0);
    let kept = lab.snapshot();
    assert_eq!(kept["kept"], true);
    drag_to(&lab, 2.0);
    lab.wait_seen("[data-banner=copy]");
    assert_eq!(lab.snapshot()["kept"], false);
    lab.run(&json!({"op": "kill", "node": 1}));
    run_to(&lab, 8.0);
    // The stored run is there as it was left, and knows nothing of the copy.
    lab.click("[data-banner=copy] [data-act=reopen]");
    lab.wait_running();
    let again = lab.wait_snapshot("the stored run", |s| s["kept"] == true);
    assert_eq!(again["timeline"]["lines"].as_array().map(Vec::len), Some(1));
    assert!(number(&again["rows"]["acknowledged"]) + 1 >= number(&kept["rows"]["acknowledged"]), "{again}");
    lab.assert_quiet();
}
