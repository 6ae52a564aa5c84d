//! Experiments and reports at addresses of their own.

use std::time::Duration;

use e2e::{Browser, Lab, Server};
use serde_json::json;

/// How long a few tests may take on a machine that does something else as well.
const TESTS: Duration = Duration::from_secs(120);

#[test]
#[ignore = "slow: not the journey of its view"]
fn every_experiment_is_reached_from_the_navigation_without_a_run() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en", "desk-nav");
    lab.click(".nav-main span:nth-child(2) a");
    lab.wait_seen("[data-view=experiments]");
    for (view, shown) in [
        ("failover", "[data-view=drills]"),
        ("disasters", "[data-view=note-drills] details[open]"),
        ("load", "[data-view=load][open]"),
        ("majority", "[data-view=majority][open]"),
    ] {
        lab.wait_seen(&format!("[data-experiment={view}] a"));
        lab.click(&format!("[data-experiment={view}] a"));
        lab.wait_seen(shown);
        assert!(lab.eval("location.search").as_str().is_some_and(|search| search.contains(view)));
        lab.click(".nav-main span:nth-child(2) a");
    }
    assert_eq!(lab.eval("quorumLab.snapshot()")["code"], json!("nothing_open"));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_report_has_an_address_which_computes_it_again() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&view=failover", "desk-report");
    lab.wait_seen("[data-act=drill]");
    lab.click("label:has(> input[name=mc-d-runs][value='1'])");
    lab.click("[data-act=drill]");
    lab.wait_within(TESTS, "document.querySelector('[data-act=drill-address]')", "the tests to be over");
    let href = lab.eval("document.querySelector('[data-act=drill-address]').href");
    let href = href.as_str().unwrap_or_default().to_owned();
    assert!(href.contains("report=failover-coordinator:seed=1,runs=1"), "{href}");
    let text = |lab: &Lab| lab.text("[data-view=drill-report] [data-view=drill-verdict]");
    // From storage, at once.
    lab.goto(&href);
    lab.wait_seen("[data-view=report][data-state=kept] [data-view=drill-report]");
    let kept = text(&lab);
    let rto = lab.eval("document.querySelector('[data-rto=mean]').dataset.ms");
    // Without it, computed again, and the same.
    lab.eval("localStorage.clear()");
    lab.reload();
    lab.wait_within(
        TESTS,
        "document.querySelector('[data-view=report][data-state=played] [data-view=drill-report]')",
        "the report to be computed",
    );
    assert_eq!(text(&lab), kept);
    assert_eq!(lab.eval("document.querySelector('[data-rto=mean]').dataset.ms"), rto);
    assert_eq!(lab.eval("document.querySelectorAll('[data-cell]').length"), json!(1));
    // It is in the list, too.
    lab.click(".nav-main span:nth-child(3) a");
    lab.wait_seen("[data-view=reports] [data-report='failover-coordinator:seed=1,runs=1'] a");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_worst_run_is_replayed_with_its_faults() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&report=failover-proxy:seed=3,runs=2", "desk-worst");
    lab.wait_within(TESTS, "document.querySelector('[data-act=replay-worst]')", "the report");
    let href = lab.eval("document.querySelector('[data-act=replay-worst]').href");
    let seed = lab.eval("document.querySelector('[data-view=worst]').dataset.seed");
    lab.goto(href.as_str().unwrap_or_default());
    lab.wait_running();
    let begun = lab.snapshot();
    assert_eq!(
        (begun["t_us"].as_u64(), begun["seed"].to_string()),
        (Some(0), seed.as_str().unwrap_or("").to_owned())
    );
    lab.run(&json!({"op": "run", "us": 60_000_000}));
    let over = lab.snapshot();
    assert_eq!(over["replay"], json!([1, 1]), "the fault was repeated");
    assert!(over["outages"].as_array().is_some_and(|outages| !outages.is_empty()), "{}", over["outages"]);
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn the_cells_are_one_stop_of_the_tab_key_and_arrows_lead_on() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&report=failover-proxy:seed=3,runs=4", "desk-cells");
    lab.wait_within(TESTS, "document.querySelector('[data-cell=\"3\"]')", "the report");
    let stops = "document.querySelectorAll('[data-cell][tabindex=\"0\"]').length";
    assert_eq!(lab.eval(stops), json!(1));
    lab.eval("document.querySelector('[data-cell=\"0\"]').focus()");
    lab.press("ArrowRight");
    lab.press("ArrowRight");
    lab.wait_for("document.activeElement.dataset.cell === '2'", "the third cell to have the focus");
    lab.press("End");
    lab.wait_for("document.activeElement.dataset.cell === '3'", "the last cell to have the focus");
    assert_eq!(lab.eval(stops), json!(1));
    assert!(
        lab.eval("document.activeElement.getAttribute('aria-label')")
            .as_str()
            .unwrap_or("")
            .contains("seed 6")
    );
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_printed_report_has_no_buttons_and_no_navigation() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&report=failover-proxy:seed=3,runs=1", "desk-print");
    lab.wait_within(TESTS, "document.querySelector('[data-view=cells]')", "the report");
    lab.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    let seen = |selector: &str| {
        lab.eval(&format!(
            "[...document.querySelectorAll('{selector}')].some((it) => it.getClientRects().length > 0)"
        ))
    };
    assert_eq!(seen(".top, .nav-main, .desk button, .no-print"), json!(false));
    assert_eq!(seen("[data-view=drill-report] table"), json!(true));
    lab.call("Emulation.setEmulatedMedia", json!({"media": ""}));
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn an_address_that_is_no_report_says_how_one_looks() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&report=failover-proxy:seed", "desk-unread");
    lab.wait_seen("[data-view=report][data-state=unread]");
    let lab = Lab::at(&browser, &server, "?lang=en&report=failover-nothing", "desk-unknown");
    lab.wait_seen("[data-view=report][data-state=refused] [data-fault=unknown_scenario]");
    lab.assert_quiet();
}
