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
        ("promise", "[data-view=promise] [data-act=promise-measure]"),
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

#[test]
fn a_time_is_promised_and_held_to_fresh_seeds() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::at(&browser, &server, "?lang=en&view=promise", "desk-promise");
    lab.wait_seen("[data-act=promise-measure]");
    lab.eval(
        "{ const suite = document.querySelector('#promise-suite'); suite.value = 'failover-proxy'; \
         suite.dispatchEvent(new Event('change', { bubbles: true })); }",
    );
    // Stopped before the end: what was measured until then counts. The button stays one and the same.
    lab.eval("document.querySelector('[data-act=promise-measure]').focus()");
    lab.press("Enter");
    lab.wait_within(
        TESTS,
        "document.querySelector('[data-view=drill-progress]')?.dataset.done >= 3",
        "a few runs to be over",
    );
    assert_eq!(lab.eval("document.activeElement.dataset.act"), json!("promise-stop"));
    lab.press("Enter");
    lab.wait_seen("[data-view=promise-read]");
    lab.wait_seen("[data-view=promise-stopped]");
    let runs = "document.querySelector('[data-view=promise-read]').dataset.runs";
    let measured: u64 = lab.eval(runs).as_str().and_then(|runs| runs.parse().ok()).unwrap_or_default();
    assert!((3..100).contains(&measured), "{measured}");
    // Every run that had an outage is in a bin of the table.
    let counted =
        "[...document.querySelectorAll('[data-bin]')].reduce((n, bin) => n + +bin.dataset.count, 0)";
    assert!(lab.eval(counted).as_u64().is_some_and(|counted| counted >= 1 && counted <= measured));
    // Nothing can be tried before something is promised; an hour is kept, and a millisecond is not.
    assert_eq!(lab.eval("document.querySelector('[data-act=promise-try]').ariaDisabled"), json!("true"));
    for (number, (seconds, kept)) in [("3600", "true"), ("0.001", "false")].into_iter().enumerate() {
        lab.eval(&format!(
            "{{ const input = document.querySelector('#promise-s'); input.value = '{seconds}'; \
             input.dispatchEvent(new Event('input', {{ bubbles: true }})); input.focus(); }}"
        ));
        lab.wait_for("!document.querySelector('[data-act=promise-try]').ariaDisabled", "a promise");
        lab.press("Enter");
        let tries =
            format!("document.querySelector('[data-view=promise]').dataset.tries === '{}'", number + 1);
        lab.wait_within(TESTS, &tries, "fifty fresh runs");
        assert_eq!(lab.eval("document.querySelector('[data-view=promise-try]').dataset.kept"), json!(kept));
    }
    // The second try had other seeds.
    let seeds = "[...document.querySelectorAll('[data-view=promise-try]')].map((it) => it.innerText)";
    let said = lab.eval(seeds);
    assert!(said[1].as_str().is_some_and(|text| text.contains("seeds 101–150")), "{said}");
    assert!(said[0].as_str().is_some_and(|text| text.contains("seeds 151–200")), "{said}");
    lab.assert_quiet();
}
