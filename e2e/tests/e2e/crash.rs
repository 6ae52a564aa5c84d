//! What was acknowledged survives everything that kills the engine, and nothing else is called acknowledged.
//!
//! Three ways to die, from the outside in: SIGKILL to every process of the browser, a reload of the tab, and the page's
//! own plug. SIGKILL leaves what the kernel holds, so this tests the store and the log, not the medium. Nor does it
//! test Chromium's own log, whose torn tails are cut off first (`e2e/src/leveldb.rs` says why).

use std::time::{Duration, Instant};

use e2e::lab::{Acknowledged, number};
use e2e::page::PATIENCE;
use e2e::random::Random;
use e2e::{Browser, Lab, Profile, Server, leveldb};
use serde_json::{Value, json};

/// Kinds of kills: soon after the start, in the middle of a flush, after an acknowledgement, and when there has been a
/// checkpoint. The number decides, see `kill_again_and_again`.
const ONE_OF_EACH: [u64; 4] = [0, 1, 2, 10];
/// Number of kills that must find batches in flight, in each of two tests.
const MANY: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/// Rows requested at once: more than can be inserted before a kill.
const AT_ONCE: u64 = 30_000;
/// With more rows than this the test starts over with an empty database, because each opening reads them all.
const ENOUGH: u64 = 150_000;
const LAB: &str = "?topology=standalone&kept=1&lang=en&seed=11";

/// What is known outside the engine when the engine is opened again.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Rows that were there when it was opened the last time.
    visible: u64,
    /// Of those, the acknowledged ones.
    acknowledged: u64,
    /// What has been acknowledged since.
    heard: Acknowledged,
}

impl Known {
    /// Records the acknowledgements of a lab, which may be dead by now.
    fn hear(&mut self, lab: &Lab) {
        self.heard = lab.acknowledged(self.heard);
    }

    /// Rows that were reported to the page since the engine was opened.
    fn new_rows(&self) -> u64 {
        self.heard.by_page - self.acknowledged
    }
}

/// Checks a lab that has just been opened again against what was known before: every row that was reported to the page
/// is there, no more are called acknowledged than the engine ever reported, and keys run from 0 without a gap. Returns
/// what is known now, which is the beginning of the next round.
fn hold(lab: &Lab, known: Known, how: &str) -> Known {
    let snapshot = lab.wait_recovered();
    let rows = &snapshot["rows"];
    let (acknowledged, unproven, visible) =
        (number(&rows["acknowledged"]), number(&rows["unproven"]), number(&rows["visible"]));
    let banner = lab.text("[data-banner]");
    let words = format!(
        "{how}: known {known:?}, found {rows}, kept {}, opened {} times, recovery {}, banner {banner:?}",
        snapshot["kept"], snapshot["boot"], snapshot["recovery"]
    );
    assert_eq!(snapshot["kept"], true, "the stored data was not opened: {words}");
    assert!(visible >= known.visible + known.new_rows(), "an acknowledged row is lost: {words}");
    assert!(acknowledged <= known.heard.by_engine, "rows are called acknowledged that never were: {words}");
    assert_eq!(acknowledged + unproven, visible, "a row is neither proven nor named as unproven: {words}");
    assert_eq!(lab.count(), visible, "count(*) and what is visible differ: {words}");
    if visible > 0 {
        assert_eq!(rows["id_range"], json!([0, visible - 1]), "keys have a gap: {words}");
        check_sample(lab, visible / 2);
        check_sample(lab, visible - 1);
    }
    Known { visible, acknowledged, heard: Acknowledged { by_page: acknowledged, by_engine: acknowledged } }
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
    kill_again_and_again("crash", 20_230_516, &ONE_OF_EACH);
}

#[test]
#[ignore = "slow: ten kills"]
fn ten_times_sigkill_loses_no_acknowledged_row() {
    kill_again_and_again("crash-ten", 20_230_517, &MANY);
}

#[test]
#[ignore = "slow: ten kills"]
fn ten_times_sigkill_at_other_moments_loses_no_acknowledged_row_either() {
    kill_again_and_again("crash-others", 20_230_518, &MANY);
}

