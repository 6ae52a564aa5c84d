//! Two regions in the page: Beijing is lost, Shanghai takes over, and what was lost can be read; with the mouse, and
//! with the keyboard alone.

use std::time::Duration;

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::json;

/// How long hours of virtual time may take on a machine that does something else as well.
const HOURS: Duration = Duration::from_secs(60);

/// Two regions whose people answer at once, held at noon of the first day.
fn noon(browser: &Browser, server: &Server, name: &str) -> Lab {
    let topology = "two-regions:respond_s=0,decide_s=0,verify_s=0";
    let lab = Lab::open(browser, server, &format!("?topology={topology}&seed=7&lang=en&kept=0"), name);
    lab.wait_seen("[data-view=regions]");
    lab.run(&json!({"op": "hold"}));
    lab.run(&json!({"op": "run", "us": 43_200_000_000_u64}));
    lab
}

/// Waits until Shanghai serves, and checks what the page says of it.
fn taken_over(lab: &Lab) {
    lab.wait_within(
        HOURS,
        "document.querySelector('[data-region=\"1\"]').dataset.standing === 'primary'",
        "Shanghai to take over",
    );
    lab.wait_within(HOURS, "document.querySelector('[data-view=phases]').dataset.rto", "service to be back");
    let snapshot = lab.snapshot();
    let facts = &snapshot["regions"];
    let lost = number(&facts["lost_total"]);
    assert_eq!(number(&facts["dns"]), 1);
    lab.wait_for(
        &format!("document.querySelector('[data-view=lost]').dataset.lost === '{lost}'"),
        "the list to say how many writes are lost",
    );
    let listed = lab.eval("document.querySelectorAll('[data-view=lost] [data-op]').length");
    assert_eq!(number(&listed), lost.min(200), "each of them can be read");
    let died = lab.eval("[...document.querySelectorAll('[data-died]')].map((one) => Number(one.dataset.n))");
    let died: u64 = died.as_array().into_iter().flatten().map(number).sum();
    assert_eq!(died, lost.min(200), "and where it died");
    let rto = lab.eval("Number(document.querySelector('[data-view=phases]').dataset.rto)");
    assert_eq!(number(&rto), number(&facts["disaster"]["rto_us"]));
    assert!(number(&rto) >= 90_000_000, "three checks have to fail before anybody acts: {rto}");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn beijing_is_lost_and_shanghai_takes_over() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = noon(&browser, &server, "regions-mouse");
    lab.click("[data-region='0'] .rg-h");
    lab.wait_for(
        "document.querySelector('[data-act=lose]:not([aria-disabled=true])')",
        "the region to be selected",
    );
    lab.click("[data-act=lose]");
    lab.wait_for(
        "document.querySelector('[data-region=\"0\"]').dataset.standing === 'dark'",
        "the power to be gone",
    );
    for _ in 0..12 {
        lab.run(&json!({"op": "run", "us": 60_000_000}));
    }
    taken_over(&lab);
    lab.picture("regions-taken-over");
    assert_eq!(
        lab.answer(&json!({"op": "region", "deed": "lose", "region": 0}))["ok"],
        false,
        "it is gone already"
    );
    lab.click("[data-act=return]");
    lab.wait_for(
        "document.querySelector('[data-region=\"0\"]').dataset.standing !== 'dark'",
        "the power to be back",
    );
}

#[test]
fn the_keyboard_alone_is_enough() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = noon(&browser, &server, "regions-keys");
    lab.press("1");
    lab.wait_for(
        "document.querySelector('[data-region=\"0\"] [aria-pressed=true]')",
        "Beijing to be selected",
    );
    lab.press("k");
    lab.wait_for(
        "document.querySelector('[data-region=\"0\"]').dataset.standing === 'dark'",
        "the power to be gone",
    );
    for _ in 0..120 {
        if lab.eval("Boolean(document.querySelector('[data-view=phases]')?.dataset.rto)") == json!(true) {
            break;
        }
        // The next event may come at the same moment.
        let before = number(&lab.snapshot()["events"]);
        lab.press("n");
        lab.wait_snapshot_within(HOURS, "time to leap", |now| number(&now["events"]) > before);
        lab.listen(Duration::from_millis(150));
    }
    taken_over(&lab);
    lab.press("r");
    lab.wait_for(
        "document.querySelector('[data-region=\"0\"]').dataset.standing !== 'dark'",
        "the power to be back",
    );
}

/// Choosing a runbook is enough: when Beijing is lost exactly its steps are run.
#[test]
#[ignore = "slow: not the journey of its view"]
fn a_chosen_runbook_is_the_one_that_runs() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = noon(&browser, &server, "regions-book");
    lab.eval("document.querySelector('[data-view=runbook] details').open = true");
    lab.click("[data-book=course]");
    lab.wait_for(
        "document.querySelector('[data-view=book-in-force]').dataset.book === 'course'",
        "the snapshot to have the note's runbook",
    );
    assert_eq!(lab.eval("document.querySelector('[data-view=runbook]').dataset.dirty"), json!("false"));
    lab.run(&json!({"op": "region", "deed": "lose", "region": 0}));
    for _ in 0..6 {
        lab.run(&json!({"op": "run", "us": 60_000_000}));
    }
    let steps = lab.snapshot()["regions"]["desk"]["steps"].clone();
    let words: Vec<&str> =
        steps.as_array().into_iter().flatten().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(words, ["check_standby", "verify_count", "dns", "wait_ttl", "check_service", "announce"]);
    lab.picture("regions-note-book");
}
