//! `cargo xtask`: the project's chores, each one command on a machine that has git and rustup and nothing else.
//!
//! Promises: says what it installs and why before it does, keeps what it builds for itself in `.tools`, and
//! exits non-zero when anything failed. Leaves out: what cargo and Trunk already do well; it calls them.

mod browser;
mod fuzz;
mod lint;
mod run;
mod test;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  serve [trunk options]   build the page, serve it and open it in a browser
  test [--slow]           native tests, then tests in headless Chromium, then a browser clicking through the page
  lint                    formatting, clippy and rustdoc on both targets, licences
  bench                   time the Raft core beside TiKV's, then the store and the recovery in Chromium beside raw
                          IndexedDB; `bench raft` only the first
  fuzz [minutes]          feed every decoder with bytes that a coverage-guided fuzzer makes up (default: 5)
  shots [folder]          pictures of the page in both languages and themes (default folder: target/shots)
";

/// What a chore ends with: nothing, or a sentence for the person who started it.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let outcome = match command.as_str() {
        "serve" => browser::serve(&rest),
        "test" => test::test(&rest),
        "lint" => lint::lint(),
        "bench" => bench(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "shots" => browser::shots(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => Err(format!("no such command: {other}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Times the Raft core, and then the page unless only `raft` is asked for. The second runs even if the first missed a
/// target.
fn bench(args: &[String]) -> Outcome {
    let (only_raft, rest) = match args {
        [first, rest @ ..] if first == "raft" => (true, rest),
        _ => (false, args),
    };
    let raft = run::run(tools::cargo().args([
        "bench",
        "--quiet",
        "--package",
        "quorum-raft",
        "--bench",
        "against_tikv",
    ]));
    if only_raft {
        return raft;
    }
    browser::bench(rest).and(raft)
}

/// The repository's root. All commands run there, wherever they were typed.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
