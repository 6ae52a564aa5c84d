//! The palette and the list of keys, on every kind of page, by keyboard.

use e2e::{Browser, Lab, Page, Server};
use serde_json::json;

const FIVE: &str = "?topology=replica-set:5&seed=3&kept=0&speed=1&lang=en";

/// Presses a key together with Ctrl.
fn ctrl(page: &Page, key: &str) {
    let code = format!("Key{}", key.to_ascii_uppercase());
    for kind in ["keyDown", "keyUp"] {
        page.call(
            "Input.dispatchKeyEvent",
            json!({
                "type": kind, "key": key, "code": code, "modifiers": 2,
                "windowsVirtualKeyCode": u32::from(key.to_ascii_uppercase().as_bytes()[0]),
            }),
        );
    }
}

fn write(page: &Page, text: &str) {
    page.call("Input.insertText", json!({"text": text}));
}

/// What is chosen in the palette, as its name in the document.
fn chosen(page: &Page) -> String {
    let value = page.eval(
        "document.getElementById(document.querySelector('[role=combobox]').getAttribute('aria-activedescendant'))\
         ?.dataset.entry ?? ''",
    );
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_palette_kills_a_node_and_gives_the_focus_back() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "palette-lab");
    lab.run(&json!({"op": "hold"}));
    lab.eval("document.querySelector('[data-act=help]').focus()");
    ctrl(&lab, "k");
    lab.wait_seen("[data-view=palette]");
    assert_eq!(lab.eval("document.activeElement.getAttribute('role')"), json!("combobox"));
    write(&lab, "kill s3");
    lab.wait_for("document.querySelector('[data-entry=kill-3]')", "the third node to be found");
    assert_eq!(chosen(&lab), "kill-3");
    lab.press("Enter");
    lab.wait_snapshot("the third node to be killed", |now| now["nodes"][2]["alive"] == false);
    lab.wait_for("!document.querySelector('[data-view=palette]')", "the palette to close");
    assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("help"));
    // What cannot be done says why, and does nothing.
    ctrl(&lab, "k");
    lab.wait_seen("[data-view=palette]");
    write(&lab, "kill s3");
    lab.wait_for("document.querySelector('[data-entry=kill-3][aria-disabled=true] small')", "a reason");
    lab.press("Enter");
    lab.frames(2);
    assert!(lab.sees("[data-view=palette]"));
    lab.press("Escape");
    lab.wait_for("!document.querySelector('[data-view=palette]')", "the palette to close");
    assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("help"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_moment_is_found_and_gone_to() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "palette-moment");
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 4_000_000}));
    let killed = lab.snapshot()["t_us"].clone();
    lab.run(&json!({"op": "kill", "node": 2}));
    lab.run(&json!({"op": "run", "us": 4_000_000}));
    lab.click("[data-act=palette]");
    lab.wait_seen("[data-view=palette] [data-group=moment]");
    lab.eval(
        "[...document.querySelectorAll('[data-group=moment]')] \
         .find((one) => one.textContent.includes('S2')).click()",
    );
    lab.wait_snapshot("the moment of the kill", |now| now["t_us"] == killed);
    lab.assert_quiet();
}

#[test]
fn places_and_keys_are_there_on_the_home_page_too() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=zh", "palette-home");
    lab.wait_seen("[data-act=palette]");
    lab.press("?");
    lab.wait_seen("[data-view=keys]");
    lab.press("Escape");
    lab.wait_for("!document.querySelector('[data-view=keys]')", "the list of keys to close");
    ctrl(&lab, "k");
    lab.wait_seen("[data-view=palette]");
    // By its name in addresses, in any language.
    write(&lab, "kill-the-leader");
    lab.wait_for("document.querySelector('[data-entry=\"kill-the-leader\"]')", "the lesson");
    lab.press("Enter");
    lab.wait_running();
    assert!(
        lab.eval("location.search").as_str().is_some_and(|query| query.contains("lesson=kill-the-leader"))
    );
    // A field that is written in keeps its own Ctrl+K.
    lab.press("/");
    lab.wait_seen("#log-query");
    ctrl(&lab, "k");
    lab.frames(3);
    assert!(!lab.sees("[data-view=palette]"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_theme_is_set_from_the_palette() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab =
        Lab::open(&browser, &server, "?topology=standalone&kept=0&lang=en&theme=light", "palette-theme");
    ctrl(&lab, "k");
    lab.wait_seen("[data-view=palette]");
    write(&lab, "dark");
    lab.wait_for("document.querySelector('[data-group=setting][data-entry=dark]')", "the setting");
    lab.click("[data-group=setting][data-entry=dark]");
    lab.wait_for("document.documentElement.dataset.theme === 'dark'", "the dark theme");
    lab.assert_quiet();
}
