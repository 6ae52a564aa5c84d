//! The conformance reports name every criterion, and what they promise of keys and of the story holds in the page.
//!
//! Guarantees: a criterion that is missing from one of the two reports, or has another verdict there, fails. Leaves
//! out: whether the remarks are true: that is what the other tests are for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use e2e::{Browser, Lab, Server};
use serde_json::json;

/// The criteria of WCAG 2.2, level A. 4.1.1 is obsolete.
const LEVEL_A: [&str; 31] = [
    "1.1.1", "1.2.1", "1.2.2", "1.2.3", "1.3.1", "1.3.2", "1.3.3", "1.4.1", "1.4.2", "2.1.1", "2.1.2",
    "2.1.4", "2.2.1", "2.2.2", "2.3.1", "2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.5.1", "2.5.2", "2.5.3",
    "2.5.4", "3.1.1", "3.2.1", "3.2.2", "3.2.6", "3.3.1", "3.3.2", "3.3.7", "4.1.2",
];
/// Level AA.
const LEVEL_AA: [&str; 24] = [
    "1.2.4", "1.2.5", "1.3.4", "1.3.5", "1.4.3", "1.4.4", "1.4.5", "1.4.10", "1.4.11", "1.4.12", "1.4.13",
    "2.4.5", "2.4.6", "2.4.7", "2.4.11", "2.5.7", "2.5.8", "3.1.2", "3.2.3", "3.2.4", "3.3.3", "3.3.4",
    "3.3.8", "4.1.3",
];
/// The verdicts of both reports, in the same order.
const VERDICTS: [[&str; 4]; 2] = [
    ["Supports", "Partially supports", "Does not support", "Not applicable"],
    ["支持", "部分支持", "不支持", "不适用"],
];

/// Level and verdict of each criterion of a report.
fn table(file: &str, verdicts: [&str; 4]) -> BTreeMap<String, (String, usize)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [criterion, level, verdict, remarks] = cells[..] else { panic!("{file}: four columns: {line}") };
        let number = criterion.split(' ').next().unwrap_or_default();
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let verdict = verdicts.iter().position(|one| *one == verdict);
        let verdict = verdict.unwrap_or_else(|| panic!("{file}: no verdict: {line}"));
        assert!(!remarks.is_empty() && criterion.len() > number.len() + 1, "{file}: {line}");
        assert!(
            rows.insert(number.to_owned(), (level.to_owned(), verdict)).is_none(),
            "{file}: twice: {line}"
        );
    }
    rows
}

#[test]
fn both_reports_name_every_criterion_of_wcag_2_2_with_the_same_verdict() {
    let [english, chinese] =
        [("accessibility.md", VERDICTS[0]), ("accessibility.zh.md", VERDICTS[1])].map(|(f, v)| table(f, v));
    let all = LEVEL_A.map(|id| (id, "A")).into_iter().chain(LEVEL_AA.map(|id| (id, "AA")));
    for (id, level) in all {
        let found = english.get(id).unwrap_or_else(|| panic!("{id} is missing"));
        assert_eq!(found.0, level, "{id}");
        assert_eq!(Some(found), chinese.get(id), "{id}");
    }
    assert_eq!(english.len(), LEVEL_A.len() + LEVEL_AA.len());
    assert_eq!(chinese.len(), english.len());
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn letters_are_no_shortcuts_once_they_are_switched_off() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=zh", "letters");
    lab.run(&json!({"op": "hold"}));
    lab.press("?");
    lab.click("[data-view=keys] [data-act=letter-keys]");
    lab.press("Escape");
    lab.wait_for("!document.querySelector('dialog[open]')", "the list to close");
    lab.press("1");
    lab.frames(3);
    assert!(!lab.sees("[data-node='1'][aria-pressed=true]"), "a digit still selects");
    // Keys that write no character still work; and the choice is kept.
    lab.press("ArrowRight");
    lab.wait_snapshot("a step", |now| now["t_us"] != json!(0));
    lab.reload();
    lab.wait_running();
    lab.press("1");
    lab.frames(3);
    assert!(!lab.sees("[data-node='1'][aria-pressed=true]"), "the choice is not kept");
    lab.click("[data-act=help]");
    lab.click("[data-view=keys] [data-act=letter-keys]");
    lab.press("Escape");
    lab.wait_for("!document.querySelector('dialog[open]')", "the list to close");
    lab.press("1");
    lab.wait_seen("[data-node='1'][aria-pressed=true]");
    lab.assert_quiet();
}

