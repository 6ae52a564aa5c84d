//! What was acknowledged survives whatever kills the engine, and nothing else is called acknowledged.
//!
//! Three ways to die, from the outside in: SIGKILL to every process of the browser, a reload of the tab, and the
//! page's own plug. SIGKILL leaves what the kernel holds, so this tests the store and the log, not the medium.

use std::time::{Duration, Instant};

use e2e::lab::{Acknowledged, number};
use e2e::random::Random;
use e2e::{Browser, Lab, Profile, Server};
use serde_json::{Value, json};

const KILLS: u64 = 20;
const LAB: &str = "?topology=standalone&kept=1&lang=en&seed=11";

/// Holds a lab that has just been opened again against what was heard before: every row that the page was told of
/// is there, no more are called acknowledged than the engine ever sent word of, and keys run from 0 without a gap.
/// Returns what is there now, which is the beginning of the next round.
fn hold(lab: &Lab, heard: Acknowledged, how: &str) -> Acknowledged {
    let snapshot = lab.wait_recovered();
    let rows = &snapshot["rows"];
    let (acknowledged, unproven, visible) =
        (number(&rows["acknowledged"]), number(&rows["unproven"]), number(&rows["visible"]));
    let banner = lab.text("[data-banner]");
    let words = format!(
        "{how}: heard {heard:?}, found {rows}, kept {}, opened {} times, recovery {}, banner {banner:?}",
        snapshot["kept"], snapshot["boot"], snapshot["recovery"]
    );
    assert_eq!(snapshot["kept"], true, "the stored data was not opened: {words}");
    assert!(visible >= heard.by_page, "an acknowledged row is lost: {words}");
    assert!(acknowledged <= heard.by_engine, "rows are called acknowledged that never were: {words}");
    assert_eq!(acknowledged + unproven, visible, "a row is neither proven nor named as unproven: {words}");
    assert_eq!(lab.count(), visible, "count(*) and what is visible differ: {words}");
    if visible > 0 {
        assert_eq!(rows["id_range"], json!([0, visible - 1]), "keys have a gap: {words}");
        check_sample(lab, visible / 2);
        check_sample(lab, visible - 1);
    }
    // From here on the rows that were found are the client's knowledge: the next round may call them acknowledged.
    Acknowledged { by_page: visible, by_engine: visible }
}

/// A row is whole: its key, its text, and a vector of 128 numbers.
fn check_sample(lab: &Lab, id: u64) {
    let filter = format!("id >= {id} and id < {}", id + 1);
    let query =
        json!({"op": "query", "filter": filter, "output_fields": ["id", "text", "vector"], "limit": 2});
    let answer = lab.run(&query);
    let row = &answer["rows"][0];
    assert_eq!(row["id"], json!(id), "{answer}");
    assert_eq!(row["vector"].as_array().map(Vec::len), Some(128), "{answer}");
    assert!(row["text"].as_str().is_some_and(|text| !text.is_empty()), "{answer}");
    assert!(answer["rows"][1].is_null(), "key {id} is there twice: {answer}");
}

fn insert(rows: u64, batch: u64) -> Value {
    json!({"op": "insert", "rows": rows, "batch": batch})
}

#[test]
fn sigkill_to_the_whole_browser_loses_no_acknowledged_row() {
    let seed = 20_230_517;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let server = Server::of_the_page();
    let profile = Profile::new("crash");
    let mut heard = Acknowledged::default();
    let mut killed_in_flight = 0;
    let began = Instant::now();
    for kill in 0..=KILLS {
        let browser = Browser::start(&profile);
        let lab = Lab::open_and_hear(&browser, &server, LAB, "crash");
        heard = hold(&lab, heard, &format!("after kill {kill}"));
        lab.assert_quiet();
        if kill == KILLS {
            break;
        }
        let before = heard.by_page;
        // More than can be done before the kill, so that batches are in flight when it comes.
        let batch = [100, 500, 1_000][usize::try_from(random.between(0, 3)).unwrap_or(0)];
        lab.begin(&insert(100_000, batch));
        lab.listen(Duration::from_millis(random.between(2, 160)));
        browser.kill();
        heard = lab.acknowledged(heard);
        assert!(heard.by_page < before + 100_000, "kill {kill} came after the insert was done");
        killed_in_flight += u64::from(heard.by_page > before);
    }
    println!("{KILLS} kills in {:.1} s, {} rows kept", began.elapsed().as_secs_f64(), heard.by_page);
    // Otherwise the kills came too early to say anything about acknowledged rows.
    assert!(killed_in_flight >= KILLS / 2, "only {killed_in_flight} kills came after an acknowledgement");
}

#[test]
fn a_pulled_plug_and_a_reload_lose_no_acknowledged_row() {
    let server = Server::of_the_page();
    let profile = Profile::new("plug");
    let browser = Browser::start(&profile);
    let lab = Lab::open_and_hear(&browser, &server, LAB, "plug");
    let mut heard = hold(&lab, Acknowledged::default(), "at first");
    for round in 0..4 {
        lab.begin(&insert(50_000, 500));
        lab.wait_snapshot("some rows of the insert", |s| {
            number(&s["rows"]["acknowledged"]) > heard.by_page + 1_000
        });
        if round % 2 == 0 {
            lab.run(&json!({"op": "pull_plug"}));
            lab.wait_seen("[data-state=unplugged]");
            assert_eq!(lab.workers(), 0, "a worker outlives its plug");
            assert_eq!(lab.answer(&insert(1, 1))["ok"], false, "an unplugged engine took an insert");
            heard = lab.acknowledged(heard);
            lab.run(&json!({"op": "reopen"}));
        } else {
            lab.reload();
            heard = lab.acknowledged(heard);
        }
        lab.wait_running();
        heard = hold(&lab, heard, &format!("round {round}"));
    }
    lab.assert_quiet();
}