/// Kills a separate browser at moments that a seed chooses, and compares what the next one finds with what was known.
/// Each kind has its turn until as many kills as there are kinds have found batches in flight.
fn kill_again_and_again(name: &str, seed: u64, kinds: &[u64]) {
    let kills = kinds.len() as u64;
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let server = Server::of_the_page();
    let profile = Profile::new(name);
    let mut known = Known::default();
    let (mut in_flight, mut after_acknowledgement, mut torn_below, mut checkpoints) = (0, 0, 0, 0);
    let began = Instant::now();
    for (nth, &kill) in (0..).zip(kinds.iter().cycle()) {
        let browser = Browser::start(&profile);
        let lab = Lab::open_and_hear(&browser, &server, LAB, name);
        known = hold(&lab, known, &format!("after kill {nth}"));
        checkpoints += u64::from(number(&lab.snapshot()["wal"]["checkpoint_lsn"]) > 0);
        lab.assert_quiet();
        if in_flight == kills {
            break;
        }
        assert!(nth < 2 * kills, "of {nth} kills only {in_flight} found batches in flight");
        if known.visible > ENOUGH {
            lab.run(&json!({"op": "erase"}));
            lab.wait_running();
            known = Known::default();
        }
        lab.take_calls();
        let batch = [100, 500, 1_000][usize::try_from(random.between(0, 3)).unwrap_or(0)];
        if kill % 3 == 1 {
            // These kills come in the middle of a flush or a checkpoint, or soon after.
            lab.begin(&insert(2_000, batch));
            lab.begin(&json!({"op": "flush"}));
        }
        if kill % 6 == 4 {
            // Of these, every other one when it has become a checkpoint.
            let before = number(&lab.snapshot()["wal"]["checkpoint_lsn"]);
            lab.wait_snapshot("a checkpoint", |s| number(&s["wal"]["checkpoint_lsn"]) > before);
        }
        lab.begin(&insert(AT_ONCE, batch));
        if kill % 4 != 0 {
            // Most kills come some time after an acknowledgement, the others before there is one.
            wait_acknowledged(&lab, &mut known);
        }
        lab.listen(Duration::from_millis(random.between(0, if kill % 3 == 1 { 900 } else { 40 })));
        browser.kill();
        torn_below += leveldb::cut_torn_tails(profile.folder());
        known.hear(&lab);
        in_flight += u64::from(known.heard.by_engine < known.acknowledged + AT_ONCE);
        after_acknowledgement += u64::from(known.new_rows() > 0);
    }
    assert!(checkpoints > 0, "no kill left a checkpoint");
    println!(
        "{in_flight} kills with batches in flight, {after_acknowledgement} of them after an acknowledgement, \
         {checkpoints} openings from a checkpoint, {torn_below} torn tails in Chromium's own log, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
}

/// Waits until one more row has been reported to the page.
fn wait_acknowledged(lab: &Lab, known: &mut Known) {
    let deadline = Instant::now() + PATIENCE;
    while known.new_rows() == 0 {
        if Instant::now() > deadline {
            lab.fail(&format!("no row was acknowledged within {PATIENCE:?}"));
        }
        lab.listen(Duration::from_millis(2));
        known.hear(lab);
    }
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn a_pulled_plug_and_a_reload_lose_no_acknowledged_row() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open_and_hear(&browser, &server, LAB, "plug");
    let mut known = hold(&lab, Known::default(), "at first");
    for round in 0..4 {
        lab.begin(&insert(AT_ONCE, 500));
        wait_acknowledged(&lab, &mut known);
        if round % 2 == 0 {
            lab.run(&json!({"op": "pull_plug"}));
            lab.wait_seen("[data-state=unplugged]");
            lab.wait_without_worker();
            assert_eq!(lab.answer(&insert(1, 1))["ok"], false, "an unplugged engine took an insert");
            known.hear(&lab);
            lab.run(&json!({"op": "reopen"}));
        } else {
            lab.reload();
            known.hear(&lab);
        }
        lab.wait_running();
        known = hold(&lab, known, &format!("round {round}"));
    }
    lab.assert_quiet();
}
