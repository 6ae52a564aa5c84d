//! Buttons that their own action disables, pressed by keyboard: the focus stays where it was.

use e2e::{Browser, Hand, Lab, Server};
use serde_json::{Value, json};

/// Reaches a button with Tab, presses it, and waits until it has no effect; it still has the focus.
fn press_until_inert(lab: &Lab, action: &str) {
    lab.act(Hand::Keyboard, action);
    let inert = format!("[data-act={action}][aria-disabled=true]");
    lab.wait_seen(&inert);
    lab.frames(2);
    let focused = lab.eval("document.activeElement.outerHTML.slice(0, 200)");
    assert!(lab.eval(&format!("document.activeElement.matches({})", json!(inert))) == true, "{focused}");
}

/// How many nodes are alive.
fn alive(snapshot: &Value) -> usize {
    snapshot["nodes"].as_array().map_or(0, |nodes| nodes.iter().filter(|node| node["alive"] == true).count())
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_node_is_killed_and_restarted_by_keyboard_without_losing_the_focus() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "focus-cluster");
    lab.press("1");
    press_until_inert(&lab, "kill");
    lab.wait_snapshot("two living nodes", |now| alive(now) == 2);
    // Pressed again, it does nothing.
    lab.press("Enter");
    lab.frames(2);
    assert_eq!(alive(&lab.snapshot()), 2);
    press_until_inert(&lab, "restart");
    assert_eq!(lab.eval("document.querySelectorAll('button[disabled]').length"), 0);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_lesson_goes_back_to_its_first_step_by_keyboard_without_losing_the_focus() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?lesson=kill-the-leader&kept=0&lang=zh", "focus-lesson");
    lab.wait_seen("[data-step='0']");
    lab.act(Hand::Keyboard, "next");
    lab.wait_seen("[data-step='1']");
    press_until_inert(&lab, "back");
    assert_eq!(lab.eval("document.querySelectorAll('button[disabled]').length"), 0);
    lab.assert_quiet();
}
