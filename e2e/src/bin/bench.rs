//! `cargo xtask bench`: opens the built page at `?bench=1`, waits for its figures and prints them side by side.
//!
//! Promises: every figure is of this run, and rounds are shown beside their median; exits non-zero when a target of
//! `docs/benchmarks.md` is missed. Writes nothing. Leaves out: measuring itself, which the page's worker does.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::{Browser, Profile, Server};
use serde_json::Value;

/// How long all rounds may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// The least that the lab's log must reach against raw 1 MiB puts of the same bytes, and against one put a row.
const TO_RAW: f64 = 0.6;
const TO_ROW_PUTS: f64 = 8.0;

fn main() -> ExitCode {
    let server = Server::of_the_page();
    let profile = Profile::new("bench");
    let browser = Browser::start(&profile);
    let page = browser.page("bench");
    page.goto(&server.url("/?bench=1"));
    page.wait_for("window.quorumLabBench", "the benchmark to begin");
    let began = Instant::now();
    // Not awaited in one request: rounds take longer than a request may.
    page.eval("void quorumLabBench.then((r) => { window.report = r; }, (e) => { window.report = {error: String(e)}; })");
    page.wait_within(PATIENCE, "window.report", "the benchmark to end");
    let report = page.eval("window.report");
    if let Some(error) = report["error"].as_str() {
        eprintln!("bench: {error}");
    }
    println!(
        "{}, {:.0} s in all; medians, with every round in brackets",
        browser.version(),
        began.elapsed().as_secs_f64()
    );
    let sizes = report["sizes"].as_array().map_or(&[][..], Vec::as_slice);
    let met = sizes.iter().map(print_size).fold(!sizes.is_empty(), |all, met| all && met);
    if met && report["error"].is_null() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints one size's table and says whether its targets are met.
fn print_size(size: &Value) -> bool {
    let number = |name: &str| size[name].as_f64().unwrap_or(f64::NAN);
    let bytes = number("bytes");
    println!("\n{} rows, {:.1} MB of log", number("rows"), bytes / 1e6);
    println!("  {:<44} {:>9} {:>9}   rounds", "", "ms", "MB/s");
    for (name, key) in [
        ("the lab: rows to durable, acknowledged", "wal_ms"),
        ("raw 1 MiB puts, strict, each awaited", "raw_ms"),
        ("raw 1 MiB puts, strict, all queued", "raw_queued_ms"),
        ("one put a row, 1,000 a strict transaction", "row_puts_ms"),
        ("the lab: recovery, read and replayed", "recovery_ms"),
        ("  of that, reading the store", "recovery_load_ms"),
        ("raw 1 MiB chunks read back", "raw_read_ms"),
    ] {
        let median = size[key]["median"].as_f64().unwrap_or(f64::NAN);
        let rounds: Vec<String> = size[key]["rounds"].as_array().into_iter().flatten().map(in_ms).collect();
        println!("  {name:<44} {median:>9.1} {:>9.1}   [{}]", bytes / 1e3 / median, rounds.join(", "));
    }
    println!("  rows/s: {:.0}; a row of one's own: {:.1} µs", number("wal_rows_per_s"), number("row_put_us"));
    let to_raw = target("lab / raw puts", number("wal_to_raw"), TO_RAW);
    println!("  lab / raw puts, all queued: {:.2}", number("wal_to_raw_queued"));
    let to_rows = target("lab / one put a row", number("wal_to_row_puts"), TO_ROW_PUTS);
    println!("  recovery / raw read: {:.2} times as long", number("recovery_to_read"));
    to_raw && to_rows
}

fn in_ms(round: &Value) -> String {
    round.as_f64().map_or_else(|| round.to_string(), |ms| format!("{ms:.0}"))
}

fn target(name: &str, ratio: f64, at_least: f64) -> bool {
    let met = ratio >= at_least;
    println!("  {name}: {ratio:.2}, to reach {at_least}: {}", if met { "met" } else { "MISSED" });
    met
}
