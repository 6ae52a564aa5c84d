//! The exam in a browser: an incident is opened, handled with the keyboard's controls, handed in, and its run saved.

use std::time::Duration;

use e2e::{Browser, Profile, Server};
use serde_json::json;

/// How long anything may take on a machine that does something else as well.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn an_exam_is_sat_to_its_result() {
    let profile = Profile::new("exam");
    let (server, browser) = (Server::of_the_page(), Browser::start(&profile));
    let page = browser.page("exam");
    page.goto(&server.url("/?lang=en&view=exam&seed=5"));
    page.wait_within(LONG, "!!document.querySelector('[data-do=begin]')", "the exam's page");
    page.eval("document.querySelector('[data-do=begin]').click()");
    for number in 1..=3 {
        page.wait_within(LONG, "!!document.querySelector('[data-view=ex-incident]')", "an incident");
        assert_eq!(
            page.eval("document.querySelector('[data-view=ex-report]').innerText.length > 10"),
            json!(true)
        );
        assert_eq!(page.eval("document.querySelectorAll('[data-row]').length > 0"), json!(true));
        let now = "document.querySelector('[data-view=ex-incident] .num').innerText";
        let before = page.eval(now);
        page.eval("document.querySelector('[data-do=pass]').click()");
        page.wait_within(LONG, &format!("{now} !== {before}"), "time to pass");
        // A diagnosis: the first component, and the latest event.
        page.eval(
            "{ const select = document.querySelector('[data-field=component]'); select.selectedIndex = 1; \
             select.dispatchEvent(new Event('change', { bubbles: true })); \
             document.querySelector('[name=evidence]')?.click(); }",
        );
        page.wait_within(LONG, "!!document.querySelector('[name=evidence]:checked')", "the evidence");
        page.eval("document.querySelector('[data-do=name]').click()");
        page.wait_within(LONG, "!!document.querySelector('[data-view=ex-named]').innerText", "the diagnosis");
        page.eval("document.querySelector('[data-do=hand-in]').click()");
        page.wait_within(LONG, "!!document.querySelector('[data-incident]')", "a verdict");
        if number < 3 {
            page.eval("document.querySelector('[data-do=next]').click()");
        }
    }
    page.wait_within(LONG, "!!document.querySelector('[data-view=ex-result]')", "the result");
    let passed = page.eval("document.querySelector('[data-view=ex-result]').dataset.passed");
    assert_eq!(passed, json!("false"), "guesses solve nothing");
    assert_eq!(page.eval("document.querySelectorAll('[data-incident]').length"), json!(3));
    let links = "[...document.querySelectorAll('[data-do=link]')].every((link) => link.href.includes('#r='))";
    assert_eq!(page.eval(links), json!(true));
    page.assert_quiet();
}
