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
  bench                   time the store and the recovery in Chromium and print ratios against raw IndexedDB
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
        "bench" => browser::bench(&rest),
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

/// The repository's root. All commands run there, wherever they were typed.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
