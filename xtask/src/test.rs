//! `cargo xtask test`: everything that can be held against the project, in four stages from cheap to dear.
//!
//! Promises: every stage runs even when an earlier one failed (but for the browser's clicks, which need a page that
//! builds); the last line sums what passed and failed; the exit status is non-zero if anything failed. A file of
//! browser tests in which nothing ran is a failure: the runner itself would call it a success.

use std::fs;
use std::time::Instant;

use crate::run::{Tally, run_tests};
use crate::{Outcome, browser, root, tools};

/// Runs the tests; `--slow` adds those that take minutes, the native ones of them optimised as a release is.
pub(crate) fn test(args: &[String]) -> Outcome {
    let slow = match args {
        [] => false,
        [flag] if flag == "--slow" => true,
        _ => return Err(format!("test takes only --slow, not `{}`", args.join(" "))),
    };
    let began = Instant::now();
    let mut total = Tally::default();
    browser::build_tools()?;
    let found = tools::browser()?;
    println!("xtask: tools ready after {:.1} s", began.elapsed().as_secs_f64());

    stage("native", &mut total, || {
        run_tests(tools::cargo().args(["test", "--workspace", "--exclude", "e2e", "--no-fail-fast"]))
    });
    stage("wasm in Chromium", &mut total, || wasm_tests(&found));
    if slow {
        stage("native, slow", &mut total, || {
            run_tests(tools::cargo().args(["test", "--release", "--no-fail-fast", "--", "--ignored"]))
        });
    }
    let page = stage("page", &mut total, || browser::build().map(|()| Tally::default()));
    if page {
        stage("browser", &mut total, || run_tests(end_to_end(slow).env("CHROME", &found.chrome)));
    } else {
        eprintln!("xtask: the page was not built, so no browser clicked through it");
    }

    println!("xtask: all stages took {:.1} s", began.elapsed().as_secs_f64());
    println!("{}", total.words());
    if total.failed > 0 { Err("tests failed".to_owned()) } else { Ok(()) }
}

/// Runs a stage, adds its tally and prints how long it took. A stage that could not run counts as one failure and
/// answers false.
fn stage(name: &str, total: &mut Tally, body: impl FnOnce() -> Result<Tally, String>) -> bool {
    println!("xtask: {name}");
    let began = Instant::now();
    let result = body();
    let tally = match &result {
        Ok(tally) => *tally,
        Err(why) => {
            eprintln!("xtask: {why}");
            Tally { failed: 1, ..Tally::default() }
        }
    };
    total.add(tally);
    println!("xtask: {name}: {:.1} s, {}", began.elapsed().as_secs_f64(), tally.words());
    result.is_ok()
}

/// The files `tests/web_*.rs`, compiled for the browser and run in it, one after the other.
fn wasm_tests(browser: &tools::Browser) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for file in wasm_test_files()? {
        let mut cargo = tools::cargo();
        cargo.args(["test", "--target", "wasm32-unknown-unknown", "--test", &file]);
        cargo.env("CHROMEDRIVER", &browser.driver);
        // Seconds a file may take: IndexedDB with strict durability waits for the disk.
        cargo.env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        let mut one = run_tests(&mut cargo)?;
        if one.passed + one.failed == 0 {
            eprintln!("xtask: no test ran in tests/{file}.rs; counted as one failure");
            one.failed = 1;
        }
        tally.add(one);
    }
    Ok(tally)
}

fn wasm_test_files() -> Result<Vec<String>, String> {
    let folder = root().join("tests");
    let entries = fs::read_dir(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name.starts_with("web_"))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err("no tests/web_*.rs: the storage and the views would go untested".to_owned());
    }
    Ok(names)
}

/// The tests that drive a whole browser. One at a time: they measure, and they kill processes.
fn end_to_end(slow: bool) -> std::process::Command {
    let mut cargo = tools::cargo();
    cargo.args(["test", "--package", "e2e", "--no-fail-fast", "--", "--test-threads=1"]);
    if slow {
        cargo.arg("--include-ignored");
    }
    cargo
}
