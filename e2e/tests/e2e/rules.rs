//! A rule is switched off, a schedule is found that breaks what it protects, and the run is replayed from its link.

use std::time::Duration;

use e2e::{Browser, Hand, Lab, Server};
use serde_json::{Value, json};

/// How long a search may take on a machine that does something else as well.
const SEARCH: Duration = Duration::from_secs(120);

/// Whether an invariant is broken in the moment.
fn broken(snapshot: &Value, name: &str) -> bool {
    let invariants = snapshot["invariants"].as_array();
    invariants.into_iter().flatten().any(|one| one["name"] == name && one["holds"] == false)
}

/// Opens a replica set, switches the rule off and has a schedule found; the lab with what it shows.
fn search(browser: &Browser, server: &Server, hand: Hand, lang: &str) -> Lab {
    let query = format!("?topology=replica-set:5&lang={lang}&seed=1");
    let lab = Lab::open(browser, server, &query, &format!("rules-{hand:?}").to_lowercase());
    lab.touch(hand, "[data-act=rules]");
    lab.touch(hand, "[data-rule=persist_vote] [role=switch]");
    lab.wait_snapshot("the rule to be off", |s| s["group"]["rules_off"] == json!(["persist_vote"]));
    lab.wait_for(
        "document.querySelector('[data-rule=persist_vote] [role=switch]').getAttribute('aria-checked') === 'false'",
        "the switch to show it",
    );
    // The run goes on while the search does.
    lab.run(&json!({"op": "play"}));
    lab.act(hand, "find");
    lab.wait_within(
        SEARCH,
        "document.querySelector('[data-view=find][data-state=found]')",
        "a schedule to be found",
    );
    lab
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_rule_is_broken_and_the_schedule_replayed_with_the_mouse() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = search(&browser, &server, Hand::Mouse, "zh");
    assert_eq!(lab.eval("document.querySelector('[data-view=found]').dataset.invariant"), "election_safety");
    let actions = lab.eval("Number(document.querySelector('[data-view=found]').dataset.actions)");
    let link = lab.eval("document.querySelector('[data-act=find-link]').href");
    let link = link.as_str().unwrap_or_default().to_owned();
    lab.picture("rules-found");

    lab.act(Hand::Mouse, "find-replay");
    let begin = lab.wait_snapshot("the beginning of the replay", |s| s["group"]["script"][1] == actions);
    assert!(begin["t_us"] == 0 && begin["group"]["script"][0] == 0, "it begins at rest: {begin}");
    assert!(!broken(&begin, "election_safety"));
    lab.wait_seen("[data-view=replay]");
    lab.run(&json!({"op": "speed", "x": 20}));
    lab.run(&json!({"op": "play"}));
    let end =
        lab.wait_snapshot_within(SEARCH, "the invariant to fall again", |s| broken(s, "election_safety"));
    lab.wait_seen("[data-invariant=election_safety][data-holds=false]");
    lab.wait_seen("[data-banner=invariant][role=alert]");
    lab.picture("rules-broken");
    let at = end["invariants"][0]["detail"].clone();

    // The link alone shows the same.
    let query = link.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    let other = Lab::open(&browser, &server, &query, "rules-link");
    other.run(&json!({"op": "speed", "x": 20}));
    other.run(&json!({"op": "play"}));
    let again = other
        .wait_snapshot_within(SEARCH, "the same to fall from the link", |s| broken(s, "election_safety"));
    assert_eq!(again["invariants"][0]["detail"], at);
    lab.assert_quiet();
    other.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_rule_is_switched_off_and_broken_by_keyboard_alone() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = search(&browser, &server, Hand::Keyboard, "en");
    lab.act(Hand::Keyboard, "find-replay");
    lab.wait_seen("[data-view=replay]");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn scripts_search_and_open_what_was_found() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en&speed=1", "rules-script");
    lab.eval("window.heard = []; void quorumLab.on('progress', (p) => heard.push(p))");
    let none = lab.eval("quorumLab.hunt({seeds: 3, events: 2000})");
    assert!(none["ok"] == true && none["tried"] == 3 && none["found"].is_null(), "{none}");
    assert!(lab.eval("heard.some((p) => p.kind === 'hunt' && p.done && p.tried === 3)") == true);
    let found = lab.eval("quorumLab.hunt({rule: 'persist_vote'})");
    assert_eq!(found["found"]["invariant"], "election_safety", "{found}");
    let opened = lab.eval(&format!("quorumLab.open({{run: {}, lang: 'en'}})", found["found"]["schedule"]));
    assert!(opened["ok"] == true && opened["kept"] == false, "{opened}");
    assert_eq!(lab.snapshot()["t_us"], 0);
    let refused = lab.eval("quorumLab.open({run: {nodes: 3}})");
    assert_eq!(refused["code"], "bad_run", "{refused}");
    let refused = lab.eval("quorumLab.hunt({rule: 'no_such_rule'})");
    assert_eq!(refused["code"], "bad_arguments", "{refused}");

    // A link that cannot be read says so and opens nothing.
    let bad = Lab::at(&browser, &server, "?topology=replica-set:3&run=%7B%7D&lang=en", "rules-bad-link");
    bad.wait_seen("[data-banner=bad-run]");
    let said = bad.text("[data-banner=bad-run]");
    assert!(said.contains("cannot be read") && said.contains("Home page"), "{said}");
}
