//! The query console of a single engine in a real browser: a filter, what is wrong with one, an index, a search.

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::json;

const LAB: &str = "?topology=standalone&kept=0&lang=en&seed=5";
const RUN: &str = "[data-act=console-run]:not([aria-disabled=true])";
const BUILD: &str = "[data-act=console-index]:not([aria-disabled=true])";

/// Writes into a field, or chooses from a list, as the browser reports it.
fn put(lab: &Lab, field: &str, text: &str) {
    lab.eval(&format!(
        "(() => {{ const it = document.querySelector('#qc-{field}'); it.value = {}; \
         it.dispatchEvent(it.tagName === 'SELECT' ? new Event('change', {{bubbles: true}}) \
         : new InputEvent('input', {{bubbles: true}})); }})()",
        json!(text)
    ));
}

/// Waits for an answer with this number of rows.
fn wait_rows(lab: &Lab, rows: u64) {
    lab.wait_seen(&format!("[data-view=console-answer][data-rows='{rows}'] tbody"));
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_filter_is_run_with_enter_and_what_was_sent_is_a_script() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "console-filter");
    assert_eq!(lab.run(&json!({"op": "insert", "rows": 1_000}))["ok"], true);
    assert!(!lab.sees("[data-view=console-sent]"), "something was sent before it was asked for");
    // A field is a field: the page's keys do nothing in it, and Enter runs the query.
    lab.click("#qc-filter");
    lab.press("Enter");
    wait_rows(&lab, 10);
    let rows = lab.text("[data-view=console-answer] tbody");
    assert!(rows.contains("文档 3") && rows.contains('9'), "{rows}");
    let sent = lab.text("[data-view=console-sent]");
    assert!(sent.contains(r#""filter":"id < 10""#), "{sent}");
    let again = lab.eval(&format!("(async () => {sent})()"));
    assert_eq!(again["rows"].as_array().map(Vec::len), Some(10), "{again}");

    put(&lab, "filter", "id in [1, 2, 3] and text like \"文档%\"");
    lab.click(RUN);
    wait_rows(&lab, 3);
    // An example fills in the fields and sends nothing.
    lab.click("[data-example='count(*)']");
    assert_eq!(lab.eval("document.querySelector('#qc-output').value"), json!("count(*)"));
    assert!(lab.text("[data-view=console-sent]").contains("id in [1, 2, 3]"));
    lab.click(RUN);
    wait_rows(&lab, 1);
    assert!(lab.text("[data-view=console-answer] tbody").contains("1,000"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_is_wrong_is_a_sentence_beside_its_field() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "console-wrong");
    assert_eq!(lab.run(&json!({"op": "insert", "rows": 1_000}))["ok"], true);
    for (field, wrong, right, words) in [
        ("filter", "id <", "id < 10", "The filter cannot be read"),
        ("output", "colour", "id", "no such field"),
        ("limit", "ten", "10", "whole number"),
        ("limit", "0", "10", "at least 1"),
    ] {
        put(&lab, field, wrong);
        lab.click(RUN);
        let fault = format!("[data-view=console-fault][data-field={field}]");
        lab.wait_seen(&fault);
        assert!(lab.text(&fault).contains(words), "{field}: {}", lab.text(&fault));
        let described = format!("document.querySelector('#qc-{field}').getAttribute('aria-describedby')");
        assert_eq!(lab.eval(&described), json!(format!("qc-{field}-e")));
        put(&lab, field, right);
        lab.click(RUN);
        wait_rows(&lab, 10);
        assert!(!lab.sees("[data-view=console-fault]"), "{field}: the sentence stays");
    }
    assert_eq!(lab.count(), 1_000);
    // Without power there is nobody to ask, and the page says so.
    assert_eq!(lab.run(&json!({"op": "crash"}))["ok"], true);
    lab.wait_seen("[data-act=console-run][aria-disabled=true][aria-describedby=qc-off]");
    assert!(lab.text("#qc-off").contains("no power"), "{}", lab.text("#qc-off"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_index_is_built_searched_and_dropped() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, LAB, "console-index");
    assert_eq!(lab.run(&json!({"op": "insert", "rows": 3_000}))["ok"], true);
    assert_eq!(lab.run(&json!({"op": "flush"}))["ok"], true);
    put(&lab, "index", "HNSW");
    lab.wait_seen("#qc-m");
    // What cannot be made does not cost the index that is there.
    put(&lab, "m", "3");
    lab.click(BUILD);
    lab.wait_seen("[data-view=console-fault][data-field=m]");
    let now = lab.snapshot();
    let there = &now["engine"]["collections"][0];
    assert_eq!((&there["index"], &there["loaded"]), (&json!("IVF_FLAT"), &json!(true)), "{there}");
    put(&lab, "m", "8");
    put(&lab, "ef-construction", "32");
    lab.click(BUILD);
    lab.wait_snapshot("a graph", |s| {
        let engine = &s["engine"];
        let there = &engine["collections"][0];
        there["index"] == "HNSW" && there["loaded"] == true && engine["segments"][0]["indexed"] == true
    });
    lab.wait_seen("[data-view=console-index] [data-index=HNSW][data-loaded=true]");

    lab.click("[data-view=console-ask] .segm label:nth-of-type(2)");
    lab.wait_seen("#qc-near");
    put(&lab, "filter", "");
    put(&lab, "near", "7");
    put(&lab, "limit", "5");
    put(&lab, "ef", "64");
    lab.click(RUN);
    wait_rows(&lab, 5);
    assert_eq!(lab.text("[data-view=console-answer] tbody th"), "7", "a row is nearest to itself");
    let sent = lab.text("[data-view=console-sent]");
    assert!(sent.contains(r#""params":{"ef":64}"#) && sent.contains(r#""filter":"id == 7""#), "{sent}");
    put(&lab, "near", "999999");
    lab.click(RUN);
    lab.wait_seen("[data-view=console-fault][data-field=near]");

    lab.click("[data-act=console-drop]:not([aria-disabled=true])");
    lab.wait_snapshot("no index", |s| s["engine"]["collections"][0]["index"].is_null());
    put(&lab, "near", "7");
    lab.click(RUN);
    let said = "document.querySelector('[data-view=console-answer] [role=status]').innerText";
    lab.wait_for(&format!("{said}.includes('not loaded')"), "the refusal in words");
    assert!(number(&lab.snapshot()["rows"]["acknowledged"]) >= 3_000);
    lab.assert_quiet();
}
