//! Limits for a visit: bytes over the wire, and memory. Each figure is printed as well as checked.
//!
//! Leaves out: how long anything takes, which depends on the machine and its load: `cargo xtask bench` checks that as
//! ratios.

use std::time::Duration;

use e2e::copy::compressed;
use e2e::{Browser, Lab, Profile, Server, alone};
use serde_json::json;

const KIB: f64 = 1024.0;
const MIB: f64 = KIB * KIB;

#[test]
#[ignore = "slow: needs the page as learners get it, which takes minutes to build"]
fn a_first_visit_is_small() {
    // A lesson of each world; a part of the catalogue and style sheets come with each.
    let of_worlds = [
        ("crash-recovery", 3),
        ("kill-the-leader", 3),
        ("coordinator-lease", 4),
        ("fencing-and-fail-back", 5),
    ];
    let totals = of_worlds.map(|(lesson, texts)| first_visit(lesson, texts));
    let most = totals.into_iter().fold(0.0, f64::max);
    println!("{:>8.1} KB  at most, of a bar of 1,100 and an aim of 800", most / 1000.0);
    assert!(most < 1_100_000.0, "a first load takes {most} bytes");
}

/// What a first visit to a lesson downloads, in bytes. It fetches as many texts as it needs: a catalogue that is
/// missing has not been counted, and one that is not shown should not have been fetched.
fn first_visit(lesson: &str, texts: usize) -> f64 {
    let (server, browser) = (Server::of_the_page(), Browser::shared());
    let page = browser.page(lesson);
    let lab = Lab::in_page(page, &server, &format!("?lesson={lesson}&lang=zh"));
    lab.eval("quorumLab.ready");
    lab.wait_seen("section.lesson[data-kind], .lessons, [data-step]");
    // The worker fetches the code of the world.
    lab.wait_running();

    let mut total = 0.0;
    let mut files = server.take_asked();
    files.sort();
    files.dedup();
    println!("{lesson}");
    for file in &files {
        let bytes = compressed(&std::fs::read(file).expect("a file that was just served")).len() as f64;
        println!("{:>8.1} KB  {}", bytes / 1000.0, file.file_name().unwrap_or_default().display());
        total += bytes;
    }
    println!("{:>8.1} KB  Brotli at 11, {} files", total / 1000.0, files.len());
    let fetched = files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "txt")).count();
    assert_eq!(fetched, texts, "parts of a catalogue, the list of lessons, and a lesson's text");
    lab.assert_quiet();
    total
}

#[test]
fn the_script_of_the_custom_element_is_small() {
    let script = Server::root_of_the_page().join("embed.js");
    let bytes = compressed(&std::fs::read(script).expect("the page has the script")).len();
    println!("{bytes} bytes of embed.js, Brotli at 11");
    assert!(bytes <= 3_000, "{bytes} bytes");
}

#[test]
#[ignore = "slow: not the journey of its view"]
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
