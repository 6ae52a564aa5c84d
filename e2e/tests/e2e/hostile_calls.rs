//! Calls of `window.quorumLab` with values that no page should pass, 500 of them and 3,000 with `--slow`: numbers at
//! and beyond 2^53, sparse arrays, proxies and accessors that throw, cyclic objects, detached buffers, texts of
//! megabytes.
//!
//! Guarantees: nothing throws or rejects, everything is answered, and after every batch the lab reports its state and
//! goes on. `HOSTILE_SEED` chooses other values. Leaves out: what the answers say, and how long a call blocks the page,
//! which `cargo xtask bench` checks as a ratio.

use std::ops::Range;
use std::time::Duration;

use e2e::lab::number;
use e2e::{Browser, Lab, Server};
use serde_json::{Value, json};

/// Calls in one batch.
const BATCH: u64 = 50;
/// Batches that every run of the tests makes, each shape of a run twice, and those of `--slow`, in two parts.
const SOME: Range<u64> = 0..10;
const MORE: Range<u64> = 10..35;
const REST: Range<u64> = 35..60;

const CALL: &str = include_str!("hostile_calls.js");

/// Opens a run again, which a hostile call may have ended, and checks that its time passes.
fn goes_on(lab: &Lab, topology: &str) {
    let opened = lab.eval(&format!(
        "quorumLab.open({})",
        json!({"topology": topology, "kept": false, "speed": 1, "lang": "en"})
    ));
    assert_eq!(opened["ok"], true, "{topology}: {opened}");
    let before = number(&lab.snapshot()["t_us"]);
    lab.answer(&json!({"op": "run", "us": 250_000}));
    let after = number(&lab.snapshot()["t_us"]);
    assert!(after > before, "{topology}: time stands still at {before}");
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn no_call_throws_or_hangs_the_page() {
    call_with_anything(SOME);
}

#[test]
#[ignore = "slow: 1,250 calls"]
fn no_other_call_throws_or_hangs_the_page() {
    call_with_anything(MORE);
}

#[test]
#[ignore = "slow: 1,250 calls"]
fn nor_does_one_of_the_last_thousand() {
    call_with_anything(REST);
}

/// Makes the calls of some batches, and sees after each batch that the lab goes on.
fn call_with_anything(batches: Range<u64>) {
    let seed = std::env::var("HOSTILE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=replica-set:3&kept=0&lang=en", "hostile-calls");
    let mut codes = std::collections::BTreeMap::new();
    let mut slowest = (0.0, String::new());
    let topologies = ["replica-set:3", "standalone", "milvus", "two-regions", "engine"];
    for batch in batches {
        let topology = topologies[batch as usize % topologies.len()];
        goes_on(&lab, topology);
        let began = format!("seed {seed}, batch {batch}, {topology}");
        let got = lab.eval(&format!("({CALL})({seed}, {batch}, {BATCH})"));
        assert_eq!(got["faults"], json!([]), "{began}");
        for (code, count) in got["codes"].as_object().into_iter().flatten() {
            *codes.entry(code.clone()).or_insert(0) += number(count);
        }
        let took = got["slowest"][0].as_f64().unwrap_or_default();
        if took > slowest.0 {
            slowest = (took, got["slowest"][1].to_string());
        }
        // The lab reports its state, no matter what the calls opened or stopped.
        let moment: Value = lab.snapshot();
        assert!(moment["t_us"].is_number() || moment["ok"] == false, "{began}: {moment}");
        lab.listen(Duration::from_millis(10));
    }
    goes_on(&lab, "replica-set:3");
    println!("seed {seed}: {codes:?}; the page was held up at most {:.0} ms by {}", slowest.0, slowest.1);
    assert!(codes.len() > 10, "{codes:?}");
    lab.assert_quiet();
}

#[test]
#[ignore = "slow: not the journey of its view"]
fn what_could_not_be_sent_is_answered_and_the_handle_goes_on() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let lab = Lab::open(&browser, &server, "?topology=standalone&kept=0&lang=en", "hostile-bytes");
    let refused = lab.eval(
        "(() => { const u = new Uint8Array(10); structuredClone(u, {transfer: [u.buffer]}); \
         return quorumLab.restore(u) })()",
    );
    assert_eq!((&refused["ok"], &refused["code"]), (&json!(false), &json!("bad_arguments")), "{refused}");
    // Taken away while it is checked: what was given at the call counts.
    let checked = lab.eval(
        "(async () => { const u = await quorumLab.backup(); const restored = quorumLab.restore(u); \
         structuredClone(u, {transfer: [u.buffer]}); return await restored })()",
    );
    assert_eq!(checked["ok"], true, "{checked}");
    goes_on(&lab, "standalone");
    for call in [
        "quorumLab.do({op: 'run', us: 2 ** 53 - 1})",
        "quorumLab.do({op: 'seek', t_us: 2 ** 53 - 1})",
        "quorumLab.do({op: 'run', us: 2 ** 52})",
    ] {
        let refused = lab.eval(call);
        assert_eq!(refused["code"], "out_of_range", "{call}: {refused}");
    }
    for call in [
        "quorumLab.do({op: 'upsert', rows: new Array(1e9)})",
        "quorumLab.do({op: 'partition', side: new Array(4294967295)})",
        "quorumLab.do({op: 'search', data: [Array(4e6).fill(0.5)]})",
        "quorumLab.do({op: 'query', filter: 'id in [' + Array.from({length: 1e5}, (_, i) => i).join(',') + ']'})",
    ] {
        let refused = lab.eval(call);
        assert_eq!(refused["code"], "too_large", "{call}: {refused}");
    }
    goes_on(&lab, "standalone");
    lab.assert_quiet();
}
