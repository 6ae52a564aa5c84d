//! Why: the chain of causes in the page, its steps, and a branch with one change.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::json;

const FIVE: &str = "?topology=replica-set:5&seed=3&kept=0&speed=1&lang=en";

/// The node that leads.
fn leads(lab: &Lab) -> u64 {
    let now = lab.snapshot();
    let nodes = now["nodes"].as_array().cloned().unwrap_or_default();
    nodes.iter().find(|node| node["role"] == "leader").map_or(0, |node| number(&node["id"]))
}

/// Opens the causes of the newest election.
fn ask_for_the_election(lab: &Lab) {
    lab.click(".say-more");
    lab.wait_seen(".say-all [data-act=why]");
    lab.eval(
        "[...document.querySelectorAll('.say-all li')].find((row) => row.textContent.includes('leads term'))\
         .querySelector('[data-act=why]').click()",
    );
    lab.wait_seen("[data-view=why] .why-c");
}

#[test]
fn an_election_is_explained_down_to_the_kill_and_runs_without_it() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, FIVE, "why");
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 4_000_000}));
    let leader = leads(&lab);
    lab.run(&json!({"op": "kill", "node": leader}));
    lab.run(&json!({"op": "run", "us": 6_000_000}));
    ask_for_the_election(&lab);
    let because = "[...document.querySelectorAll('.why-c')].map((one) => one.dataset.because).join()";
    let chain = lab.eval(because);
    let chain = chain.as_str().unwrap_or_default();
    assert!(chain.starts_with("asked,") && chain.contains("message") && chain.contains("silence"), "{chain}");
    assert!(
        lab.eval("document.querySelector('.why-l').textContent")
            .as_str()
            .unwrap_or_default()
            .contains("cut S")
    );
    assert!(
        lab.eval("document.querySelectorAll('.wp-m').length > 1") == json!(true),
        "the path has its messages"
    );
    // Everything in it has a text, and nothing is a raw key.
    let bare = "[...document.querySelectorAll('.why-s, .why-b')].filter((one) => !/ /.test(one.textContent.trim()) \
                && one.textContent.trim() !== 'because').map((one) => one.textContent).join()";
    assert_eq!(lab.eval(bare), json!(""));

    // Without the kill the first leader stays: the branch is compared with the line that was left.
    lab.eval("[...document.querySelectorAll('[data-act=what-if]')].pop().click()");
    lab.wait_seen("[data-view=comparison] .cmp-st svg");
    let said = lab.eval("document.querySelector('[data-view=comparison]').textContent");
    assert!(said.as_str().unwrap_or_default().contains("One thing differs on line B"), "{said}");
    lab.press("Escape");
    lab.wait_snapshot("the branch", |s| s["timeline"]["line"] == 1);
    assert_eq!(leads(&lab), leader);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_cause_is_a_way_to_its_moment_also_by_keyboard_and_in_a_kept_run() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&seed=3&kept=1&lang=en", "why-kept");
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 5_000_000}));
    lab.eval("document.querySelector('.say-more').focus()");
    lab.press("Enter");
    lab.wait_seen(".say-all [data-act=why]");
    lab.eval("document.querySelector('.say-all [data-act=why]').focus()");
    lab.press("Enter");
    lab.wait_seen("[data-view=why] .why-c");
    assert_eq!(lab.eval("document.activeElement.closest('dialog')?.dataset.view"), json!("why"));
    lab.press("Escape");
    lab.wait_for("!document.querySelector('[data-view=why]')", "the causes to close");
    assert_eq!(lab.snapshot()["kept"], json!(true), "asking does not leave the store");
    lab.assert_quiet();
}