/// What the box says in a world, asked for with its key.
fn told(lab: &Lab) -> String {
    lab.run(&json!({"op": "hold"}));
    lab.press("a");
    lab.wait_seen("[data-view=told] p");
    lab.text("[data-view=told]")
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn every_world_says_who_leads_and_what_is_lost_and_tells_its_story() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let worlds = [
        ("standalone", 1_000_000, "The engine runs."),
        ("replica-set:5", 6_000_000, "has led since"),
        ("milvus", 20_000_000, "Acting"),
        ("two-regions", 3_600_000_000_u64, "Beijing"),
    ];
    let lab = Lab::at(&browser, &server, "?lang=en", "told");
    for (topology, us, says) in worlds {
        lab.goto(&server.url(&format!("/?topology={topology}&kept=0&seed=7&lang=en&speed=1")));
        lab.wait_running();
        lab.run(&json!({"op": "hold"}));
        lab.run(&json!({"op": "run", "us": us}));
        lab.frames(3);
        let answer = told(&lab);
        assert!(
            answer.contains(says) && answer.contains("Nothing that was acknowledged is lost"),
            "{answer}"
        );
        lab.press("t");
        lab.wait_seen("[data-act=tell][aria-pressed=true]");
        lab.wait_for("document.querySelector('[data-view=told] p')?.textContent.length > 10", "the story");
        let story = lab.text("[data-view=told]");
        assert!(!story.contains("heartbeat from") && story != answer, "{story}");
        lab.press("Escape");
        lab.wait_for("!document.querySelector('[data-view=told] p')", "the box to close");
        assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("who"));
    }
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn on_a_phone_help_and_the_theme_are_in_the_menu_of_the_page() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&seed=3&kept=0&lang=en", "phone-menu");
    for (width, height) in [(390, 844), (320, 256)] {
        lab.resize(width, height);
        lab.wait_seen("[data-menu=page] > button");
        assert!(!lab.sees("[data-act=help]") && !lab.sees("[data-act=theme]"), "one place for each");
        lab.click("[data-menu=page] > button");
        lab.click("[data-menu=page] [data-item=help]");
        lab.wait_seen("[data-view=keys]");
        lab.press("Escape");
        lab.wait_for("!document.querySelector('dialog[open]')", "the list to close");
        let back = "document.activeElement.matches('[data-menu=page] > button')";
        assert_eq!(lab.eval(back), json!(true), "the focus goes back to the menu");
        let theme = "document.querySelector('[data-act=theme]').dataset.now";
        let before = lab.eval(theme);
        lab.click("[data-menu=page] > button");
        lab.click("[data-menu=page] [data-item=theme]");
        assert_ne!(lab.eval(theme), before);
        let wide = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(lab.eval(wide), json!(false), "{width}: nothing sticks out");
    }
    lab.resize(1_024, 768);
    lab.wait_seen("[data-act=help]");
    assert!(!lab.sees("[data-menu=page]"));
    // The home page has the button at every size.
    let home = Lab::at(&browser, &server, "?lang=en", "phone-home");
    for (width, height) in [(390, 844), (320, 256)] {
        home.resize(width, height);
        home.wait_seen("[data-act=help]");
        home.click("[data-act=help]");
        home.wait_seen("[data-view=keys]");
        home.press("Escape");
        home.wait_for("!document.querySelector('dialog[open]')", "the list to close");
        let wide = "document.documentElement.scrollWidth > innerWidth";
        assert_eq!(home.eval(wide), json!(false), "{width}: nothing sticks out");
    }
    lab.assert_quiet();
    home.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_laptop_at_twice_the_size_keeps_its_panes() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    for (name, query) in [
        ("low-set", "?topology=replica-set:3&seed=3&kept=0&lang=en"),
        ("low-lesson", "?lesson=kill-the-leader&seed=3&kept=0&lang=zh"),
    ] {
        let lab = Lab::open(&browser, &server, query, name);
        lab.resize(720, 450);
        lab.frames(3);
        let scrolls = "document.documentElement.scrollHeight > innerHeight";
        assert_eq!(lab.eval(scrolls), json!(false), "{name}: the page as a whole does not scroll");
        let inside = "(() => { const r = document.querySelector('.playbtn').getBoundingClientRect(); \
                      return r.top >= 0 && r.bottom <= innerHeight; })()";
        assert_eq!(lab.eval(inside), json!(true), "{name}: the transport is in view");
        let stage = lab.eval("document.querySelector('.stage').getBoundingClientRect().height");
        assert!(stage.as_f64().is_some_and(|height| height >= 200.0), "{name}: {stage}");
        lab.assert_quiet();
    }
}
