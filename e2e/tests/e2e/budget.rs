//! Limits for a visit: bytes over the wire, and memory. Each figure is printed as well as checked.
//!
//! Leaves out: how long anything takes, which depends on the machine and its load: `cargo xtask bench` checks that as
//! ratios.

use std::path::Path;
use std::time::Duration;

use e2e::{Browser, Lab, Profile, Server, alone};
use serde_json::json;

const KIB: f64 = 1024.0;
const MIB: f64 = KIB * KIB;

#[test]
#[ignore = "needs the page as learners get it; `cargo xtask test` builds that one when its sources have changed"]
fn a_first_visit_is_small() {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page("first-visit");
    let lab = Lab::in_page(page, &server, "?lesson=kill-the-leader&lang=zh");
    lab.eval("quorumLab.ready");
    lab.wait_seen("[data-node='1']");

    let mut total = 0.0;
    let mut files = server.take_asked();
    files.sort();
    files.dedup();
    for file in &files {
        let bytes = compressed(file);
        println!("{:>8.1} KB  {}", bytes / 1000.0, file.file_name().unwrap_or_default().display());
        total += bytes;
    }
    println!("{:>8.1} KB  Brotli at 11, {} files", total / 1000.0, files.len());
    // A visit that fetched no texts has not been counted whole; one that fetched more than it shows is too large.
    let texts = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "txt")).count();
    assert_eq!(texts, 3, "a catalogue, the list of lessons, and a lesson's text");
    println!("{:>8.1} KB  of a bar of 1,100 and an aim of 800", total / 1000.0);
    assert!(total < 1_100_000.0, "a first load takes {total} bytes");
    lab.assert_quiet();
}

/// The size of a file as a host sends it that compresses what it serves once and for all, in the encoding that every
/// browser with WebAssembly takes.
fn compressed(file: &Path) -> f64 {
    let bytes = std::fs::read(file).expect("a file that was just served");
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut out, &params).expect("memory takes what is written");
    out.len() as f64
}

#[test]
fn memory_stays_low_while_100_000_rows_are_inserted() {
    // Alone, because how much garbage lies about depends on how soon it is collected.
    let _alone = alone();
    let (server, profile) = (Server::of_the_page(), Profile::new("rows"));
    let browser = Browser::start(&profile);
    let lab = Lab::open(&browser, &server, "?topology=standalone&kept=1&lang=en", "rows");
    let answer = lab.run(&json!({"op": "insert", "rows": 100_000}));
    assert_eq!(answer["acknowledged"], 100_000, "{answer}");
    lab.listen(Duration::from_millis(300));
    // The peak of the page's process: page, worker, both heaps, WebAssembly memory and what the browser adds itself.
    if let Some(peak) = browser.page_memory() {
        println!("peak resident memory of the page's process: {:.0} MiB", peak as f64 / MIB);
        assert!((peak as f64) < 400.0 * 1e6, "{peak} bytes");
    }
    assert_eq!(lab.count(), 100_000);
    lab.assert_quiet();
}
